"""The bot on real sockets: servers played by hand or with faults, and handler that take notes."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from scripted import ScriptedServer

from ircbot.incident.line import Line, LineKind, Reply, ReplyKind
from ircbot.network.bot import Bot
from ircbot.network.line_handler import WantedChannel
from ircbot.network.settings import Address, NetworkSettings, Pace, Timeouts

PATIENCE = 20.0  # seconds a test waits for what must come

# Short enough for a test that waits for them, long enough for a loaded machine.
HASTY = Timeouts(
    connect=1.0,
    handshake=1.0,
    capabilities=0.6,
    sasl=0.6,
    registration=4.0,
    idle=0.6,
    pong=0.4,
    blocked=0.8,
    join=1.0,
    stable=0.3,
    quit=0.5,
)


class Notebook:
    """A line handler that write everything down. `answer` makes the replies to a line."""

    def __init__(
        self, *channels: str, answer: Callable[[Line], Sequence[Reply]] | None = None
    ) -> None:
        self.channels = [WantedChannel(channel) for channel in channels]
        self.answer = answer
        self.lines: list[Line] = []
        self.batches: list[int] = []
        self.gaps: list[tuple[str, datetime, datetime]] = []
        self.troubles: list[tuple[str, str]] = []
        self.results: dict[str, tuple[list[str], dict[str, str]]] = {}
        self.operators_told: list[tuple[tuple[str, ...], str]] = []
        self.names: list[str] = []
        self.wanted_topics: dict[tuple[str, str], str] = {}
        self.known_topics: list[tuple[str, str]] = []
        self.pending: list[Reply] = []  # given out with the next tick
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def _note(self) -> None:
        self._loop.call_soon_threadsafe(self._changed.set)

    def hear(self, lines: Sequence[Line]) -> Sequence[Reply]:
        self.batches.append(len(lines))
        self.lines += lines
        self._note()
        if self.answer is None:
            return []
        return [reply for line in lines for reply in self.answer(line)]

    def tick(self, now: datetime) -> Sequence[Reply]:
        pending, self.pending = self.pending, []
        return pending

    def wanted(self) -> Sequence[WantedChannel]:
        return list(self.channels)

    def topics(self) -> dict[tuple[str, str], str]:
        return self.wanted_topics

    def topic(self, network: str, channel: str, topic: str) -> None:
        self.known_topics.append((channel, topic))
        self._note()

    def absent(
        self, network: str, channel: str, since: datetime, until: datetime
    ) -> Sequence[Reply]:
        self.gaps.append((channel, since, until))
        self._note()
        return []

    def delivered(
        self,
        broadcast: str,
        arrived: Sequence[str],
        refused: dict[str, str],
        *,
        confirmed: bool = True,
    ) -> Sequence[Reply]:
        self.results[broadcast] = (list(arrived), dict(refused))
        self._note()
        return []

    def trouble(self, network: str, channel: str, why: str) -> Sequence[Reply]:
        self.troubles.append((channel, why))
        self._note()
        return []

    def for_operators(self, network: str, nicks: Sequence[str], what: str) -> Sequence[Reply]:
        self.operators_told.append((tuple(nicks), what))
        self._note()
        return []

    def known_as(self, network: str, nick: str) -> None:
        self.names.append(nick)
        self._note()

    @property
    def said(self) -> list[str]:
        """The texts of what was said."""
        speech = (LineKind.MESSAGE, LineKind.ACTION)
        return [line.text for line in self.lines if line.kind in speech]

    async def until(self, condition: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Wait until something is true of the notes."""
        async with asyncio.timeout(patience):
            while not condition():
                self._changed.clear()
                if not condition():
                    await self._changed.wait()


async def until(condition: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait for what no event tells."""
    async with asyncio.timeout(patience):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def network(port: int, **changes: object) -> NetworkSettings:
    """A network on loopback without TLS or limits."""
    values: dict[str, object] = {
        "servers": (Address("127.0.0.1", port),),
        "tls": False,
        "pace": Pace(limited=False),
    }
    return NetworkSettings(**{**values, **changes})  # type: ignore[arg-type]


@asynccontextmanager
async def running(handler: Notebook, *networks: NetworkSettings) -> AsyncIterator[Bot]:
    """A bot at work; it leaves at the end, and soon."""
    bot = Bot(handler, networks)
    task = asyncio.create_task(bot.run())
    try:
        yield bot
    finally:
        bot.stop("the test is over")
        await asyncio.wait_for(task, PATIENCE)


@asynccontextmanager
async def scene(
    *channels: str, tls: ssl.SSLContext | None = None, **changes: object
) -> AsyncIterator[tuple[ScriptedServer, Notebook, Bot]]:
    """A server played by hand, with a bot that is on its way to it."""
    async with ScriptedServer(tls) as server:
        handler = Notebook(*channels)
        async with running(handler, network(server.port, **changes)) as bot:
            yield server, handler, bot


def repeat(line: Line) -> Sequence[Reply]:
    """Answer everything that is said with itself, where it was said."""
    if line.kind is not LineKind.MESSAGE:
        return []
    return [Reply(line.channel or line.nick, f"heard: {line.text}", ReplyKind.ANSWER)]
