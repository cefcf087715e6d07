"""A lease: which machine answers for a unit, and until when, as far as its holder can know.

Values only. The database alone decides who holds a lease, by its own clock (store/postgresql.py);
this is what a machine concludes from its answers. Times are seconds of a clock that is passed in,
never goes back, and keeps running while the process is stopped.

The promise is that two machines never speak at the same time. The database gives the lease to
another machine only when `ttl` has passed since a renewal arrived; the holder stops speaking when
two thirds of `ttl` have passed since it *sent* the last renewal that was granted. The remaining
third allows for clocks that run at different rates, and for a line that is being written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

NOBODY = -1  # the epoch while no lease is held
LONG_AGO = float("-inf")

_SPEAKS_FOR = 2 / 3  # of the ttl, from when the last granted request was sent
_RENEWS_AFTER = 1 / 4  # of it; one renewal may fail
_READY_AFTER = 2  # ttl of hearing everything: longer than a holder can be dead unnoticed


@dataclass(frozen=True, slots=True)
class Lease:
    """A unit's lease. `epoch` counts its holders, `asked` is when the last granted request was
    sent."""

    ttl: float
    epoch: int = NOBODY
    asked: float = LONG_AGO

    @property
    def patience(self) -> float:
        """Seconds to wait for an answer of the database. After a longer wait, there would be no
        time left to say that nothing can be recorded."""
        return self.ttl / 4

    @property
    def held(self) -> bool:
        """Whether we hold it, as far as we know."""
        return self.epoch != NOBODY

    def may_speak(self, now: float) -> bool:
        """Whether nobody else can speak yet."""
        return self.held and now - self.asked < self.ttl * _SPEAKS_FOR

    def must_renew(self, now: float) -> bool:
        """Whether it is time to renew it."""
        return self.held and now - self.asked >= self.ttl * _RENEWS_AFTER

    def taken(self, epoch: int, asked: float) -> Lease:
        """The lease once taken, requested at that time."""
        return replace(self, epoch=epoch, asked=asked)

    def renewed(self, asked: float) -> Lease:
        """The lease once renewed, requested at that time."""
        return replace(self, asked=asked)

    def lost(self) -> Lease:
        """The lease once it is another machine's, or given away."""
        return Lease(self.ttl)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a standby has heard enough to take over without a gap: all that was said since the
    dead holder's last renewal. `since` is when it began to hear every network, None if it does not.
    """

    ttl: float
    since: float | None = None

    def seen(self, hears: bool, now: float) -> Readiness:
        """The readiness once we hear everything, or do not."""
        if not hears:
            return replace(self, since=None)
        return self if self.since is not None else replace(self, since=now)

    def is_ready(self, now: float) -> bool:
        """Whether it has heard everything for long enough."""
        return self.since is not None and now - self.since >= self.ttl * _READY_AFTER


@dataclass(frozen=True, slots=True)
class TakenLease:
    """A lease that was just taken, and from whom. `planned`: they gave it away, or there was
    nobody; otherwise they were last heard of at `seen`, by the database's clock."""

    epoch: int
    machine: str
    planned: bool
    seen: datetime | None


@dataclass(frozen=True, slots=True)
class HolderSeen:
    """The machine that holds the lease, and when it renewed it, by the database's clock."""

    machine: str
    renewed: datetime


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a holder learns from a renewal: whether it is asked to leave, and whether a standby
    could take over without a gap."""

    leave: bool
    is_backed: bool


@dataclass(frozen=True, slots=True)
class Standby:
    """A standby, `age` seconds after it last reported, and how many changes it was behind then."""

    machine: str
    ready: bool
    age: float
    behind: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a unit: the holder's machine ("" for none), seconds since it renewed, the
    standbys, for how many seconds it has been held, the last change on record, and the holder's
    `ttl`."""

    machine: str
    epoch: int
    age: float | None
    standbys: tuple[Standby, ...] = ()
    held_for: float | None = None
    last: int = 0
    ttl: float | None = None

    @property
    def is_backed(self) -> bool:
        """Whether somebody could take over now."""
        return any(standby.ready for standby in self.standbys)


NO_STANDING = Standing("", 0, None)  # of a unit that nobody has made yet
