"""Incidents out of the store: the state a bot starts from, one incident, all of them.

Knows the store and the core; nothing of the network.
"""

from __future__ import annotations

import logging
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial, reduce
from typing import Any

from ircbot.cluster.shares import HeldLease
from ircbot.cluster.tenure import Machine
from ircbot.config import Config
from ircbot.config.journal import JournalSettings, journal_of
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
)  # of `summarise`, what older versions did not have


def open_store(
    path: str,
    writer: Writer | None = None,
    journal: JournalSettings | None = None,
    machine: Machine | None = None,
    lease: HeldLease | None = None,
) -> StoreEngine:
    """The store in a folder; StoreError says why not. Whoever writes to one that follows a
    `journal` writes there, a bot of a cluster as that `machine`."""
    how: dict[str, Any] = {
        "summarise": summarise,
        "erases": ERASES,
        "echo": without_echo,
        "shows": LATER_SHOWN,
    }
    if writer is None or journal is None:
        return Store(path, writer=writer, **how)
    from ircbot.report.clearing import clear_followed
    from ircbot.store.postgresql import PostgresJournal  # only who has one pays for it
    from ircbot.store.shared import SharedStore

    if journal.reports is not None:
        how["lost"] = partial(clear_followed, journal.reports)
    journal_there = PostgresJournal(journal.dsn, journal.unit)
    return SharedStore(path, journal_there, writer=writer, machine=machine, lease=lease, **how)


def open_to_write(
    config: Config, writer: Writer = "tool", lease: HeldLease | None = None
) -> StoreEngine:
    """The store of a configuration, to write to it as well. ConfigError or StoreError says why
    not. A `lease` is one that somebody else took, and renews."""
    machine = config.cluster if writer == "bot" else None
    return open_store(str(config.store.path), writer, journal_of(config), machine, lease)


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
        # One that is over is needed while something in it comes yet; of an imported one nothing is
        # told, and it is kept all the same.
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
    """Whether outside nobody is to know that there was such an incident."""
    return incident.private or incident.guarded or incident.secured or incident.purged


def retire(
    store: StoreEngine, before: datetime, needed: Container[int], *, erase: bool
) -> tuple[int, ...]:
    """Put the incidents into the archive, or erase them, that were over before a time; not those
    that are `needed`, or in which something is still to come. Which they were. What was done, and
    what could not be, is in the log."""
    retired: list[int] = []
    for listed in store.incidents():
        over = listed.summary.get("closed_at") or listed.summary.get("resolved_at")
        is_over = listed.summary.get("over", not listed.live)
        if not is_over or listed.incident in needed or over is None:
            continue
        if datetime.fromisoformat(over) >= before:
            continue
        try:
            # The index may be an older version's, to which less was to come.
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
    """The state as it is on disk: what belongs to no incident, and every incident still going on.

    And the last one, over or not: people ask how it went.
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
    """The incidents of a store that are still to go to a place outside, without those `loaded`."""
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
    """The same of the store in a folder and of its archive."""
    return tuple(number for store in _with_archive(path) for number in owing(store, loaded))


def process_of(incident: Incident, setting: Setting) -> Process:
    """The process an incident ran under; today's own where that one is gone."""
    for known in (setting.process, *setting.processes.values()):
        if known.name == incident.process:
            return known
    return load_process(incident.process) if incident.process in SHIPPED else setting.process


def with_processes(setting: Setting, state: State) -> Setting:
    """The setting with the processes of all incidents that are still going on."""
    found = {i.process: process_of(i, setting) for i in state.incidents.values()}
    return replace(setting, processes={**found, **setting.processes})


def incident_named(store: StoreEngine, name: str) -> Incident:
    """The incident with that number, or the latest for "last"; Failed if there is none."""
    if name == "last":
        number = max((listed.incident for listed in with_archived(store)), default=0)
        if not number:
            raise Failed("there is no incident yet; `ircbot demo` plays one.")
    elif name.isascii() and name.isdigit():
        number = int(name)
    else:
        raise Failed(f"{name!r} is no incident: give its number, or `last`.")
    incident = folded(store.entries(number)) if number else None
    if incident is None:
        raise Failed(f"there is no incident {name}; `ircbot list` shows them.")
    return incident


def with_archived(store: StoreEngine) -> tuple[ListedIncident, ...]:
    """All incidents of a store, then those in its archive."""
    archive = store.archived()
    return (*store.incidents(), *(archive.incidents() if archive else ()))


def all_incidents(store: StoreEngine, *, archived: bool = False) -> Iterator[Incident]:
    """Every incident, newest first, read one at a time; then, if `archived`, the archive's."""
    for listed in with_archived(store) if archived else store.incidents():
        if (incident := folded(store.entries(listed.incident))) is not None:
            yield incident


class OnRecord:
    """Everybody on record in the incidents of a store that is being written to; each incident is
    read once for as long as nothing is added to it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._known: dict[int, tuple[int, tuple[Person, ...]]] = {}

    def besides(self, loaded: Container[int]) -> Iterator[Person]:
        """Everybody in incidents that are not `loaded`, the archive's too; some several times."""
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
    """Each incident that some orders would have words erased of, the archive's too: as it is, and
    what will be left. Only reads; an incident that cannot be read is left out (the store names it
    when the orders are recorded)."""
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
    """A store, to be read, and its archive."""
    store = open_store(path)
    yield store
    if (archive := store.archived()) is not None:
        yield archive


def folded(entries: Sequence[Entry]) -> Incident | None:
    """The incident that all of some entries belong to; None if they are of none. StoreError if they
    make none, so that whoever reads many goes on with the others."""
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
