"""The engine on networks, on one of several machines: it answers, or it stands by.

Whoever stands by hears everything and says nothing: it follows the journal, and keeps what it
hears until that is on record (overheard.py). It takes the lease (tenure.py) when that has run out;
then what is not on record is heard, and the machine is the one who answers. Whoever finds that
another one has the lease stands by from then on, with all that it could not record.

The hard part is that the old holder may come back at any moment, and be anywhere in its work. It
can record nothing (the database fences it), and what it still has to say is held back where it
would be sent (`Tenure.may_speak`), so that nothing here has to be in time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from ircbot.cluster.lease import Readiness, Taken
from ircbot.cluster.overheard import Overheard
from ircbot.cluster.tenure import Machine, Tenure, steady
from ircbot.errors import StoreError, Superseded
from ircbot.handler import BotHandler
from ircbot.incident.events import Entry
from ircbot.incident.line import Line, LineKind, Reply, ReplyKind
from ircbot.incident.people import fold
from ircbot.incident.texts import own_text
from ircbot.incident.times import told
from ircbot.incident.words import say
from ircbot.limits import ReceiptBatch
from ircbot.unrecorded import Happening

log = logging.getLogger(__name__)

_KEEPS = 10  # ttl, of what is heard
_LAST_WORDS = 1.0  # seconds for what is still to be sent, before a lease is given away


class ClusterStore(Protocol):
    """What is asked of the store beside what the engine asks."""

    tenure: Tenure | None

    def try_take(self, *, ready: bool) -> Taken | None:
        """Be the one who answers, if nobody is."""

    def recorded_as(self, said: str, /) -> tuple[str, ...]:
        """What the fingerprint of a line may be in here."""


class Surroundings(Protocol):
    """Where the handler is put. All of it is called in the handler's thread."""

    def turned(self, *, answers: bool) -> None:
        """From now on we answer, or stand by."""

    def be_there(self, wanted: bool) -> None:
        """Be on the networks, or not."""

    @property
    def connected(self) -> bool:
        """Whether we are on every network."""

    @property
    def complete(self) -> bool:
        """Whether we are, beside that, in every channel that lets us in."""

    @property
    def unsent(self) -> int:
        """How much is still to be sent."""


