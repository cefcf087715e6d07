"""The type `git`, with real repositories: what every publisher must do, people, races, faults."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme
from repositories import SSHD, TOKEN, Bare, Forge, Shell, bare, forge, git, shell
from test_publish_outbox import configured, running
from tmpfs import mounted

from ircbot.cli.root import run
from ircbot.publish.conformance import Conformance, publication
from ircbot.publish.git import Git
from ircbot.publish.protocol import Conflict, Publication, Receipt, Refused, Unavailable, Wrong

GIVEN = {
    "branch": None, "path": None, "format": "markdown", "author": "ilbot <ilbot@example.org>",
    "ssh_key": None, "known_hosts": None, "user": "x-access-token", "token": "", "ca_file": None,
    "link": None,
}  # fmt: skip


def publisher(url: str, **more: Any) -> Git:
    return Git(GIVEN | {"url": url} | more)


class FolderWorld:
    """A repository in a folder."""

    def __init__(self, repo: Bare) -> None:
        self.repo = repo

    def publisher(self) -> Git:
        return publisher(self.repo.url)

    def standing(self) -> list[str]:
        return [text for name, text in self.repo.files().items() if name != "README"]

    def refuse(self) -> None:
        self.repo.hook("pre-receive", "echo no more reports; exit 1")

    def fail(self) -> None:
        (self.repo.folder / "refs/heads/main.lock").touch()

    def heal(self) -> None:
        (self.repo.folder / "refs/heads/main.lock").unlink(missing_ok=True)
        self.repo.hook("post-receive", "")

    def lose_answer(self) -> None:
        self.repo.hook("post-receive", "kill -9 $PPID")

    def edit(self, word: str) -> bool:
        (name,) = (name for name in self.repo.files() if name != "README")
        self.repo.edit({name: f"{word}\n"})
        return True


class ForgeWorld(FolderWorld):
    """A repository by HTTP, with a token."""

    def __init__(self, repo: Bare, server: Forge) -> None:
        super().__init__(repo)
        self.server = server

    def publisher(self) -> Git:
        return publisher(self.server.url(self.repo), token=TOKEN)

    def refuse(self) -> None:
        self.server.status = 401

    def fail(self) -> None:
        self.server.status = 503

    def heal(self) -> None:
        self.server.status, self.server.mute = 0, False

    def lose_answer(self) -> None:
        self.server.mute = True


@pytest.fixture
def repo(tmp_path: Path) -> Bare:
    return bare(tmp_path / "postmortems.git")


class TestFolder(Conformance):
    @pytest.fixture
    def world(self, repo: Bare) -> FolderWorld:
        return FolderWorld(repo)


class TestForge(Conformance):
    @pytest.fixture
    def world(self, repo: Bare) -> Iterator[ForgeWorld]:
        with forge(repo.folder.parent) as server:
            yield ForgeWorld(repo, server)


# --- what is committed ----------------------------------------------------------------------------


def test_a_commit_holds_nothing_but_the_file_and_says_whose_it_is(repo):
    receipt = publisher(repo.url).publish(publication())
    assert receipt.page == "postmortems/2018/incident-7.md"
    assert repo.files() == {"README": "ours\n", receipt.page: "<p>walrus</p>\n"}
    (message, _) = repo.log()
    key = publication().key
    assert message.splitlines() == [
        "Incident 7: report", "",
        f"Ircbot-Incident: {publication().marker}", f"Ircbot-File: {receipt.page}",
        f"Ircbot-Publication: {key}",
    ]  # fmt: skip
    form = "%an <%ae> %cn <%ce> %ct"
    assert git(repo.folder, "log", "-1", f"--format={form}").strip() == (
        "ilbot <ilbot@example.org> ilbot <ilbot@example.org> 1515603660"
    )
    assert receipt.version == git(repo.folder, "rev-parse", "main").strip()
    changed = replace(publication("narwhal", 2), previous=receipt)
    publisher(repo.url).publish(changed)
    assert repo.log()[0].startswith("Incident 7: entries\n")
    assert "narwhal" not in "".join(repo.log())
    git(repo.folder, "fsck", "--strict")


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"format": "mana"}, "postmortems/2018/incident-7.mana.xml"),
        ({"path": "{process}/{year}-{month}-{day}/{id:04}"}, "moz-meao/2018-01-10/0007"),
        ({"path": "incident-{id}.md"}, "incident-7.md"),
        ({"format": "json", "path": "a b/ü{id}"}, "a b/ü7"),
    ],
)
def test_a_file_is_where_the_configuration_has_it(repo, more, path):
    told = publication().incident | {"process": "./moz meao"}
    one = publisher(repo.url, **more)
    assert one.publish(replace(publication(), incident=told)).page == path
    assert path in repo.files()
    assert "walrus" not in one.preview(replace(publication(), incident=told))


def test_a_first_commit_makes_the_branch_of_an_empty_repository(tmp_path):
    for branch in (None, "reports"):
        repo = bare(tmp_path / f"{branch}.git", branch=branch or "main", empty=True)
        one = publisher(repo.url, branch=branch)
        assert one.check().endswith(f"lets us write to its branch {branch or 'main'}")
        assert repo.files() == {}
        one.publish(publication())
        one.publish(publication("narwhal", incident=8))
        assert len(repo.files()) == 2
        assert len(repo.log()) == 2


def test_an_empty_repository_whose_own_choice_is_another_branch_keeps_the_one_it_got(tmp_path):
    repo = bare(tmp_path / "new.git", branch="master", empty=True)
    one = publisher(repo.url)
    receipt = one.publish(publication())
    one.publish(replace(publication("narwhal", 2), previous=receipt))
    assert one.check().endswith("lets us write to its branch main")
    assert "narwhal" in repo.files("main")[receipt.page]


def test_a_branch_that_is_named_or_the_repositorys_own(repo):
    git(repo.folder, "branch", "trunk", "main")
    git(repo.folder, "symbolic-ref", "HEAD", "refs/heads/trunk")
    publisher(repo.url).publish(publication())
    assert (len(repo.files("trunk")), len(repo.files("main"))) == (2, 1)
    publisher(repo.url, branch="main").publish(publication())
    assert len(repo.files("main")) == 2
    with pytest.raises(Refused, match="has no branch release/1: make it, or write another"):
        publisher(repo.url, branch="release/1").publish(publication())
    git(repo.folder, "symbolic-ref", "HEAD", "refs/heads/gone")
    publisher(repo.url).publish(publication(incident=8))
    assert len(repo.files("main")) == 3
    git(repo.folder, "branch", "-D", "main")
    with pytest.raises(Refused, match="has no default branch: say which"):
        publisher(repo.url).publish(publication())


def test_a_repository_with_other_hashes(tmp_path):
    folder = tmp_path / "sha256.git"
    folder.mkdir()
    git(folder, "init", "-q", "--bare", "--initial-branch=main", "--object-format=sha256")
    tree = git(folder, "mktree").strip()
    git(
        folder, "update-ref", "refs/heads/main", git(folder, "commit-tree", tree, "-m", "x").strip()
    )
    one = publisher(f"file://{folder}")
    first = one.publish(publication())
    assert len(first.version) == 64
    assert not one.publish(replace(publication("narwhal", 2), previous=first)).kept


@pytest.mark.parametrize(
    ("url", "more", "link"),
    [
        ("git@github.com:acme/pm.git", {}, "https://github.com/acme/pm/blob/main/a/7.md"),
        ("https://gitlab.com/acme/x/pm", {}, "https://gitlab.com/acme/x/pm/-/blob/main/a/7.md"),
        ("ssh://git@codeberg.org/acme/pm.git", {}, "https://codeberg.org/acme/pm/src/branch/main/a/7.md"),
        ("https://git.example.org/pm.git", {}, ""),
        ("/srv/pm.git", {"link": "https://x.example/{path}?h={branch}"}, "https://x.example/a/7.md?h=main"),
    ],
)  # fmt: skip
def test_people_are_told_where_they_see_it(url, more, link):
    assert publisher(url, **more)._url("main", "a/7.md") == link


# --- people ---------------------------------------------------------------------------------------

PATH = "postmortems/2018/incident-7.md"
BESIDE = "postmortems/2018/incident-7.ircbot.md"


def again(word: str, n: int, previous: Receipt, **more: Any) -> Publication:
    return replace(publication(word, n), previous=previous, **more)


def test_ours_stands_beside_a_persons_edit_until_it_is_taken_back(repo):
    one = publisher(repo.url)
    first = one.publish(publication())
    repo.edit({PATH: "penguin\n"})
    second = one.publish(again("narwhal", 2, first))
    assert (second.page, second.kept) == (BESIDE, PATH)
    third = one.publish(again("orca", 3, second))
    assert (repo.files()[PATH], repo.files()[BESIDE]) == ("penguin\n", "<p>orca</p>\n")
    assert "-<p>orca</p>" in one.preview(again("seal", 4, third))
    assert one.preview(again("seal", 4, third)).startswith(f"--- {BESIDE} now")
    repo.edit({BESIDE: "mine too\n"})
    with pytest.raises(Conflict, match=f"has {PATH} and {BESIDE} edited by people: take what"):
        one.publish(again("seal", 4, third))
    repo.edit({PATH: "<p>walrus</p>\n", BESIDE: "<p>orca</p>\n"})
    fourth = one.publish(again("seal", 4, third))
    assert (fourth.page, fourth.kept) == (PATH, "")
    assert repo.files() == {"README": "ours\n", PATH: "<p>seal</p>\n"}


def test_a_file_that_was_there_before_is_somebodys(repo):
    repo.edit({PATH: "penguin\n"})
    assert publisher(repo.url).publish(publication()).kept == PATH
    assert repo.files()[PATH] == "penguin\n"


@pytest.mark.parametrize("elsewhere", [{}, {"archive/7.md": "<p>walrus</p>\n"}])
def test_what_a_person_removed_or_moved_is_not_made_again(repo, elsewhere):
    one = publisher(repo.url)
    first = one.publish(publication())
    repo.edit({PATH: None} | elsewhere)
    with pytest.raises(Conflict, match="somebody moved or removed: `ircbot publish 7 --force`"):
        one.publish(again("narwhal", 2, first))
    with pytest.raises(Conflict, match="remove the words that are gone where they are now; "):
        one.publish(again("narwhal", 2, first, erased=True))
    one.publish(again("narwhal", 2, first, force=True))
    assert repo.files() == {"README": "ours\n", PATH: "<p>narwhal</p>\n"} | elsewhere


def test_what_a_person_put_into_our_own_commit_is_theirs(repo):
    one = publisher(repo.url)
    first = one.publish(publication())
    repo.edit({PATH: "penguin\n"}, repo.log()[0], "--amend")
    assert repo.log()[0].startswith("Incident 7: report\n")
    second = one.publish(again("narwhal", 2, first))
    assert (second.kept, repo.files()[PATH]) == (PATH, "penguin\n")


def test_what_was_pushed_and_never_recorded_is_ours_though_others_pushed_since(repo):
    one = publisher(repo.url)
    first = one.publish(publication())
    one.publish(again("narwhal", 2, first))  # and died
    repo.edit({"README": "theirs\n"})
    third = one.publish(again("orca", 3, first))
    assert third.kept == ""
    assert repo.files() == {"README": "theirs\n", PATH: "<p>orca</p>\n"}


def test_what_others_put_into_their_commits_hurts_nothing(repo):
    one = publisher(repo.url)
    first = one.publish(publication())
    one.publish(again("narwhal", 2, first))  # and died
    marker = publication().marker
    for n, message in enumerate(
        (f"x\n\nIrcbot-Incident: {marker}\n  {marker}\n\x01\x02", "\x85\u2028\n\x0b")
    ):
        repo.edit({"README": f"{n}\n"}, message, "--author", "x\x01\x85 <x\x0b\u2028\x01@y>")
    assert one.publish(again("orca", 3, first)).kept == ""


def test_a_branch_that_goes_away_is_not_begun_anew(repo, watched):
    gone = f"{REAL} --git-dir={repo.folder} update-ref -d refs/heads/main\n"
    watched.with_name("git.after").write_text(gone)
    with pytest.raises(Unavailable, match="had its branch taken away while it was read"):
        publisher(repo.url, branch="main").publish(publication())


def test_after_the_history_was_rewritten_ours_is_ours(repo):
    one = publisher(repo.url)
    first = one.publish(publication())
    with repo.checkout() as work:
        git(work, "commit", "-q", "--amend", "--reset-author", "-m", "begin again", "--allow-empty")
        tree = git(work, "write-tree").strip()
        ours = repo.log()[0]
        env = ("-c", "user.name=ilbot", "-c", "user.email=ilbot@example.org")
        new = git(work, *env, "commit-tree", tree, "-m", ours).strip()
        git(work, "push", "-q", "--force", "origin", f"{new}:main")
    git(repo.folder, "reflog", "expire", "--expire=all", "--all")
    git(repo.folder, "gc", "-q", "--prune=now")
    assert one.publish(again("narwhal", 2, first)).kept == ""


def test_what_another_type_of_place_left_on_record_hurts_nothing(repo):
    left = Receipt("https://x.example", "../../etc/passwd", "7")
    receipt = publisher(repo.url).publish(again("walrus", 1, left))
    assert (receipt.page, receipt.kept) == (PATH, "")
    repo.edit({PATH: "penguin\n"})
    assert publisher(repo.url).publish(again("orca", 2, replace(left, page="x"))).kept == PATH


def test_a_file_that_the_configuration_moves_is_moved(repo):
    first = publisher(repo.url).publish(publication())
    moved = publisher(repo.url, path="pm/{id}.md")
    second = moved.publish(again("narwhal", 2, first))
    assert repo.files() == {"README": "ours\n", "pm/7.md": "<p>narwhal</p>\n"}
    repo.edit({"pm/7.md": "penguin\n"})
    publisher(repo.url).publish(again("orca", 3, second))
    assert repo.files()["pm/7.md"] == "penguin\n"


def test_others_push_meanwhile(repo):
    class Slow(Git):
        """Whose push comes after that of a person, for once."""

        def _plan(self, *given: Any) -> Any:
            plan = super()._plan(*given)
            if len(repo.log()) == 1:
                repo.edit({"README": "theirs\n"})
            return plan

    Slow(GIVEN | {"url": repo.url}).publish(publication())
    assert repo.files() == {"README": "theirs\n", PATH: "<p>walrus</p>\n"}
    assert len(repo.log()) == 3


def test_others_push_while_ours_is_taken(repo):
    repo.hook(
        "pre-receive",
        "test -e raced && exit 0; touch raced; unset GIT_QUARANTINE_PATH\n"
        "new=$(git -c user.name=x -c user.email=x@x commit-tree main^{tree} -p main -m theirs)\n"
        "git update-ref refs/heads/main $new",
    )
    publisher(repo.url).publish(publication())
    assert [message.split()[0] for message in repo.log()] == ["Incident", "theirs", "begin"]


def test_two_incidents_at_once(repo):
    def one(number: int) -> None:
        publisher(repo.url).publish(publication(incident=number))

    threads = [threading.Thread(target=one, args=(number,)) for number in (7, 8, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(repo.files()) == 4


# --- words that are gone --------------------------------------------------------------------------


def test_where_old_words_stand_is_told_also_after_a_lost_answer(repo):
    one = publisher(repo.url)
    first = one.publish(publication())
    gone = again("[redacted]", 2, first, erased=True, occasion="erased", note="words removed")
    told = one.publish(gone).caveat
    assert told == (
        f"keeps the words that are gone in its history up to commit {first.version[:12]}: "
        "who keeps the repository can rewrite it"
    )
    assert repo.log()[0].startswith("Incident 7: words removed\n")
    repo.edit({"README": "theirs\n"})
    assert one.publish(gone).caveat == told
    later = again("[redacted]", 3, first, erased=True)
    assert one.publish(later).caveat == ""  # it never had them
    assert len(repo.log()) == 4


def test_a_file_that_was_edited_may_have_them(repo):
    one = publisher(repo.url)
    first = one.publish(publication())
    repo.edit({PATH: "penguin, walrus\n"})
    told = one.publish(again("[redacted]", 2, first, erased=True)).caveat
    assert f", and may have them in {PATH}: who keeps" in told


def test_in_an_empty_repository_there_are_no_old_words(tmp_path):
    repo = bare(tmp_path / "new.git", empty=True)
    assert publisher(repo.url).publish(replace(publication(), erased=True)).caveat == ""


# --- hostile repositories and machines ------------------------------------------------------------


@pytest.mark.parametrize("link", ["postmortems", "postmortems/2018", PATH])
def test_no_link_is_followed_and_none_replaced(repo, tmp_path, link):
    (tmp_path / "outside").mkdir()
    with repo.checkout() as work:
        (work / link).parent.mkdir(parents=True, exist_ok=True)
        (work / link).symlink_to(tmp_path / "outside")
        git(work, "add", "-A")
        git(work, "commit", "-q", "-m", "a trap")
        git(work, "push", "-q", "origin", "HEAD:main")
    with pytest.raises(Refused, match=f"has unexpected content at {link}: write"):
        publisher(repo.url).publish(publication())
    assert list((tmp_path / "outside").iterdir()) == []
    assert len(repo.log()) == 2
    elsewhere = publisher(repo.url, path="pm/{id}")
    elsewhere.publish(again("walrus", 1, Receipt("", PATH, "")))
    assert "pm/7" in repo.files()


def test_nothing_that_this_machine_has_configured_interferes(repo, tmp_path, monkeypatch):
    trap = tmp_path / "trap"
    (trap / "hooks").mkdir(parents=True)
    for name in ("pre-push", "post-index-change", "reference-transaction"):
        (trap / "hooks" / name).write_text(f"#!/bin/sh\ntouch {trap}/sprung\nexit 1\n")
        (trap / "hooks" / name).chmod(0o755)
    (trap / ".gitconfig").write_text(
        f"[core]\nhooksPath = {trap}/hooks\nsshCommand = false\n[init]\ntemplateDir = {trap}\n"
        f'[url "file:///nowhere"]\ninsteadOf = {repo.url}\n[commit]\ngpgSign = true\n'
        f'[user]\nname = x\n[push]\ngpgSign = true\n[credential]\nhelper = "!touch {trap}/sprung"\n'
    )
    (trap / ".config/git").mkdir(parents=True)
    (trap / ".config/git/config").write_text((trap / ".gitconfig").read_text())
    monkeypatch.setenv("HOME", str(trap))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(trap / ".config"))
    for name, value in {
        "GIT_DIR": "/nowhere", "GIT_WORK_TREE": "/nowhere", "GIT_INDEX_FILE": "/nowhere/index",
        "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath",
        "GIT_CONFIG_VALUE_0": str(trap / "hooks"), "GIT_TEMPLATE_DIR": str(trap),
        "GIT_AUTHOR_NAME": "x", "GIT_COMMITTER_DATE": "nonsense", "GIT_TRACE": str(trap / "sprung"),
        "GIT_OBJECT_DIRECTORY": "/nowhere", "GIT_SSH_COMMAND": "false", "GIT_EXEC_PATH": "/nowhere",
        "GIT_ASKPASS": "false", "GIT_CONFIG_PARAMETERS": "'core.bare=maybe'", "LANGUAGE": "de",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    receipt = publisher(repo.url).publish(publication())
    for name in list(os.environ):
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert receipt.page in repo.files()
    assert git(repo.folder, "log", "-1", "--format=%an").strip() == "ilbot"
    assert not (trap / "sprung").exists()


REAL = shutil.which("git")

# Runs git, and has it written down how: its words, its configuration; at the N-th time whoever
# called it is killed when it has done its work.
WATCHED = """#!/bin/sh
printf '%s\\n' "$*" >>"$0.log"
[ -z "$GIT_DIR" ] || cat "$GIT_DIR/config" >>"$0.log"
"{git}" "$@"
status=$?
[ "$1" != ls-remote ] || [ ! -e "$0.after" ] || . "$0.after"
[ "$(wc -l <"$0.calls" 2>/dev/null || echo 0)" = "$(cat "$0.kill" 2>/dev/null)" ] && kill -9 $PPID
echo x >>"$0.calls"
exit $status
"""


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git that is watched, first in the PATH; the files beside it tell."""
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(WATCHED.format(git=REAL))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return program


