"""The queue of lines to send: by urgency, fair between targets, never faster than allowed.

Takes replies and commands; returns the lines to send now, cut and cleaned; never sleeps and never
sends by itself. Outlives the link: unsent lines are sent on the next one. Times are the loop's.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from ircbot.incident.line import UPDATE, Reply, ReplyKind, is_target
from ircbot.incident.plain import shown
from ircbot.network.irclib import IrcCall
from ircbot.network.message import clean
from ircbot.network.pace import TokenBucket
from ircbot.network.settings import Pace
from ircbot.network.wording import room_for_text, split

_MOST_WAITING = 1000  # lines; at one a second that is a quarter of an hour
_FAMILIAR = 8  # recent targets; servers do not count changes between these

_SLOWEST_CHANGE = 60.0  # seconds between targets, after the server has complained

# Seconds after which a text is too old to be sent. An alarm never is.
_STALE = {ReplyKind.ANSWER: 300.0, ReplyKind.RECEIPT: 600.0, ReplyKind.NOTICE: 3600.0}


class Rank(IntEnum):
    """Urgency; lower goes first."""

    ALARM = 0
    COMMAND = 1  # JOIN, PART, NICK: few, and other lines wait for them
    UPDATE = 2  # to every channel
    LEADER = 3  # everything else that an incident leader has us say
    # Announcements and receipts, in turns by target, so that neither waits for all of the other.
    ANNOUNCEMENT = 4
    ANSWER = 5  # lists that somebody asked for
    QUERY = 6  # WHO, CHATHISTORY


_RANKS = {
    ReplyKind.ALARM: Rank.ALARM,
    ReplyKind.NOTICE: Rank.ANNOUNCEMENT,
    ReplyKind.ANSWER: Rank.ANSWER,
    ReplyKind.RECEIPT: Rank.ANNOUNCEMENT,
}


def _rank(reply: Reply) -> Rank:
    if reply.broadcast.startswith(UPDATE):
        return Rank.UPDATE
    return min(_RANKS[reply.kind], Rank.LEADER) if reply.leads else _RANKS[reply.kind]


_NOT_READ = (Rank.COMMAND, Rank.QUERY)  # not for people to read
_SPARE = {Rank.QUERY: 2.0}  # tokens to leave for texts to people


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """A command, or a text that has not been cut into lines yet.

    `reply` is None for a command. A message that `due` returns is always one line.
    """

    call: IrcCall
    rank: Rank
    target: str
    since: float
    reply: Reply | None = None
    text: str = ""
    last: bool = True  # whether it has the end of the reply
    aloud: bool = False  # sent as PRIVMSG, because a NOTICE was refused


NO_TARGET = "not a nick or channel"


@dataclass(frozen=True, slots=True)
class DroppedReply:
    """A reply that will not be sent, and why."""

    reply: Reply
    why: str


class SendQueue:
    """One network's queue."""

    def __init__(
        self,
        pace: Pace,
        fold: Callable[[str], str],
        present_name: Callable[[str], str] = lambda name: name,
    ) -> None:
        """`present_name` returns a channel's present name."""
        self.present_name = present_name
        self.bucket = TokenBucket(pace.burst, pace.rate, pace.limited)
        self._pace = pace
        self._fold = fold
        # For each rank, the targets in the order of their turns, each with its lines.
        self._queues: dict[Rank, OrderedDict[str, deque[QueuedMessage]]] = {
            rank: OrderedDict() for rank in Rank
        }
        self._waiting = 0
        self._between = pace.between_targets
        self._familiar: OrderedDict[str, None] = OrderedDict()
        self._last_target = ""
        self._last_broadcast = ""
        self._target_at = float("-inf")
        self.dropped: list[DroppedReply] = []

    def __len__(self) -> int:
        return self._waiting

    def refold(self, fold: Callable[[str], str]) -> None:
        """Compare targets as this link's server does."""
        self._fold = fold

    def command(self, call: IrcCall, now: float, rank: Rank = Rank.COMMAND) -> None:
        """Queue a command that is not text for people."""
        self._append(QueuedMessage(call, rank, "", now))

    def say(self, replies: Iterable[Reply], now: float) -> None:
        """Queue replies. Those to one target caused by one person keep their order.

        They are cut when they are sent, because our prefix may change until then.
        """
        ranks: dict[tuple[str, str], Rank] = {}
        for reply in replies:
            rank, key = _rank(reply), (reply.to, reply.by)
            if rank is not Rank.ALARM:
                rank = ranks[key] = max(rank, ranks.get(key, rank))
            self._reply(reply, rank, now)

    def _reply(self, reply: Reply, rank: Rank, now: float) -> None:
        text = clean(shown(reply.text)).strip(" ")
        if not is_target(reply.to) or shown(reply.to) != reply.to:
            self.dropped.append(DroppedReply(reply, NO_TARGET))
        elif text and not self._is_waiting(reply, rank):
            to = self.present_name(clean(reply.to))
            self._append(QueuedMessage((), rank, to, now, reply, text))

    def again(self, messages: list[QueuedMessage]) -> None:
        """Put lines back at the front that may have been lost with the link."""
        for message in reversed(messages):
            queues, target = self._queues[message.rank], self._fold(message.target)
            queues.setdefault(target, deque()).appendleft(message)
            queues.move_to_end(target, last=False)
            self._waiting += 1

    def forget_commands(self) -> None:
        """Drop the commands for a dead link; the next one asks anew."""
        for queues in self._queues.values():
            queue = queues.pop("", None)
            self._waiting -= len(queue) if queue else 0

    def forget_texts(self) -> None:
        """Drop all texts: another machine answers now."""
        for rank, queues in self._queues.items():
            if rank not in _NOT_READ:
                self._waiting -= sum(map(len, queues.values()))
                queues.clear()

    def _is_waiting(self, reply: Reply, rank: Rank) -> bool:
        """Whether the same announcement is queued already: a reminder is not said twice in a
        row."""
        if reply.kind not in (ReplyKind.NOTICE, ReplyKind.ALARM) or reply.broadcast:
            return False
        queue = self._queues[rank].get(self._fold(reply.to), ())
        return any(p.reply == reply for p in queue)

    def _append(self, message: QueuedMessage) -> None:
        self._queues[message.rank].setdefault(self._fold(message.target), deque()).append(message)
        self._waiting += 1
        while self._waiting > _MOST_WAITING:
            self._drop_least()

    def _drop_least(self) -> None:
        for rank in reversed(Rank):
            if queues := self._queues[rank]:
                longest = max(queues, key=lambda target: len(queues[target]))
                self._take(rank, longest, "too much is waiting")
                return

    def _take(self, rank: Rank, target: str, why: str = "") -> QueuedMessage:
        queues = self._queues[rank]
        message = queues[target].popleft()
        self._waiting -= 1
        if not queues[target]:
            del queues[target]
        else:
            queues.move_to_end(target)  # the other targets have their turn first
        if why and message.reply is not None:
            self.dropped.append(DroppedReply(message.reply, why))
        return message

    def due(
        self, now: float, prefix_bytes: int, may_speak: Callable[[], bool] = lambda: True
    ) -> Iterator[QueuedMessage]:
        """The lines to send now; returning a line counts as sending it. Texts stay queued while we
        may not speak."""
        while (message := self._next(now, may_speak())) is not None:
            if message.reply is not None:
                message = self._first_line(message, message.reply, prefix_bytes)
            self.bucket.spend(now)
            self._spoke_to(message, now)
            yield message

    def _first_line(self, message: QueuedMessage, reply: Reply, prefix_bytes: int) -> QueuedMessage:
        """As much of a text as fits into one line; the rest goes back to the front of the queue."""
        aloud = message.aloud or reply.kind is ReplyKind.ANSWER
        verb = "PRIVMSG" if aloud else "NOTICE"
        piece = next(split(message.text, room_for_text(verb, message.target, prefix_bytes)))
        last = message.last
        if rest := message.text[len(piece) :]:
            self.again([replace(message, text=rest)])
            last = False
        call = (verb.lower(), message.target, piece)
        return replace(message, call=call, text=piece, last=last)

    def next_at(self, now: float, may_speak: bool = True) -> float | None:
        """When `due` will return more than now; None if nothing is queued."""
        waits = (
            max(self.bucket.wait(now, _SPARE.get(rank, 0.0)), self._target_wait(queue[0], now))
            for rank, queues in self._queues.items()
            if may_speak or rank in _NOT_READ
            for queue in queues.values()
        )
        shortest = min(waits, default=None)
        return None if shortest is None else now + shortest

    def _next(self, now: float, may_speak: bool) -> QueuedMessage | None:
        for rank, queues in self._queues.items():
            if not may_speak and rank not in _NOT_READ:
                continue
            if not queues or self.bucket.wait(now, _SPARE.get(rank, 0.0)) > 0:
                continue
            for target in list(queues):
                self._drop_stale(rank, target, now)
                if target in queues and self._target_wait(queues[target][0], now) <= 0:
                    return self._take(rank, target)
        return None

    def _drop_stale(self, rank: Rank, target: str, now: float) -> None:
        queues = self._queues[rank]
        while target in queues:
            message = queues[target][0]
            patience = _STALE.get(message.reply.kind) if message.reply else None
            if patience is None or now - message.since < patience:
                return
            self._take(rank, target, f"it waited for {patience / 60:.0f} minutes")

    def _target_wait(self, message: QueuedMessage, now: float) -> float:
        """Seconds until this target may be spoken to.

        Only a change of target waits: to one without recent messages, or with a text that goes to
        several targets (networks' flood protections detect both).
        """
        if not message.target or not self._pace.limited:
            return 0.0
        target = self._fold(message.target)
        if target == self._last_target:
            return 0.0
        same_broadcast = message.reply is not None and bool(
            message.reply.broadcast and message.reply.broadcast == self._last_broadcast
        )
        if target in self._familiar and not same_broadcast:
            return 0.0
        return self._target_at + self._between - now

    def target_change_refused(self, now: float) -> None:
        """Slow down between targets: the server says that we change them too fast."""
        self._between = min(_SLOWEST_CHANGE, self._between * 2)
        self._familiar.clear()
        self._target_at = now

    def _spoke_to(self, message: QueuedMessage, now: float) -> None:
        if not message.target:
            return
        target = self._fold(message.target)
        if target != self._last_target:
            self._last_target = target
            self._target_at = now
        self._last_broadcast = message.reply.broadcast if message.reply else ""
        self._familiar[target] = None
        self._familiar.move_to_end(target)
        if len(self._familiar) > _FAMILIAR:
            self._familiar.popitem(last=False)
