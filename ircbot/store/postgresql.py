"""A journal that several machines share: PostgreSQL, with a row for each entry.

Knows neither events nor files. `SharedStore` (shared.py) is the engine over it.

The hard part is to know what is on record, whatever dies or hangs at any point:

- **An append is one statement** that commits by itself, so a client that hangs holds no lock. It
  checks the epoch of the lease, for the bot, and the number of the last change, for everybody: a
  client that has not seen the latest change uses a number that is taken (Behind).
- **No append is ever cancelled.** While a synchronous standby is down, a cancelled commit would
  exist on one machine only. If an append takes too long, its connection is dropped, and whether it
  is on record is unsure.
- **An unsure append** is looked up as soon as there is a connection again: it may be there, still
  be waiting for the standby, or be gone. If it is there, another write must reach the standby
  before anybody is told.
- **A database that went back in time** (restored from a backup, or an old standby promoted) lacks
  changes that we have read. Nothing is appended to it.
- Only the database's clock decides how long a lease lasts.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from ircbot.cluster.lease import NO_STANDING, HolderSeen, Renewed, Standing, TakenLease
from ircbot.errors import StoreError, Superseded
from ircbot.store.connection import DatabaseConnection, Unsure, short
from ircbot.store.leases import make_units, release_units, standings
from ircbot.store.schema import RIGHTS

log = logging.getLogger(__name__)

UNFENCED = -1  # the epoch of a tool, which is no bot and needs no lease
FENCED = 2**63 - 1  # an epoch that no holder ever has: nothing can be recorded with it
SHELF = 0  # the position of the row that says where an incident is kept

_PAGE = 5000  # rows that are read at a time

_HELD = """
WITH held AS (
    SELECT 1 FROM ircbot.unit
    WHERE name = %(unit)s AND moved = '' AND (%(epoch)s::bigint < 0 OR epoch = %(epoch)s)
        AND %(after)s::bigint <= (
            SELECT coalesce(max(seq), 0) FROM ircbot.entry WHERE unit = %(unit)s
        )
    FOR SHARE
)"""
# Sent as JSON, because an array of texts would be escaped character by character.
_NEW = """(
    SELECT %(unit)s, %(after)s::bigint + place, incident, n, body, place FROM ROWS FROM (
        unnest(%(incidents)s::int[], %(ns)s::int[]), json_array_elements(%(bodies)s::json)
    ) WITH ORDINALITY AS rows (incident, n, body, place)
) AS new (unit, seq, incident, n, body, place)"""
_ADD = f"""{_HELD}
INSERT INTO ircbot.entry
SELECT new.unit, seq, incident, n, body FROM held, {_NEW}
"""
_REWRITE = f"""{_HELD}, gone AS (
    DELETE FROM ircbot.entry USING held
    WHERE unit = %(unit)s AND incident = ANY(%(gone)s::int[]) AND n > 0
), changed AS (
    INSERT INTO ircbot.entry AS e
    SELECT new.unit, seq, incident, n, body FROM held, {_NEW}
    WHERE place <= %(changed)s
    ON CONFLICT (unit, incident, n) DO UPDATE SET seq = excluded.seq, body = excluded.body
), added AS (
    INSERT INTO ircbot.entry
    SELECT new.unit, seq, incident, n, body FROM held, {_NEW}
    WHERE place > %(changed)s
)
SELECT 1 FROM held
"""
_SINCE = """
SELECT seq, incident, n, body::text FROM ircbot.entry WHERE unit = %s AND seq > %s
ORDER BY seq LIMIT %s
"""
# A standby that is not ready waits another `ttl`, in case one that is ready takes the lease.
_READY = """
    ready AND abs(extract(epoch FROM now() - seen)) < %(ttl)s
"""
# A lease that ends more than ten minutes from now was taken before the clock was set back.
_TAKE = f"""
WITH before AS (
    SELECT name, machine, holder, renewed FROM ircbot.unit
    WHERE name = %(unit)s AND moved = '' AND (holder = %(holder)s OR (
        until NOT BETWEEN now() AND now() + interval '10 min' AND (
        %(ready)s OR until < now() - make_interval(secs => %(ttl)s) OR NOT EXISTS (
            SELECT FROM ircbot.standby
            WHERE unit = %(unit)s AND machine <> %(machine)s AND {_READY}
        )
    )))
    FOR UPDATE
)
UPDATE ircbot.unit AS unit SET epoch = epoch + 1, holder = %(holder)s, machine = %(machine)s,
    until = now() + make_interval(secs => %(ttl)s), renewed = now(), taken = now(), leave = false
