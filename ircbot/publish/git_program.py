"""The program git, with a temporary repository for one publication.

No configuration, hook, template, credential or GIT_* variable of this machine applies, and nothing
is checked out: a commit is made from objects alone, so no link is followed and no filter runs. A
token is passed in git's environment, never in an argument, a URL or a file.
"""

from __future__ import annotations

import base64
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from ircbot.publish.protocol import PublishError, Refused, Unavailable, one_line

_PATIENCE = 150.0  # seconds for one command
_FORGOTTEN = 3600.0  # seconds after which a folder must belong to a run that was killed
_FOLDERS = "ircbot-git-"
_SAID = 100  # characters of git's or a server's message to quote
# Environment variables that are passed on to git.
_PASSED = ("PATH", "TMPDIR", "SSH_AUTH_SOCK", "http_proxy", "https_proxy", "all_proxy", "no_proxy")
_HAD = "refs/ircbot/had"  # a ref for the last fetched commit
_NONE = re.compile(
    r"not our ref|unadvertised object|couldn't find remote ref|no such remote ref"
    r"|no commits selected|processing shallow info"
)
_SCP = re.compile(r"[\w.+-]+@[\w.-]+:(?!/?-)[^\s:]+")
_SCHEMES = ("https", "http", "ssh", "file")


@dataclass(frozen=True, slots=True)
class Remote:
    """A remote repository, and how to log in."""

    url: str
    user: str = ""
    token: str = field(default="", repr=False)
    ssh_key: Path | None = None
    known_hosts: Path | None = None
    ca_file: Path | None = None

    @property
    def scheme(self) -> str:
        """The transport, "" if it is not one we allow.

        >>> [Remote(url).scheme for url in ("git@x.example:a.git", "ext::sh -c x", "/srv/a.git")]
        ['ssh', '', 'file']
        """
        if _SCP.fullmatch(self.url):
            return "ssh"
        if self.url.startswith("/"):
            return "file"
        scheme = self.url.partition("://")[0]
        return scheme if scheme in _SCHEMES and "://" in self.url else ""

    @property
    def host(self) -> str:
        """The remote host, "" for this machine."""
        if "://" not in self.url:
            return self.url.partition("@")[2].partition(":")[0]
        try:
            return urlsplit(self.url).hostname or ""
        except ValueError:
            return ""

    def _settings(self) -> Iterator[tuple[str, str]]:
        yield from (
            ("core.hooksPath", os.devnull),
            ("credential.helper", ""),
            ("gc.auto", "0"),
            ("maintenance.auto", "false"),
            ("http.followRedirects", "false"),
            ("http.lowSpeedLimit", "1"),
            ("http.lowSpeedTime", "60"),
        )
        if self.ca_file is not None:
            yield "http.sslCAInfo", str(self.ca_file)
        if self.token:
            login = base64.b64encode(f"{self.user}:{self.token}".encode()).decode()
            parts = urlsplit(self.url)
            place = f"{parts.scheme}://{parts.netloc}/"
            yield f"http.{place}.extraHeader", f"Authorization: Basic {login}"

    def _ssh(self) -> str:
        words = ["ssh", "-F", "none"]
        options = ["BatchMode=yes", "StrictHostKeyChecking=yes", "ConnectTimeout=30"]
        options += ["ServerAliveInterval=15", "ServerAliveCountMax=3"]
        if self.ssh_key is not None:
            options += [f"IdentityFile={_for_ssh(self.ssh_key)}"]
            options += ["IdentitiesOnly=yes", "IdentityAgent=none"]
        if self.known_hosts is not None:
            options += [f"UserKnownHostsFile={_for_ssh(self.known_hosts)}"]
            options += ["GlobalKnownHostsFile=none"]
        return shlex.join([*words, *(word for one in options for word in ("-o", one))])

    def environment(self, home: Path) -> dict[str, str]:
        """The complete environment for git; `home` is an empty folder."""
        settings = dict(self._settings())
        numbered = {
            f"GIT_CONFIG_{kind}_{n}": word
            for n, setting in enumerate(settings.items())
            for kind, word in zip(("KEY", "VALUE"), setting, strict=True)
        }
        passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
        return {
            **passed,
            **numbered,
            "GIT_CONFIG_COUNT": str(len(settings)),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_LITERAL_PATHSPECS": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": self.scheme,
            "GIT_SSH_COMMAND": self._ssh(),
            "GIT_SSH_VARIANT": "ssh",
            "HOME": str(home),
            "LC_ALL": "C",
        }


def _for_ssh(path: Path) -> str:
    return f'"{str(path).replace("%", "%%")}"'


class GitError(Exception):
    """A git command failed; `said` is its output."""

    def __init__(self, said: str, out: str = "") -> None:
        super().__init__(said)
        self.said, self.out = said, out


