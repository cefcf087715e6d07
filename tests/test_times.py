"""Times and spans as people type them."""

from __future__ import annotations

import doctest
import importlib
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from core import NOON, at
from hypothesis import given
from hypothesis import strategies as st

from ircbot.incident.times import (
    ReportClock,
    Unclear,
    Why,
    clock,
    day,
    future,
    leading,
    leading_day,
    length,
    long,
    offset,
    past,
    span,
    told,
)
from ircbot.zones import zone_named

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


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("11:50", at("11:50")),
        ("11:50:30", at("11:50:30")),
        ("11:50:30.25", at("11:50:30")),
        ("11:50:60", at("11:50:59")),  # a leap second
        ("now", NOON),
        ("just now", NOON),
        ("-10m", at("11:50")),
        ("\u221210 m", at("11:50")),
        ("10m ago", at("11:50")),
        ("10 min ago", at("11:50")),
        ("1h30m ago", at("10:30")),
        ("1 hour ago", at("11:00")),
        ("an hour ago", at("11:00")),
        ("Half an hour ago", at("11:30")),
        ("two days ago", NOON - 2 * DAY),
        ("-90", at("10:30")),
        ("13:30", at("13:30") - DAY),  # it has not been half past one today
        ("at 11:50", at("11:50")),
        ("@11:50", at("11:50")),
        ("9:05 am", at("09:05")),
        ("9:05\u202fAM", at("09:05")),
        ("9am", at("09:00")),
        ("9 a.m.", at("09:00")),
        ("4.30 pm", at("16:30") - DAY),
        ("4pm", at("16:00") - DAY),
        ("12pm", NOON),
        ("12:00 AM", at("00:00")),
        ("11:50 pm", at("23:50") - DAY),
        ("noon", NOON),
        ("midnight", at("00:00")),
        ("24:00", at("00:00")),
        ("yesterday 24:00", at("00:00")),
        ("11:50 UTC", at("11:50")),
        ("11:50 utc", at("11:50")),
        ("10:50Z", at("10:50")),
        ("1050Z", at("10:50")),
        ("1050 UTC", at("10:50")),
        ("12:50+02:00", at("10:50")),
        ("12:50 +02:00", at("10:50")),
        ("12:50 +0200", at("10:50")),
        ("12:50+02", at("10:50")),
        ("12:50 UTC+2", at("10:50")),
        ("08:20 -03:30", at("11:50")),
        ("12:50 CET", at("11:50")),
        ("6:50 EST", at("11:50")),
        ("6:50am America/New_York", at("11:50")),
        ("12:50 Europe/Berlin", at("11:50")),
        ("12:50 europe/berlin", at("11:50")),
        ("17:35 Asia/Kathmandu", at("11:50")),
        ("00:50 Pacific/Auckland", at("11:50")),
        ("yesterday 23:50 Pacific/Auckland", at("10:50")),
        ("2018-01-11 00:50 Pacific/Auckland", at("11:50")),
        ("1 Jul 2017 12:50 Europe/Berlin", datetime(2017, 7, 1, 10, 50, tzinfo=UTC)),
        ("31/12 14:55", at("14:55") - 10 * DAY),
        ("12/31/17 14:55", at("14:55") - 10 * DAY),
        ("1/1 14:55", at("14:55") - 9 * DAY),
        ("9 Aug 14:55", datetime(2017, 8, 9, 14, 55, tzinfo=UTC)),
        ("11:30 +01:00", at("10:30")),
        ("01:30 +14:00", at("11:30")),
        ("yesterday 23:10", at("23:10") - DAY),
        ("yesterday at 11:10 pm", at("23:10") - DAY),
        ("23:10 yesterday", at("23:10") - DAY),
        ("23:10 UTC yesterday", at("23:10") - DAY),
        ("on the day before yesterday at 23:10 UTC", at("23:10") - 2 * DAY),
        ("3 days ago 23:10", at("23:10") - 3 * DAY),
        ("today 11:10", at("11:10")),
        ("monday 10:00", at("10:00") - 2 * DAY),
        ("wed 10:00", at("10:00")),
        ("wed 14:00", at("14:00") - 7 * DAY),
        ("last wednesday 10:00", at("10:00") - 7 * DAY),
        ("10:00 on Monday", at("10:00") - 2 * DAY),
        ("2018-01-09 14:55", at("14:55") - DAY),
        ("2018-01-09T14:55", at("14:55") - DAY),
        ("2018-01-09T14:55:00Z", at("14:55") - DAY),
        ("20180109T145500Z", at("14:55") - DAY),
        ("20180109T1455", at("14:55") - DAY),
        ("2018/1/9 14:55", at("14:55") - DAY),
        ("09.01.2018 14:55", at("14:55") - DAY),
        ("2018-01-10T11:00+01:00", at("10:00")),
        ("9 Jan 14:55", at("14:55") - DAY),
        ("Jan 9 14:55", at("14:55") - DAY),
        ("Tue, 9 Jan 2018 14:55:00 +0000", at("14:55") - DAY),
        ("Tuesday 2018-01-09 14:55", at("14:55") - DAY),
        ("9th of January, 2018 at 2:55 pm", at("14:55") - DAY),
        ("14:55 on 9 Jan", at("14:55") - DAY),
        ("24 Dec 14:55", at("14:55") - 17 * DAY),  # last year's
        ("29 Feb 2016 12:00", datetime(2016, 2, 29, 12, tzinfo=UTC)),
        ("2008-01-03 12:00", NOON - 3660 * DAY),
    ],
)
def test_a_time_that_was_is_the_latest_such_time(typed, expected):
    assert past(typed, NOON, UTC, zone_named) == expected


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", Why.NONE),
        ("soon", Why.NONE),
        ("half past four", Why.NONE),
        ("quarter to five", Why.NONE),
        ("4 o'clock", Why.NONE),
        ("16:12 yesterday monday", Why.NONE),
        ("yesterday 16:12 monday", Why.NONE),
        ("11:50 ELB", Why.NONE),
        ("11:50 +10 hosts", Why.NONE),
        ("11:50 +10", Why.NONE),
        ("11:50 +15:00", Why.NONE),
        ("11:50 +02:70", Why.NONE),
        ("1150", Why.NONE),
        ("-", Why.NONE),
        ("-0m", Why.NONE),
        ("-soon", Why.NONE),
        ("a while ago", Why.NONE),
        ("2018-01-10 nonsense", Why.NONE),
        ("at 4", Why.HOUR),
        ("4", Why.HOUR),
        ("yesterday at 4", Why.HOUR),
        ("11 UTC", Why.HOUR),
        ("yesterday", Why.DAY),
        ("2018-01-09", Why.DAY),
        ("last monday", Why.DAY),
        ("11:50 CST", Why.ZONE),
        ("11:50 IST", Why.ZONE),
        ("11:50 Asia/Atlantis", Why.ZONE),
        ("11:50 Europe/Berlin/Mitte", Why.ZONE),
        ("15/13 11:50", Why.NO_SUCH),
        ("31/31 11:50", Why.NO_SUCH),
        ("11 Jan 11:50", Why.YEAR),
        ("9 Jul 11:50", Why.YEAR),
        ("10 Jan 13:00", Why.TO_COME),
        ("5/1/2018 11:50", Why.ORDER),
        ("5/1 11:50", Why.ORDER),
        ("25:00", Why.NO_SUCH),
        ("24:01", Why.NO_SUCH),
        ("11:60", Why.NO_SUCH),
        ("11:50:61", Why.NO_SUCH),
        ("13:00 pm", Why.NO_SUCH),
        ("0:30 am", Why.NO_SUCH),
        ("2018-13-01 10:00", Why.NO_SUCH),
        ("29 Feb 2017 12:00", Why.NO_SUCH),
        ("30 Feb 12:00", Why.NO_SUCH),
        ("monday 2018-01-09 14:55", Why.NO_SUCH),
        ("12:01", Why.SOON),
        ("12:15", Why.SOON),
        ("today 12:15", Why.SOON),
        ("2018-01-10 12:10", Why.SOON),
        ("today 12:16", Why.TO_COME),
        ("tomorrow 11:00", Why.TO_COME),
        ("2018-01-11 10:00", Why.TO_COME),
        ("2008-01-03 11:59", Why.FAR),
        ("1066-10-14 12:00", Why.FAR),
        ("0001-01-01 12:00 +14:00", Why.FAR),
    ],
)
def test_what_is_no_time_that_was_says_why(typed, why):
    found = past(typed, NOON, UTC, zone_named)
    assert isinstance(found, Unclear)
    assert found.why is why


