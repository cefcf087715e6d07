"""Entries to JSON and back, keyed by the names of the event classes and their fields.

Knows neither what an event means nor where documents are kept. A field equal to its empty default
(None, "", 0, false) is not written, and a missing field is read as its default: a field that is
added later costs old entries nothing. An unknown field or event is an error, because skipping it
would lose it.

Encoding builds the text directly, without a dict in between: encoding is the largest part of what
an entry costs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from json.encoder import encode_basestring
from operator import attrgetter, call
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from ircbot.errors import StoreError
from ircbot.incident.events import Entry
from ircbot.values import dataclass

FIRST_TIME = datetime(1980, 1, 1, tzinfo=UTC)
LAST_TIME = datetime(2200, 1, 1, tzinfo=UTC)
"""Times are clamped to this range when read."""

KIND = "kind"  # the key that holds an event's class name

Write = Callable[[Any], str]
Read = Callable[[Any], Any]


class _BadValue(Exception):
    """A value of the wrong type; `decode` adds the place to its message."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """How values of one type are encoded and decoded."""

    write: Write
    read: Read


def encode(entry: Entry) -> str:
    """An entry as JSON, on one line.

    >>> from ircbot.incident.events import Struck
    >>> from ircbot.incident.people import Person
    >>> at = datetime(2018, 1, 10, 12, 0, tzinfo=UTC)
    >>> encode(Entry(12, at, Person("ann"), Struck(7)))[43:]
    '"by":{"nick":"ann"},"event":{"kind":"Struck","n":7},"source":"live"}'
    """
    return _shape(Entry).write(entry)


def decode(document: Mapping[str, Any], place: str) -> Entry:
    """Decode an entry. StoreError begins with `place`, "FILE, entry N"."""
    try:
        entry: Entry = _shape(Entry).read(document)
    except _BadValue as wrong:
        raise StoreError(f"{place}: {wrong}") from None
    return entry


def has_no_time(entry: Entry) -> bool:
    """Whether a time of the entry replaced one that was out of range."""
    return any(at in (FIRST_TIME, LAST_TIME) for at in (entry.at, getattr(entry.event, "at", None)))


@cache
def _shape(kind: Any) -> _Shape:
    """The shape of a type. TypeError if the type is not supported."""
    if kind is str:
        return _Shape(encode_basestring, _reader_of(str, "a text"))
    if kind is bool:
        return _Shape(lambda value: "true" if value else "false", _reader_of(bool, "true or false"))
    if kind is int:
        return _Shape(str, _reader_of(int, "a number"))
    if kind is datetime:
        return _Shape(_write_time, _read_time)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _shape_of_enum(kind)
    if isinstance(kind, type) and is_dataclass(kind):
        return _Shape(_writer_of_dataclass(kind), _reader_of_dataclass(kind))
    if get_origin(kind) is tuple:
        return _shape_of_tuple(get_args(kind))
    if get_origin(kind) in (Union, UnionType):
        return _shape_of_union(get_args(kind))
    raise TypeError(f"the store has no way to write {kind!r}")


def _reader_of(kind: type, name: str) -> Read:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise _BadValue(f"{value!r} is not {name}")
        return value

    return read


def _write_time(at: datetime) -> str:
    """ISO 8601, UTC, ending in Z."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return f'"{at.isoformat()[:-6]}Z"'


def _read_time(value: Any) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise _BadValue(f"{value!r} is not a time") from None
    if at.tzinfo is None:
        raise _BadValue(f"{value!r} has no time zone")
    # Versions before the check stored whatever time a lying server sent. Such a time must not break
    # anything later: adding a duration to the first or last possible time would overflow.
    return min(max(at, FIRST_TIME), LAST_TIME).astimezone(UTC)


def _shape_of_enum(kind: type[Enum]) -> _Shape:
    texts = {member: encode_basestring(member.value) for member in kind}

    def read(value: Any) -> Enum:
        try:
            return kind(value)
        except ValueError:
            raise _BadValue(
                f"unknown {kind.__name__} {value!r}; was it written by a newer ircbot?"
            ) from None

    return _Shape(texts.__getitem__, read)


