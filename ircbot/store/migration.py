"""Move a store from its folder into a database, and back, while no bot runs.

The move takes effect only after every entry was compared with its source: only then does a folder
follow the journal, or stop following it. After a crash, run it again; what was copied already is
not copied twice.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from ircbot.errors import StoreError
from ircbot.store import secret
from ircbot.store.disk import REAL_DISK, Disk, trying
from ircbot.store.folder import FOLLOWED, INDEX, Folder
from ircbot.store.index import StoreIndex
from ircbot.store.ledger import Ledger
from ircbot.store.postgresql import SHELF, DocumentRow, PostgresJournal
from ircbot.store.protocol import NO_INCIDENT
from ircbot.store.shared import (
    IN_ARCHIVE,
    REMOVED,
    Followed,
    SharedStore,
    followed_by,
    has_more,
    its_unit,
    keep_keys,
)
from ircbot.store.snapshot import dumps
from ircbot.store.store import Store
from ircbot.values import dataclass


@dataclass(frozen=True, slots=True)
class MigrationResult:
    """The result, and how many entries had to be copied."""

    incidents: int
    entries: int
    copied: int


class _SourceStore(Store):
    """A folder to copy from, whether or not it already follows a journal."""

    def _must_not_follow(self) -> None:
        pass


def to_journal(path: str, journal: PostgresJournal, *, disk: Disk = REAL_DISK) -> MigrationResult:
    """Copy everything that the journal lacks from a folder, then let the folder follow the journal.

    StoreError if a bot runs, or if the two contradict each other: nothing was changed then.
    """
    folder = Folder(disk, path)
    followed = Followed.read(disk, folder)
    source = _SourceStore(path, writer="bot", disk=disk)
    try:
        _see_that_it_is_its_own(folder, followed, journal)
        rows: list[DocumentRow] = []
        entries = 0
        for incident, where in folder.ledgers().items():
            ours = _documents(where, incident, disk)
            theirs = _documents_there(journal, incident)
            _see_that_they_agree(incident, ours, theirs, journal)
            rows += (DocumentRow(incident, n, ours[n]) for n in sorted(ours.keys() - theirs.keys()))
            entries += len(ours)
        copied = len(rows)
        rows += _shelves(folder, journal.shelves(), disk)
        keys = secret.load(disk, folder.file(secret.SECRET)).keys
        identity = followed.id if followed else journal.identity() or uuid.uuid4().hex
        unit, seq = journal.load(identity, keys, rows)
        incidents = compared(path, journal, disk=disk)
        keep_keys(disk, folder, unit)
        holder = followed.holder if followed else uuid.uuid4().hex
        Followed(unit.name, unit.id, holder, seq).write(disk, folder)
    finally:
        source.close()
        journal.close()
    return MigrationResult(incidents, entries, copied)


def to_folder(
    path: str, journal: PostgresJournal, *, disk: Disk = REAL_DISK, **how: Any
) -> MigrationResult:
    """Make a folder a store of its own with everything in the journal, and end the journal."""
    folder = Folder(disk, path)
    here = f"{folder.path} on {os.uname().nodename}"
    followed = Followed.read(disk, folder)
    if followed is None and folder.ledgers().keys() != {NO_INCIDENT}:
        raise StoreError(f"{folder.path} is a store of its own already.")
    if journal.moved() != here:
        before = sum(len(_documents(w, n, disk)) for n, w in folder.ledgers().items())
        store = SharedStore(path, journal, writer="bot", disk=disk, **how)
        try:
            store.compact()  # which waits for the device, as following does not
            incidents = compared(path, journal, disk=disk)
            journal.leave_for(here)
        finally:
            store.close()
    else:  # an earlier attempt died in between
        incidents = len(folder.ledgers()) - 1
        before = 0
        journal.close()
    entries = sum(len(_documents(w, n, disk)) for n, w in folder.ledgers().items())
    with trying("remove", folder.file(FOLLOWED)):
        disk.remove(folder.file(FOLLOWED))
    return MigrationResult(incidents, entries, entries - before)


def _see_that_it_is_its_own(
    folder: Folder, followed: Followed | None, journal: PostgresJournal
) -> None:
    """StoreError if a journal is another store's: the entries of two are never mixed."""
    there = {n for n, count in journal.counts().items() if count}
    if followed is None:
        others = there - folder.ledgers().keys()
        if others:
            raise StoreError(
                f"the unit {journal.unit} of {journal.where} has incident {min(others)}, which "
                f"{folder.path} has not. Give this store another [store] unit. Nothing was changed."
            )
    elif there and journal.identity() != followed.id:
        raise StoreError(
            f"{folder.path} follows another journal ({followed.unit}) than {journal.unit} in "
            f"{journal.where}. Set [store] unit to that. Nothing was changed."
        )


