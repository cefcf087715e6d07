"""Cases 34 to 42: channels that refuse us, servers that split, text that is long, old or ours."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from hostile.talk import NOON, PLAIN, Talk, answer, talk
from ircbot.incident.line import LineKind, Reply, ReplyKind, Source
from ircbot.network.channels import (
    BANNED,
    BUSY,
    FORWARDED,
    FULL,
    IMPOSSIBLE,
    INVITE_ONLY,
    KICKED,
    KICKED_FOR_GOOD,
    TOO_MANY,
    UNANSWERED,
    WRONG_KEY,
    Refusal,
)
from ircbot.network.line_handler import WantedChannel
from ircbot.network.settings import Pace
from ircbot.network.wording import split

REFUSALS = [
    ("403 ilbot #moc :No such channel", IMPOSSIBLE),
    ("405 ilbot #moc :You have joined too many channels", TOO_MANY),
    ("437 ilbot #moc :Cannot join channel (+J)", BUSY),
    ("470 ilbot #moc ##moc :Forwarding to another channel", FORWARDED),
    ("471 ilbot #moc :Cannot join channel (+l)", FULL),
    ("473 ilbot #moc :Cannot join channel (+i)", INVITE_ONLY),
    ("474 ilbot #moc :Cannot join channel (+b)", BANNED),
    ("475 ilbot #moc :Cannot join channel (+k)", WRONG_KEY),
    ("495 ilbot #moc :You must wait", BUSY),
]


def joins(lines: list[str]) -> int:
    """How many of these lines are JOINs."""
    return sum(line.startswith("JOIN") for line in lines)


@pytest.mark.parametrize(("line", "refusal"), REFUSALS)
def test_case_34_a_refusal_is_told_once_and_tried_again_ever_more_slowly(
    line: str, refusal: Refusal
):
    made = talk()
    assert made.want("#moc") == ["JOIN #moc"]
    made.give(f":irc.test {line}")
    assert made.troubles == [("#moc", refusal.meaning)]
    if refusal.hopeless:
        assert joins(made.wait(7200)) == 0
        return
    waits = []
    for _ in range(4):
        begun = made.now
        while not joins(made.wait(1)):
            assert made.now - begun < 2 * refusal.most
        waits.append(made.now - begun)
        made.give(f":irc.test {line}")
    assert 0.7 * refusal.first <= waits[0] <= 1.3 * refusal.first + 1
    assert waits[3] > waits[0]
    assert made.troubles == [("#moc", refusal.meaning)]


def test_case_34_a_channel_that_lets_us_in_at_last_is_joined():
    made = talk()
    made.want("#moc")
    made.give(":irc.test 471 ilbot #moc :full")
    made.wait(20)
    made.enter("#moc")
    assert made.channels.counts() == (1, 1)
    assert joins(made.wait(3600)) == 0


def test_case_34_no_answer_is_a_refusal_too():
    made = talk()
    made.want("#moc")
    sent = made.wait(PLAIN.timeouts.join + 15)
    assert joins(sent) == 1
    assert made.troubles == [("#moc", UNANSWERED.meaning)]


def test_case_34_after_a_kick_it_comes_back_but_not_at_once():
    made = talk("#moc")
    assert joins(made.give(":alice!a@h KICK #moc ilbot :out")) == 0
    assert made.troubles == [("#moc", KICKED.meaning)]
    assert joins(made.wait(8)) == 1
    made.enter("#moc")
    made.give(":alice!a@h KICK #moc ilbot :out I said")
    assert joins(made.wait(6)) == 0
    assert joins(made.wait(10)) == 1


def test_case_34_after_a_kick_it_stays_out_where_that_is_configured():
    made = talk("#moc", rejoin_after_kick=False)
    made.give(":alice!a@h KICK #moc ilbot :out")
    assert made.troubles == [("#moc", KICKED_FOR_GOOD.meaning)]
    assert joins(made.wait(3600)) == 0
    made.disconnect()
    made.connect()
    made.register()
    assert joins(made.wait(3600)) == 0
    assert made.give(":alice!a@h INVITE ilbot #moc") == ["JOIN #moc"]


def test_case_34_only_who_was_in_and_is_refused_is_shut_out():
    made = talk("#moc")
    made.want("#moc", "#staff")
    made.give(":irc.test 473 ilbot #staff :invite only")
    made.give(":alice!a@h KICK #moc ilbot :out")
    assert made.channels.shut_out == 0
    assert joins(made.wait(8)) == 1
    made.give(":irc.test 474 ilbot #moc :banned")
    assert made.channels.shut_out == 1
    assert "JOIN #moc" in made.give(":alice!a@h INVITE ilbot #moc")
    made.enter("#moc")
    assert made.channels.shut_out == 0


def test_case_34_an_invitation_opens_a_wanted_channel_and_no_other():
    made = talk()
    made.want("#moc")
    made.give(":irc.test 473 ilbot #moc :invite only")
    assert made.give(":alice!a@h INVITE ilbot #elsewhere") == []
    assert made.give(":alice!a@h INVITE ilbot #moc") == ["JOIN #moc"]


def test_case_34_a_channel_with_a_key_is_joined_with_it_and_a_new_one_tried_at_once():
    made = talk()
    assert made.want("#a", WantedChannel("#moc", "wrong")) == ["JOIN #moc wrong", "JOIN #a"]
    made.give(":irc.test 475 ilbot #moc :bad key")
    assert "JOIN #moc right" in made.want(WantedChannel("#moc", "right"))


def test_case_34_an_incident_s_channel_is_joined_first():
    made = talk()
    sent = made.want("#a", "#b", WantedChannel("#fire", priority=0), WantedChannel("#c", "key"))
    assert sent == ["JOIN #fire", "JOIN #c key", "JOIN #a", "JOIN #b"]


def test_case_34_many_channels_are_joined_by_few_lines():
    made = talk()
    many = [f"#channel-number-{n}" for n in range(40)]
    made.want(*many, WantedChannel("#fire", priority=0), WantedChannel("#c", "key"))
    made.wait(10)
    lines = [line for line in made.sent if line.startswith("JOIN")]
    assert lines[0] == "JOIN #fire"
    assert lines[1].startswith("JOIN #c,#channel-number-0,")
    assert lines[1].endswith(" key")
    assert len(lines) < 6
    assert all(len(line) < 450 for line in lines)
    joined = {name for line in lines for name in line.split(" ")[1].split(",")}
    assert joined == {*many, "#fire", "#c"}


def test_case_34_a_name_that_is_no_channel_is_said_to_be_none():
    made = talk()
    assert made.want("#a,#b", "#c d", "#moc") == ["JOIN #moc"]
    assert made.troubles == [("#a,#b", IMPOSSIBLE.meaning), ("#c d", IMPOSSIBLE.meaning)]


def test_case_34_a_channel_not_wanted_any_more_is_left():
    made = talk("#moc", "#inc")
    assert made.want("#moc") == ["PART #inc"]
    made.give(":ilbot!~bot@client.test PART #inc")
    assert made.channels.joined_names() == ["#moc"]


def test_case_35_a_forced_join_is_known_and_not_undone():
    made = talk("#moc")
    made.enter("#oper", "@oper")
    made.give(":oper!o@h PRIVMSG #oper :why are you here")
    assert made.channels.is_in("#oper")
    assert made.said == ["why are you here"]
    assert made.want("#moc") == []
    made.give(":oper!o@h KICK #oper ilbot")
    assert joins(made.wait(600)) == 0


SPLIT = "hub.test leaf.test"


def test_case_36_a_split_is_told_from_people_leaving():
    made = talk("#moc")
    names = [f"user{n}" for n in range(300)]
    made.enter("#moc", "@metadave", *names)
    made.wait(10)
    made.network_events.clear()
    made.sent.clear()
    made.give(f":metadave!m@h QUIT :{SPLIT}", *[f":{n}!u@h QUIT :{SPLIT}" for n in names])
    assert {kind for kind, _, _ in made.kinds} == {LineKind.SPLIT}
    assert len(made.kinds) == 301
    assert not made.session.shared.people.in_channel("metadave", "#moc")
    made.network_events.clear()
    made.give(
        ":metadave!m@h JOIN #moc",
        ":hub.test MODE #moc +o metadave",
        *[f":{n}!u@h JOIN #moc" for n in names],
        ":metadave!m@h PRIVMSG #moc :back",
    )
    assert made.lines[-1].operator
    assert made.sent == []
    made.give(":user1!u@h QUIT :Quit: hub.test leaf.test", ":user2!u@h QUIT :gone home")
    assert [kind for kind, _, _ in made.kinds][-2:] == [LineKind.QUIT, LineKind.QUIT]


def test_case_36_a_split_in_a_batch_is_known_whatever_its_words():
    made = talk("#moc", capabilities="batch")
    made.give("BATCH +1 netsplit a b", "@batch=1 :bob!b@h QUIT :split", "BATCH -1")
    assert made.kinds == [(LineKind.SPLIT, "bob", "")]


LONG = "é🔥" * 1000


def texts(lines: list[str]) -> list[str]:
    """What PRIVMSGs and NOTICEs among these lines say."""
    return [m[1] for line in lines if (m := re.match(r"(?:PRIVMSG|NOTICE) \S+ :(.*)", line))]


def test_case_37_long_text_goes_in_pieces_that_fit_with_our_own_prefix():
    made = talk("#moc", pace=Pace(limited=False))
    sent = made.say(answer("#moc", LONG))
    assert "".join(texts(sent)) == LONG
    prefix = ":ilbot!~bot@client.test "
    assert all(len((prefix + line).encode()) + 2 <= 512 for line in sent)
    assert max(len((prefix + line).encode()) + 2 for line in sent) > 500


@pytest.mark.parametrize(
    "change",
    [
        ":ilbot!~bot@client.test CHGHOST ~bot a-very-long.host-name.that.changes.the.room.example",
        ":irc.test 396 ilbot a-very-long.host-name.that.changes.the.room.example :is now your host",
        ":ilbot!~bot@a-very-long.host-name.that.changes.the.room.example JOIN #other",
    ],
)
def test_case_37_a_longer_prefix_leaves_less_room(change):
    made = talk("#moc", pace=Pace(limited=False))
    made.give(change)
    sent = made.say(answer("#moc", LONG))
    prefix = ":ilbot!~bot@a-very-long.host-name.that.changes.the.room.example "
    assert all(len((prefix + line).encode()) + 2 <= 512 for line in sent)
    assert "".join(texts(sent)) == LONG


def test_case_37_the_prefix_may_change_while_text_waits():
    made = talk("#moc")
    made.say(answer("#moc", LONG))
    made.give(":ilbot!~bot@client.test CHGHOST ~bot " + "x" * 63)
    sent = made.wait(60)
    assert all(len(f":ilbot!~bot@{'x' * 63} {line}".encode()) + 2 <= 512 for line in sent)


def test_case_37_words_and_addresses_stay_whole():
    url = "https://status.example/" + "x" * 300
    text = "the report of this incident is here, for everybody to read: " + url + " (all of it)"
    pieces = list(split(text, 350))
    assert "".join(pieces) == text
    assert any(url in piece for piece in pieces)


@pytest.mark.parametrize("unit", ["👩‍👩‍👧‍👦", "e\u0301", "👍🏽", "❤️"])
def test_case_37_what_belongs_together_is_not_cut(unit):
    pieces = list(split(unit * 200, 100))
    assert "".join(pieces) == unit * 200
    assert all(len(piece.encode()) <= 100 for piece in pieces)
    assert all(piece.startswith(unit[0]) for piece in pieces)


@pytest.mark.parametrize(
    "bad", ["a\r\nQUIT :x", "a\nQUIT", "a\rQUIT", "a\0QUIT", "a\ud800b", "a\u2028b"]
)
def test_case_38_nothing_in_a_text_becomes_a_line_of_its_own(bad):
    made = talk("#moc", pace=Pace(limited=False))
    sent = made.say(answer("#moc", bad), Reply("#moc", bad))
    assert [line.split(" ")[0] for line in sent] == ["PRIVMSG", "NOTICE", "PING"]
    assert all(text.startswith("a") for text in texts(sent))
    assert not any(ch in line for line in sent for ch in "\r\n\0\ud800")


@pytest.mark.parametrize("to", ["", "#moc\r\nQUIT", "a b", ":x", "#moc,#other", "a\0"])
def test_case_38_nothing_in_a_target_becomes_a_line_of_its_own(to):
    made = talk("#moc", pace=Pace(limited=False))
    assert texts(made.say(answer(to, "hello"))) == []
    assert made.results == {to: "not a nick or channel"}


def test_case_38_nothing_in_the_configuration_becomes_a_line_of_its_own():
    made = Talk(replace(PLAIN, realname="x\r\nOPER a b", password="pass word\nX"))
    assert made.sent[1:] == [
        "PASS :pass word X",
        "NICK ilbot",
        "USER ilbot 0 * :x  OPER a b",
    ]


def test_case_39_nothing_is_lost_and_pongs_overtake():
    made = talk("#moc")
    first = made.say(*[answer("#moc", f"line {n}") for n in range(200)])
    assert 0 < len(texts(first)) < 10
    assert made.give("PING :now") == ["PONG now"]
    rest = made.wait(400)
    assert texts(first + rest) == [f"line {n}" for n in range(200)]


def test_case_39_a_server_that_keeps_up_is_sent_to_faster():
    made = talk("#moc")
    made.say(*[answer("#moc", f"line {n}") for n in range(200)])
    made.wait(100)
    assert len(made.queue) == 0


def test_case_39_a_server_that_lags_is_sent_to_more_slowly():
    made = talk("#moc")
    made.say(*[answer("#moc", f"line {n}") for n in range(200)])
    before = made.queue.bucket.rate
    for _ in range(20):
        made.wait(8, silent=True)
        made.answer_pings()
    assert made.queue.bucket.rate < before


def test_case_39_targets_take_turns():
    made = talk("#moc", "#inc")
    made.say(*[answer("#moc", f"a{n}") for n in range(20)], *[answer("#inc", "b")])
    made.wait(6)
    assert "b" in texts(made.sent)[:7]


def test_case_39_the_urgent_goes_first():
    made = talk("#moc")
    made.say(*[Reply("alice", f"#{n} recorded", ReplyKind.RECEIPT) for n in range(20)])
    made.sent.clear()
    made.say(answer("#moc", "an answer"), Reply("#moc", "news"))
    made.say(Reply("#moc", "more news"))
    made.say(Reply("#moc", "cannot record!", ReplyKind.ALARM))
    others = [text for text in texts(made.wait(60)) if "recorded" not in text]
    assert others == ["cannot record!", "more news", "an answer", "news"]


def test_case_39_several_channels_are_told_two_seconds_apart():
    channels = ("#a", "#b", "#c", "#d")
    made = talk(*channels)
    made.say(*[Reply(c, "MDN is down", broadcast="1") for c in channels])
    times = {}
    for _ in range(80):
        for line in made.sent:
            if line.startswith("NOTICE"):
                times.setdefault(line.split(" ")[1], made.now)
        made.wait(0.1, step=0.1)
    moments = [times[c] for c in channels]
    assert all(1.9 <= b - a <= 2.5 for a, b in pairwise(moments))


def test_case_39_the_same_reminder_is_not_queued_twice():
    made = talk("#moc")
    made.say(*[Reply("#moc", f"filler {n}") for n in range(9)])
    for _ in range(5):
        made.say(Reply("#moc", "an update is due now"))
    made.wait(60)
    assert texts(made.sent).count("an update is due now") == 1


def test_case_39_what_waits_is_bounded_and_the_least_important_goes():
    made = talk("#moc")
    made.say(Reply("#moc", "the news"))
    made.say(*[Reply(f"p{n}", f"#{n} recorded", ReplyKind.RECEIPT) for n in range(3000)])
    assert len(made.queue) <= 1000
    made.say(Reply("#moc", "more news"))
    made.wait(30)
    assert "more news" in texts(made.sent)


def test_case_39_text_survives_the_link_and_is_said_on_the_next():
    made = talk("#moc")
    made.say(*[answer("#moc", f"line {n}") for n in range(10)])
    made.wait(2)
    made.disconnect()
    made.connect()
    made.register()
    made.want("#moc")
    made.enter("#moc")
    made.wait(30)
    assert set(texts(made.sent)) == {f"line {n}" for n in range(10)}


def test_case_39_an_answer_that_nobody_waits_for_any_more_is_not_given():
    made = talk("#moc")
    made.disconnect()
    made.say(answer("#moc", "too late"), Reply("#moc", "cannot record", ReplyKind.ALARM))
    made.now += 400
    made.connect()
    made.register()
    made.want("#moc")
    made.enter("#moc")
    made.wait(30)
    assert texts(made.sent) == ["cannot record"]


def test_a_broadcast_that_is_refused_in_one_channel_says_so():
    made = talk("#a", "#b")
    made.say(Reply("#a", "down", broadcast="1"), Reply("#b", "down", broadcast="1"))
    made.give(":irc.test 404 ilbot #a :Cannot send to channel (+m)")
    made.wait(10)
    assert made.results == {"#a": "Cannot send to channel (+m)", "#b": ""}


def test_an_echo_proves_the_arrival():
    made = talk("#a", capabilities="echo-message")
    made.say(Reply("#a", "down", broadcast="1"))
    assert made.results == {}
    made.give(":ilbot!~bot@client.test NOTICE #a :down")
    assert made.results == {"#a": ""}


def test_an_echo_that_does_not_come_is_a_refusal():
    made = talk("#a", capabilities="echo-message")
    made.say(Reply("#a", "down", broadcast="1"))
    made.wait(120)
    assert made.results == {"#a": "the server did not send it on"}


def test_labels_tell_which_of_our_lines_was_refused():
    made = talk("#a", capabilities="echo-message labeled-response batch message-tags")
    (line,) = made.say(Reply("#a", "down", broadcast="1"))
    label = re.match(r"@label=(\S+) NOTICE #a :down", line)[1]
    made.give(f"@label={label} :irc.test FAIL NOTICE FLOOD_LIMIT #a :Slow down")
    assert made.results == {"#a": "Slow down"}


def test_case_40_our_own_echo_is_nobody_s_line():
    made = talk("#moc", capabilities="echo-message")
    made.say(answer("#moc", "!inc status"))
    made.give(
        ":ilbot!~bot@client.test PRIVMSG #moc :!inc status",
        ":ilbot!~bot@client.test PRIVMSG ilbot :status",
        ":ILBOT!~bot@client.test NOTICE #moc :TL: no",
        ":ilbot!~bot@client.test PRIVMSG #moc :\x01ACTION waves\x01",
        ":ilbot!~bot@client.test PRIVMSG #moc :\x01VERSION\x01",
    )
    assert made.lines == []
    assert not any(line.startswith("NOTICE") for line in made.sent)


def test_case_40_notices_and_other_bots_are_nobody_s_line_unless_they_are_feeders():
    made = talk("#moc", capabilities="message-tags", feeders=("alerts",))
    made.give(
        ":alice!a@h NOTICE #moc :TL: no",
        "@bot :robot!r@h PRIVMSG #moc :TL: no",
        "@bot=1;time=x :robot!r@h PRIVMSG #moc :TL: no",
        "@draft/bot :robot!r@h PRIVMSG ilbot :TL: no",
        ":irc.test NOTICE * :*** Looking up your hostname",
        ":irc.test PRIVMSG #moc :TL: no",
        ":*status!znc@znc.in PRIVMSG ilbot :You have no buffers",
        ":Alerts!a@h NOTICE #moc :the ELB is empty",
        "@bot :alerts!a@h PRIVMSG #moc :really empty",
    )
    assert made.said == ["the ELB is empty", "really empty"]


AT = "2018-01-10T12:00:{:02}.000Z"


def test_case_41_lines_of_a_playback_are_recorded_once_and_marked():
    made = talk("#moc", capabilities="server-time batch message-tags")
    made.at = NOON + timedelta(seconds=5)
    made.give(f"@time={AT.format(5)};msgid=m1 :alice!a@h PRIVMSG #moc :!inc declare fire")
    made.give(
        "BATCH +9 chathistory #moc",
        f"@batch=9;time={AT.format(5)};msgid=m1 :alice!a@h PRIVMSG #moc :!inc declare fire",
        f"@batch=9;time={AT.format(4)};msgid=m0 :bob!b@h PRIVMSG #moc :TL: smoke",
        f"@batch=9;time={AT.format(4)};msgid=m0 :bob!b@h PRIVMSG #moc :TL: smoke",
        "@batch=9 :carol!c@h JOIN #moc",
        "@batch=9 :bob!b@h QUIT :gone",
        "BATCH -9",
    )
    assert [(line.text, line.source) for line in made.lines] == [
        ("!inc declare fire", Source.LIVE),
        ("TL: smoke", Source.RECOVERED),
    ]
    assert made.lines[1].at == NOON + timedelta(seconds=4)
    assert made.session.shared.people.in_channel("bob", "#moc")


def test_case_41_without_msgids_time_nick_and_text_decide():
    made = talk("#moc", capabilities="server-time batch")
    made.give(
        "@time=2018-01-10T12:00:05.700Z :alice!a@h PRIVMSG #moc :same",
        "@time=2018-01-10T12:00:06.100Z :alice!a@h PRIVMSG #moc :same",
    )
    same = f"@batch=1;time={AT.format(6)} :alice!a@h PRIVMSG #moc :same"
    made.give("BATCH +1 znc.in/playback #moc", same, same, same, "BATCH -1")
    assert made.said == ["same"] * 3


def test_case_41_what_was_said_before_we_came_is_not_obeyed():
    made = talk(capabilities="server-time")
    made.want("#moc")
    made.at = NOON + timedelta(seconds=30)
    made.enter("#moc", "@alice", tags=f"@time={AT.format(30)} ")
    made.give(
        ":irc.test NOTICE #moc :Replaying up to 10 lines",
        f"@time={AT.format(10)} :alice!a@h PRIVMSG #moc :!inc resolve",
        f"@time={AT.format(31)} :alice!a@h PRIVMSG #moc :!inc status",
    )
    assert [line.source for line in made.lines] == [Source.RECOVERED, Source.LIVE]


def test_case_41_a_clock_that_is_set_back_does_not_make_us_deaf():
    made = talk(capabilities="server-time")
    made.want("#moc")
    made.enter("#moc", "@alice", tags=f"@time={AT.format(30)} ")
    made.wait(60)
    made.give("@time=2018-01-10T11:00:00Z :alice!a@h PRIVMSG #moc :!inc status")
    assert made.lines[-1].source is Source.LIVE


def test_case_41_a_gap_is_known_and_what_was_missed_is_asked_for():
    capabilities = "server-time batch draft/chathistory message-tags"
    made = talk("#moc", capabilities=capabilities)
    made.give(":alice!a@h PRIVMSG #moc :before")
    made.disconnect()
    made.now += 360
    made.at += timedelta(minutes=6)
    made.connect()
    made.register(capabilities)
    made.wait(1)
    made.at = NOON + timedelta(minutes=6, seconds=31)
    made.enter("#moc", tags="@time=2018-01-10T12:06:31.000Z ")
    made.wait(10)
    (gap,) = made.gaps
    assert gap.channel == "#moc"
    assert timedelta(minutes=6) <= gap.until - gap.since <= timedelta(minutes=6, seconds=2)
    request = next(line for line in made.sent if line.startswith("CHATHISTORY"))
    assert re.fullmatch(
        r"CHATHISTORY BETWEEN #moc timestamp=2018-01-10T12:00:3\d\.\d{3}Z "
        r"timestamp=2018-01-10T12:06:31\.000Z \d+",
        request,
    )


def test_case_41_a_long_gap_is_asked_for_page_by_page():
    capabilities = "server-time batch draft/chathistory message-tags"
    made = talk("#moc", capabilities=capabilities, isupport="CHATHISTORY=3")
    made.disconnect()
    made.now += 3600
    made.at += timedelta(hours=1)
    made.connect()
    made.register(capabilities, "CHATHISTORY=3")
    made.wait(1)
    made.enter("#moc")
    made.wait(10)
    for page in range(2):
        asked = [line for line in made.sent if line.startswith("CHATHISTORY")]
        assert len(asked) == page + 1
        lines = [
            f"@batch=h;time=2018-01-10T12:1{page}:0{n}.000Z;msgid={page}{n} "
            f":alice!a@h PRIVMSG #moc :TL: {page}{n}"
            for n in range(3 - page)
        ]
        made.give("BATCH +h chathistory #moc", *lines, "BATCH -h")
        made.wait(10)
    assert len([line for line in made.sent if line.startswith("CHATHISTORY")]) == 2
    assert "timestamp=2018-01-10T12:10:02.000Z" in asked[1]
    assert made.said == ["TL: 00", "TL: 01", "TL: 02", "TL: 10", "TL: 11"]


def test_who_came_and_went_while_the_bot_was_away_is_told():
    made = talk("#moc")
    made.disconnect()
    made.connect()
    made.register()
    made.wait(1)
    made.enter("#moc", "bob", "@carol")
    assert made.kinds == [(LineKind.SPLIT, "alice", ""), (LineKind.JOIN, "carol", "#moc")]
    assert {line.source for line in made.lines} == {Source.RECOVERED}


def test_case_41_the_record_of_an_earlier_run_knows_a_gap_too():
    made = talk(capabilities="server-time batch draft/chathistory")
    made.at = NOON + timedelta(minutes=10)
    past = made.pasts.past("#moc")
    past.absent_since = NOON
    made.want("#moc")
    made.enter("#moc")
    made.wait(10)
    assert [(g.since, g.channel) for g in made.gaps] == [(NOON, "#moc")]
    assert any(line.startswith("CHATHISTORY BETWEEN #moc") for line in made.sent)


def test_who_the_record_knows_to_be_there_and_is_not_is_missed():
    made = talk(isupport="CASEMAPPING=ascii")
    made.pasts.on_record("#moc", NOON, ("alice", "bob", "carol[]"))
    made.want("#moc", "#other")
    made.enter("#other", "Bob")
    assert made.kinds == []
    made.enter("#moc", "@Carol[]", "eve")
    assert made.kinds == [(LineKind.JOIN, "Carol[]", "#moc"), (LineKind.SPLIT, "alice", "")]
    assert {line.source for line in made.lines} == {Source.RECOVERED}
    made.enter("#moc", "eve")
    assert len(made.lines) == 2  # they are missed once


def test_case_42_batches_that_are_odd_lose_nothing_and_leave_nothing():
    made = talk("#moc", capabilities="batch")
    line = ":alice!a@h PRIVMSG #moc :"
    made.give(
        f"@batch=none {line}unknown",
        "BATCH +a example.test/x",
        f"@batch=a {line}in a",
        "@batch=a BATCH +b chathistory #moc",
        f"@batch=b {line}nested",
        "BATCH +a netsplit",
        f"@batch=a {line}reused",
        "BATCH -b",
        "BATCH -b",
        "BATCH -none",
        "@batch=c BATCH +c loop",
        f"@batch=c {line}in a loop",
    )
    assert made.said == ["unknown", "in a", "nested", "reused", "in a loop"]
    for number in range(10_000):
        made.give(f"BATCH +x{number} chathistory #moc")
    assert len(made.session.shared.batches) <= 64
    made.disconnect()
    made.connect()
    assert len(made.session.shared.batches) == 0


def test_a_thousand_busy_channels_do_not_fill_the_memory():
    made = talk("#moc")
    for number in range(1000):
        made.give(*(f":nick!u@h PRIVMSG #c{number} :line {n}" for n in range(100)))
        if number % 50 == 0:
            made.wait(1)
    made.give(":nick!u@h PRIVMSG #moc :the newest")
    made.wait(1)
    pasts = [made.pasts.past(f"#c{number}").lines for number in range(990)]
    assert sum(map(len, pasts)) <= 10_000
    assert all(lines[-1].text == "line 99" for lines in pasts)
    assert made.pasts.past("#moc").lines[-1].text == "the newest"


def test_what_was_said_where_we_want_to_be_is_known_however_much_is_said_elsewhere():
    made = talk("#moc", capabilities="server-time batch draft/chathistory")
    entries = [f"time={AT.format(6)} :nick!u@h PRIVMSG #moc :TL: entry {n}" for n in range(300)]
    made.give(*(f"@{entry}" for entry in entries))
    for number in range(200):
        made.give(*(f":nick!u@h PRIVMSG #c{number} :line {n}" for n in range(299)))
    made.wait(1)
    said = len(made.said)
    made.give("BATCH +h chathistory #moc", *(f"@batch=h;{entry}" for entry in entries))
    assert len(made.said) == said


@pytest.mark.parametrize("tags", ["", "@time=2018-01-10T12:00:05.000Z;msgid=m ", "@+draft/x=y "])
@pytest.mark.parametrize(
    "who", ["nick!u@h", "nick!u@:h", "other!x@y", "nick", "*status!u@h", "irc.test!u@h"]
)
@pytest.mark.parametrize("target", ["#moc", "@#moc", "#MOC", ":#moc", "#else", "ilbot"])
def test_a_line_is_heard_alike_however_it_is_read(tags, who, target):
    """By how it begins, by one regular expression, or by the parser (two blanks call for it)."""
    texts = ("TL: x", "a :b", ":", " :x :y", "", "\x01ACTION x\x01", "\x01PING\x01", "é\x02")

    def heard(blanks):
        made = talk("#moc", capabilities="server-time message-tags")
        for _ in range(2):
            made.give(*(f"{tags}:{who}{blanks}PRIVMSG {target} :{text}" for text in texts))
        return made.lines

    assert heard(" ") == heard("  ")


def test_what_operators_tell_each_other_is_not_heard():
    """`@#moc`, STATUSMSG: the others in the channel do not read it, nor does a feeder's."""
    made = talk("#moc", capabilities="server-time message-tags", feeders=("alertbot",))
    for target in ("@#moc", "+#moc", "@+#moc"):
        made.give(
            f":alice!a@h PRIVMSG {target} :TL: not for everybody",
            f"@time=2018-01-10T12:00:05.000Z :alice!a@h PRIVMSG {target} :TL: nor this",
            f":alice!a@h PRIVMSG {target} :\x01ACTION thinks so\x01",
            f":alertbot!a@h NOTICE {target} :TL: nor that",
        )
    made.give(":alice!a@h PRIVMSG #moc :TL: this is", ":alertbot!a@h NOTICE #moc :and this")
    assert made.said == ["TL: this is", "and this"]


