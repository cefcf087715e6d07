"""HexChat's and XChat's logs: `Nov 25 12:00:00 <nick>TAB text`, `**** BEGIN LOGGING AT Wed …`.

Follows its src/common/text.c (HexChat 2.16). Stamps have no year: it is taken from the heading.
Knows no files and no zones. `/me is now known as x` looks like a change of nick.
"""

from __future__ import annotations

import re

from ircbot.incident.line import LineKind
from ircbot.logs.rows import Format, Heading, LogRow, Speech, events, happened, spoken
from ircbot.logs.stamp import asctime

_NOTICE = re.compile(r"-[^\s!-]\S*-\t.*|>\S+<\t.*", re.DOTALL)
_WHO = r"(?P<nick>\S+) (?:\((?P<host>[^\s()]*@[^\s()]*)\) )?"
_EVENTS = events(
    {
        _WHO + r"has joined(?: (?P<channel>[#&+!]\S*))?": LineKind.JOIN,
        _WHO + r"has left(?: (?P<channel>[#&+!]\S*))?(?: \((?P<text>.*)\))?": LineKind.PART,
        _WHO + r"has quit(?: \((?P<text>.*)\))?": LineKind.QUIT,
        r"(?P<nick>\S+) is now known as (?P<text>\S+)": LineKind.NICK,
        r"\S+ has kicked (?P<nick>\S+)(?: from (?P<channel>\S+))?(?: \((?P<text>.*)\))?": (
            LineKind.KICK
        ),
    }
)
_SILENT = re.compile(
    r"(?:Now talking on|Topic for|Disconnected|Channel |You are now known|Looking up|Connect).*"
    r"|\S+ (?:sets mode|gives|removes|has changed the topic|sets (?:a )?ban|set the topic).*",
    re.DOTALL,
)
_BEGIN = re.compile(
    # The words are translated; the date is ctime(3)'s in every language.
    r"\*{4} [^\d\n]{4,60}? \w{3} (\w{3} +\d{1,2} \d\d:\d\d:\d\d \d{4})"
)


def speech(raw: str, start: int) -> Speech | None:
    """A message: a nick in angle brackets, and a tab."""
    if raw.startswith("<", start) and (end := raw.find(">\t", start)) > 0:
        return raw[start + 1 : end], raw[end + 2 :]
    return None


def rows(body: str) -> tuple[LogRow, ...] | None:
    """Parse what follows the stamp; None if it is not HexChat's."""
    if found := speech(body, 0):
        return (spoken(*found),)
    if body.startswith("*\t"):
        if (rows := happened(body[2:], _SILENT, _EVENTS)) is not None:
            return rows
        nick, _, text = body[2:].partition(" ")
        return (spoken(nick, text, LineKind.ACTION),) if nick else None
    return () if _NOTICE.fullmatch(body) else None


def heading(raw: str) -> Heading | None:
    """The date of a `****` line, None for other lines."""
    match = _BEGIN.match(raw)
    return Heading(asctime(match[1])) if match else None


FORMAT = Format("hexchat", "*\t", speech, rows, heading)
