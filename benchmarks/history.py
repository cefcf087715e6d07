"""History: how a bot starts that has years of closed incidents, against one that has none.

Both start in turns. Measured from the process's start until it has joined its channel.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.commands import incident
from benchmarks.contestants import IRCBOT
from benchmarks.process import peak_memory
from benchmarks.stage import OutOfPlay, on_stage
from ircbot.repository import open_store

INCIDENTS, LARGEST = 2_000, 10_000  # the largest take minutes to be made
ENTRIES = 100  # of each
TURNS = 7
_SETTLED = 1.0  # seconds after it has joined


async def _start(folder: Path) -> tuple[float, int]:
    """The seconds until a bot has joined, and its peak memory in bytes."""
    async with on_stage(IRCBOT, folder) as stage:
        await asyncio.sleep(_SETTLED)
        return stage.seconds, peak_memory(stage.pid)


def _make(folder: Path, incidents: int) -> None:
    store = open_store(str(folder / "incidents"), writer="tool")
    for number in range(1, incidents + 1):
        store.append(incident(number, ENTRIES))
    store.close()


def run(quick: bool = False, largest: bool = False) -> str:
    """The table."""
    incidents = LARGEST if largest else INCIDENTS // 10 if quick else INCIDENTS
    with (
        tempfile.TemporaryDirectory(prefix="ircbot-bench-") as empty,
        tempfile.TemporaryDirectory(prefix="ircbot-bench-") as full,
    ):
        _make(Path(full), incidents)
        titles = {
            "an empty store": Path(empty),
            f"{incidents:,} closed incidents, {incidents * ENTRIES:,} entries": Path(full),
        }
        starts: dict[str, list[tuple[float, int]]] = {title: [] for title in titles}
        for _ in range(TURNS):
            for title, folder in titles.items():
                try:
                    starts[title].append(asyncio.run(_start(folder)))
                except OutOfPlay as error:
                    return f"With {title}, the bot {error}"
    rows = [
        "| | seconds until joined, least | median | peak MB | times as long | times the memory |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    base: tuple[float, float] | None = None
    for title, measured in starts.items():
        seconds = [each for each, _ in measured]
        memory = max(each for _, each in measured)
        base = base or (median(seconds), memory)
        rows.append(
            f"| {title} | {min(seconds):.2f} | {median(seconds):.2f} | {memory / 1e6:.0f} "
            f"| {median(seconds) / base[0]:.2f} | {memory / base[1]:.2f} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    print(run())
