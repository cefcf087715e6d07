"""The type `git`: the report as a file in a repository, for teams whose post-mortems live in Git.

The file is unchanged if its content is that of one of our commits; any other content is a person's,
and our report goes into a second file beside it. People's words appear in files only, never in a
commit message or file name, which no later commit could remove.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, ClassVar

from ircbot.config.keys import PATH, TEXT, Key, one_of
from ircbot.hosts import is_loopback
from ircbot.publish.git_program import Remote, Repository, repository
from ircbot.publish.protocol import (
    Conflict,
    Publication,
    Receipt,
    Refused,
    Unavailable,
    Wrong,
    diff,
)
from ircbot.report import FORMATS

_TRIES = 5  # attempts while others keep pushing
_FIRST = "main"  # the branch to create in an empty repository
_PATH = "postmortems/{year}/incident-{id}."
_LONGEST = 200  # characters of a path
_FIELDS = ("id", "year", "month", "day", "process")
_FIELD = re.compile(r"\{(id|id:0\d|year|month|day|process)\}")
_TRAILER = "Ircbot-Incident"
_FILE = "Ircbot-File"
_KEY = "Ircbot-Publication"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SLACK = timedelta(days=2)  # tolerance between clocks
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHOWN = 12  # digits of a commit to show
# The URL under which each forge shows files, by host.
_FORGES = {
    "github.com": "https://github.com/{repository}/blob/{branch}/{path}",
    "gitlab.com": "https://gitlab.com/{repository}/-/blob/{branch}/{path}",
    "codeberg.org": "https://codeberg.org/{repository}/src/branch/{branch}/{path}",
}


class Git:
    """A branch of a repository."""

    keys: ClassVar[tuple[Key, ...]] = (
        Key("url", TEXT, None, "The repository.", "git@git.example.org:ops/postmortems.git"),
        Key("branch", TEXT, None, "Which branch; else the repository's own choice.", "main"),
        Key("path", TEXT, None, "Where the file is.", f"{_PATH}md"),
        Key("format", one_of(*FORMATS), "markdown", "In which format."),
        Key("author", TEXT, "ircbot <ircbot@localhost>", "Who commits."),
        Key("ssh_key", PATH, None, "A private key that may write there.", "deploy_key"),
        Key("known_hosts", PATH, None, "The host keys of servers; else ~/.ssh/known_hosts."),
        Key("user", TEXT, "x-access-token", "Whose token it is, where that matters."),
        Key("token", TEXT, None, "For https.", secret=True),
        Key("ca_file", PATH, None, "A certificate authority of your own, PEM.", "ca.pem"),
        Key(
            "link", TEXT, None, "Where people see it.", "https://git.example.org/x/{branch}/{path}"
        ),
    )
    formats: tuple[str, ...] = ("markdown",)
    each = False
    again = True

    def __init__(self, values: Mapping[str, Any]) -> None:
        """Raises Wrong."""
        self.formats = (str(values["format"]),)
        self._remote = _remote(values)
        self._branch = _branch(values["branch"] or "")
        self._path = _path(values["path"] or f"{_PATH}{FORMATS[self.formats[0]]}")
        author = re.fullmatch(r"([^<>]*[^<>\s]) <([^<>\s]+)>", values["author"])
        if author is None:
            raise Wrong("author", "an author is written `Name <name@example.org>`")
        self._author = author[1], author[2]
        self._link = values["link"] or _link(self._remote)

    def check(self) -> str:
        """Check that the branch can be read and pushed to, without writing."""
        with repository(self._remote) as repo:
            branch, tip = self._tip(repo)
            commit = tip or repo.commit("", {}, "check\n", self._author, _EPOCH)
            repo.push(commit, f"refs/heads/{branch}", "--dry-run")
        return f"{self._remote.host or self._remote.url} lets us write to its branch {branch}"

    def publish(self, publication: Publication) -> Receipt:
        """Commit the report on top of whatever others pushed meanwhile, and push it."""
        with repository(self._remote) as repo:
            for _ in range(_TRIES):
                branch, tip = self._tip(repo)
                plan = self._plan(repo, tip, publication)
                commit = tip
                if plan.changes:
                    commit = self._commit(repo, tip, plan, publication)
                    if not repo.push(commit, f"refs/heads/{branch}"):
                        continue
                caveat = self._caveat(repo, tip, plan, publication) if publication.erased else ""
                return Receipt(self._url(branch, plan.path), plan.path, commit, plan.kept, caveat)
        raise Unavailable("is pushed to by others all the time")

    def preview(self, publication: Publication) -> str:
        """What would change in the file."""
        with repository(self._remote) as repo:
            _, tip = self._tip(repo)
            plan = self._plan(repo, tip, publication)
            before = repo.text(plan.before) if plan.before else ""
        return diff(before, self._text(publication), plan.path) if plan.changes else ""

    # --- what is there ------------------------------------------------------------------------

    def _tip(self, repo: Repository) -> tuple[str, str]:
        """The branch and its last commit, fetched; "" in an empty repository."""
        wanted = f"refs/heads/{self._branch}" if self._branch else "HEAD"
        heads = repo.heads(wanted)
        ref = heads.get("->", wanted)
        found = heads.get(wanted, "")
        if not found:
            others = repo.heads()
            if not self._branch and (first := others.get(f"refs/heads/{_FIRST}")):
                ref, found = f"refs/heads/{_FIRST}", first  # we may have created it ourselves
        if not found:
            if others and self._branch:
                raise Refused(f"has no branch {self._branch}", "make it, or write another `branch`")
            if others:
                raise Refused("has no default branch", 'say which: branch = "main"')
            ref = wanted if self._branch else f"refs/heads/{_FIRST}"
        repo.begin("sha256" if len(found) == 64 else "sha1")
        tip = repo.fetch(ref, "--depth=1", "--filter=blob:none") if found else ""
        if found and not tip:
            raise Unavailable("had its branch taken away while it was read")
        return ref.removeprefix("refs/heads/"), tip

    def _plan(self, repo: Repository, tip: str, publication: Publication) -> _CommitPlan:
        """What to write where. Raises Refused, Conflict."""
        previous = publication.previous
        path = self._path_of(publication)
        blob = repo.blob(self._text(publication), keep=True)
        standing = _file(repo, tip, path)
        was_there = previous is not None and previous.page == path
        if not standing and was_there and not publication.force:
            raise Conflict(
                f"has no {path} any more, which somebody moved or removed", _again(publication)
            )
        kept = ""
        if not publication.force and not self._may_write(repo, tip, path, blob, publication):
            path, kept = _beside(path), path
            standing = _file(repo, tip, path)
            if not self._may_write(repo, tip, path, blob, publication):
                raise Conflict(
                    f"has {kept} and {path} edited by people",
                    f"take what you need from {path} and remove it, or use --force",
                )
        changes = {} if standing == blob else {path: blob}
        old = previous.page if previous is not None else ""
        if old not in ("", path, kept) and _is_inside(old):
            # The report was beside somebody's edit before, or elsewhere by an earlier
            # configuration.
            left = _file(repo, tip, old, gently=True)
            if left and self._is_ours(repo, tip, old, left, publication):
                changes[old] = ""
        return _CommitPlan(path, kept, standing, changes)

    def _may_write(
        self, repo: Repository, tip: str, path: str, blob: str, publication: Publication
    ) -> bool:
        """Whether we may write `blob` to a file: it is there already, the file is unchanged, or
        missing."""
        standing = _file(repo, tip, path)
        return standing in ("", blob) or self._is_ours(repo, tip, path, standing, publication)

    def _is_ours(
        self, repo: Repository, tip: str, path: str, blob: str, publication: Publication
    ) -> bool:
        """Whether a file is unchanged since our commit: the one on record, or another of ours,
        whose push was never recorded."""
        previous = publication.previous
        if previous is not None and previous.page == path and _COMMIT.fullmatch(previous.version):
            known = repo.fetch(previous.version, "--depth=1", "--filter=blob:none")
            if known and _blob(repo, known, path) == blob:
                return True
        ours = self._commits(repo, tip, publication)
        return any(one.path == path and _blob(repo, one.commit, path) == blob for one in ours)

    def _commits(self, repo: Repository, tip: str, publication: Publication) -> list[_Ours]:
        """Our commits about the incident, the latest first."""
        since = datetime.fromisoformat(publication.incident["declared_at"]) - _SLACK
        if not repo.fetch(tip, f"--shallow-since={since.timestamp():.0f}", "--filter=tree:0"):
            return []  # no commit is that recent
        trailers = (
            f"%(trailers:key={key},valueonly,separator=)" for key in (_TRAILER, _FILE, _KEY)
        )
        form = "%x01".join(("%H", "%P", "%ce", *trailers))
        rows = (
            row.split("\1") for row in repo.run("log", "-z", f"--format={form}", tip).split("\0")
        )
        ours = [self._author[1], publication.marker]
        # Other people's commits may contain anything.
        return [_Ours(*row[:2], *row[4:]) for row in rows if len(row) == 6 and row[2:4] == ours]

    # --- what becomes of it -------------------------------------------------------------------

    def _commit(
        self, repo: Repository, tip: str, plan: _CommitPlan, publication: Publication
    ) -> str:
        what = "words removed" if publication.erased else publication.note or "report"
        message = (
            f"Incident {publication.incident['id']}: {what}\n\n"
            f"{_TRAILER}: {publication.marker}\n{_FILE}: {plan.path}\n{_KEY}: {publication.key}\n"
        )
        return repo.commit(tip, plan.changes, message, self._author, publication.at)

    def _caveat(
        self, repo: Repository, tip: str, plan: _CommitPlan, publication: Publication
    ) -> str:
        """A note on the commits that still contain erased words."""
        if not plan.changes:  # a run pushed it and died; or no words were lost
            ours = self._commits(repo, tip, publication) if tip else []
            tip = next((one.parent for one in ours if one.key == publication.key), "")
        if not tip:
            return ""
        kept = f", and may have them in {plan.kept}" if plan.kept else ""
        return (
            f"keeps the words that are gone in its history up to commit {tip[:_SHOWN]}{kept}: "
            "who keeps the repository can rewrite it"
        )

    def _path_of(self, publication: Publication) -> str:
        told = publication.incident
        at = datetime.fromisoformat(told["declared_at"])
        process = re.sub(r"[^A-Za-z0-9-]+", "-", str(told["process"])).strip("-") or "incident"
        values = {"year": f"{at:%Y}", "month": f"{at:%m}", "day": f"{at:%d}", "process": process}

        def value(field: re.Match[str]) -> str:
            name, _, form = field[1].partition(":")
            return values.get(name) or format(told["id"], form)

        return _FIELD.sub(value, self._path)

    def _text(self, publication: Publication) -> str:
        return publication.texts[self.formats[0]]

    def _url(self, branch: str, path: str) -> str:
        return self._link.replace("{branch}", branch).replace("{path}", path)


@dataclass(frozen=True, slots=True)
class _Ours:
    """A commit of ours: the file it wrote, and for which publication."""

    commit: str
    parent: str
    path: str
    key: str


@dataclass(frozen=True, slots=True)
class _CommitPlan:
    """The files to write. `path` is the report's file; `kept` is the person's file that it goes
    beside, "" for none; `before` is the blob it has now, "" for none; `changes` are new blobs by
    path, "" to remove a file."""

    path: str
    kept: str
    before: str
    changes: Mapping[str, str]


def _again(publication: Publication) -> str:
    n, previous = publication.incident["id"], publication.previous
    fix = f"`ircbot publish {n} --force` writes it again"
    if publication.erased and previous is not None:
        return f"remove the words that are gone where they are now; {fix}"
    return fix


def _beside(path: str) -> str:
    """The path of the second file.

    >>> _beside("a/incident-7.mana.xml")
    'a/incident-7.ircbot.mana.xml'
    """
    folder, slash, name = path.rpartition("/")
    stem, _, ending = name.partition(".")
    return f"{folder}{slash}{stem}.ircbot.{ending}" if ending else f"{path}.ircbot"


def _file(repo: Repository, tip: str, path: str, *, gently: bool = False) -> str:
    """The blob of a file, "" if there is none. Refused if something other than a file is at the
    path or above it; with `gently`, that counts as none."""
    if not tip:
        return ""
    folders = [str(one) for one in PurePosixPath(path).parents][-2::-1]
    for folder in folders:
        found = repo.entry(tip, folder)
        if found is None:
            return ""
        if found[0] != "040000":
            return _strange(folder, gently)
    found = repo.entry(tip, path)
    if found is not None and not found[0].startswith("100"):
        return _strange(path, gently)
    return found[1] if found else ""


def _strange(path: str, gently: bool) -> str:
    if gently:
        return ""
    raise Refused(f"has unexpected content at {path}", "write another `path`")


def _blob(repo: Repository, commit: str, path: str) -> str:
    found = repo.entry(commit, path)
    return found[1] if found else ""


# --- what the configuration says -----------------------------------------------------------------


def _remote(values: Mapping[str, Any]) -> Remote:
    remote = Remote(
        str(values["url"] or ""),
        str(values["user"]),
        str(values["token"] or ""),
        values["ssh_key"],
        values["known_hosts"],
        values["ca_file"],
    )
    scheme = remote.scheme
    if not scheme or (scheme != "file" and not remote.host) or re.search(r"\s", remote.url):
        raise Wrong(
            "url",
            "a repository is https://…, ssh://…, git@host:path, or a folder's full path",
        )
    if scheme in ("http", "https") and "@" in remote.url.split("/")[2]:
        raise Wrong("url", "a login does not stand in `url`: write `user` and `token`")
    if scheme == "http" and not is_loopback(remote.host):
        raise Wrong("url", "http is for this machine only: write https://…")
    if remote.token and scheme not in ("http", "https"):
        raise Wrong("token", "a token is for https; for ssh there is `ssh_key`")
    if remote.ssh_key is not None and scheme != "ssh":
        raise Wrong("ssh_key", "a key is for ssh; for https there is `token`")
    return remote


def _branch(name: str) -> str:
    """A branch name that git accepts (git-check-ref-format). Raises Wrong."""
    bad = re.search(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|\.lock(?:/|$)|(?:^|/)\.", name)
    if bad or name.startswith(("-", "/", "refs/")) or name.endswith(("/", ".")) or name == "@":
        raise Wrong("branch", f"{name!r} is not a branch; write it as in `git switch NAME`")
    return name


def _path(path: str) -> str:
    """A path pattern that stays within the repository. Raises Wrong."""
    if "{id" not in _FIELD.sub(lambda field: "{id" if field[1].startswith("id") else "", path):
        raise Wrong("path", f"`path` is another one for each incident: {_PATH}md")
    shown = _FIELD.sub("1", path)
    if not _is_inside(shown) or set("{}") & set(shown):
        fields = ", ".join(f"{{{name}}}" for name in _FIELDS)
        raise Wrong("path", f"`path` is a file within the repository, with {fields}: {_PATH}md")
    return path


def _is_inside(path: str) -> bool:
    """Whether a path stays within a repository on any file system."""
    parts = path.split("/")
    special = any(
        part in ("", ".", "..") or part.lower().startswith(".git") or part != part.strip()
        for part in parts
    )
    return (
        not special and len(path) <= _LONGEST and not re.search(r'[\x00-\x1f\x7f\\:*?"<>|]', path)
    )


def _link(remote: Remote) -> str:
    """The URL where people can read a file, "" if unknown."""
    form = _FORGES.get(remote.host, "")
    place = remote.url.partition("://")[2].partition("/")[2]
    place = place or remote.url.partition(":")[2]
    return form.replace("{repository}", place.strip("/").removesuffix(".git"))
