"""One TCP or TLS link: bytes in, decoded lines out; lines in, bytes out.

Each link is an object of its own, so that late data of an old link cannot be taken for the present
one's. Must not know what a line means.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import socket
import sys
import termios
from collections.abc import Callable, Iterable
from contextlib import suppress
from ipaddress import ip_address
from struct import pack

from irc.client_aio import IrcProtocol

from ircbot.network.irclib import IrcConnection
from ircbot.network.message import encode
from ircbot.network.secrets import without_secrets

log = logging.getLogger("ircbot.network")

_MOST_UNSENT = 65_536  # bytes waiting for a peer that does not read
_GOODBYE = 1.0  # seconds for the end of TLS


class Link(IrcProtocol):  # type: ignore[misc]
    """The protocol of one link. `on_lines` receives each read's lines; `on_lost` is called once, at
    the end."""

    def __init__(
        self,
        connection: IrcConnection,
        on_lines: Callable[[Link, list[str]], None],
        on_lost: Callable[[Link, str], None],
    ) -> None:
        super().__init__(connection, asyncio.get_running_loop())
        connection.on_lines = lambda lines: on_lines(self, lines)
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._ended = asyncio.Event()
        self.blocked = False  # the peer does not read

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport. Nothing is read before `listen`."""
        assert isinstance(transport, asyncio.Transport)
        transport.set_write_buffer_limits(high=_MOST_UNSENT)
        transport.pause_reading()
        self._transport = self.connection.transport = transport
        # What we give up on is sent again on the next link, or by another machine.
        self._linger(True)

    def pause_writing(self) -> None:
        """Note that the peer does not read."""
        self.blocked = True

    def resume_writing(self) -> None:
        """Note that it reads again."""
        self.blocked = False

    def connection_lost(self, exc: Exception | None) -> None:
        """Report the end. Fixes: the late end of an old link ends the present one."""
        self._transport = self.connection.transport = None
        self._ended.set()
        self._on_lost(self, str(exc) if exc else "closed by the server")

    def write(self, lines: Iterable[str]) -> None:
        """Send lines. Does nothing once the link is closed."""
        if self._transport is None or self._transport.is_closing():
            return
        data = b"".join(map(encode, lines))
        if data and log.isEnabledFor(logging.DEBUG):
            for line in data.decode().split("\r\n")[:-1]:
                log.debug(">> %s", without_secrets(line))
        self._transport.write(data)

    def listen(self, wanted: bool) -> None:
        """Go on reading, or make the server wait."""
        if self._transport is None or self._transport.is_closing():
            return
        if wanted and not self._transport.is_reading():
            self._transport.resume_reading()
        elif not wanted and self._transport.is_reading():
            self._transport.pause_reading()

    @property
    def listens(self) -> bool:
        """Whether we read what the server sends."""
        return self._transport is not None and self._transport.is_reading()

    @property
    def unconfirmed(self) -> int:
        """Written bytes that may not have arrived at the other machine, as far as the system tells.
        From any thread."""
        transport = self._transport
        if transport is None:
            return 0
        waiting = transport.get_write_buffer_size()
        with suppress(OSError, ValueError):  # it is closed by now, or the system cannot tell
            number = transport.get_extra_info("socket").fileno()
            told = fcntl.ioctl(number, termios.TIOCOUTQ, bytes(4))
            waiting += int.from_bytes(told, sys.byteorder)
        return waiting

    def may_arrive_late(self) -> None:
        """Have the system deliver everything written, even after the link has ended."""
        self._linger(False)

    def _linger(self, drops: bool) -> None:
        """Say whether the system drops what has not arrived when the link ends (SO_LINGER)."""
        if self._transport is not None:
            socket_ = self._transport.get_extra_info("socket")
            with suppress(OSError):
                socket_.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, pack("ii", drops, 0))

    async def leave(self) -> None:
        """Close the link in order, or abort it after a second."""
        self.may_arrive_late()
        if self._transport is not None:
            if not self._transport.is_closing():  # a second time breaks TLS of Python 3.11.2
                self._transport.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(_GOODBYE):
                    await self._ended.wait()
        self.abort()

    def abort(self) -> None:
        """Close the link now, and discard what is unsent or has not arrived."""
        if self._transport is not None:
            self._transport.abort()

    @property
    def peer(self) -> str:
        """The peer's address, "" if it has none."""
        peer = self._transport.get_extra_info("peername") if self._transport else None
        return str(peer[0]) if isinstance(peer, tuple) else ""

    @property
    def is_loopback(self) -> bool:
        """Whether the peer is this machine."""
        with suppress(ValueError):
            return ip_address(self.peer.partition("%")[0]).is_loopback
        return False

    @property
    def certificate(self) -> bytes | None:
        """The server's certificate (DER), None without TLS."""
        tls = self._transport.get_extra_info("ssl_object") if self._transport else None
        return tls.getpeercert(binary_form=True) if tls is not None else None
