"""Reading logs: formats, days and times, channels, bytes."""

from __future__ import annotations

import bz2
import gzip
import lzma
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ircbot.errors import Failed, Misuse
from ircbot.incident.line import Line, LineKind
from ircbot.logs import formats
from ircbot.logs.formats import FORMATS
from ircbot.logs.names import channel_of, day_of
from ircbot.logs.read import Log
from ircbot.logs.together import merged


def log(tmp_path: Path, text: str | bytes, name: str = "#mdndev.log", **given: object) -> Log:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    zone = given.pop("zone", UTC)
    return Log(path, zone, **given)  # type: ignore[arg-type]


def lines(
    tmp_path: Path, text: str | bytes, name: str = "#mdndev.log", **given: object
) -> list[Line]:
    return [line for run in log(tmp_path, text, name, **given).runs() for line in run.lines()]


def times(found: list[Line]) -> list[str]:
    return [line.at.strftime("%Y-%m-%d %H:%M:%S") for line in found]


# --- what lines say, by format ----------------------------------------------------------------

SAID = {
    "irssi": {
        "<metadave> MDN is down": ("message", "metadave", "MDN is down"),
        "<@metadave> MDN is down": ("message", "metadave", "MDN is down"),
        "< metadave> MDN is down": ("message", "metadave", "MDN is down"),
        "<+metadave> 2 > 1 <b>": ("message", "metadave", "2 > 1 <b>"),
        "<nick[a]|x> ": ("message", "nick[a]|x", ""),
        "<metadave>": ("message", "metadave", ""),
        "<metadave:#mdndev> hello": ("message", "metadave", "hello"),
        "<metadave>  two  blanks ": ("message", "metadave", " two  blanks "),
        " * metadave sighs": ("action", "metadave", "sighs"),
        "* metadave": ("action", "metadave", ""),
        "-!- jgmize [~j@moz.example] has joined #mdndev": ("join", "jgmize", ""),
        "-!- jgmize [~j@moz.example] has left #mdndev [lunch [maybe]]": (
            "part",
            "jgmize",
            "lunch [maybe]",
        ),
        "-!- jgmize [~j@moz.example] has quit [Ping timeout: 240 seconds]": (
            "quit",
            "jgmize",
            "Ping timeout: 240 seconds",
        ),
        "-!- #mdndev jgmize [~j@moz.example] has quit [bye]": ("quit", "jgmize", "bye"),
        "-!- jgmize [~j@moz.example] has quit [a.example.net b.example.net]": (
            "split",
            "jgmize",
            "a.example.net b.example.net",
        ),
        "-!- metadave is now known as dave": ("nick", "metadave", "dave"),
        "-!- troll was kicked from #mdndev by metadave [off topic]": ("kick", "troll", "off topic"),
    },
    "weechat": {
        "metadave\tMDN is down": ("message", "metadave", "MDN is down"),
        "@metadave\tMDN\tis down": ("message", "metadave", "MDN\tis down"),
        " *\tmetadave sighs": ("action", "metadave", "sighs"),
        "-->\tjgmize (~j@moz.example) has joined #mdndev": ("join", "jgmize", ""),
        "-->\tjgmize [jg] (Josh (M)) (~j@moz.example) has joined #mdndev": ("join", "jgmize", ""),
        "<--\tjgmize (~j@moz.example) has left #mdndev (lunch)": ("part", "jgmize", "lunch"),
        "<--\tjgmize (~j@moz.example) has quit (Ping timeout)": ("quit", "jgmize", "Ping timeout"),
        "<--\tjgmize (~j@moz.example) has quit (*.net *.split)": (
            "split",
            "jgmize",
            "*.net *.split",
        ),
        "<--\tmetadave has kicked troll (off topic)": ("kick", "troll", "off topic"),
        "--\tmetadave is now known as dave": ("nick", "metadave", "dave"),
    },
    "znc": {
        "<metadave> MDN is down": ("message", "metadave", "MDN is down"),
        "* metadave sighs": ("action", "metadave", "sighs"),
        "*** Joins: jgmize (~j@moz.example)": ("join", "jgmize", ""),
        "*** Parts: jgmize (~j@moz.example) (lunch)": ("part", "jgmize", "lunch"),
        "*** Parts: jgmize (~j@moz.example) ()": ("part", "jgmize", ""),
        "*** Quits: jgmize (~j@moz.example) (Quit: (bye))": ("quit", "jgmize", "Quit: (bye)"),
        "*** Joins: jgmize": ("join", "jgmize", ""),
        "*** Quits: jgmize (Quit: bye)": ("quit", "jgmize", "Quit: bye"),
        "*** troll was kicked by metadave (off topic)": ("kick", "troll", "off topic"),
        "*** metadave is now known as dave": ("nick", "metadave", "dave"),
    },
    "limnoria": {
        " <metadave> MDN is down": ("message", "metadave", "MDN is down"),
        " * metadave sighs": ("action", "metadave", "sighs"),
        " *** jgmize <jgmize!~j@moz.example> has joined #mdndev": ("join", "jgmize", ""),
        " *** jgmize <jgmize!~j@moz.example> has left #mdndev (lunch)": ("part", "jgmize", "lunch"),
        " *** jgmize <jgmize!~j@moz.example> has quit IRC (bye)": ("quit", "jgmize", "bye"),
        " *** troll was kicked by metadave (off topic)": ("kick", "troll", "off topic"),
        " *** metadave is now known as dave": ("nick", "metadave", "dave"),
    },
    "thelounge": {
        "<@metadave> MDN is down": ("message", "metadave", "MDN is down"),
        "* metadave sighs": ("action", "metadave", "sighs"),
        "*** jgmize (~j@moz.example) joined": ("join", "jgmize", ""),
        "*** jgmize (~j@moz.example) left (lunch (maybe))": ("part", "jgmize", "lunch (maybe)"),
        "*** jgmize (~j@moz.example) left ()": ("part", "jgmize", ""),
        "*** jgmize (~j@moz.example) quit (Ping timeout)": ("quit", "jgmize", "Ping timeout"),
        "*** metadave changed nick to dave": ("nick", "metadave", "dave"),
        "*** troll was kicked by metadave (off topic)": ("kick", "troll", "off topic"),
    },
    "irccloud": {
        "<metadave> MDN → is down": ("message", "metadave", "MDN → is down"),
        "— metadave sighs": ("action", "metadave", "sighs"),
        "→ jgmize joined (~j@moz.example)": ("join", "jgmize", ""),
        "← jgmize left (~j@moz.example): lunch": ("part", "jgmize", "lunch"),
        "⇐ jgmize quit (~j@moz.example) Quit: bye": ("quit", "jgmize", "Quit: bye"),
        "* metadave → dave": ("nick", "metadave", "dave"),
        "← troll was kicked by metadave: off topic": ("kick", "troll", "off topic"),
    },
    "ii": {
        "<metadave> MDN is down": ("message", "metadave", "MDN is down"),
        "-!- jgmize(~j@moz.example) has joined #mdndev": ("join", "jgmize", ""),
        "-!- jgmize(~j@moz.example) has left #mdndev": ("part", "jgmize", ""),
        '-!- jgmize(~j@moz.example) has quit "bye"': ("quit", "jgmize", "bye"),
        "-!- metadave changed nick to dave": ("nick", "metadave", "dave"),
        '-!- metadave kicked troll ("off topic")': ("kick", "troll", "off topic"),
    },
    "ubuntu": {
        "<metadave> MDN is down": ("message", "metadave", "MDN is down"),
        "* metadave sighs": ("action", "metadave", "sighs"),
        "=== jgmize [~j@moz.example] has joined #mdndev": ("join", "jgmize", ""),
        '=== jgmize [~j@moz.example] has left #mdndev ["lunch"]': ("part", "jgmize", "lunch"),
        "=== jgmize [~j@moz.example] has quit [Read error]": ("quit", "jgmize", "Read error"),
        "=== metadave is now known as dave": ("nick", "metadave", "dave"),
    },
    "colabti": {
        "<metadave> MDN is down": ("message", "metadave", "MDN is down"),
        "* metadave sighs": ("action", "metadave", "sighs"),
        "*** jgmize joined": ("join", "jgmize", ""),
        "*** jgmize left": ("quit", "jgmize", ""),
        "*** metadave is now known as dave": ("nick", "metadave", "dave"),
    },
    "eggdrop": {
        "<metadave> MDN is down": ("message", "metadave", "MDN is down"),
        "Action: metadave sighs": ("action", "metadave", "sighs"),
        "jgmize (~j@moz.example) joined #mdndev.": ("join", "jgmize", ""),
        "jgmize (~j@moz.example) returned to #mdndev.": ("join", "jgmize", ""),
        "jgmize (~j@moz.example) left #mdndev (lunch).": ("part", "jgmize", "lunch"),
        "jgmize (~j@moz.example) left #mdndev.": ("part", "jgmize", ""),
        "jgmize (~j@moz.example) left irc: Quit: bye": ("quit", "jgmize", "Quit: bye"),
        "jgmize (~j@moz.example) got netsplit.": ("split", "jgmize", ""),
        "Nick change: metadave -> dave": ("nick", "metadave", "dave"),
        "troll kicked from #mdndev by metadave: off topic": ("kick", "troll", "off topic"),
    },
    "mirc": {
        "<@metadave> MDN is down": ("message", "metadave", "MDN is down"),
        "* metadave sighs": ("action", "metadave", "sighs"),
        "* Joins: jgmize (~j@moz.example)": ("join", "jgmize", ""),
        "* Parts: jgmize (~j@moz.example) (lunch)": ("part", "jgmize", "lunch"),
        "* Quits: jgmize (~j@moz.example) (Quit: bye)": ("quit", "jgmize", "Quit: bye"),
        "* jgmize (~j@moz.example) has joined #mdndev": ("join", "jgmize", ""),
        "* jgmize (~j@moz.example) has left #mdndev (lunch)": ("part", "jgmize", "lunch"),
        "* jgmize (~j@moz.example) Quit (bye)": ("quit", "jgmize", "bye"),
        "* metadave is now known as dave": ("nick", "metadave", "dave"),
        "* troll was kicked by metadave (off topic)": ("kick", "troll", "off topic"),
    },
    "quassel": {
        "<@metadave> MDN is down": ("message", "metadave", "MDN is down"),
        "-*- metadave sighs": ("action", "metadave", "sighs"),
        "--> jgmize (~j@moz.example) has joined #mdndev": ("join", "jgmize", ""),
        "<-- jgmize (~j@moz.example) has left #mdndev (lunch)": ("part", "jgmize", "lunch"),
        "<-- jgmize (~j@moz.example) has quit (Quit: bye)": ("quit", "jgmize", "Quit: bye"),
        "<-> metadave is now known as dave": ("nick", "metadave", "dave"),
        "<-* metadave has kicked troll from #mdndev (off topic)": ("kick", "troll", "off topic"),
    },
    "hexchat": {
        "<metadave>\tMDN is down": ("message", "metadave", "MDN is down"),
        "<@metadave>\tMDN is down": ("message", "metadave", "MDN is down"),
        "*\tmetadave sighs": ("action", "metadave", "sighs"),
        "*\tjgmize (~j@moz.example) has joined": ("join", "jgmize", ""),
        "*\tjgmize (~j@moz.example) has left (lunch)": ("part", "jgmize", "lunch"),
        "*\tjgmize has quit (Quit: bye)": ("quit", "jgmize", "Quit: bye"),
        "*\tmetadave is now known as dave": ("nick", "metadave", "dave"),
        "*\tmetadave has kicked troll from #mdndev (off topic)": ("kick", "troll", "off topic"),
    },
    "plain": {
        "<metadave> MDN is down": ("message", "metadave", "MDN is down"),
        "-!- jgmize has joined #mdndev": ("join", "jgmize", ""),
        "-!- jgmize has quit [gone]": ("quit", "jgmize", "gone"),
    },
}


