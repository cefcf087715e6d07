"""What one person can make the bot say, and what never waits behind it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from core import NOON, Pages, line, setting

from ircbot.engine import IncidentEngine
from ircbot.incident.events import Declared, Entry
from ircbot.incident.line import LineKind, Reply, ReplyKind
from ircbot.incident.people import Person
from ircbot.incident.state import replay
from ircbot.limits import ReplyLimit
from ircbot.network.send_queue import SendQueue
from ircbot.network.settings import Pace

ANSWER, NOTICE, RECEIPT = ReplyKind.ANSWER, ReplyKind.NOTICE, ReplyKind.RECEIPT


def sent_within(queue: SendQueue, wanted: str, seconds: float) -> bool:
    """Whether a text goes out by then, on a server that takes what we are allowed to begin with."""
    now = 0.0
    while now <= seconds:
        if any(wanted in f"{message.target} {message.text}" for message in queue.due(now, 60)):
            return True
        now += 0.25
    return False


def test_a_list_is_cut_and_lists_use_up_their_askers_share_in_lines():
    limit = ReplyLimit()
    listed = Reply("#ops", "eve: " + "an action; " * 600, ANSWER, asker="eve", by="eve")
    told = [one for _ in range(40) for one in limit.bounded([listed], NOON)]
    assert len(told) == 10
    assert all(len(one.text.encode()) <= 1200 for one in told)
    assert told[0].text.endswith(" …")
    other = Reply("#ops", "ann: all is well", ANSWER, asker="ann", by="ann")
    assert limit.bounded([other], NOON) == (other,)
    assert limit.bounded([listed], NOON + timedelta(seconds=61))


def test_another_nick_gives_nobody_another_share():
    engine = IncidentEngine(setting(), Pages(), replay(()))
    told = 0
    for number in range(60):
        told += len(engine.hear([line("12:00:01", f"eve{number}", "!inc list")]))
        named = line("12:00:01", f"eve{number}", f"eve{number + 1}", "", kind=LineKind.NICK)
        assert not engine.hear([named])
    assert told == 30
    assert engine.hear([line("12:00:02", "ann", "!inc list")])


def test_what_one_person_has_announced_is_bounded_over_all_channels():
    limit = ReplyLimit()
    told = [
        one
        for number in range(100)
        for one in limit.bounded(
            [Reply(f"#c{n}", "moved", by="eve", broadcast=f"x:{number}") for n in range(3)], NOON
        )
    ]
    assert len(told) == 60
    leader = Reply("#c", "an update", by="ann", broadcast="update:1:1", asker="ann")
    assert limit.bounded([leader], NOON) == (leader,)
    reminder = Reply("#c", "an update is due")
    assert limit.bounded([reminder] * 99, NOON) == (reminder,) * 99


def test_of_very_many_people_none_is_remembered_for_ever():
    limit = ReplyLimit()
    for number in range(2500):
        limit.bounded([Reply("#c", "hello", ANSWER, asker=f"n{number}")], NOON)
    assert len(limit._said) <= 1000


@pytest.mark.parametrize(
    "target", ["$$*", "*!*@*", "#a,#b", "@#a", "a,b", "nick!u@h", "n@services.", ""]
)
def test_only_nicks_and_channels_are_spoken_to(target):
    queue = SendQueue(Pace(), str.lower)
    queue.say([Reply(target, "hello", NOTICE)], 0.0)
    assert not list(queue.due(0.0, 60))
    assert [one.why for one in queue.dropped] == ["not a nick or channel"]


def test_a_receipt_and_an_update_are_never_behind_others_lists():
    queue = SendQueue(Pace(), str.lower)
    for eve in range(20):
        queue.say([Reply("#ops", "x" * 400, ANSWER, asker=f"eve{eve}") for _ in range(30)], 0.0)
    queue.say([Reply("#moc", "Incident 1: better", broadcast="update:1:1", asker="ann")], 0.0)
    queue.say([Reply("bob", "#7 recorded", RECEIPT)], 0.0)
    assert sent_within(queue, "better", 5)
    assert sent_within(queue, "#7 recorded", 10)


def test_what_the_leader_has_us_say_is_behind_nobody_elses():
    """Not behind lists of one read, nor behind what others have announced."""
    engine = IncidentEngine(setting(), Pages(), replay(()))
    queue = SendQueue(Pace(limited=False), str.lower)
    engine.hear([line("12:00", "ann", "!inc declare it is down")])
    lists = [Reply("#mozmeao", "x" * 400, ANSWER, asker="eve", by="eve") for _ in range(30)]
    calls = [Reply("#mozmeao", f"call {n}", NOTICE, by="eve") for n in range(30)]
    update = engine.hear([line("12:01", "ann", "!inc update better")])
    assert any(reply.broadcast for reply in update)
    status = engine.hear([line("12:02", "ann", "!inc status")])
    others = engine.hear([line("12:03", "bob", "!inc status")])
    queue.say([*lists, *calls, *others, *status, *update], 0.0)
    sent = [message.text for message in queue.due(0.0, 60)]
    assert all("better" in text for text in sent[: len(update)])
    assert sent[len(update)].startswith("ann: Incident 1")
    assert sent.index(others[0].text) > sent.index(lists[0].text)


def test_a_receipt_and_an_announcement_have_their_turns_by_target():
    queue = SendQueue(Pace(limited=False), str.lower)
    queue.say([Reply("#moc", f"call {n}", NOTICE, by="eve") for n in range(60)], 0.0)
    queue.say([Reply("bob", "#7 recorded", RECEIPT)], 0.0)
    queue.say([Reply(f"p{n}", "#1 recorded", RECEIPT) for n in range(60)], 0.0)
    queue.say([Reply("#ops", "an update is due", NOTICE)], 0.0)
    sent = [message.text for message in queue.due(0.0, 60)]
    assert sent[:2] == ["call 0", "#7 recorded"]
    assert sent.index("an update is due") < 65


def test_a_receipt_arrives_in_time_whatever_ten_others_do():
    """120 follow-ups listed five times, 300 lines by each of ten, 1,000 open incidents."""
    opened = [
        Entry(number, NOON, Person("eve"), Declared("it is down", "english"), f"#c{number}")
        for number in range(1, 1001)
    ]
    engine, queue = (
        IncidentEngine(setting(), Pages(), replay(opened)),
        SendQueue(Pace(limited=False), str.lower),
    )
    assert len(engine.state.open) == 1000
    for number in range(120):
        engine.hear(
            [line(f"12:{number // 20:02}:10", "eve", f"!inc @1 action follow up number {number}")]
        )
    pasted = [
        line("12:10:00", f"eve{who}", f"TL: line {number} of {who}", "#c1")
        for number in range(300)
        for who in range(10)
    ]
    for start in range(0, len(pasted), 500):
        queue.say(engine.hear(pasted[start : start + 500]), 0.0)
    for _ in range(5):
        queue.say(engine.hear([line("12:10:01", "eve", "!inc @1 actions")]), 0.0)
    queue.say(engine.hear([line("12:10:02", "bob", "TL: the queue is long", "#c7")]), 0.0)
    assert sent_within(queue, "bob #1 recorded", 10)
