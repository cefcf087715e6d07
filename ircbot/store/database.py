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
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, cast

from tinydb import TinyDB
from tinydb.queries import QueryLike
from tinydb.storages import Storage
from tinydb.table import Document, Table

from ircbot.errors import StoreError
from ircbot.store import journal as journals
from ircbot.store import snapshot
from ircbot.store.disk import (
    REAL_DISK,
    Disk,
    FileStat,
    another_name,
    free_name,
    opened,
    own_file,
    read_file,
    replace_file,
    shred_file,
    trying,
    write_all,
)
from ircbot.store.journal import Commit, Contents, Journal, Mark
from ircbot.store.snapshot import Damaged, Snapshot, Tables, dumps

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _State:
    """A database as it is on disk. Commits are text until somebody asks for the tables."""

    tables: Tables | None
    last: int  # the number of the last commit
    format: int
    sealed: bool  # false if another program wrote the TinyDB file
    file: FileStat | None  # the TinyDB file
    pending: list[str] = field(default_factory=list)
    journal: Journal | None = None

    def read(self) -> Tables | None:
        """The tables."""
        for changes in self.pending:
            self._apply(json.loads(changes))
        self.pending.clear()
        return self.tables

    def replay(self, commits: Iterable[Commit]) -> None:
        """Take up commits that follow."""
        for commit in commits:
            self.pending.append(commit.text)
            self.last = commit.number

    def complete(self, other: _State, name: str) -> bool:
        """Take up what another state has in a table and this one has not; whether there was."""
        ours, theirs = (self.read() or {}).get(name, {}), (other.read() or {}).get(name, {})
        missing = {key: document for key, document in theirs.items() if key not in ours}
        if missing and self.tables is not None:
            every = sorted({**ours, **missing}.items(), key=lambda item: int(item[0]))
            self.tables[name] = dict(every)
        return bool(missing)

    def _apply(self, changes: dict[str, dict[str, Any]]) -> None:
        if self.tables is None:
            self.tables = {}
        for name, documents in changes.items():
            table = self.tables.setdefault(name, {})
            for key, document in documents.items():
                if document is None:
                    table.pop(key, None)
                else:
                    table[key] = document


