"""WeeChat's logs: stamp, prefix and message with tabs between them, `-->` and `<--` as prefixes.

As its logger and irc plugins write them (WeeChat 4, and 0.4 before). Knows no files and no zones.
"""

from __future__ import annotations

import re

from ircbot.incident.line import LineKind
from ircbot.logs.rows import Format, Row, Speech, events, happened, spoken

# Prefixes of WeeChat's own, none of which can be a nick.
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
# What stands after "--" is of the channel, the server or WeeChat itself: any words.
_SILENT = {"-->": re.compile(r"(?!)"), "<--": re.compile(r"(?!)")}
_ANYTHING = re.compile(r".*", re.DOTALL)


def speech(raw: str, start: int) -> Speech | None:
    """A message: the nick stands alone before the second tab."""
    end = raw.find("\t", start)
    if end < 0:
        return None
    nick = raw[start:end]
    return None if nick in _OWN or nick == " *" else (nick, raw[end + 1 :])


def rows(body: str) -> tuple[Row, ...] | None:
    """What the part after the stamp says; None if WeeChat would not write it."""
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
