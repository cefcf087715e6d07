"""Several logs as one, by time; and which of their lines are worth hearing.

Knows what the rules look at, but decides nothing: a line that is passed over is one that could
not have changed anything.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

from ircbot.incident.attention import awaited
from ircbot.incident.line import Line, Source
from ircbot.incident.people import Person, fold, same_name
from ircbot.incident.process import Process
from ircbot.incident.recognise import might_mean
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident, State
from ircbot.logs.copies import once
from ircbot.logs.read import Log, Run
from ircbot.logs.rows import bare
from ircbot.logs.text import Progress
from ircbot.sieve import Sieve, sieve_for


def merged(
    logs: Sequence[Log], progress: Progress | None = None, sieve: Sieve | None = None
) -> Iterator[Run]:
    """The runs of all logs in the order of their times; of one time, in the order of the logs.

    What several of them tell is in it once.
    """
    runs = [log.runs(progress, sieve) for log in logs]
    if len(runs) == 1:
        return runs[0]
    return once(heapq.merge(*runs, key=attrgetter("at")), logs)


def sieve_of(logs: Sequence[Log], setting: Setting) -> Sieve | None:
    """The sieve for what people say in these logs."""
    before = {char for log in logs for char in log.format.before_words}
    return sieve_for(setting, f"[{re.escape(''.join(sorted(before)))}]") if before else None


class Ear:
    """Picks the lines worth hearing.

    `everybody`: whoever joins is greeted, so joins are worth it; else only those of people whom
    an incident waits for.
    """

    def __init__(self, setting: Setting, source: Source, *, everybody: bool) -> None:
        self._setting = setting
        self._source = source
        self._everybody = everybody
        self._state: State | None = None
        self._interests: dict[str, _Interest] = {}
        self._left: set[tuple[object, ...]] = set()  # who quit or was renamed, of late

    def passes_by(self, run: Run, state: State) -> bool:
        """Whether nothing of a run is worth hearing, with the state as it is.

        That is known at little cost for a marked run, while nobody in particular is waited for.
        """
        if run.marked is None or not run.marked.isdisjoint(run.raws):
            return False
        return not self._interest(run.channel, state).anybody

    def _interest(self, channel: str, state: State) -> _Interest:
        if state is not self._state:
            self._state = state
            self._interests.clear()
        interest = self._interests.get(channel)
        if interest is None:
            interest = _Interest.on(state, channel, self._setting, self._everybody)
            self._interests[channel] = interest
        return interest

    def lines(self, run: Run, raw: str, state: State) -> Sequence[Line]:
        """What is worth hearing of one line of a run, with the state as it is."""
        interest = self._interest(run.channel, state)
        known = run.log.format
        if run.marked is not None and raw not in run.marked and not interest.anybody:
            return ()
        speech = known.speech(raw, run.start)
        if speech is not None:
            nick, text = speech
            if not (
                interest.everything
                or interest.might_mean(text)
                or (interest.nicks and fold(bare(nick)) in interest.nicks)
            ):
                return ()
        elif raw.startswith(known.events, run.start):
            if not interest.presence:
                return ()
            return [line for line in run.lines_of(raw, self._source) if self._new(line)]
        elif not (
            interest.everything
            or interest.nicks
            or interest.might_mean(raw[run.start :], action=True)
        ):
            return ()
        return tuple(run.lines_of(raw, self._source))

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


class _Interest:
    """What can matter in a channel while the state is as it is."""

    def __init__(
        self,
        setting: Setting,
        processes: Iterable[Process],
        nicks: frozenset[str],
        *,
        everything: bool,
        presence: bool,
    ) -> None:
        self._setting = setting
        self._processes = tuple(processes)
        self.nicks = nicks  # folded: whatever they say matters
        self.everything = everything
        self.presence = presence

    @classmethod
    def on(cls, state: State, channel: str, setting: Setting, everybody: bool) -> _Interest:
        """The interest in a channel."""
        here = [i for i in state.open if same_name(i.channel, channel)]
        processes = {setting.process_in(channel).name: setting.process_in(channel)}
        processes |= {i.process: setting.process_named(i.process) for i in here}
        return cls(
            setting,
            processes.values(),
            frozenset(fold(person.nick) for i in here for person in _awaited(i)),
            # Some prompts wait for a word that means nothing by itself.
            everything=any(p.when == "said" for one in processes.values() for p in one.prompts)
            and bool(here),
            presence=bool(state.open) if everybody else any(_has_roles(i) for i in state.open),
        )

    @property
    def anybody(self) -> bool:
        """Whether lines can matter for who says or does them, whatever their words."""
        return bool(self.everything or self.nicks or self.presence)

    def might_mean(self, text: str, *, action: bool = False) -> bool:
        """Whether words could mean something here."""
        setting = self._setting
        return any(
            might_mean(text, process, nick=setting.nick, prefix=setting.prefix, action=action)
            for process in self._processes
        )


def _awaited(incident: Incident) -> Iterator[Person]:
    """Those of whom any word matters: who leads, who is offered a role, and who declared without
    saying what is wrong or was asked about it."""
    yield from incident.holders("lead")
    yield from (offer.to for offer in incident.offers.values())
    yield from awaited(incident)
    if not incident.summary or incident.withdrawal is not None:
        yield incident.declared_by


def _has_roles(incident: Incident) -> bool:
    return any(term.until is None for term in incident.terms) or bool(incident.offers)