def test_people_without_end_do_not_fill_the_memory():
    made = talk("#moc")
    people = made.session.shared.people
    for start in range(0, 30_000, 1000):
        made.give(*(f":made-up-{n}!u@h JOIN #moc" for n in range(start, start + 1000)))
    assert len(people) == 20_000
    made.give(":made-up-7!u@h PART #moc", ":metadave!u@h JOIN #moc", ":metadave!u@h NICK dave")
    assert people.in_channel("dave", "#moc")
    assert len(people) == 20_000
    made.give(":one-more!u@h JOIN #moc", ":one-more!u@h PRIVMSG #moc :hello", ":one-more!u@h QUIT")
    assert made.said[-1] == "hello"


def test_playback_without_end_does_not_fill_the_memory():
    made = talk("#moc", capabilities="server-time batch draft/chathistory")
    made.give("BATCH +h chathistory #moc")
    for number in range(3000):
        made.give(f"@batch=h;time=2018-01-10T11:00:00.000Z :nick!u@h PRIVMSG #moc :old {number}")
    past = made.pasts.past("#moc")
    assert len(made.said) == 3000
    assert len(past.lines) == 400
    assert len(past.matched) <= 401
    made.give("@batch=h;time=2018-01-10T11:00:00.000Z :nick!u@h PRIVMSG #moc :old 2990")
    assert len(made.said) == 3001  # the same words again, in the same playback: said twice


def test_a_topic_is_set_where_another_stands_and_not_fought_over():
    made = talk("#moc", isupport="TOPICLEN=20")
    made.topics.want({"#moc": "Incident 1: the MDN is down"})
    assert made.wait(1) == ["TOPIC #moc :Incident 1: the MDN "]
    made.give(":ilbot!~bot@client.test TOPIC #moc :Incident 1: the MDN ")
    assert made.wait(20) == []
    made.give(":alice!a@h TOPIC #moc :something else")
    assert not any(line.startswith("TOPIC") for line in made.wait(200))
    assert any(line.startswith("TOPIC") for line in made.wait(100))


def test_a_topic_that_cannot_be_set_is_said_once():
    made = talk("#moc")
    made.topics.want({"#moc": "Incident 1"})
    made.wait(1)
    made.give(":irc.test 482 ilbot #moc :You're not channel operator")
    made.wait(1000)
    assert made.troubles == [("#moc", "the topic cannot be set: You're not channel operator")]
    assert sum(line.startswith("TOPIC") for line in made.sent) == 1
