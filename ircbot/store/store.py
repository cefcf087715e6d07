"""The folder of databases as the rest of the program sees it: entries in, entries out.

Must not know what any event means: what `list` shows of an incident is made by a function that
is given. Nobody decides on a state that another process has already changed: `append` then raises
Behind, and the caller looks with `poll` first.
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
from ircbot.store.index import Index
from ircbot.store.ledger import Before, Ledger, Left
from ircbot.store.locks import COMMIT_LOCK, Lock, Writers
from ircbot.store.protocol import NO_INCIDENT, Echo, Erase, Listed, Summarise
from ircbot.store.snapshot import Damaged
from ircbot.store.unfinished import Unfinished

log = logging.getLogger(__name__)

MOST_OPEN = 100  # incidents in memory at a time; an import touches many

Writer = Literal["bot", "tool"]


class Store:
    """The store's folder, an engine: protocol.py says what its methods promise."""

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
        """The store in a folder.

        "bot" is the one process that answers on IRC, StoreError says who is it already; "tool"
        writes beside it; None only reads, and then the folder need not be there.

        `summarise` makes of an incident's entries what `list` shows, as JSON. If that has "live"
        and it is false, nothing more is expected: a starting bot does not load the incident.

        `shows` are keys of what `summarise` makes; what the index of an older version has without
        them is made anew.

        `erases` says which events order that words go, and how: a function of the entry that
        orders it and of another, which gives the other without the words, or as it is. It is
        asked about every entry of the incident, the one that orders it included; if the order
        belongs to no incident, of every incident, and each that loses something gets an order of
        its own. `echo` is asked about the entries that belong to none. When `append` returns, the
        words are gone from the disk; where they may be left, `left` and `unerased` say.
        """
        self._folder = Folder(disk, path)
        self._disk = disk
        self._shows = frozenset(shows)
        self._summarise = summarise or (lambda entries: {})
        self._erases = erases or {}
        self._echo = echo
        self._index = Index(disk, self._folder.file(INDEX))
        self._unfinished = Unfinished(disk, self._folder.file(UNFINISHED))
        self._salts = hash_chain.salts()
        self._open: dict[int, Ledger] = {}
        self._given: dict[int, int] = {}  # how many entries of an incident the caller has
        self._touched: set[int] = set()  # others wrote to these, and the caller does not know
        self._damaged: dict[int, str] = {}
        self._left: dict[str, None] = {}
        self._unerased: dict[int, str] = {}  # incidents whose words are still on the disk, and why
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
        # Of a batch that touches more incidents than can be open at a time, some may count on
        # StoreError; then trying again raises Behind, and `poll` tells which.
        groups = _by_incident(entries)
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
        """What we were writing is nowhere, as far as the disk let us take it back."""
        if self._unfinished.ours and not any(one.storage.spilt for one in self._open.values()):
            self._unfinished.end()

    def _finish(self) -> None:
        """Write what somebody died over who wrote to several incidents. Under the commit lock."""
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
                log.warning("Incident %d: what was begun is finished.", incident)
                if ledger.unpurged:
                    self._purge(ledger)
            self._touched.add(incident)
        if parts:
            self._unfinished.end()

    def snapshot(self, incident: int) -> None:
        """One that is no longer live leaves the memory."""
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
        """Only the bot may."""
        assert self._writer == "bot"
        with self._locked():
            self._retire(incident, erase=erase)

    def _retire(self, incident: int, *, erase: bool) -> None:
        if not erase:
            self._folder.archive.create()
            self._move(incident, self._folder, self._folder.archive)
        else:
            self._snapshot(incident)  # in one file, which is whole or gone
            self._close(incident)
            self._forget(incident)
            self._shred_copies(incident)
            for path in (self._folder.journal(incident), self._folder.database(incident)):
                with trying("remove", path):
                    if not shred_file(self._disk, path):
                        log.warning("%s still has what was erased.", another_name(path))
        self._touched.discard(incident)
        for known in (self._given, self._unerased):
            known.pop(incident, None)

    def _move(self, incident: int, old: Folder, new: Folder) -> None:
        """Have an incident's file in another folder, by one step that is done or not."""
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
        """Leave TinyDB files behind, and the locks to others. What cannot be, stays a journal."""
        if self._writer is None:
            return
        try:
            with self._locked():
                # A bot that is running has the same files open, and sees to them itself.
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
        """What the orders among some entries leave of an entry, None if there are none."""
        orders = [(e, self._erases[type(e.event)]) for e in batch if type(e.event) in self._erases]

        def left(entry: Entry) -> Entry:
            for order, erase in orders:
                entry = erase(order, entry)
            return entry

        return left if orders else None

    def _erase_elsewhere(self, orders: Sequence[Entry]) -> None:
        """Erase what orders concern beyond their own incident, before they are recorded: whoever
        dies in between, or cannot go on, has promised nothing and is asked again.
        """
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
        """Name what cannot be rewritten rather than keep everybody from recording."""
        try:
            self._rewrite(incident, added, left)
        except StoreError as error:
            log.error("Not erased: %s", error)
            what = f"incident {incident}" if incident else "what belongs to no incident"
            self._note_left([f"{what} ({str(error).rstrip('.')})"])

    def _rewrite(
        self, incident: int, added: Sequence[Entry], left: Left, *, copies: bool = True
    ) -> None:
        """Have an incident's entries lose what they lose, if anything, and add some then."""
        before = self._read(incident).entries()
        after = tuple(map(left, before))
        if before == after:
            return
        self._make_room(1)
        with self._opened(incident) as ledger:
            ledger.catch_up()
            self._announce([incident])
            ledger.append(added, self._salts, left)
            self._purge(ledger, copies=copies)
        if incident in self._open or incident in self._given:
            self._touched.add(incident)

    def _purge(self, ledger: Ledger, *, copies: bool = True) -> None:
        """Take from the disk what was erased, and note what cannot be reached. Never fails: that
        it was ordered is on disk already. Without `copies`, what was put aside stays.
        """
        incident = ledger.incident
        self._unerased.pop(incident, None)
        with self._not_erased(incident):
            self._forget(incident)
        if copies:
            with self._not_erased(incident):
                self._shred_copies(incident)
        with self._not_erased(incident):  # last: the journal shows a start that this is to be done
            ledger.storage.purge()
        ledger.unpurged = incident in self._unerased
        self._note_left(ledger.storage.left)
        with contextlib.suppress(StoreError):  # the copies, then, are not known
            self._note_left(self._folder.copies())
        if incident != NO_INCIDENT:
            with contextlib.suppress(StoreError):
                self._note([self._listed(incident)])

    @contextlib.contextmanager
    def _not_erased(self, incident: int) -> Iterator[None]:
        """Note what could not be erased in a block, and go on."""
        try:
            yield
        except StoreError as error:
            log.error("Not erased: %s", error)
            self._unerased[incident] = str(error)

    def _shred_copies(self, incident: int) -> None:
        """Overwrite and remove what the store kept of an incident beside its files."""
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
        """See that there is a secret, and that nothing is on the disk that was not keyed with it:
        of a store that is older, or was restored. Under the commit lock.
        """
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
                    with self._opened(incident):  # somebody may have died over it
                        pass
            except Damaged as error:
                log.error("%s", error)
        self._secret = replace(self._secret, done=True)
        secret.save(self._disk, path, self._secret)
        self._left = {}

    # --- reading ----------------------------------------------------------------------------

    def resume(self) -> tuple[Entry, ...]:
        """The entries of the state and of every live incident, which stay in memory.

        What cannot be read is left out, and found in `damaged`.
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
        """While nobody writes, it costs one call to the system."""
        if self._writer is None:
            self._touched.update(self._given)
        elif self._writer == "tool":
            with self._locked():
                self._take_up(set())
        elif self._writers.news():
            with self._locked():  # which takes it up
                pass
        new: list[Entry] = []
        for incident in sorted(self._touched):
            had = self._given.get(incident, 0)
            new += self.entries(incident)[had:]
        return tuple(new)

    def incidents(self) -> tuple[Listed, ...]:
        """Without reading what the index already knows. What cannot be read is left out, and found
        in `damaged`."""
        known = self._index.read()
        found: list[Listed] = []
        learnt: list[Listed] = []
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
        """The incidents that more is expected of, oldest first. Trusts the index where it can."""
        known = self._index.read()
        there = self._folder.incidents()
        self._highest = max(self._highest, *known, *self._folder.everywhere(), 0)
        return tuple(
            incident
            for incident, has_journal in sorted(there.items())
            if has_journal or incident not in known or known[incident].listed.live
        )

    def highest_id(self) -> int:
        if self._highest < 0 or self._writer != "bot":  # the bot is told of new ones
            self.live()
        return self._highest

    def archived(self) -> Store | None:
        archive = self._folder.archive
        if not archive.incidents():
            return None
        return Store(archive.path, summarise=self._summarise, shows=self._shows, disk=self._disk)

    def _listed(self, incident: int) -> Listed:
        entries = self._read(incident).entries()
        try:
            summary = self._summarise(entries) if entries else {}
        except StoreError:
            raise
        except Exception as error:  # one incident that makes no sense hides no other
            raise StoreError(f"incident {incident} makes no sense: {error!r}") from error
        return Listed(incident, len(entries), bool(summary.get("live", True)), summary)

    def _read(self, incident: int) -> Ledger:
        """An incident to read, from memory if it is there."""
        if (ledger := self._open.get(incident)) is not None:
            return ledger
        path = self._folder.where(incident).database(incident)
        return Ledger(path, incident, disk=self._disk, writable=False)

    # --- the index --------------------------------------------------------------------------

    def _note(self, listed: Sequence[Listed]) -> None:
        """Put incidents that have no journal into the index; if that fails, it costs time. Under
        the commit lock."""
        files = [(one, self._look(one.incident)) for one in listed]
        try:
            self._index.add((one, file) for one, file in files if file is not None)
        except StoreError as error:
            log.warning("%s", error)

    def _remember(self, learnt: Sequence[Listed]) -> None:
        """Put into the index what had to be read, if nobody is in the way and we may."""
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
        """Leave nothing of what the indexes said of an incident, but its number."""
        self._index.forget(incident)
        if self._folder.archive.names():
            Index(self._disk, self._folder.archive.file(INDEX)).forget(incident)

    def _look(self, incident: int) -> FileStat | None:
        path = self._folder.database(incident)
        with trying("read", path):
            return self._disk.look(path)

    # --- other writers ----------------------------------------------------------------------

    def _lock(self) -> None:
        """Have the commit lock, and what others wrote before."""
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
        """Take up what other processes wrote. Under the commit lock."""
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

    def _announce(self, incidents: Sequence[int]) -> None:
        self._writers.announce(incidents)

    # --- incidents in memory ----------------------------------------------------------------

    def _ledger(self, incident: int) -> Ledger:
        """An incident that is or comes to be in memory, here or in the archive. Under the commit
        lock."""
        ledger = self._open.get(incident)
        if ledger is None:
            self._announce([incident])  # opening a file may mean putting it right
            path = self._folder.where(incident).database(incident)
            ledger = self._open[incident] = Ledger(path, incident, disk=self._disk)
            if ledger.unpurged:  # somebody died erasing
                self._purge(ledger)
        return ledger

    @contextlib.contextmanager
    def _opened(self, incident: int) -> Iterator[Ledger]:
        """The same for the length of a block, if it is in the archive."""
        try:
            yield self._ledger(incident)
        finally:
            if self._folder.where(incident) is not self._folder:
                self._close(incident)

    def _up_to_date(self, incident: int) -> Ledger:
        """An incident to add to, if the caller has every entry of it. It leaves the archive."""
        if incident not in self._open and self._folder.where(incident) is not self._folder:
            self._move(incident, self._folder.archive, self._folder)
        ledger = self._ledger(incident)
        if self._writer == "tool":
            ledger.catch_up()
        if ledger.count != self._given.get(incident, 0):
            self._touched.add(incident)
            raise Behind(f"another process wrote to incident {incident} meanwhile. Try again.")
        if not ledger.count and incident != NO_INCIDENT:
            self._must_be_new(incident)
        return ledger

    def _must_be_new(self, incident: int) -> None:
        """A number is not used again. One that was begun, and never got an entry, is still new."""
        if self._highest < 0:
            self.highest_id()
        if incident <= self._highest and incident not in self._folder.incidents():
            raise StoreError(f"incident {incident} was there before; its number is not used again.")

    def _make_room(self, wanted: int) -> None:
        """Close those that were opened first, so that there may be some more."""
        while self._open and len(self._open) + wanted > 2 * MOST_OPEN:
            self._close(next(iter(self._open)))

    def _close(self, incident: int) -> None:
        """Have an incident leave the memory."""
        if (ledger := self._open.pop(incident, None)) is not None:
            ledger.storage.let_go()

    def _snapshot(self, incident: int) -> bool:
        """Write the TinyDB file and the index; whether the incident is live."""
        ledger = self._ledger(incident)
        ledger.catch_up()
        self._announce([incident])
        if ledger.unpurged:
            self._purge(ledger)
        if ledger.unpurged:  # the journal stays, by which the next start knows of it
            raise StoreError(self._unerased[incident])
        ledger.storage.snapshot()
        if incident == NO_INCIDENT:
            return True
        listed = self._listed(incident)
        self._note([listed])
        return listed.live


@contextlib.contextmanager
def _journal_suffices() -> Iterator[None]:
    """Go on if the disk refuses what is done in a block."""
    try:
        yield
    except StoreError as error:
        log.warning("%s Nothing is lost: it is in the journal.", error)


def _by_incident(entries: Sequence[Entry]) -> list[tuple[int, Sequence[Entry]]]:
    if len(entries) == 1:
        return [(entries[0].incident, entries)]
    groups: dict[int, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.incident, []).append(entry)
    return list(groups.items())
