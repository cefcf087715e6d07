"""Which machine answers for which organisations, where several machines host the same ones.

Values only; `ircbot/store/claims.py` asks the database, `ircbot/sharing.py` acts. Each machine goes
by what it sees, and decides only for itself: one with less than a fair share claims free units, one
with more gives away idle ones. A unit that stays free for long is claimed by any machine, since the
others may not be able to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from ircbot.cluster.lease import Lease, Standing
from ircbot.cluster.tenure import steady

_IS_LONG = 2  # ttl
_AT_ONCE = 50  # units claimed in a round while others may just be starting, too
_LEFT_OVERS = 5  # units that nobody wanted, in a round
_EVERY = 1.0  # seconds between two rounds
_AT_LEAST = 0.02


def fair_share(units: int, machines: int) -> int:
    """The most units that a machine has, if all machines are to have equally many.

    >>> fair_share(12, 3), fair_share(13, 3), fair_share(5, 0)
    (4, 5, 5)
    """
    return -(-units // max(1, machines))


@dataclass(frozen=True, slots=True)
class Sight:
    """What a machine sees: how many units there are for it, how many machines live, itself among
    them, how many units it has, and in how many seconds the first of the other machines is dead
    unless it says that it lives, None if there is no other."""

    units: int
    machines: int
    held: int
    until: float | None = None

    @property
    def lacks(self) -> int:
        """How many more units it should have."""
        return max(0, fair_share(self.units, self.machines) - self.held)

    @property
    def spares(self) -> int:
        """How many units it should give away."""
        return max(0, self.held - fair_share(self.units, self.machines))


@dataclass(frozen=True, slots=True)
class Claim:
    """What a machine claims in a round: up to `most` units that have been free for so many
    seconds."""

    most: int
    free_for: float = 0.0


@dataclass(frozen=True, slots=True)
class Rounds:
    """A machine's rounds, by its own clock, and what it may claim by them. `began` is when the
    first was, `answered` when the database answered last, and nothing is claimed before `patient`.
    """

    ttl: float
    began: float | None = None
    answered: float = 0.0
    patient: float = float("-inf")

    def next(self, now: float) -> Rounds:
        """The database answers again. After a silence so long that leases may have run out with it,
        whoever has a unit renews first, and nobody takes it from them."""
        if self.began is None:
            return replace(self, began=now, answered=now)
        was_away = now - self.answered > self.ttl / 2
        return replace(self, answered=now, patient=now + self.ttl if was_away else self.patient)

    def claim(self, sight: Sight, now: float) -> Claim:
        """What to claim. Where all machines start at the same time, each is to get some; later,
        what is free was a dead machine's, and is claimed at once."""
        assert self.began is not None
        if now < self.patient:
            return Claim(0)
        if not sight.lacks:
            return Claim(_LEFT_OVERS, _IS_LONG * self.ttl)
        starts = now - self.began < self.ttl
        return Claim(min(sight.lacks, _AT_ONCE) if starts else sight.lacks)

    def pause(self, sight: Sight) -> float:
        """Seconds until the next round: it does not come later than another machine's end."""
        pause = min(_EVERY, self.ttl / 4)
        return pause if sight.until is None else min(pause, max(_AT_LEAST, sight.until))


class HeldLease:
    """The lease of a unit, as a host renews it for the unit's store. One thread writes it, another
    reads it; each field stands alone."""

    def __init__(self, lease: Lease) -> None:
        """`lease` was just taken, by the clock of `steady`."""
        self.lease = lease
        self.last = 0  # change in the journal that is known of
        self.lost = False  # to another machine

    @property
    def epoch(self) -> int:
        """The epoch of the lease."""
        return self.lease.epoch

    @property
    def age(self) -> float:
        """Seconds since what we hold was asked for."""
        return steady() - self.lease.asked

    @property
    def patience(self) -> float:
        """Seconds for an answer of the database."""
        return self.lease.patience

    def may_speak(self) -> bool:
        """Whether nobody else can speak yet. From any thread."""
        return not self.lost and self.lease.may_speak(steady())


@dataclass(frozen=True, slots=True)
class MachineSeen:
    """A machine that hosts, `age` seconds after it last reported."""

    machine: str
    alive: bool
    age: float
    units: int


def told_of(machines: Sequence[MachineSeen], units: Mapping[str, Standing]) -> Mapping[str, object]:
    """Both as JSON has them (docs/json/cluster-status.schema.json)."""
    return {
        "machines": [asdict(one) for one in machines],
        "units": [{"unit": name, **asdict(one)} for name, one in units.items()],
    }
