"""A small IRC client: the demo's people, and those whom the tests send to any IRC server.

It answers PING, remembers what it heard, and waits when told to. It does not react to anything
else, nor reconnect.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from contextlib import suppress
from itertools import count
from typing import Final, Self

from ircbot.errors import NetworkError
from ircbot.network.server.message import IrcMessage, decode, encode, parse
from ircbot.network.server.names import fold
from ircbot.network.server.traffic import PATIENCE, Traffic, Want

_JOIN_REFUSED: Final = frozenset(
    {"403", "405", "407", "437", "471", "473", "474", "475", "476", "477", "480", "489"}
)
_NO_WELCOME: Final = frozenset({"432", "433", "437", "464", "465", "ERROR"})


class Visitor:
    """One person on one server. Made by `Visitor.arrive`, which registers it."""

    def __init__(self, nick: str, patience: float = PATIENCE) -> None:
        self.nick = nick
        self.patience = patience
        self.traffic = Traffic(nick)
        self.heard_up_to = 0
        self._tokens = count(1)
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter
        self._listening: asyncio.Task[None] | None = None

    @classmethod
    async def arrive(
        cls,
        nick: str,
        port: int,
        host: str = "127.0.0.1",
        *,
        tls: ssl.SSLContext | None = None,
        account: tuple[str, str] | None = None,
        password: str = "",
        capabilities: tuple[str, ...] = (),
        username: str = "",
        realname: str = "",
        patience: float = PATIENCE,
    ) -> Self:
        """Connect, log in to `account` (name and password) if given, and register.

        Raises NetworkError if the server does not take it.
        """
        visitor = cls(nick, patience)
        try:
            await visitor.connect(port, host, tls)
        except OSError as error:
            raise NetworkError(f"There is no IRC server on {host} port {port}: {error}") from error
        try:
            if account is not None:
                capabilities = (*capabilities, "sasl")
            if capabilities:
                await visitor.request(capabilities)
            if password:
                await visitor.send(f"PASS {password}")
            await visitor.send(f"NICK {nick}")
            await visitor.send(f"USER {username or nick} 0 * :{realname or nick}")
            if account is not None:
                await visitor.log_in(*account)
            if capabilities:
                await visitor.send("CAP END")
            await visitor.be_welcomed()
        except BaseException:
            await visitor.vanish()
            raise
        return visitor

    # the link

    async def connect(
        self, port: int, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
    ) -> None:
        """Open the link, and no more."""
        async with asyncio.timeout(self.patience):
            streams = await asyncio.open_connection(host, port, ssl=tls, limit=2**20)
        self._reader, self._writer = streams
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        reason = "closed by the server"
        try:
            while line := await self._reader.readline():
                message = parse(decode(line.rstrip(b"\r\n")))
                if message is not None:
                    self._take(message)
        except (OSError, ValueError) as error:
            reason = str(error)
        finally:
            self.traffic.end(reason)
            if not self._writer.is_closing():  # a second time breaks TLS of Python 3.11.2
                self._writer.close()

    def _take(self, message: IrcMessage) -> None:
        if message.command == "PING":
            self._writer.write(encode(f"PONG :{message.text}\r\n"))
        elif message.command == "001" or self._is_mine(message, "NICK"):
            self.nick = message.target
        self.traffic.add(message)

    def _is_mine(self, message: IrcMessage, command: str) -> bool:
        return message.command == command and fold(message.nick) == fold(self.nick)

    async def send(self, line: str | bytes) -> None:
        """Send one raw line."""
        self._writer.write((line if isinstance(line, bytes) else encode(line)) + b"\r\n")
        await self._writer.drain()

    async def vanish(self) -> None:
        """Break the link without a word."""
        if self._listening is not None:
            self._writer.transport.abort()
            with suppress(asyncio.CancelledError):
                await self._listening

    async def quit(self, reason: str = "bye") -> None:
        """Say QUIT and wait until the server has closed the link."""
        with suppress(OSError):
            await self.send(f"QUIT :{reason}")
        if self._listening is not None:
            async with asyncio.timeout(self.patience):
                await self._listening

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.vanish()

    # registration

    async def request(self, capabilities: tuple[str, ...]) -> None:
        """Ask for `capabilities`, all of which the server must have."""
        await self.send("CAP LS 302")
        await self.send(f"CAP REQ :{' '.join(capabilities)}")
        answer = await self._answer({"CAP"}, lambda m: m.param(1) in ("ACK", "NAK"))
        if answer.param(1) == "NAK":
            raise NetworkError(f"The server does not offer all of {' '.join(capabilities)}.")

    async def log_in(self, name: str, password: str) -> None:
        """Log in with SASL PLAIN."""
        await self.send("AUTHENTICATE PLAIN")
        await self._answer({"AUTHENTICATE"})
        secret = base64.b64encode(f"{name}\0{name}\0{password}".encode()).decode()
        chunks = [secret[start : start + 400] for start in range(0, len(secret), 400)]
        for chunk in [*chunks, "+"] if len(chunks[-1]) == 400 else chunks:
            await self.send(f"AUTHENTICATE {chunk}")
        answer = await self._answer({"903", "904", "905", "906", "908"})
        if answer.command != "903":
            raise NetworkError(f"The server refused to log {self.nick} in as {name}.")

    async def be_welcomed(self) -> None:
        """Wait for the end of the welcome."""
        answer = await self._answer({"376", "422"} | _NO_WELCOME)
        if answer.command in _NO_WELCOME:
            raise NetworkError(f"The server did not take {self.nick}: {answer}")

    async def _answer(self, commands: set[str] | frozenset[str], also: Want = "") -> IrcMessage:
        def fits(message: IrcMessage) -> bool:
            more = also(message) if callable(also) else True
            return message.command in commands and more

        return await self.hears(fits)

    # what people do

    async def join(self, channel: str, key: str = "") -> None:
        """Join `channel` and wait until its names have come; NetworkError if refused."""
        since = self.traffic.mark
        await self.send(f"JOIN {channel} {key}".rstrip())

        def decided(message: IrcMessage) -> bool:
            at = fold(message.param(1)) == fold(channel)
            return at and (message.command == "366" or message.command in _JOIN_REFUSED)

        answer = await self.hears(decided, since=since)
        if answer.command != "366":
            raise NetworkError(f"{self.nick} may not join {channel}: {answer.text}")

    async def part(self, channel: str, reason: str = "") -> None:
        """Leave `channel` and wait until that is so."""
        await self._send_and_wait(f"PART {channel} :{reason}", "PART")

    async def rename(self, nick: str) -> None:
        """Take another nick and wait until that is so."""
        await self._send_and_wait(f"NICK {nick}", "NICK")

    async def _send_and_wait(self, line: str, command: str) -> None:
        since, own = self.traffic.mark, fold(self.nick)
        await self.send(line)
        await self.hears(lambda m: m.command == command and fold(m.nick) == own, since=since)

    async def say(self, to: str, text: str) -> None:
        """Say `text` to a channel or a person."""
        await self.send(f"PRIVMSG {to} :{text}")

    async def act(self, to: str, text: str) -> None:
        """/me `text`."""
        await self.say(to, f"\x01ACTION {text}\x01")

    async def notice(self, to: str, text: str) -> None:
        """Send a NOTICE."""
        await self.send(f"NOTICE {to} :{text}")

    # waiting

    async def hears(
        self, want: Want, patience: float | None = None, since: int | None = None
    ) -> IrcMessage:
        """The next message that is wanted: part of a line, or what makes a function true.

        What was heard before counts too, but not what came before the last message that an
        earlier call found. With `since`, a number from `traffic.mark`, that place counts instead
        and is not moved.
        """
        start = self.heard_up_to if since is None else since
        number, message = await self.traffic.wait(want, patience or self.patience, start)
        if since is None:
            self.heard_up_to = number + 1
        return message

    async def barrier(self) -> None:
        """Wait until the server has dealt with everything sent so far, and its answers are here."""
        token = f"barrier-{next(self._tokens)}"
        since = self.traffic.mark
        await self.send(f"PING {token}")
        await self.hears(lambda m: m.command == "PONG" and m.text == token, since=since)
