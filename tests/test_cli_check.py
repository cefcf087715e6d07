"""`ircbot check`: one finding a line, and a status that a script can trust."""

import asyncio
import contextlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ircbot.cli.root import run
from ircbot.network.server import EmbeddedServer

TOP = Path(__file__).parent.parent
WELL = """
[irc]
host = "irc.example.org"
channels = ["#ops"]
"""


@pytest.fixture
def check(tmp_path, capsys):
    """Check a configuration; gives the status and the findings as (mark, sentence)."""

    def call(text):
        path = tmp_path / "config.toml"
        path.write_text(text)
        status = run(["check", "--config", str(path)])
        shown = capsys.readouterr()
        assert shown.err == ""
        return status, [tuple(line.split(None, 1)) for line in shown.out.splitlines()]

    return call


def not_well(findings):
    return [(mark, sentence) for mark, sentence in findings if mark != "ok"]


def test_what_is_well_is_said_in_a_line_each(check, tmp_path):
    status, findings = check(WELL)
    assert status == 0
    assert findings == [
        ("ok", f"configuration: {tmp_path / 'config.toml'}"),
        ("ok", "network: ilbot on irc.example.org:6697"),
        ("ok", findings[2][1]),
        ("ok", "templates: mozmeao, 7 formats"),
        ("ok", f"reports: {tmp_path / 'reports'}"),
        ("ok", f"store: {tmp_path / 'incidents'}"),
    ]
    assert findings[2][1].startswith("process: mozmeao, ")


def test_looking_changes_nothing(check, tmp_path):
    check(WELL)
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_a_wrong_key_ends_with_status_2(check):
    status, findings = check("[irc]\nprot = 1")
    assert status == 2
    ((mark, sentence),) = findings
    assert mark == "WRONG"
    assert "line 2: there is no key `prot`" in sentence


def test_every_part_is_looked_at_whatever_became_of_the_others(check, tmp_path):
    (tmp_path / "reports").write_text("not a folder")
    status, findings = check(
        "process = 'nothing'\n[irc]\nhost = 'x'\npassword_file = 'none'\n[store]\npath = 'reports/x'"
    )
    assert status == 2
    assert [sentence.split(":")[0] for _, sentence in not_well(findings)] == [
        "network",
        "configuration",
        "reports",
        "store",
    ]


def test_what_is_no_mistake_in_writing_ends_with_status_1(check, tmp_path):
    (tmp_path / "reports").write_text("not a folder")
    status, findings = check(WELL)
    assert status == 1
    assert not_well(findings) == [
        (
            "WRONG",
            f"reports: {tmp_path / 'reports'} is not a folder; move it away or configure another.",
        )
    ]


def test_a_wrong_template_of_one_s_own_is_told_with_its_place(check, tmp_path):
    shutil.copytree(TOP / "templates", tmp_path / "mine")
    (tmp_path / "mine" / "report.html").write_text("fine\n{{ wrong }")
    status, findings = check(f"{WELL}[report]\ntemplates = 'mine'")
    assert status == 2
    ((_, sentence),) = not_well(findings)
    assert f"{tmp_path / 'mine' / 'report.html'}, line 2" in sentence


def test_a_missing_folder_of_templates_is_told(check, tmp_path):
    status, findings = check(f"{WELL}[report]\ntemplates = 'mine'")
    assert status == 2
    assert not_well(findings) == [("WRONG", f"templates: there is no folder {tmp_path / 'mine'}.")]


def test_a_warning_is_no_failure(check):
    status, findings = check("[irc]\nhost = 'irc.example.org'\npassword = 'x'\n")
    assert status == 0
    assert [mark for mark, _ in not_well(findings)] == ["warning", "warning"]
    assert "no channels are watched" in findings[2][1]
    assert "everybody can read it" in findings[3][1]


def test_without_a_configuration_only_the_embedded_server_will_do(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("IRCBOT_CONFIG", raising=False)
    assert run(["check"]) == 0
    assert "none; only `ircbot run --embedded` will do" in capsys.readouterr().out


@contextlib.asynccontextmanager
async def server():
    one = EmbeddedServer()
    await one.start(0)
    try:
        yield one
    finally:
        await one.stop()


async def test_with_connect_server_and_channels_are_tried(tmp_path):
    async with server() as irc:
        path = tmp_path / "config.toml"
        path.write_text(
            f"[irc]\nhost = '127.0.0.1'\nport = {irc.port}\ntls = false\nchannels = ['#ops', '#dev']"
        )
        done = await asyncio.to_thread(checked, path)
    assert (done.returncode, done.stderr) == (0, "")
    tried = [line for line in done.stdout.splitlines() if "127.0.0.1" in line]
    assert any("registered as ilbot" in line for line in tried)
    assert any("#ops" in line for line in tried)
    assert any("#dev" in line for line in tried)


async def test_with_connect_a_server_that_is_not_there_is_told(tmp_path):
    async with server() as irc:
        port = irc.port
    path = tmp_path / "config.toml"
    path.write_text(f"[irc]\nhost = '127.0.0.1'\nport = {port}\ntls = false\nchannels = ['#ops']")
    done = await asyncio.to_thread(checked, path)
    assert done.returncode == 1
    assert re.search(rf"(?m)^WRONG .*127\.0\.0\.1.*{port}.*refused", done.stdout)
    assert done.stderr == ""


async def test_with_connect_all_is_tried_but_what_is_written_wrong(tmp_path):
    path = tmp_path / "config.toml"
    async with server() as irc:
        where = f"host = '127.0.0.1'\nport = {irc.port}\ntls = false\n"
        irc_table = f"[irc]\n{where}channels = ['#ops']\n"
        store = f"[store]\nengine = 'postgresql'\ndsn = 'host={tmp_path} dbname=nowhere'\n"
        path.write_text(f"process = 'missing.toml'\n{irc_table}{store}")
        done = await asyncio.to_thread(checked, path)
        assert done.returncode == 2
        assert re.search(r"(?m)^WRONG .*missing\.toml", done.stdout)
        assert "WRONG    database: the database nowhere on this machine" in done.stdout
        assert "ok       127.0.0.1: #ops: joined" in done.stdout
        path.write_text(f"{irc_table}password_file = 'missing'\n{store}")
        done = await asyncio.to_thread(checked, path)
    assert done.returncode == 2
    assert "WRONG    network: " in done.stdout
    assert "WRONG    database: the database nowhere on this machine" in done.stdout
    assert "joined" not in done.stdout


def checked(path):
    return subprocess.run(
        [sys.executable, "-m", "ircbot", "check", "--connect", "--config", path],
        capture_output=True,
        text=True,
        cwd=TOP,
        timeout=60,
    )
