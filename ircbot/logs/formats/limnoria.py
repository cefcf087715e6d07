"""The logs of Limnoria's ChannelLogger: `2018-01-10T12:00:00  <nick> text`, `*** nick <host> …`.

Follows its plugins/ChannelLogger. Knows no files and no zones.
"""

from __future__ import annotations

import re

from ircbot.incident.line import LineKind
from ircbot.logs.rows import Format, LogRow, Speech, bracketed, events, happened, said

_NOTICE = re.compile(r"-[^\s!-]\S*-(?: .*)?", re.DOTALL)
_WHO = r"(?P<nick>\S+) <(?:[^!>]*!)?(?P<host>[^>]*)> "
_EVENTS = events(
    {
        _WHO + r"has joined (?P<channel>\S+)": LineKind.JOIN,
        _WHO + r"has left (?P<channel>\S+)(?: \((?P<text>.*)\))?": LineKind.PART,
        _WHO + r"has quit IRC(?: \((?P<text>.*)\))?": LineKind.QUIT,
        r"(?P<nick>\S+) is now known as (?P<text>\S+)": LineKind.NICK,
        r"(?P<nick>\S+) was kicked by \S+(?: \((?P<text>.*)\))?": LineKind.KICK,
    }
)
_SILENT = re.compile(r"\S+ (?:sets mode:|changes topic to |<[^>]*> invited ).*", re.DOTALL)


def speech(raw: str, start: int) -> Speech | None:
    """A message, two blanks after the stamp."""
    return bracketed(raw, start + 1 if raw.startswith(" ", start) else start)


def rows(body: str) -> tuple[LogRow, ...] | None:
    """Parse what follows the stamp; None if it is not ChannelLogger's."""
    body = body.removeprefix(" ")
    if body.startswith("*** "):
        return happened(body[4:], _SILENT, _EVENTS)
    if row := said(body):
        return (row,)
    return () if _NOTICE.fullmatch(body) else None


FORMAT = Format("limnoria", " *** ", speech, rows, message=" <")
