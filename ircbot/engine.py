"""The process with a memory: hear, record, move, then answer.

Knows neither the network nor the rules; handler.py puts it on networks.

The hard part is the order of three steps, each of which may fail: the decision goes to disk, the
state moves, the answer goes out. **Record, then move, then speak**: an acknowledgement promises
that the entry is on disk, so nothing is said before it is.

- All lines of one read are decided on together and recorded by one append, all or none.
- Nothing is decided on a stale state. If another process has written, the store raises Behind; the
  engine reads what it wrote and decides again. Hearing is pure, so deciding twice does no harm.
- What cannot be recorded is kept, decided on in memory, and reported as unrecorded
  (unrecorded.py). When the disk is back, the same lines are decided on again; their answers are
  dropped, as they were given already.
- After an erasure the state is read back from the disk: what is gone there is gone here.
- Lines that cannot matter cost next to nothing (relevance.py), and decide nothing.

Ruled out: recording after the answer (a crash would break a promise), one append per line (a pasted
block would take a second), a queue between deciding and recording (the state would lag).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from queue import SimpleQueue
from threading import Lock
from typing import Protocol

from ircbot.errors import Behind, StoreError, Superseded
from ircbot.incident.alerts import Alerts
from ircbot.incident.deliveries import PublishResult, accounted
from ircbot.incident.erasing import ERASES
from ircbot.incident.events import (
    Closed,
    Duplicated,
    Entry,
    Resolved,
    Withdrawn,
)
from ircbot.incident.grammar import grammar_of
from ircbot.incident.hits import SearchRequest, SearchResult
from ircbot.incident.line import Line, LineKind, Reply, ReplyKind, Source
from ircbot.incident.memory import Memory
from ircbot.incident.numbers import concerns_others, may_concern_others, numbers_named
from ircbot.incident.pattern import compiled
from ircbot.incident.people import Person, fold, same_name
from ircbot.incident.plain import shown
from ircbot.incident.process import Process
from ircbot.incident.relevance import Relevance, relevance
from ircbot.incident.reminders import due
from ircbot.incident.rules import hear
from ircbot.incident.rules.alerting import alerted
from ircbot.incident.rules.context import Context, Outcome
from ircbot.incident.rules.searching import tell as tell_found
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident, State, replay
from ircbot.incident.words import marked, say
from ircbot.limits import ReceiptBatch, ReplyLimit
from ircbot.unrecorded import Happening, Unrecorded, alarm, damage, why_in_short

log = logging.getLogger(__name__)

_RELAYED_BY, _INCIDENT = attrgetter("relayed_by"), attrgetter("incident")
# Looking up a member of an enumeration is slow.
_NICK, _OPERATORS = LineKind.NICK, ReplyKind.OPERATORS
_WORTH_TELLING = timedelta(minutes=1)  # of absences
_A_DAY = timedelta(days=1)
_TRIES_AGAIN = timedelta(minutes=1)  # to erase
_TRIES = 5  # decisions on a state that other processes keep changing
_ENDS = (Resolved, Closed, Withdrawn, Duplicated)
_OVER = ("closed", "withdrawn", "duplicate")
_PREPARING = Lock()  # held by the one bot of the process that compiles phrases
_KEPT = 3  # incidents that are over
_NAMED = 2  # incidents that one line is about
_MATTERS = 100  # notices to operators
_LINKS = 2  # from a copy of an entry to where it was said, and from there to every other copy
_REMEMBERED = 50  # broadcasts whose outcome is still to be told


class Journal(Protocol):
    """What the engine needs of a store."""

    def append(self, entries: Sequence[Entry], /) -> None:
        """Put entries on disk, all or none. Raises StoreError if that failed, Behind to decide
        again."""

    def poll(self) -> tuple[Entry, ...]:
        """What other processes wrote."""

    def entries(self, incident: int, /) -> tuple[Entry, ...]:
        """All entries of an incident, () if there is none."""

    def snapshot(self, incident: int, /) -> None:
        """Write an incident for other programs to read. Raises StoreError if that failed."""

    @property
    def left(self) -> tuple[str, ...]:
        """Where erased words may remain out of our reach, since the last erasure."""

    @property
    def unerased(self) -> tuple[str, ...]:
        """Why words that should have been erased are still there; empty if none are."""

    def tidy(self) -> None:
        """Try again to erase what could not be erased."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The result of deciding on some happenings: the state afterwards, the entries to record, those
    of them that order an erasure, the replies, and the happenings that led to entries."""

    state: State
    entries: tuple[Entry, ...]
    orders: Sequence[Entry]
    replies: tuple[Reply, ...]
    moving: tuple[Happening, ...]  # those that something is to be recorded of
    sought: tuple[SearchRequest, ...] = ()


class IncidentEngine:
    """Hears lines, keeps the state, answers. Not thread-safe."""

    def __init__(
        self,
        setting: Setting,
        journal: Journal,
        state: State,
        *,
        memory: Memory | None = None,
        changed: Callable[[Incident], None] = lambda incident: None,
        erase: Callable[[Sequence[Entry]], Sequence[str]] = lambda orders: (),
        erased: Callable[[], Sequence[str]] = lambda: (),
        look_up: Callable[[Context, SearchRequest], None] = lambda ctx, sought: None,
        others: Callable[[Container[int]], Iterable[Person]] = lambda loaded: (),
        owing: Callable[[Container[int]], Iterable[int]] = lambda loaded: (),
        damaged: Sequence[int] = (),
        daily: Callable[[Container[int]], Collection[int]] = lambda needed: (),
        superseded: Callable[[str], None] = lambda why: None,
    ) -> None:
        """`state` is what the journal holds; `changed` is called with each incident that changed.

        `erase` is given erasure orders before they are recorded. It removes the words from what
        lies outside the journal (reports), and returns where that failed. The order matters: if the
        process dies in between, nothing was promised and the erasure can be asked for again; once
        the journal has erased the words, nobody would know what to look for.

        `erased` is called when words are gone from the journal. It removes them from caches, and
        returns where that failed.

        `look_up` is given a search and the context of the line that asked for it. It must not
        block; it delivers the answer through `found`.

        `others` returns everybody on record in the incidents that are not in memory.

        `owing` returns the incidents not in memory that must be published again after somebody was
        forgotten in all of them.

        `damaged` are the incidents that could not be read; the next person to speak is told.

        `daily` is called once a day with the incidents that must stay, and returns those that it
        archived or erased.

        `superseded` is called once, with the reason, when another bot has taken our place; nothing
        is heard or said from then on.
        """
        self.setting = setting
        self.state = state  # as it is on disk
        self.memory = memory or Memory(setting.memory_lines, setting.memory_age)
        self._unrecorded = Unrecorded()
        self._refusal = ""  # why nothing could be recorded, as it was last logged
        self.heard = 0  # lines, so far
        self.recorded = 0  # entries, so far
        self.recorded_at: datetime | None = None  # when entries last reached the disk
        self._journal = journal
        self._changed = changed
        self._daily = daily
        self._superseded = superseded
        self._silent = False  # as another bot answers
        self._late = False  # what is decided on was said a while ago
        self._erase = erase
        self._erased = erased
        self._look_up = look_up
        self._others = others
        self._owing = owing
        self._not_erased: tuple[str, ...] = ()  # outside of the journal, the last time
        self._relevance: dict[str, Relevance] = {}  # by network
        self._damaged = damaged
        self._receipts = ReceiptBatch()
        self._patience = ReplyLimit()
        self.now = datetime.min.replace(tzinfo=UTC)  # of the last line or tick
        self._tidied = self._cared = self.now
        self._known_as: dict[str, str] = {}
        # From the record, until the servers send theirs.
        self._casemappings = {i.network: i.casemapping for i in state.incidents.values()}
        for where, casemapping in self._casemappings.items():
            self.memory.compare_by(where, casemapping)
        # By network: ours, nick and casemapping there, and what they make of it.
        self._settings: dict[str, tuple[Setting, str, str, Setting]] = {}
        self._to_tell: SimpleQueue[tuple[Incident, str, dict[str, str]]] = SimpleQueue()
        self._sent: SimpleQueue[PublishResult] = SimpleQueue()
        self._found: SimpleQueue[SearchResult] = SimpleQueue()
        self._received: SimpleQueue[tuple[Alerts, Future[bool]]] = SimpleQueue()
        self._operators_know: set[str] = set()
        self._stuck: set[int] = set()  # incidents whose reminders fail
        self._tried: Decision | None = None  # what could not be recorded, or not be known to be
        self._phrases = self._compile()

    # --- what the network calls -----------------------------------------------------------

    def hear(self, lines: Sequence[Line]) -> Sequence[Reply]:
        """Take all lines of one read; the replies are to be sent in the order returned."""
        if not lines or self._silent:
            return ()
        self.heard += len(lines)
        lines = self._as_said(lines)
        replies = self._told_once(self._take(lines, lines[-1].at))
        told = damage(self.setting, self._damaged, lines) if self._damaged else ()
        if told:
            self._damaged = ()
        return (*replies, *told)

    def _as_said(self, lines: Sequence[Line]) -> Sequence[Line]:
        """The lines, with those of a relay attributed to their authors."""
        if self.setting.relays or any(map(_RELAYED_BY, lines)):
            return [self._setting(line.network).as_said(line) for line in lines]
        return lines

    def _told_once(self, replies: Sequence[Reply]) -> Sequence[Reply]:
        """The replies. Those for the bot's operators are logged too, and each is given only
        once."""
        if not replies or _OPERATORS not in [reply.kind for reply in replies]:
            return replies
        kept = []
        for reply in replies:
            new = reply.text not in self._operators_know
            if reply.kind is not _OPERATORS:
                kept.append(reply)
            elif new and len(self._operators_know) < _MATTERS:
                self._operators_know.add(reply.text)
                log.warning("%s", shown(reply.text))
                kept.append(reply)
        return kept

    def tick(self, now: datetime) -> Sequence[Reply]:
        """Do what time alone causes, and retry what could not be recorded."""
        self.memory.forget(now)
        replies = list(self._caught_up(now)) if self._unrecorded.state is not None else []
        if self._silent:
            return ()
        with self._taken_in() as alerts:
            replies += self._take((*self._arrived(), *alerts, now), now)
        replies += self._told()
        replies += self._answered(now)
        self._put_away()
        self._tidy(now)
        return replies

    def prepare(self) -> bool:
        """Compile one more phrase that lines may need. Returns whether more are left to compile
        now. The bots of a process share compiled phrases, so only one of them compiles at a time.
        """
        if not _PREPARING.acquire(blocking=False):
            return False
        try:
            return next(self._phrases, False)
        finally:
            _PREPARING.release()

    def _compile(self) -> Iterator[bool]:
        named = ("", *self.setting.channel_process.values())
        for process in dict.fromkeys(map(self.setting.process_named, named)):
            for way in grammar_of(process).ways:
                compiled(way.pattern.regex)
                yield True

    def tell(self, incident: Incident, key: str, **values: str) -> None:
        """Say something in an incident's channel at the next tick. Thread-safe."""
        self._to_tell.put((incident, key, values))

    def sent(self, sent: PublishResult) -> None:
        """Record the result of a publication at the next tick. Thread-safe."""
        self._sent.put(sent)

    def found(self, findings: SearchResult) -> None:
        """Tell the result of a search at the next tick. Thread-safe."""
        self._found.put(findings)

    def _answered(self, now: datetime) -> Sequence[Reply]:
        """The answers to finished searches, worded for the state as it is now."""
        replies: list[Reply] = []
        while not self._found.empty():
            findings = self._found.get()
            ctx = self._context(findings.sought.line)
            tell_found(ctx, findings)
            replies += ctx.outcome().replies
        return self._patience.bounded(replies, now)

    def _context(self, line: Line) -> Context:
        return Context(self.present, line, self._setting(line.network), self.memory)

    def receive(self, alerts: Alerts) -> Future[bool]:
        """Record alerts at the next tick; the future tells whether they are on disk.
        Thread-safe.
        """
        done: Future[bool] = Future()
        done.set_running_or_notify_cancel()  # a caller that gives up cannot cancel it
        self._received.put((alerts, done))
        return done

    @contextmanager
    def _taken_in(self) -> Iterator[Sequence[Alerts]]:
        """Take in the alerts received, and tell each sender whether they are on disk."""
        taken = []
        while not self._received.empty():
            taken.append(self._received.get())
        on_disk = False
        try:
            yield [alerts for alerts, _ in taken]
            on_disk = self._unrecorded.state is None
        finally:
            for _, done in taken:
                done.set_result(on_disk)

    def _arrived(self) -> Iterator[PublishResult]:
        while not self._sent.empty():
            yield self._sent.get()

    def _told(self) -> Iterator[Reply]:
        while not self._to_tell.empty():
            incident, key, values = self._to_tell.get()
            setting = self._setting(incident.network)
            process = setting.processes.get(incident.process, setting.process)
            text = marked(process, say(process, key, **values), drill=incident.drill)
            yield Reply(incident.channel, text, ReplyKind.NOTICE, incident.network)

    def _tidy(self, now: datetime) -> None:
        """From time to time, retry failed erasures and look after the store."""
        if self._unrecorded.state is None and now - self._cared >= _A_DAY:
            self._cared = now
            kept = self.state.incidents
            needed = {n for n, i in kept.items() if i.status not in _OVER or i.is_awaited}
            if retired := self._daily(needed):
                kept = {n: i for n, i in kept.items() if n not in retired}
                self.state = replace(self.state, incidents=kept)
                self._erased()
        if self._journal.unerased and now - self._tidied >= _TRIES_AGAIN:
            self._tidied = now
            try:
                self._journal.tidy()
                self._erased()
            except StoreError as error:
                log.warning("Still not erased: %s", error)

    def _put_away(self) -> None:
        """Keep only the last few finished incidents in memory. The store has them all."""
        over = sorted(
            i.id for i in self.state.incidents.values() if i.status in _OVER and not i.is_awaited
        )
        if self._unrecorded.state is None and len(over) > _KEPT:
            put_away = set(over[:-_KEPT])
            kept = {n: i for n, i in self.state.incidents.items() if n not in put_away}
            self.state = replace(self.state, incidents=kept)

    def known_as(self, network: str, nick: str) -> None:
        """Take the bot's own nick, which the server may change at any time."""
        self._known_as[network] = nick

    def compared_by(self, network: str, casemapping: str) -> None:
        """Take a network's casemapping, as its server announces it."""
        self._casemappings[network] = casemapping
        self.memory.compare_by(network, casemapping)

    # --- what the command line asks -------------------------------------------------------

    @property
    def waiting(self) -> Sequence[Happening]:
        """The lines that are not on disk yet."""
        return self._unrecorded.waiting

    @property
    def present(self) -> State:
        """The state as people see it, including what is still waiting to be recorded."""
        return self._unrecorded.state or self.state

    def unrecorded(self, unheard: Iterable[Line] = ()) -> tuple[Line, ...]:
        """The lines that would be lost if the process ended now. Small talk does not count."""
        return (*self._unrecorded.lines(), *self._telling(unheard))

    def _telling(self, unheard: Iterable[Line]) -> Iterator[Line]:
        """Those of the unheard lines that would lead to an entry."""
        state = self.present
        for line in unheard:
            if self._relevant(state, line).is_small_talk(line):
                continue
            outcome = hear(state, line, self.setting, self.memory)
            if outcome.entries:
                yield line
            state = outcome.state or state

    # ----------------------------------------------------------------------------------------

    def _take(self, happenings: Sequence[Happening], now: datetime) -> Sequence[Reply]:
        """Decide, record, move, and only then answer."""
        self.now = now
        self._remember(happenings)
        return self._decide_on(happenings, now)

    def _take_late(self, lines: Sequence[Line], now: datetime) -> Sequence[Reply]:
        """Decide on lines that were said a while ago and are remembered. Nothing but entries comes
        of them: their authors have an answer by now, or no longer wait for one."""
        self.now = now
        self._late = True
        try:
            return self._decide_on(lines, now)
        finally:
            self._late = False

    def _decide_on(self, happenings: Sequence[Happening], now: datetime) -> Sequence[Reply]:
        if self._unrecorded.state is not None:
            return self._take_meanwhile(happenings)
        try:
            decision = self._record_decision(happenings)
        except Superseded as error:
            return self._give_way(happenings, error)
        except StoreError as error:
            return self._cannot_record(happenings, error)
        if decision.entries:
            self._receipts.note(decision.entries, self.state)
        receipts = self._receipts.due(now, self.setting, len(self.state.open) > 1)
        if not (decision.entries or decision.replies or decision.sought):  # as nearly always
            return receipts
        replies: Sequence[Reply] = ()
        if decision.replies:
            told = self._truthful(decision.replies, self._journal.unerased)
            replies = self._patience.bounded(told, now)
        left = self._left_behind(happenings) if decision.orders else ()
        if decision.sought:
            self._seek(decision.sought)
        return (*replies, *left, *receipts)

    def _seek(self, sought: Iterable[SearchRequest]) -> None:
        for one in sought:
            self._look_up(self._context(one.line), one)

    def _truthful(self, replies: Sequence[Reply], why: Sequence[str]) -> Sequence[Reply]:
        """The replies, without the claim that words are gone while they are not (`why`)."""
        if not why:
            return replies
        text = say(self.setting.process, "not-erased", why=" ".join(why).rstrip("."))
        return [
            replace(reply, text=f"{reply.asker}: {text}", erased=False) if reply.erased else reply
            for reply in replies
        ]

    def _left_behind(self, happenings: Sequence[Happening]) -> Sequence[Reply]:
        """Tell the person who had words erased which copies are out of our reach."""
        left, self._not_erased = ", ".join((*self._journal.left, *self._not_erased)), ()
        asked = [item for item in happenings if isinstance(item, Line)]
        if not left or not asked:
            return ()
        text, last = say(self.setting.process, "left-behind", left=left), asked[-1]
        to, text = (last.channel, f"{last.nick}: {text}") if last.via else (last.nick, text)
        return (Reply(to, text, ReplyKind.NOTICE, last.network),)

    def _record_decision(self, happenings: Sequence[Happening]) -> Decision:
        """Decide on the state that is on disk, and record the decision. Raises StoreError if that
        fails."""
        for _ in range(_TRIES):
            self._take_up(self._journal.poll())
            decision = self._decide(self.state, happenings)
            if not decision.entries:
                return decision
            try:
                self._record(decision)
            except Behind:
                continue
            return decision
        raise StoreError("other processes keep writing to the store.")

    def _record(self, decision: Decision) -> None:
        """Put a decision on disk, and move to its state."""
        try:
            self._append(decision.entries, decision.orders)
        except Behind:
            raise
        except StoreError:
            self._tried = decision
            raise
        self.recorded += len(decision.entries)
        self.recorded_at = self.now
        self._move(decision.state, decision.entries, decision.orders)

    def _record_tried(self) -> Sequence[Entry]:
        """Record the last attempt as it was decided then. A store on another machine may already
        have it, if only its answer was lost; it then recognises the entries."""
        tried, self._tried = self._tried, None
        if tried is None:
            return ()
        try:
            self._record(tried)
        except Behind:
            return ()
        self._unrecorded.took(tried.moving)
        return tried.entries

    def _append(self, entries: Sequence[Entry], orders: Sequence[Entry]) -> None:
        """Append entries. Words whose erasure they order are removed from reports before, and from
        caches after."""
        if orders:
            self._not_erased = tuple(self._erase(orders))
        self._journal.append(entries)
        if orders:
            self._not_erased += tuple(self._erased())
            self._seek_again()

    def _seek_again(self) -> None:
        """Repeat searches whose results were not told yet: the words they found may be erased."""
        found = [self._found.get() for _ in range(self._found.qsize())]
        self._seek(findings.sought for findings in found)

    def _decide(self, state: State, happenings: Sequence[Happening]) -> Decision:
        entries: list[Entry] = []
        replies: list[Reply] = []
        moving: list[Happening] = []
        sought: list[SearchRequest] = []
        network, setting = "", self.setting
        relevant: Relevance | None = None
        passed_over = 0
        for place, happening in enumerate(happenings):
            if place < passed_over:
                continue
            if isinstance(happening, Line):
                at, known = happening.at, happening.network == network
                if relevant is None or not known or not relevant.is_for(state, at):
                    network, relevant = happening.network, self._relevant(state, happening)
                    setting = relevant.setting
                passed_over = relevant.pass_over(happenings, network, place)
                if passed_over > place:
                    continue
            if isinstance(happening, datetime):
                outcome = self._due(state, happening)
            elif isinstance(happening, PublishResult):
                state = self._with_loaded(state, [happening.incident])
                outcome = self._accounted(state, happening)
            elif isinstance(happening, Alerts):
                outcome = alerted(state, happening, self.setting)
            else:
                state = self._with_named(state, happening)
                outcome = hear(state, happening, setting, self.memory)
            if outcome.entries:
                state = outcome.state or state
                moving.append(happening)
            entries += outcome.entries
            if outcome.entries or not self._late:
                replies += outcome.replies
                sought += outcome.sought
        orders = _orders(entries) if entries else ()
        return Decision(state, tuple(entries), orders, tuple(replies), tuple(moving), tuple(sought))

    def _accounted(self, state: State, sent: PublishResult) -> Outcome:
        """The entries for the results of publications."""
        incident = state.incidents.get(sent.incident)
        entries = accounted(sent, incident, self.now, self.setting) if incident else ()
        return Outcome(entries, (), replay(entries, state))

    def _due(self, state: State, now: datetime) -> Outcome:
        """What time alone causes. An incident whose reminders fail is logged and does not stop the
        others."""
        try:
            return due(state, now, self.setting)
        except Exception:
            log.debug("reminders failed; trying one incident at a time")
        entries: list[Entry] = []
        replies: list[Reply] = []
        for number, incident in state.incidents.items():
            try:
                one = replace(state, incidents={number: incident}, alerts={})
                alone = due(one, now, self.setting)
            except Exception:
                if number not in self._stuck:
                    self._stuck.add(number)
                    log.exception("incident %d: its reminders fail", number)
            else:
                entries += alone.entries
                replies += alone.replies
        return Outcome(tuple(entries), tuple(replies), replay(entries, state))

    def _relevant(self, state: State, line: Line) -> Relevance:
        """What can matter where and when a line is said; cached, since it seldom changes."""
        setting = self._setting(line.network)
        known = self._relevance.get(line.network)
        if known is None or known.setting is not setting or not known.is_for(state, line.at):
            known = self._relevance[line.network] = relevance(state, setting, line.at)
        return known

    def _with_named(self, state: State, line: Line) -> State:
        """The state with further closed incidents loaded: those that the line names, and those that
        share entries with an incident it may change."""
        if not may_concern_others(line.text):
            return state
        if named := numbers_named(line.text):
            state = self._with_loaded(state, named[:_NAMED])
        if concerns_others(line.text):
            for _ in range(_LINKS):
                linked = frozenset().union(*(i.linked for i in state.incidents.values()))
                state = self._with_loaded(state, sorted(linked))
        return state

    def _with_loaded(self, state: State, numbers: Iterable[int]) -> State:
        for number in numbers:
            if number in state.incidents or not 0 < number <= state.highest:
                continue
            try:
                state = replay(self._journal.entries(number), state)
            except StoreError as error:
                log.error("%s", error)
        return state

    def _move(self, state: State, entries: Iterable[Entry], orders: Iterable[Entry]) -> None:
        erased = set(map(_INCIDENT, orders))
        for number in erased:
            # What the disk still holds is what there is.
            left = replay(self._journal.entries(number)).incidents
            state = replace(state, incidents={**state.incidents, **left})
        if erased:  # lines that waited, and declarations, may be gone with an incident's
            rest = replay(self._journal.entries(0))
            state = replace(state, strays=rest.strays, held=rest.held)
            state = replace(state, topics=rest.topics, alerts=rest.alerts)
        self.state = state
        if 0 in erased:
            self._take_up(self._journal.poll())  # each has a new entry
            self.state = self._with_loaded(self.state, self._owing(self.state.incidents))
        for number in dict.fromkeys(map(_INCIDENT, entries)):
            if number in state.incidents:
                self._changed(state.incidents[number])
        for entry in entries:
            if isinstance(entry.event, _ENDS):
                self._snapshot(entry.incident)

    def _snapshot(self, incident: int) -> None:
        try:
            self._journal.snapshot(incident)
        except StoreError as error:
            log.warning(
                "Incident %d is in the journal, but not in the TinyDB file yet: %s", incident, error
            )

    def _take_up(self, entries: Sequence[Entry]) -> None:
        """Read what other processes wrote into the state."""
        if not entries:
            return
        self._move(replay(entries, self.state), entries, _orders(entries))
        tried = self._tried
        if tried is not None and all(entry in entries for entry in tried.entries):
            # It was in doubt, and is on record: somebody looked before it was tried again.
            self._tried = None
            self._unrecorded.took(tried.moving)
            self._receipts.note(tried.entries, self.state)

    def record(self, entries: Sequence[Entry]) -> None:
        """Record entries that no line caused. A failure is logged; it is not worth an alarm."""
        orders = _orders(entries)
        for tried in range(1, _TRIES + 1):
            try:
                self._take_up(self._journal.poll())
                self._append(entries, orders)
            except StoreError as error:
                if not isinstance(error, Behind) or tried == _TRIES:
                    log.error("Not recorded: %s", error)
                    return
            else:
                self._move(replay(entries, self.state), entries, orders)
                return

    def _remember(self, happenings: Iterable[Happening]) -> None:
        """Remember what is said, except where a security matter is discussed."""
        silent = {
            self.place(i.network, i.channel)
            for i in self.present.incidents.values()
            if i.secured and i.status in ("open", "resolved")
        }
        said = [item for item in happenings if isinstance(item, Line)]
        for line in said:
            if line.kind is _NICK and line.source is Source.LIVE:
                self._patience.renamed(line.network, line.nick, line.text)
        if silent:
            said = [x for x in said if self.place(x.network, x.channel) not in silent]
        self.memory.keep(*said)

    # --- when nothing can be recorded -------------------------------------------------------

    def _cannot_record(self, happenings: Sequence[Happening], error: StoreError) -> Sequence[Reply]:
        """Raise the alarm, keep the lines in memory, and go on: people must take notes
        themselves.
        """
        log.error("Cannot record: %s", error)
        self._refusal = str(error)
        self._unrecorded.begin(self.state)
        replies = self._take_meanwhile(happenings)
        lines = len(self.unrecorded())
        return (*self._alarm("cannot-record", lines, why=why_in_short(error)), *replies)

    def _give_way(self, happenings: Sequence[Happening], error: Superseded) -> Sequence[Reply]:
        """Another bot has taken over. Lines that it may not have heard stay `unrecorded`."""
        log.error("Superseded: %s", error)
        self._silent = True
        if self._unrecorded.state is None:
            self._unrecorded.begin(self.state)
        decision = self._decide(self.present, happenings)
        self._unrecorded.take(decision.state, decision.moving)
        self._superseded(str(error))
        return ()

    def _take_meanwhile(self, happenings: Sequence[Happening]) -> Sequence[Reply]:
        decision = self._decide(self.present, happenings)
        self._unrecorded.take(decision.state, decision.moving)
        self._seek(decision.sought)
        replies = self._truthful(decision.replies, ("nothing can be recorded now",))
        return self._patience.bounded(replies, self.now)

    def _caught_up(self, now: datetime) -> Sequence[Reply]:
        """Retry. The lines' answers were given already, their receipts were not."""
        if self._silent:  # what waits is not ours to record any more
            return ()
        lines = len(self.unrecorded())
        try:
            entries = self._record_tried()
            self._receipts.note(entries, self.state)
            decision = self._record_decision(self._unrecorded.waiting)
        except Superseded as error:
            return self._give_way((), error)
        except StoreError as error:
            if str(error) != self._refusal:  # with every line that is said, it would fill a disk
                self._refusal = str(error)
                log.warning("Still cannot record: %s", error)
            return ()
        told = self._alarm("records-again", lines)
        self._unrecorded.end()
        self._receipts.note(decision.entries, self.state)
        return (*told, *self._receipts.due(now, self.setting, len(self.state.open) > 1))

    def _alarm(self, key: str, lines: int, **named: object) -> Sequence[Reply]:
        return alarm(self.setting, self.present, key, count=lines, **named)

    # --- small matters ----------------------------------------------------------------------

    def process_of(self, incident: Incident) -> Process:
        return self.setting.process_named(incident.process)

    def nick_on(self, network: str) -> str:
        return self._known_as.get(network, self.setting.nick)

    def _setting(self, network: str) -> Setting:
        """The setting for one network: our nick there, and its casemapping."""
        made_for = (self.setting, self.nick_on(network), self._casemappings.get(network, ""))
        known = self._settings.get(network)
        if known is None or known[0] is not made_for[0] or known[1:3] != made_for[1:]:
            _, nick, casemapping = made_for
            there = replace(
                self.setting,
                nick=nick,
                casemapping=casemapping,
                casemappings=dict(self._casemappings),
                others=lambda: self._others(self.state.incidents),
            )
            known = self._settings[network] = (*made_for, there)
        return known[3]

    def is_same(self, one: str, other: str, network: str) -> bool:
        return same_name(one, other, self._casemappings.get(network, ""))

    def place(self, network: str, channel: str) -> tuple[str, str]:
        """A channel's key among those of all networks."""
        return network, fold(channel, self._casemappings.get(network, ""))


def _orders(entries: Iterable[Entry]) -> list[Entry]:
    """The entries that order an erasure."""
    return [entry for entry in entries if type(entry.event) in ERASES]
