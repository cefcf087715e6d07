"""Finds the incidents that a line names by number: "TL 7: …", "!inc @12 status"."""

from __future__ import annotations

import re

from ircbot.incident.find import has_part

# "TL 20:30" is a time.
_NAMED = re.compile(
    r"@(\d{1,6})\b|\btl #?(\d{1,6}) ?:(?![0-5]\d(?!\d))"
    r"|\b(?:related|duplicate(?: of)?|move [\d\s#,;and–-]{1,80}\bto) #?(\d{1,6})\s*$",
    re.IGNORECASE,
)
_NAMES = ("@", "tl ", "related", "duplicate", "move")  # every line that names one has one of these
# Commands about an entry that other incidents may have too, which must then be loaded.
_COMMON = ("move", "redact", "reopen", "restore", "security", "undo")
_OF_OTHERS = (*_NAMES, *_COMMON)
_SAYS_COMMON = re.compile(rf"\b(?:{'|'.join(_COMMON)})\b", re.IGNORECASE)


def may_concern_others(text: str) -> bool:
    """Whether a line may name incidents or concern others; hardly any line does."""
    return has_part(text.lower(), _OF_OTHERS)


def numbers_named(text: str) -> tuple[int, ...]:
    """The incidents that a line may name by number.

    >>> numbers_named("TL 7: down"), numbers_named("!inc @12 status"), numbers_named("7 of 9")
    ((7,), (12,), ())
    >>> numbers_named("TL 20:30: first alert"), numbers_named("!inc tl 20:44 rolled back")
    ((), ())
    >>> numbers_named("!inc @9 duplicate of 7"), numbers_named("!inc @9 move 3-5, 8 to 7")
    ((9, 7), (9, 7))
    """
    if not has_part(text.lower(), _NAMES):
        return ()
    return tuple(int(match[1] or match[2] or match[3]) for match in _NAMED.finditer(text))


def concerns_others(text: str) -> bool:
    """Whether a line may change incidents that share entries with the one it is about.

    >>> concerns_others("!inc redact 3"), concerns_others("!inc edit 3 the disk")
    (True, False)
    """
    return _SAYS_COMMON.search(text) is not None
