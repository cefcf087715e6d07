"""How long nobody said anything, and how long nobody led."""

from __future__ import annotations

from datetime import timedelta

from report.tale import NOON, PROCESS, Tale, outage, unresolved

from ircbot.incident.events import (
    Declared,
    Noted,
    Resolved,
    RoleLeft,
    RoleTaken,
    SeveritySet,
    Struck,
    Updated,
    Withdrawn,
)
from ircbot.incident.people import Person
from ircbot.incident.spans import (
    Span,
    between_updates,
    end_of,
    leaderless,
    silences,
    update_limit,
)

DAVE, JOSH = Person("metadave"), Person("jgmize")


def minutes(spans: tuple[Span, ...]) -> list[tuple[int, int]]:
    return [
        (round((s.begin - NOON).seconds / 60), round((s.end - NOON).seconds / 60)) for s in spans
    ]


def test_entries_and_updates_are_signs_of_life():
    tale = Tale().tell(Declared("down", "tale")).note("a", 10).tell(Updated("b"), 25).note("c", 70)
    incident = tale.tell(Resolved(), 90).incident
    spans = between_updates(incident, end_of(incident))
    assert minutes(spans) == [(0, 10), (10, 25), (25, 70), (70, 90)]
    assert [span.entry for span in spans] == [1, None, 2, None]
    assert minutes(silences(spans, timedelta(minutes=30))) == [(25, 70)]


def test_a_struck_entry_and_one_after_the_end_are_no_signs():
    tale = Tale().tell(Declared("down", "tale")).note("a", 10).tell(Struck(1), 11)
    incident = tale.tell(Resolved(), 40).note("b", 60).incident
    assert minutes(between_updates(incident, end_of(incident))) == [(0, 40)]


def test_a_late_entry_counts_when_it_was_written_down():
    tale = Tale().tell(Declared("down", "tale"))
    tale.tell(Noted(1, "earlier", at=NOON + timedelta(minutes=5)), 50)
    incident = tale.tell(Resolved(), 60).incident
    assert minutes(between_updates(incident, end_of(incident))) == [(0, 50), (50, 60)]


def test_a_severity_may_allow_less_silence():
    tale = Tale().tell(Declared("down", "tale"))
    assert update_limit(tale.incident, PROCESS) == timedelta(minutes=30)
    assert update_limit(tale.tell(SeveritySet("1")).incident, PROCESS) == timedelta(minutes=15)
    assert update_limit(tale.tell(SeveritySet("odd")).incident, PROCESS) == timedelta(minutes=30)


def test_nobody_leads_before_between_and_after_leaders():
    tale = Tale().tell(Declared("down", "tale")).tell(RoleTaken("lead", DAVE), 5)
    tale.tell(RoleLeft("lead", DAVE), 20).tell(RoleTaken("lead", JOSH), 30)
    tale.tell(RoleLeft("lead", JOSH), 50)
    incident = tale.tell(Resolved(), 60).incident
    assert minutes(leaderless(incident, end_of(incident))) == [(0, 5), (20, 30), (50, 60)]


def test_somebody_led_throughout():
    incident = outage("a")
    assert leaderless(incident, end_of(incident)) == ()


def test_an_open_incident_ends_now_or_when_it_last_changed():
    incident = unresolved("a", "b")
    assert end_of(incident) == NOON + timedelta(minutes=2)
    assert end_of(incident, NOON + timedelta(hours=9)) == NOON + timedelta(hours=9)


def test_a_withdrawn_incident_ended_when_it_was_withdrawn():
    tale = Tale().tell(Declared("down", "tale")).tell(Withdrawn("a drill nobody knew of"), 7)
    assert end_of(tale.incident, NOON + timedelta(hours=9)) == NOON + timedelta(minutes=7)


def test_a_length_is_the_difference_of_the_times_as_they_are_shown():
    begin = NOON + timedelta(seconds=50)
    assert Span(begin, NOON + timedelta(minutes=30, seconds=10)).length == timedelta(minutes=30)
    assert Span(begin, NOON + timedelta(seconds=70)).length == timedelta(seconds=20)
