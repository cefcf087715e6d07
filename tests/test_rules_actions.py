"""Follow-ups: whose they are, by when, and what becomes of them."""

from __future__ import annotations

import pytest
from core import LED, Talk, at

LINE = "12:{minute:02}:00 <{nick}> !inc {said}"
ADDED = LED + "12:01:00 <metadave> !inc action watch the ELB @jgmize by friday\n"


def talk_of(*said: str, start: str = LED, nick: str = "metadave") -> list[str]:
    """The last answer to each of several commands, one a minute from 12:10 on."""
    talk = Talk()
    talk.tell(start)
    told = []
    for minute, each in enumerate(said, 10):
        answers = talk.tell(LINE.format(minute=minute, nick=nick, said=each))
        told.append(answers[-1].partition(f"<ilbot> {nick}: ")[2])
    return told


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("watch the ELB", "watch the ELB."),
        ("watch the ELB @jgmize by friday", "watch the ELB — jgmize, by 2018-01-12."),
        ("watch the ELB by friday @jgmize", "watch the ELB — jgmize, by 2018-01-12."),
        ("by friday watch the ELB", "watch the ELB, by 2018-01-12."),
        ("watch it @bob by friday @eve urgently", "watch it urgently — bob, eve, by 2018-01-12."),
        ("ask @bob about the ELB by friday", "ask @bob about the ELB — bob, by 2018-01-12."),
        ("by friday @bob watch the ELB @eve", "watch the ELB — bob, eve, by 2018-01-12."),
        ("by friday", "by friday."),
        ("@jgmize watch the ELB by next friday", "watch the ELB — jgmize, by 2018-01-12."),
        ("watch the ELB @jgmize @bob", "watch the ELB — jgmize, bob."),
        ("watch the ELB @jgmize and @bob by in 2 weeks", "watch the ELB — jgmize, bob, by 2018-01-24."),
        ("@ann: watch the ELB", "watch the ELB — ann."),
        ("watch the ELB by 5 Feb", "watch the ELB, by 2018-02-05."),
        ("watch the ELB by 5th of February, 2019", "watch the ELB, by 2019-02-05."),
        ("watch the ELB by friday 17:00", "watch the ELB 17:00, by 2018-01-12."),
        ("watch the ELB by soon", "watch the ELB by soon."),
        ("stand by me", "stand by me."),
        ("replace disks by 5 people", "replace disks by 5 people."),
        ("5 hosts need disks", "5 hosts need disks."),
        ("mail ops@example.org about it", "mail ops@example.org about it."),
    ],
)  # fmt: skip
def test_a_follow_up_is_read_as_people_type_it(typed, told):
    assert talk_of(f"action {typed}") == [f"action 1: {told}"]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("by 2018-01-09", "2018-01-09 has passed."),
        ("by yesterday", "yesterday has passed."),
        ("by 30 feb", "there is no such time as 30 feb."),
        ("by 5/2/2018", '"5/2/2018": 5 Feb 2018 or 2 May 2018? 2026-11-24 and 24 Nov are clear.'),
        ("by 5 Jan", '"5 Jan": 5 Jan 2018 or 5 Jan 2019? With the year it is clear.'),
        ("by 24 December", '"24 December": 24 Dec 2017 or 24 Dec 2018? With the year it is clear.'),
        ("by 9/1", '"9/1": 9 Jan 2018 or 1 Sep 2017? 2026-11-24 and 24 Nov are clear.'),
        ("by 2048-01-01", "2048-01-01 is too far away."),
    ],
)  # fmt: skip
def test_a_day_that_cannot_be_is_asked_about_and_stays_in_the_text(typed, why):
    talk = Talk()
    talk.tell(LED)
    assert talk.tell(f"12:10:00 <metadave> !inc action watch the ELB {typed}")[1:] == [
        f"12:10 <ilbot> metadave: action 1: watch the ELB {typed}.",
        f"12:10 <ilbot> metadave: {why} !inc action 1 by DATE sets the day.",
    ]


def test_a_day_that_is_asked_about_does_not_cost_the_owner():
    talk = Talk()
    talk.tell(LED)
    assert talk.tell("12:10:00 <metadave> !inc action tell ops @bob by 5/2")[1:] == [
        "12:10 <ilbot> metadave: action 1: tell ops by 5/2 — bob.",
        '12:10 <ilbot> metadave: "5/2": 5 Feb 2018 or 2 May 2018? 2026-11-24 and 24 Nov are '
        "clear. !inc action 1 by DATE sets the day.",
    ]


