"""Servers and people that lie: about the time, about who they are, about what they wrote."""

from __future__ import annotations

import pytest

from hostile.talk import answer, talk
from ircbot.incident.line import Reply, ReplyKind
from ircbot.incident.plain import shown

# What others wrote


@pytest.mark.parametrize(
    ("written", "is_shown"),
    [
        ("plain words, naïve café, 日本語, 👩‍👩‍👧", "plain words, naïve café, 日本語, 👩‍👩‍👧"),
        ("\x1b]0;owned\x07 title", "]0;owned title"),
        ("\x9b31mred\x7f", "31mred"),
        ("\x02bold\x02 \x0304,01red\x03 \x04ff0000hex", "bold red hex"),
        ("abc\u202etxt.exe\u202c", "abctxt.exe"),
        ("\u2066a\u2067b\u2068c\u2069d", "abcd"),
        ("one\ntwo\u2028three\x85four\tfive", "one two three four five"),
        ("\u200fעברית\u200e", "\u200fעברית\u200e"),
    ],
)
def test_what_others_wrote_is_shown_without_what_is_obeyed_somewhere(written, is_shown):
    assert shown(written) == is_shown


def test_no_control_character_reaches_irc():
    made = talk("#moc", capabilities="server-time")
    text = "last entry: \x1b[2J\u202eevil\x01 \x9b1m"
    for kind in ReplyKind:
        made.say(Reply("#moc", text, kind))
        made.wait(5)
    made.topics.want({"#moc": text})
    made.give(":irc.test 331 ilbot #moc :No topic is set")
    made.give(f":eve!e@h PRIVMSG ilbot :\x01PING {text}")
    made.wait(5)
    written = [line for line in made.sent if "evil" in line]
    assert len(written) == len(ReplyKind) + 2
    for line in written:
        bare = line.replace(":\x01PING", ":PING").removesuffix("\x01")  # CTCP's own marks
        assert shown(bare) == bare


@pytest.mark.parametrize("name", ["#a\x1b[2J", "#\u202eevil", "#bell\x07", "#c1\x9b"])
def test_a_channel_named_with_control_characters_is_none(name):
    made = talk()
    made.want(name)
    assert not [line for line in made.sent if line.startswith("JOIN")]
    assert made.troubles == [(name, "not a channel on this server")]
    assert made.say(answer(name, "hello")) == []


# What a channel takes


def test_a_channels_modes_are_known():
    made = talk("#moc")
    made.give(":irc.test 324 ilbot #moc +inlk 30 key")
    room = made.session.shared.people.room("#moc")
    assert room.modes == set("inlk")
    assert room.hidden
    made.give(":alice!a@h MODE #moc -i+s-s+m")
    assert room.modes == set("nlkm")
    assert not room.hidden


def test_a_ban_on_us_is_known_before_a_silent_server_swallows_what_we_say():
    made = talk("#moc", isupport="CHANMODES=beI,k,l,imnpst PREFIX=(ov)@+")
    made.give(":alice!a@h MODE #moc +b IL[bot]!*@*")
    made.give(":alice!a@h MODE #moc +b *!~bot@client.test")
    made.say(Reply("#moc", "the outage is over"))
    made.answer_pings()
    assert made.fates == {"#moc": "the bot is banned there (+b)"}
    made.give(":alice!a@h MODE #moc -b *!~BOT@client.test")
    made.say(Reply("#moc", "over now"))
    made.wait(30)
    assert made.fates == {"#moc": ""}


@pytest.mark.parametrize("numeric", ["404", "442", "477", "415"])
def test_each_refusal_is_told(numeric):
    made = talk("#moc")
    made.say(answer("#moc", "all well"))
    made.give(f":irc.test {numeric} ilbot #moc :no")
    assert made.fates == {"#moc": "no"}


def test_a_channel_that_takes_no_notices_is_spoken_to():
    made = talk("#moc")
    made.say(Reply("#moc", "all well"))
    made.give(":irc.test 404 ilbot #moc :Can't send NOTICE to channel (+T is set)")
    made.wait(5)
    assert made.sent.count("PRIVMSG #moc :all well") == 1
    assert made.fates == {"#moc": ""}


def test_a_channel_that_takes_nothing_is_tried_once_more_and_no_more():
    made = talk("#moc")
    made.say(Reply("#moc", "all well"))
    made.give(":irc.test 404 ilbot #moc :no")
    made.say()
    made.give(":irc.test 404 ilbot #moc :still no")
    made.wait(60)
    tried = ["NOTICE #moc :all well", "PRIVMSG #moc :all well"]
    assert [line for line in made.sent if "all well" in line] == tried
    assert made.fates == {"#moc": "still no"}