@pytest.mark.parametrize(
    ("name", "body", "meant"),
    [(name, body, meant) for name, table in SAID.items() for body, meant in table.items()],
)
def test_a_row_says_who_did_what(name: str, body: str, meant: tuple[str, str, str]) -> None:
    rows = FORMATS[name].rows(body)
    assert rows is not None
    assert [(row.kind.value, row.nick, row.text) for row in rows] == [meant]


SILENT = {
    "irssi": [
        "-metadave:#mdndev- a notice",
        "-ilbot(i@bots.example)- #7 recorded",
        "-!- mode/#mdndev [+o metadave] by ChanServ",
        "-!- ServerMode/#mdndev [+nt] by irc.example.net",
        "-!- metadave changed the topic of #mdndev to: MDN is down",
        "-!- Topic unset by metadave on #mdndev",
        "-!- Irssi: #mdndev: Total of 3 nicks [1 ops, 0 halfops, 0 voices, 2 normal]",
        "-!- You're now known as dave_",
        "[Users #mdndev]",
        "[@metadave] [ jgmize  ]",
        "[jgmize(j@moz.example)] a private message",
    ],
    "weechat": ["--\tMode #mdndev [+o metadave] by ChanServ", "=!=\tno such nick", "\tblank"],
    "znc": [
        "-ilbot- #7 recorded",
        "*** metadave sets mode: +o jgmize",
        "Connected to IRC (x +6697)",
    ],
    "limnoria": [" -ilbot- #7 recorded", ' *** metadave changes topic to "up"'],
    "eggdrop": [
        "-ilbot:#mdndev- #7 recorded",
        "#mdndev: mode change '+o jgmize' by metadave!d@moz.example",
        "Topic changed on #mdndev by metadave!d@moz.example: up",
        "--- Wed Jan 10 2018",
    ],
    "mirc": [
        "-ilbot- #7 recorded",
        "* metadave sets mode: +o jgmize",
        "* metadave changes topic to 'up'",
        "* Now talking in #mdndev",
    ],
    "quassel": [
        "[ilbot] #7 recorded",
        "*** Mode #mdndev +o jgmize by metadave",
        "* Topic for x is y",
    ],
    "hexchat": [
        "-ilbot-\t#7 recorded",
        "*\tmetadave sets mode +o jgmize",
        "*\tNow talking on #mdndev",
        "*\tmetadave has changed the topic to: up",
    ],
    "thelounge": [
        "-ilbot- #7 recorded",
        "*** metadave set mode +o jgmize",
        "*** a changed topic to 'up'",
    ],
    "irccloud": [
        "* Channel mode set to +nt by x",
        "-ilbot- #7 recorded",
        "→ You joined the channel",
    ],
    "ii": ["-!- metadave changed mode/#mdndev -> +o jgmize", '-!- a changed topic to "up"'],
    "ubuntu": ["=== mode/#mdndev [+o jgmize] by ChanServ", "=== [freenode] welcome"],
    "colabti": ["*** metadave sets mode: +o jgmize"],
    "plain": [
        "",
        "*metadave* status",
        "-ilbot:metadave- #1 recorded",
        "#moc #mozmeao -ilbot- down",
    ],
}


