"""The channels' short memory, for logs: raw lines that become Lines only on demand.

Nearly every line of a log is forgotten before anybody asks for it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ircbot.incident.line import Line, Source
from ircbot.incident.memory import Memory, is_kept
from ircbot.incident.people import same_name
from ircbot.incident.setting import Setting
from ircbot.logs.read import Run

# Not all of the raw lines kept are speech.
_SPARE = 5


@dataclass(slots=True)
class _Waiting:
    """Lines `done` to `upto` of a run are still to be remembered."""

    run: Run
    upto: int
    done: int = 0
    _said: Sequence[str] = ()
    _seen: int = 0  # up to where those are in `_said` that were said

    @property
    def said(self) -> Sequence[str]:
        """Those of them that are not of people coming and going."""
        begin, self._seen = self._seen, self.upto
        if begin < self.upto:
            self._said = [*self._said, *filter(self.is_said, self.run.raws[begin : self.upto])]
        return self._said

    def is_said(self, raw: str) -> bool:
        """Whether one of them is not of people coming and going."""
        return not raw.startswith(self.run.log.format.events, self.run.start)

    def remembered(self) -> None:
        """They are, and nobody needs them any more."""
        self.done = self._seen = self.upto
        self._said = ()


class Recall(Memory):
    """A memory that is fed with runs; `keep` does nothing, because its lines are in a run."""

    def __init__(self, setting: Setting, source: Source) -> None:
        """`setting` tells the bot's own nick, whose lines are not kept."""
        super().__init__(setting.memory_lines, setting.memory_age)
        self._setting = setting
        self._most = setting.memory_lines * _SPARE
        self._source = source
        self._waiting: dict[str, deque[_Waiting]] = {}
        self._now: datetime | None = None

    def pass_by(self, run: Run, upto: int) -> None:
        """Note that the first `upto` lines of a run have been said."""
        waiting = self._waiting.get(run.channel)
        if waiting is None:
            waiting = self._waiting[run.channel] = deque()
        if waiting and waiting[-1].run is run:
            waiting[-1].upto = upto
        else:
            waiting.append(_Waiting(run, upto))
            if len(waiting) <= 2 * self._most:  # checked rarely, not for each of many runs
                return
            held = sum(one.upto for one in waiting)
            while held > self._most and len(waiting) > 1:
                held -= waiting.popleft().upto

    def keep(self, *lines: Line) -> None:
        """Does nothing: the lines are in a run."""

    def said(
        self,
        channel: str,
        network: str = "",
        *,
        since: datetime | None = None,
        nick: str = "",
        last: int = 0,
        before: Line | None = None,
    ) -> tuple[Line, ...]:
        """As in Memory; there are no later lines here."""
        if nick:
            return self._said_by(nick, channel, network, since, last)
        self._remember()
        return super().said(channel, network, since=since, last=last)

    def _said_by(
        self, nick: str, channel: str, network: str, since: datetime | None, last: int
    ) -> tuple[Line, ...]:
        """What somebody said. Of the waiting lines, only theirs become Lines."""
        found: list[Line] = []
        left = self._setting.memory_lines
        for one in self._backwards(channel, network) if left else ():
            said = one.said[-left:]
            left -= len(said)
            # So is a nick written in a log that has any line of its owner's.
            for raw in reversed([raw for raw in said if nick in raw]):
                said_by = self._kept(one.run, raw)
                found += (line for line in said_by if is_kept(line) and line.nick == nick)
            if left == 0 or (last and len(found) >= last):
                left = 0
                break
        found.reverse()
        before = super().said(channel, network, nick=nick)[-left:] if left else ()
        lines = [line for line in (*before, *found) if since is None or line.at >= since]
        return tuple(lines[-last:])

    def _backwards(self, channel: str, network: str) -> Iterator[_Waiting]:
        name = self.fold(channel, network)
        for where, waiting in self._waiting.items():
            if self.fold(where, network) == name:
                yield from reversed(waiting)

    def drop_channel(self, channel: str, network: str = "") -> None:
        """Forget a channel."""
        self._remember()
        super().drop_channel(channel, network)

    def drop_if(self, unwanted: Callable[[Line], bool]) -> None:
        """Forget lines, in whatever channel."""
        self._remember()
        super().drop_if(unwanted)

    def forget(self, now: datetime) -> None:
        """Does nothing: old lines are dropped with the next question."""
        self._now = now

    def _remember(self) -> None:
        for waiting in self._waiting.values():
            # Of what was said, the rest would be forgotten at once.
            spare = sum(len(one.said) for one in waiting) - self._setting.memory_lines
            for one in waiting:
                for raw in one.run.raws[one.done : one.upto]:
                    if spare > 0 and one.is_said(raw):
                        spare -= 1
                    else:
                        super().keep(*self._kept(one.run, raw))
                one.remembered()
            while len(waiting) > 1:
                waiting.popleft()
        if self._now is not None:
            super().forget(self._now)

    def _kept(self, run: Run, raw: str) -> Iterator[Line]:
        for line in run.lines_of(raw, self._source):
            if not same_name(line.nick, self._setting.nick):
                yield self._setting.as_said(line)
