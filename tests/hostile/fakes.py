"""A server that does what a test tells it, line by line, and ears that write down what they hear."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from ircbot.incident.line import Line, LineKind, Reply, ReplyKind
from ircbot.network.bot import Bot
from ircbot.network.ears import WantedChannel
from ircbot.network.settings import Address, NetworkSettings, Pace, Timeouts

PATIENCE = 8.0  # seconds a test waits for what must come

# Short enough for a test, long enough for a loaded machine.
QUICK = Timeouts(
    connect=2.0,
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


class Peer:
    """The server's side of one link."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.lines: list[str] = []  # all that the client has sent
        self.raw: list[bytes] = []

    async def line(self) -> str:
        """The next line of the client; "" at the end of the link."""
        data = await asyncio.wait_for(self.reader.readline(), PATIENCE)
        self.raw.append(data)
        line = data.decode("utf-8", "replace").rstrip("\r\n")
        if data:
            self.lines.append(line)
        return line

    async def expect(self, pattern: str) -> re.Match[str]:
        """The next line that matches; others are passed over, PINGs are answered."""
        while True:
            line = await self.line()
            if found := re.search(pattern, line):
                return found
            if not line and self.reader.at_eof():
                raise AssertionError(f"no {pattern!r} among {self.lines[-12:]}")
            if line.startswith("PING "):
                self.send(f":irc.test PONG irc.test {line[5:]}")

    async def closed(self) -> None:
        """Wait until the client has ended the link."""
        while await self.line() or not self.reader.at_eof():
            pass

    def send(self, *lines: str) -> None:
        """Lines to the client."""
        self.writer.write("".join(line + "\r\n" for line in lines).encode())

    def send_bytes(self, data: bytes) -> None:
        """Bytes as they are."""
        self.writer.write(data)

    async def register(self, *, capabilities: str = "", isupport: str = "") -> str:
        """Answer a client until it is registered; returns its nick."""
        await self.expect(r"^CAP LS 302$")
        nick = (await self.expect(r"^NICK (\S+)"))[1]
        await self.expect(r"^USER ")
        self.send(f":irc.test CAP * LS :{capabilities}")
        while True:
            line = await self.line()
            if line.startswith("CAP REQ :"):
                self.send(f":irc.test CAP * ACK :{line[9:]}")
            elif line == "CAP END":
                break
        self.welcome(nick, isupport)
        return nick

    def welcome(self, nick: str, isupport: str = "") -> None:
        """001 to 376."""
        self.send(
            f":irc.test 001 {nick} :Welcome to the test {nick}!~bot@client.test",
            f":irc.test 005 {nick} {isupport} :are supported" if isupport else "",
            f":irc.test 376 {nick} :End of MOTD",
        )

    async def joined(self, channel: str, nick: str = "ilbot", *others: str) -> None:
        """Let a JOIN of the client succeed."""
        await self.expect(rf"^JOIN {re.escape(channel)}\b")
        self.let_in(channel, nick, *others)

    def let_in(self, channel: str, nick: str = "ilbot", *others: str) -> None:
        """Say that the client is in a channel now."""
        self.send(
            f":{nick}!~bot@client.test JOIN {channel}",
            f":irc.test 353 {nick} = {channel} :{' '.join((nick, *others))}",
            f":irc.test 366 {nick} {channel} :End of NAMES",
        )

    def close(self) -> None:
        """End the link."""
        self.writer.close()


class Scripted:
    """A listening server; a test takes its links one after the other."""

    def __init__(self) -> None:
        self._peers: asyncio.Queue[Peer] = asyncio.Queue()
        self._server: asyncio.Server | None = None
        self._all: list[Peer] = []
        self.port = 0

    async def start(self, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        """Listen on loopback."""
        self._server = await asyncio.start_server(
            self._arrived, "127.0.0.1", port, ssl=tls, limit=1 << 20
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _arrived(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer)
        self._all.append(peer)
        self._peers.put_nowait(peer)

    async def peer(self) -> Peer:
        """The next link."""
        return await asyncio.wait_for(self._peers.get(), PATIENCE)

    def stop(self) -> None:
        """Refuse further links and end those there are."""
        if self._server is not None:
            self._server.close()
        for peer in self._all:
            peer.writer.transport.abort()


class Notebook:
    """Ears that write everything down. `answer` makes the replies to a line."""

    def __init__(self, *channels: str, answer: Callable[[Line], Sequence[Reply]] | None = None):
        self.channels = [WantedChannel(channel) for channel in channels]
        self.answer = answer
        self.lines: list[Line] = []
        self.batches: list[int] = []
        self.gaps: list[tuple[str, datetime, datetime]] = []
        self.troubles: list[tuple[str, str]] = []
        self.results: dict[str, tuple[list[str], dict[str, str]]] = {}
        self.names: list[str] = []
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
        return {}

    def absent(
        self, network: str, channel: str, since: datetime, until: datetime
    ) -> Sequence[Reply]:
        self.gaps.append((channel, since, until))
        self._note()
        return []

    def delivered(
        self, broadcast: str, arrived: Sequence[str], refused: dict[str, str]
    ) -> Sequence[Reply]:
        self.results[broadcast] = (list(arrived), dict(refused))
        self._note()
        return []

    def trouble(self, network: str, channel: str, why: str) -> Sequence[Reply]:
        self.troubles.append((channel, why))
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

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is true of the notes."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._changed.clear()
                if not condition():
                    await self._changed.wait()


def settings(port: int, **changes: object) -> NetworkSettings:
    """A network on loopback, quick to lose patience, unpaced."""
    values: dict[str, object] = {
        "servers": (Address("127.0.0.1", port),),
        "tls": False,
        "timeouts": QUICK,
        "pace": Pace(limited=False),
    }
    return NetworkSettings(**{**values, **changes})  # type: ignore[arg-type]


@asynccontextmanager
async def running(ears: Notebook, *networks: NetworkSettings) -> AsyncIterator[Bot]:
    """A bot at work; it leaves at the end, and soon."""
    bot = Bot(ears, networks)
    task = asyncio.create_task(bot.run())
    try:
        yield bot
    finally:
        bot.stop("the test is over")
        await asyncio.wait_for(task, PATIENCE)


@asynccontextmanager
async def scene(
    *channels: str, tls: ssl.SSLContext | None = None, **changes: object
) -> AsyncIterator[tuple[Scripted, Notebook, Bot]]:
    """A scripted server with a bot that is on its way to it."""
    server = Scripted()
    await server.start(tls)
    ears = Notebook(*channels)
    try:
        async with running(ears, settings(server.port, **changes)) as bot:
            yield server, ears, bot
    finally:
        server.stop()


def answer_all(line: Line) -> Sequence[Reply]:
    """Repeat everything that is said, where it was said."""
    if line.kind is not LineKind.MESSAGE:
        return []
    return [Reply(line.channel or line.nick, f"heard: {line.text}", ReplyKind.ANSWER)]
