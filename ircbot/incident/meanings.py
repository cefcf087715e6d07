"""Sayings as `ircbot explain` tells them: the contract's kinds and fields.

Knows nothing of how they were found or what follows from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from ircbot.incident.sayings import (
    KINDS,
    Command,
    Declare,
    Ping,
    Promise,
    Record,
    Resolve,
    Saying,
)

Told = Mapping[str, str | int | bool | list[str]]

# Told even when they are empty.
_ALWAYS = {Ping: ("nicks", "reason"), Promise: ("minutes",), Command: ("name", "arguments")}
# What only the rules need, and what a field is called outside.
_UNTOLD = {
    Declare: ("since", "product", "severity"),
    Record: ("at",),
    Resolve: ("text",),
    Command: ("addressed",),
}


def meaning_of(saying: Saying) -> Told:
    """The kind and fields of a saying; what a line did not hold is absent.

    >>> meaning_of(Record("listeners are missing"))
    {'kind': 'timeline', 'entry': 'listeners are missing'}
    """
    kind = type(saying)
    told: dict[str, str | int | bool | list[str]] = {"kind": KINDS[kind]}
    for field in fields(saying):
        value = getattr(saying, field.name)
        if field.name in _UNTOLD.get(kind, ()):
            continue
        if value or field.name in _ALWAYS.get(kind, ()):
            told[field.name] = list(value) if isinstance(value, tuple) else value
    return told
