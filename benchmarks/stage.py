"""A contestant on a server, in a folder of its own, from its start to its end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contestants import IRCBOT, Contestant, environment_of
from benchmarks.process import until
from benchmarks.server import Server

_STARTS = 60.0  # seconds
_ENDS = 5.0
_AT_REST = 2.0  # after it has joined, until it has nothing left to do
_LAST_WORDS = 200  # characters


class OutOfPlay(Exception):
    """A contestant did not join, or fell silent; its last words."""


@dataclass(frozen=True)
class Stage:
    """What a benchmark sees. `seconds` is how long it took from the process's start to its JOIN."""

    folder: Path
    server: Server
    pid: int
    seconds: float


@asynccontextmanager
async def on_stage(
    contestant: Contestant, folder: Path | None = None, *, environment: Mapping[str, str] = {}
) -> AsyncIterator[Stage]:
    """Run a contestant that has joined, in `folder` or an empty one; OutOfPlay if it does not."""
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="ircbot-bench-") as name:
            async with on_stage(contestant, Path(name), environment=environment) as stage:
                yield stage
        return
    server = Server()
    await server.start()
    said = folder / "said"
    with said.open("wb") as output:
        began = time.perf_counter()
        process = subprocess.Popen(  # noqa: ASYNC220 - it is measured, not awaited
            contestant.start(folder, server.port),
            cwd=folder,
            env={**environment_of(contestant, folder), **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        try:
            async with asyncio.timeout(_STARTS):
                while not server.joined.is_set() and process.poll() is None:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(server.joined.wait(), 0.1)
        except TimeoutError:
            pass
        seconds = time.perf_counter() - began
        if not server.joined.is_set():
            raise OutOfPlay(f"did not join: {_last_words(said)}")
        try:
            yield Stage(folder, server, process.pid, seconds)
        except TimeoutError:
            raise OutOfPlay(f"fell silent: {_last_words(said)}") from None
        except ConnectionError:
            raise OutOfPlay(f"left: {_last_words(said)}") from None
    finally:
        await _end(process)
        server.stop()


async def settle(contestant: Contestant, stage: Stage) -> None:
    """Wait until a contestant is at rest, and ours has an incident to record."""
    if contestant is IRCBOT:
        await stage.server.send(b":boss!u@h PRIVMSG #ops :!inc declare the benchmark\r\n")
    await asyncio.sleep(_AT_REST)


def _last_words(said: Path) -> str:
    return " ".join(said.read_text(errors="replace").split())[-_LAST_WORDS:] or "(nothing)"


async def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started; the server still answers its QUIT."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        await until(lambda: process.poll() is not None, _ENDS)
