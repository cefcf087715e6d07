"""JSON lines, for programs without a format of their own: one object per line, described in
docs/logs.md.

`{"at": "2018-01-10T12:00:05Z", "channel": "#mdndev", "nick": "ann", "text": "MDN is down"}`. Knows
no files.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from ircbot.incident.line import LineKind
from ircbot.logs.exports import export_format
from ircbot.logs.rows import Export, ExportedLine, LogRow, NumberedObject

_KINDS = {str(kind): kind for kind in LineKind}


def _claims(first: Any) -> bool:
    return isinstance(first, dict) and isinstance(first.get("at"), str) and "nick" in first


def _told(objects: Iterator[NumberedObject], path: Path) -> Iterator[ExportedLine | NumberedObject]:
    for number, found in objects:
        yield _line(found) or (number, found)


def _line(found: Any) -> ExportedLine | None:
    if not isinstance(found, dict):
        return None
    fields = {name: found.get(name, "") for name in ("nick", "text", "channel", "host")}
    kind, account = _KINDS.get(found.get("kind", "message")), found.get("account")
    if not all(isinstance(value, str) for value in (*fields.values(), account or "")):
        return None
    try:
        at = datetime.fromisoformat(found["at"])
    except (KeyError, TypeError, ValueError):
        return None
    if kind is None or at.tzinfo is None or not fields["nick"]:
        return None
    operator = found.get("operator") is True
    return ExportedLine(at, LogRow(kind, **fields, account=account, operator=operator))


FORMAT = export_format("jsonl", Export(_claims, _told))
