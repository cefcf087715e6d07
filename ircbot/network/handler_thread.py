"""The thread in which lines are handled, so that a slow disk never delays a PONG.

Takes what happens on the networks, in order, and hands replies and wanted channels back to the
loop. Must not know sockets.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from queue import Empty, SimpleQueue

from ircbot.incident.line import Line, Reply, ReplyKind
from ircbot.network.broadcasts import BroadcastResult
from ircbot.network.line_handler import LineHandler, WantedChannel
from ircbot.network.link_state import (
    ChannelGap,
    ComparedBy,
    ForOperators,
    LinesHeard,
    NetworkEvent,
    NickChanged,
    Topic,
    Trouble,
)
from ircbot.threads import started

log = logging.getLogger("ircbot.network")

_MOST_TOGETHER = 2_000  # lines of several reads handled as one, when we are behind


@dataclass(frozen=True, slots=True)
class Tick:
    """A second has passed."""

    now: datetime


@dataclass(frozen=True, slots=True)
class ReceiptsSent:
    """The loop has sent the last receipts that it was given."""


@dataclass(frozen=True, slots=True)
class DesiredChannels:
    """The channels and topics that the handler wants now."""

    wanted: Sequence[WantedChannel] = ()
    topics: Mapping[tuple[str, str], str] = field(default_factory=dict)  # by (network, channel)


@dataclass(frozen=True, slots=True)
class HandlerOutput:
    """The handler's replies, and the channels it wants; None if those have not changed."""

    replies: Sequence[Reply]
    wishes: DesiredChannels | None = None


_Work = tuple[str, NetworkEvent | BroadcastResult | Tick | ReceiptsSent]


