"""The running bot as a whole: on a server, with a store and reports, told by signals what to do."""

from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from report.tale import outage

from ircbot.config import Config, load_config
from ircbot.config.settings import setting
from ircbot.handler import BotHandler
from ircbot.incident.line import Line, Reply
from ircbot.network.server import EmbeddedServer, Visitor
from ircbot.network.settings import Address, NetworkSettings, Pace
from ircbot.report_writer import ReportWriter
from ircbot.repository import all_incidents, open_store
from ircbot.service import Service, save_lines, until_told

PATIENCE = 60.0


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "config.toml"
    path.write_text(
        f"""
        [irc]
        channels = ["#moc"]
        [store]
        path = "{tmp_path}/incidents"
        [report]
        directory = "{tmp_path}/reports"
        format = ["text", "json"]
        """
    )
    return load_config(path)


def there(port: int) -> NetworkSettings:
    """The network of the tests, without TLS and limits."""
    pace = Pace(limited=False)
    return NetworkSettings((Address("127.0.0.1", port),), tls=False, nick="ilbot", pace=pace)


@asynccontextmanager
async def crowd() -> AsyncIterator[tuple[EmbeddedServer, Visitor]]:
    """A server with ann in #moc."""
    server = EmbeddedServer()
    await server.start(0)
    try:
        async with await Visitor.arrive("ann", server.port) as ann:
            await ann.join("#moc")
            yield server, ann
    finally:
        await server.stop()


@asynccontextmanager
async def at_work(service: Service, ann: Visitor) -> AsyncIterator[None]:
    """The service, from being in #moc until it has left."""
    running = asyncio.create_task(service.bot.run())
    try:
        await beside(ann)
        yield
    finally:
        service.bot.stop("the test is over")
        await asyncio.wait_for(running, PATIENCE)


async def beside(ann: Visitor) -> None:
    """Wait until the bot is in #moc with ann."""
    await ann.hears(
        lambda m: (
            (m.command == "JOIN" and m.nick == "ilbot")
            or (m.command == "353" and "ilbot" in m.params[-1])
        ),
        PATIENCE,
    )


def service_of(config: Config, server: EmbeddedServer, **more: object) -> Service:
    networks = [there(server.port)]
    return Service(config, setting(config), networks, tick=0.01, ends_within=PATIENCE, **more)  # type: ignore[arg-type]


def out_of_order(config: Config) -> None:
    """Have nothing recorded any more: where the store was is something else."""
    away = config.store.path.rename(config.store.path.with_suffix(".away"))
    config.store.path.touch()
    shutil.rmtree(away)


async def test_what_was_said_is_on_disk_and_in_reports_once_it_has_left(config):
    async with crowd() as (server, ann):
        with service_of(config, server) as service:
            async with at_work(service, ann):
                await ann.say("#moc", "!inc declare MDN is down")
                await ann.hears("Incident 1 is open: MDN is down.")
                await ann.say("#moc", "TL: the ELB is empty")
                await ann.hears("#1 recorded")
                await ann.say("#moc", "!inc resolve")
                told = await ann.hears("Incident 1 is resolved")
        assert "Draft" not in told.params[-1]  # nobody can open a folder of the bot's
        assert service.lost() == ()
    (incident,) = all_incidents(open_store(str(config.store.path)))
    assert [note.text for note in incident.notes] == ["the ELB is empty"]
    reports = sorted(path.name for path in config.report.directory.glob("incident-*"))
    assert reports == ["incident-0001.json", "incident-0001.txt"]
    for path in config.report.directory.iterdir():
        path.unlink()  # as if it had died before it wrote them
    with service_of(config, server):
        pass
    assert sorted(path.name for path in config.report.directory.glob("incident-*")) == reports


def test_a_start_leaves_a_report_alone_unless_the_incident_changed_after_it(config):
    over, reports = outage("the ELB is empty"), config.report.directory

    def started() -> None:
        filing = ReportWriter(setting(config), reports, ("text", "markdown"))
        filing.catch_up(over)
        filing.finish(PATIENCE)

    started()
    text, markdown = reports / "incident-0001.txt", reports / "incident-0001.md"
    right = text.read_text()
    text.write_text("edited by hand")
    started()
    assert text.read_text() == "edited by hand"
    assert not (reports / "incident-0001.new.txt").exists()
    before = over.changed_at.timestamp() - 1
    os.utime(markdown, (before, before))
    started()
    assert text.read_text() == "edited by hand"
    assert (reports / "incident-0001.new.txt").read_text() == right


