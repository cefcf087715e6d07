"""The log formats, one module each, and how to recognise them.

Every module of this package with a `FORMAT` is a format; nothing else needs to know it.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from ircbot.logs.rows import Format
from ircbot.logs.stamp import width


def discovered() -> Mapping[str, Format]:
    """The formats by name, the least specific ones last.

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

    Exports are not considered. Formats that understand equally many read the same, and the first is
    taken. `but` names a format to exclude.

    >>> recognised(["12:00 <nick> hello", "12:01 -!- nick [n@h] has quit [bye]"]).name
    'irssi'
    """
    others = (known for known in FORMATS.values() if known.name != but and not known.export)
    scores = {known.name: understood(known, lines) for known in others}
    best = max(scores, key=lambda name: scores[name])
    return FORMATS[best] if scores[best] else None


def claimed(first: Any) -> Format | None:
    """The export format for a JSON file with this first object; None if none recognises it."""
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
