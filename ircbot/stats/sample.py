"""The arithmetic of statistics: quantiles, and confidence intervals of medians and shares.

Deterministic: the same values always give the same interval.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil, floor, sqrt

FEW = 5  # values; fewer are too few to say anything
FOR_A_TENTH = 10  # values; fewer say nothing about the worst tenth
_SMALL = 50  # values; with fewer, intervals are bootstrapped
_RESAMPLES = 2000
_SEED = 1
_Z = 1.959964  # 95 % of a normal distribution are within so many standard deviations


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary of some values. `low` to `high` is the 95 % interval of the median."""

    least: float
    quarter: float
    median: float
    three_quarters: float
    nine_tenths: float | None  # None if there are too few values
    most: float
    low: float
    high: float


def summary(values: Sequence[float]) -> Summary | None:
    """A summary of some values, None if there are too few."""
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
    """The value below which that share of the ordered values lies, interpolated.

    >>> quantile([1, 2, 3, 4], 0.5), quantile([1, 2, 3, 4, 10], 0.75)
    (2.5, 4.0)
    """
    place = (len(ordered) - 1) * share
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    between = ordered[below] + (ordered[above] - ordered[below]) * (place - below)
    return min(between, ordered[above])  # rounding may exceed it


def median_interval(ordered: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of the median: from 2,000 bootstrap samples for few values, from ranks for
    many."""
    size = len(ordered)
    if size >= _SMALL:
        half = _Z * sqrt(size) / 2
        low, high = floor((size - 1) / 2 - half), ceil((size - 1) / 2 + half)
        return ordered[max(low, 0)], ordered[min(high, size - 1)]
    medians = sorted((ordered[one] + ordered[other]) / 2 for one, other in _middles(size))
    return medians[floor(_RESAMPLES * 0.025)], medians[ceil(_RESAMPLES * 0.975) - 1]


@cache
def _middles(size: int) -> tuple[tuple[int, int], ...]:
    """The indexes of the two middle values in each bootstrap sample of `size` ordered values.

    A median depends on the indexes alone, so one set of samples serves all values.
    """
    chance = random.Random(_SEED)
    found = []
    for _ in range(_RESAMPLES):
        drawn = sorted(chance.choices(range(size), k=size))
        found.append((drawn[(size - 1) // 2], drawn[size // 2]))
    return tuple(found)


def share_interval(met: float, of: float, independent: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson's), with `independent` as the sample size, because cases
    in one incident are alike.

    >>> tuple(round(bound, 3) for bound in share_interval(8, 10, 10))
    (0.49, 0.943)
    """
    share, size = met / of, min(independent, of)
    middle = share + _Z**2 / (2 * size)
    half = _Z * sqrt(share * (1 - share) / size + _Z**2 / (4 * size**2))
    whole = 1 + _Z**2 / size
    return max((middle - half) / whole, 0.0), min((middle + half) / whole, 1.0)
