"""The formats there are, one module each, and telling which one a log is in.

A module of this package that has a `FORMAT` is a format; nothing else need know of it.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from ircbot.logs.rows import Format
from ircbot.logs.stamp import width


def discovered() -> Mapping[str, Format]:
    """The formats of this package's modules, by name; those that claim least come last.

    >>> "irssi" in discovered()
    True
    """
    modules = (
        import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)
    )
    formats = sorted((m.FORMAT for m in modules if hasattr(m, "FORMAT")), key=lambda f: f.rank)
    return {known.name: known for known in formats}


FORMATS = discovered()


def recognised(lines: Sequence[str], *, but: str = "") -> Format | None:
    """The format that understands most of a log's first lines; None if none understands any.

    Exports are not asked. Where several understand as many, they read the same, and the first is
    taken. `but` names one that is not meant.

    >>> recognised(["12:00 <nick> hello", "12:01 -!- nick [n@h] has quit [bye]"]).name
    'irssi'
    """
    others = (known for known in FORMATS.values() if known.name != but and not known.export)
    scores = {known.name: understood(known, lines) for known in others}
    best = max(scores, key=lambda name: scores[name])
    return FORMATS[best] if scores[best] else None


def claimed(first: Any) -> Format | None:
    """The export format of a file in JSON whose first object this is; None if none claims it."""
    exports = (known for known in FORMATS.values() if known.export)
    return next((known for known in exports if known.export and known.export.claims(first)), None)


def understood(known: Format, lines: Sequence[str]) -> int:
    """How many of some lines a format understands."""
    return sum(_understands(known, raw) for raw in lines if raw.strip())


def _understands(known: Format, raw: str) -> bool:
    if known.heading(raw) is not None:
        return True
    start = width(raw)
    stamped = start or (known.unstamped and raw.startswith(known.unstamped))
    return bool(stamped) and known.understands(raw, start)