FROM before WHERE unit.name = before.name
RETURNING unit.epoch, before.machine, before.holder IN ('', %(holder)s),
    nullif(before.renewed, '-infinity')
"""
_RENEW = f"""
UPDATE ircbot.unit SET until = now() + make_interval(secs => %(ttl)s), renewed = now()
WHERE name = %(unit)s AND moved = '' AND epoch = %(epoch)s AND holder <> ''
RETURNING leave,
    EXISTS (SELECT FROM ircbot.standby WHERE unit = %(unit)s AND {_READY})
"""
_OF_HOLDER = "(SELECT {} FROM ircbot.unit WHERE name = %(unit)s AND holder <> '' AND until > now())"
# Not synchronous: nothing is lost if this is lost.
_STAND_BY = f"""
INSERT INTO ircbot.standby (unit, machine, ready, seen, seq)
SELECT %(unit)s, %(machine)s, %(ready)s, now(), %(seq)s
FROM set_config('synchronous_commit', 'off', true)
ON CONFLICT (unit, machine) DO UPDATE
    SET ready = excluded.ready, seen = now(), seq = excluded.seq
RETURNING {_OF_HOLDER.format("machine")}, {_OF_HOLDER.format("renewed")}
"""
_CONFIRM = "UPDATE ircbot.unit SET machine = machine WHERE name = %s"

_WANTED = ", ".join(
    f"('{table}', '{right}')" for table, all_ in RIGHTS.items() for right in all_.split(", ")
)
# Only members of pg_read_all_stats see more of a standby than that it exists.
_FACTS = f"""
SELECT row_to_json(facts) FROM (SELECT
    current_setting('server_version') AS version,
    current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on' AS durable,
    current_setting('synchronous_standby_names') AS names,
    extract(epoch FROM clock_timestamp())::float AS clock,
    rolsuper AS is_superuser,
    pg_has_role((SELECT relowner FROM pg_class WHERE oid = 'ircbot.entry'::regclass), 'usage')
        OR has_table_privilege('ircbot.entry', 'TRUNCATE')
        OR has_schema_privilege('ircbot', 'CREATE') AS may_drop,
    (
        SELECT coalesce(json_agg(part || ' on ' || name), '[]')
        FROM (VALUES {_WANTED}) AS wanted (name, part) WHERE NOT has_table_privilege(name, part)
    ) AS missing,
    (
        SELECT count(*) FROM pg_stat_activity
        WHERE wait_event = 'SyncRep' AND state_change < clock_timestamp() - interval '1 s'
    ) AS waiting,
    pg_has_role('pg_read_all_stats', 'usage') AS sees_standbys,
    (
        SELECT coalesce(json_agg(json_build_object(
            'name', application_name, 'state', sync_state,
            'seconds', extract(epoch FROM replay_lag)::float,
            'bytes', pg_wal_lsn_diff(pg_current_wal_lsn(), flush_lsn)::bigint
        ) ORDER BY application_name), '[]') FROM pg_stat_replication
    ) AS standbys
FROM pg_roles WHERE rolname = current_user) AS facts
"""


class DocumentRow(NamedTuple):
    """A document of an incident, as JSON, and its position; the row at `SHELF` is not a
    document."""

    incident: int
    n: int
    body: str


@dataclass(frozen=True, slots=True)
class WriteSet:
    """The content of one write: new rows, rows that replace others, and incidents to remove."""

    added: tuple[DocumentRow, ...] = ()
    changed: tuple[DocumentRow, ...] = ()
    gone: tuple[int, ...] = ()

    @property
    def rows(self) -> tuple[DocumentRow, ...]:
        """All rows, in the order of their numbers."""
        return (*self.changed, *self.added)


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisation's part of the database. `id` is unique, `keys` are those of its secret."""

    name: str
    id: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _UnsureWrite:
    """A write after `seq` that may or may not be on record."""

    seq: int
    rows: tuple[DocumentRow, ...]


