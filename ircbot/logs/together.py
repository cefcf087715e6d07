"""Several logs merged by time; and which of their lines are worth hearing.

Knows what the rules look at, but decides nothing: a line that is skipped could not have changed
anything.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter, is_

from ircbot.incident.line import Line, Source
from ircbot.incident.people import Person, fold
from ircbot.incident.prompts import had_roles
from ircbot.incident.relevance import Relevance, relevance
from ircbot.incident.setting import Setting
from ircbot.incident.state import State
from ircbot.logs.copies import once
from ircbot.logs.read import Log, Run
from ircbot.logs.rows import Speech, bare
from ircbot.logs.text import ReadProgress


def merged(logs: Sequence[Log], progress: ReadProgress | None = None) -> Iterator[Run]:
    """The runs of all logs in order of time; at equal times, in the order of the logs.

    A line that is in several logs is in the result once.
    """
    runs = [log.runs(progress) for log in logs]
    if len(runs) == 1:
        return runs[0]
    return once(heapq.merge(*runs, key=attrgetter("at")), logs)


def _hides(raw: str, speech: Speech | None) -> bool:
    """Whether formatting in a message may hide where a word begins."""
    return speech is not None and not raw.replace("\t", " ").isprintable()


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
        self._holders: frozenset[str] = frozenset()  # nicks whose joins and leaves matter
        self._left: set[tuple[object, ...]] = set()  # who quit or changed nick recently

    def within(self, run: Run, state: Callable[[], State]) -> Iterator[tuple[int, str]]:
        """The lines of a run that are worth hearing, each with its index.

        `state` is called again after each, as hearing a line may change it.
        """
        known, start, channel = run.log.format, run.start, run.channel
        done = 0  # lines that have been looked at
        while done < len(run.raws):
            now = self._looked(state(), run)
            relevant, presence, alone = now
            rest = run.raws[done:] if done else run.raws
            # Nearly every line is passed over by this, for all its words, the speaker's nick among
            # them. The stamp is excluded: with seconds, each would be a new word.
            for place in relevant.words.telling(rest, start) if alone else range(len(rest)):
                raw = rest[place]
                speech = known.speech(raw, start)
                if speech is None and raw.startswith(known.events, start):
                    if not (presence or any(map(fold(raw).__contains__, self._holders))):
                        continue
                elif alone and not (relevant.words.may_matter(raw[start:]) or _hides(raw, speech)):
                    continue
                elif speech is None:
                    pass
                elif not relevant.speech_matters(channel, bare(speech[0]), speech[1]):
                    continue
                yield done + place, raw
                # What follows is looked at again only if something else matters now: many lines in
                # succession may be relevant.
                if not all(map(is_, self._looked(state(), run), now)):
                    done += place + 1
                    break
            else:
                return

    def _looked(self, state: State, run: Run) -> tuple[Relevance, bool, bool]:
        """What may matter in a state; whether joins and parts do; whether words alone do."""
        if self._after < run.at <= self._until and self._found and self._found[0] is state:
            return self._found[1]
        if self._known is None or not self._known.is_for(state, run.time):
            self._known = relevance(state, self._setting, run.time)
            self._after = self._known.after.timestamp()
            self._until = self._known.until.timestamp()
        people = [person for incident in state.open for person in incident.people()]
        presence = bool(people) and self._may_be_known_otherwise(state, people)
        if self._everybody:
            presence = bool(state.open)
        people += (person for incident in state.resolved for person in had_roles(incident))
        self._holders = frozenset(fold(person.nick) for person in people)
        looked = self._known, presence, self._known.words_alone and not presence
        self._found = state, looked
        return looked

    def _may_be_known_otherwise(self, state: State, people: Sequence[Person]) -> bool:
        """Whether people with a role may be known by something else than their nick."""
        return (
            bool(self._setting.relays or self._setting.people)
            or any(incident.accounts or incident.confirmed for incident in state.open)
            or any(person.account for person in people)
        )

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
