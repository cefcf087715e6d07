"""The index: one SQLite file with FTS5.

Knows no store. Each incident has a row and its passages; passages get row numbers by the incident's
day, so that the newest come first without sorting.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Self

from ircbot.errors import StoreError
from ircbot.incident.hits import ANY, MARKS, FoundIncident, Hit, Passage, SearchFilter
from ircbot.search.passages import KINDS, PLACES
from ircbot.search.query import beyond_latin, every, marked, some, telling, units
from ircbot.store.disk import REAL_DISK, opened, shred_file, trying

_FORMAT = 2  # files of another format are rebuilt
_OURS = 0x1BC07 << 4  # SQLite's application_id
_WAITS = 30.0  # seconds to wait for another writer
_STORED = "text, folded, kind, n, at, nick"
_AROUND = 14  # words of context on either side of a match

# What an incident is about, rather than what was said in it.
_HEADER = ("summary", "product", "impact", "cause", "narrative")
_OVER = ("resolved", "closed")
_FEW = 3  # incidents in which a word may occur to count as rare
_TOO_OFTEN = 20_000  # passages; a more frequent word tells nothing

# A row's number: days since 1970, the incident, and the passage, the first the highest.
_DAY, _INCIDENT, _KIND = 47, 24, 19
_LAST = (1 << _INCIDENT) - 1
_MOST_OF_A_KIND = 1 << _KIND
_HIGHEST_ID = (1 << (_DAY - _INCIDENT)) - 1
_LAST_DAY = (1 << 16) - 1

# Empty if it was said too often.
_WHERE_SAID = f"""
SELECT (rowid >> {_INCIDENT}) & {_HIGHEST_ID}, kind FROM passage WHERE passage MATCH :unit
AND (SELECT count(*) FROM (SELECT 1 FROM passage WHERE passage MATCH :unit LIMIT :most)) < :most"""
_WHERE_SAID_AT_ALL = "SELECT 1 FROM passage WHERE passage MATCH ? LIMIT 1"

_SCHEMA = f"""
CREATE TABLE incident(
    id INTEGER PRIMARY KEY, version TEXT, base INTEGER, orders INTEGER,
    declared TEXT, product TEXT, severity TEXT, facts TEXT);
CREATE TABLE person(nick TEXT, incident INTEGER, PRIMARY KEY(nick, incident)) WITHOUT ROWID;
CREATE INDEX of_incident ON person(incident);
CREATE VIRTUAL TABLE passage USING fts5(
    text, folded, kind UNINDEXED, n UNINDEXED, at UNINDEXED, nick UNINDEXED,
    tokenize = "unicode61 remove_diacritics 2");