class ClusterHandler(BotHandler):
    """The engine on networks, on one of several machines."""

    def __init__(
        self,
        *args: Any,
        store: ClusterStore,
        machine: Machine,
        around: Surroundings,
        nicks: Mapping[str, str],
        clock: Callable[[], float] = steady,
        **named: Any,
    ) -> None:
        """As the engine. `nicks` are what the bot is called on each network, "" being the main one,
        when it answers."""
        super().__init__(*args, **named)
        assert store.tenure is not None
        self.answers = False
        self.tenure = store.tenure
        self._store = store
        self._machine = machine
        self._around = around
        self._nicks = {network: fold(nick) for network, nick in nicks.items()}
        self._clock = clock
        self._readiness = Readiness(machine.ttl)
        self._overheard = Overheard(machine.ttl * _KEEPS, machine.ttl, store.recorded_as)
        self._taken: Taken | None = None  # but what is on record could not be read since
        self._to_announce: Taken | None = None
        self._leaves_by: float | None = None
        self._trouble = ""
        self._there: bool | None = None
        # Whoever stands by has nothing to say of itself.
        notices = self._notices
        self.absent = self._if_answering(notices.absent)
        self.delivered = self._if_answering(notices.delivered)
        self.trouble = self._if_answering(notices.trouble)
        self.for_operators = self._if_answering(notices.for_operators)
        self.topics = self._wanted_topics
        self.topic = self._topic_told

    def _if_answering(self, call: Callable[..., Sequence[Reply]]) -> Callable[..., Sequence[Reply]]:
        return lambda *args, **named: call(*args, **named) if self.answers else ()

    def _wanted_topics(self) -> Mapping[tuple[str, str], str]:
        return self._topics.wanted() if self.answers else {}

    def _topic_told(self, network: str, channel: str, topic: str) -> None:
        if self.answers:
            self._topics.told(network, channel, topic)
        else:
            self._topics.seen(network, channel, topic)

    def known_as(self, network: str, nick: str) -> None:
        """The bot's own nick. By whichever of the machines' people call it, it is meant."""
        super().known_as(network, "" if self._is_ours(network, nick) else nick)

    def nick_on(self, network: str) -> str:
        return super().nick_on(network) or self.setting.nick

    def _is_ours(self, network: str, nick: str) -> bool:
        """Whether a nick is the bot's, or a machine's that stands by."""
        ours = self._nicks.get(network, "")
        folded = fold(nick)
        return folded == ours or folded.startswith(f"{ours}-")

    # --- what the network calls -----------------------------------------------------------

    def hear(self, lines: Sequence[Line]) -> Sequence[Reply]:
        """Take all lines of one read; what the other machines' bots say or do is nothing."""
        lines = [self._as_called(line) for line in lines if not self._is_one_of_us(line)]
        if not lines:
            return ()
        if self.answers:
            return self._if_still(super().hear(lines))
        self.heard += len(lines)
        lines = self._as_said(lines)
        self._remember(lines)
        self._overheard.hear((x for x in lines if x.channel or _is_no_speech(x)), self._clock())
        return ()

    def _is_one_of_us(self, line: Line) -> bool:
        return self._is_ours(line.network, line.nick)

    def _as_called(self, line: Line) -> Line:
        """A line to the bot, by the name that it has while it answers; on every machine alike."""
        called, colon, rest = line.text.partition(":" if ":" in line.text else ",")
        ours = self._nicks.get(line.network, "")
        if colon and "-" in called and fold(called).startswith(f"{ours}-") and " " not in called:
            return line._replace(text=f"{called[: len(ours)]}{colon}{rest}")
        return line

    def tick(self, now: datetime) -> Sequence[Reply]:
        """Do what time alone causes, or see whether it is our turn."""
        self._look_around()
        if not self.answers:
            return self._stand_by(now)
        if self._is_to_leave():
            self._leave()
            return ()
        return self._if_still((*self._announced(now), *super().tick(now)))

    def _if_still(self, replies: Sequence[Reply]) -> Sequence[Reply]:
        """Replies, if we are still the one who answers."""
        return replies if self.answers else ()

    def _look_around(self) -> None:
        around, now = self._around, self._clock()
        hears = around.connected and (around.complete or self._readiness.since is not None)
        self._readiness = self._readiness.seen(hears, now)
        there = self._machine.standby == "always" or self.answers
        there = there or (self._machine.standby == "incident" and bool(self.state.open))
        if there != self._there:
            self._there = there
            around.be_there(there)

    # --- standing by ----------------------------------------------------------------------

    def _stand_by(self, now: datetime) -> Sequence[Reply]:
        """Follow the journal; take the lease if it is to be had, and then what was not heard."""
        self.now = now
        self.memory.forget(now)
        self._refuse()
        ready = self._readiness.is_ready(self._clock())
        try:
            if self._taken is None:
                self._taken = self._store.try_take(ready=ready)
            self._follow()
            if self._taken is None:
                self.tenure.stand_by(ready=ready)
                self._overheard.forget(self._clock())
        except StoreError as error:
            if str(error) != self._trouble:
                self._trouble = str(error)
                log.warning("Standing by, and cannot follow: %s", error)
            return ()
        self._trouble = ""
        if self._taken is None:
            self._put_away()
            return ()
        return self._take_over(self._taken, now)

    def _refuse(self) -> None:
        """Whoever sends alerts tries again, where somebody answers."""
        while not self._received.empty():
            self._received.get()[1].set_result(False)

    def _follow(self) -> None:
        self._take_up(self._journal.poll())

    def _take_up(self, entries: Sequence[Entry]) -> None:
        """What others wrote is part of the state, and was heard; also for whoever answered until
        now, and has not learnt yet that it does not any more."""
        if entries:
            self._overheard.on_record(entries, self._clock())
        super()._take_up(entries)

    def _take_over(self, taken: Taken, now: datetime) -> Sequence[Reply]:
        lines = self._overheard.take()
        log.warning(
            "This machine answers now (epoch %d), after %s; %d lines are not on record.",
            taken.epoch,
            taken.machine or "nobody",
            len(lines),
        )
        self._taken = None
        self._leaves_by = None
        self.answers = True
        self._begin_from_record()
        self._around.turned(answers=True)
        self._to_announce = None if taken.planned else taken
        self._look_around()
        try:
            self.tenure.stand_by_no_more()
        except StoreError as error:
            log.warning("%s", error)
        told = self._announced(now)
        late = self._followed(self._take_late(lines, now)) if lines else ()
        return self._if_still((*told, *late, *super().tick(now)))

    def _announced(self, now: datetime) -> Sequence[Reply]:
        """Who takes over from whom, once people can read it."""
        taken = self._to_announce
        if taken is None or not self._around.complete:
            return ()
        self._to_announce = None
        return tuple(self._announcement(taken, now))

    def _announcement(self, taken: Taken, now: datetime) -> Iterator[Reply]:
        seen = (taken.seen or now).astimezone(UTC).replace(microsecond=0)
        process = self.setting.process
        since = own_text(process, told(seen, now, self.setting.zone))
        text = say(
            process, "takes-over", nick=self.setting.nick, machine=taken.machine, since=since
        )
        for incident in self.present.open:
            last = max((note.n for note in incident.notes), default=0)
            known = f" {say(process, 'taken-over-from', n=last)}" if last else ""
            yield Reply(incident.channel, text + known, ReplyKind.ALARM, incident.network)
        if not self.present.open:
            for channel in self.setting.notified(""):
                yield Reply(channel, text, ReplyKind.ALARM)

    # --- ending -----------------------------------------------------------------------------

    def _is_to_leave(self) -> bool:
        """Whether another machine is to answer: one that is there, as we were asked to leave or are
        cut off. What is still to be sent has a moment."""
        told = self.tenure.told
        if not told.is_backed or self._unrecorded.state is not None:
            self._leaves_by = None
            return False
        if not (told.leave or not self._around.connected):
            self._leaves_by = None
            return False
        now = self._clock()
        if self._leaves_by is None:
            self._leaves_by = now + _LAST_WORDS
        return not self._around.connected or not self._around.unsent or now >= self._leaves_by

    def _leave(self) -> None:
        try:
            self.tenure.give_away()
        except StoreError as error:  # then it runs out
            log.warning("%s", error)
        log.warning("This machine stands by now.")
        self._stand_down(())

    def _give_way(self, happenings: Sequence[Happening], error: Superseded) -> Sequence[Reply]:
        """Another machine answers. What we heard and it may not have is kept as it is by whoever
        stands by."""
        log.warning("This machine stands by now: %s", error)
        self.tenure.lose()
        self._stand_down(happenings)
        return ()

    def _stand_down(self, happenings: Iterable[Happening]) -> None:
        self.answers = False
        waiting = [*self._unrecorded.waiting, *happenings]
        self._overheard.hear((x for x in waiting if isinstance(x, Line)), self._clock())
        self._unrecorded.end()
        self._tried = None  # what may be on record is news, if it is
        self._receipts = ReceiptBatch()
        self._to_announce = self._leaves_by = None
        self._around.turned(answers=False)
        self._look_around()

    def record(self, entries: Sequence[Entry]) -> None:
        """Record what nobody said, if that is ours to do."""
        if self.answers:
            super().record(entries)


def _is_no_speech(line: Line) -> bool:
    """Whether it is not said in private: that was to one machine's bot alone."""
    return line.kind not in (LineKind.MESSAGE, LineKind.ACTION)
