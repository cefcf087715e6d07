"""Server-sent events: who follows the page, and what they are told.

An event says which incidents changed, never how: a browser that shows one of them requests the page
again. The event's id is the store's position, so that a returning browser learns whether anything
happened meanwhile. A follower who does not read is dropped.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

_QUEUED = 32  # events queued for one follower
_REMEMBERED = 256  # events
_HEARTBEAT = 15.0  # seconds without an event
_PING = b"event: ping\ndata: {}\n\n"  # not a comment, which a page's script never sees
RETRY = 2000  # milliseconds until a browser reconnects


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """A change: "changed", "erased" (words may be gone) or "all" (anything may have changed).
    `position` is the store's position afterwards."""

    kind: str
    position: str
    incidents: tuple[int, ...] = ()

    def encoded(self) -> bytes:
        """The event as bytes."""
        told = json.dumps({"incidents": self.incidents, "position": self.position})
        return f"id: {self.position}\nevent: {self.kind}\ndata: {told}\n\n".encode()


class Subscriber:
    """A follower of the page."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.is_dropped = False
        self._waiting: deque[bytes] = deque()
        self._woken = asyncio.Event()

    def tell(self, text: bytes) -> None:
        """Queue a text; drops the follower if the queue is full."""
        if len(self._waiting) >= _QUEUED:
            self.drop()
        else:
            self._waiting.append(text)
            self._woken.set()

    def drop(self) -> None:
        """Stop sending."""
        self.is_dropped = True
        self._waiting.clear()
        self._woken.set()

    async def texts(self) -> AsyncIterator[bytes]:
        """The texts to send, as they come, with a ping after each pause."""
        while not self.is_dropped:
            try:
                async with asyncio.timeout(_HEARTBEAT):
                    await self._woken.wait()
            except TimeoutError:
                yield _PING
                continue
            self._woken.clear()
            together = b"".join(self._waiting)
            self._waiting.clear()
            if together:
                yield together


class Subscribers:
    """All followers of the page."""

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._readers: set[Subscriber] = set()
        self._addresses: Counter[str] = Counter()
        self._past: deque[tuple[str, StreamEvent]] = deque(
            maxlen=_REMEMBERED
        )  # with what was before
        self.position = ""

    def __len__(self) -> int:
        return len(self._readers)

    def enter(self, address: str, after: str) -> Subscriber | None:
        """Add a follower who has seen the store at `after`, "" if never; None if there is no
        room."""
        if len(self._readers) >= self._most or self._addresses[address] >= self._most_of_one:
            return None
        reader = Subscriber(address)
        self._readers.add(reader)
        self._addresses[address] += 1
        reader.tell(f"retry: {RETRY}\n\n".encode())
        for event in self.missed(after):
            reader.tell(event.encoded())
        return reader

    def leave(self, reader: Subscriber) -> None:
        """Remove a follower."""
        if reader in self._readers:
            self._readers.discard(reader)
            self._addresses[reader.address] -= 1
            if not self._addresses[reader.address]:
                del self._addresses[reader.address]

    def missed(self, after: str) -> tuple[StreamEvent, ...]:
        """Everything since a position as one event; () if nothing happened."""
        if not after or after == self.position:
            return ()
        places = [place for place, (before, _) in enumerate(self._past) if before == after]
        if not places:
            return (StreamEvent("all", self.position),)
        since = [event for _, event in list(self._past)[places[-1] :]]
        numbers = sorted({number for event in since for number in event.incidents})
        kinds = {event.kind for event in since}
        kind = next((one for one in ("erased", "all", "changed") if one in kinds), "changed")
        return (StreamEvent(kind, self.position, tuple(numbers)),)

    def begin(self, position: str) -> None:
        """Set the store's position, without telling anybody."""
        self.position = position

    def tell(self, kind: str, position: str, incidents: Iterable[int] = ()) -> None:
        """Tell everybody about a change."""
        event = StreamEvent(kind, position, tuple(sorted(incidents)))
        self._past.append((self.position, event))
        self.position = position
        text = event.encoded()
        for reader in tuple(self._readers):
            reader.tell(text)

    def close(self) -> None:
        """Drop everybody."""
        for reader in tuple(self._readers):
            reader.drop()
