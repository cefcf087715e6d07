"""Who is on call according to a calendar: its shifts, and the one that applies at a time.

No calendar is read here (incoming/calendars.py does that). Times are aware and UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from ircbot.incident.people import NICK
from ircbot.values import dataclass

ROTA = "rota:"  # the prefix of a calendar's name, in place of the nick of whoever is on call
_STALE = timedelta(hours=1)  # an older copy is used, and its age is mentioned


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift: somebody's time on call, up to but excluding `end`.

    `who` is the calendar's text for the person, `names` everything in it that may name them.
    """

    begin: datetime
    end: datetime
    who: str
    names: tuple[str, ...] = ()

    def covers(self, at: datetime) -> bool:
        """Whether it includes a time."""
        return self.begin <= at < self.end


@dataclass(frozen=True, slots=True)
class Rota:
    """A calendar's shifts around now, as read at `read_at` (None if it never could be read). `why`
    is the reason if it cannot be read since then, "" if it can.
    """

    shifts: tuple[Shift, ...] = ()
    read_at: datetime | None = None
    why: str = ""

    def shift(self, at: datetime) -> Shift | None:
        """The shift that applies at a time: of several the shortest, as overrides are; of equally
        short ones the one that began last.
        """
        then = [shift for shift in self.shifts if shift.covers(at)]
        return min(then, key=lambda s: (s.end - s.begin, -s.begin.timestamp()), default=None)

    def changes(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """When the applicable shift changes, after `since` and up to `until`."""
        times = {time for shift in self.shifts for time in (shift.begin, shift.end)}
        before = self.shift(since)
        for at in sorted(time for time in times if since < time <= until):
            now = self.shift(at)
            if (now and now.who) != (before and before.who):
                yield at
            before = now

    def next_change(self, at: datetime) -> datetime | None:
        """When the applicable shift ends, as far as that is known."""
        last = max((shift.end for shift in self.shifts), default=at)
        return next(self.changes(at, last), None)

    def age(self, now: datetime) -> timedelta | None:
        """How old the data is, if people should know; None if it is fresh."""
        if not self.why or self.read_at is None or now - self.read_at < _STALE:
            return None
        return now - self.read_at


Rotas = Mapping[str, Rota]


def nick_of(shift: Shift, known: Mapping[str, str]) -> str:
    """The nick of the person on shift; "" if nobody knows it. `known` maps names and mail addresses
    in calendars, in lower case, to nicks.
    """
    for name in (shift.who, *shift.names):
        if nick := known.get(name.casefold()):
            return nick
    said = " ".join((shift.who, *shift.names)).casefold()
    for name, nick in known.items():
        if re.search(rf"(?<![\w.@-]){re.escape(name)}(?![\w@-])", said):
            return nick
    return shift.who if re.fullmatch(NICK, shift.who) else ""
