"""One incident's entries: the chain over its database.

Must not know which other incidents there are, nor who else may write; `Store` sees to that.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ircbot.errors import StoreError
from ircbot.incident.events import Entry
from ircbot.store import seal
from ircbot.store.codec import decode, encode
from ircbot.store.database import Database
from ircbot.store.disk import REAL_DISK, Disk
from ircbot.store.journal import Mark
from ircbot.store.migrate import migrate

log = logging.getLogger(__name__)

TABLE = "_default"  # TinyDB's own default, so that `TinyDB(file).all()` is every entry

Before = tuple[Mark, int, int, str]


class Ledger:
    """An incident's entries, in memory as far as they were asked for, and on disk."""

    def __init__(
        self, path: str, incident: int, *, disk: Disk = REAL_DISK, writable: bool = True
    ) -> None:
        self.path = path
        self.incident = incident
        self.database = Database(path, disk=disk, writable=writable)
        self._storage = self.database.journaled
        if writable:
            migrate(self._storage, incident, disk)
        self._look()

    def _look(self) -> None:
        """See where the chain has got to."""
        documents = self._storage.table(TABLE)
        self.count = len(documents)
        self._position = int(next(reversed(documents), 0))
        newest = documents.get(str(self._position), {})
        self.head: str = newest.get(seal.HASH, seal.start(self.incident))
        self._last = self._storage.last

    def append(self, entries: Sequence[Entry], salts: Iterator[str]) -> Before:
        """Commit entries; they are on disk on return. What is returned takes them back."""
        before = (self._position, self.count, self.head)
        position, head = self._position, self.head
        documents = []
        for entry in entries:
            position += 1
            text, head = seal.seal(encode(entry), head, next(salts))
            documents.append(f'"{position}":{text}')
        mark = self._storage.commit(f'{{"{TABLE}":{{{",".join(documents)}}}}}')
        self.count += len(entries)
        self._position, self.head, self._last = position, head, self._storage.last
        return mark, *before

    def take_back(self, before: Before) -> None:
        """Undo the last `append`: it was part of something that failed elsewhere."""
        mark, self._position, self.count, self.head = before
        self._storage.take_back(mark)
        self._last = self._storage.last

    def catch_up(self) -> None:
        """Take up what other processes wrote. They must not be writing meanwhile."""
        self._storage.catch_up()
        if self._storage.last != self._last:
            self._look()

    def entries(self) -> tuple[Entry, ...]:
        """All entries, in order. StoreError names one that cannot be read."""
        documents = self._storage.table(TABLE)
        if not self._storage.sealed:
            for broken in self.broken():
                log.warning("%s, entry %d %s.", self.path, broken.position, broken.why)
        return tuple(self._decoded(document, position) for position, document in documents.items())

    def documents(self) -> dict[int, Mapping[str, Any]]:
        """The documents by their positions, as they are in memory; not to be changed."""
        return {int(p): document for p, document in self._storage.table(TABLE).items()}

    def broken(self) -> tuple[seal.Broken, ...]:
        """Where the chain does not hold."""
        return seal.check(self.documents(), self.incident)

    def snapshot(self) -> None:
        """Write the TinyDB file."""
        self._storage.snapshot()

    def let_go(self) -> None:
        """Close the files as they are."""
        self._storage.let_go()

    def _decoded(self, document: Mapping[str, Any], position: str) -> Entry:
        place = f"{self.path}, entry {position}"
        entry = decode({k: v for k, v in document.items() if k not in seal.OWN}, place)
        if entry.incident != self.incident:
            raise StoreError(
                f"{place}: belongs to incident {entry.incident}. Was the file renamed?"
            )
        return entry
