"""The record, opened to be written: the store in a folder, or a folder that follows a database.

What is erased elsewhere is erased here, too, from all that was made of the folder: so this knows
caches and reports, which only read stores.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from ircbot.cluster.shares import HeldLease
from ircbot.cluster.tenure import Machine
from ircbot.config import Config
from ircbot.config.journal import JournalSettings, journal_of
from ircbot.finder import clear_caches
from ircbot.report.clearing import clear_followed
from ircbot.repository import of_store, open_store
from ircbot.store import StoreEngine
from ircbot.store.store import Writer

log = logging.getLogger(__name__)


def open_record(
    path: str,
    writer: Writer,
    journal: JournalSettings | None,
    machine: Machine | None = None,
    lease: HeldLease | None = None,
) -> StoreEngine:
    """Open the record that a folder holds; StoreError says why not. If it follows a `journal`,
    writes go there; a bot of a cluster is that `machine`."""
    if journal is None:
        return open_store(path, writer)
    from ircbot.store.postgresql import PostgresJournal  # only needed here
    from ircbot.store.shared import SharedStore

    how: dict[str, Any] = {**of_store(), "purged": partial(_clear_caches, path)}
    if journal.reports is not None:
        how["lost"] = partial(clear_followed, journal.reports)
    journal_there = PostgresJournal(journal.dsn, journal.unit)
    return SharedStore(path, journal_there, writer=writer, machine=machine, lease=lease, **how)


def open_to_write(
    config: Config, writer: Writer = "tool", lease: HeldLease | None = None
) -> StoreEngine:
    """Open a configuration's record. ConfigError or StoreError says why not. A `lease` is one that
    the caller took, and renews."""
    machine = config.cluster if writer == "bot" else None
    return open_record(str(config.store.path), writer, journal_of(config), machine, lease)


def _clear_caches(path: str) -> None:
    for left in clear_caches(path):
        log.error("Erased words are still in %s", left)
