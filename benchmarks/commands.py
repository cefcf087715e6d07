"""Commands of the shell: how long they take, against Python itself.

The commands take turns, so that a neighbour who is busy bothers all alike.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from ircbot.incident.events import Closed, Declared, Entry, Event, Noted, Resolved
from ircbot.incident.people import Person
from ircbot.repository import open_store

ROUNDS = 20
ENTRIES = 200  # of the incident that is reported
_BEGAN = datetime(2018, 1, 10, 12, 0, tzinfo=UTC)
_DAVE = Person("metadave", "metadave")


def incident(number: int, entries: int) -> list[Entry]:
    """A closed incident with so many entries, made in a minute each."""
    events: list[Event] = [
        Declared("MDN is down", "mozmeao"),
        *(Noted(n, f"listeners {n} appear to be missing") for n in range(1, entries - 2)),
        Resolved(),
        Closed(),
    ]
    began = _BEGAN + timedelta(days=number)
    return [
        Entry(number, began + timedelta(minutes=n), _DAVE, event, "#ops")
        for n, event in enumerate(events)
    ]


def run(quick: bool = False) -> str:
    """The table."""
    ircbot = str(Path(sys.executable).with_name("ircbot"))
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "ircbot --version": [ircbot, "--version"],
        "ircbot --help": [ircbot, "--help"],
        "ircbot list": [ircbot, "list"],
        f"ircbot report, {ENTRIES} entries": [ircbot, "report", "1"],
    }
    taken: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory(prefix="ircbot-bench-") as name:
        folder = Path(name)
        (folder / "config.toml").write_text('[irc]\nhost = "127.0.0.1"\nchannels = ["#ops"]\n')
        store = open_store(str(folder / "incidents"), writer="tool")
        store.append(incident(1, ENTRIES + 3))
        store.close()
        environment = {**os.environ, "IRCBOT_CONFIG": str(folder / "config.toml")}
        for _ in range(1 + (ROUNDS // 4 if quick else ROUNDS)):
            for title, command in commands.items():
                began = time.perf_counter()
                subprocess.run(
                    command, cwd=folder, env=environment, check=True, capture_output=True
                )
                taken[title].append(time.perf_counter() - began)
    base = next(iter(taken))
    rows = [
        "| | ms, least | ms, median | against python -c pass, least | median |",
        "|---|--:|--:|--:|--:|",
    ]
    for title, all_seconds in taken.items():
        seconds, bare = all_seconds[1:], taken[base][1:]  # the first fills the caches
        rows.append(
            f"| {title} | {min(seconds) * 1000:.0f} | {median(seconds) * 1000:.0f} "
            f"| {min(seconds) / min(bare):.1f} | {median(seconds) / median(bare):.1f} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    print(run())
