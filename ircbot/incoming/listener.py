"""Takes alerts by HTTP on loopback: POST, a bearer token, 2xx once they are on disk.

Decides nothing. If they cannot be recorded it answers 503, and the sender tries again.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from ircbot.httpd import Request, Response, serve
from ircbot.incident.alerts import Alerts
from ircbot.incoming.alerts import read

log = logging.getLogger(__name__)

_LONGEST = 8_000_000  # bytes; ten thousand alerts of Alertmanager's are about five million
_PATIENCE = 10.0  # seconds for our disk
_READING = 1  # messages that are read at the same time; each may be long


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """`[alerts]`: where to listen, and the token that senders need."""

    host: str
    port: int
    token: str


@asynccontextmanager
async def listening(
    settings: AlertSettings,
    receive: Callable[[Alerts], Future[bool]],
    now: Callable[[], datetime],
    patience: float = _PATIENCE,
) -> AsyncIterator[int]:
    """Take alerts; yields the port. Raises OSError if it cannot listen.

    `receive` records alerts, and tells whether they are on disk; `patience` is in seconds.
    """
    reading = asyncio.Semaphore(_READING)

    async def answer(request: Request) -> Response:
        try:
            async with reading:  # in a thread, so that nothing waits for a long one
                alerts = await asyncio.to_thread(read, request.body, now())
        except ValueError as error:
            return Response(400, f"{error}\n")
        try:
            async with asyncio.timeout(patience):
                on_disk = await asyncio.wrap_future(receive(alerts))
        except TimeoutError:
            on_disk = False
        if not on_disk:
            return Response(503, "It cannot be recorded now.\n", headers={"Retry-After": "10"})
        return Response(200, "On record.\n")

    def admit(head: Request) -> Response | None:
        scheme, _, given = head.headers.get("authorization", "").partition(" ")
        ours, theirs = settings.token.encode(), given.strip().encode("latin-1")
        if scheme.lower() != "bearer" or not hmac.compare_digest(ours, theirs):
            challenge = {"WWW-Authenticate": "Bearer"}
            return Response(401, "Not with this token.\n", headers=challenge)
        if head.method != "POST":
            return Response(405, "Alerts are sent by POST.\n", headers={"Allow": "POST"})
        return None

    async with serve(
        settings.host,
        settings.port,
        answer,
        admit=admit,
        longest_body=_LONGEST,
        patience=patience,
    ) as port:
        log.info("Alerts are taken on %s port %d.", settings.host, port)
        yield port