def test_a_little_ahead_is_asked_about_over_midnight_too():
    assert past("00:05", at("23:55"), UTC) == Unclear(Why.SOON, at("00:05") + DAY)
    assert past("00:15", at("23:55"), UTC) == at("00:15")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("45m", at("12:45")),
        ("+45m", at("12:45")),
        ("in 2h", at("14:00")),
        ("IN 2h", at("14:00")),
        ("half an hour", at("12:30")),
        ("in two hours", at("14:00")),
        ("14:55", at("14:55")),
        ("2.55 pm", at("14:55")),
        ("9:00", at("09:00") + DAY),
        ("12:00", NOON + DAY),
        ("3:00 pm", at("15:00")),
        ("24:00", at("00:00") + DAY),
        ("midnight", at("00:00") + DAY),
        ("13:30 CET", at("12:30")),
        ("tomorrow 10:00", at("10:00") + DAY),
        ("10:00 tomorrow", at("10:00") + DAY),
        ("tomorrow noon", NOON + DAY),
        ("the day after tomorrow at 10am", at("10:00") + 2 * DAY),
        ("today 18:00", at("18:00")),
        ("friday 10:00", at("10:00") + 2 * DAY),
        ("next friday 10:00", at("10:00") + 2 * DAY),
        ("wednesday 18:00", at("18:00")),
        ("wednesday 10:00", at("10:00") + 7 * DAY),
        ("next wednesday 18:00", at("18:00") + 7 * DAY),
        ("2018-01-12 15:00", at("15:00") + 2 * DAY),
        ("12 Jan 15:00 UTC", at("15:00") + 2 * DAY),
        ("9 Jan 2019 15:00", at("15:00") + 364 * DAY),
        ("2019-01-11 12:00", NOON + 366 * DAY),
        ("13/1 15:00", at("15:00") + 3 * DAY),
        ("11/11/18 15:00", at("15:00") + 305 * DAY),
        ("13:30 Europe/Berlin", at("12:30")),
        ("20:59 Asia/Tokyo", at("11:59") + DAY),
    ],
)
def test_a_time_to_come_is_the_next_such_time(typed, expected):
    assert future(typed, NOON, UTC, zone_named) == expected


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", Why.NONE),
        ("soon", Why.NONE),
        ("0", Why.HOUR),
        ("whenever 10:00", Why.NONE),
        ("2018-01-12", Why.DAY),
        ("friday", Why.DAY),
        ("today 11:00", Why.GONE),
        ("2018-01-09 10:00", Why.GONE),
        ("last friday 10:00", Why.GONE),
        ("2019-01-11 12:01", Why.FAR),
        ("9999-12-31 23:59 -12:00", Why.FAR),
        ("29 Feb 10:00", Why.NO_SUCH),
        ("9 Jan 15:00", Why.YEAR),
        ("24 Dec 15:00", Why.YEAR),
        ("10 Jan 11:00", Why.GONE),
        ("13:30 CST", Why.ZONE),
        ("13:30 Europe/Atlantis", Why.ZONE),
    ],
)
def test_what_is_no_time_to_come_says_why(typed, why):
    found = future(typed, NOON, UTC, zone_named)
    assert isinstance(found, Unclear)
    assert found.why is why