@dataclass(frozen=True, slots=True)
class Repository:
    """A temporary bare repository for one remote."""

    remote: Remote
    folder: Path

    def run(
        self, *words: str, given: str | bytes = "", more: Mapping[str, str] | None = None
    ) -> str:
        """Run a git command and return its output. `given` is its input, `more` adds to its
        environment.

        Raises GitError; Refused if git is not installed; Unavailable after a timeout.
        """
        home = self.folder / "home"
        environment = self.remote.environment(home) | dict(more or {})
        environment["GIT_CEILING_DIRECTORIES"] = str(self.folder)
        if (self.folder / "repository").exists():
            environment["GIT_DIR"] = str(self.folder / "repository")
        try:
            done = subprocess.run(
                ["git", *words],
                input=given.encode("utf-8", "replace") if isinstance(given, str) else given,
                capture_output=True,
                env=environment,
                cwd=home,
                timeout=_PATIENCE,
                check=False,
            )
        except FileNotFoundError:
            raise Refused("needs the program git on this machine", "apt install git") from None
        except subprocess.TimeoutExpired:
            raise Unavailable(f"does not answer within {_PATIENCE:g} s") from None
        out = done.stdout.decode("utf-8", "replace")
        if done.returncode:
            raise GitError(done.stderr.decode("utf-8", "replace"), out)
        return out

    def heads(self, *names: str) -> dict[str, str]:
        """The commits of the remote refs of these names, or of all branches. "HEAD" comes with
        "->", the name of its branch."""
        words = names or ("refs/heads/*",)
        found = {}
        for line in self.run("ls-remote", "--symref", "--", self.remote.url, *words).splitlines():
            what, _, name = line.partition("\t")
            if not what.startswith("ref: "):
                found[name] = what
            elif name == "HEAD":  # refs/remotes/origin/HEAD may exist too
                found["->"] = what.removeprefix("ref: ")
        return found

    def begin(self, algorithm: str) -> None:
        """Create the repository. Its hash algorithm must be the remote's, or nothing can be
        fetched."""
        place = str(self.folder / "repository")
        kind = f"--object-format={algorithm}"
        self.run("init", "--quiet", "--bare", "--template=", kind, "--", place)
        self.run("config", "remote.origin.url", self.remote.url)

    def fetch(self, ref: str, *how: str) -> str:
        """Fetch a remote ref or commit without its files; returns the commit, "" if there is
        none."""
        words = ("--quiet", "--no-tags", *how, "origin", f"+{ref}:{_HAD}")
        try:
            self.run("fetch", *words)
        except GitError as error:
            if _NONE.search(error.said):
                return ""
            raise
        return self.run("rev-parse", _HAD).strip()

    def entry(self, commit: str, path: str) -> tuple[str, str] | None:
        """The mode and id at a path of a commit; None if there is nothing."""
        listed = self.run("ls-tree", "-z", commit, "--", path)
        mode, _, rest = listed.partition(" ")
        return (mode, rest.split("\t")[0].split(" ")[1]) if listed else None

    def text(self, blob: str) -> str:
        """The content of a file."""
        return self.run("cat-file", "blob", blob)

    def blob(self, text: str, *, keep: bool = False) -> str:
        """The id of a text as a blob; with `keep` it is also stored."""
        words = ["hash-object", "--stdin"] + (["-w"] if keep else [])
        return self.run(*words, given=text).strip()

    def commit(
        self,
        parent: str,
        files: Mapping[str, str],
        message: str,
        author: tuple[str, str],
        at: datetime,
    ) -> str:
        """Create a commit on `parent` ("" for the first one) in which `files` have these blobs; ""
        removes a file."""
        index = {"GIT_INDEX_FILE": str(self.folder / "index")}
        self.run("read-tree", parent or "--empty", more=index)
        gone = "0" * len(self.blob(""))
        rows = (f"{100644 if blob else 0} {blob or gone}\t{name}" for name, blob in files.items())
        listed = "".join(f"{row}\0" for row in rows)
        self.run("update-index", "-z", "--index-info", given=listed, more=index)
        tree = self.run("write-tree", "--missing-ok", more=index).strip()
        name, address = author
        when = f"@{int(at.timestamp())} +0000"
        who = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", name), ("EMAIL", address), ("DATE", when))
        }
        parents = ("-p", parent) if parent else ()
        return self.run("commit-tree", tree, *parents, given=message, more=who).strip()

    def push(self, commit: str, ref: str, *how: str) -> bool:
        """Push a commit to a remote ref; False if somebody else pushed meanwhile."""
        try:
            self.run("push", "--porcelain", "--no-thin", *how, "origin", f"{commit}:{ref}")
        except GitError as error:
            refusal = _refusal(error, ref)
            if refusal is None:
                return False
            raise refusal from None
        return True


@contextmanager
def repository(remote: Remote) -> Iterator[Repository]:
    """A repository for the length of a block; its failures become PublishErrors."""
    try:
        _tidy(Path(tempfile.gettempdir()))
        with tempfile.TemporaryDirectory(prefix=_FOLDERS, ignore_cleanup_errors=True) as name:
            (Path(name) / "home").mkdir()
            yield Repository(remote, Path(name))
    except GitError as error:
        raise failure(error.said, remote) from None
    except OSError as error:
        raise Unavailable(f"needs room on this machine ({error.strerror})") from error


