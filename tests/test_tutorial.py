"""The tutorial is so: its transcript is what the bot says, its commands do what it says of them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from core import check
from kept import keep, surroundings

from ircbot.cli.root import run

PAGE = (Path(__file__).parent.parent / "docs" / "tutorial.md").read_text("utf-8")
TALK = re.search(r"(?s)```irc\n(.*?)```", PAGE)[1]
COMMANDS = [line.strip() for line in re.findall(r"(?m)^    ircbot .*$", PAGE)]
LOOKING = COMMANDS[COMMANDS.index("ircbot list") : COMMANDS.index("ircbot init")]


def test_the_bot_says_what_the_tutorial_shows():
    check(TALK, surroundings())


def test_each_command_is_one_of_the_program_s(capsys):
    for command in COMMANDS:
        assert run(["help", shlex.split(command)[1]]) == 0


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with nothing in it but the store that the tutorial's conversation leaves."""
    for name in ("IRCBOT_CONFIG", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    said = [line for line in TALK.splitlines() if " <ann> " in line]
    keep(tmp_path / "state" / "ircbot" / "incidents", *said)
    return tmp_path


def test_its_commands_show_the_incident_and_write_the_report(home, capsys):
    assert LOOKING[0] == "ircbot list"
    shown = []
    for command in LOOKING:
        status = run(shlex.split(command)[1:])
        assert status == (1 if command.endswith("--check") else 0), command
        shown.append(capsys.readouterr().out)
    assert "the wiki is down" in shown[0]
    assert "#2        ann: the database had no room left" in shown[1]
    report = (home / "report.html").read_text("utf-8")
    assert "visitors get error 503" in report
