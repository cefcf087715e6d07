"""What the documents say is so: their links lead somewhere, their examples work."""

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from ircbot.cli import COMMANDS
from ircbot.incident.meanings import meaning_of
from ircbot.incident.process import (
    Baton,
    Meeting,
    Process,
    Prompt,
    ReportDuty,
    Role,
    Severity,
    Status,
    Step,
    Updates,
)
from ircbot.incident.recognise import recognise
from ircbot.incident.rules.commands import BY_NAME
from ircbot.incident.sayings import Declare
from ircbot.processes import load_process

TOP = Path(__file__).parent.parent
DOCUMENTS = sorted([*TOP.glob("*.md"), *(TOP / "docs").glob("*.md")])
# Where things are on a machine that runs ircbot; no other place has any business in a document.
PLACES = (
    "/etc/",
    "/opt/ircbot",
    "/var/lib/ircbot",
    "/path/to/",
    "/run/",
    "/usr/",
    "/dev/",
    "/me",
    "/wp-json",
)


def name_of(path):
    return str(path.relative_to(TOP))


def outside_of_code(text):
    return re.sub(r"(?s)```.*?```", "", text)


@pytest.mark.parametrize("page", DOCUMENTS, ids=name_of)
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)", outside_of_code(page.read_text()))
    wrong = [
        link
        for link in links
        if not link.startswith(("https://", "http://")) and not (page.parent / link).exists()
    ]
    assert wrong == []


@pytest.mark.parametrize("page", DOCUMENTS, ids=name_of)
def test_every_file_that_is_named_exists(page):
    named = re.findall(
        r"`((?:ircbot|tests|templates|packaging|docs|\.ci)/[\w./-]+)`", page.read_text()
    )
    assert [path for path in named if "NAME" not in path and not (TOP / path).exists()] == []


@pytest.mark.parametrize("page", DOCUMENTS, ids=name_of)
def test_no_document_knows_the_machine_it_was_written_on(page):
    paths = re.findall(r"(?<![\w.:/<~)}…*-])/[a-z][\w.-]*/?[\w./-]*", page.read_text())
    assert [path for path in paths if not path.startswith(PLACES)] == []


@pytest.mark.parametrize("page", DOCUMENTS, ids=name_of)
def test_every_command_that_is_named_exists(page):
    text = page.read_text()
    named = set(re.findall(r"(?:`|^    )ircbot ([a-z]+)", text, re.MULTILINE))
    assert named <= set(COMMANDS)
    chat = set(re.findall(r"`!inc (?:@\d+ )?([a-z]+)", text))
    assert chat <= set(BY_NAME)


def readme_s_sentences():
    table = re.search(r"(?s)\| somebody says \|.*?\n\n", (TOP / "README.md").read_text())
    return re.findall(r"(?m)^\| `(.+?)` \| (.+?) \|$", table[0])


@pytest.mark.parametrize(("sentence", "meanings"), readme_s_sentences())
def test_a_sentence_of_the_readme_means_what_it_says(sentence, meanings):
    sayings = recognise(sentence, load_process("mozmeao"), speaker="metadave")
    kinds = [meaning_of(saying)["kind"] for saying in sayings]
    assert kinds == ([] if meanings == "nothing" else meanings.split(", "))


@pytest.mark.parametrize(
    ("page", "file"),
    [
        ("access", "docs/access.md"),
        ("commands", "docs/commands.md"),
        ("config", "config.example.toml"),
        ("process-schema", "docs/process.schema.json"),
    ],
)
def test_what_is_made_from_the_program_s_tables_is_up_to_date(page, file):
    done = subprocess.run(
        [sys.executable, TOP / "docs" / "generate", page],
        capture_output=True,
        text=True,
        cwd=TOP,
        env={"PYTHONPATH": str(TOP), "PATH": "/usr/bin:/bin"},
        timeout=60,
    )
    assert done.stdout == (TOP / file).read_text(), "run `make docs`"


def test_the_two_commands_of_the_readme_are_there():
    makefile = (TOP / "Makefile").read_text()
    named = set(re.findall(r"(?m)^    make (\w+)", (TOP / "README.md").read_text()))
    assert {"demo", "test"} <= named
    assert all(re.search(rf"(?m)^{name}:", makefile) for name in named)


@pytest.fixture
def worked_example(tmp_path):
    """The process of docs/processes.md, from its file."""
    page = (TOP / "docs" / "processes.md").read_text()
    (tmp_path / "harbour.toml").write_text(re.search(r"(?s)```toml\n(.*?)```", page)[1])
    return load_process(str(tmp_path / "harbour.toml"))


def test_the_worked_example_is_a_process(worked_example):
    assert worked_example.lead.title == "harbour master"
    assert set(worked_example.severities) == {"storm", "breeze"}


def test_the_worked_example_understands_its_own_examples(worked_example):
    (phrase,) = [one for one in worked_example.phrases if "all hands" in one.patterns]
    for line in phrase.examples:
        assert any(isinstance(one, Declare) for one in recognise(line, worked_example)), line
    for line in phrase.unlike:
        assert not any(isinstance(one, Declare) for one in recognise(line, worked_example)), line
    said = recognise("all hands: the crane is stuck", worked_example)
    assert said == (Declare("the crane is stuck"),)


def test_the_page_on_processes_names_everything_a_process_has():
    page = (TOP / "docs" / "processes.md").read_text()
    tables = (Process, Role, Severity, Status, Updates, Baton, ReportDuty, Meeting, Prompt, Step)
    wanted = {one.name for table in tables for one in fields(table)} - {"key", "name"}
    assert [name for name in sorted(wanted) if not re.search(rf"`[^`]*\b{name}\b", page)] == []
