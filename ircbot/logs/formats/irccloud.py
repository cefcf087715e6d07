"""IRCCloud's export: `[2018-01-10 12:00:05] <nick> text`, `→ nick joined (user@host)`.

Follows its text logs, where a long dash precedes an action. Knows no files and no zones.
"""

from __future__ import annotations

import re

from ircbot.incident.line import LineKind
from ircbot.logs.rows import Format, LogRow, bracketed, event, events, said, spoken

_ACTION = re.compile(r"— (\S+)(?: (.*))?", re.DOTALL)
_WHO = r"(?P<nick>\S+)"
_HOST = r"(?: \((?P<host>[^\s()]*)\))?"
_WHY = r"(?::? (?P<text>.*))?"
_EVENTS = events(
    {
        r"→ " + _WHO + " joined" + _HOST: LineKind.JOIN,
        r"← " + _WHO + " left" + _HOST + _WHY: LineKind.PART,
        r"⇐ " + _WHO + " quit" + _HOST + _WHY: LineKind.QUIT,
        r"(?:\* )?" + _WHO + r" → (?P<text>\S+)": LineKind.NICK,
        r"(?:\* |← )?" + _WHO + r" was kicked by \S+" + _HOST + _WHY: LineKind.KICK,
    }
)
_SILENT = re.compile(
    r"(?:[→←⇐⇔] |\* (?:Channel |channel |Topic |You |\S+ set )|-[^\s!-]\S*- ).*", re.DOTALL
)


def rows(body: str) -> tuple[LogRow, ...] | None:
    """Parse what follows the stamp; None if it is not IRCCloud's."""
    if row := event(_EVENTS, body):
        return (row,)
    if match := _ACTION.fullmatch(body):
        return (spoken(match[1], match[2] or "", LineKind.ACTION),)
    if _SILENT.fullmatch(body):
        return ()
    return (row,) if (row := said(body)) else None


FORMAT = Format("irccloud", ("→ ", "← ", "⇐ ", "* "), bracketed, rows, message="<")