def test_without_a_zone_database_a_zone_of_one_is_unknown():
    assert past("11:50 Europe/Berlin", NOON, UTC) == Unclear(Why.ZONE)


@pytest.mark.parametrize("read", [past, future])
@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("5/1 11:50", (date(2018, 1, 5), date(2018, 5, 1))),
        ("5/1/2018 11:50", (date(2018, 1, 5), date(2018, 5, 1))),
        ("12/11 11:50", (date(2017, 11, 12), date(2017, 12, 11))),
    ],
)
def test_of_two_numbers_both_readings_are_named(read, typed, days):
    assert read(typed, NOON, UTC) == Unclear(Why.ORDER, days=days)


def test_a_day_without_its_year_is_the_nearest_or_asked_about():
    assert day("9 Jan", NOON, UTC) == Unclear(Why.YEAR, days=(date(2018, 1, 9), date(2019, 1, 9)))
    assert past("11 Jan 10:00", NOON, UTC).days == (date(2017, 1, 11), date(2018, 1, 11))
    assert day("10 Jul", NOON, UTC) == date(2018, 7, 10)
    # In leap years there is one further day, and one such day alone.
    assert day("29 Feb", datetime(2019, 12, 1, tzinfo=UTC), UTC) == date(2020, 2, 29)
    assert day("29 Feb", datetime(2021, 1, 1, tzinfo=UTC), UTC) == Unclear(Why.GONE)
    # Half a year away on both sides, it is the one asked for.
    assert day("1 Jul", datetime(2018, 12, 31, tzinfo=UTC), UTC) == date(2019, 7, 1)


