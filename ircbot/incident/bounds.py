"""Limits the length of a text on record.

Knows no event by name. A line of IRC is short, but other sources are not: a shell, a log, a server
that allows long lines, a correction of a correction.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from functools import cache
from typing import Any, TypeVar

_T = TypeVar("_T")

LONGEST = 4000  # characters of an entry, and of any other text that people can set
_LAST_WORD = 100  # characters before the limit within which a piece may end early, at a blank


def pieces(text: str) -> list[str]:
    """A text in pieces of at most LONGEST characters, cut at blanks where possible.

    >>> [len(piece) for piece in pieces("word " * 1000)]
    [3999, 999]
    """
    text = text.rstrip(" ")
    found = []
    while len(text) > LONGEST:
        blank = text.rfind(" ", LONGEST - _LAST_WORD, LONGEST + 1)
        end = blank if blank > 0 else LONGEST
        found.append(text[:end])
        text = text[end + (blank > 0) :]
    return [*found, text]


def replaced(text: str, old: str, new: str, *, everywhere: bool) -> str | None:
    """`text` with `new` for `old`, once or everywhere; None if the result would be too long.

    `old` matches whole words if it occurs as a whole word, else any part of the text.

    >>> replaced("a storage tree", "tr", "x", everywhere=False), replaced("eat a t", "t", "x",
    ...     everywhere=False)
    ('a storage xee', 'eat a x')
    >>> replaced("aaaa", "a", "b" * 2000, everywhere=True) is None
    True
    """
    whole = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)")
    found = whole if whole.search(text) else re.compile(re.escape(old))
    times = len(found.findall(text)) if everywhere else 1
    if len(text) + times * (len(new) - len(old)) > LONGEST:
        return None
    return found.sub(lambda _: new, text, count=times)


def bounded(event: _T) -> _T:
    """An event (a dataclass) with its texts cut off at LONGEST characters; the same object if none
    is longer.
    """
    long: dict[str, Any] = {}
    kind: Any = type(event)
    for name in _names(kind):
        value = getattr(event, name)
        if isinstance(value, str) and len(value) > LONGEST:
            long[name] = value[:LONGEST]
    return replace(event, **long) if long else event  # type: ignore[type-var]


@cache
def _names(event: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(event))
