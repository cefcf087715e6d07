"""The folder of databases as the rest of the program sees it: entries in, entries out.

Must not know what any event means: what `list` shows of an incident is made by a function that
is given. One process is the bot; others may write beside it, one at a time, for the length of a
commit. Nobody decides on a state that another process has already changed: `append` then raises
Behind, and the caller looks with `poll` first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ircbot.errors import Behind, StoreError
from ircbot.incident.events import Entry
from ircbot.store import seal
from ircbot.store.codec import decode, encode
from ircbot.store.database import Database, JournalStorage
from ircbot.store.disk import REAL_DISK, Disk, cannot
from ircbot.store.folder import BOT_LOCK, CHANGES, COMMIT_LOCK, INDEX, Changes, Folder, Lock
from ircbot.store.index import Index, Indexed
from ircbot.store.journal import Mark
from ircbot.store.migrate import migrate

log = logging.getLogger(__name__)

DESK = 0  # the number of what belongs to no incident
TABLE = "_default"  # TinyDB's own default, so that `TinyDB(file).all()` is every entry

Writer = Literal["bot", "tool"]
Summarise = Callable[[Sequence[Entry]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Listed:
    """An incident as `list` shows it. `summary` is what the caller's function made of it."""

    incident: int
    entries: int
    live: bool
    summary: Mapping[str, Any]


