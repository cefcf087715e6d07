"""Several logs merged by time; and which of their lines are worth hearing.

Knows what the rules look at, but decides nothing: a line that is skipped could not have changed
anything.
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
from ircbot.logs.text import ReadProgress


def merged(logs: Sequence[Log], progress: ReadProgress | None = None) -> Iterator[Run]:
    """The runs of all logs in order of time; at equal times, in the order of the logs.

    A line that is in several logs is in the result once.
    """
    runs = [log.runs(progress) for log in logs]
    if len(runs) == 1:
        return runs[0]
    return once(heapq.merge(*runs, key=attrgetter("at")), logs)


class RelevantLines:
    """Selects the lines that are worth hearing.

    `everybody`: everybody who joins is greeted, so all joins are worth hearing; otherwise only
    those of people whom an incident waits for.
    """

    def __init__(self, setting: Setting, source: Source, *, everybody: bool) -> None:
        self._setting = setting
        self._source = source
        self._everybody = everybody
        self._known: Relevance | None = None
        # Cached for a state and its times in seconds, as most lines do not change it.
        self._found: tuple[State, tuple[Relevance, bool, bool]] | None = None
        self._after, self._until = 0.0, 0.0
        self._resolved: tuple[Incident, ...] = ()
        self._held: frozenset[str] = frozenset()  # leaders of incidents that may be reopened
        self._left: set[tuple[object, ...]] = set()  # who quit or changed nick recently

    def within(self, run: Run, state: Callable[[], State]) -> Iterator[tuple[int, str]]:
        """The lines of a run that are worth hearing, each with its index.

        `state` is called again after each, as hearing a line may change it.
        """
        relevant, presence, alone = self._looked(state(), run)
        known, start, channel = run.log.format, run.start, run.channel
        for number, raw in enumerate(run.raws):
            # Nearly every line: decided by all its words at once, including the speaker's nick. The
            # stamp is excluded: with seconds, each would be a new word.
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
            relevant, presence, alone = self._looked(state(), run)

    def _looked(self, state: State, run: Run) -> tuple[Relevance, bool, bool]:
        """What may matter in a state; whether joins and parts do; whether words alone do."""
        if self._after < run.at <= self._until and self._found and self._found[0] is state:
            return self._found[1]
        if self._known is None or not self._known.is_for(state, run.time):
            self._known = relevance(state, self._setting, run.time)
            self._after = self._known.after.timestamp()
            self._until = self._known.until.timestamp()
        if state.resolved != self._resolved:
            self._resolved = state.resolved
            held = (p for i in state.resolved for p in had_roles(i))
            self._held = frozenset(fold(person.nick) for person in held)
        presence = bool(state.open) if self._everybody else self._known.roles
        looked = self._known, presence, self._known.words_alone and not presence
        self._found = state, looked
        return looked

    def _tells_of_holder(self, raw: str) -> bool:
        """Whether a line may say that somebody with a role in a finished incident joined or
        left."""
        return bool(self._held) and any(map(fold(raw).__contains__, self._held))

    def lines(self, run: Run, raw: str) -> list[Line]:
        """What people said or did in one line, unless another log had it already."""
        lines = map(self._setting.as_said, run.lines_of(raw, self._source))
        return [line for line in lines if self._new(line)]

    def _new(self, line: Line) -> bool:
        """Whether it is new: a QUIT is in the log of every channel."""
        if line.channel:
            return True
        seen = (line.at.replace(second=0), line.kind, fold(line.nick), line.text)
        if seen in self._left:
            return False
        if self._left and next(iter(self._left))[0] != seen[0]:
            self._left.clear()
        self._left.add(seen)
        return True