class JournalStorage(Storage):
    """The tables in memory, and how they get to the disk."""

    def __init__(
        self, path: str, *, disk: Disk = REAL_DISK, writable: bool = True, grows: str = ""
    ) -> None:
        """`grows` is a table from which nothing is ever removed: what is missing there was lost."""
        self._disk = disk
        self._writable = writable
        self._grows = grows
        self.path = path
        self.journal_path = path.removesuffix(".json") + ".journal"
        self.left: tuple[str, ...] = ()  # what the last purge could not reach
        self._elsewhere: tuple[str, ...] = ()  # what none can
        self._state = self._load()
        self._stale = False  # something is wrong with the files; they are loaded before a commit

    @property
    def last(self) -> int:
        """The number of the last commit."""
        return self._state.last

    @property
    def format(self) -> int:
        """The oldest format among the files."""
        return self._state.format

    @property
    def spilt(self) -> bool:
        """Whether what was refused or taken back may be in the journal all the same."""
        return self._state.journal is not None and self._state.journal.spilt

    @property
    def sealed(self) -> bool:
        """Whether the TinyDB file is as we wrote it, and not by another program."""
        return self._state.sealed

    # --- what TinyDB asks for ------------------------------------------------------------

    def read(self) -> Tables | None:
        """The tables; the outer dict is the caller's own."""
        tables = self._state.read()
        return None if tables is None else dict(tables)

    def write(self, data: Mapping[str, Any]) -> None:
        """Replace everything, which only dropping tables does."""
        self._write_snapshot(json.loads(dumps(data)), self._state.last + 1)

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
        return (self._state.read() or {}).get(name, {})

    def in_journal(self, table: str) -> bool:
        """Whether commits in the journal change a table."""
        changes = f"{dumps(table)}:{{".encode()  # in somebody's words the quotes are escaped
        with trying("read", self.journal_path):
            return changes in (read_file(self._disk, self.journal_path) or b"")

    def commit(self, changes: str) -> Mark:
        """Make changes; they are on disk on return. StoreError if not, and nothing has changed.

        `changes` is JSON: table → document's id → the document as it is now, null once it is
        gone. What is returned takes the commit back.
        """
        if self._stale:
            self.catch_up()
        state = self._state
        if state.journal is not None and state.journal.doubtful and not state.journal.recover():
            log.error("%s does not hold what was written; starting over.", self.journal_path)
            self._write_snapshot(state.read(), state.last)
        if state.journal is None:
            state.journal = self._begin()
        before = state.journal.mark
        state.journal.append(changes)
        state.pending.append(changes)
        state.last = state.journal.last
        return before

    def take_back(self, before: Mark) -> None:
        """Undo the last commit, which nobody has seen: something it belongs to failed."""
        assert self._state.journal is not None
        self._state.journal.take_back(before)
        self._state.pending.pop()
        self._state.last = self._state.journal.last

    # --- what the store asks for ---------------------------------------------------------

    def snapshot(self) -> None:
        """Move what the journal holds to the TinyDB file. If we die in between, both hold it."""
        if self._state.journal is not None or not self.sealed:
            self._write_snapshot(self._state.read(), self.last)

    def as_file(self) -> bytes:
        """The TinyDB file as it would be written now."""
        return snapshot.write(Snapshot(self._state.read(), self.last))

    def purge(self) -> None:
        """Leave on the disk only what the tables hold now. StoreError if the files are as they
        were; `left` then names what was out of reach.

        The TinyDB file is written anew; the old one and the journal are overwritten and removed.
        """
        self.left = self._elsewhere
        self._write_snapshot(self._state.read(), self.last, shred=True)

    def _note_left(self, path: str, gone: bool) -> None:
        if not gone:
            self.left += (another_name(path),)

    def catch_up(self) -> None:
        """Take up what other processes committed. They must not be writing meanwhile.

        What was acknowledged counts: if files were removed, damaged, or put back as they once
        were, they are written again from memory.
        """
        journal = self._state.journal
        if not self._stale:
            if journal is not None and not journal.removed:
                self._state.replay(journal.new_commits())
                return
            if journal is None and not self._changed_on_disk():
                return
        self._stale = True
        try:
            found = self._load()
        except Damaged as error:
            log.error("%s It is kept as .damaged and written again from memory.", error)
            self._keep_as_damaged()
            found = None
        ours = self._state
        self._close_journal()
        if found is not None and found.last >= ours.last:
            self._state = found
        if self._state is ours or (found and found.complete(ours, self._grows)):
            log.warning("%s had lost something, which is written again from memory.", self.path)
            with trying("write", self.path):
                self._disk.create_folder(os.path.dirname(self.path))
            self._write_snapshot(self._state.read(), self.last)
        self._stale = False

    def let_go(self) -> None:
        """Close the files as they are. They are loaded again if somebody commits after all."""
        self._close_journal()
        self._stale = True

    def _close_journal(self) -> None:
        if self._state.journal is not None:
            self._state.journal.close()
            self._state.journal = None

    # --- loading ---------------------------------------------------------------------------

    def _load(self) -> _State:
        """What is on disk."""
        while True:
            before = self._look()
            try:
                return self._read_files()
            except Damaged:
                if self._writable or self._look() == before:
                    raise
                # Somebody replaced a file, and overwrote the old one while we were reading it.

    def _look(self) -> tuple[FileStat | None, FileStat | None]:
        with trying("read", self.path):
            return self._disk.look(self.path), self._disk.look(self.journal_path)

    def _read_files(self) -> _State:
        """What is in the files. A reader sees whole commits only, whoever writes meanwhile.

        The journal comes first: what a snapshot taken in between moves out of it is then found in
        the file that is read next, and is not applied twice, as commits are numbered.
        """
        with trying("read", self.path):
            journal = read_file(self._disk, self.journal_path)
            file = self._disk.look(self.path)  # before reading: what is newer shows later
            content = read_file(self._disk, self.path)
        base = snapshot.read(content or b"", self.path)
        contents = journals.read(journal, self.journal_path) if journal is not None else None
        state = _State(base.tables, base.commit, base.format, base.sealed, file)
        if contents is not None:
            self._go_on(state, contents)
        if self._writable:
            self._put_right(state, journal, contents, base)
        return state

    def _go_on(self, state: _State, contents: Contents) -> None:
        """Take up the commits of the journal that the TinyDB file does not hold."""
        if contents.after > state.last:
            raise Damaged(
                self.path,
                f"ends at commit {state.last}, but {self.journal_path} goes on from "
                f"{contents.after}: it is missing, or older",
            )
        new = [commit for commit in contents.commits if commit.number > state.last]
        if not state.file or new:  # else somebody died who had brought it up to date
            state.format = min(state.format, contents.format) if state.file else contents.format
        state.replay(new)

    def _put_right(
        self, state: _State, journal: bytes | None, contents: Contents | None, base: Snapshot
    ) -> None:
        """Leave the files as they should be, and go on with the journal if there is one."""
        if journal is not None and contents is None:
            self._set_aside(journal)
        elif contents is not None and contents.torn:
            self._set_aside(contents.torn)
        if contents is not None and contents.last >= base.commit:
            with trying("write", self.journal_path):
                if not own_file(self._disk, self.journal_path):
                    self._elsewhere = (f"another name of what was {self.journal_path}",)
            state.journal = Journal(self._disk, self.journal_path, contents)
            if contents.torn:
                state.journal.cut()
        elif journal is not None:  # somebody died after the snapshot, before removing it
            self._remove_journal(shred=True)

    def _set_aside(self, torn: bytes) -> None:
        """Keep what is cut off; it may be more than a commit that was never acknowledged."""
        aside = f"{self.journal_path}.torn"
        log.warning(
            "%s ends in %d bytes that are no whole commit: somebody died writing them, or they "
            "were damaged. They are cut off, and kept in %s.",
            self.journal_path,
            len(torn),
            aside,
        )
        with trying("write", aside):
            own_file(self._disk, aside)
        with trying("write", aside), opened(self._disk, aside, create=True) as handle:
            write_all(self._disk, handle, torn.strip(b"\n") + b"\n", self._disk.size(handle))

    def _changed_on_disk(self) -> bool:
        with trying("read", self.path):
            return (
                self._disk.look(self.path) != self._state.file
                or self._disk.look(self.journal_path) is not None
            )

    def _keep_as_damaged(self) -> None:
        with trying("rename", self.path):
            for path in (self.path, self.journal_path):
                if self._disk.look(path) is not None:
                    self._disk.rename(path, free_name(self._disk, f"{path}.damaged"))

    # --- writing ---------------------------------------------------------------------------

    def _begin(self) -> Journal:
        if not self._writable:
            raise StoreError(f"{self.path} was opened for reading only.")
        return Journal.begin(self._disk, self.journal_path, self.last)

    def _write_snapshot(self, tables: Tables | None, last: int, *, shred: bool = False) -> None:
        if not self._writable:
            raise StoreError(f"{self.path} was opened for reading only.")
        with trying("write", self.path):
            content = snapshot.write(Snapshot(tables, last))
            self._note_left(self.path, replace_file(self._disk, self.path, content, shred=shred))
            file = self._disk.look(self.path)
        self._close_journal()
        self._state = _State(tables, last, snapshot.FORMAT, sealed=True, file=file)
        self._remove_journal(shred=shred)

    def _remove_journal(self, *, shred: bool = False) -> None:
        with trying("remove", self.journal_path):
            if shred:
                self._note_left(self.journal_path, shred_file(self._disk, self.journal_path))
            else:
                self._disk.remove(self.journal_path)


class JournalTable(Table):
    """A table whose changes cost what they change."""

    _searched_at = 0  # the last commit when the query cache was begun

    # What stock TinyDB hands out belongs to the caller, as it has just been read from the file.

    def search(self, cond: QueryLike) -> list[Document]:
        if self._searched_at != self._journaled.last:  # another process may have committed
            self.clear_cache()
            self._searched_at = self._journaled.last
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
            self._journaled.commit(dumps({self.name: changes}))
        self.clear_cache()

    @property
    def _journaled(self) -> JournalStorage:
        return cast(JournalStorage, self._storage)


class Database(TinyDB):
    """TinyDB over a journal."""

    table_class = JournalTable
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