PRAGMA application_id = {_OURS};
PRAGMA user_version = {_FORMAT};
"""


class CacheError(StoreError):
    """The index cannot be read or written; `damaged` if it must be rebuilt."""

    def __init__(self, sentence: str, *, damaged: bool = False) -> None:
        super().__init__(sentence)
        self.damaged = damaged


@dataclass(frozen=True, slots=True)
class Indexable:
    """An incident as it is indexed; `orders` counts its erasures. Without `incident`, nothing of it
    can be found."""

    number: int
    version: str
    incident: FoundIncident | None = None
    passages: tuple[Passage, ...] = ()
    people: frozenset[str] = frozenset()
    orders: int = 0


class SearchIndex:
    """An open index. Not thread-safe; several processes may have the same file open."""

    def __init__(self, path: str | None = None) -> None:
        """Open the index in a file, created if missing; without a path, in memory. CacheError if
        that fails."""
        self._path = path
        with self._told():
            if path is not None:
                _see_that_it_is_a_file(path)
            # Another thread may close it, once nobody uses it.
            self._db = sqlite3.connect(
                path or ":memory:",
                timeout=_WAITS,
                isolation_level=None,
                check_same_thread=False,
            )
            try:
                self._begin()
            except BaseException:
                self._db.close()
                raise

    def _begin(self) -> None:
        for pragma in ("secure_delete = ON", "journal_mode = PERSIST", "temp_store = MEMORY"):
            self._db.execute(f"PRAGMA {pragma}")
        if self._number("schema_version") == 0:
            with self.writing():
                if self._number("schema_version") == 0:
                    for statement in filter(str.strip, _SCHEMA.split(";")):
                        self._db.execute(statement)
        if (self._number("application_id"), self._number("user_version")) != (_OURS, _FORMAT):
            raise CacheError(f"{self._path} is another version's.", damaged=True)

    def _number(self, pragma: str) -> int:
        (value,) = self._db.execute(f"PRAGMA {pragma}").fetchone()
        return int(value)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the index; one in memory is gone."""
        self._db.close()

    # --- putting in ---------------------------------------------------------------------------

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction for the length of a block, with no other writer."""
        with self._told(), self._alone():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise
            finally:
                if self._path is not None:  # what was here before is in the file
                    shred_file(REAL_DISK, f"{self._path}-journal")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """SQLite unlocks before we have overwritten its journal, so there is another lock around
        it."""
        if self._path is None:
            yield
            return
        with opened(REAL_DISK, f"{self._path}.lock", create=True) as handle:
            REAL_DISK.lock(handle)
            yield

    def versions(self) -> dict[int, str]:
        """The version of each incident that was indexed."""
        with self._told():
            return dict(self._db.execute("SELECT id, version FROM incident"))

    def put(self, new: Indexable) -> bool:
        """Replace an incident. Returns whether erased words are still in the file, so that `clean`
        is needed. Within `writing`."""
        kept = self._db.execute(
            "SELECT base, orders FROM incident WHERE id = ?", (new.number,)
        ).fetchone()
        base = _base(new.incident) if new.incident else None
        old_base, orders = kept if kept else (None, 0)
        before = self._rows(old_base)
        after = dict(_rows(base, new.passages)) if base is not None else {}
        gone = [row for row, values in before.items() if after.get(row) != values]
        self._db.executemany("DELETE FROM passage WHERE rowid = ?", ((row,) for row in gone))
        self._db.executemany(
            f"INSERT INTO passage(rowid, {_STORED}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            # In order: FTS5 flushes for every row that is before the last.
            ((row, *of) for row, of in sorted(after.items()) if before.get(row) != of),
        )
        about = new.incident
        self._db.execute(
            "REPLACE INTO incident VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                new.number,
                new.version,
                base,
                new.orders,
                _iso(about.declared_at) if about else None,
                about.product.casefold() if about else None,
                about.severity.casefold() if about else None,
                _facts(about) if about else None,
            ),
        )
        self._db.execute("DELETE FROM person WHERE incident = ?", (new.number,))
        self._db.executemany(
            "INSERT OR IGNORE INTO person VALUES (?, ?)",
            ((_folded(nick), new.number) for nick in new.people),
        )
        return bool(gone) and (new.orders > orders or about is None)

    def drop(self, incident: int) -> bool:
        """Remove an incident; otherwise as `put`."""
        dirty = self.put(Indexable(incident, ""))
        self._db.execute("DELETE FROM incident WHERE id = ?", (incident,))
        return dirty

    def clean(self) -> None:
        """Remove every deleted word from the file. Within `writing`."""
        self._db.execute("INSERT INTO passage(passage) VALUES ('optimize')")

    def _rows(self, base: int | None) -> dict[int, tuple[object, ...]]:
        if base is None:
            return {}
        found = self._db.execute(
            f"SELECT rowid, {_STORED} FROM passage WHERE rowid BETWEEN ? AND ?",
            (base, base + _LAST),
        )
        return {row: tuple(values) for row, *values in found}

    # --- asking -------------------------------------------------------------------------------

    def hits(self, typed: str, wanted: SearchFilter = ANY) -> Iterator[Hit]:
        """The passages with all the words; if there are none, those with some of the words, in
        incidents that have all. The newest incident first."""
        asked = units(typed)
        any_hit = False
        if asked:
            for hit in self._hits(typed, every(asked), wanted):
                any_hit = True
                yield hit
        if not any_hit and len(asked) > 1:
            together = self._having_all(asked, wanted)
            if together:
                yield from self._hits(typed, some(asked), wanted, together)

    def _hits(
        self, typed: str, query: str, wanted: SearchFilter, among: Iterable[int] | None = None
    ) -> Iterator[Hit]:
        where, values = _conditions(wanted)
        if among is not None:
            where += " AND i.id IN (SELECT value FROM json_each(?))"
            values.append(json.dumps(sorted(among)))
        sql = (
            "SELECT i.facts, p.kind, p.n, p.at, p.nick, p.text,"
            f" snippet(passage, 0, char(1), char(2), ' … ', {_AROUND})"
            " FROM passage p CROSS JOIN incident i"
            f" ON i.id = (p.rowid >> {_INCIDENT}) & {_HIGHEST_ID}"
            f" WHERE passage MATCH ?{where} ORDER BY p.rowid DESC"
        )
        known: tuple[str, FoundIncident] | None = None
        with self._told():
            for facts, kind, n, at, nick, text, around in self._db.execute(sql, (query, *values)):
                if known is None or known[0] != facts:
                    known = (facts, _found(facts))
                passage = Passage(kind, n, datetime.fromisoformat(at), nick, text)
                if MARKS[0] not in around:  # the match is in the folded text
                    around = marked(text, typed, MARKS)
                yield Hit(known[1], passage, around)

    def _having_all(self, asked: Iterable[str], wanted: SearchFilter) -> set[int]:
        """The incidents that have every unit somewhere."""
        left: set[int] | None = None
        where, values = _conditions(wanted)
        sql = (
            f"SELECT DISTINCT i.id FROM passage p CROSS JOIN incident i"
            f" ON i.id = (p.rowid >> {_INCIDENT}) & {_HIGHEST_ID} WHERE passage MATCH ?{where}"
        )
        with self._told():
            for unit in asked:
                found = {number for (number,) in self._db.execute(sql, (unit, *values))}
                left = found if left is None else left & found
                if not left:
                    break
        return left or set()

    def similar(self, text: str, but: int) -> Iterator[FoundIncident]:
        """Finished incidents similar to `text`, the most similar first, then the newest; never
        number `but`.

        A word weighs more the fewer incidents have it. An incident is similar if it has at least
        two of the words, or the only one in its header (if few others have it), and half of the
        total weight.
        """
        with self._told():
            (of,) = self._db.execute("SELECT count(*) FROM incident").fetchone()
            weights: dict[str, float] = {}
            having: dict[str, dict[int, bool]] = {}
            for unit in telling(text):
                query = self._db.execute(_WHERE_SAID, {"unit": unit, "most": _TOO_OFTEN})
                where: dict[int, bool] = {}
                for incident, kind in query:
                    if incident == but:  # its own words do not count as rare
                        continue
                    where[incident] = where.get(incident, False) or kind in _HEADER
                having[unit] = where
                if where:
                    weights[unit] = math.log(1 + of / len(where))
                else:  # too frequent to tell anything, or unknown
                    said = self._db.execute(_WHERE_SAID_AT_ALL, (unit,)).fetchone()
                    weights[unit] = 0.0 if said else math.log(1 + of) / 2
            ranked = self._ranked(weights, having)
            for number in sorted(ranked, key=lambda n: (-ranked[n], -n)):
                facts = self._db.execute("SELECT facts FROM incident WHERE id = ?", (number,))
                found = _found(facts.fetchone()[0])
                if found.status in _OVER and not found.drill and not found.guarded:
                    yield found

    @staticmethod
    def _ranked(
        weights: Mapping[str, float], having: Mapping[str, Mapping[int, bool]]
    ) -> dict[int, float]:
        """Each similar incident with its similarity, in tenths."""
        count: dict[int, int] = {}
        score: dict[int, float] = {}
        for unit, where in having.items():
            for number, in_header in where.items():
                count[number] = count.get(number, 0) + 1
                score[number] = score.get(number, 0.0) + weights[unit] * (1 if in_header else 0.7)
        whole = sum(weights.values()) or 1.0
        needed = 2 if len(having) > 1 else 1
        enough = 0.5 if needed == 2 else 0.9
        if needed == 1 and any(len(where) > _FEW for where in having.values()):
            return {}  # mostly a product's name, which does not say what is wrong
        return {
            number: round(10 * value / whole)
            for number, value in score.items()
            if count[number] >= needed and value >= enough * whole
        }

    def incidents(self, wanted: SearchFilter) -> Iterator[FoundIncident]:
        """The incidents that match the filters, the newest first; `place` is ignored."""
        among = self.with_person(wanted.nick) if wanted.nick else None
        where, values = _of_incidents(wanted)
        with self._told():
            for number, facts in self._db.execute(
                f"SELECT id, facts FROM incident i WHERE facts IS NOT NULL{where} ORDER BY id DESC",
                values,
            ):
                if among is None or number in among:
                    found = _found(facts)
                    if wanted.status in ("", "all", found.status):
                        yield found

    def about(self, numbers: Iterable[int]) -> dict[int, tuple[str, FoundIncident]]:
        """Some incidents, each with the version that was indexed; unknown ones are omitted."""
        with self._told():
            rows = self._db.execute(
                "SELECT id, version, facts FROM incident WHERE facts IS NOT NULL"
                " AND id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(numbers)),),
            )
            return {number: (version, _found(facts)) for number, version, facts in rows}

    def with_person(self, nick: str) -> frozenset[int]:
        """The incidents in which somebody of that nick took part."""
        with self._told():
            found = self._db.execute("SELECT incident FROM person WHERE nick = ?", (_folded(nick),))
            return frozenset(number for (number,) in found)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn errors of SQLite and the disk in a block into CacheErrors."""
        path = self._path or "memory"
        try:
            with trying("write", path):
                yield
        except sqlite3.OperationalError as error:
            if "fts5" in str(error):
                raise CacheError(
                    "search needs SQLite with FTS5, which this Python lacks."
                ) from error
            # A missing table: the file is not ours.
            damaged = (error.sqlite_errorcode & 0xFF) == sqlite3.SQLITE_ERROR
            raise CacheError(f"cannot use {path}: {error}.", damaged=damaged) from error
        except sqlite3.DatabaseError as error:
            raise CacheError(f"{path} is damaged: {error}.", damaged=True) from error