async def test_what_people_wrote_on_a_draft_stays_and_they_are_told_both_places(config):
    draft = config.report.directory / "incident-0001.txt"
    async with crowd() as (server, ann):
        with service_of(config, server) as service:
            async with at_work(service, ann):
                await ann.say("#moc", "!inc declare MDN is down")
                await ann.say("#moc", "TL: the password is hunter2, alas")
                await ann.say("#moc", "!inc resolve")
                await ann.hears("Incident 1 is resolved")
        draft.write_text(draft.read_text() + "We know now that a mouse did it.")
        with service_of(config, server) as service:
            async with at_work(service, ann):
                await ann.say("#moc", "!inc report done")
                told = await ann.hears("incident-0001.txt was changed by hand", PATIENCE)
                assert told.params[-1].endswith("the new report is incident-0001.new.txt.")
                assert "a mouse did it" in draft.read_text()
                await ann.say("#moc", "!inc redact 1")
                await ann.hears("redacted")
                assert "hunter2" not in draft.read_text()
                assert "a mouse did it" in draft.read_text()
    assert [p for p in config.report.directory.iterdir() if "hunter2" in p.read_text()] == []


async def test_the_next_one_goes_on_where_it_left_off(config):
    async with crowd() as (server, ann):
        with service_of(config, server) as service:
            async with at_work(service, ann):
                await ann.say("#moc", "!inc declare MDN is down")
                await ann.hears("Incident 1 is open")
        with service_of(config, server) as service:
            async with at_work(service, ann):
                await ann.say("#moc", "!inc status")
                await ann.hears("Incident 1 (open): MDN is down. IL: ann")


async def test_whoever_calls_somebody_who_is_not_there_learns_of_it(config):
    async with crowd() as (server, ann):
        with service_of(config, server) as service:
            async with at_work(service, ann):
                await ann.say("#moc", "!inc declare MDN is down")
                await ann.hears("Incident 1 is open")
                await ann.say("#moc", "!inc notify gohst ann the db is down")
                told = await ann.hears("not reached: gohst")
    assert "ann (" not in told.text


async def test_its_vitals_are_those_of_its_parts(config):
    async with crowd() as (server, ann):
        with service_of(config, server) as service:
            before = service.vitals()
            assert not before.well
            async with at_work(service, ann):
                await ann.say("#moc", "!inc declare MDN is down")
                await ann.hears("Incident 1 is open")
                now = service.vitals()
    (network,) = now.networks
    assert (network.connected, network.joined, network.wanted) == (True, 1, 1)
    assert (now.well, now.open_incidents, now.waiting) == (True, 1, 0)
    assert now.heard > before.heard
    assert now.recorded == len(open_store(str(config.store.path)).entries(1))
    assert now.recorded_at is not None


async def test_another_setting_is_used_from_then_on(config):
    async with crowd() as (server, ann):
        with service_of(config, server) as service:
            async with at_work(service, ann):
                service.use(replace(setting(config), prefix="!moc"))
                await ann.say("#moc", "!moc version")
                await ann.hears("ann: ircbot")
                assert service.engine.setting.report_ending == ".txt"


async def test_lines_that_could_not_be_recorded_are_named_at_the_end(config, capsys):
    async with crowd() as (server, ann):
        with service_of(config, server) as service:
            async with at_work(service, ann):
                out_of_order(config)
                await ann.say("#moc", "!inc declare MDN is down")
                await ann.hears("I CANNOT RECORD")
                await ann.hears("Incident 1 is open")
                assert "CANNOT RECORD, 1 lines waiting" in service.vitals().sentence()
    (line,) = service.lost()
    assert line.text == "!inc declare MDN is down"
    save_lines([line])
    assert capsys.readouterr().err == f"{line.at:%Y-%m-%dT%H:%M:%SZ} #moc <ann> {line.text}\n"


class Stuck(BotHandler):
    """Hears nothing more once ann has said "hang", until it may go on."""

    at_it, go_on = threading.Event(), threading.Event()

    def hear(self, lines: Sequence[Line]) -> Sequence[Reply]:
        if any(line.text == "hang" for line in lines):
            self.at_it.set()
            self.go_on.wait(PATIENCE)
        return super().hear(lines)


async def test_a_disk_that_hangs_does_not_keep_it_from_leaving(config, caplog):
    async with crowd() as (server, ann):
        service = service_of(config, server, engine=Stuck)
        async with at_work(service, ann):
            await ann.say("#moc", "hang")
            assert await asyncio.to_thread(Stuck.at_it.wait, PATIENCE)
            await ann.say("#moc", "TL: the ELB is empty")
            await ann.barrier()
        service.close()
    assert "The disk does not answer; the store is left as it is." in caplog.text
    Stuck.go_on.set()


# --- signals ------------------------------------------------------------------------------------


