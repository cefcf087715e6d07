"""What `--json` prints is as docs/json says, and says nothing that is not in there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from kept import OUTAGE, keep
from referencing import Registry, Resource

from ircbot.cli.root import run

DOCS = Path(__file__).parent.parent / "docs"
LINES = {"explain", "rehearse"}  # one object a line


def strict(schema: Any) -> Any:
    """The schema, with no further keys."""
    match schema:
        case {"properties": dict()}:
            closed = {"additionalProperties": False, **schema}
            return {key: strict(value) for key, value in closed.items()}
        case dict():
            return {key: strict(value) for key, value in schema.items()}
        case list():
            return [strict(one) for one in schema]
        case _:
            return schema


def validator(name: str) -> Draft202012Validator:
    schema = json.loads((DOCS / "json" / f"{name}.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    incident = json.loads((DOCS / "incident.schema.json").read_text("utf-8"))
    known = Registry().with_resource("../incident.schema.json", Resource.from_contents(incident))
    return Draft202012Validator(strict(schema), registry=known)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("json")
    (folder / "config.toml").write_text(
        '[irc]\nhost = "irc.example.org"\nchannels = ["#mozmeao"]\n'
        '[publish.wiki]\ntype = "webhook"\nurl = "https://wiki.example.org/x"\n'
    )
    keep(folder / "incidents", *OUTAGE)
    (folder / "#ops.log").write_text(
        "2018-01-11 12:00:00 <ann> I am declaring an incident and am incident leader\n"
        "2018-01-11 12:01:00 <ann> TL: the disk is full\n"
        "2018-01-11 12:20:00 <ann> the outage has been resolved\n"
    )
    (folder / "answers.toml").write_text('[irc]\nhost = "a.example.org"\npassword = "x"\n')
    return folder


CASES = {
    "list": ["list"],
    "actions": ["actions"],
    "review": ["review", "1"],
    "outbox": ["outbox"],
    "search": ["search", "elb"],
    "explain": ["explain", "TL: it broke"],
    "import": ["import", "#ops.log", "--dry-run"],
    "rehearse": ["rehearse", "#ops.log"],
    "store-check": ["store", "check"],
    "check": ["check"],
    "process-list": ["process", "list"],
    "init": ["init", "--answers", "answers.toml", "-o", "new.toml"],
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_printed_is_as_the_schema_says(name, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    assert run([*CASES[name], "--json"]) == 0
    out = capsys.readouterr().out
    told = [json.loads(line) for line in out.splitlines()] if name in LINES else [json.loads(out)]
    assert told != [[]] or name == "outbox"
    for one in told:
        validator(name).validate(one)


def test_every_schema_is_tried_on_what_is_printed():
    there = {path.name.removesuffix(".schema.json") for path in (DOCS / "json").iterdir()}
    assert there == {*CASES, "selftest"}  # which is tried in its own tests


def test_a_schema_refuses_what_is_not_in_it():
    assert not validator("actions").is_valid([{"incident": 1}])
    assert not validator("selftest").is_valid({"ok": True, "checks": [], "more": 1})
    assert validator("selftest").is_valid({"ok": True, "checks": []})
