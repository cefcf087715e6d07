"""`ircbot list`, `show`, `tl`, `actions` and `review`: what people ask of the store."""

from __future__ import annotations

import fcntl
import json
import os
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from kept import OUTAGE, keep, lines, surroundings

from ircbot.cli.root import run
from ircbot.engine import IncidentEngine
from ircbot.repository import open_store, state_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text('[irc]\nchannels = ["#mozmeao"]\n')
    keep(tmp_path / "incidents", *OUTAGE)
    return tmp_path


@pytest.fixture
def ask(folder: Path, capsys: pytest.CaptureFixture[str]):
    """Run a command on the store; its status, standard output and standard error."""

    def run_it(command: str, *arguments: str) -> tuple[int, str, str]:
        status = run([command, "--config", str(folder / "config.toml"), *arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return run_it


def test_list_shows_a_line_for_each_incident(ask):
    assert ask("list") == (
        0,
        "   1  resolved   2018-01-10 12:00 UTC  30 min  metadave  MDN is down\n",
        "",
    )


def test_list_has_columns_as_wide_as_what_is_in_them(ask, folder):
    keep(
        folder / "incidents",
        "13:00 <somebody-with-a-long-nick> !inc declare --drill the wiki is away",
        "13:01 <somebody-with-a-long-nick> !inc severity 1",
        "13:02 <somebody-with-a-long-nick> !inc resolve",
    )
    assert ask("list")[1].splitlines() == [
        "   2  resolved   sev 1  2018-01-10 13:00 UTC  2 min   somebody-with-a…  "
        "the wiki is away (drill)",
        "   1  resolved          2018-01-10 12:00 UTC  30 min  metadave          MDN is down",
    ]


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        (["--since", "2018-01-10"], [2, 1]),
        (["--since", "2018-01-11"], []),
        (["--until", "2018-01"], [2, 1]),
        (["--until", "2017"], []),
        (["--since", "1d"], []),
        (["--severity", "1"], [2]),
        (["--product", "wiki"], [2]),
        (["--nick", "JGMIZE"], [1]),
        (["--nick", "metadave", "--severity", "2"], []),
        (["--nick", "metadave"], [2, 1]),
    ],
)
def test_list_can_be_narrowed_like_a_search(ask, folder, options, numbers):
    keep(
        folder / "incidents",
        "13:00 <metadave> !inc declare the wiki is away",
        "13:01 <metadave> !inc severity 1",
        "13:02 <metadave> !inc product Wiki",
    )
    assert [
        incident["id"] for incident in json.loads(ask("list", "--json", *options)[1])
    ] == numbers
    assert [int(line[:4]) for line in ask("list", *options)[1].splitlines()] == numbers


def test_list_of_an_older_index_knows_who_led(ask, folder):
    ask("list")
    index = folder / "incidents" / "index.jsonl"
    older = [json.loads(line) for line in index.read_text().splitlines()]
    for line in older:
        for key in ("leader", "seconds", "product"):
            del line["summary"][key]
    index.write_text("".join(json.dumps(line) + "\n" for line in older))
    assert "metadave" in ask("list")[1]
    assert "metadave" in index.read_text()  # and it is in the index from now on


def test_list_keeps_to_the_width_of_a_terminal(folder):
    keep(folder / "incidents", f"13:00 <metadave> !inc declare {'the wiki is away ' * 9}")
    command = [sys.executable, "-m", "ircbot", "list", "--config", str(folder / "config.toml")]
    main, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 90, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    subprocess.run(command, stdout=terminal, check=True, env=environment, stdin=terminal)
    os.close(terminal)
    first = os.read(main, 4096).decode().splitlines()[0]
    os.close(main)
    assert (len(first), first[-1]) == (90, "…")


def test_list_can_be_narrowed_to_a_status(ask):
    assert ask("list", "--status", "open")[:2] == (0, "")
    assert "MDN is down" in ask("list", "--status", "resolved")[1]


def test_list_can_be_narrowed_to_what_was_withdrawn(ask, folder):
    mistaken = "13:00 <jgmize> I am declaring an incident: the wiki is down"
    withdrawn = ("13:04 <jgmize> !inc lead", "13:05 <jgmize> !inc withdraw it was my network")
    keep(folder / "incidents", mistaken, *withdrawn)
    assert ask("list", "--status", "withdrawn")[1].startswith("   2  withdrawn  ")
    assert "wiki" not in ask("list", "--status", "resolved")[1]


def test_list_as_json_is_one_array_of_whole_incidents(ask):
    (incident,) = json.loads(ask("list", "--json")[1])
    assert incident["id"] == 1
    assert [row["text"] for row in incident["timeline"] if row["kind"] == "note"] == [
        "listeners are missing from the ELB",
        "they were added back",
    ]


@pytest.mark.parametrize("name", ["1", "last"])
def test_show_tells_how_an_incident_went(ask, name):
    status, out, _ = ask("show", name)
    assert status == 0
    assert out.startswith("Incident 1: MDN is down\n")
    assert "#2        jgmize: they were added back" in out
    assert "  lead      metadave\n" in out  # who took it themselves is named once


def test_show_as_json_is_the_contracts_object(ask):
    incident = json.loads(ask("show", "1", "--json")[1])
    assert incident["title"] == "MDN is down"
    assert incident["declared_at"] == "2018-01-10T12:00:00Z"
    assert incident["report_due_at"] == "2018-01-12T12:30:00Z"


