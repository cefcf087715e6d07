"""Check the installation: play a whole incident on our own server, in a temporary folder.

Uses the installed process, templates and formats; does not touch the network, the store, the
reports or the places to publish to. Everybody may do everything, whatever `[access]` says.
"""

from __future__ import annotations

import asyncio
import getpass
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from ircbot import __version__
from ircbot.config import Config, ReportSettings, StoreSettings, default_config
from ircbot.config.settings import setting
from ircbot.errors import Failed, IrcbotError
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident
from ircbot.network.server import EmbeddedServer, Visitor
from ircbot.network.settings import Address, NetworkSettings, Pace
from ircbot.report import FORMATS, file_name
from ircbot.repository import incident_named, open_store, process_of, summarise
from ircbot.service import Service
from ircbot.store import maintenance

_CHANNEL = "#ircbot-selftest"
_BOT, _ANN, _BOB = "ilbot", "ann", "bob"
_PATIENCE = 20.0  # seconds for one step, on a busy machine
_TICK = 0.05  # seconds
_ENTRIES = ("the selftest has begun", "a second entry, ‘quoted’ & <escaped>")


@dataclass(frozen=True, slots=True)
class SelftestResult:
    """The result of one check."""

    part: str
    sentence: str
    ok: bool = True


async def selftest(config: Config) -> AsyncIterator[SelftestResult]:
    """Check everything, in order; stops at the first failure."""
    part = "installation"
    try:
        python = ".".join(map(str, sys.version_info[:3]))
        yield SelftestResult(part, f"ircbot {__version__}, Python {python}, as {_whoever()}")
        part = "process"
        surroundings = _setting(config)
        yield SelftestResult(part, f"{surroundings.process.name} reads well")
        with tempfile.TemporaryDirectory(prefix="ircbot-selftest-") as scratch:
            part = "incident"
            folder = Path(scratch)
            scene = _Scene(_in_folder(config, folder), surroundings)
            async with asyncio.timeout(4 * _PATIENCE):
                async for sentence in scene.play():
                    yield SelftestResult(part, sentence)
            part = "store"
            yield SelftestResult(part, _checked_store(folder))
            part = "reports"
            yield SelftestResult(part, _checked_reports(config, surroundings, folder))
    except TimeoutError:
        yield SelftestResult(part, "no answer for too long", ok=False)
    except (IrcbotError, OSError) as error:
        yield SelftestResult(part, str(error), ok=False)


def _whoever() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as a service may have
        return "a user without a name"


def _setting(config: Config) -> Setting:
    known = setting(config)
    return replace(
        setting(default_config()),
        process=known.process,
        processes=known.processes,
        channels=(_CHANNEL,),
        nick=_BOT,
    )


def _in_folder(config: Config, folder: Path) -> Config:
    """The configuration with its store and reports in a temporary folder."""
    return replace(
        default_config(),
        store=StoreSettings(folder / "incidents"),
        report=ReportSettings(folder / "reports", config.report.formats or ("text",)),
    )


class _Scene:
    """The server, the bot and two people."""

    def __init__(self, config: Config, surroundings: Setting) -> None:
        self._config = config
        self._setting = surroundings
        self._said = asyncio.Event()

    async def play(self) -> AsyncIterator[str]:
        """Play the incident; yields each thing that works."""
        server = EmbeddedServer()
        async with AsyncExitStack() as stack:
            await server.start(port=0)
            stack.push_async_callback(server.stop)
            stack.callback(server.watch(lambda _: self._said.set()))
            people = {}
            for nick in (_ANN, _BOB):
                people[nick] = await Visitor.arrive(nick, server.port)
                stack.push_async_callback(people[nick].quit)
                await people[nick].join(_CHANNEL)
            service = stack.enter_context(self._service(server.port))
            running = asyncio.create_task(service.bot.run())
            stack.push_async_callback(_ended, service, running)
            await server.seen(
                lambda m: m.command == "JOIN" and m.nick == _BOT and _CHANNEL in m.target,
                patience=_PATIENCE,
            )
            yield "the bot joined a channel on an IRC server of its own"
            for nick, order, wanted, sentence in _SCRIPT:
                await people[nick].say(_CHANNEL, f"{self._setting.prefix} {order}")
                await self._until(service, wanted)
                if sentence:
                    yield sentence

    def _service(self, port: int) -> Service:
        network = NetworkSettings(
            servers=(Address("127.0.0.1", port),),
            tls=False,
            nick=_BOT,
            channels=(_CHANNEL,),
            prefix=self._setting.prefix,
            pace=Pace(limited=False),
        )
        return Service(self._config, self._setting, [network], tick=_TICK)

    async def _until(self, service: Service, wanted: Callable[[Incident], bool]) -> None:
        """Wait until the incident on disk satisfies a condition."""
        async with asyncio.timeout(_PATIENCE):
            while True:
                self._said.clear()
                if any(map(wanted, service.engine.state.incidents.values())):
                    return
                await self._said.wait()  # the bot answers everything it does


# Who types what, the resulting incident, and what that shows.
_SCRIPT: tuple[tuple[str, str, Callable[[Incident], bool], str], ...] = (
    (_ANN, "declare ircbot's selftest --drill", lambda i: i.status == "open", "declared"),
    (_ANN, "lead", lambda i: _leader(i) == _ANN, ""),
    (_BOB, f"tl {_ENTRIES[0]}", lambda i: len(i.notes) == 1, ""),
    (_ANN, f"tl {_ENTRIES[1]}", lambda i: len(i.notes) == 2, "two entries recorded"),
    (_ANN, f"handoff {_BOB}", lambda i: bool(i.offers) or _leader(i) == _BOB, ""),
    (_BOB, "accept", lambda i: _leader(i) == _BOB, f"the lead passed from {_ANN} to {_BOB}"),
    (_BOB, "update it is nearly over", lambda i: len(i.updates) == 1, "an update told"),
    (_BOB, "resolve", lambda i: i.status == "resolved", "resolved"),
)


def _leader(incident: Incident) -> str:
    return next((t.holder.nick for t in incident.terms if t.role == "lead" and not t.until), "")


async def _ended(service: Service, running: asyncio.Task[None]) -> None:
    service.bot.stop("the selftest is over")
    await running


def _checked_store(folder: Path) -> str:
    """Read everything back from disk, as a restarted bot would."""
    path = str(folder / "incidents")
    found = maintenance.check(path, summarise=summarise)
    if not found.well:
        raise Failed(" ".join(map(str, found.findings)))
    texts = [note.text for note in incident_named(open_store(path), "last").notes]
    if texts != list(_ENTRIES):
        raise Failed(f"the recorded entries read back as {texts}.")
    return f"{found.entries} entries on disk, every checksum right, read back word for word"


def _checked_reports(config: Config, surroundings: Setting, folder: Path) -> str:
    """Write the report in every format, with the installed templates."""
    from ircbot.report.escape import ESCAPES
    from ircbot.report.render import render

    incident = incident_named(open_store(str(folder / "incidents")), "last")
    process = process_of(incident, surroundings)
    for name in FORMATS:
        text = render(incident, process, name, templates=config.report.templates)
        for entry in _ENTRIES if name != "json" else ():
            if str(ESCAPES[name](entry)) not in " ".join(text.split()):
                raise Failed(f"the report {file_name(incident.id, name)} lacks an entry.")
    return f"all {len(FORMATS)} formats, each entry in them"