def _writer_of_dataclass(cls: type, *first: str) -> Write:
    """Encode a dataclass; `first` are members of the JSON object that precede the fields.

    Fields that are always written go into one template; only fields that may be empty are looked
    at.
    """
    hints = get_type_hints(cls)
    always = [f for f in fields(cls) if _always(f)]
    template = "{" + ",".join([*first, *(f"{encode_basestring(f.name)}:%s" for f in always)])
    writers = [_shape(hints[f.name]).write for f in always]
    values = _values_of([f.name for f in always])
    sometimes = [
        (f.name, f",{encode_basestring(f.name)}:", _shape(hints[f.name]).write, f.default)
        for f in fields(cls)
        if not _always(f)
    ]
    if not first and not always:
        raise TypeError(f"{cls.__name__} could be written as nothing; give a field no default")

    def write(value: Any) -> str:
        text = template % tuple(map(call, writers, values(value)))
        for name, key, write_content, empty in sometimes:
            content = getattr(value, name)
            if content is not empty:
                text += key + write_content(content)
        return text + "}"

    return write


def _always(field: Field[Any]) -> bool:
    """Whether a field is written whatever its value: it has no default, or one that is not
    empty."""
    return field.default is MISSING or bool(field.default)


def _values_of(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """A function that returns several attributes of an instance at once."""
    if len(names) > 1:
        several: Callable[[Any], tuple[Any, ...]] = attrgetter(*names)
        return several
    if not names:
        return lambda value: ()
    one = attrgetter(*names)
    return lambda value: (one(value),)


def _reader_of_dataclass(cls: type) -> Read:
    hints = get_type_hints(cls)
    readers = {f.name: _shape(hints[f.name]).read for f in fields(cls)}
    required = {f.name for f in fields(cls) if f.default is MISSING}

    def read(document: Any) -> Any:
        if not isinstance(document, dict):
            raise _BadValue(f"{document!r} is not {cls.__name__}")
        try:
            values = {name: readers[name](value) for name, value in document.items()}
        except KeyError as unknown:
            raise _BadValue(
                f"unknown field {unknown} of {cls.__name__}; was it written by a newer ircbot?"
            ) from None
        if not required <= values.keys():
            missing = ", ".join(sorted(required - values.keys()))
            raise _BadValue(f"{cls.__name__} lacks {missing}")
        return cls(**values)

    return read


def _shape_of_tuple(kinds: tuple[Any, ...]) -> _Shape:
    if len(kinds) != 2 or kinds[1] is not Ellipsis:
        raise TypeError(f"the store writes tuples of any length only, not {kinds!r}")
    inner = _shape(kinds[0])

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _BadValue(f"{value!r} is not a list")
        return tuple(map(inner.read, value))

    return _Shape(lambda values: "[" + ",".join(map(inner.write, values)) + "]", read)


def _shape_of_union(kinds: tuple[Any, ...]) -> _Shape:
    """The shape of `X | None`, or of a union of dataclasses, told apart by their names."""
    rest = tuple(kind for kind in kinds if kind is not NoneType)
    if len(rest) == 1:
        return _optional(_shape(rest[0]))
    if len(rest) != len(kinds) or not all(map(is_dataclass, kinds)):
        raise TypeError(f"the store cannot tell {kinds!r} apart")
    by_name = {kind.__name__: kind for kind in kinds}
    writer, reader = cache(_writer_of_one), cache(_reader_of_dataclass)  # there are few classes

    def read(document: Any) -> Any:
        if not isinstance(document, dict):
            raise _BadValue(f"{document!r} is not an event")
        name = document.get(KIND)
        kind = by_name.get(name) if isinstance(name, str) else None
        if kind is None:
            raise _BadValue(f"unknown event {name!r}; was it written by a newer ircbot?")
        return reader(kind)({name: value for name, value in document.items() if name != KIND})

    def write(value: Any) -> str:
        kind: type = type(value)
        return writer(kind)(value)

    return _Shape(write, read)


def _writer_of_one(kind: type) -> Write:
    """Encode one of several dataclasses, with its class name."""
    return _writer_of_dataclass(kind, f'"{KIND}":{encode_basestring(kind.__name__)}')


def _optional(inner: _Shape) -> _Shape:
    return _Shape(
        lambda value: "null" if value is None else inner.write(value),
        lambda value: None if value is None else inner.read(value),
    )
