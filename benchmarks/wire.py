"""Wire to disk: a flood over loopback, every entry of it recorded, in order, on disk.

Lines a second, processor time for each line and peak memory, of the real `ircbot run` beside bare
clients and two other bots. Everything ircbot does else (who is there, the short memory of each
channel, plain sentences) stays on; only the pacing of what it says is off, as nobody reads it.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from dataclasses import dataclass

from benchmarks.contestants import (
    ASYNCIO,
    IRC,
    IRCBOT,
    LIMNORIA,
    SOPEL,
    Contestant,
    install_peers,
)
from benchmarks.process import peak_memory, processor_seconds, until
from benchmarks.server import flood, on_the_wire
from benchmarks.stage import OutOfPlay, on_stage, settle

LINES = 100_000
_TURNS = 3  # of each, one after the other; a neighbour's bad minute is not to decide
_PATIENCE = 300.0  # seconds
_ENTRY = re.compile(rb"entry number (\d+) was made")


@dataclass(frozen=True)
class Result:
    """What one contestant did with the flood."""

    lines: int
    seconds: float
    processor: float
    memory: int
    recorded: str


async def measure(contestant: Contestant, lines: int) -> Result:
    """Flood one contestant and wait until it has written everything down, or gives up."""
    texts = flood(lines)
    content = on_the_wire(texts)
    wanted = sum(text.startswith("TL:") for text in texts)
    async with on_stage(contestant) as stage:
        await settle(contestant, stage)

        def recorded() -> list[int]:
            content = contestant.written(stage.folder) if contestant.written else b""
            return [int(number) for number in _ENTRY.findall(content)]

        before, began = processor_seconds(stage.pid), time.perf_counter()
        async with asyncio.timeout(_PATIENCE):
            await stage.server.send(content)
            await stage.server.ping(b"flood-is-over")
        if contestant.written:
            await until(lambda: len(recorded()) >= wanted, _PATIENCE)
        seconds = time.perf_counter() - began
        processor = processor_seconds(stage.pid) - before
        told = f"{len(recorded()):,} of {wanted:,}" if contestant.written else "–"
        if recorded() != sorted(recorded()):
            told += ", not in order"
        return Result(lines, seconds, processor, peak_memory(stage.pid), told)


def run(quick: bool = False) -> str:
    """The table."""
    install_peers()
    lines, turns = (LINES // 10, 1) if quick else (LINES, _TURNS)
    fewer = lines // 5  # enough for a bot that takes its time
    plan = [(ASYNCIO, lines), (IRC, lines), (IRCBOT, lines), (SOPEL, fewer), (LIMNORIA, fewer)]
    rows = [
        "Every twentieth line is an entry. Measured until all entries are on disk; the fastest of "
        f"{turns}.",
        "",
        "| | lines | recorded | lines/s | µs/line | peak MB | speed against the bare irc library |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    results: dict[str, list[Result]] = defaultdict(list)
    out: dict[str, str] = {}
    for _ in range(turns):
        for contestant, number in plan:
            try:
                results[contestant.name].append(asyncio.run(measure(contestant, number)))
            except OutOfPlay as error:
                out[contestant.name] = str(error)
    fastest = {name: min(each, key=lambda r: r.seconds) for name, each in results.items()}
    for contestant, _ in plan:
        name = contestant.name
        if name in out:  # once is enough
            rows.append(f"| {name} | {out[name]} |")
        else:
            rows.append(_row(name, fastest[name], fastest.get(IRC.name)))
    return "\n".join(rows)


def _row(name: str, r: Result, base: Result | None) -> str:
    speed = r.lines / r.seconds
    against = f"{speed / (base.lines / base.seconds):.2f}" if base else "–"
    return (
        f"| {name} | {r.lines:,} | {r.recorded} | {speed:,.0f} "
        f"| {r.processor / r.lines * 1e6:.1f} | {r.memory / 1e6:.0f} | {against} |"
    )


if __name__ == "__main__":
    print(run())