@pytest.mark.parametrize("command", ["show", "report", "review", "actions"])
@pytest.mark.parametrize("name", ["7", "0", "first", "-1"])
def test_an_unknown_incident_is_one_sentence(ask, command, name):
    status, out, err = ask(command, "--", name)
    assert (status, out) == (1, "")
    assert err.count("\n") == 1
    assert "incident" in err


def test_an_empty_store_has_no_last_incident(tmp_path, capsys):
    (tmp_path / "config.toml").write_text("")
    assert run(["show", "last", "--config", str(tmp_path / "config.toml")]) == 1
    assert "there is no incident yet" in capsys.readouterr().err


def test_tl_adds_an_entry_with_the_next_number(ask):
    assert ask("tl", "1", "IRC", "is", "down") == (0, "#3 recorded\n", "")
    assert "IRC is down" in ask("show", "1")[1]


def test_tl_is_taken_up_by_a_running_bot(ask, folder):
    store = open_store(str(folder / "incidents"), writer="bot")
    try:
        engine = IncidentEngine(surroundings(), store, state_of(store))
        assert ask("tl", "1", "from the shell")[0] == 0
        engine.hear(lines("12:40 <metadave> TL: from the channel"))
        notes = engine.state.incidents[1].notes
    finally:
        store.close()
    assert [(note.n, note.text) for note in notes[2:]] == [
        (3, "from the shell"),
        (4, "from the channel"),
    ]


def test_tl_says_why_a_withdrawn_incident_takes_nothing(ask, folder):
    keep(folder / "incidents", "12:50 <metadave> !inc withdraw a typo")
    assert ask("tl", "1", "too late") == (
        1,
        "",
        "ircbot: incident 1 is withdrawn; it takes no more entries.\n",
    )


def test_tl_takes_the_time_at_which_it_happened(ask):
    status, out, _ = ask("tl", "1", "2018-01-10", "12:20", "UTC", "the disk", "filled up")
    assert (status, out) == (0, "#3 recorded for 2018-01-10 12:20 UTC\n")
    rows = json.loads(ask("show", "1", "--json")[1])["timeline"]
    assert {"at": "2018-01-10T12:20:00Z", "text": "the disk filled up"}.items() <= next(
        row for row in rows if row["n"] == 3
    ).items()
    assert ask("tl", "1", "-10m", "it broke")[1].startswith("#4 recorded for ")
    assert ask("tl", "1", "-1h it broke here")[1].startswith("#5 recorded for ")
    assert ask("tl", "1", "10:00", "CST", "it broke") == (
        2,
        "",
        'ircbot: "10:00 CST": that zone is not known here, or means several. +02:00, '
        "Europe/Berlin and UTC are clear.\n",
    )
    assert ask("tl", "1", "2018-01-10 13:20 Europe/Berlin", "it broke")[1] == (
        "#6 recorded for 2018-01-10 12:20 UTC\n"
    )


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("5/1/2018", '"5/1/2018": 5 Jan 2018 or 1 May 2018? 2026-11-24 and 24 Nov are clear.'),
        ("2018-01-09", '"2018-01-09": the day and the time of day are needed, such as yesterday '
         "23:10."),
    ],
)  # fmt: skip
def test_tl_cannot_ask_and_refuses_a_day_alone(ask, typed, why):
    assert ask("tl", "1", typed, "the disk filled up") == (
        2,
        "",
        f"ircbot: {why} If it is not a day, put another word before it.\n",
    )
    status, out, error = ask("tl", "1", "5/1", "the disk", "filled up")
    assert (status, out) == (2, "")
    assert re.match(r'ircbot: "5/1": 5 Jan \d{4} or 1 May \d{4}\? ', error)
    assert ask("tl", "1", "on 5/1 the disk filled up")[0] == 0


def test_actions_lists_what_is_to_be_done(ask):
    assert ask("actions") == (
        0,
        "[ ] 1.1 watch the ELB — jgmize, by 2018-01-12 (overdue)\n",
        "",
    )
    assert "1.1" in ask("actions", "--overdue", "--owner", "JGMIZE")[1]
    assert ask("actions", "--owner", "bob") == (0, "", "ircbot: there are no such action items.\n")
    (action,) = json.loads(ask("actions", "--json")[1])
    assert action["owner"] == "jgmize"
    assert action["done"] is False


def test_review_shows_each_step_of_the_process(ask):
    status, out, _ = ask("review", "1")
    assert status == 0
    assert out.splitlines()[:5] == [
        "Incident 1 (declared 2018-01-10 12:00 UTC) and the steps of MozMEAO incident response",
        "  met             Somebody leads at once: at once (metadave)",
        "  met             Somebody leads throughout: always",
        "  missed          The comms channel is named: not on record",
        "  missed          The people who can help are called: no call by name on record",
    ]


def test_review_under_another_process_has_its_steps(ask):
    found = json.loads(ask("review", "1", "--process", "princeton", "--json")[1])
    assert found["process"] == "princeton"
    assert {"key", "title", "verdict", "text", "entries", "at", "guide"} >= set(found["steps"][0])
    assert [step["key"] for step in found["steps"]][:2] == ["document", "notes"]
