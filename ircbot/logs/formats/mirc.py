"""mIRC's logs: `[12:00] <nick> text`, `[12:00] * Joins: nick (u@h)`, `Session Start: Wed Nov 25 …`.

Follows mIRC 7, in both of its styles for joins and parts. Knows no files and no zones. `/me is now
known as x` looks like a change of nick.
"""

from __future__ import annotations

import re

from ircbot.incident.line import LineKind
from ircbot.logs.rows import Format, Heading, LogRow, bracketed, events, happened, said
from ircbot.logs.stamp import asctime

_NOTICE = re.compile(r"-[^\s!-]\S*- .*|->.*", re.DOTALL)
_WHO = r"(?P<nick>\S+) \((?P<host>[^\s()]*@[^\s()]*)\)"
_EVENTS = events(
    {
        r"Joins: " + _WHO: LineKind.JOIN,
        r"Parts: " + _WHO + r"(?: \((?P<text>.*)\))?": LineKind.PART,
        r"Quits: " + _WHO + r"(?: \((?P<text>.*)\))?": LineKind.QUIT,
        _WHO + r" has joined (?P<channel>\S+)": LineKind.JOIN,
        _WHO + r" has left (?P<channel>\S+)(?: \((?P<text>.*)\))?": LineKind.PART,
        _WHO + r" Quit(?: \((?P<text>.*)\))?": LineKind.QUIT,
        r"(?P<nick>\S+) is now known as (?P<text>\S+)": LineKind.NICK,
        r"(?P<nick>\S+) was kicked by \S+(?: \((?P<text>.*)\))?": LineKind.KICK,
    }
)
_SILENT = re.compile(
    r"(?:Now talking in|Topic is|Set by|Disconnected|Connecting|Connected|Rejoined|Retrieving"
    r"|Attempting to|Channel) .*|\S+ (?:sets mode:|changes topic to) .*|Disconnected",
    re.DOTALL,
)
_SESSION = re.compile(r"Session (?:Start|Time): \w{3} (\w{3} +\d{1,2} \d\d:\d\d:\d\d \d{4})")
_IDENT = re.compile(r"Session Ident: (\S+)")


def rows(body: str) -> tuple[LogRow, ...] | None:
    """Parse what follows the stamp; None if it is not mIRC's."""
    if body.startswith("* ") and (found := happened(body[2:], _SILENT, _EVENTS)) is not None:
        return found
    if row := said(body):
        return (row,)
    return () if _NOTICE.fullmatch(body) else None


def heading(raw: str) -> Heading | None:
    """The date of a `Session …` line, None for other lines."""
    if match := _SESSION.match(raw):
        return Heading(asctime(match[1]))
    if match := _IDENT.match(raw):
        return Heading(channel=match[1] if match[1][0] in "#&+!" else "")
    return Heading() if raw.startswith("Session Close:") else None


FORMAT = Format("mirc", "* ", bracketed, rows, heading, message="<")
