"""The incident numbers used in a log. `TL 7:` in it refers to the log's incident 7, not to ours.

The bot of that time announced the number at the declaration: "Incident 7: …". Without such a line
the number is unknown, and the user who imports has to decide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from ircbot.incident.line import Line
from ircbot.incident.numbers import numbers_named
from ircbot.incident.state import Incident, State
from ircbot.logs.read import Run

_WITHIN = timedelta(minutes=2)  # declarations are announced at once; stamps may be of minutes
_TELLING = 5  # characters that make a summary unambiguous


class LogNumbers:
    """The numbers of one import or rehearsal: the logs' and ours."""

    def __init__(self, nick: str) -> None:
        """`nick` is the bot's, in the logs as well."""
        self.known: Mapping[int, int] = {}
        self.unknown: list[Line] = []  # lines that use an unknown number
        # "-ilbot:#moc- [DRILL] Incident 7: …", as every format writes the bot's words.
        self._told = re.compile(
            rf"^[^\w]{{0,4}}{re.escape(nick)}[^\w\s]\S*\s+(?:[^\w\s]?\w+[^\w\s]?:? )?"
            r"[Ii]ncident (\d{1,6})\b(.*)",
            re.IGNORECASE,
        )

    def learn(self, run: Run, raw: str, state: State) -> bool:
        """Learn a number from a line; returns whether it was new."""
        if "ncident " not in raw or not (match := self._told.match(raw[run.start :].lstrip())):
            return False
        number = int(match[1])
        taken = set(self.known.values())
        free = [i for i in state.incidents.values() if i.id not in taken and _is_seen(i, run)]
        meant = _declared_just_now(free, run.time)
        if number in self.known:  # in a later log, a bot may have started over
            meant = meant if meant is not None and _is_summed_up(meant, match[2]) else None
        else:
            meant = meant or _summed_up(free, match[2])
        if meant is None:
            return False
        self.known = {**self.known, number: meant.id}
        return True

    def miss(self, line: Line) -> None:
        """Remember a line that uses an unknown number."""
        if any(number not in self.known for number in numbers_named(line.text)):
            self.unknown.append(line)


def _is_seen(incident: Incident, run: Run) -> bool:
    return incident.declared_at < run.time + timedelta(seconds=run.log.resolution)


def _declared_just_now(free: list[Incident], now: datetime) -> Incident | None:
    fresh = [i for i in free if now - i.declared_at <= _WITHIN]
    return max(fresh, key=lambda i: i.declared_at, default=None)


def _summed_up(free: list[Incident], words: str) -> Incident | None:
    """The one open incident with the summary in the bot's line."""
    found = [i for i in free if i.live and _is_summed_up(i, words)]
    return found[0] if len(found) == 1 else None


def _is_summed_up(incident: Incident, words: str) -> bool:
    return len(incident.summary) >= _TELLING and incident.summary in words
