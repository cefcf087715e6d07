"""A table of a process file → the value it stands for, by the fields of the value's class.

Knows no field: what a process file may hold is what incident/process.py declares.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import timedelta
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from ircbot.errors import Misuse
from ircbot.incident.times import Deadline, span
from ircbot.incident.times.calendar import deadline
from ircbot.toml import TomlFile

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file: the keys that lead there."""

    file: TomlFile
    keys: tuple[str | int, ...] = ()

    def within(self, *keys: str | int) -> Place:
        """A place further in."""
        return Place(self.file, (*self.keys, *keys))

    def wrong(self, sentence: str) -> Misuse:
        """The error for a mistake here; raise it."""
        return self.file.wrong(self.keys, sentence)

    @property
    def name(self) -> str:
        """The key, as it is told."""
        return str(self.keys[-1]) if self.keys else "the file"


def unknown_keys(place: Place, values: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raise for the first key that is not known, naming the nearest."""
    known = list(known)
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(known)}."
            raise place.within(key).wrong(f"`{key}` is not known here; {hint}")


def read_table(
    place: Place, shape: type[_T], values: Any, *, given: Mapping[str, Any] | None = None
) -> _T:
    """The value of class `shape` that a table stands for. `given` fields are not in the file."""
    if not isinstance(values, dict):
        raise place.wrong(f"`{place.name}` must be a table.")
    given = given or {}
    assert is_dataclass(shape)
    known = {field.name: field for field in fields(shape) if field.name not in given}
    unknown_keys(place, values, known)
    for name, field in known.items():
        if name not in values and _required(field):
            raise place.wrong(f"`{place.name}` has no `{name}`, which it needs.")
    hints = get_type_hints(shape)
    read = {key: _value(place.within(key), hints[key], value) for key, value in values.items()}
    return shape(**given, **read)


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _value(place: Place, hint: Any, value: Any) -> Any:
    if isinstance(hint, UnionType):
        hint = next(one for one in get_args(hint) if one is not type(None))
    origin = get_origin(hint)
    if origin is tuple:
        return _several(place, get_args(hint)[0], value)
    if origin is not None:
        return _by_name(place, get_args(hint)[1], value)
    if hint is timedelta:
        return _span(place, value)
    if hint is Deadline:
        return _deadline(place, value)
    if is_dataclass(hint):
        assert isinstance(hint, type)
        return read_table(place, hint, value)
    return _plain(place, hint, value)


def _several(place: Place, item: Any, value: Any) -> tuple[Any, ...]:
    """A list; of values that have a key, a table of tables, which keeps them told apart by name."""
    if _has_key(item):
        return tuple(_by_name(place, item, value).values())
    if item is str and isinstance(value, str):
        return (value,)
    if not isinstance(value, list):
        raise place.wrong(f"`{place.name}` must be a list.")
    return tuple(_value(place.within(index), item, one) for index, one in enumerate(value))


def _by_name(place: Place, item: Any, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise place.wrong(f"`{place.name}` must be a table, with a name for each.")
    return {
        key: read_table(place.within(key), item, one, given={"key": key})
        if _has_key(item)
        else _value(place.within(key), item, one)
        for key, one in value.items()
    }


def _has_key(item: Any) -> bool:
    return is_dataclass(item) and any(field.name == "key" for field in fields(item))


def _span(place: Place, value: Any) -> timedelta:
    if type(value) is int and value == 0:
        return timedelta(0)
    found = span(value) if isinstance(value, str) else None
    if found is None:
        raise place.wrong(f'`{place.name}` must be a span such as "30m" or "2h".')
    return found


def _deadline(place: Place, value: Any) -> Deadline:
    found = deadline(value) if isinstance(value, str) else None
    if found is None:
        raise place.wrong(
            f'`{place.name}` must be a span such as "48 hours", "48 working hours" or'
            ' "1 working day".'
        )
    return found


_TOLD = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}


def _plain(place: Place, hint: Any, value: Any) -> Any:
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise place.wrong(f"`{place.name}` must be {_TOLD[hint]}, not {value!r}.")
    return value
