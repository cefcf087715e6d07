"""Mattermost's bulk export: `{"type": "post", "post": {"channel": "incidents", "user": "ann", …}}`.

Follows docs.mattermost.com, "Bulk loading data": one object per line, times in milliseconds,
replies inside the post that they answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ircbot.incident.line import LineKind
from ircbot.logs.exports import at_milliseconds, by_time, export_format
from ircbot.logs.rows import Export, ExportedLine, LogRow, NumberedObject

_ABOUT_NOBODY = frozenset(
    {"version", "emoji", "role", "scheme", "team", "channel", "user", "bot"}
    | {"direct_channel", "direct_post"}
)
_SPOKEN = (LineKind.MESSAGE, LineKind.ACTION)
_KINDS = {
    "system_join_channel": LineKind.JOIN,
    "system_add_to_channel": LineKind.JOIN,
    "system_leave_channel": LineKind.PART,
    "system_remove_from_channel": LineKind.KICK,
    "me": LineKind.ACTION,
    "": LineKind.MESSAGE,
}


def _claims(first: Any) -> bool:
    if not isinstance(first, dict):
        return False
    return first.get("type") == "version" or isinstance(first.get("post"), dict)


def _told(objects: Iterator[NumberedObject], path: Path) -> Iterator[ExportedLine | NumberedObject]:
    yield from by_time(told for number, found in objects for told in _object(number, found))


def _object(number: int, found: Any) -> Iterator[ExportedLine | NumberedObject]:
    kind = found.get("type") if isinstance(found, dict) else None
    if kind in _ABOUT_NOBODY:
        return
    post = found.get("post") if kind == "post" else None
    if not isinstance(post, dict):
        yield number, found
        return
    for one in (post, *(post.get("replies") or ())):
        nick = one.get("user") if isinstance(one, dict) else None
        at = at_milliseconds(one.get("create_at")) if nick else None
        if at is None:
            yield number, found
        elif kind := _KINDS.get(str(one.get("type") or "")):  # not a changed header and the like
            text = str(one.get("message") or "") if kind in _SPOKEN else ""
            yield ExportedLine(at, LogRow(kind, str(nick), text, f"#{post.get('channel')}"))


FORMAT = export_format("mattermost", Export(_claims, _told))