class Store:
    """The store's folder. Not for several threads at once."""

    def __init__(
        self, folder: Folder, disk: Disk, writer: Writer | None, summarise: Summarise | None
    ) -> None:
        self._folder = folder
        self._disk = disk
        self._writer = writer
        self._summarise = summarise or (lambda entries: {})
        self._index = Index(disk, folder.file(INDEX))
        self._open: dict[int, _Held] = {}
        self._given: dict[int, int] = {}  # how many entries of an incident the caller has
        self._touched: set[int] = set()  # others wrote to these, and the caller does not have it
        self._damaged: dict[int, str] = {}
        self._highest = 0
        self._salts = seal.salts()
        if writer is not None:
            self._settle_in()

    @classmethod
    def open(
        cls,
        path: str,
        *,
        writer: Writer | None = None,
        summarise: Summarise | None = None,
        disk: Disk = REAL_DISK,
    ) -> Store:
        """The store in a folder.

        "bot" is the one process that answers on IRC, StoreError says who is it already; "tool"
        writes beside it; None only reads, and then the folder need not be there.

        `summarise` makes of an incident's entries what `list` shows, as JSON. If that has "live"
        and it is false, nothing more is expected: a starting bot does not load the incident.
        """
        return cls(Folder(disk, path), disk, writer, summarise)

    # --- writing ----------------------------------------------------------------------------

    def append(self, entries: Sequence[Entry]) -> None:
        """Add entries, with one commit for each incident.

        They are on disk on return. On StoreError none of them counts, and it can be tried again.
        """
        groups = _by_incident(entries)
        self._commit_lock.acquire()
        try:
            ready = [(self._up_to_date(incident), group) for incident, group in groups.items()]
            if self._writer == "tool":
                self._touched |= self._changes.taken()
                self._changes.add(groups)
            done: list[tuple[_Held, Mark, str]] = []
            try:
                for held, group in ready:
                    done.append((held, *_commit(held, group, self._salts)))
            except StoreError:
                for held, before, _ in done:
                    held.journaled.take_back(before)
                raise
        finally:
            self._commit_lock.release()
        for (held, _, head), (incident, group) in zip(done, groups.items(), strict=True):
            held.added(len(group), head)
            self._given[incident] = held.count
            self._highest = max(self._highest, incident)

    def snapshot(self, incident: int) -> None:
        """Write the incident's TinyDB file. One that is no longer live leaves the memory."""
        with self._commit_lock:
            if not self._snapshot(incident, self._held(incident)):
                self._open.pop(incident).journaled.let_go()

    def close(self) -> None:
        """Leave TinyDB files behind, and the locks to others. What cannot be, stays a journal."""
        if self._writer is None:
            return
        with self._commit_lock:
            # A bot that is running has the same files open, and sees to them itself.
            if self._writer == "bot" or self._bot_lock.take():
                self._snapshot_all()
            for held in self._open.values():
                held.journaled.let_go()
        self._open.clear()
        for file in (self._changes, self._commit_lock, self._bot_lock):
            file.close()

    # --- reading ----------------------------------------------------------------------------

    def resume(self) -> tuple[Entry, ...]:
        """The entries of the desk and of every live incident, which stay in memory.

        What cannot be read is left out, and found in `damaged`.
        """
        found: list[Entry] = []
        with self._commit_lock:
            for incident in (DESK, *self.live()):
                try:
                    self._held(incident)
                    found += self.entries(incident)
                except StoreError as error:
                    log.error("%s", error)
                    self._damaged[incident] = str(error)
        return tuple(found)

    @property
    def damaged(self) -> Mapping[int, str]:
        """The incidents that `resume` could not read, and why."""
        return self._damaged

    def entries(self, incident: int) -> tuple[Entry, ...]:
        """The entries of an incident in order, () if there is none. 0 is the desk."""
        entries = self._read(incident)
        self._given[incident] = len(entries)
        self._touched.discard(incident)
        return entries

    def poll(self) -> tuple[Entry, ...]:
        """What other processes added since we were last told; all of an incident new to us.

        While nobody does, it costs one call to the system.
        """
        if self._writer is None:
            self._touched.update(self._given)
        elif self._changes.news() or self._writer == "tool":
            self._take_up()
        new: list[Entry] = []
        for incident in sorted(self._touched):
            had = self._given.get(incident, 0)
            new += self.entries(incident)[had:]
        return tuple(new)

    def incidents(self) -> tuple[Listed, ...]:
        """All incidents, newest first, without reading what the index already knows."""
        known = self._index.read()
        found = []
        for incident, has_journal in sorted(self._folder.incidents().items(), reverse=True):
            indexed = known.get(incident)
            file = self._disk.look(self._folder.database(incident))
            if has_journal or indexed is None or not indexed.describes(file):
                found.append(self._listed(incident))
            else:
                found.append(Listed(incident, indexed.entries, indexed.live, indexed.summary))
        return tuple(listed for listed in found if listed.entries)

    def live(self) -> tuple[int, ...]:
        """The incidents that more is expected of, oldest first. Trusts the index where it can."""
        known = self._index.live()
        return tuple(
            incident
            for incident, has_journal in sorted(self._folder.incidents().items())
            if has_journal or known.get(incident, True)
        )

    def highest_id(self) -> int:
        """The highest number an incident ever had here, 0 if there was none."""
        if not self._highest or self._writer != "bot":
            numbers = {*self._index.live(), *self._folder.incidents()}
            self._highest = max(numbers, default=0)
        return self._highest

    # ----------------------------------------------------------------------------------------

    def _settle_in(self) -> None:
        """Take our place in the folder; again, if somebody removed it."""
        self._folder.create()
        self._commit_lock = Lock(self._disk, self._folder.file(COMMIT_LOCK))
        self._bot_lock = Lock(self._disk, self._folder.file(BOT_LOCK))
        with self._commit_lock:
            if self._writer == "bot":
                self._be_the_bot()
            self._changes = Changes(self._disk, self._folder.file(CHANGES))

    def _be_the_bot(self) -> None:
        if not self._bot_lock.take():
            raise StoreError(
                f"the store {self._folder.path} is in use by another bot: "
                f"{self._bot_lock.holder()}. Stop that one first, or give this one another "
                "[store] path."
            )
        self._bot_lock.sign()

    def _take_up(self) -> None:
        """Take up what other processes wrote."""
        if self._changes.gone():
            log.warning("%s was removed; made it again.", self._folder.path)
            self._settle_in()
        with self._commit_lock:
            self._touched |= self._changes.taken()
            for incident in self._open:
                try:
                    if self._held(incident).count != self._given.get(incident, 0):
                        self._touched.add(incident)
                except StoreError as error:
                    log.error("%s", error)

    def _held(self, incident: int) -> _Held:
        """An incident in memory, as it is on disk now. Under the commit lock."""
        held = self._open.get(incident)
        if held is None:
            database = Database(self._folder.database(incident), disk=self._disk)
            migrate(database.journaled, incident, self._disk)
            held = self._open[incident] = _Held(database, incident)
        else:
            held.journaled.catch_up()
        if held.last != held.journaled.last:
            held.count_anew()
        return held

    def _up_to_date(self, incident: int) -> _Held:
        """The same, of which the caller has every entry."""
        held = self._held(incident)
        if held.count != self._given.get(incident, 0):
            self._touched.add(incident)
            raise Behind(f"another process wrote to incident {incident} meanwhile. Try again.")
        if not held.count and 0 < incident <= self.highest_id():
            raise StoreError(f"incident {incident} was there before; its number is not used again.")
        return held

    def _snapshot(self, incident: int, held: _Held) -> bool:
        """Write the TinyDB file and the index; whether the incident is live."""
        held.journaled.snapshot()
        if incident == DESK:
            return True
        listed = self._listed(incident)
        self._note([listed])
        return listed.live

    def _snapshot_all(self) -> None:
        for incident in self._open:
            try:
                self._snapshot(incident, self._held(incident))
            except StoreError as error:
                log.warning("%s Nothing is lost: it is in the journal.", error)

    def _note(self, listed: Iterable[Listed]) -> None:
        """Put incidents that have no journal into the index, which may fail."""
        lines = []
        for one in listed:
            file = self._disk.look(self._folder.database(one.incident))
            if file is not None:
                lines.append(
                    Indexed(
                        one.incident, one.live, file.size, file.changed_ns, one.entries, one.summary
                    )
                )
        try:
            self._index.add(lines)
        except OSError as error:
            log.warning("%s", cannot("write", self._index.path, error))

    def _listed(self, incident: int) -> Listed:
        entries = self._read(incident)
        summary = self._summarise(entries) if entries else {}
        return Listed(incident, len(entries), bool(summary.get("live", True)), summary)

    def _read(self, incident: int) -> tuple[Entry, ...]:
        path = self._folder.database(incident)
        if incident in self._open:
            journaled = self._open[incident].journaled
        else:
            journaled = JournalStorage(path, disk=self._disk, writable=False)
        documents = journaled.table(TABLE)
        if not journaled.sealed:  # another program wrote the file
            for broken in seal.check({int(k): d for k, d in documents.items()}, incident):
                log.warning("%s, entry %d %s.", path, broken.position, broken.why)
        return tuple(
            _decoded(document, incident, f"{path}, entry {position}")
            for position, document in documents.items()
        )