@pytest.mark.parametrize(
    ("name", "body"), [(name, body) for name, bodies in SILENT.items() for body in bodies]
)
def test_notices_modes_and_topics_are_known_and_say_nothing(name: str, body: str) -> None:
    assert FORMATS[name].rows(body) == ()


@pytest.mark.parametrize("name", sorted(SAID))
def test_what_a_format_does_not_know_is_told_from_what_says_nothing(name: str) -> None:
    assert FORMATS[name].rows("just some words") is None


@pytest.mark.parametrize("name", sorted(SAID))
def test_the_quick_way_to_a_message_agrees_with_the_full_one(name: str) -> None:
    known = FORMATS[name]
    for body, (kind, nick, text) in SAID[name].items():
        speech = known.speech("12:00 " + body, 6)
        if kind == "message" and ":" not in body.partition(">")[0]:
            assert speech is not None
            assert (speech[0].lstrip("@+ "), speech[1]) == (nick, text)
        elif kind != "message":
            assert speech is None


def test_a_theme_of_its_own_is_no_notice_of_irssis() -> None:
    assert FORMATS["irssi"].rows("[ann] TL: the disk is full") is None


def test_an_operator_is_told_by_the_sign_before_the_nick(tmp_path: Path) -> None:
    found = lines(
        tmp_path, "--- Day changed Wed Jan 10 2018\n12:00 <@a> x\n12:00 <+b> x\n12:00 <c> x\n"
    )
    assert [line.operator for line in found] == [True, False, False]


