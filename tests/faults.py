"""What goes wrong on networks, made to happen to the clients of an embedded server.

Each fault is one method of `Faults`. Those that last return a `Fault`, whose `lift` ends it.
Nothing here is used by a server that is to behave.
"""

from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Literal

from ircbot.network.server import capabilities
from ircbot.network.server.channels import show_new_member
from ircbot.network.server.embedded import EmbeddedServer
from ircbot.network.server.link import ClientLink
from ircbot.network.server.message import IrcMessage, encode
from ircbot.network.server.names import fold
from ircbot.network.server.numerics import WORDS, Numeric
from ircbot.network.server.state import Channel, User

Ending = Literal["FIN", "RST"]
"""How a link ends: closed in order, or broken."""

LEAF = "leaf.localhost"
"""The other server, on which phantoms live and which splits off."""


@dataclass(slots=True)
class Fault:
    """One fault that lasts. `used` counts how often it struck."""

    lift: Callable[[], None]
    used: int = 0


@dataclass(slots=True)
class Split:
    """People who are on the other side of a netsplit, with the channels and ranks they had."""

    away: dict[User, dict[str, set[str]]] = field(default_factory=dict)


class Faults:
    """The faults of one server."""

    def __init__(self, server: EmbeddedServer) -> None:
        self._server = server
        self._world = server.world

    # the port

    async def refuse_connections(self) -> None:
        """Close the port; links that stand are left alone."""
        await self._server.stop_listening()

    async def accept_connections(self) -> None:
        """Open the port again."""
        await self._server.listen_again()

    def new_links_are_silent(self) -> Fault:
        """Accept connections and never say a word on them."""
        return self.on_new_links(_mute)

    def on_new_links(self, change: Callable[[ClientLink], None]) -> Fault:
        """Do something to every link that comes."""
        fault = Fault(lambda: self._server.arrivals.remove(struck))

        def struck(link: ClientLink) -> None:
            fault.used += 1
            change(link)

        self._server.arrivals.append(struck)
        return fault

    # one client's link

    def silence(self, nick: str) -> Fault:
        """Say nothing more to `nick`, not even PONG, and leave the link standing."""
        link = self.link(nick)
        _mute(link)
        return Fault(lambda: _unmute(link))

    def drip(self, nick: str) -> Fault:
        """Send `nick` every byte in a write of its own."""
        link = self.link(nick)
        _slow(link)
        return Fault(lambda: _unmute(link))

    def new_links_drip(self) -> Fault:
        """Send every new client every byte in a write of its own."""
        return self.on_new_links(_slow)

    def cut(self, nick: str, after: int, ending: Ending = "RST") -> None:
        """End the link when `after` more bytes have been sent, be it in mid-line."""
        link = self.link(nick)
        left = after

        def output(data: bytes) -> None:
            nonlocal left
            link.pass_on(data[:left])
            left -= len(data)
            if left <= 0:
                _end(link, ending)

        link.output = output

    def drop(self, nick: str, ending: Ending = "RST") -> None:
        """End the link now, without a word."""
        _end(self.link(nick), ending)

    def kill(self, nick: str, reason: str, *, close: bool = True) -> None:
        """Tell `nick` ERROR; with `close` false leave it at that and say nothing more."""
        link = self.link(nick)
        if close:
            link.close(reason)
        else:
            link.write(encode(f"ERROR :Closing Link: ({reason})\r\n"))
            _mute(link)

    def stop_reading(self, nick: str) -> Fault:
        """Leave everything that `nick` sends in the socket."""
        link = self.link(nick)
        link.stop_reading()
        return Fault(link.go_on_reading)

    def inject(self, nick: str, *lines: str | bytes) -> None:
        """Send `nick` raw lines; each gets its end. Bytes may hold anything."""
        for line in lines:
            data = line if isinstance(line, bytes) else encode(line)
            self.inject_bytes(nick, data + b"\r\n")

    def inject_bytes(self, nick: str, data: bytes) -> None:
        """Send `nick` bytes exactly as they are."""
        self.link(nick).write(data)

    def link(self, nick: str) -> ClientLink:
        """The link of who has, or wants, that nick."""
        link = self._whom(nick).link
        if link is None:
            raise LookupError(f"{nick} is a phantom and has no link")
        return link

    def _whom(self, nick: str) -> User:
        user = self._world.user(nick)
        if user is None:
            for connecting in self._world.connecting:
                if fold(connecting.nick) == fold(nick):
                    return connecting
            raise LookupError(f"there is no {nick} on the server")
        return user

    # answers

    def answer(
        self,
        command: str,
        *lines: str,
        when: Callable[[User, IrcMessage], bool] = lambda user, message: True,
        times: int | None = None,
    ) -> Fault:
        """Answer `command` with `lines` instead of obeying it; with none, ignore it.

        In a line {nick} is the sender's nick ("*" before registration), {server} the server's
        name, {0}, {1} … the command's parameters. Strikes `times` times, or until lifted.
        """

        def rule(user: User, message: IrcMessage) -> tuple[str, ...] | None:
            spent = times is not None and fault.used >= times
            if spent or message.command != command.upper() or not when(user, message):
                return None
            fault.used += 1
            params = [*message.params, *[""] * 9]
            server = self._world.settings.name
            return tuple(line.format(*params, nick=user.called, server=server) for line in lines)

        fault = Fault(lambda: self._world.incoming.remove(rule))
        self._world.incoming.append(rule)
        return fault

    def ignore(self, command: str, times: int | None = None) -> Fault:
        """Act as if `command` had not been sent."""
        return self.answer(command, times=times)

    def refuse(
        self,
        command: str,
        numeric: str,
        *,
        when: Callable[[User, IrcMessage], bool] = lambda user, message: True,
        times: int | None = None,
        about: str = "{0}",
    ) -> Fault:
        """Answer `command` with the numeric of a refusal and its usual words."""
        words = _words(numeric)
        middle = f" {about}" if about else ""
        line = f":{{server}} {numeric} {{nick}}{middle} :{words}"
        return self.answer(command, line, when=when, times=times)

    def refuse_nick(self, numeric: str = "433", times: int | None = None, nick: str = "") -> Fault:
        """Refuse NICK (every nick, or one) with 433, 432, 437 …"""
        return self.refuse("NICK", numeric, when=_about(nick), times=times)

    def give_another_nick(self, wanted: str, given: str) -> Fault:
        """Who asks for `wanted` gets `given`; 001 says so."""

        def rule(user: User, message: IrcMessage) -> IrcMessage | None:
            if message.command != "NICK" or fold(message.target) != fold(wanted):
                return None
            fault.used += 1
            return replace(message, params=(given,))

        fault = Fault(lambda: self._world.incoming.remove(rule))
        self._world.incoming.append(rule)
        return fault

    def refuse_join(self, channel: str, numeric: str, times: int | None = None) -> Fault:
        """Refuse JOIN of one channel with 471, 473, 474, 475, 477, 405, 437 …"""
        return self.refuse("JOIN", numeric, when=_about(channel), times=times)

    def refuse_talk(self, channel: str, numeric: str = "404", times: int | None = None) -> Fault:
        """Refuse what is said to one channel."""
        return self.refuse("PRIVMSG", numeric, when=_about(channel), times=times)

    # capabilities and SASL

    def cap_unknown(self) -> Fault:
        """Answer CAP with 421, as very old servers do."""
        return self.answer("CAP", ":{server} 421 {nick} CAP :Unknown command")

    def cap_ignored(self) -> Fault:
        """Never answer CAP, and register who goes on without an answer."""
        return self.ignore("CAP")

    def cap_in_pieces(self, room: int = 20) -> None:
        """List capabilities on many lines."""
        self._world.cap_line_room = room

    def refuse_capability(self, *names: str) -> Fault:
        """NAK every request with one of `names` in it, although they are offered."""

        def wanted(user: User, message: IrcMessage) -> bool:
            return message.target == "REQ" and bool(set(names) & set(message.param(1).split()))

        return self.answer("CAP", ":{server} CAP {nick} NAK :{1}", when=wanted)

    def offer_capability(self, name: str, value: str = "") -> None:
        """CAP NEW."""
        capabilities.offer(self._world, name, value)

    def withdraw_capability(self, name: str) -> None:
        """CAP DEL."""
        capabilities.withdraw(self._world, name)

    def sasl_unanswered(self) -> Fault:
        """Never answer AUTHENTICATE, as when services are down."""
        return self.ignore("AUTHENTICATE")

    def sasl_refused(self, numeric: str = "904", times: int | None = None) -> Fault:
        """Answer AUTHENTICATE with 902, 904 … 908."""
        about = "PLAIN" if numeric == "908" else ""
        return self.refuse("AUTHENTICATE", numeric, about=about, times=times)

    def forge_scram(self, final: bytes = b"v=AAAA") -> Fault:
        """Replace the server's proof that it knows the password, by default with a false one."""

        def rule(user: User, message: IrcMessage) -> IrcMessage:
            if message.command == "AUTHENTICATE" and _decoded(message.target).startswith(b"v="):
                fault.used += 1
                return replace(message, params=(base64.b64encode(final).decode() or "+",))
            return message

        fault = Fault(lambda: self._world.outgoing.remove(rule))
        self._world.outgoing.append(rule)
        return fault

    # what operators and services do

    def rename(self, nick: str, to: str) -> None:
        """Force another nick on somebody (SANICK)."""
        self._world.rename(self._whom(nick), to)

    def set_host(self, nick: str, username: str, host: str) -> None:
        """Change somebody's user@host (CHGHOST, 396)."""
        self._world.set_host(self._whom(nick), username, host)

    def log_in(self, nick: str, account: str) -> None:
        """Attach an account to somebody, or take it away with ""."""
        self._world.log_in(self._whom(nick), account)

    def kick(self, channel: str, nick: str, reason: str = "out") -> None:
        """Kick somebody in the name of the server."""
        found = self._channel(channel)
        self._world.kick(self._world.settings.name, found, self._whom(nick), reason)

    def force_join(self, nick: str, channel: str) -> None:
        """Put somebody into a channel that they did not ask for (SAJOIN)."""
        user = self._whom(nick)
        show_new_member(self._world, user, self._world.join(user, channel))

    def force_part(self, nick: str, channel: str) -> None:
        """Take somebody out of a channel (SAPART)."""
        self._world.part(self._whom(nick), self._channel(channel), "")

    def mode(self, channel: str, letters: str, *arguments: str) -> None:
        """Announce a mode change that is not made, whatever it is."""
        self._world.show_modes(
            self._world.settings.name, self._channel(channel), letters, *arguments
        )

    def _channel(self, name: str) -> Channel:
        channel = self._world.channel(name)
        if channel is None:
            raise LookupError(f"nobody is in {name}")
        return channel

    # people on another server

    def phantom(self, nick: str, *channels: str, account: str = "") -> User:
        """Somebody without a client, on another server, in the given channels."""
        user = User(
            None,
            self._world.now(),
            nick=nick,
            username=nick,
            realname=nick,
            host="elsewhere.localhost",
            server=LEAF,
            account=account,
        )
        self._world.welcome(user)
        for channel in channels:
            self._world.join(user, channel)
        return user

    def phantom_says(self, nick: str, to: str, text: str) -> None:
        """Let a phantom, or anybody, say something to a channel or to a person."""
        tags = {"msgid": self._world.new_msgid()}
        event = self._world.event(self._whom(nick), "PRIVMSG", to, text)
        said = replace(event, tags=dict(event.tags) | tags)
        channel = self._world.channel(to)
        if channel is None:
            self._world.happen([self._whom(to)], said)
        else:
            self._world.happen([m for m in channel.members if m.nick != nick], said)
            self._world.history.add(channel.name, said)

    def split(self, nicks: Iterable[str]) -> Split:
        """Let all of `nicks` vanish in a netsplit; until `heal` they can do nothing."""
        gone = [self._whom(nick) for nick in nicks]
        split = Split({u: {c.name: set(c.members[u]) for c in u.channels.values()} for u in gone})
        servers = (self._world.settings.name, LEAF)
        reason = " ".join(servers)
        for witness in self._witnesses(gone):
            with self._world.batch(witness, "netsplit", *servers) as tags:
                for user in gone:
                    if user in self._world.neighbours(witness):
                        quitting = self._world.event(user, "QUIT", reason)
                        self._send_in_batch(witness, quitting, tags)
        for user in gone:
            self._world.watch(self._world.event(user, "QUIT", reason))
            self._world.remove(user)
        return split

    def heal(self, split: Split) -> None:
        """Let those who were split off come back, with their channels and ranks."""
        back = [user for user in split.away if user.link is None or user.link.is_open]
        for user in back:
            self._world.welcome(user)
            for name, ranks in split.away[user].items():
                self._world.admit(user, name).members[user] = set(ranks)
        servers = (self._world.settings.name, LEAF)
        for witness in self._witnesses(back):
            with self._world.batch(witness, "netjoin", *servers) as tags:
                for user in back:
                    for channel in user.channels.values():
                        if witness in channel.members:
                            joined = self._world.join_as_seen_by(witness, user, channel)
                            self._send_in_batch(witness, joined, tags)
                            self._restore_ranks(witness, user, channel)

    def _restore_ranks(self, witness: User, user: User, channel: Channel) -> None:
        for rank in channel.members[user]:
            params = (channel.name, f"+{rank}", user.nick)
            self._world.send(witness, IrcMessage("MODE", params, self._world.settings.name))

    def _send_in_batch(self, user: User, message: IrcMessage, tags: dict[str, str]) -> None:
        self._world.send(user, replace(message, tags=dict(message.tags) | tags))

    def _witnesses(self, gone: list[User]) -> list[User]:
        near = {witness for user in gone for witness in self._world.neighbours(user)}
        return [user for user in near if user not in gone]


