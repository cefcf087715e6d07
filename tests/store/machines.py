"""Machines that share a store in a real PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rig.postgresql import Postgresql
from store.samples import summary_of

from ircbot.incident.erasing import ERASES, without_echo
from ircbot.store import Store, maintenance
from ircbot.store.postgresql import PostgresJournal
from ircbot.store.shared import SharedStore

HOW: dict[str, Any] = {"summarise": summary_of, "erases": ERASES, "echo": without_echo}


class Machines:
    """Machines that share a unit, a folder for each."""

    def __init__(self, cluster: Postgresql, folder: Path) -> None:
        self.cluster = cluster
        self.unit = cluster.new_unit()
        self._folder = folder
        self._opened: list[SharedStore] = []
        self._journals: list[PostgresJournal] = []

    def path(self, machine: str) -> str:
        return str(self._folder / machine)

    def journal(self, patience: float = 5.0) -> PostgresJournal:
        journal = PostgresJournal(self.cluster.dsn, self.unit, patience=patience, rest=0)
        self._journals.append(journal)
        return journal

    def open(
        self, machine: str, /, writer: Any = "bot", *, patience: float = 5.0, **more: Any
    ) -> SharedStore:
        journal = self.journal(patience)
        store = SharedStore(
            self.path(machine), journal, writer=writer, look_every=0, **{**HOW, **more}
        )
        self._opened.append(store)
        return store

    def close(self) -> None:
        for store in tuple(self._opened):
            self.end(store)
        for journal in self._journals:
            journal.drop()

    def end(self, store: SharedStore) -> None:
        self._opened.remove(store)
        store.close()

    def die(self, store: SharedStore) -> None:
        """Its process is gone. Its disk is told apart, and lets go of its locks."""
        self._opened.remove(store)
        store._journal.drop()

    def read(self, machine: str) -> Store:
        return Store(self.path(machine), **HOW)

    def ask(self, sql: str, *values: Any) -> list[Any]:
        return self.cluster.ask(sql, values)

    def expire(self) -> None:
        """Have the lease run out."""
        self.ask("UPDATE ircbot.unit SET until = now() - interval '1 s' WHERE name = %s", self.unit)

    def heads(self, machine: str) -> dict[int, str]:
        checked = maintenance.check(self.path(machine))
        assert checked.well
        return dict(checked.heads)

    def at_work(self) -> list[int]:
        """The database's processes that do something for a bot."""
        sql = "SELECT pid FROM pg_stat_activity WHERE usename = 'ircbot' AND state = 'active'"
        return [row[0] for row in self.ask(sql)]

    def until_idle(self) -> None:
        """Wait until the database is at work for no bot."""
        self.cluster.until(
            "NOT EXISTS (SELECT FROM pg_stat_activity WHERE usename = 'ircbot'"
            " AND state = 'active')"
        )

    def wait_for_reload(self) -> None:
        """Wait until the database wants a standby."""
        self.cluster.until("current_setting('synchronous_standby_names') <> ''")