def compared(path: str, journal: PostgresJournal, *, disk: Disk = REAL_DISK) -> int:
    """Compare a folder with its journal, entry by entry, and return how many incidents they share.
    StoreError names the first difference."""
    folder = Folder(disk, path)
    everywhere = folder.ledgers()
    for incident in sorted(everywhere.keys() | journal.counts().keys()):
        where = everywhere.get(incident, folder)
        ours, theirs = _documents(where, incident, disk), _documents_there(journal, incident)
        _see_that_they_agree(incident, ours, theirs, journal)
        if ours.keys() != theirs.keys():
            raise StoreError(
                f"incident {incident} has {len(ours)} entries in {folder.path} and {len(theirs)} "
                f"in {journal.where}. Try again."
            )
    return len(everywhere) - 1


def looked_at(path: str, journal: PostgresJournal, *, disk: Disk = REAL_DISK) -> int:
    """Look whether a bot could use a folder with a journal, beside a bot that does, and return how
    many incidents they share. StoreError says why not."""
    folder = Folder(disk, path)
    followed = followed_by(disk, folder)
    if followed is None:
        return 0
    its_unit(followed, folder, journal)
    everywhere = folder.ledgers()
    for incident, where in sorted(everywhere.items()):
        ours, theirs = _documents(where, incident, disk), journal.whole(incident)
        is_removed = theirs.pop(SHELF, "") == REMOVED
        _see_that_they_agree(incident, ours, theirs, journal)
        if not is_removed and len(ours) > len(theirs):
            raise has_more(folder, len(ours), incident, len(theirs))
    return len(everywhere) - 1


def _documents(where: Folder, incident: int, disk: Disk) -> dict[int, str]:
    ledger = Ledger(where.database(incident), incident, disk=disk, writable=False)
    return {int(n): dumps(document) for n, document in ledger.documents.items()}


def _documents_there(journal: PostgresJournal, incident: int) -> dict[int, str]:
    return {n: text for n, text in journal.whole(incident).items() if n != SHELF}


def _see_that_they_agree(
    incident: int, ours: Mapping[int, str], theirs: Mapping[int, str], journal: PostgresJournal
) -> None:
    for n in sorted(ours.keys() & theirs.keys()):
        if json.loads(ours[n]) != json.loads(theirs[n]):
            raise StoreError(
                f"entry {n} of incident {incident} differs between {journal.where} and the "
                "folder. Nothing was changed."
            )


def _shelves(folder: Folder, known: Mapping[int, str], disk: Disk) -> Iterator[DocumentRow]:
    """The rows that say which incidents are archived, where the journal does not know it yet."""
    here, archived = folder.incidents(), folder.archive.incidents()
    for incident in sorted(archived.keys() - here.keys()):
        if known.get(incident) != IN_ARCHIVE:
            yield DocumentRow(incident, SHELF, IN_ARCHIVE)
    gone = StoreIndex(disk, folder.file(INDEX)).read().keys() - here.keys() - archived.keys()
    for incident in sorted(gone - known.keys()):
        yield DocumentRow(incident, SHELF, REMOVED)
