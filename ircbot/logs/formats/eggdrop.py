"""eggdrop's channel logs: `[12:00] <nick> text`, `[12:00] Action: nick text`, `[00:00] --- Wed …`.

Follows its src/chan.c and language files (eggdrop 1.9). Knows no files and no zones.
"""

from __future__ import annotations

import re

from ircbot.incident.line import LineKind
from ircbot.logs.rows import Format, Heading, LogRow, bracketed, events, happened, said, spoken
from ircbot.logs.stamp import asctime, width

_NOTICE = re.compile(r"-[^\s!-]\S*(?: \(\S*\))?- .*", re.DOTALL)
_ACTION = re.compile(r"Action: (\S+)(?: (.*))?", re.DOTALL)
_WHO = r"(?P<nick>\S+) \((?P<host>\S*)\) "
_EVENTS = events(
    {
        _WHO + r"(?:joined|returned to) (?P<channel>\S+?)\.": LineKind.JOIN,
        _WHO + r"left (?P<channel>[#&+!]\S*?)(?: \((?P<text>.*)\))?\.": LineKind.PART,
        _WHO + r"left irc(?:: (?P<text>.*))?\.?": LineKind.QUIT,
        _WHO + r"got (?:lost in the )?net-?split\.": LineKind.SPLIT,
        r"Nick change: (?P<nick>\S+) -> (?P<text>\S+)": LineKind.NICK,
        r"(?P<nick>\S+) kicked from (?P<channel>\S+) by \S+?(?:: (?P<text>.*))?": LineKind.KICK,
    }
)
_SILENT = re.compile(
    r"--- .*|[#&+!]\S*: mode change .*|Topic changed on .*|Switched to .*|.* \(re\)?joined .*",
    re.DOTALL,
)
_DAY = re.compile(r"--- \w{3} (\w{3} +\d{1,2} \d{4})")


def rows(body: str) -> tuple[LogRow, ...] | None:
    """Parse what follows the stamp; None if it is not eggdrop's."""
    if match := _ACTION.fullmatch(body):
        return (spoken(match[1], match[2] or "", LineKind.ACTION),)
    if body.startswith("<") and (row := said(body)):
        return (row,)
    if _NOTICE.fullmatch(body):
        return ()
    return happened(body, _SILENT, _EVENTS)


def heading(raw: str) -> Heading | None:
    """The date of a `[00:00] --- Wed Nov 25 2026` line, None for other lines."""
    match = _DAY.fullmatch(raw[width(raw) :].rstrip())
    return Heading(asctime(match[1])) if match else None


FORMAT = Format("eggdrop", "", bracketed, rows, heading, message="<")
