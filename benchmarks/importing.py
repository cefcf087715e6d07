"""Importing: a log of irssi through `ircbot import`, as a process of its own.

Beside it `grep -c TL:`, which says how fast the file can be read, and a bare Python program with
one regular expression for each line.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.contestants import HERE
from benchmarks.talk import irssi_log

LINES = 1_000_000
_TURNS = 3  # of all, one after the other; a neighbour's bad minute is not to decide


def _seconds(command: list[str], folder: Path) -> tuple[float, str]:
    """How long a process took, and what it printed."""
    environment = {**os.environ, "IRCBOT_CONFIG": str(folder / "config.toml")}
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    return time.perf_counter() - began, done.stdout.strip()


def run(quick: bool = False) -> str:
    """The table."""
    lines, count = (LINES // 10, 1) if quick else (LINES, _TURNS)
    with tempfile.TemporaryDirectory(prefix="ircbot-bench-") as name:
        folder = Path(name)
        (folder / "config.toml").write_text('[irc]\nhost = "127.0.0.1"\nchannels = ["#ops"]\n')
        with (folder / "#ops.log").open("w") as log:
            log.writelines(line + "\n" for line in irssi_log(lines, seed=1))
        bare_regex = [sys.executable, str(HERE / "peers" / "bare_regex.py"), "#ops.log"]
        import_ = [sys.executable, "-m", "ircbot", "import", "--json", "#ops.log"]
        commands = (["grep", "-c", "TL:", "#ops.log"], bare_regex, import_, import_)
        turns = []
        for _ in range(count):
            shutil.rmtree(folder / "incidents", ignore_errors=True)
            turns.append([_seconds(command, folder) for command in commands])
        grep, bare, taken, again = (min(turn[n][0] for turn in turns) for n in range(4))
        entries, counted, told, _ = (said for _, said in turns[0])
    incidents = json.loads(told)["incidents"]
    notes = sum(incident["notes"] for incident in incidents)
    assert int(entries) == int(counted) == notes, f"{entries} entries, {counted}, {notes} imported"
    rows = [
        f"{lines:,} lines of irssi with {notes:,} entries of {len(incidents)} incidents; a word of "
        f"the process's phrases stands in every twentieth line. "
        f"The fastest of {count}.",
        "",
        "| | seconds | lines/s | against the bare regular expression |",
        "|---|--:|--:|--:|",
    ]
    for contestant, seconds in {
        "grep -c TL:": grep,
        "bare Python, a regular expression for each line": bare,
        "ircbot import": taken,
        "ircbot import, again: nothing is new": again,
    }.items():
        rows.append(
            f"| {contestant} | {seconds:.2f} | {lines / seconds:,.0f} | {seconds / bare:.2f} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    print(run())
