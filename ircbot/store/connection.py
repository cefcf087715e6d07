"""A connection to a PostgreSQL database with our tables: opened when needed, and reopened when
lost.

A write that got no answer may or may not have taken effect: `Unsure`. Nothing is ever cancelled:
while a synchronous standby is down, a cancelled commit would exist on one machine only. If an
answer is late, the connection is dropped instead.

psycopg is imported when a database is opened; the extra is ircbot[ha].
"""

from __future__ import annotations

import logging
import re
import select
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ircbot.errors import Behind, StoreError
from ircbot.extras import how_to_add
from ircbot.hosts import is_loopback
from ircbot.store.schema import VERSION

if TYPE_CHECKING:
    from psycopg import Connection

log = logging.getLogger(__name__)

_OF_SERVER = re.compile(r"^- host: .*?hostaddr: '[^']*': ")  # psycopg's, before a reason

_CONNECTS_WITHIN = 2  # seconds; libpq takes no less
_NO_DSN = (
    "[store] dsn is not a PostgreSQL connection string. In a URL, write @ : / ? # and % of a "
    "password as %40 %3A %2F %3F %23 and %25; in `password=…`, put single quotes around blanks."
)


class Unsure(StoreError):
    """A write may or may not be on record; `settle` finds out."""


@dataclass(frozen=True, slots=True)
class _Backend:
    """The server process behind a connection, and when it started."""

    pid: int
    since: str


