"""Counts with the English singular or plural."""

from __future__ import annotations


def number_of(count: int, one: str, several: str = "") -> str:
    """A count with its noun; `several` is the plural, if it does not just add an "s".

    >>> number_of(1, "update"), number_of(2, "entry", "entries")
    ('1 update', '2 entries')
    """
    return f"{count} {one if count == 1 else several or one + 's'}"
