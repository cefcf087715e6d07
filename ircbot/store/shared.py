"""A store that several machines share: the record is a journal elsewhere, the folder is a copy.

Knows how the folder follows the journal (postgresql.py), but not how the journal works. For readers
the folder is an ordinary store; its documents and their chains equal the journal's byte for byte.
It is written from the journal only:

- An append is prepared from the folder, recorded in the journal, then copied into the folder as it
  was prepared. It counts once the journal has it; a folder that cannot be written follows later.
- The copy is written without waiting for the device. What a power cut took of it, or left damaged,
  is copied from the journal at the next start. Only erasures are waited for: those cannot be
  missed by counting.
- `followed.json` in the folder says whose journal it follows, and how far it has got. A lower
  number does no harm: a document that is already here is not copied again.
- An erasure changes the rows in the same statement that adds its order. Each changed row gets a new
  number, so that every machine's folder follows it.
- Row 0 of an incident says whether it is archived or was removed.
"""

from __future__ import annotations

import json
import logging
import os
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ircbot.cluster.lease import TakenLease
from ircbot.cluster.shares import HeldLease
from ircbot.cluster.tenure import Machine, Tenure
from ircbot.errors import Behind, StoreError
from ircbot.incident.events import Entry
from ircbot.store import secret
from ircbot.store.connection import Unsure
from ircbot.store.disk import REAL_DISK, Disk, read_file, replace_file, trying
from ircbot.store.folder import FOLLOWED, Folder
from ircbot.store.hash_chain import TOMB
from ircbot.store.ledger import Ledger, Lost, SealedEntries
from ircbot.store.postgresql import SHELF, DocumentRow, PostgresJournal, Unit, WriteSet
from ircbot.store.protocol import NO_INCIDENT
from ircbot.store.snapshot import Damaged
from ircbot.store.storage import set_aside
from ircbot.store.store import Store, Writer, by_incident

log = logging.getLogger(__name__)

LEASE = 30.0  # seconds

_HANGS_UP_AFTER = 5.0  # seconds without activity until one of many units closes its connection
_NOTED_EVERY = 1000  # rows; after a crash, at most so many are read again
IN_ARCHIVE, REMOVED, HERE = '{"kept":"archive"}', '{"kept":"no more"}', '{"kept":"here"}'
_BEYOND_REACH = (
    "the write-ahead log of the database, and its standbys' and backups' (docs/durability.md)"
)
_UNTIL_VACUUM = "rows of the database that it vacuums within minutes"


@dataclass(frozen=True, slots=True)
class Followed:
    """Whose journal a folder follows, under which name, and up to which change."""

    unit: str
    id: str
    holder: str
    seq: int = 0

    @classmethod
    def read(cls, disk: Disk, folder: Folder) -> Followed | None:
        """Read `followed.json`; None if the folder is a store of its own."""
        path = folder.file(FOLLOWED)
        with trying("read", path):
            content = read_file(disk, path)
        if content is None:
            return None
        try:
            found = json.loads(content)
            return cls(found["unit"], found["id"], found["holder"], int(found["seq"]))
        except (ValueError, KeyError, TypeError):
            raise StoreError(
                f"{path} is damaged. Move the folder away; it is rebuilt from the journal."
            ) from None

    def write(self, disk: Disk, folder: Folder) -> None:
        """Write it into the folder."""
        path = folder.file(FOLLOWED)
        noted = {"unit": self.unit, "id": self.id, "holder": self.holder, "seq": self.seq}
        with trying("write", path):
            replace_file(disk, path, json.dumps(noted).encode() + b"\n")


def followed_by(disk: Disk, folder: Folder) -> Followed | None:
    """Whose journal a folder follows; None if it is empty. StoreError if it is a store of its
    own."""
    followed = Followed.read(disk, folder)
    if followed is None and (folder.everywhere() or folder.holds(NO_INCIDENT)):
        raise StoreError(
            f"{folder.path} is a store of its own, and not the journal's. `ircbot store migrate "
            "--to postgresql` moves it there."
        )
    return followed


def begin(disk: Disk, folder: Folder, journal: PostgresJournal) -> Followed:
    """Check that a folder belongs to the unit, or claim it if it is empty. StoreError says why
    not."""
    folder.create()
    followed = followed_by(disk, folder)
    keys = secret.load(disk, folder.file(secret.SECRET)).keys or secret.new().keys
    if followed is None:
        unit = journal.begin(uuid.uuid4().hex, keys)
        followed = Followed(unit.name, unit.id, uuid.uuid4().hex)
        followed.write(disk, folder)
    else:
        unit = its_unit(followed, folder, journal)
    keep_keys(disk, folder, unit)
    return followed


