"""Which machine answers for what, for the page: asked of the database when somebody looks.

An organisation's page shows its own lease. A host's shows those of all organisations, and it alone:
none of them is to know of the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ircbot.cluster.lease import NO_STANDING, Standing
from ircbot.cluster.shares import MachineSeen, told_of
from ircbot.cluster.tenure import Machine
from ircbot.config import Config
from ircbot.config.journal import JournalSettings, journal_of, settings
from ircbot.errors import StoreError
from ircbot.incident.times import ReportClock, length
from ircbot.page.views import MachinesView, MachineView, StandbyView, UnitView
from ircbot.store.condition import standby_sentences

_EVERY = 2.0  # seconds; who looks meanwhile sees the same


@dataclass(frozen=True, slots=True)
class MachinesSeen:
    """What the database says at a time. `trouble` is why it says nothing, or nothing new."""

    at: datetime
    machines: Sequence[MachineSeen] = ()
    units: Mapping[str, Standing] | None = None  # None if it never said
    database: Sequence[tuple[str, str]] = ()
    trouble: str = ""

    def as_json(self) -> Mapping[str, object]:
        """As `ircbot cluster status --json` has it."""
        return told_of(self.machines, self.units or {})


def record_of(config: Config) -> JournalSettings | None:
    """The database that the page may ask for machines; None if there is none."""
    if config.organisations is not None:
        return settings(config) if config.cluster is not None else None
    return journal_of(config)


class Machines:
    """What is known of the machines, at most two seconds old. Not for several threads at once."""

    def __init__(
        self,
        config: Config,
        record: JournalSettings,
        now: Callable[[], datetime],
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """`record` is the configuration's."""
        from ircbot.store.postgresql import PostgresJournal  # only who has one pays for it

        self._hosts = config.organisations is not None
        self._unit = record.unit
        self._ttl = (config.cluster or Machine("")).ttl
        self._journal = PostgresJournal(record.dsn, record.unit)
        self._now = now
        self._seconds = seconds
        self._looked = float("-inf")
        self._seen = MachinesSeen(now())

    def seen(self) -> MachinesSeen:
        """How it is now; what was known last if the database does not answer."""
        if self._seconds() - self._looked >= _EVERY:
            try:
                self._seen = self._asked()
            except StoreError as error:
                self._seen = replace(self._seen, trouble=str(error))
            finally:
                self._journal.drop()  # who looks once need not keep a connection
            self._looked = self._seconds()
        return self._seen

    def _asked(self) -> MachinesSeen:
        from ircbot.store.claims import seen

        machines, units = seen(self._journal, self._ttl, None if self._hosts else [self._unit])
        if not self._hosts:
            machines, units = (), {self._unit: units.get(self._unit, NO_STANDING)}
        told = tuple(standby_sentences(self._journal.facts()))
        return MachinesSeen(self._now(), machines, units, told)


def view_of(seen: MachinesSeen, clock: ReportClock) -> MachinesView:
    """What was seen, as the page shows it; those come first for which nobody answers."""
    units = seen.units or {}
    had = {
        one.machine: sum(u.machine == one.machine for u in units.values()) for one in seen.machines
    }
    return MachinesView(
        machines=tuple(
            MachineView(
                one.machine, one.alive, length(timedelta(seconds=one.age)), had[one.machine]
            )
            for one in seen.machines
        ),
        units=tuple(
            _unit(name, one, seen.at, clock)
            for name, one in sorted(
                units.items(), key=lambda item: (bool(item[1].machine), item[0])
            )
        ),
        database=tuple(_sentences(seen.database)),
        at=clock.full(seen.at),
        trouble=seen.trouble,
        is_known=seen.units is not None,
    )


def _unit(name: str, one: Standing, at: datetime, clock: ReportClock) -> UnitView:
    held = None if one.held_for is None else timedelta(seconds=one.held_for)
    return UnitView(
        name=name,
        machine=one.machine,
        since=None if held is None else clock.full(at - held),
        held_for="" if held is None else length(held),
        renewed="" if one.age is None else length(timedelta(seconds=one.age)),
        last=one.last,
        standbys=tuple(StandbyView(x.machine, x.ready, x.behind) for x in one.standbys),
    )


def _sentences(told: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    return [(grade, f"{sentence[:1].upper()}{sentence[1:]}.") for grade, sentence in told]
