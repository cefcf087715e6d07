"""`ircbot edit`: prose in and out again, kept whole, and never over what somebody else wrote."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report.reading import READERS
from report.tale import PROCESS, Tale, outage
from test_report_cli import keep

from ircbot.cli.root import run
from ircbot.incident.bounds import LONGEST
from ircbot.incident.events import Declared, Forgotten, ProseWritten, Purged
from ircbot.incident.prose import pieces, prose_of
from ircbot.incident.state import replay
from ircbot.processes import load_process
from ircbot.report import FORMATS
from ircbot.report.editing import as_text, sections_in
from ircbot.report.render import render
from ircbot.repository import incident_named, open_store

MOZMEAO = load_process("mozmeao")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text('[store]\npath = "kept"\n')
    keep(
        tmp_path / "kept",
        "12:00 <ann> !inc declare MDN is down",
        "12:10 <ann> !inc resolve",
        "12:11 <ann> !inc well the graphs",
    )
    return path


def edit(config: Path, *arguments: str) -> int:
    return run(["edit", "1", "--config", str(config), *arguments])


def prose(config: Path) -> dict[str, str]:
    return prose_of(incident_named(open_store(str(config.parent / "kept")), "1"))


def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str) -> None:
    """An editor that does something with `text`, and with `config`'s folder as `here`."""
    script = tmp_path / "editor.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\n"
        f"file, here = Path(sys.argv[1]), Path({str(tmp_path)!r})\ntext = file.read_text()\n"
        f"{does}\nfile.write_text(text)\n"
    )
    monkeypatch.setenv("VISUAL", f"{sys.executable} {script}")
    monkeypatch.chdir(tmp_path)


def put(key: str, text: str) -> str:
    return f"text = text.replace('{{#{key}}}\\n', '{{#{key}}}\\n\\n{text}\\n', 1)"


def test_what_is_written_in_the_editor_is_in_the_report(config, tmp_path, monkeypatch, capfd):
    does = "text = text.replace('- the graphs', '- the graphs\\n- and the people')\n"
    editor(tmp_path, monkeypatch, does + put("narrative", r"It was **down**.\n\nThen up."))
    assert edit(config) == 0
    assert capfd.readouterr().out == "narrative, well were changed.\n"
    assert prose(config) == {
        "well": "- the graphs\n- and the people",
        "narrative": "It was **down**.\n\nThen up.",
    }
    assert run(["report", "1", "--config", str(config), "--format", "text"]) == 0
    out = capfd.readouterr().out
    assert "It was **down**.\n\nThen up.\n" in out
    assert "- the graphs\n- and the people\n" in out


def test_what_is_not_changed_records_nothing(config, tmp_path, monkeypatch, capfd):
    editor(tmp_path, monkeypatch, "pass")
    before = open_store(str(tmp_path / "kept")).entries(1)
    assert edit(config) == 0
    assert capfd.readouterr().out == "nothing was changed.\n"
    assert open_store(str(tmp_path / "kept")).entries(1) == before


def test_an_editor_that_fails_is_named(config, monkeypatch, capfd):
    monkeypatch.setenv("VISUAL", "/no/such/editor")
    assert edit(config) == 1
    told = capfd.readouterr().err
    assert told.startswith("ircbot: the editor failed (/no/such/editor: ")
    assert told.endswith("nothing was changed. $VISUAL or $EDITOR names another one.\n")


def test_a_change_that_somebody_made_meanwhile_is_not_lost(config, tmp_path, monkeypatch, capfd):
    other = tmp_path / "other.md"
    other.write_text("## What went well {#well}\n\n- what somebody else wrote\n")
    command = [sys.executable, "-m", "ircbot", "edit", "1", "--config", str(config), "--from"]
    meanwhile = f"import subprocess\nsubprocess.run({[*command, str(other)]!r}, check=True)\n"
    editor(tmp_path, monkeypatch, meanwhile + put("well", "- mine"))
    assert edit(config) == 1
    err = capfd.readouterr().err
    assert "somebody else changed well meanwhile; nothing is changed." in err
    (kept,) = tmp_path.glob("incident-0001.edited-*.md")
    assert str(kept) in err
    assert "- mine" in kept.read_text()
    assert prose(config) == {"well": "- what somebody else wrote"}
    editor(tmp_path, monkeypatch, meanwhile + put("lucky", "- mine"))
    other.write_text("## What went well {#well}\n\n- once more\n")
    assert edit(config) == 0
    assert prose(config) == {"well": "- once more", "lucky": "- mine"}


