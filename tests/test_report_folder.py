"""Reports in their folder: what people changed is theirs, and an erasure takes just the words."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from tmpfs import mounted

from ircbot.errors import ReportError
from ircbot.report.folder import Erased, ReportFolder

NAME = "incident-0001.mana.xml"
SECRET = "the password is hunter2"


@pytest.fixture
def folder(tmp_path: Path) -> ReportFolder:
    return ReportFolder(tmp_path / "reports")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "reports" / NAME


def listed(path: Path) -> list[str]:
    return sorted(one.name for one in path.parent.iterdir() if one.name != ".written.json")


def test_what_nobody_touched_is_written_over(folder, path):
    for text in ("one", "two", "two", "one"):
        written = folder.write(NAME, text)
        assert (written.path, written.kept) == (path, None)
        assert path.read_text() == text
    assert listed(path) == [NAME]


def test_what_somebody_changed_stays_and_the_new_one_stands_beside_it(folder, path):
    folder.write(NAME, "draft")
    path.write_text("draft, and our prose")
    beside = path.with_name("incident-0001.new.mana.xml")
    for text in ("new", "newer"):
        written = folder.write(NAME, text)
        assert (written.path, written.kept) == (beside, path)
        assert (path.read_text(), beside.read_text()) == ("draft, and our prose", text)
    beside.write_text("this too is ours")
    assert folder.write(NAME, "newest").path.name == "incident-0001.new-2.mana.xml"
    assert beside.read_text() == "this too is ours"


def test_once_the_changed_one_is_put_away_its_name_is_free_again(folder, path):
    folder.write(NAME, "draft")
    path.write_text("ours")
    folder.write(NAME, "new")
    path.rename(path.with_name("kept.xml"))
    assert folder.write(NAME, "newer").path == path


@pytest.mark.parametrize("how", ["file", "symlink", "dangling", "hardlink", "folder"])
def test_what_the_bot_did_not_create_is_left_alone(folder, path, tmp_path, how):
    other = tmp_path / "other"
    other.write_text("theirs")
    path.parent.mkdir()
    match how:
        case "file":
            path.write_text("theirs")
        case "symlink":
            path.symlink_to(other)
        case "dangling":
            path.symlink_to(tmp_path / "nowhere")
        case "hardlink":
            folder.write(NAME, "theirs")
            other.unlink()
            os.link(path, other)
        case "folder":
            path.mkdir()
    assert folder.write(NAME, "new").path != path
    assert other.read_text() == "theirs"
    assert not (tmp_path / "nowhere").exists()


def test_a_record_that_is_lost_makes_every_file_somebody_elses(folder, path):
    folder.write(NAME, "one")
    for damage in ("{", '["x"]', '{"incident-0001.mana.xml": 7}'):
        (path.parent / ".written.json").write_text(damage)
        assert folder.write(NAME, "two").path != path
    assert path.read_text() == "one"


def test_a_record_that_is_a_link_is_not_followed(folder, path, tmp_path):
    path.parent.mkdir()
    (tmp_path / "target").write_text("{}")
    (path.parent / ".written.json").symlink_to(tmp_path / "target")
    with pytest.raises(ReportError, match=r"written\.json is a link; remove it\."):
        folder.write(NAME, "one")
    assert (tmp_path / "target").read_text() == "{}"


def test_a_report_of_a_version_without_a_record_is_ours_while_it_has_our_time(folder, path):
    path.parent.mkdir()
    path.write_text("old")
    os.utime(path, ns=(1_000, 1_000))
    folder.adopt(NAME, 2_000)
    assert folder.write(NAME, "new").path != path
    folder.adopt(NAME, 1_000)
    assert folder.write(NAME, "new").path == path


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match=r"file/reports cannot be made: Not a directory\."):
        ReportFolder(tmp_path / "file" / "reports").write(NAME, "x")


WRITER = """
import os, sys
from pathlib import Path
from ircbot.report.folder import ReportFolder
left = int(sys.argv[2])
def dying(real):
    def call(*arguments, **named):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return real(*arguments, **named)
    return call
