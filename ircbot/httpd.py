"""A small HTTP server on loopback: one request per connection, everything bounded.

Serves the metrics and receives alerts, but knows neither. It speaks as much HTTP/1.1 as a
monitoring system and a reverse proxy need: no keep-alive, no chunked bodies, no TLS.

Connections, head, body and time are bounded. A body is read only after its head was admitted. A bad
request is refused without affecting others.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

_LONGEST_HEAD = 8192  # bytes
_PATIENCE = 5.0  # seconds to receive a head, to receive a body, and to send the answer
_MOST_ASKING = 16  # concurrent requests; further ones are refused


@dataclass(frozen=True, slots=True)
class Request:
    """A request. Header names are in lower case; `path` is without the query."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """A response."""

    status: int
    text: str = ""
    type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self, *, bare: bool = False) -> bytes:
        """The bytes of the response; `bare` leaves out the body but keeps its length (HEAD)."""
        told = {
            "Content-Type": self.type,
            "Content-Length": str(len(self.text.encode())),
            "Connection": "close",
            **self.headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        status = f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\n"
        return f"{status}{head}\r\n{'' if bare else self.text}".encode()


Responder = Callable[[Request], Awaitable[Response]]
Admit = Callable[[Request], Response | None]


@contextlib.asynccontextmanager
async def serve(
    host: str,
    port: int,
    answer: Responder,
    *,
    admit: Admit = lambda head: None,
    longest_body: int = 0,
    patience: float = _PATIENCE,
) -> AsyncIterator[int]:
    """Serve, on any free port for 0; returns the port. OSError if listening fails.

    `admit` is given the head, and returns a refusal if the body must not be read. `longest_body` is
    in bytes. `patience` is in seconds and applies to reading the head, reading the body and writing
    the answer each. `answer` must bound its own time.
    """
    asking: set[asyncio.StreamWriter] = set()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(asking) >= _MOST_ASKING:
            writer.transport.abort()
            return
        asking.add(writer)
        try:
            request, refused = await _read(reader, writer, admit, longest_body, patience)
            response = refused or await answer(request)
            async with asyncio.timeout(patience):
                writer.write(response.encoded(bare=request.method == "HEAD"))
                writer.close()
                await writer.wait_closed()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the client is gone, does not read, or asked for an unknown path
        finally:
            asking.discard(writer)
            writer.transport.abort()  # unsent bytes must not occupy a slot

    server = await asyncio.start_server(meet, host, port, limit=_LONGEST_HEAD)
    async with server:
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            for writer in asking:  # newer versions of Python wait for them
                writer.transport.abort()


async def _read(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    admit: Admit,
    longest_body: int,
    patience: float,
) -> tuple[Request, Response | None]:
    """The request, or the response that refuses it."""
    async with asyncio.timeout(patience):
        head = _head(await reader.readuntil(b"\r\n\r\n"))
    if head is None:
        return Request("", ""), Response(400, "That is not HTTP.\n")
    if refused := admit(head):
        return head, refused
    if "transfer-encoding" in head.headers:
        return head, Response(411, "Say how long it is: Content-Length.\n")
    length = head.headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        return head, Response(400, "Content-Length is not a number.\n")
    if len(length) > 9 or int(length) > longest_body:
        return head, Response(413, f"No more than {longest_body} bytes.\n")
    async with asyncio.timeout(patience):
        if head.headers.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await reader.readexactly(int(length))
    return Request(head.method, head.path, head.headers, body), None


def _head(read: bytes) -> Request | None:
    """The head of a request, None if it is malformed. A repeated header has its values joined."""
    first, *lines = read.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        return None
    headers: dict[str, str] = {}
    for line in filter(None, lines):
        name, colon, value = line.partition(":")
        name = name.lower()
        if not colon or not name or not name.isascii() or name != name.strip():
            return None
        headers[name] = ", ".join(filter(None, (headers.get(name), value.strip())))
    return Request(words[0], words[1].partition("?")[0], headers)