def test_a_follow_up_is_changed_dropped_and_taken_back():
    assert talk_of(
        "action 1 @bob @ann",
        "action 1 by 5 Feb",
        "action #1 @bob by tomorrow",
        "action 1 undo",
        "action 1 by soon",
        "action 1 by 2018-01-09",
        "action 1 by friday 17:00",
        "action 1 drop",
        "action 1 drop",
        "actions",
        "action 1 undo",
        "done 1",
        "done 1",
        "action 1",
        "action 1 undo",
        "action 1 undo",
        "action 1 undo",
        "action 1 undo",
        "action 7 drop",
        "action 7",
        "action @bob",
        start=ADDED,
    ) == [
        "action 1: watch the ELB — bob, ann, by 2018-01-12.",
        "action 1: watch the ELB — bob, ann, by 2018-02-05.",
        "action 1: watch the ELB — bob, by 2018-01-11.",
        "action 1: watch the ELB — bob, ann, by 2018-02-05.",
        '"soon" is not a day. These are: friday, 5 Jan, in 2 weeks, 2018-01-12.',
        "2018-01-09 has passed.",
        '"friday 17:00": a day is enough, such as friday, 5 Jan, in 2 weeks, 2018-01-12.',
        "action 1 is dropped: watch the ELB. !inc action 1 undo takes that back.",
        "action 1 is dropped already.",
        "1 (dropped) watch the ELB — bob, ann, by 2018-02-05",
        "action 1: watch the ELB — bob, ann, by 2018-02-05.",
        "action 1 is done: watch the ELB",
        "action 1 is done already: watch the ELB",
        "action 1: watch the ELB — bob, ann, by 2018-02-05 (done).",
        "action 1: watch the ELB — bob, ann, by 2018-02-05.",
        "action 1: watch the ELB — bob, ann, by 2018-01-12.",
        "action 1: watch the ELB — jgmize, by 2018-01-12.",
        "action 1 was not changed.",
        "there is no action 7; !inc actions lists them.",
        "there is no action 7; !inc actions lists them.",
        "!inc action TEXT [@NICK…] [by DATE], or action N @NICK|by DATE|drop|undo",
    ]


def test_others_do_not_change_what_is_not_theirs():
    (refused,) = talk_of("action 1 drop", start=ADDED, nick="passerby")
    assert refused.startswith("only metadave")
    (own,) = talk_of("action 1 by 5 Feb", start=ADDED, nick="jgmize")
    assert own == "action 1: watch the ELB — jgmize, by 2018-02-05."


def test_an_owner_is_told_when_it_is_due_and_when_it_is_overdue():
    talk = Talk()
    talk.tell(ADDED + "12:05 <metadave> !inc resolve\n12:06 <metadave> !inc close")
    told = [
        (reply.to, reply.text)
        for day in (11, 12, 13, 14)
        for reply in talk.engine.tick(at("09:00").replace(day=day))
        if reply.to == "jgmize"
    ]
    later = "!inc @1 done 1, or !inc @1 action 1 by DATE"
    assert told == [
        ("jgmize", f"action 1 of incident 1 (MDN is down) is due today: watch the ELB. {later}"),
        (
            "jgmize",
            "action 1 of incident 1 (MDN is down) has been due since 2018-01-12: watch the ELB. "
            f"{later}",
        ),
    ]


def test_an_owner_who_comes_is_told_what_is_overdue():
    talk = Talk()
    talk.tell(ADDED + "12:05 <metadave> !inc resolve\n12:06 <metadave> !inc close")
    came = "--- 2018-01-15 #mozmeao\n10:00 -!- jgmize has joined #mozmeao"
    assert any("has been due since 2018-01-12: watch the ELB." in told for told in talk.tell(came))
    again = "--- 2018-01-15 #mozmeao\n11:00 -!- jgmize has joined #mozmeao"
    assert not any("has been due" in told for told in talk.tell(again))
    for stamp, told in (("21:59:59", False), ("22:00:00", True)):
        then = talk.tell(f"--- 2018-01-15 #mozmeao\n{stamp} -!- jgmize has joined #mozmeao")
        assert any("has been due since 2018-01-12" in line for line in then) == told
    other = "--- 2018-01-15 #mozmeao\n22:05 -!- bob has joined #mozmeao"
    assert not any("has been due" in told for told in talk.tell(other))


def test_of_a_security_matter_nothing_is_said():
    talk = Talk()
    talk.tell(ADDED + "12:05 <metadave> !inc security\n12:06 <metadave> !inc resolve")
    came = "--- 2018-01-15 #mozmeao\n10:00 -!- jgmize has joined #mozmeao"
    told = [line for line in talk.tell(came) if "has been due since" in line]
    assert told
    assert not any("watch the ELB" in line for line in told)


def test_a_day_that_is_none_is_no_reminder():
    talk = Talk()
    talk.tell(LED + "12:01:00 <metadave> !inc action watch the ELB @jgmize")
    assert talk.incident.actions[0].due_on is None
    assert not talk.incident.actions[0].is_overdue(at("09:00").date())
