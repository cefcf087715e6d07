"""Who answers for a unit, and until when: a lease, as its holder may believe in it.

Values only. The database alone says whose a lease is, by its own clock (store/postgresql.py); here
is what a machine makes of what it was told. Times are seconds of a clock of our own that is passed
in, never goes back, and goes on while the process stands still.

The promise is that two never speak: the database gives the lease to somebody else only when `ttl`
has gone by since a renewal reached it, and whoever has it falls silent when two thirds of that have
gone by since the last renewal that was granted was *sent*. A third is left for clocks that run
unevenly, and for a line that is being written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

NOBODY = -1  # the epoch of who holds no lease
LONG_AGO = float("-inf")

_SPEAKS_FOR = 2 / 3  # of the ttl, from when what was granted last was asked for
_RENEWS_AFTER = 1 / 4  # of it; what is asked for then may be missed once
_READY_AFTER = 2  # ttl of hearing everything: longer than whoever dies can have been dead


@dataclass(frozen=True, slots=True)
class Lease:
    """A unit's lease. `epoch` counts its holders, `asked` is when we asked for what was granted
    last."""

    ttl: float
    epoch: int = NOBODY
    asked: float = LONG_AGO

    @property
    def held(self) -> bool:
        """Whether it is ours, as far as we were told."""
        return self.epoch != NOBODY

    def may_speak(self, now: float) -> bool:
        """Whether nobody else can speak yet."""
        return self.held and now - self.asked < self.ttl * _SPEAKS_FOR

    def must_renew(self, now: float) -> bool:
        """Whether it is time to ask for more."""
        return self.held and now - self.asked >= self.ttl * _RENEWS_AFTER

    def taken(self, epoch: int, asked: float) -> Lease:
        """It is ours, since we asked for it then."""
        return replace(self, epoch=epoch, asked=asked)

    def renewed(self, asked: float) -> Lease:
        """It goes on, since we asked for that then."""
        return replace(self, asked=asked)

    def lost(self) -> Lease:
        """It is not ours: somebody else's, or given away."""
        return Lease(self.ttl)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a machine that stands by has heard all that it needs to take over without a gap:
    whatever was said since whoever dies renewed last. `since` is when it began to hear everything
    that it is to hear, None if it does not."""

    ttl: float
    since: float | None = None

    def seen(self, hears: bool, now: float) -> Readiness:
        """Whether it hears everything now."""
        if not hears:
            return replace(self, since=None)
        return self if self.since is not None else replace(self, since=now)

    def is_ready(self, now: float) -> bool:
        """Whether it has for long enough."""
        return self.since is not None and now - self.since >= self.ttl * _READY_AFTER


@dataclass(frozen=True, slots=True)
class Taken:
    """A lease that was just taken, and from whom: `planned` if they gave it away, or there was
    nobody; else they were last heard of at `seen`, by the database's clock."""

    epoch: int
    machine: str
    planned: bool
    seen: datetime | None


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a holder learns with a renewal: whether it is to give the lease away, and whether
    somebody is there who could take it without a gap."""

    leave: bool
    is_backed: bool


@dataclass(frozen=True, slots=True)
class Standby:
    """A machine that stands by, `age` seconds after it last said so."""

    machine: str
    ready: bool
    age: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How a unit stands: its holder's machine, "" for nobody, seconds since it renewed, and who
    stands by."""

    machine: str
    epoch: int
    age: float | None
    standbys: tuple[Standby, ...] = ()

    @property
    def is_backed(self) -> bool:
        """Whether somebody could take over now."""
        return any(standby.ready for standby in self.standbys)
