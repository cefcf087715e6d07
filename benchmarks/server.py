"""An IRC server that says what a benchmark wants said, as fast as the client reads."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from functools import cache

from benchmarks.talk import sentence

_DIFFERENT = 20_000  # sentences, which then come again
NICKS = 20
_PIECE = 1 << 16  # bytes sent at a time, or one longer line


@cache
def _sentences() -> Sequence[str]:
    chance = random.Random(1)
    return [sentence(chance) for _ in range(_DIFFERENT)]


def chatter(number: int) -> str:
    """A line of talk, another for each number."""
    return _sentences()[number % _DIFFERENT]


def flood(lines: int, every: int = 20) -> list[str]:
    """What people say in #ops: each `every`th line is an entry, numbered from 0."""
    return [
        f"TL: entry number {n // every} was made" if n % every == 0 else chatter(n)
        for n in range(lines)
    ]


def on_the_wire(texts: Sequence[str], channel: str = "#ops") -> bytes:
    """The same as the server sends it, from people who take turns."""
    return "".join(
        f":nick{n % NICKS}!user@host{n % NICKS}.example.org PRIVMSG {channel} :{text}\r\n"
        for n, text in enumerate(texts)
    ).encode()


class Server:
    """Takes one client in, and tells when it has joined and what it says."""

    def __init__(self) -> None:
        self.port = 0
        self.links = 0  # that clients made
        self.joined = asyncio.Event()
        self.heard: Callable[[bytes], None] = lambda line: None
        self._nick = "bot"
        self._writer: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None
        self._pongs: dict[bytes, asyncio.Event] = {}

    async def start(self) -> None:
        """Listen on a free port of loopback."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Take nobody in any more."""
        if self._server is not None:
            self._server.close()
        if self._writer is not None:
            self._writer.close()

    async def send(self, content: bytes) -> None:
        """Send whole lines as fast as the client takes them. A PONG may come between two."""
        assert self._writer is not None
        start = 0
        while start < len(content):
            end = content.rfind(b"\n", start, start + _PIECE) + 1 or len(content)
            self._writer.write(content[start:end])
            await self._writer.drain()
            start = end

    async def lose_link(self) -> None:
        """Close the link, and wait until the client has come back and joined."""
        assert self._writer is not None
        self.joined.clear()
        self._writer.close()
        await self.joined.wait()

    async def ping(self, token: bytes) -> None:
        """Wait until the client has answered a PING."""
        self._pongs[token] = asyncio.Event()
        await self.send(b"PING :" + token + b"\r\n")
        await self._pongs[token].wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.links += 1
        self.joined.clear()
        try:
            while line := await reader.readline():
                self.heard(line)
                self._answer(line.rstrip(b"\r\n").decode("utf-8", "replace"), writer)
        except (ConnectionError, asyncio.CancelledError):
            pass  # asyncio would print that a link was cut off by the benchmark's end

    def _answer(self, line: str, writer: asyncio.StreamWriter) -> None:
        command, _, rest = line.partition(" ")
        nick = self._nick
        match command:
            case "CAP" if rest.startswith("LS"):
                writer.write(b":server CAP * LS :\r\n")
            case "NICK":
                self._nick = rest.removeprefix(":")
            case "USER":
                writer.write(
                    f":server 001 {nick} :Welcome\r\n:server 002 {nick} :host\r\n"
                    f":server 003 {nick} :made\r\n:server 004 {nick} server 1 o o\r\n"
                    f":server 005 {nick} CASEMAPPING=rfc1459 CHANTYPES=# PREFIX=(ov)@+ :are\r\n"
                    f":server 376 {nick} :End\r\n".encode()
                )
            case "PING":
                writer.write(f":server PONG server {rest}\r\n".encode())
            case "PONG":
                token = rest.rpartition(":")[2].rpartition(" ")[2].encode()
                if token in self._pongs:
                    self._pongs[token].set()
            case "JOIN" if rest.split():
                self._let_in(rest.split()[0].removeprefix(":"), writer)
            case "WHO" if rest.split():
                writer.write(f":server 315 {nick} {rest.split()[0]} :End\r\n".encode())
            case "QUIT":
                writer.close()
            case "MODE" if rest.startswith("#"):
                writer.write(f":server 324 {nick} {rest.split()[0]} +nt\r\n".encode())
            case _:
                pass

    def _let_in(self, channels: str, writer: asyncio.StreamWriter) -> None:
        people = " ".join(f"nick{n}" for n in range(NICKS))
        for channel in channels.split(","):
            writer.write(
                f":{self._nick}!bot@host JOIN {channel}\r\n"
                f":server 353 {self._nick} = {channel} :{self._nick} boss {people}\r\n"
                f":server 366 {self._nick} {channel} :End\r\n".encode("utf-8", "replace")
            )
        self.joined.set()
