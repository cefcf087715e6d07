"""A transcript as it is written: for people, and for the reader of transcripts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ircbot.incident.line import Line, LineKind, Reply, ReplyKind
from ircbot.logs.formats import plain
from ircbot.logs.playback import TimedReply
from ircbot.logs.script import Script

NOON = datetime(2018, 1, 10, 12, tzinfo=UTC)


def line(text: str, kind: LineKind = LineKind.MESSAGE, *, channel: str = "#moc", **more: object):
    return Line(more.pop("at", NOON), channel, "ann", text, kind=kind, **more)  # type: ignore[arg-type]


def said(
    text: str, to: str = "#moc", kind: ReplyKind = ReplyKind.NOTICE, minutes: int = 0
) -> TimedReply:
    return TimedReply(NOON + timedelta(minutes=minutes), Reply(to, text, kind))


def written(*happened: Line | TimedReply) -> list[str]:
    script = Script("ilbot", UTC)
    script.stands(NOON, "#moc")
    return list(script.written(happened))


KINDS = [
    (line("MDN is down"), "<ann> MDN is down"),
    (line("MDN is down", operator=True), "<@ann> MDN is down"),
    (line("waves", LineKind.ACTION), "* ann waves"),
    (line("", LineKind.JOIN), "-!- ann has joined #moc"),
    (line("", LineKind.PART), "-!- ann has left #moc"),
    (line("bye", LineKind.PART), "-!- ann has left #moc [bye]"),
    (line("calm down", LineKind.KICK), "-!- ann was kicked from #moc by somebody [calm down]"),
    (line("Ping timeout", LineKind.QUIT, channel=""), "-!- ann has quit [Ping timeout]"),
    (line("ann_", LineKind.NICK, channel=""), "-!- ann is now known as ann_"),
    (
        line("", LineKind.ACCOUNT, channel="", account="ann0"),
        "-!- ann has logged in to account ann0",
    ),
    (line("", LineKind.ACCOUNT, channel="", account=""), "-!- ann has logged out of their account"),
]


@pytest.mark.parametrize(("happened", "words"), KINDS, ids=lambda value: str(value)[:20])
def test_what_people_do_is_written_as_it_is_read(happened, words):
    assert written(happened) == [f"12:00 {words}"]
    (row,) = plain.rows(words)
    assert (row.nick, row.kind, row.operator) == ("ann", happened.kind, happened.operator)
    assert row.text == happened.text
    if happened.kind is LineKind.ACCOUNT:
        assert row.account == happened.account


def test_what_is_said_to_the_bot_in_private_is_written_as_such():
    assert written(line("status", channel="")) == ["12:00 *ann* status"]


@pytest.mark.parametrize(
    ("kind", "in_channel", "in_private"),
    [
        (ReplyKind.ANSWER, "<ilbot> hm", "*ilbot:ann* hm"),
        (ReplyKind.NOTICE, "-ilbot- hm", "-ilbot:ann- hm"),
        (ReplyKind.RECEIPT, "-ilbot- hm", "-ilbot:ann- hm"),
        (ReplyKind.ALARM, "-ilbot- hm", "-ilbot:ann- hm"),
    ],
)
def test_what_the_bot_says_shows_how_it_goes_out(kind, in_channel, in_private):
    told = [said("hm", "#moc", kind), said("hm", "ann", kind)]
    assert written(*told) == [f"12:00 {in_channel}", f"12:00 {in_private}"]


def test_what_is_said_to_somebody_twice_is_written_twice():
    assert written(said("hm", "ann"), said("hm", "ann")) == ["12:00 -ilbot:ann- hm"] * 2


def test_the_same_words_to_several_channels_are_one_line():
    told = [said("up", "#moc"), said("up", "#mdn"), said("down", "#mdn"), said("down", "ann")]
    assert written(*told) == [
        "12:00 #moc #mdn -ilbot- up",
        "12:00 #mdn -ilbot- down",
        "12:00 -ilbot:ann- down",
    ]
    assert written(said("up"), said("up", minutes=1)) == ["12:00 -ilbot- up", "12:01 -ilbot- up"]


def test_each_channel_and_each_day_begins_with_a_heading():
    script = Script("ilbot", UTC)
    tomorrow = NOON + timedelta(days=1)
    happened = [
        line("one", channel=""),
        line("two"),
        line("three"),
        line("four", channel="#mdn"),
        said("five", "#mdn", minutes=24 * 60),
        line("six", channel="#mdn", at=tomorrow),
        line("seven", at=tomorrow + timedelta(days=1)),
    ]
    assert list(script.written(happened)) == [
        "--- 2018-01-10",
        "12:00 *ann* one",
        "--- #moc",
        "12:00 <ann> two",
        "12:00 <ann> three",
        "--- #mdn",
        "12:00 <ann> four",
        "--- 2018-01-11",
        "12:00 -ilbot- five",
        "12:00 <ann> six",
        "--- 2018-01-12 #moc",
        "12:00 <ann> seven",
    ]


def test_days_and_times_are_those_of_the_zone():
    script = Script("ilbot", ZoneInfo("Pacific/Auckland"))
    assert list(script.written([line("hm")])) == ["--- 2018-01-11 #moc", "01:00 <ann> hm"]


def test_a_heading_that_somebody_else_wrote_is_not_repeated():
    script = Script("ilbot", UTC)
    script.stands(None, "#moc")
    assert list(script.written([line("hm")])) == ["--- 2018-01-10 #moc", "12:00 <ann> hm"]
    assert list(script.written([line("hm")])) == ["12:00 <ann> hm"]
