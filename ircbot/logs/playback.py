"""An engine driven by the times of its lines: what the bot does on a log's own clock.

Nothing is written, nothing is sent, nobody waits. Must not know where the lines come from.
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

# Acknowledgements wait this long for more of the same author; live, the clock ticks every second.
_RECEIPTS = timedelta(seconds=3)
_BEFORE = datetime.min.replace(tzinfo=UTC)  # nothing has been said yet


@dataclass(frozen=True, slots=True)
class Said:
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


class Notebook:
    """A journal in memory: what an engine would have put on disk."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.written = list(entries)

    def append(self, entries: Sequence[Entry]) -> None:
        """Add entries."""
        self.written += entries

    def poll(self) -> tuple[Entry, ...]:
        """Nothing: nobody else writes here."""
        return ()

    def entries(self, incident: int) -> tuple[Entry, ...]:
        """The entries of an incident, 0 for the state."""
        return tuple(entry for entry in self.written if entry.incident == incident)

    @property
    def left(self) -> tuple[str, ...]:
        """Nothing is kept elsewhere."""
        return ()

    @property
    def unerased(self) -> tuple[str, ...]:
        """Nothing is on a disk."""
        return ()

    def tidy(self) -> None:
        """There is nothing to erase."""

    def snapshot(self, incident: int) -> None:
        """Nothing to do: it is all in memory."""


class PlaybackClock:
    """The clock of a log or a transcript. A bot ticks where it has something to do, not between.

    What a tick brings about must have happened before the next time is asked for.
    """

    engine: BotHandler  # whose clock it is; may become another, after a restart

    def __init__(self, now: datetime = _BEFORE) -> None:
        self.now = now
        self._receipts_at: datetime | None = None
        self._looked: tuple[State, datetime | None] | None = None  # what was due, by which state

    def hears(self, at: datetime) -> None:
        """Something is said now, which may have to be acknowledged in a moment."""
        self.now = max(at, self.now)
        self._receipts_at = at + _RECEIPTS

    def until(self, moment: datetime) -> Iterator[datetime]:
        """The times at which the bot is to tick, up to `moment`; then it is `moment`."""
        while (at := self._next_tick()) is not None and at <= moment:
            self.now = at
            if self._receipts_at is not None and at >= self._receipts_at:
                self._receipts_at = None
            self._looked = None
            yield at
        self.now = max(moment, self.now)

    def rest(self) -> Iterator[datetime]:
        """The times at which what was said last is still to be acknowledged."""
        if self._receipts_at is not None:
            yield from self.until(self._receipts_at)

    def _next_tick(self) -> datetime | None:
        if self.now is _BEFORE:
            return None
        state = self.engine.present
        # To look what will be due costs far more than to hear chatter, which changes nothing.
        if self._looked is None or self._looked[0] is not state:
            self._looked = (state, next_due(state, self.now, self.engine.setting))
        times = [at for at in (self._looked[1], self._receipts_at) if at is not None]
        return min(times, default=None)


class Playback:
    """Lines in the order of their times; between them the clock goes on."""

    def __init__(self, engine: BotHandler) -> None:
        self.clock = PlaybackClock()
        self.clock.engine = engine

    @property
    def engine(self) -> BotHandler:
        """The bot that hears."""
        return self.clock.engine

    def hear(self, lines: Sequence[Line]) -> Iterator[Said]:
        """What the bot says until these lines of one read, and then to them."""
        at = lines[0].at
        yield from self.until(at)
        self.clock.hears(at)
        yield from self._told(at, self.engine.hear(lines))

    def receive(self, alerts: Alerts) -> Iterator[Said]:
        """What the bot says until alerts come in, and then to them."""
        yield from self.until(alerts.at)
        self.engine.receive(alerts)
        yield from self.tick(alerts.at)

    def tick(self, at: datetime) -> Iterator[Said]:
        """What the bot says of itself."""
        return self._told(at, self.engine.tick(at))

    def until(self, moment: datetime) -> Iterator[Said]:
        """What the bot says of itself up to a time."""
        for at in self.clock.until(moment):
            yield from self.tick(at)

    def end(self) -> Iterator[Said]:
        """What is still to be acknowledged after the last line."""
        for at in self.clock.rest():
            yield from self.tick(at)

    def _told(self, at: datetime, replies: Sequence[Reply]) -> Iterator[Said]:
        """The replies, and what the engine says when all of a broadcast have arrived."""
        broadcasts: dict[str, list[str]] = {}
        for reply in replies:
            if reply.kind is ReplyKind.OPERATORS:
                continue  # in the log
            yield Said(at, reply)
            if reply.broadcast:
                broadcasts.setdefault(reply.broadcast, []).append(reply.to)
        for broadcast, arrived in broadcasts.items():
            yield from self._told(at, self.engine.delivered(broadcast, arrived, {}, confirmed=True))
