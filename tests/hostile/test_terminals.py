"""Others' words on a terminal: nothing in them is obeyed there, whichever command prints them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from kept import keep

BAD = "A\x1b[31mB\x9b31mC\x7fD\u202eE\u2066F\u2069G\x85H\x07I\u202aJ\u2028K"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("terminal")
    keep(
        folder / "incidents",
        f"12:00 <metadave> !inc declare {BAD}",
        "12:01 <metadave> !inc lead",
        f"12:02 <metadave> TL: {BAD}",
        f"12:03 <metadave> !inc impact {BAD}",
        f"12:04 <metadave> !inc action {BAD} @ann",
        f"12:05 <metadave> !inc narrative {BAD}",
        "12:06 <metadave> !inc resolve",
    )
    (folder / "config.toml").write_text('[irc]\nhost = "x"\nnick = "b"\nchannels = ["#x"]\n')
    (folder / "incidents" / f"0007.json.{BAD}").write_text("{")
    return folder


def on_a_terminal(folder: Path, *arguments: str) -> str:
    """What a command prints where its output is a terminal; its errors too."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "IRCBOT_CONFIG": str(folder / "config.toml")}
    process = subprocess.Popen(
        [sys.executable, "-m", "ircbot", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        cwd=folder,
    )
    os.close(theirs)
    printed = b""
    while True:
        try:
            part = os.read(ours, 1 << 16)
        except OSError:  # Linux says so at the end
            break
        if not part:
            break
        printed += part
    os.close(ours)
    process.wait()
    return printed.decode(errors="replace").replace("\r\n", "\n")


def obeyed(text: str) -> set[str]:
    """What a terminal would obey in a text."""
    return {
        f"U+{ord(c):04X}"
        for c in text
        if (unicodedata.category(c) == "Cc" and c not in "\n\t")
        or c in "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ("list",),
        ("list", "--json"),
        ("show", "1"),
        ("show", "1", "--json"),
        ("report", "1", "--format", "text"),
        ("report", "1", "--format", "markdown"),
        ("report", "1", "--format", "json"),
        ("report", "1", "--format", "html"),
        ("actions", "--json"),
        ("review", "1"),
        ("edit", "1", "--print"),
        ("store", "export"),
        ("explain", f"TL: {BAD}"),
        ("explain", "--json", f"TL: {BAD}"),
        ("show", BAD),
        (BAD,),
        ("process", "check", BAD),
        ("list", "--config", BAD),
    ],
    ids=lambda arguments: " ".join(arguments).replace(BAD, "BAD"),
)
def test_nothing_that_others_wrote_is_obeyed_by_a_terminal(folder, arguments):
    printed = on_a_terminal(folder, *arguments)
    assert printed.strip()
    assert "Traceback" not in printed
    assert obeyed(printed) == set()


def test_json_says_the_same_with_what_a_terminal_obeys_escaped(folder):
    printed = on_a_terminal(folder, "show", "1", "--json")
    (note,) = (one for one in json.loads(printed)["timeline"] if one["kind"] == "note")
    assert note["text"] == "A[31mB\x9b31mC\x7fD\u202eE\u2066F\u2069G HI\u202aJ K"
