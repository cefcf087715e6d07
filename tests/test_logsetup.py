"""What operators read on standard error."""

from __future__ import annotations

import json
import logging
import os
import re
import sys

import pytest

from ircbot.config import LogSettings
from ircbot.logsetup import set_up_logging


@pytest.fixture(autouse=True)
def as_it_was():
    """Whoever logs is left as they were found."""
    root, ours = logging.getLogger(), logging.getLogger("ircbot")
    before = (root.handlers[:], root.level, ours.level)
    yield
    root.handlers[:], level, own = before
    root.setLevel(level)
    ours.setLevel(own)


def fail() -> None:
    raise ValueError("a mistake of ours")


def logged(capsys, settings: LogSettings) -> str:
    """What stands on standard error after one event of each kind."""
    set_up_logging(settings)
    log = logging.getLogger("ircbot.network")
    log.debug("a detail")
    log.info("joined %s", "#moc")
    logging.getLogger("somebody.else").info("their business")
    logging.getLogger("somebody.else").warning("their warning")
    try:
        fail()
    except ValueError:
        log.exception("that should not be")
    return capsys.readouterr().err


STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def test_as_text_each_event_is_a_line_with_its_time_and_weight(capsys):
    lines = logged(capsys, LogSettings()).splitlines()
    assert re.fullmatch(f"{STAMP} info joined #moc", lines[0])
    assert re.fullmatch(f"{STAMP} warning their warning", lines[1])
    assert re.fullmatch(f"{STAMP} error that should not be", lines[2])
    assert lines[3].startswith("Traceback")
    assert lines[-1] == "ValueError: a mistake of ours"


def test_as_json_each_event_is_an_object_with_its_traceback(capsys):
    joined, theirs, error = map(json.loads, logged(capsys, LogSettings(format="json")).splitlines())
    assert re.fullmatch(STAMP, joined.pop("at"))
    assert joined == {"level": "info", "logger": "ircbot.network", "message": "joined #moc"}
    assert theirs["level"] == "warning"
    assert error["message"] == "that should not be"
    assert error["traceback"].endswith("ValueError: a mistake of ours")


@pytest.mark.parametrize(
    ("level", "told"),
    [("debug", ["a detail", "joined #moc"]), ("info", ["joined #moc"]), ("warning", [])],
)
def test_the_level_is_that_of_our_own_events(capsys, level, told):
    text = logged(capsys, LogSettings(level=level))
    assert [said for said in ("a detail", "joined #moc") if said in text] == told
    assert "their warning" in text
    assert "their business" not in text


def test_to_set_it_up_again_repeats_nothing(capsys):
    set_up_logging(LogSettings())
    assert logged(capsys, LogSettings()).count("joined #moc") == 1


@pytest.mark.parametrize("format_", ["text", "json"])
def test_nothing_that_others_wrote_is_obeyed_by_a_terminal(capsys, format_):
    set_up_logging(LogSettings(format=format_))
    evil = "a\x1b[2J\x9b1m\u202eb\u2066c\nforged line\x7f"
    logging.getLogger("ircbot").error("said: %s", evil)
    text = capsys.readouterr().err
    assert "a[2J1mbc forged line" in text
    assert text.count("\n") == 1


def test_the_journal_is_told_how_grave_each_line_is(tmp_path, capsys):
    with (tmp_path / "journal").open("w+") as file, capsys.disabled():
        there, before = os.fstat(file.fileno()), sys.stderr
        sys.stderr = file
        try:
            stream = f"{there.st_dev}:{there.st_ino}"
            set_up_logging(LogSettings(level="debug"), {"JOURNAL_STREAM": stream})
            log = logging.getLogger("ircbot.network")
            log.debug("a detail")
            log.warning("refused")
            log.critical("the disk")
            try:
                fail()
            except ValueError:
                log.exception("that should not be")
        finally:
            sys.stderr = before
        file.seek(0)
        lines = file.read().splitlines()
    assert [line[:3] for line in lines[:4]] == ["<7>", "<4>", "<2>", "<3>"]
    assert {line[:3] for line in lines[4:]} == {"<3>"}


@pytest.mark.parametrize("stream", ["", "1:2", "no stream"])
def test_what_is_not_the_journal_gets_no_priorities(capsys, stream):
    set_up_logging(LogSettings(), {"JOURNAL_STREAM": stream})
    logging.getLogger("ircbot.network").warning("refused")
    assert re.fullmatch(f"{STAMP} warning refused\n", capsys.readouterr().err)
