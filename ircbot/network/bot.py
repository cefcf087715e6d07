"""The bot on its networks: each is kept connected independently, all share one handler.

Only `stop` ends `run`; neither a network's error nor one of ours does. Must not know what a line
means, nor how a link works.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from ircbot.incident.line import Line, Reply, ReplyKind
from ircbot.network.broadcasts import BroadcastResult, Broadcasts
from ircbot.network.clock import utc_now
from ircbot.network.connection import Connection
from ircbot.network.delivery import DeliveryResult
from ircbot.network.handler_thread import HandlerOutput, HandlerThread, Tick
from ircbot.network.line_handler import LineHandler
from ircbot.network.link_state import DeliveryResults, NetworkEvent
from ircbot.network.presence import NetworkPresence
from ircbot.network.settings import NetworkSettings

log = logging.getLogger("ircbot.network")

_TICK = 1.0  # seconds
_RESTARTS_AFTER = 5.0  # seconds until a network is started again after an error of ours
_MOST_BEHIND = 50_000  # unhandled lines, half a second's work; beyond that, servers must wait
_CAUGHT_UP = 10_000
_DROPS_AFTER = 2  # ticks
_LAST_WORDS = 0.6  # seconds to handle, at the end, the lines that have arrived


class Bot:
    """The bot. `run` returns after `stop`."""

    def __init__(
        self,
        handler: LineHandler,
        networks: Sequence[NetworkSettings],
        *,
        tick: float = _TICK,
        now: Callable[[], datetime] = utc_now,
        may_speak: Callable[[], bool] = lambda: True,
    ) -> None:
        """`tick` is the interval between the handler's ticks, in seconds; `now` is our clock, aware
        and UTC. `may_speak` is asked before anything is said."""
        self._now = now
        self._tick_every = tick
        self.at_rest = True  # whether nothing uses the handler any more, after `run`
        self.unheard: tuple[Line, ...] = ()  # lines that arrived too late to be handled
        self._handler = handler
        self.connections = {
            settings.name: Connection(settings, self._happened, now=now, may_speak=may_speak)
            for settings in networks
        }
        self.presence = NetworkPresence(self.connections)
        self._broadcasts = Broadcasts()
        self._listener: HandlerThread | None = None
        self._stopped = asyncio.Event()
        self._wanted_there = asyncio.Event()  # set while we are to be on the networks
        self._wanted_there.set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.connected = self.complete = False  # on all networks; and in all channels
        self.shut_out = 0  # number of channels that we were in and that now refuse us
        self.doubtful = False  # whether messages to or from some server seem not to arrive
        self._may_speak = may_speak
        self._drops_in = 0  # ticks until then; what was sent last may still arrive
        self._message = ""
        self.stopped_at = 0.0  # on time.monotonic(); 0.0: not told to stop
        self._ticking = False
        self._waiting = False  # whether we have stopped reading, so that the servers wait

    async def run(self) -> None:
        """Stay on all networks until `stop`."""
        self._loop = asyncio.get_running_loop()
        self._listener = HandlerThread(self._handler, self._said)
        self._listener.start()
        networks = [asyncio.create_task(self._keep(c)) for c in self.connections.values()]
        ticker = asyncio.create_task(self._tick())
        try:
            await self._stopped.wait()
        finally:
            for connection in self.connections.values():
                connection.stop(self._message)
            await asyncio.gather(*networks, return_exceptions=True)
            ticker.cancel()
            self.at_rest = await self._listener.finish(_LAST_WORDS)
            self.unheard = self._listener.unheard()

    def stop(self, message: str = "") -> None:
        """Leave all networks with a message. Called in the loop's thread."""
        self._message = message
        self.stopped_at = self.stopped_at or time.monotonic()
        self._stopped.set()

    async def _keep(self, connection: Connection) -> None:
        """Run one network. After an error of ours it is started again; the others continue."""
        while not self._stopped.is_set():
            try:
                await self._until_wanted()
                if not self._stopped.is_set():
                    await connection.run()
            except Exception:
                log.exception(
                    "%s: started again after an internal error", connection.settings.title
                )
                with suppress(TimeoutError):
                    async with asyncio.timeout(_RESTARTS_AFTER):
                        await self._stopped.wait()

    async def _until_wanted(self) -> None:
        """Wait until we are to be on the networks, or to stop."""
        waits = [asyncio.ensure_future(e.wait()) for e in (self._wanted_there, self._stopped)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def be_there(self, wanted: bool) -> None:
        """Be on the networks, or leave them for now. From any thread."""
        self._in_loop(self._be_there, wanted)

    def _be_there(self, wanted: bool) -> None:
        if wanted:
            self._wanted_there.set()
            return
        self._wanted_there.clear()
        for connection in self.connections.values():
            connection.stop("standing by")

    def turned(self, *, answers: bool) -> None:
        """Answer from now on, or stand by. From any thread."""
        self._in_loop(self._turned, answers)

    def _turned(self, answers: bool) -> None:
        for connection in self.connections.values():
            connection.turned(answers=answers)

    def _in_loop(self, call: Callable[[bool], None], value: bool) -> None:
        if self._loop is None:
            call(value)
            return
        with suppress(RuntimeError):  # it has ended
            self._loop.call_soon_threadsafe(call, value)

    def _look(self) -> None:
        """Note whether we are connected, for other threads."""
        connections = self.connections.values()
        self.connected = all(connection.registered for connection in connections)
        self.complete = all(connection.complete for connection in connections)
        self.shut_out = sum(connection.shut_out for connection in connections)
        now = asyncio.get_running_loop().time()
        self.doubtful = any(connection.is_doubtful(now) for connection in connections)

    def _drop_unconfirmed(self) -> None:
        """Soon after we may no longer speak, drop what we sent that has not arrived."""
        if self._may_speak():
            self._drops_in = _DROPS_AFTER
        elif self._drops_in:
            self._drops_in -= 1
            if not self._drops_in:
                for connection in self.connections.values():
                    connection.drop_unconfirmed()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._tick_every)
            self._look()
            self._drop_unconfirmed()
            now = asyncio.get_running_loop().time()
            self._tell_results(self._broadcasts.expire(now))
            self.tick()

    def tick(self) -> None:
        """Have the handler tick now. Called in the loop's thread."""
        if self._listener is not None and not self._ticking:
            self._ticking = True  # one at a time, however slow the handler is
            self._listener.put("", Tick(self._now()))

    def _happened(self, connection: Connection, network_events: Sequence[NetworkEvent]) -> None:
        """Pass on what happened on a network."""
        if self._listener is None:
            return
        for network_event in network_events:
            if isinstance(network_event, DeliveryResults):
                self._tell_results(self._broadcasts.settle(network_event.results))
            else:
                self._listener.put(connection.settings.name, network_event)
        if self._listener.backlog > _MOST_BEHIND and not self._waiting:
            self._waiting = True
            log.warning(
                "%d lines wait to be handled; no more are read until then", self._listener.backlog
            )
            self._listen(False)

    def _tell_results(self, results: Sequence[BroadcastResult]) -> None:
        for result in results:
            if self._listener is not None:
                self._listener.put("", result)

    def _said(self, said: HandlerOutput) -> None:
        """Take the handler's output: replies to send, channels to be in."""
        self._ticking = False
        self._broadcasts.begin(said.replies, asyncio.get_running_loop().time())
        by_network: dict[str, list[Reply]] = {}
        for reply in said.replies:
            if reply.kind is ReplyKind.OPERATORS:
                if (there := self.connections.get(reply.network)) is not None:
                    there.tell_operators(reply.text)
                continue
            by_network.setdefault(reply.network, []).append(reply)
        for name, connection in self.connections.items():
            replies = by_network.pop(name, ())
            connection.say(replies)
            if (wishes := said.wishes) is not None:
                connection.want([wish for wish in wishes.wanted if wish.network == name])
                connection.want_topics(
                    {channel: t for (where, channel), t in wishes.topics.items() if where == name}
                )
                connection.go_on()
            elif replies:
                connection.send()
        for name, replies in by_network.items():
            log.error("a reply is dropped: the network %r is not configured", name)
            self._tell_results(
                self._broadcasts.settle(
                    [DeliveryResult(r, "the network is not configured") for r in replies]
                )
            )
        if self._waiting and self._listener is not None and self._listener.backlog < _CAUGHT_UP:
            self._waiting = False
            self._listen(True)

    def _listen(self, wanted: bool) -> None:
        for connection in self.connections.values():
            connection.listen(wanted)
