"""The organisations of a host, where several machines host them: once a second it says that it
lives, renews its leases, claims what it lacks, and gives away what it has too much of.

An organisation is claimed before its bot begins, and given away after that has fallen silent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Protocol

from ircbot.cluster.lease import Lease
from ircbot.cluster.shares import HeldLease, Sight, left_over_after
from ircbot.cluster.tenure import Machine, steady
from ircbot.errors import StoreError
from ircbot.store.claims import Claims
from ircbot.threads import in_thread

log = logging.getLogger(__name__)

_MOST_AT_ONCE = 50  # units claimed in a round: each machine is to get some
_LEFT_OVERS = 5  # units that nobody wanted, in a round


class Shared(Protocol):
    """An organisation, as it is shared among machines."""

    name: str
    unit: str  # of the database; "" if that is not known, or the record is a folder
    lease: HeldLease | None

    @property
    def waits(self) -> bool:
        """Whether it would begin if it were claimed."""

    @property
    def is_idle(self) -> bool:
        """Whether it can be given away: its bot has no open incident and nothing to say."""

    def grant(self, lease: HeldLease) -> None:
        """It is ours now: begin."""

    def give_away(self) -> None:
        """Fall silent and end; `returned` says when."""


class Sharing:
    """A machine's part in it. `run` until `stop`, when its bots have ended."""

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
        self._pause = min(1.0, machine.ttl / 4)
        self.names: dict[str, str] = {}  # of the organisation that has a unit, by the unit
        self._over = asyncio.Event()
        self._returned: dict[str, int] = {}
        self._claims_from = float("-inf")
        self._trouble = ""

    def returned(self, unit: str, lease: HeldLease) -> None:
        """A bot has ended; its unit may be another machine's."""
        if not lease.lost:
            self._returned[unit] = lease.epoch

    async def run(self) -> None:
        """Do a round a second, or four in a ttl; leave all that is left to others in the end."""
        while not self._over.is_set():
            await self._round()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause):
                    await self._over.wait()
        held, self._returned = self._returned, {}
        try:
            await in_thread("sharing", lambda: self._claims.leave(held))
        except StoreError as error:  # then they run out
            log.warning("%s", error)

    def stop(self) -> None:
        """End; `run` returns soon."""
        self._over.set()

    async def _round(self) -> None:
        hosted = [one for one in self._hosted() if one.unit]
        held = {one.unit: one.lease for one in hosted if one.lease is not None}
        waiting = [one.unit for one in hosted if one.waits]
        returned, self._returned = self._returned, {}
        asking = partial(self._asked, len(hosted), held, returned, waiting)
        try:
            sight, claimed = await in_thread("sharing", asking)
        except StoreError as error:
            # Whoever has a unit is to renew first when the database is back.
            self._claims_from = steady() + self._machine.ttl
            self._returned = {**returned, **self._returned}
            if str(error) != self._trouble:
                log.error("Organisations cannot be shared: %s", error)
            self._trouble = str(error)
            return
        self._trouble = ""
        for one in hosted:
            if one.unit in claimed:
                one.grant(claimed[one.unit])
        idle = [one for one in hosted if one.lease is not None and one.is_idle]
        for one in idle[: sight.spares]:
            log.info("%s goes to another machine.", one.name)
            one.give_away()

    def _asked(
        self,
        units: int,
        held: Mapping[str, HeldLease],
        returned: Mapping[str, int],
        waiting: Collection[str],
    ) -> tuple[Sight, Mapping[str, HeldLease]]:
        """Do a round, in a thread: what we see then, and what is newly ours."""
        now = steady()
        for name, renewal in self._claims.renew({n: x.epoch for n, x in held.items()}).items():
            lease = held[name]
            lease.last = renewal.last
            if not renewal.ours:
                lease.lost = True
            elif renewal.renewed:
                lease.lease = lease.lease.renewed(now)
        self._claims.release(returned)
        ours = sum(not lease.lost for lease in held.values())
        sight = Sight(units, self._claims.beat(ours), ours)
        if now < self._claims_from:
            return sight, {}
        if sight.lacks:
            taken = self._claims.claim(waiting, min(sight.lacks, _MOST_AT_ONCE))
        else:
            taken = self._claims.claim(waiting, _LEFT_OVERS, left_over_after(self._machine.ttl))
        none = Lease(self._machine.ttl)
        return sight, {name: HeldLease(none.taken(epoch, now)) for name, epoch in taken.items()}
