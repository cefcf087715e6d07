"""Several logs as one, by time; and which of their lines are worth hearing.

Knows what the rules look at, but decides nothing: a line that is passed over is one that could
not have changed anything.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter

from ircbot.incident.line import Line, Source
from ircbot.incident.people import fold
from ircbot.incident.prompts import had_roles
from ircbot.incident.relevance import Relevance, relevance
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident, State
from ircbot.logs.copies import once
from ircbot.logs.read import Log, Run
from ircbot.logs.rows import bare
from ircbot.logs.text import Progress


def merged(logs: Sequence[Log], progress: Progress | None = None) -> Iterator[Run]:
    """The runs of all logs in the order of their times; of one time, in the order of the logs.

    What several of them tell is in it once.
    """
    runs = [log.runs(progress) for log in logs]
    if len(runs) == 1:
        return runs[0]
    return once(heapq.merge(*runs, key=attrgetter("at")), logs)


class RelevantLines:
    """Picks the lines of logs that are worth hearing.

    `everybody`: whoever joins is greeted, so joins are worth it; else only those of people whom
    an incident waits for.
    """

    def __init__(self, setting: Setting, source: Source, *, everybody: bool) -> None:
        self._setting = setting
        self._source = source
        self._everybody = everybody
        self._known: Relevance | None = None
        # What is known of a state: most lines change nothing.
        self._found: tuple[State, tuple[Relevance, bool, bool]] | None = None
        self._resolved: tuple[Incident, ...] = ()
        self._held: frozenset[str] = frozenset()  # who led what is over: it may be re-opened
        self._left: set[tuple[object, ...]] = set()  # who quit or was renamed, of late

    def within(self, run: Run, state: Callable[[], State]) -> Iterator[tuple[int, str]]:
        """The lines of a run that are worth it, with their places in it from 0.

        `state` is asked again after each of them: hearing it may change what is.
        """
        relevant, presence, alone = self._looked(state())
        known, start, channel = run.log.format, run.start, run.channel
        for number, raw in enumerate(run.raws):
            # Nearly every line: told by all its words at once, who spoke among them. Its stamp is
            # no word: of a log with seconds each would be a new one.
            if alone and raw.isprintable() and not relevant.words.may_matter(raw[start:]):
                continue
            speech = known.speech(raw, start)
            if speech is not None:
                if not relevant.speech_matters(channel, bare(speech[0]), speech[1]):
                    continue
            elif raw.startswith(known.events, start):
                if not (presence or self._tells_of_holder(raw)):
                    continue
            elif alone and not relevant.words.may_matter(raw[start:]):
                continue
            yield number, raw
            relevant, presence, alone = self._looked(state())

    def _looked(self, state: State) -> tuple[Relevance, bool, bool]:
        """What can matter; whether who comes and goes does; whether words alone do."""
        if self._found is not None and self._found[0] is state:
            return self._found[1]
        if self._known is None or not self._known.is_for(state):
            self._known = relevance(state, self._setting)
        if state.resolved != self._resolved:
            self._resolved = state.resolved
            held = (p for i in state.resolved for p in had_roles(i))
            self._held = frozenset(fold(person.nick) for person in held)
        presence = bool(state.open) if self._everybody else self._known.roles
        looked = self._known, presence, self._known.words_alone and not presence
        self._found = state, looked
        return looked

    def _tells_of_holder(self, raw: str) -> bool:
        """Whether a line may tell that somebody who had a role in what is over came or went."""
        return bool(self._held) and any(map(fold(raw).__contains__, self._held))

    def lines(self, run: Run, raw: str) -> list[Line]:
        """What somebody said or did in one of them, but for what another log told before."""
        lines = map(self._setting.as_said, run.lines_of(raw, self._source))
        return [line for line in lines if self._new(line)]

    def _new(self, line: Line) -> bool:
        """Whether it is the first we see of it: a QUIT stands in the log of every channel."""
        if line.channel:
            return True
        seen = (line.at.replace(second=0), line.kind, fold(line.nick), line.text)
        if seen in self._left:
            return False
        if self._left and next(iter(self._left))[0] != seen[0]:
            self._left.clear()
        self._left.add(seen)
        return True