def test_a_netsplit_is_a_split_of_everybody_it_names(tmp_path: Path) -> None:
    found = lines(
        tmp_path,
        "--- Day changed Wed Jan 10 2018\n"
        "12:00 -!- Netsplit a.net <-> b.net quits: metadave, @jgmize (+3 more, use /NETSPLIT to show all of them)\n"
        "12:04 -!- Netsplit over, joins: metadave\n",
    )
    assert [(line.kind, line.nick, line.channel) for line in found] == [
        (LineKind.SPLIT, "metadave", ""),
        (LineKind.SPLIT, "jgmize", ""),
        (LineKind.JOIN, "metadave", "#mdndev"),
    ]


def test_accounts_are_known_where_irssi_shows_them(tmp_path: Path) -> None:
    found = lines(
        tmp_path,
        "--- Day changed Wed Jan 10 2018\n"
        "12:00 -!- dave [d@x] has joined #mdndev [account metadave] [realname [Dave [M]]]\n"
        "12:01 -!- dave [d@x] has logged out of their account\n"
        "12:02 -!- dave [d@x] has logged in to account metadave\n",
    )
    assert [(line.kind, line.account) for line in found] == [
        (LineKind.JOIN, "metadave"),
        (LineKind.ACCOUNT, ""),
        (LineKind.ACCOUNT, "metadave"),
    ]


# --- which format -----------------------------------------------------------------------------

STAMPED = {
    "irssi": "12:00 {}",
    "weechat": "2018-01-10 12:00:00\t{}",
    "znc": "[12:00:00] {}",
    "limnoria": "2018-01-10T12:00:00 {}",
    "eggdrop": "[12:00] {}",
    "mirc": "[12:00] {}",
    "quassel": "[12:00:00] {}",
    "hexchat": "Jan 10 12:00:00 {}",
    "thelounge": "[2018-01-10T12:00:00.123Z] {}",
    "irccloud": "[2018-01-10 12:00:00] {}",
    "ii": "1515585600 {}",
    "ubuntu": "[12:00] {}",
    "colabti": "[12:00] {}",
    "plain": "12:00 {}",
}


@pytest.mark.parametrize("name", sorted(STAMPED.keys() - {"plain"}))
def test_the_format_is_told_by_the_first_lines(tmp_path: Path, name: str) -> None:
    text = "\n".join(STAMPED[name].format(body) for body in SAID[name])
    assert log(tmp_path, text, day=date(2018, 1, 10)).format.name == name


def test_a_transcript_by_hand_is_told_by_its_headings(tmp_path: Path) -> None:
    found = log(tmp_path, "; The guide's.\n--- 2018-01-10 #mozmeao\n12:00 <a> x\n", "mdn.irc")
    assert (found.format.name, found.channel) == ("plain", "#mozmeao")


def test_a_file_that_is_no_log_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match=r"#mdndev\.log: its first 2 lines are in no log format"):
        log(tmp_path, "Dear all,\nthe outage is over.\n")


def test_an_empty_log_says_nothing(tmp_path: Path) -> None:
    assert lines(tmp_path, "") == []
    assert lines(tmp_path, "\n\n", "empty.log") == []


def test_lines_nobody_understands_are_counted_with_the_first_of_them(tmp_path: Path) -> None:
    found = log(tmp_path, "--- Day changed Wed Jan 10 2018\n12:00 <a> x\nwhat?\n\n25:00 <a> x\n")
    assert len(list(found.runs())) == 1
    assert (found.tally.lines, found.tally.odd) == (5, 2)
    assert found.tally.shown == [(3, "what?"), (5, "25:00 <a> x")]
    assert found.odd_lines() == (
        f"{found.path}: 2 of 5 lines are not in the irssi format and were left out, the first: "
        "line 3: what?; line 5: 25:00 <a> x"
    )


