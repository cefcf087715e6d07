"""The running bot: puts store, engine, networks and reports together, and takes them apart in
order.

Knows every part and no rule. `ircbot run` and `ircbot demo` differ only in what they pass in.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Container, Sequence
from concurrent.futures import Future
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Self

from ircbot.cluster.shares import HeldLease
from ircbot.cluster.tenure import Machine, Tenure
from ircbot.config import Config
from ircbot.config.journal import journal_of
from ircbot.config.reading import HealthSettings
from ircbot.errors import StoreError
from ircbot.finder import Finder
from ircbot.handler import BotHandler
from ircbot.health import HostVitals, LeaseVitals, NetworkVitals, Supervisor, Vitals, watch
from ircbot.incident.alerts import Alerts
from ircbot.incident.grammar import grammar_of
from ircbot.incident.line import Line
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident, State
from ircbot.incoming.listener import AlertSettings, listening
from ircbot.incoming.rotas import RotaReader, RotaSettings
from ircbot.network.bot import Bot
from ircbot.network.clock import utc_now
from ircbot.network.settings import NetworkSettings
from ircbot.publish.outbox import Outbox
from ircbot.publish.protocol import Place
from ircbot.record import open_to_write
from ircbot.report import FORMATS
from ircbot.report_writer import ReportWriter
from ircbot.repository import (
    OnRecord,
    owing_anywhere,
    retire,
    state_of,
    with_processes,
)
from ircbot.service_settings import ServiceSettings
from ircbot.signals import on_signal

log = logging.getLogger(__name__)

_M_ARENA_MAX = -8  # malloc.h of glibc
_FEW = 0.2  # seconds, for a report that is nearly written
_TICK_OF_MANY = 0.25  # seconds, where another machine may have to take over
_ENDS_WITHIN = 1.8  # seconds from SIGTERM; a SIGKILL may follow soon


def share_one_heap() -> None:
    """Make all threads started from now on allocate from one heap.

    glibc gives each thread a heap of its own, and memory freed in one is not reused by another, so
    the bot would grow for days. Other C libraries do no such thing; there this does nothing.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


