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

log = logging.getLogger(__name__)

TABLE = "_default"  # TinyDB's own default, so that `TinyDB(file).all()` is every entry
TOMBSTONES = "tombstones"  # the table in which older versions kept lists of them

LedgerEnd = tuple[int, int, str]
"""The number of entries, the position of the last, and its hash."""

Before = tuple[Mark, LedgerEnd]
"""What `take_back` needs to undo a commit."""

Left = Callable[[Entry], Entry]

Lost = Callable[[Sequence[Entry], Sequence[Entry]], None]
"""Called with an incident's entries before and after words are erased."""


class Ledger:
    """An incident's entries: on disk, and in memory once they were asked for."""

    def __init__(
        self, path: str, incident: int, *, disk: Disk = REAL_DISK, writable: bool = True
    ) -> None:
        self.path = path
        self.incident = incident
        self.storage = Database(path, disk=disk, writable=writable, grows=TABLE).journaled
        # While the journal contains tombstones, the erased words may still be on the disk.
        marks = (f'"{hash_chain.ERASED}":"', f'"{TOMBSTONES}":{{')
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
        changed = []
        if left is not None:
            changed = [f'"{key}":{text}' for key, text in self._tombstones(left, salts)]
            entries = [*map(left, entries)]
        count, position, head = before = self._end
        for entry in entries:
            position += 1
            text, head = hash_chain.seal(encode(entry), head, next(salts))
            changed.append(f'"{position}":{text}')
        mark = self.storage.commit(f'{{"{TABLE}":{{{",".join(changed)}}}}}')
        self._end = (count + len(entries), position, head)
        self._last = self.storage.last
        self.unpurged = self.unpurged or left is not None
        return mark, before

    def sealed(self, entries: Sequence[Entry], salts: Iterator[str]) -> dict[int, str]:
        """The documents that these entries would become, by position."""
        _, position, head = self._end
        documents = {}
        for entry in entries:
            position += 1
            documents[position], head = hash_chain.seal(encode(entry), head, next(salts))
        return documents

    def tombstones(self, left: Left, salts: Iterator[str]) -> dict[int, str]:
        """The tombstones for entries that lose words, by position."""
        return {int(key): text for key, text in self._tombstones(left, salts)}

    def copy(self, documents: Mapping[int, str], lost: Lost) -> bool:
        """Commit documents that were sealed elsewhere, at their positions, except those already
        here. Returns whether any was committed. Words under tombstones stay on the disk until
        `purge`; `lost` is called first."""
        count, position, _ = self._end
        if min(documents) > position:  # a mere addition needs no reading, here or there
            self._commit_documents(documents)
            last = max(documents)
            head = json.loads(documents[last]).get(hash_chain.HASH, hash_chain.start(self.incident))
            self._end = (count + len(documents), last, head)
            return True
        kept = self.documents
        news = {n: x for n, x in documents.items() if kept.get(str(n)) != json.loads(x)}
        if not news:
            return False
        if any(str(n) in kept for n in news):
            after = {**kept, **{str(n): json.loads(text) for n, text in sorted(news.items())}}
            lost(self.decoded(), self._all_decoded(after))
            self.unpurged = True
        self._commit_documents(news)
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

    def _commit_documents(self, documents: Mapping[int, str]) -> None:
        parts = ",".join(f'"{n}":{text}' for n, text in sorted(documents.items()))
        self.storage.commit(f'{{"{TABLE}":{{{parts}}}}}')
        self._last = self.storage.last

    def _tombstones(self, left_of: Left, salts: Iterator[str]) -> Iterator[tuple[str, str]]:
        """The tombstones for entries that lose words, with their keys."""
        begin = before = hash_chain.start(self.incident)
        for (position, document), entry in zip(self.documents.items(), self.entries(), strict=True):
            left = left_of(entry)
            if left != entry:
                tomb = hash_chain.tombstone(encode(left), document, before, next(salts))
                yield position, tomb
            before = document.get(hash_chain.HASH, begin)

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
