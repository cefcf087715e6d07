"""Many organisations in one process, each with a bot of its own.

An organisation is a folder with an ordinary configuration. Organisations share only the process and
its loop: each has its own store, networks and handler thread, so that neither a hanging disk nor a
flood in one holds up another.

If one fails, only that one stops: it is named in the log and tried again, at first soon and later
every minute, until it works. Whatever may wait for a disk is done in a thread that only its
organisation waits for.
"""

from __future__ import annotations

import asyncio
import logging
import random
import resource
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ircbot.cluster.shares import HeldLease
from ircbot.config import Config, load_config
from ircbot.config import journal as journals
from ircbot.config.journal import JournalSettings, journal_of
from ircbot.errors import ConfigError, IrcbotError
from ircbot.health import HostVitals, Vitals
from ircbot.logsetup import ORGANISATION
from ircbot.network.backoff import Backoff
from ircbot.ownership import must_be_its_owners
from ircbot.service import Service, save_lines, taking
from ircbot.service_settings import ServiceSettings, service_settings
from ircbot.sharing import Sharing
from ircbot.threads import in_thread

log = logging.getLogger(__name__)

CONFIG = "config.toml"

_AT_ONCE = 4  # that begin at the same time
_IS_SLOW = 5.0  # seconds; if one takes longer to begin, others begin meanwhile
_RETRIES = (1.0, 60.0)  # seconds; the first pause, and the longest
_ENDS_WITHIN = 10.0  # seconds for all to end; who does not is left


def organisations(config: Config) -> Mapping[str, Path]:
    """The configurations of the hosted organisations, by name. Raises ConfigError."""
    folder = config.organisations
    assert folder is not None
    if config.is_given(("irc",)):
        raise config.wrong(
            ("irc",),
            "a configuration that hosts organisations has no [irc]; each organisation has its own.",
        )
    must_be_its_owners(folder, ConfigError, sticky=True)
    try:
        found = {
            one.name: one / CONFIG
            for one in sorted(folder.iterdir())
            if not one.name.startswith(".") and (one / CONFIG).exists()
        }
    except OSError as error:
        why = f"{folder} cannot be read: {error.strerror}."
        raise config.wrong(("organisations",), why) from None
    return found


def owners_of_units(wanted: Mapping[str, Path], dsn: str) -> Mapping[str, str]:
    """Which organisation has each unit of a database, the same on every machine: where several name
    the same unit, the one that is called as it is, else the first."""
    units: dict[str, list[str]] = {}
    for name, file in sorted(wanted.items()):
        with suppress(IrcbotError, OSError):
            journal = journal_of(load_config(file))
            if journal is not None and journal.dsn == dsn:
                units.setdefault(journal.unit, []).append(name)
    return {unit: unit if unit in names else names[0] for unit, names in units.items()}


