"""A calendar → shifts, in a process of its own: it may be huge, recur without end, or never arrive.

    python -m ircbot.incoming.calendars    takes a pickled CalendarRequest, returns a pickled Rota

iCalendar is read by `icalendar` and `recurring-ical-events` (the extra `calendar`). The last
readable copy is kept, and used while the calendar cannot be read.
"""

from __future__ import annotations

import os
import pickle
import re
import resource
import secrets
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any

from ircbot import __version__
from ircbot.apart import NICER
from ircbot.errors import Failed
from ircbot.incident.plain import plain, shown
from ircbot.incident.rotas import Rota, Shift

_LONGEST = 5_000_000  # bytes of a calendar
_PATIENCE = 20.0  # seconds for a server's next word
_BACK, _AHEAD = timedelta(days=2), timedelta(days=21)  # around now, of which shifts are known
_MOST = 500  # shifts in that time
_NAME = 80  # characters of a name
_NAMES = 10  # of one shift
_CPU, _MEMORY = 20, 1 << 30  # seconds, bytes
# What calendars write around a name: "[L1] alice", "On Call - Alice Smith - Ops", "Ann is on call".
_AROUND = re.compile(
    r"^\[[^\]]*\]\s*"
    r"|^on[- ]?call\s*(?:[-:–]\s*|for\s+)?"
    r"|\s+(?:is\s+)?on[- ]?call\b.*$"
    r"|\s+[-–]\s.*$",
    re.IGNORECASE,
)


class Unreadable(Failed):
    """A calendar cannot be read. `str()` completes a sentence that begins with "its calendar"."""


@dataclass(frozen=True, slots=True)
class CalendarRequest:
    """Which calendar to read, around what time.

    `source` is an address (http, https, webcal) or a path; the last good copy is kept in `copy`.
    Times without a zone are in `zone`. `at_hand`: read only the copy.
    """

    name: str
    source: str
    copy: Path
    zone: tzinfo
    now: datetime
    at_hand: bool = False

    def done(self) -> Rota:
        """The shifts of the calendar, or of its last copy, with the reason why it is only the
        copy."""
        why = "cannot be read"
        if not self.at_hand:
            try:
                read = self._fetched()
                rota = Rota(tuple(shifts(read, self.zone, self.now)), self.now)
            except Unreadable as error:
                why = str(error)
            else:
                self._keep(read)
                return rota
        return replace(self._kept(), why=why)

    def _fetched(self) -> bytes:
        if re.match(r"(?:https?|webcal)://", self.source):
            return _downloaded(re.sub("^webcal:", "https:", self.source))
        try:
            with Path(self.source).open("rb") as file:
                return _bounded(file.read(_LONGEST + 1))
        except OSError as error:
            raise Unreadable(f"cannot be read ({error.strerror})") from None

    def _keep(self, read: bytes) -> None:
        """Keep a copy that only its owner can read. A failure is ignored."""
        new = self.copy.with_name(f".{self.copy.name}.{secrets.token_hex(8)}")
        try:
            self.copy.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(new, flags, 0o600), "wb") as file:
                file.write(read)
            os.utime(new, (self.now.timestamp(), self.now.timestamp()))
            new.replace(self.copy)
        except OSError as error:
            with suppress(OSError):
                new.unlink()
            print(f"no copy is kept in {self.copy}: {error.strerror}", file=sys.stderr)

    def _kept(self) -> Rota:
        try:
            with self.copy.open("rb") as file:
                read, at = file.read(_LONGEST), os.fstat(file.fileno()).st_mtime
            return Rota(tuple(shifts(read, self.zone, self.now)), datetime.fromtimestamp(at, UTC))
        except (OSError, Unreadable):
            return Rota()


def _downloaded(url: str) -> bytes:
    """The content of an address. No part of the address is in an error, as it is often the
    secret."""
    import urllib.error  # the bot's own process has no use for it
    import urllib.request

    headers = {"User-Agent": f"ircbot/{__version__}", "Accept": "text/calendar, */*;q=0.1"}
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, headers=headers), timeout=_PATIENCE
        ) as answer:
            return _bounded(answer.read(_LONGEST + 1))
    except urllib.error.HTTPError as error:
        error.close()
        raise Unreadable(f"is refused ({error.code})") from None
    except Unreadable:
        raise
    except Exception as error:  # http.client and ssl have many of their own
        reason = getattr(error, "reason", error)
        why = getattr(reason, "strerror", None) or type(reason).__name__
        raise Unreadable(f"cannot be reached ({why})") from None


def _bounded(read: bytes) -> bytes:
    if len(read) > _LONGEST:
        raise Unreadable(f"is longer than {_LONGEST // 1_000_000} MB")
    return read


def shifts(read: bytes, zone: tzinfo, now: datetime) -> Iterator[Shift]:
    """The shifts in a calendar around now, in order. Raises Unreadable."""
    import recurring_ical_events
    from icalendar import Calendar

    try:
        found = recurring_ical_events.of(Calendar.from_ical(read)).between(
            (now - _BACK).astimezone(zone), (now + _AHEAD).astimezone(zone)
        )
    except MemoryError:
        raise Unreadable("takes more memory than it may") from None
    except Exception as error:  # they have no error of their own
        raise Unreadable(f"is no iCalendar that can be read ({type(error).__name__})") from None
    events = [event for event in found if str(event.get("STATUS", "")).upper() != "CANCELLED"]
    if len(events) > _MOST:
        raise Unreadable(f"has more than {_MOST} shifts in three weeks")
    told = (_shift(event, zone) for event in events)
    yield from sorted((one for one in told if one), key=lambda shift: (shift.begin, shift.end))


def _shift(event: Any, zone: tzinfo) -> Shift | None:
    try:
        begin, end = _moment(event["DTSTART"].dt, zone), _moment(event["DTEND"].dt, zone)
    except (KeyError, AttributeError, OverflowError, ValueError):
        return None
    who, names = _names(event)
    return Shift(begin, end, who, names) if who and begin < end else None


def _moment(told: date, zone: tzinfo) -> datetime:
    """A calendar's time in UTC; a date is midnight in its zone."""
    at = told if isinstance(told, datetime) else datetime.combine(told, time())
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _names(event: Any) -> tuple[str, tuple[str, ...]]:
    """Whose shift it is, as far as can be told, and all names it was found under."""
    title = _text(event.get("SUMMARY", ""))
    people = event.get("ATTENDEE", [])
    people = people if isinstance(people, list) else [people]
    mails = [_text(str(one)[7:]) for one in people if str(one).lower().startswith("mailto:")]
    called = [_text(one.params.get("CN", "")) for one in people if hasattr(one, "params")]
    bare, before = title, ""
    while bare != before:
        bare, before = _AROUND.sub("", bare).strip(), bare
    who = bare or title or next(filter(None, (*called, *mails)), "")
    return who, tuple(_once((title, *called, *mails), who))[:_NAMES]


def _once(names: Iterable[str], who: str) -> Iterator[str]:
    return (name for name in dict.fromkeys(names) if name and name != who)


def _text(value: Any) -> str:
    return plain(shown(str(value)[: _NAME * 4]))[:_NAME].strip()


def main() -> int:
    """Run one request, bounded by the machine."""
    os.nice(NICER)
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU, _CPU))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    request: CalendarRequest = pickle.load(sys.stdin.buffer)
    rota = request.done()
    with out:
        out.write(pickle.dumps(rota))
    return 0


if __name__ == "__main__":
    sys.exit(main())
