"""`ircbot demo`: the main job, from the first line to the last report."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ircbot.cli import UNREAD
from ircbot.demo import entries_said, story
from ircbot.report import FORMATS

GUIDE = """\
MDN is experiencing an outage
I am declaring an incident and am incident leader
updates will be posted in the #mdndev channel
ping jwhitlock rjohnson there is an urgent MDN outage
please meet in my Vidyo room
there is an MDN outage, we are working on #mdndev
I'll post an update here in the next 30 minutes
TL: listeners appear to missing from the MDN ELB
I need a few minutes of downtime
jgmize has agreed to take over IL
Confirmed, I am now IL
TL: listeners have been manually added back to the ELB
TL: listeners have been overwritten by K8s
TL: the MDN outage has been resolved
we'll followup with an incident report
""".splitlines()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [sys.executable, "-m", "ircbot", "demo", "--speed", "100", "--output", "out"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, folder / "out"


def test_it_plays_every_sentence_of_the_guide_word_for_word():
    said = [line.text for item in story() for line in item.lines]
    assert [sentence for sentence in GUIDE if sentence not in said] == []


def test_the_bot_answers_what_the_guide_asks_for(played):
    conversation, _ = played
    for reply in (
        "-ilbot- Incident 1 is open: MDN is experiencing an outage. IL: metadave.",
        "-ilbot- metadave: an update is due in 5 minutes",
        "-ilbot:rjohnson- #1 recorded",
        "-ilbot- jgmize: please confirm that you are now IL (!inc accept).",
        "<ilbot> rookie: metadave is IL and has offered it to jgmize.",
        "-ilbot- jgmize is now IL (metadave was, for 4 h 01 min).",
        "-ilbot- Incident 1 is resolved after 5 h 00 min.",
    ):
        assert reply in conversation


def test_a_pipe_gets_no_colours(played):
    assert "\x1b" not in played[0]


def test_it_ends_quietly_when_nobody_reads_on(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-m", "ircbot", "demo", "--speed", "100", "--output", "out"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        running.stdout.readline()
        running.stdout.close()
        said = running.stderr.read()
    assert (running.returncode, said) == (UNREAD, "")


def test_it_writes_every_format_and_says_where(played):
    conversation, output = played
    for ending in FORMATS.values():
        assert f"out/incident-0001.{ending}" in conversation
        assert (output / f"incident-0001.{ending}").stat().st_size > 1000


def test_the_json_report_holds_every_entry_once_and_in_order(played):
    incident = json.loads((played[1] / "incident-0001.json").read_text())
    entries = [row for row in incident["timeline"] if row["kind"] == "note"]
    assert len(entries) == entries_said()
    assert [row["at"] for row in entries] == sorted(row["at"] for row in entries)
    assert incident["resolved_at"] == "2018-01-10T17:00:00Z"
    assert [role["nick"] for role in incident["roles"]] == ["metadave", "jgmize"]
