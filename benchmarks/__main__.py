"""`make bench`: measure, print the tables, and write them to benchmarks/results.md.

    python -m benchmarks [NAME…] [--largest] [--folder FOLDER]

A benchmark is a module with `run() -> str`, which returns a table in Markdown, and a line in
BENCHMARKS below. Each measures its contenders side by side, in one run.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
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
}


def main() -> int:
    """Run what was asked for, or everything."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument(
        "--largest", action="store_true", help="an entry: in an incident of a million as well"
    )
    parser.add_argument("--folder", type=Path, help="an entry: on the disk of this folder")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    options = {"entry": {"largest": asked.largest, "folder": asked.folder}}
    sections = [_surroundings()]
    print(sections[0], flush=True)
    for name in asked.names or BENCHMARKS:
        measure: Callable[[], str] = partial(
            import_module(f"benchmarks.{name}").run, **options.get(name, {})
        )
        sections.append(f"## {BENCHMARKS[name]}\n\n{measure()}")
        print(f"\n{sections[-1]}", flush=True)
    RESULTS.write_text("\n\n".join(sections) + "\n", encoding="utf-8")
    print(f"\nWritten to {RESULTS}.", file=sys.stderr)
    return 0


def _surroundings() -> str:
    """What the figures depend on. A busy machine makes them useless, so that is said as well."""
    load = os.getloadavg()[0]
    cores = os.cpu_count() or 1
    busy = " The machine was busy: do not trust these." if load > cores / 2 else ""
    return (
        f"# Benchmarks\n\n{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, Python "
        f"{platform.python_version()}, {platform.system()} {platform.machine()}, {cores} cores, "
        f"load {load:.1f} at the start.{busy}"
    )


if __name__ == "__main__":
    sys.exit(main())
