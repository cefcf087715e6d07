"""Every entry survives being a document, and what cannot be understood is said with its place."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircbot.errors import StoreError
from ircbot.incident.events import Absent, Entry, EntryId, Event, Noted, Notified, Struck
from ircbot.incident.line import Source
from ircbot.incident.people import Person
from ircbot.store.codec import FIRST_TIME, LAST_TIME, decode, encode

NOON = datetime(2018, 1, 10, 12, 0, tzinfo=UTC)
ANN = Person("ann")

TIMES = st.datetimes(
    FIRST_TIME.replace(tzinfo=None), LAST_TIME.replace(tzinfo=None), timezones=st.just(UTC)
)
PEOPLE = st.builds(Person)
st.register_type_strategy(datetime, TIMES)
ENTRIES = st.builds(Entry, event=st.one_of([st.builds(cls) for cls in get_args(Event)]))


@given(ENTRIES)
def test_every_event_survives_being_a_document(entry: Entry) -> None:
    document = json.loads(encode(entry))
    assert decode(document, "a file, entry 1") == entry


def test_an_entry_reads_as_people_would_write_it() -> None:
    entry = Entry(12, NOON, ANN, Noted(7, "the ELB", at=NOON - timedelta(minutes=5)), "#mdndev")
    assert json.loads(encode(entry)) == {
        "incident": 12,
        "at": "2018-01-10T12:00:00Z",
        "by": {"nick": "ann"},
        "event": {"kind": "Noted", "n": 7, "text": "the ELB", "at": "2018-01-10T11:55:00Z"},
        "channel": "#mdndev",
        "source": "live",
    }


def test_times_are_written_in_utc() -> None:
    at = NOON.astimezone(timezone(timedelta(hours=2)))
    assert json.loads(encode(Entry(1, at, ANN, Struck(1))))["at"] == "2018-01-10T12:00:00Z"


@pytest.mark.parametrize("missing", [f.name for f in fields(Noted)][2:])
def test_a_field_that_an_old_store_does_not_have_takes_its_default(missing: str) -> None:
    note = Noted(1, "x", NOON, ANN, "#c", EntryId(2, 3), NOON)
    document = json.loads(encode(Entry(1, NOON, ANN, note)))
    del document["event"][missing]
    event = decode(document, "").event
    assert not getattr(event, missing)


GOOD: dict[str, Any] = json.loads(encode(Entry(1, NOON, ANN, Noted(1, "x"), "#c", Source.LIVE)))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"event": {"kind": "Exploded"}}, "unknown event 'Exploded'; was it written by a newer"),
        ({"event": {"kind": ["Noted"]}}, r"unknown event \['Noted'\]"),
        ({"event": {"kind": "Struck", "n": 1, "why": "x"}}, "unknown field 'why' of Struck"),
        ({"event": {"kind": "Struck"}}, "Struck lacks n"),
        ({"event": {"kind": "Struck", "n": "1"}}, "'1' is not a number"),
        ({"event": {"kind": "Struck", "n": True}}, "True is not a number"),
        ({"event": "Struck"}, "'Struck' is not an event"),
        ({"event": {"kind": "Notified", "nicks": "ann"}}, "'ann' is not a list"),
        ({"event": {"kind": "Promised", "due": "soon"}}, "'soon' is not a time"),
        ({"event": {"kind": "Promised", "due": 5}}, "5 is not a time"),
        ({"at": "2018-01-10T12:00:00"}, "has no time zone"),
        ({"by": "ann"}, "'ann' is not Person"),
        ({"source": "dreamt"}, "unknown Source 'dreamt'"),
        ({"channel": 5}, "5 is not a text"),
    ],
)
def test_what_cannot_be_understood_is_said_with_its_place(
    change: dict[str, Any], says: str
) -> None:
    with pytest.raises(StoreError, match=f"^0012.json, entry 7: .*{says}"):
        decode({**GOOD, **change}, "0012.json, entry 7")


def test_lists_and_times_inside_events_survive() -> None:
    for event in (Notified(("a", "b"), "x"), Absent(NOON, NOON + timedelta(hours=1), 3)):
        entry = Entry(1, NOON, ANN, event)
        assert decode(json.loads(encode(entry)), "") == entry


@pytest.mark.parametrize(
    ("written", "year"),
    [
        ("0001-01-01T00:00:00Z", 1980),
        ("0001-01-01T00:00:00+14:00", 1980),
        ("1979-12-31T23:59:59Z", 1980),
        ("9999-12-31T23:59:59-12:00", 2200),
        ("9999-12-31T23:59:59.999999Z", 2200),
    ],
)
def test_a_time_that_cannot_be_is_read_as_one_to_reckon_with(written, year):
    document = json.loads(encode(Entry(1, NOON, Person("ann"), Struck(1))))
    at = decode({**document, "at": written}, "here").at
    assert at.year == year
    assert at - timedelta(days=3650) < at < at + timedelta(days=3650)
