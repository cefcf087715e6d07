"""The logs of irclogs.ubuntu.com: `[12:00] <nick> text`, and `=== nick is now known as other`.

Follows the site's text files; joins and parts have no stamp, and get that of the line before. Knows
no files and no zones.
"""

from __future__ import annotations

import re

from ircbot.incident.line import LineKind
from ircbot.logs.rows import Format, bracketed, events, rows_marked

_EVENT = "=== "
_WHO = r"(?P<nick>[^\s\[]+) \[(?P<host>[^\]]*)\] "
_WHY = r'(?: \["?(?P<text>.*?)"?\])?'
_EVENTS = events(
    {
        _WHO + r"has joined (?P<channel>\S+)": LineKind.JOIN,
        _WHO + r"has left (?P<channel>\S+)" + _WHY: LineKind.PART,
        _WHO + r"has quit" + _WHY: LineKind.QUIT,
        r"(?P<nick>\S+) is now known as (?P<text>\S+)": LineKind.NICK,
        r"(?P<nick>\S+) was kicked (?:off|from) (?P<channel>\S+) by \S+" + _WHY: LineKind.KICK,
    }
)
_SILENT = re.compile(r"(?:Topic |mode/|\S+ changed the topic |\[).*", re.DOTALL)


FORMAT = Format(
    "ubuntu",
    _EVENT,
    bracketed,
    rows_marked(_EVENT, _SILENT, _EVENTS),
    message="<",
    unstamped=_EVENT,
)
