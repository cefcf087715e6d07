"""Statements about units' leases that a bot with one unit and a host with many have in common: they
create, release and list any number of units at a time.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence

from ircbot.cluster.lease import Standby, Standing
from ircbot.store.connection import DatabaseConnection

_MAKE = """
INSERT INTO ircbot.unit (name, id, keys)
SELECT * FROM unnest(%s::text[], %s::text[], %s::json[]) ON CONFLICT DO NOTHING
"""
# The epoch changes too, so that the former holder can record nothing more.
_RELEASE = """
UPDATE ircbot.unit SET until = now(), holder = '', epoch = unit.epoch + 1, leave = false
FROM unnest(%(names)s::text[], %(epochs)s::bigint[]) AS mine (name, epoch)
WHERE unit.name = mine.name AND unit.epoch = mine.epoch AND holder <> ''
"""
_LAST = "coalesce((SELECT max(seq) FROM ircbot.entry AS e WHERE e.unit = {name}), 0)"
_WANTED = "(%(names)s::text[] IS NULL OR {name} = ANY(%(names)s))"
_STANDINGS = f"""
SELECT name, CASE WHEN held THEN machine ELSE '' END, epoch,
    extract(epoch FROM now() - nullif(renewed, '-infinity'))::float,
    CASE WHEN held THEN extract(epoch FROM now() - nullif(taken, '-infinity'))::float END,
    {_LAST.format(name="name")},
    CASE WHEN held THEN extract(epoch FROM until - renewed)::float END
FROM (SELECT *, holder <> '' AND until > now() AS held FROM ircbot.unit) AS unit
WHERE moved = '' AND {_WANTED.format(name="name")} ORDER BY name
"""
_STANDBYS = f"""
SELECT unit, machine, ready AND seen > now() - make_interval(secs => %(ttl)s),
    extract(epoch FROM now() - seen)::float,
    greatest(0, {_LAST.format(name="standby.unit")} - seq)
FROM ircbot.standby WHERE {_WANTED.format(name="unit")} ORDER BY unit, machine
"""


def make_units(
    database: DatabaseConnection, units: Mapping[str, tuple[str, Sequence[str]]]
) -> None:
    """Create the missing ones of these units, by name, each with its identity and keys."""
    identities = [identity for identity, _ in units.values()]
    keys = [json.dumps(list(keys)) for _, keys in units.values()]
    database.command(_MAKE, (list(units), identities, keys))


def release_units(database: DatabaseConnection, held: Mapping[str, int]) -> None:
    """Release those of these units that we hold with these epochs."""
    database.command(_RELEASE, {"names": list(held), "epochs": list(held.values())})


def standings(
    database: DatabaseConnection, ttl: float, names: Collection[str] | None = None
) -> Mapping[str, Standing]:
    """The standing of all units, or of those with these names. A standby that has not reported for
    `ttl` seconds does not count as ready."""
    values = {"names": None if names is None else list(names), "ttl": ttl}
    standbys: dict[str, list[Standby]] = {}
    for unit, *rest in database.ask(_STANDBYS, values):
        standbys.setdefault(unit, []).append(Standby(*rest))
    return {
        name: Standing(machine, epoch, age, tuple(standbys.get(name, ())), *rest)
        for name, machine, epoch, age, *rest in database.ask(_STANDINGS, values)
    }
