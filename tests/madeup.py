"""Made-up incidents, as many as wanted: the same ones every time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ircbot.incident.events import (
    ActionAdded,
    ActionDone,
    CommsSet,
    Declared,
    Entry,
    Event,
    MilestoneSet,
    Noted,
    Notified,
    ReportDelivered,
    Resolved,
    RoleTaken,
    SeveritySet,
    Updated,
    Withdrawn,
)
from ircbot.incident.line import Source
from ircbot.incident.people import Person
from ircbot.repository import open_store

BEGIN = datetime(2025, 1, 6, tzinfo=UTC)  # a Monday
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
PEOPLE = ("ann", "bob", "carol", "dave", "eve")
PRODUCTS = ("MDN", "Bedrock", "=1+1<script>", "")


def incident(number: int, every: timedelta = timedelta(days=9), lines: int = 6) -> list[Entry]:
    """Incident `number`: something of everything, by chance, the same chance every time."""
    chance = random.Random(number)
    declared = BEGIN + number * every + timedelta(minutes=chance.randrange(0, 1440))
    kind = "drill" if number % 13 == 0 else "void" if number % 11 == 0 else ""
    source = Source.IMPORT if number % 7 == 0 else Source.LIVE
    lead, other = chance.sample(PEOPLE, 2)
    entries: list[Entry] = []

    def tell(event: Event, minutes: float, by: str = lead) -> None:
        at = declared + timedelta(minutes=minutes)
        entries.append(Entry(number, at, Person(by), event, "#mdndev", source))

    product = chance.choice(PRODUCTS)
    tell(Declared(f"outage {number}", "mozmeao", drill=kind == "drill", product=product), 0)
    if chance.random() < 0.8:
        tell(CommsSet("#mdndev"), 1)
    if chance.random() < 0.9:
        tell(RoleTaken("lead", Person(lead)), chance.randrange(0, 9))
    if kind == "void":
        tell(Withdrawn("it was my network"), 10)
        return entries
    tell(SeveritySet(chance.choice("123")), 9)
    if chance.random() < 0.7:
        before = timedelta(minutes=chance.randrange(3, 90))
        tell(MilestoneSet("started", declared - before), 9)
        after = timedelta(seconds=round(before.total_seconds() * chance.random()))
        tell(MilestoneSet("detected", declared - after), 9)
    lasted = round(chance.lognormvariate(4.2, 1)) + 20
    inside = sorted(chance.randrange(10, lasted) for _ in range(lines))
    for n, minute in enumerate(inside, 1):
        tell(Noted(n, f"line {n} of {number}"), minute)
    tell(Notified((other,), "please help"), lasted - 8)
    tell(Updated("still working on it"), lasted - 7)
    if chance.random() < 0.4:
        tell(RoleTaken("lead", Person(other), "accepted"), lasted - 6, other)
    if chance.random() < 0.6:
        tell(MilestoneSet("mitigated", declared + timedelta(minutes=lasted - 5)), lasted - 4)
    for n in range(1, chance.randrange(0, 4)):
        due = (declared + timedelta(days=chance.randrange(3, 30))).date().isoformat()
        tell(ActionAdded(n, f"mend {n}", chance.choice(PEOPLE), due), lasted - 3)
        if chance.random() < 0.6:
            tell(ActionDone(n), lasted + chance.randrange(1440, 40000))
    if number % 20 == 19:
        return sorted(entries, key=lambda entry: entry.at)
    tell(Resolved("it works"), lasted)
    if chance.random() < 0.7:
        tell(ReportDelivered("https://example.org/r"), lasted + chance.randrange(60, 6000))
    return sorted(entries, key=lambda entry: entry.at)


def incidents(count: int, **how: object) -> Iterator[list[Entry]]:
    """The entries of incidents 1 to `count`, one incident at a time."""
    for number in range(1, count + 1):
        yield incident(number, **how)  # type: ignore[arg-type]


def keep(folder: Path, told: Iterator[Sequence[Entry]]) -> None:
    """Put incidents into a store."""
    store = open_store(str(folder), writer="tool")
    try:
        for entries in told:
            store.entries(entries[0].incident)  # which may have begun before
            store.append(entries)
    finally:
        store.close()
