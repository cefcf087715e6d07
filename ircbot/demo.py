"""The guide's MDN outage, lived through: real clients on a real connection, on the guide's clock.

The sentences marked as the guide's are the MozMEAO incident response guide's own examples; the
rest is what people say in between. Nothing here is known to the bot, which only hears it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ircbot.config import Config, ReportSettings, StoreSettings
from ircbot.config.settings import setting
from ircbot.errors import Failed
from ircbot.handler import BotHandler
from ircbot.incident.line import Reply
from ircbot.incident.reminders import next_due
from ircbot.incident.setting import Product
from ircbot.incident.state import Incident
from ircbot.network.server import EmbeddedServer, Message, ServerSettings, Visitor
from ircbot.network.settings import Address, NetworkSettings, Pace
from ircbot.report import FORMATS, file_name
from ircbot.report.folder import ReportFolder
from ircbot.repository import incident_named, open_store, process_of
from ircbot.service import Service

DAY = datetime(2018, 1, 10, tzinfo=UTC)
CHANNELS = ("#mozmeao", "#meao-infra", "#moc")
_PAUSE = 0.32  # seconds between two lines at speed 1, for whoever reads along
_TICK = 0.04  # seconds; the demo's hours are shorter than ours


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody says something. `at` is a time of day, "12:05"."""

    at: str
    channel: str
    nick: str
    text: str

    @property
    def moment(self) -> datetime:
        """When that is on the demo's day."""
        hours, minutes = self.at.split(":")
        return DAY + timedelta(hours=int(hours), minutes=int(minutes))


STORY: tuple[Said, ...] = tuple(
    Said(*line)
    for line in (
        ("11:58", "#mozmeao", "rookie", "is it just me, or is MDN slow today?"),
        ("12:00", "#mozmeao", "metadave", "MDN is experiencing an outage"),  # guide
        (
            "12:00",
            "#mozmeao",
            "metadave",
            "I am declaring an incident and am incident leader",  # guide
        ),
        ("12:00", "#mozmeao", "metadave", "updates will be posted in the #mdndev channel"),  # guide
        (
            "12:00",
            "#mozmeao",
            "metadave",
            "ping jwhitlock rjohnson there is an urgent MDN outage",  # guide
        ),
        ("12:01", "#mozmeao", "metadave", "please meet in my Vidyo room"),  # guide
        ("12:03", "#mdndev", "jwhitlock", "here. every page is a 503 for me"),
        ("12:04", "#mdndev", "rjohnson", "TL: the 503s began at 11:52, no deploy was running"),
        ("12:05", "#moc", "metadave", "there is an MDN outage, we are working on #mdndev"),  # guide
        ("12:05", "#moc", "metadave", "I'll post an update here in the next 30 minutes"),  # guide
        ("12:31", "#mdndev", "metadave", "!inc update all pages fail, pods are up, looking at AWS"),
        ("12:58", "#mdndev", "rookie", "!inc status"),
        ("13:00", "#mdndev", "metadave", "TL: pods answer inside the cluster, so it is the way in"),
        ("13:21", "#mdndev", "rookie", "!inc later two load balancers, and only one is watched"),
        ("13:27", "#mdndev", "metadave", "next update in 2h, we wait for AWS support"),
        (
            "15:11",
            "#mdndev",
            "metadave",
            "TL: listeners appear to missing from the MDN ELB",
        ),  # guide
        ("15:30", "#mdndev", "jwhitlock", "!inc tl 15:20 AWS support sees no fault on their side"),
        ("16:01", "#mdndev", "metadave", "I need a few minutes of downtime"),  # guide
        ("16:01", "#mdndev", "metadave", "jgmize has agreed to take over IL"),  # guide
        ("16:01", "#mdndev", "rookie", "I am the incident leader"),
        ("16:01", "#mdndev", "jgmize", "Confirmed, I am now IL"),  # guide
        (
            "16:05",
            "#mdndev",
            "metadave",
            "TL: listeners have been manually added back to the ELB",  # guide
        ),
        ("16:06", "#mdndev", "jwhitlock", "pages load again \\o/"),
        ("16:06", "#mdndev", "jgmize", "!inc milestone mitigated"),
        ("16:10", "#mdndev", "metadave", "TL: listeners have been overwritten by K8s"),  # guide
        ("16:11", "#mdndev", "metadave", "s/K8s/Kubernetes/"),
        ("16:20", "#mdndev", "jgmize", "!inc action watch the ELB's listeners @rjohnson by friday"),
        ("16:38", "#mdndev", "jgmize", "!inc update the fix is in the service file, rolling out"),
        ("16:55", "#mdndev", "jgmize", "!inc props metadave for four calm hours"),
        ("17:00", "#mdndev", "metadave", "TL: the MDN outage has been resolved"),  # guide
        ("17:00", "#mdndev", "metadave", "we'll followup with an incident report"),  # guide
        ("17:02", "#mdndev", "jgmize", "!inc why nothing watched the load balancer's listeners"),
        ("17:03", "#mdndev", "jgmize", "!inc report"),
    )
)

