"""Entries as documents and back: plain JSON values, by the names of the events' classes and fields.

Must not know what any event means, nor where documents are kept. What equals an empty default
(nothing, "", 0, false) is not written; what is missing is read as its default, so a field that is
added later costs old entries nothing. What is unknown is an error: leaving it out would lose it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from ircbot.errors import StoreError
from ircbot.incident.events import Entry

Convert = Callable[[Any], Any]
KIND = "kind"  # the key that holds an event's class name


class _Unreadable(Exception):
    """A value that does not fit; the message says which, `decode` adds the place."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """How values of one type are written and read. `None` stands for "as they are"."""

    write: Convert | None
    read: Convert


def encode(entry: Entry) -> dict[str, Any]:
    """The document of an entry.

    >>> from ircbot.incident.events import Struck
    >>> from ircbot.incident.people import Person
    >>> at = datetime(2018, 1, 10, 12, 0, tzinfo=UTC)
    >>> encode(Entry(12, at, Person("ann"), Struck(7)))["event"]
    {'kind': 'Struck', 'n': 7}
    """
    document: dict[str, Any] = _written(entry)
    return document


def decode(document: Mapping[str, Any], place: str) -> Entry:
    """The entry of a document. StoreError names `place`, "FILE, entry N"."""
    try:
        entry: Entry = _read_entry()(document)
    except _Unreadable as wrong:
        raise StoreError(f"{place}: {wrong}") from None
    return entry


@cache
def _read_entry() -> Convert:
    return _shape(Entry).read


def _written(value: Any) -> dict[str, Any]:
    """A dataclass's fields, without those that are empty by default."""
    document: dict[str, Any] = {}
    for name, write, empty in _columns(value.__class__):
        content = getattr(value, name)
        if content is empty or (content == empty and type(content) is type(empty)):
            continue
        document[name] = content if write is None else write(content)
    return document


@cache
def _columns(cls: type) -> tuple[tuple[str, Convert | None, Any], ...]:
    """Name, way of writing and empty default of each field; MISSING where there is none."""
    hints = get_type_hints(cls)
    return tuple((f.name, _shape(hints[f.name]).write, _empty(f)) for f in fields(cls))


def _empty(field: Field[Any]) -> Any:
    return MISSING if field.default is MISSING or field.default else field.default


@cache
def _shape(kind: Any) -> _Shape:
    """How values of a type are written and read. TypeError for what nobody has taught us."""
    if kind in (int, str, bool, float):
        return _Shape(None, _plain(kind))
    if kind is datetime:
        return _Shape(_write_time, _read_time)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _Shape(lambda value: value.value, _reader_of_enum(kind))
    if is_dataclass(kind) and isinstance(kind, type):
        return _Shape(_written, _reader_of_dataclass(kind))
    if get_origin(kind) is tuple:
        return _shape_of_tuple(get_args(kind))
    if get_origin(kind) in (Union, UnionType):
        return _shape_of_union(get_args(kind))
    raise TypeError(f"the store has no way to write {kind!r}")


def _plain(kind: type) -> Convert:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise _Unreadable(f"{value!r} is not {_a(kind)}")
        return value

    return read


def _a(kind: type) -> str:
    return {int: "a number", str: "a text", bool: "true or false"}.get(kind, kind.__name__)


def _write_time(at: datetime) -> str:
    """ISO 8601, UTC, ending in Z."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _read_time(value: Any) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise _Unreadable(f"{value!r} is not a time") from None
    if at.tzinfo is None:
        raise _Unreadable(f"{value!r} has no time zone")
    return at.astimezone(UTC)


def _reader_of_enum(kind: type[Enum]) -> Convert:
    def read(value: Any) -> Enum:
        try:
            return kind(value)
        except ValueError:
            raise _Unreadable(
                f"unknown {kind.__name__} {value!r}; was it written by a newer ircbot?"
            ) from None

    return read


def _reader_of_dataclass(cls: type) -> Convert:
    hints = get_type_hints(cls)
    readers = {f.name: _shape(hints[f.name]).read for f in fields(cls)}
    required = {f.name for f in fields(cls) if f.default is MISSING}

    def read(document: Any) -> Any:
        if not isinstance(document, dict):
            raise _Unreadable(f"{document!r} is not {cls.__name__}")
        values = {}
        for name, value in document.items():
            reader = readers.get(name)
            if reader is None:
                raise _Unreadable(
                    f"unknown field {name!r} of {cls.__name__}; was it written by a newer ircbot?"
                )
            values[name] = reader(value)
        if not required <= values.keys():
            missing = ", ".join(sorted(required - values.keys()))
            raise _Unreadable(f"{cls.__name__} lacks {missing}")
        return cls(**values)

    return read


def _shape_of_tuple(kinds: tuple[Any, ...]) -> _Shape:
    if len(kinds) != 2 or kinds[1] is not Ellipsis:
        raise TypeError(f"the store writes tuples of any length only, not {kinds!r}")
    inner = _shape(kinds[0])

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _Unreadable(f"{value!r} is not a list")
        return tuple(map(inner.read, value))

    if inner.write is None:
        return _Shape(list, read)
    write = inner.write
    return _Shape(lambda values: [write(value) for value in values], read)


def _shape_of_union(kinds: tuple[Any, ...]) -> _Shape:
    """`X | None`, or one of several dataclasses, told apart by their names."""
    rest = tuple(kind for kind in kinds if kind is not NoneType)
    if len(rest) == 1:
        return _optional(_shape(rest[0]))
    if len(rest) != len(kinds) or not all(map(is_dataclass, kinds)):
        raise TypeError(f"the store cannot tell {kinds!r} apart")
    readers = {kind.__name__: _shape(kind).read for kind in kinds}

    def read(document: Any) -> Any:
        if not isinstance(document, dict):
            raise _Unreadable(f"{document!r} is not an event")
        kind = document.get(KIND)
        reader = readers.get(kind) if isinstance(kind, str) else None
        if reader is None:
            raise _Unreadable(f"unknown event {kind!r}; was it written by a newer ircbot?")
        return reader({name: value for name, value in document.items() if name != KIND})

    return _Shape(lambda value: {KIND: type(value).__name__, **_written(value)}, read)


def _optional(inner: _Shape) -> _Shape:
    read, write = inner.read, inner.write
    return _Shape(
        None if write is None else lambda value: None if value is None else write(value),
        lambda value: None if value is None else read(value),
    )
