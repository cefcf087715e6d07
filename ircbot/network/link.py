"""One TCP or TLS link: bytes in, decoded lines out; lines in, bytes out.

Each link is an object of its own, so that what an old one still has to say cannot be taken for the
present one's. Must not know what a line means.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from ipaddress import ip_address

from ircbot.decoding import decode
from ircbot.network.message import encode
from ircbot.network.secrets import without_secrets

log = logging.getLogger("ircbot.network")

# 8,191 bytes of tags from the server, as many from clients, and the message (message-tags).
_LONGEST_LINE = 8_191 + 4_094 + 512 + 64
_MOST_UNSENT = 65_536  # bytes waiting for a peer that does not read
_GOODBYE = 1.0  # seconds for the end of TLS

_ENDS = re.compile(r"\r+(?=\n)")


class LineBuffer:
    """Bytes put together to lines. A line without an end is dropped when it gets too long.

    >>> buffer = LineBuffer()
    >>> buffer.feed(b"PING :a\\r\\nPI"), buffer.feed(b"NG b\\n")
    (['PING :a'], ['PING b'])
    """

    def __init__(self) -> None:
        self._rest = b""
        self._skipping = False

    def feed(self, data: bytes) -> list[str]:
        """The lines that `data` completes, decoded."""
        if self._rest:
            data = self._rest + data
        end = data.rfind(b"\n") + 1
        self._rest = data[end:]
        lines = _decoded(data[:end]) if end else []
        if self._skipping and end:
            self._skipping = False
            lines = lines[1:]
        if len(self._rest) > _LONGEST_LINE:
            self._rest = b""
            if not self._skipping:
                log.warning("a line without an end is dropped")
            self._skipping = True
        return lines


def _decoded(data: bytes) -> list[str]:
    if b"\0" in data:
        data = data.replace(b"\0", b"")
    data = data.replace(b"\r\n", b"\n")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\n".join(map(decode, data.split(b"\n")))
    if "\r" in text:
        # Within a line it is a blank: taken for an end, anybody could put words into the server's
        # mouth that lets it pass.
        text = _ENDS.sub("", text).replace("\r", " ")
    lines = text.split("\n")
    lines.pop()
    return lines


class Link(asyncio.Protocol):
    """One link. `on_lines` gets the lines of one read, `on_lost` the end, once."""

    def __init__(
        self, on_lines: Callable[[Link, list[str]], None], on_lost: Callable[[Link, str], None]
    ) -> None:
        self._on_lines = on_lines
        self._on_lost = on_lost
        self._buffer = LineBuffer()
        self._transport: asyncio.Transport | None = None
        self._ended = asyncio.Event()
        self.blocked = False  # the peer does not read

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport. Nothing is sent, and nothing read before `listen`."""
        assert isinstance(transport, asyncio.Transport)
        transport.set_write_buffer_limits(high=_MOST_UNSENT)
        transport.pause_reading()
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Hand on the lines of one read."""
        if lines := self._buffer.feed(data):
            if log.isEnabledFor(logging.DEBUG):
                for line in lines:
                    log.debug("<< %s", without_secrets(line))
            self._on_lines(self, lines)

    def pause_writing(self) -> None:
        """Note that the peer does not read."""
        self.blocked = True

    def resume_writing(self) -> None:
        """Note that it reads again."""
        self.blocked = False

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that it is over."""
        self._transport = None
        self._ended.set()
        self._on_lost(self, str(exc) if exc else "closed by the server")

    def write(self, lines: Iterable[str]) -> None:
        """Send lines; nothing for a link that is gone."""
        if self._transport is None or self._transport.is_closing():
            return
        data = b"".join(map(encode, lines))
        if data and log.isEnabledFor(logging.DEBUG):
            for line in data.decode().split("\r\n")[:-1]:
                log.debug(">> %s", without_secrets(line))
        self._transport.write(data)

    def listen(self, wanted: bool) -> None:
        """Go on reading, or have the server wait."""
        if self._transport is None or self._transport.is_closing():
            return
        if wanted and not self._transport.is_reading():
            self._transport.resume_reading()
        elif not wanted and self._transport.is_reading():
            self._transport.pause_reading()

    async def leave(self) -> None:
        """End it in order; if the other side does not play along, without it."""
        if self._transport is not None:
            self._transport.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(_GOODBYE):
                    await self._ended.wait()
        self.abort()

    def abort(self) -> None:
        """End it now, whatever is unsent."""
        if self._transport is not None:
            self._transport.abort()

    @property
    def is_loopback(self) -> bool:
        """Whether the other side is this machine."""
        peer = self._transport.get_extra_info("peername") if self._transport else None
        if not isinstance(peer, tuple):
            return False
        with suppress(ValueError):
            return ip_address(str(peer[0]).partition("%")[0]).is_loopback
        return False

    @property
    def certificate(self) -> bytes | None:
        """The server's certificate (DER), None without TLS."""
        tls = self._transport.get_extra_info("ssl_object") if self._transport else None
        return tls.getpeercert(binary_form=True) if tls is not None else None
