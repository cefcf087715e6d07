"""The formats there are, and telling which one a log is in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ircbot.logs.irssi import IRSSI
from ircbot.logs.limnoria import LIMNORIA
from ircbot.logs.plain import PLAIN
from ircbot.logs.rows import Format
from ircbot.logs.stamp import width
from ircbot.logs.weechat import WEECHAT
from ircbot.logs.znc import ZNC

# Where a log would do for several, the first is taken: they read the same from it.
FORMATS: Mapping[str, Format] = {
    known.name: known for known in (IRSSI, WEECHAT, ZNC, LIMNORIA, PLAIN)
}


def recognised(lines: Sequence[str]) -> Format | None:
    """The format that understands most of a log's first lines; None if none understands any.

    >>> recognised(["12:00 <nick> hello", "12:01 -!- nick [n@h] has quit [bye]"]).name
    'irssi'
    """
    scores = {name: _understood(known, lines) for name, known in FORMATS.items()}
    best = max(FORMATS, key=lambda name: scores[name])
    return FORMATS[best] if scores[best] else None


def _understood(known: Format, lines: Sequence[str]) -> int:
    return sum(_understands(known, raw) for raw in lines if raw.strip())


def _understands(known: Format, raw: str) -> bool:
    if known.heading(raw) is not None:
        return True
    start = width(raw)
    if not start:
        return False
    return known.speech(raw, start) is not None or known.rows(raw[start:]) is not None
