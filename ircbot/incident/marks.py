"""Marks on fields that hold people's words, their names, or the number of something.

A field of an event, or of a value of the state, that holds one of these says so in its type:

    text: Words              # somebody's words: erased with them, or with the incident
    summary: SharedWords     # the same, but it concerns everybody: stays when they are forgotten
    owner: Nick              # a name
    key: NamedKey            # names among the parts of a key, as in "security:ann"
    n: NoteNumber            # the number of an entry, a follow-up or a hypothesis

A `Person` is a name by itself. Erasing, the public edition and everything else that must find
people's words rely on these marks and keep no list of classes: `rewritten` visits words and names.
Importing uses `number_in`.

Knows no event and no state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

from pyrsistent import PVector, pvector

from ircbot.incident.people import Person
from ircbot.values import dataclass

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Worded:
    """Marks a field that holds somebody's words."""

    shared: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """Marks a field that holds a nick; `parts`: it is one of several parts, separated by ":"."""

    parts: bool = False


def worded(*, shared: bool = False) -> Worded:
    """The mark of a field that holds words. `shared`: they stay when their author is forgotten,
    like the summary of an incident, or what is still to be done.
    """
    return Worded(shared)


def named(*, parts: bool = False) -> Named:
    """The mark of a field that holds a nick, or a key with nicks among its parts."""
    return Named(parts)


@dataclass(frozen=True, slots=True)
class Numbered:
    """Marks a field that holds the number of something in an incident; `new`: the event
    assigns it.
    """

    what: str
    new: bool = False


Words = Annotated[str, worded()]
SharedWords = Annotated[str, worded(shared=True)]
Nick = Annotated[str, named()]
NamedKey = Annotated[str, named(parts=True)]
NoteNumber = Annotated[int, Numbered("note")]
NewNote = Annotated[int, Numbered("note", new=True)]
ActionNumber = Annotated[int, Numbered("action")]
NewAction = Annotated[int, Numbered("action", new=True)]
HypothesisNumber = Annotated[int, Numbered("hypothesis")]
NewHypothesis = Annotated[int, Numbered("hypothesis", new=True)]


class FieldVisitor(Protocol):
    """Replaces the words and names in a value."""

    def words(self, text: str, by: Person | None, *, shared: bool) -> str:
        """The replacement for a text written by `by`, None if the author is not known here."""

    def nick(self, nick: str) -> str:
        """The replacement for a nick."""

    def person(self, person: Person) -> Person:
        """The replacement for a person."""


def rewritten(value: _T, visitor: FieldVisitor, by: Person | None = None) -> _T:
    """A dataclass value with everything marked in it replaced by the visitor.

    The author of words is named by the value's own field `by`; where that is empty, by the argument
    `by`.
    """
    found: _T = _in_dataclass(value, visitor, by)
    return found


def worded_fields(cls: type) -> tuple[str, ...]:
    """The names of a dataclass's own fields that hold words."""
    return tuple(
        name
        for name, hint in get_type_hints(cls, include_extras=True).items()
        if isinstance(_mark(hint), Worded)
    )


def marked_fields(cls: type) -> frozenset[str]:
    """The names of a dataclass's own fields that hold words or names."""
    hints = get_type_hints(cls, include_extras=True)
    return frozenset(name for name, hint in hints.items() if _mark(hint) is not None)


@cache
def number_in(cls: type) -> tuple[str, Numbered] | None:
    """The name of a dataclass's field that holds a number, and its mark; None if none does."""
    for name, hint in get_type_hints(cls, include_extras=True).items():
        for mark in getattr(hint, "__metadata__", ()):
            if isinstance(mark, Numbered):
                return name, mark
    return None


_FieldVisit = Callable[[Any, FieldVisitor, Person | None], Any]


def _in_dataclass(value: Any, visitor: FieldVisitor, by: Person | None) -> Any:
    kind: Any = type(value)
    steps = _steps(kind)
    if not steps:
        return value
    by = getattr(value, "by", None) or by
    changed: dict[str, Any] = {}
    for name, step in steps.items():
        if old := getattr(value, name):  # most fields are empty
            new = step(old, visitor, by)
            if new is not old and new != old:
                changed[name] = new
    if not changed:
        return value
    return kind(*[changed[name] if name in changed else getattr(value, name) for name in _of(kind)])


@cache
def _of(cls: Any) -> tuple[str, ...]:
    """The names of a dataclass's fields, in the order of its constructor."""
    return tuple(field.name for field in fields(cls))


@cache
def _steps(cls: Any) -> Mapping[str, _FieldVisit]:
    hints = get_type_hints(cls, include_extras=True)
    steps = {field.name: _step(hints[field.name]) for field in fields(cls)}
    return {name: step for name, step in steps.items() if step is not None}


def _mark(hint: Any) -> Worded | Named | None:
    """The mark of a type, looking through `| None` and sequences."""
    if get_origin(hint) is Annotated:
        return next((m for m in hint.__metadata__ if isinstance(m, Worded | Named)), None)
    if get_origin(hint) in (Union, UnionType, tuple):
        return next((mark for mark in map(_mark, get_args(hint)) if mark), None)
    return None


@cache
def _step(hint: Any) -> _FieldVisit | None:
    """How to rewrite a value of a type, None if nothing in it is marked."""
    origin, kinds = get_origin(hint), get_args(hint)
    if origin is Annotated:
        mark = _mark(hint)
        return None if mark is None else _step_of(mark)
    if origin in (Union, UnionType):
        return _among(kinds)
    if origin is tuple:
        return _several(_step(kinds[0]), tuple)
    if origin is PVector:
        return _several(_step(kinds[0]), pvector)
    if origin is Mapping:
        return _mapping(_step(kinds[0]), _step(kinds[1]))
    if hint is Person:
        return lambda value, visitor, by: visitor.person(value)
    return _in_dataclass if is_dataclass(hint) else None


def _step_of(mark: Worded | Named) -> _FieldVisit:
    match mark:
        case Worded(shared):
            return lambda value, visitor, by: visitor.words(value, by, shared=shared)
        case Named(parts=True):
            return lambda value, visitor, by: ":".join(map(visitor.nick, value.split(":")))
        case _:
            return lambda value, visitor, by: visitor.nick(value)


def _among(kinds: tuple[Any, ...]) -> _FieldVisit | None:
    """How to rewrite a union, of which one type at most holds words or names; texts are told apart
    by that.
    """
    found = next(((kind, step) for kind in kinds if (step := _step(kind)) is not None), None)
    if found is None:
        return None
    kind, step = found
    origin = get_origin(kind)
    meant = str if origin is Annotated else origin or kind
    return lambda value, visitor, by: (
        step(value, visitor, by) if isinstance(value, meant) else value
    )


def _several(inner: _FieldVisit | None, kind: Callable[[Any], Any]) -> _FieldVisit | None:
    """How to rewrite a sequence; texts that become empty are dropped."""
    if inner is None:
        return None
    return lambda values, visitor, by: kind(
        [new for value in values if (new := inner(value, visitor, by)) != ""]
    )


def _mapping(of_keys: _FieldVisit | None, of_values: _FieldVisit | None) -> _FieldVisit | None:
    if of_keys is None and of_values is None:
        return None

    def step(mapping: Mapping[Any, Any], visitor: FieldVisitor, by: Person | None) -> Any:
        return {
            of_keys(key, visitor, by) if of_keys else key: (
                of_values(value, visitor, by) if of_values else value
            )
            for key, value in mapping.items()
        }

    return step
