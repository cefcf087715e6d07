"""Times and spans as people type them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from core import NOON, at
from hypothesis import given
from hypothesis import strategies as st

from ircbot.incident.times import clock, day_named, future, long, past, span

BERLIN = ZoneInfo("Europe/Berlin")
AUCKLAND = ZoneInfo("Pacific/Auckland")
TYPED = st.text(st.sampled_from("0123456789:-+. hmsdwinapoTZfryx"), max_size=24) | st.text()


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("45m", 45),
        ("45", 45),
        (" 45 min ", 45),
        ("90 minutes", 90),
        ("2h", 120),
        ("1h30", 90),
        ("1h30m", 90),
        ("2 hours 5 min", 125),
        ("1.5h", 90),
        ("1 week", 7 * 24 * 60),
        ("1d", 24 * 60),
        ("30S", 0.5),
        ("366d", 366 * 24 * 60),
    ],
)
def test_a_span_is_read_as_people_type_it(typed, minutes):
    assert span(typed) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "typed", ["", "soon", "0", "0m", "-5m", "367d", "5 parsecs", "5m later", "m", "5mm", "1e3"]
)
def test_what_is_no_span_is_none(typed):
    assert span(typed) is None


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("11:50", at("11:50")),
        ("11:50:30", at("11:50:30")),
        ("now", NOON),
        ("-10m", at("11:50")),
        ("10m ago", at("11:50")),
        ("1 hour ago", at("11:00")),
        ("-90", at("10:30")),
        ("13:30", at("13:30") - timedelta(days=1)),  # it has not been half past one today
        ("9:05 am", at("09:05")),
        ("12:00 AM", at("00:00")),
        ("11:50 pm", at("23:50") - timedelta(days=1)),
        ("2018-01-09 14:55", at("14:55") - timedelta(days=1)),
        ("2018-01-10T11:00+01:00", at("10:00")),
        ("2018-01-09", at("00:00") - timedelta(days=1)),
        ("12:01", NOON),  # their clock is a minute ahead of ours
    ],
)
def test_a_time_that_was_is_the_latest_such_time(typed, expected):
    assert past(typed, NOON, UTC) == expected


@pytest.mark.parametrize(
    "typed",
    ["", "soon", "25:00", "11:60", "13:00 pm", "0:30 am", "-", "-0m", "-soon", "2018-01-11",
     "2018-01-10 12:30", "2018-13-01", "2018-01-10 nonsense", "1066-10-14", "0001-01-01"],
)  # fmt: skip
def test_what_is_no_time_that_was_is_none(typed):
    assert past(typed, NOON, UTC) is None


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("45m", at("12:45")),
        ("+45m", at("12:45")),
        ("in 2h", at("14:00")),
        ("IN 2h", at("14:00")),
        ("14:55", at("14:55")),
        ("9:00", at("09:00") + timedelta(days=1)),
        ("3:00 pm", at("15:00")),
        ("tomorrow 10:00", at("10:00") + timedelta(days=1)),
        ("today 18:00", at("18:00")),
        ("friday 10:00", at("10:00") + timedelta(days=2)),
        ("2018-01-12 15:00", at("15:00") + timedelta(days=2)),
        ("2018-01-12", at("00:00") + timedelta(days=2)),
    ],
)
def test_a_time_to_come_is_the_next_such_time(typed, expected):
    assert future(typed, NOON, UTC) == expected


@pytest.mark.parametrize(
    "typed",
    ["", "soon", "0", "2018-01-09", "today 11:00", "whenever 10:00", "friday", "tomorrow noon",
     "9999-12-31 23:59", "2020-01-10", "24:00"],
)  # fmt: skip
def test_what_is_no_time_to_come_is_none(typed):
    assert future(typed, NOON, UTC) is None


def test_a_time_without_a_zone_is_in_the_configured_one():
    assert past("12:30", NOON, BERLIN) == at("11:30")
    assert future("14:00", NOON, BERLIN) == at("13:00")
    assert past("2018-01-10 12:30", NOON, BERLIN) == at("11:30")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("today", date(2018, 1, 10)),
        ("Tomorrow", date(2018, 1, 11)),
        ("friday", date(2018, 1, 12)),
        ("fri", date(2018, 1, 12)),
        ("wednesday", date(2018, 1, 17)),  # it is one: the next is meant
        ("2018-02-01", date(2018, 2, 1)),
        ("2018-02-30", None),
        ("hand", None),
        ("", None),
    ],
)
def test_a_day_is_named_as_people_name_it(typed, expected):
    assert day_named(typed, NOON, UTC) == expected


def test_the_day_is_that_of_the_zone():
    evening = NOON.replace(hour=20)
    assert day_named("today", evening, AUCKLAND) == date(2018, 1, 11)


@pytest.mark.parametrize("zone", [UTC, BERLIN, AUCKLAND])
@given(typed=TYPED)
def test_whatever_is_typed_is_a_bounded_aware_time_or_none(zone, typed):
    was, will = past(typed, NOON, zone), future(typed, NOON, zone)
    assert was is None or NOON - timedelta(days=3660) <= was <= NOON
    assert will is None or NOON < will <= NOON + timedelta(days=366)


@pytest.mark.parametrize("typed", ["0001-01-01", "9999-12-31 23:59"])
def test_the_ends_of_the_calendar_are_no_times_in_any_zone(typed):
    for zone in (AUCKLAND, ZoneInfo("Pacific/Honolulu")):
        assert past(typed, NOON, zone) is None
        assert future(typed, NOON, zone) is None


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "0 minutes"),
        (-5, "0 minutes"),
        (1, "1 minute"),
        (61, "61 minutes"),
        (119, "119 minutes"),
        (120, "2 h 00 min"),
        (241, "4 h 01 min"),
        (47 * 60 + 59, "47 h 59 min"),
        (48 * 60, "2 d 0 h"),
        (51 * 60, "2 d 3 h"),
    ],
)
def test_a_span_is_told_in_words(minutes, words):
    assert long(timedelta(minutes=minutes)) == words


def test_a_time_is_told_with_its_zone_and_on_another_day_with_the_date():
    assert clock(NOON, NOON, BERLIN) == "13:00 CET"
    assert clock(NOON, NOON + timedelta(days=1), UTC) == "2018-01-10 12:00 UTC"
    # An hour before midnight here is another day there.
    late = datetime(2018, 1, 10, 23, tzinfo=UTC)
    assert clock(late, late, BERLIN) == "00:00 CET"
    assert clock(NOON, late, BERLIN) == "2018-01-10 13:00 CET"
