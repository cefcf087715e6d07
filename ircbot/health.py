"""Report the bot's health: to systemd, to a file, to Prometheus.

Decides nothing. A failure here must not disturb the bot: a report that fails is logged once and
repeated.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ircbot.config.reading import HealthSettings
from ircbot.httpd import Request, Response, serve

log = logging.getLogger(__name__)

_LOOK_EVERY = 1.0  # seconds
_WRITE_EVERY = 30.0  # seconds, when nothing has changed
_ILL_NAMED = 5  # organisations to name


@dataclass(frozen=True, slots=True)
class NetworkVitals:
    """The health of one network. `name` is what people call it."""

    name: str
    connected: bool
    joined: int  # channels
    wanted: int
    unsent: int  # lines

    def sentence(self) -> str:
        """The network's health in a few words."""
        return f"in {self.joined} of {self.wanted} channels" if self.connected else "not connected"


@dataclass(frozen=True, slots=True)
class LeaseVitals:
    """The lease of one of several machines: whether this one is active, how often the lease changed
    hands, whether another could take over now (None if machines take turns and none stands by), and
    the seconds since it was renewed."""

    held: bool
    epoch: int
    backed: bool | None
    age: float | None = field(default=None, compare=False)

    def sentence(self) -> str:
        """The lease in a few words."""
        if not self.held:
            return "standing by"
        return "answering, and nobody stands by" if self.backed is False else "answering"


@dataclass(frozen=True, slots=True)
class Vitals:
    """The bot's health. `recorded_at` is when entries last reached the disk, None if never."""

    networks: tuple[NetworkVitals, ...]
    open_incidents: int
    heard: int  # lines, since the start
    recorded: int  # entries, since the start
    waiting: int  # lines that could not be recorded yet
    recorded_at: datetime | None = None
    owed: int = 0  # publications that are due
    failing: int = 0  # failing publications, per incident and place
    owed_since: datetime | None = None  # when the oldest became due
    lease: LeaseVitals | None = None  # only if one of several machines

    @property
    def well(self) -> bool:
        """Whether the bot hears every network and records what it hears."""
        return not self.waiting and all(one.connected for one in self.networks)

    def sentence(self) -> str:
        """One line for `systemctl status`."""
        said = [f"{one.name}: {one.sentence()}" for one in self.networks]
        said.append(f"{self.open_incidents} open")
        if self.waiting:
            said.append(f"CANNOT RECORD, {self.waiting} lines waiting")
        if self.failing:
            said.append(f"{self.failing} cannot be published")
        if self.lease is not None:
            said.append(self.lease.sentence())
        return "; ".join(said)


@dataclass(frozen=True, slots=True)
class HostVitals:
    """The health of each hosted organisation: its bot's, or why it has none. Among several
    machines, also how many of them are alive, 0 if that is not known, and how many organisations
    the others have."""

    organisations: Mapping[str, Vitals | str]
    machines: int | None = None
    elsewhere: int = 0

    @property
    def well(self) -> bool:
        """Whether all are well."""
        return all(not isinstance(one, str) and one.well for one in self.organisations.values())

    def sentence(self) -> str:
        """One line for `systemctl status`: how many are well, and the first that are not."""
        ill = {
            name: one if isinstance(one, str) else one.sentence()
            for name, one in self.organisations.items()
            if isinstance(one, str) or not one.well
        }
        count = len(self.organisations)
        said = [f"{count - len(ill)} of {count} organisations are well"]
        said += [f"{name}: {how}" for name, how in [*ill.items()][:_ILL_NAMED]]
        return "; ".join(said)


# --- systemd ----------------------------------------------------------------------------------


