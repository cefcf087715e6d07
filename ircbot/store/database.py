"""TinyDB over a journal: an insert costs what the disk costs, however much is stored.

Knows nothing of entries or of other processes. Stock TinyDB rebuilds and rewrites everything for
every change; here the change alone is committed to the journal, the documents live in memory, and
the TinyDB file is written by `snapshot` and `close`. What is in memory went through JSON, as in
stock TinyDB, and is never handed out itself.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, cast

from tinydb import TinyDB
from tinydb.queries import QueryLike
from tinydb.storages import Storage
from tinydb.table import Document, Table

from ircbot.errors import StoreError
from ircbot.store import journal as journals
from ircbot.store import snapshot
from ircbot.store.disk import REAL_DISK, Disk, cannot, read_file, replace_file
from ircbot.store.journal import Commit, Journal, Mark
from ircbot.store.snapshot import Snapshot, Tables, dumps

log = logging.getLogger(__name__)

Changes = dict[str, dict[str, Any]]
"""Table → document's id → the document as it is now, None once it is gone."""


@dataclass(frozen=True, slots=True)
class Undo:
    """What takes a commit back: where the journal was, and the documents as they were."""

    mark: Mark
    before: Changes


class JournalStorage(Storage):
    """The tables in memory, and how they get to the disk."""

    def __init__(self, path: str, *, disk: Disk = REAL_DISK, writable: bool = True) -> None:
        self._disk = disk
        self._writable = writable
        self.path = path
        self.journal_path = path.removesuffix(".json") + ".journal"
        self._journal: Journal | None = None
        self._tables: Tables | None = None
        self._last = 0  # the number of the last commit
        self.load()

    def load(self) -> None:
        """Take up what is on disk. A reader sees whole commits only, whoever writes meanwhile.

        The journal comes first: what a snapshot taken in between moves out of it is then found in
        the file that is read next, and is not applied twice, as commits are numbered.
        """
        self.let_go()
        try:
            commits = read_file(self._disk, self.journal_path)
            self._state = self._disk.look(self.path)  # before reading: what is newer shows later
            content = read_file(self._disk, self.path)
        except OSError as error:
            raise cannot("read", self.path, error) from error
        base = snapshot.read(content, self.path) if content else Snapshot(None)
        self._tables, self._last = base.tables, base.commit
        if commits is None:
            return
        contents = journals.read(commits, self.journal_path)
        if contents.after > base.commit:
            raise StoreError(
                f"{self.journal_path} goes on from commit {contents.after}, but {self.path} ends "
                f"at {base.commit}: it is missing, or older. Put the right file back, or restore "
                "a backup."
            )
        self._replay(c for c in contents.commits if c.number > base.commit)
        if not self._writable:
            return
        if contents.last < base.commit:  # somebody died after the snapshot, before removing it
            self._remove_journal()
        else:
            self._journal = Journal.resume(self._disk, self.journal_path, contents)

    # --- what TinyDB asks for ------------------------------------------------------------

    def read(self) -> Tables | None:
        """The tables; the outer dict is the caller's own."""
        return None if self._tables is None else dict(self._tables)

    def write(self, data: Mapping[str, Any]) -> None:
        """Replace everything, which only dropping tables does."""
        tables = json.loads(dumps(data))
        self._write_snapshot(Snapshot(tables, self._last + 1))
        self._tables = tables
        self._last += 1

    def close(self) -> None:
        """Leave one TinyDB file behind, and nothing else."""
        try:
            if self._writable:
                self.snapshot()
        finally:
            self.let_go()

    # --- what our tables ask for ---------------------------------------------------------

    def table(self, name: str) -> dict[str, dict[str, Any]]:
        """The documents of a table as they are in memory; not to be changed."""
        return (self._tables or {}).get(name, {})

    def commit(self, changes: Changes) -> Undo:
        """Make changes; they are on disk on return. StoreError if not, and nothing has changed."""
        text = dumps(changes)
        journal = self._open_journal()
        undo = Undo(
            journal.mark,
            {name: {k: self.table(name).get(k) for k in keys} for name, keys in changes.items()},
        )
        journal.append(text)
        self._last = journal.last
        self._apply(json.loads(text))
        return undo

    def take_back(self, undo: Undo) -> None:
        """Undo the last commit, which was part of something that failed elsewhere."""
        self._open_journal().take_back(undo.mark)
        self._last = undo.mark.last
        self._apply(undo.before)

    # --- what the store asks for ---------------------------------------------------------

    def snapshot(self) -> None:
        """Move what the journal holds to the TinyDB file. If we die in between, both hold it."""
        if self._journal is not None:
            self._write_snapshot(Snapshot(self._tables, self._last))

    def catch_up(self) -> None:
        """Take up what other processes committed. They must not be writing meanwhile.

        What was acknowledged counts: if files were removed, or put back as they once were, they
        are written again from memory.
        """
        if self._journal is not None and not self._journal.removed:
            self._replay(self._journal.new_commits())
            return
        if self._journal is None and not self._changed_on_disk():
            return
        tables, last = self._tables, self._last
        self.load()
        if self._last < last:
            log.warning("%s was missing or older than it should be; wrote it again.", self.path)
            self._disk.create_folder(os.path.dirname(self.path))
            self._write_snapshot(Snapshot(tables, last))
            self._tables, self._last = tables, last

    # -------------------------------------------------------------------------------------

    def _changed_on_disk(self) -> bool:
        try:
            state = self._disk.look(self.path)
            return state != self._state or self._disk.look(self.journal_path) is not None
        except OSError as error:
            raise cannot("read", self.path, error) from error

    def _open_journal(self) -> Journal:
        if not self._writable:
            raise StoreError(f"{self.path} was opened for reading only.")
        if self._journal is None:
            self._journal = Journal.begin(self._disk, self.journal_path, self._last)
        return self._journal

    def let_go(self) -> None:
        """Close the files as they are."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _write_snapshot(self, new: Snapshot) -> None:
        if not self._writable:
            raise StoreError(f"{self.path} was opened for reading only.")
        try:
            replace_file(self._disk, self.path, snapshot.write(new))
            self._state = self._disk.look(self.path)
        except OSError as error:
            raise cannot("write", self.path, error) from error
        self.let_go()
        self._remove_journal()

    def _remove_journal(self) -> None:
        try:
            self._disk.remove(self.journal_path)
        except OSError as error:
            raise cannot("remove", self.journal_path, error) from error

    def _replay(self, commits: Iterator[Commit] | tuple[Commit, ...]) -> None:
        for commit in commits:
            self._apply(json.loads(commit.text))
            self._last = commit.number

    def _apply(self, changes: Changes) -> None:
        if self._tables is None:
            self._tables = {}
        for name, documents in changes.items():
            table = self._tables.setdefault(name, {})
            for key, document in documents.items():
                if document is None:
                    table.pop(key, None)
                else:
                    table[key] = document


class JournalTable(Table):
    """A table whose changes cost what they change."""

    default_query_cache_capacity = 0

    def __init__(
        self, storage: JournalStorage, name: str, cache_size: int = 0, persist_empty: bool = False
    ) -> None:
        super().__init__(storage, name, cache_size, persist_empty)

    # What stock TinyDB hands out belongs to the caller, as it has just been read from the file.

    def search(self, cond: QueryLike) -> list[Document]:
        return [_own(document) for document in super().search(cond)]

    def get(self, *args: Any, **kwargs: Any) -> Any:  # the overloads of Table.get hold
        found = super().get(*args, **kwargs)
        if isinstance(found, list):
            return [_own(document) for document in found]
        return None if found is None else _own(found)

    def __iter__(self) -> Iterator[Document]:
        for key, document in list(self._read_table().items()):
            yield _own(self.document_class(document, self.document_id_class(key)))

    def _read_table(self) -> dict[str, Mapping[str, Any]]:
        return cast("dict[str, Mapping[str, Any]]", self._journaled.table(self.name))

    def _update_table(self, updater: Callable[[dict[int, Mapping[str, Any]]], None]) -> None:
        overlay = _Overlay(self._journaled.table(self.name), self.document_id_class)
        updater(cast("dict[int, Mapping[str, Any]]", overlay))
        changes = overlay.changes()
        if changes or self.name not in (self._journaled.read() or {}):
            self._journaled.commit({self.name: changes})
        self.clear_cache()

    @property
    def _journaled(self) -> JournalStorage:
        return cast(JournalStorage, self._storage)


class Database(TinyDB):
    """TinyDB over a journal."""

    table_class = JournalTable  # type: ignore[assignment]  # TinyDB types it as its own alone
    default_storage_class = JournalStorage  # type: ignore[assignment]

    @property
    def journaled(self) -> JournalStorage:
        """The storage, by its own type."""
        return cast(JournalStorage, self.storage)


class _Overlay(MutableMapping[Any, Any]):
    """A table as an updater sees it: what it changes is noted here, and the table stays."""

    def __init__(self, table: Mapping[str, Any], id_class: Callable[[str], Any]) -> None:
        self._table = table
        self._id_class = id_class
        self._changed: dict[str, Any] = {}  # None: removed. What was looked at is here as well

    def __getitem__(self, key: Any) -> Any:
        name = str(key)
        if name not in self._changed:
            self._changed[name] = _copied(self._table[name])
        document = self._changed[name]
        if document is None:
            raise KeyError(key)
        return document

    def __setitem__(self, key: Any, document: Any) -> None:
        self._changed[str(key)] = document

    def __delitem__(self, key: Any) -> None:
        if key not in self:
            raise KeyError(key)
        self._changed[str(key)] = None

    def __contains__(self, key: object) -> bool:
        name = str(key)
        if name in self._changed:
            return self._changed[name] is not None
        return name in self._table

    def __iter__(self) -> Iterator[Any]:
        for name in self._table:
            if self._changed.get(name, name) is not None:
                yield self._id_class(name)
        for name, document in self._changed.items():
            if name not in self._table and document is not None:
                yield self._id_class(name)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def changes(self) -> dict[str, Any]:
        """What is no longer as it was. Compared as JSON, to which 1 and true are not the same."""
        return {
            name: document
            for name, document in self._changed.items()
            if document is None or name not in self._table or _differ(document, self._table[name])
        }


def _differ(one: Any, other: Any) -> bool:
    return dumps(one) != dumps(other)


def _own(document: Document) -> Document:
    return Document(_copied(document), document.doc_id)


def _copied(value: Any) -> Any:
    """A copy of a JSON value that shares nothing that can change."""
    if isinstance(value, dict):
        return {key: _copied(content) for key, content in value.items()}
    if isinstance(value, list):
        return [_copied(content) for content in value]
    return value