def remove(path: str) -> None:
    """Remove an index file, also from the device."""
    with trying("remove", path), opened(REAL_DISK, f"{path}.lock", create=True) as handle:
        REAL_DISK.lock(handle)
        for name in (path, f"{path}-journal"):
            shred_file(REAL_DISK, name)


def _see_that_it_is_a_file(path: str) -> None:
    """SQLite itself would create a file readable to others, and follow a link."""
    found = REAL_DISK.look(path)
    if found is None:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    elif not found.ours:
        raise CacheError(f"{path} is a link.", damaged=True)


def _conditions(wanted: SearchFilter) -> tuple[str, list[object]]:
    """The filters, as SQL with its values."""
    where, values = _of_incidents(wanted)
    if wanted.since is not None:  # a row's number begins with the day, so most rows are not read
        where += " AND p.rowid >= ?"
        values.append(_day(wanted.since) << _DAY)
    if wanted.until is not None:
        where += " AND p.rowid < ?"
        values.append((_day(wanted.until) + 1) << _DAY)
    if wanted.nick:
        where += " AND lower(p.nick) = ?"
        values.append(_folded(wanted.nick))
    if wanted.place:
        kinds = PLACES[wanted.place]
        where += f" AND p.kind IN ({', '.join('?' * len(kinds))})"
        values.extend(kinds)
    return where, values