def test_a_token_is_in_no_argument_and_no_file(repo, tmp_path, watched):
    with forge(tmp_path) as server:
        one = publisher(server.url(repo), token=TOKEN)
        assert one.check() == "127.0.0.1 lets us write to its branch main"
        one.publish(publication())
        log = (watched.with_name("git.log")).read_text()
        assert f"ls-remote --symref -- {server.url(repo)}" in log
        basic = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
        assert TOKEN not in log
        assert basic not in log
        assert TOKEN not in repr(one._remote)


def ended(one: Git, what: Publication, folder: Path) -> int:
    """How a process ends that publishes, with this folder for what is temporary."""
    child = os.fork()
    if not child:
        status = 1
        try:
            tempfile.tempdir = str(folder)
            one.publish(what)
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_whoever_is_killed_after_any_command_has_published_once_in_the_end(repo, watched, tmp_path):
    kill, calls = watched.with_name("git.kill"), watched.with_name("git.calls")
    folder = tmp_path / "tmp"
    folder.mkdir()
    kills = 0
    while True:
        calls.unlink(missing_ok=True)
        kill.write_text(str(kills))
        status = ended(publisher(repo.url), publication(), folder)
        if status == 0:
            break
        assert status == -signal.SIGKILL
        kills += 1
    kill.unlink()
    assert kills > 5
    assert repo.files() == {"README": "ours\n", PATH: "<p>walrus</p>\n"}
    assert len(repo.log()) == 2
    left = list(folder.iterdir())
    assert len(left) == kills
    for one in left:
        os.utime(one, (0, 0))
    assert ended(publisher(repo.url), publication(), folder) == 0
    assert list(folder.iterdir()) == []