def test_a_line_with_a_stamp_that_the_format_does_not_know_is_counted(tmp_path: Path) -> None:
    found = log(
        tmp_path,
        "12:00 <a> x\n12:00 -!- b (b@x) joined #mdndev\n12:01 *** c is gone\n",
        day=date(2018, 1, 10),
        log_format="irssi",
    )
    assert len([line for run in found.runs() for line in run.lines()]) == 1
    assert [number for number, _ in found.tally.shown] == [2, 3]


def test_another_format_that_understands_more_is_named(tmp_path: Path) -> None:
    text = "".join(f"[12:{n:02}] *** Joins: nick{n}\n" for n in range(10))
    found = log(tmp_path, text, log_format="irssi", day=date(2018, 1, 10))
    list(found.runs())
    assert found.tally.many
    assert found.likely_format() == "znc"


def test_a_few_odd_lines_among_many_are_no_other_format(tmp_path: Path) -> None:
    text = "12:00 <a> x\n" * 1000 + "12:01 what is this\n" * 6
    found = log(tmp_path, text, day=date(2018, 1, 10))
    list(found.runs())
    assert (found.tally.odd, found.tally.many, found.likely_format()) == (6, False, "")
    assert [number for number, _ in found.tally.shown] == [1001, 1002, 1003]  # each its own


# --- when -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stamp", "at"),
    [
        ("12:05", "2018-01-10 12:05:00"),
        ("9:05", "2018-01-10 09:05:00"),
        ("12:05:09", "2018-01-10 12:05:09"),
        ("[12:05:09]", "2018-01-10 12:05:09"),
        ("12:05:09.123", "2018-01-10 12:05:09"),
        ("12:05 AM", "2018-01-10 00:05:00"),
        ("[12:05:09 PM]", "2018-01-10 12:05:09"),
        ("4:05pm", "2018-01-10 16:05:00"),
        ("Jan 11 12:05:09", "2018-01-11 12:05:09"),
        ("Jan  9 12:05:09", "2018-01-09 12:05:09"),
        ("4:05 PM", "2018-01-10 16:05:00"),
        ("2018-01-12 12:05", "2018-01-12 12:05:00"),
        ("2018-01-12T12:05:09", "2018-01-12 12:05:09"),
        ("[2018-01-12 12:05:09]", "2018-01-12 12:05:09"),
        ("2018-01-12T12:05:09Z", "2018-01-12 12:05:09"),
        ("2018-01-12T12:05:09+0100", "2018-01-12 11:05:09"),
        ("2018/01/12 12:05", "2018-01-12 12:05:00"),
        ("12.01.2018 12:05", "2018-01-12 12:05:00"),
        ("23:59:60", "2018-01-10 23:59:59"),
    ],
)
def test_many_ways_to_write_a_time_are_read(tmp_path: Path, stamp: str, at: str) -> None:
    found = lines(tmp_path, f"{stamp} <a> x\n{stamp} <a> y\n", day=date(2018, 1, 10))
    assert times(found) == [at, at]


@pytest.mark.parametrize(
    "stamp",
    ["25:00", "12:60", "12:05:61", "13:05 PM", "12:05:09+9999", "12:05 +0160", "12:05 -2500"],
)
def test_a_line_whose_time_cannot_be_is_counted_and_costs_no_other(
    tmp_path: Path, stamp: str
) -> None:
    read = log(tmp_path, f"12:04 <a> x\n{stamp} <a> y\n12:06 <a> z\n", day=date(2018, 1, 10))
    assert [line.text for run in read.runs() for line in run.lines()] == ["x", "z"]
    assert [number for number, _ in read.tally.shown] == [2]


def test_days_follow_irssis_own_lines(tmp_path: Path) -> None:
    found = lines(
        tmp_path,
        "--- Log opened Wed Jan 10 11:59:58 2018\n12:00 <a> 1\n--- Log closed Wed Jan 10 12:30:00 2018\n"
        "--- Log opened Fri Jan 12 08:00:00 2018\n08:30 <a> 2\n--- Day changed Sat Jan 13 2018\n08:30 <a> 3\n",
    )
    assert times(found) == ["2018-01-10 12:00:00", "2018-01-12 08:30:00", "2018-01-13 08:30:00"]


def test_a_log_that_is_begun_anew_in_an_hour_that_comes_twice_stays_in_the_second(
    tmp_path: Path,
) -> None:
    found = lines(
        tmp_path,
        "--- Log opened Sun Oct 28 02:50:00 2018\n02:50 <a> 1\n02:10 <a> 2\n"
        "--- Log closed Sun Oct 28 02:20:00 2018\n--- Log opened Sun Oct 28 02:21:00 2018\n"
        "02:30 <a> 3\n",
        zone=ZoneInfo("Europe/Vienna"),
    )
    assert times(found) == ["2018-10-28 00:50:00", "2018-10-28 01:10:00", "2018-10-28 01:30:00"]


def test_midnight_is_seen_without_a_line_about_it(tmp_path: Path) -> None:
    found = lines(tmp_path, "23:59 <a> 1\n00:01 <a> 2\n09:00 <a> 3\n", day=date(2018, 12, 31))
    assert times(found) == ["2018-12-31 23:59:00", "2019-01-01 00:01:00", "2019-01-01 09:00:00"]


