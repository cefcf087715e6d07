"""The page: how soon it is there at ten thousand incidents, what it needs, and what a bot notices
of five hundred who follow it.

The page is a process of its own, and so are its readers: they ask for the first page again after
each event, as browsers do. The bot's share of an entry (heard, on disk, answered) is measured in
turns with readers and without.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks import years
from ircbot.engine import IncidentEngine
from ircbot.incident.line import Line
from ircbot.incident.setting import Setting
from ircbot.processes import load_process
from ircbot.repository import open_store, state_of

INCIDENTS, READERS, ENTRIES = 10_000, 500, 150
_TURNS = 3
_GAP = 0.1  # seconds between two entries
_PATIENCE = 300.0  # seconds for a page over a store that was never read


def run(quick: bool = False) -> str:
    """The tables."""
    incidents, entries = (INCIDENTS // 10, ENTRIES // 5) if quick else (INCIDENTS, ENTRIES)
    with tempfile.TemporaryDirectory(prefix="ircbot-bench-") as name:
        folder = Path(name)
        years.keep(folder / "incidents", incidents)
        (folder / "config.toml").write_text(
            '[irc]\nhost = "127.0.0.1"\n[page]\nstreams_per_address = 1000\n'
        )
        with _page(folder):
            pass  # the store's index is made, as a bot does
        began = time.perf_counter()
        with _page(folder) as (address, page):
            there = time.perf_counter() - began
            rows = [
                "| | |",
                "|---|--:|",
                f"| incidents, {years.ENTRIES} entries each | {incidents} |",
                f"| from its start to the first page, s | {there:.1f} |",
                *(
                    f"| {title}, ms, median | {_ms(address + path):.0f} |"
                    for title, path in (
                        ("first page", ""),
                        ("history", "history"),
                        ("history, by severity and time", "history?severity=1&since=2012"),
                        ("an incident", "incident/7"),
                    )
                ),
                f"| memory, MB | {_memory(page.pid):.0f} |",
                f"| the first search, ms | {_ms(f'{address}search?q=w1', 1):.0f} |",
                f"| others, ms, median | {median(_searches(address)):.0f} |",
                f"| memory then, MB | {_memory(page.pid):.0f} |",
                "",
                *_acknowledged(folder, address, entries),
                f"| memory of the page then, MB | {_memory(page.pid):.0f} | |",
            ]
    return "\n".join(rows)


@contextlib.contextmanager
def _page(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The page of a store, once it has it; gives its address."""
    ircbot = str(Path(sys.executable).with_name("ircbot"))
    command = [ircbot, "page", "--config", str(folder / "config.toml"), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[-1]
            end = time.monotonic() + _PATIENCE
            while time.monotonic() < end and not _is_there(address):
                time.sleep(0.02)
            yield address, process
        finally:
            process.terminate()


def _ms(address: str, times: int = 9) -> float:
    """How long a page takes."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        while not _is_there(address):  # what takes long is made meanwhile
            time.sleep(0.02)
        taken.append(time.perf_counter() - began)
    return median(taken) * 1000


def _searches(address: str) -> list[float]:
    """How long searches take, each for other words."""
    return [_ms(f"{address}search?q=w{n}+w{n + 3}", 1) for n in range(5, 30)]


def _is_there(address: str) -> bool:
    with contextlib.suppress(OSError):
        urllib.request.urlopen(address).read()
        return True
    return False


def _memory(pid: int) -> float:
    """What a process holds, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(x for x in status.splitlines() if x.startswith("VmRSS")).split()[1]) / 1024


def _acknowledged(folder: Path, address: str, entries: int) -> Iterator[str]:
    """The table of what a bot takes for an entry, in turns with readers and without."""
    process = load_process("mozmeao")
    store = open_store(str(folder / "incidents"), writer="bot")
    engine = IncidentEngine(Setting(process, channels=("#ops",)), store, state_of(store))

    def hear(text: str) -> float:
        line = Line(datetime.now(UTC), "#ops", "dave", text)
        began = time.perf_counter()
        engine.hear([line])
        return time.perf_counter() - began

    hear("!inc declare the site is down")
    alone, followed = list[float](), list[float]()
    for turn in range(_TURNS):
        for taken, count in ((alone, 0), (followed, READERS)):
            with _followed(address, count):
                for n in range(entries):
                    time.sleep(_GAP)
                    taken.append(hear(f"TL: entry {n} of turn {turn}"))
    store.close()
    yield "| an entry heard, on disk and answered, ms | median | 90 % |"
    yield "|---|--:|--:|"
    for title, taken in (("nobody follows", alone), (f"{READERS} follow", followed)):
        yield f"| {title} | {median(taken) * 1000:.2f} | {_most(taken) * 1000:.2f} |"
    ratio = median(followed) / median(alone), _most(followed) / _most(alone)
    yield f"| so many times as long | {ratio[0]:.2f} | {ratio[1]:.2f} |"


def _most(taken: list[float]) -> float:
    return sorted(taken)[len(taken) * 9 // 10]


@contextlib.contextmanager
def _followed(address: str, count: int) -> Iterator[None]:
    """So many readers, in a process of their own that gives way to everybody."""
    if not count:
        yield
        return
    command = ["nice", "-n", "19", sys.executable, "-m", "benchmarks.page", address, str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()  # all are there
            yield
        finally:
            process.terminate()


async def _read(address: str, count: int) -> None:
    """Follow the page with so many; each asks for the first page after each event."""
    host, port = address.removeprefix("http://").rstrip("/").rsplit(":", 1)
    there = 0

    async def one() -> None:
        nonlocal there
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET /events HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        there += 1
        if there == count:
            print("there", flush=True)
        asking, asks = await asyncio.open_connection(host, int(port))
        while line := await reader.readline():
            if line.startswith(b"data:"):
                asks.write(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                head = await asking.readuntil(b"\r\n\r\n")
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
                await asking.readexactly(int(length or 0))

    await asyncio.gather(*(one() for _ in range(count)))


if __name__ == "__main__":
    if len(sys.argv) > 2:
        asyncio.run(_read(sys.argv[1], int(sys.argv[2])))
    else:
        print(run())
