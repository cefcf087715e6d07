"""Transcripts in tests of the core: what people say, what the bot says to it, the clock between.

The notation is that of ircbot/logs/transcript.py; the day is NOON's and the channel #mozmeao until
a heading says otherwise. A story is for what a team lives through, a transcript here for one rule.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from abridged import spelled_out
from played import Restarting, perform

from ircbot.handler import BotHandler
from ircbot.incident.events import Entry
from ircbot.incident.line import Line, Source
from ircbot.incident.memory import Memory
from ircbot.incident.process import Process
from ircbot.incident.setting import Product, Setting
from ircbot.incident.state import Incident, State, replay
from ircbot.logs.playback import MemoryJournal, Playback
from ircbot.logs.script import Script
from ircbot.logs.transcript import TranscriptReader
from ircbot.processes import read_process
from ircbot.zones import zone_named

NOON = datetime(2018, 1, 10, 12, tzinfo=UTC)  # a Wednesday
MDN = Product("MDN", "jwhitlock", ("rjohnson",), "#mdndev")

# How most incidents begin.
LED = """
    --- #mozmeao
    12:00 <metadave> !inc declare MDN is down
    12:00 -ilbot- Incident 1 is open: MDN is down. IL: metadave. TL: lines here go on record.
    12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. IL: metadave. Comms: #mozmeao.
"""


@cache
def english() -> Process:
    """A process with the guide's phrases and one role, and nothing else a process may have."""
    return read_process(Path(__file__).with_name("core.toml"))


def process(**changes: object) -> Process:
    """That process with some things otherwise."""
    return replace(english(), **changes)  # type: ignore[arg-type]


def setting(process: Process | None = None, **changes: object) -> Setting:
    """The surroundings of most tests: the guide's channels, and nothing configured."""
    named = {
        "channels": ("#mozmeao", "#meao-infra", "#moc"),
        "zones": zone_named,
        **changes,
    }
    return Setting(process or english(), **named)  # type: ignore[arg-type]


class Pages(MemoryJournal):
    """A journal in memory. `refuse` makes it fail, `others` is what other processes wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.others: list[Entry] = []
        self.snapshots: list[int] = []
        self.refuse: Callable[[Sequence[Entry]], None] = lambda entries: None

    def append(self, entries: Sequence[Entry]) -> None:
        self.refuse(entries)
        super().append(entries)

    def poll(self) -> tuple[Entry, ...]:
        taken, self.others = tuple(self.others), []
        self.written += taken
        return taken

    def snapshot(self, incident: int) -> None:
        self.snapshots.append(incident)


def at(stamp: str, day: datetime = NOON) -> datetime:
    """A time of that day: "12:05", "12:05:10"."""
    hour, minute, second = (int(part) for part in f"{stamp}:00".split(":")[:3])
    return day.replace(hour=hour, minute=minute, second=second)


def line(stamp: str, nick: str, text: str = "", channel: str = "#mozmeao", **more: object) -> Line:
    """Something said that day; `operator`, `account` and the like as in a Line."""
    return Line(at(stamp), channel, nick, text, **more)  # type: ignore[arg-type]


class Talk:
    """A bot that is told a transcript, on the transcript's clock."""

    def __init__(
        self,
        surroundings: Setting | None = None,
        *,
        accounts: Mapping[str, str] | None = None,
        restarts: bool = False,
        source: Source = Source.LIVE,
        pages: Pages | None = None,
    ) -> None:
        """With `accounts` the server knows of everybody; with `restarts` each line is a new life."""
        self.setting = surroundings or setting()
        self.pages = pages or Pages()
        self.written: list[str] = []
        self._bot = Restarting(self._begun) if restarts else Playback(self._begun())
        self._reader = TranscriptReader(
            self.setting.nick, day=NOON, channel="#mozmeao", accounts=accounts, source=source
        )
        self._script = Script(self.setting.nick, UTC)
        self._script.stands(NOON, "#mozmeao")

    def _begun(self, memory: Memory | None = None) -> BotHandler:
        return BotHandler(self.setting, self.pages, replay(self.pages.written), memory=memory)

    @property
    def engine(self) -> BotHandler:
        return self._bot.engine

    @property
    def state(self) -> State:
        return self.engine.state

    @property
    def incident(self) -> Incident:
        """The incident declared last."""
        assert self.state.latest, "no incident was declared"
        return self.state.latest

    def hear(self, *lines: Line) -> list[str]:
        """What the bot says to lines of one read, as a transcript has it."""
        return self._wrote(self._script.written(self._bot.hear(lines)))

    def until(self, stamp: str, day: datetime = NOON) -> list[str]:
        """What the bot says of itself up to a time."""
        return self._wrote(self._script.written(self._bot.until(at(stamp, day))))

    def tell(self, text: str) -> list[str]:
        """Play a transcript; its lines, with what this bot says in place of its own."""
        items = tuple(self._reader.read(_lines(text)))
        return self._wrote(perform(items, self._bot, self._script))

    def _wrote(self, lines: Iterable[str]) -> list[str]:
        new = list(lines)
        self.written += new
        return new


def check(text: str, surroundings: Setting | None = None, **more: Mapping[str, str]) -> Talk:
    """Play a transcript and compare the bot's lines; a restart after every line changes none."""
    expected = _lines(text)
    for restarts in (True, False):
        talk = Talk(surroundings, restarts=restarts, **more)
        _compare(expected, talk.tell(text), "with restarts" if restarts else "straight")
    assert replay(talk.pages.written) == talk.state, "the journal and the state disagree"
    return talk


def replies_to(text: str, surroundings: Setting | None = None) -> list[str]:
    """What the bot says to the last line of a transcript."""
    talk = Talk(surroundings)
    *before, last = _lines(text)
    talk.tell("\n".join(before))
    return talk.tell(last)[1:]


def _compare(expected: list[str], performed: list[str], how: str) -> None:
    if performed != expected:
        lines = difflib.unified_diff(expected, performed, "expected", how, lineterm="", n=3)
        pytest.fail("\n" + "\n".join(lines), pytrace=False)


def _lines(text: str) -> list[str]:
    return [raw.strip() for raw in spelled_out(text).strip().splitlines() if raw.strip()]
