"""Every incident as tables: what stands in SQLite and CSV is what the JSON has."""

from __future__ import annotations

import csv
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import madeup
import pytest
from report.tale import PROCESS
from test_view import eventful

from ircbot.cli.root import run
from ircbot.errors import Failed
from ircbot.incident.view import as_json
from ircbot.stats.facts import facts
from ircbot.stats.files import write_csv, write_sqlite
from ircbot.stats.tables import TABLES, rows_of

TOP = Path(__file__).parent.parent

# What of the JSON is in no table: what can be told from other columns, or is a list of numbers.
_LEFT_OUT = {"identified_by", "struck", "moved", "withheld"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("export")
    (top / "config.toml").write_text("")
    madeup.keep(top / "incidents", madeup.incidents(12))
    config = str(top / "config.toml")
    made = ["--sqlite", str(top / "all.sqlite"), "--csv", str(top / "all")]
    assert run(["store", "export", "--config", config, *made]) == 0
    return top


@pytest.fixture
def db(folder: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(folder / "all.sqlite")) as opened:
        opened.row_factory = sqlite3.Row
        yield opened


def table(db: sqlite3.Connection, name: str) -> list[dict[str, Any]]:
    return [dict(row) for row in db.execute(f'SELECT * FROM "{name}"')]


def rows_by_table(shown: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    known = facts(eventful(), PROCESS, madeup.NOW)
    for name, row in rows_of(shown, known):
        found.setdefault(name, []).append(dict(zip(TABLES[name], row, strict=True)))
    return found


def test_every_list_of_the_json_has_its_table_and_every_key_its_column():
    shown = as_json(eventful(), PROCESS)
    found = rows_by_table(shown)
    (incident,) = found["incident"]
    in_lists = {
        "roles": "role",
        "timeline": "entry",
        "updates": "update_",
        "notified": "notified",
        "messages": "message",
        "actions": "action",
        "whys": "why",
        "props": "prop",
        "hypotheses": "hypothesis",
        "later": "later",
        "links": "link",
        "published": "published",
        "severities": "severity_",
        "stretches": "stretch",
        "corrections": "correction",
        "gaps": "gap",
        "milestones": "milestone",
    }
    assert set(shown) == set(incident) - {"population", "worst_severity"} | set(
        in_lists
    ) | _LEFT_OUT | {"prose"}
    for key, name in in_lists.items():
        assert len(found[name]) == len(shown[key]), name
        for one, row in zip(shown[key], found[name], strict=True):
            for column in (*row,) if isinstance(one, dict) else ():
                if column in one and not isinstance(one[column], list):
                    assert row[column] == one[column], (name, column)
    assert incident["participants"] == ", ".join(shown["participants"])
    assert found["role"][0]["since"] == shown["roles"][0]["from"]


def test_the_file_is_whole_and_refers_to_its_incidents(db):
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    (refers,) = db.execute("PRAGMA foreign_key_list(entry)")
    assert (refers["table"], refers["from"], refers["to"]) == ("incident", "incident", "id")
    assert [row["id"] for row in table(db, "incident")] == list(range(1, 13))
    texts = {row["text"] for row in table(db, "entry")}
    assert {"line 1 of 1", "line 6 of 12"} <= texts
    assert {row["population"] for row in table(db, "incident")} == {"live", "imported", "void"}


def test_figures_and_steps_are_there_to_be_asked_for(db):
    rows = db.execute(
        "SELECT value, (julianday(resolved_at) - julianday(declared_at)) * 86400 AS took "
        "FROM figure JOIN incident ON id = incident "
        "WHERE figure = 'resolve' AND value IS NOT NULL"
    ).fetchall()
    assert len(rows) == 11
    assert all(row["value"] == pytest.approx(row["took"], abs=1) for row in rows)
    verdicts = {row["verdict"] for row in table(db, "step")}
    assert {"met", "missed"} <= verdicts


def test_csv_has_the_same_rows_and_no_formula(folder, db):
    assert {path.stem for path in (folder / "all").iterdir()} == set(TABLES)
    for name, columns in TABLES.items():
        with (folder / "all" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            head, *rows = csv.reader(file)
        assert tuple(head) == columns
        assert len(rows) == len(table(db, name))
        assert not [cell for row in rows for cell in row if re.match(r"[=+@]", cell)]
    assert "'=1+1<script>" in (folder / "all" / "incident.csv").read_text()


def test_what_is_written_is_its_owners_alone(folder):
    assert (folder / "all.sqlite").stat().st_mode & 0o777 == 0o600
    assert (folder / "all").stat().st_mode & 0o777 == 0o700


def test_nothing_that_is_there_is_touched(folder, tmp_path, capsys):
    config = str(folder / "config.toml")
    there = tmp_path / "there"
    there.write_text("mine")
    for option in ("--sqlite", "--csv"):
        assert run(["store", "export", "--config", config, option, str(there)]) != 0
        assert str(there) in capsys.readouterr()[1]
    assert there.read_text() == "mine"
    nowhere = tmp_path / "nowhere" / "x"
    assert run(["store", "export", "--config", config, "--sqlite", str(nowhere)]) == 1
    assert "cannot write" in capsys.readouterr()[1]


@pytest.mark.parametrize("write", [write_sqlite, write_csv])
def test_what_cannot_be_finished_is_removed(tmp_path, write):
    def breaking() -> Iterator[tuple[str, tuple[int]]]:
        yield "one", (1,)
        raise OSError(28, "No space left on device")

    with pytest.raises(Failed, match="No space left"):
        write(tmp_path / "new", {"one": ("a",)}, breaking())
    assert list(tmp_path.iterdir()) == []


def test_statistics_go_into_sqlite_as_well(folder, tmp_path, capsys):
    config = str(folder / "config.toml")
    made = ["--format", "sqlite", "--output", str(tmp_path / "stats.sqlite")]
    assert run(["stats", "--config", config, "--by", "severity", *made]) == 0
    with closing(sqlite3.connect(tmp_path / "stats.sqlite")) as opened:
        opened.row_factory = sqlite3.Row
        whole, *groups = [r for r in table(opened, "figure") if r["key"] == "resolve"]
        values = [row for row in table(opened, "value") if row["figure"] == "resolve"]
    assert whole["n"] == sum(row["population"] == "live" for row in values)
    assert any(row["by"] == "severity" and row["group"] for row in groups)
    assert run(["stats", "--config", config, "--format", "sqlite"]) == 2
    assert "--output" in capsys.readouterr()[1]


def test_the_documentation_has_every_table_and_every_column():
    text = (TOP / "docs" / "statistics.md").read_text(encoding="utf-8")
    for name, columns in TABLES.items():
        (row,) = re.findall(rf"(?m)^\| `{name}` \|.*$", text)
        assert re.findall(r"`(\w+)`", row)[1:] == [c for c in columns if c != "incident"], name