def test_the_text_goes_out_and_in_without_an_editor(config, tmp_path, capfd):
    assert edit(config, "--print") == 0
    text = capfd.readouterr().out
    assert text.count("## ") == text.count("{#")
    file = tmp_path / "text.md"
    file.write_text(text.replace("- the graphs", ""))
    assert edit(config, "--from", str(file)) == 0
    assert capfd.readouterr().out == "well was changed.\n"
    assert prose(config) == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lost words\n\n## W {#well}\n", "text above the first heading"),
        ("## W {#wel}\n\nx\n", "there is no section {#wel}; there are narrative"),
        (f"## W {{#well}}\n\n{'x' * (LONGEST + 1)}\n", "more than 4,000 characters"),
    ],
)
def test_a_text_that_cannot_be_taken_changes_nothing(config, tmp_path, capfd, text, told):
    file = tmp_path / "text.md"
    file.write_text(text)
    assert edit(config, "--from", str(file)) == 1
    assert told in capfd.readouterr().err
    assert prose(config) == {"well": "- the graphs"}


def test_a_secret_is_masked_here_too(config, tmp_path):
    file = tmp_path / "text.md"
    file.write_text("## W {#cause}\n\nthe password is hunter2hunter2\n")
    assert edit(config, "--from", str(file)) == 0
    assert prose(config)["cause"] == "the password is [masked]"


# --- the text itself --------------------------------------------------------------------------

LINE = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=30).map(
    lambda line: " ".join(line.split())
)
TEXT = st.lists(LINE, max_size=6).map("\n".join).map(lambda text: text.strip("\n"))


@given(st.dictionaries(st.sampled_from(["well", "cause", "narrative", "question-1"]), TEXT))
def test_any_prose_comes_back_out_of_the_edited_text(written):
    prose = {key: text for key, text in written.items() if text}
    found = sections_in(as_text(MOZMEAO, prose), MOZMEAO)
    assert {key: text for key, text in found.items() if text} == prose


@pytest.mark.parametrize("text", ["## x {#well}", "\\## x {#well}", "<!-- ours -->", "## no key"])
def test_what_looks_like_our_marks_stays_text(text):
    found = sections_in(as_text(MOZMEAO, {"cause": text}), MOZMEAO)
    assert found["cause"] == text
    assert not found["well"]


@pytest.mark.parametrize(
    "text",
    ["", "short", "- a\n- b\n\nc", "x" * LONGEST, f"{'a' * 3000}\n\n{'b' * 3000}\n\n- c\n- d"],
)
def test_a_long_text_is_recorded_in_parts_and_put_together_again(text):
    tale = Tale().tell(Declared("MDN is down", "tale")).tell(ProseWritten("well", "gone"), 1)
    for number, piece in enumerate(pieces(text)):
        assert len(piece) <= LONGEST
        tale.tell(ProseWritten("well", piece, whole=number == 0), 2)
    assert prose_of(tale.incident).get("well", "") == text.strip()


def test_prose_goes_when_its_author_or_all_of_it_is_erased():
    tale = Tale().tell(Declared("MDN is down", "tale")).tell(ProseWritten("well", "anns"), 1, "ann")
    tale.tell(ProseWritten("well", "bobs"), 2, "bob")
    assert prose_of(tale.tell(Forgotten("somebody-1", "ann"), 3).incident) == {"well": "bobs"}
    assert prose_of(tale.tell(Purged(), 4).incident) == {}
    assert replay(tale.entries).incidents[1].prose == tale.incident.prose


@pytest.mark.parametrize("format_", [f for f in FORMATS if f != "json"])
def test_prose_stands_in_every_format_as_text_and_lists(format_):
    incident = outage("an entry")
    tale = Tale().tell(Declared("MDN is down", "tale")).note("an entry", 1)
    tale.tell(
        ProseWritten("cause", "# A heading\nOne *line* and\nthe next <b>.\n1. first\n2. next")
    )
    tale.tell(ProseWritten("weather", "it rained"))
    page = render(tale.incident, PROCESS, format_)
    assert page.count("it rained") == 1
    assert "Weather" in page
    assert page.count("A heading") == 1
    assert "and the next" in " ".join(page.split())
    assert "<b>" not in page or format_ == "text"
    for read in READERS[format_].values():
        assert [row.text for row in read(page)] == [n.text for n in incident.notes]
