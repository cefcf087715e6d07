"""What the tables of a process file may hold, from the fields of the classes they become.

Knows no field: incident/process.py declares what a process file may hold.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import timedelta
from functools import partial
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from ircbot.incident.times import NEVER, Deadline
from ircbot.incident.times.calendar import deadline
from ircbot.tables import (
    FLAG,
    Description,
    Kind,
    ListOf,
    NamedTables,
    TableKey,
    TableSchema,
    TomlPlace,
    of_type,
    read,
    read_span,
)

_T = TypeVar("_T")


def _deadline(value: Any) -> Deadline:
    if (found := deadline(of_type(str)(value))) is None:
        raise ValueError
    return found


def _span(value: Any) -> timedelta:
    return NEVER if value == "never" else read_span(value)


TEXT = Kind("a text", of_type(str))
_KINDS: Mapping[Any, Kind] = {
    str: TEXT,
    bool: FLAG,
    int: Kind("a whole number", of_type(int)),
    float: Kind("a number", lambda value: float(of_type(int, float)(value))),
    timedelta: Kind('a span of time, such as "30m", "2h" or "1h30m", or "never"', _span),
    Deadline: Kind('a span such as "48 hours", "48 working hours" or "1 working day"', _deadline),
}


def read_table(
    place: TomlPlace, shape: type[_T], values: Any, *, given: Mapping[str, Any] | None = None
) -> _T:
    """The value of class `shape` for a table. The fields in `given` are not in the file."""
    given = given or {}
    found = read(place, _table(shape, given), values)
    return shape(**given, **found)


def has_key(item: Any) -> bool:
    """Whether values of a class are identified by a key: the name of their table."""
    return is_dataclass(item) and any(field.name == "key" for field in fields(item))


def _table(shape: Any, given: Collection[str] = ()) -> TableSchema:
    """A schema with a class's fields, except those `given`. Fields missing in the file are left
    out."""
    hints = get_type_hints(shape)
    entries = {
        field.name: TableKey(_description(hints[field.name]), _missing(field))
        for field in fields(shape)
        if field.name not in given
    }
    return TableSchema(entries, lambda found: {k: v for k, v in found.items() if v is not MISSING})


def _missing(field: Field[Any]) -> Any:
    required = field.default is MISSING and field.default_factory is MISSING
    return None if required else lambda place: MISSING


def _description(hint: Any) -> Description:
    if isinstance(hint, UnionType):
        hint = next(one for one in get_args(hint) if one is not type(None))
    if hint in _KINDS:
        return _KINDS[hint]
    origin = get_origin(hint)
    if origin is tuple:
        item = get_args(hint)[0]
        if has_key(item):
            return NamedTables(_table(item, ("key",)), make=partial(_keyed, item, tuple))
        return ListOf(_description(item), alone=item is str)
    if origin is not None:
        item = get_args(hint)[1]
        if has_key(item):
            return NamedTables(_table(item, ("key",)), make=partial(_keyed, item, dict))
        return NamedTables(_description(item))
    assert isinstance(hint, type)
    inner = _table(hint)
    return TableSchema(inner.entries, lambda found: hint(**inner.make(found)))


def _keyed(shape: Any, many: type, found: Mapping[str, Any]) -> Any:
    """Values with a key, of a table of tables."""
    values = {key: shape(key=key, **one) for key, one in found.items()}
    return values if many is dict else tuple(values.values())
