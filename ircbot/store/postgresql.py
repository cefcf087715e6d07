"""A journal that several machines share: PostgreSQL, a row for each entry.

Knows neither events nor files. `SharedStore` (shared.py) is the engine over it.

The hard part is to know what is on record, whatever dies or stands still on the way:

- **One statement appends**, and commits by itself: a client that stands still holds no lock. It
  fences by the epoch of the lease, for the bot, and by the number of the last change, for
  everybody: who has not seen all that is there has a number that is taken (Behind).
- **No append is ever cancelled.** While a synchronous standby is gone, a cancelled commit shows on
  one machine only. What takes too long has its connection dropped, and is in doubt.
- **What is in doubt** is looked for when there is a connection again: it may be there, or still be
  waiting for the standby, or be gone. What is found is confirmed by one more write that the
  standby has, too, before anybody is told.
- Only the database's clock says how long a lease lasts.

psycopg is imported when a database is opened; the extra is ircbot[ha].
"""

from __future__ import annotations

import json
import logging
import select
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ircbot.cluster.lease import Renewed, Standby, Standing, Taken
from ircbot.errors import Behind, StoreError, Superseded
from ircbot.extras import how_to_add
from ircbot.hosts import is_loopback

if TYPE_CHECKING:
    from psycopg import Connection

log = logging.getLogger(__name__)

VERSION = 3  # of the tables
UNFENCED = -1  # the epoch of a tool, which is no bot and needs no lease
FENCED = 2**63 - 1  # one that no holder ever has: nothing can be recorded with it
SHELF = 0  # the position of the row that says where an incident is kept

_PAGE = 5000  # rows that are read at a time
_CONNECTS_WITHIN = 2  # seconds; libpq takes no less

# Each brings the tables from the version before to its own. Run by their owner, never by the bot.
_MIGRATIONS = (
    """
CREATE TABLE ircbot.unit (
    name text PRIMARY KEY,
    id text NOT NULL,
    keys json NOT NULL,
    epoch bigint NOT NULL DEFAULT 0,
    holder text NOT NULL DEFAULT '',
    machine text NOT NULL DEFAULT '',
    until timestamptz NOT NULL DEFAULT '-infinity',
    moved text NOT NULL DEFAULT ''
);
CREATE TABLE ircbot.entry (
    unit text NOT NULL,
    seq bigint NOT NULL,
    incident integer NOT NULL,
    n integer NOT NULL,
    body json NOT NULL,
    PRIMARY KEY (unit, incident, n),
    UNIQUE (unit, seq)
);
-- What an erasure leaves behind is vacuumed with the next round, not after a fifth of all rows.
ALTER TABLE ircbot.entry
    SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);
""",
    """
ALTER TABLE ircbot.unit
    ADD COLUMN renewed timestamptz NOT NULL DEFAULT '-infinity',
    ADD COLUMN leave boolean NOT NULL DEFAULT false;
CREATE TABLE ircbot.standby (
    unit text NOT NULL,
    machine text NOT NULL,
    ready boolean NOT NULL,
    seen timestamptz NOT NULL,
    PRIMARY KEY (unit, machine)
);
""",
    """
CREATE TABLE ircbot.machine (
    name text PRIMARY KEY,
    process text NOT NULL,
    units integer NOT NULL,
    until timestamptz NOT NULL,
    seen timestamptz NOT NULL DEFAULT now()
);
""",
)

