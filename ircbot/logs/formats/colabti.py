"""The raw logs of colabti.org: `[12:00] <nick> text`, `*** nick joined`, `*** nick left`.

As the site's files are. Knows no files and no zones.
"""

from __future__ import annotations

import re

from ircbot.incident.line import LineKind
from ircbot.logs.rows import Format, Row, bracketed, events, happened, said

_EVENTS = events(
    {
        r"(?P<nick>\S+) joined": LineKind.JOIN,
        r"(?P<nick>\S+) left": LineKind.QUIT,  # it tells no PART from a QUIT
        r"(?P<nick>\S+) is now known as (?P<text>\S+)": LineKind.NICK,
        r"(?P<nick>\S+) was kicked by \S+(?: \((?P<text>.*)\))?": LineKind.KICK,
    }
)
_SILENT = re.compile(r"\S+ (?:sets? mode|changes topic).*", re.DOTALL)


def rows(body: str) -> tuple[Row, ...] | None:
    """What the part after the stamp says; None if the site would not write it."""
    if body.startswith("*** "):
        return happened(body[4:], _SILENT, _EVENTS)
    row = said(body)
    return None if row is None else (row,)


FORMAT = Format("colabti", "*** ", bracketed, rows, message="<")
