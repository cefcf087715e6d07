"""Read TOML tables by a description of their content: used for the configuration and process files.

Every mistake names the file, the line, the key, and what would be right. A description consists of
Kind (one value), ListOf, NamedTables (a table whose keys are names chosen by the user) and
TableSchema. Knows no particular key: config/keys.py and processes/tables.py describe the two kinds
of files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import timedelta
from typing import Any

from ircbot.errors import Misuse
from ircbot.incident.times import span
from ircbot.toml import TomlFile
from ircbot.values import dataclass

# A key with its tables, and indexes from 0 in lists of tables: ("irc", "relays", 0, "nick").
Keys = tuple[str | int, ...]


def dotted(keys: Keys) -> str:
    """A key in TOML notation.

    >>> dotted(("channels", "#ops", "topic")), dotted(("irc", "relays", 0, "nick"))
    ('channels."#ops".topic', 'irc.relays.nick')
    """
    names = (part for part in keys if isinstance(part, str))
    return ".".join(
        name if re.fullmatch(r"[\w-]+", name, re.ASCII) else quoted(name) for name in names
    )


def quoted(text: str) -> str:
    """A TOML string; JSON's notation is valid TOML."""
    import json  # only needed for the example file and for mistakes

    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def written(value: Any) -> str:
    """A value in TOML notation."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value)
        case list() | tuple():
            return f"[{', '.join(map(written, value))}]"
        case dict():
            pairs = (f"{dotted((key,))} = {written(one)}" for key, one in value.items())
            return f"{{{', '.join(pairs)}}}"
        case _:
            return str(value)


@dataclass(frozen=True, slots=True)
class TomlPlace:
    """A place in a file: the keys that lead to it."""

    file: TomlFile
    keys: Keys = ()

    def within(self, *keys: str | int) -> TomlPlace:
        """A place below this one."""
        return TomlPlace(self.file, (*self.keys, *keys))

    def wrong(self, sentence: str) -> Misuse:
        """The error for a mistake here, to be raised."""
        return self.file.wrong(self.keys, sentence)

    @property
    def name(self) -> str:
        """The key as shown to people."""
        return dotted(self.keys)


# --- what a table may hold --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value. `read` converts a TOML value to ours, or raises ValueError."""

    wanted: str  # completes "must be …"
    read: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of items of one description. `alone`: a single item may be written without
    brackets."""

    item: Description
    alone: bool = False


@dataclass(frozen=True, slots=True)
class NamedTables:
    """A table of items of one description, with names chosen by the user; `name` is an example."""

    item: Description
    name: str = "NAME"
    make: Callable[[dict[str, Any]], Any] = dict


@dataclass(frozen=True, slots=True)
class TableKey:
    """A key of a table. `missing` returns the value if the key is absent; without it the key is
    required. The values of secrets are never shown."""

    of: Description
    missing: Callable[[TomlPlace], Any] | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class TableSchema:
    """A table with fixed keys. `make` converts their values to ours.

    `further`: there may be other keys, which the caller checks; they are kept. `homes` returns the
    table that a misplaced key belongs to.
    """

    entries: Mapping[str, TableKey]
    make: Callable[[dict[str, Any]], Any] = dict
    homes: Callable[[], Mapping[str, str]] = field(default=dict)
    further: bool = False


Description = Kind | ListOf | NamedTables | TableSchema


# --- kinds ------------------------------------------------------------------------------------


def of_type(*types: type) -> Callable[[Any], Any]:
    """A reader for values of exactly these types."""

    def read(value: Any) -> Any:
        # In Python a bool is an int; in TOML it is not.
        if type(value) not in types:
            raise ValueError
        return value

    return read


_LONGEST = timedelta(days=999_999)


def read_span(value: Any) -> timedelta:
    """A duration as people type it everywhere, or none: 0, "0m"."""
    if value == 0 and type(value) is int:
        return timedelta(0)
    text = of_type(str)(value)
    found = timedelta(0) if re.fullmatch("0+[smhdw]", text) else span(text, longest=_LONGEST)
    if found is None:
        raise ValueError
    return found


FLAG = Kind("true or false", of_type(bool))
SPAN = Kind('a span of time, such as "30m", "2h" or "1h30m"', read_span)


# --- reading ----------------------------------------------------------------------------------


def read(place: TomlPlace, of: Description, given: Any, *, secret: bool = False) -> Any:
    """Convert the value at a place; raises the file's mistake."""
    match of:
        case Kind():
            return _value(place, of, given, secret)
        case ListOf(item):
            return _list(place, of, [given] if of.alone and not _is_many(given) else given)
        case NamedTables(item, name):
            for key, one in _table(place, given).items():
                if isinstance(item, TableSchema | NamedTables) and not isinstance(one, dict):
                    whole = f"[{dotted((*place.keys, name))}]"
                    inner = place.within(key)
                    raise inner.wrong(
                        f"`{inner.name}` must be a table with a name, such as {whole}."
                    )
            return of.make({k: read(place.within(k), item, one) for k, one in given.items()})
        case TableSchema(entries):
            known = [*entries, *given] if of.further else entries
            check_keys(place, _table(place, given), known, of.homes)
            others = {name: one for name, one in given.items() if name not in entries}
            own = {name: _entry(place, name, entries[name], given) for name in entries}
            return of.make(others | own)