def _tidy(folder: Path) -> None:
    """Remove the folders of runs that were killed."""
    for path in folder.glob(f"{_FOLDERS}*"):
        with suppress(OSError):
            found = path.lstat()
            if found.st_uid == os.getuid() and found.st_mtime < time.time() - _FORGOTTEN:
                shutil.rmtree(path, ignore_errors=True)


# --- what went wrong ------------------------------------------------------------------------------

_RACES = re.compile(
    r"\((?:fetch first|non-fast-forward|stale info|needs force)\)"
    r"|cannot lock ref|failed to update ref|incorrect old value|reference already exists"
)
_PROTECTED = re.compile(r"(?i)protected|GH006|GH013|rule violations")
_HOOKS = re.compile(r"(?i)hook declined|declined")


def _refusal(error: GitError, ref: str) -> PublishError | None:
    """Why a push was refused; None if somebody else was faster. Raises GitError if it failed
    earlier."""
    verdicts = [line for line in error.out.splitlines() if line.startswith("!")]
    if not verdicts:
        raise error
    said = f"{verdicts[0]}\n{error.said}"
    branch = ref.removeprefix("refs/heads/")
    if _PROTECTED.search(said):
        return Refused(
            f"protects its branch {branch}", "let us push there, or write another `branch`"
        )
    if _HOOKS.search(verdicts[0]):
        words = remark(error.said)
        return Refused(
            "has a hook that declines it" + (f" ({words})" if words else ""),
            "ask the owner of the repository",
        )
    if "checked out" in verdicts[0]:
        return Refused(f"has its branch {branch} checked out", "make it bare, or write another")
    if "unpacker error" in said or "No space left" in said:
        return Unavailable(f"cannot store it ({remark(error.said) or 'unpacker error'})")
    if _RACES.search(said):
        return None
    reason = re.search(r"\(([^()]+)\)\s*$", verdicts[0])
    why = one_line(reason[1] if reason else verdicts[0])[:_SAID]
    return Refused(f"refuses it ({why})", "ask the owner of the repository")


def remark(said: str) -> str:
    """A server's message to people, shortened."""
    lines = (line.removeprefix("remote:") for line in said.splitlines() if "remote:" in line[:7])
    return one_line(" ".join(lines))[:_SAID]


_LOGIN = "ask the owner of its token"
_ADDRESS = "look at `url`; a private repository is shown only to a login that may read it"
# git's and ssh's messages (in English, by LC_ALL), with cause and fix; without a fix the failure is
# temporary.
_FAILURES: Sequence[tuple[str, str, str]] = (
    (r"cannot run ssh", "needs the program ssh on this machine", "apt install openssh-client"),
    (r"IDENTIFICATION HAS CHANGED", "has another host key than we know", "make sure that it is the "
     "right server, then correct `known_hosts`"),
    (r"Host key verification failed|host key is known", "has a host key that we do not know",
     "compare it with its keeper's, then add it: ssh-keyscan {host} >>{known_hosts}"),
    (r"UNPROTECTED PRIVATE KEY|bad permissions|invalid format|in libcrypto|no such identity",
     "cannot be logged in to with this `ssh_key`", "chmod 600, and no passphrase"),
    (r"Permission denied \(|Too many authentication failures", "refuses our key",
     "give the public half of `ssh_key` the right to write there"),
    (r"(?i)denied to|not allowed to (?:push|upload)|write access to repository not granted"
     r"|returned error: 403|read.only", "does not let us write",
     "ask its administrator for the right to write there"),
    (r"Authentication failed|could not read (?:Username|Password)|prompts disabled"
     r"|returned error: 401", "refuses the login (401)", _LOGIN),
    (r"dubious ownership", "belongs to somebody else on this machine", "run the bot as its owner, "
     "or go there by ssh"),
    (r"returned error: 30\d|redirect", "has moved", "write its new address into `url`"),
    (r"(?i)repository .*not found|returned error: 404|not appear to be a git repository"
     r"|does not exist|returned error: 410", "has no such repository", _ADDRESS),
    (r"(?i)certificate|SSL peer", "cannot be reached (its certificate is not valid)", ""),
    (r"(?i)No space left|quota", "has no room left, or this machine has none", ""),
    (r"returned error: (?:429|5\d\d)", "cannot do it now", ""),
)  # fmt: skip


def failure(said: str, remote: Remote) -> PublishError:
    """The error for a failed command.

    >>> print(failure("fatal: unable to access 'https://x/': returned error: 401", Remote("")))
    refuses the login (401): ask the owner of its token
    """
    for name in filter(None, (remote.url, remote.host)):
        said = said.replace(name, "…")  # the names of people's files say nothing about the cause
    for pattern, why, fix in _FAILURES:
        if re.search(pattern, said):
            known_hosts = remote.known_hosts or "~/.ssh/known_hosts"
            todo = fix.format(host=remote.host, known_hosts=known_hosts)
            return Refused(why, todo) if todo else Unavailable(why)
    lines = [line for line in said.splitlines() if re.match(r"fatal|error|ssh", line)]
    last = one_line((lines or said.splitlines() or ["without a word"])[0])
    return Unavailable(f"cannot be reached ({last[:_SAID]})")
