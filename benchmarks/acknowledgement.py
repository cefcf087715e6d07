"""Acknowledgement: how long after a `TL:` line left the server its author's NOTICE is there.

Each line is sent alone, by an author of its own: an author's first entry is acknowledged at once,
what the same author says within three seconds is acknowledged together, which is told apart.
Beside ircbot, a client that does nothing but write, fdatasync and answer, and two bots that answer
without waiting for the disk.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from statistics import median, quantiles

from benchmarks.contestants import (
    ASYNCIO,
    IRCBOT,
    LIMNORIA,
    SOPEL,
    Contestant,
    install_peers,
)
from benchmarks.server import NICKS, Server, chatter
from benchmarks.stage import OutOfPlay, Stage, on_stage, settle
from benchmarks.talk import irssi_log

LINES = 300
_GAP = 0.02  # seconds from an answer to the next line
_CHATTER = 1000  # lines a second
_PATIENCE = 30.0  # seconds for an answer
_LONGEST = 60.0  # seconds under one load, after which fewer lines have to do
_FEWEST = 5  # lines
_BEHIND = 1.0  # seconds of talk that are caught up with, if the machine is busy
_AGAIN = 5  # lines
_LOG = 100_000  # lines that are imported, again and again
CONTESTANTS = (
    ("bare asyncio, write + fdatasync", ASYNCIO),
    ("ircbot, recorded on disk", IRCBOT),
    ("Sopel, written to a file", SOPEL),
    ("Limnoria, written to a file", LIMNORIA),
)

Load = Callable[[Stage], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def _idle(stage: Stage) -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def _chatter(stage: Stage) -> AsyncIterator[None]:
    """A thousand lines a second that mean nothing."""

    async def talk() -> None:
        began, said = time.perf_counter(), 0
        while True:
            due = int((time.perf_counter() - began) * _CHATTER)
            said = max(said, due - int(_BEHIND * _CHATTER))
            lines = (
                f":nick{n % NICKS}!u@h PRIVMSG #ops :{chatter(n)}\r\n" for n in range(said, due)
            )
            await stage.server.send("".join(lines).encode())
            said = due
            await asyncio.sleep(0.001)

    talking = asyncio.create_task(talk())
    try:
        yield
    finally:
        talking.cancel()
        with suppress(asyncio.CancelledError, ConnectionError):
            await talking


@asynccontextmanager
async def _busy(stage: Stage) -> AsyncIterator[None]:
    """A report is rendered and a log imported beside the bot, on its store, again and again."""
    log = stage.folder / "#past.log"
    log.write_text("\n".join(irssi_log(_LOG, seed=1)) + "\n")
    ircbot = f"{sys.executable} -m ircbot"
    processes = [
        subprocess.Popen(  # noqa: ASYNC220 - they are there to be in the way
            ["sh", "-c", f"while {ircbot} {command}; do :; done"],
            cwd=stage.folder,
            env={**os.environ, "IRCBOT_CONFIG": str(stage.folder / "config.toml")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for command in ("report 1", "import --channel '#past' '#past.log'")
    ]
    try:
        await asyncio.sleep(2)
        yield
    finally:
        ended = [process.poll() for process in processes]
        for process in processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if ended != [None, None]:
        raise OutOfPlay(f"the load beside it ended by itself: {ended}")


LOADS: dict[str, Load] = {
    "idle": _idle,
    "1,000 lines/s of talk": _chatter,
    "report and import beside it": _busy,
}


class _Answers:
    """The NOTICEs to authors, by nick, and when they came."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._came: dict[bytes, asyncio.Future[float]] = {}
        server.heard = self._heard

    async def seconds(self, nick: str, content: bytes) -> float:
        """How long after `content` was sent a NOTICE came to `nick`."""
        came: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._came[nick.encode()] = came
        began = time.perf_counter()
        await self._server.send(content)
        try:
            return await asyncio.wait_for(came, _PATIENCE) - began
        finally:
            self._came.pop(nick.encode(), None)  # of whom nothing came in time

    def _heard(self, line: bytes) -> None:
        now = time.perf_counter()
        if line.startswith(b"NOTICE "):
            nick = line.split(b" ", 2)[1]
            came = self._came.pop(nick, None)
            if came is not None and not came.done():  # it may just have been given up
                came.set_result(now)


async def measure(contestant: Contestant, lines: int) -> dict[str, list[float]]:
    """Seconds until each line was acknowledged, under each load; and what one says "again"."""
    taken: dict[str, list[float]] = {}
    async with on_stage(contestant, environment={"ACKNOWLEDGE": "1"}) as stage:
        await settle(contestant, stage)
        answers = _Answers(stage.server)
        for name, load in LOADS.items():
            if load is _busy and contestant is not IRCBOT:
                continue
            taken[name] = []
            async with load(stage):
                ends = time.perf_counter() + _LONGEST
                for n in range(lines):
                    if n >= _FEWEST and time.perf_counter() > ends:
                        break
                    await asyncio.sleep(_GAP)
                    author = f"{'abcdefg'[len(taken)]}{n}"
                    line = f":{author}!u@h PRIVMSG #ops :TL: entry {n} was made\r\n"
                    taken[name].append(await answers.seconds(author, line.encode()))
        if contestant is IRCBOT:
            again = b":paste!u@h PRIVMSG #ops :TL: one of several\r\n"
            await answers.seconds("paste", again)
            taken["again"] = [await answers.seconds("paste", again * _AGAIN)]
    return taken


def run(quick: bool = False) -> str:
    """The table."""
    install_peers()
    lines = LINES // 10 if quick else LINES
    loads = list(LOADS)
    rows = [
        f"Milliseconds from a TL: line's sending to its author's NOTICE, median and 99th "
        f"percentile of {lines} at most. Each line is sent alone, {_GAP * 1000:.0f} ms after the "
        "last answer, by an author of its own; the pacing of answers is off.",
        "",
        f"| | {' | '.join(loads)} | idle, against the bare client |",
        "|---|" + "--:|" * (len(loads) + 1),
    ]
    base = again = None
    for name, contestant in CONTESTANTS:
        try:
            taken = asyncio.run(measure(contestant, lines))
        except OutOfPlay as error:
            rows.append(f"| {name} | {error} |")
            continue
        again = taken.pop("again", again)
        idle = median(taken["idle"])
        base = base or idle
        cells = [_cell(taken[load]) if load in taken else "–" for load in loads]
        rows.append(f"| {name} | {' | '.join(cells)} | {idle / base:.1f} |")
    if again:
        rows += [
            "",
            f"What an author says within three seconds of an acknowledgement is recorded as soon, "
            f"and acknowledged together: {_AGAIN} lines after {again[0]:.1f} s.",
        ]
    return "\n".join(rows)


def _cell(seconds: list[float]) -> str:
    return f"{median(seconds) * 1000:.2f}, {quantiles(seconds, n=100)[98] * 1000:.2f}"


if __name__ == "__main__":
    print(run())