Show = Callable[[Message, datetime], None]


class _OnDemoTime(BotHandler):
    """The engine, with the demo's clock in place of ours."""

    clock: Callable[[], datetime]
    ticked: Callable[[], object]

    def tick(self, now: datetime) -> Sequence[Reply]:
        """Do what the demo's time alone causes."""
        replies = super().tick(self.clock())
        self.ticked()
        return replies


class Play:
    """One performance: the server, the bot, the people, and the clock they share."""

    def __init__(self, config: Config, folder: Path, output: Path, speed: float) -> None:
        self._config = replace(
            config,
            store=StoreSettings(folder / "incidents"),
            report=ReportSettings(output, tuple(FORMATS)),
        )
        self._setting = replace(setting(self._config), channels=CHANNELS, products=_PRODUCTS)
        self._now = STORY[0].moment
        self._pause = _PAUSE / speed
        self._ticked = asyncio.Event()

    async def perform(self, show: Show) -> Incident:
        """Play the story; what happens is shown as it happens. The incident it left behind."""
        server = EmbeddedServer(ServerSettings(now=lambda: self._now))
        async with AsyncExitStack() as stack:
            await server.start(port=0)
            stack.push_async_callback(server.stop)
            people = await _people(server.port, stack)
            unwatch = server.watch(lambda message: show(message, self._now))
            with self._service(server.port) as service:
                running = asyncio.create_task(service.bot.run())
                for channel in CHANNELS:
                    await _joined(server, self._setting.nick, channel)
                for said in STORY:
                    await self._wait_for(said.moment, service)
                    await people[said.nick].say(said.channel, said.text)
                    await people[said.nick].barrier()
                    await asyncio.sleep(self._pause)
                await self._wait_for(self._now + timedelta(seconds=4), service)
                service.bot.stop("the demo is over")
                await running
                unwatch()
        return incident_named(open_store(str(self._config.store.path)), "last")

    def _service(self, port: int) -> Service:
        network = NetworkSettings(
            servers=(Address("127.0.0.1", port),),
            tls=False,
            nick=self._setting.nick,
            pace=Pace(limited=False),
        )

        loop = asyncio.get_running_loop()
        service = Service(
            self._config,
            self._setting,
            [network],
            engine=_OnDemoTime,
            tick=_TICK,
            now=lambda: self._now,
        )
        assert isinstance(service.engine, _OnDemoTime)
        service.engine.clock = lambda: self._now
        service.engine.ticked = lambda: loop.call_soon_threadsafe(self._ticked.set)
        return service

    async def _wait_for(self, moment: datetime, service: Service) -> None:
        """Let time pass until `moment`, stopping wherever the bot has something to say."""
        while self._now < moment:
            due = next_due(service.engine.present, self._now, service.engine.setting)
            self._now = min(moment, due or moment)
            await self._tick()
            if self._now < moment:
                await asyncio.sleep(self._pause)

    async def _tick(self) -> None:
        for _ in range(2):  # the first may have begun before the clock moved
            self._ticked.clear()
            await self._ticked.wait()


_PRODUCTS = {"MDN": Product("MDN", "jwhitlock", ("rjohnson",), "#mdndev")}


async def _people(port: int, stack: AsyncExitStack) -> dict[str, Visitor]:
    """Everybody in the story, in every channel of it."""
    people = {}
    for nick in dict.fromkeys(said.nick for said in STORY):
        people[nick] = visitor = await Visitor.arrive(nick, port)
        stack.push_async_callback(visitor.quit)
        for channel in (*CHANNELS, "#mdndev"):
            await visitor.join(channel)
    return people


async def _joined(server: EmbeddedServer, nick: str, channel: str) -> None:
    await server.seen(
        lambda m: m.command == "JOIN" and m.nick == nick and channel in m.target, patience=10
    )


def write_reports(incident: Incident, config: Config, output: Path) -> tuple[Path, ...]:
    """Every format into `output`. Failed if an entry of the timeline is missing from one."""
    from ircbot.report.escape import ESCAPES  # Jinja and its friends are slow to import
    from ircbot.report.render import render

    process, folder = process_of(incident, setting(config)), ReportFolder(output)
    paths = tuple(
        folder.write(file_name(incident.id, name), render(incident, process, name)).path
        for name in FORMATS
    )
    for path, name in zip(paths, FORMATS, strict=True):
        report = path.read_text()
        escape = json.dumps if name == "json" else ESCAPES[name]
        for note in incident.notes:
            if _unwrapped(str(escape(note.text))) not in _unwrapped(report):
                raise Failed(f"entry #{note.n} is missing from {path}.")
    return paths


def _unwrapped(text: str) -> str:
    return " ".join(text.split())


def entries_said() -> int:
    """How many entries the story puts on record."""
    return sum(said.text.startswith(("TL:", "!inc tl ")) for said in STORY)
