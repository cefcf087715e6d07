"""`ircbot explain`: for people and for programs, from arguments and from a stream."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ircbot.cli.explain import explain


@pytest.fixture(autouse=True)
def _away_from_any_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("IRCBOT_CONFIG", raising=False)


def explained(*arguments: str) -> Result:
    return CliRunner().invoke(explain, list(arguments))


def stream(data: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "ircbot", "explain", *arguments]
    return subprocess.run(command, input=data, capture_output=True, timeout=60, check=False)


def test_a_line_is_told_in_words() -> None:
    result = explained("I am declaring an incident: MDN is down. I'm IL")

    assert result.output == "declare  summary: MDN is down\nlead\n"
    assert explained("hello").output == "nothing\n"
    assert explained("ping", "ann", "bob", "it", "hangs").output == (
        "ping  nicks: ann, bob  reason: it hangs\n"
    )


def test_a_line_is_told_as_json() -> None:
    result = explained("--json", "updates in #mdndev")

    assert json.loads(result.output) == {
        "text": "updates in #mdndev",
        "meanings": [{"kind": "channel", "channel": "#mdndev"}],
    }


def test_an_action_begins_as_people_type_it() -> None:
    assert explained("/me is taking IL").output == "lead\n"


def test_the_speakers_nick_counts() -> None:
    assert explained("jgmize is taking over as IL").output == "handoff  to: jgmize\n"
    assert explained("--nick", "jgmize", "jgmize is taking over as IL").output == "lead\n"


def test_another_process_has_other_words() -> None:
    assert explained("I am the investigator").output == "nothing\n"
    assert explained("--process", "grafana", "I am the investigator").output == (
        "role  role: investigator\n"
    )


def test_the_configurations_process_nick_and_prefix_hold(tmp_path: Path) -> None:
    config = tmp_path / "own.toml"
    config.write_text(
        'process = "grafana"\n[irc]\nhost = "irc.example.org"\nnick = "scribe"\nprefix = "?inc"\n'
    )

    for line, told in {
        "I am the investigator": "role  role: investigator\n",
        "scribe: status": "command  name: status\n",
        "?inc status": "command  name: status\n",
    }.items():
        assert explained("--config", str(config), line).output == told


def test_a_process_that_is_not_there_is_a_wrong_usage() -> None:
    run = stream(b"", "--process", "nowhere")

    assert run.returncode == 2
    assert b"there is no process `nowhere`" in run.stderr


def test_standard_input_is_answered_line_by_line() -> None:
    run = stream("hello\nTL: it is back\r\nI’m IL".encode())

    assert run.stdout.decode().splitlines() == [
        "nothing\thello",
        "timeline  entry: it is back\tTL: it is back",
        "lead\tI’m IL",
    ]


def test_json_holds_whatever_comes_in() -> None:
    lines = [
        b"caf\xc3\xa9",
        b"caf\xe9",
        b"\xff\xfe\x81",
        b"",
        b"\x02TL:\x02 x",
        b"\xed\xa0\x80",
        b"\x00",
    ]
    run = stream(b"\n".join(lines) + b"\n", "--json")

    told = [json.loads(line) for line in run.stdout.decode().splitlines()]
    assert len(told) == len(lines)
    assert [one["text"] for one in told[:2]] == ["café", "café"]
    assert told[4]["meanings"] == [{"kind": "timeline", "entry": "x"}]
    assert run.stderr == b""


def test_an_answer_comes_before_the_next_line_is_asked() -> None:
    command = [sys.executable, "-m", "ircbot", "explain"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        os.write(running.stdin.fileno(), b"I'm IL\n")
        assert running.stdout.readline() == b"lead\tI'm IL\n"
        os.write(running.stdin.fileno(), b"hello\n")
        assert running.stdout.readline() == b"nothing\thello\n"
        running.stdin.close()
    assert running.returncode == 0