class DatabaseConnection:
    """A connection that is reopened when it is lost. Not thread-safe."""

    def __init__(
        self,
        dsn: str,
        *,
        patience: float = 5.0,
        rest: float = 1.0,
        now: Any = time.monotonic,
    ) -> None:
        """`patience` is how many seconds an answer may take, `rest` how many seconds to wait after
        a failure to connect. StoreError if the extra is missing or the connection would not be
        secure.
        """
        self._patience = patience
        self._rest = rest
        self._now = now
        self._tired: tuple[float, str] = (float("-inf"), "")  # until when not to try, and why
        self._pg = _psycopg()
        self._asked, self.where = _asked(self._pg, dsn)
        self._connection: Connection[Any] | None = None
        self._backend = _Backend(0, "")
        self._stuck: _Backend | None = None  # one that we dropped while it may have been committing
        self._warned = False
        self._listens = False
        self._calls: set[str] = set()
        self._class: type[Connection[Any]] = _patient(self._pg, self)

    # --- asking -----------------------------------------------------------------------------

    def connected(self) -> Connection[Any]:
        """The connection, opened if necessary. StoreError if that fails."""
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
        except self._pg.errors.InsufficientPrivilege as error:
            self.drop()
            raise StoreError(
                f"{self.where} refuses ({short(error)}). Have the tables' owner run `ircbot store "
                "schema --role ROLE | psql`."
            ) from None
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
            " to_regclass('ircbot.version') IS NOT NULL,"
            " current_setting('default_transaction_read_only')"
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
            raise StoreError(
                f"{self.where} is a standby and accepts no writes. Name the primary too."
            )
        if found[6] == "on":
            raise StoreError(
                f"{self.where} accepts no writes: default_transaction_read_only is on for the "
                "role, the database or the server. Is its disk full? Some providers then set it."
            )
        if found[3] not in ("on", "remote_apply"):
            connection.execute("SET synchronous_commit = on")
        if found[4] != "UTF8":
            raise StoreError(
                f"{self.where} does not use UTF-8. Create one with `createdb -E UTF8`."
            )
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
        """Whether a process that we dropped is still writing. One that is waiting for a statement
        is ended, so that a statement still on its way has no effect; one that is committing is not,
        as that would cancel the commit."""
        values = (backend.pid, backend.since)
        of_it = "FROM pg_stat_activity WHERE pid = %s AND backend_start::text = %s"
        ending = f"SELECT pg_terminate_backend(pid, 1000) {of_it} AND state LIKE 'idle%%'"
        connection.execute(ending, values)
        return connection.execute(f"SELECT 1 {of_it}", values).fetchone() is not None

    def _called(self, notify: Any) -> None:
        """Note a notification. It is only a hint, as notifications may get lost."""
        self._calls.add(notify.payload)

    def _noticed(self, notice: Any) -> None:
        """Note a warning: a commit succeeds with one if somebody cancelled its wait for a
        standby."""
        log.warning("%s: %s", self.where, notice.message_primary)
        self._warned = self._warned or notice.severity_nonlocalized == "WARNING"

    def _lost(self, error: Exception) -> StoreError:
        """Drop the connection, and return the error to raise."""
        self.drop()
        told = StoreError(f"{self.where} does not answer ({short(error)}). Check the database.")
        self._tired = (self._now() + self._rest, str(told))
        return told

    def listen(self) -> None:
        """Receive notifications from now on."""
        self._listens = True
        self.command("LISTEN ircbot")

    def be_patient(self, patience: float) -> None:
        """Wait at most `patience` seconds for each answer from now on."""
        self._patience = patience

    def drop(self) -> None:
        """Close the connection without cancelling anything."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def ask(self, sql: str, values: Any = ()) -> tuple[Any, ...]:
        """The rows of a query. As it changes nothing, it is repeated if an old connection turns out
        to be dead."""
        fresh = self._connection is None
        connection = self.connected()
        try:
            return tuple(connection.execute(sql, values).fetchall())
        except self._pg.OperationalError as error:
            lost = self._lost(error)
            if fresh:
                raise lost from None
        except self._pg.Error as error:
            raise StoreError(f"{self.where} refuses ({short(error)}).") from None
        except BaseException:
            self.drop()
            raise
        self._tired = (float("-inf"), "")
        return self.ask(sql, values)

    def command(self, sql: str, values: Any = ()) -> int:
        """Run a statement that commits by itself, and return its number of rows. Raises Unsure if
        it may or may not have taken effect."""
        return self.commanded(sql, values)[0]

    def commanded(self, sql: str, values: Any = ()) -> tuple[int, Sequence[Any]]:
        """The same, with the rows that it returns."""
        connection = self.connected()
        self._warned = False
        try:
            cursor = connection.execute(sql, values, prepare=True)
            done = cursor.rowcount, cursor.fetchall() if cursor.description else ()
        except self._pg.errors.UniqueViolation:
            raise Behind("another process wrote to the journal meanwhile. Try again.") from None
        except self._pg.Error as error:
            refused = error.sqlstate and not connection.closed and not connection.broken
            if refused:  # and so it is rolled back
                raise StoreError(f"{self.where} refuses ({short(error)}).") from None
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
    """The connection's parameters, and the database's name for messages, without any secret. The
    certificate is verified unless the database is on this machine; StoreError if `dsn` asks for
    less.
    """
    from psycopg.conninfo import conninfo_to_dict

    try:
        given = {name: value for name, value in conninfo_to_dict(dsn).items() if value is not None}
    except pg.Error:  # its message may contain the password
        raise StoreError(_NO_DSN) from None
    if "://" in dsn and not _is_plausible(given):  # the "host" may be a part of the password
        raise StoreError(_NO_DSN)
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
                f"[store] dsn has sslmode={mode}, with which anybody on the network could pose as "
                "the database. Use sslmode=verify-full (and sslrootcert=FILE), or leave it out."
            )
        given |= {"sslmode": "verify-full", "gssencmode": "disable"}  # GSS would be tried first
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


def _is_plausible(given: Mapping[str, str]) -> bool:
    """Whether a URL was probably read as it was meant. A password with an unescaped @ or / ends too
    early, and its rest is taken for a host, a port or a database."""
    ports = given.get("port", "").split(",")
    named = [*given.get("host", "").split(","), given.get("dbname", "")]
    return all(not port or port.isdecimal() for port in ports) and not any(
        "@" in name.lstrip("@") for name in named
    )


def _patient(pg: Any, ours: DatabaseConnection) -> type[Connection[Any]]:
    """A connection class that waits for each answer for the owner's patience, and never sends a
    cancel, whatever interrupts it."""
    from psycopg.waiting import Ready, Wait

    class Patient(pg.Connection):  # type: ignore[misc]
        def wait(self, generator: Generator[Any, Any, Any], interval: float = 0.0) -> Any:
            until = time.monotonic() + ours._patience
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
                        raise pg.OperationalError(f"no answer in {ours._patience:g} s")
                    happened = found[0][1]
                    readable = Ready.R if happened & ~select.POLLOUT else 0
                    writable = Ready.W if happened & select.POLLOUT else 0
                    wanted = generator.send(Ready(readable | writable))
            except StopIteration as done:
                return done.value

    return Patient


def short(error: Exception) -> str:
    """An error's message without parts that may be people's words, and without advice: libpq
    advises not to verify certificates."""
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    lines = str(primary or error).strip().splitlines() or [type(error).__name__]
    tried = [line for line in lines if line.startswith("- host: ")]  # of several servers
    told = [_OF_SERVER.sub("", line.rpartition("failed: ")[2]) for line in tried or lines[:1]]
    reasons = [reason.strip().rstrip(".") for reason in told]
    return "; ".join(dict.fromkeys(reasons))
