"""Slack's export: `users.json`, and `incidents/2018-01-10.json`, a list of a day's messages.

Follows slack.com's help and the "message" events of its API. The folder's name is the channel's;
nicks are the user names in `users.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Any

from ircbot.incident.line import LineKind
from ircbot.logs.exports import at_seconds, by_time, export_format
from ircbot.logs.rows import Export, ExportedLine, LogRow, NumberedObject

_KINDS = {
    "": LineKind.MESSAGE,
    "thread_broadcast": LineKind.MESSAGE,
    "file_share": LineKind.MESSAGE,
    "file_comment": LineKind.MESSAGE,
    "bot_message": LineKind.MESSAGE,
    "reply_broadcast": LineKind.MESSAGE,
    "me_message": LineKind.ACTION,
    "channel_join": LineKind.JOIN,
    "group_join": LineKind.JOIN,
    "channel_leave": LineKind.PART,
    "group_leave": LineKind.PART,
}
_SPOKEN = (LineKind.MESSAGE, LineKind.ACTION)
_REFERENCE = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")


def _claims(first: Any) -> bool:
    return isinstance(first, dict) and first.get("type") == "message" and "ts" in first


def _told(objects: Iterator[NumberedObject], path: Path) -> Iterator[ExportedLine | NumberedObject]:
    names = _names(path)
    channel = "#" + path.resolve().parent.name.lstrip("#")
    yield from by_time(
        told
        for number, found in objects
        if (told := _message(number, found, channel, names)) is not None
    )


def _message(
    number: int, found: Any, channel: str, names: Mapping[str, str]
) -> ExportedLine | NumberedObject | None:
    if not isinstance(found, dict) or (at := at_seconds(found.get("ts"))) is None:
        return number, found
    kind = _KINDS.get(found.get("subtype") or "")
    if kind is None or found.get("hidden"):  # topics, pins, deleted messages
        return None
    nick = _speaker(found, names)
    if not nick:
        return number, found
    text = _text(found, names) if kind in _SPOKEN else ""
    return ExportedLine(at, LogRow(kind, nick, text, channel))


def _speaker(found: Mapping[str, Any], names: Mapping[str, str]) -> str:
    profile = found.get("user_profile") or found.get("bot_profile") or {}
    user = found.get("user") or found.get("bot_id") or ""
    known = names.get(user) or found.get("username") or profile.get("name") or user
    return known if isinstance(known, str) else ""


def _text(found: Mapping[str, Any], names: Mapping[str, str]) -> str:
    written = found.get("text")
    text = _REFERENCE.sub(lambda match: _reference(match, names), str(written or ""))
    files = [file for file in found.get("files") or () if isinstance(file, dict)]
    links = (file.get("permalink") or file.get("url_private") or "" for file in files)
    return " ".join(filter(None, [unescape(text), *map(str, links)]))


def _reference(match: re.Match[str], names: Mapping[str, str]) -> str:
    """A person, a channel, a group or a link in plain text."""
    what, label = match[1], match[2] or ""
    if what.startswith("@"):
        return "@" + (names.get(what[1:]) or label or what[1:])
    if what.startswith("#"):
        return "#" + (label or what[1:])
    if what.startswith("!"):
        return label or "@" + what[1:].partition("^")[0]
    address = what.removeprefix("mailto:")
    return f"{label} ({what})" if label and label not in what else address


def _names(path: Path) -> dict[str, str]:
    """User names by id; empty if users.json is not beside the channel's folder."""
    for folder in path.resolve().parents[:2]:
        try:
            users = json.loads((folder / "users.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        known = [user for user in users if isinstance(user, dict)]
        return {str(user.get("id")): str(user.get("name") or "") for user in known}
    return {}


FORMAT = export_format("slack", Export(_claims, _told))
