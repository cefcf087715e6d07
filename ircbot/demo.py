"""Play the MDN outage of the guide: real clients on a real connection, on the guide's clock.

Their lines are in demo.irc.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path

from ircbot.config import Config, ReportSettings, StoreSettings
from ircbot.config.settings import setting
from ircbot.errors import Failed
from ircbot.handler import BotHandler
from ircbot.incident.line import Line, Reply
from ircbot.incident.setting import Product
from ircbot.incident.state import Incident
from ircbot.logs.playback import PlaybackClock
from ircbot.logs.transcript import TranscriptLine, TranscriptReader, TranscriptStep, steps
from ircbot.network.bot import Bot
from ircbot.network.server import EmbeddedServer, IrcMessage, ServerSettings, Visitor
from ircbot.network.settings import Address, NetworkSettings, Pace
from ircbot.report import FORMATS, file_name
from ircbot.report.folder import ReportFolder
from ircbot.repository import incident_named, open_store, process_of
from ircbot.service import Service

CHANNELS = ("#mozmeao", "#meao-infra", "#moc")
_PAUSE = 0.27  # seconds between two lines at speed 1, for reading along
_TICK = 0.04  # seconds; the demo's hours are shorter than ours


@cache
def story() -> tuple[TranscriptLine, ...]:
    """What people say, and when."""
    text = Path(__file__).with_name("demo.irc").read_text(encoding="utf-8")
    return tuple(TranscriptReader("ilbot").read(text.splitlines()))


def _said() -> Iterator[Line]:
    return (line for item in story() for line in item.lines)


ShowMessage = Callable[[IrcMessage, datetime], None]


class _OnDemoTime(BotHandler):
    """The engine on the demo's clock instead of the real one."""

    clock: Callable[[], datetime]
    ticked: Callable[[], object]

    def tick(self, now: datetime) -> Sequence[Reply]:
        """Tick at the demo's time."""
        replies = super().tick(self.clock())
        self.ticked()
        return replies


class Play:
    """One performance: the server, the bot, the people, and their common clock."""

    def __init__(self, config: Config, folder: Path, output: Path, speed: float) -> None:
        self.config = replace(
            config,
            store=StoreSettings(folder / "incidents"),
            report=ReportSettings(output, tuple(FORMATS)),
        )
        self._setting = replace(setting(self.config), channels=CHANNELS, products=_PRODUCTS)
        self._clock = PlaybackClock(next(_said()).at)
        self._pause = _PAUSE / speed
        self._ticked = asyncio.Event()

    async def perform(self, show: ShowMessage) -> Incident:
        """Play the story, showing what happens, and return the incident that it leaves."""
        server = EmbeddedServer(ServerSettings(now=self.now))
        happened: list[tuple[IrcMessage, datetime]] = []
        async with AsyncExitStack() as stack:
            await server.start(port=0)
            stack.push_async_callback(server.stop)
            people = await _people(server.port, stack)
            stack.callback(server.watch(lambda message: happened.append((message, self.now()))))
            service = stack.enter_context(self._service(server.port))
            running = asyncio.create_task(service.bot.run())
            stack.push_async_callback(_ended, service.bot, running)
            for channel in CHANNELS:
                await _joined(server, self._setting.nick, channel)
            for step in steps(story(), self._clock):
                lines = step.lines if isinstance(step, TranscriptStep) else ()
                for line in lines:
                    await people[line.nick].say(line.channel, line.text)
                    await people[line.nick].barrier()
                if lines or isinstance(step, datetime):
                    await self._tick()
                    await asyncio.sleep(self._pause)
                _tell(happened, show)
        _tell(happened, show)
        return incident_named(open_store(str(self.config.store.path)), "last")

    def now(self) -> datetime:
        """The demo's time."""
        return self._clock.now

    def _service(self, port: int) -> Service:
        network = NetworkSettings(
            servers=(Address("127.0.0.1", port),),
            tls=False,
            nick=self._setting.nick,
            pace=Pace(limited=False),
        )
        loop = asyncio.get_running_loop()
        service = Service(
            self.config,
            self._setting,
            [network],
            engine=_OnDemoTime,
            tick=_TICK,
            now=self.now,
        )
        assert isinstance(service.engine, _OnDemoTime)
        self._clock.engine = service.engine
        service.engine.clock = self.now
        service.engine.ticked = lambda: loop.call_soon_threadsafe(self._ticked.set)
        return service

    async def _tick(self) -> None:
        for _ in range(2):  # the first may have begun before the clock moved
            self._ticked.clear()
            await self._ticked.wait()


_PRODUCTS = {"MDN": Product("MDN", "jwhitlock", ("rjohnson",), "#mdndev")}


async def _people(port: int, stack: AsyncExitStack) -> dict[str, Visitor]:
    """Connect everybody in the story, each in every channel."""
    people = {}
    for nick in dict.fromkeys(line.nick for line in _said()):
        people[nick] = visitor = await Visitor.arrive(nick, port)
        stack.push_async_callback(visitor.quit)
        for channel in (*CHANNELS, "#mdndev"):
            await visitor.join(channel)
    return people


def _tell(happened: list[tuple[IrcMessage, datetime]], show: ShowMessage) -> None:
    for message, at in happened:
        show(message, at)
    happened.clear()


async def _ended(bot: Bot, running: asyncio.Task[None]) -> None:
    bot.stop("the demo is over")
    await running


async def _joined(server: EmbeddedServer, nick: str, channel: str) -> None:
    await server.seen(
        lambda m: m.command == "JOIN" and m.nick == nick and channel in m.target, patience=10
    )


def write_reports(incident: Incident, config: Config, output: Path) -> tuple[Path, ...]:
    """Write every format into `output`. Raises Failed if a report lacks an entry of the
    timeline.
    """
    from ircbot.report.escape import ESCAPES  # importing Jinja is slow
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
    """How many entries the story should record."""
    return sum(line.text.startswith(("TL:", "!inc tl ")) for line in _said())
