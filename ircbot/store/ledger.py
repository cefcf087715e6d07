"""One incident's entries: the hash chain over its database.

Knows neither other incidents nor other writers; `Store` handles those.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ircbot.errors import StoreError
from ircbot.incident.events import Entry
from ircbot.store import hash_chain
from ircbot.store.codec import decode, encode
from ircbot.store.database import Database
from ircbot.store.disk import REAL_DISK, Disk
from ircbot.store.journal import Mark
from ircbot.store.snapshot import Table
from ircbot.values import dataclass

log = logging.getLogger(__name__)

TABLE = "_default"  # TinyDB's own default, so that `TinyDB(file).all()` is every entry
TOMBSTONES = "tombstones"  # the table in which older versions kept lists of them

LedgerEnd = tuple[int, int, str]
"""The number of entries, the position of the last, and its hash."""

Before = tuple[Mark, LedgerEnd]
"""What `take_back` needs to undo a commit."""

_NOTHING: Mapping[int, str] = {}


@dataclass(frozen=True, slots=True)
class SealedEntries:
    """New entries as documents, by position: the end of the chain that they follow, and the end
    that they make."""

    begin: LedgerEnd
    documents: Mapping[int, str]
    end: LedgerEnd


Left = Callable[[Entry], Entry]

Lost = Callable[[Sequence[Entry], Sequence[Entry]], None]
"""Called with an incident's entries before and after words are erased."""


