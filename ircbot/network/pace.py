"""How fast a server accepts our lines: a token bucket whose size and rate are learnt.

Takes what was sent and how long the server needed for it, in seconds of the loop's time. InspIRCd
answers late if we are too fast, ircd-hybrid closes the link; we learn from both.
"""

from __future__ import annotations

_FASTEST = 4.0  # lines a second; ngIRCd accepts that, and people read no faster
_SLOWEST = 0.3
_LARGEST = 10.0  # lines at once
_PROMPT = 0.4  # seconds above the shortest answer time seen; if less, we may send faster
_LONGEST_WAY = 1.0  # seconds there and back; a longer delay is caused by the server
_LATE = 2.5  # seconds; an answer this late means that the server holds our lines back


class TokenBucket:
    """A network's tokens for lines; it outlives the link."""

    def __init__(self, burst: float, rate: float, limited: bool = True) -> None:
        self.burst = burst
        self.rate = rate
        self.limited = limited
        self._tokens = burst
        self._at: float | None = None
        self._shortest: float | None = None
        self._ceiling = _FASTEST

    def _refill(self, now: float) -> None:
        if self._at is not None:
            self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
        self._at = now

    def wait(self, now: float, spare: float = 0.0) -> float:
        """Seconds until a line may be sent that leaves `spare` tokens for others; 0 for now."""
        if not self.limited:
            return 0.0
        self._refill(now)
        needed = min(1 + spare, self.burst)
        return 0.0 if self._tokens >= needed else (needed - self._tokens) / self.rate

    def spend(self, now: float) -> None:
        """Take a token; a line that cannot wait (PONG) may overdraw the bucket."""
        self._refill(now)
        self._tokens = max(-self.burst, self._tokens - 1)

    def answered(self, delay: float) -> None:
        """Learn how long the server took for what was sent."""
        if self._shortest is None or delay < self._shortest:
            self._shortest = delay
        late = delay - min(self._shortest, _LONGEST_WAY)
        if late <= _PROMPT:
            self.rate = min(self._ceiling, self.rate * 1.15)
            self.burst = min(_LARGEST, self.burst + 0.25)
        elif late >= _LATE:
            self.rate = max(_SLOWEST, self.rate * 0.8)
            self.burst = max(2.0, self.burst * 0.8)

    def flooded(self) -> None:
        """Learn that the server closed the link because we flooded it."""
        self._ceiling = max(_SLOWEST, self.rate * 0.7)
        self.rate = max(_SLOWEST, self.rate * 0.5)
        self.burst = max(1.0, self.burst * 0.5)

    def reconnected(self, now: float) -> None:
        """Begin a new link, on which nothing was sent yet."""
        self._at = now
        self._tokens = self.burst
        self._shortest = None
