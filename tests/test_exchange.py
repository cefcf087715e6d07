"""What one store exports another takes in: the same incidents, once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from kept import OUTAGE, keep
from store.samples import declared, note

from ircbot.cli.root import run
from ircbot.repository import open_store

Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run a command on the store `one`, or `two`."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(f'[store]\npath = "{name}"\n')

    def run_it(name: str, *command: str) -> tuple[int, str, str]:
        status = run([*command, "--config", str(tmp_path / f"{name}.toml")])
        return status or 0, *capsys.readouterr()

    return run_it


@pytest.fixture
def file(tmp_path: Path, ask: Ask) -> str:
    """An export of a store with words that were redacted, and others said afterwards."""
    keep(
        tmp_path / "one",
        *OUTAGE[:2],
        "12:05 <metadave> TL: the word is xyzzy",
        "12:06 <metadave> !inc redact 2",
        "12:07 <metadave> TL: said afterwards",
    )
    path = str(tmp_path / "export.jsonl")
    assert ask("one", "store", "export", "--jsonl", path) == (0, "", "")
    return path


def test_an_export_that_is_imported_is_the_same_incident_and_is_taken_once(
    tmp_path: Path, ask: Ask, file: str
) -> None:
    assert Path(file).stat().st_mode & 0o777 == 0o600
    status, out, _ = ask("two", "import", file, "--dry-run", "--json")
    assert (status, json.loads(out)["dry_run"]) == (0, True)
    assert open_store(str(tmp_path / "two")).incidents() == ()
    entries = open_store(str(tmp_path / "one")).entries(1)
    assert ask("two", "import", file)[1] == f"Incident 1: new, with {len(entries)} entries.\n"
    assert open_store(str(tmp_path / "two")).entries(1) == entries
    assert ask("two", "store", "check")[0] == 0
    assert ask("two", "import", file)[1] == "Nothing new.\n"
    shown = [ask(name, "show", "1", "--json")[1] for name in ("one", "two")]
    assert shown[0] == shown[1]


def test_an_import_goes_on_where_an_earlier_one_ended(tmp_path: Path, ask: Ask, file: str) -> None:
    assert ask("two", "import", file)[0] == 0
    store = open_store(str(tmp_path / "one"), writer="tool")
    store.entries(1)
    store.append([note(1, 9)])
    store.close()
    again = str(tmp_path / "again.jsonl")
    assert ask("one", "store", "export", "--jsonl", again)[0] == 0
    assert ask("two", "import", again)[1] == "Incident 1: continued, with 1 entry.\n"
    assert ask("two", "import", file)[1] == "Nothing new.\n"
    store = open_store(str(tmp_path / "two"), writer="tool")
    store.entries(1)
    store.append([declared(1)])
    store.close()
    store = open_store(str(tmp_path / "one"), writer="tool")
    store.entries(1)
    store.append([note(1, 10)])
    store.close()
    third = str(tmp_path / "third.jsonl")
    ask("one", "store", "export", "--jsonl", third)
    assert "incident 1 went on differently here (1)" in ask("two", "import", third)[2]


def test_a_number_that_is_taken_is_another_here_and_known_again(
    tmp_path: Path, ask: Ask, file: str
) -> None:
    keep(tmp_path / "two", "12:30 <bob> !inc declare another one")
    status, out, _ = ask("two", "import", file)
    assert (status, out.split(":")[0]) == (0, "Incident 2 (exported as 1)")
    assert ask("two", "import", file)[1] == "Nothing new.\n"
    assert ask("two", "store", "check")[0] == 0


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (lambda lines: [lines[0], *lines[2:]], "is missing"),
        (lambda lines: [*lines[:2], "{"], "line 3: not an entry"),
        (lambda lines: [lines[0].replace('"Declared"', '"Exploded"')], "unknown event 'Exploded'"),
    ],
)
def test_an_export_that_is_not_whole_is_refused(
    ask: Ask, file: str, broken: Callable[[list[str]], list[str]], why: str
) -> None:
    lines = [line for line in Path(file).read_text().splitlines() if '"incident": 1' in line]
    Path(file).write_text("\n".join(broken(lines)) + "\n")
    status, _, err = ask("two", "import", file)
    assert status == 1
    assert why in err


def test_nothing_is_written_over_and_damage_is_told(tmp_path: Path, ask: Ask, file: str) -> None:
    status, _, err = ask("one", "store", "export", "--jsonl", file)
    assert status == 1
    assert "File exists" in err
    log = tmp_path / "log"
    log.write_text("12:00 <ann> hello\n")
    assert ask("two", "import", file, str(log))[0] == 2
    for path in (tmp_path / "one").glob("0001.*"):
        path.write_text("spoilt")
    status, _, err = ask("one", "store", "export")
    assert status == 1
    assert "not exported: " in err
