"""Search in years of incidents: how long the first build takes, a search, and an erasure.

Every search is asked as `ircbot search` does it within a process: what changed is looked for, then
the first twenty hits are read.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from statistics import median

from benchmarks import years
from ircbot.incident.events import Entry, Redacted
from ircbot.incident.hits import SearchFilter
from ircbot.incident.people import Person
from ircbot.repository import open_store
from ircbot.search.cache import SearchCache

INCIDENTS, LARGEST = 1_000, 10_000  # the largest take minutes to be made
HITS = 20
TURNS = 9
# What is asked: how often it is in a million entries is said in the table.
_ASKED = {
    "a common word": "w1",
    "two words": "w1 w7",
    "a rare word": "w4000",
    "in quotes": '"w1 w2"',
    "a beginning": "w12*",
    "words that are apart": "w900 w4000",
    "nothing": "nowhere",
}


def run(quick: bool = False, largest: bool = False) -> str:
    """The table."""
    incidents = LARGEST if largest else INCIDENTS // 10 if quick else INCIDENTS
    with tempfile.TemporaryDirectory(prefix="ircbot-bench-") as name:
        path = str(Path(name) / "incidents")
        years.keep(Path(path), incidents)
        rows = _measured(path, incidents)
        with closing(open_store(path, writer="bot")) as store:
            store.entries(incidents // 2)
            store.append([Entry(incidents // 2, datetime.now(UTC), Person("ann"), Redacted(7))])
            began = time.perf_counter()
            SearchCache(path).erase(open_store(path))
            rows.append(f"| an erasure | | {(time.perf_counter() - began) * 1000:.0f} | | |")
    return "\n".join(rows)


def _measured(path: str, incidents: int) -> list[str]:
    began, used = time.perf_counter(), time.process_time()
    cache = SearchCache(path)
    cache.update(open_store(path))
    built, used = time.perf_counter() - began, time.process_time() - used
    size = Path(cache.path).stat().st_size / 1e6
    rows = [
        f"{incidents:,} incidents, {incidents * years.ENTRIES:,} entries: built in {built:.1f} s "
        f"({used:.1f} s of the processor), "
        f"{size:.0f} MB; the first {HITS} hits, warm.\n",
        "| | hits | ms, median | ms, most | of that, in the index |",
        "|---|--:|--:|--:|--:|",
    ]
    for title, typed in _ASKED.items():
        whole, inside, hits = [], [], 0
        for _ in range(TURNS):
            began = time.perf_counter()
            hits = len(cache.search(open_store(path), typed, SearchFilter(), HITS))
            whole.append(time.perf_counter() - began)
            began = time.perf_counter()
            with cache.opened() as index:
                list(islice(index.hits(typed), HITS))
            inside.append(time.perf_counter() - began)
        rows.append(
            f"| {title} | {hits} | {median(whole) * 1000:.0f} | {max(whole) * 1000:.0f} "
            f"| {median(inside) * 1000:.0f} |"
        )
    return rows


if __name__ == "__main__":
    print(run())
