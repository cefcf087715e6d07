"""`ircbot selftest`: what works is said, what does not ends it, and nothing is left."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

from ircbot.cli.root import run


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the machine keeps what is temporary."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    tempfile.tempdir = None  # it is looked up again
    yield folder
    tempfile.tempdir = None


@pytest.fixture
def configured(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(
        'process = "grafana"\n[irc]\nhost = "irc.example.org"\nchannels = ["#ops"]\n'
        '[access]\ndeclare = ["account:nobody"]\n'
    )
    return tmp_path / "config.toml"


def test_a_whole_incident_is_played_and_nothing_is_left(configured, scratch, tmp_path, capsys):
    assert run(["selftest", "-c", str(configured)]) == 0
    said, complained = capsys.readouterr()
    lines = said.splitlines()
    assert complained == ""
    assert lines[-1] == "All is well; nothing was left behind."
    assert all(line.startswith("ok ") for line in lines[:-1])
    for part in ("grafana reads well", "two entries recorded", "from ann to bob", "every checksum"):
        assert part in said
    assert list(scratch.iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"config.toml", "scratch"}


def test_what_does_not_work_is_named_and_ends_it(configured, scratch, tmp_path, capsys):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "report.html").write_text("{{ nonsense( }}")
    with configured.open("a") as file:
        file.write('[report]\ntemplates = "templates"\n')
    assert run(["selftest", "-c", str(configured), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert [one["part"] for one in told["checks"] if not one["ok"]] == ["reports"]
    assert list(scratch.iterdir()) == []


def test_a_process_that_cannot_be_read_is_said(configured, capsys):
    configured.write_text('process = "lost.toml"\n')
    assert run(["selftest", "-c", str(configured)]) == 1
    assert "WRONG    process: " in capsys.readouterr().out
