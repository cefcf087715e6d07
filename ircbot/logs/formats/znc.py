"""The logs of ZNC's log module: `[12:00:00] <nick> text`, `*** Joins: nick (user@host)`.

Follows its modules/log.cpp (ZNC 1.8), in energymech's style. Knows no files and no zones.
"""

from __future__ import annotations

import re

from ircbot.incident.line import LineKind
from ircbot.logs.rows import Format, bracketed, events, rows_marked

_NOTICE = re.compile(
    r"-[^\s!-]\S*-(?: .*)?|(?:Connected to IRC|Disconnected from IRC|Broadcast: ).*", re.DOTALL
)
# Some versions write no host.
_WHO = r"(?P<nick>\S+)(?: \((?P<host>[^\s()]*@[^\s()]*)\))?"
_EVENTS = events(
    {
        r"Joins: " + _WHO: LineKind.JOIN,
        r"Parts: " + _WHO + r"(?: \((?P<text>.*)\))?": LineKind.PART,
        r"Quits: " + _WHO + r"(?: \((?P<text>.*)\))?": LineKind.QUIT,
        r"(?P<nick>\S+) is now known as (?P<text>\S+)": LineKind.NICK,
        r"(?P<nick>\S+) was kicked by \S+(?: \((?P<text>.*)\))?": LineKind.KICK,
    }
)
_SILENT = re.compile(r"\S+ (?:sets mode:|changes topic to |set topic ).*", re.DOTALL)


FORMAT = Format(
    "znc", "*** ", bracketed, rows_marked("*** ", _SILENT, _EVENTS, _NOTICE), message="<"
)
