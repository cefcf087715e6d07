"""Server-sent events: who follows the page, and what they are told.

An event says that something has changed and in which incidents, never what: whoever shows one of
them asks for the page again. Its id is the position of the store, by which somebody who comes back
is told whether anything has happened meanwhile. Nobody is waited for: who does not read is dropped.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

_QUEUED = 32  # events that wait for one reader
_REMEMBERED = 256  # events
_HEARTBEAT = 15.0  # seconds of silence
_PING = b"event: ping\ndata: {}\n\n"  # no comment, which a page's script never sees
RETRY = 2000  # milliseconds after which a browser comes back


@dataclass(frozen=True, slots=True)
class Event:
    """Something has changed: "changed", "erased" (words may be gone) or "all" (anything may have
    changed; which, is not known). `position` is that of the store afterwards."""

    kind: str
    position: str
    incidents: tuple[int, ...] = ()

    def encoded(self) -> bytes:
        """As it is sent."""
        told = json.dumps({"incidents": self.incidents, "position": self.position})
        return f"id: {self.position}\nevent: {self.kind}\ndata: {told}\n\n".encode()


class Reader:
    """Somebody who follows the page."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.is_dropped = False
        self._waiting: deque[bytes] = deque()
        self._woken = asyncio.Event()

    def tell(self, text: bytes) -> None:
        """Have something sent; who has too much to read is dropped."""
        if len(self._waiting) >= _QUEUED:
            self.drop()
        else:
            self._waiting.append(text)
            self._woken.set()

    def drop(self) -> None:
        """Send no more."""
        self.is_dropped = True
        self._waiting.clear()
        self._woken.set()

    async def texts(self) -> AsyncIterator[bytes]:
        """What is to be sent, as it comes; a ping when there was nothing for a while."""
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


class Hub:
    """Everybody who follows the page."""

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._readers: set[Reader] = set()
        self._addresses: Counter[str] = Counter()
        self._past: deque[tuple[str, Event]] = deque(maxlen=_REMEMBERED)  # with what was before
        self.position = ""

    def __len__(self) -> int:
        return len(self._readers)

    def enter(self, address: str, after: str) -> Reader | None:
        """Somebody new, who has seen the store at `after`, "" if they have seen nothing; None if
        there is no room for them."""
        if len(self._readers) >= self._most or self._addresses[address] >= self._most_of_one:
            return None
        reader = Reader(address)
        self._readers.add(reader)
        self._addresses[address] += 1
        reader.tell(f"retry: {RETRY}\n\n".encode())
        for event in self.missed(after):
            reader.tell(event.encoded())
        return reader

    def leave(self, reader: Reader) -> None:
        """They are gone."""
        if reader in self._readers:
            self._readers.discard(reader)
            self._addresses[reader.address] -= 1
            if not self._addresses[reader.address]:
                del self._addresses[reader.address]

    def missed(self, after: str) -> tuple[Event, ...]:
        """What has happened since a position, in one event; () if nothing has."""
        if not after or after == self.position:
            return ()
        places = [place for place, (before, _) in enumerate(self._past) if before == after]
        if not places:
            return (Event("all", self.position),)
        since = [event for _, event in list(self._past)[places[-1] :]]
        numbers = sorted({number for event in since for number in event.incidents})
        kinds = {event.kind for event in since}
        kind = next((one for one in ("erased", "all", "changed") if one in kinds), "changed")
        return (Event(kind, self.position, tuple(numbers)),)

    def begin(self, position: str) -> None:
        """Say where the store is; nobody is told."""
        self.position = position

    def tell(self, kind: str, position: str, incidents: Iterable[int] = ()) -> None:
        """Tell everybody that something has changed."""
        event = Event(kind, position, tuple(sorted(incidents)))
        self._past.append((self.position, event))
        self.position = position
        text = event.encoded()
        for reader in tuple(self._readers):
            reader.tell(text)

    def close(self) -> None:
        """Drop everybody."""
        for reader in tuple(self._readers):
            reader.drop()
