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
    """The most units that a machine should have, for all to have equally many.

    >>> fair_share(12, 3), fair_share(13, 3), fair_share(5, 0)
    (4, 5, 5)
    """
    return -(-units // max(1, machines))


@dataclass(frozen=True, slots=True)
class ClusterView:
    """What a machine sees: the number of units that it could have, of live machines including
    itself, and of units that it has; and the seconds until the first of the others counts as dead,
    None if there are no others."""

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
    """What a machine claims in a round: up to `most` units that have been free for `free_for`
    seconds."""

    most: int
    free_for: float = 0.0


@dataclass(frozen=True, slots=True)
class ClaimSchedule:
    """A machine's rounds, by its own clock, and what it may claim in each. `began` is the time of
    the first round, `answered` that of the database's last answer; before `patient` it claims
    nothing.
    """

    ttl: float
    began: float | None = None
    answered: float = 0.0
    patient: float = float("-inf")

    def next(self, now: float) -> ClaimSchedule:
        """The schedule once the database has answered. If it was silent so long that leases may
        have expired, machines first renew what they have, and nobody claims anything for a `ttl`.
        """
        if self.began is None:
            return replace(self, began=now, answered=now)
        was_away = now - self.answered > self.ttl / 2
        return replace(self, answered=now, patient=now + self.ttl if was_away else self.patient)

    def claim(self, view: ClusterView, now: float) -> Claim:
        """What to claim. At first only a few units, so that machines that start together each get
        some; later, free units were a dead machine's, and are claimed at once."""
        assert self.began is not None
        if now < self.patient:
            return Claim(0)
        if not view.lacks:
            return Claim(_LEFT_OVERS, _IS_LONG * self.ttl)
        starts = now - self.began < self.ttl
        return Claim(min(view.lacks, _AT_ONCE) if starts else view.lacks)

    def pause(self, view: ClusterView) -> float:
        """Seconds until the next round, which is due no later than another machine's expiry."""
        pause = min(_EVERY, self.ttl / 4)
        return pause if view.until is None else min(pause, max(_AT_LEAST, view.until))


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
        """Seconds since the lease that we hold was requested."""
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
    """Both, as JSON shows them (docs/json/cluster-status.schema.json)."""
    return {
        "machines": [asdict(one) for one in machines],
        "units": [{"unit": name, **asdict(one)} for name, one in units.items()],
    }
