"""Deadlines: in hours, in working hours and in working days, over weekends and clock changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from report.tale import NOON, PROCESS, outage, unresolved

from ircbot.incident.closing import report_due
from ircbot.incident.process import ReportDuty
from ircbot.incident.times import Calendar, Deadline, due

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# 2018-01-10 is a Wednesday.
@pytest.mark.parametrize(
    ("start", "amount", "unit", "end"),
    [
        ("2018-01-10T17:00", 48, "hours", "2018-01-12T17:00"),
        ("2018-01-10T17:00", 0.5, "hours", "2018-01-10T17:30"),
        ("2018-01-10T10:00", 4, "working hours", "2018-01-10T14:00"),
        ("2018-01-10T15:00", 4, "working hours", "2018-01-11T11:00"),
        ("2018-01-10T03:00", 1, "working hours", "2018-01-10T10:00"),
        ("2018-01-12T16:00", 2, "working hours", "2018-01-15T10:00"),
        ("2018-01-10T17:00", 48, "working hours", "2018-01-18T17:00"),
        ("2018-01-10T09:00", 1, "working days", "2018-01-10T17:00"),
        ("2018-01-10T17:00", 1, "working days", "2018-01-11T17:00"),
        ("2018-01-12T16:00", 1, "working days", "2018-01-15T16:00"),
        ("2018-01-13T03:00", 1, "working days", "2018-01-15T17:00"),
        ("2018-01-12T23:00", 5, "working days", "2018-01-19T17:00"),
    ],
)
def test_a_deadline_counts_what_its_unit_says(start, amount, unit, end):
    assert due(at(start), Deadline(amount, unit)) == at(end)


def test_holidays_are_no_working_days():
    friday = at("2018-01-12T12:00")
    holidays = ("2018-01-15", "2018-01-16")
    assert due(friday, Deadline(1, "working days"), holidays=holidays) == at("2018-01-17T12:00")


def test_working_hours_are_those_of_the_zone():
    start = at("2018-01-10T14:00")  # 15:00 in Berlin
    assert due(start, Deadline(4, "working hours"), BERLIN) == at("2018-01-11T10:00")


def test_a_changed_clock_costs_no_working_hour():
    # The clocks go forward in the night to Sunday 2018-03-25; nights are worked here.
    saturday = datetime(2018, 3, 24, 23, 0, tzinfo=BERLIN)
    deadline = Deadline(4, "working hours")
    end = due(saturday, deadline, BERLIN, working_days=range(7), working_hours=(0, 24))
    assert end == datetime(2018, 3, 25, 4, 0, tzinfo=BERLIN)


def test_a_calendar_without_working_time_is_refused():
    with pytest.raises(ValueError, match="no working time"):
        due(NOON, Deadline(1, "working days"), working_days=())


def test_an_unknown_unit_is_refused():
    with pytest.raises(ValueError, match="fortnights"):
        due(NOON, Deadline(1, "fortnights"))


def test_an_open_incident_owes_no_report_yet():
    assert report_due(unresolved("a"), PROCESS) is None


def test_a_false_alarm_owes_no_report():
    assert report_due(replace(outage("a"), status="withdrawn"), PROCESS) is None


def test_the_report_is_due_by_the_process_and_the_calendar():
    incident = outage("a")  # resolved on Wednesday at 13:01
    by_days = replace(PROCESS, report=ReportDuty(due=Deadline(1, "working days")))
    assert report_due(incident, PROCESS) == at("2018-01-12T13:01")
    assert report_due(incident, by_days) == at("2018-01-11T13:01")
    thursdays_off = Calendar(holidays=("2018-01-11",))
    assert report_due(incident, by_days, thursdays_off) == at("2018-01-12T13:01")
