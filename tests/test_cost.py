"""What a line costs, in calls of functions: they are the same on every machine."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path
from types import FrameType

from core import LED, Talk, at, line, setting

from benchmarks.talk import sentence
from ircbot.logs.importing import found_in
from ircbot.logs.read import Log
from ircbot.logs.together import merged
from ircbot.processes import load_process

SETTING = setting(load_process("mozmeao"))


def calls(do: Callable[[], object]) -> int:
    """How many functions of Python are called, without those of pyrsistent: it is C where it can."""
    count = 0

    def note(frame: FrameType, event: str, arg: object) -> None:
        nonlocal count
        count += event == "call" and "pyrsistent" not in frame.f_code.co_filename

    sys.setprofile(note)
    try:
        do()
    finally:
        sys.setprofile(None)
    return count


def in_an_incident(nick: str, texts: list[str]) -> float:
    """Calls for each of these lines of one person's, once such have been said."""
    for _ in range(2):  # the first time, phrases are compiled
        found = _in_an_incident(nick, texts)
    return found


def _in_an_incident(nick: str, texts: list[str]) -> float:
    talk = Talk(SETTING)
    talk.tell(LED)
    lines = [
        line("12:01", nick, text)._replace(at=at("12:01") + timedelta(seconds=n))
        for n, text in enumerate(texts)
    ]
    return calls(lambda: [talk.engine.hear([each]) for each in lines]) / len(lines)


def said(number: int) -> list[str]:
    chance = random.Random(5)
    return [sentence(chance) for _ in range(number)]


def test_an_entry_takes_less_than_two_hundred_calls() -> None:
    texts = [f"TL: listener {n} appears to be missing from the MDN ELB" for n in range(100)]
    assert in_an_incident("ann", texts) < 192


def test_talk_of_whoever_leads_takes_less_than_an_entry() -> None:
    assert in_an_incident("metadave", said(100)) < 154


def test_talk_in_an_incident_takes_a_sixth_of_an_entry() -> None:
    assert in_an_incident("passerby", said(500)) < 34


def test_talk_in_a_log_takes_a_few_calls(tmp_path: Path) -> None:
    path = tmp_path / "#ops.log"
    talk = (f"{n // 60 % 24:02}:{n % 60:02} < bob> {text}\n" for n, text in enumerate(said(4000)))
    path.write_text("--- Day changed Wed Jan 10 2018\n" + "".join(talk))

    def read() -> None:
        found_in(merged([Log(path, UTC)]), (), 0, SETTING)

    read()  # the first time, it is learnt what words mean nothing
    assert calls(read) / 4000 < 36
