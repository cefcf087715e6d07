"""Entries for the tests of the store, and what `list` would show of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ircbot.incident.events import Closed, Declared, Entry, Noted
from ircbot.incident.people import Person

ANN = Person("ann", "ann@services")
NOON = datetime(2018, 1, 10, 12, 0, tzinfo=UTC)


def declared(incident: int, summary: str = "down") -> Entry:
    return Entry(incident, NOON, ANN, Declared(summary, "mozmeao"), "#moc")


def note(incident: int, n: int, text: str = "") -> Entry:
    return Entry(incident, NOON + timedelta(minutes=n), ANN, Noted(n, text or f"note {n}"), "#moc")


def closed(incident: int) -> Entry:
    return Entry(incident, NOON + timedelta(hours=9), ANN, Closed())


def summary_of(entries: Sequence[Entry]) -> dict[str, Any]:
    first, last = entries[0].event, entries[-1].event
    title = first.summary if isinstance(first, Declared) else ""
    return {"title": title, "live": not isinstance(last, Closed)}
