"""The raw logs of colabti.org: `[12:00] <nick> text`, `*** nick joined`, `*** nick left`.

Follows the site's files. Knows no files and no zones.
"""

from __future__ import annotations

import re

from ircbot.incident.line import LineKind
from ircbot.logs.rows import Format, bracketed, events, rows_marked

_EVENTS = events(
    {
        r"(?P<nick>\S+) joined": LineKind.JOIN,
        r"(?P<nick>\S+) left": LineKind.QUIT,  # PART and QUIT look the same
        r"(?P<nick>\S+) is now known as (?P<text>\S+)": LineKind.NICK,
        r"(?P<nick>\S+) was kicked by \S+(?: \((?P<text>.*)\))?": LineKind.KICK,
    }
)
_SILENT = re.compile(r"\S+ (?:sets? mode|changes topic).*", re.DOTALL)


FORMAT = Format("colabti", "*** ", bracketed, rows_marked("*** ", _SILENT, _EVENTS), message="<")
