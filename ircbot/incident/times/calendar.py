"""When something is due: spans in hours, in working hours or in working days."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import field
from datetime import UTC, date, datetime, timedelta, tzinfo

from ircbot.values import dataclass

# Forty years without a single working day is a calendar nobody meant.
_LONGEST_WAIT = 40 * 366


# A deadline as process files write it.
DEADLINE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ((?:working|business) )?(hours?|days?)")


@dataclass(frozen=True, slots=True)
class Deadline:
    """A span until something is due, in hours, working hours or working days; or it never is.

    `words` are how it was written.
    """

    amount: float
    unit: str = "hours"  # "hours" | "working hours" | "working days" | "never"
    words: str = field(default="", compare=False, repr=False)

    def __str__(self) -> str:
        return self.words or f"{self.amount:g} {self.unit}"


def deadline(text: str) -> Deadline | None:
    """Parse a deadline such as "48 hours", "1 working day" or "never"; None if it is malformed.

    >>> deadline("2 days"), deadline("1 working day"), deadline("soon")
    (Deadline(amount=48.0, unit='hours'), Deadline(amount=1.0, unit='working days'), None)
    """
    if text == "never":
        return Deadline(0, text, text)
    match = DEADLINE.fullmatch(text)
    if match is None:
        return None
    amount, working, unit = float(match[1]), "working " if match[2] else "", match[3].rstrip("s")
    if unit == "day" and not working:
        amount, unit = amount * 24, "hour"
    return Deadline(amount, f"{working}{unit}s", text)


@dataclass(frozen=True, slots=True)
class Calendar:
    """When people work. `working_days` count from Monday = 0, `holidays` are ISO dates."""

    zone: tzinfo = UTC
    working_days: tuple[int, ...] = (0, 1, 2, 3, 4)
    working_hours: tuple[int, int] = (9, 17)
    holidays: tuple[str, ...] = ()


def due(
    start: datetime,
    deadline: Deadline,
    zone: tzinfo = UTC,
    working_days: Collection[int] = (0, 1, 2, 3, 4),
    working_hours: tuple[int, int] = (9, 17),
    holidays: Collection[str] = (),
) -> datetime:
    """The time (UTC) at which a deadline that runs from `start` is reached.

    A working day is as many hours as people work on one: from Friday 16:00 it ends on Monday
    16:00, from Saturday night on Monday evening. ValueError if the calendar has no working time.

    >>> due(datetime(2018, 1, 12, 16, tzinfo=UTC), Deadline(1, "working days"))
    datetime.datetime(2018, 1, 15, 16, 0, tzinfo=datetime.timezone.utc)
    """
    first, last = working_hours
    match deadline.unit:
        case "hours":
            return start.astimezone(UTC) + timedelta(hours=deadline.amount)
        case "working hours":
            left = timedelta(hours=deadline.amount)
        case "working days":
            left = timedelta(hours=deadline.amount * (last - first))
        case unit:
            raise ValueError(f"a deadline in {unit!r} is unknown")
    for begin, end in _shifts(start, zone, working_days, working_hours, holidays):
        if left <= end - begin:
            return begin + left
        left -= end - begin
    raise ValueError("the calendar has no working time")


def _shifts(
    start: datetime,
    zone: tzinfo,
    working_days: Collection[int],
    working_hours: tuple[int, int],
    holidays: Collection[str],
) -> Iterator[tuple[datetime, datetime]]:
    """The times people work from `start` on, in UTC, so that a changed clock costs no hour."""
    start = start.astimezone(UTC)
    first_day = start.astimezone(zone).date()
    for number in range(_LONGEST_WAIT):
        day = first_day + timedelta(days=number)
        if day.weekday() not in working_days or day.isoformat() in holidays:
            continue
        begin, end = (_hour_of(day, hour, zone) for hour in working_hours)
        if end > max(begin, start):
            yield max(begin, start), end


def _hour_of(day: date, hour: int, zone: tzinfo) -> datetime:
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the zone follows
    return (midnight + timedelta(hours=hour)).replace(tzinfo=zone).astimezone(UTC)
