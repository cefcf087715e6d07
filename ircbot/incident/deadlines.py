"""When something is due: spans in hours, in working hours or in working days.

Knows no clock and no incident's rules; reminders.py decides what to say about a deadline.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from ircbot.incident.process import Deadline, Process
from ircbot.incident.state import Incident

# Forty years without a single working day is a calendar nobody meant.
_LONGEST_WAIT = 40 * 366


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


def report_due(
    incident: Incident, process: Process, calendar: Calendar | None = None
) -> datetime | None:
    """When the report is due (UTC); None while the incident is open, and for a false alarm."""
    if incident.resolved_at is None or incident.status == "withdrawn":
        return None
    when = calendar or Calendar()
    return due(
        incident.resolved_at,
        process.report.due,
        when.zone,
        when.working_days,
        when.working_hours,
        when.holidays,
    )
