"""Times and spans as people type them.

A time without a zone is in the configured zone; everything returned is aware and UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SPAN = re.compile(
    r"(\d{1,6}(?:\.\d{1,3})?)\s*"
    r"(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)(?![a-z])\s*",
    re.IGNORECASE,
)
_HOURS_MINUTES = re.compile(r"(\d{1,3})h(\d{1,2})", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(am|pm)?", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONGEST = timedelta(days=366)
_OLDEST = timedelta(days=3660)
_SKEW = timedelta(minutes=2)  # whoever types a time so little ahead has another clock


def span(text: str) -> timedelta | None:
    """A span such as "45m", "2h", "1h30", "90 minutes"; a bare number is minutes.

    None if it is none, is zero, or is longer than a year.

    >>> span("1h30"), span("2 hours 5 min"), span("soon")
    (datetime.timedelta(seconds=5400), datetime.timedelta(seconds=7500), None)
    """
    text = text.strip()
    if match := _HOURS_MINUTES.fullmatch(text):
        found = timedelta(hours=int(match[1]), minutes=int(match[2]))
    elif re.fullmatch(r"[0-9]{1,6}", text):
        found = timedelta(minutes=int(text))
    else:
        seconds, at = 0.0, 0
        while match := _SPAN.match(text, at):
            seconds += float(match[1]) * _UNITS[match[2][0].lower()]
            at = match.end()
        if at == 0 or at != len(text):
            return None
        found = timedelta(seconds=seconds)
    return found if timedelta(0) < found <= _LONGEST else None


def past(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """When it was: "14:55", "-10m", "10m ago", "2018-01-10 14:55"; the latest such time till now.

    None if it is no time, one to come, or more than ten years ago.
    """
    text = text.strip()
    if text.lower() == "now":
        return now
    if text.startswith("-") or text.lower().endswith(" ago"):
        ago = span(text[1:] if text.startswith("-") else text[:-4])
        return now - ago if ago else None
    moment = _on_a_day(text, zone)
    if moment is None and (clock := _clock(text)):
        today = now.astimezone(zone).date()
        moment = _at(today, clock, zone)
        if moment and now < moment <= now + _SKEW:
            moment = now
        elif moment and moment > now:
            moment = _at(today - timedelta(days=1), clock, zone)
    return moment if moment and now - _OLDEST <= moment <= now else None


def future(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """When it will be: "2h", "14:55", "tomorrow 10:00", "2018-01-12 10:00"; the next such time.

    None if it is no time, one that has passed, or more than a year ahead.
    """
    text = text.strip()
    if text.lower().startswith("in "):
        text = text[3:]
    if ahead := span(text.removeprefix("+")):
        return now + ahead
    moment = _on_a_day(text, zone)
    if moment is None:
        head, _, tail = text.partition(" ")
        today = now.astimezone(zone).date()
        if clock := _clock(text):
            moment = _at(today, clock, zone)
            if moment and moment <= now:
                moment = _at(today + timedelta(days=1), clock, zone)
        elif (day := day_named(head, now, zone)) and (clock := _clock(tail)):
            moment = _at(day, clock, zone)
    return moment if moment and now < moment <= now + _LONGEST else None


def day_named(text: str, now: datetime, zone: tzinfo) -> date | None:
    """A day: "2018-01-12", "today", "tomorrow", "friday" (the next one). None if it is none."""
    text = text.strip().lower()
    today = now.astimezone(zone).date()
    if text == "today":
        return today
    if text == "tomorrow":
        return today + timedelta(days=1)
    for number, name in enumerate(_WEEKDAYS):
        if text in (name, name[:3]):
            return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
    return None


def _clock(text: str) -> time | None:
    match = _CLOCK.fullmatch(text.strip())
    if not match:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[4]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[4].lower() == "pm" else 0)
    try:
        return time(hour, minute, second)
    except ValueError:
        return None


def _on_a_day(text: str, zone: tzinfo) -> datetime | None:
    if not _DATE.match(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return _utc(moment)


def _at(day: date, clock: time, zone: tzinfo) -> datetime | None:
    return _utc(datetime.combine(day, clock, zone))


def _utc(moment: datetime) -> datetime | None:
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the first or last day there is, in another zone
        return None


def long(span: timedelta) -> str:
    """A span in words: "61 minutes" up to two hours, then "5 h 00 min", then "2 d 3 h".

    >>> long(timedelta(minutes=1)), long(timedelta(hours=5)), long(timedelta(hours=51))
    ('1 minute', '5 h 00 min', '2 d 3 h')
    """
    minutes = max(0, round(span.total_seconds() / 60))
    if minutes < 120:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02d} min"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"


def clock(moment: datetime, now: datetime, zone: tzinfo, *, named: bool = True) -> str:
    """A time of day with its zone, if `named`; with the date when it is not today's.

    >>> at = datetime(2018, 1, 10, 12, 20, tzinfo=UTC)
    >>> clock(at, at, UTC), clock(at, at + timedelta(days=1), UTC)
    ('12:20 UTC', '2018-01-10 12:20 UTC')
    """
    here = moment.astimezone(zone)
    shape = "%H:%M" if here.date() == now.astimezone(zone).date() else "%Y-%m-%d %H:%M"
    return here.strftime(f"{shape} %Z" if named else shape)
