"""Every story, told in every way: straight, restarted, through an import, over a real socket."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import golden
import pytest
import story
from abridged import abridged
from played import Restarting, perform
from served import Stage

from ircbot.handler import BotHandler
from ircbot.incident.events import Entry, OfferWithdrawn, Reminded
from ircbot.incident.memory import Memory
from ircbot.incident.people import Person, same_name
from ircbot.incident.state import State
from ircbot.logs.importing import found_in
from ircbot.logs.playback import MemoryJournal, Playback
from ircbot.logs.read import Log
from ircbot.logs.together import merged
from ircbot.report.render import render
from ircbot.repository import open_store, process_of, state_of

REWRITE = os.environ.get("STORIES") == "rewrite"
# The stories whose whole report is held; of the others, the sections that they are about.
WHOLE = frozenset({"mdn-outage", "auf-deutsch"})


def told_in(way: str) -> pytest.MarkDecorator:
    """The stories that can be told in this way."""
    found = [path for path in story.stories() if way in story.ways_of(path)]
    return pytest.mark.parametrize("path", found, ids=[path.stem for path in found])


def compare(title: str, expected: Sequence[str], found: Sequence[str]) -> None:
    """Fail with the difference, as the file would have to be changed."""
    if list(expected) != list(found):
        lines = difflib.unified_diff(expected, found, "the story", "what happens", lineterm="", n=2)
        pytest.fail(f"{title}\n" + "\n".join(lines), pytrace=False)


@lru_cache(maxsize=1)  # the tests of one story that need it come one after the other
def told_straight(path: Path) -> tuple[story.Story, BotHandler, tuple[Entry, ...], list[str]]:
    """The story, the engine at its end, what was recorded, and the script."""
    told = story.read(path)
    journal = MemoryJournal()
    engine = BotHandler(told.setting, journal, State())
    performed = list(perform(told.items, Playback(engine), story.script_in(told)))
    return told, engine, tuple(journal.written), performed


# --- straight ---------------------------------------------------------------------------------


@told_in("straight")
def test_the_bot_says_what_the_story_says(path: Path) -> None:
    told, _, _, performed = told_straight(path)
    if REWRITE:
        path.write_text(abridged(story.rewritten(told, performed)))
        return
    compare(path.name, story.script_of(told), performed)


@told_in("straight")
def test_the_report_has_the_sections_beside_the_story(path: Path) -> None:
    told, engine, _, _ = told_straight(path)
    beside = path.with_suffix(".txt")
    kept = beside.read_text() if beside.is_file() else ""
    reports = [
        render(
            incident,
            process_of(incident, told.setting),
            "text",
            zone=told.setting.zone,
            calendar=told.setting.calendar,
        )
        for _, incident in sorted(engine.state.incidents.items())
    ]
    found = golden.shown(reports, kept, whole=path.stem in WHOLE)
    if REWRITE:
        beside.write_text(found)
        return
    assert beside.is_file(), "no report beside the story: `make goldens` writes it"
    compare(beside.name, kept.splitlines(), found.splitlines())


# --- restarted --------------------------------------------------------------------------------


@told_in("restarted")
def test_a_bot_restarted_after_every_line_says_the_same(path: Path, tmp_path: Path) -> None:
    told = story.read(path)
    with ExitStack() as stores:

        def begin(memory: Memory | None) -> BotHandler:
            stores.close()
            store = stores.enter_context(closing(open_store(str(tmp_path / "store"), "bot")))
            return BotHandler(told.setting, store, state_of(store), memory=memory)

        bot = Restarting(begin)
        compare(
            path.name, story.script_of(told), list(perform(told.items, bot, story.script_in(told)))
        )


# --- imported ---------------------------------------------------------------------------------


@told_in("imported")
def test_an_import_of_its_logs_records_the_same(path: Path, tmp_path: Path) -> None:
    told, _, recorded, _ = told_straight(path)
    logs = [Log(log, told.setting.zone) for log in story.logs_of(told, tmp_path)]
    found = found_in(merged(logs), (), 0, told.setting)
    compare(path.name, list(as_in_a_log(recorded, told)), list(as_in_a_log(found.entries, told)))


@told_in("imported")
def test_an_import_beside_what_was_heard_live_adds_nothing(path: Path, tmp_path: Path) -> None:
    told, _, recorded, _ = told_straight(path)
    logs = [Log(log, told.setting.zone) for log in story.logs_of(told, tmp_path)]
    highest = max((entry.incident for entry in recorded), default=0)
    found = found_in(merged(logs), recorded, highest, told.setting)
    assert list(as_in_a_log(found.entries, told)) == []


def as_in_a_log(entries: Iterable[Entry], told: story.Story) -> Iterator[str]:
    """Entries as a log can tell of them: by the minute, by nick, and without reminders."""
    for entry in entries:
        by_itself = same_name(entry.by.nick, told.setting.nick)
        if entry.incident == 0 or isinstance(entry.event, Reminded):
            continue
        if by_itself and not isinstance(entry.event, OfferWithdrawn):
            continue
        event = replace(
            entry.event,
            **{
                field.name: _coarse(getattr(entry.event, field.name))
                for field in fields(entry.event)
            },
        )
        at = _coarse(entry.at).astimezone(UTC)
        yield f"{at:%Y-%m-%d %H:%M} {entry.incident} {entry.channel} <{entry.by.nick}> {event}"


def _coarse(value: object) -> object:
    match value:
        case datetime():
            return value.replace(second=0, microsecond=0)
        case Person():
            return Person(value.nick)
        case _:
            return value


# --- served -----------------------------------------------------------------------------------


@told_in("served")
async def test_the_bot_on_a_server_says_the_same(path: Path, tmp_path: Path) -> None:
    told = story.read(path)
    performed = await Stage(told, tmp_path / "store").perform()
    expected = story.script_of(told)
    compare(path.name, story.in_any_order(told, expected), story.in_any_order(told, performed))
