"""Drive an engine by the times of its lines: what the bot does on a log's own clock.

Writes and sends nothing, and waits for nothing. Knows nothing of where the lines come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ircbot.handler import BotHandler
from ircbot.incident.alerts import Alerts
from ircbot.incident.events import Entry
from ircbot.incident.line import Line, Reply, ReplyKind
from ircbot.incident.reminders import next_due
from ircbot.incident.state import State

# Receipts wait so long for more lines by the same author; live, the clock ticks every second.
_RECEIPTS = timedelta(seconds=3)
_BEFORE = datetime.min.replace(tzinfo=UTC)  # before the first line


@dataclass(frozen=True, slots=True)
class TimedReply:
    """What the bot said, and when."""

    at: datetime
    reply: Reply

    @property
    def public(self) -> bool:
        """Whether it was said in a channel."""
        return self.reply.to.startswith(("#", "&", "+", "!"))

    @property
    def is_message(self) -> bool:
        """Whether it goes out as a PRIVMSG rather than a NOTICE."""
        return self.reply.kind is ReplyKind.ANSWER


class MemoryJournal:
    """A journal in memory, for what an engine would have written to disk."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.written = list(entries)

    def append(self, entries: Sequence[Entry]) -> None:
        """Add entries."""
        self.written += entries

    def poll(self) -> tuple[Entry, ...]:
        """Always empty: nobody else writes here."""
        return ()

    def entries(self, incident: int) -> tuple[Entry, ...]:
        """The entries of an incident; 0 for those of no incident."""
        return tuple(entry for entry in self.written if entry.incident == incident)

    @property
    def left(self) -> tuple[str, ...]:
        """Always empty: nothing is kept elsewhere."""
        return ()

    @property
    def unerased(self) -> tuple[str, ...]:
        """Always empty: nothing is on disk."""
        return ()

    def tidy(self) -> None:
        """Does nothing: there is nothing to erase."""

    def snapshot(self, incident: int) -> None:
        """Does nothing: everything is in memory."""


class PlaybackClock:
    """The clock of a log or a transcript. It ticks only when the bot has something to do.

    Finish what a tick causes before asking for the next time.
    """

    engine: BotHandler  # the engine to tick; replaced after a restart

    def __init__(self, now: datetime = _BEFORE) -> None:
        self.now = now
        self._receipts_at: datetime | None = None
        self._looked: tuple[State, datetime | None] | None = None  # what is due, and in which state

    def hears(self, at: datetime) -> None:
        """Note that something is said now, which may have to be acknowledged soon."""
        self.now = max(at, self.now)
        self._receipts_at = at + _RECEIPTS

    def until(self, moment: datetime) -> Iterator[datetime]:
        """The times at which the bot must tick, up to `moment`; then it is `moment`."""
        while (at := self._next_tick()) is not None and at <= moment:
            self.now = at
            if self._receipts_at is not None and at >= self._receipts_at:
                self._receipts_at = None
            self._looked = None
            yield at
        self.now = max(moment, self.now)

    def rest(self) -> Iterator[datetime]:
        """The times at which the last lines are still to be acknowledged."""
        if self._receipts_at is not None:
            yield from self.until(self._receipts_at)

    def _next_tick(self) -> datetime | None:
        if self.now is _BEFORE:
            return None
        state = self.engine.present
        # Looking up what will be due costs far more than hearing chatter, which changes nothing.
        if self._looked is None or self._looked[0] is not state:
            self._looked = (state, next_due(state, self.now, self.engine.setting))
        times = [at for at in (self._looked[1], self._receipts_at) if at is not None]
        return min(times, default=None)


class Playback:
    """Plays lines in order of time, ticking in between."""

    def __init__(self, engine: BotHandler) -> None:
        self.clock = PlaybackClock()
        self.clock.engine = engine

    @property
    def engine(self) -> BotHandler:
        """The engine."""
        return self.clock.engine

    def hear(self, lines: Sequence[Line]) -> Iterator[TimedReply]:
        """What the bot says before these lines of one read, and then in answer to them."""
        at = lines[0].at
        yield from self.until(at)
        self.clock.hears(at)
        yield from self._told(at, self.engine.hear(lines))

    def receive(self, alerts: Alerts) -> Iterator[TimedReply]:
        """What the bot says before alerts arrive, and then in answer to them."""
        yield from self.until(alerts.at)
        self.engine.receive(alerts)
        yield from self.tick(alerts.at)

    def tick(self, at: datetime) -> Iterator[TimedReply]:
        """What the bot says by itself."""
        return self._told(at, self.engine.tick(at))

    def until(self, moment: datetime) -> Iterator[TimedReply]:
        """What the bot says by itself up to a time."""
        for at in self.clock.until(moment):
            yield from self.tick(at)

    def end(self) -> Iterator[TimedReply]:
        """Receipts that are still due after the last line."""
        for at in self.clock.rest():
            yield from self.tick(at)

    def _told(self, at: datetime, replies: Sequence[Reply]) -> Iterator[TimedReply]:
        """The replies, and what the engine says once a broadcast has been delivered."""
        broadcasts: dict[str, list[str]] = {}
        for reply in replies:
            if reply.kind is ReplyKind.OPERATORS:
                continue  # in the log
            yield TimedReply(at, reply)
            if reply.broadcast:
                broadcasts.setdefault(reply.broadcast, []).append(reply.to)
        for broadcast, arrived in broadcasts.items():
            yield from self._told(at, self.engine.delivered(broadcast, arrived, {}, confirmed=True))