def test_a_clock_that_is_put_right_makes_no_new_day(tmp_path: Path) -> None:
    found = lines(tmp_path, "12:10 <a> 1\n12:02 <a> 2\n", day=date(2018, 1, 10))
    assert times(found) == ["2018-01-10 12:10:00", "2018-01-10 12:02:00"]


def test_lines_before_the_first_date_are_of_the_day_before_it(tmp_path: Path) -> None:
    found = lines(
        tmp_path,
        "22:00 <a> 1\n23:59 <a> 2\n00:10 <a> 3\n--- Day changed Fri Jan 12 2018\n00:01 <a> 4\n",
    )
    assert times(found) == [
        "2018-01-10 22:00:00",
        "2018-01-10 23:59:00",
        "2018-01-11 00:10:00",
        "2018-01-12 00:01:00",
    ]


def test_the_first_date_may_stand_far_below(tmp_path: Path) -> None:
    text = "12:00 <a> x\n" * 2000 + "--- Day changed Thu Jan 11 2018\n00:01 <a> y\n"
    found = lines(tmp_path, text)
    assert (times(found)[0], times(found)[-1]) == ("2018-01-10 12:00:00", "2018-01-11 00:01:00")


def test_a_log_without_any_day_is_refused_with_the_line_and_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match=r"#mdndev\.log, line 2: .*--date YYYY-MM-DD"):
        log(tmp_path, "\n12:00 <a> x\n")


def test_a_given_day_goes_before_the_logs_own_first_one(tmp_path: Path) -> None:
    text = "--- Log opened Wed Jan 10 12:00:00 2018\n12:00 <a> 1\n--- Day changed Thu Jan 11 2018\n12:00 <a> 2\n"
    found = lines(tmp_path, text, day=date(2018, 1, 9))
    assert times(found) == ["2018-01-09 12:00:00", "2018-01-11 12:00:00"]


def test_local_time_becomes_utc_and_summer_time_is_followed(tmp_path: Path) -> None:
    vienna = ZoneInfo("Europe/Vienna")
    winter = lines(tmp_path, "12:00 <a> x\n", day=date(2018, 1, 10), zone=vienna)
    summer = lines(tmp_path, "12:00 <a> x\n", day=date(2018, 7, 10), zone=vienna)
    assert times(winter + summer) == ["2018-01-10 11:00:00", "2018-07-10 10:00:00"]


def test_the_hour_that_comes_twice_is_told_by_the_clock_running_back(tmp_path: Path) -> None:
    found = lines(
        tmp_path,
        "01:30 <a> 1\n02:10 <a> 2\n02:50 <a> 3\n02:05 <a> 4\n02:55 <a> 5\n03:05 <a> 6\n",
        day=date(2018, 10, 28),
        zone=ZoneInfo("Europe/Vienna"),
    )
    assert [line.at.strftime("%H:%M") for line in found] == [
        "23:30",
        "00:10",
        "00:50",
        "01:05",
        "01:55",
        "02:05",
    ]


def test_the_hour_that_does_not_come_is_no_obstacle(tmp_path: Path) -> None:
    found = lines(
        tmp_path,
        "01:59 <a> 1\n02:30 <a> 2\n03:01 <a> 3\n",
        day=date(2018, 3, 25),
        zone=ZoneInfo("Europe/Vienna"),
    )
    assert [line.at.strftime("%H:%M") for line in found] == ["00:59", "01:30", "01:01"]


def test_the_day_of_a_leap_year_is_a_day(tmp_path: Path) -> None:
    assert times(lines(tmp_path, "2020-02-29 12:00 <a> x\n")) == ["2020-02-29 12:00:00"]


# --- where ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "channel", "day"),
    [
        ("#mdndev.log", "#mdndev", None),
        ("#mdndev.2018-01-10.log", "#mdndev", date(2018, 1, 10)),
        ("#mdndev_20180110.log.gz", "#mdndev", date(2018, 1, 10)),
        ("2018-01-10-#mdndev.txt", "#mdndev", date(2018, 1, 10)),
        ("2018-01-10/#mdndev.log", "#mdndev", date(2018, 1, 10)),
        ("moznet/#mdndev/2018-01-10.log", "#mdndev", date(2018, 1, 10)),
        ("irc.moznet.#mdndev.weechatlog", "#mdndev", None),
        ("#c++.net.log", "#c++.net", None),
        ("##c-2018-01-10.log", "##c", date(2018, 1, 10)),
        ("#a-b_c.log", "#a-b_c", None),
        ("&local.log", "&local", None),
        ("#mdndev/2018/01/10.log", "#mdndev", date(2018, 1, 10)),
        ("2018/01/10.log", "", date(2018, 1, 10)),
        ("2018-01/10-#moc.log", "#moc", date(2018, 1, 10)),
        ("#c.log.10Jan2018", "#c", date(2018, 1, 10)),
        ("#channel.2018-01-10-12.00.log.txt", "#channel", date(2018, 1, 10)),
        ("#moc/10.01.2018.txt", "#moc", date(2018, 1, 10)),
        ("#c.log.32Jan2018", "#c", None),
        ("metadave.log", "", None),
        ("2018-13-40.log", "", None),
    ],
)
def test_a_path_names_channel_and_day(path: str, channel: str, day: date | None) -> None:
    assert (channel_of(Path("/logs", path)), day_of(Path("/logs", path))) == (channel, day)