class Service:
    """A bot with everything it needs. Always `close` it."""

    def __init__(
        self,
        config: Config,
        setting: Setting,
        networks: Sequence[NetworkSettings],
        *,
        places: Sequence[Place] = (),
        rotas: Sequence[RotaSettings] = (),
        engine: Callable[..., BotHandler] | None = None,
        tick: float = 1.0,
        now: Callable[[], datetime] = utc_now,
        ends_within: float = _ENDS_WITHIN,
        lease: HeldLease | None = None,
    ) -> None:
        """`places` are the places to publish to, `rotas` the on-call calendars. `engine` replaces
        the usual one; `tick` is in seconds; `now` is our clock.

        `ends_within` is the time in seconds that everything may take from `bot.stop` on, as far as
        it can be shortened. What is left of it goes to reports; the next run catches up on the
        rest. `lease` is the unit's lease, if somebody else renews it.
        """
        self.superseded = ""  # by whom, once we are
        self._ends_within = ends_within
        self._loop: asyncio.AbstractEventLoop | None = None  # in which the bot runs
        self._held = lease
        self.now = now
        with ExitStack() as undo:
            self._store = open_to_write(config, "bot", lease)
            undo.callback(self._store.close)
            self._begin(undo, config, setting, networks, places, rotas, engine, tick, now)
            undo.pop_all()

    def _begin(
        self,
        undo: ExitStack,
        config: Config,
        setting: Setting,
        networks: Sequence[NetworkSettings],
        places: Sequence[Place],
        rotas: Sequence[RotaSettings],
        engine: Callable[..., BotHandler] | None,
        tick: float,
        now: Callable[[], datetime],
    ) -> None:
        """Put everything together. `undo` ends the parts that have begun if a later one cannot."""
        formats = config.report.formats
        setting = replace(setting, report_ending="." + FORMATS[formats[0]] if formats else "")
        state = state_of(self._store)
        setting = with_processes(setting, state)
        for process in (setting.process, *setting.processes.values()):
            grammar_of(process)  # now, so that the first line does not wait for it
        self._filing = ReportWriter(
            setting,
            config.report.directory,
            formats,
            config.report.templates,
            beside=self._report_beside,
        )
        self._finder = Finder(str(config.store.path), lambda found: self.engine.found(found))
        undo.callback(self._finder.finish)
        self._tenure: Tenure | None = None
        if config.cluster is not None:
            tick = min(tick, _TICK_OF_MANY)
        self.engine = self._engine(config, setting, state, networks, engine, now)
        self._outbox = Outbox(
            setting,
            places,
            config.store.path,
            self.engine.sent,
            now,
            templates=config.report.templates,
            public=config.report.public,
            journal=journal_of(config),
        )
        undo.callback(self._outbox.finish)
        self._rotas = RotaReader(rotas, config.store.path.with_name("rotas"), config.zone, now)
        undo.callback(self._rotas.finish)
        if config.cluster is not None:
            self._outbox.hold(True)
        for incident in state.incidents.values():
            self._filing.catch_up(incident)
            self._outbox.changed(incident)
        held = self._held or self._tenure
        silence: dict[str, Any] = {} if held is None else {"may_speak": held.may_speak}
        self.bot = Bot(self.engine, networks, tick=tick, now=now, **silence)
        self.bot.be_there(config.cluster is None or config.cluster.standby == "always")
        self.engine.setting = self._living(self.engine.setting)

    def _engine(
        self,
        config: Config,
        setting: Setting,
        state: State,
        networks: Sequence[NetworkSettings],
        engine: Callable[..., BotHandler] | None,
        now: Callable[[], datetime],
    ) -> BotHandler:
        """The engine, tied to the parts that it needs."""
        if config.cluster is not None:
            from ircbot.cluster.handler import ClusterHandler  # slow to import

            how = self._of_many(config.cluster, networks)
            engine = partial(engine or ClusterHandler, **how)
        return (engine or BotHandler)(
            setting,
            self._store,
            state,
            changed=self._moved,
            erase=partial(self._filing.erase, str(config.store.path)),
            erased=self._finder.erased,
            look_up=self._finder.look_up,
            others=OnRecord(str(config.store.path)).besides,
            owing=partial(owing_anywhere, str(config.store.path)),
            damaged=tuple(self._store.damaged),
            daily=partial(self._retire, config, now),
            superseded=self._give_way,
        )

    @classmethod
    def of(cls, settings: ServiceSettings, **how: Any) -> Self:
        """The bot that a configuration describes."""
        return cls(
            settings.config,
            settings.setting,
            settings.networks,
            places=settings.places,
            rotas=settings.rotas,
            **how,
        )

    def _give_way(self, why: str) -> None:
        """Another bot answers now. Called in the handler's thread."""
        self.superseded = why
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.bot.stop)

    # --- among several machines (cluster/handler.py) --------------------------------------

    def _of_many(self, machine: Machine, networks: Sequence[NetworkSettings]) -> dict[str, Any]:
        """The arguments of a handler that is one of several."""
        from ircbot.store.shared import SharedStore

        assert isinstance(self._store, SharedStore), "the configuration demands it"
        self._tenure = self._store.tenure
        nicks = {network.name: network.nick for network in networks}
        return {"store": self._store, "machine": machine, "around": self, "nicks": nicks}

    def turned(self, *, answers: bool) -> None:
        """Answer from now on, or stand by."""
        self._outbox.hold(not answers)
        self.bot.turned(answers=answers)

    def be_there(self, wanted: bool) -> None:
        """Be on the networks, or not."""
        self.bot.be_there(wanted)

    @property
    def connected(self) -> bool:
        """Whether we are on every network."""
        return self.bot.connected

    @property
    def complete(self) -> bool:
        """Whether we are on every network, and in every channel that lets us in."""
        return self.bot.complete

    @property
    def shut_out(self) -> int:
        """How many channels that we were in now refuse us."""
        return self.bot.shut_out

    @property
    def doubtful(self) -> bool:
        """Whether some server does not seem to hear us, or we it."""
        return self.bot.doubtful

    @property
    def unsent(self) -> int:
        """How many lines and bytes are still to be sent, or to arrive."""
        connections = self.bot.connections.values()
        return sum(connection.unsent + connection.unconfirmed for connection in connections)

    # ----------------------------------------------------------------------------------------

    def _moved(self, incident: Incident) -> None:
        self._filing.changed(incident)
        self._outbox.changed(incident)

    def _retire(
        self, config: Config, now: Callable[[], datetime], needed: Container[int]
    ) -> Collection[int]:
        """Keep closed incidents no longer than the configuration says."""
        if config.store.keep is None:
            return ()
        before = now() - config.store.keep
        return retire(self._store, before, needed, erase=config.store.erase)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def use(
        self,
        setting: Setting,
        places: Sequence[Place] = (),
        rotas: Sequence[RotaSettings] = (),
    ) -> None:
        """Go on with another setting (a configuration that was read again)."""
        setting = replace(setting, report_ending=self.engine.setting.report_ending)
        self.engine.setting = with_processes(self._living(setting), self.engine.state)
        self._outbox.use(self.engine.setting, places)
        self._rotas.use(rotas, setting.zone)

    def _living(self, setting: Setting) -> Setting:
        """The setting with the values that change by themselves: who is in which channel, and who
        is on call."""
        return replace(setting, presence=self.bot.presence, rotas=self._rotas.known)

    def in_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say in which loop the bot runs, so that it can be ended when another bot answers."""
        self._loop = loop
        if self.superseded:
            self.bot.stop()

    def receive(self, alerts: Alerts) -> Future[bool]:
        """Record alerts at once; the future tells whether they are on disk. Called in the loop's
        thread."""
        done = self.engine.receive(alerts)
        self.bot.tick()
        return done

    def _report_beside(self, incident: Incident, kept: str, new: str) -> None:
        """Tell the incident's channel that a report was edited by somebody, and where both versions
        are."""
        self.engine.tell(incident, "report-beside", kept=kept, new=new)

    def vitals(self) -> Vitals:
        """The bot's health now."""
        networks = []
        for connection in self.bot.connections.values():
            joined, wanted = connection.joined
            networks.append(
                NetworkVitals(
                    connection.settings.title,
                    connection.registered,
                    joined,
                    wanted,
                    connection.unsent,
                )
            )
        engine = self.engine
        return Vitals(
            tuple(networks),
            len(engine.present.open),
            engine.heard,
            engine.recorded,
            len(engine.unrecorded()),
            engine.recorded_at,
            *self._owed(),
            self._lease(),
        )

    def _lease(self) -> LeaseVitals | None:
        """The state of the lease, if the bot is one of several."""
        if (shared := self._held) is not None:
            return LeaseVitals(not shared.lost, shared.epoch, None, shared.age)
        if (tenure := self._tenure) is None:
            return None
        lease = tenure.lease
        return LeaseVitals(lease.held, max(lease.epoch, 0), tenure.told.is_backed, tenure.age)

    def _owed(self) -> tuple[int, int, datetime | None]:
        """How many publications are owed, at how many places they fail, and since when the oldest
        waits."""
        known = [d for i in self.engine.present.incidents.values() for d in i.deliveries.values()]
        owed = [owed for delivery in known for owed in delivery.owed]
        failing = sum(bool(delivery.owed and delivery.attempts) for delivery in known)
        return len(owed), failing, min((one.at for one in owed), default=None)

    def close(self) -> None:
        """Release the store, and write the reports that can be written in time."""
        self._rotas.finish()
        self._outbox.finish()
        self._finder.finish()
        if self.bot.at_rest:
            try:
                self._store.close()
            except StoreError as error:  # the reports below matter all the more
                log.error("The store could not be closed: %s", error)
        else:  # a disk that hangs: what was acknowledged is in the journal
            log.error("The disk does not answer; the store is left as it is.")
        gone = time.monotonic() - self.bot.stopped_at if self.bot.stopped_at else 0.0
        self._filing.finish(max(_FEW, self._ends_within - gone))

    def lost(self) -> tuple[Line, ...]:
        """The lines that could not be recorded."""
        return self.engine.unrecorded(self.bot.unheard)


