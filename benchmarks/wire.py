"""Wire to disk: a flood over loopback, every entry of it recorded, in order, on disk.

Lines a second, processor time for each line and peak memory, of the real `ircbot run` beside bare
clients and two other bots. Everything ircbot does else (who is there, the short memory of each
channel, plain sentences) stays on; only the pacing of what it says is off, as nobody reads it.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contestants import (
    ASYNCIO,
    IRC,
    IRCBOT,
    LIMNORIA,
    SOPEL,
    Contestant,
    environment_of,
    install_peers,
)
from benchmarks.process import peak_memory, processor_seconds, until
from benchmarks.server import Server, flood, on_the_wire

_PATIENCE = 600.0  # seconds


@dataclass(frozen=True)
class Result:
    """What one contestant did with the flood."""

    name: str
    lines: int
    seconds: float
    processor: float
    memory: int
    recorded: str


async def measure(contestant: Contestant, lines: int) -> Result:
    """Flood one contestant and wait until it has written everything down."""
    texts = flood(lines)
    content = on_the_wire(texts)
    wanted = sum(text.startswith("TL:") for text in texts)
    server = Server()
    await server.start()
    with tempfile.TemporaryDirectory(prefix="ircbot-bench-") as name:
        folder = Path(name)
        process = subprocess.Popen(  # noqa: ASYNC220 - it is measured, not awaited
            contestant.start(folder, server.port),
            cwd=folder,
            env=environment_of(contestant, folder),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(60):
                await server.joined.wait()
                if contestant is IRCBOT:
                    await server.send(b":boss!u@h PRIVMSG #ops :!inc declare the flood\r\n")
                await asyncio.sleep(2)  # until it is at rest
            before, began = processor_seconds(process.pid), time.perf_counter()
            async with asyncio.timeout(_PATIENCE):
                await server.send(content)
                await server.ping(b"flood-is-over")
            recorded = contestant.recorded
            done = recorded is None or await until(lambda: recorded(folder) >= wanted, _PATIENCE)
            seconds = time.perf_counter() - began
            processor = processor_seconds(process.pid) - before
            told = "-" if recorded is None else f"{recorded(folder)} of {wanted}"
            assert done, f"{contestant.name} recorded {told}"
            return Result(
                contestant.name, lines, seconds, processor, peak_memory(process.pid), told
            )
        finally:
            process.terminate()
            process.wait(10)
            server.stop()


def run(lines: int = 100_000) -> str:
    """The table."""
    install_peers()
    slow = max(1_000, lines // 5)  # enough for a bot that takes its time
    plan = [(ASYNCIO, lines), (IRC, lines), (IRCBOT, lines), (SOPEL, slow), (LIMNORIA, slow)]
    results = [asyncio.run(measure(contestant, number)) for contestant, number in plan]
    base = next(r for r in results if r.name == IRC.name)
    rows = [
        "| | lines | recorded | lines/s | µs/line | peak MB | against the bare irc library |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for r in results:
        speed = r.lines / r.seconds
        rows.append(
            f"| {r.name} | {r.lines:,} | {r.recorded} | {speed:,.0f} "
            f"| {r.processor / r.lines * 1e6:.1f} | {r.memory / 1e6:.0f} "
            f"| {speed / (base.lines / base.seconds):.2f} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    print(run())
