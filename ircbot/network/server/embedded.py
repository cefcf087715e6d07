"""The embedded IRC server: a socket on loopback, and each line handed to its command.

For the demo, `run --embedded` and the tests. It speaks IRC as irssi, WeeChat and bots expect it,
serves one machine only, and keeps nothing on disk.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import ssl
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Self

from ircbot.errors import Misuse, NetworkError
from ircbot.hosts import is_loopback
from ircbot.network.server import (
    capabilities,
    channels,
    chathistory,
    messages,
    modes,
    queries,
    registration,
    sasl,
)
from ircbot.network.server.link import ClientLink, FloodLimit, LinkEvents
from ircbot.network.server.message import IrcMessage, decode, encode, parse
from ircbot.network.server.numerics import Numeric
from ircbot.network.server.settings import DEFAULT_PORT, ServerSettings
from ircbot.network.server.state import User
from ircbot.network.server.traffic import PATIENCE, Traffic, Want
from ircbot.network.server.world import ServerWorld

log = logging.getLogger(__name__)

COMMANDS: Final = (
    capabilities.COMMANDS
    | sasl.COMMANDS
    | registration.COMMANDS
    | channels.COMMANDS
    | modes.COMMANDS
    | messages.COMMANDS
    | chathistory.COMMANDS
    | queries.COMMANDS
)
"""Every command the server knows."""


class EmbeddedServer:
    """One server. `traffic` holds what clients sent, with the sender's nick as the source."""

    def __init__(self, settings: ServerSettings | None = None) -> None:
        self.settings = settings or ServerSettings()
        self.world = ServerWorld(self.settings)
        self.traffic = Traffic("the server")
        self.flood: FloodLimit | None = self.settings.flood
        self.host = ""
        self.port = 0
        self.arrivals: list[Callable[[ClientLink], None]] = []
        self._listener: asyncio.Server | None = None
        self._tls: ssl.SSLContext | None = None
        self._users: dict[ClientLink, User] = {}
        self._timers: dict[ClientLink, asyncio.TimerHandle] = {}
        self._events = LinkEvents(self._opened, self._line, self._too_long, self._closed)

    # its life

    async def start(
        self,
        port: int = DEFAULT_PORT,
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Listen on `port`, or with 0 on a free one, which `port` then tells."""
        if not is_loopback(host):
            raise Misuse(
                f"The embedded IRC server serves this machine only, and {host} is not a loopback"
                " address: use 127.0.0.1, or a real IRC server."
            )
        loop = asyncio.get_running_loop()
        try:
            listener = await loop.create_server(self._new_link, host, port, ssl=tls)
        except (OSError, OverflowError) as error:
            raise NetworkError(_why_no_port(host, port, error)) from error
        self._listener, self._tls, self.host = listener, tls, host
        self.port = listener.sockets[0].getsockname()[1]

    async def stop(self, reason: str = "Server shutting down", patience: float = 2.0) -> None:
        """Close every link with `reason`, and the port.

        Who has not read what was sent within `patience` seconds loses the rest.
        """
        await self.stop_listening()
        links = list(self._users)
        for link in links:
            link.close(reason)
        try:
            async with asyncio.timeout(patience):
                for link in links:
                    await link.ended.wait()
        except TimeoutError:
            for link in links:
                link.reset(reason)
        self.traffic.end("the server was stopped")

    async def stop_listening(self) -> None:
        """Refuse new connections; those that stand are left alone."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def listen_again(self) -> None:
        """Take new connections again, on the same port."""
        await self.start(self.port, self.host, self._tls)

    async def __aenter__(self) -> Self:
        await self.start(port=0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # observing

    def watch(self, watcher: Callable[[IrcMessage], None]) -> Callable[[], None]:
        """Show `watcher` everything that happens on the server, until the result is called.

        Each message is as a member of the channel sees it, with the tags time and account.
        """
        self.world.watchers.append(watcher)
        return lambda: self.world.watchers.remove(watcher)

    async def seen(self, want: Want, patience: float = PATIENCE, since: int = 0) -> IrcMessage:
        """The first message from a client, since number `since`, that is wanted."""
        _, message = await self.traffic.wait(want, patience, since)
        return message

    # links

    def _new_link(self) -> ClientLink:
        return ClientLink(self._events, self.flood)

    def _opened(self, link: ClientLink) -> None:
        user = User(link, self.world.now(), host=link.address, server=self.settings.name)
        self._users[link] = user
        self.world.connecting.add(user)
        for arrival in self.arrivals:
            arrival(link)
        self._set_timer(link, self.settings.registration_patience, self._give_up)

    def _closed(self, link: ClientLink, reason: str) -> None:
        self._timers.pop(link).cancel()
        self.world.quit(self._users.pop(link), reason)

    def _too_long(self, link: ClientLink) -> None:
        self.world.refuse(self._users[link], Numeric.ERR_INPUTTOOLONG)

    def _line(self, link: ClientLink, line: bytes) -> None:
        """One line must never cost the next, or another client."""
        user = self._users[link]
        message = parse(decode(line))
        if message is None:
            return
        self.traffic.add(replace(message, source=user.nick))
        try:
            self._obey_labelled(user, message)
        except Exception:
            log.exception("The embedded server failed at a line from %s.", user.called)
            self.world.refuse(user, Numeric.ERR_UNKNOWNERROR, message.command)
        if user.registered:
            self._set_timer(link, self.settings.ping_after, self._ping)

    # commands

    def _obey_labelled(self, user: User, message: IrcMessage) -> None:
        """Obey `message`; the answer to a label is one message (IRCv3 labeled-response)."""
        label = message.tags.get("label", "")
        if not label or not user.has("labeled-response"):
            self._obey(user, message)
            return
        user.gathered = []
        try:
            self._obey(user, message)
        finally:
            answer, user.gathered = user.gathered, None
        tag = {"label": label}
        match answer:
            case []:
                self.world.send(user, IrcMessage("ACK", (), self.settings.name, tag))
            case [first, *rest] if not rest or _is_one_batch(answer):
                self.world.send(user, replace(first, tags=dict(first.tags) | tag))
                for inner in rest:
                    self.world.send(user, inner)
            case _:
                self._send_labelled_batch(user, label, answer)

    def _send_labelled_batch(self, user: User, label: str, answer: list[IrcMessage]) -> None:
        with self.world.batch(user, "labeled-response", label=label) as tags:
            for inner in answer:
                self.world.send(user, replace(inner, tags=tags | dict(inner.tags)))

    def _obey(self, user: User, message: IrcMessage) -> None:
        for rule in self.world.incoming:
            ruling = rule(user, message)
            if isinstance(ruling, IrcMessage):
                message = ruling
            elif ruling is not None:
                self._answer_instead(user, ruling)
                return
        command = COMMANDS.get(message.command)
        if command is None:
            if user.registered:
                self.world.refuse(user, Numeric.ERR_UNKNOWNCOMMAND, message.command)
            else:
                self.world.refuse(user, Numeric.ERR_NOTREGISTERED)
        elif not (user.registered or command.before_registration):
            self.world.refuse(user, Numeric.ERR_NOTREGISTERED)
        elif len(message.params) < command.least_params:
            self.world.refuse(user, Numeric.ERR_NEEDMOREPARAMS, message.command)
        else:
            command.run(self.world, user, message)

    def _answer_instead(self, user: User, lines: tuple[str, ...]) -> None:
        for line in lines:
            if user.link is not None:
                user.link.write(encode(line) + b"\r\n")

    # clients that have fallen silent

    def _set_timer(
        self, link: ClientLink, seconds: float, then: Callable[[ClientLink], None]
    ) -> None:
        if link in self._timers:
            self._timers[link].cancel()
        loop = asyncio.get_running_loop()
        self._timers[link] = loop.call_later(seconds, then, link)

    def _ping(self, link: ClientLink) -> None:
        self.world.send(self._users[link], IrcMessage("PING", (self.settings.name,)))
        self._set_timer(link, self.settings.ping_patience, self._expire)

    def _give_up(self, link: ClientLink) -> None:
        link.close("Registration timed out")

    def _expire(self, link: ClientLink) -> None:
        link.close("Ping timeout")


def _why_no_port(host: str, port: int, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use: choose another one with --port, or stop its user."
    return f"The embedded IRC server cannot listen on {host} port {port}: {error}."


def _is_one_batch(answer: list[IrcMessage]) -> bool:
    """Whether the answer is a batch already, which only needs the label."""
    first, last = answer[0], answer[-1]
    if first.command != "BATCH" or last.command != "BATCH":
        return False
    return first.target.removeprefix("+") == last.target.removeprefix("-")
