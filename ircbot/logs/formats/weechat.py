"""WeeChat's logs: stamp, prefix and message separated by tabs, with `-->` and `<--` as prefixes.

Follows its logger and irc plugins (WeeChat 4, and 0.4 before). Knows no files and no zones.
"""

from __future__ import annotations

import re

from ircbot.incident.line import LineKind
from ircbot.logs.rows import Format, LogRow, Speech, events, happened, spoken

# WeeChat's own prefixes, which cannot be nicks.
_OWN = frozenset({"-->", "<--", "--", "*", "=!=", ""})
_WHO = (
    r"(?P<nick>[^\s(\[]+)(?: \[(?P<account>[^\]]*)\])?(?: \((?:.*)\))?(?: \((?P<host>[^\s)]*)\))? "
)
_EVENTS = events(
    {
        _WHO + r"has joined (?P<channel>\S+)": LineKind.JOIN,
        _WHO + r"has left (?P<channel>\S+)(?: \((?P<text>.*)\))?": LineKind.PART,
        _WHO + r"has quit(?: \((?P<text>.*)\))?": LineKind.QUIT,
        r"\S+ has kicked (?P<nick>\S+)(?: \((?P<text>.*)\))?": LineKind.KICK,
        r"(?P<nick>\S+) is now known as (?P<text>\S+)": LineKind.NICK,
    }
)
# Anything after "--" is about the channel, the server or WeeChat itself.
_SILENT = {"-->": re.compile(r"(?!)"), "<--": re.compile(r"(?!)")}
_ANYTHING = re.compile(r".*", re.DOTALL)


def speech(raw: str, start: int) -> Speech | None:
    """A message: a nick alone before the second tab."""
    end = raw.find("\t", start)
    if end < 0:
        return None
    nick = raw[start:end]
    return None if nick in _OWN or nick == " *" else (nick, raw[end + 1 :])


def rows(body: str) -> tuple[LogRow, ...] | None:
    """Parse what follows the stamp; None if it is not WeeChat's."""
    prefix, tab, text = body.partition("\t")
    if not tab:
        return None
    prefix = prefix.strip(" ")
    if prefix == "*":
        nick, _, action = text.partition(" ")
        return (spoken(nick, action, LineKind.ACTION),) if nick else ()
    if prefix in _OWN:
        return happened(text, _SILENT.get(prefix, _ANYTHING), _EVENTS)
    return None if " " in prefix else (spoken(prefix, text),)


FORMAT = Format("weechat", ("-->", "<--", "--\t"), speech, rows)
