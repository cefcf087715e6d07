"""Play a log to the bot: what it would have said and recorded, on the log's own clock.

Writes and sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ircbot.handler import BotHandler
from ircbot.incident.events import Entry
from ircbot.incident.line import Line, Source
from ircbot.incident.setting import Setting
from ircbot.incident.state import State
from ircbot.logs.numbers import LogNumbers
from ircbot.logs.playback import MemoryJournal, Playback, TimedReply
from ircbot.logs.read import Run
from ircbot.logs.recall import Recall
from ircbot.logs.together import RelevantLines


class Rehearsal:
    """A bot that hears a log. After playing, `state` has what it recorded."""

    def __init__(self, setting: Setting) -> None:
        self._recall = Recall(setting, Source.LIVE)
        self._journal = MemoryJournal()
        self._engine = BotHandler(setting, self._journal, State(), memory=self._recall)
        self._playback = Playback(self._engine)
        self._numbers = LogNumbers(setting.nick)
        self._number()
        self._relevant = RelevantLines(setting, Source.LIVE, everybody=setting.greet)

    @property
    def state(self) -> State:
        """The state after everything recorded so far."""
        return self._engine.state

    @property
    def recorded(self) -> tuple[Entry, ...]:
        """What the bot has recorded."""
        return tuple(self._journal.written)

    def _number(self) -> None:
        self._engine.setting = replace(self._engine.setting, log_numbers=self._numbers.known)

    @property
    def unknown(self) -> tuple[Line, ...]:
        """The lines that use an incident number which the logs do not explain."""
        return tuple(self._numbers.unknown)

    def play(self, runs: Iterable[Run], *, whole: bool = True) -> Iterator[Line | TimedReply]:
        """What people and the bot say, in order; unless `whole`, only lines that are worth
        hearing."""
        for run in runs:
            yield from self._playback.until(run.time)
            done = 0
            for number, raw in self._relevant.within(run, lambda: self._engine.present):
                if whole:
                    yield from _talk(run, done, number)
                done = number + 1
                if self._numbers.learn(run, raw, self._engine.present):
                    self._number()
                for line in self._relevant.lines(run, raw):
                    self._recall.pass_by(run, number)
                    self._numbers.miss(line)
                    yield line
                    yield from self._playback.hear([line])
            if whole:
                yield from _talk(run, done, len(run.raws))
            self._recall.pass_by(run, len(run.raws))
        yield from self._playback.end()


def _talk(run: Run, begin: int, end: int) -> Iterator[Line]:
    """What people said in some lines of a run."""
    for raw in run.raws[begin:end]:
        yield from run.lines_of(raw, Source.LIVE)
