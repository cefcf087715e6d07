"""Compiled templates: kept where that is safe, and never in the way of a report."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from report.tale import PROCESS, outage

from ircbot.config import cache_folder
from ircbot.report.render import render


def page(folder: Path, templates: Path | None) -> str:
    return render(outage("a"), PROCESS, "markdown", templates=templates, compiled=folder)


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A folder of one's own, whose templates are loaded anew for each report."""
    (tmp_path / "templates").mkdir()
    return tmp_path / "templates"


def test_what_was_compiled_is_taken_up_and_gives_the_same_report(tmp_path, templates):
    folder = tmp_path / "cache" / "ircbot"
    first = page(folder, templates)
    kept = {file: file.stat().st_mtime_ns for file in folder.iterdir()}
    assert len(kept) == 4  # the report, its outline, a section, and the words of the format
    assert folder.stat().st_mode & 0o777 == 0o700
    assert page(folder, templates) == first
    assert {file: file.stat().st_mtime_ns for file in folder.iterdir()} == kept


def test_a_template_that_changed_is_compiled_anew(tmp_path, templates):
    for text in ("one", "two"):
        (templates / "report.md").write_text(text)
        assert page(tmp_path / "cache", templates) == f"{text}\n"


@pytest.mark.parametrize("content", [b"", b"torn", None])
def test_what_cannot_be_read_is_compiled_anew(tmp_path, templates, content):
    folder = tmp_path / "cache"
    first = page(folder, templates)
    for file in folder.iterdir():
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert page(folder, templates) == first
    assert page(folder, templates) == first


def test_nothing_is_taken_from_a_folder_that_others_may_write_to(tmp_path, templates):
    folder = tmp_path / "cache"
    first = page(folder, templates)
    before = {file: file.stat().st_mtime_ns for file in folder.iterdir()}
    for file in before:
        file.write_bytes(b"")
        os.utime(file, ns=(before[file], before[file]))
    folder.chmod(0o770)
    assert page(folder, templates) == first
    assert {file: file.stat().st_mtime_ns for file in folder.iterdir()} == before


def test_where_nothing_can_be_kept_there_is_a_report_all_the_same(tmp_path, templates):
    (tmp_path / "file").write_text("in the way")
    assert page(tmp_path / "file", templates) == page(tmp_path / "file" / "cache", templates)
    assert (tmp_path / "file").read_text() == "in the way"


def test_it_is_kept_where_the_desktop_specification_says(tmp_path):
    # https://specifications.freedesktop.org/basedir-spec
    assert cache_folder({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "ircbot"
    assert cache_folder({"XDG_CACHE_HOME": "not/absolute"}) is None


def test_what_was_compiled_for_our_own_templates_is_not_run_in_the_sandbox_of_others(tmp_path):
    own = tmp_path / "templates"
    own.mkdir()
    folder = tmp_path / "cache"
    page(folder, None)
    kept = set(folder.iterdir())
    page(folder, own)
    assert len(set(folder.iterdir()) - kept) == len(kept)