def its_unit(followed: Followed, folder: Folder, journal: PostgresJournal) -> Unit:
    """The unit that a folder follows. StoreError if it is not this journal's."""
    unit = journal.find()
    if unit is None or (unit.id != followed.id and not journal.counts()):
        raise StoreError(
            f"{folder.path} follows {followed.unit}, and {journal.where} has nothing of "
            f"{journal.unit}. If that database was lost, `ircbot store migrate --to postgresql` "
            "gives this one what the folder has; otherwise correct [store] dsn or unit."
        )
    if unit.id != followed.id:
        raise StoreError(
            f"{folder.path} follows another journal ({followed.unit}) than {journal.unit} in "
            f"{journal.where}. Give this bot another [store] path."
        )
    return unit


def has_more(folder: Folder, ours: int, incident: int, theirs: int) -> StoreError:
    """The error for a folder with entries that the journal lacks."""
    return StoreError(
        f"{folder.path} has {ours} entries of incident {incident}, and the journal {theirs}. Was "
        "the database restored from a backup? `ircbot store migrate --to postgresql` adds what it "
        "lacks; to use the journal instead, move the folder away."
    )


def keep_keys(disk: Disk, folder: Folder, unit: Unit) -> None:
    """Give a folder the unit's keys for fingerprints."""
    path = folder.file(secret.SECRET)
    wanted = secret.Secret(unit.keys, done=True)
    if secret.load(disk, path) != wanted:
        secret.save(disk, path, wanted)


@dataclass(frozen=True, slots=True)
class _Append:
    """What is to be recorded: entries, and the change that they make. `sealed` has them by
    incident; it is None if anything else changes."""

    entries: tuple[Entry, ...]
    change: WriteSet
    sealed: Mapping[int, SealedEntries] | None = None


