"""The engine on networks, on one of several machines: it answers, or it stands by.

A standby hears everything and says nothing: it follows the journal, and keeps each line until it is
on record (overheard.py). When the lease has run out it takes it (tenure.py), hears the lines that
are not on record, and answers from then on. A holder that finds the lease taken stands by, and
keeps what it could not record.

The hard part is that the old holder may come back at any moment, at any point of its work. It can
record nothing, as the database fences it, and its pending replies are held back where they would be
sent (`Tenure.may_speak`). So nothing here has to be in time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from ircbot.cluster.lease import Readiness, TakenLease
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
from ircbot.unrecorded import Happening, why_in_short

log = logging.getLogger(__name__)

_KEEPS = 10  # `ttl`s for which a line that was heard is kept
_LAST_WORDS = 1.0  # seconds to send the last lines before a lease is given away


class ClusterStore(Protocol):
    """What is asked of the store besides what the engine asks."""

    tenure: Tenure | None

    def try_take(self, *, ready: bool) -> TakenLease | None:
        """Take the lease, if it is free."""

    def recorded_as(self, said: str, /) -> tuple[str, ...]:
        """The fingerprints that a line may have in this store."""


class Surroundings(Protocol):
    """Where the handler runs. All methods are called in the handler's thread."""

    def turned(self, *, answers: bool) -> None:
        """Answer from now on, or stand by."""

    def be_there(self, wanted: bool) -> None:
        """Be on the networks, or not."""

    @property
    def connected(self) -> bool:
        """Whether we are on every network."""

    @property
    def complete(self) -> bool:
        """Whether we are on every network, and in every channel that lets us in."""

    @property
    def shut_out(self) -> int:
        """How many channels that we were in now refuse us: somebody banned us."""

    @property
    def doubtful(self) -> bool:
        """Whether some network has been silent for long, though it was asked."""

    @property
    def unsent(self) -> int:
        """How many lines and bytes are still to be sent, or to arrive."""


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
        """As the engine. `nicks` are the bot's nicks while it answers, by network ("" is the main
        one)."""
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
        self._taken: TakenLease | None = None  # whose record could not be read yet
        self._to_announce: TakenLease | None = None
        self._leaves_by: float | None = None
        self._trouble = ""
        self._is_alarmed = False  # people know that we have the lease, and cannot record
        self._there: bool | None = None
        # A standby says nothing of itself.
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
        """Take the bot's own nick. People may call it by the nick of any machine."""
        super().known_as(network, "" if self._is_ours(network, nick) else nick)

    def nick_on(self, network: str) -> str:
        return super().nick_on(network) or self.setting.nick

    def _is_ours(self, network: str, nick: str) -> bool:
        """Whether a nick is the bot's or a standby's."""
        ours = self._nicks.get(network, "")
        folded = fold(nick)
        return folded == ours or folded.startswith(f"{ours}-")

    # --- what the network calls -----------------------------------------------------------

    def hear(self, lines: Sequence[Line]) -> Sequence[Reply]:
        """Take all lines of one read. Lines of the other machines' bots are ignored."""
        lines = [self._as_called(line) for line in lines if not self._is_one_of_us(line)]
        if not lines:
            return ()
        if self.answers:
            lines, recorded = self._overheard.not_on_record(lines, self._clock())
            self._remember(recorded)
            return self._if_still(super().hear(lines)) if lines else ()
        self.heard += len(lines)
        lines = self._as_said(lines)
        self._remember(lines)
        self._overheard.hear((x for x in lines if x.channel or _is_no_speech(x)), self._clock())
        return ()

    def _is_one_of_us(self, line: Line) -> bool:
        return self._is_ours(line.network, line.nick)

    def _as_called(self, line: Line) -> Line:
        """A line that addresses a standby's nick, readdressed to the bot; the same on every
        machine."""
        called, colon, rest = line.text.partition(":" if ":" in line.text else ",")
        ours = self._nicks.get(line.network, "")
        if colon and "-" in called and fold(called).startswith(f"{ours}-") and " " not in called:
            return line._replace(text=f"{called[: len(ours)]}{colon}{rest}")
        return line

    def tick(self, now: datetime) -> Sequence[Reply]:
        """Do what time alone causes; on a standby, see whether to take over."""
        self._look_around()
        if not self.answers:
            return self._stand_by(now)
        self._overheard.forget(self._clock())
        if self._is_to_leave():
            self._leave()
            return ()
        return self._if_still((*self._announced(now), *super().tick(now)))

    def _if_still(self, replies: Sequence[Reply]) -> Sequence[Reply]:
        """The replies, if we still answer."""
        return replies if self.answers else ()

    def _look_around(self) -> None:
        around, now = self._around, self._clock()
        hears = around.complete or self._readiness.since is not None
        hears = hears and around.connected and not around.shut_out
        self._readiness = self._readiness.seen(hears, now)
        there = self._machine.standby == "always" or self.answers
        there = there or (self._machine.standby == "incident" and bool(self.state.open))
        if there != self._there:
            self._there = there
            around.be_there(there)

    # --- standing by ----------------------------------------------------------------------

    def _stand_by(self, now: datetime) -> Sequence[Reply]:
        """Follow the journal; take the lease if it is free, then hear the lines that are not on
        record."""
        self.now = now
        self.memory.forget(now)
        self._refuse()
        # A standby that cannot follow must read the record before it can answer.
        ready = self._readiness.is_ready(self._clock()) and not self._trouble
        try:
            if self._taken is None:
                self._taken = self._store.try_take(ready=ready)
            self._follow()
            if self._taken is None:
                self._overheard.forget(self._clock())
                self.tenure.stand_by(ready=ready and not self._around.doubtful)
        except StoreError as error:
            return self._cannot_follow(error, now)
        self._trouble = ""
        if self._taken is None:
            self._put_away()
            return ()
        return self._take_over(self._taken, now)

    def _cannot_follow(self, error: StoreError, now: datetime) -> Sequence[Reply]:
        """Log that we cannot follow the journal. If we have just taken the lease, give it to a
        machine that is ready, or else tell people: their lines are kept, and recorded once this
        machine knows what is on record."""
        is_news = str(error) != self._trouble
        self._trouble = str(error)
        if is_news:
            log.warning("Standing by, and cannot follow: %s", error)
        if self._taken is None or not self._around.complete:
            return ()
        if self._others_are_ready():
            self._taken = None
            self._give_away()
            return ()
        if self._is_alarmed:
            return ()
        self._is_alarmed = True
        return self._alarm("cannot-record", len(self._overheard), why=why_in_short(error))

    def _others_are_ready(self) -> bool:
        try:
            standbys = self.tenure.standing().standbys
        except StoreError:
            return False
        return any(one.ready and one.machine != self._machine.name for one in standbys)

    def _refuse(self) -> None:
        """Refuse alerts: their sender tries again at the machine that answers."""
        while not self._received.empty():
            self._received.get()[1].set_result(False)

    def _follow(self) -> None:
        self._take_up(self._journal.poll())

    def _take_up(self, entries: Sequence[Entry]) -> None:
        """Take others' entries into the state, and drop the lines they were made of. This also
        serves a former holder that has not yet learnt that it lost the lease."""
        if entries:
            self._overheard.on_record(entries, self._clock())
        super()._take_up(entries)

    def _take_over(self, taken: TakenLease, now: datetime) -> Sequence[Reply]:
        lines = self._overheard.take()
        log.warning(
            "This machine answers now (epoch %d), after %s; %d lines are not on record.",
            taken.epoch,
            taken.machine or "nobody",
            len(lines),
        )
        self._taken = None
        self._is_alarmed = False
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
        """Say who takes over from whom, once people can read it."""
        taken = self._to_announce
        if taken is None or not self._around.complete:
            return ()
        self._to_announce = None
        return tuple(self._announcement(taken, now))

    def _announcement(self, taken: TakenLease, now: datetime) -> Iterator[Reply]:
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
        """Whether to give the lease to another machine that is ready: we were asked to, or are cut
        off. Lines that are still to be sent get a moment."""
        told = self.tenure.told
        if not told.is_backed or self._unrecorded.state is not None:
            self._leaves_by = None
            return False
        cut_off = not self._around.connected or self._around.doubtful
        if not (told.leave or self._around.shut_out or cut_off):
            self._leaves_by = None
            return False
        now = self._clock()
        if self._leaves_by is None:
            self._leaves_by = now + _LAST_WORDS
        return cut_off or not self._around.unsent or now >= self._leaves_by

    def _give_away(self) -> None:
        try:
            self.tenure.give_away()
        except StoreError as error:  # then it runs out
            log.warning("%s", error)

    def _leave(self) -> None:
        self._give_away()
        log.warning("This machine stands by now.")
        self._stand_down(())

    def _give_way(self, happenings: Sequence[Happening], error: Superseded) -> Sequence[Reply]:
        """Another machine answers. Stand by, and keep what it may not have heard."""
        log.warning("This machine stands by now: %s", error)
        self.tenure.lose()
        self._stand_down(happenings)
        return ()

    def _stand_down(self, happenings: Iterable[Happening]) -> None:
        self.answers = False
        waiting = [*self._unrecorded.waiting, *happenings]
        self._overheard.hear((x for x in waiting if isinstance(x, Line)), self._clock())
        self._unrecorded.end()
        self._tried = None  # if it is on record, it comes back as others' entries
        self._receipts = ReceiptBatch()
        self._to_announce = self._leaves_by = None
        self._around.turned(answers=False)
        self._look_around()

    def record(self, entries: Sequence[Entry]) -> None:
        """Record entries that no line caused, while we answer."""
        if self.answers:
            super().record(entries)


def _is_no_speech(line: Line) -> bool:
    """Whether a line is not speech. (Private speech reaches one machine's bot only.)"""
    return line.kind not in (LineKind.MESSAGE, LineKind.ACTION)
