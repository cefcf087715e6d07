"""irssi's logs: `12:00 <@nick> text`, `-!-` lines, `--- Day changed Wed Jan 10 2018`.

Follows its themes and `fe-common` formats (irssi 1.4). Knows no files and no zones.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ircbot.incident.line import LineKind
from ircbot.logs.rows import Format, Heading, LogRow, bracketed, events, happened, said
from ircbot.logs.stamp import asctime

# Notices, private messages ("[ann(u@h)] hello"), CTCP requests, and lists of names.
_NOTICE = re.compile(
    r"(?:-[^\s!-]\S*-|\[[^\s\]]+\([^\]]*\)\]|>[^<]+<)(?: .*)?|(?:\[[^\[\]]*\] *)+", re.DOTALL
)
_WHO = r"(?P<nick>[^\s\[]+) (?:\[(?P<host>[^\]]*)\] )?"
_EVENTS = events(
    {
        # extended-join follows the channel: [account dave] [realname [Dave]].
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
# Other lines about the channel or irssi itself.
_SILENT = re.compile(
    r"(?:ServerM|M|m)ode/\S+ \[.*|Topic\b.*"
    r"|\S+ (?:changed the topic of|sets? (?:mode|the topic)) .*"
    r"|Irssi: .*|You(?:'re| are) (?:now known as|kicked|invited) .*|You have .*|Home page for .*"
    r"|Channel .*|(?:Server|Network|Keepnick|Connect|Disconnect|Connection|Not |No ).*"
    r"|(?:ban|quiet|invite|exempt)/\S+ .*|\S+ is (?:away|back).*|\S+ invites you .*"
    r"|\[?\S+\]? (?:hostname|ircname|channels|server|account|idle|away|signon|modes)?\s*: .*"
    r"|End of .*|Netsplit .*",
    re.DOTALL,
)
_SPLIT = re.compile(r"Netsplit (\S+ <-> \S+) quits: (.*)")
_SPLIT_OVER = re.compile(r"Netsplit over, joins: (.*)")
_DATE = re.compile(r"--- (?:Log opened|Log closed|Day changed) \S+ (.*\d{4})")


def rows(body: str) -> tuple[LogRow, ...] | None:
    """Parse what follows the stamp; None if it is not irssi's."""
    body = body.lstrip(" ")
    if body.startswith("-!- "):
        return _events(body[4:])
    if row := said(body):
        return (row,)
    return () if _NOTICE.fullmatch(body) else None


def _events(text: str) -> tuple[LogRow, ...] | None:
    if match := _SPLIT.fullmatch(text):
        return tuple(LogRow(LineKind.SPLIT, nick, match[1]) for nick in _nicks(match[2]))
    if match := _SPLIT_OVER.fullmatch(text):
        return tuple(LogRow(LineKind.JOIN, nick) for nick in _nicks(match[1]))
    rows = happened(text, _SILENT, _EVENTS)
    if rows and rows[0].kind is LineKind.ACCOUNT and rows[0].account is None:
        return (replace(rows[0], account=""),)  # "" means no account, None unknown
    return rows


def _nicks(listed: str) -> list[str]:
    """The nicks of "a, b, c (+2 more, …)"."""
    return [nick for nick in listed.partition(" (+")[0].split(", ") if nick]


def heading(raw: str) -> Heading | None:
    """The date of a `---` line, None for other lines."""
    if not raw.startswith("--- ") or not (match := _DATE.fullmatch(raw.rstrip())):
        return None
    return Heading(asctime(match[1]))


FORMAT = Format("irssi", "-!- ", bracketed, rows, heading, rank=0, message="<")
