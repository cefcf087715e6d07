"""Which machine answers for which organisations, where several machines host the same ones.

Values only; `ircbot/store/claims.py` asks the database, `ircbot/sharing.py` acts. Each machine goes
by what it sees, and nobody decides for others: who has less than a fair share claims what is free,
who has more gives away what is idle. What nobody claimed for long is claimed by whoever sees it, as
others may not be able to.
"""

from __future__ import annotations

from dataclasses import dataclass

from ircbot.cluster.lease import Lease
from ircbot.cluster.tenure import steady

_IS_LONG = 2  # ttl


def fair_share(units: int, machines: int) -> int:
    """How many units a machine has at most, if all machines are to have as many.

    >>> fair_share(12, 3), fair_share(13, 3), fair_share(5, 0)
    (4, 5, 5)
    """
    return -(-units // max(1, machines))


@dataclass(frozen=True, slots=True)
class Sight:
    """What a machine sees: how many units there are for it, how many machines live, itself among
    them, and how many units it has."""

    units: int
    machines: int
    held: int

    @property
    def lacks(self) -> int:
        """How many more it is to have."""
        return max(0, fair_share(self.units, self.machines) - self.held)

    @property
    def spares(self) -> int:
        """How many it is to give away."""
        return max(0, self.held - fair_share(self.units, self.machines))


def left_over_after(ttl: float) -> float:
    """For how many seconds nobody has claimed a unit that anybody may claim."""
    return _IS_LONG * ttl


class HeldLease:
    """The lease of a unit, as a host renews it for the unit's store. Written by the one and read by
    the other, in two threads: each field for itself."""

    def __init__(self, lease: Lease) -> None:
        """`lease` was just taken, by the clock of `steady`."""
        self.lease = lease
        self.last = 0  # change in the journal that is known of
        self.lost = False  # to another machine

    @property
    def epoch(self) -> int:
        """Of the lease."""
        return self.lease.epoch

    def may_speak(self) -> bool:
        """Whether nobody else can speak yet. From any thread."""
        return not self.lost and self.lease.may_speak(steady())


@dataclass(frozen=True, slots=True)
class MachineSeen:
    """A machine that hosts, `age` seconds after it last said so."""

    machine: str
    alive: bool
    age: float
    units: int


@dataclass(frozen=True, slots=True)
class UnitSeen:
    """A unit of the database: who answers for it, "" for nobody, and for how many seconds the lease
    was not renewed, None if it never was."""

    unit: str
    machine: str
    epoch: int
    age: float | None
