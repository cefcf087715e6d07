"""The contract's JSON, and the timeline's order."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from core import Talk
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from report.hostile import texts
from report.tale import NOON, PROCESS, Tale, outage

from ircbot.incident.events import (
    Absent,
    ActionAdded,
    ActionDone,
    ActionTicketed,
    CommsSet,
    Copied,
    Declared,
    Edited,
    EntryId,
    HypothesisAdded,
    HypothesisJudged,
    ImpactSet,
    Linked,
    MeetingSet,
    Messaged,
    MilestoneSet,
    Noted,
    Notified,
    Parked,
    PropsGiven,
    Redacted,
    Related,
    ReportDelivered,
    Resolved,
    Restored,
    RoleTaken,
    SeveritySet,
    StatusSet,
    Struck,
    Updated,
    VideoSet,
    WhyAdded,
)
from ircbot.incident.line import Source
from ircbot.incident.people import Person
from ircbot.incident.state import Incident
from ircbot.incident.view import as_json, participants, timeline

SCHEMA = json.loads(
    (Path(__file__).parent.parent / "docs" / "incident.schema.json").read_text("utf-8")
)


def eventful() -> Incident:
    """Something of everything."""
    dave, josh = Person("metadave"), Person("jgmize", "josh")
    tale = Tale().tell(Declared("MDN is down", "tale", product="MDN"), 0, dave, "#mozmeao")
    tale.tell(RoleTaken("lead", dave)).tell(CommsSet("#mdndev")).tell(VideoSet("my room"))
    tale.tell(Notified(("jwhitlock", "rjohnson"), "MDN is on fire")).tell(SeveritySet("1"))
    tale.tell(ImpactSet("all of MDN")).tell(Updated("working on it"), 5).tell(StatusSet("triage"))
    tale.note("one", 10).note("two", 11, josh).note("three", 12).note("four", 13)
    tale.tell(Edited(1, "first"), 14).tell(Struck(2), 15).tell(Redacted(3), 16)
    tale.tell(Struck(4), 16).tell(Restored(4), 16)
    tale.tell(RoleTaken("lead", josh, "accepted"), 20, josh)
    tale.tell(RoleTaken("scribe", dave), 21).tell(Absent(NOON, NOON + timedelta(minutes=3), 2), 22)
    tale.tell(ActionAdded(1, "watch it", "jgmize", "2018-02-01"), 23).tell(ActionDone(1), 24)
    tale.tell(ActionAdded(2, "think"), 25).tell(ActionTicketed(2, "BUG-1"), 26)
    tale.tell(WhyAdded("because"), 27).tell(PropsGiven("atoll"), 27).tell(PropsGiven("bob", "x"))
    tale.tell(HypothesisAdded(1, "the ELB"), 28).tell(HypothesisJudged(1, True), 29)
    tale.tell(Linked("https://example.org", "graphs"), 30).tell(Linked("https://example.net"), 31)
    tale.tell(Related(2), 31).tell(Noted(5, "from there", NOON, dave, "#moc", EntryId(2, 7)), 31)
    tale.tell(Noted(6, "gone"), 31).tell(Copied(6, EntryId(3, 1), moved=True), 31)
    tale.tell(Parked("poor design"), 32).tell(Messaged("sorry", "We are sorry"), 33)
    tale.tell(MilestoneSet("started", NOON - timedelta(minutes=9)), 34)
    tale.tell(MilestoneSet("announced", NOON + timedelta(minutes=9)), 35)
    tale.tell(ImpactSet("half of MDN"), 36, josh)
    tale.tell(Resolved("it is over"), 60).tell(MeetingSet(NOON + timedelta(days=1)), 61)
    return tale.tell(ReportDelivered("https://mana.example.org/1"), 70).incident


def test_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)


def test_an_incident_with_something_of_everything_fits_the_schema():
    Draft202012Validator(SCHEMA).validate(as_json(eventful(), PROCESS))


def test_the_schema_names_every_key_that_there_is():
    given, known = as_json(eventful(), PROCESS), SCHEMA["properties"]
    assert set(given) == set(known)
    for key, value in given.items():
        if isinstance(value, list) and key != "withheld" and isinstance(value[0], dict):
            assert set(value[0]) == set(known[key]["items"]["properties"]), key


@settings(max_examples=25, deadline=None)
@given(st.lists(texts, min_size=1, max_size=20))
def test_any_incident_fits_the_schema_and_is_json(written):
    shown = as_json(outage(*written), PROCESS)
    Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(shown).encode()))


def test_what_is_not_known_is_null():
    shown = as_json(Tale().tell(Declared("", "tale")).incident, PROCESS)
    unknown = (
        "title severity impact comms_channel video started_at detected_at mitigated_at "
        "resolved_at report_due_at closed_at product stage"
    )
    assert {key: shown[key] for key in unknown.split()} == dict.fromkeys(unknown.split())


def test_the_contracts_example_comes_out():
    tale = Tale().tell(Declared("MDN is experiencing an outage", "tale"), 0, channel="#mozmeao")
    tale.tell(RoleTaken("lead", Person("metadave"))).tell(CommsSet("#mdndev"))
    shown = as_json(tale.tell(Resolved(), 300).incident, PROCESS)
    assert shown["declared_at"] == "2018-01-10T12:00:00Z"
    assert shown["resolved_at"] == "2018-01-10T17:00:00Z"
    assert shown["report_due_at"] == "2018-01-12T17:00:00Z"
    assert (shown["declared_in"], shown["comms_channel"]) == ("#mozmeao", "#mdndev")
    assert (
        shown["roles"][0].items()
        >= {
            "role": "lead",
            "title": "incident leader",
            "nick": "metadave",
            "account": None,
            "from": "2018-01-10T12:00:00Z",
            "to": "2018-01-10T17:00:00Z",
        }.items()
    )
    assert [row["kind"] for row in shown["timeline"]] == ["declared", "lead", "comms", "resolved"]
    assert {row["n"] for row in shown["timeline"]} == {None}


def test_edited_struck_and_redacted_entries():
    shown = as_json(eventful(), PROCESS)
    notes = {row["n"]: row for row in shown["timeline"] if row["kind"] == "note"}
    assert (notes[1]["text"], notes[1]["edited"], notes[1]["before"]) == ("first", True, ["one"])
    assert (notes[3]["text"], notes[3]["redacted"]) == ("", True)
    assert sorted(notes) == [1, 3, 4, 5]
    assert shown["struck"] == [2]


def test_entries_of_one_time_keep_the_order_of_their_recording():
    tale = Tale().tell(Declared("down", "tale"))
    for text in "cba":
        tale.note(text, 5)
    assert [row.text for row in timeline(tale.incident) if row.n] == ["c", "b", "a"]


def test_a_late_entry_stands_where_it_happened():
    tale = Tale().tell(Declared("down", "tale")).note("second", 10)
    tale.tell(Noted(2, "first", at=NOON + timedelta(minutes=5)), 20)
    rows = [row for row in timeline(tale.incident) if row.n]
    assert [(row.text, row.late) for row in rows] == [("first", True), ("second", False)]


def test_an_end_stands_behind_what_was_said_in_its_minute():
    tale = Tale().tell(Declared("down", "tale")).tell(Resolved(), 10).note("over", 10)
    kinds = [row.kind for row in timeline(tale.incident)]
    assert kinds == ["declared", "note", "resolved"]


def test_milestones_that_people_gave_stand_in_the_timeline():
    rows = timeline(eventful())
    assert rows[0].kind == "started"
    assert "announced" in [row.kind for row in rows]
    assert rows[0].nick == ""


def test_what_was_taken_back_is_none_in_the_timeline():
    talk = Talk()
    talk.tell(
        """
        12:00 <ann> !inc declare MDN is down
        12:01 <ann> !inc impact nobody can log in
        12:02 <ann> !inc undo C1
        """
    )
    assert [row.text for row in timeline(talk.incident)][-1] == "C2 impact: none"


def test_participants_wrote_or_held_a_role_and_come_as_they_first_appeared():
    # atoll was praised and jwhitlock called: neither took part.
    assert participants(eventful()) == ("metadave", "jgmize")


def test_who_only_held_a_role_took_part():
    tale = Tale().tell(Declared("down", "tale"), by="metadave")
    tale.tell(RoleTaken("scribe", Person("atoll"), "named"), 5)
    assert participants(tale.incident) == ("metadave", "atoll")


def test_a_name_counts_once_however_it_is_written():
    tale = Tale().tell(Declared("down", "tale"), by="MetaDave").note("a", 1, "metadave")
    assert participants(tale.incident) == ("MetaDave",)


@pytest.mark.parametrize("source", list(Source))
def test_the_source_is_told(source):
    tale = Tale().tell(Declared("down", "tale")).tell(Noted(1, "a"), 1, source=source)
    assert as_json(tale.incident, PROCESS)["timeline"][1]["source"] == source.value


def test_a_role_that_the_process_no_longer_knows_goes_by_its_key():
    tale = Tale().tell(Declared("down", "tale")).tell(RoleTaken("lead", Person("metadave")))
    roles = as_json(tale.incident, replace(PROCESS, roles={}))["roles"]
    assert roles[0]["title"] == "lead"