# --- faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        (301, Refused, "has moved: write its new address into `url`"),
        (401, Refused, "refuses the login (401): ask the owner of its token"),
        (403, Refused, "does not let us write: ask its administrator for the right to write there"),
        (404, Refused, "has no such repository: look at `url`; a private repository is shown only to a login that may read it"),
        (429, Unavailable, "cannot do it now"),
        (500, Unavailable, "cannot do it now"),
    ],
)  # fmt: skip
def test_what_a_server_answers_is_told_with_the_fix(repo, status, error, said):
    with forge(repo.folder.parent) as server:
        server.status = status
        server.headers = {"Location": "http://127.0.0.1:9/sesame", "Retry-After": "7"}
        with pytest.raises(error) as raised:
            publisher(server.url(repo), token=TOKEN).publish(publication())
    assert str(raised.value) == said
    assert len(server.asked) == 1


def test_only_a_server_whose_certificate_is_valid_is_spoken_to(repo, tmp_path):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with forge(repo.folder.parent, context) as server:
        with pytest.raises(Unavailable, match="its certificate is not valid"):
            publisher(server.url(repo), token=TOKEN).publish(publication())
        assert server.asked == []
        one = publisher(server.url(repo), token=TOKEN, ca_file=tmp_path / "ca.pem")
        assert one.publish(publication()).page in repo.files()


