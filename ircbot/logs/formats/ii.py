"""ii's `out` files: `1515585605 <nick> text`, `-!- nick(user@host) has joined #channel`.

Follows its ii.c (ii 1.8 and later; earlier versions write `2018-01-10 12:00`). Knows no files and
no zones.
"""

from __future__ import annotations

import re

from ircbot.incident.line import LineKind
from ircbot.logs.rows import Format, bracketed, events, rows_marked

_WHO = r"(?P<nick>[^\s(]+)\((?P<host>[^\s()]*)\) "
_EVENTS = events(
    {
        _WHO + r"has joined (?P<channel>\S+)": LineKind.JOIN,
        _WHO + r"has left (?P<channel>\S+)": LineKind.PART,
        _WHO + r'has quit(?: "(?P<text>.*)")?': LineKind.QUIT,
        r"(?P<nick>\S+) changed nick to (?P<text>\S+)": LineKind.NICK,
        r'\S+ kicked (?P<nick>\S+)(?: \("(?P<text>.*)"\))?': LineKind.KICK,
    }
)
_SILENT = re.compile(r"(?:\S+ changed (?:mode/|topic to )|error ).*", re.DOTALL)


FORMAT = Format("ii", "-!- ", bracketed, rows_marked("-!- ", _SILENT, _EVENTS), message="<")
