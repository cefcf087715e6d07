"""The organisations of a host, shared among several machines.

Once a second a machine says that it lives, renews its leases, claims what it lacks, and gives away
what it has too many of. An organisation is claimed before its bot begins, and given away after its
bot has stopped speaking.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Protocol

from ircbot.cluster.lease import Lease
from ircbot.cluster.shares import ClaimSchedule, ClusterView, HeldLease
from ircbot.cluster.tenure import Machine, steady
from ircbot.errors import StoreError
from ircbot.store.claims import Claims
from ircbot.threads import in_thread

log = logging.getLogger(__name__)


class Shared(Protocol):
    """An organisation as machines share it."""

    name: str
    unit: str  # of the database; "" if that is not known, or the record is a folder
    lease: HeldLease | None

    @property
    def waits(self) -> bool:
        """Whether it would begin once claimed."""

    @property
    def is_idle(self) -> bool:
        """Whether it can be given away: its bot has no open incident and nothing to say."""

    def grant(self, lease: HeldLease) -> None:
        """Begin: this machine has claimed it."""

    def give_away(self) -> None:
        """Stop speaking and end; `returned` tells when."""


class Sharing:
    """A machine's part in it. `run` returns after `stop`, when its bots have ended."""

    def __init__(
        self,
        dsn: str,
        machine: Machine,
        hosted: Callable[[], Iterable[Shared]],
    ) -> None:
        """`hosted` are all organisations of this machine's configuration."""
        self.dsn = dsn
        self._claims = Claims(dsn, machine.name, machine.ttl)
        self._machine = machine
        self._hosted = hosted
        self._schedule = ClaimSchedule(machine.ttl)
        self.machines = 0  # that are alive, 0 if the database does not answer
        self.names: dict[str, str] = {}  # of the organisation that has a unit, by the unit
        self._over = asyncio.Event()
        self._returned: dict[str, int] = {}
        self._trouble = ""

    def forget(self, name: str) -> None:
        """Note that an organisation is no longer configured here; another machine may claim its
        unit."""
        self.names = {unit: one for unit, one in self.names.items() if one != name}

    def returned(self, unit: str, lease: HeldLease) -> None:
        """Note that a bot has ended; another machine may claim its unit."""
        if not lease.lost:
            self._returned[unit] = lease.epoch

    async def run(self) -> None:
        """Do a round every second, at least four in a `ttl`, and one when another machine's lease
        runs out. At the end, leave everything to the others."""
        while not self._over.is_set():
            pause = await self.round(steady())
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._over.wait()
        held, self._returned = self._returned, {}
        try:
            await in_thread("sharing", lambda: self._claims.leave(held))
        except StoreError as error:  # then they run out
            log.warning("%s", error)

    def stop(self) -> None:
        """End; `run` returns soon."""
        self._over.set()

    async def round(self, now: float) -> float:
        """Do a round. Returns the seconds until the next."""
        hosted = [one for one in self._hosted() if one.unit]
        held = {one.unit: one.lease for one in hosted if one.lease is not None}
        waiting = [one.unit for one in hosted if one.waits]
        returned, self._returned = self._returned, {}
        asking = partial(self._asked, len(hosted), held, returned, waiting, now)
        try:
            view, claimed = await in_thread("sharing", asking)
        except StoreError as error:
            self._returned = {**returned, **self._returned}
            if str(error) != self._trouble:
                log.error("Organisations cannot be shared: %s", error)
            self._trouble, self.machines = str(error), 0
            return self._schedule.pause(ClusterView(0, 0, 0))
        self._trouble, self.machines = "", view.machines
        for one in hosted:
            if one.unit in claimed:
                one.grant(claimed[one.unit])
        idle = [one for one in hosted if one.lease is not None and one.is_idle]
        for one in idle[: view.spares]:
            log.info("%s goes to another machine.", one.name)
            one.give_away()
        return self._schedule.pause(view)

    def _asked(
        self,
        units: int,
        held: Mapping[str, HeldLease],
        returned: Mapping[str, int],
        waiting: Collection[str],
        now: float,
    ) -> tuple[ClusterView, Mapping[str, HeldLease]]:
        """Do a round, in a thread: what we see then, and what is newly ours."""
        for name, renewal in self._claims.renew({n: x.epoch for n, x in held.items()}).items():
            lease = held[name]
            lease.last = renewal.last
            if not renewal.ours:
                lease.lost = True
            elif renewal.renewed:
                lease.lease = lease.lease.renewed(now)
        self._claims.release(returned)
        ours = sum(not lease.lost for lease in held.values())
        machines, until = self._claims.beat(ours)
        view = ClusterView(units, machines, ours, until)
        self._schedule = self._schedule.next(now)
        claim = self._schedule.claim(view, now)
        taken = self._claims.claim(waiting, claim.most, claim.free_for)
        none = Lease(self._machine.ttl)
        return view, {name: HeldLease(none.taken(epoch, now)) for name, epoch in taken.items()}
