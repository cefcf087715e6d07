"""The walks in docs/architecture.md: the functions that they name exist, and are called in that order."""

from __future__ import annotations

import asyncio
import importlib
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
import story
from served import Stage

from ircbot.cli.root import run
from ircbot.incident.line import Line

DOCUMENT = Path(__file__).parent.parent / "docs" / "architecture.md"
MOST = 15  # steps of a walk

STORY = """\
--- 2018-01-10 #mozmeao
12:00 <metadave> !inc declare MDN is down
12:00 -ilbot- Incident 1 is open: MDN is down. IL: metadave. TL: lines here go on record.
12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. IL: metadave. Comms: #mozmeao.
12:05 <metadave> TL: the ELB is empty
12:05 -ilbot:metadave- #1 recorded
12:10 -ilbot- metadave: who has to know? !inc notify NICK… WHAT IS WRONG reaches people with a reason, which a bare ping does not. The team lead of the product is one of them.
12:30 -ilbot- metadave: an update is due in 5 minutes (MDN is down; last 12:05 UTC).
12:31 <metadave> jgmize has agreed to take over IL
12:31 -ilbot- jgmize: please confirm that you are now IL (!inc accept).
12:31 <jgmize> Confirmed, I am now IL
12:31 -ilbot- jgmize is now IL (metadave was, for 31 minutes).
12:31 #meao-infra #moc -ilbot- Incident 1: jgmize is now IL (metadave was, for 31 minutes).
"""
LOG = """\
--- Log opened Wed Jan 10 11:58:00 2018
12:00 <@metadave> MDN is experiencing an outage
12:00 <@metadave> I am declaring an incident and am incident leader
12:20 < jgmize> TL: listeners are missing
13:10 <@metadave> TL: the MDN outage has been resolved
--- Log closed Wed Jan 10 14:00:00 2018
"""


def walks() -> dict[str, list[str]]:
    """By heading, the functions that each walk names."""
    (section,) = re.findall(r"(?ms)^## Four walks\n(.*?)(?=^## )", DOCUMENT.read_text())
    parts = re.split(r"(?m)^### (.*)\n", section)[1:]
    return {
        heading: re.findall(r"(?m)^- `([\w.]+)`: ", text)
        for heading, text in zip(parts[::2], parts[1::2], strict=True)
    }


WALKS = walks()
LINE, REMINDER, HANDOVER, IMPORT = WALKS


def function(name: str) -> Callable[..., Any]:
    """What `module.function` or `module.Class.function` names."""
    parts = name.split(".")
    for end in range(len(parts) - 1, 0, -1):
        try:
            found: Any = importlib.import_module(".".join(("ircbot", *parts[:end])))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            found = getattr(found, part)
        assert callable(found), name
        return getattr(found, "callback", found)  # a command is more than its function
    raise AssertionError(f"there is no {name}")


@contextmanager
def noted(names: Sequence[str]) -> Iterator[list[str]]:
    """The names of these functions as they are called, in every thread that begins meanwhile."""
    codes: dict[CodeType, str] = {function(name).__code__: name for name in names}  # type: ignore[attr-defined]
    called: list[str] = []

    def note(frame: FrameType, event: str, arg: object) -> None:
        if event == "call" and (name := codes.get(frame.f_code)):
            called.append(name)

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield called
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def first_missing(walk: Sequence[str], called: Sequence[str]) -> str:
    """The first step that was not taken after those before it, "" if all were."""
    steps = iter(called)
    return next((name for name in walk if name not in steps), "")


class Walked(Stage):
    """A stage that also writes down what people say and when the bot ticks."""

    def __init__(self, told: story.Story, folder: Path, happened: list[str]) -> None:
        super().__init__(told, folder)
        self._happened = happened

    async def _play(self, lines: Sequence[Line]) -> None:
        self._happened.append(f"<{lines[0].nick}> {lines[0].text}")
        await super()._play(lines)

    async def _tick(self, at: datetime) -> None:
        self._happened.append(f"<time> {at:%H:%M}")
        await super()._tick(at)


@pytest.fixture(scope="module")
def performance(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The story, played on a server: what was called, and between that what people said."""
    folder = tmp_path_factory.mktemp("walks")
    (folder / "walks.irc").write_text(STORY)
    told = story.read(folder / "walks.irc")
    with noted([name for walk in WALKS.values() for name in walk]) as happened:
        performed = asyncio.run(Walked(told, folder / "store", happened).perform())
    assert story.in_any_order(told, performed) == story.in_any_order(told, story.script_of(told))
    return happened


def between(happened: Sequence[str], after: str, until: str) -> list[str]:
    """What was called from one thing that happened to another."""
    begin = next(n for n, name in enumerate(happened) if name.startswith(f"<{after}"))
    ends = (n for n, name in enumerate(happened) if n > begin and name.startswith(f"<{until}"))
    return [name for name in happened[begin : next(ends, None)] if not name.startswith("<")]


@pytest.mark.parametrize("walk", WALKS)
def test_a_walk_is_short_and_names_functions_that_exist(walk: str) -> None:
    assert 1 < len(WALKS[walk]) <= MOST
    assert all(function(name) for name in WALKS[walk])


@pytest.mark.parametrize(
    ("walk", "after", "until"),
    [
        (LINE, "metadave> TL:", "time>"),
        # From the time before: the tick that is to be 12:30 may be queued already.
        (REMINDER, "time> 12:10", "metadave> jgmize has"),
        (HANDOVER, "metadave> jgmize has", "the end"),
    ],
)
def test_a_line_takes_the_steps_of_its_walk(
    walk: str, after: str, until: str, performance: list[str]
) -> None:
    assert first_missing(WALKS[walk], between(performance, after, until)) == ""


def test_an_import_takes_the_steps_of_its_walk(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("")
    log = tmp_path / "#mozmeao.log"
    log.write_text(LOG)
    with noted(WALKS[IMPORT]) as called:
        assert run(["import", "--config", str(tmp_path / "config.toml"), str(log)]) == 0
    assert first_missing(WALKS[IMPORT], called) == ""


def test_a_step_that_is_not_taken_is_named() -> None:
    assert first_missing(["a", "b", "c"], ["a", "x", "c", "b"]) == "c"
    with pytest.raises(AssertionError, match="there is no"):
        function("nowhere.at_all")
    with pytest.raises(AttributeError):
        function("engine.IncidentEngine.overhear")
