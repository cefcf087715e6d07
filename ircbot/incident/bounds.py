"""How long a text on record may be.

Knows no event by name. A line of IRC is short, but a shell, a log, a server that allows long lines
and a correction of a correction are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from functools import cache
from typing import Any, TypeVar

_T = TypeVar("_T")

LONGEST = 4000  # characters of an entry, and of any other text that people can set
_LAST_WORD = 100  # characters before the end within which a piece rather ends at a blank


def pieces(text: str) -> Iterator[str]:
    """A text in pieces of at most LONGEST characters, cut at blanks where there are any.

    >>> [len(piece) for piece in pieces("word " * 1000)]
    [3999, 999]
    """
    text = text.rstrip(" ")
    while len(text) > LONGEST:
        blank = text.rfind(" ", LONGEST - _LAST_WORD, LONGEST + 1)
        end = blank if blank > 0 else LONGEST
        yield text[:end]
        text = text[end + (blank > 0) :]
    yield text


def replaced(text: str, old: str, new: str, *, everywhere: bool) -> str | None:
    """`text` with `new` for `old`, once or everywhere; None if that would be too long.

    `old` is whole words, where it stands as such.

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
    """An event, a dataclass, whose texts are cut off at LONGEST characters; itself if none is."""
    kind: Any = type(event)
    long: dict[str, Any] = {
        name: value[:LONGEST]
        for name in _names(kind)
        if isinstance(value := getattr(event, name), str) and len(value) > LONGEST
    }
    return replace(event, **long) if long else event  # type: ignore[type-var]


@cache
def _names(event: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(event))
