"""One database's tables: in memory, in a TinyDB file, and in the journal beside it.

Knows nothing of what documents mean, nor of other databases. Changes are committed to the journal;
`snapshot` moves them to the TinyDB file. As in stock TinyDB, tables in memory have been through
JSON.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tinydb.storages import Storage

from ircbot.errors import StoreError
from ircbot.store import journal as journals
from ircbot.store import snapshot
from ircbot.store.disk import (
    REAL_DISK,
    Disk,
    FileStat,
    add_lines,
    another_name,
    free_name,
    own_file,
    read_file,
    replace_file,
    shred_file,
    trying,
)
from ircbot.store.journal import Commit, Contents, JournalFile, Mark
from ircbot.store.snapshot import Damaged, Snapshot, Table, Tables, dumps

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _DiskTables:
    """The tables as they are on disk. Commits stay text until the tables are read."""

    tables: Tables | None
    last: int  # the number of the last commit
    sealed: bool  # false if another program wrote the TinyDB file
    file: FileStat | None  # the TinyDB file
    pending: list[str] = field(default_factory=list)

    def read(self) -> Tables | None:
        """The tables."""
        for changes in self.pending:
            self._apply(json.loads(changes))
        self.pending.clear()
        return self.tables

    def replay(self, commits: Iterable[Commit]) -> None:
        """Apply the commits that follow."""
        for commit in commits:
            self.pending.append(commit.text)
            self.last = commit.number

    def table(self, name: str) -> Table:
        """The documents of one table."""
        return (self.read() or {}).get(name, {})

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
    """A TinyDB storage over a TinyDB file and a journal."""

    def __init__(
        self,
        path: str,
        *,
        disk: Disk = REAL_DISK,
        writable: bool = True,
        durable: bool = True,
        grows: str = "",
    ) -> None:
        """Nothing is ever removed from the table named `grows`: a missing document there was
        lost. Unless they are `durable`, commits can get lost when the machine stops."""
        self._disk = disk
        self._writable = writable
        self._durable = durable
        self._grows = grows
        self.path = path
        self.journal_path = _journal_of(path)
        self.left: tuple[str, ...] = ()  # what the last purge could not reach
        self._elsewhere: tuple[str, ...] = ()  # what no purge can reach
        self._journal: JournalFile | None = None
        self._state = self._load()
        self._stale = False  # the files are suspect, and are loaded again before the next commit

    @property
    def last(self) -> int:
        """The number of the last commit."""
        return self._state.last

    @property
    def spilt(self) -> bool:
        """Whether a refused or undone commit may still be in the journal."""
        return self._journal is not None and self._journal.spilt

    @property
    def sealed(self) -> bool:
        """Whether the TinyDB file is as we wrote it, unchanged by other programs."""
        return self._state.sealed

    # --- what TinyDB asks for ------------------------------------------------------------

    def read(self) -> Tables | None:
        """The tables; the outer dict is the caller's own."""
        tables = self._state.read()
        return None if tables is None else dict(tables)

    def write(self, data: Mapping[str, Any]) -> None:
        """Replace everything. TinyDB calls this only to drop tables."""
        self._write_snapshot(json.loads(dumps(data)), self.last + 1)

    def close(self) -> None:
        """Leave the TinyDB file, and no journal."""
        try:
            if self._writable:
                self.snapshot()
        finally:
            self.let_go()

    # --- commits -------------------------------------------------------------------------

    def table(self, name: str) -> Table:
        """The documents of a table in memory; do not change them."""
        return self._state.table(name)

    def commit(self, changes: str) -> Mark:
        """Commit changes; after a StoreError nothing has changed.

        `changes` is JSON: table → document's id → the new document, null to remove it. Pass what is
        returned to `take_back` to undo the commit.
        """
        if self._stale:
            self.catch_up()
        if self._journal is not None and self._journal.doubtful and not self._journal.recover():
            log.error("%s does not hold what was written; starting over.", self.journal_path)
            self._write_snapshot(self._state.read(), self.last)
        if self._journal is None:
            self._must_be_writable()
            self._journal = JournalFile.begin(
                self._disk, self.journal_path, self.last, durable=self._durable
            )
        before = self._journal.mark
        self._journal.append(changes)
        self._state.pending.append(changes)
        self._state.last = self._journal.last
        return before

    def take_back(self, before: Mark) -> None:
        """Undo the last commit, which nobody has seen, because a write it belongs to failed."""
        assert self._journal is not None
        self._journal.take_back(before)
        self._state.pending.pop()
        self._state.last = self._journal.last

    def sync(self) -> None:
        """Have the commits on disk for certain."""
        if self._journal is not None:
            self._journal.sync()

    def in_journal(self, text: str) -> bool:
        """Whether the journal's commits contain `text`. To keep people's words from matching, begin
        and end it with a quote: theirs are escaped."""
        with trying("read", self.journal_path):
            return text.encode() in (read_file(self._disk, self.journal_path) or b"")

    # --- the files -----------------------------------------------------------------------

    def snapshot(self) -> None:
        """Move the journal's content to the TinyDB file. After a crash in between, both have it."""
        if self._journal is not None or not self.sealed:
            self._write_snapshot(self._state.read(), self.last)

    def as_file(self) -> bytes:
        """The TinyDB file as it would be written now."""
        return snapshot.write(Snapshot(self._state.read(), self.last))

    def purge(self) -> None:
        """Leave on disk only what the tables contain now. On StoreError the files are unchanged;
        otherwise `left` lists what was out of reach.

        The TinyDB file is written anew; the old one and the journal are overwritten and removed.
        """
        self.left = self._elsewhere
        self._write_snapshot(self._state.read(), self.last, shred=True)

    def catch_up(self) -> None:
        """Read what other processes committed. They must not write meanwhile.

        Acknowledged commits count: if the files were removed, damaged or replaced by older ones,
        they are rewritten from memory.
        """
        if not self._stale:
            if self._journal is not None and not self._journal.removed:
                self._state.replay(self._journal.new_commits())
                return
            if self._journal is None and self._look() == (self._state.file, None):
                return
        self.let_go()
        ours = self._state
        try:
            found = self._load()
        except Damaged as error:
            log.error("%s It is kept as .damaged and written again from memory.", error)
            set_aside(self._disk, self.path)
            found = ours
        if found.last < ours.last:
            found = ours
        kept, there = ours.table(self._grows), found.table(self._grows)
        if found is ours or not kept.keys() <= there.keys():
            log.warning("%s had lost something, which is written again from memory.", self.path)
            tables = dict(found.read() or {})
            if kept:
                every = sorted({**kept, **there}.items(), key=lambda item: int(item[0]))
                tables[self._grows] = dict(every)
            with trying("write", self.path):
                self._disk.create_folder(os.path.dirname(self.path))
            self._write_snapshot(tables, found.last)
        else:
            self._state = found
        self._stale = False

    def let_go(self) -> None:
        """Close the files as they are. The next commit loads them again."""
        self._close_journal()
        self._stale = True

    def _close_journal(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    # --- loading ---------------------------------------------------------------------------

    def _load(self) -> _DiskTables:
        """Read the tables from disk."""
        while True:
            before = self._look()
            try:
                return self._read_files()
            except Damaged:
                if self._writable or self._look() == before:
                    raise
                # Another process replaced a file, and overwrote the old one while we were reading
                # it.

    def _look(self) -> tuple[FileStat | None, FileStat | None]:
        with trying("read", self.path):
            return self._disk.look(self.path), self._disk.look(self.journal_path)

    def _read_files(self) -> _DiskTables:
        """Read the files. A reader sees complete commits only, even beside a writer.

        The journal is read first: commits that a snapshot moves meanwhile are then found in the
        TinyDB file, and their numbers prevent them from being applied twice.
        """
        with trying("read", self.path):
            journal = read_file(self._disk, self.journal_path)
            file = self._disk.look(self.path)  # before reading: a later change then shows
            content = read_file(self._disk, self.path)
        base = snapshot.read(content or b"", self.path)
        contents = journals.read(journal, self.journal_path) if journal is not None else None
        state = _DiskTables(base.tables, base.commit, base.sealed, file)
        if contents is not None:
            if contents.after > state.last:
                raise Damaged(
                    self.path,
                    f"ends at commit {state.last}, but {self.journal_path} goes on from "
                    f"{contents.after}: it is missing, or older",
                )
            state.replay(commit for commit in contents.commits if commit.number > base.commit)
        if self._writable and journal is not None:
            self._go_on(journal, contents, base.commit)
        return state

    def _go_on(self, journal: bytes, contents: Contents | None, base: int) -> None:
        """Tidy the journal, and continue it unless it is older than the TinyDB file."""
        torn = journal if contents is None else contents.torn
        if torn:
            self._set_torn_aside(torn)
        if contents is None or contents.last < base:
            self._remove_journal(shred=True)  # a process died after writing the snapshot
            return
        with trying("write", self.journal_path):
            if not own_file(self._disk, self.journal_path):
                self._elsewhere = (f"another name of what was {self.journal_path}",)
        self._journal = JournalFile(self._disk, self.journal_path, contents, durable=self._durable)
        if torn:
            self._journal.cut()

    def _set_torn_aside(self, torn: bytes) -> None:
        """Keep the bytes that are cut off; they may be more than one unacknowledged commit."""
        aside = f"{self.journal_path}.torn"
        log.warning(
            "%s ends in %d bytes that are not a complete commit: a process died while writing "
            "them, or they were damaged. They are cut off, and kept in %s.",
            self.journal_path,
            len(torn),
            aside,
        )
        with trying("write", aside):
            add_lines(self._disk, aside, torn.strip(b"\n") + b"\n")

    # --- writing ---------------------------------------------------------------------------

    def _must_be_writable(self) -> None:
        if not self._writable:
            raise StoreError(f"{self.path} was opened for reading only.")

    def _write_snapshot(self, tables: Tables | None, last: int, *, shred: bool = False) -> None:
        self._must_be_writable()
        with trying("write", self.path):
            content = snapshot.write(Snapshot(tables, last))
            self._note_left(self.path, replace_file(self._disk, self.path, content, shred=shred))
            file = self._disk.look(self.path)
        self._close_journal()
        self._state = _DiskTables(tables, last, sealed=True, file=file)
        self._remove_journal(shred=shred)

    def _remove_journal(self, *, shred: bool) -> None:
        with trying("remove", self.journal_path):
            if shred:
                self._note_left(self.journal_path, shred_file(self._disk, self.journal_path))
            else:
                self._disk.remove(self.journal_path)

    def _note_left(self, path: str, gone: bool) -> None:
        if not gone:
            self.left += (another_name(path),)


def set_aside(disk: Disk, path: str) -> None:
    """Rename the files of a damaged database."""
    with trying("rename", path):
        for one in (path, _journal_of(path)):
            if disk.look(one) is not None:
                disk.rename(one, free_name(disk, f"{one}.damaged"))


def _journal_of(path: str) -> str:
    return path.removesuffix(".json") + ".journal"
