"""Entries as JSON lines, between any two stores: `store export` writes them, `import` reads them.

Each line is an object with the incident, the position in it, and the entry by the names of its
fields.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ircbot.errors import Behind, Failed, StoreError
from ircbot.incident.erasing import ERASES
from ircbot.incident.events import Entry
from ircbot.repository import with_archived
from ircbot.store import StoreEngine
from ircbot.store.codec import decode, encode
from ircbot.store.protocol import NO_INCIDENT

_TRIES = 5  # repeated if a bot writes meanwhile


def exported(store: StoreEngine) -> Iterator[dict[str, Any]]:
    """Every entry of a store: first those of no incident, then incident by incident, archived ones
    too. What cannot be read is left out and listed in `store.damaged`.
    """
    numbers = sorted(listed.incident for listed in with_archived(store))
    for incident in (NO_INCIDENT, *numbers):
        for position, entry in enumerate(store.entries(incident), 1):
            yield {"incident": incident, "position": position} | json.loads(encode(entry))


def is_exported(path: Path) -> bool:
    """Whether a file begins like an export."""
    try:
        with path.open(encoding="utf-8") as file:
            first = json.loads(file.readline())
    except (OSError, ValueError, RecursionError):
        return False  # the reader of logs reports why
    return isinstance(first, dict) and first.keys() >= {"incident", "position", "at", "event"}


def read(path: Path) -> dict[int, tuple[Entry, ...]]:
    """The entries of each incident in an export, without those of no incident. Failed names a line
    that is malformed, or that has lines missing before it.
    """
    found: dict[int, list[Entry]] = {}
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                document = json.loads(line)
                position = document.pop("position")
                entry = decode(document, f"{path}, line {number}")
                known = found.setdefault(entry.incident, [])
                known.append(entry)
                if len(known) != position:
                    raise Failed(
                        f"{path}, line {number}: entry {len(known)} of incident {entry.incident} "
                        "is missing."
                    )
    except OSError as error:
        raise Failed(f"cannot read {path}: {error.strerror}.") from error
    except (ValueError, KeyError, AttributeError, RecursionError):
        raise Failed(f"{path}, line {number}: not an entry.") from None
    return {incident: tuple(known) for incident, known in found.items() if incident != NO_INCIDENT}


@dataclass(frozen=True, slots=True)
class ImportedIncident:
    """The result of importing one incident: its number in the export and here, and how many entries
    were new. `other` is true if it went on differently here and was left alone.
    """

    exported: int
    incident: int
    added: int
    new: bool = False
    other: bool = False


def take_in(
    store: StoreEngine, incidents: dict[int, tuple[Entry, ...]], *, dry_run: bool = False
) -> tuple[ImportedIncident, ...]:
    """Add to a store what an export has and the store lacks. An incident keeps its number if that
    is free. Incidents are recognised by what happened when, so that nothing is added twice and
    nothing erased is brought back.
    """
    done = []
    free = max((store.highest_id(), *incidents)) + 1
    for number, entries in sorted(incidents.items()):
        taken = _take_in(store, number, entries, free, dry_run=dry_run)
        free = max(free, taken.incident + 1)
        done.append(taken)
    return tuple(done)


def _take_in(
    store: StoreEngine, number: int, entries: Sequence[Entry], free: int, *, dry_run: bool
) -> ImportedIncident:
    for _ in range(_TRIES):
        here = _found(store, number, entries)
        new = here is None
        if here is None:
            here = number if number > store.highest_id() else free
        known = [_shape(entry) for entry in store.entries(here)]
        if known != [_shape(entry) for entry in entries[: len(known)]]:
            ahead = known[: len(entries)] == [_shape(entry) for entry in entries]
            return ImportedIncident(number, here, 0, other=not ahead)
        added = [replace(entry, incident=here) for entry in entries[len(known) :]]
        try:
            for part in () if dry_run else _up_to_orders(added):
                store.append(part)
        except Behind:
            store.poll()
            continue
        return ImportedIncident(number, here, len(added), new=new)
    raise StoreError(f"a bot keeps writing to incident {here}; try again later.")


def _found(store: StoreEngine, number: int, entries: Sequence[Entry]) -> int | None:
    """The number of the local incident that begins with the same entries, None if there is none."""
    others = (listed.incident for listed in with_archived(store))
    for candidate in (number, *others):
        known = store.entries(candidate)
        if known and _shape(known[0]) == _shape(entries[0]):
            return candidate
    return None


def _shape(entry: Entry) -> tuple[object, ...]:
    """The part of an entry that an erasure leaves."""
    return entry.at, type(entry.event)


def _up_to_orders(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """The entries in groups, each ending with an erasure order: an order erases only what precedes
    it.
    """
    part: list[Entry] = []
    for entry in entries:
        part.append(entry)
        if type(entry.event) in ERASES:
            yield part
            part = []
    if part:
        yield part