def test_who_may_read_and_not_write_is_told_so_beforehand(repo):
    git(repo.folder, "config", "http.receivepack", "false")
    with forge(repo.folder.parent) as server:
        one = publisher(server.url(repo), token=TOKEN)
        for what in (one.check, lambda: one.publish(publication())):
            with pytest.raises(Refused, match="does not let us write: ask its administrator"):
                what()


def test_without_a_token_and_with_a_wrong_one_nobody_is_let_in_and_nobody_asked(repo):
    with forge(repo.folder.parent) as server:
        for token in ("", "wrong"):
            with pytest.raises(Refused, match="refuses the login"):
                publisher(server.url(repo), token=token).publish(publication())


def test_who_does_not_answer_may_answer_later(repo):
    with forge(repo.folder.parent) as server:
        url = server.url(repo)
    with pytest.raises(Unavailable, match=r"cannot be reached .*(?:refused|connect)"):
        publisher(url).publish(publication())
    with pytest.raises(Unavailable, match=r"cannot be reached .*resolve"):
        publisher("https://git.invalid/x").publish(publication())


def test_the_name_of_a_repository_is_no_reason_of_a_failure():
    with pytest.raises(Unavailable, match=r"cannot be reached .*resolve"):
        publisher("https://certificate.invalid/quota/redirect/no-space-left").publish(publication())


