"""Reports of a long incident: the processor time and the memory of each format and edition.

Processor time rather than the clock's: a neighbour who is busy costs a report nothing.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

from benchmarks.process import memory_now, peak_memory
from ircbot.incident.events import Closed, Declared, Entry, Event, Noted, Resolved
from ircbot.incident.people import Person
from ircbot.incident.state import Incident, State, evolve
from ircbot.processes import load_process
from ircbot.report import EDITIONS, FORMATS
from ircbot.report.render import render

ENTRIES, NICKS = 50_000, 1_500
_BEGAN = datetime(2018, 1, 10, 12, 0, tzinfo=UTC)
_RESETS_PEAK = "5"  # what Linux takes for that, see proc(5)
# What people say, of every kind that costs a report something.
_SAID = (
    "listeners {n} appear to be missing from the ELB",
    "{other}: can you see it now? deploy {n} is out, 100% of requests time out.",
    "see https://bugzilla.mozilla.org/show_bug.cgi?id={n} and https://status.example.net/{n}",
    "web{n}.example.net is back, `systemctl restart httpd` did it; thanks {other}!",
    '  File "/srv/mdn/wiki.py", line {n}, in view    <-- here',
)


def _told(entries: int, nicks: int) -> Iterator[tuple[Person, Event]]:
    people = [Person(f"zedaph{n}", f"account{n}") for n in range(nicks)]
    yield people[0], Declared("MDN is down", "mozmeao")
    for n in range(1, entries + 1):
        text = _SAID[n % len(_SAID)].format(n=n, other=people[(n + 7) % nicks].nick)
        yield people[n % nicks], Noted(n, text)
    yield people[0], Resolved()
    yield people[0], Closed()


def incident(entries: int, nicks: int) -> Incident:
    """A closed incident with so many entries, half a minute apart."""
    state = State()
    for n, (who, event) in enumerate(_told(entries, nicks)):
        at = _BEGAN + n * timedelta(seconds=30)
        state = evolve(state, Entry(1, at, who, event, "#ops"))
    return state.incidents[1]


def _measured(told: Incident, format_: str, edition: str) -> tuple[float, int, int]:
    """The seconds of a report, how far memory rose above what it was, and the report's bytes."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text(_RESETS_PEAK)
    before, began = memory_now(os.getpid()), time.process_time()
    page = render(told, load_process("mozmeao"), format_, edition=edition)
    seconds = time.process_time() - began
    return seconds, peak_memory(os.getpid()) - before, len(page.encode())


def _measured_apart(told: Incident, format_: str, edition: str) -> tuple[float, int, int]:
    """The same in a process of its own: memory that an earlier report left free would hide it."""
    with get_context("fork").Pool(1) as pool:
        return pool.apply(_measured, (told, format_, edition))


def run(quick: bool = False) -> str:
    """The table."""
    entries, nicks = (ENTRIES // 10, NICKS // 10) if quick else (ENTRIES, NICKS)
    told, short = incident(entries, nicks), incident(20, 2)
    rows = [
        f"{entries:,} entries by {nicks:,} people.\n",
        "| format | edition | seconds | against internal | MB above | MB written |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for format_ in FORMATS:
        base = 0.0
        for edition in EDITIONS:
            _measured(short, format_, edition)  # templates are compiled once
            seconds, above, written = _measured_apart(told, format_, edition)
            base = base or seconds
            rows.append(
                f"| {format_} | {edition} | {seconds:.2f} | {seconds / base:.2f} "
                f"| {above / 1e6:.0f} | {written / 1e6:.1f} |"
            )
    return "\n".join(rows)


if __name__ == "__main__":
    print(run())
