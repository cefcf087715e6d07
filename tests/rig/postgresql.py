"""A real PostgreSQL: a cluster of our own on a socket, with what the bot needs in it.

It does not flush to the disk unless asked to, so that plain tests are fast.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ircbot.store.schema import schema
from rig.daemon import SEARCH_PATH, Daemon, as_nobody, children, free_ports, needed, write

BINARIES = Path("/usr/lib/postgresql/15/bin")
SETTINGS = """
listen_addresses = '127.0.0.1'
fsync = {fsync}
wal_level = replica
shared_buffers = 16MB
max_connections = 40
max_wal_senders = 4
autovacuum = off
unix_socket_directories = '{folder}'
port = {port}
log_line_prefix = ''
"""


@dataclass
class Postgresql:
    """A running cluster. `dsn` is the bot's role, `owner` the tables' owner."""

    daemon: Daemon
    folder: Path
    port: int
    _units: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def dsn(self) -> str:
        return f"host={self.folder} port={self.port} dbname=ircbot user=ircbot"

    @property
    def owner(self) -> str:
        return f"host={self.folder} port={self.port} dbname=ircbot user=nobody"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def new_unit(self) -> str:
        """The name of a unit that nobody has used."""
        return f"unit-{next(self._units)}"

    def ask(self, sql: str, values: Sequence[Any] = (), *, owner: bool = True) -> list[Any]:
        """What the database answers its owner."""
        import psycopg

        with psycopg.connect(self.owner if owner else self.dsn, autocommit=True) as connection:
            cursor = connection.execute(sql, values or None)
            return list(cursor.fetchall()) if cursor.description else []

    def configure(self, *settings: str) -> None:
        """Have settings from now on."""
        for setting in settings:
            self.ask(f"ALTER SYSTEM SET {setting}")
        self.ask("SELECT pg_reload_conf()")

    def until(self, condition: str) -> None:
        """Wait until something is true for the database."""
        self.daemon.until(lambda: bool(self.ask(f"SELECT 1 WHERE {condition}")), condition)

    def freeze(self) -> None:
        """Have the server and all that it started stand still; connections stay up and silent."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Have them go on."""
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        main = int((self.data / "postmaster.pid").read_text().split()[0])
        os.kill(main, number)  # it starts no other meanwhile
        for pid in children(main):
            with suppress(ProcessLookupError):  # one that had ended, and is noticed now
                os.kill(pid, number)

    def until_ready(self) -> None:
        """Wait until it takes connections."""
        ready = [BINARIES / "pg_isready", "-q", "-t", "5", "-h", self.folder, "-p", str(self.port)]
        self.daemon.until(
            lambda: subprocess.run(ready, check=False).returncode == 0, "takes connections"
        )


def start_postgresql(
    folder: Path,
    *,
    durable: bool = False,
    within: Sequence[str] = (),
    more: str = "",
    others: str = "",
) -> Postgresql:
    """Make a cluster in a folder and start it; a `durable` one flushes to the disk. `within` is
    the network that it is in, `more` are settings; who is in `others` may connect by TLS."""
    needed(BINARIES / "postgres", "postgresql-15")
    (port,) = free_ports(1)
    data = folder / "data"
    options = ["--no-sync", "-A", "trust", "-U", "nobody", "-E", "UTF8", "--no-locale"]
    run_as_nobody(within, [BINARIES / "initdb", *options, "-D", data], folder)
    with (data / "postgresql.conf").open("a") as file:
        settings = SETTINGS.format(folder=folder, port=port, fsync="on" if durable else "off")
        file.write(settings + more)
    if others:
        with (data / "pg_hba.conf").open("a") as file:
            file.write(f"hostssl all,replication all {others} trust\n")
    command = [str(BINARIES / "postgres"), "-D", str(data)]
    socket = folder / f".s.PGSQL.{port}"
    daemon = Daemon("postgres", command, folder, socket=socket, within=within)
    daemon.start()
    cluster = Postgresql(daemon, folder, port)
    cluster.until_ready()
    import psycopg

    first = cluster.owner.replace("dbname=ircbot", "dbname=postgres")
    with psycopg.connect(first, autocommit=True) as connection:
        connection.execute("CREATE ROLE ircbot LOGIN")
        connection.execute("CREATE DATABASE ircbot")
    cluster.ask(schema("ircbot"))
    return cluster


def run_as_nobody(within: Sequence[str], command: Sequence[str | Path], folder: Path) -> None:
    """Have one of PostgreSQL's programs do something."""
    done = subprocess.run(
        [*within, *as_nobody([str(part) for part in command])],
        cwd=folder,
        env={"PATH": SEARCH_PATH, "HOME": str(folder), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def start_standby(cluster: Postgresql, folder: Path) -> Daemon:
    """A copy of a cluster that follows it, as "standby"."""
    data = folder / "data"
    where = f"host={cluster.folder} port={cluster.port} user=nobody"
    copy = [BINARIES / "pg_basebackup", "-c", "fast", "-d", where, "-D", data]
    run_as_nobody((), copy, folder)
    (port,) = free_ports(1)
    with (data / "postgresql.conf").open("a") as file:
        settings = SETTINGS.format(folder=folder, port=port, fsync="on")
        file.write(f"{settings}primary_conninfo = '{where} application_name=standby'\n")
    write(data / "standby.signal", "")
    command = [str(BINARIES / "postgres"), "-D", str(data)]
    daemon = Daemon("standby", command, folder, socket=folder / f".s.PGSQL.{port}")
    daemon.start()
    return daemon
