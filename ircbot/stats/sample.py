"""The arithmetic of statistics: quantiles, and how sure one may be of a median or a share.

Deterministic: the same values give the same interval, always.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil, floor, sqrt

FEW = 5  # below it there is too little to say
FOR_A_TENTH = 10  # below it nothing is known of the worst tenth
_SMALL = 50  # below it intervals are found by bootstrap
_RESAMPLES = 2000
_SEED = 1
_Z = 1.959964  # 95 % of a normal distribution lie within so many standard deviations


@dataclass(frozen=True, slots=True)
class Summary:
    """What is said of some values. `low` to `high` is the 95 % interval of the median."""

    least: float
    quarter: float
    median: float
    three_quarters: float
    nine_tenths: float | None  # None where there are too few for it
    most: float
    low: float
    high: float


def summary(values: Sequence[float]) -> Summary | None:
    """What may be said of some values, None if there are too few."""
    if len(values) < FEW:
        return None
    ordered = sorted(values)
    low, high = median_interval(ordered)
    return Summary(
        ordered[0],
        quantile(ordered, 0.25),
        quantile(ordered, 0.5),
        quantile(ordered, 0.75),
        quantile(ordered, 0.9) if len(ordered) >= FOR_A_TENTH else None,
        ordered[-1],
        low,
        high,
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which that share of some ordered values lies; between two of them, evenly.

    >>> quantile([1, 2, 3, 4], 0.5), quantile([1, 2, 3, 4, 10], 0.75)
    (2.5, 4.0)
    """
    place = (len(ordered) - 1) * share
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    between = ordered[below] + (ordered[above] - ordered[below]) * (place - below)
    return min(between, ordered[above])  # which a rounding may exceed


def median_interval(ordered: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of the median: the middle of what 2,000 bootstrap samples have for theirs
    where there are few values, by the ranks of the values where there are many."""
    size = len(ordered)
    if size >= _SMALL:
        half = _Z * sqrt(size) / 2
        low, high = floor((size - 1) / 2 - half), ceil((size - 1) / 2 + half)
        return ordered[max(low, 0)], ordered[min(high, size - 1)]
    medians = sorted((ordered[one] + ordered[other]) / 2 for one, other in _middles(size))
    return medians[floor(_RESAMPLES * 0.025)], medians[ceil(_RESAMPLES * 0.975) - 1]


@cache
def _middles(size: int) -> tuple[tuple[int, int], ...]:
    """Of each bootstrap sample from `size` ordered values, the places of the two in its middle.

    A median depends on the places alone, so one set of samples serves all values.
    """
    chance = random.Random(_SEED)
    found = []
    for _ in range(_RESAMPLES):
        drawn = sorted(chance.choices(range(size), k=size))
        found.append((drawn[(size - 1) // 2], drawn[size // 2]))
    return tuple(found)


def share_interval(met: float, of: float, independent: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson's), as if only so many had been counted as are
    independent of one another: what is in one incident is alike.

    >>> tuple(round(bound, 3) for bound in share_interval(8, 10, 10))
    (0.49, 0.943)
    """
    share, size = met / of, min(independent, of)
    middle = share + _Z**2 / (2 * size)
    half = _Z * sqrt(share * (1 - share) / size + _Z**2 / (4 * size**2))
    whole = 1 + _Z**2 / size
    return max((middle - half) / whole, 0.0), min((middle + half) / whole, 1.0)
