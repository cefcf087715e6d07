"""Organisations shared over five machines, each a process of ours, on one PostgreSQL and one IRC
server: memory, what rest costs, and how long it takes until all have a machine.

Needs PostgreSQL 15.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ircbot.network.server import EmbeddedServer

ORGANISATIONS, MACHINES, TTL = 1_000, 5, 10.0
AT_REST = 20.0  # seconds that are measured
_PATIENCE = 900.0  # seconds for all to have a machine

_HELD = "SELECT count(*) FROM ircbot.unit WHERE holder <> '' AND until > now()"
_BY_OTHERS = f"{_HELD} AND machine <> 'a'"
_DONE = "SELECT xact_commit FROM pg_stat_database WHERE datname = 'ircbot'"


def _machine(folder: Path, name: str, organisations: int, port: int, dsn: str) -> Path:
    home = folder / name
    store = f'[store]\nengine = "postgresql"\ndsn = "{dsn}"\n'
    (home / "organisations").mkdir(parents=True)
    for number in range(organisations):
        own = home / "organisations" / f"o{number}"
        own.mkdir()
        (own / "config.toml").write_text(
            f'{store}unit = "o{number}"\n[irc]\nhost = "127.0.0.1"\nport = {port}\ntls = false\n'
            f'nick = "o{number}"\nchannels = ["#o{number}"]\n'
        )
    file = home / "config.toml"
    cluster = f'[cluster]\nmachine = "{name}"\nttl = {TTL}\n'
    file.write_text(f'organisations = "organisations"\n{store}{cluster}[log]\nlevel = "error"\n')
    return file


def _processor(pid: int) -> float:
    """Seconds of the processor that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _status(pid: int) -> Mapping[str, int]:
    """Memory in MB and threads of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    values = dict(line.split(":", 1) for line in lines)
    return {"MB": int(values["VmRSS"].split()[0]) // 1024, "threads": int(values["Threads"])}


async def _until_held(cluster: Any, organisations: int, sql: str = _HELD) -> float:
    """Seconds until all organisations have a machine."""
    began = time.monotonic()
    async with asyncio.timeout(_PATIENCE):
        while (await asyncio.to_thread(cluster.ask, sql))[0][0] < organisations:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    return time.monotonic() - began


async def _measured(folder: Path, cluster: Any, organisations: int) -> str:
    server = EmbeddedServer()
    await server.start(0)
    names = [chr(ord("a") + number) for number in range(MACHINES)]
    files = [_machine(folder, n, organisations, server.port, cluster.dsn) for n in names]
    command = [sys.executable, "-m", "ircbot", "run", "-c"]
    machines = [subprocess.Popen([*command, str(file)]) for file in files]  # noqa: ASYNC220
    try:
        all_held = await _until_held(cluster, organisations)
        share = organisations // MACHINES
        while min(_status(one.pid)["threads"] for one in machines) < share:  # noqa: ASYNC110
            await asyncio.sleep(0.5)
        started = [_processor(one.pid) for one in machines]
        await asyncio.sleep(3 * AT_REST)  # patterns are compiled while nothing waits
        before = [_processor(one.pid) for one in machines]
        statements, at = cluster.ask(_DONE)[0][0], time.monotonic()
        await asyncio.sleep(AT_REST)
        rest = [_processor(one.pid) - x for one, x in zip(machines, before, strict=True)]
        a_second = (cluster.ask(_DONE)[0][0] - statements) / (time.monotonic() - at)
        seconds = time.monotonic() - at
        memory = [_status(one.pid) for one in machines]
        machines[0].kill()
        machines[0].wait()
        taken = await _until_held(cluster, organisations, _BY_OTHERS)
    finally:
        for one in machines:
            one.kill()
            one.wait()
        await server.stop()
    return "\n".join(
        (
            f"{organisations:,} organisations over {MACHINES} machines, ttl {TTL:g} s.",
            "",
            "| | |",
            "|---|---|",
            f"| all have a machine after | {all_held:.1f} s |",
            f"| processor time of a machine until its {share} bots have begun | "
            f"{sum(started) / MACHINES:.1f} s |",
            f"| memory of a machine | {max(one['MB'] for one in memory)} MB |",
            f"| threads of a machine | {max(one['threads'] for one in memory)} |",
            f"| at rest, of a core | {100 * sum(rest) / MACHINES / seconds:.1f} % each |",
            f"| at rest, statements of all | {a_second:.0f} a second |",
            f"| a dead machine's are another's after | {taken:.1f} s |",
        )
    )


def run(*, quick: bool) -> str:
    """A table."""
    sys.path.append(str(Path(__file__).parent.parent / "tests"))
    from rig.daemon import new_folder
    from rig.postgresql import start_postgresql

    cluster = start_postgresql(new_folder(), durable=True)
    try:
        with tempfile.TemporaryDirectory(prefix="ircbot-bench-") as folder:
            return asyncio.run(
                _measured(Path(folder), cluster, ORGANISATIONS // 10 if quick else ORGANISATIONS)
            )
    finally:
        cluster.daemon.stop()
