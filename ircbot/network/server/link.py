"""One TCP link of the server: bytes in, lines out, and the limits that real servers set.

Knows nothing of IRC beyond where a line ends and how long it may be. Only `faults` makes a link
misbehave.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

from ircbot.network.server.message import BODY_LIMIT, TAGS_LIMIT

SEND_LIMIT: Final = 4 * 1024 * 1024
"""Bytes that may wait for a client that does not read; then it is disconnected."""


@dataclass(frozen=True, slots=True)
class FloodLimit:
    """How many lines a client may send: `burst` at once, then `rate` in a second.

    The excess waits ("throttle", as InspIRCd does, until `queue` bytes wait) or ends the link
    ("disconnect", as ngIRCd does).
    """

    burst: int = 10
    rate: float = 1.0
    action: Literal["throttle", "disconnect"] = "throttle"
    queue: int = 8192


@dataclass(frozen=True, slots=True)
class LinkEvents:
    """Receives a link's events."""

    opened: Callable[[ClientLink], None]
    line: Callable[[ClientLink, bytes], None]
    too_long: Callable[[ClientLink], None]
    closed: Callable[[ClientLink, str], None]


class ClientLink(asyncio.Protocol):
    """One client's connection. Its end and the `reason` are reported once, whichever side closes
    it."""

    def __init__(self, events: LinkEvents, flood: FloodLimit | None = None) -> None:
        self._events = events
        self._transport: asyncio.Transport
        self._lines = ByteLines()
        self._flood = flood
        self._tokens = float(flood.burst) if flood else 0.0
        self._filled_at = 0.0
        self._waiting: deque[bytes] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._reason = ""
        self.ended = asyncio.Event()
        self.output: Callable[[bytes], None] = self.pass_on

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._filled_at = asyncio.get_running_loop().time()
        self._events.opened(self)

    def data_received(self, data: bytes) -> None:
        for line in self._lines.feed(data):
            if line is None:
                self._events.too_long(self)
            else:
                self._waiting.append(line)
        self._work()

    def eof_received(self) -> None:
        self._reason = self._reason or "Remote host closed the connection"

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._waiting.clear()
        self._reason = self._reason or (f"Read error: {exc}" if exc else "Connection closed")
        self.ended.set()
        self._events.closed(self, self._reason)

    # lines in

    def _work(self) -> None:
        """Hand on as many waiting lines as the flood limit allows."""
        self._timer = None
        while self._waiting and not self._transport.is_closing():
            if self._flood is not None and not self._may_pass(self._flood):
                return
            self._events.line(self, self._waiting.popleft())

    def _may_pass(self, flood: FloodLimit) -> bool:
        loop = asyncio.get_running_loop()
        now = loop.time()
        gained = (now - self._filled_at) * flood.rate
        self._tokens = min(float(flood.burst), self._tokens + gained)
        self._filled_at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return True
        if flood.action == "disconnect":
            self.close("Excess Flood")
        elif sum(map(len, self._waiting)) > flood.queue:
            self.close("RecvQ exceeded")
        elif self._timer is None:
            self._timer = loop.call_later((1 - self._tokens) / flood.rate, self._work)
        return False

    # lines out

    def write(self, data: bytes) -> None:
        """Send `data`, in the way this link sends."""
        if self.is_open:
            self.output(data)

    def pass_on(self, data: bytes) -> None:
        """Send `data` as it is; the usual `output`."""
        if not self.is_open:
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > SEND_LIMIT:
            self.reset("SendQ exceeded")

    # the end

    @property
    def is_open(self) -> bool:
        """Whether anything written now could still arrive."""
        return not self.ended.is_set() and not self._transport.is_closing()

    def close(self, reason: str) -> None:
        """Say ERROR, send what is still unsent, and close (FIN)."""
        if self.is_open:
            self.write(f"ERROR :Closing Link: ({reason})\r\n".encode())
            self.finish(reason)

    def finish(self, reason: str) -> None:
        """Send what is still unsent and close (FIN) without a word."""
        self._reason = self._reason or reason
        self._transport.close()

    def reset(self, reason: str) -> None:
        """Break the link at once (RST), losing what is unsent."""
        if self.ended.is_set():
            return
        self._reason = self._reason or reason
        raw = self._transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    # what a server can see of its client

    def stop_reading(self) -> None:
        """Leave what the client sends in its socket until `go_on_reading`."""
        self._transport.pause_reading()

    def go_on_reading(self) -> None:
        """Read again."""
        self._transport.resume_reading()

    @property
    def address(self) -> str:
        """The client's address."""
        return str(self._transport.get_extra_info("peername")[0])

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the client's certificate in lower-case hex, "" without one."""
        tls = self._transport.get_extra_info("ssl_object")
        if not isinstance(tls, ssl.SSLObject):
            return ""
        certificate = tls.getpeercert(binary_form=True)
        return sha256(certificate).hexdigest() if certificate else ""

    @property
    def is_secure(self) -> bool:
        """Whether the link is TLS."""
        return self._transport.get_extra_info("ssl_object") is not None


class ByteLines:
    """Bytes become lines. What is too long is cut as InspIRCd cuts it; memory is bounded."""

    def __init__(self) -> None:
        self._unfinished = bytearray()
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes | None]:
        """The lines that `data` completes, without their ends; None for one with too many tags."""
        self._unfinished += data
        *whole, rest = self._unfinished.split(b"\n")
        self._unfinished = rest
        lines: list[bytes | None] = []
        for line in whole:
            if self._skipping:
                self._skipping = False
            else:
                lines.append(_cut(bytes(line).removesuffix(b"\r")))
        if len(rest) > TAGS_LIMIT + BODY_LIMIT + 4:
            # No end in sight: take what a line may hold, and drop the rest when it comes.
            if not self._skipping:
                lines.append(_cut(bytes(rest)))
            self._skipping = True
            rest.clear()
        return lines


def _cut(line: bytes) -> bytes | None:
    if not line.startswith(b"@"):
        return line[:BODY_LIMIT]
    tags, blank, body = line.partition(b" ")
    if len(tags) - 1 > TAGS_LIMIT:
        return None
    return tags + blank + body[:BODY_LIMIT]