def test_a_folder_that_is_no_repository(tmp_path):
    with pytest.raises(Refused, match="has no such repository: look at `url`"):
        publisher(str(tmp_path / "nowhere")).publish(publication())


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        ("echo no reports\x1b[31m on Fridays; exit 1", "has a hook that declines it (no reports [31m on Fridays): ask the owner of the repository"),
        ("exit 1", "has a hook that declines it: ask the owner of the repository"),
        ("echo GH006: Protected branch update failed; exit 1", "protects its branch main: let us push there, or write another `branch`"),
    ],
)  # fmt: skip
def test_who_declines_is_told_with_its_reason(repo, hook, said):
    repo.hook("pre-receive", hook)
    with pytest.raises(Refused) as refused:
        publisher(repo.url).publish(publication())
    assert str(refused.value) == said
    assert len(repo.log()) == 1


def test_a_branch_that_somebody_works_on_is_left(repo):
    with repo.checkout() as work:
        with pytest.raises(Refused, match="has its branch main checked out: make it bare"):
            publisher(str(work)).publish(publication())
        assert len(git(work, "log", "--format=%s", "--all").split()) == 1


def test_what_a_server_refuses_for_reasons_of_its_own(repo):
    git(repo.folder, "config", "receive.maxInputSize", "10")
    with pytest.raises(Unavailable, match=r"cannot store it|hung up|cannot be reached"):
        publisher(repo.url).publish(publication())
    git(repo.folder, "config", "--unset", "receive.maxInputSize")
    git(repo.folder, "config", "receive.hideRefs", "refs/heads/main")
    with pytest.raises(Refused, match=r"refuses it \(deny updating a hidden ref\): ask the owner"):
        publisher(repo.url).publish(publication())