class HandlerThread:
    """Runs the handler in a thread. `on_said` is called in the loop."""

    def __init__(self, handler: LineHandler, on_said: Callable[[HandlerOutput], None]) -> None:
        self._handler = handler
        self._on_said = on_said
        self._work: SimpleQueue[_Work | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._done = asyncio.Event()
        self._wishes: DesiredChannels | None = None  # as last handed over
        self._kept: tuple[Sequence[Reply], int] | None = None  # to hand over after receipts
        self._over = False  # whether lines that are still queued stay unhandled
        self.backlog = 0  # queued lines that are not handled yet

    def start(self) -> None:
        """Start the thread, and report at once which channels are wanted."""
        started("handler", self._listen)

    def put(self, network: str, work: NetworkEvent | BroadcastResult | Tick) -> None:
        """Queue something for the handler."""
        if not isinstance(work, LinesHeard):
            self._work.put((network, work))
            return
        self.backlog += len(work.lines)
        # A single read can have ten thousand lines; `finish` must not wait for all of them.
        for start in range(0, len(work.lines), _MOST_TOGETHER):
            lines = work.lines[start : start + _MOST_TOGETHER]
            self._work.put((network, LinesHeard(lines)))

    async def finish(self, patience: float) -> bool:
        """Handle the queued lines for up to `patience` seconds; the rest is `unheard`.

        Lines being handled at that moment get half as long again. False if the handler is still
        busy then; what it uses must be left alone.
        """
        self._work.put(None)
        for left in (patience, patience / 2):
            try:
                async with asyncio.timeout(left):
                    await self._done.wait()
                    break
            except TimeoutError:
                self._over = True
        return self._done.is_set()

    def unheard(self) -> tuple[Line, ...]:
        """Remove and return the lines that were not handled."""
        lines: list[Line] = []
        while True:
            try:
                work = self._work.get_nowait()
            except Empty:
                return tuple(lines)
            if work is not None and isinstance(work[1], LinesHeard):
                lines += work[1].lines

    # In the thread

    def _listen(self) -> None:
        self._answer([], 0)
        left: _Work | None = None
        while not self._over:
            work = left if left is not None else self._work.get()
            left = None
            self._tell_rest()
            if work is None:
                break
            network, what = work
            if isinstance(what, LinesHeard):
                lines, left, ended = self._gather(what.lines)
                self._answer(self._hear(lines), len(lines))
                if ended:
                    break
            elif not isinstance(what, ReceiptsSent):
                self._answer(self._call(network, what), 0)
                if isinstance(what, Tick):
                    self._prepare()
        self._tell_rest()
        self._in_loop(self._done.set)

    def _prepare(self) -> None:
        """Prepare what later lines will need, while there is nothing else to do."""
        try:
            while self._work.empty() and not self._over and self._handler.prepare():
                time.sleep(0)  # the loop goes first
        except Exception:
            log.exception("preparing for later lines failed")

    def _gather(self, lines: Sequence[Line]) -> tuple[Sequence[Line], _Work | None, bool]:
        """The lines, with those of further reads that are queued already: one write to disk serves
        them all."""
        gathered = lines
        while len(gathered) < _MOST_TOGETHER and not self._over:
            try:
                work = self._work.get_nowait()
            except Empty:
                break
            if work is None:
                return gathered, None, True
            if isinstance(work[1], LinesHeard):
                gathered = [*gathered, *work[1].lines]
            elif not isinstance(work[1], ReceiptsSent):
                return gathered, work, False
        return gathered, None, False

    def _hear(self, lines: Sequence[Line]) -> Sequence[Reply]:
        try:
            return self._handler.hear(lines)
        except Exception:
            log.exception("hearing %d lines together failed", len(lines))
        replies: list[Reply] = []
        for line in lines if len(lines) > 1 else ():
            try:
                replies += self._handler.hear([line])
            except Exception:
                log.exception("hearing a line of %s in %s failed", line.nick, line.channel)
        return replies

    def _call(self, network: str, what: NetworkEvent | BroadcastResult | Tick) -> Sequence[Reply]:
        handler = self._handler
        try:
            match what:
                case Tick(now):
                    return handler.tick(now)
                case ChannelGap(channel, since, until):
                    return handler.absent(network, channel, since, until)
                case ForOperators(nicks, matter):
                    return handler.for_operators(network, nicks, matter)
                case Trouble(channel, why):
                    return handler.trouble(network, channel, why)
                case Topic(channel, topic):
                    handler.topic(network, channel, topic)
                case NickChanged(nick):
                    handler.known_as(network, nick)
                case ComparedBy(casemapping):
                    handler.compared_by(network, casemapping)
                case BroadcastResult(broadcast, arrived, refused, confirmed):
                    return handler.delivered(broadcast, arrived, refused, confirmed=confirmed)
                case _:
                    log.error("the handler does not take %s", type(what).__name__)
        except Exception:
            log.exception("handling %s failed", type(what).__name__)
        return ()

    def _answer(self, replies: Sequence[Reply], lines: int) -> None:
        # Acknowledgements wait for nothing; an announcement may be for a channel that is yet to be
        # joined.
        receipts = [reply for reply in replies if reply.kind is ReplyKind.RECEIPT]
        if not receipts:
            self._tell(replies, lines)
            return
        # Any work now would keep the loop from sending them: only one thread runs at a time.
        self._kept = [reply for reply in replies if reply.kind is not ReplyKind.RECEIPT], lines
        self._in_loop(self._acknowledge, receipts)

    def _tell_rest(self) -> None:
        """Hand over what was held back until receipts are sent, or there is more work."""
        if self._kept is not None:
            kept, self._kept = self._kept, None
            self._tell(*kept)

    def _tell(self, replies: Sequence[Reply], lines: int) -> None:
        self._in_loop(self._said, HandlerOutput(replies, self._new_wishes()), lines)

    def _new_wishes(self) -> DesiredChannels | None:
        """The channels and topics that the handler wants, None if they have not changed."""
        try:
            wishes = DesiredChannels(self._handler.wanted(), self._handler.topics())
        except Exception:
            log.exception("finding the wanted channels and topics failed")
            return None
        if wishes == self._wishes:
            return None
        self._wishes = wishes
        return wishes

    def _in_loop(self, call: Callable[..., None], *args: object) -> None:
        try:
            self._loop.call_soon_threadsafe(call, *args)
        except RuntimeError:
            log.debug("the loop has ended before the handler")

    def _acknowledge(self, receipts: Sequence[Reply]) -> None:
        self._on_said(HandlerOutput(receipts))
        self._work.put(("", ReceiptsSent()))

    def _said(self, said: HandlerOutput, lines: int) -> None:
        self.backlog -= lines
        self._on_said(said)