def test_a_time_without_a_zone_is_in_the_configured_one():
    assert past("12:30", NOON, BERLIN) == at("11:30")
    assert future("14:00", NOON, BERLIN) == at("13:00")
    assert past("2018-01-10 12:30", NOON, BERLIN) == at("11:30")


def test_yesterday_is_that_of_the_zone_that_was_typed():
    # It is the 11th in Auckland already.
    assert past("12:30", NOON, AUCKLAND) == at("23:30") - DAY
    assert past("yesterday 12:30 UTC", NOON, AUCKLAND) == at("12:30") - DAY
    assert past("11:30 UTC", NOON, AUCKLAND) == at("11:30")


def test_the_names_of_the_configured_zone_come_first():
    old = timezone(timedelta(hours=10), "EST")  # as Sydney called it
    assert past("21:30 EST", NOON, old) == at("11:30")
    assert past("06:30 EST", NOON, UTC) == at("11:30")


# --- when the clocks change ------------------------------------------------------------------

LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # changes by half an hour
ST_JOHNS = ZoneInfo("America/St_Johns")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")  # changed at midnight
DUBLIN = ZoneInfo("Europe/Dublin")  # its winter time counts as the saving


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "now", "typed", "expected"),
    [
        # 28 October 2018, 03:00 CEST is 02:00 CET again.
        (BERLIN, "2018-10-28 00:40", "02:30", "2018-10-28 00:30"),
        (BERLIN, "2018-10-28 01:10", "02:30", "2018-10-28 00:30"),  # the second is to come
        (BERLIN, "2018-10-28 01:40", "02:30", "2018-10-28 01:30"),
        (BERLIN, "2018-10-28 09:00", "02:30", "2018-10-28 01:30"),
        (BERLIN, "2018-10-28 09:00", "02:30 CEST", "2018-10-28 00:30"),
        (BERLIN, "2018-10-28 09:00", "02:30 CET", "2018-10-28 01:30"),
        (BERLIN, "2018-10-29 09:00", "yesterday 02:30", "2018-10-28 01:30"),
        (BERLIN, "2018-10-28 00:00", "02:30", "2018-10-27 00:30"),
        (DUBLIN, "2018-10-28 09:00", "01:30", "2018-10-28 01:30"),
        (DUBLIN, "2018-10-28 09:00", "01:30 IST", "2018-10-28 00:30"),
        # 4 April 2021, 02:00 +11 is 01:30 +1030 again.
        (LORD_HOWE, "2021-04-04 00:00", "01:45", "2021-04-03 15:15"),
        (LORD_HOWE, "2021-04-04 00:00", "01:45 +11", "2021-04-03 14:45"),
        (LORD_HOWE, "2021-04-04 00:00", "01:45 +1030", "2021-04-03 15:15"),
        (ST_JOHNS, "2021-11-07 09:00", "01:30", "2021-11-07 05:00"),
        (ST_JOHNS, "2021-11-07 09:00", "01:30 NDT", "2021-11-07 04:00"),
        # 18 February 2018, 00:00 -02 was 23:00 -03 the day before, again.
        (SAO_PAULO, "2018-02-18 02:30", "23:45", "2018-02-18 01:45"),
        (SAO_PAULO, "2018-02-18 04:00", "23:45", "2018-02-18 02:45"),
        # An absent hour does not make the day before it wrong, nor the day after.
        (BERLIN, "2018-03-25 00:00", "02:30", "2018-03-24 01:30"),
        (BERLIN, "2018-03-26 09:00", "02:30", "2018-03-26 00:30"),
        (BERLIN, "2018-03-25 09:00", "02:30 CET", "2018-03-25 01:30"),
    ],
)
def test_a_repeated_hour_is_its_latest_past_occurrence(zone, now, typed, expected):
    assert past(typed, utc(now), zone) == utc(expected)


