"""Repositories to publish to: bare ones in a folder, as people see and edit them; by HTTP, through
git's own http-backend; and by ssh, through a server of our own."""

from __future__ import annotations

import base64
import getpass
import os
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from http_servers import Handler, serving
from rig.daemon import free_ports

TOKEN = "sesame-4711-token"
SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def git(folder: Path, *words: str, given: str = "") -> str:
    """What a person's git says there."""
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "gc.auto=0")
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, input=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass
class Bare:
    """A repository that is pushed to."""

    folder: Path
    branch: str = "main"

    @property
    def url(self) -> str:
        return f"file://{self.folder}"

    def files(self, ref: str = "") -> dict[str, str]:
        """What stands there, by path."""
        ref = ref or self.branch
        if not git(self.folder, "for-each-ref", f"refs/heads/{ref}"):
            return {}
        names = git(self.folder, "ls-tree", "-r", "-z", "--name-only", ref).split("\0")[:-1]
        return {name: git(self.folder, "show", f"{ref}:{name}") for name in names}

    def log(self) -> list[str]:
        """The messages of its commits, the last one first."""
        return git(self.folder, "log", "--format=%B%x00", self.branch).split("\0\n")[:-1]

    def edit(self, files: dict[str, str | None], message: str = "edited", *how: str) -> None:
        """A person commits files, or removes them, and pushes."""
        with self.checkout() as work:
            for name, text in files.items():
                (work / name).parent.mkdir(parents=True, exist_ok=True)
                if text is None:
                    (work / name).unlink()
                else:
                    (work / name).write_text(text)
            git(work, "add", "-A")
            git(work, "commit", "-q", "-m", message, *how)
            git(work, "push", "-q", "--force", "origin", f"HEAD:{self.branch}")

    @contextmanager
    def checkout(self) -> Iterator[Path]:
        work = self.folder.with_name(f"{self.folder.name}-work")
        git(self.folder.parent, "clone", "-q", str(self.folder), str(work))
        try:
            yield work
        finally:
            shutil.rmtree(work)

    def hook(self, name: str, script: str) -> None:
        """What the repository does when it is pushed to; "" for nothing any more."""
        path = self.folder / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        if script:
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(0o755)


def bare(folder: Path, *, branch: str = "main", empty: bool = False) -> Bare:
    """A new repository; one file is in it, unless it is to be `empty`."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "--bare", f"--initial-branch={branch}", "--template=")
    git(folder, "config", "uploadpack.allowFilter", "true")
    git(folder, "config", "http.receivepack", "true")
    repo = Bare(folder, branch)
    if not empty:
        blob = git(folder, "hash-object", "-w", "--stdin", given="ours\n").strip()
        tree = git(folder, "mktree", given=f"100644 blob {blob}\tREADME\n").strip()
        commit = git(folder, "commit-tree", tree, "-m", "begin").strip()
        git(folder, "update-ref", f"refs/heads/{branch}", commit)
    return repo


@dataclass
class Forge:
    """Serves repositories by HTTP to whoever has the token. `status` is answered instead; with
    `mute` a push is taken and never answered."""

    scheme: str
    port: int = 0
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    mute: bool = False
    sent: int = 0  # bytes
    asked: list[str] = field(default_factory=list)

    def url(self, repo: Bare) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/{repo.folder.name}"


@contextmanager
def forge(root: Path, tls: ssl.SSLContext | None = None) -> Iterator[Forge]:
    """A server of the repositories in a folder, until it is left."""
    state = Forge(scheme="https" if tls else "http")
    right = "Basic " + base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()

    class Answering(Handler):
        def do_GET(self) -> None:  # noqa: N802 - the library's
            self.answer(b"")

        def do_POST(self) -> None:  # noqa: N802 - the library's
            if self.headers.get("Transfer-Encoding") == "chunked":
                parts = []
                while size := int(self.rfile.readline(), 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.answer(b"".join(parts))
            else:
                self.answer(self.rfile.read(int(self.headers["Content-Length"])))

        def answer(self, body: bytes) -> None:
            state.asked.append(self.path)
            status = state.status or (0 if self.headers.get("Authorization") == right else 401)
            if status:
                self.send_response(status)
                for name, value in state.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            path, _, query = self.path.partition("?")
            given = {
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_NOSYSTEM": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "REMOTE_USER": "ircbot",
                "REMOTE_ADDR": "127.0.0.1",
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            }
            done = subprocess.run(
                ["git", "http-backend"], input=body, capture_output=True, env=given, check=False
            )
            if state.mute and path.endswith("git-receive-pack") and self.command == "POST":
                self.cut()
                return
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            lines = [line.split(": ", 1) for line in head.decode().split("\r\n")]
            headers = dict(one for one in lines if len(one) == 2)
            self.send_response(int(headers.pop("Status", "200").split()[0]))
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            state.sent += len(content)

    with serving(Answering, tls) as state.port:
        yield state


@dataclass
class Shell:
    """An ssh server that lets one key in."""

    port: int
    key: Path
    known_hosts: Path

    def url(self, repo: Bare) -> str:
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{repo.folder}"


@contextmanager
def shell(folder: Path) -> Iterator[Shell]:
    """An ssh server with keys of its own, until it is left."""
    assert SSHD is not None
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True, mode=0o755)
    for name in ("host", "user"):
        made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(made, check=True)
    (port,) = free_ports(1)
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\n"
        f"AuthorizedKeysFile {folder}/user.pub\nStrictModes no\nUsePAM no\n"
        "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\n"
    )
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
    process = subprocess.Popen(
        [SSHD, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "listening" in line:
            break
    else:
        raise AssertionError("sshd does not start")
    drained = threading.Thread(target=process.stderr.read)
    drained.start()
    try:
        yield Shell(port, folder / "user", folder / "known_hosts")
    finally:
        process.terminate()
        process.wait(20)
        drained.join()
        process.stderr.close()
