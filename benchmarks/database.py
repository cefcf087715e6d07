"""A `TL:` line through the whole engine: the record in a folder, and in PostgreSQL.

The folder, a bare O_DSYNC write, one PostgreSQL and one with a synchronous standby take turns, on
the same disk, all of them flushing. Batches are lines of one socket read. Needs PostgreSQL 15.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median, quantiles

from ircbot.config.journal import JournalSettings
from ircbot.engine import IncidentEngine
from ircbot.incident.line import Line
from ircbot.incident.setting import Setting
from ircbot.incident.state import State
from ircbot.processes import load_process
from ircbot.record import open_record

ROUNDS, TURN, BATCH = 30, 10, 100
AUTHORS = 20

_BEGAN = datetime(2018, 1, 10, 12, 0, tzinfo=UTC)

Hear = Callable[[int], None]
"""Hear so many lines of one read; what they say is on record on return."""


@contextmanager
def _engine(folder: Path, journal: JournalSettings | None) -> Iterator[Hear]:
    store = open_record(str(folder), "bot", journal)
    setting = Setting(load_process("mozmeao"), channels=("#moc",))
    engine = IncidentEngine(setting, store, State())
    engine.hear([Line(_BEGAN, "#moc", "metadave", "!inc declare MDN is down")])
    numbers = count(1)

    def hear(number: int) -> None:
        lines = []
        for n in (next(numbers) for _ in range(number)):
            text = f"TL: listeners {n} appear to be missing from the MDN ELB"
            lines.append(Line(_BEGAN + timedelta(seconds=n), "#moc", f"author{n % AUTHORS}", text))
        before = engine.recorded
        engine.hear(lines)
        if engine.recorded - before != number:
            raise RuntimeError("not everything was recorded")

    yield hear
    store.close()


@contextmanager
def _bare(folder: Path) -> Iterator[Hear]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_DSYNC
    handle = os.open(folder / "bare", flags, 0o600)

    def write(number: int) -> None:
        os.write(handle, b"x" * 314 * number)

    yield write
    os.close(handle)


@contextmanager
def _batch(journal: JournalSettings) -> Iterator[Hear]:
    """As much by psycopg alone, a batch in a statement: what no engine can be faster than."""
    import psycopg

    sql = """INSERT INTO ircbot.entry
        SELECT 'bare', seq, 1, seq, body::json
        FROM unnest(%s::bigint[], %s::text[]) AS new (seq, body)"""
    numbers = count(1)
    body = f'{{"text":"{"x" * 400}"}}'
    with psycopg.connect(journal.dsn, autocommit=True) as connection:

        def write(number: int) -> None:
            places = [next(numbers) for _ in range(number)]
            connection.execute(sql, (places, [body] * number), prepare=True)

        yield write


@contextmanager
def _database(*, standby: bool) -> Iterator[JournalSettings]:
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    from rig.daemon import new_folder
    from rig.postgresql import start_postgresql, start_standby

    with ExitStack() as undo:

        def folder() -> Path:
            made: Path = new_folder()
            undo.callback(shutil.rmtree, made, ignore_errors=True)
            return made

        cluster = start_postgresql(folder(), durable=True)
        undo.callback(cluster.daemon.crash)
        if standby:
            undo.callback(start_standby(cluster, folder()).crash)
            cluster.configure("synchronous_standby_names = 'standby'")
            cluster.until("EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')")
        yield JournalSettings(cluster.dsn)


def _contenders(stack: ExitStack, *, standby: bool) -> dict[str, Hear]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ircbot-bench-")))
    found = {
        "bare O_DSYNC write": stack.enter_context(_bare(folder)),
        "folder": stack.enter_context(_engine(folder / "a", None)),
    }
    for name, follows in {"PostgreSQL": False, "PostgreSQL, sync standby": True}.items():
        if standby or not follows:
            journal = stack.enter_context(_database(standby=follows))
            found[f"{name}, bare batch"] = stack.enter_context(_batch(journal))
            found[name] = stack.enter_context(_engine(folder / name, journal))
    return found


def measure(contenders: dict[str, Hear], number: int, rounds: int) -> dict[str, list[float]]:
    """The seconds that each takes for `number` lines of one read."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, hear in contenders.items():
            for _ in range(TURN):
                began = time.perf_counter()
                hear(number)
                times[name].append(time.perf_counter() - began)
    return times


def run(quick: bool = False) -> str:
    """The table. The quick one is without a standby."""
    rounds, size = (1, BATCH // 10) if quick else (ROUNDS, BATCH)
    with ExitStack() as stack:
        contenders = _contenders(stack, standby=not quick)
        one = measure(contenders, 1, rounds)
        many = measure(contenders, size, max(1, rounds // 5))
    rows = [
        f"| the record | p50 ms | p99 | against the folder | {size} in a read, entries/s |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, times in one.items():
        p50, p99 = median(times), quantiles(times, n=100)[98]
        against, rate = p50 / median(one["folder"]), size / median(many[name])
        rows.append(f"| {name} | {p50 * 1e3:.2f} | {p99 * 1e3:.2f} | {against:.2f} | {rate:,.0f} |")
    return "\n".join(rows)