def test_a_disk_that_is_full_here_or_there_is_so_for_now(repo, tmp_path):
    with mounted(tmp_path / "disk", "64k") as disk:
        (disk / "filler").write_bytes(b"x" * 40_000)
        texts = {"markdown": base64.encodebytes(os.urandom(300_000)).decode()}
        what = replace(publication(), texts=texts)
        assert ended(publisher(repo.url), what, disk) == 1
        old, tempfile.tempdir = tempfile.tempdir, str(disk)
        try:
            with pytest.raises(Unavailable, match=r"no room left|needs room"):
                publisher(repo.url).publish(what)
        finally:
            tempfile.tempdir = old
    assert len(repo.log()) == 1
    with mounted(tmp_path / "their", "300k") as disk:
        there = bare(disk / "pm.git")
        with pytest.raises(Unavailable, match=r"cannot store it|no room left"):
            publisher(there.url).publish(what)
        assert len(there.log()) == 1


def test_without_git_it_is_named(repo, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match="needs the program git on this machine: apt install git"):
        publisher(repo.url).publish(publication())


def test_of_a_large_repository_little_is_had(repo):
    noise = base64.b64encode(os.urandom(3_000_000)).decode()
    repo.edit({"big": noise})
    repo.edit({"big": "gone\n"} | {f"folder/{n}": f"{n}\n" for n in range(200)})
    with forge(repo.folder.parent) as server:
        one = publisher(server.url(repo), token=TOKEN)
        first = one.publish(publication())
        one.publish(again("narwhal", 2, first))
        one.publish(again("orca", 3, first))  # ours by its history
        assert server.sent < 100_000
    assert repo.files()[PATH] == "<p>orca</p>\n"


