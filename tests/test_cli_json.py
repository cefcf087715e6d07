"""What `--json` prints is as docs/json says, and says nothing that is not in there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from kept import OUTAGE, keep
from schemas import DOCS, validator

from ircbot.cli import UNREAD
from ircbot.cli.root import root, run

LINES = {"explain", "rehearse"}  # one object a line


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("json")
    (folder / "config.toml").write_text(
        '[irc]\nhost = "irc.example.org"\nchannels = ["#mozmeao"]\n'
        '[publish.wiki]\ntype = "webhook"\nurl = "http://127.0.0.1:9/x"\n'
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
    "publish": ["publish", "1", "--to", "wiki"],
    "edit": ["edit", "1", "--print"],
    "stats": ["stats", "--by", "severity"],
    "tl": ["tl", "1", "it", "was", "the", "fuse"],
    "report": ["report", "1", "--check"],
    "process-new": ["process", "new", "harbour"],
    "process-check": ["process", "check", "harbour.toml"],
    "store-compact": ["store", "compact"],
    "store-backup": ["store", "backup", "backup.tar.gz"],
    "store-restore": ["store", "restore", "backup.tar.gz"],
}
FINDS = {"report", "publish"}  # say by their status that something is missing
# Tried where there is what they need: selftest takes seconds, migrate a database, an order debts,
# the cluster a database, too.
ELSEWHERE = {"selftest", "store-migrate", "outbox-order", "cluster-status", "cluster-yield"}
# Commands without --json, and why. Whatever else is a command has it.
WITHOUT = {
    "demo": "a show",
    "run": "a service; its log has [log] format",
    "page": "a service, which has a JSON of its own at its addresses",
    "process-show": "prints a file of TOML",
    "process-schema": "prints JSON as it is",
    "store-schema": "prints SQL",
    "store-export": "prints JSON as it is, or makes files",
    "completion": "prints a shell's script",
    "help": "prints a text for people",
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_printed_is_as_the_schema_says(name, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    assert run([*CASES[name], "--json"]) == (1 if name in FINDS else 0)
    out = capsys.readouterr().out
    told = [json.loads(line) for line in out.splitlines()] if name in LINES else [json.loads(out)]
    assert told != [[]] or name == "outbox"
    for one in told:
        validator(name).validate(one)


def test_every_schema_is_tried_on_what_is_printed():
    there = {path.name.removesuffix(".schema.json") for path in (DOCS / "json").iterdir()}
    assert there == {*CASES, *ELSEWHERE}


def commands(command, context, *names):
    """Every command that does something, by the words that call it."""
    if not isinstance(command, click.Group):
        yield "-".join(names), command
        return
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        yield from commands(below, click.Context(below, parent=context), *names, name)


def test_every_command_has_json_but_those_that_are_named():
    every = dict(commands(root, click.Context(root)))
    assert set(every) >= {*WITHOUT}
    mute = {name for name, one in every.items() if "as_json" not in {p.name for p in one.params}}
    assert mute == {*WITHOUT}
    assert {name for name in every if name not in WITHOUT} <= {*CASES, *ELSEWHERE, "show"}


def test_a_schema_refuses_what_is_not_in_it():
    assert not validator("actions").is_valid([{"incident": 1}])
    assert not validator("selftest").is_valid({"ok": True, "checks": [], "more": 1})
    assert validator("selftest").is_valid({"ok": True, "checks": []})


def test_an_incident_is_shown_as_its_schema_says(folder, capsys):
    assert run(["show", "1", "--json", "-c", str(folder / "config.toml")]) == 0
    validator("../incident").validate(json.loads(capsys.readouterr().out))


UNREAD_TOO = (
    ["report", "1", "-f", "text"],
    ["show", "1"],
    ["stats"],
    ["process", "show", "grafana"],
    ["process", "schema"],
    ["store", "schema", "--role", "ircbot"],
    ["store", "export"],
    ["store", "backup", "-"],
    ["completion", "bash"],
    ["help", "report"],
    ["help"],
    ["--help"],
    ["--version"],
)
# One process for each, as a shell would have it, but what they import is imported once.
CLOSED = """
import json, os, sys
from ircbot.__main__ import main
from ircbot.cli.manual import pages
list(pages())
for arguments in json.loads(sys.argv[1]):
    err, into = os.pipe()
    if not (child := os.fork()):
        reader, writer = os.pipe()
        os.close(reader)
        os.dup2(writer, 1), os.dup2(into, 2)
        sys.argv = ["ircbot", *arguments]
        status = main()
        sys.stdout.flush()
        os._exit(status)
    os.close(into)
    said = os.fdopen(err).read()
    print(json.dumps([arguments, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said]), flush=True)
"""


def test_a_reader_that_has_gone_is_met_with_silence_by_every_command(folder):
    written = ("publish", "process-new", "process-check", "init")
    asked = [*(case for name, case in CASES.items() if name not in written), *UNREAD_TOO]
    done = subprocess.run(
        [sys.executable, "-c", CLOSED, json.dumps(asked)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == len(asked), done.stderr
    assert [one for one in told if one[1:] != [UNREAD, ""]] == []
