"""An entry: what a durable append costs in an incident of 10 to 1,000,000 entries.

Beside it, in the same run and on the same disk: write and fdatasync of the same bytes, SQLite
(WAL, synchronous=FULL), and TinyDB as it comes. They take turns, a few appends at a time, so that
a neighbour who writes hard bothers all alike; what counts is the median.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from tinydb import TinyDB

from ircbot.incident.events import Declared, Entry, Noted
from ircbot.incident.people import Person
from ircbot.store import Store

SIZES = (10, 1_000, 100_000)
LARGEST = 1_000_000
BATCHES = (10, 100)
ROUNDS, TURN = 40, 20  # each contender appends TURN entries ROUNDS times
SLOW = 0.01  # seconds: who takes longer for one entry is asked for fewer

_BEGAN = datetime(2018, 1, 10, 12, 0, tzinfo=UTC)
_ANN = Person("metadave", "metadave")

Append = Callable[[int], None]
"""Append so many entries with one commit, on disk on return."""


def entry(n: int) -> Entry:
    """A line as people write them."""
    text = f"listeners {n} appear to be missing from the MDN ELB"
    return Entry(1, _BEGAN + timedelta(seconds=n), _ANN, Noted(n, text), "#mdndev", said="0" * 16)


@contextmanager
def _ircbot(folder: Path, size: int) -> Iterator[Append]:
    store = Store(str(folder / "ircbot"), writer="bot")
    store.append([Entry(1, _BEGAN, _ANN, Declared("MDN is down", "mozmeao"), "#mozmeao")])
    done = 1
    while done < size:
        batch = [entry(n) for n in range(done, min(done + 1000, size))]
        store.append(batch)
        done += len(batch)
    prepared = [entry(done + n) for n in range(max(BATCHES))]

    def append(number: int) -> None:
        store.append(prepared[:number])

    yield append
    store.close()


def _line() -> bytes:
    """What ircbot writes for an entry, to the byte."""
    with tempfile.TemporaryDirectory() as name:
        store = Store(name, writer="bot")
        store.append([Entry(1, _BEGAN, _ANN, Declared("MDN is down", "mozmeao"))])
        store.append([entry(1)])
        journal = Path(name, "0001.journal").read_bytes().rstrip(b"\n")
        store.close()
    return journal.rpartition(b"\n")[2] + b"\n"


@contextmanager
def _bare(folder: Path, size: int, line: bytes) -> Iterator[Append]:
    handle = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for _ in range(0, size, 1000):
        os.write(handle, line * min(size, 1000))
    os.fsync(handle)

    def append(number: int) -> None:
        os.write(handle, line * number)
        os.fdatasync(handle)

    yield append
    os.close(handle)


@contextmanager
def _sqlite(folder: Path, size: int, line: bytes) -> Iterator[Append]:
    database = sqlite3.connect(folder / "sqlite", isolation_level=None)
    database.execute("pragma journal_mode=wal")
    database.execute("pragma synchronous=full")
    database.execute("create table entries (id integer primary key, entry text)")
    text = line.decode()
    insert = "insert into entries (entry) values (?)"
    database.execute("begin")
    database.executemany(insert, [(text,)] * size)
    database.execute("commit")

    def append(number: int) -> None:
        if number == 1:
            database.execute(insert, (text,))
            return
        database.execute("begin")
        database.executemany(insert, [(text,)] * number)
        database.execute("commit")

    yield append
    database.close()


@contextmanager
def _tinydb(folder: Path, size: int, line: bytes) -> Iterator[Append]:
    path = folder / "tinydb.json"
    (document,) = json.loads(line.split(b" ", 2)[2])["_default"].values()
    path.write_text(json.dumps({"_default": {str(n): document for n in range(1, size + 1)}}))
    database = TinyDB(path)

    def append(number: int) -> None:
        database.insert_multiple([document] * number)

    yield append
    database.close()


@dataclass(frozen=True)
class Timed:
    """Medians in microseconds for one entry, by contender."""

    ircbot: float
    bare: float
    sqlite: float
    tinydb: float | None


def _take_turns(contenders: dict[str, Append], number: int) -> dict[str, float]:
    """The median time of each for one entry, in commits of `number`."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, append in contenders.items():
            slow = times[name] and median(times[name]) > SLOW
            if slow and len(times[name]) >= 3:
                continue
            for _ in range(1 if slow or not times[name] else TURN):
                began = time.perf_counter()
                append(number)
                times[name].append(time.perf_counter() - began)
    return {name: median(taken) / number * 1e6 for name, taken in times.items()}


def measure(folder: Path, size: int, number: int = 1, *, stock: bool = True) -> Timed:
    """What an entry costs in an incident of `size` entries, in commits of `number`."""
    line = _line()
    with tempfile.TemporaryDirectory(dir=folder, prefix="ircbot-bench-") as name:
        there = Path(name)
        with (
            _ircbot(there, size) as ircbot,
            _bare(there, size, line) as bare,
            _sqlite(there, size, line) as sqlite,
            _tinydb(there, size if stock else 1, line) as tinydb,
        ):
            contenders = {"ircbot": ircbot, "bare": bare, "sqlite": sqlite}
            if stock:
                contenders["tinydb"] = tinydb
            taken = _take_turns(contenders, number)
    return Timed(taken["ircbot"], taken["bare"], taken["sqlite"], taken.get("tinydb"))


def run(quick: bool = False, largest: bool = False) -> str:
    """The tables."""
    there = Path(tempfile.gettempdir())
    sizes = SIZES[:-1] if quick else (*SIZES, LARGEST) if largest else SIZES
    rows = [
        "Microseconds for one entry, medians.",
        "",
        "| entries there | ircbot | write + fdatasync | SQLite WAL, FULL | stock TinyDB "
        "| ircbot against the bare bytes |",
        "|--:|--:|--:|--:|--:|--:|",
    ]
    first = None
    for size in sizes:
        t = measure(there, size, stock=size < LARGEST)
        first = first or t.ircbot
        stock = "–" if t.tinydb is None else f"{t.tinydb:,.0f}"
        rows.append(
            f"| {size:,} | {t.ircbot:.0f} | {t.bare:.0f} | {t.sqlite:.0f} | {stock} "
            f"| {t.ircbot / t.bare:.2f} |"
        )
    rows += [
        "",
        f"From {sizes[0]:,} to {sizes[-1]:,} entries, ircbot takes {t.ircbot / (first or 1):.2f} "
        "times as long.",
    ]
    rows += [
        "",
        "Lines of one socket read are committed together; microseconds for one of them:",
        "",
        "| lines | ircbot | write + fdatasync | SQLite WAL, FULL |",
        "|--:|--:|--:|--:|",
    ]
    for number in BATCHES:
        t = measure(there, SIZES[1], number, stock=False)
        rows.append(f"| {number} | {t.ircbot:.1f} | {t.bare:.1f} | {t.sqlite:.1f} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(run())
