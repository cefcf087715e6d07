"""Years of incidents, made up: the same ones every time, straight into a store's files.

They have what search and statistics read: people, roles, severities, updates, follow-ups, reports.
Nothing is synced and nothing is asked of a running store, so a million entries take a minute.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ircbot.incident.events import (
    ActionAdded,
    ActionDone,
    Closed,
    Declared,
    Entry,
    Event,
    MilestoneSet,
    Noted,
    ReportDelivered,
    Resolved,
    RoleTaken,
    SeveritySet,
    Updated,
)
from ircbot.incident.people import Person
from ircbot.store import hash_chain, snapshot
from ircbot.store.codec import encode
from ircbot.store.ledger import TABLE

ENTRIES = 100  # of each incident
_BEGAN = datetime(2008, 1, 10, 12, 0, tzinfo=UTC)
_WORDS = 20_000  # some common, most rare, as in any talk
_PRODUCTS = ("MDN", "Bedrock", "SUMO", "Wiki", "")
_PEOPLE = 30


def keep(folder: Path, incidents: int) -> None:
    """Make a store of closed incidents in a folder, which is made if it is not there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    chance, salts = random.Random(1), hash_chain.salts()
    for number in range(1, incidents + 1):
        head, table = hash_chain.start(number), {}
        for position, entry in enumerate(incident(number, chance), 1):
            text, head = hash_chain.seal(encode(entry), head, next(salts))
            table[str(position)] = json.loads(text)
        content = snapshot.write(snapshot.Snapshot({TABLE: table}, len(table)))
        (folder / f"{number:04d}.json").write_bytes(content)


def incident(number: int, chance: random.Random) -> list[Entry]:
    """The entries of a closed incident, a minute or so each; the last come days later."""
    declared = _BEGAN + timedelta(hours=9 * number, minutes=chance.randrange(540))
    every = timedelta(seconds=chance.choice((20, 40, 60, 120)))

    def said(count: int) -> str:
        return " ".join(f"w{min(int(chance.paretovariate(0.6)), _WORDS)}" for _ in range(count))

    lead, other = (Person(f"nick{n}") for n in chance.sample(range(_PEOPLE), 2))
    before: list[Event] = [
        Declared(said(5), "mozmeao", product=chance.choice(_PRODUCTS)),
        RoleTaken("lead", lead),
        SeveritySet(chance.choice("123")),
        MilestoneSet("started", declared - timedelta(minutes=chance.randrange(20, 90))),
        MilestoneSet("detected", declared - timedelta(minutes=chance.randrange(1, 20))),
    ]
    after: list[tuple[timedelta, Event]] = [
        (timedelta(0), Resolved(said(6))),
        (timedelta(days=2), ReportDelivered("https://example.org/report")),
        (timedelta(days=3), Closed()),
        (timedelta(days=chance.randrange(4, 40)), ActionDone(1)),
    ]
    during: list[Event] = [
        RoleTaken("lead", other, "accepted"),
        ActionAdded(1, said(4), lead.nick, f"{(declared + timedelta(days=20)).date()}"),
    ]
    during += [Updated(said(8)) for _ in range(chance.randrange(6))]
    left = ENTRIES - len(before) - len(during) - len(after)
    notes: list[Event] = [Noted(n, said(10)) for n in range(1, left + 1)]
    for event in during:
        notes.insert(chance.randrange(len(notes)), event)
    entries = []
    for n, event in enumerate([*before, *notes]):
        by = lead if n % 3 else Person(f"nick{chance.randrange(_PEOPLE)}")
        entries.append(Entry(number, declared + n * every, by, event, "#ops"))
    over = declared + len(entries) * every
    return entries + [Entry(number, over + later, lead, event, "#ops") for later, event in after]