class Ledger:
    """An incident's entries: on disk, and in memory once they were asked for."""

    def __init__(
        self,
        path: str,
        incident: int,
        *,
        disk: Disk = REAL_DISK,
        writable: bool = True,
        durable: bool = True,
    ) -> None:
        """Commits are not `durable` if they are kept elsewhere, too."""
        self.path = path
        self.incident = incident
        how = {"disk": disk, "writable": writable, "durable": durable}
        self.storage = Database(path, **how, grows=TABLE).journaled
        # While the journal contains tombstones, the erased words may still be on the disk.
        marks = (hash_chain.TOMB, f'"{TOMBSTONES}":{{')
        self.unpurged = writable and any(map(self.storage.in_journal, marks))
        self._look()

    def _look(self) -> None:
        """Find the end of the chain."""
        documents = self.documents
        position = next(reversed(documents), "0")
        begin = hash_chain.start(self.incident)
        head = documents[position].get(hash_chain.HASH, begin) if documents else begin
        self._end: LedgerEnd = (len(documents), int(position), head)
        self._last = self.storage.last

    @property
    def count(self) -> int:
        """The number of entries."""
        return self._end[0]

    @property
    def head(self) -> str:
        """The hash of the last entry."""
        return self._end[2]

    # --- writing ----------------------------------------------------------------------------

    def append(
        self, entries: Sequence[Entry], salts: Iterator[str], left: Left | None = None
    ) -> Before:
        """Commit entries; they are durable on return. Pass what it returns to `take_back` to undo
        it.

        `left` returns what remains of an entry when words are erased, from old or new entries.
        Words of old entries stay on the disk until `purge`.
        """
        if left is None:
            return self.add(self.sealed(entries, salts))
        tombs = self.tombstones(left, salts)
        before = self.add(self.sealed([*map(left, entries)], salts), tombs)
        self.unpurged = True
        return before

    def sealed(self, entries: Sequence[Entry], salts: Iterator[str]) -> SealedEntries:
        """The documents that these entries would become now."""
        count, position, head = begin = self._end
        documents = {}
        for entry in entries:
            position += 1
            documents[position], head = hash_chain.seal(encode(entry), head, next(salts))
        return SealedEntries(begin, documents, (count + len(entries), position, head))

    def goes_on_with(self, new: SealedEntries) -> bool:
        """Whether nothing was added since these documents were sealed."""
        return self._end == new.begin

    def add(self, new: SealedEntries, tombs: Mapping[int, str] = _NOTHING) -> Before:
        """Commit documents that go on from here, and others that take the place of older ones."""
        mark = self._commit({**tombs, **new.documents})
        before, self._end = self._end, new.end
        return mark, before

    def tombstones(self, left_of: Left, salts: Iterator[str]) -> dict[int, str]:
        """The tombstones for entries that lose words, by position."""
        begin = before = hash_chain.start(self.incident)
        found = {}
        for (position, document), entry in zip(self.documents.items(), self.entries(), strict=True):
            left = left_of(entry)
            if left != entry:
                tomb = hash_chain.tombstone(encode(left), document, before, next(salts))
                found[int(position)] = tomb
            before = document.get(hash_chain.HASH, begin)
        return found

    def copy(self, documents: Mapping[int, str], lost: Lost) -> bool:
        """Commit documents that were sealed elsewhere, at their positions, except those already
        here. Returns whether any was committed. Words under tombstones stay on the disk until
        `purge`; `lost` is called first."""
        count, position, _ = self._end
        documents = dict(sorted(documents.items()))
        if min(documents) > position:  # a mere addition needs no reading, here or there
            self._commit(documents)
            last, text = documents.popitem()
            head = json.loads(text).get(hash_chain.HASH, hash_chain.start(self.incident))
            self._end = (count + len(documents) + 1, last, head)
            return True
        kept = self.documents
        news = {n: x for n, x in documents.items() if kept.get(str(n)) != json.loads(x)}
        if not news:
            return False
        erases = any(str(n) in kept for n in news)
        if erases:
            after = {**kept, **{str(n): json.loads(text) for n, text in news.items()}}
            lost(self.decoded(), self._all_decoded(after))
            self.unpurged = True
        self._commit(news)
        if erases:
            self.storage.sync()
        self._look()
        return True

    def differs(self, documents: Mapping[int, str]) -> int:
        """The first position at which documents, as they are kept elsewhere, are of another
        history than these, 0 if they are not: one has another hash, or the first new one does not
        follow on the last."""
        _, position, head = self._end
        first = documents.get(position + 1)
        if first and not hash_chain.follows(json.loads(first), head):
            return position + 1
        for n in sorted(n for n in documents if n <= position):
            kept = self.documents.get(str(n), {}).get(hash_chain.HASH)
            if kept is not None and kept != json.loads(documents[n]).get(hash_chain.HASH):
                return n
        return 0

    def _commit(self, documents: Mapping[int, str]) -> Mark:
        parts = ",".join([f'"{n}":{text}' for n, text in documents.items()])
        mark = self.storage.commit(f'{{"{TABLE}":{{{parts}}}}}')
        self._last = self.storage.last
        return mark

    def take_back(self, before: Before) -> None:
        """Undo the last commit, because a write it belongs to failed elsewhere."""
        mark, self._end = before
        self.storage.take_back(mark)
        self._last = self.storage.last

    def catch_up(self) -> None:
        """Read what other processes wrote. They must not write meanwhile."""
        self.storage.catch_up()
        if self.storage.last != self._last:
            self._look()

    # --- reading ----------------------------------------------------------------------------

    @property
    def documents(self) -> Table:
        """The documents, by position."""
        return self.storage.table(TABLE)

    def entries(self) -> tuple[Entry, ...]:
        """All entries, in order. StoreError names one that cannot be read."""
        if not self.storage.sealed:
            for broken in self.broken():
                log.warning("%s, entry %d %s.", self.path, broken.position, broken.why)
        return self.decoded()

    def decoded(self) -> tuple[Entry, ...]:
        """All entries, even if another program wrote the file."""
        return self._all_decoded(self.documents)

    def _all_decoded(self, documents: Table) -> tuple[Entry, ...]:
        return tuple(self._decoded(document, position) for position, document in documents.items())

    def broken(self) -> tuple[hash_chain.Broken, ...]:
        """The places where the chain is broken."""
        lists = self.storage.table(TOMBSTONES).values()
        erased = {key: text for one in lists for key, text in one.get(TOMBSTONES, {}).items()}
        return tuple(hash_chain.check(self.documents, self.incident, erased))

    def _decoded(self, document: Mapping[str, Any], position: str) -> Entry:
        place = f"{self.path}, entry {position}"
        entry = decode(hash_chain.words(document), place)
        if entry.incident != self.incident:
            raise StoreError(
                f"{place}: belongs to incident {entry.incident}. Was the file renamed?"
            )
        return entry