def every_numeric(nick: str) -> Iterator[str]:
    """Every numeric from 001 to 998 with parameters that make no sense."""
    odd = (
        "",
        f" {nick}",
        f" {nick} :",
        f" {nick} #",
        " * * * * * * * :x",
        f" {nick} {nick} 0 -1 :=",
    )
    for number in range(1, 999):
        for params in odd:
            yield f":irc.localhost {number:03}{params}"


@asynccontextmanager
async def unanswering_port() -> AsyncIterator[int]:
    """A port of 127.0.0.1 where a connection attempt is neither taken nor refused.

    Linux drops SYNs once the queue of a listener that accepts nobody is full.
    """
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def _mute(link: ClientLink) -> None:
    link.output = lambda data: None


def _unmute(link: ClientLink) -> None:
    link.output = link.pass_on


def _slow(link: ClientLink) -> None:
    loop = asyncio.get_running_loop()
    unsent = bytearray()

    def send_one() -> None:
        if unsent and link.is_open:
            link.pass_on(bytes(unsent[:1]))
            del unsent[:1]
            # Two turns of the loop, so that a client on the same loop reads in between.
            loop.call_soon(loop.call_soon, send_one)

    def output(data: bytes) -> None:
        idle = not unsent
        unsent.extend(data)
        if idle:
            loop.call_soon(send_one)

    link.output = output


def _end(link: ClientLink, ending: Ending) -> None:
    if ending == "FIN":
        link.finish("dropped")
    else:
        link.reset("dropped")


def _about(name: str) -> Callable[[User, IrcMessage], bool]:
    return lambda user, message: not name or fold(message.target) == fold(name)


def _words(numeric: str) -> str:
    try:
        return WORDS.get(Numeric(numeric), "No")
    except ValueError:
        return "No"


def _decoded(chunk: str) -> bytes:
    return b"" if chunk == "+" else base64.b64decode(chunk)
