"""Abuse by the hour: mutated lines, lost connections, a slow disk. `make soak`.

Each part is seeded and says what it did; with `--short` (what continuous integration runs) it takes
a minute, otherwise hours. Exit status 1 and a sentence if the bot failed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.contestants import IRCBOT, environment_of
from benchmarks.process import memory_now, until
from benchmarks.server import NICKS, Server, chatter
from ircbot.config import ReportSettings, StoreSettings, default_config
from ircbot.config.settings import setting
from ircbot.network.server import EmbeddedServer, Visitor
from ircbot.network.server.message import IrcMessage
from ircbot.network.settings import Address, NetworkSettings, Pace, Timeouts
from ircbot.service import Service
from ircbot.store import disk

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from faults import Faults

SEED = 20180110
_OVER_NETWORK = str(Path(__file__).resolve().parents[1] / "tests" / "trial_over_network.py")
_LINES_AT_ONCE = 5_000
_LINES_OF_AN_INCIDENT = 20_000  # then another begins: what is open takes memory for each entry
# Then the link is lost, as links are: people who joined under a mutated nick never leave otherwise.
_LINES_OF_A_LINK = 1_000_000
_FLAT = 1.25  # how much more memory at the end than after the first tenth
_PROMPT = 1.0  # seconds until PONG
_TTL = 3.0  # seconds, of the lease of two machines


_BEGIN = b":boss!u@h PRIVMSG #ops :!inc declare the soak\r\n"
_END = b":boss!u@h PRIVMSG #ops :!inc resolve\r\n:boss!u@h PRIVMSG #ops :!inc close\r\n"


class Failure(Exception):
    """The bot did not endure."""


@dataclass(frozen=True)
class Size:
    """How long it goes on."""

    lines: int
    disconnects: int
    pings: int
    kills: int = 0  # of one of two machines; then the others of their kind
    stops: int = 0
    cuts: int = 0
    failovers: int = 0  # of their database


SHORT = Size(lines=200_000, disconnects=25, pings=40)
LONG = Size(
    lines=10_000_000, disconnects=1_000, pings=2_000, kills=100, stops=30, cuts=20, failovers=10
)


# --- mutated lines ----------------------------------------------------------------------------


_SEEDS = (
    b":nick!u@h PRIVMSG #ops :TL: something happened",
    b"@time=2018-01-10T12:00:00.000Z;account=a;msgid=x :nick!u@h PRIVMSG #ops :hello",
    b":nick!u@h PRIVMSG #ops :I am the incident leader",
    b":nick!u@h PRIVMSG bot :status",
    b":nick!u@h PRIVMSG #ops :\x01ACTION looks at the incident\x01",
    b":nick!u@h PRIVMSG #ops :\x01DCC SEND file 1 2\x01",
    b":nick!u@h NOTICE bot :\x01VERSION x\x01",
    b":nick!u@h JOIN #ops account :real name",
    b":nick!u@h PART #ops :bye",
    b":nick!u@h QUIT :a.example b.example",
    b":nick!u@h NICK other",
    b":nick!u@h MODE #ops +eo mask!*@* nick",
    b":nick!u@h KICK #ops other :out",
    b":nick!u@h TOPIC #ops :new topic",
    b":server 353 bot = #ops :@+nick!u@h +other third",
    b":server 005 bot PREFIX=(ov)@+ CASEMAPPING=ascii MAXLIST=b:60 :are supported",
    b":server 332 bot #ops :topic",
    b":server CAP * NEW :server-time",
    b":server BATCH +1 chathistory #ops",
    b"@batch=1 :nick!u@h PRIVMSG #ops :TL: from before",
    b":server BATCH -1",
    b":server 900 bot bot!u@h account :logged in",
    b"PING :token",
    b":server 404 bot #ops :Cannot send",
    "\u3000:nick!u@h PRIVMSG #ops :é 🦊 ‮".encode(),
    b"",
)
_BYTES = (
    b"\x00",
    b"\xff",
    b"\xc3",
    b" ",
    b":",
    b"@",
    b"\x01",
    b"\x03",
    b"\xe2\x80\xae",
    b"\\",
    b"#",
)
# A server that says so is believed: it has thrown us out, or named us anew, or has us log in.
_BELIEVED = re.compile(
    rb" *(?:@[^ ]* +)?(?::[^ ]* +)?(?:[0-9]{3}\b|ERROR|KILL|CAP|AUTHENTICATE)",
    re.IGNORECASE,
)


def mutated(chance: random.Random, number: int) -> bytes:
    """A line that a broken or hostile server might send."""
    if number % 50 == 0:
        return b":nick7!u@h PRIVMSG #ops :TL: entry %d" % number
    if number % 3 == 0:
        return b":nick%d!u@h PRIVMSG #ops :%s" % (number % NICKS, chatter(number).encode())
    line = bytearray(chance.choice(_SEEDS))
    for _ in range(chance.randrange(5)):
        at = chance.randrange(len(line) + 1)
        match chance.randrange(5):
            case 0:
                line[at:at] = chance.choice(_BYTES)
            case 1:
                del line[at : at + chance.randrange(8)]
            case 2 if line:
                line[at - 1] = chance.randrange(256)
            case 3:
                line[at:at] = chance.choice(_SEEDS)[: chance.randrange(60)]
            case _:
                line[at:at] = b"%03d" % chance.randrange(1000)
    line = bytearray(bytes(line).replace(b"\n", b"").replace(b"\r", b""))
    letters = re.sub(rb"[^a-z0-9]", b"", bytes(line).lower())
    heard = line.replace(b"\0", b"")  # as every client hears it
    if b"bot" in letters or b"error" in letters or _BELIEVED.match(heard):
        return b":nick!u@h PRIVMSG #ops :" + bytes(line)
    return bytes(line)


async def mutated_lines(size: Size) -> str:
    """The real process hears them; no mistake of ours may be logged, and memory stays flat."""
    chance = random.Random(SEED)
    server = Server()
    await server.start()
    with tempfile.TemporaryDirectory(prefix="ircbot-soak-") as name:
        folder = Path(name)
        with (folder / "log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *IRCBOT.start(folder, server.port),
                cwd=folder,
                env=environment_of(IRCBOT, folder),
                stderr=log,
            )
        try:
            async with asyncio.timeout(30):
                await server.joined.wait()
            await server.send(_BEGIN)
            memory = []
            files = folder / "incidents"
            for start in range(0, size.lines, _LINES_AT_ONCE):
                if start and start % _LINES_OF_A_LINK == 0:
                    async with asyncio.timeout(60):
                        await server.lose_link()
                if start and start % _LINES_OF_AN_INCIDENT == 0:
                    await server.send(_END + _BEGIN)
                numbers = range(start, min(start + _LINES_AT_ONCE, size.lines))
                await _heard(server, b"".join(mutated(chance, n) + b"\r\n" for n in numbers))
                last = b"all up to %d" % numbers[-1]
                await server.send(b":boss!u@h PRIVMSG #ops :TL: " + last + b"\r\n")
                if not await until(partial(_is_in, files, last), 60):
                    raise Failure(f"line {numbers[-1]} was not recorded")
                memory.append(memory_now(process.pid))
            if process.returncode is not None:
                raise Failure(f"the bot ended with status {process.returncode}")
        finally:
            if process.returncode is None:
                process.terminate()
            status = await process.wait()
            server.stop()
        told = (folder / "log").read_text(errors="replace")
        if "Traceback" in told or status:
            begin = max(told.find("Traceback") - 300, 0) if "Traceback" in told else -3000
            raise Failure(f"status {status}, and it logged:\n{told[begin:][:3000]}")
    early = memory[max(1, len(memory) // 10)]
    if memory[-1] > early * _FLAT:
        raise Failure(f"memory grew from {early / 1e6:.0f} to {memory[-1] / 1e6:.0f} MB")
    links = f", {server.links} links" if server.links > 1 else ""
    return f"{size.lines:,} lines{links}; memory {early / 1e6:.0f} → {memory[-1] / 1e6:.0f} MB"


def _is_in(folder: Path, text: bytes) -> bool:
    for file in folder.glob("0*"):
        # The store replaces and removes files while we look.
        with contextlib.suppress(FileNotFoundError):
            if text in file.read_bytes():
                return True
    return False


async def _heard(server: Server, content: bytes) -> None:
    """Send lines and wait until the bot has come so far, on another link if it gave one up."""
    links = server.links
    try:
        async with asyncio.timeout(60):
            await server.send(content)
            await server.ping(b"so-far")
            return
    except (TimeoutError, ConnectionError):
        if server.links == links and not server.joined.is_set():
            raise Failure("the bot stopped answering, and kept the link") from None
    try:
        async with asyncio.timeout(60):
            while True:
                await server.joined.wait()
                with contextlib.suppress(ConnectionError):  # of the old link
                    await server.ping(b"so-far")
                    return
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise Failure("the bot did not come back") from None


# --- lost connections -------------------------------------------------------------------------


async def disconnects(size: Size) -> str:
    """Links die at random while twenty people talk; every `TL:` line is in the timeline once.

    The server keeps history, so that what was said while the bot was away can be had from it.
    """
    chance = random.Random(SEED)
    async with _stage() as (server, service):
        people = [await Visitor.arrive(f"nick{n}", server.port) for n in range(NICKS)]
        for person in people:
            await person.join("#ops")
        await people[0].say("#ops", "!inc declare the soak")
        faults = Faults(server)
        said = 0
        for _ in range(size.disconnects):
            for _ in range(chance.randrange(1, 12)):
                await chance.choice(people).say("#ops", f"TL: entry {said} of the soak")
                said += 1
            await people[0].barrier()
            if service.vitals().networks[0].connected:
                faults.drop("ilbot", chance.choice(("RST", "FIN")))
            await people[1].say("#ops", f"TL: entry {said} of the soak")  # nobody hears it now
            said += 1
            await asyncio.sleep(chance.random() / 20)
        wanted = {f"entry {n} of the soak" for n in range(said)}

        def recorded() -> list[str]:
            incidents = service.engine.present.incidents
            return [note.text for note in incidents[1].notes] if 1 in incidents else []

        done = await until(lambda: wanted <= set(recorded()), 60)
        texts = recorded()
        for person in people:
            await person.quit()
    if not done or sorted(texts) != sorted(wanted):
        missing = sorted(wanted - set(texts))[:5]
        doubled = sorted({text for text in texts if texts.count(text) > 1})[:5]
        raise Failure(f"{len(texts)} of {said} entries; missing {missing}, doubled {doubled}")
    return f"{size.disconnects} lost links, {said} entries, each of them once"


class _Stage:
    """A server and a bot on it, in this process."""

    async def __aenter__(self) -> tuple[EmbeddedServer, Service]:
        self._folder = tempfile.TemporaryDirectory(prefix="ircbot-soak-")
        folder = Path(self._folder.name)
        config = replace(
            default_config(),
            store=StoreSettings(folder / "incidents"),
            report=ReportSettings(folder / "reports"),
        )
        self._server = EmbeddedServer()
        await self._server.start(port=0)
        network = NetworkSettings(
            servers=(Address("127.0.0.1", self._server.port),),
            tls=False,
            pace=Pace(limited=False),
            timeouts=Timeouts(stable=0.0),
        )
        surroundings = replace(setting(config), channels=("#ops",))
        self._service = Service(config, surroundings, [network])
        self._running = asyncio.create_task(self._service.bot.run())
        await self._server.seen(lambda m: m.command == "JOIN" and m.nick == "ilbot", patience=20)
        return self._server, self._service

    async def __aexit__(self, *_: object) -> None:
        self._service.bot.stop("the soak is over")
        await self._running
        self._service.close()
        await self._server.stop()
        self._folder.cleanup()


def _stage() -> _Stage:
    return _Stage()


# --- a slow disk ------------------------------------------------------------------------------


async def slow_disk(size: Size) -> str:
    """PONG comes within a second while every write that reaches the disk takes half of one."""
    longest, slow = 0.0, _SlowDisk()
    async with _stage() as (server, service):
        person = await Visitor.arrive("nick0", server.port)
        await person.join("#ops")
        await person.say("#ops", "!inc declare the soak")
        faults = Faults(server)
        with slow:
            for number in range(size.pings):
                await person.say("#ops", f"TL: entry {number}")
                token, began = f"soak-{number}", time.perf_counter()
                since = server.traffic.mark
                faults.inject("ilbot", f"PING :{token}")
                await server.seen(_pong(token), patience=10, since=since)
                longest = max(longest, time.perf_counter() - began)
                await asyncio.sleep(0.05)
        if not await until(lambda: _noted(service) == size.pings, 60):
            raise Failure(f"{_noted(service)} of {size.pings} entries on disk")
        await person.quit()
    if longest > _PROMPT:
        raise Failure(f"PONG took {longest:.2f} s")
    return (
        f"{size.pings} PINGs and {slow.writes} slow writes, "
        f"the slowest answer after {longest * 1000:.0f} ms"
    )


def _noted(service: Service) -> int:
    return sum(len(incident.notes) for incident in service.engine.state.incidents.values())


class _SlowDisk:
    """While it lasts, whatever waits for the disk waits half a second longer."""

    def __init__(self) -> None:
        self.writes = 0
        self._real = {name: getattr(disk.REAL_DISK, name) for name in ("sync", "write_through")}

    def __enter__(self) -> None:
        for name, real in self._real.items():
            setattr(disk.REAL_DISK, name, partial(self._slowly, real))

    def __exit__(self, *_: object) -> None:
        for name, real in self._real.items():
            setattr(disk.REAL_DISK, name, real)

    def _slowly(self, real: Callable[..., Any], *arguments: Any) -> Any:
        self.writes += 1
        time.sleep(0.5)
        return real(*arguments)


def _pong(token: str) -> Callable[[IrcMessage], bool]:
    return lambda message: message.command == "PONG" and message.text == token


# --- two machines -----------------------------------------------------------------------------


async def two_machines(size: Size) -> str:
    """One dies, hangs, is cut off, again and again, while 20 people say 50 lines a second.

    Over a network of its own, with InspIRCd and a database that fails over, if we are root; else
    on this machine alone.
    """
    if not size.kills:
        return "what the tests do is enough"
    from rig.hosts import apart, why_not

    if reason := why_not():
        print(
            f"two machines: LEFT OUT, as {reason}: InspIRCd, network namespaces, and a database "
            "that fails over. What follows is on this machine alone.",
            flush=True,
        )
        return await _on_loopback(size)
    counts = {
        "kills": size.kills,
        "stops": size.stops,
        "cuts": size.cuts,
        "fail-overs": size.failovers,
    }
    given = [text for what, times in counts.items() for text in (f"--{what}", str(times))]
    process = await asyncio.create_subprocess_exec(
        *apart([_OVER_NETWORK, "--seed", str(SEED), *given]), stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    if process.returncode:
        raise Failure(told.decode())
    return told.decode().strip()


async def _on_loopback(size: Size) -> str:
    from rig.daemon import new_folder
    from rig.postgresql import start_postgresql
    from trial_of_machines import Loopback, Trial

    whats = {"kill": size.kills, "stop": size.stops, "cut": size.cuts, "database": size.failovers}
    plan = [what for what, times in whats.items() for _ in range(times)]
    random.Random(SEED).shuffle(plan)
    postgresql = start_postgresql(new_folder())
    try:
        with tempfile.TemporaryDirectory() as folder:
            trial = Trial(Loopback(postgresql), Path(folder), ttl=_TTL, talkers=20, every=0.4)
            async with trial.going_on():
                for what in plan:
                    if what == "database":
                        await trial.restart_database(postgresql)
                    else:
                        await trial.strike(what)
    except* AssertionError as group:
        raise Failure(str(group.exceptions)) from None
    finally:
        postgresql.daemon.stop()
    late = {w: t for w, times in trial.outcome.answered.items() if (t := max(times)) > _TTL + 1}
    if late:
        raise Failure(f"takes over too late: {late}")
    return f"{trial.outcome}; the database was gone {size.failovers} times"


PARTS: dict[str, Callable[[Size], Coroutine[Any, Any, str]]] = {
    "mutated lines": mutated_lines,
    "lost connections": disconnects,
    "a slow disk": slow_disk,
    "two machines": two_machines,
}


def main() -> int:
    """Run the parts; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="a minute instead of hours")
    parser.add_argument("--part", choices=PARTS, help="only this")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    failed = 0
    for name, part in PARTS.items():
        if given.part in (None, name):
            try:
                print(f"{name}: {asyncio.run(part(SHORT if given.short else LONG))}", flush=True)
            except Failure as failure:
                print(f"{name}: FAILED: {failure}", flush=True)
                failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
