"""The result of announcements in several channels: where each arrived, and why not elsewhere.

Counts, for each broadcast, the replies with a known result. Must not know networks' links.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ircbot.incident.line import Reply
from ircbot.network.delivery import DeliveryResult

_PATIENCE = 180.0  # seconds; what is unknown by then is reported as unknown


@dataclass(frozen=True, slots=True)
class BroadcastResult:
    """The result of a whole broadcast. Unless `confirmed`, it was sent and not refused, but no
    server said that it arrived."""

    broadcast: str
    arrived: tuple[str, ...]
    refused: dict[str, str]
    confirmed: bool = False


@dataclass(slots=True)
class _Broadcast:
    since: float
    waiting: set[tuple[str, str]] = field(default_factory=set)  # (network, target)
    arrived: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    confirmed: bool = True


class Broadcasts:
    """The broadcasts under way."""

    def __init__(self) -> None:
        self._open: dict[str, _Broadcast] = {}

    def begin(self, replies: Iterable[Reply], now: float) -> None:
        """Note the replies that belong to broadcasts."""
        for reply in replies:
            if reply.broadcast:
                broadcast = self._open.setdefault(reply.broadcast, _Broadcast(now))
                broadcast.waiting.add((reply.network, reply.to))

    def settle(self, delivered: Sequence[DeliveryResult]) -> list[BroadcastResult]:
        """Take results of replies. Returns the broadcasts that are complete with them."""
        results = []
        for result in delivered:
            name = result.reply.broadcast
            key = (result.reply.network, result.reply.to)
            broadcast = self._open.get(name)
            if broadcast is None or key not in broadcast.waiting:
                continue
            broadcast.waiting.discard(key)
            if result.refused:
                broadcast.refused[result.reply.to] = result.refused
            else:
                broadcast.arrived.append(result.reply.to)
                broadcast.confirmed = broadcast.confirmed and result.confirmed
            if not broadcast.waiting:
                results.append(self._close(name))
        return results

    def expire(self, now: float) -> list[BroadcastResult]:
        """Give up on broadcasts that have waited too long, and return them."""
        late = [name for name, b in self._open.items() if now - b.since >= _PATIENCE]
        for name in late:
            broadcast = self._open[name]
            broadcast.refused.update(dict.fromkeys((t for _, t in broadcast.waiting), "not known"))
        return [self._close(name) for name in late]

    def _close(self, name: str) -> BroadcastResult:
        broadcast = self._open.pop(name)
        return BroadcastResult(
            name, tuple(broadcast.arrived), broadcast.refused, broadcast.confirmed
        )
