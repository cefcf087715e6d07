"""The page: how soon it is there at ten thousand incidents, what it needs, and what a bot notices
of five hundred who follow it.

The page is a process of its own, and so are its readers: they ask for the first page again after
each event, as browsers do. The bot's share of an entry (heard, on disk, answered) is measured in
short turns with readers and without, each compared with the one beside it, so that what else the
machine does is in both.
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

INCIDENTS, READERS, ENTRIES = 10_000, 500, 20
_TURNS = 10
_GAP = 0.1  # seconds between two entries
_PATIENCE = 600.0  # seconds for what is made once of a store that was never read
_SOON = 60.0  # seconds for a page


def run(quick: bool = False) -> str:
    """The tables."""
    incidents, turns = (INCIDENTS // 10, _TURNS // 3) if quick else (INCIDENTS, _TURNS)
    with tempfile.TemporaryDirectory(prefix="ircbot-bench-") as name:
        folder = Path(name)
        open_store(str(folder / "incidents"), writer="bot").close()  # so that nothing is older
        years.keep(folder / "incidents", incidents)
        (folder / "config.toml").write_text(
            '[irc]\nhost = "127.0.0.1"\n[page]\nstreams_per_address = 1000\n'
        )
        began = time.perf_counter()
        with _page(folder) as (address, page):  # what is kept of a store is made, once
            first = time.perf_counter() - began
            _until_kept(address, page.pid)
            kept = time.perf_counter() - began
        began = time.perf_counter()
        with _page(folder) as (address, page):
            there = time.perf_counter() - began
            rows = [
                "| | |",
                "|---|--:|",
                f"| incidents, {years.ENTRIES} entries each | {incidents} |",
                f"| the first start: to the first page, s | {first:.0f} |",
                f"| … until search and lists are quick, s | {kept:.0f} |",
                f"| each later start: to the first page, s | {there:.1f} |",
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
                f"| the first search in public, ms | {_ms(f'{address}search?q=w1', 1):.0f} |",
                f"| others, each for other words, ms, median | {median(_searches(address)):.0f} |",
                f"| memory then, MB | {_memory(page.pid):.0f} |",
                "",
                *_acknowledged(folder, address, turns),
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
            _wait(address, _PATIENCE)
            yield address, process
        finally:
            process.terminate()


def _ms(address: str, times: int = 9) -> float:
    """How long a page takes."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        _wait(address, _SOON)  # what takes long is made meanwhile
        taken.append(time.perf_counter() - began)
    return median(taken) * 1000


def _wait(address: str, patience: float) -> None:
    """Ask until a page is there. TimeoutError if it never is."""
    end = time.monotonic() + patience
    while not _is_there(address):
        if time.monotonic() > end:
            raise TimeoutError(f"{address} is not there after {patience:.0f} s")
        time.sleep(0.02)


def _until_kept(address: str, page: int) -> None:
    """Wait until the page's helpers have made what it keeps. TimeoutError if they never do."""
    end = time.monotonic() + _PATIENCE
    time.sleep(2)  # until they are begun
    while Path(f"/proc/{page}/task/{page}/children").read_text().strip() or not _is_there(
        f"{address}search?q=w1"
    ):
        if time.monotonic() > end:
            raise TimeoutError(f"the page's helpers are not done after {_PATIENCE:.0f} s")
        time.sleep(0.5)


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


def _acknowledged(folder: Path, address: str, turns: int) -> Iterator[str]:
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
    alone, followed, ratios = list[float](), list[float](), list[float]()
    for turn in range(turns):
        here = {0: list[float](), READERS: list[float]()}
        for count in (0, READERS) if turn % 2 else (READERS, 0):
            with _followed(address, count):
                for n in range(ENTRIES):
                    time.sleep(_GAP)
                    here[count].append(hear(f"TL: entry {n} of turn {turn}"))
        alone += here[0]
        followed += here[READERS]
        ratios.append(median(here[READERS]) / median(here[0]))
    store.close()
    yield "| an entry heard, on disk and answered, ms | median | 90 % |"
    yield "|---|--:|--:|"
    for title, taken in (("nobody follows", alone), (f"{READERS} follow", followed)):
        yield f"| {title} | {median(taken) * 1000:.2f} | {_most(taken) * 1000:.2f} |"
    ratio = median(ratios), _most(followed) / _most(alone)
    yield f"| so many times as long, median of {turns} turns | {ratio[0]:.2f} | {ratio[1]:.2f} |"


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
