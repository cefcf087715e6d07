"""`make bench`: measure and print tables; all of them in full go to benchmarks/results.md.

    python -m benchmarks [NAME…] [--quick] [--largest] [--folder FOLDER]

A benchmark is a module with `run(quick) -> str`, which returns tables in Markdown, and a line in
BENCHMARKS below. Each measures its contenders side by side, in one run; nothing passes or fails.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path

RESULTS = Path(__file__).with_name("results.md")

# name: its heading. In the order they are run.
BENCHMARKS: Mapping[str, str] = {
    "entry": "An entry",
    "wire": "Wire to disk",
    "database": "A database as the record",
    "hosting": "Many organisations",
    "acknowledgement": "Acknowledgement",
    "history": "History",
    "search": "Search",
    "stats": "Statistics",
    "importing": "Importing",
    "report": "Reports",
    "page": "The page",
    "commands": "Commands",
    "recognition": "Recognition",
    "chance": "Chance",
}
_HAVE_LARGEST = ("entry", "history", "search", "stats")


def main() -> int:
    """Run what was asked for, or everything."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes")
    parser.add_argument(
        "--largest", action="store_true", help=f"{', '.join(_HAVE_LARGEST)}: a million entries"
    )
    parser.add_argument("--folder", type=Path, help="measure on the disk of this folder")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    if asked.folder:
        tempfile.tempdir = str(asked.folder.resolve())
    # Who installs it has its modules compiled, once.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sections = [_surroundings(quick=asked.quick)]
    print(sections[0], flush=True)
    for name in asked.names or BENCHMARKS:
        measure: Callable[..., str] = partial(
            import_module(f"benchmarks.{name}").run, quick=asked.quick
        )
        table = measure(largest=asked.largest) if name in _HAVE_LARGEST else measure()
        sections.append(f"## {BENCHMARKS[name]}\n\n{table}")
        print(f"\n{sections[-1]}", flush=True)
    if not asked.names and not asked.quick:
        RESULTS.write_text("\n\n".join(sections) + "\n", encoding="utf-8")
        print(f"\nWritten to {RESULTS}.", file=sys.stderr)
    return 0


def _surroundings(*, quick: bool) -> str:
    """What the figures depend on. A busy machine makes them useless, so that is said as well."""
    load = os.getloadavg()[0]
    cores = os.cpu_count() or 1
    busy = " The machine was busy: do not trust these." if load > cores / 2 else ""
    small = " A tenth of the sizes." if quick else ""
    return (
        f"# Benchmarks\n\n{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, Python "
        f"{platform.python_version()}, {platform.system()} "
        f"{platform.release().partition('-')[0]} "
        f"{platform.machine()}, {cores} cores, {_filesystem(tempfile.gettempdir())}, "
        f"load {load:.1f} at the start.{busy}{small}"
    )


def _filesystem(folder: str) -> str:
    """The kind of the file system that a folder is on, as Linux tells it."""
    mounts = Path("/proc/self/mounts")
    lines = mounts.read_text().splitlines() if mounts.exists() else []
    under = [
        (place, kind)
        for _, place, kind, *_ in (line.split(" ") for line in lines)
        if Path(folder).resolve().is_relative_to(place)
    ]
    # The deepest is the one, and of one place the last: it hides those before it.
    return max(reversed(under), key=lambda mount: len(mount[0]))[1] if under else "unknown disk"


if __name__ == "__main__":
    sys.exit(main())
