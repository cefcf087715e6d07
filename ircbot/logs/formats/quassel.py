"""Quassel's chat view, copied or exported: `[12:00:00] <nick> text`, `--> nick (u@h) has joined
#c`.

Follows its client's src/client/messagemodel and uistyle (Quassel 0.14). Knows no files and no
zones.
"""

from __future__ import annotations

import re

from ircbot.incident.line import LineKind
from ircbot.logs.rows import Format, LogRow, Speech, bracketed, events, happened, said, spoken

_NOTICE = re.compile(r"\[\S+\] .*", re.DOTALL)
_ACTION = re.compile(r"-\*- (\S+)(?: (.*))?", re.DOTALL)
_WHO = r"(?P<nick>\S+) (?:\((?P<host>[^\s()]*)\) )?"
_EVENTS = events(
    {
        _WHO + r"has joined (?P<channel>\S+)": LineKind.JOIN,
        _WHO + r"has left (?P<channel>\S+)(?: \((?P<text>.*)\))?": LineKind.PART,
        _WHO + r"has quit(?: \((?P<text>.*)\))?": LineKind.QUIT,
        r"(?P<nick>\S+) is now known as (?P<text>\S+)": LineKind.NICK,
        r"\S+ has kicked (?P<nick>\S+) from (?P<channel>\S+)(?: \((?P<text>.*)\))?": LineKind.KICK,
    }
)
_SILENT = re.compile(
    r"(?:Mode |You are now known|Topic |\S+ has changed topic|Netsplit ).*", re.DOTALL
)
_MARKS = ("--> ", "<-- ", "<-> ", "<-* ", "*** ", "=> ", "<= ", "* ")


def rows(body: str) -> tuple[LogRow, ...] | None:
    """Parse what follows the stamp; None if it is not Quassel's."""
    if match := _ACTION.fullmatch(body):
        return (spoken(match[1], match[2] or "", LineKind.ACTION),)
    for mark in _MARKS:
        if body.startswith(mark):
            return happened(body[len(mark) :], _SILENT, _EVENTS)
    if body.startswith("<") and (row := said(body)):
        return (row,)
    return () if _NOTICE.fullmatch(body) else None


def speech(raw: str, start: int) -> Speech | None:
    """A message: a nick in angle brackets, and not an arrow."""
    return None if raw.startswith(_MARKS, start) else bracketed(raw, start)


FORMAT = Format("quassel", _MARKS[:6], speech, rows)