_HELD = """
WITH held AS (
    SELECT 1 FROM ircbot.unit
    WHERE name = %(unit)s AND moved = '' AND (%(epoch)s::bigint < 0 OR epoch = %(epoch)s)
    FOR SHARE
)"""
# An array of texts would be escaped character by character; what comes out is the text as it was.
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
# Whoever has not heard everything leaves it to somebody who has, for as long again.
_READY = """
    ready AND abs(extract(epoch FROM now() - seen)) < %(ttl)s
"""
# A lease that would last longer than any is of a clock that was set back meanwhile.
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
    until = now() + make_interval(secs => %(ttl)s), renewed = now(), leave = false
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
# Its epoch goes with it: who gave it away records nothing more.
_RELEASE = """
UPDATE ircbot.unit SET until = now(), holder = '', epoch = epoch + 1, leave = false
WHERE name = %s AND epoch = %s AND holder <> ''
"""
# Nothing waits for it, and nothing is lost with it.
_STAND_BY = """
INSERT INTO ircbot.standby (unit, machine, ready, seen)
SELECT %(unit)s, %(machine)s, %(ready)s, now()
FROM set_config('synchronous_commit', 'off', true)
ON CONFLICT (unit, machine) DO UPDATE SET ready = excluded.ready, seen = now()
"""
_STANDING = """
SELECT CASE WHEN holder <> '' AND until > now() THEN machine ELSE '' END, epoch,
    extract(epoch FROM now() - nullif(renewed, '-infinity'))::float
FROM ircbot.unit WHERE name = %(unit)s
"""
_STANDBYS = """
SELECT machine, ready AND seen > now() - make_interval(secs => %(ttl)s),
    extract(epoch FROM now() - seen)::float
FROM ircbot.standby WHERE unit = %(unit)s ORDER BY machine
"""
_CONFIRM = "UPDATE ircbot.unit SET machine = machine WHERE name = %s"

# What the bot's role may do with each table, and no more.
_RIGHTS = {
    "ircbot.version": "SELECT",
    "ircbot.unit": "SELECT, INSERT, UPDATE",
    "ircbot.entry": "SELECT, INSERT, UPDATE, DELETE",
    "ircbot.standby": "SELECT, INSERT, UPDATE, DELETE",
    "ircbot.machine": "SELECT, INSERT, UPDATE, DELETE",
}
_WANTED = ", ".join(
    f"('{table}', '{right}')" for table, all_ in _RIGHTS.items() for right in all_.split(", ")
)
# Of standbys, only members of pg_read_all_stats see more than that they are there.
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


def schema(role: str) -> str:
    """The SQL that makes the tables, or brings them up to date, and lets a role use them: it may
    add, rewrite and remove entries, and neither drop nor empty a table."""
    quoted = '"' + role.replace('"', '""') + '"'
    steps = "".join(
        f"""DO $migrate$ BEGIN
IF NOT EXISTS (SELECT FROM ircbot.version WHERE version >= {number}) THEN
{sql.strip()}
INSERT INTO ircbot.version VALUES ({number});
END IF;
END $migrate$;
"""
        for number, sql in enumerate(_MIGRATIONS, 1)
    )
    grants = "".join(f"GRANT {part} ON {name} TO {quoted};\n" for name, part in _RIGHTS.items())
    return f"""BEGIN;
CREATE SCHEMA IF NOT EXISTS ircbot;
CREATE TABLE IF NOT EXISTS ircbot.version (version integer PRIMARY KEY);
{steps}GRANT USAGE ON SCHEMA ircbot TO {quoted};
{grants}COMMIT;
"""


class Unsure(StoreError):
    """Whether something is on record is not known; `settle` finds out."""


@dataclass(frozen=True, slots=True)
class Row:
    """A document of an incident at its position, as JSON. `SHELF` is no document."""

    incident: int
    n: int
    body: str


