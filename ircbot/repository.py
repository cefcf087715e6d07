"""Incidents from the store: the state that a bot starts from, one incident, or all.

Knows the store and the core, but not the network.
"""

from __future__ import annotations

import logging
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import reduce
from typing import Any

from ircbot.errors import Failed, StoreError
from ircbot.incident.erasing import ERASES, without_echo
from ircbot.incident.events import Entry
from ircbot.incident.line import Source
from ircbot.incident.people import Person
from ircbot.incident.process import Process
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident, State, incident_after, replay
from ircbot.incident.stretches import open_spans, total
from ircbot.incident.times import iso
from ircbot.processes import SHIPPED, load_process
from ircbot.store import Store, StoreEngine
from ircbot.store.protocol import NO_INCIDENT, ListedIncident
from ircbot.store.store import Writer

log = logging.getLogger(__name__)

LATER_SHOWN = (
    "product",
    "leader",
    "seconds",
    "inner",
    "owed",
)  # of `summarise`; missing in older versions


def open_store(path: str, writer: Writer | None = None) -> StoreEngine:
    """Open the store in a folder; StoreError says why not. If it follows a database, nothing is to
    be written here, but by `record.open_record`."""
    return Store(path, writer=writer, **of_store())


def of_store() -> dict[str, Any]:
    """What a store is told of incidents, of which it knows nothing itself."""
    return {
        "summarise": summarise,
        "erases": ERASES,
        "echo": without_echo,
        "shows": LATER_SHOWN,
    }


def summarise(entries: Sequence[Entry]) -> dict[str, Any]:
    """What the store's index keeps of an incident. An imported one is over once it is resolved."""
    incident = folded(entries)
    if incident is None:
        return {
            "live": entries[0].incident == 0 if entries else False,
            **dict.fromkeys(LATER_SHOWN),
        }
    over = (
        incident.status == "closed"
        or incident.void
        or (incident.status == "resolved" and incident.source is Source.IMPORT)
    )
    leaders = [term.holder.nick for term in incident.terms if term.role == "lead"]
    return {
        # A finished incident is live while something in it is still due; for an imported one,
        # nothing is announced.
        "live": not over
        or incident.owes
        or (incident.is_awaited and incident.source is not Source.IMPORT),
        "over": over and not incident.is_awaited,
        "id": incident.id,
        "title": incident.summary or None,
        "status": incident.status,
        "drill": incident.drill,
        "severity": incident.severity or None,
        "product": incident.product or None,
        "leader": leaders[-1] if leaders else None,
        "inner": is_inner(incident),
        "owed": not incident.void and any(action.is_open for action in incident.actions),
        "seconds": None if incident.live else round(total(open_spans(incident)).total_seconds()),
        "declared_at": iso(incident.declared_at),
        "resolved_at": iso(incident.resolved_at) if incident.resolved_at else None,
        "closed_at": iso(incident.closed_at) if incident.closed_at else None,
    }


def is_inner(incident: Incident) -> bool:
    """Whether nobody outside may know that there was such an incident."""
    return incident.private or incident.guarded or incident.secured or incident.purged


def retire(
    store: StoreEngine, before: datetime, needed: Container[int], *, erase: bool
) -> tuple[int, ...]:
    """Archive or erase the incidents that ended before a time, except those that are `needed` or
    have something due. Returns their numbers. Successes and failures are logged."""
    retired: list[int] = []
    for listed in store.incidents():
        over = listed.summary.get("closed_at") or listed.summary.get("resolved_at")
        is_over = listed.summary.get("over", not listed.live)
        if not is_over or listed.incident in needed or over is None:
            continue
        if datetime.fromisoformat(over) >= before:
            continue
        try:
            # The index may be an older version's, in which less could still be due.
            if not summarise(store.entries(listed.incident)).get("over"):
                continue
            store.retire(listed.incident, erase=erase)
        except StoreError as error:
            log.error("Incident %d is kept for now: %s", listed.incident, error)
        else:
            done = "was erased; its reports are not" if erase else "was moved to the archive"
            log.info("Incident %d, over since %s, %s.", listed.incident, over, done)
            retired.append(listed.incident)
    return tuple(retired)


def state_of(store: StoreEngine) -> State:
    """The state as it is on disk: entries of no incident, and every ongoing incident.

    And the last one even if it is over: people ask how it went.
    """
    state = replay(store.resume())
    highest = max(state.highest, store.highest_id())
    if highest and highest not in state.incidents and highest not in store.damaged:
        try:
            state = replay(store.entries(highest), state)
        except StoreError as error:
            log.error("%s", error)
    if (archive := store.archived()) is not None:
        for number in owing(archive):
            state = replay(archive.entries(number), state)
    return replace(state, highest=highest)