class Supervisor:
    """Tells the service manager by sd_notify(3): one datagram to the socket in $NOTIFY_SOCKET."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._path = environment.get("NOTIFY_SOCKET", "")
        pid = environment.get("WATCHDOG_PID", "")
        watched = not pid or pid == str(os.getpid())
        limit = environment.get("WATCHDOG_USEC", "") if watched else ""
        # Half the limit, as sd_watchdog_enabled(3) recommends.
        self.watchdog_every = int(limit) / 2e6 if limit.isdigit() and self._path else None

    def ready(self) -> None:
        """Say that the bot has started. This does not wait for a connection, as a network may be
        down for hours."""
        self._tell("READY=1")

    def alive(self) -> None:
        """Say that the bot's loop is still running."""
        self._tell("WATCHDOG=1")

    def status(self, sentence: str) -> None:
        """Describe the bot's health in one line."""
        self._tell(f"STATUS={sentence}")

    def reloading(self) -> None:
        """Say that the configuration is being read again; `ready` ends that."""
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Say that the bot is ending."""
        self._tell("STOPPING=1")

    def _tell(self, message: str) -> None:
        if not self._path:
            return
        # "@" represents the NUL at the beginning of an abstract socket's name.
        address = "\0" + self._path[1:] if self._path.startswith("@") else self._path
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to:
            try:
                to.setblocking(False)
                to.sendto(message.encode(), address)
            except OSError as error:
                log.debug("systemd cannot be told: %s", error)


# --- a file -----------------------------------------------------------------------------------


class HealthFile:
    """A JSON file with the bot's health. An old `at` in it means that the bot hangs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._told: Vitals | HostVitals | None = None
        self._written = float("-inf")
        self._failed = False
        self._writer: threading.Thread | None = None

    def tell(self, vitals: Vitals | HostVitals, now: float) -> None:
        """Write the file if anything changed or it is getting old. `now` is in seconds.

        In a daemon thread: a hanging disk must delay neither a PONG nor the end of the process.
        """
        if self._writer is not None and self._writer.is_alive():
            return
        if vitals != self._told or now - self._written >= _WRITE_EVERY:
            self._told, self._written = vitals, now
            text = as_json(vitals, datetime.now(UTC)) + "\n"
            self._writer = threading.Thread(target=self._write, args=(text,), daemon=True)
            self._writer.start()

    def _write(self, text: str) -> None:
        # In the same folder, under a name that nobody can predict, and never through a link.
        new = self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}")
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(new, flags, 0o600), "w") as file:
                file.write(text)
            new.replace(self._path)
        except OSError as error:
            with contextlib.suppress(OSError):
                new.unlink()
            if not self._failed:
                log.warning("The health file %s cannot be written: %s", self._path, error.strerror)
            self._failed = True
        else:
            self._failed = False


