"""One incident's entries: the chain over its database.

Must not know which other incidents there are, nor who else may write; `Store` sees to that.
"""

from __future__ import annotations

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
from ircbot.store.migrate import migrate
from ircbot.store.snapshot import dumps

log = logging.getLogger(__name__)

TABLE = "_default"  # TinyDB's own default, so that `TinyDB(file).all()` is every entry
TOMBSTONES = "tombstones"  # the table with the lists of them

Before = tuple[Mark, int, int, str]

Left = Callable[[Entry], Entry]


class Ledger:
    """An incident's entries, in memory as far as they were asked for, and on disk."""

    def __init__(
        self, path: str, incident: int, *, disk: Disk = REAL_DISK, writable: bool = True
    ) -> None:
        self.path = path
        self.incident = incident
        self.database = Database(path, disk=disk, writable=writable, grows=TABLE)
        self._storage = self.database.journaled
        self.unpurged = writable and self._storage.in_journal(TOMBSTONES)
        if writable:
            migrate(self._storage, incident, disk)
        self._look()

    def _look(self) -> None:
        """See where the chain has got to."""
        documents = self._storage.table(TABLE)
        self.count = len(documents)
        self._position = int(next(reversed(documents), 0))
        self.head = _head(documents, hash_chain.start(self.incident))
        self._last = self._storage.last

    # --- writing ----------------------------------------------------------------------------

    def append(
        self, entries: Sequence[Entry], salts: Iterator[str], left: Left | None = None
    ) -> Before:
        """Commit entries; they are on disk on return. What is returned takes them back.

        `left` is what an entry loses its words by, old or new; those of the old ones stay on the
        disk until `purge`.
        """
        if left is not None:
            return self._erase(entries, left, salts)
        texts, head = self._sealed(entries, salts)
        return self._commit(f'"{TABLE}":{{{",".join(texts)}}}', len(texts), head)

    def _erase(
        self,
        entries: Sequence[Entry],
        left_of: Left,
        salts: Iterator[str],
    ) -> Before:
        """Commit entries, and tombstones for those before them that lose their words."""
        tombs, listed = [], {}
        hash_before = hash_chain.start(self.incident)
        documents = self._storage.table(TABLE)
        for (position, document), entry in zip(documents.items(), self.entries(), strict=True):
            left = left_of(entry)
            if left != entry:
                text, listed[position] = hash_chain.tombstone(
                    encode(left), document, hash_before, next(salts)
                )
                tombs.append(f'"{position}":{text}')
            hash_before = document.get(hash_chain.HASH, "")
        texts, head = self._sealed([*map(left_of, entries)], salts)
        lists = self._storage.table(TOMBSTONES)
        one, _ = hash_chain.seal(
            dumps({hash_chain.TOMBSTONES: listed}),
            _head(lists, hash_chain.start(self.incident, hash_chain.TOMBSTONES)),
            next(salts),
        )
        changed = f'"{TABLE}":{{{",".join(tombs + texts)}}}'
        list_added = f'"{TOMBSTONES}":{{"{len(lists) + 1}":{one}}}'
        before = self._commit(f"{changed},{list_added}", len(texts), head)
        self.unpurged = True
        return before

    def purge(self) -> None:
        """Take from the files what was erased. StoreError if something of it may be left."""
        self._storage.purge()

    @property
    def left(self) -> tuple[str, ...]:
        """Where words may be that the last purge could not reach."""
        return self._storage.left

    def _sealed(self, entries: Sequence[Entry], salts: Iterator[str]) -> tuple[list[str], str]:
        """The members of the table for new entries, and the hash of the last."""
        texts, head = [], self.head
        for position, entry in enumerate(entries, self._position + 1):
            text, head = hash_chain.seal(encode(entry), head, next(salts))
            texts.append(f'"{position}":{text}')
        return texts, head

    def _commit(self, tables: str, added: int, head: str) -> Before:
        before = (self._position, self.count, self.head)
        mark = self._storage.commit("{" + tables + "}")
        self.count += added
        self._position += added
        self.head = head
        self._last = self._storage.last
        return mark, *before

    def take_back(self, before: Before) -> None:
        """Undo the last commit: it was part of something that failed elsewhere."""
        mark, self._position, self.count, self.head = before
        self._storage.take_back(mark)
        self._last = self._storage.last

    @property
    def spilt(self) -> bool:
        """Whether something that was refused or taken back may be on the disk all the same."""
        return self._storage.spilt

    def catch_up(self) -> None:
        """Take up what other processes wrote. They must not be writing meanwhile."""
        self._storage.catch_up()
        if self._storage.last != self._last:
            self._look()

    def snapshot(self) -> None:
        """Write the TinyDB file."""
        self._storage.snapshot()

    def let_go(self) -> None:
        """Close the files as they are."""
        self._storage.let_go()

    # --- reading ----------------------------------------------------------------------------

    def entries(self) -> tuple[Entry, ...]:
        """All entries, in order. StoreError names one that cannot be read."""
        if not self._storage.sealed:
            for broken in self.broken():
                log.warning("%s, entry %d %s.", self.path, broken.position, broken.why)
        return self.decoded()

    def decoded(self) -> tuple[Entry, ...]:
        """The same, whoever wrote the file."""
        return tuple(
            self._decoded(document, position)
            for position, document in self._storage.table(TABLE).items()
        )

    def as_file(self) -> bytes:
        """The TinyDB file as it would be written now."""
        return self._storage.as_file()

    def broken(self) -> tuple[hash_chain.Broken, ...]:
        """Where the chain does not hold."""
        return hash_chain.check(
            _by_position(self._storage.table(TABLE)),
            _by_position(self._storage.table(TOMBSTONES)),
            self.incident,
        )

    def _decoded(self, document: Mapping[str, Any], position: str) -> Entry:
        place = f"{self.path}, entry {position}"
        entry = decode({k: v for k, v in document.items() if k not in hash_chain.OWN}, place)
        if entry.incident != self.incident:
            raise StoreError(
                f"{place}: belongs to incident {entry.incident}. Was the file renamed?"
            )
        return entry


def _by_position(documents: Mapping[str, dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {int(position): document for position, document in documents.items()}


def _head(documents: dict[str, dict[str, Any]], start: str) -> str:
    """The hash of the last document."""
    last = documents[next(reversed(documents))] if documents else {}
    found: str = last.get(hash_chain.HASH, start)
    return found