def check_keys(
    place: TomlPlace,
    given: Mapping[str, Any],
    known: Iterable[str],
    homes: Callable[[], Mapping[str, str]] = dict,
) -> None:
    """Raise the file's mistake for the first unknown key, with the nearest known one or its right
    table."""
    known = list(known)
    for name in given:
        if name not in known:
            raise place.within(name).wrong(_unknown(place, name, known, homes()))


def _unknown(place: TomlPlace, name: str, known: list[str], homes: Mapping[str, str]) -> str:
    import difflib  # only needed for mistakes

    there = f"in [{place.name}]" if place.keys else "at the top"
    if near := difflib.get_close_matches(name, known, n=1):
        return f"there is no key `{name}` {there}; did you mean `{near[0]}`?"
    if name in homes:
        return f"there is no key `{name}` {there}; it belongs in [{homes[name]}]."
    return f"there is no key `{name}` {there}; there are {', '.join(sorted(known))}."


def _entry(place: TomlPlace, name: str, entry: TableKey, given: Mapping[str, Any]) -> Any:
    inner = place.within(name)
    if name in given:
        return read(inner, entry.of, given[name], secret=entry.secret)
    if entry.missing is None:
        table = f"[{place.name}]" if place.keys else "the file"
        raise place.wrong(f"{table} has no `{name}`, which it needs.")
    return entry.missing(inner)


def _value(place: TomlPlace, kind: Kind, given: Any, secret: bool) -> Any:
    try:
        return kind.read(given)
    except (ValueError, TypeError) as error:
        # A secret is never shown, even if it has the wrong type.
        found = "" if secret else f", not {written(given)}"
        raise place.wrong(f"`{place.name}` must be {kind.wanted}{found}.") from error


def _is_many(given: Any) -> bool:
    return isinstance(given, list | dict)


def _list(place: TomlPlace, listed: ListOf, given: Any) -> tuple[Any, ...]:
    tables = isinstance(listed.item, TableSchema | NamedTables)
    if not isinstance(given, list) or (tables and not all(isinstance(one, dict) for one in given)):
        name = place.name
        of = f"of tables: [[{name}]]" if tables else f"of them, each {_wanted(listed.item)}"
        raise place.wrong(f"`{name}` must be a list {of}.")
    return tuple(read(place.within(n), listed.item, one) for n, one in enumerate(given))


def _wanted(item: Description) -> str:
    return item.wanted if isinstance(item, Kind) else "a list"


def _table(place: TomlPlace, given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise place.wrong(f"`{place.name}` must be a table: [{place.name}].")
    return given