@contextmanager
def systemd(folder: Path) -> Iterator[socket.socket]:
    """A service manager's socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
        ours.bind(str(folder / "notify"))
        ours.settimeout(PATIENCE)
        yield ours


async def told(ours: socket.socket, begin: str) -> str:
    """What the service manager is told next that begins so."""
    while not (message := (await asyncio.to_thread(ours.recv, 4096)).decode()).startswith(begin):
        pass
    return message


async def test_signals_end_it_and_have_the_configuration_read_again(config, tmp_path, monkeypatch):
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    read_again: list[bool] = []
    with systemd(tmp_path) as ours:
        async with crowd() as (server, ann):
            with service_of(config, server) as service:
                running = asyncio.create_task(
                    until_told(service, config.health, lambda: read_again.append(True))
                )
                await told(ours, "READY=1")
                await beside(ann)
                os.kill(os.getpid(), signal.SIGHUP)
                await told(ours, "RELOADING=1")
                await told(ours, "READY=1")
                assert read_again == [True]
                os.kill(os.getpid(), signal.SIGTERM)
                await told(ours, "STOPPING=1")
                await ann.hears("leaving; I will be back")
                await asyncio.wait_for(running, PATIENCE)
                for number in (signal.SIGTERM, signal.SIGHUP):  # while it puts things away
                    os.kill(os.getpid(), number)


async def test_told_to_end_while_it_starts_it_ends_in_order(tmp_path):
    config = tmp_path / "config.toml"
    os.mkfifo(config)  # so it starts until somebody writes
    arguments = ["-m", "ircbot", "run", "--config", str(config)]
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments)
    try:
        reads = asyncio.to_thread(config.open, "w")
        with await asyncio.wait_for(reads, PATIENCE):
            process.terminate()
            assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


class Command:
    """`ircbot run --embedded`, and what it logs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.log: list[str] = []

    async def logs(self, wanted: str) -> str:
        """The next line of the log that has it."""
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE):
            while raw := await self.process.stderr.readline():
                self.log.append(raw.decode())
                if wanted in self.log[-1]:
                    return self.log[-1]
        raise AssertionError(f"{wanted!r} was not logged: {''.join(self.log)}")


@asynccontextmanager
async def command(config: Config) -> AsyncIterator[tuple[Command, Visitor]]:
    """The bot in a process of its own, with ann on its server."""
    assert config.file is not None
    arguments = ["-m", "ircbot", "run", "--embedded", "--port", "0", "--config"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, str(config.file.path), stderr=asyncio.subprocess.PIPE
    )
    try:
        run = Command(process)
        words = (await run.logs("An IRC server listens on 127.0.0.1 port")).split()
        port = int(words[words.index("port") + 1].rstrip(";"))
        async with await Visitor.arrive("ann", port) as ann:
            await ann.join("#moc")
            await beside(ann)
            yield run, ann
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.slow
async def test_as_a_command_it_reads_its_configuration_again_and_ends_in_order(config):
    async with command(config) as (run, ann):
        await ann.say("#moc", "!inc declare MDN is down")
        await ann.hears("Incident 1 is open")
        path = config.file.path
        whole = path.read_text()
        path.write_text("[irc")
        run.process.send_signal(signal.SIGHUP)
        assert path.name in await run.logs("The configuration stays as it was")
        path.write_text(whole.replace("[irc]", '[irc]\nprefix = "!moc"'))
        run.process.send_signal(signal.SIGHUP)
        await run.logs("The configuration was read again")
        await ann.say("#moc", "!moc status")
        await ann.hears("Incident 1 (open): MDN is down")
        run.process.terminate()
        assert await asyncio.wait_for(run.process.wait(), PATIENCE) == 0
    (incident,) = all_incidents(open_store(str(config.store.path)))
    assert incident.summary == "MDN is down"


@pytest.mark.slow
async def test_as_a_command_it_prints_what_it_could_not_record_and_fails(config):
    async with command(config) as (run, ann):
        out_of_order(config)
        await ann.say("#moc", "!inc declare MDN is down")
        await ann.hears("I CANNOT RECORD")
        await ann.hears("Incident 1 is open")
        run.process.terminate()
        await run.logs("#moc <ann> !inc declare MDN is down")
        await run.logs("1 line(s) could not be recorded; they are above.")
        assert await asyncio.wait_for(run.process.wait(), PATIENCE) == 1


_HEAPS = """
import ctypes, threading
from ircbot.service import share_one_heap
share_one_heap()
held = []
for _ in range(3):
    thread = threading.Thread(target=lambda: held.append(bytearray(1000)))
    thread.start()
    thread.join()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="only glibc has many heaps")
def test_threads_share_one_heap():
    told = subprocess.run([sys.executable, "-c", _HEAPS], capture_output=True, check=True)
    assert told.stdout.count(b"<heap nr=") == 1
