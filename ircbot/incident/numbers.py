"""The incidents that a line names by number: "TL 7: …", "!inc @12 status"."""

from __future__ import annotations

import re

# "TL 20:30" is a time.
_NAMED = re.compile(
    r"@(\d{1,6})\b|\btl #?(\d{1,6}) ?:(?![0-5]\d(?!\d))"
    r"|\b(?:related|duplicate(?: of)?) #?(\d{1,6})\s*$",
    re.IGNORECASE,
)
_NAMES = ("@", ":", "related", "duplicate")


def numbers_named(text: str) -> tuple[int, ...]:
    """The incidents that a line may name by number.

    >>> numbers_named("TL 7: down"), numbers_named("!inc @12 status"), numbers_named("7 of 9")
    ((7,), (12,), ())
    >>> numbers_named("TL 20:30: first alert"), numbers_named("!inc tl 20:44 rolled back")
    ((), ())
    >>> numbers_named("!inc @9 duplicate of 7")
    (9, 7)
    """
    if not any(sign in text for sign in _NAMES):
        return ()
    return tuple(int(match[1] or match[2] or match[3]) for match in _NAMED.finditer(text))
