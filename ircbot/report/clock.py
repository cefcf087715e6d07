"""How a report shows times: in one zone, with the date or the offset only where they are needed.

Knows no incident; it is given the times that will be shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from ircbot.incident.times import offset
from ircbot.report.parts import Time, Words


@dataclass(frozen=True, slots=True)
class Clock:
    """The report's zone. `offsets`: the clocks were changed in between, so each time says which."""

    zone: tzinfo = UTC
    name: str = "UTC"
    days: int = 1  # how many days the timeline covers
    offsets: tuple[str, ...] = ()

    def day(self, at: datetime) -> date:
        """The day of a time, there."""
        return at.astimezone(self.zone).date()

    def time(self, at: datetime) -> Time:
        """The time of day alone: its day is shown elsewhere."""
        here = at.astimezone(self.zone)
        return Time(at, f"{here.hour:02}:{here.minute:02}{self._offset(at)}")

    def full(self, at: datetime) -> Time:
        """The date and the time of day."""
        here = at.astimezone(self.zone)
        return Time(at, here.strftime("%Y-%m-%d %H:%M") + self._offset(at))

    def brief(self, at: datetime) -> Time:
        """The time, with its date as soon as the incident covers two days."""
        return self.full(at) if self.days > 1 else self.time(at)

    def span(self, begin: datetime, end: datetime) -> Words:
        """A span: the second date is left out where it is the first."""
        if self.day(begin) == self.day(end):
            return (self.brief(begin), " → ", self.time(end))
        return (self.full(begin), " → ", self.full(end))

    @property
    def sentence(self) -> str:
        """What is said once about all times."""
        match self.offsets:
            case ():
                return f"All times are {self.name}."
            case (only,) if len(self.offsets) == 1:
                return f"All times are {self.name} (UTC{only})."
            case _:
                return f"All times are {self.name}; each says its offset from UTC."

    def _offset(self, at: datetime) -> str:
        return offset(at, self.zone) if len(self.offsets) > 1 else ""


def clock_for(times: Iterable[datetime], zone: tzinfo, name: str = "") -> Clock:
    """The clock for a report that shows these times."""
    shown = [at.astimezone(zone) for at in times]
    one_of_each = {at.utcoffset(): at for at in shown}  # to spell it out once
    offsets = tuple(sorted(offset(at, zone) for at in one_of_each.values()))
    named = name or getattr(zone, "key", "") or "UTC"
    if zone is UTC or (named in ("UTC", "Etc/UTC") and offsets in ((), ("+00:00",))):
        offsets, named = (), "UTC"
    days = len({at.date() for at in shown})
    return Clock(zone, named, days, offsets)
