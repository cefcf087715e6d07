"""A real PostgreSQL on two machines: a primary, and the synchronous standby that confirms all of it.

If the primary is lost, the standby is promoted, and the old one made its standby by pg_rewind, as
one who looks after a database, or Patroni, does it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rig.certificates import Certificates
from rig.daemon import Daemon, free_ports, give, write
from rig.hosts import Host
from rig.postgresql import BINARIES, SETTINGS, Postgresql, run_as_nobody, start_postgresql

_REPLICATED = """
listen_addresses = '*'
ssl = on
ssl_cert_file = '{certificate}'
ssl_key_file = '{certificate}'
wal_log_hints = on
wal_keep_size = 1GB
wal_receiver_timeout = 5s
wal_sender_timeout = 5s
"""


@dataclass
class _Node:
    host: Host
    folder: Path
    port: int
    daemon: Daemon

    @property
    def where(self) -> str:
        return f"host={self.host.address} port={self.port} user=nobody sslmode=require"


class Replicas:
    """The two. Asked, whoever is the primary answers."""

    def __init__(self, hosts: Sequence[Host], folder: Path, certificates: Certificates) -> None:
        self._ca = certificates.ca
        first, second = hosts
        shown = folder / "shown.pem"
        write(shown, certificates.server.read_text()).chmod(0o600)
        more = _REPLICATED.format(certificate=shown)
        places = [folder / host.name for host in hosts]
        for place in places:
            place.mkdir()
            give(place)
        cluster = start_postgresql(places[0], within=first.within, more=more, others="samenet")
        self._first = cluster  # has the units' names
        primary = _Node(first, places[0], cluster.port, cluster.daemon)
        data = places[1] / "data"
        copy = [BINARIES / "pg_basebackup", "-c", "fast", "-d", primary.where, "-D", data]
        run_as_nobody([*second.within], copy, places[1])
        (port,) = free_ports(1)
        with (data / "postgresql.conf").open("a") as file:
            file.write(SETTINGS.format(folder=places[1], port=port, fsync="off") + more)
        standby = _Node(second, places[1], port, self._daemon(second, places[1], port))
        self.nodes = (primary, standby)
        self._follow(standby, primary)
        standby.daemon.start()
        for node in self.nodes:
            cluster_of(node).until_ready()
        # So that nothing is ever confirmed by one machine alone, whichever is the primary.
        self.primary.configure("synchronous_standby_names = '*'")
        self.until_confirmed()

    @staticmethod
    def _daemon(host: Host, folder: Path, port: int) -> Daemon:
        command = [str(BINARIES / "postgres"), "-D", str(folder / "data")]
        socket = folder / f".s.PGSQL.{port}"
        return Daemon("postgres", command, folder, socket=socket, within=host.within)

    @property
    def primary(self) -> Postgresql:
        return cluster_of(self.nodes[0])

    @property
    def dsn(self) -> str:
        """As a bot on another machine is told: both, in the order in which they began."""
        nodes = sorted(self.nodes, key=lambda node: node.host.name)
        ports = ",".join(str(node.port) for node in nodes)
        addresses = ",".join(node.host.address for node in nodes)
        return (
            f"host=localhost,localhost hostaddr={addresses} port={ports} dbname=ircbot user=ircbot"
            f" sslrootcert={self._ca} target_session_attrs=read-write"
        )

    def ask(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        return self.primary.ask(sql, values)

    def new_unit(self) -> str:
        return self._first.new_unit()

    def until_confirmed(self) -> None:
        """Wait until the standby confirms."""
        self.primary.until("EXISTS (SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync')")

    def fail_over(self, *, cut: bool) -> float:
        """The primary dies, or is cut off; when the other one was it, in seconds since 1970. Whoever
        was cut off is ended before it is seen again, and becomes the standby."""
        old, new = self.nodes
        if cut:
            old.host.unplug()
        else:
            old.daemon.crash()
        promote = [BINARIES / "pg_ctl", "promote", "-w", "-D", new.folder / "data"]
        run_as_nobody([], promote, new.folder)
        promoted = time.time()
        if cut:
            old.daemon.crash()
            old.host.plug()
        self.nodes = (new, old)
        self._rewind(old, new)
        self._follow(old, new)
        old.daemon.start()
        cluster_of(old).until_ready()
        self.until_confirmed()
        return promoted

    def _rewind(self, old: _Node, new: _Node) -> None:
        self.primary.ask("CHECKPOINT")
        source = f"{new.where} dbname=postgres"
        command = [BINARIES / "pg_rewind", f"--source-server={source}", "-D", old.folder / "data"]
        settings = (old.folder / "data" / "postgresql.conf").read_text()
        for left in reversed(range(50)):  # its children may still be ending
            try:
                run_as_nobody(old.host.within, command, old.folder)
                break
            except AssertionError:
                if not left:
                    raise
                self.primary.ask("SELECT pg_sleep(0.1)")
        write(old.folder / "data" / "postgresql.conf", settings)  # which is a file like any other

    @staticmethod
    def _follow(node: _Node, primary: _Node) -> None:
        data = node.folder / "data"
        write(data / "standby.signal", "")
        told = f"primary_conninfo = '{primary.where} application_name=standby'\n"
        told += "recovery_target_timeline = 'latest'\nsynchronous_standby_names = '*'\n"
        write(data / "postgresql.auto.conf", told)

    def stop(self) -> None:
        for node in self.nodes:
            node.daemon.crash()


def cluster_of(node: _Node) -> Postgresql:
    return Postgresql(node.daemon, node.folder, node.port)
