"""What has gone by on a connection, numbered, and a way to wait for what is still to come.

Knows nothing of sockets. Server, visitor and hand-played link all keep their messages here, so
that whoever waits for one sees it whether it came before or after they began to wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from ircbot.network.server.message import Message

Want = str | Callable[[Message], bool]
"""A part of the line, or a question about the message."""

PATIENCE = 5.0
"""Seconds to wait for a message before it is said what came instead."""


class Traffic:
    """The last messages, oldest first, and those who wait for the next."""

    def __init__(self, owner: str, keep: int = 10_000) -> None:
        self._owner = owner
        self._kept: deque[Message] = deque(maxlen=keep)
        self._count = 0
        self._changed: set[asyncio.Future[None]] = set()
        self._ended: str | None = None

    @property
    def mark(self) -> int:
        """The number of the message that comes next."""
        return self._count

    def since(self, mark: int = 0) -> list[Message]:
        """The messages from number `mark` on, as far as they are still kept."""
        skip = max(0, mark - (self._count - len(self._kept)))
        return list(self._kept)[skip:]

    def add(self, message: Message) -> None:
        """Keep `message` and wake whoever waits."""
        self._kept.append(message)
        self._count += 1
        self._wake()

    def end(self, reason: str) -> None:
        """Say that nothing more will come: who still waits is told at once."""
        self._ended = reason
        self._wake()

    def _wake(self) -> None:
        for future in self._changed:
            if not future.done():
                future.set_result(None)
        self._changed.clear()

    async def wait(self, want: Want, patience: float, since: int = 0) -> tuple[int, Message]:
        """The first message from number `since` on that is wanted, and its number.

        Wanted is a part of the line, or what makes a function true. Raises TimeoutError, or
        ConnectionError if the link ended first; both say what came instead.
        """
        wanted = _wanted(want)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience
        seen = since
        while True:
            first = self._count - len(self._kept)
            for number, message in enumerate(self.since(seen), start=max(seen, first)):
                if wanted(message):
                    return number, message
            seen = self._count
            if self._ended is not None:
                raise ConnectionError(self._story(want, f"the link ended ({self._ended})", since))
            future = loop.create_future()
            self._changed.add(future)
            try:
                async with asyncio.timeout_at(deadline):
                    await future
            except TimeoutError:
                reason = f"nothing for {patience} s"
                raise TimeoutError(self._story(want, reason, since)) from None
            finally:
                self._changed.discard(future)

    def _story(self, want: object, reason: str, since: int) -> str:
        came = "".join(f"\n    {message}" for message in self.since(since)[-15:])
        return f"{self._owner} waited for {want!r}: {reason}. It got:{came or ' nothing'}"


def _wanted(want: Want) -> Callable[[Message], bool]:
    if callable(want):
        return want
    part = want
    return lambda message: part in str(message)