@pytest.mark.parametrize(
    ("zone", "now", "typed", "day"),
    [
        (BERLIN, "2018-03-25 09:00", "02:30", "2018-03-25"),
        (BERLIN, "2018-03-25 09:00", "2am", "2018-03-25"),
        (BERLIN, "2018-03-26 00:10", "yesterday 02:30", "2018-03-25"),
        (BERLIN, "2018-03-26 00:10", "02:25", ""),  # a quarter of an hour ahead
        (BERLIN, "2018-03-25 22:10", "02:30", "2018-03-25"),
        (LORD_HOWE, "2021-10-02 20:00", "02:15", "2021-10-03"),
        (LORD_HOWE, "2021-10-02 20:00", "02:30", "2021-10-03 15:30"),
        (ST_JOHNS, "2021-03-14 12:00", "02:30", "2021-03-14"),
        (DUBLIN, "2018-03-25 12:00", "01:30", "2018-03-25"),
        (SAO_PAULO, "2018-11-04 12:00", "00:30", "2018-11-04"),
        (SAO_PAULO, "2018-11-05 02:00", "yesterday 00:00", "2018-11-04"),
    ],
)
def test_an_absent_hour_is_told_so(zone, now, typed, day):
    found = past(typed, utc(now), zone)
    if len(day) > 10:  # there is such a time: the gap is half an hour
        assert found == utc("2021-10-02 15:30")
        return
    assert isinstance(found, Unclear)
    assert found.why is (Why.SKIPPED if day else Why.SOON)
    if day:
        assert found.at.astimezone(zone).date().isoformat() == day


def test_what_is_due_in_a_repeated_hour_is_due_when_it_comes_first():
    assert future("02:30", utc("2018-10-28 00:00"), BERLIN) == utc("2018-10-28 00:30")
    assert future("02:30", utc("2018-10-28 00:40"), BERLIN) == utc("2018-10-28 01:30")


@pytest.mark.parametrize("now", ["2018-03-24 20:00", "2018-03-25 00:30"])
def test_what_is_due_in_an_absent_hour_is_told_so(now):
    found = future("02:30", utc(now), BERLIN)
    assert isinstance(found, Unclear)
    assert found.why is Why.SKIPPED


# --- the bot's own notation ------------------------------------------------------------------