def test_a_log_names_its_channel_itself_where_the_path_does_not(tmp_path: Path) -> None:
    text = "--- Day changed Wed Jan 10 2018\n12:00 <a> x\n12:00 -!- b [b@x] has joined #moc\n"
    assert {line.channel for line in lines(tmp_path, text, "irc.log")} == {"#moc"}


def test_a_given_channel_goes_before_the_paths(tmp_path: Path) -> None:
    found = lines(tmp_path, "12:00 <a> x\n", channel="#moc", day=date(2018, 1, 10))
    assert [line.channel for line in found] == ["#moc"]


def test_a_log_without_any_channel_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match=r"irc\.log: .*--channel"):
        log(tmp_path, "12:00 <a> x\n", "irc.log", day=date(2018, 1, 10))


def test_a_transcript_can_change_channel(tmp_path: Path) -> None:
    found = lines(
        tmp_path,
        "--- 2018-01-10 #mozmeao\n12:00 <a> 1\n12:01 #moc <a> 2\n--- #mdndev\n12:02 <a> 3\n--- 2018-01-11\n12:00 <a> 4\n",
        "mdn.irc",
    )
    assert [line.channel for line in found] == ["#mozmeao", "#moc", "#mdndev", "#mdndev"]
    assert found[-1].at == datetime(2018, 1, 11, 12, tzinfo=UTC)


# --- bytes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_log_may_begin_by_saying_in_which_unicode_it_is(tmp_path: Path, encoding: str) -> None:
    text = "[12:00:00] <zoë> MDN is down\r\n[12:00:01] *** Joins: bob (~b@x)\r\n".encode(encoding)

    for said in (text, gzip.compress(text), bz2.compress(text), lzma.compress(text)):
        found = lines(tmp_path, said, "#a_20180110.log")
        assert [(line.nick, line.text) for line in found] == [("zoë", "MDN is down"), ("bob", "")]


def test_a_line_that_is_coloured_as_a_whole_is_a_line(tmp_path: Path) -> None:
    text = "\x0303[12:00] * bob (~b@x) has joined #a\n[12:01] <bob> \x0304red\n"
    found = lines(tmp_path, text, "#a_20180110.log", log_format="mirc")

    assert [(line.kind, line.text) for line in found] == [
        (LineKind.JOIN, ""),
        (LineKind.MESSAGE, "\x0304red"),
    ]


def test_the_heading_of_hexchat_may_be_in_any_language(tmp_path: Path) -> None:
    text = "**** BEGINN DES PROTOKOLLS AM Wed Jan 10 12:00:00 2018\n\nJan 10 12:00:01 <ann>\thi\n"

    assert times(lines(tmp_path, text, "#a.log")) == ["2018-01-10 12:00:01"]


def test_bytes_that_are_no_utf_8_are_read_as_old_clients_wrote_them(tmp_path: Path) -> None:
    text = (
        "12:00 <a> schön ☃\n".encode()
        + b"12:00 <a> sch\xf6n \x93x\x94 \x81\n"
        + "12:00 <a> ✓\n".encode()
    )
    found = lines(tmp_path, text, day=date(2018, 1, 10))
    assert [line.text for line in found] == ["schön ☃", "schön “x” \x81", "✓"]


def test_only_a_line_end_ends_a_line(tmp_path: Path) -> None:
    text = "12:00 <a> one\u2028two\x0bthree\x85four\rfive\r\n12:01 <a> six"
    found = lines(tmp_path, text, day=date(2018, 1, 10))
    assert [line.text for line in found] == ["one\u2028two\x0bthree\x85four\rfive", "six"]


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    found = lines(tmp_path, "\ufeff12:00 <a> x\n", day=date(2018, 1, 10))
    assert [line.text for line in found] == ["x"]


def test_a_packed_log_is_unpacked_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(b"12:00 <a> x\n" * 100)
    assert len(lines(tmp_path, packed, "#a.log.gz", day=date(2018, 1, 10))) == 100
    with pytest.raises(Failed, match=r"#a\.log\.gz cannot be unpacked"):
        lines(tmp_path, packed[:-6], "#a.log.gz", day=date(2018, 1, 10))


def test_lines_across_pieces_of_the_file_come_whole_and_once(tmp_path: Path) -> None:
    said = [f"number {n} " + "x" * (n % 700) for n in range(6000)]
    text = "".join(f"12:{n // 100:02} <a> {words}\n" for n, words in enumerate(said))
    assert len(text) > 2 << 20
    found = lines(tmp_path, text, day=date(2018, 1, 10))
    assert [line.text for line in found] == said


def test_progress_adds_up_to_the_size_of_the_file(tmp_path: Path) -> None:
    found = log(tmp_path, "12:00 <a> x\n" * 200_000, day=date(2018, 1, 10))
    steps: list[int] = []
    assert sum(len(run.raws) for run in found.runs(steps.append)) == 200_000
    assert len(steps) > 1
    assert sum(steps) == found.path.stat().st_size


# --- formats with days of their own ways --------------------------------------------------------