def test_any_words_are_written_as_they_are(repo):
    words = "\x00 \u202e \ud800 ü\r\n.\n-- \n\x1b]0;x\x07"
    texts = {"markdown": words}
    told = publication().incident | {"title": words, "process": "../.git"}
    what = replace(publication(), texts=texts, title=words, incident=told)
    first = publisher(repo.url, path="{process}/{id}").publish(what)
    assert first.page == "git/7"
    stored = git(repo.folder, "cat-file", "-s", f"main:{first.page}").strip()
    assert int(stored) == len(words.encode("utf-8", "replace"))
    assert publisher(repo.url, path="{process}/{id}").preview(what) == ""


# --- ssh ------------------------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Shell]:
    if SSHD is None:
        if os.environ.get("IRCBOT_REQUIRE_REAL"):
            pytest.fail("sshd is missing: tests/rig/install")
        pytest.skip("needs the Debian package openssh-server: tests/rig/install")
    with shell(tmp_path) as running_one:
        yield running_one


def test_by_ssh_a_key_lets_us_in_and_only_a_known_server_is_spoken_to(repo, server, tmp_path):
    keys = {"ssh_key": server.key, "known_hosts": server.known_hosts}
    one = publisher(server.url(repo), **keys)
    assert one.check() == "127.0.0.1 lets us write to its branch main"
    first = one.publish(publication())
    assert one.publish(again("narwhal", 2, first)).kept == ""
    assert repo.files()[PATH] == "<p>narwhal</p>\n"

    known = server.known_hosts.read_text()
    (tmp_path / "empty hosts").touch()
    with pytest.raises(Refused, match=f"has a host key that we do not know: .* >>{tmp_path}/empty"):
        publisher(server.url(repo), **keys | {"known_hosts": tmp_path / "empty hosts"}).check()
    other = (tmp_path / "user.pub").read_text().split()[1]
    server.known_hosts.write_text(known.replace(known.split()[2], other))
    with pytest.raises(Refused, match="has another host key than we know: make sure that"):
        one.publish(again("orca", 3, first))
    server.known_hosts.write_text(known)

    stranger = tmp_path / "stranger 100%"
    made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(stranger)]
    subprocess.run(made, check=True)
    with pytest.raises(Refused, match="refuses our key: give the public half"):
        publisher(server.url(repo), **keys | {"ssh_key": stranger}).check()
    server.key.chmod(0o644)
    with pytest.raises(Refused, match="cannot be logged in to with this `ssh_key`: chmod 600"):
        one.check()
    nowhere = Shell(server.port, server.key, server.known_hosts).url(Bare(tmp_path / "nowhere"))
    server.key.chmod(0o600)
    with pytest.raises(Refused, match="has no such repository"):
        publisher(nowhere, **keys).check()
    assert repo.files()[PATH] == "<p>narwhal</p>\n"