class PostgresJournal(DatabaseConnection):
    """The rows of one unit. Not thread-safe."""

    def __init__(self, dsn: str, unit: str = "main", **how: Any) -> None:
        """`how` is passed to the connection."""
        super().__init__(dsn, **how)
        self.unit = unit
        self._epoch = UNFENCED  # of our lease
        self._ttl = 0.0
        self._doubt: _UnsureWrite | None = None
        self._seq = 0  # of the last change that was read
        self._stands_by = ""  # the machine that reported so

    # --- the unit and its lease -------------------------------------------------------------

    def find(self) -> Unit | None:
        """The unit, None if there is none yet. StoreError if it was moved into a folder."""
        rows = self.ask("SELECT id, keys, moved FROM ircbot.unit WHERE name = %s", (self.unit,))
        if not rows:
            return None
        identity, keys, moved = rows[0]
        if moved:
            raise StoreError(
                f"the journal of {self.unit} was moved to {moved}. `ircbot store migrate --to "
                "postgresql` there moves it back."
            )
        return Unit(self.unit, identity, tuple(keys))

    def begin(self, identity: str, keys: Sequence[str]) -> Unit:
        """The unit, created if there is none."""
        found = self.find()
        if found is None:
            make_units(self, {self.unit: (identity, keys)})
            found = self.find()
            assert found is not None
        return found

    def take(self, holder: str, machine: str, ttl: float) -> int:
        """Take the lease for `ttl` seconds, and return its epoch. StoreError says who has it. A
        lease of the same `holder`, from before it died, does not count."""
        if self.try_take(holder, machine, ttl) is None:
            who = self.ask(
                "SELECT machine, to_char(until AT TIME ZONE 'UTC', 'HH24:MI:SS')"
                " FROM ircbot.unit WHERE name = %s",
                (self.unit,),
            )
            name, until = who[0] if who else ("nobody", "")
            raise StoreError(
                f"the journal of {self.unit} is in use by another bot: {name}, at least until "
                f"{until} UTC. Stop that one first, or give this one another [store] unit."
            )
        return self._epoch

    def try_take(
        self, holder: str, machine: str, ttl: float, *, ready: bool = True
    ) -> TakenLease | None:
        """Take the lease, if it is free. A machine that is not `ready` leaves it to one that is."""
        values = {
            "unit": self.unit,
            "holder": holder,
            "machine": machine,
            "ttl": ttl,
            "ready": ready,
        }
        taken = self.commanded(_TAKE, values)[1]
        if not taken:
            return None
        epoch, before, planned, seen = taken[0]
        self._epoch, self._ttl = epoch, ttl
        return TakenLease(epoch, before, planned, seen)

    def adopt(self, epoch: int) -> None:
        """Use a lease that the caller took, and renews."""
        self._epoch = epoch

    def renew(self) -> Renewed:
        """Renew the lease for another `ttl`. Superseded if another machine has it."""
        values = {"unit": self.unit, "epoch": self._epoch, "ttl": self._ttl}
        found = self.commanded(_RENEW, values)[1]
        if not found:
            raise self.superseded()
        return Renewed(*found[0])

    def release(self) -> None:
        """Give the lease away, and record nothing more."""
        epoch, self._epoch = self._epoch, FENCED
        release_units(self, {self.unit: epoch})

    def fence(self) -> None:
        """Record nothing until a lease is taken."""
        self._epoch = FENCED

    def called(self) -> bool:
        """Whether the holder was notified since the last call. Notifications arrive only with
        answers of the database."""
        calls, self._calls = self._calls, set()
        return self.unit in calls

    def stand_by(self, machine: str, *, ready: bool) -> HolderSeen | None:
        """Report that a machine stands by. Returns who holds the lease."""
        values = {"unit": self.unit, "machine": machine, "ready": ready, "seq": self._seq}
        self._stands_by = machine
        name, renewed = self.commanded(_STAND_BY, values)[1][0]
        return None if name is None else HolderSeen(name, renewed)

    def stand_by_no_more(self, machine: str) -> None:
        """Report that a machine no longer stands by."""
        sql = "DELETE FROM ircbot.standby WHERE unit = %s AND machine = %s"
        self._stands_by = ""
        self.command(sql, (self.unit, machine))

    def standing(self, ttl: float) -> Standing:
        """Who holds the lease, and who stands by. Standbys not seen for `ttl` are not ready."""
        return standings(self, ttl, [self.unit]).get(self.unit, NO_STANDING)

    def ask_to_stay(self) -> None:
        """Take back `ask_to_leave`, which would otherwise take effect at any later time."""
        self.command("UPDATE ircbot.unit SET leave = false WHERE name = %s", (self.unit,))

    def ask_to_leave(self) -> None:
        """Ask the holder to give its lease away at its next renewal."""
        self.command("UPDATE ircbot.unit SET leave = true WHERE name = %s", (self.unit,))
        self.ask("SELECT pg_notify('ircbot', %s)::text", (self.unit,))

    def superseded(self) -> StoreError:
        """The error that says which machine has the unit now, or that nobody has."""
        found = self.ask("SELECT machine, moved FROM ircbot.unit WHERE name = %s", (self.unit,))
        machine, moved = found[0] if found else ("", "")
        if moved:
            return Superseded(f"the journal of {self.unit} was moved to {moved}.")
        if not found:
            return StoreError(
                f"the journal of {self.unit} was removed from {self.where}. Stop every bot; "
                "`ircbot store migrate --to postgresql` gives it what this machine's folder has."
            )
        return Superseded(f"{machine} answers for {self.unit} now.")

    def close(self) -> None:
        """Give the lease away, or stand by no more, if possible, and disconnect."""
        if self._connection is not None:
            with suppress(StoreError):
                if UNFENCED < self._epoch < FENCED:
                    self.release()
                if self._stands_by:
                    self.stand_by_no_more(self._stands_by)
        self.drop()

    # --- reading ----------------------------------------------------------------------------

    def since(self, seq: int) -> tuple[tuple[int, DocumentRow], ...]:
        """The next rows after a number, each with its own; () if there are none."""
        found = self.ask(_SINCE, (self.unit, seq, _PAGE))
        self._seq = found[-1][0] if found else seq
        return tuple((number, DocumentRow(*row)) for number, *row in found)

    def whole(self, incident: int) -> dict[int, str]:
        """All rows of an incident, by their positions."""
        return dict(
            self.ask(
                "SELECT n, body::text FROM ircbot.entry"
                " WHERE unit = %s AND incident = %s ORDER BY n",
                (self.unit, incident),
            )
        )

    def hashes(self, positions: Mapping[int, int]) -> dict[int, str]:
        """The hash of one document of each incident, at a position."""
        return dict(
            self.ask(
                "SELECT entry.incident, body->>'hash' FROM ircbot.entry"
                " JOIN unnest(%s::int[], %s::int[]) AS wanted (incident, n) USING (incident, n)"
                " WHERE unit = %s",
                (_array(positions), _array(positions.values()), self.unit),
            )
        )

    def counts(self) -> dict[int, int]:
        """How many documents each incident has; 0 for one that was removed."""
        return dict(
            self.ask(
                "SELECT incident, max(n) FROM ircbot.entry WHERE unit = %s GROUP BY incident",
                (self.unit,),
            )
        )

    # --- writing ----------------------------------------------------------------------------

    def write(self, seq: int, change: WriteSet) -> None:
        """Append a change after number `seq`, all or none; it is on record on return.

        Behind if the journal has later changes; Superseded if another machine has the lease. After
        Unsure, it may be on record: call `settle`. After any other StoreError it is not; one reason
        is a journal that ends before `seq`.
        """
        assert self._doubt is None
        rows = change.rows
        values = {
            "unit": self.unit,
            "epoch": self._epoch,
            "after": seq,
            "incidents": _array(row.incident for row in rows),
            "ns": _array(row.n for row in rows),
            "bodies": f"[{','.join([row.body for row in rows])}]",
        }
        try:
            if change.changed or change.gone:
                values |= {"gone": _array(change.gone), "changed": len(change.changed)}
                done = self.command(_REWRITE, values)
            else:
                done = self.command(_ADD, values)
        except Unsure:
            self._doubt = _UnsureWrite(seq, rows)
            raise
        if not done:
            raise self._gone_back(seq) or self.superseded()

    def _gone_back(self, seq: int) -> StoreError | None:
        """The error for a database that lacks changes it once had; None if it lacks none."""
        found = self.ask(
            "SELECT coalesce((SELECT max(seq) FROM ircbot.entry WHERE unit = name), 0)"
            " FROM ircbot.unit WHERE name = %s AND moved = '' AND (%s < 0 OR epoch = %s)",
            (self.unit, self._epoch, self._epoch),
        )
        last = found[0][0] if found else seq
        if last >= seq:
            return None
        return StoreError(
            f"{self.where} has lost what was recorded ({seq - last} changes). Was it restored from "
            "a backup, or an old standby promoted? Stop every bot; `ircbot store migrate --to "
            "postgresql` gives it what this machine's folder has."
        )

    def settle(self) -> bool:
        """Whether the unsure change is on record. StoreError while that cannot be known."""
        doubt = self._doubt
        assert doubt is not None
        # The process that wrote it has ended (`_settle_in`): it is there now, or never will be.
        self.connected()
        found = self.ask(_SINCE, (self.unit, doubt.seq, len(doubt.rows)))
        there = tuple((number, DocumentRow(*row)) for number, *row in found)
        ours = tuple(enumerate(doubt.rows, doubt.seq + 1))
        if there == ours:
            # This server has it. Once a later write has reached the standby, so has this one.
            self.confirm()
        self._doubt = None
        return there == ours

    # --- moving -----------------------------------------------------------------------------

    def load(
        self, identity: str, keys: Sequence[str], rows: Sequence[DocumentRow]
    ) -> tuple[Unit, int]:
        """Add many rows, all or none, to a unit that no bot uses, and that is created if there is
        none; an empty one gets this `identity`. `keys` are added to its own. Returns the unit and
        its last number."""
        connection = self.connected()
        try:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO ircbot.unit (name, id, keys) VALUES (%s, %s, '[]')"
                    " ON CONFLICT DO NOTHING",
                    (self.unit, identity),
                )
                found = cursor.execute(
                    "SELECT id, keys, until < now(), machine FROM ircbot.unit"
                    " WHERE name = %s FOR UPDATE",
                    (self.unit,),
                ).fetchone()
                assert found is not None
                if not found[2]:
                    raise StoreError(
                        f"the journal of {self.unit} is in use by a bot on {found[3]}. Stop it "
                        "first; if it died, wait for half a minute."
                    )
                keys = tuple(dict.fromkeys((*found[1], *keys)))
                last = cursor.execute(
                    "SELECT coalesce(max(seq), 0) FROM ircbot.entry WHERE unit = %s", (self.unit,)
                ).fetchone()
                assert last is not None
                if last[0]:
                    identity = found[0]
                cursor.execute(
                    "UPDATE ircbot.unit SET id = %s, keys = %s, moved = '', epoch = epoch + 1"
                    " WHERE name = %s",
                    (identity, json.dumps(keys), self.unit),
                )
                with cursor.copy(
                    "COPY ircbot.entry (unit, seq, incident, n, body) FROM STDIN"
                ) as copy:
                    for number, row in enumerate(rows, last[0] + 1):
                        copy.write_row((self.unit, number, row.incident, row.n, row.body))
        except self._pg.Error as error:
            self.drop()
            raise StoreError(
                f"{self.where} refuses it ({short(error)}). Try again; entries that "
                "are there already are skipped."
            ) from None
        return Unit(self.unit, identity, keys), last[0] + len(rows)

    def shelves(self) -> dict[int, str]:
        """The content of row 0 of each incident that has one."""
        return dict(
            self.ask(
                "SELECT incident, body::text FROM ircbot.entry WHERE unit = %s AND n = %s",
                (self.unit, SHELF),
            )
        )

    def identity(self) -> str:
        """The unit's id, wherever it was moved; "" if there is none."""
        found = self.ask("SELECT id FROM ircbot.unit WHERE name = %s", (self.unit,))
        return str(found[0][0]) if found else ""

    def moved(self) -> str:
        """Where the unit was moved to, "" if it was not."""
        found = self.ask("SELECT moved FROM ircbot.unit WHERE name = %s", (self.unit,))
        return str(found[0][0]) if found else ""

    def leave_for(self, where: str) -> None:
        """End this journal, because everything was moved `where`. Superseded if it is not ours."""
        values = (where, self.unit, self._epoch)
        sql = (
            "UPDATE ircbot.unit SET moved = %s, until = '-infinity' WHERE name = %s AND epoch = %s"
        )
        if not self.command(sql, values):
            raise self.superseded()

    def vacuum(self) -> bool:
        """Remove old versions of rewritten rows from the tables now. False if only the tables'
        owner may do that; autovacuum then does it within a minute."""
        self._warned = False
        try:
            self.connected().execute("VACUUM ircbot.entry")
        except (self._pg.Error, StoreError) as error:
            log.warning("%s: not vacuumed: %s", self.where, short(error))
            self.drop()
            return False
        return not self._warned

    # --- for whoever looks after it ---------------------------------------------------------

    def facts(self) -> Mapping[str, Any]:
        """Facts about the database and our role; condition.py interprets them."""
        found: dict[str, Any] = self.ask(_FACTS)[0][0]
        return found

    def confirm(self) -> bool:
        """Commit a change without effect, and wait until it is confirmed. False if there is no
        unit; Unsure if it is not confirmed in time."""
        return self.command(_CONFIRM, (self.unit,)) > 0


def _array(numbers: Iterable[int]) -> str:
    """Numbers as a PostgreSQL array literal."""
    return "{" + ",".join(map(str, numbers)) + "}"
