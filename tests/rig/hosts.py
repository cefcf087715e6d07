"""Machines of our own on a network of our own: a namespace each, with a cable to one switch.

The switch is where the process runs that makes them, which is itself in a namespace (`Apart`), so
that nothing of it can reach or disturb the machine. All of it is gone when that process ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

from rig.daemon import SEARCH_PATH, program

SWITCH = "10.77.0.1"
_BRIDGE = "switch"


def why_not() -> str:
    """Why there can be no network of our own here, "" if there can."""
    if os.geteuid() != 0:
        return "only root may make network namespaces"
    for name in ("unshare", "nsenter", "ip", "iptables"):
        with suppress(BaseException):
            program(name)
            continue
        return f"{name} is not installed; run tests/rig/install"
    tried = subprocess.run(["unshare", "--net", "true"], check=False, capture_output=True)
    return tried.stderr.decode(errors="replace").strip()


def apart(arguments: Sequence[str]) -> list[str]:
    """A command that runs Python with these arguments in a namespace of its own."""
    return [program("unshare"), "--net", sys.executable, *arguments]


def lay_switch() -> None:
    """Begin the network, in a namespace of our own."""
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "link", "add", _BRIDGE, "type", "bridge")
    _run("ip", "address", "add", f"{SWITCH}/24", "dev", _BRIDGE)
    _run("ip", "link", "set", _BRIDGE, "up")


class Host:
    """One machine. What is `within` runs on it."""

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.address = f"10.77.0.{number}"
        self._cable = f"to-{name}"
        keeper = [program("setpriv"), "--pdeathsig=KILL", "unshare", "--net"]
        self._keeper = subprocess.Popen(
            [*keeper, "sh", "-c", "echo there; exec sleep infinity"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        assert self._keeper.stdout is not None
        assert self._keeper.stdout.readline() == b"there\n"
        where = f"/proc/{self._keeper.pid}/ns/net"
        self.within = (program("nsenter"), f"--net={where}", "--")
        _run("ip", "link", "add", self._cable, "type", "veth", "peer", "name", "cable",
             "netns", str(self._keeper.pid))  # fmt: skip
        _run("ip", "link", "set", self._cable, "master", _BRIDGE, "up")
        for command in (
            "ip link set lo up",
            f"ip address add {self.address}/24 dev cable",
            "ip link set cable up",
        ):
            _run(*self.within, *command.split())

    def unplug(self) -> None:
        """Nothing comes and nothing goes."""
        _run("ip", "link", "set", self._cable, "down")

    def plug(self) -> None:
        """Whole again: the cable is in, and nothing is dropped."""
        _run("ip", "link", "set", self._cable, "up")
        _run(*self.within, "iptables", "-w", "-F")

    def drop(self, *rules: str) -> None:
        """Drop what rules of iptables describe, as "INPUT" or "OUTPUT -p tcp --dport 6667"."""
        for rule in rules:
            _run(*self.within, "iptables", "-w", "-I", *rule.split(), "-j", "DROP")

    def remove(self) -> None:
        """Take it away."""
        self._keeper.kill()
        self._keeper.wait()


def _run(*command: str) -> None:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env={"PATH": SEARCH_PATH}
    )
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
