"""Typed times against a slow reader of clocks on walls: minute by minute, across clock changes.

The oracle knows nothing of grammar or meaning: it walks through time and looks which minute shows
what was typed in a zone of the zone database.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ircbot.incident.times import Unclear, Why, future, past
from ircbot.zones import zone_named

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SOON = 15 * MINUTE
ZONES = [
    "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/St_Johns", "America/Sao_Paulo",
    "Africa/Casablanca", "Asia/Tehran", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Auckland",
    "Pacific/Kiritimati",
]  # fmt: skip


@cache
def changes(name: str) -> tuple[datetime, ...]:
    """The minutes (UTC) at which the clocks of a zone are changed; one, if they never are."""
    zone, found = ZoneInfo(name), []
    first = datetime(2017, 1, 1, tzinfo=UTC)
    for hour in range(0, 24 * 365 * 2, 6):
        begin = first + timedelta(hours=hour)
        if (
            begin.astimezone(zone).utcoffset()
            != (begin + 6 * 60 * MINUTE).astimezone(zone).utcoffset()
        ):
            minutes = (begin + n * MINUTE for n in range(1, 361))
            found.append(
                next(
                    at
                    for at in minutes
                    if at.astimezone(zone).utcoffset() != begin.astimezone(zone).utcoffset()
                )
            )
    return tuple(found) or (first + 200 * DAY,)


def showing(wall, zone, first, last):
    """The minutes from `first` to `last` (UTC, exclusive) at which a wall shows a time of day."""
    minutes = (first + n * MINUTE for n in range(int((last - first) / MINUTE)))
    return [at for at in minutes if (here := at.astimezone(zone)).hour == wall[0]
            and here.minute == wall[1]]  # fmt: skip


def on_day(wall, day, zone):
    """Those of one day there."""
    around = datetime(day.year, day.month, day.day, tzinfo=UTC)
    found = showing(wall, zone, around - DAY * 0.75, around + DAY * 1.75)
    return [at for at in found if at.astimezone(zone).date() == day]


def was(wall, day, zone, now):
    """What the time of a day was, or why it was not."""
    found = on_day(wall, day, zone)
    gone = [at for at in found if at <= now]
    if gone:
        return gone[-1]
    if not found:
        return Why.SKIPPED
    return Why.SOON if found[0] <= now + SOON else Why.TO_COME


def latest(wall, zone, now):
    """The latest such time; one that is about to come is none of yesterday's."""
    today = now.astimezone(zone).date()
    for day in (today + DAY, today, today - DAY):
        found = was(wall, day, zone, now)
        if found is not Why.TO_COME and not (
            found is Why.SKIPPED and _is_ahead(wall, day, zone, now)
        ):
            return found
    raise AssertionError("the day before has it, or skips it")


def _is_ahead(wall, day, zone, now):
    """Whether the hour that is skipped is still to come, counted by the clock before the change."""
    return datetime(day.year, day.month, day.day, *wall, tzinfo=zone).astimezone(UTC) > now + SOON


def twelve(wall, dot=":"):
    hour, minute = wall
    return f"{hour % 12 or 12}{dot}{minute:02} {'pm' if hour >= 12 else 'am'}"


# How people type a time of day, alone.
CLOCKS = {
    "16:12": lambda wall: f"{wall[0]:02}:{wall[1]:02}",
    "9:05": lambda wall: f"{wall[0]}:{wall[1]:02}",
    "at 16:12": lambda wall: f"at {wall[0]:02}:{wall[1]:02}",
    "4:12 pm": twelve,
    "4.12PM": lambda wall: twelve(wall, ".").replace(" ", "").upper(),
    "16:12:30": lambda wall: f"{wall[0]:02}:{wall[1]:02}:00",
}
# How they name the day with it.
DAYS = {
    "2026-11-24 16:12": lambda day, clock: f"{day} {clock}",
    "2026-11-24T16:12": lambda day, clock: f"{day} at {clock}",
    "24 Nov 16:12": lambda day, clock: f"{day.day} {day:%b %Y} {clock}",
    "Nov 24th, 2026 16:12": lambda day, clock: f"{day:%B} {day.day}, {day.year} {clock}",
    "24.11.2026 16:12": lambda day, clock: f"{day.day}.{day.month}.{day.year} {clock}",
    "16:12 on Tue 2026-11-24": lambda day, clock: f"{clock} on {day:%A} {day}",
}


