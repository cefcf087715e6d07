"""Finds the instant that a typed time means: the latest one for what happened, the next one for
what is due.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from functools import lru_cache

from ircbot.incident.language import Language
from ircbot.incident.times.durations import said_span
from ircbot.incident.times.grammar import (
    Typed,
    TypedDay,
    fixed_zone,
    read,
    read_day,
    span_ago,
    tidied,
)
from ircbot.incident.times.noted import NO_WORDS, noted
from ircbot.values import dataclass

_SOON = timedelta(minutes=15)  # a time this little ahead may mean now, or yesterday
_OLDEST = timedelta(days=3660)
_FURTHEST = timedelta(days=366)
_LAST_DAY = 3660  # days ahead that something may be due by


# Finds a zone by its name in the zone database ("Europe/Berlin"); None if there is none.
Zones = Callable[[str], tzinfo | None]


def no_zones(name: str) -> None:
    """No zone database."""


class Why(StrEnum):
    """Why a text cannot be used as a time."""

    NONE = "none"  # it is not a time
    HOUR = "hour"  # "at 4": before noon or after it?
    DAY = "day"  # a day without a time of day, or a time where a day is wanted
    ZONE = "zone"  # an unknown zone, or a name that several zones have
    ORDER = "order"  # 5/1/2027: which is the month?
    YEAR = "year"  # for what is due, "5 Jan" on 10 January: this year's is nearer, but has passed
    NO_SUCH = "no-such"  # 25:00, 30 February, a Monday that is a Tuesday
    SKIPPED = "skipped"  # the clocks skip it when they are put forward
    SOON = "soon"  # for what happened: it is up to 15 minutes ahead
    TO_COME = "to-come"  # for what happened: it is still to come
    GONE = "gone"  # for what is due: it has passed
    FAR = "far"  # over ten years ago, or over a year ahead (for a day, over ten years)


@dataclass(frozen=True, slots=True)
class Unclear:
    """A text that cannot be used as a time, and why. `at` (UTC) is the time that was meant, if that
    is known; `days` are the possible days, if there are several."""

    why: Why
    at: datetime | None = None
    days: tuple[date, ...] = ()


def past(
    text: str,
    now: datetime,
    zone: tzinfo,
    zones: Zones = no_zones,
    language: Language = NO_WORDS,
) -> datetime | Unclear:
    """When something happened: "14:55", "-10m", "10 min ago", "yesterday 23:10",
    "2018-01-10 14:55 UTC".

    Without a day it is the latest such time up to `now`; `zone` applies if the text names none.
    """
    text = noted(text, language)
    if tidied(text).lower() in ("now", "just now"):
        return now
    if (ago := span_ago(text)) is not None:
        return now - ago
    found = _instants(text, now, zone, zones, -1)
    if isinstance(found, Unclear):
        return found
    skipped = False
    for instants, meant in found:
        gone = [at for at in instants if at <= now]
        if gone:
            return gone[-1] if now - gone[-1] <= _OLDEST else Unclear(Why.FAR, gone[-1])
        if meant <= now + _SOON:
            return Unclear(Why.SOON, min(instants)) if instants else Unclear(Why.SKIPPED, meant)
        skipped = not instants
    return Unclear(Why.SKIPPED if skipped else Why.TO_COME, meant)


def future(
    text: str,
    now: datetime,
    zone: tzinfo,
    zones: Zones = no_zones,
    language: Language = NO_WORDS,
) -> datetime | Unclear:
    """When something is due: "2h", "in 2h", "14:55", "tomorrow 10:00", "2018-01-12 10:00 UTC".

    Without a day it is the next such time after `now`; `zone` applies if the text names none.
    """
    text = noted(text, language)
    said = tidied(text).lower().removeprefix("in ").removeprefix("+")
    if (ahead := said_span(said)) is not None:
        return now + ahead
    found = _instants(text, now, zone, zones, 1)
    if isinstance(found, Unclear):
        return found
    for instants, meant in found:
        if later := [at for at in instants if at > now]:
            return later[0] if later[0] - now <= _FURTHEST else Unclear(Why.FAR, later[0])
        if not instants and meant > now:
            return Unclear(Why.SKIPPED, meant)
    return Unclear(Why.GONE, meant)


def day(text: str, now: datetime, zone: tzinfo, language: Language = NO_WORDS) -> date | Unclear:
    """The day by which something is due: "friday", "5 Jan", "in 2 weeks", "2018-01-12".

    It is the next such day; it may be today, except that a weekday is always after today.
    """
    text = noted(text, language)
    said = tidied(text).lower()
    today = now.astimezone(zone).date()
    if said in ("tonight", "eod", "end of day", "end of the day"):
        return today
    if said in ("eom", "end of month", "end of the month"):
        return _last_of_month(today)
    if said in ("eow", "end of week", "end of the week"):  # of the working week
        friday = today + timedelta(days=_FRIDAY - today.weekday())
        return friday if friday >= today else Unclear(Why.GONE)
    ahead = None if said.isdigit() else said_span(said.removeprefix("in "))
    if ahead is not None:
        if ahead < timedelta(days=1) or ahead % timedelta(days=1):
            return Unclear(Why.DAY)
        return today + ahead
    typed = read_day(said)
    if typed is None:
        return Unclear(Why.NONE if read(text) is None else Why.DAY)
    days = _days(typed, today, 1)
    if isinstance(days, Unclear):
        return days
    first = today if typed.weekday is None or typed.day else today + timedelta(days=1)
    coming = [found for found in days if found >= first]
    if not coming:
        return Unclear(Why.GONE)
    return coming[0] if (coming[0] - today).days <= _LAST_DAY else Unclear(Why.FAR)


_FRIDAY = 4


def _last_of_month(day: date) -> date:
    following = day.replace(day=28) + timedelta(days=4)
    return following - timedelta(days=following.day)


# --- from what was typed to instants ---------------------------------------------------------


def _instants(
    text: str, now: datetime, zone: tzinfo, zones: Zones, way: int
) -> list[tuple[list[datetime], datetime]] | Unclear:
    """The instants that a text may mean, by day, the nearest day first; `way` is -1 for the past.

    For each day: the instants at which it is that time (none if the clocks skip it, two if they
    repeat it), and the instant that it would be if the clocks did not change.
    """
    typed = read(text, frozenset(names(zone, now)))
    if typed is None:
        alone = read_day(text)
        if alone is None:
            return Unclear(Why.NONE)
        which = _days(alone, now.astimezone(zone).date(), way)
        return which if isinstance(which, Unclear) else Unclear(Why.DAY)
    if typed.second is None:
        return Unclear(Why.NO_SUCH)
    if typed.hour_alone:
        return Unclear(Why.HOUR)
    there = _zone(typed, zone, zones, now)
    if there is None:
        return Unclear(Why.ZONE)
    try:
        today = now.astimezone(there).date()
        if typed.day is not None:
            days = _days(typed.day, today, way)
        elif way < 0:  # at 23:55, "00:05" may mean tomorrow
            days = [today + timedelta(days=ahead) for ahead in (1, 0, -1)]
        else:
            days = [today, today + timedelta(days=1)]
        if isinstance(days, Unclear):
            return days
        walls = [datetime(d.year, d.month, d.day) + timedelta(seconds=typed.second) for d in days]  # noqa: DTZ001 - the zone follows
        return [(_at(wall, there), wall.replace(tzinfo=there).astimezone(UTC)) for wall in walls]
    except (OverflowError, ValueError):  # the first or last day there is, in another zone
        return Unclear(Why.FAR)


def _zone(typed: Typed, zone: tzinfo, zones: Zones, now: datetime) -> tzinfo | None:
    """The zone that was typed, else the configured one. Abbreviations of the configured zone take
    precedence: an Australian's EST is not an American's."""
    if not typed.zone:
        return zone
    if "/" in typed.zone:
        return zones(typed.zone)
    around = now
    if typed.day is not None and typed.day.year is not None:
        around = datetime(max(2, min(typed.day.year, 9990)), 7, 1, tzinfo=UTC)
    return names(zone, around).get(typed.zone) or fixed_zone(typed.zone)


def names(zone: tzinfo, around: datetime) -> dict[str, tzinfo]:
    """The abbreviations used in a zone within half a year, with their offsets: {"CET": +1 h,
    "CEST": +2 h}."""
    return dict(_names(zone, around.astimezone(UTC).date()))


@lru_cache(maxsize=64)  # asked of every entry
def _names(zone: tzinfo, day: date) -> dict[str, tzinfo]:
    found: dict[str, tzinfo] = {}
    for days in range(-182, 183, 14):
        at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=days)
        at = at.astimezone(zone)
        found[at.tzname() or ""] = timezone(at.utcoffset() or timedelta(0))
    return found


def _days(typed: TypedDay, today: date, way: int) -> list[date] | Unclear:
    """The days that may be meant, nearest first."""
    if typed.slashed:
        one, other = typed.slashed
        readings = (replace(typed, day=d, month=m) for d, m in ((one, other), (other, one)))
        days = [d for reading in readings for d in _dated(reading, today, way)[:1]]
        return Unclear(Why.ORDER, days=tuple(days)) if days else Unclear(Why.NO_SUCH)
    if typed.shift is not None:
        return [today + timedelta(days=typed.shift)]
    if typed.month is None or typed.day is None:
        return _weekdays(typed.weekday or 0, typed.which, today, way)
    days = _dated(typed, today, way)
    if typed.year is None and len(days) > 1 and (days[0] - today).days * way < 0:
        return Unclear(Why.YEAR, days=tuple(sorted(days[:2])))
    return days[:1] or Unclear(Why.NO_SUCH)


def _dated(typed: TypedDay, today: date, way: int) -> list[date]:
    """The possible days of a date, the nearest to today first; of two equally near ones, the one in
    the direction of `way`."""
    around = (today.year - 1, today.year, today.year + 1)
    years = around if typed.year is None else (typed.year,)
    found = (_date(year, typed.month or 0, typed.day or 0) for year in years)
    days = [d for d in found if d and typed.weekday in (None, d.weekday())]
    return sorted(days, key=lambda d: (abs((d - today).days), (today - d).days * way))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _weekdays(number: int, which: str, today: date, way: int) -> list[date]:
    """The possible days of a weekday. They include today, unless "last" or "next" was said."""
    if which == "last" or (not which and way < 0):
        back = (today.weekday() - number) % 7 or (7 if which else 0)
        return [today - timedelta(days=back), today - timedelta(days=back + 7)]
    ahead = (number - today.weekday()) % 7 or (7 if which else 0)
    return [today + timedelta(days=ahead), today + timedelta(days=ahead + 7)]


def _at(wall: datetime, zone: tzinfo) -> list[datetime]:
    """The instants (UTC) at which clocks in a zone show this time: two when they are put back, none
    when they skip it."""
    both = {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(at for at in both if at.astimezone(zone).replace(tzinfo=None) == wall)