def test_hexchats_stamps_are_of_the_year_that_its_heading_begins(tmp_path: Path) -> None:
    found = lines(
        tmp_path,
        "**** BEGIN LOGGING AT Sun Dec 31 23:58:00 2017\n\n"
        "Dec 31 23:59:00 <a>\tx\nJan 01 00:01:00 <a>\ty\nFeb 30 00:01:00 <a>\tz\n",
    )
    assert times(found)[:2] == ["2017-12-31 23:59:00", "2018-01-01 00:01:00"]


def test_a_29th_of_february_is_of_a_year_that_has_one(tmp_path: Path) -> None:
    text = "**** BEGIN LOGGING AT Wed Jan 10 12:00:00 2024\n\nFeb 29 12:00:00 <a>\tx\n"
    assert times(lines(tmp_path, text)) == ["2024-02-29 12:00:00"]


def test_eggdrops_day_stands_behind_a_stamp(tmp_path: Path) -> None:
    found = lines(
        tmp_path,
        "[23:50] <a> x\n[00:00] --- Thu Jan 11 2018\n[00:01] <a> y\n",
        log_format="eggdrop",
    )
    assert times(found) == ["2018-01-10 23:50:00", "2018-01-11 00:01:00"]


def test_mircs_sessions_tell_day_and_channel(tmp_path: Path) -> None:
    found = lines(
        tmp_path,
        "Session Start: Wed Jan 10 12:00:00 2018\nSession Ident: #moc\n[12:01] <a> x\n"
        "Session Close: Wed Jan 10 12:30:00 2018\n",
        "irc.log",
    )
    assert [(line.channel, line.at.day) for line in found] == [("#moc", 10)]


def test_a_format_is_a_file_in_its_folder_and_nothing_more(tmp_path: Path) -> None:
    (tmp_path / "madeup.py").write_text(
        "from ircbot.logs.rows import Format, spoken\n"
        "def speech(raw, start):\n"
        "    nick, mark, text = raw[start:].partition(' says ')\n"
        "    return (nick, text) if mark else None\n"
        "def rows(body):\n"
        "    found = speech(body, 0)\n"
        "    return (spoken(*found),) if found else None\n"
        "FORMAT = Format('madeup', '-', speech, rows)\n"
    )
    formats.__path__.append(str(tmp_path))
    try:
        known = formats.discovered()["madeup"]
    finally:
        formats.__path__.remove(str(tmp_path))
    assert known.understands("12:00 ann says TL: it works", 6)
    assert known.rows("ann says TL: it works")[0].nick == "ann"


# --- one conversation in several logs -----------------------------------------------------------


def told(tmp_path: Path, **texts: str) -> list[str]:
    logs = [
        log(tmp_path, text, f"{name}/#mdndev.log", day=date(2018, 1, 10))
        for name, text in texts.items()
    ]
    return [line.text for run in merged(logs) for line in run.lines()]


def test_what_two_logs_of_a_channel_have_was_said_once(tmp_path: Path) -> None:
    assert told(
        tmp_path,
        irssi="12:00 <a> one\n12:00 < a> two\n12:01 -!- b [b@x] has joined #mdndev\n12:02 <a> only here\n",
        weechat="2018-01-10 12:00:03\ta\tone\n2018-01-10 12:00:50\t@a\ttwo\n2018-01-10 12:01:10\t-->\tb (b@x) has joined #mdndev\n",
        znc="[12:00:02] <a> one\n[12:00:52] <a> two\n[12:03:00] <a> only there\n",
    ) == ["one", "two", "", "only here", "only there"]


def test_what_was_said_twice_stays_said_twice(tmp_path: Path) -> None:
    said = "12:00 <a> still slow\n12:00 <a> still slow\n12:01 <a> still slow\n"
    exact = "[12:00:10] <a> still slow\n[12:00:40] <a> still slow\n[12:01:05] <a> still slow\n"
    assert told(tmp_path, one=said, two=exact) == ["still slow"] * 3


def test_clocks_may_differ_by_seconds_over_a_full_minute(tmp_path: Path) -> None:
    assert told(tmp_path, one="[11:59:58] <a> x\n", two="[12:00:01] <a> x\n") == ["x"]
    assert told(tmp_path, one="[11:59:58] <a> x\n", two="12:00 <a> x\n") == ["x"]


def test_words_of_another_day_or_hour_are_others(tmp_path: Path) -> None:
    assert told(tmp_path, one="[11:00:00] <a> x\n", two="[12:00:00] <a> x\n") == ["x", "x"]


def test_lines_may_end_in_carriage_returns_alone(tmp_path: Path) -> None:
    assert [
        line.text for line in lines(tmp_path, b"12:00 <a> x\r12:01 <a> y\r", day=date(2018, 1, 10))
    ] == ["x", "y"]


def test_a_file_packed_by_xz_that_is_cut_off_is_told(tmp_path: Path) -> None:
    packed = lzma.compress(b"12:00 <a> x\n" * 100)
    with pytest.raises(Failed, match=r"#a\.log\.xz cannot be unpacked"):
        lines(tmp_path, packed[:-8], "#a.log.xz", day=date(2018, 1, 10))
