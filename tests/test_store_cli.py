"""`ircbot store …` from the command line: what it prints, and its exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from store.samples import closed, declared, note

from ircbot.cli.root import run
from ircbot.repository import open_store

Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text("")
    store = open_store(str(tmp_path / "incidents"), writer="bot")
    store.append([declared(1, "one"), note(1, 1), closed(1), declared(2, "two")])
    store.close()
    return tmp_path


@pytest.fixture
def ask(folder: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    def run_it(command: str, *arguments: str) -> tuple[int, str, str]:
        status = run(["store", command, "--config", str(folder / "config.toml"), *arguments])
        out, err = capsys.readouterr()
        return status or 0, out, err

    return run_it


def test_check_of_a_good_store(ask: Ask) -> None:
    status, out, _ = ask("check")
    assert (status, out) == (0, "2 incidents, 4 entries: all is well.\n")


def test_check_as_json_holds_the_last_hashes(ask: Ask) -> None:
    status, out, _ = ask("check", "--json")
    found = json.loads(out)
    assert status == 0
    assert (found["incidents"], found["entries"], found["findings"]) == (2, 4, [])
    assert sorted(found["hashes"]) == ["1", "2"]


def test_check_of_a_damaged_store_fails_and_says_where(ask: Ask, folder: Path) -> None:
    path = folder / "incidents" / "0001.json"
    path.write_bytes(path.read_bytes().replace(b'"n":1,"text"', b'"n":1,"t###"'))
    status, _, err = ask("check")
    assert status == 1
    assert f"{path}: is damaged in line 3; no backup that we know of has it." in err
    assert f"not all is well in {folder / 'incidents'}." in err


def test_a_store_comes_back_from_a_backup(ask: Ask, folder: Path) -> None:
    target = str(folder / "backup.tar.gz")
    assert ask("backup", target)[:2] == (0, f"2 incidents written to {target}.\n")
    (folder / "incidents" / "0001.json").unlink()
    status, out, _ = ask("restore", target)
    assert (status, out) == (0, "1 incident restored, 1 was there already.\n")
    assert ask("check")[0] == 0


def test_another_story_in_a_backup_is_warned_of(ask: Ask, folder: Path) -> None:
    other = open_store(str(folder / "incidents2"), writer="bot")
    other.append([declared(1, "another")])
    other.close()
    (folder / "other.toml").write_text('[store]\npath = "incidents2"\n')
    target = str(folder / "backup.tar.gz")
    assert run(["store", "backup", "--config", str(folder / "other.toml"), target]) in (0, None)
    status, _, err = ask("restore", target)
    assert status == 0
    assert "0001.json.restored" in err


def test_a_file_that_is_no_backup_fails_in_one_sentence(ask: Ask, folder: Path) -> None:
    status, out, err = ask("restore", str(folder / "config.toml"))
    assert (status, out) == (1, "")
    assert "is not a whole backup of a store" in err
    assert "Traceback" not in err


def test_compact_moves_what_a_killed_bot_left(ask: Ask, folder: Path) -> None:
    store = open_store(str(folder / "incidents"), writer="tool")
    store.entries(2)
    store.append([note(2, 1)])
    assert list((folder / "incidents").glob("*.journal"))
    assert ask("compact")[0] == 0
    assert not list((folder / "incidents").glob("*.journal"))


def test_export_prints_an_object_a_line(ask: Ask) -> None:
    status, out, _ = ask("export")
    assert status == 0
    lines = [json.loads(line) for line in out.splitlines()]
    assert [(e["incident"], e["position"]) for e in lines] == [(1, 1), (1, 2), (1, 3), (2, 1)]


def test_a_backup_goes_from_one_program_to_another_and_back(folder: Path) -> None:
    (folder / "other.toml").write_text('[store]\npath = "elsewhere"\n')
    ircbot = f"{sys.executable} -m ircbot store"
    done = subprocess.run(
        ["sh", "-c", f"{ircbot} backup - -c config.toml | {ircbot} restore - -c other.toml --json"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert json.loads(done.stdout) == {"new": [1, 2], "same": [], "other": []}
    assert done.stderr == "ircbot: 2 incidents written to standard output.\n"
    assert not (folder / "-").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["backup", "-", "--json"], "the backup itself is on standard output; --json needs a FILE"),
        (["export", "--sqlite", "-"], "--sqlite writes files, not standard output"),
        (["export", "--csv", "-"], "--csv writes files, not standard output"),
    ],
)
def test_what_standard_output_cannot_take_is_refused(
    ask: Ask, folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.chdir(folder)
    status, _, err = ask(*arguments)
    assert (status, sentence in err) == (2, True)
    assert not (folder / "-").exists()


def test_an_export_to_a_dash_is_on_standard_output(ask: Ask) -> None:
    assert ask("export", "--jsonl", "-")[1] == ask("export")[1] != ""


def test_what_makes_several_files_or_a_configuration_takes_no_dash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert [run(["demo", "-o", "-"]), run(["init", "-o", "-"])] == [2, 2]
    assert run(["process", "new", "--", "-"]) == 2
    assert list(tmp_path.iterdir()) == []
    assert "name a folder with --output" in capsys.readouterr().err