def as_json(vitals: Vitals | HostVitals, at: datetime) -> str:
    """The vitals as JSON, with the time they were taken."""
    told: dict[str, Any] = {"at": at}
    if isinstance(vitals, Vitals):
        told |= asdict(vitals)
    else:
        told["organisations"] = {
            name: {"ok": False, "trouble": one}
            if isinstance(one, str)
            else {**asdict(one), "ok": one.well}
            for name, one in vitals.organisations.items()
        }
        if vitals.machines is not None:
            told |= {"machines": vitals.machines, "elsewhere": vitals.elsewhere}
    told["ok"] = vitals.well
    return json.dumps(told, default=lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ"))


# --- Prometheus -------------------------------------------------------------------------------

# For a network, and for the bot: name, type, help, value (None if unknown).
_OF_NETWORK: tuple[tuple[str, str, str, Callable[[NetworkVitals], float]], ...] = (
    ("ircbot_connected", "gauge", "Whether the bot is on the network.", lambda one: one.connected),
    ("ircbot_channels_joined", "gauge", "Channels the bot is in.", lambda one: one.joined),
    ("ircbot_channels_wanted", "gauge", "Channels the bot is to be in.", lambda one: one.wanted),
    ("ircbot_unsent", "gauge", "Lines waiting to be sent.", lambda one: one.unsent),
)
_OF_BOT: tuple[tuple[str, str, str, Callable[[Vitals], float | None]], ...] = (
    ("ircbot_open_incidents", "gauge", "Incidents that are open.", lambda v: v.open_incidents),
    ("ircbot_lines_heard_total", "counter", "Lines heard since the start.", lambda v: v.heard),
    (
        "ircbot_entries_recorded_total",
        "counter",
        "Entries put on disk since the start.",
        lambda v: v.recorded,
    ),
    (
        "ircbot_lines_waiting",
        "gauge",
        "Lines that could not be recorded so far.",
        lambda v: v.waiting,
    ),
    (
        "ircbot_publications_owed",
        "gauge",
        "Publications that are still to go out.",
        lambda v: v.owed,
    ),
    (
        "ircbot_publications_failing",
        "gauge",
        "Places, of each incident, that refuse or fail.",
        lambda v: v.failing,
    ),
    (
        "ircbot_publication_owed_timestamp_seconds",
        "gauge",
        "Since when the oldest is owed.",
        lambda v: _seconds(v.owed_since),
    ),
    (
        "ircbot_recorded_timestamp_seconds",
        "gauge",
        "When entries last reached the disk.",
        lambda v: _seconds(v.recorded_at),
    ),
    (
        "ircbot_lease_held",
        "gauge",
        "Whether this machine is the one that answers.",
        lambda v: None if v.lease is None else v.lease.held,
    ),
    (
        "ircbot_lease_epoch",
        "gauge",
        "How often the lease has changed hands; 0 while another has it.",
        lambda v: None if v.lease is None else v.lease.epoch,
    ),
    (
        "ircbot_lease_age_seconds",
        "gauge",
        "Since this machine renewed its lease.",
        lambda v: None if v.lease is None else v.lease.age,
    ),
    (
        "ircbot_lease_backed",
        "gauge",
        "Whether another machine could take over now, as this one was told.",
        lambda v: None if v.lease is None else v.lease.backed,
    ),
)


def exposition(vitals: Vitals | HostVitals) -> str:
    """The vitals in Prometheus's text format, version 0.0.4."""
    if isinstance(vitals, Vitals):
        return "".join(_metrics({"": vitals}))
    there = {_pair("organisation", name): one for name, one in vitals.organisations.items()}
    bots = {label: one for label, one in there.items() if not isinstance(one, str)}
    runs = [(f"{{{label}}}", float(label in bots)) for label in there]
    about = "Whether an organisation has its bot here."
    up = _metric("ircbot_organisation_up", "gauge", about, runs)
    return "".join((*up, *_of_sharing(vitals), *_metrics(bots)))


def _of_sharing(host: HostVitals) -> Iterator[str]:
    """The metrics of a host that is one of several machines."""
    if host.machines is not None:
        about = "Machines that are alive and share the organisations; 0 if that is not known."
        yield from _metric("ircbot_machines", "gauge", about, [("", host.machines)])
        about = "Organisations that other machines have, or none."
        yield from _metric("ircbot_organisations_elsewhere", "gauge", about, [("", host.elsewhere)])


def _metrics(bots: Mapping[str, Vitals]) -> Iterator[str]:
    """The metrics of bots, by their labels, "" for none."""
    networks = [
        (f"{{{label}{',' if label else ''}{_pair('network', one.name)}}}", one)
        for label, vitals in bots.items()
        for one in vitals.networks
    ]
    for name, kind, about, of_network in _OF_NETWORK:
        yield from _metric(name, kind, about, ((label, of_network(one)) for label, one in networks))
    for name, kind, about, of_bot in _OF_BOT:
        values = ((f"{{{label}}}" if label else "", of_bot(one)) for label, one in bots.items())
        yield from _metric(name, kind, about, values)


def _metric(
    name: str, kind: str, about: str, samples: Iterable[tuple[str, float | None]]
) -> Iterator[str]:
    known = [
        f"{name}{labels} {float(value):.17g}\n" for labels, value in samples if value is not None
    ]
    if known:
        yield f"# HELP {name} {about}\n# TYPE {name} {kind}\n"
        yield from known


def _pair(name: str, text: str) -> str:
    """A label and its value."""
    value = text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return f'{name}="{value}"'


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment is not None else None


@contextlib.asynccontextmanager
async def metrics(port: int, look: Callable[[], Vitals | HostVitals]) -> AsyncIterator[int]:
    """Serve the metrics on loopback, on any free port if 0; yields the port."""

    async def answer(request: Request) -> Response:
        if request.method not in ("GET", "HEAD") or request.path != "/metrics":
            return Response(404, "The metrics are at /metrics.\n")
        return Response(200, exposition(look()), "text/plain; version=0.0.4; charset=utf-8")

    async with serve("127.0.0.1", port, answer) as found:
        yield found


# --- all of them ------------------------------------------------------------------------------


async def watch(
    look: Callable[[], Vitals | HostVitals], settings: HealthSettings, supervisor: Supervisor
) -> None:
    """Report the bot's health wherever that is configured, until cancelled."""
    loop = asyncio.get_running_loop()
    file = HealthFile(settings.file) if settings.file else None
    told = ""
    due = loop.time()
    async with contextlib.AsyncExitStack() as stack:
        if settings.metrics_port:
            await _serve(stack, settings.metrics_port, look)
        supervisor.ready()
        while True:
            vitals = look()
            if file is not None:
                file.tell(vitals, loop.time())
            if (sentence := vitals.sentence()) != told:
                supervisor.status(sentence)
                told = sentence
            if supervisor.watchdog_every is not None and loop.time() >= due:
                supervisor.alive()
                due = loop.time() + supervisor.watchdog_every
            await asyncio.sleep(_LOOK_EVERY)


async def _serve(
    stack: contextlib.AsyncExitStack, port: int, look: Callable[[], Vitals | HostVitals]
) -> None:
    try:
        await stack.enter_async_context(metrics(port, look))
    except OSError as error:
        # The bot matters more than its metrics.
        log.error("Metrics cannot be served on 127.0.0.1 port %d: %s", port, error.strerror)
