"""The messages of a connection, numbered, and a way to wait for later ones.

Knows nothing of sockets. Server, visitor and scripted link all keep their messages here, so that a
wait finds a message whether it came before or after the wait began.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from ircbot.network.server.message import IrcMessage

Want = str | Callable[[IrcMessage], bool]
"""A part of the line, or a question about the message."""

PATIENCE = 20.0
"""Seconds to wait for a message before it is said what came instead."""


@dataclass(eq=False, slots=True)
class _Waiter:
    wanted: Callable[[IrcMessage], bool]
    found: asyncio.Future[tuple[int, IrcMessage] | None]

    def look_at(self, number: int, message: IrcMessage) -> None:
        if self.found.done():
            return
        try:
            if self.wanted(message):
                self.found.set_result((number, message))
        except Exception as error:
            # The mistake is in the question: who asked it shall hear of it, not who sent the line.
            self.found.set_exception(error)

    def give_up(self) -> None:
        if not self.found.done():
            self.found.set_result(None)


class Traffic:
    """The last messages, oldest first, and those who wait for the next."""

    def __init__(self, owner: str, keep: int = 10_000) -> None:
        self._owner = owner
        self._kept: deque[IrcMessage] = deque(maxlen=keep)
        self._count = 0
        self._waiters: list[_Waiter] = []
        self._ended: str | None = None

    @property
    def mark(self) -> int:
        """The number of the message that comes next."""
        return self._count

    def since(self, mark: int = 0) -> list[IrcMessage]:
        """The messages from number `mark` on, as far as they are still kept."""
        return list(islice(self._kept, max(0, mark - self._first), None))

    @property
    def _first(self) -> int:
        return self._count - len(self._kept)

    def add(self, message: IrcMessage) -> None:
        """Keep `message` and show it to those who wait."""
        number = self._count
        self._kept.append(message)
        self._count += 1
        for waiter in self._waiters:
            waiter.look_at(number, message)

    def end(self, reason: str) -> None:
        """Say that nothing more will come: who still waits is told at once."""
        self._ended = reason
        for waiter in self._waiters:
            waiter.give_up()

    async def wait(self, want: Want, patience: float, since: int = 0) -> tuple[int, IrcMessage]:
        """The first message from number `since` on that is wanted, and its number.

        Raises TimeoutError, or ConnectionError if the link ended first; both say what came
        instead.
        """
        wanted = _wanted(want)
        for number, message in enumerate(self.since(since), start=max(since, self._first)):
            if wanted(message):
                return number, message
        if self._ended is None:
            waiter = _Waiter(wanted, asyncio.get_running_loop().create_future())
            self._waiters.append(waiter)
            try:
                async with asyncio.timeout(patience):
                    found = await waiter.found
            except TimeoutError:
                reason = f"nothing for {patience} s"
                raise TimeoutError(self._story(want, reason, since)) from None
            finally:
                self._waiters.remove(waiter)
            if found is not None:
                return found
        raise ConnectionError(self._story(want, f"the link ended ({self._ended})", since))

    def _story(self, want: object, reason: str, since: int) -> str:
        came = "".join(f"\n    {message}" for message in self.since(since)[-15:])
        return f"{self._owner} waited for {want!r}: {reason}. It got:{came or ' nothing'}"


def _wanted(want: Want) -> Callable[[IrcMessage], bool]:
    if callable(want):
        return want
    part = want
    return lambda message: part in str(message)
