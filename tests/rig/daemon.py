"""One real server's process: started as nobody, waited for, frozen, stopped.

Knows no IRC. A daemon dies with the tests, even if they are killed.
"""

from __future__ import annotations

import os
import pwd
import secrets
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest

PATIENCE = 20.0
"""Seconds within which a daemon must listen."""

SEARCH_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/lib/ircbot-rig/hybrid/usr/sbin"


class StartError(Exception):
    """A daemon died, or never listened; says what it printed last."""


def program(name: str) -> str:
    """Where the program is; without it the test is skipped, or fails if it must not be."""
    found = shutil.which(name, path=SEARCH_PATH)
    if found is None:
        _missing(name)
    return found


def needed(path: Path, package: str) -> None:
    """The same for a package that has no program but files."""
    if not path.exists():
        _missing(package)


def library(name: str) -> None:
    """The same for a Python package."""
    if find_spec(name) is None:
        _missing(name, f"pip install {name}")


def _missing(name: str, how: str = "run tests/rig/install") -> NoReturn:
    reason = f"{name} is not installed, so nothing was tried on it: {how}."
    if os.environ.get("IRCBOT_REQUIRE_REAL"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def as_nobody(command: Sequence[str], environment: Mapping[str, str] | None = None) -> list[str]:
    """A command that runs as the daemons' user, and ends when we do."""
    given = [f"{name}={value}" for name, value in (environment or {}).items()]
    ids = []
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        ids = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    return [program("setpriv"), "--pdeathsig=KILL", *ids, "env", *given, *command]


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody uses, all of them different; none that the system gives to
    those who do not ask for one, so that nobody else has it before the daemon does."""
    given = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports: list[int] = []
    while len(ports) < count:
        port = secrets.choice(range(given // 2, given))
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            ports += [port] if port not in ports else []
    return ports


def new_folder() -> Path:
    """A folder that the daemons' user may write, outside of pytest's private one."""
    folder = Path(tempfile.mkdtemp(prefix="ircbot-rig-"))
    give(folder)
    return folder


def give(*paths: Path) -> None:
    """Hand files to the user that daemons run as."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        for path in paths:
            os.chown(path, nobody.pw_uid, nobody.pw_gid)


def write(path: Path, text: str) -> Path:
    """Write a daemon's file and hand it over."""
    path.write_text(text, encoding="utf-8")
    give(path)
    return path


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def end(pid: int) -> None:
    """Kill a process that need not be ours, and wait until it holds nothing any more."""
    process = os.pidfd_open(pid)
    try:
        signal.pidfd_send_signal(process, signal.SIGKILL)
        select.select([process], [], [], PATIENCE)
    finally:
        os.close(process)


class Daemon:
    """A server in the foreground of a process of its own, with its output in `log`."""

    def __init__(
        self,
        name: str,
        command: list[str],
        folder: Path,
        port: int = 0,
        environment: Mapping[str, str] | None = None,
        socket: Path | None = None,
        within: Sequence[str] = (),
    ) -> None:
        """It is `within` another network, if that command is given."""
        self.name = name
        self.log = folder / f"{name}.log"
        self._command = command
        self._within = within
        self._environment = environment
        self._folder = folder
        self._port = port
        self._socket = socket
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens, if it has a port or a socket."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._within, *as_nobody(self._command, self._environment)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env={"PATH": SEARCH_PATH, "HOME": str(self._folder), "LC_ALL": "C.UTF-8"},
            )
        if self._port or self._socket:
            self.until(self._listens, f"listens on {self._port or self._socket}")

    def until(self, ready: Callable[[], bool], what: str) -> None:
        """Wait until it is ready, which is `what` an error says it never was."""
        assert self._process is not None
        given_up = time.monotonic() + PATIENCE
        while not ready():
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.05)
                raise StartError(f"{self.name} died: {self.last_words()}")
            if time.monotonic() > given_up:
                self.stop()
                raise StartError(f"{self.name} never {what}: {self.last_words()}")

    def _listens(self) -> bool:
        with suppress(OSError):
            if self._port:
                with socket.create_connection(("127.0.0.1", self._port), 1):
                    return True
            elif self._socket:
                with socket.socket(socket.AF_UNIX) as there:
                    there.connect(str(self._socket))
                    return True
        return False

    def last_words(self) -> str:
        """The end of what it printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-2000:]

    def stop(self) -> None:
        """End it: asked first, then killed."""
        if self._process is None:
            return
        self.thaw()
        self._process.terminate()
        try:
            self._process.wait(5)
            self._process = None
        except subprocess.TimeoutExpired:
            self.crash()

    def crash(self) -> None:
        """End it and what it started, as a power failure does: they tell nobody."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self.freeze()  # it starts no other meanwhile, and those it started keep their numbers
            for pid in children(self._process.pid):
                with suppress(ProcessLookupError):
                    end(pid)
        self._process.kill()
        self._process.wait()
        self._process = None

    def freeze(self) -> None:
        """Stop it from running; its links stay up and silent."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it run again."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
