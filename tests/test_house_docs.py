"""What the documents say is so: their links lead somewhere, their examples work."""

import doctest
import importlib
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from ircbot.cli.root import root
from ircbot.config import load_config
from ircbot.config.keys import ROOT
from ircbot.config.settings import setting
from ircbot.health import HostVitals, LeaseVitals, NetworkVitals, Vitals, exposition
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
from ircbot.publish.registry import places

TOP = Path(__file__).parent.parent
DOCUMENTS = sorted([*TOP.glob("*.md"), *(TOP / "docs").rglob("*.md")])
WITH_EXAMPLES = sorted(
    ".".join(path.relative_to(TOP).with_suffix("").parts).removesuffix(".__init__")
    for path in (TOP / "ircbot").rglob("*.py")
    if ">>> " in path.read_text()
)
# Where things are on a machine that runs ircbot; no other place has any business in a document.
PLACES = (
    "/etc/",
    "/opt/ircbot",
    "/var/lib/ircbot",
    "/var/lib/postgresql",
    "/path/to/",
    "/run/",
    "/usr/",
    "/dev/",
    "/bin/sh",
    "/me",
    "/join",
    "/msg",  # what people type into a client
    "/whois",
    "/incident",
    "/wp-json",
    *("/api", "/events", "/feed.atom", "/healthz", "/history", "/login", "/search", "/stats"),
    *("/machines", "/wall"),  # the page's
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
        if not link.startswith(("https://", "http://"))
        and not (page.parent / link).exists()
        and not is_made_for_the_site(page.parent / link)
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


# What the site shows beside these files (`make site` follows every link).
def is_made_for_the_site(path):
    parts = path.resolve().relative_to(TOP / "docs").parts
    return parts[0] in ("gallery", "files", "reference")


@pytest.mark.parametrize("page", DOCUMENTS, ids=name_of)
def test_every_command_that_is_named_exists(page):
    text = page.read_text()
    assert [line for line in shell_lines(text) if (wrong := refusal(line))] == [], wrong
    chat = set(re.findall(r"(?:`|> )!inc (?:@\d+ )?([a-z]+)", text))
    assert chat <= set(BY_NAME)


def shell_lines(text):
    """Each command line of ircbot's, in code or in a block of what people type."""
    within = re.findall(r"`ircbot ([a-z][^`]*)`", text)
    lines = re.findall(r"(?m)^(?:    |\$ |    \$ )ircbot ([a-z].*)$", text)
    return [*within, *(re.sub(r"\s+#\s.*| [|>] .*", "", line) for line in lines)]


def refusal(line):
    """Why click would not take a line, "" if it would; what stands for something is let be."""
    line = re.sub(r"\[([^]]*)\]", r"\1", line.replace("…", "").split(" · ")[0])
    words = [word.split("|")[0] for word in shlex.split(line)]
    words = [word for word in words if not re.fullmatch(r"-\d+[mh]", word)]  # an hour ago
    command, context = root, click.Context(root, info_name="ircbot", **root.context_settings)
    try:
        while isinstance(command, click.Group) and words:
            _, found, rest = command.resolve_command(context, words)
            command, words = found, list(rest)
        context = click.Context(command, context)
        command.make_parser(context).parse_args(args=words)
    except click.BadOptionUsage:
        return ""  # an option is named without its value
    except click.UsageError as error:
        return error.format_message()
    return ""


def test_a_command_line_that_click_refuses_is_seen():
    assert refusal("store chekc")
    assert refusal("report last --fromat html")
    assert refusal("reprot last")
    assert not refusal("report ID --format F [--edition public] …")


def configurations():
    """Every block of TOML in a document in which all tables are those of a configuration."""
    tables = {one.name for one in (*ROOT.keys, *ROOT.sections)}
    for page in DOCUMENTS:
        for number, text in enumerate(re.findall(r"(?ms)^```toml\n(.*?)^```", page.read_text()), 1):
            if set(tomllib.loads(text)) <= tables and not text.startswith("include ="):
                yield pytest.param(text, id=f"{name_of(page)}-{number}")


@pytest.mark.parametrize("text", list(configurations()))
def test_a_configuration_in_the_documents_is_one(text, tmp_path):
    for file in re.findall(r'_file = "([\w.-]+)"', text):
        secret = "https://hooks.example.org/x" if file.endswith(".url") else "a-long-secret" * 4
        (tmp_path / file).write_text(secret)
        (tmp_path / file).chmod(0o600)
    (tmp_path / "bot.pem").write_text("")
    (tmp_path / "config.toml").write_text(text)
    config = load_config(tmp_path / "config.toml", {})
    setting(config)
    places(config, {})


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


def metric_names():
    vitals = Vitals(
        (NetworkVitals("libera", True, 1, 1, 0),), 0, 0, 0, 0, datetime(2018, 1, 10, tzinfo=UTC)
    )
    lease = LeaseVitals(held=True, epoch=1, backed=True, age=1.0)
    bot = replace(vitals, owed=1, owed_since=vitals.recorded_at, lease=lease)
    everything = exposition(HostVitals({"acme": bot}, machines=1)) + exposition(bot)
    return set(re.findall(r"(?m)^# TYPE (\S+)", everything))


def test_every_metric_is_documented_and_none_that_is_not_there():
    page = (TOP / "docs" / "running.md").read_text()
    assert set(re.findall(r"(?m)^\| `(ircbot_\w+)` \|", page)) == metric_names()


def test_the_rules_for_prometheus_know_only_metrics_that_are_there():
    rules = (TOP / "packaging" / "prometheus" / "ircbot.rules.yml").read_text()
    named = set(re.findall(r"\bircbot_[a-z_]+", rules))
    assert named
    assert named <= metric_names()


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_the_examples_in_docstrings_hold(module):
    tried = doctest.testmod(importlib.import_module(module))
    assert tried.attempted
    assert not tried.failed