@dataclass(frozen=True, slots=True)
class Change:
    """What is written at once: rows that take others' places, rows that are new, and incidents of
    which all is removed."""

    added: tuple[Row, ...] = ()
    changed: tuple[Row, ...] = ()
    gone: tuple[int, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, in the order of their numbers."""
        return (*self.changed, *self.added)


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisation's part of the database. `id` is no other's, `keys` are its secret's."""

    name: str
    id: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Backend:
    """The database's process behind a connection, and since when."""

    pid: int
    since: str


@dataclass(frozen=True, slots=True)
class _Doubt:
    """What was written after `seq`, and may be on record."""

    seq: int
    rows: tuple[Row, ...]


class PostgresJournal:
    """The rows of one unit. Not for several threads at once."""

    def __init__(
        self,
        dsn: str,
        unit: str = "main",
        *,
        patience: float = 5.0,
        rest: float = 1.0,
        now: Any = time.monotonic,
    ) -> None:
        """`patience` is how many seconds an answer may take; whoever could not connect rests for
        `rest` seconds. StoreError if the extra is missing or the connection could be overheard.
        """
        self.unit = unit
        self._epoch = UNFENCED  # of our lease
        self._ttl = 0.0
        self._patience = patience
        self._rest = rest
        self._now = now
        self._tired: tuple[float, str] = (float("-inf"), "")  # until when not to try, and why
        self._pg = _psycopg()
        self._asked, self.where = _asked(self._pg, dsn)
        self._connection: Connection[Any] | None = None
        self._backend = _Backend(0, "")
        self._stuck: _Backend | None = None  # one that we left while it was committing
        self._doubt: _Doubt | None = None
        self._warned = False
        self._listens = False
        self._is_called = False  # whoever has the lease is asked for something
        self._class: type[Connection[Any]] = _patient(self._pg, self)

    # --- asking -----------------------------------------------------------------------------

    def _connected(self) -> Connection[Any]:
        """The connection, a new one if need be. StoreError if there is none."""
        if self._connection is not None:
            return self._connection
        until, why = self._tired
        if self._now() < until:
            raise StoreError(why)
        try:
            connection = self._class.connect(**self._asked, autocommit=True)
            connection.add_notice_handler(self._noticed)
            connection.add_notify_handler(self._called)
            self._connection = connection
            self._settle_in(connection)
        except self._pg.Error as error:
            raise self._lost(error) from None
        except BaseException:
            self.drop()
            raise
        return connection

    def _settle_in(self, connection: Connection[Any]) -> None:
        found = connection.execute(
            "SELECT pid, backend_start::text, pg_is_in_recovery(),"
            " current_setting('synchronous_commit'), current_setting('server_encoding'),"
            " to_regclass('ircbot.version') IS NOT NULL"
            " FROM pg_stat_activity WHERE pid = pg_backend_pid()"
        ).fetchone()
        assert found is not None
        self._backend = _Backend(found[0], found[1])
        if found[0] != connection.info.backend_pid:
            raise StoreError(
                f"{self.where} is behind a pooler, which may give a connection to others between "
                "two statements. Connect to the database itself."
            )
        if found[2]:
            raise StoreError(f"{self.where} is a standby and takes nothing. Name the primary too.")
        if found[3] not in ("on", "remote_apply"):
            connection.execute("SET synchronous_commit = on")
        if found[4] != "UTF8":
            raise StoreError(f"{self.where} is not in UTF-8. Make one with `createdb -E UTF8`.")
        version = 0
        if found[5]:
            row = connection.execute("SELECT max(version) FROM ircbot.version").fetchone()
            version = (row and row[0]) or 0
        if version < VERSION:
            what = "has no tables of ircbot" if not version else "has the tables of an older ircbot"
            raise StoreError(
                f"{self.where} {what}. Have their owner run "
                "`ircbot store schema --role ROLE | psql`."
            )
        if version > VERSION:
            raise StoreError(f"{self.where} is used by a newer ircbot. Upgrade this one.")
        if self._listens:
            connection.execute("LISTEN ircbot")
        if self._stuck is not None and self._is_at_work(connection, self._stuck):
            raise StoreError(
                f"{self.where} does not confirm what was written. No synchronous standby answers, "
                "or something has locked the tables."
            )
        self._stuck = None

    def _is_at_work(self, connection: Connection[Any], backend: _Backend) -> bool:
        """Whether one that we left still writes. One that only waits for us is ended, so that what
        is on its way to it comes to nothing; one that commits is not, as that would be a cancel."""
        values = (backend.pid, backend.since)
        of_it = "FROM pg_stat_activity WHERE pid = %s AND backend_start::text = %s"
        ending = f"SELECT pg_terminate_backend(pid, 1000) {of_it} AND state LIKE 'idle%%'"
        connection.execute(ending, values)
        return connection.execute(f"SELECT 1 {of_it}", values).fetchone() is not None

    def _called(self, notify: Any) -> None:
        """Somebody calls; a hint and no more, as it may get lost."""
        self._is_called = self._is_called or notify.payload == self.unit

    def _noticed(self, notice: Any) -> None:
        """A commit whose wait was cancelled by somebody succeeds, with a warning."""
        log.warning("%s: %s", self.where, notice.message_primary)
        self._warned = self._warned or notice.severity_nonlocalized == "WARNING"

    def _lost(self, error: Exception) -> StoreError:
        """Drop the connection; the error to raise."""
        self.drop()
        told = StoreError(f"{self.where} does not answer ({_short(error)}). See to the database.")
        self._tired = (self._now() + self._rest, str(told))
        return told

    def drop(self) -> None:
        """Let go of the connection without a word: nothing is cancelled."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _ask(self, sql: str, values: Any = ()) -> tuple[Any, ...]:
        """The rows that a question has for an answer. It changes nothing, so it is asked again if
        an old connection turns out to be dead."""
        fresh = self._connection is None
        connection = self._connected()
        try:
            return tuple(connection.execute(sql, values).fetchall())
        except self._pg.OperationalError as error:
            lost = self._lost(error)
            if fresh:
                raise lost from None
        except self._pg.Error as error:
            raise StoreError(f"{self.where} refuses ({_short(error)}).") from None
        except BaseException:
            self.drop()
            raise
        self._tired = (float("-inf"), "")
        return self._ask(sql, values)

    def _command(self, sql: str, values: Any = ()) -> int:
        """How many rows a statement that commits by itself had. Unsure if that is not known."""
        return self._commanded(sql, values)[0]

    def _commanded(self, sql: str, values: Any = ()) -> tuple[int, Sequence[Any]]:
        """The same, with the rows that it returns."""
        connection = self._connected()
        self._warned = False
        try:
            cursor = connection.execute(sql, values, prepare=True)
            done = cursor.rowcount, cursor.fetchall() if cursor.description else ()
        except self._pg.errors.UniqueViolation:
            raise Behind("another process wrote to the journal meanwhile. Try again.") from None
        except self._pg.Error as error:
            refused = error.sqlstate and not connection.closed and not connection.broken
            if refused:  # and so it is rolled back
                raise StoreError(f"{self.where} refuses ({_short(error)}).") from None
            self._stuck = self._backend
            told = self._lost(error)
            self._tired = (float("-inf"), "")
            raise Unsure(str(told)) from None
        except BaseException:
            self._stuck = self._backend
            self.drop()
            raise
        if self._warned:
            raise Unsure(f"{self.where} has not confirmed what was written.")
        return done

    # --- the unit and its lease -------------------------------------------------------------

    def find(self) -> Unit | None:
        """The unit, None if there is none yet. StoreError if it was moved into a folder."""
        rows = self._ask("SELECT id, keys, moved FROM ircbot.unit WHERE name = %s", (self.unit,))
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
        """The unit, made if there is none."""
        found = self.find()
        if found is None:
            self._command(
                "INSERT INTO ircbot.unit (name, id, keys) VALUES (%s, %s, %s)"
                " ON CONFLICT DO NOTHING",
                (self.unit, identity, json.dumps(list(keys))),
            )
            found = self.find()
            assert found is not None
        return found

    def take(self, holder: str, machine: str, ttl: float) -> int:
        """Be the one who answers, for `ttl` seconds; the epoch, StoreError says who is it instead.
        A `holder` that is ours, and died, is no obstacle."""
        if self.try_take(holder, machine, ttl) is None:
            who = self._ask(
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
    ) -> Taken | None:
        """The same, None if it is another's. Who is not `ready` leaves it to whoever is."""
        values = {
            "unit": self.unit,
            "holder": holder,
            "machine": machine,
            "ttl": ttl,
            "ready": ready,
        }
        taken = self._commanded(_TAKE, values)[1]
        if not taken:
            return None
        epoch, before, planned, seen = taken[0]
        self._epoch, self._ttl = epoch, ttl
        return Taken(epoch, before, planned, seen)

    def adopt(self, epoch: int) -> None:
        """Go by a lease that somebody else took for us, and renews."""
        self._epoch = epoch

    def renew(self) -> Renewed:
        """Go on for as long again. Superseded if somebody else was faster."""
        values = {"unit": self.unit, "epoch": self._epoch, "ttl": self._ttl}
        found = self._commanded(_RENEW, values)[1]
        if not found:
            raise self.superseded()
        return Renewed(*found[0])

    def release(self) -> None:
        """Leave the lease to others, and record nothing more."""
        epoch, self._epoch = self._epoch, FENCED
        self._command(_RELEASE, (self.unit, epoch))

    def fence(self) -> None:
        """Record nothing until a lease is taken."""
        self._epoch = FENCED

    def listen(self) -> None:
        """Hear from now on whether whoever has the lease is called."""
        self._listens = True
        self._command("LISTEN ircbot")

    def be_patient(self, patience: float) -> None:
        """Wait for so many seconds for an answer from now on."""
        self._patience = patience

    def called(self) -> bool:
        """Whether whoever has the lease was called since this was asked last, as far as an answer
        of the database brought it."""
        called, self._is_called = self._is_called, False
        return called

    def stand_by(self, machine: str, *, ready: bool) -> None:
        """Say that a machine is there in case the holder is not any more."""
        self._command(_STAND_BY, {"unit": self.unit, "machine": machine, "ready": ready})

    def stand_by_no_more(self, machine: str) -> None:
        """Say that it is not."""
        sql = "DELETE FROM ircbot.standby WHERE unit = %s AND machine = %s"
        self._command(sql, (self.unit, machine))

    def standing(self, ttl: float) -> Standing:
        """Who holds the lease, and who stands by; nobody is there who was not seen for `ttl`."""
        values = {"unit": self.unit, "ttl": ttl}
        found = self._ask(_STANDING, values)
        machine, epoch, age = found[0] if found else ("", 0, None)
        standbys = tuple(Standby(*row) for row in self._ask(_STANDBYS, values))
        return Standing(machine, epoch, age, standbys)

    def ask_to_leave(self) -> None:
        """Have the holder give its lease away with its next renewal."""
        self._command("UPDATE ircbot.unit SET leave = true WHERE name = %s", (self.unit,))
        self._ask("SELECT pg_notify('ircbot', %s)::text", (self.unit,))

    def superseded(self) -> StoreError:
        """The error that says whose the unit is now."""
        found = self._ask("SELECT machine, moved FROM ircbot.unit WHERE name = %s", (self.unit,))
        machine, moved = found[0] if found else ("", "")
        if moved:
            return Superseded(f"the journal of {self.unit} was moved to {moved}.")
        if not found:
            return Superseded(f"the journal of {self.unit} was removed from {self.where}.")
        return Superseded(f"{machine} answers for {self.unit} now.")

    def close(self) -> None:
        """Leave the lease to others, if that can be done, and go."""
        if UNFENCED < self._epoch < FENCED and self._connection is not None:
            with suppress(StoreError):
                self.release()
        self.drop()

    # --- reading ----------------------------------------------------------------------------

    def since(self, seq: int) -> tuple[tuple[int, Row], ...]:
        """The next rows after a number, and theirs; () if there are none."""
        found = self._ask(_SINCE, (self.unit, seq, _PAGE))
        return tuple((number, Row(*row)) for number, *row in found)

    def whole(self, incident: int) -> dict[int, str]:
        """All documents of an incident, by their positions."""
        return dict(
            self._ask(
                "SELECT n, body::text FROM ircbot.entry"
                " WHERE unit = %s AND incident = %s AND n > 0 ORDER BY n",
                (self.unit, incident),
            )
        )

    def counts(self) -> dict[int, int]:
        """How many documents each incident has; 0 for one that was removed."""
        return dict(
            self._ask(
                "SELECT incident, max(n) FROM ircbot.entry WHERE unit = %s GROUP BY incident",
                (self.unit,),
            )
        )

    # --- writing ----------------------------------------------------------------------------

    def write(self, seq: int, change: Change) -> None:
        """Add what comes after a number, all or none; it is on record on return.

        Behind if that is not the last number; Superseded if the lease is another's; Unsure if it
        may be on record, and then `settle` must be asked. Any other StoreError: it is not.
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
        doubt = _Doubt(seq, rows)
        try:
            if change.changed or change.gone:
                values |= {"gone": _array(change.gone), "changed": len(change.changed)}
                done = self._command(_REWRITE, values)
            else:
                done = self._command(_ADD, values)
        except Unsure:
            self._doubt = doubt
            raise
        if not done:
            raise self.superseded()

    def settle(self) -> bool:
        """Whether what was unsure is on record. StoreError while that cannot be known."""
        doubt = self._doubt
        assert doubt is not None
        # Whoever was writing it is gone by now (`_settle_in`), so it is there or never will be.
        self._connected()
        found = self._ask(_SINCE, (self.unit, doubt.seq, len(doubt.rows)))
        there = tuple((number, Row(*row)) for number, *row in found)
        ours = tuple(enumerate(doubt.rows, doubt.seq + 1))
        if there == ours:
            # This machine has it. The standby has it when it has what comes after it.
            self.confirm()
        self._doubt = None
        return there == ours

    # --- moving -----------------------------------------------------------------------------

    def load(self, identity: str, keys: Sequence[str], rows: Sequence[Row]) -> tuple[Unit, int]:
        """Add many rows, all or none, to a unit that no bot uses, made if there is none; it, and
        its last number. `keys` are added to its own."""
        connection = self._connected()
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
                cursor.execute(
                    "UPDATE ircbot.unit SET keys = %s, moved = '', epoch = epoch + 1"
                    " WHERE name = %s",
                    (json.dumps(keys), self.unit),
                )
                last = cursor.execute(
                    "SELECT coalesce(max(seq), 0) FROM ircbot.entry WHERE unit = %s", (self.unit,)
                ).fetchone()
                assert last is not None
                with cursor.copy(
                    "COPY ircbot.entry (unit, seq, incident, n, body) FROM STDIN"
                ) as copy:
                    for number, row in enumerate(rows, last[0] + 1):
                        copy.write_row((self.unit, number, row.incident, row.n, row.body))
        except self._pg.Error as error:
            self.drop()
            raise StoreError(
                f"{self.where} does not take it ({_short(error)}). Try again; what is there "
                "already is found."
            ) from None
        return Unit(self.unit, found[0], keys), last[0] + len(rows)

    def shelves(self) -> dict[int, str]:
        """What row 0 says of each incident that has one."""
        return dict(
            self._ask(
                "SELECT incident, body::text FROM ircbot.entry WHERE unit = %s AND n = %s",
                (self.unit, SHELF),
            )
        )

    def moved(self) -> str:
        """Where the unit was moved to, "" if it was not."""
        found = self._ask("SELECT moved FROM ircbot.unit WHERE name = %s", (self.unit,))
        return str(found[0][0]) if found else ""

    def leave_for(self, where: str) -> None:
        """Be no journal any more, as all of it is somewhere else. Superseded if it is not ours."""
        values = (where, self.unit, self._epoch)
        sql = (
            "UPDATE ircbot.unit SET moved = %s, until = '-infinity' WHERE name = %s AND epoch = %s"
        )
        if not self._command(sql, values):
            raise self.superseded()

    def vacuum(self) -> bool:
        """Have what was rewritten taken from the tables now; false if only their owner may, and the
        database does it by itself in a minute."""
        self._warned = False
        try:
            self._connected().execute("VACUUM ircbot.entry")
        except (self._pg.Error, StoreError) as error:
            log.warning("%s: not vacuumed: %s", self.where, _short(error))
            self.drop()
            return False
        return not self._warned

    # --- for whoever looks after it ---------------------------------------------------------

    def facts(self) -> Mapping[str, Any]:
        """What the database says of itself and of our role; cluster/condition.py makes sense of
        it."""
        found: dict[str, Any] = self._ask(_FACTS)[0][0]
        return found

    def confirm(self) -> bool:
        """Have a commit confirmed that changes nothing; false if there is no unit to commit to.
        Unsure if it waits."""
        return self._command(_CONFIRM, (self.unit,)) > 0


# --- psycopg ----------------------------------------------------------------------------------


def _psycopg() -> Any:
    try:
        import psycopg
    except ImportError:
        raise StoreError(
            f'[store] engine = "postgresql" needs the extra ha: {how_to_add("ha")}'
        ) from None
    return psycopg


def _asked(pg: Any, dsn: str) -> tuple[dict[str, Any], str]:
    """How to connect, and what to call the database, without any secret. The certificate is
    verified unless the database is on this machine; StoreError for less."""
    from psycopg.conninfo import conninfo_to_dict

    try:
        given = {name: value for name, value in conninfo_to_dict(dsn).items() if value is not None}
    except pg.Error:  # which may say the password
        raise StoreError("[store] dsn is no connection string of PostgreSQL.") from None
    defaults = {
        one.keyword.decode(): one.val.decode()
        for one in pg.pq.Conninfo.get_defaults()
        if one.val is not None
    }
    named = given.get("hostaddr") or defaults.get("hostaddr") or given.get("host")
    if named is None and "service" not in given:
        named = defaults.get("host") or ""
    hosts = [host.strip() for host in str(named).split(",")]
    here = named is not None and all(
        not host or host[0] in "/@" or is_loopback(host) for host in hosts
    )
    mode = given.get("sslmode")
    if not here:
        if mode not in (None, "verify-full"):
            raise StoreError(
                f"[store] dsn has sslmode={mode}, with which anybody on the way could be the "
                "database. Say sslmode=verify-full (and sslrootcert=FILE), or leave it out."
            )
        given |= {"sslmode": "verify-full", "gssencmode": "disable"}  # which would come first
    database = given.get("dbname") or defaults.get("dbname") or "its user's"
    shown = "this machine" if here else str(given.get("host") or given.get("hostaddr") or named)
    return (
        {
            "connect_timeout": _CONNECTS_WITHIN,
            "application_name": "ircbot",
            "client_encoding": "utf8",
            **({"target_session_attrs": "read-write"} if len(hosts) > 1 else {}),
            **given,
        },
        f"the database {database} on {shown}",
    )


def _patient(pg: Any, journal: PostgresJournal) -> type[Connection[Any]]:
    """A connection that waits for an answer as long as the journal has patience, and not longer,
    and never sends a cancel, whatever interrupts it."""
    from psycopg.waiting import Ready, Wait

    class Patient(pg.Connection):  # type: ignore[misc]
        def wait(self, generator: Generator[Any, Any, Any], interval: float = 0.0) -> Any:
            until = time.monotonic() + journal._patience
            poll = select.poll()
            try:
                wanted = next(generator)
                while True:
                    events = (select.POLLIN if wanted & Wait.R else 0) | (
                        select.POLLOUT if wanted & Wait.W else 0
                    )
                    poll.register(self.pgconn.socket, events)
                    found = poll.poll(max(0.0, until - time.monotonic()) * 1000)
                    if not found:
                        self.pgconn.finish()
                        raise pg.OperationalError(f"no answer in {journal._patience:g} s")
                    happened = found[0][1]
                    readable = Ready.R if happened & ~select.POLLOUT else 0
                    writable = Ready.W if happened & select.POLLOUT else 0
                    wanted = generator.send(Ready(readable | writable))
            except StopIteration as done:
                return done.value

    return Patient


def _array(numbers: Iterable[int]) -> str:
    """Numbers as PostgreSQL reads an array of them."""
    return "{" + ",".join(map(str, numbers)) + "}"


def _short(error: Exception) -> str:
    """What an error says, without what may be somebody's words, and without advice: libpq's is to
    verify no certificate."""
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    lines = str(primary or error).strip().splitlines() or [type(error).__name__]
    tried = [line for line in lines if line.startswith("- host: ")]  # of several servers
    reasons = [line.rpartition("failed: ")[2].strip().rstrip(".") for line in tried or lines[:1]]
    return "; ".join(dict.fromkeys(reasons))