async def until_told(
    service: Service,
    health: HealthSettings,
    reload: Callable[[], None],
    alerts: AlertSettings | None = None,
) -> None:
    """Run a bot until SIGTERM or Ctrl-C; SIGHUP reads the configuration again."""

    async def run() -> None:
        async with taking(alerts, service):
            await service.bot.run()

    def stop() -> None:
        service.bot.stop("leaving; I will be back")

    service.in_loop(asyncio.get_running_loop())
    await supervised(run, stop, service.vitals, health, reload)


async def supervised(
    run: Callable[[], Awaitable[None]],
    stop: Callable[[], None],
    look: Callable[[], Vitals | HostVitals],
    health: HealthSettings,
    reload: Callable[[], None],
) -> None:
    """Run something until it ends or a signal ends it, and report its health meanwhile."""
    supervisor = Supervisor()
    gc.freeze()  # what is loaded stays: the collector need not look at it again
    sys.setswitchinterval(0.02)  # two busy threads that switch every 5 ms hinder each other

    def end() -> None:
        supervisor.stopping()
        stop()

    def read_again() -> None:
        supervisor.reloading()
        reload()
        supervisor.ready()

    on_signal(signal.SIGTERM, end)
    on_signal(signal.SIGINT, end)
    on_signal(signal.SIGHUP, read_again)
    watcher = asyncio.create_task(watch(look, health, supervisor))
    try:
        await run()
    finally:
        watcher.cancel()
        # A second SIGTERM or SIGHUP does not disturb the shutdown; Ctrl-C ends it now.
        signal.signal(signal.SIGINT, signal.default_int_handler)


@asynccontextmanager
async def taking(alerts: AlertSettings | None, service: Service) -> AsyncIterator[None]:
    """Accept alerts for a bot, if `alerts` are configured."""
    async with AsyncExitStack() as stack:
        if alerts is not None:
            try:
                await stack.enter_async_context(listening(alerts, service.receive, service.now))
            except OSError as error:
                # The bot matters more than its alerts.
                why = error.strerror
                log.error("Alerts cannot be taken on %s port %d: %s", alerts.host, alerts.port, why)
        yield


def save_lines(lines: Sequence[Line]) -> None:
    """The last resort: write lines that could not be recorded to standard error."""
    told = (f"{x.at:%Y-%m-%dT%H:%M:%SZ} {x.channel} <{x.nick}> {x.text}\n" for x in lines)
    sys.stderr.write("".join(told))  # all at once: there can be many, and little time