class Hosted:
    """One organisation and its bot. `run` does not raise."""

    def __init__(
        self,
        name: str,
        file: Path,
        beginning: asyncio.Semaphore,
        is_slow: float,
        retries: tuple[float, float],
        how: Mapping[str, Any],
        sharing: Sharing | None = None,
    ) -> None:
        """`beginning` is held while a bot begins, for `is_slow` seconds at most; `how` is passed to
        `Service`. `sharing` tells when the organisation is this machine's, if there are several."""
        self.name = name
        self.file = file
        self._beginning = beginning
        self._is_slow = is_slow
        self._how = how
        self._long = retries[1]
        self._backoff = Backoff(*retries, random.Random())
        self._trouble = "has not begun yet"
        self.service: Service | None = None
        self._settings: ServiceSettings | None = None
        self._over = False
        self._message = ""
        self._news = asyncio.Event()  # to be tried again now, or over
        self._reading: asyncio.Task[None] | None = None
        self._sharing = sharing
        self.unit = ""
        self.lease: HeldLease | None = None
        self.waits = False
        self._warned: set[str] = set()

    @property
    def vitals(self) -> Vitals | str | None:
        """The health of its bot, or why there is none. None if it is another machine's."""
        if self.service is not None:
            return self.service.vitals()
        return None if self.waits else self._trouble

    async def run(self) -> None:
        """Run a bot, and another one whenever it ends, until `stop`."""
        ORGANISATION.set(self.name)
        while not self._over:
            self._news.clear()
            try:
                if not await self._is_ours():
                    continue
                settings, service = await self._begun()
            except (IrcbotError, OSError) as error:
                self._give_back()
                await self._rest(str(error))
            except Exception as error:
                log.exception("A mistake of ours")
                self._give_back()
                await self._rest(f"fails ({type(error).__name__}).")
            else:
                self._settings, self.service = settings, service
                await self._serve(settings, service)

    # --- among several machines ---------------------------------------------------------------

    async def _is_ours(self) -> bool:
        """Wait until it is this machine's. False if something else happens first."""
        if self._sharing is None:
            return True
        journal = await in_thread("reading", self._journal)
        if journal is None:
            return True
        self.unit, self.waits = journal.unit, True
        try:
            await self._news.wait()
        finally:
            self.waits = False
        if self.lease is None:
            return False
        if not self._over:
            self._news.clear()
        return True

    def _journal(self) -> JournalSettings | None:
        """The database that is its record, if machines take turns. None for a folder, which only
        this machine has, and for a hot standby, which runs on each machine."""
        config = load_config(self.file).one()
        journal = journal_of(config)
        assert self._sharing is not None
        if journal is not None and config.cluster is None and journal.dsn != self._sharing.dsn:
            raise config.wrong(
                ("store",), "its database is not the host's, in which organisations are claimed."
            )
        if journal is not None:
            first = self._sharing.names.setdefault(journal.unit, self.name)
            if first != self.name:
                raise config.wrong(("store",), f"{first} has the unit {journal.unit} already.")
        return journal if config.cluster is None else None

    @property
    def is_idle(self) -> bool:
        """Whether it can be given away: its bot has no open incident and nothing to say."""
        if self.service is None:
            return False
        vitals = self.service.vitals()
        unsent = any(one.unsent for one in vitals.networks)
        return not (vitals.open_incidents or vitals.waiting or unsent)

    def grant(self, lease: HeldLease) -> None:
        """Begin: this machine has claimed it."""
        self.lease = lease
        self._news.set()

    def give_away(self) -> None:
        """Stop speaking and end; the claim is given back then."""
        self._end("another machine answers now")

    def _give_back(self) -> None:
        lease, self.lease = self.lease, None
        if lease is not None and self._sharing is not None:
            self._sharing.returned(self.unit, lease)

    def stop(self, message: str) -> None:
        """End; `run` returns soon."""
        self._over, self._message = True, message
        self._end(message)

    def _end(self, message: str) -> None:
        self._news.set()
        if self.service is not None:
            self.service.bot.stop(message)

    def read_again(self) -> None:
        """Use the configuration as it is now. Changed networks, stores or reports need another bot,
        which people see leave and return. Called in the loop's thread."""
        if self._reading is None or self._reading.done():  # else its disk hangs
            self._reading = asyncio.create_task(self._read_again())

    async def _read_again(self) -> None:
        ORGANISATION.set(self.name)
        service, before = self.service, self._settings
        if service is None or before is None:
            self._news.set()
            return
        try:
            settings = await in_thread("reading", self._read)
        except (IrcbotError, OSError) as error:
            log.error("The configuration stays as it was: %s", error)
            return
        if self.service is not service:
            return
        if _essence(settings) != _essence(before):
            log.info("Restarts, as its networks or stores changed.")
            self._end("reading my configuration again; I will be back")
        else:
            self._settings = settings
            service.use(settings.setting, settings.places, settings.rotas)
            log.info("The configuration was read again.")

    def _read(self) -> ServiceSettings:
        config = load_config(self.file).one()
        # A password in the environment would be every organisation's.
        settings = service_settings(config, {})
        for warning in settings.warnings:
            if warning not in self._warned:
                self._warned.add(warning)
                log.warning("%s", warning)
        return settings

    def _made(self) -> tuple[ServiceSettings, Service]:
        settings = self._read()
        return settings, Service.of(settings, lease=self.lease, **self._how)

    async def _begun(self) -> tuple[ServiceSettings, Service]:
        """A new bot. Only this organisation waits while it begins."""

        def unwanted(made: tuple[ServiceSettings, Service]) -> None:
            made[1].close()

        async with self._beginning:
            making = asyncio.ensure_future(in_thread("beginning", self._made, unwanted))
            await asyncio.wait([making], timeout=self._is_slow)
        try:
            return await making
        except asyncio.CancelledError:
            making.cancel()
            raise

    async def _serve(self, settings: ServiceSettings, service: Service) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        service.in_loop(loop)
        if self._over:
            service.bot.stop(self._message)
        else:
            log.info("Begins.")
        try:
            async with taking(settings.alerts, service):
                await service.bot.run()
        except Exception:
            log.exception("Begins anew after a mistake of ours")
        self._trouble, self.service = "is ending", None
        if loop.time() - began > self._long:
            self._backoff.reset()
        await in_thread("ending", service.close)
        shared = self.lease is not None
        self._give_back()
        if lost := service.lost():
            log.error("%d line(s) could not be recorded; they are below.", len(lost))
            save_lines(lost)
        if service.superseded and shared:
            log.warning("%s", service.superseded)
        elif service.superseded:
            await self._rest(service.superseded)
        elif not self._over and not self._news.is_set():
            await self._rest("ended by a mistake of ours.")

    async def _rest(self, trouble: str) -> None:
        """Log once why there is no bot, and wait until the next attempt."""
        if trouble != self._trouble:
            log.error("Does not run: %s It is retried until it does.", trouble)
        self._trouble = trouble
        with suppress(TimeoutError):
            async with asyncio.timeout(self._backoff.next()):
                await self._news.wait()


