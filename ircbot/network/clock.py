"""Compares the server's clock with ours, by live lines, never by playback.

A line takes time to arrive, so an old time stamp proves nothing by itself: possible delays of the
link are allowed for. A PONG bounds the difference from both sides. If the clocks differ by more
than a minute, our own clock is used for live lines, and times of past lines are corrected by the
difference. Outlives the link. Must not know what a line is.
"""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta

_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)  # a time further in the future is not credible
_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
_NONE = timedelta(0)
_JUMPS = 16  # remembered
_HELD_UP_FOR = 60.0  # seconds after a silence in which lines may still be late


def utc_now() -> datetime:
    """Our own clock."""
    return datetime.now(UTC)


def parse_time(value: str) -> datetime | None:
    """A server-time tag, None if it holds no time.

    >>> parse_time("2018-01-10T12:00:00.250Z")
    datetime.datetime(2018, 1, 10, 12, 0, 0, 250000, tzinfo=datetime.timezone.utc)
    >>> parse_time("notatime") is None
    True
    """
    try:
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


class ServerClock:
    """One network's clock, as far as known. `now` is the loop's time, `at` our clock's."""

    def __init__(self) -> None:
        self.difference = _NONE  # our time minus the server's, once the clocks are known to differ
        self.is_wrong = False  # whether the server's clock is wrong, or was at some time
        self.is_doubted = False  # whether a PONG has to decide
        self.verdict = ""  # what is wrong, in words
        self._is_told = False
        self._now = 0.0
        self._jumps: deque[tuple[float, timedelta]] = deque(maxlen=_JUMPS)  # of our own clock
        self._read_now: float | None = None
        self._read_at = _EARLIEST
        self._held_up = _NONE  # how late a line may be
        self._held_up_until = 0.0

    def read(self, now: float, at: datetime) -> None:
        """Note a read. After a silence, by either clock, its lines may be as late as that was
        long."""
        self._now = now
        if self._read_now is not None:
            jump = at - self._read_at - timedelta(seconds=now - self._read_now)
            if jump > _SECOND:
                self._jumps.append((now, jump))
            silence = max(timedelta(seconds=now - self._read_now), at - self._read_at, _NONE)
            if silence > self._held_up or now > self._held_up_until:
                self._held_up, self._held_up_until = silence, now + _HELD_UP_FOR
        self._read_now, self._read_at = now, at

    def _jumped_since(self, now: float) -> timedelta:
        """How far our own clock was moved forward, or how long the machine slept, since a time of
        the loop."""
        return sum((jump for when, jump in self._jumps if when >= now), _NONE)

    def told(self, tag: str, at: datetime) -> datetime | None:
        """The time of a tag by our clock, None if it is not credible."""
        told = parse_time(tag)
        return self._believed(told, at) if told is not None else None

    def _believed(self, told: datetime, at: datetime) -> datetime | None:
        if told < _EARLIEST or told - at > _AHEAD + abs(self.difference):
            return None
        try:
            told += self.difference  # a tag of the year 1 makes this two thousand years
        except OverflowError:
            return None
        return told if _EARLIEST <= told <= at + _AHEAD else None

    def live(self, tag: str, at: datetime) -> datetime:
        """When a live line was said; its tag is compared with our clock."""
        told = parse_time(tag)
        if told is None:
            return at
        late = at - told - self.difference
        if late > _MINUTE + self._held_up or late < -_MINUTE:
            self._differs(at - told)
        elif late > _MINUTE:
            self.is_doubted = True
        return at if self.is_wrong else self._believed(told, at) or at

    def answered(self, tag: str, at: datetime, delay: float) -> None:
        """Take the tag of a PONG that came `delay` seconds after its PING."""
        self.is_doubted = False
        if (told := parse_time(tag)) is not None:
            late = at - told - self.difference
            way = timedelta(seconds=delay) + self._jumped_since(self._now - delay)
            if late > _MINUTE + way or late < -_MINUTE:
                self._differs(at - told)

    def _differs(self, difference: timedelta) -> None:
        self.difference = difference
        if not self.is_wrong:
            self.is_wrong = True
            way = "behind" if difference > _NONE else "ahead of"
            seconds = abs(difference).total_seconds()
            span = f"{seconds / 60:,.0f} minutes" if seconds < 7200 else f"{seconds / 3600:,.0f} h"
            self.verdict = f"the server's clock is {span} {way} ours"

    def news(self) -> str:
        """What to say about the clock, once; "" for nothing."""
        if not self.verdict or self._is_told:
            return ""
        self._is_told = True
        return f"{self.verdict}; from now on our own counts for what is said"