class SharedStore(Store):
    """One machine's side of a shared store; protocol.py documents the methods."""

    _durable = False

    def __init__(
        self,
        path: str,
        journal: PostgresJournal,
        *,
        writer: Writer,
        disk: Disk = REAL_DISK,
        look_every: float = 0.5,
        clock: Callable[[], float] = time.monotonic,
        lost: Lost = lambda before, after: None,
        purged: Callable[[], None] = lambda: None,
        machine: Machine | None = None,
        lease: HeldLease | None = None,
        **how: Any,
    ) -> None:
        """`journal` is the record. A bot looks for others' entries every `look_every` seconds; an
        append is refused if there are any, so it need not look more often. `lost` is called with an
        incident's entries before and after words were erased elsewhere, while they are still in the
        folder, and again if the process died during the call. `purged` is called after words, or
        whole incidents, that were erased elsewhere are gone from the folder.

        A bot takes the lease at once; StoreError says who has it. A bot of a cluster, with
        `machine`, records nothing before `try_take` succeeds. A `lease` is taken and renewed by the
        caller, who also sees whether there is anything new.
        """
        self._journal = journal
        self._clock = clock
        self._lost = lost
        self._purged = purged
        self._has_purged = False
        self._look_every = look_every if writer == "bot" else 0.0
        self._looked = float("-inf")
        self.tenure: Tenure | None = None  # for a bot
        self._lease = lease
        self._busy = clock()  # when the journal was last used
        self._doubt: _Append | None = None
        try:
            self._followed = begin(disk, Folder(disk, path), journal)
            self._seq = self._noted = self._followed.seq
            super().__init__(path, writer=writer, disk=disk, **how)
        except BaseException:
            journal.drop()
            raise
        try:
            if lease is not None:
                journal.adopt(lease.epoch)
            elif writer == "bot":
                self.tenure = self._tenure_of(machine)
            self._begin_to_follow()
            if machine is not None:  # starting may take longer
                journal.be_patient(machine.patience)
            elif lease is not None:
                journal.be_patient(lease.patience)
        except BaseException:
            self._writers.close()
            journal.close()
            raise
        if lease is not None:  # hundreds of units may start at once
            self._looked = clock()
            journal.drop()

    def _tenure_of(self, machine: Machine | None) -> Tenure:
        """The lease, already taken unless we are part of a cluster."""
        if machine is not None:
            self._journal.fence()
            self._journal.listen()
            # Not the folder's own name: after a crash and a restart, this bot has heard less than
            # the standby.
            return Tenure(self._journal, uuid.uuid4().hex, machine.name, machine.ttl)
        host = os.uname().nodename
        tenure = Tenure(self._journal, f"{self._followed.holder} {host}", host, LEASE)
        tenure.take()
        return tenure

    def try_take(self, *, ready: bool) -> TakenLease | None:
        """Take the lease if nobody holds it. The next `poll` returns everything on record by then;
        the former holder adds nothing more."""
        assert self.tenure is not None
        self._looked = float("-inf")
        return self.tenure.try_take(ready=ready)

    def _must_not_follow(self) -> None:
        pass  # writes go through the journal

    # --- following --------------------------------------------------------------------------

    def _begin_to_follow(self) -> None:
        """Bring the folder up to date with the journal. StoreError if the folder has more."""
        with self._locked():
            self._follow()
            counts = self._journal.counts()
            here = self._folder.ledgers()
            for incident in here.keys() | counts.keys():
                count, kept = counts.get(incident, 0), incident in here
                if kept and (ours := self._count_here(incident)) > count:
                    raise has_more(self._folder, ours, incident, count)
                if count and (not kept or ours < count):
                    self._copy(incident, self._journal.whole(incident))
            self._see_that_it_is_the_same(here.keys() & counts.keys())
            self._highest = max([0, *here, *counts, *self._index.read()])
        self._touched.clear()  # the caller was told nothing yet, and will ask
        self._tell_of_purges()

    def _count_here(self, incident: int) -> int:
        """How many entries the folder has of an incident."""
        try:
            return self._read(incident).count
        except Damaged as error:
            self._replace(incident, error)
            return self._read(incident).count

    def _ledger(self, incident: int) -> Ledger:
        try:
            return super()._ledger(incident)
        except Damaged as error:
            self._replace(incident, error)
            return super()._ledger(incident)

    def _replace(self, incident: int, error: Damaged) -> None:
        """Set damaged files aside, and copy what was in them from the journal. Raises the error if
        a running bot has them open."""
        if not self._writers.no_bot():
            raise error
        documents = self._journal.whole(incident)
        log.error("%s It is kept as .damaged, and copied from the database.", error)
        set_aside(self._disk, self._folder.where(incident).database(incident))
        self._copy(incident, documents)
        if any(TOMB in text for text in documents.values()):  # of words that it may contain
            log.error("Incident %d lost words: its damaged files are removed.", incident)
            with self._not_erased(incident):
                self._shred_copies(incident)
            self._has_purged = True

    def _tell_of_purges(self) -> None:
        """Not under the commit lock: caches are compared with the store."""
        if self._has_purged:
            self._has_purged = False
            self._purged()

    def _see_that_it_is_the_same(self, incidents: Iterable[int]) -> None:
        """StoreError if the last entry of an incident differs between here and there. Erasing
        leaves an entry's hash."""
        here = {n: self._read(n) for n in incidents}
        there = self._journal.hashes({n: ledger.count for n, ledger in here.items()})
        for n, ledger in here.items():
            if ledger.count and there.get(n, ledger.head) != ledger.head:
                raise self._is_another(n, ledger.count)

    def _is_another(self, incident: int, n: int) -> StoreError:
        return StoreError(
            f"{self._folder.path} and {self._journal.where} contradict each other: entry {n} of "
            f"incident {incident} differs. Was the database restored from a backup, or an "
            "old standby promoted? To use the database's version, move the folder away, but keep "
            "it: it may have the only copy of some entries."
        )

    def _follow(self) -> None:
        """Copy new changes from the journal into the folder. Under the commit lock."""
        while rows := self._journal.since(self._seq):
            self._take_rows(row for _, row in rows)
            self._seq = rows[-1][0]
        if self._seq - self._noted >= _NOTED_EVERY:
            self._note_seq()

    def _note_seq(self) -> None:
        if self._seq != self._noted:
            self._followed = replace(self._followed, seq=self._seq)
            self._followed.write(self._disk, self._folder)
            self._noted = self._seq

    def _take_rows(self, rows: Iterable[DocumentRow], *, ours: bool = False) -> None:
        """Copy rows; `ours` were put together here."""
        by_incident: dict[int, dict[int, str]] = {}
        for row in rows:
            by_incident.setdefault(row.incident, {})[row.n] = row.body
        for incident, documents in by_incident.items():
            self._copy(incident, documents, ours=ours)

    def _copy(self, incident: int, documents: dict[int, str], *, ours: bool = False) -> None:
        """Write an incident's documents to the folder, and archive, unarchive or remove the
        incident."""
        shelf = documents.pop(SHELF, "")
        self._highest = max(self._highest, incident)
        if shelf == REMOVED:
            if self._folder.where(incident).holds(incident):
                self._retire_from(self._folder.where(incident), incident)
                self._has_purged |= not ours
            return
        if documents:
            with self._opened(incident) as ledger:
                ledger.catch_up()
                if not ours and (n := ledger.differs(documents)):
                    self._see_that_it_is_the_same([incident])
                    log.error("Entry %d of incident %d was changed in the database.", n, incident)
                if ledger.count + 1 < min((n for n in documents if n > ledger.count), default=0):
                    documents = self._journal.whole(incident)
                    documents.pop(SHELF, None)
                self._announce([incident])
                if ledger.copy(documents, self._lost):
                    self._touched.add(incident)
                if ledger.unpurged:
                    self._purge(ledger)
                    self._has_purged |= not ours
        if shelf:
            archived = shelf == IN_ARCHIVE
            archive = self._folder.archive
            if archived and self._folder.holds(incident):
                self._retire(incident, erase=False)
            elif not archived and archive.holds(incident) and not self._folder.holds(incident):
                self._move(incident, archive, self._folder)

    def _retire_from(self, where: Folder, incident: int) -> None:
        if where is not self._folder:
            self._move(incident, where, self._folder)
        self._retire(incident, erase=True)

    def poll(self) -> tuple[Entry, ...]:
        if self._doubt is not None:
            self._settle(())
        now = self._clock()
        if self._lease is not None:
            if self._lease.lost:
                raise self._journal.superseded()
            if self._lease.last <= self._seq and self._looked != float("-inf"):
                self._looked = now  # nothing is new: the renewal saw the last change
                if now - self._busy >= _HANGS_UP_AFTER:
                    self._journal.drop()
        elif self.tenure is not None:
            self.tenure.renew_in_time()
        if now - self._looked >= self._look_every:
            self._busy = now
            if rows := self._journal.since(self._seq):
                with self._locked():
                    self._take_rows(row for _, row in rows)
                    self._seq = rows[-1][0]
                    self._follow()
                self._tell_of_purges()
            self._looked = now
        return super().poll()

    # --- writing ----------------------------------------------------------------------------

    def append(self, entries: Sequence[Entry]) -> None:
        entries = tuple(entries)
        self._busy = self._clock()
        if self._doubt is not None and self._settle(entries):
            return
        orders = [entry for entry in entries if type(entry.event) in self._erases]
        with self._locked():
            new = self._prepared(entries, orders)
        self._record(new)
        if orders:
            self._left = {_BEYOND_REACH: None}
            if not self._journal.vacuum():
                self._left[_UNTIL_VACUUM] = None
        self._took(new)

    def _record(self, new: _Append) -> None:
        """Record a change. An unsure one is settled at once if possible."""
        for again in (True, False):
            try:
                self._journal.write(self._seq, new.change)
                return
            except Behind:
                self._looked = float("-inf")
                raise
            except Unsure as error:
                log.warning("%s", error)
                self._doubt = new
                there = self._journal.settle()
                self._doubt = None
                if there:
                    return
                if not again:
                    raise

    def _settle(self, entries: tuple[Entry, ...]) -> bool:
        """Whether a doubtful change is on record and equals what is to be appended now. If it is on
        record and differs, it is news. StoreError while it is in doubt."""
        assert self._doubt is not None
        there = self._journal.settle()
        doubt, self._doubt = self._doubt, None
        if not there:
            return False
        self._looked = float("-inf")
        if doubt.entries != entries:
            if entries:
                raise Behind("the unconfirmed change is on record after all. Look, and try again.")
            return False
        self._took(doubt)
        return True

    def _took(self, new: _Append) -> None:
        """Copy a recorded change into the folder. It already counts; a folder that cannot be
        written follows later."""
        for entry in new.entries:
            self._given[entry.incident] = self._given.get(entry.incident, 0) + 1
        try:
            with self._locked():
                if not self._added(new.sealed):
                    self._take_rows(new.change.rows, ours=True)
            self._seq += len(new.change.rows)
        except StoreError as error:
            log.error("Recorded, but not in the folder yet: %s", error)
            self._looked = float("-inf")
            self._unerased |= {row.incident: str(error) for row in new.change.changed if row.n}
            return
        mine = {entry.incident for entry in new.entries}
        for incident in self._touched & {row.incident for row in new.change.rows}:
            if incident not in mine:  # it only lost words, which does not concern the caller
                known = incident in self._given
            else:
                known = self._given[incident] != self._read(incident).count
            if not known:
                self._touched.discard(incident)

    def _added(self, sealed: Mapping[int, SealedEntries] | None) -> bool:
        """Copy sealed entries into the folder, if it is as it was when they were sealed; returns
        whether it was."""
        if sealed is None or not all(
            incident in self._open and self._latest(incident).goes_on_with(new)
            for incident, new in sealed.items()
        ):
            return False
        self._announce(sealed)
        for incident, new in sealed.items():
            self._open[incident].add(new)
            self._highest = max(self._highest, incident)
        return True

    def _prepared(self, entries: tuple[Entry, ...], orders: Sequence[Entry]) -> _Append:
        """What an append writes to the journal. Behind if the caller has not been told of
        everything."""
        groups = by_incident(entries)
        sealed: dict[int, SealedEntries] = {}
        back: list[DocumentRow] = []
        for incident, batch in groups:
            archived = incident not in self._open and self._is_archived(incident)
            with self._opened(incident):
                ledger = self._latest(incident)
                self._see_that_it_is_known(ledger)
                if archived:
                    back.append(DocumentRow(incident, SHELF, HERE))
                if not orders:
                    keyed = [self._keyed(entry) for entry in batch]
                    sealed[incident] = ledger.sealed(keyed, self._salts)
        if orders:
            return _Append(entries, self._erasure(groups, orders, back))
        rows = [
            DocumentRow(incident, n, text)
            for incident, new in sealed.items()
            for n, text in new.documents.items()
        ]
        return _Append(entries, WriteSet(tuple(rows), tuple(back)), None if back else sealed)

    def _erasure(
        self,
        groups: Sequence[tuple[int, Sequence[Entry]]],
        orders: Sequence[Entry],
        back: Iterable[DocumentRow],
    ) -> WriteSet:
        """The change that orders make, with the entries that come with them."""
        added: list[DocumentRow] = []
        changed = [*back]
        for incident, (before, after) in self._afterwards(groups, orders).items():
            with self._opened(incident) as ledger:
                left = dict(zip(before, after, strict=False))
                tombs = ledger.tombstones(left.__getitem__, self._salts)
                news = ledger.sealed(after[len(before) :], self._salts).documents
            changed += (DocumentRow(incident, n, text) for n, text in tombs.items())
            added += (DocumentRow(incident, n, text) for n, text in news.items())
        return WriteSet(tuple(added), tuple(changed))

    def _afterwards(
        self, groups: Sequence[tuple[int, Sequence[Entry]]], orders: Sequence[Entry]
    ) -> Mapping[int, tuple[tuple[Entry, ...], list[Entry]]]:
        """The entries of each incident that changes, before and after the orders among the new
        entries erased words."""
        before: dict[int, tuple[Entry, ...]] = {}
        after: dict[int, list[Entry]] = {}

        def entries_of(incident: int) -> list[Entry]:
            if incident not in after:
                before[incident] = self._read(incident).entries()
                after[incident] = list(before[incident])
            return after[incident]

        for order in orders:
            erase = self._erases[type(order.event)]
            if order.incident != NO_INCIDENT:
                lost = [e for e in entries_of(order.incident) if erase(order, e) != e]
                rest = entries_of(NO_INCIDENT)
                rest[:] = [self._echo(order, lost, entry) for entry in rest]
                continue
            for incident in self._folder.everywhere():
                own, had = replace(order, incident=incident), entries_of(incident)
                left = [erase(own, entry) for entry in had]
                if left != had:
                    had[:] = [*left, erase(own, own)]
        for incident, batch in groups:
            entries_of(incident).extend(map(self._keyed, batch))
        for order in orders:
            obeying = (self._erases[type(order.event)], order)
            mine = entries_of(order.incident)
            mine[:] = [obeying[0](obeying[1], entry) for entry in mine]
        return {n: (before[n], after[n]) for n in after if list(before[n]) != after[n]}

    def retire(self, incident: int, *, erase: bool) -> None:
        """For the bot only."""
        assert self._writer == "bot"
        if self._doubt is not None:
            self._settle(())
        row = DocumentRow(incident, SHELF, REMOVED if erase else IN_ARCHIVE)
        new = _Append((), WriteSet(changed=(row,), gone=(incident,) if erase else ()))
        self._record(new)
        self._took(new)
        if erase:
            self._journal.vacuum()
        for known in (self._given, self._unerased):
            known.pop(incident, None)
        self._touched.discard(incident)

    def highest_id(self) -> int:
        """The journal's, as far as the folder has followed it."""
        return self._highest

    def tidy(self) -> None:
        with self._locked():
            self._follow()
        super().tidy()
        self._tell_of_purges()

    def close(self) -> None:
        try:
            super().close()
            self._note_seq()
        except StoreError as error:
            log.warning("%s", error)
        finally:
            self._journal.close()
