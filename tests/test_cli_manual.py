"""Man pages: one for each command, in which groff finds nothing wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ircbot.cli import COMMANDS
from ircbot.cli.manual import pages, write

REQUIRED = bool(os.environ.get("IRCBOT_REQUIRE_REAL"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("man") / "man1"
    write(folder)
    return folder


def test_every_command_has_its_page(folder):
    there = {path.name for path in folder.iterdir()}
    assert {"ircbot.1", "ircbot-store-backup.1"} | {f"ircbot-{n}.1" for n in COMMANDS} <= there


def test_a_page_says_what_the_help_says(folder):
    page = (folder / "ircbot-report.1").read_text()
    assert ".B ircbot report\n" in page
    assert r"\fB\-f, \-\-format [mana|wiki" in page
    assert "\n.SH EXIT STATUS\n" in (folder / "ircbot.1").read_text()


def test_a_line_that_begins_like_a_request_is_none():
    for _, text in pages():
        requests = [line.split()[0] for line in text.splitlines() if line[:1] in (".", "'")]
        assert set(requests) <= {".TH", ".SH", ".B", ".PP", ".TP", ".ad"}


@pytest.mark.skipif(not shutil.which("groff") and not REQUIRED, reason="groff is missing")
def test_groff_finds_nothing_wrong(folder):
    done = subprocess.run(
        ["groff", "-man", "-k", "-Tutf8", "-ww", "-z", *sorted(map(str, folder.iterdir()))],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_script_of_the_docs_writes_them(tmp_path):
    generate = Path(__file__).parent.parent / "docs" / "generate"
    subprocess.run([sys.executable, generate, "man", tmp_path / "man1"], check=True, timeout=60)
    assert (tmp_path / "man1" / "ircbot.1").read_text().startswith(".TH")
