"""A process under measurement: its processor time and its memory, as Linux counts them."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds(pid: int) -> float:
    """The processor time of a process and its threads, so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def peak_memory(pid: int) -> int:
    """The most memory a process has had, in bytes."""
    return _status(pid, "VmHWM")


def memory_now(pid: int) -> int:
    """The memory a process has, in bytes."""
    return _status(pid, "VmRSS")


def _status(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0


async def until(done: object, patience: float) -> bool:
    """Ask `done()` a hundred times a second until it is so; False after `patience` seconds."""
    assert callable(done)
    loop = asyncio.get_running_loop()
    end = loop.time() + patience
    while not done():
        if loop.time() > end:
            return False
        await asyncio.sleep(0.01)
    return True
