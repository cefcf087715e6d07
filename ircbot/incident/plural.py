"""A number of things, in English."""

from __future__ import annotations


def number_of(count: int, one: str, several: str = "") -> str:
    """So many of something; `several` is its plural, where that has more than an "s".

    >>> number_of(1, "update"), number_of(2, "entry", "entries")
    ('1 update', '2 entries')
    """
    return f"{count} {one if count == 1 else several or one + 's'}"