# --- the configuration ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"url": None}, "url"),
        ({"url": "ext::sh -c touch% x"}, "url"),
        ({"url": "git://git.example.org/x"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://[::1/x"}, "url"),
        ({"url": "https://me:sesame@git.example.org/x"}, "url"),
        ({"url": "http://git.example.org/x"}, "url"),
        ({"url": "-u:x"}, "url"),
        ({"url": "git@x.example:--upload-pack=x"}, "url"),
        ({"url": "pm.git"}, "url"),
        ({"url": "/srv/pm.git", "token": "x"}, "token"),
        ({"url": "git@x.example:pm.git", "token": "x"}, "token"),
        ({"url": "https://x.example/pm", "ssh_key": Path("key")}, "ssh_key"),
        ({"branch": "-x"}, "branch"),
        ({"branch": "a..b"}, "branch"),
        ({"branch": "a b"}, "branch"),
        ({"branch": "refs/heads/main"}, "branch"),
        ({"branch": "x.lock"}, "branch"),
        ({"path": "report.md"}, "path"),
        ({"path": "/{id}.md"}, "path"),
        ({"path": "../{id}.md"}, "path"),
        ({"path": "a/../../{id}.md"}, "path"),
        ({"path": ".git/{id}"}, "path"),
        ({"path": "a/.GIT/{id}"}, "path"),
        ({"path": ".gitmodules/{id}"}, "path"),
        ({"path": "a//{id}"}, "path"),
        ({"path": "a /{id}"}, "path"),
        ({"path": "a/{id} "}, "path"),
        ({"path": "a\\..\\{id}"}, "path"),
        ({"path": "a\n{id}"}, "path"),
        ({"path": "{id}{title}"}, "path"),
        ({"path": "{id.__class__}"}, "path"),
        ({"path": "x" * 200 + "{id}"}, "path"),
        ({"author": "ilbot"}, "author"),
        ({"author": "a\n <b@c>"}, "author"),
        ({"author": "<b@c> <d@e>"}, "author"),
    ],
)  # fmt: skip
def test_values_that_do_not_fit_are_told_with_the_fix(values, key):
    with pytest.raises(Wrong) as wrong:
        Git(GIVEN | {"url": "https://git.example.org/pm.git"} | values)
    assert wrong.value.key == key
    assert "sesame" not in wrong.value.sentence


# --- the bot --------------------------------------------------------------------------------------


def test_a_bot_publishes_rewrites_and_tells_where_old_words_are(tmp_path, capfd):
    repo = bare(tmp_path / "pm.git")
    with forge(tmp_path) as server:
        (tmp_path / "token").write_text(TOKEN)
        (tmp_path / "token").chmod(0o600)
        config = configured(
            tmp_path,
            f'[publish.pm]\ntype = "git"\nurl = "{server.url(repo)}"\ntoken_file = "token"\n'
            'link = "https://git.example.org/{path}"\n',
        )
        with running(config) as bot:
            bot.say(0, "!inc declare MDN is down", "TL: my number is 4711", "!inc resolve")
            (told,) = bot.records(bot.comes())
            assert told.startswith("Published: https://git.example.org/postmortems/2018/incident-1")
            old = git(repo.folder, "rev-parse", "main").strip()
            bot.say(1, "!inc redact 1")
            said = [*bot.turn(0), *bot.records(bot.comes())]
            assert (
                f"Pm keeps the words that are gone in its history up to commit {old[:12]}"
                in "".join(said)
            )
        path = str(tmp_path / "config.toml")
        assert run(["publish", "1", "--dry-run", "--config", path]) == 0
        assert "nothing would change" in capfd.readouterr().out
    (text,) = (text for name, text in repo.files().items() if name != "README")
    assert "MDN is down" in text
    assert "4711" not in text + "".join(repo.log())