class _Held:
    """An incident in memory: its database, and where its chain of entries has got to."""

    __slots__ = ("count", "database", "head", "incident", "journaled", "last", "position")

    def __init__(self, database: Database, incident: int) -> None:
        self.incident = incident
        self.database = database
        self.journaled = database.journaled
        self.count_anew()

    def count_anew(self) -> None:
        """Look where the chain is."""
        documents = self.journaled.table(TABLE)
        self.count = len(documents)
        self.position = int(next(reversed(documents), 0))
        newest = documents.get(str(self.position), {})
        self.head = newest.get(seal.HASH, seal.start(self.incident))
        self.last = self.journaled.last

    def added(self, number: int, head: str) -> None:
        """Note that so many entries were committed."""
        self.count += number
        self.position += number
        self.head = head
        self.last = self.journaled.last


def _commit(held: _Held, entries: Sequence[Entry], salts: Iterator[str]) -> tuple[Mark, str]:
    """Commit entries; what takes it back, and the hash of the last."""
    documents = []
    head = held.head
    for position, entry in enumerate(entries, held.position + 1):
        text, head = seal.seal(encode(entry), head, next(salts))
        documents.append(f'"{position}":{text}')
    return held.journaled.commit(f'{{"{TABLE}":{{{",".join(documents)}}}}}'), head


def _by_incident(entries: Sequence[Entry]) -> Mapping[int, Sequence[Entry]]:
    if len(entries) == 1:
        return {entries[0].incident: entries}
    groups: dict[int, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.incident, []).append(entry)
    return groups


def _decoded(document: Mapping[str, Any], incident: int, place: str) -> Entry:
    entry = decode({k: v for k, v in document.items() if k not in seal.OWN}, place)
    if entry.incident != incident:
        raise StoreError(f"{place}: belongs to incident {entry.incident}. Was the file renamed?")
    return entry
