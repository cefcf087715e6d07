"""The Lounge's logs: `[2018-01-10T12:00:05.000Z] <@nick> text`, `*** nick (user@host) joined`.

Follows its server/plugins/messageStorage/text.ts (The Lounge 4.4). Knows no files and no zones.
"""

from __future__ import annotations

import re

from ircbot.incident.line import LineKind
from ircbot.logs.rows import Format, bracketed, events, rows_marked

_NOTICE = re.compile(r"(?:-[^\s!-]\S*-|\*{3} \S+ requested CTCP)(?: .*)?", re.DOTALL)
# Nicks in such lines begin with their modes.
_WHO = r"[@+%~&!]?(?P<nick>\S+) \((?P<host>[^\s()]*)\) "
_EVENTS = events(
    {
        _WHO + r"joined": LineKind.JOIN,
        _WHO + r"left(?: \((?P<text>.*)\))?": LineKind.PART,
        _WHO + r"quit(?: \((?P<text>.*)\))?": LineKind.QUIT,
        r"(?P<nick>\S+) changed nick to (?P<text>\S+)": LineKind.NICK,
        r"(?P<nick>\S+) was kicked by \S+(?: \((?P<text>.*)\))?": LineKind.KICK,
    }
)
_SILENT = re.compile(r"\S+ (?:set mode |changed (?:topic|host) to ).*", re.DOTALL)


FORMAT = Format(
    "thelounge", "*** ", bracketed, rows_marked("*** ", _SILENT, _EVENTS, _NOTICE), message="<"
)
