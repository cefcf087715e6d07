"""A report in a process's own words: our texts are replaced, people's never.

In every format, texts pass through here as values: `str` is ours, `UserText` is people's.
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
from ircbot.report.parts import Code, EntryRef, Hyperlink, UserText

# Machine-readable fields, and fields with people's words only.
_UNTOLD = frozenset(("kind", "key", "date", "anchor", "owner", "due", "terms"))
_OTHERS = (UserText, Hyperlink, Code, Time, EntryRef, Size)


def translated(report: Report, process: Process) -> Report:
    """Translate a report into the process's words."""
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
