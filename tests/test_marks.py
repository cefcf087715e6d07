"""Which fields hold people's words: every one says so, and what says so is erased everywhere."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import pytest
from kept import NOON
from test_erasing import on_disk

from ircbot.incident.erasing import ERASES
from ircbot.incident.events import (
    ActionAdded,
    Declared,
    Entry,
    EntryId,
    Event,
    Forgotten,
    Noted,
    Purged,
    Redacted,
    RoleTaken,
)
from ircbot.incident.marks import Named, Worded, worded_fields
from ircbot.incident.people import Person
from ircbot.incident.state import replay
from ircbot.repository import open_store

EVENTS: tuple[type, ...] = get_args(Event)
MARK = "xyzzy"  # worded
NAME = "gandalf"  # whoever is named

# Texts that are neither words nor names: keys of the process, channels, networks, dates.
PLAIN = {
    "process", "product", "channels", "what", "network", "status", "channel", "name", "role", "why", "how", "token",
    "casemapping", "section", "via", "target", "page", "version",
}  # fmt: skip
PLAIN_IN = {
    ("Ticked", "key"),
    ("Messaged", "key"),
    ("ActionAdded", "due"),
    ("Alerted", "alerts"),
    ("Alerted", "key"),
    ("ActionChanged", "due"),
    ("ActionChanged", "place"),
    ("ActionDone", "place"),
    ("ActionTicketed", "place"),
}


def hints(event: type) -> dict[str, Any]:
    found = get_type_hints(event, include_extras=True)
    return {field.name: found[field.name] for field in fields(event)}


def mark_of(hint: Any) -> Worded | Named | None:
    if get_origin(hint) is Annotated:
        return next((m for m in hint.__metadata__ if isinstance(m, Worded | Named)), None)
    return next((mark for mark in map(mark_of, get_args(hint)) if mark), None)


def holds_text(hint: Any) -> bool:
    return hint is str or any(map(holds_text, get_args(hint)))


def example(hint: Any, *, shared: bool = True) -> Any:
    """A value of a type, with the marker wherever somebody's words are."""
    origin, kinds = get_origin(hint), get_args(hint)
    if origin is Annotated:
        mark = mark_of(hint)
        if mark is None:
            return example(kinds[0], shared=shared)
        if isinstance(mark, Named):
            return f"gone:{NAME}:2" if mark.parts else NAME
        return MARK if shared or not mark.shared else "everybody's"
    if origin in (Union, UnionType):
        return example(next(kind for kind in kinds if kind is not NoneType), shared=shared)
    if origin is tuple:
        return (example(kinds[0], shared=shared),)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    plain = {str: "calm", int: 3, bool: True, datetime: NOON, EntryId: EntryId(2, 3)}
    return {**plain, Person: Person(NAME, NAME)}[hint]


def filled(event: type, *, shared: bool = True) -> Event:
    values = {name: example(hint, shared=shared) for name, hint in hints(event).items()}
    made: Event = event(**values)
    return made


@pytest.mark.parametrize("event", EVENTS)
def test_every_text_of_an_event_says_whether_it_is_somebodys_words(event):
    unmarked = {
        name
        for name, hint in hints(event).items()
        if holds_text(hint) and mark_of(hint) is None and (event.__name__, name) not in PLAIN_IN
    }
    assert unmarked <= PLAIN, (
        "mark them as Words, SharedWords, Nick or NamedKey, or list them as PLAIN"
    )


WORDED = [event for event in EVENTS if any(mark_of(h) for h in hints(event).values())]


@pytest.mark.parametrize("event", [e for e in EVENTS if worded_fields(e)])
def test_what_is_worded_is_gone_from_every_file_after_a_purge(tmp_path, event):
    store = open_store(str(tmp_path), writer="bot")
    store.append([Entry(1, NOON, Person("ann"), Declared("calm", "mozmeao"), "#moc")])
    store.append([Entry(1, NOON, Person("ann"), filled(event), "#moc", said="fingerprint")])
    store.snapshot(1)
    store.append([Entry(1, NOON, Person("ann"), filled(event), "#moc", said="fingerprint")])
    assert MARK.encode() in on_disk(tmp_path)
    store.append([Entry(1, NOON, Person("boss"), Purged())])
    assert MARK.encode() not in on_disk(tmp_path)
    assert b"fingerprint" not in on_disk(tmp_path)
    store.close()
    assert MARK.encode() not in on_disk(tmp_path)


@pytest.mark.parametrize("event", [e for e in WORDED if e is not Forgotten])
def test_who_is_forgotten_is_gone_with_their_words(tmp_path, event):
    store = open_store(str(tmp_path), writer="bot")
    store.append([Entry(1, NOON, Person("ann"), Declared("calm", "mozmeao"), "#moc")])
    words = filled(event, shared=False)
    store.append([Entry(1, NOON, Person(NAME, NAME), words, "#moc", said="fingerprint")])
    store.append([Entry(1, NOON, Person("token"), Forgotten("token", NAME))])
    left = store.entries(1)
    store.close()
    content = on_disk(tmp_path)
    assert MARK.encode() not in content
    assert NAME.encode() not in content
    assert b"fingerprint" not in content
    assert left[1].by == Person("token")


@pytest.mark.parametrize("event", WORDED)
def test_what_others_said_stays_when_somebody_is_forgotten(event):
    order = Entry(1, NOON, Person("token"), Forgotten("token", "saruman"))
    other = Entry(1, NOON, Person("ann"), filled(event), "#moc", said="fingerprint")
    assert ERASES[Forgotten](order, other) == other


@pytest.mark.parametrize("event", WORDED)
def test_a_redaction_takes_the_wordings_of_its_entry_alone(event):
    order = Entry(1, NOON, Person("boss"), Redacted(3))
    other = Entry(1, NOON, Person("ann"), filled(event), "#moc", said="fingerprint")
    left = ERASES[Redacted](order, other)
    if event.__name__ in ("Noted", "Continued", "Edited"):
        assert left == replace(other, event=replace(other.event, text=""), said="")
    else:
        assert left == other


def test_words_and_names_are_fields_of_their_own():
    assert worded_fields(Declared) == ("summary", "product")
    assert {f.name for f in fields(Declared)} > set(worded_fields(Declared))


@pytest.mark.parametrize("order", [Purged(), Forgotten("someone-1", NAME), Redacted(3)])
@pytest.mark.parametrize("event", EVENTS)
def test_the_state_after_an_erasure_is_that_of_what_the_disk_has_left(event, order):
    """Also that no event that is new shows words in the state that an erasure leaves there."""
    author = Person(NAME, NAME)
    entries = [
        Entry(1, NOON, author, Declared("calm", "mozmeao", network="libera"), "#moc"),
        Entry(1, NOON, author, RoleTaken("lead", author), "#moc"),
        Entry(1, NOON, Person("ann"), Noted(1, "calm"), "#moc"),
        *([Entry(1, NOON, author, Noted(3, MARK), "#moc")] if event is not Noted else []),
        Entry(1, NOON, author, ActionAdded(3, MARK), "#moc"),
        Entry(1, NOON, author, filled(event), "#moc"),
        Entry(1, NOON, Person("token"), order),
    ]
    lived = replay(entries)
    left = replay([ERASES[type(order)](entries[-1], entry) for entry in entries])
    assert left == lived
    if isinstance(order, Purged):
        assert MARK not in repr(lived)
    if isinstance(order, Forgotten):
        assert NAME not in repr(lived)
