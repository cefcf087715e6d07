"""A server that a test plays by hand: it says nothing that it was not told to say.

For what no real server may do. Bytes that are no IRC (a TLS hello) are kept like any other.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from typing import Self

from ircbot.network.server.link import ClientLink, LinkEvents
from ircbot.network.server.message import IrcMessage, decode, encode, parse
from ircbot.network.server.traffic import PATIENCE, Traffic, Want


class ScriptedServer:
    """A port; each connection to it becomes a `ScriptedLink`, in the order of arrival."""

    def __init__(self, tls: ssl.SSLContext | None = None, patience: float = PATIENCE) -> None:
        self.port = 0
        self._by_link: dict[ClientLink, ScriptedLink] = {}
        self._tls = tls
        self._patience = patience
        self._listener: asyncio.Server | None = None
        self._arrivals: asyncio.Queue[ScriptedLink] = asyncio.Queue()

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; `port` then tells where."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._new_link, "127.0.0.1", port, ssl=self._tls)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the port and break every link."""
        if self._listener is not None:
            self._listener.close()
        for link in self.links:
            link.reset()
            await link.ended()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _new_link(self) -> ClientLink:
        return ClientLink(LinkEvents(self._opened, self._line, self._too_long, self._closed))

    def _opened(self, link: ClientLink) -> None:
        scripted = ScriptedLink(link, self._patience)
        self._by_link[link] = scripted
        self._arrivals.put_nowait(scripted)

    def _line(self, link: ClientLink, line: bytes) -> None:
        self._by_link[link].take(line)

    def _too_long(self, link: ClientLink) -> None:
        self._by_link[link].take(b"")

    def _closed(self, link: ClientLink, reason: str) -> None:
        self._by_link[link].traffic.end(reason)

    @property
    def links(self) -> list[ScriptedLink]:
        """Every connection there has been, in the order of arrival."""
        return list(self._by_link.values())

    async def next_link(self, patience: float | None = None) -> ScriptedLink:
        """The next connection that nobody has asked for yet."""
        async with asyncio.timeout(patience or self._patience):
            return await self._arrivals.get()


class ScriptedLink:
    """One client's link, in the hands of a test."""

    name = "irc.scripted"

    def __init__(self, link: ClientLink, patience: float) -> None:
        self.link = link
        self.traffic = Traffic("the scripted server")
        self.lines: list[bytes] = []
        self.heard_up_to = 0
        self._patience = patience

    def take(self, line: bytes) -> None:
        """Keep a line that has come."""
        self.lines.append(line)
        message = parse(decode(line))
        if message is not None:
            self.traffic.add(message)

    # listening

    async def expect(self, want: Want, patience: float | None = None) -> IrcMessage:
        """The next line that is wanted, after the last that was expected."""
        number, message = await self.traffic.wait(
            want, patience or self._patience, self.heard_up_to
        )
        self.heard_up_to = number + 1
        return message

    async def barrier(self) -> None:
        """Wait until the client has answered a PING, and so has taken everything before it."""
        token = f"barrier-{self.traffic.mark}"
        since = self.traffic.mark
        self.send(f"PING :{token}")
        await self.traffic.wait(
            lambda m: m.command == "PONG" and m.text == token, self._patience, since
        )

    async def ended(self, patience: float | None = None) -> None:
        """Wait until the client has closed the link, or lost it."""
        async with asyncio.timeout(patience or self._patience):
            await self.link.ended.wait()

    def listen(self, wanted: bool) -> None:
        """Go on reading, or let what the client sends wait."""
        transport = self.link._transport
        (transport.resume_reading if wanted else transport.pause_reading)()

    # saying

    def send(self, *lines: str | bytes) -> None:
        """Send lines, each with its end."""
        for line in lines:
            data = line if isinstance(line, bytes) else encode(line)
            self.link.write(data + b"\r\n")

    def send_bytes(self, data: bytes) -> None:
        """Send bytes exactly as they are."""
        self.link.write(data)

    async def send_slowly(self, data: bytes) -> None:
        """Send each byte in a write of its own."""
        for byte in data:
            self.link.write(bytes([byte]))
            for _ in range(2):  # turns of the loop, so that a client on it reads in between
                await asyncio.sleep(0)

    def reply(self, numeric: str, *params: str, nick: str = "") -> None:
        """Send a numeric; the last parameter may hold blanks."""
        *middle, last = params or ("",)
        words = " ".join([f":{self.name}", numeric, nick or self.nick, *middle, f":{last}"])
        self.send(words)

    @property
    def nick(self) -> str:
        """The nick the client asked for last, "*" if none."""
        asked = [message.target for message in self.traffic.since() if message.command == "NICK"]
        return asked[-1] if asked else "*"

    # the usual course of things

    async def negotiate(self, offered: Iterable[str] = ()) -> set[str]:
        """Play CAP until CAP END, granting every request; what was granted."""
        granted: set[str] = set()
        while True:
            message = await self.expect(lambda m: m.command == "CAP")
            match message.target.upper():
                case "LS":
                    self.send(f":{self.name} CAP * LS :{' '.join(offered)}")
                case "REQ":
                    granted |= set(message.text.split())
                    self.send(f":{self.name} CAP * ACK :{message.text}")
                case "END":
                    return granted

    async def welcome(self, offered: Iterable[str] = (), isupport: Iterable[str] = ()) -> set[str]:
        """Play a whole registration; the capabilities that were granted."""
        granted = await self.negotiate(offered)
        await self.traffic.wait(lambda m: m.command == "USER", self._patience)
        self.greet(isupport)
        return granted

    def greet(self, isupport: Iterable[str] = (), nick: str = "") -> None:
        """Send 001 to 005 and the end of the MOTD."""
        self.reply("001", "Welcome", nick=nick)
        self.reply("002", "Your host", nick=nick)
        self.reply("003", "Created", nick=nick)
        self.reply("004", self.name, "scripted", "i", "nt", nick=nick)
        tokens = ("CASEMAPPING=rfc1459", "PREFIX=(ov)@+", "CHANTYPES=#", *isupport)
        self.reply("005", *tokens, "are supported by this server", nick=nick)
        self.reply("422", "No MOTD", nick=nick)

    async def let_join(self, channel: str, names: str = "", mask: str = "u@h") -> None:
        """Wait for a JOIN of `channel` and let the client in, with others there."""

        def wanted(message: IrcMessage) -> bool:
            return message.command == "JOIN" and channel in message.target.split(",")

        await self.traffic.wait(wanted, self._patience)
        self.send(f":{self.nick}!{mask} JOIN {channel}")
        self.reply("353", "=", channel, f"{names} {self.nick}".strip())
        self.reply("366", channel, "End of /NAMES list.")

    # the end

    def close(self) -> None:
        """Close the link in order (FIN)."""
        self.link.finish("closed by the script")

    def reset(self) -> None:
        """Break the link (RST)."""
        self.link.reset("broken by the script")

    def stop_reading(self) -> None:
        """Leave what the client sends in the socket."""
        self.link.stop_reading()