@pytest.mark.parametrize(
    "zone",
    [UTC, BERLIN, AUCKLAND, LORD_HOWE, ST_JOHNS, SAO_PAULO, DUBLIN, ZoneInfo("Asia/Kolkata"),
     ZoneInfo("America/Chicago"), ZoneInfo("Pacific/Kiritimati"), timezone(timedelta(hours=2))],
    ids=str,
)  # fmt: skip
@given(
    moment=st.timedeltas(-374 * DAY, timedelta(minutes=-1)),
    later=st.timedeltas(timedelta(0), timedelta(days=500)),
)
def test_whatever_the_bot_shows_it_reads(zone, moment, later):
    moment = (NOON + moment).replace(microsecond=0)
    now, minute = moment + later, moment.replace(second=0)
    assert past(told(moment, now, zone), now, zone) in (moment, minute)
    assert past(clock(moment, now, zone), now, zone) == minute
    iso = moment.astimezone(zone).isoformat()
    assert past(iso, now, zone) == moment
    assert (
        past(f"{moment.astimezone(zone):%Y-%m-%d %H:%M}{offset(moment, zone)}", now, zone) == minute
    )
    if timedelta(minutes=2) < later < timedelta(days=366):
        assert abs(past(f"{long(later)} ago", now, zone) - moment) <= timedelta(minutes=61)
        assert abs(past(f"-{length(later)}", now, zone) - moment) <= timedelta(minutes=1)


# --- a time before a sentence ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "typed", "rest"),
    [
        ("16:12 the disk filled up", "16:12", "the disk filled up"),
        ("16:12: the disk", "16:12", "the disk"),
        ("16:12 - the disk", "16:12", "the disk"),
        ("16:12 UTC   the  disk", "16:12 UTC", "  the  disk"),
        ("16:12 EST the disk", "16:12 EST", "the disk"),
        ("16:12 CST the disk", "16:12 CST", "the disk"),
        ("16:12 ELB is red", "16:12", "ELB is red"),
        ("16:12 est tombé", "16:12", "est tombé"),
        ("16:12 +10 hosts", "16:12", "+10 hosts"),
        ("16:12 +02:00 hosts", "16:12 +02:00", "hosts"),
        ("16:12 Europe/London is down", "16:12 Europe/London", "is down"),
        ("16:12 MySQL/InnoDB is down", "16:12", "MySQL/InnoDB is down"),
        ("4pm the disk", "4pm", "the disk"),
        ("4.30 pm the disk", "4.30 pm", "the disk"),
        ("at 4pm the disk", "at 4pm", "the disk"),
        ("-10m the disk", "-10m", "the disk"),
        ("-1h 30m the disk", "-1h 30m", "the disk"),
        ("-10x the disk", "-10x", "the disk"),
        ("25:00 the disk", "25:00", "the disk"),
        ("10 min ago the disk", "10 min ago", "the disk"),
        ("half an hour ago the disk", "half an hour ago", "the disk"),
        ("yesterday 23:10 the disk", "yesterday 23:10", "the disk"),
        ("2026-11-24 10:00 the disk", "2026-11-24 10:00", "the disk"),
        ("2026-11-24T10:00:05+02:00 the disk", "2026-11-24T10:00:05+02:00", "the disk"),
        ("5 Jan 10:00 the disk", "5 Jan 10:00", "the disk"),
    ],
)
def test_a_time_before_a_sentence_is_found_whole(text, typed, rest):
    assert leading(text) == (typed, rest)


