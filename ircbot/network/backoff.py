"""How long to wait before trying again: growing, with jitter, and reset by success.

Pure: the random generator is passed in. Jitter keeps a hundred clients of a restarted server from
coming back in the same second.
"""

from __future__ import annotations

import random


class Backoff:
    """Delays that double from `first` to `most` seconds, each spread by a quarter.

    >>> backoff = Backoff(first=1, most=4, chance=random.Random(1))
    >>> [round(backoff.next(), 1) for _ in range(4)]
    [0.8, 2.3, 4.5, 3.5]
    """

    def __init__(self, first: float, most: float, chance: random.Random) -> None:
        self._first = first
        self._most = most
        self._chance = chance
        self._delay = first

    def next(self) -> float:
        """The next delay in seconds."""
        delay = self._delay
        self._delay = min(self._most, delay * 2)
        return delay * self._chance.uniform(0.75, 1.25)

    def reset(self) -> None:
        """Start again from the shortest delay."""
        self._delay = self._first
