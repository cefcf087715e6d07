"""Times and spans as people read them. Whatever is shown here can be typed back (grammar.py)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import ClassVar

from ircbot.values import dataclass

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def clock(moment: datetime, now: datetime, zone: tzinfo, *, named: bool = True) -> str:
    """A time of day, with its zone if `named`, and with the date unless it is today.

    >>> from datetime import UTC
    >>> at = datetime(2018, 1, 10, 12, 20, tzinfo=UTC)
    >>> clock(at, at, UTC), clock(at, at + timedelta(days=1), UTC)
    ('12:20 UTC', '2018-01-10 12:20 UTC')
    """
    here = moment.astimezone(zone)
    shape = "%H:%M" if here.date() == now.astimezone(zone).date() else "%Y-%m-%d %H:%M"
    return here.strftime(f"{shape} %Z" if named else shape)


def told(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """A typed time, as it is repeated to the speaker: with seconds if it has any, and with
    "yesterday" and the like for near days.

    >>> from datetime import UTC
    >>> at = datetime(2018, 1, 10, 13, 30, tzinfo=UTC)
    >>> told(at, at + timedelta(days=1), UTC), told(at, at + timedelta(days=2), UTC)
    ('yesterday 13:30 UTC', '2018-01-10 13:30 UTC')
    """
    here = moment.astimezone(zone)
    ahead = (here.date() - now.astimezone(zone).date()).days
    name = {0: "", -1: "yesterday ", 1: "tomorrow "}.get(ahead, f"{here:%Y-%m-%d} ")
    return name + here.strftime("%H:%M:%S %Z" if here.second else "%H:%M %Z")


def offset(at: datetime, zone: tzinfo) -> str:
    """The offset from UTC at a time.

    >>> from datetime import UTC, timezone
    >>> offset(datetime(2018, 1, 10, tzinfo=UTC), timezone(timedelta(hours=-8)))
    '-08:00'
    """
    here = at.astimezone(zone).strftime("%z")
    return f"{here[:3]}:{here[3:5]}"


def day_name(day: date) -> str:
    """A day as a heading: "Wednesday 2018-01-10"."""
    return f"{_WEEKDAYS[day.weekday()]} {day.isoformat()}"


def date_name(day: date) -> str:
    """A day in a sentence.

    >>> date_name(date(2018, 1, 5))
    '5 Jan 2018'
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def long(span: timedelta) -> str:
    """A span in words: "61 minutes" up to two hours, then "5 h 00 min", then "2 d 3 h".

    >>> long(timedelta(minutes=1)), long(timedelta(hours=5)), long(timedelta(hours=51))
    ('1 minute', '5 h 00 min', '2 d 3 h')
    >>> long(timedelta(seconds=40))
    'less than a minute'
    """
    if span < timedelta(minutes=1):
        return "less than a minute"
    minutes = round(span.total_seconds() / 60)
    if minutes < 120:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02d} min"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"


def length(span: timedelta) -> str:
    """A span, exact to the minute and including days; in seconds below one minute.

    >>> length(timedelta(hours=5)), length(timedelta(days=17, minutes=5)), length(timedelta(0))
    ('5 h 00 min', '17 d 0 h 05 min', '0 s')
    """
    seconds = int(span.total_seconds())
    if abs(seconds) < 60:
        return f"{seconds} s"
    sign = "-" if seconds < 0 else ""
    minutes = abs(seconds) // 60
    days, minutes = divmod(minutes, 1440)
    hours, minutes = divmod(minutes, 60)
    if days:
        return f"{sign}{days} d {hours} h {minutes:02} min"
    if hours:
        return f"{sign}{hours} h {minutes:02} min"
    return f"{sign}{minutes} min"


def iso(at: datetime) -> str:
    """A time for machines: ISO 8601 in UTC, in whole seconds.

    >>> iso(datetime(2018, 1, 10, 12, 0, 0, 250, UTC))
    '2018-01-10T12:00:00Z'
    """
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


@dataclass(frozen=True, slots=True)
class Time:
    """A time, and the text by which a report shows it."""

    kind: ClassVar[str] = "time"
    at: datetime
    shown: str

    @property
    def iso(self) -> str:
        """The time for machines, in UTC."""
        return iso(self.at)


@dataclass(frozen=True, slots=True)
class ReportClock:
    """How a report shows times: in one zone, with date and offset only where they are needed.

    If `offsets` has more than one element, the clocks changed in between, and each time is shown
    with its offset.
    """

    zone: tzinfo = UTC
    name: str = "UTC"
    days: int = 1  # how many days the times cover
    offsets: tuple[str, ...] = ()

    @classmethod
    def of(cls, times: Iterable[datetime], zone: tzinfo, name: str = "") -> ReportClock:
        """The clock for a report that shows these times."""
        shown = [at.astimezone(zone) for at in times]
        one_of_each = {at.utcoffset(): at for at in shown}  # each offset is formatted once
        offsets = tuple(sorted(offset(at, zone) for at in one_of_each.values()))
        named = name or getattr(zone, "key", "") or "UTC"
        if zone is UTC or (named in ("UTC", "Etc/UTC") and offsets in ((), ("+00:00",))):
            offsets, named = (), "UTC"
        days = len({at.date() for at in shown})
        return cls(zone, named, days, offsets)

    def day(self, at: datetime) -> date:
        """The day of a time in that zone."""
        return at.astimezone(self.zone).date()

    def time(self, at: datetime) -> Time:
        """The time of day alone; its day is shown elsewhere."""
        here = at.astimezone(self.zone)
        return Time(at, f"{here.hour:02}:{here.minute:02}{self._offset(at)}")

    def full(self, at: datetime) -> Time:
        """The date and the time of day."""
        here = at.astimezone(self.zone)
        return Time(at, here.strftime("%Y-%m-%d %H:%M") + self._offset(at))

    def brief(self, at: datetime) -> Time:
        """The time, with its date if the report covers more than one day."""
        return self.full(at) if self.days > 1 else self.time(at)

    def span(self, begin: datetime, end: datetime) -> tuple[Time, str, Time]:
        """A span; the second date is omitted if it equals the first."""
        if self.day(begin) == self.day(end):
            return (self.brief(begin), " → ", self.time(end))
        return (self.full(begin), " → ", self.full(end))

    @property
    def sentence(self) -> str:
        """The sentence about the zone of all times."""
        match self.offsets:
            case ():
                return f"All times are {self.name}."
            case (only,):
                return f"All times are {self.name} (UTC{only})."
            case _:
                return f"All times are {self.name}; each says its offset from UTC."

    def _offset(self, at: datetime) -> str:
        return offset(at, self.zone) if len(self.offsets) > 1 else ""
