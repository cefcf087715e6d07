"""Reports onto the disk: whole or not at all, with the mode that they should have."""

from __future__ import annotations

import os
import stat

import pytest

from ircbot.errors import ReportError
from ircbot.report.files import save


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_gets_what_the_umask_leaves(tmp_path):
    path = tmp_path / "new"
    before = os.umask(0o027)
    try:
        save(path, "x")
    finally:
        os.umask(before)
    assert mode(path) == 0o640


def test_an_existing_file_keeps_its_mode(tmp_path):
    path = tmp_path / "old"
    path.write_text("old")
    path.chmod(0o604)
    save(path, "new")
    assert (path.read_text(), mode(path)) == ("new", 0o604)


def test_a_link_stays_one(tmp_path):
    there, link = tmp_path / "there", tmp_path / "link"
    there.write_text("old")
    link.symlink_to(there)
    save(link, "new")
    assert link.is_symlink()
    assert there.read_text() == "new"


def test_what_is_no_file_is_written_to_as_it_stands(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        save(pipe, "through")
        assert os.read(reader, 100) == b"through"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_full_disk_is_told(tmp_path):
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full here")
    link = tmp_path / "link"
    link.symlink_to("/dev/full")
    with pytest.raises(ReportError, match=r"link cannot be written: No space left on device\."):
        save(link, "x")


def test_what_cannot_be_written_leaves_the_old_report_and_nothing_else(tmp_path):
    path = tmp_path / "report"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        save(path, "half of it \ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ReportError, match=r"none/report cannot be written: No such file"):
        save(tmp_path / "none" / "report", "x")
