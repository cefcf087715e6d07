"""When a line of a log was written: time stamps, the days of a log, and its zone.

A stamp without a date belongs to the day of the line before, or to the next day if the time has
gone far backwards. All results are in whole seconds since 1970, UTC: cheap to compare, and enough
for most lines. Knows nothing of what lines say.
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

# How far the time of day must go backwards for a new day: more than the correction of a clock and
# the hour at the end of summer time, less than a night.
_OVERNIGHT = 3 * 3600
# How far it goes backwards at the end of summer time, rather than by a corrected clock.
_FOLD = 5 * 60
_DAY = 86400
# A stamp without a year that is this much earlier than the last one is in the next year.
_BACK = timedelta(days=180)


CLOCKS_DIFFER = 5  # seconds by which the clocks of two people who log the same line may differ


def is_possible(year: int) -> bool:
    """Whether a line of IRC can be from that year. The limits are far from those of datetime."""
    return 1988 <= year < 9000


_ASCTIME = re.compile(
    r"([A-Za-z]{3})\S* +(\d{1,2}),? (?:(\d\d):(\d\d)(?::(\d\d))? )?(?:[A-Z]{3,5} )?(\d{4})"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def asctime(text: str) -> datetime | None:
    """A local time in C's asctime format without the weekday; None if it is malformed.

    >>> asctime("Jan 10 11:59:58 2018"), asctime("Jan 10 2018")
    (datetime.datetime(2018, 1, 10, 11, 59, 58), datetime.datetime(2018, 1, 10, 0, 0))
    """
    match = _ASCTIME.fullmatch(text)
    if match is None or match[1].lower() not in _MONTHS:  # written in another locale
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
    """A stamp as written. `day`, `month_day` and `zone` are None if it has none.

    `month_day` is a day without a year.
    """

    second: int  # of the day
    day: date | None = None
    zone: tzinfo | None = None
    month_day: tuple[int, int] | None = None

    def day_after(self, before: date | None) -> date | None:
        """Its day, in the year that follows from `before`; None if it has none."""
        if self.month_day is None or before is None:
            return self.day
        for year in (before.year, before.year + 1):
            with suppress(ValueError):  # a 29th of February
                told = date(year, *self.month_day)
                if told >= before - _BACK:
                    return told
        return None


def width(raw: str) -> int:
    """The length of the stamp at the beginning of a line, with the blank after it; 0 for none.

    >>> width("12:00 <nick> hello"), width("[2018-01-10 12:00:05] <nick> hello"), width("hello")
    (6, 22, 0)
    """
    match = _STAMP.match(raw)
    return match.end() if match else 0


def has_seconds(raw: str) -> bool:
    """Whether a line begins with a stamp that has seconds."""
    match = _STAMP.match(raw)
    return match is not None and (match["second"] or match["epoch"]) is not None


def parse(stamp: str) -> Stamp | None:
    """Parse a stamp; None if there is no such time.

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
    """Whether two successive times of day in a log are of different days."""
    return after < before - _OVERNIGHT


class LogClock:
    """The days and times of one log, read line by line."""

    def __init__(self, zone: tzinfo, day: date | None = None) -> None:
        self._zone = zone
        self._day = day
        self._known: dict[str, int] = {}  # stamp from its hour on → second of the day
        self._today: str | None = None  # what precedes the hour in stamps of the current day
        self._second = 0  # of the day, of the last stamp
        self._latest = 0  # since 1970, of the last stamp on a day when the clocks change
        self._midnight = 0
        self._regular = True
        if day:
            self._turn(day)

    @property
    def day(self) -> date | None:
        """The current day; None while it is unknown."""
        return self._day

    def set(self, at: datetime) -> None:
        """Set the clock to `at`, a local time that the log states."""
        if at.date() != self._day:  # otherwise an ambiguous hour may already be the second one
            self._turn(at.date())
        self._second = at.hour * 3600 + at.minute * 60 + at.second

    def read(self, stamp: str) -> int | None:
        """When a line with this stamp was written, None if there is no such time.

        The day must be known, unless the stamp has it.
        """
        hour = max(stamp.find(":") - 2, 0)
        second = self._known.get(stamp[hour:]) if stamp[:hour] == self._today else None
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
            self._today, self._known[stamp[hour:]] = stamp[:hour], second
        self._follow(second)
        return self._midnight + second if self._regular else self._changing(second)

    def _follow(self, second: int) -> None:
        if runs_overnight(self._second, second) and self._day:
            self._turn(self._day + timedelta(days=1))
        self._second = second

    def _turn(self, day: date) -> None:
        self._day, self._today = day, None
        self._second = self._latest = 0
        self._midnight = _since(day, 0, self._zone)
        # If two midnights are a day apart, the clocks do not change between them. (A change and its
        # reversal within one day do not exist.)
        following = day + timedelta(days=1) if day < date.max else day
        self._regular = _since(following, 0, self._zone) - self._midnight == _DAY

    def _changing(self, second: int) -> int:
        """On a day when the clocks change, an hour occurs twice or not at all."""
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
