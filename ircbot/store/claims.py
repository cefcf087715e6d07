"""What hosts of the same organisations ask of the database: one heartbeat for each machine, and all
its leases renewed in one statement, whatever their number.

Only the database's clock counts. Claims skip what another machine is just claiming, and renewals
what is just being written to: that is renewed with the next round.
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
    """What became of a lease in a round: whether it is still ours, whether it was renewed just now,
    and the last change that the unit's journal has."""

    ours: bool
    renewed: bool
    last: int


class Claims:
    """A machine's claims. Not for several threads at once."""

    def __init__(self, dsn: str, machine: str, ttl: float) -> None:
        """`ttl` is in seconds. What a process of ours claimed is not another's of the same name."""
        # An answer that takes longer comes too late to speak on.
        self._database = DatabaseConnection(dsn, patience=min(5.0, ttl / 2))
        self._who = {"machine": machine, "process": uuid.uuid4().hex, "ttl": ttl}
        self._made: set[str] = set()

    def beat(self, units: int) -> tuple[int, float | None]:
        """Say that we live, with so many units; how many machines do, and in how many seconds the
        first of the others is dead unless it says so, too. StoreError if another process has our
        machine's name."""
        if not self._database.command(_BEAT, {**self._who, "units": units}):
            raise StoreError(
                f"another process hosts as machine {self._who['machine']!r}; give each machine "
                "another name in [cluster]."
            )
        ((machines, until),) = self._database.ask(_LIVE, self._who)
        return machines, until

    def renew(self, held: Mapping[str, int]) -> Mapping[str, Renewal]:
        """Go on with all leases, the epochs of units."""
        if not held:
            return {}
        values = {**self._who, "names": list(held), "epochs": list(held.values())}
        found = self._database.commanded(_RENEW, values)[1]
        return {name: Renewal(*rest) for name, *rest in found}

    def claim(self, names: Collection[str], most: int, free_for: float = 0.0) -> Mapping[str, int]:
        """Take up to `most` of these units that have been free for so many seconds; their epochs.
        One that the database does not know is made."""
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
        """Leave units to others."""
        if held:
            release_units(self._database, held)

    def leave(self, held: Mapping[str, int]) -> None:
        """Leave everything to others, at once, and go."""
        try:
            self.release(held)
            sql = "DELETE FROM ircbot.machine WHERE name = %(machine)s AND process = %(process)s"
            self._database.command(sql, self._who)
        finally:
            self._database.drop()


def seen(
    database: DatabaseConnection, ttl: float, names: Collection[str] | None = None
) -> tuple[Sequence[MachineSeen], Mapping[str, Standing]]:
    """The machines that host, and the units by name, as the database has them; the rest is as for
    `standings`."""
    machines = [MachineSeen(*row) for row in database.ask(_MACHINES)]
    return machines, standings(database, ttl, names)
