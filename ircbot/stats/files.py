"""Write tables into new files: one SQLite file, or a folder of CSV. Never changes an existing file.

Knows no incident. Unfinished files are removed. Raises Failed with the reason.
"""

from __future__ import annotations

import contextlib
import csv
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TextIO

from ircbot.errors import Failed
from ircbot.stats.rows import cell

TableColumns = Mapping[str, Sequence[str]]
Rows = Iterable[tuple[str, Sequence[Any]]]
_TOGETHER = 1000  # rows to write at a time


def write_sqlite(path: Path, tables: TableColumns, rows: Rows) -> None:
    """Write tables into a new SQLite file, mode 0600.

    The first column of the table `incident` is referenced by the column `incident` of the others.
    """
    with _told(path), _new_file(path):
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode = OFF")  # the whole file is written, or none
            db.execute("BEGIN")
            for name, columns in tables.items():
                db.execute(f"CREATE TABLE {_quoted(name)} ({_columns(name, columns, tables)})")
            for name, some in _together(rows):
                marks = ", ".join("?" * len(tables[name]))
                db.executemany(f"INSERT INTO {_quoted(name)} VALUES ({marks})", some)
            for name, columns in tables.items():
                if "incident" in tables and columns[0] == "incident":
                    index = _quoted(f"{name} of incident")
                    db.execute(f"CREATE INDEX {index} ON {_quoted(name)} (incident)")
            db.execute("COMMIT")
        _flushed(path)


def write_csv(folder: Path, tables: TableColumns, rows: Rows) -> None:
    """Write tables into a new private folder, one CSV file each."""
    with _told(folder), _new_folder(folder), ExitStack() as files:
        writers = {name: csv.writer(files.enter_context(_new_csv(folder, name))) for name in tables}
        for name, columns in tables.items():
            writers[name].writerow(columns)
        for name, row in rows:
            writers[name].writerow(map(cell, row))


def _columns(name: str, columns: Sequence[str], tables: TableColumns) -> str:
    kinds = []
    for place, column in enumerate(columns):
        kind = ""
        if name == "incident" and place == 0:
            kind = " INTEGER PRIMARY KEY"
        elif column == "incident" and "incident" in tables:
            # With the column: datasette needs it.
            kind = f" INTEGER REFERENCES incident({_quoted(tables['incident'][0])})"
        kinds.append(f"{_quoted(column)}{kind}")
    return ", ".join(kinds)


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def _together(rows: Rows) -> Iterator[tuple[str, list[Sequence[Any]]]]:
    """Successive rows of one table, in batches that fit into memory."""
    waiting: dict[str, list[Sequence[Any]]] = {}
    for name, row in rows:
        some = waiting.setdefault(name, [])
        some.append(row)
        if len(some) >= _TOGETHER:
            yield name, waiting.pop(name)
    yield from waiting.items()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Failed(f"cannot write {path}: {error.strerror}.") from error
    except sqlite3.Error as error:
        raise Failed(f"cannot write {path}: {error}.") from error


@contextmanager
def _new_file(path: Path) -> Iterator[None]:
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def _new_folder(path: Path) -> Iterator[None]:
    path.mkdir(mode=0o700)
    try:
        yield
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise


def _new_csv(folder: Path, name: str) -> TextIO:
    return (folder / f"{name}.csv").open("x", encoding="utf-8", newline="")


def _flushed(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
