"""Files of older formats, brought up to date; each is kept as it was beside the new one.

Only who writes migrates: an old file is read as it is.

    1   documents had no salt and no hash
"""

from __future__ import annotations

import json

from ircbot.store import hash_chain, snapshot
from ircbot.store.database import JournalStorage
from ircbot.store.disk import Disk, read_file, replace_file, trying
from ircbot.store.snapshot import Table, dumps

ENTRIES = "_default"  # the table that entries are in, in every format


def kept_name(path: str, form: int) -> str:
    """Where a file of an old format is kept."""
    return f"{path}.format{form}"


def migrate(storage: JournalStorage, incident: int, disk: Disk) -> None:
    """Bring an incident's files up to date. StoreError if that fails, and nothing has changed."""
    if storage.format == snapshot.FORMAT:
        return
    for path in (storage.path, storage.journal_path):
        with trying("keep a copy of", path):
            content = read_file(disk, path)
            if content:
                replace_file(disk, kept_name(path, storage.format), content.rstrip(b"\n") + b"\n")
    tables = storage.read() or {}
    storage.write({**tables, ENTRIES: _with_hashes(tables.get(ENTRIES, {}), incident)})


def _with_hashes(documents: Table, incident: int) -> Table:
    sealed: Table = {}
    head, salts = hash_chain.start(incident), hash_chain.salts()
    for position, document in documents.items():
        text, head = hash_chain.seal(dumps(document), head, next(salts))
        sealed[position] = json.loads(text)
    return sealed