def owing(store: StoreEngine, loaded: Container[int] = ()) -> Iterator[int]:
    """The incidents of a store with publications due, without those `loaded`."""
    known = (listed.incident for listed in store.incidents() if listed.live)
    return (number for number in known if number not in loaded and _owes(store, number))


def _owes(store: StoreEngine, number: int) -> bool:
    try:
        incident = folded(store.entries(number))
    except StoreError as error:
        log.error("%s", error)
        return False
    return incident is not None and incident.owes


def owing_anywhere(path: str, loaded: Container[int]) -> tuple[int, ...]:
    """The same for the store in a folder and its archive."""
    return tuple(number for store in _with_archive(path) for number in owing(store, loaded))


def process_of(incident: Incident, setting: Setting) -> Process:
    """The process that an incident ran under; the current one if that is gone."""
    for known in (setting.process, *setting.processes.values()):
        if known.name == incident.process:
            return known
    return load_process(incident.process) if incident.process in SHIPPED else setting.process


def with_processes(setting: Setting, state: State) -> Setting:
    """The setting, with the processes of all ongoing incidents."""
    found = {i.process: process_of(i, setting) for i in state.incidents.values()}
    return replace(setting, processes={**found, **setting.processes})


def incident_named(store: StoreEngine, name: str) -> Incident:
    """The incident of that number, or the latest for "last". Failed if there is none."""
    if name == "last":
        number = max((listed.incident for listed in with_archived(store)), default=0)
        if not number:
            raise Failed("there is no incident yet; `ircbot demo` plays one.")
    elif name.isascii() and name.isdigit():
        number = int(name)
    else:
        raise Failed(f"{name!r} is not an incident: give its number, or `last`.")
    incident = folded(store.entries(number)) if number else None
    if incident is None:
        raise Failed(f"there is no incident {name}; `ircbot list` shows them.")
    return incident


def with_archived(store: StoreEngine) -> tuple[ListedIncident, ...]:
    """All incidents of a store, then those in its archive."""
    archive = store.archived()
    return (*store.incidents(), *(archive.incidents() if archive else ()))


def all_incidents(store: StoreEngine, *, archived: bool = False) -> Iterator[Incident]:
    """Every incident, newest first, one at a time; with `archived`, then the archived ones."""
    for listed in with_archived(store) if archived else store.incidents():
        if (incident := folded(store.entries(listed.incident))) is not None:
            yield incident


class OnRecord:
    """Everybody on record in the incidents of a store that is being written to; an incident is read
    again only after something was added to it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._known: dict[int, tuple[int, tuple[Person, ...]]] = {}

    def besides(self, loaded: Container[int]) -> Iterator[Person]:
        """Everybody in incidents that are not `loaded`, archived ones too; possibly with
        repetitions."""
        for store in _with_archive(self._path):
            for listed in store.incidents():
                number = listed.incident
                if number in loaded:
                    continue
                if self._known.get(number, (0, ()))[0] != listed.entries:
                    self._known[number] = (listed.entries, tuple(_people(store, number)))
                yield from self._known[number][1]


def _people(store: StoreEngine, number: int) -> Iterator[Person]:
    try:
        incident = folded(store.entries(number))
    except StoreError as error:
        log.error("%s", error)
        return
    if incident is not None:
        yield from incident.everybody()


def losing(path: str, orders: Sequence[Entry]) -> Iterator[tuple[Incident, Incident]]:
    """Each incident, archived or not, from which the orders would erase words: as it is, and as it
    will be. Only reads; an incident that cannot be read is omitted (the store reports it when the
    orders are recorded)."""
    everywhere = any(order.incident == NO_INCIDENT for order in orders)
    named = {order.incident for order in orders}
    for store in _with_archive(path):
        for number in [x.incident for x in store.incidents() if everywhere or x.incident in named]:
            own = [o for o in orders if o.incident in (number, NO_INCIDENT)]
            try:
                entries = store.entries(number)
                left = [reduce(_obeyed, own, entry) for entry in entries]
                before, after = folded(entries), folded(left)
            except StoreError as error:
                log.error("%s", error)
                continue
            if before is not None and after is not None and before != after:
                yield before, after


def _obeyed(entry: Entry, order: Entry) -> Entry:
    return ERASES[type(order.event)](order, entry)


def _with_archive(path: str) -> Iterator[StoreEngine]:
    """A store and its archive, read-only."""
    store = open_store(path)
    yield store
    if (archive := store.archived()) is not None:
        yield archive


def folded(entries: Sequence[Entry]) -> Incident | None:
    """The incident that these entries belong to; None if they belong to none. StoreError if they
    make no sense, so that a caller who reads many can go on."""
    incident = None
    for place, entry in enumerate(entries, 1):
        if entry.incident != NO_INCIDENT:
            try:
                incident = incident_after(incident, entry)
            except Exception as error:
                raise StoreError(
                    f"incident {entry.incident} makes no sense at entry {place}: {error!r}"
                ) from error
    return incident
