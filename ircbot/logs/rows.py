"""The content of a log's line, in whatever format; and what a format must define.

Knows no particular format, opens no file, and knows no dates or zones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ircbot.incident.line import LineKind

# Prefixes for a nick's modes in the channel. No nick begins with one of these.
MODES = "@+%~&!"


@dataclass(frozen=True, slots=True)
class LogRow:
    """What somebody said or did. The fields are those of a Line.

    `channel` is "" if the row does not name one.
    """

    kind: LineKind
    nick: str
    text: str = ""
    channel: str = ""
    host: str = ""
    account: str | None = None
    operator: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A line about the lines that follow. `at` is local time: at least its day begins, or
    continues."""

    at: datetime | None = None
    channel: str = ""


@dataclass(frozen=True, slots=True)
class ExportedLine:
    """What an object of an export says, and its time in UTC. A text of several lines becomes
    several lines."""

    at: datetime
    row: LogRow


# An object of an export, and its line number or its position, from 1.
NumberedObject = tuple[int, Any]


@dataclass(frozen=True, slots=True)
class Export:
    """How one program writes JSON exports.

    `claims` is called with the first object of a file. `told` yields what the objects mean, in
    order of time, and returns objects that it does not understand unchanged.
    """

    claims: Callable[[Any], bool]
    told: Callable[[Iterator[NumberedObject], Path], Iterator[ExportedLine | NumberedObject]]


Speech = tuple[str, str]  # a nick, with its modes before it, and a text


def no_heading(raw: str) -> Heading | None:
    """The `heading` of a format without headings."""
    return None


@dataclass(frozen=True, slots=True)
class Format:
    """How one program writes its logs.

    `speech` parses an ordinary message in a raw line, from the end of the stamp: it is called for
    every line of a long log and must be fast. `rows` parses anything else after a stamp: None if it
    is not in this format, () if it is about nobody. `heading` parses lines without a stamp. Rows
    that begin with `events` are about joins and parts. Of the formats that understand a log equally
    well, the one with the lowest `rank` is used.
    """

    name: str
    events: str | tuple[str, ...]
    speech: Callable[[str, int], Speech | None]
    rows: Callable[[str], tuple[LogRow, ...] | None]
    heading: Callable[[str], Heading | None] = no_heading
    rank: int = 1
    message: str = ""  # what only messages begin with, "" if there is nothing
    unstamped: str = ""
    export: Export | None = None  # converts a JSON file to lines

    def understands(self, raw: str, start: int) -> bool:
        """Whether this program would write what follows the stamp."""
        return self.speech(raw, start) is not None or self.rows(raw[start:]) is not None


def bare(nick: str) -> str:
    """A nick without the signs and blank that programs put before it.

    >>> bare("@ann"), bare(" ann")
    ('ann', 'ann')
    """
    return nick.lstrip(MODES + " ")


def bracketed(raw: str, start: int) -> Speech | None:
    """A message as most programs write it: `<@nick> text`."""
    if raw.startswith("<", start) and (end := raw.find(">", start)) > 0:
        return raw[start + 1 : end], raw[end + 2 :]
    return None


_SPEECH = re.compile(r"<([^>]+)>(?: (.*))?", re.DOTALL)
# Joins and parts in mIRC's logs look like actions, except for the host.
_ACTION = re.compile(r"\* (?!\S+ \(\S+@\S+\) (?:has |Quit\b))([^\s:]+)(?: (.*))?", re.DOTALL)


def said(body: str) -> LogRow | None:
    """A message or an action as most programs write it, None for anything else.

    >>> said("* metadave sighs").kind
    <LineKind.ACTION: 'action'>
    """
    if match := _SPEECH.fullmatch(body):
        return spoken(match[1], match[2] or "")
    if match := _ACTION.fullmatch(body):
        return spoken(match[1], match[2] or "", LineKind.ACTION)
    return None


def spoken(nick: str, text: str, kind: LineKind = LineKind.MESSAGE) -> LogRow:
    """A row for something said. `nick` may have modes, and a channel after a colon.

    >>> spoken("@metadave:#moc", "hello").channel
    '#moc'
    """
    name = bare(nick)
    modes = nick[: len(nick) - len(name)]
    name, _, channel = name.partition(":")
    return LogRow(kind, name, text, channel, operator="@" in modes)


def is_split(reason: str) -> bool:
    """Whether a QUIT's reason is the names of two servers that lost contact.

    >>> is_split("irc1.example.org irc2.example.org"), is_split("gone home")
    (True, False)
    """
    words = reason.split(" ")
    return len(words) == 2 and all(_is_server(word) for word in words)


def _is_server(word: str) -> bool:
    # Servers that hide their names write "*.net *.split".
    return "." in word.strip(".") and all(ch.isalnum() or ch in ".-*_" for ch in word)


def happened(text: str, silent: re.Pattern[str], table: Events) -> tuple[LogRow, ...] | None:
    """The rows for an event line without its mark; None if it is unknown.

    `silent` matches lines that are not about joins, parts or nicks.
    """
    if row := event(table, text):
        return (row,)
    return () if silent.fullmatch(text) else None


def rows_marked(
    mark: str, silent: re.Pattern[str], table: Events, notice: re.Pattern[str] | None = None
) -> Callable[[str], tuple[LogRow, ...] | None]:
    """The `rows` function of a program that writes `mark` before events, and otherwise writes as
    most do.

    `notice` matches other lines, which nobody said in the channel.
    """

    def rows(body: str) -> tuple[LogRow, ...] | None:
        if body.startswith(mark):
            return happened(body[len(mark) :], silent, table)
        if row := said(body):
            return (row,)
        return () if notice is not None and notice.fullmatch(body) else None

    return rows


Events = tuple[tuple[LineKind, re.Pattern[str]], ...]


def events(patterns: Mapping[str, LineKind]) -> Events:
    """A table for `event`. A pattern's groups are named after fields of a LogRow."""
    return tuple((kind, re.compile(text, re.DOTALL)) for text, kind in patterns.items())


def event(table: Events, text: str) -> LogRow | None:
    """The row for the first pattern that matches all of `text`; None if none does.

    A QUIT's reason tells whether it is a netsplit.
    """
    for kind, pattern in table:
        if match := pattern.fullmatch(text):
            found = {name: value for name, value in match.groupdict().items() if value}
            if kind is LineKind.QUIT and is_split(found.get("text", "")):
                kind = LineKind.SPLIT
            return LogRow(
                kind,
                nick=found.get("nick", ""),
                text=found.get("text", ""),
                channel=found.get("channel", ""),
                host=found.get("host", ""),
                account=found.get("account"),
            )
    return None