def _of_incidents(wanted: SearchFilter) -> tuple[str, list[object]]:
    """The filters on incidents."""
    asked = {
        "i.declared >= ?": wanted.since and _iso(wanted.since),
        "i.declared < ?": wanted.until and _iso(wanted.until),
        "i.product = ?": _as_text(wanted.product.casefold()),
        "i.severity = ?": _as_text(wanted.severity.casefold()),
    }
    given = {condition: value for condition, value in asked.items() if value}
    return "".join(f" AND {condition}" for condition in given), list(given.values())


def _rows(base: int, passages: Iterable[Passage]) -> Iterator[tuple[int, tuple[object, ...]]]:
    """An incident's passages with row numbers, which do not change when others are added."""
    counted: dict[str, int] = {}
    for one in passages:
        place = counted[one.kind] = counted.get(one.kind, -1) + 1
        if place < _MOST_OF_A_KIND:
            row = base + _LAST - (KINDS.index(one.kind) << _KIND) - place
            yield (
                row,
                (one.text, beyond_latin(one.text), one.kind, one.n, _iso(one.at), one.nick),
            )


def _base(incident: FoundIncident) -> int:
    return _day(incident.declared_at) << _DAY | (incident.id & _HIGHEST_ID) << _INCIDENT


def _day(at: datetime) -> int:
    return max(0, min((at - datetime(1970, 1, 1, tzinfo=UTC)).days, _LAST_DAY))


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _folded(nick: str) -> str:
    """A nick as SQLite's `lower` returns it."""
    return _as_text(nick.translate(_LOWER))


def _as_text(typed: str) -> str:
    """Typed text without characters that SQLite refuses: a shell may pass bytes that are not
    UTF-8."""
    return typed.encode("utf-8", "replace").decode()


_LOWER: Mapping[int, int] = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def _facts(incident: FoundIncident) -> str:
    facts = {**asdict(incident), "declared_at": _iso(incident.declared_at)}
    return json.dumps(facts, ensure_ascii=False)


def _found(facts: str) -> FoundIncident:
    known = json.loads(facts)
    return FoundIncident(**{**known, "declared_at": datetime.fromisoformat(known["declared_at"])})
