"""`ircbot report`: what a user sees of it, and never a traceback."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from kept import OUTAGE, keep

from ircbot.cli.root import run
from ircbot.processes import load_process
from ircbot.report import FORMATS


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with a store beside it that holds one outage."""
    path = tmp_path / "config.toml"
    path.write_text('[store]\npath = "kept"\n[products.MDN]\nlead = "jwhitlock"\n')
    keep(tmp_path / "kept", *OUTAGE)
    return path


def report(config: Path, *arguments: str) -> int:
    return run(["report", *arguments, "--config", str(config)])


@pytest.fixture
def shown(capsysbinary):
    """What went to standard output and to standard error."""

    def read() -> tuple[str, str]:
        out, err = capsysbinary.readouterr()
        return out.decode(), err.decode()

    return read


@pytest.mark.parametrize("name", ["1", "last"])
@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_goes_to_standard_output(config, shown, name, format_):
    assert report(config, name, "--format", format_) == 0
    out, err = shown()
    assert "listeners are missing from the ELB" in out
    assert out.endswith("\n")
    assert err == ""


def test_the_storage_format_is_the_default(config, shown):
    assert report(config, "1") == 0
    assert "<ac:structured-macro" in shown()[0]


def test_the_configured_format_is_the_default(config, shown):
    config.write_text(config.read_text() + '[report]\nformat = "json"\n')
    assert report(config, "1") == 0
    assert json.loads(shown()[0])["id"] == 1


def test_a_file_gets_the_report_and_standard_output_nothing(config, shown, tmp_path):
    path = tmp_path / "report.html"
    assert report(config, "1", "--format", "html", "--output", str(path)) == 0
    assert shown() == ("", "")
    assert path.read_text("utf-8").startswith("<!DOCTYPE html>")


def test_a_report_that_somebody_changed_is_not_written_over(config, shown, tmp_path):
    config.write_text(config.read_text() + '[report]\ndirectory = "drafts"\n')
    path = tmp_path / "drafts" / "incident-0001.md"
    assert report(config, "1", "--format", "markdown", "--output", str(path)) == 0
    path.write_text("ours")
    assert report(config, "1", "--format", "markdown", "--output", str(path)) == 0
    out, err = shown()
    assert path.read_text() == "ours"
    beside = path.with_name("incident-0001.new.md")
    assert "MDN is down" in beside.read_text()
    assert (out, str(path) in err, str(beside) in err) == ("", True, True)


def test_a_dash_is_standard_output(config, shown):
    assert report(config, "1", "--format", "text", "--output", "-") == 0
    assert "MDN is down" in shown()[0]


def test_it_is_utf_8_wherever_it_goes(config, tmp_path):
    # A terminal of another century.
    before, sys.stdout = sys.stdout, io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    try:
        assert report(config, "1", "--format", "text") == 0
        written = sys.stdout.buffer.getvalue()  # type: ignore[attr-defined]
    finally:
        sys.stdout = before
    assert "→" in written.decode("utf-8")


def test_times_are_shown_in_the_zone_that_is_asked_for(config, shown):
    assert report(config, "1", "--format", "text", "--timezone", "America/Los_Angeles") == 0
    out, _ = shown()
    assert "All times are America/Los_Angeles (UTC-08:00)." in out
    assert "04:05  #1" in out


def test_times_are_shown_in_the_configured_zone(config, shown):
    config.write_text('timezone = "Asia/Tokyo"\n' + config.read_text())
    assert report(config, "1", "--format", "text") == 0
    assert "21:05  #1" in shown()[0]


def test_the_public_edition_names_nobody(config, shown):
    assert report(config, "1", "--format", "text", "--edition", "public") == 0
    out, _ = shown()
    assert not any(nick in out for nick in ("metadave", "jgmize", "jwhitlock"))
    assert "Public edition" in out


def test_a_template_of_ones_own(config, shown, tmp_path):
    template = tmp_path / "mine"
    template.write_text("{{ report.title }}")
    assert report(config, "1", "--format", "text", "--template", str(template)) == 0
    assert shown()[0] == "MDN is down\n"


def test_a_folder_of_templates_is_configured(config, shown, tmp_path):
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "report.txt").write_text("ours: {{ report.title }}")
    config.write_text(config.read_text() + '[report]\ntemplates = "ours"\n')
    assert report(config, "1", "--format", "text") == 0
    assert shown()[0] == "ours: MDN is down\n"


def test_a_check_says_what_is_missing_and_fails(config, shown):
    assert report(config, "1", "--check") == 1
    out, err = shown()
    assert "Impact is to be written: who was hit, how badly, and for how long." in out.splitlines()
    assert err == ""


COMPLETE = (
    "14:00 <ann> !inc declare MDN is slow",
    "14:01 <ann> !inc impact a tenth of the visitors",
    "14:02 <ann> !inc milestone started 13:50",
    "14:02 <ann> !inc milestone detected 13:55",
    "14:03 <ann> TL: found it",
    "14:04 <ann> !inc milestone mitigated",
    "14:05 <ann> !inc cause the cache was cold",
    "14:06 <ann> !inc action warm it @ann by 2018-02-01",
    "14:07 <ann> !inc resolve",
    "14:08 <ann> !inc narrative MDN was slow",
    "14:08 <ann> !inc detection an alert",
    "14:08 <ann> !inc resolution it is warm",
    "14:08 <ann> !inc well x",
    "14:08 <ann> !inc poorly x",
    "14:08 <ann> !inc lucky x",
)


@pytest.mark.parametrize("lacks", [None, *range(9, 15)])
def test_a_check_names_exactly_what_is_still_empty(config, shown, tmp_path, lacks):
    lines = [line for number, line in enumerate(COMPLETE) if number != lacks]
    keep(tmp_path / "kept", *lines)
    questions = len(load_process("mozmeao").questions)
    assert report(config, "last", "--check") == 1
    told = shown()[0].splitlines()
    assert len(told) == questions + (0 if lacks is None else 1)
    assert "the answer" not in told[0]


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["7"], 1, "there is no incident 7"),
        (["first"], 1, "'first' is not an incident"),
        (["1", "--format", "pdf"], 2, "'pdf' is not one of 'mana', 'wiki'"),
        (["1", "--timezone", "Mars"], 2, "'Mars' is not a time zone"),
        (["1", "--timezone", ""], 2, "'' is not a time zone"),
        (["1", "--timezone", "Europe"], 2, "'Europe' is not a time zone"),
        (["1", "--timezone", "../../etc/passwd"], 2, "is not a time zone"),
        (["1", "--edition", "secret"], 2, "'secret' is not one of 'internal', 'public'"),
        (["1", "--template", "nowhere.txt"], 2, "'nowhere.txt' does not exist"),
        (["1", "--output", "/nowhere/at/all"], 1, "/nowhere/at/all cannot be written"),
        ([], 2, "Missing argument 'ID'"),
    ],
)
def test_what_a_user_did_wrong_is_one_sentence(config, shown, arguments, status, sentence):
    assert report(config, *arguments) == status
    out, err = shown()
    assert out == ""
    assert err.startswith("ircbot: ")
    assert sentence in err


def test_a_wrong_template_is_one_sentence_with_its_place(config, shown, tmp_path):
    template = tmp_path / "mine"
    template.write_text("fine\n{{ nonsense }}")
    assert report(config, "1", "--template", str(template)) == 1
    assert f"the template {template}, line 2 is wrong: 'nonsense' is undefined" in shown()[1]
