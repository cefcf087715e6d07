"""Who is on call by a calendar: shifts as values, and the one that counts at a time.

No calendar is read here (ircbot/incoming/calendars.py does). Times are aware and UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ircbot.incident.people import NICK

ROTA = "rota:"  # how a calendar is named where somebody on call is
_STALE = timedelta(hours=1)  # an older copy is used, and its age said


@dataclass(frozen=True, slots=True)
class Shift:
    """Somebody's time on call, up to and without `end`.

    `who` is what the calendar calls it, `names` whatever in it may name the person.
    """

    begin: datetime
    end: datetime
    who: str
    names: tuple[str, ...] = ()

    def covers(self, at: datetime) -> bool:
        """Whether it is then."""
        return self.begin <= at < self.end


@dataclass(frozen=True, slots=True)
class Rota:
    """The shifts of a calendar around now, as it was read at `read_at`; `why` it cannot be read
    since, "" if it can. `read_at` is None if it never could."""

    shifts: tuple[Shift, ...] = ()
    read_at: datetime | None = None
    why: str = ""

    def shift(self, at: datetime) -> Shift | None:
        """The shift that counts at a time: of several the shortest, as an override is, and of
        those that are as short the one that began last."""
        then = [shift for shift in self.shifts if shift.covers(at)]
        return min(then, key=lambda s: (s.end - s.begin, -s.begin.timestamp()), default=None)

    def changes(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """When another shift counts from then on, after `since` and up to `until`."""
        times = {time for shift in self.shifts for time in (shift.begin, shift.end)}
        before = self.shift(since)
        for at in sorted(time for time in times if since < time <= until):
            now = self.shift(at)
            if (now and now.who) != (before and before.who):
                yield at
            before = now

    def next_change(self, at: datetime) -> datetime | None:
        """When the shift that counts at a time is over, as far as that is known."""
        last = max((shift.end for shift in self.shifts), default=at)
        return next(self.changes(at, last), None)

    def age(self, now: datetime) -> timedelta | None:
        """How old what is known is, if people should know; None if it is fresh."""
        if not self.why or self.read_at is None or now - self.read_at < _STALE:
            return None
        return now - self.read_at


Rotas = Mapping[str, Rota]


def nick_of(shift: Shift, known: Mapping[str, str]) -> str:
    """Whose shift it is, as they are called on IRC; "" if nobody knows. `known` are names and
    mail addresses of calendars, in lower case, and the nicks of those whose they are."""
    for name in (shift.who, *shift.names):
        if nick := known.get(name.casefold()):
            return nick
    said = " ".join((shift.who, *shift.names)).casefold()
    for name, nick in known.items():
        if re.search(rf"(?<![\w.@-]){re.escape(name)}(?![\w@-])", said):
            return nick
    return shift.who if re.fullmatch(NICK, shift.who) else ""
