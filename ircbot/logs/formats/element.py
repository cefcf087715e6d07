"""Element's export of a Matrix room: a document with `room_name` and the room's events.

Follows its src/utils/exportUtils/JSONExport.ts (Element 1.11) and the events of the Matrix
client-server API 1.12. A nick is the local part of a user id, or the whole id if two users share
the local part.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ircbot.incident.line import LineKind
from ircbot.logs.exports import at_milliseconds, by_time, export_format
from ircbot.logs.rows import Export, ExportedLine, LogRow, NumberedObject

_QUOTED = re.compile(r"(?:> ?[^\n]*\n)+\n?")  # the quotation before a reply
_NO_NAME = re.compile(r"[^\w#-]+")


def _claims(first: Any) -> bool:
    return isinstance(first, dict) and isinstance(first.get("messages"), list)


def _told(objects: Iterator[NumberedObject], path: Path) -> Iterator[ExportedLine | NumberedObject]:
    for number, document in objects:
        if not _claims(document):
            yield number, document
            continue
        events = document["messages"]
        channel = _channel(str(document.get("room_name") or ""))
        yield from by_time(_room(events, channel))


def _room(events: Sequence[Any], channel: str) -> Iterator[ExportedLine | NumberedObject]:
    names = _names(events)
    edits = dict(_edits(events))
    for number, event in enumerate(events, 1):
        sender = event.get("sender") if isinstance(event, dict) else None
        if not isinstance(sender, str) or not isinstance(event.get("content"), dict):
            yield number, event
            continue
        at = at_milliseconds(event.get("origin_server_ts"))
        if at is None:
            yield number, event
        elif row := _row(event, channel, names, edits):
            yield ExportedLine(at, row)


def _row(
    event: Mapping[str, Any], channel: str, names: Mapping[str, str], edits: Mapping[str, str]
) -> LogRow | None:
    content = event["content"]
    nick = names[event["sender"]]
    if event.get("type") == "m.room.member":
        return _membership(event, nick, channel, names)
    if event.get("type") not in ("m.room.message", "m.sticker"):
        return None
    body = edits.get(str(event.get("event_id")), content.get("body"))
    if _replaced(event) is not None or not isinstance(body, str):  # edited or deleted
        return None
    if content.get("msgtype") == "m.notice":  # from bots
        return None
    if isinstance(relation := content.get("m.relates_to"), dict) and "m.in_reply_to" in relation:
        body = _QUOTED.sub("", body, count=1) if body.startswith(">") else body
    kind = LineKind.ACTION if content.get("msgtype") == "m.emote" else LineKind.MESSAGE
    return LogRow(kind, nick, body, channel)


def _membership(
    event: Mapping[str, Any], nick: str, channel: str, names: Mapping[str, str]
) -> LogRow | None:
    unsigned = event.get("unsigned")
    before = event.get("prev_content") or (unsigned or {}).get("prev_content") or {}
    content, whose = event["content"], str(event.get("state_key") or event["sender"])
    now, was = content.get("membership"), before.get("membership")
    reason = str(content.get("reason") or "")
    if now == "join":
        return (
            None if was == "join" else LogRow(LineKind.JOIN, nick, "", channel)
        )  # a change of name
    if now not in ("leave", "ban") or was in ("invite", "leave", "ban"):
        return None
    if whose == event["sender"]:
        return LogRow(LineKind.PART, nick, reason, channel)
    return LogRow(LineKind.KICK, names.get(whose, _local(whose)), reason, channel)


def _replaced(event: Mapping[str, Any]) -> str | None:
    """The id of the event that this one edits; None if it is not an edit."""
    relation = event["content"].get("m.relates_to")
    if isinstance(relation, dict) and relation.get("rel_type") == "m.replace":
        return str(relation.get("event_id"))
    return None


def _edits(events: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """Edited events, each with its latest text."""
    for event in events:
        if not isinstance(event, dict) or not isinstance(event.get("content"), dict):
            continue
        content = event["content"].get("m.new_content")
        if (of := _replaced(event)) is not None and isinstance(content, dict):
            yield of, str(content.get("body") or "")


def _names(events: Sequence[Any]) -> dict[str, str]:
    """Nicks by user id."""
    ids: dict[str, set[str]] = defaultdict(set)
    for event in events:
        if isinstance(event, dict):
            for who in (event.get("sender"), event.get("state_key")):
                if isinstance(who, str) and who.startswith("@"):
                    ids[_local(who)].add(who)
    return {
        who: name if len(all_) == 1 else who[1:] for name, all_ in ids.items() for who in all_
    } | {"": ""}


def _local(who: str) -> str:
    return who[1:].partition(":")[0]


def _channel(name: str) -> str:
    """A channel name for a room.

    >>> _channel("Ops: incidents"), _channel("#ops:example.org")
    ('#ops-incidents', '#ops')
    """
    if name.startswith("#"):
        return name.partition(":")[0]
    return "#" + _NO_NAME.sub("-", name.lower()).strip("-") if name else ""


FORMAT = export_format("element", Export(_claims, _told))
