"""A machine's hold on a lease: asks for it, keeps it, gives it away, and knows when to be silent.

The one place that moves a Lease (lease.py). All of it is called in the thread of the journal, but
`may_speak`, which any thread may ask before a word is sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ircbot.cluster.lease import Lease, Renewed, Standing, Taken
from ircbot.errors import Superseded


def steady() -> float:
    """Seconds that never go back, and go on while the machine sleeps, where that can be had."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, slots=True)
class Machine:
    """`[cluster]`: what this machine is called, for how many seconds a lease is, and when the
    machine is on the networks while it stands by."""

    name: str
    ttl: float = 10.0
    standby: str = "always"  # always | incident | never

    @property
    def patience(self) -> float:
        """Seconds for an answer of the database: whoever waits longer could not say any more that
        nothing can be recorded."""
        return self.ttl / 4

    def nick(self, nick: str) -> str:
        """What it is called while it stands by, where the bot is called `nick`."""
        return f"{nick}-{self.name}"


class LeaseJournal(Protocol):
    """What a tenure asks of the database. Each raises StoreError if it does not answer."""

    def take(self, holder: str, machine: str, ttl: float) -> int:
        """Take the lease, of which this is the epoch; StoreError says who has it."""

    def try_take(
        self, holder: str, machine: str, ttl: float, *, ready: bool = True
    ) -> Taken | None:
        """Take the lease, if it is to be had."""

    def renew(self) -> Renewed:
        """Have it for as long again; Superseded if it is another's."""

    def release(self) -> None:
        """Give it away, and record nothing more."""

    def called(self) -> bool:
        """Whether the holder is asked for something since the last time."""

    def fence(self) -> None:
        """Record nothing until it is taken."""

    def stand_by(self, machine: str, *, ready: bool) -> None:
        """Say that we are there."""

    def stand_by_no_more(self, machine: str) -> None:
        """Say that we are not."""

    def standing(self, ttl: float) -> Standing:
        """Who holds it, and who stands by."""


class Tenure:
    """Our hold on a unit's lease, or our want of one."""

    def __init__(
        self,
        journal: LeaseJournal,
        holder: str,
        machine: str,
        ttl: float,
        clock: Callable[[], float] = steady,
    ) -> None:
        """`holder` is nobody else's: whoever calls themselves so takes the lease back at once."""
        self._journal = journal
        self._holder = holder
        self._machine = machine
        self._clock = clock
        self.lease = Lease(ttl)
        self.told = Renewed(leave=False, is_backed=False)  # with the last renewal
        self._said_at = float("-inf")  # when we said last that we stand by

    def may_speak(self) -> bool:
        """Whether nobody else can speak yet. From any thread."""
        return self.lease.may_speak(self._clock())

    @property
    def age(self) -> float | None:
        """Seconds since we asked for what we hold, None if we hold nothing."""
        return self._clock() - self.lease.asked if self.lease.held else None

    def hold(self, epoch: int, asked: float) -> None:
        """The lease is ours."""
        self.lease = self.lease.taken(epoch, asked)
        self.told = Renewed(leave=False, is_backed=False)

    def take(self) -> None:
        """Take it; StoreError says who has it."""
        asked = self._clock()
        self.hold(self._journal.take(self._holder, self._machine, self.lease.ttl), asked)

    def try_take(self, *, ready: bool) -> Taken | None:
        """Take it, if it is to be had; who is not `ready` leaves it to whoever is."""
        asked = self._clock()
        taken = self._journal.try_take(self._holder, self._machine, self.lease.ttl, ready=ready)
        if taken is not None:
            self.hold(taken.epoch, asked)
        return taken

    def renew_in_time(self) -> None:
        """Renew it, if it is ours, and that is due or we are called. Superseded if it is another's
        by now."""
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
        """It is another's: say nothing more, record nothing more."""
        self.lease = self.lease.lost()
        self._journal.fence()

    def give_away(self) -> None:
        """Leave it to others: silent first, then released."""
        self.lease = self.lease.lost()
        self._journal.release()

    def stand_by(self, *, ready: bool) -> None:
        """Say now and then that we are there in case the holder is not."""
        now = self._clock()
        if now - self._said_at >= self.lease.ttl / 4:
            self._journal.stand_by(self._machine, ready=ready)
            self._said_at = now

    def stand_by_no_more(self) -> None:
        """Say that we are not, if we said so."""
        if self._said_at != float("-inf"):
            self._said_at = float("-inf")
            self._journal.stand_by_no_more(self._machine)

    def standing(self) -> Standing:
        """Who holds it, and who stands by, as the database has it."""
        return self._journal.standing(self.lease.ttl)