def _essence(settings: ServiceSettings) -> object:
    """The settings that only another bot can be given."""
    config = settings.config
    record = config.store, config.cluster, journal_of(config)
    return settings.networks, settings.alerts, config.report, record


class Host:
    """All organisations of a configuration. `run` until `stop`."""

    def __init__(
        self,
        config: Config,
        *,
        retries: tuple[float, float] = _RETRIES,
        is_slow: float = _IS_SLOW,
        ends_within: float = _ENDS_WITHIN,
        **how: Any,
    ) -> None:
        """`retries` are the first and the longest pause, in seconds, before a failed organisation
        is tried again; `how` is passed to `Service`. Raises ConfigError if there is no folder of
        organisations."""
        self._beginning = asyncio.Semaphore(_AT_ONCE)
        self._is_slow = is_slow
        self._retries = retries
        self._ends_within = ends_within
        self._how = how
        self.hosted: dict[str, Hosted] = {}
        self._tasks: dict[asyncio.Task[None], str] = {}
        self._reading: asyncio.Task[None] | None = None
        self._stopped = asyncio.Event()
        self._wanted = organisations(config)
        self._sharing = self._shared_with(config)

    def _shared_with(self, config: Config) -> Sharing | None:
        """How the organisations are shared, if there are several machines."""
        if config.cluster is None:
            return None
        return Sharing(journals.settings(config).dsn, config.cluster, self.hosted.values)

    def vitals(self) -> HostVitals:
        """The health of each organisation that is this machine's."""
        there = {name: one.vitals for name, one in sorted(self.hosted.items())}
        here = {name: how for name, how in there.items() if how is not None}
        machines = None if self._sharing is None else self._sharing.machines
        return HostVitals(here, machines, len(there) - len(here))

    async def run(self) -> None:
        """Host all organisations until `stop`. One that does not end in time is abandoned."""
        _have_files()
        await self._name_owners(self._wanted)
        for name, file in self._wanted.items():
            self._host(name, file)
        sharing = asyncio.create_task(self._sharing.run()) if self._sharing else None
        await self._stopped.wait()
        for one in self.hosted.values():
            one.stop("leaving; I will be back")
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._ends_within)
        for task, name in self._tasks.items():
            if not task.done():
                log.error("%s does not end, and is abandoned.", name)
                task.cancel()
        if sharing is not None and self._sharing is not None:
            self._sharing.stop()
            await asyncio.wait([sharing], timeout=self._ends_within)

    async def _name_owners(self, wanted: Mapping[str, Path]) -> None:
        """Determine which organisation has which unit, as far as their disks answer in time. Those
        that have one keep it."""
        sharing = self._sharing
        if sharing is None:
            return
        reading = in_thread("reading", lambda: owners_of_units(wanted, sharing.dsn))
        with suppress(TimeoutError):
            for unit, name in (await asyncio.wait_for(reading, self._is_slow)).items():
                sharing.names.setdefault(unit, name)

    def stop(self) -> None:
        """End all of them. Called in the loop's thread."""
        self._stopped.set()

    def read_again(self, load: Callable[[], Config]) -> None:
        """Use the configurations as they are now: start new organisations, end removed ones, and
        try broken ones again. Called in the loop's thread."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_again(load))

    async def _read_again(self, load: Callable[[], Config]) -> None:
        try:
            wanted = await in_thread("reading", lambda: organisations(load()))
        except (IrcbotError, OSError) as error:
            log.error("The organisations stay as they were: %s", error)
            wanted = {name: one.file for name, one in self.hosted.items()}
        for name in [name for name in self.hosted if name not in wanted]:
            log.warning("%s leaves, as it has no configuration any more.", name)
            gone = self.hosted.pop(name)
            gone.stop("leaving")
            if self._sharing is not None:
                self._sharing.forget(name)
        await self._name_owners(wanted)
        for name, file in wanted.items():
            if self._stopped.is_set():
                return
            if name in self.hosted:
                self.hosted[name].read_again()
            else:
                self._host(name, file)

    def _host(self, name: str, file: Path) -> None:
        one = Hosted(
            name, file, self._beginning, self._is_slow, self._retries, self._how, self._sharing
        )
        self.hosted[name] = one
        task = asyncio.create_task(one.run())
        self._tasks[task] = name
        task.add_done_callback(self._tasks.pop)


def _have_files() -> None:
    """Raise the limit of open files as far as allowed: each organisation needs some ten."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
