"""The store engine over a folder of databases: entries in, entries out.

Knows no event's meaning; the caller passes the function that makes an incident's line of `list`. No
caller may decide on a state that another process has changed: `append` raises Behind, and the
caller must `poll` first.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

from ircbot.errors import Behind, StoreError
from ircbot.incident.events import Entry
from ircbot.store import hash_chain, secret
from ircbot.store.codec import has_no_time
from ircbot.store.disk import REAL_DISK, Disk, FileStat, another_name, own_file, shred_file, trying
from ircbot.store.folder import INDEX, UNFINISHED, Folder
from ircbot.store.index import StoreIndex
from ircbot.store.ledger import Before, Ledger, Left
from ircbot.store.locks import COMMIT_LOCK, Lock, Writers
from ircbot.store.protocol import NO_INCIDENT, Echo, Erase, ListedIncident, Summarise
from ircbot.store.snapshot import Damaged
from ircbot.store.unfinished import Unfinished

log = logging.getLogger(__name__)

MOST_OPEN = 100  # incidents in memory at a time; an import touches many

Writer = Literal["bot", "tool"]


class Store:
    """The engine over a folder; protocol.py documents the methods."""

    _durable = True  # commits are, when `append` returns

    def __init__(
        self,
        path: str,
        *,
        writer: Writer | None = None,
        summarise: Summarise | None = None,
        erases: Mapping[type, Erase] | None = None,
        echo: Echo = lambda order, lost, entry: entry,
        shows: Collection[str] = (),
        disk: Disk = REAL_DISK,
    ) -> None:
        """Open the store in a folder.

        As `writer`, "bot" is the one process that answers on IRC, and StoreError says who already
        is it; "tool" writes beside the bot; None only reads, and the folder may be missing.

        `summarise` returns what `list` shows of an incident's entries, as JSON. If its "live" is
        false, the incident is finished, and a starting bot does not load it. `shows` are keys of
        that JSON; lines of an older version's index that lack them are made again.

        `erases` maps the events that order an erasure to a function, which takes the ordering entry
        and another entry and returns that entry without the erased words, or unchanged. It is
        called for every entry of the incident, including the order itself. An order that belongs to
        no incident applies to every incident, and each that loses words gets an order of its own.
        `echo` is called for the entries that belong to no incident. When `append` returns, the
        words are gone from the disk; `left` and `unerased` list where they may remain.
        """
        self._folder = Folder(disk, path)
        self._disk = disk
        self._shows = frozenset(shows)
        self._summarise = summarise or (lambda entries: {})
        self._erases = erases or {}
        self._echo = echo
        self._index = StoreIndex(disk, self._folder.file(INDEX))
        self._unfinished = Unfinished(disk, self._folder.file(UNFINISHED))
        self._salts = hash_chain.salts()
        self._open: dict[int, Ledger] = {}
        self._given: dict[int, int] = {}  # how many entries of an incident the caller has seen
        self._touched: set[int] = set()  # others wrote to these, and the caller does not know yet
        self._damaged: dict[int, str] = {}
        self._left: dict[str, None] = {}
        self._unerased: dict[int, str] = {}  # incidents still to be purged, and why
        self._highest = -1
        self._writer = writer
        if writer is not None:
            self._folder.create()
            self._must_not_follow()
            self._writers = Writers(disk, self._folder, bot=writer == "bot")
            with self._locked():
                try:
                    self._finish()
                except StoreError as error:
                    log.error("Not finished yet: %s", error)
        self._secret = secret.load(disk, self._folder.file(secret.SECRET))
        if writer is not None and not self._secret.done:
            with self._locked():
                self._key_fingerprints()

    def _must_not_follow(self) -> None:
        self._folder.must_be_its_own()

    # --- writing ----------------------------------------------------------------------------

    def append(self, entries: Sequence[Entry]) -> None:
        # If a batch touches more incidents than can be open, part of it may be recorded when
        # StoreError is raised; trying again then raises Behind, and `poll` returns that part.
        groups = by_incident(entries)
        for start in range(0, len(groups), MOST_OPEN):
            self._append(groups[start : start + MOST_OPEN])
        for incident, batch in groups:
            self._given[incident] = self._given.get(incident, 0) + len(batch)

    def _append(self, groups: Sequence[tuple[int, Sequence[Entry]]]) -> None:
        self._lock()
        try:
            self._finish()
            orders = [e for _, batch in groups for e in batch if type(e.event) in self._erases]
            if orders:
                self._left = {}
                self._erase_elsewhere(orders)
            self._make_room(len(groups))
            batches = [(self._up_to_date(incident), batch) for incident, batch in groups]
            self._announce([incident for incident, _ in groups])
            self._commit(batches)
            for ledger, _ in batches:
                self._highest = max(self._highest, ledger.incident)
                if ledger.unpurged:
                    self._purge(ledger)
        finally:
            self._writers.release()

    def _commit(self, batches: Sequence[tuple[Ledger, Sequence[Entry]]]) -> None:
        keyed = [(ledger, [self._keyed(entry) for entry in batch]) for ledger, batch in batches]
        several = len(keyed) > 1
        if several:
            self._unfinished.begin([(ledger.count, batch) for ledger, batch in keyed])
        done: list[tuple[Ledger, Before]] = []
        try:
            for ledger, batch in keyed:
                done.append((ledger, ledger.append(batch, self._salts, self._left_by(batch))))
        except Exception:
            for ledger, before in done:
                ledger.take_back(before)
            self._begin_anew()
            raise
        if several:
            self._unfinished.end()

    def _begin_anew(self) -> None:
        """Forget the write under way; it was taken back as far as the disk allowed."""
        if self._unfinished.ours and not any(one.storage.spilt for one in self._open.values()):
            self._unfinished.end()

    def _finish(self) -> None:
        """Finish a write to several incidents whose process died. Under the commit lock."""
        self._begin_anew()
        parts = () if self._unfinished.ours else self._unfinished.parts()
        for after, batch in parts:
            incident = batch[0].incident
            self._make_room(1)
            try:
                ledger = self._ledger(incident)
            except Damaged as error:
                log.error("%s", error)
                continue
            ledger.catch_up()
            if ledger.count == after:
                self._announce([incident])
                ledger.append(batch, self._salts, self._left_by(batch))
                log.warning("Incident %d: finished a write that was interrupted.", incident)
                if ledger.unpurged:
                    self._purge(ledger)
            self._touched.add(incident)
        if parts:
            self._unfinished.end()

    def snapshot(self, incident: int) -> None:
        """An incident that is no longer live leaves the memory."""
        with self._locked():
            if not self._snapshot(incident):
                self._close(incident)

    def compact(self) -> int:
        with self._locked():
            journals = self._folder.journals()
            for incident in journals:
                self._snapshot(incident)
        return len(journals)

    def retire(self, incident: int, *, erase: bool) -> None:
        """For the bot only."""
        assert self._writer == "bot"
        with self._locked():
            self._retire(incident, erase=erase)

    def _retire(self, incident: int, *, erase: bool) -> None:
        if not erase:
            self._folder.archive.create()
            self._move(incident, self._folder, self._folder.archive)
        else:
            self._snapshot(incident)  # one file, which is moved or removed in one step
            self._close(incident)
            self._forget(incident)
            self._shred_copies(incident)
            for path in (self._folder.journal(incident), self._folder.database(incident)):
                with trying("remove", path):
                    if not shred_file(self._disk, path):
                        log.warning("%s still contains erased words.", another_name(path))
        self._touched.discard(incident)
        for known in (self._given, self._unerased):
            known.pop(incident, None)

    def _move(self, incident: int, old: Folder, new: Folder) -> None:
        """Move an incident's file to another folder, atomically."""
        path = old.database(incident)
        self._snapshot(incident)
        self._close(incident)
        self._forget(incident)
        with trying("move", path):
            own_file(self._disk, path)
            self._disk.rename(path, new.database(incident))
            self._disk.sync_folder(new.path)
            self._disk.sync_folder(old.path)

    def close(self) -> None:
        """Turn journals into TinyDB files where possible, and release the locks."""
        if self._writer is None:
            return
        try:
            with self._locked():
                # A running bot has the same files open, and does it itself.
                if self._writers.no_bot():
                    changed = {*self._open, *self._unerased}
                    with _journal_suffices():
                        changed.update(self._folder.journals())
                    for incident in sorted(changed):
                        with _journal_suffices():
                            self._snapshot(incident)
        finally:
            for incident in tuple(self._open):
                self._close(incident)
            self._writers.close()

    # --- erasing ----------------------------------------------------------------------------

    @property
    def left(self) -> tuple[str, ...]:
        return tuple(self._left)

    @property
    def unerased(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._unerased.values()))

    def tidy(self) -> None:
        if self._unerased:
            with self._locked():
                for incident in tuple(self._unerased):
                    with self._opened(incident) as ledger:
                        self._purge(ledger)

    def _left_by(self, batch: Sequence[Entry]) -> Left | None:
        """A function that applies the erasure orders among some entries; None if there are none."""
        orders = [(e, self._erases[type(e.event)]) for e in batch if type(e.event) in self._erases]

        def left(entry: Entry) -> Entry:
            for order, erase in orders:
                entry = erase(order, entry)
            return entry

        return left if orders else None

    def _erase_elsewhere(self, orders: Sequence[Entry]) -> None:
        """Carry out orders beyond their own incidents, before they are recorded: if that fails or
        the process dies, nothing was promised, and the user is asked again."""
        for order in orders:
            erase = self._erases[type(order.event)]
            if order.incident == NO_INCIDENT:
                for incident in self._folder.everywhere():
                    own = replace(order, incident=incident)
                    self._try_to_rewrite(incident, (own,), partial(erase, own))
            else:
                before = self._read(order.incident).entries()
                lost = [entry for entry in before if erase(order, entry) != entry]
                self._try_to_rewrite(NO_INCIDENT, (), partial(self._echo, order, lost))

    def _try_to_rewrite(self, incident: int, added: Sequence[Entry], left: Left) -> None:
        """Rewrite an incident; if that fails, note it rather than block all recording."""
        try:
            self._rewrite(incident, added, left)
        except StoreError as error:
            log.error("Not erased: %s", error)
            what = f"incident {incident}" if incident else "what belongs to no incident"
            self._note_left([f"{what} ({str(error).rstrip('.')})"])

    def _rewrite(
        self, incident: int, added: Sequence[Entry], left: Left, *, copies: bool = True
    ) -> None:
        """Erase from an incident's entries what `left` takes away; only if it takes any, add
        `added`."""
        before = self._read(incident).entries()
        after = tuple(map(left, before))
        if before == after:
            return
        with self._opened(incident) as ledger:
            ledger.catch_up()
            self._announce([incident])
            ledger.append(added, self._salts, left)
            self._purge(ledger, copies=copies)
        if incident in self._open or incident in self._given:
            self._touched.add(incident)

    def _purge(self, ledger: Ledger, *, copies: bool = True) -> None:
        """Remove erased words from the disk, and note what cannot be reached. Never fails, as the
        order is already on disk. Without `copies`, files that were put aside stay."""
        incident = ledger.incident
        self._unerased.pop(incident, None)
        with self._not_erased(incident):
            self._forget(incident)
        if copies:
            with self._not_erased(incident):
                self._shred_copies(incident)
        with self._not_erased(incident):  # last: until then, a restart purges again
            ledger.storage.purge()
        ledger.unpurged = incident in self._unerased
        self._note_left(ledger.storage.left)
        with contextlib.suppress(StoreError):  # then the copies stay unknown
            self._note_left(self._folder.copies())
        if incident != NO_INCIDENT:
            with contextlib.suppress(StoreError):
                self._note([self._listed(incident)])

    @contextlib.contextmanager
    def _not_erased(self, incident: int) -> Iterator[None]:
        """Note what could not be erased in the block, and go on."""
        try:
            yield
        except StoreError as error:
            log.error("Not erased: %s", error)
            self._unerased[incident] = str(error)

    def _shred_copies(self, incident: int) -> None:
        """Shred the files that the store keeps of an incident beside its two."""
        for path in self._folder.kept_of(incident):
            with trying("remove", path):
                if not shred_file(self._disk, path):
                    self._note_left([another_name(path)])
        self._note_left(f"{p}, which is not the store's" for p in self._folder.others_of(incident))

    def _note_left(self, places: Iterable[str]) -> None:
        self._left |= dict.fromkeys(places)

    # --- fingerprints -----------------------------------------------------------------------

    def recorded_as(self, said: str) -> tuple[str, ...]:
        return self._secret.all_keyed(said)

    def _keyed(self, entry: Entry) -> Entry:
        keyed = self._secret.keyed(entry.said)
        return entry if keyed == entry.said else replace(entry, said=keyed)

    def _key_fingerprints(self) -> None:
        """Make sure that there is a secret, and that every fingerprint on disk is keyed, also in a
        store of an older version or a restored one. Under the commit lock."""
        path = self._folder.file(secret.SECRET)
        self._secret = secret.load(self._disk, path)
        if self._secret.done:
            return
        if not self._secret.keys:
            self._secret = secret.new()
            secret.save(self._disk, path, self._secret)
        begun = {*self._folder.journals(), *self._folder.archive.journals()}
        for incident in (NO_INCIDENT, *self._folder.everywhere()):
            try:
                self._rewrite(incident, (), self._keyed, copies=False)
                if incident in begun:
                    with self._opened(incident):  # a process may have died here
                        pass
            except Damaged as error:
                log.error("%s", error)
        self._secret = replace(self._secret, done=True)
        secret.save(self._disk, path, self._secret)
        self._left = {}

    # --- reading ----------------------------------------------------------------------------

    def resume(self) -> tuple[Entry, ...]:
        """The entries of the state and of every live incident, which stay in memory.

        Incidents that cannot be read are left out, and listed in `damaged`.
        """
        found: list[Entry] = []
        with self._locked():
            for incident in (NO_INCIDENT, *self.live()):
                try:
                    self._ledger(incident)
                    entries = self.entries(incident)
                    if wrong := [n for n, e in enumerate(entries, 1) if has_no_time(e)]:
                        numbers = ", ".join(map(str, wrong))
                        log.warning(
                            "Incident %d has impossible times: entry %s.", incident, numbers
                        )
                    found += entries
                except StoreError as error:
                    log.error("%s", error)
                    self._damaged[incident] = str(error)
        return tuple(found)

    @property
    def damaged(self) -> Mapping[int, str]:
        return self._damaged

    def entries(self, incident: int) -> tuple[Entry, ...]:
        entries = self._read(incident).entries()
        self._given[incident] = len(entries)
        self._touched.discard(incident)
        return entries

    def poll(self) -> tuple[Entry, ...]:
        """Costs one system call while nobody writes."""
        if self._writer is None:
            self._touched.update(self._given)
        elif self._writer == "tool":
            with self._locked():
                self._take_up(set())
        elif self._writers.news():
            with self._locked():  # this reads the news
                pass
        new: list[Entry] = []
        for incident in sorted(self._touched):
            had = self._given.get(incident, 0)
            new += self.entries(incident)[had:]
        return tuple(new)

    def incidents(self) -> tuple[ListedIncident, ...]:
        """Takes what it can from the index. Incidents that cannot be read are left out, and listed
        in `damaged`."""
        known = self._index.read()
        found: list[ListedIncident] = []
        learnt: list[ListedIncident] = []
        for incident, has_journal in sorted(self._folder.incidents().items(), reverse=True):
            indexed = known.get(incident)
            whole = indexed and self._shows <= indexed.listed.summary.keys()
            if not has_journal and indexed and whole and indexed.describes(self._look(incident)):
                found.append(indexed.listed)
                continue
            try:
                found.append(self._listed(incident))
            except StoreError as error:
                log.error("%s", error)
                self._damaged[incident] = str(error)
                continue
            if not has_journal:
                learnt.append(found[-1])
        if learnt:
            self._remember(learnt)
        return tuple(listed for listed in found if listed.entries)

    def versions(self, of: Collection[int] | None = None) -> Mapping[int, str]:
        return self._folder.versions(of)

    def live(self) -> tuple[int, ...]:
        """The live incidents, oldest first. Trusts the index where it can."""
        known = self._index.read()
        there = self._folder.incidents()
        self._highest = max(self._highest, *known, *self._folder.everywhere(), 0)
        return tuple(
            incident
            for incident, has_journal in sorted(there.items())
            if has_journal or incident not in known or known[incident].listed.live
        )

    def highest_id(self) -> int:
        if self._highest < 0 or self._writer != "bot":  # the bot hears of new ones
            self.live()
        return self._highest

    def archived(self) -> Store | None:
        archive = self._folder.archive
        if not archive.incidents():
            return None
        return Store(archive.path, summarise=self._summarise, shows=self._shows, disk=self._disk)

    def _listed(self, incident: int) -> ListedIncident:
        entries = self._read(incident).entries()
        try:
            summary = self._summarise(entries) if entries else {}
        except StoreError:
            raise
        except Exception as error:  # one incident that makes no sense must not hide the others
            raise StoreError(f"incident {incident} makes no sense: {error!r}") from error
        return ListedIncident(incident, len(entries), bool(summary.get("live", True)), summary)

    def _read(self, incident: int) -> Ledger:
        """An incident for reading, from memory if it is there."""
        if (ledger := self._open.get(incident)) is not None:
            return ledger
        path = self._folder.where(incident).database(incident)
        return Ledger(path, incident, disk=self._disk, writable=False)

    # --- the index --------------------------------------------------------------------------

    def _note(self, listed: Sequence[ListedIncident]) -> None:
        """Write incidents that have no journal into the index; a failure only costs time. Under the
        commit lock."""
        files = [(one, self._look(one.incident)) for one in listed]
        try:
            self._index.add((one, file) for one, file in files if file is not None)
        except StoreError as error:
            log.warning("%s", error)

    def _remember(self, learnt: Sequence[ListedIncident]) -> None:
        """Add what had to be read to the index, if we may write and nobody holds the lock."""
        try:
            lock = Lock(self._disk, self._folder.file(COMMIT_LOCK))
        except StoreError:
            return
        try:
            if lock.take():
                self._note(learnt)
        finally:
            lock.close()

    def _forget(self, incident: int) -> None:
        """Remove everything from the indexes about an incident, except its number."""
        self._index.forget(incident)
        if self._folder.archive.names():
            StoreIndex(self._disk, self._folder.archive.file(INDEX)).forget(incident)

    def _look(self, incident: int) -> FileStat | None:
        path = self._folder.database(incident)
        with trying("read", path):
            return self._disk.look(path)

    # --- other writers ----------------------------------------------------------------------

    def _lock(self) -> None:
        """Take the commit lock, and read what others wrote before."""
        touched = self._writers.acquire()
        if touched is not None:
            try:
                self._take_up(touched)
            except BaseException:
                self._writers.release()
                raise

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self._lock()
        try:
            yield
        finally:
            self._writers.release()

    def _take_up(self, touched: set[int]) -> None:
        """Read what other processes wrote. Under the commit lock."""
        self._touched |= touched
        if self._highest >= 0:
            self._highest = max(self._highest, *self._touched, 0)
        for incident, ledger in self._open.items():
            try:
                ledger.catch_up()
            except StoreError as error:
                log.error("%s", error)
            if ledger.count != self._given.get(incident, 0):
                self._touched.add(incident)

    def _announce(self, incidents: Iterable[int]) -> None:
        self._writers.announce(incidents)

    # --- incidents in memory ----------------------------------------------------------------

    def _ledger(self, incident: int) -> Ledger:
        """An incident in memory, loaded or created, here or in the archive. Under the commit
        lock."""
        ledger = self._open.get(incident)
        if ledger is None:
            self._announce([incident])  # opening a file may rewrite it
            path = self._folder.where(incident).database(incident)
            ledger = Ledger(path, incident, disk=self._disk, durable=self._durable)
            self._open[incident] = ledger
            if ledger.unpurged:  # a process died while erasing
                self._purge(ledger)
        return ledger

    @contextlib.contextmanager
    def _opened(self, incident: int) -> Iterator[Ledger]:
        """The ledger of an incident; an archived one is closed after the block."""
        kept = incident in self._open
        self._make_room(1)
        try:
            yield self._ledger(incident)
        finally:
            if not kept and self._is_archived(incident):
                self._close(incident)

    def _up_to_date(self, incident: int) -> Ledger:
        """The ledger of an incident to append to, which leaves the archive. Behind if the caller
        has not seen all its entries."""
        if incident not in self._open and self._is_archived(incident):
            self._move(incident, self._folder.archive, self._folder)
        ledger = self._latest(incident)
        self._see_that_it_is_known(ledger)
        return ledger

    def _latest(self, incident: int) -> Ledger:
        """The ledger of an incident, with what others wrote: a bot is told of that. Under the
        commit lock."""
        ledger = self._ledger(incident)
        if self._writer == "tool":
            ledger.catch_up()
        return ledger

    def _is_archived(self, incident: int) -> bool:
        return self._folder.where(incident) is not self._folder

    def _see_that_it_is_known(self, ledger: Ledger) -> None:
        """Behind if the caller has not seen all entries. StoreError for a number that was used."""
        incident = ledger.incident
        if ledger.count != self._given.get(incident, 0):
            self._touched.add(incident)
            raise Behind(f"another process wrote to incident {incident} meanwhile. Try again.")
        if not ledger.count and incident != NO_INCIDENT:
            self._must_be_new(incident)

    def _must_be_new(self, incident: int) -> None:
        """A number is not used again, but an incident without any entry is still new."""
        if self._highest < 0:
            self.highest_id()
        if incident <= self._highest and incident not in self._folder.incidents():
            raise StoreError(f"incident {incident} was there before; its number is not used again.")

    def _make_room(self, wanted: int) -> None:
        """Close the incidents that were opened first, to make room for `wanted` more."""
        while self._open and len(self._open) + wanted > 2 * MOST_OPEN:
            self._close(next(iter(self._open)))

    def _close(self, incident: int) -> None:
        """Remove an incident from memory."""
        if (ledger := self._open.pop(incident, None)) is not None:
            ledger.storage.let_go()

    def _snapshot(self, incident: int) -> bool:
        """Write the TinyDB file and the index; returns whether the incident is live."""
        ledger = self._ledger(incident)
        ledger.catch_up()
        self._announce([incident])
        if ledger.unpurged:
            self._purge(ledger)
        if ledger.unpurged:  # the journal stays, so that the next start purges again
            raise StoreError(self._unerased[incident])
        ledger.storage.snapshot()
        if incident == NO_INCIDENT:
            return True
        listed = self._listed(incident)
        self._note([listed])
        return listed.live


@contextlib.contextmanager
def _journal_suffices() -> Iterator[None]:
    """Go on if the disk refuses what is done in the block."""
    try:
        yield
    except StoreError as error:
        log.warning("%s Nothing is lost: it is in the journal.", error)


def by_incident(entries: Sequence[Entry]) -> list[tuple[int, Sequence[Entry]]]:
    """The entries of each incident."""
    if len(entries) == 1:
        return [(entries[0].incident, entries)]
    groups: dict[int, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.incident, []).append(entry)
    return list(groups.items())