os.replace, os.fsync, os.open = map(dying, (os.replace, os.fsync, os.open))
ReportFolder(Path(sys.argv[1])).write("incident-0001.mana.xml", "new")
"""


@pytest.mark.parametrize("calls", range(0, 16, 2))
def test_a_process_that_dies_anywhere_leaves_a_file_that_is_known(folder, path, calls):
    folder.write(NAME, "old")
    done = subprocess.run([sys.executable, "-c", WRITER, str(path.parent), str(calls)], check=False)
    assert done.returncode in (0, 9)
    assert path.read_text() in ("old", "new")
    assert folder.write(NAME, "newer").path == path


@pytest.fixture
def small(tmp_path):
    """A disk of 64 KiB, nearly full."""
    with mounted(tmp_path / "disk", "64k") as disk:
        yield disk


def test_a_full_disk_leaves_the_old_file_and_says_so(small):
    folder = ReportFolder(small)
    folder.write(NAME, SECRET)
    (small / "ballast").write_bytes(b"x" * 48_000)
    with pytest.raises(ReportError, match="No space left on device"):
        folder.write(NAME, "new" * 10_000)
    assert (small / NAME).read_text() == SECRET
    (small / "ballast").unlink()
    assert folder.write(NAME, "new").path == small / NAME


# --- erasing ----------------------------------------------------------------------------------


def test_an_erasure_takes_the_words_out_of_what_somebody_changed_and_nothing_else(folder, path):
    folder.write(NAME, f"<p>{SECRET}</p><p>and this</p>")
    path.write_text(f"<p>{SECRET}</p><p>and this</p><p>we know that {SECRET}, alas</p>")
    folder.write(NAME, f"<p>{SECRET}</p><p>new</p>")
    beside = path.with_name("incident-0001.new.mana.xml")
    assert folder.erase(1, [SECRET]) == Erased((path, beside))
    assert path.read_text() == (
        "<p>[redacted]</p><p>and this</p><p>we know that [redacted], alas</p>"
    )
    assert beside.read_text() == "<p>[redacted]</p><p>new</p>"
    assert folder.write(NAME, "newer").path == beside  # one stays theirs, the other ours


def test_an_erasure_touches_no_other_incident_and_names_what_is_not_ours(folder, path):
    folder.write("incident-0002.md", SECRET)
    path.write_text(SECRET)
    path.with_name("incident-0001.docx").write_bytes(SECRET.encode() + b"\xff")
    path.with_name("incident-0001.md").write_text("nothing of it")
    assert folder.erase(1, [SECRET]) == Erased(left=((path, "it is not mine"),))
    assert path.read_text() == SECRET


@pytest.mark.parametrize("how", ["symlink", "hardlink", "binary"])
def test_what_an_erasure_cannot_clear_is_named(folder, path, tmp_path, how):
    folder.write(NAME, SECRET)
    other = tmp_path / "other"
    match how:
        case "symlink":
            path.rename(other)
            path.symlink_to(other)
        case "hardlink":
            os.link(path, other)
        case "binary":
            path.write_bytes(b"\xff" + SECRET.encode())
    ((left, why),) = folder.erase(1, [SECRET]).left
    assert left == path
    assert why == "it is a link" if how != "binary" else "utf-8" in why
    assert SECRET.encode() in path.read_bytes()


def test_no_digest_is_left_by_which_the_words_could_be_guessed(folder, path):
    for name in (NAME, "incident-0001.md", "incident-0001.txt"):
        folder.write(name, SECRET)
    path.write_text(f"{SECRET}, and our prose")
    path.with_name("incident-0001.txt").unlink()
    folder.erase(1, [SECRET])
    kept = json.loads((path.parent / ".written.json").read_text())
    assert sha256(SECRET.encode()).hexdigest() not in repr(kept)
    assert kept == {
        NAME: [],
        "incident-0001.md": [sha256(b"[redacted]").hexdigest()],
        "incident-0001.txt": [],
    }
    assert folder.write("incident-0001.txt", "new").kept is None
    assert folder.write(NAME, "new").kept == path


def test_what_was_left_half_written_goes_with_an_erasure(folder, path):
    folder.write(NAME, "x")
    half = path.with_name(f".{NAME}.0123abcd")
    half.write_text(SECRET)
    others = path.with_name(".incident-0002.md.0123abcd")
    others.write_text("x")
    folder.erase(1, [SECRET])
    assert not half.exists()
    assert others.exists()


def test_the_record_is_for_nobody_else(folder, path):
    folder.write(NAME, "x")
    record = path.parent / ".written.json"
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    assert list(json.loads(record.read_text())) == [NAME]


def test_a_folder_that_is_not_there_has_nothing_to_erase(folder):
    assert folder.erase(1, [SECRET]) == Erased()
