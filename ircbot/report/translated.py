"""A report in a process's own words: what we say in it; never what people said.

Whatever a format is, its texts pass here as values: a `str` is ours, people's words are Said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

from ircbot.incident.process import Process
from ircbot.incident.texts import own_text
from ircbot.incident.times import Time
from ircbot.report.charts import Size
from ircbot.report.content import Report
from ircbot.report.parts import Code, EntryRef, Link, Said

# What is for machines, and what has people's words alone.
_UNTOLD = frozenset(("kind", "key", "date", "anchor", "owner", "due", "terms"))
_OTHERS = (Said, Link, Code, Time, EntryRef, Size)


def translated(report: Report, process: Process) -> Report:
    """A report in the process's words."""
    if not process.texts:
        return report
    own: Report = _each(report, lambda text: own_text(process, text))
    return replace(own, title=report.title)


def _each(value: Any, said: Callable[[str], str]) -> Any:
    if isinstance(value, _OTHERS):
        return value
    if isinstance(value, str):
        return said(value)
    if isinstance(value, list | tuple):
        if (names := getattr(value, "_fields", None)) is None:
            return tuple(_each(one, said) for one in value)
        parts = zip(names, value, strict=True)
        return type(value)(*(one if name in _UNTOLD else _each(one, said) for name, one in parts))
    if is_dataclass(value) and not isinstance(value, type):
        own = {
            field.name: _each(getattr(value, field.name), said)
            for field in fields(value)
            if field.init and field.name not in _UNTOLD
        }
        return replace(value, **own)
    return value