def moments(name):
    """A time near a change of the clocks, to the second, and a time of day shown near it."""
    return st.tuples(
        st.sampled_from(changes(name)),
        st.one_of(st.integers(0, 180), st.integers(-2000, 2000)),
        st.one_of(st.integers(-60, 60), st.integers(-1440, 1440)),
    ).map(lambda drawn: _moment(ZoneInfo(name), *drawn))


def _moment(zone, change, now, wall):
    shown = ((change - MINUTE).astimezone(zone).replace(tzinfo=None) + wall * MINUTE).time()
    return change + now * MINUTE, (shown.hour, shown.minute)


def agrees(found, expected):
    return (found.why if isinstance(found, Unclear) else found) == expected


@pytest.mark.parametrize("name", ZONES)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_a_time_of_day_is_the_latest_that_a_wall_showed(name, data):
    now, wall = data.draw(moments(name))
    expected = latest(wall, ZoneInfo(name), now)
    for write in CLOCKS.values():
        typed = write(wall)
        assert agrees(past(typed, now, ZoneInfo(name)), expected), typed
        # With its zone it is the same wherever the bot is.
        for bot in (UTC, ZoneInfo("America/Caracas")):
            assert agrees(past(f"{typed} {name}", now, bot, zone_named), expected), typed


@pytest.mark.parametrize("name", ZONES)
@settings(max_examples=8, deadline=None)
@given(data=st.data(), back=st.integers(0, 2))
def test_a_time_with_its_day_is_that_of_the_day(name, data, back):
    now, wall = data.draw(moments(name))
    zone = ZoneInfo(name)
    day = now.astimezone(zone).date() - back * DAY
    expected = was(wall, day, zone, now)
    said = ("today", "yesterday", "the day before yesterday")[back]
    for clock in CLOCKS.values():
        if clock is CLOCKS["at 16:12"]:
            continue
        typed = [write(day, clock(wall)) for write in DAYS.values()]
        typed += [f"{said} {clock(wall)}", f"{clock(wall)} {said}", f"{said} at {clock(wall)}"]
        for one in typed:
            assert agrees(past(one, now, zone), expected), one


@pytest.mark.parametrize("name", ZONES)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_what_is_due_is_the_next_that_a_wall_will_show(name, data):
    now, wall = data.draw(moments(name))
    zone = ZoneInfo(name)
    today = now.astimezone(zone).date()
    coming = showing(wall, zone, now + MINUTE, now + 2 * DAY)
    expected = coming[0]
    skips = [d for d in (today, today + DAY) if not on_day(wall, d, zone)]
    if skips and skips[0] <= expected.astimezone(zone).date():
        before = datetime(skips[0].year, skips[0].month, skips[0].day, *wall, tzinfo=zone)
        expected = Why.SKIPPED if before.astimezone(UTC) > now else expected
    for write in CLOCKS.values():
        typed = write(wall)
        assert agrees(future(typed, now, zone), expected), typed
        assert agrees(future(f"{typed} {name}", now, UTC, zone_named), expected), typed


@pytest.mark.parametrize("name", ZONES)
@settings(max_examples=12, deadline=None)
@given(data=st.data(), ago=st.integers(0, 3 * 1440))
def test_with_an_offset_or_as_a_span_a_time_is_one_instant(name, data, ago):
    now, _ = data.draw(moments(name))
    at = now - ago * MINUTE
    here = at.astimezone(ZoneInfo(name))
    away = here.strftime("%z")
    bot = timezone(timedelta(hours=-3, minutes=-30))
    stamp = here.strftime("%Y-%m-%dT%H:%M")
    for typed in (
        here.isoformat(),
        f"{stamp}{away}",
        f"{stamp.replace('T', ' ')} {away[:3]}:{away[3:]}",
        f"{stamp.replace('T', ' ')} UTC{away[:3]}:{away[3:]}",
        f"{at:%Y-%m-%dT%H:%MZ}",
        f"{at:%Y%m%dT%H%M}Z",
        f"{at:%a, %d %b %Y %H:%M:%S} GMT",
    ):
        assert past(typed, now, bot) == at, typed
    if ago:
        for typed in (f"-{ago}m", f"-{ago}", f"{ago} min ago", f"-{ago // 60}h{ago % 60:02}"):
            assert past(typed, now, bot) == at, typed
        assert future(f"in {ago} minutes", at, bot) == future(f"{ago}m", at, bot) == now
    if ago < 1440 - 15:  # what comes within a quarter of an hour is asked about
        assert past(f"{at:%H:%M}Z", now, bot) == past(f"{at:%H%M} UTC", now, bot) == at
        assert past(f"{here:%H:%M}{away}", now, bot) == at
