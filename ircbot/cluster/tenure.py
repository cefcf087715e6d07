"""A machine's hold on a lease: asks for it, keeps it, gives it away, and knows when to be silent.

The only place that changes a Lease (lease.py). Everything is called in the journal's thread except
`may_speak`, which any thread may call before something is sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ircbot.cluster.lease import HolderSeen, Lease, Renewed, Standing, TakenLease
from ircbot.errors import StoreError, Superseded


def steady() -> float:
    """Seconds that never go back; where the system offers it, they run on while the machine
    sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, slots=True)
class Machine:
    """`[cluster]`: this machine's name, the `ttl` of a lease in seconds, and when the machine is on
    the networks while it stands by."""

    name: str
    ttl: float = 10.0
    standby: str = "always"  # always | incident | never

    @property
    def patience(self) -> float:
        """Seconds to wait for the database. A longer wait would leave no time to say that nothing
        can be recorded."""
        return Lease(self.ttl).patience

    def nick(self, nick: str) -> str:
        """Its nick while it stands by, where the bot's is `nick`."""
        return f"{nick}-{self.name}"


class LeaseJournal(Protocol):
    """What a tenure asks of the database. Each method raises StoreError if it does not answer."""

    def take(self, holder: str, machine: str, ttl: float) -> int:
        """Take the lease, and return its epoch. The StoreError says who has it."""

    def try_take(
        self, holder: str, machine: str, ttl: float, *, ready: bool = True
    ) -> TakenLease | None:
        """Take the lease, if it is free."""

    def renew(self) -> Renewed:
        """Renew it. Raises Superseded if another machine has it."""

    def release(self) -> None:
        """Give it away, and record nothing more."""

    def called(self) -> bool:
        """Whether anything was asked of the holder since the last call."""

    def fence(self) -> None:
        """Record nothing until the lease is taken."""

    def stand_by(self, machine: str, *, ready: bool) -> HolderSeen | None:
        """Report that we stand by. Who holds it."""

    def stand_by_no_more(self, machine: str) -> None:
        """Report that we no longer stand by."""

    def standing(self, ttl: float) -> Standing:
        """Who holds it, and who stands by."""


class Tenure:
    """Our hold on a unit's lease, or our attempt to get it."""

    def __init__(
        self,
        journal: LeaseJournal,
        holder: str,
        machine: str,
        ttl: float,
        clock: Callable[[], float] = steady,
    ) -> None:
        """`holder` must be unique: a caller that gives the same name takes the lease back at
        once."""
        self._journal = journal
        self._holder = holder
        self._machine = machine
        self._clock = clock
        self.lease = Lease(ttl)
        self.told = Renewed(leave=False, is_backed=False)  # with the last renewal
        self._said_at = float("-inf")  # when we said last that we stand by
        self._seen: HolderSeen | None = None  # the last one
        self._is_unsure = False  # whether a request for the lease was not answered
        self._twin_since: float | None = None  # since when the holder has our name

    def may_speak(self) -> bool:
        """Whether nobody else can speak yet. From any thread."""
        return self.lease.may_speak(self._clock())

    @property
    def age(self) -> float | None:
        """Seconds since the held lease was requested, None if we hold none."""
        return self._clock() - self.lease.asked if self.lease.held else None

    def hold(self, epoch: int, asked: float) -> None:
        """Note that we hold the lease."""
        self.lease = self.lease.taken(epoch, asked)
        self.told = Renewed(leave=False, is_backed=False)

    def take(self) -> None:
        """Take it. The StoreError says who has it."""
        asked = self._clock()
        self.hold(self._journal.take(self._holder, self._machine, self.lease.ttl), asked)

    def try_take(self, *, ready: bool) -> TakenLease | None:
        """Take it, if it is free. A machine that is not `ready` leaves it to one that is."""
        asked = self._clock()
        try:
            taken = self._journal.try_take(self._holder, self._machine, self.lease.ttl, ready=ready)
        except StoreError:
            self._is_unsure = True
            raise
        unsure, self._is_unsure = self._is_unsure, False
        if taken is not None:
            if unsure and taken.machine == self._machine and (before := self._seen) is not None:
                # The unanswered request had taken it from somebody.
                taken = TakenLease(taken.epoch, before.machine, False, before.renewed)
            self.hold(taken.epoch, asked)
        return taken

    def renew_in_time(self) -> None:
        """Renew it, if we hold it and renewal is due or the database calls. Raises Superseded if
        another machine has it."""
        asked = self._clock()
        called = self._journal.called() and self.lease.held
        if not (called or self.lease.must_renew(asked)):
            return
        try:
            self.told = self._journal.renew()
        except Superseded:
            self.lose()
            raise
        self.lease = self.lease.renewed(asked)

    def lose(self) -> None:
        """Note that another machine has it: say nothing more, record nothing more."""
        self.lease = self.lease.lost()
        self._journal.fence()

    def give_away(self) -> None:
        """Give it away: stop speaking first, then release it."""
        self.lease = self.lease.lost()
        self._journal.release()

    def stand_by(self, *, ready: bool) -> None:
        """Report now and then that we stand by. StoreError if another machine has our name: the
        lease that we had when we died runs out sooner."""
        now = self._clock()
        if now - self._said_at >= self.lease.ttl / 4:
            holder = self._journal.stand_by(self._machine, ready=ready)
            self._said_at = now
            is_twin = holder is not None and holder.machine == self._machine
            if not is_twin:
                self._seen = holder or self._seen
            self._twin_since = (self._twin_since or now) if is_twin else None
        if self._twin_since is not None and now - self._twin_since > 2 * self.lease.ttl:
            raise StoreError(
                f"another machine answers, and is called {self._machine}, too. Give each machine "
                "another name in [cluster]."
            )

    def stand_by_no_more(self) -> None:
        """Report that we no longer stand by, if we reported it."""
        if self._said_at != float("-inf"):
            self._said_at = float("-inf")
            self._journal.stand_by_no_more(self._machine)

    def standing(self) -> Standing:
        """Who holds it, and who stands by, as the database has it."""
        return self._journal.standing(self.lease.ttl)
