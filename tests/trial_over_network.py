"""Machines on a network that keep one record: InspIRCd, PostgreSQL twice, two bots, each on its own.

What trial_of_machines.py does, where cables can be pulled, and packets lost one way. The process is
in a network namespace of its own (rig/hosts.py), with the IRC server. `make soak` runs it as

    unshare --net python tests/trial_over_network.py

It goes in rounds, each with a record of its own that is checked at its end. Exit status 1 if one
failed, or a successor was later than a lease and a second.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rig.certificates import Certificates, make_certificates
from rig.daemon import new_folder
from rig.hosts import SWITCH, Host, lay_switch
from rig.inspircd import InspircdNetwork, start_inspircd
from rig.replicas import Replicas
from trial_of_machines import Outcome, Place, Trial


class Network:
    """A server and databases for any number of trials, one after the other."""

    def __init__(self, folder: Path) -> None:
        """The folder is one that daemons may read (rig.daemon.new_folder)."""
        lay_switch()
        self._folder = folder
        self._hosts = {
            name: Host(name, number) for number, name in enumerate(("a", "b", "da", "db"), 11)
        }
        self._certificates: Certificates = make_certificates(folder)
        databases = [self._hosts["da"], self._hosts["db"]]
        self.database = Replicas(databases, folder, self._certificates)
        self._server: InspircdNetwork | None = None
        self.port = 0

    async def begin(self, stack: AsyncExitStack) -> None:
        if self._server is None:
            self._server = await start_inspircd(self._folder, self._certificates, also=SWITCH)
        self.port = self._server.easy_port

    async def place(self, name: str, stack: AsyncExitStack) -> Place:
        host = self._hosts[name]

        def cut(what: str) -> None:
            irc, database = f"-p tcp --dport {self.port}", f"-p tcp -d {self._databases}"
            from_irc, from_database = f"-p tcp --sport {self.port}", f"-p tcp -s {self._databases}"
            match what:
                case "cable":
                    host.unplug()
                case "all":
                    host.drop("INPUT", "OUTPUT")
                case "in":  # what it says arrives, and it is deaf
                    host.drop("INPUT")
                case "out":
                    host.drop("OUTPUT")
                case "irc":
                    host.drop(f"INPUT {from_irc}", f"OUTPUT {irc}")
                case "database":
                    host.drop(f"INPUT {from_database}", f"OUTPUT {database}")
                case _:
                    raise ValueError(what)

        return Place(SWITCH, self.port, self.database.dsn, cut, host.plug, host.within)

    @property
    def _databases(self) -> str:
        return ",".join(self._hosts[name].address for name in ("da", "db"))

    def end(self) -> None:
        """End it all."""
        if self._server is not None:
            self._server.stop()
        self.database.stop()
        for host in self._hosts.values():
            host.remove()


# --- all of it, in rounds -------------------------------------------------------------------------

_CUTS = ("cable", "all", "in", "out", "irc", "database")
_TTL = 3.0  # seconds
_LATE = 1.0  # seconds after a lease
_STRAY = 0.5  # seconds for what was on its way


def _plan(given: argparse.Namespace) -> list[list[str]]:
    """What is to happen in each round."""
    cuts = count()
    rounds = []
    for number in range(given.rounds):
        happens = []
        for what in ("kill", "stop", "cut", "fail-over"):
            total = getattr(given, what.replace("-", "_") + "s")
            share = total * (number + 1) // given.rounds - total * number // given.rounds
            for _ in range(share):
                name = what if what != "cut" else f"cut {_CUTS[next(cuts) % len(_CUTS)]}"
                happens.append(name)
        random.Random(given.seed + number).shuffle(happens)
        rounds.append(happens)
    return rounds


async def _round(network: Network, happens: list[str], number: int) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(network, Path(folder), ttl=_TTL, talkers=20, every=0.4, rests=1.5)
        async with trial.going_on():
            for done, what in enumerate(happens):
                if what == "fail-over":
                    cut = (number + done) % 2 == 0
                    name = "fail-over, primary cut off" if cut else "fail-over, primary killed"
                    await trial.without_database(
                        lambda cut=cut: network.database.fail_over(cut=cut), name
                    )
                else:
                    await trial.strike(what)
    return trial.outcome


def main() -> int:
    """Run all rounds; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=20180110)
    for what, times in (("kills", 100), ("stops", 30), ("cuts", 20), ("fail-overs", 10)):
        parser.add_argument(f"--{what}", type=int, default=times)
    given = parser.parse_args()
    folder = new_folder()
    network = Network(folder)
    whole, failed = Outcome(), 0
    try:
        with asyncio.Runner() as runner:
            for number, happens in enumerate(_plan(given)):
                try:
                    outcome = runner.run(_round(network, happens, number))
                except* (AssertionError, TimeoutError) as group:
                    failed += 1
                    why = "\n".join(map(str, group.exceptions))
                    print(f"round {number}: FAILED: {happens}\n{why}", flush=True)
                else:
                    print(f"round {number}: {outcome}", flush=True)
                    whole.add(outcome)
    finally:
        network.end()
        shutil.rmtree(folder, ignore_errors=True)
    return _told(whole) or bool(failed)


def _told(whole: Outcome) -> int:
    print(f"{whole.said} lines said, {whole.acknowledged} acknowledged")
    late = 0
    for what, times in sorted(whole.answered.items()):
        print(f"| {what} | {len(times)} | {median(times):.1f} | {max(times):.1f} |")
        if not what.startswith("fail-over"):
            late += sum(seconds > _TTL + _LATE for seconds in times)
    strays = sum(seconds > _STRAY for seconds in whole.strays)
    print(f"{late} take-overs too late, {strays} words of one who had lost its turn", flush=True)
    return 1 if late or strays else 0


if __name__ == "__main__":
    sys.exit(main())
