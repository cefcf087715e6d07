"""What is left of an entry when words are to go from the disk too.

A function for each event that orders it: given the entry that orders it and another of the same
incident, the other without the words, or as it is. What an incident then is, is what state.py
makes of the order itself: `replay` of what is left gives the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from ircbot.incident.events import (
    ActionAdded,
    ActionTicketed,
    Declared,
    Edited,
    Entry,
    Event,
    Forgotten,
    HypothesisAdded,
    ImpactSet,
    Linked,
    Messaged,
    Noted,
    Notified,
    Parked,
    PropsGiven,
    Purged,
    Redacted,
    Reopened,
    ReportDelivered,
    Resolved,
    Summarised,
    Updated,
    VideoSet,
    WhyAdded,
    Withdrawn,
)
from ircbot.incident.people import Person, same_name

# The fields that people worded themselves.
_WORDS: Mapping[type, tuple[str, ...]] = {
    Declared: ("summary",),
    Summarised: ("summary",),
    ImpactSet: ("impact",),
    VideoSet: ("where",),
    Resolved: ("text",),
    Reopened: ("reason",),
    Withdrawn: ("reason",),
    Noted: ("text",),
    Edited: ("text",),
    Notified: ("text",),
    Updated: ("text",),
    Messaged: ("text",),
    ActionAdded: ("text",),
    ActionTicketed: ("ticket",),
    HypothesisAdded: ("text",),
    WhyAdded: ("text",),
    PropsGiven: ("reason",),
    Linked: ("url", "text"),
    Parked: ("text",),
    ReportDelivered: ("where",),
}
# What one person worded that stays when they are forgotten: it is everybody's business.
_COMMON = (Declared, Summarised, ImpactSet, VideoSet, ActionAdded, ActionTicketed, HypothesisAdded)


def _without_note(order: Entry, other: Entry) -> Entry:
    """An entry without what was noted under the number that is redacted."""
    assert isinstance(order.event, Redacted)
    event = other.event
    if isinstance(event, Noted | Edited) and event.n == order.event.n:
        return _wordless(other)
    return other


def _without_any(order: Entry, other: Entry) -> Entry:
    """An entry without anything that anybody worded."""
    return _wordless(other)


def _without_person(order: Entry, other: Entry) -> Entry:
    """An entry without what one person wrote, and without their name."""
    assert isinstance(order.event, Forgotten)
    nick, token = order.event.nick, order.event.token
    event = other.event
    wrote = event.by if isinstance(event, Noted) and event.by else other.by
    if same_name(wrote.nick, nick) and not isinstance(event, _COMMON):
        other = _wordless(other)
    by = Person(token) if same_name(other.by.nick, nick) else other.by
    if not nick:
        return other
    return replace(other, by=by, event=_renamed(other.event, nick, token), said="")


def _wordless(entry: Entry) -> Entry:
    words = _WORDS.get(type(entry.event), ())
    blank: dict[str, Any] = dict.fromkeys(words, "")
    event: Event = replace(entry.event, **blank) if blank else entry.event
    return replace(entry, event=event, said="") if words else entry


def _renamed(event: Event, nick: str, token: str) -> Event:
    """The event with `token` wherever it names somebody by their nick."""

    def other(value: Any) -> Any:
        if isinstance(value, Person):
            return Person(token) if same_name(value.nick, nick) else value
        if isinstance(value, tuple):
            return tuple(map(other, value))
        return token if isinstance(value, str) and same_name(value, nick) else value

    if isinstance(event, Forgotten):
        return replace(event, nick="") if same_name(event.nick, nick) else event
    changed = {f.name: other(getattr(event, f.name)) for f in fields(event)}
    return replace(event, **changed)


ERASES: Mapping[type, Callable[[Entry, Entry], Entry]] = {
    Redacted: _without_note,
    Purged: _without_any,
    Forgotten: _without_person,
}