@pytest.mark.parametrize(
    "text",
    ["4 hosts are down", "at 4 it was down", "noon traffic is high", "midnight deploys hurt",
     "now it is down", "yesterday we deployed", "friday is a holiday", "2018-01-09 was bad",
     "4 pm", "", "-x the disk", "1150 users are hit", "16:12", "may I ask"],
)  # fmt: skip
def test_the_first_words_of_a_sentence_are_no_time(text):
    assert leading(text) is None


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("5/1 the disk", "5/1"),
        ("5/1: the disk", "5/1"),
        ("12/11/27, the disk", "12/11/27"),
        ("2026-11-24 the disk", "2026-11-24"),
        ("2026/11/24 the disk", "2026/11/24"),
        ("24.11.2026 the disk", "24.11.2026"),
        ("24/11/2026 the disk", "24/11/2026"),
        ("1/2 of the hosts", ""),
        ("24/7 support", ""),
        ("13/1 the disk", ""),
        ("0/1 ready", ""),
        ("5/1st", ""),
        ("2026-11-24T10 the disk", ""),
        ("192.168.2.1 is down", ""),
        ("the disk", ""),
    ],
)
def test_a_day_in_figures_before_a_sentence_is_found(text, typed):
    assert leading_day(text) == typed


# --- days ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("today", date(2018, 1, 10)),
        ("tonight", date(2018, 1, 10)),
        ("Tomorrow", date(2018, 1, 11)),
        ("EOD", date(2018, 1, 10)),
        ("end of the day", date(2018, 1, 10)),
        ("end of the week", date(2018, 1, 12)),
        ("EOW", date(2018, 1, 12)),
        ("end of month", date(2018, 1, 31)),
        ("friday", date(2018, 1, 12)),
        ("next friday", date(2018, 1, 12)),
        ("this Friday", date(2018, 1, 12)),
        ("fri", date(2018, 1, 12)),
        ("wednesday", date(2018, 1, 17)),  # it is one: the next is meant
        ("5 Feb", date(2018, 2, 5)),
        ("Feb 5th", date(2018, 2, 5)),
        ("5th of February 2019", date(2019, 2, 5)),
        ("5 Jan", Why.YEAR),
        ("24 Dec", Why.YEAR),
        ("5 Jan 2019", date(2019, 1, 5)),
        ("13/1", date(2018, 1, 13)),
        ("5/5", date(2018, 5, 5)),
        ("5/1", Why.ORDER),
        ("10 January", date(2018, 1, 10)),
        ("in 2 weeks", date(2018, 1, 24)),
        ("3 days", date(2018, 1, 13)),
        ("a week", date(2018, 1, 17)),
        ("in two weeks", date(2018, 1, 24)),
        ("2018-02-01", date(2018, 2, 1)),
        ("Wed 2018-01-10", date(2018, 1, 10)),
        ("12.01.2018", date(2018, 1, 12)),
        ("29 Feb 2020", date(2020, 2, 29)),
        ("2018-02-30", Why.NO_SUCH),
        ("29 Feb", Why.NO_SUCH),
        ("thu 2018-01-10", Why.NO_SUCH),
        ("yesterday", Why.GONE),
        ("last friday", Why.GONE),
        ("2018-01-09", Why.GONE),
        ("2 days ago", Why.GONE),
        ("5/2/2018", Why.ORDER),
        ("friday 17:00", Why.DAY),
        ("2h", Why.DAY),
        ("36h", Why.DAY),
        ("2028-01-18", date(2028, 1, 18)),
        ("2028-01-19", Why.FAR),
        ("5", Why.DAY),
        ("hand", Why.NONE),
        ("", Why.NONE),
    ],
)
def test_a_day_is_named_as_people_name_it(typed, expected):
    found = day(typed, NOON, UTC)
    assert (found.why if isinstance(found, Unclear) else found) == expected


def test_the_end_of_a_week_or_of_a_month_is_asked_about_once_it_is_over():
    def on(text: str, month: int, number: int) -> date | Why:
        found = day(text, datetime(2018, month, number, 12, tzinfo=UTC), UTC)
        return found.why if isinstance(found, Unclear) else found

    assert on("end of week", 1, 12) == date(2018, 1, 12)
    assert on("end of week", 1, 13) is Why.GONE
    assert on("eom", 2, 28) == date(2018, 2, 28)
    assert on("eom", 12, 31) == date(2018, 12, 31)
    assert on("eom", 4, 1) == date(2018, 4, 30)


