"""Statistics of years of incidents: `ircbot stats` as a process of its own, and its memory.

The first time every incident is read; after that its facts are kept. Beside the seconds stand those
of the processor: on a busy machine they are the ones to look at.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import years

INCIDENTS, LARGEST = 1_000, 10_000  # the largest take minutes to be read for the first time
_TURNS = 3
_ASKED = {
    "nothing is kept": (),
    "warm": (),
    "warm, by severity": ("--by", "severity"),
    "warm, by month": ("--by", "month"),
    "warm, by product, as HTML": ("--by", "product", "--format", "html"),
    "warm, as JSON": ("--format", "json"),
}


def run(quick: bool = False, largest: bool = False) -> str:
    """The table."""
    incidents = LARGEST if largest else INCIDENTS // 10 if quick else INCIDENTS
    with tempfile.TemporaryDirectory(prefix="ircbot-bench-") as name:
        folder = Path(name)
        (folder / "config.toml").write_text('[irc]\nhost = "127.0.0.1"\nchannels = ["#ops"]\n')
        years.keep(folder / "incidents", incidents)
        rows = [
            f"{incidents:,} closed incidents, {incidents * years.ENTRIES:,} entries.\n",
            "| | seconds, least | of the processor | peak MB |",
            "|---|--:|--:|--:|",
        ]
        for title, arguments in _ASKED.items():
            turns = 1 if not rows[3:] else _TURNS  # nothing is kept only once
            seconds, processor, peak = min(_measured(folder, arguments) for _ in range(turns))
            rows.append(f"| {title} | {seconds:.2f} | {processor:.2f} | {peak / 1e6:.0f} |")
    return "\n".join(rows)


def _measured(folder: Path, arguments: tuple[str, ...]) -> tuple[float, float, int]:
    """Seconds, seconds of the processor, and the most memory in bytes."""
    command = [sys.executable, "-m", "ircbot", "stats", *arguments]
    environment = {**os.environ, "IRCBOT_CONFIG": str(folder / "config.toml")}
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024


if __name__ == "__main__":
    print(run())
