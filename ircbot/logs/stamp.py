"""When a line of a log was written: time stamps, the days of a log, and its zone.

A stamp without a date is of the day before it in the log, or of the next once the time has run
far backwards. Everything returned is in whole seconds since 1970, UTC: cheap to compare, and
most lines never need more. Knows nothing of what lines say.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from ircbot.incident.times import fixed_zone, time_of_day

_STAMP = re.compile(
    r"(?P<epoch>\d{10}) (?=[<*-]|$)|"  # seconds since 1970
    r"(?P<open>[\[(])?"
    r"(?:(?P<date>\d{4}(?P<sep>[-/.])\d\d(?P=sep)\d\d)[T \t]"
    r"|(?P<day>\d\d)\.(?P<month>\d\d)\.(?P<year>\d{4}) "
    r"|(?P<named>[A-Z][a-z]{2} [ \d]\d) )?"
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
# A stamp without a year that is this much before the last one is of the next year.
_BACK = timedelta(days=180)


CLOCKS_DIFFER = 5  # seconds, of two people's who write down the same line


def is_possible(year: int) -> bool:
    """Whether something can have been said on IRC in a year. What is reckoned with is far from the
    ends of the calendar."""
    return 1988 <= year < 9000


_ASCTIME = re.compile(
    r"([A-Za-z]{3})\S* +(\d{1,2}),? (?:(\d\d):(\d\d)(?::(\d\d))? )?(?:[A-Z]{3,5} )?(\d{4})"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def asctime(text: str) -> datetime | None:
    """A local time as C's asctime writes it, without the day of the week; None if it is none.

    >>> asctime("Jan 10 11:59:58 2018"), asctime("Jan 10 2018")
    (datetime.datetime(2018, 1, 10, 11, 59, 58), datetime.datetime(2018, 1, 10, 0, 0))
    """
    match = _ASCTIME.fullmatch(text)
    if match is None or match[1].lower() not in _MONTHS:  # written under another locale
        return None
    if not is_possible(int(match[6])):
        return None
    month, clock = _MONTHS.index(match[1].lower()) + 1, match.group(3, 4, 5)
    try:
        hour, minute, second = (int(part or 0) for part in clock)
        return datetime(int(match[6]), month, int(match[2]), hour, minute, min(second, 59))  # noqa: DTZ001 - local time
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Stamp:
    """A stamp as written. `day`, `month_day` and `zone` are None where it does not say.

    `month_day` is a day of a year that is not told.
    """

    second: int  # of the day
    day: date | None = None
    zone: tzinfo | None = None
    month_day: tuple[int, int] | None = None

    def day_after(self, before: date | None) -> date | None:
        """The day it tells, in the year that goes on from `before`; None if it tells none."""
        if self.month_day is None or before is None:
            return self.day
        for year in (before.year, before.year + 1):
            with suppress(ValueError):  # a 29th of February
                told = date(year, *self.month_day)
                if told >= before - _BACK:
                    return told
        return None


def width(raw: str) -> int:
    """How many characters at the beginning are a stamp and the blank after it; 0 for none.

    >>> width("12:00 <nick> hello"), width("[2018-01-10 12:00:05] <nick> hello"), width("hello")
    (6, 22, 0)
    """
    match = _STAMP.match(raw)
    return match.end() if match else 0


def has_seconds(raw: str) -> bool:
    """Whether a line begins with a stamp that tells seconds."""
    match = _STAMP.match(raw)
    return match is not None and (match["second"] or match["epoch"]) is not None


def parse(stamp: str) -> Stamp | None:
    """What a stamp says, None if there is no such time.

    >>> parse("12:00 ")
    Stamp(second=43200, day=None, zone=None, month_day=None)
    """
    match = _STAMP.fullmatch(stamp)
    if not match:
        return None
    if match["epoch"]:
        at = datetime.fromtimestamp(int(match["epoch"]), UTC)
        return Stamp(at.hour * 3600 + at.minute * 60 + at.second, at.date(), UTC)
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    told = time_of_day(hour, minute, second, match["half"] or "")
    zone = fixed_zone(match["zone"]) if match["zone"] else None
    if told is None or (match["zone"] and zone is None):
        return None
    month_day = None
    if match["named"]:
        month = match["named"][:3].lower()
        if month not in _MONTHS:
            return None
        month_day = (_MONTHS.index(month) + 1, int(match["named"][4:]))
    try:
        day = None
        if match["date"]:
            day = date.fromisoformat(match["date"].replace("/", "-").replace(".", "-"))
        elif match["year"]:
            day = date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None
    if day is not None and not is_possible(day.year):
        return None
    return Stamp(told, day, zone, month_day)


def runs_overnight(before: int, after: int) -> bool:
    """Whether two times of day, one after the other in a log, are of different days."""
    return after < before - _OVERNIGHT


class LogClock:
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
        if at.date() != self._day:  # else an hour that comes twice may be the second one already
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
            day = found.day_after(self._day)
            if day and day != self._day:
                self._turn(day)
            if found.zone and self._day:
                self._follow(second)
                return _since(self._day, second, found.zone)
            if not found.day and not found.month_day:
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