def test_the_day_is_that_of_the_zone():
    evening = NOON.replace(hour=20)
    assert day("today", evening, AUCKLAND) == date(2018, 1, 11)


@pytest.mark.parametrize("zone", [UTC, BERLIN, AUCKLAND])
@given(typed=TYPED)
def test_whatever_is_typed_is_a_bounded_aware_time_or_none(zone, typed):
    was, will = past(typed, NOON, zone), future(typed, NOON, zone)
    assert isinstance(was, Unclear) or NOON - timedelta(days=3660) <= was <= NOON
    assert isinstance(will, Unclear) or NOON < will <= NOON + timedelta(days=366)
    due = day(typed, NOON, zone)
    assert isinstance(due, Unclear) or NOON.date() <= due <= date(2028, 1, 20)
    if (found := leading(typed)) is not None:
        assert found[0] in " ".join(typed.split())


@pytest.mark.parametrize("typed", ["0001-01-01 00:00", "9999-12-31 23:59", "9999-12-31 24:00"])
def test_the_ends_of_the_calendar_are_no_times_in_any_zone(typed):
    for zone in (AUCKLAND, ZoneInfo("Pacific/Honolulu")):
        assert isinstance(past(typed, NOON, zone), Unclear)
        assert isinstance(future(typed, NOON, zone), Unclear)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "less than a minute"),
        (-5, "less than a minute"),
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


def test_who_typed_a_time_is_told_its_day_and_its_seconds():
    assert told(NOON, NOON, BERLIN) == "13:00 CET"
    assert told(at("11:59:05"), NOON, UTC) == "11:59:05 UTC"
    assert told(NOON - DAY, NOON, UTC) == "yesterday 12:00 UTC"
    assert told(NOON + DAY, NOON, UTC) == "tomorrow 12:00 UTC"
    assert told(NOON - 2 * DAY, NOON, UTC) == "2018-01-08 12:00 UTC"


@pytest.mark.parametrize(
    ("zone", "name", "times", "sentence", "shown"),
    [
        (UTC, "", [NOON], "All times are UTC.", "12:00 → 13:00"),
        (ZoneInfo("Etc/UTC"), "", [NOON], "All times are UTC.", "12:00 → 13:00"),
        (
            ZoneInfo("Europe/London"),
            "",
            [NOON],
            "All times are Europe/London (UTC+00:00).",
            "12:00 → 13:00",
        ),
        (UTC, "", [NOON, NOON + DAY], "All times are UTC.", "2018-01-10 12:00 → 13:00"),
        (BERLIN, "", [NOON], "All times are Europe/Berlin (UTC+01:00).", "13:00 → 14:00"),
        (BERLIN, "CET", [NOON], "All times are CET (UTC+01:00).", "13:00 → 14:00"),
        (
            BERLIN,
            "",
            [NOON, NOON + 180 * DAY],
            "All times are Europe/Berlin; each says its offset from UTC.",
            "2018-01-10 13:00+01:00 → 14:00+01:00",
        ),
    ],
)
def test_a_report_says_the_date_and_the_offset_where_they_are_needed(
    zone, name, times, sentence, shown
):
    clock = ReportClock.of(times, zone, name)
    assert clock.sentence == sentence
    begin, arrow, end = clock.span(NOON, NOON + timedelta(hours=1))
    assert f"{begin.shown}{arrow}{end.shown}" == shown
    assert begin.iso == "2018-01-10T12:00:00Z"


def test_a_span_in_a_report_that_ends_on_another_day_says_both():
    begin, _, end = ReportClock.of([NOON], UTC).span(NOON, NOON + DAY)
    assert (begin.shown, end.shown) == ("2018-01-10 12:00", "2018-01-11 12:00")


@pytest.mark.parametrize("part", ["calendar", "display", "durations", "grammar"])
def test_what_the_docstrings_show_is_so(part):
    tried = doctest.testmod(importlib.import_module(f"ircbot.incident.times.{part}"))
    assert tried.attempted
    assert not tried.failed
