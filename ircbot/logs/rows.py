"""What one line of a log says, whatever format it is in; and what a format has to know.

Must not know any particular format, nor files, dates or zones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ircbot.incident.line import LineKind

if TYPE_CHECKING:
    from ircbot.logs.exports import Export

# Before a nick: what its owner is in the channel. No nick can begin with one of these.
MODES = "@+%~&!"


@dataclass(frozen=True, slots=True)
class Row:
    """What somebody said or did. The fields mean what they mean in a Line.

    `channel` is "" where the row does not name one.
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
    """A line about the lines below it. `at` is local time: at least that day begins, or goes on."""

    at: datetime | None = None
    channel: str = ""


Speech = tuple[str, str]  # a nick, with its modes before it, and a text


def no_heading(raw: str) -> Heading | None:
    """The headings of a format that has none."""
    return None


@dataclass(frozen=True, slots=True)
class Format:
    """How one program writes its logs.

    `speech` reads an ordinary message of a raw line, from where its stamp ends: it is asked for
    every line of a long log and must be cheap. `rows` reads anything that follows a stamp: None
    if it is not in this format, () if it says nothing about anybody. `heading` reads lines
    without a stamp. Rows that begin with `events` are of people coming and going. Of formats that
    understand a log equally well the one with the lowest `rank` is taken.
    """

    name: str
    events: str | tuple[str, ...]
    speech: Callable[[str, int], Speech | None]
    rows: Callable[[str], tuple[Row, ...] | None]
    heading: Callable[[str], Heading | None] = no_heading
    rank: int = 1
    message: str = ""  # how a message begins and nothing else does, "" if there is no such mark
    unstamped: str = ""
    export: Export | None = None  # what makes lines of a file in JSON

    def understands(self, raw: str, start: int) -> bool:
        """Whether this program would write what follows the stamp."""
        return self.speech(raw, start) is not None or self.rows(raw[start:]) is not None


def bare(nick: str) -> str:
    """A nick without the signs and the blank that programs put before it.

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
# Who comes and goes in mIRC's logs looks like an action, but for the host: nobody says those words.
_ACTION = re.compile(r"\* (?!\S+ \(\S+@\S+\) (?:has |Quit\b))([^\s:]+)(?: (.*))?", re.DOTALL)


def said(body: str) -> Row | None:
    """A message or an action as most programs write them, None if it is neither.

    >>> said("* metadave sighs").kind
    <LineKind.ACTION: 'action'>
    """
    if match := _SPEECH.fullmatch(body):
        return spoken(match[1], match[2] or "")
    if match := _ACTION.fullmatch(body):
        return spoken(match[1], match[2] or "", LineKind.ACTION)
    return None


def spoken(nick: str, text: str, kind: LineKind = LineKind.MESSAGE) -> Row:
    """The row of something said. `nick` may carry modes, and the channel after a colon.

    >>> spoken("@metadave:#moc", "hello").channel
    '#moc'
    """
    name = bare(nick)
    modes = nick[: len(nick) - len(name)]
    name, _, channel = name.partition(":")
    return Row(kind, name, text, channel, operator="@" in modes)


def is_split(reason: str) -> bool:
    """Whether a QUIT's reason is the names of two servers that lost each other.

    >>> is_split("irc1.example.org irc2.example.org"), is_split("gone home")
    (True, False)
    """
    words = reason.split(" ")
    return len(words) == 2 and all(_is_server(word) for word in words)


def _is_server(word: str) -> bool:
    # "*.net *.split" is what servers that hide their names write.
    return "." in word.strip(".") and all(ch.isalnum() or ch in ".-*_" for ch in word)


def happened(text: str, silent: re.Pattern[str], table: Events) -> tuple[Row, ...] | None:
    """The rows of `text`, what an event's line says without its mark; None if it is unknown.

    `silent` is what the program writes that is about nobody's coming, going or name.
    """
    if row := event(table, text):
        return (row,)
    return () if silent.fullmatch(text) else None


def rows_marked(
    mark: str, silent: re.Pattern[str], table: Events, notice: re.Pattern[str] | None = None
) -> Callable[[str], tuple[Row, ...] | None]:
    """The `rows` of a program that writes `mark` before what happens, and else as most do.

    `notice` is what it writes besides that nobody is heard by.
    """

    def rows(body: str) -> tuple[Row, ...] | None:
        if body.startswith(mark):
            return happened(body[len(mark) :], silent, table)
        if row := said(body):
            return (row,)
        return () if notice is not None and notice.fullmatch(body) else None

    return rows


Events = tuple[tuple[LineKind, re.Pattern[str]], ...]


def events(patterns: Mapping[str, LineKind]) -> Events:
    """A table for `event`. A pattern's groups are named like the fields of a Row."""
    return tuple((kind, re.compile(text, re.DOTALL)) for text, kind in patterns.items())


def event(table: Events, text: str) -> Row | None:
    """What happened, by the first pattern that is all of `text`; None if none is.

    A QUIT is told from a netsplit by its reason.
    """
    for kind, pattern in table:
        if match := pattern.fullmatch(text):
            found = {name: value for name, value in match.groupdict().items() if value}
            if kind is LineKind.QUIT and is_split(found.get("text", "")):
                kind = LineKind.SPLIT
            return Row(
                kind,
                nick=found.get("nick", ""),
                text=found.get("text", ""),
                channel=found.get("channel", ""),
                host=found.get("host", ""),
                account=found.get("account"),
            )
    return None
