"""irssi's logs: `12:00 <@nick> text`, `-!-` lines, `--- Day changed Wed Jan 10 2018`.

As its themes and `fe-common` formats have it (irssi 1.4). Knows no files and no zones.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from ircbot.incident.line import LineKind
from ircbot.logs.rows import Format, Heading, Row, bracketed, event, events, said

_NOTICE = re.compile(r"(?:-[^\s!-]\S*-|\[.*\]|>[^<]+<)(?: .*)?", re.DOTALL)
_WHO = r"(?P<nick>[^\s\[]+) (?:\[(?P<host>[^\]]*)\] )?"
_EVENTS = events(
    {
        # What extended-join tells follows the channel: [account dave] [realname [Dave]].
        _WHO + r"has joined (?P<channel>\S+)(?: \[account (?P<account>[^\]]+)\])?(?: \[.*\])?": (
            LineKind.JOIN
        ),
        _WHO + r"has left (?P<channel>\S+)(?: \[(?P<text>.*)\])?": LineKind.PART,
        r"(?:[#&]\S* )?" + _WHO + r"has quit(?: \[(?P<text>.*)\])?": LineKind.QUIT,
        r"(?P<nick>\S+) is now known as (?P<text>\S+)": LineKind.NICK,
        r"(?P<nick>\S+) was kicked from (?P<channel>\S+) by \S+(?: \[(?P<text>.*)\])?": (
            LineKind.KICK
        ),
        _WHO + r"has logged in to account (?P<account>\S+)": LineKind.ACCOUNT,
        _WHO + r"has logged out of their account": LineKind.ACCOUNT,
    }
)
_SPLIT = re.compile(r"Netsplit (\S+ <-> \S+) quits: (.*)")
_SPLIT_OVER = re.compile(r"Netsplit over, joins: (.*)")
_DATE = re.compile(
    r"--- (?:Log opened|Log closed|Day changed) "
    r"\S+ (\S+) +(\d{1,2}) (?:(\d\d):(\d\d):(\d\d) )?(\d{4})"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def rows(body: str) -> tuple[Row, ...] | None:
    """What the part after the stamp says; None if irssi would not write it."""
    body = body.lstrip(" ")
    if body.startswith("-!- "):
        return _events(body[4:])
    if row := said(body):
        return (row,)
    return () if _NOTICE.fullmatch(body) else None


def _events(text: str) -> tuple[Row, ...]:
    if match := _SPLIT.fullmatch(text):
        return tuple(Row(LineKind.SPLIT, nick, match[1]) for nick in _nicks(match[2]))
    if match := _SPLIT_OVER.fullmatch(text):
        return tuple(Row(LineKind.JOIN, nick) for nick in _nicks(match[1]))
    row = event(_EVENTS, text)
    if row and row.kind is LineKind.ACCOUNT and row.account is None:
        row = replace(row, account="")  # "" is known to be none, None is not known
    return (row,) if row else ()


def _nicks(listed: str) -> list[str]:
    """The nicks of "a, b, c (+2 more, …)"."""
    return [nick for nick in listed.partition(" (+")[0].split(", ") if nick]


def heading(raw: str) -> Heading | None:
    """The date of a `---` line, None if it is none."""
    if not raw.startswith("--- ") or not (match := _DATE.fullmatch(raw.rstrip())):
        return None
    month, day, hour, minute, second, year = match.groups()
    if month[:3].lower() not in _MONTHS:  # written under another locale
        return Heading()
    number = _MONTHS.index(month[:3].lower()) + 1
    try:
        clock = (int(hour or 0), int(minute or 0), min(int(second or 0), 59))
        return Heading(datetime(int(year), number, int(day), *clock))  # noqa: DTZ001 - local time
    except ValueError:
        return Heading()


IRSSI = Format("irssi", "-!- ", bracketed, rows, heading)
