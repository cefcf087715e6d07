"""The database's side of sharing organisations among hosts: each machine sends one heartbeat, and
renews all its leases in one statement, however many there are.

Only the database's clock counts. A claim skips units that another machine is claiming at that
moment; a renewal skips units whose row is locked, which the next round renews.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ircbot.cluster.lease import Standing
from ircbot.cluster.shares import MachineSeen
from ircbot.errors import StoreError
from ircbot.store import secret
from ircbot.store.connection import DatabaseConnection
from ircbot.store.leases import make_units, release_units, standings

_BEAT = """
INSERT INTO ircbot.machine AS known (name, process, units, until)
VALUES (%(machine)s, %(process)s, %(units)s, now() + make_interval(secs => %(ttl)s))
ON CONFLICT (name) DO UPDATE
    SET process = excluded.process, units = excluded.units, until = excluded.until, seen = now()
    WHERE known.process = excluded.process OR known.until < now()
"""
_LIVE = """
SELECT count(*), extract(epoch FROM
    min(until) FILTER (WHERE process <> %(process)s) - now())::float
FROM ircbot.machine WHERE until > now()
"""
_RENEW = """
WITH mine AS (
    SELECT * FROM unnest(%(names)s::text[], %(epochs)s::bigint[]) AS mine (name, epoch)
), free AS (
    SELECT unit.name FROM ircbot.unit JOIN mine USING (name, epoch)
    WHERE unit.holder <> '' AND unit.moved = '' FOR NO KEY UPDATE OF unit SKIP LOCKED
), renewed AS (
    UPDATE ircbot.unit SET until = now() + make_interval(secs => %(ttl)s), renewed = now()
    FROM free WHERE unit.name = free.name RETURNING unit.name
)
SELECT mine.name, coalesce(unit.epoch = mine.epoch AND holder <> '' AND moved = '', false),
    renewed.name IS NOT NULL,
    coalesce((SELECT max(seq) FROM ircbot.entry WHERE entry.unit = mine.name), 0)
FROM mine LEFT JOIN ircbot.unit USING (name) LEFT JOIN renewed USING (name)
"""
_CLAIM = """
WITH free AS (
    SELECT name FROM ircbot.unit
    WHERE name = ANY(%(names)s) AND moved = ''
        AND until < now() - make_interval(secs => %(free_for)s)
    ORDER BY until LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
UPDATE ircbot.unit SET epoch = epoch + 1, holder = %(process)s, machine = %(machine)s,
    until = now() + make_interval(secs => %(ttl)s), renewed = now(), taken = now(), leave = false
FROM free WHERE unit.name = free.name RETURNING unit.name, unit.epoch
"""
_MACHINES = """
SELECT name, until > now(), extract(epoch FROM now() - seen)::float, units
FROM ircbot.machine ORDER BY name
"""


@dataclass(frozen=True, slots=True)
class Renewal:
    """The result of a round for one lease: whether it is still ours, whether it was just renewed,
    and the number of the last change in the unit's journal."""

    ours: bool
    renewed: bool
    last: int


class Claims:
    """A machine's claims. Not thread-safe."""

    def __init__(self, dsn: str, machine: str, ttl: float) -> None:
        """`ttl` is in seconds. Claims belong to this process, not to the machine's name."""
        # After a longer wait for an answer, we could not speak any more.
        self._database = DatabaseConnection(dsn, patience=min(5.0, ttl / 2))
        self._who = {"machine": machine, "process": uuid.uuid4().hex, "ttl": ttl}
        self._made: set[str] = set()

    def beat(self, units: int) -> tuple[int, float | None]:
        """Send a heartbeat with our number of units. Returns the number of live machines, and the
        seconds until the first of the others counts as dead, None if there are no others.
        StoreError if another process has our machine's name."""
        if not self._database.command(_BEAT, {**self._who, "units": units}):
            raise StoreError(
                f"another process hosts as machine {self._who['machine']!r}; give each machine "
                "another name in [cluster]."
            )
        ((machines, until),) = self._database.ask(_LIVE, self._who)
        return machines, until

    def renew(self, held: Mapping[str, int]) -> Mapping[str, Renewal]:
        """Renew all leases; `held` has the epoch of each unit."""
        if not held:
            return {}
        values = {**self._who, "names": list(held), "epochs": list(held.values())}
        found = self._database.commanded(_RENEW, values)[1]
        return {name: Renewal(*rest) for name, *rest in found}

    def claim(self, names: Collection[str], most: int, free_for: float = 0.0) -> Mapping[str, int]:
        """Claim up to `most` of these units that have been free for `free_for` seconds, and return
        their epochs. Units that the database does not know are created."""
        if not names or most <= 0:
            return {}
        self._make([name for name in names if name not in self._made])
        values = {**self._who, "names": list(names), "most": most, "free_for": free_for}
        return dict(self._database.commanded(_CLAIM, values)[1])

    def _make(self, names: Collection[str]) -> None:
        if names:
            make_units(self._database, {n: (uuid.uuid4().hex, secret.new().keys) for n in names})
            self._made.update(names)

    def release(self, held: Mapping[str, int]) -> None:
        """Release units, so that other machines can claim them."""
        if held:
            release_units(self._database, held)

    def leave(self, held: Mapping[str, int]) -> None:
        """Release everything at once, and disconnect."""
        try:
            self.release(held)
            sql = "DELETE FROM ircbot.machine WHERE name = %(machine)s AND process = %(process)s"
            self._database.command(sql, self._who)
        finally:
            self._database.drop()


def seen(
    database: DatabaseConnection, ttl: float, names: Collection[str] | None = None
) -> tuple[Sequence[MachineSeen], Mapping[str, Standing]]:
    """The machines that host, and the standing of each unit, from the database. `ttl` and `names`
    are as for `standings`."""
    machines = [MachineSeen(*row) for row in database.ask(_MACHINES)]
    return machines, standings(database, ttl, names)
