"""When a line of a log was written: time stamps, the days of a log, and its zone.

A stamp without a date is of the day before it in the log, or of the next once the time has run
far backwards. Everything returned is in whole seconds since 1970, UTC: cheap to compare, and
most lines never need more. Knows nothing of what lines say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

_STAMP = re.compile(
    r"(?P<open>[\[(])?"
    r"(?:(?P<date>\d{4}([-/.])\d\d\3\d\d)[T ]|(?P<day>\d\d)\.(?P<month>\d\d)\.(?P<year>\d{4}) )?"
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?"
    r"(?: ?(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d))?"
    r"(?(open)[\])])"
    r"(?:[ \t]|$)"
)

# How far the time of day must run backwards to be another day: more than any clock that was put
# right and more than the hour of a summer that ends, less than a night.
_OVERNIGHT = 3 * 3600
# How far it runs backwards within a day when summer time ends rather than a clock was put right.
_FOLD = 5 * 60
_DAY = 86400


@dataclass(frozen=True, slots=True)
class Stamp:
    """A stamp as written. `day` and `zone` are None where it does not say."""

    second: int  # of the day
    day: date | None = None
    zone: tzinfo | None = None


def width(raw: str) -> int:
    """How many characters at the beginning are a stamp and the blank after it; 0 for none.

    >>> width("12:00 <nick> hello"), width("[2018-01-10 12:00:05] <nick> hello"), width("hello")
    (6, 22, 0)
    """
    match = _STAMP.match(raw)
    return match.end() if match else 0


def parse(stamp: str) -> Stamp | None:
    """What a stamp says, None if there is no such time.

    >>> parse("12:00 ")
    Stamp(second=43200, day=None, zone=None)
    """
    match = _STAMP.fullmatch(stamp)
    if not match:
        return None
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"] in "pP" else 0)
    if hour > 23 or minute > 59:
        return None
    try:
        day = None
        if match["date"]:
            day = date.fromisoformat(match["date"].replace("/", "-").replace(".", "-"))
        elif match["year"]:
            day = date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None
    # A leap second is the second before it.
    return Stamp(hour * 3600 + minute * 60 + min(second, 59), day, _offset(match["zone"]))


def _offset(zone: str | None) -> tzinfo | None:
    if zone is None:
        return None
    if zone[0] not in "+-":
        return UTC
    return datetime.strptime(zone.replace(":", ""), "%z").tzinfo


def runs_overnight(before: int, after: int) -> bool:
    """Whether two times of day, one after the other in a log, are of different days."""
    return after < before - _OVERNIGHT


class Clock:
    """The days and times of one log, told line after line."""

    def __init__(self, zone: tzinfo, day: date | None = None) -> None:
        self._zone = zone
        self._day = day
        self._known: dict[str, int] = {}  # stamp without a date → second of the day
        self._second = 0  # of the day, of the last stamp
        self._latest = 0  # since 1970, of the last stamp on a day when the clocks change
        self._midnight = 0
        self._regular = True
        if day:
            self._turn(day)

    @property
    def day(self) -> date | None:
        """The day it is; None while the log has not said."""
        return self._day

    def set(self, at: datetime) -> None:
        """Take it from the log that it is now `at`, in local time."""
        self._turn(at.date())
        self._second = at.hour * 3600 + at.minute * 60 + at.second

    def read(self, stamp: str) -> int | None:
        """When a line with this stamp was written, None if it is no time.

        The day must be known, or the stamp say it.
        """
        second = self._known.get(stamp)
        if second is None:
            found = parse(stamp)
            if found is None:
                return None
            second = found.second
            if found.day and found.day != self._day:
                self._turn(found.day)
            if found.zone and self._day:
                self._follow(second)
                return _since(self._day, second, found.zone)
            if not found.day:
                self._known[stamp] = second
        self._follow(second)
        return self._midnight + second if self._regular else self._changing(second)

    def _follow(self, second: int) -> None:
        if runs_overnight(self._second, second) and self._day:
            self._turn(self._day + timedelta(days=1))
        self._second = second

    def _turn(self, day: date) -> None:
        self._day = day
        self._second = self._latest = 0
        self._midnight = _since(day, 0, self._zone)
        # Two days on which it is midnight a day apart have no change between them. (One that
        # changes there and back within a day does not exist.)
        following = day + timedelta(days=1) if day < date.max else day
        self._regular = _since(following, 0, self._zone) - self._midnight == _DAY

    def _changing(self, second: int) -> int:
        """On a day when the clocks change, an hour comes twice or not at all."""
        assert self._day
        at = _since(self._day, second, self._zone)
        if at < self._latest - _FOLD:
            again = _since(self._day, second, self._zone, fold=1)
            if again > at:
                at = again
        self._latest = at
        return at


def _since(day: date, second: int, zone: tzinfo, fold: int = 0) -> int:
    local = datetime(day.year, day.month, day.day, tzinfo=zone, fold=fold) + timedelta(
        seconds=second
    )
    return int(local.replace(fold=fold).timestamp())
