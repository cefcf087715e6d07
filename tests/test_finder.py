"""The bot is asked: it looks up in a thread, answers with its next tick, and nothing waits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue

import pytest
from kept import NOON, OUTAGE, keep, lines, surroundings
from test_search import indexed, told

from ircbot.engine import IncidentEngine
from ircbot.finder import Finder
from ircbot.incident.events import Closed, Noted, ProductSet, ProseWritten, Resolved
from ircbot.incident.hits import SearchResult
from ircbot.repository import open_store, state_of
from ircbot.search.cache import SearchCache, in_memory
from ircbot.search.index import SearchIndex


class Bot:
    """An engine with a finder, as the service puts them together."""

    def __init__(self, folder: Path) -> None:
        self.found: SimpleQueue[SearchResult] = SimpleQueue()
        self.store = open_store(str(folder), writer="bot")
        self.finder = Finder(str(folder), self.found.put)
        self.engine = IncidentEngine(
            surroundings(),
            self.store,
            state_of(self.store),
            erased=self.finder.erased,
            look_up=self.finder.look_up,
        )

    def hear(self, text: str) -> list[tuple[str, str]]:
        return [(reply.to, reply.text) for reply in self.engine.hear(lines(text))]

    def answer(self) -> list[tuple[str, str]]:
        """What the next tick tells of the next search."""
        self.engine.found(self.found.get(timeout=60))
        replies = self.engine.tick(NOON + timedelta(minutes=60, seconds=20))
        return [(reply.to, reply.text) for reply in replies]

    def close(self) -> None:
        self.finder.finish()
        self.store.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "incidents"


@pytest.fixture
def bot(folder: Path) -> Iterator[Bot]:
    keep(folder, *OUTAGE)
    with closing(Bot(folder)) as started:
        yield started


def test_a_search_in_the_channel_is_answered_with_a_tick(bot):
    assert bot.hear("13:00 <ann> !inc search listeners") == []
    assert bot.answer() == [
        (
            "#mozmeao",
            "ann: 1 (2018-01-10): MDN is down — #1 metadave: listeners are missing from the ELB",
        )
    ]


def test_of_all_incidents_those_are_listed_that_are_wanted(bot, folder):
    for number in range(2, 7):
        told(bot.store, number, ProductSet("Wiki"), Resolved("up"), Closed(), summary="the wiki")
    bot.hear("13:00 <ann> !inc list closed product:wiki nick:ann")
    answers = [text for _, text in bot.answer()]
    assert len(answers) == 3
    assert answers[0] == "ann: 6 closed: the wiki (2018-01-16, 2 min)"
    assert answers[2] == "ann: 4 closed: the wiki (2018-01-14, 2 min) and 2 more"
    bot.hear("13:01 <ann> !inc list nick:nobody")
    assert "nothing found, as far" in bot.answer()[0][1]
    bot.hear("13:02 <ann> !inc list until:2018-01-12")
    assert [text.split()[1] for _, text in bot.answer()] == ["2", "1"]


def test_of_more_than_three_hits_the_first_three_are_told(bot):
    for minute in range(3):
        bot.hear(f"13:0{minute} <metadave> TL: the ELB again {minute}")
    bot.hear("13:10 <ann> !inc search elb")
    answers = bot.answer()
    assert len(answers) == 3
    assert answers[-1][1].endswith(" (and more)")


def test_whoever_declares_what_was_there_before_is_told_privately(bot):
    bot.hear("12:40 <metadave> !inc resolution the listeners are made by the deployment now")
    bot.hear("12:41 <metadave> !inc done 1")
    bot.hear("12:42 <metadave> !inc close")
    bot.hear("13:00 <ann> !inc declare MDN is down again")
    assert bot.answer() == [
        (
            "ann",
            "like 1 (2018-01-10, 30 min): MDN is down; "
            "what ended it: the listeners are made by the deployment now",
        )
    ]


def test_words_of_its_own_make_it_no_less_alike(bot):
    bot.hear("13:00 <ann> !inc declare MDN is away, and listeners are gone")
    assert bot.answer()[0][1].startswith("like 1 (2018-01-10, 30 min): MDN is down; what ended it")


def test_the_first_incident_is_compared_with_nothing(folder):
    with closing(Bot(folder)) as bot:
        bot.hear("13:00 <ann> !inc declare MDN is down")
        bot.hear("13:00 <ann> !inc search nothing")  # is answered after the other
        assert bot.answer()[0][1].startswith("ann: nothing found, as far")


def test_many_incidents_are_read_by_another_process(folder):
    with closing(open_store(str(folder), writer="tool")) as store:
        for number in range(1, 31):
            told(store, number, Noted(1, f"disk {number}"), Closed())
    with closing(Bot(folder)) as bot:
        bot.hear('13:00 <ann> !inc search "disk 7"')
        assert "disk 7" in bot.answer()[0][1]


def test_a_search_that_cannot_be_made_says_so_and_harms_nothing(bot, folder):
    (folder / "cache").write_text("a file")
    bot.hear("13:00 <ann> !inc search listeners")
    assert bot.answer()[0][1].startswith("ann: I cannot search now: cannot make the folder")
    (folder / "cache").unlink()
    bot.hear("13:01 <ann> !inc search listeners")
    assert "listeners" in bot.answer()[0][1]


def test_too_many_searches_at_once_are_refused(folder):
    keep(folder, *OUTAGE)
    refused: list[SearchResult] = []
    with closing(Bot(folder)) as bot:
        finder = Finder(str(folder), refused.append)
        finder.finish()  # nobody takes anything from its queue any more
        ctx = bot.engine._context(lines("13:00 <ann> !inc search x")[0])
        ctx.seek("x")
        for _ in range(25):
            finder.look_up(ctx, ctx.sought[0])
    assert {one.trouble for one in refused} <= {
        "too many are searching; ask again in a minute.",
        "",
    }
    assert any(one.trouble for one in refused)


def test_an_erasure_reaches_what_was_found_and_is_not_told_yet(bot, folder):
    bot.hear("13:00 <ann> !inc search listeners")
    bot.engine.found(bot.found.get(timeout=60))  # found, and waiting for the tick
    bot.hear("13:01 <metadave> !inc redact 1")
    assert bot.answer()[0][1].startswith("ann: nothing found, as far")
    assert "listeners" not in indexed(folder)


def test_a_start_makes_up_for_an_erasure_that_somebody_died_over(folder):
    keep(folder, *OUTAGE)
    SearchCache(str(folder)).update(open_store(str(folder)))
    keep(folder, "12:40 <metadave> !inc redact 1")  # a bot without a finder
    assert "listeners" in indexed(folder)
    with closing(Bot(folder)) as bot:
        bot.hear("13:00 <ann> !inc search nothing")
        bot.answer()
    assert "listeners" not in indexed(folder)


def test_nobody_searched_and_nothing_is_kept(folder):
    keep(folder, *OUTAGE)
    with closing(Bot(folder)) as bot:
        bot.hear("12:40 <metadave> !inc redact 1")
    assert not os.path.lexists(folder / "cache")


# --- which incidents are alike ----------------------------------------------------------------------


@pytest.fixture
def index(folder: Path) -> Iterator[SearchIndex]:
    with closing(open_store(str(folder), writer="tool")) as store:
        end = (Resolved(), Closed())
        told(store, 1, Noted(1, "renewed it"), *end, summary="certificate of the ELB expired")
        told(store, 2, Noted(1, "the certificate was fine"), *end, summary="database is slow")
        told(store, 3, ProductSet("Wiki"), *end, summary="the wiki is down")
        told(store, 4, *end, summary="ELB certificate expired again")
        told(store, 5, summary="ELB certificate expired, still open")
        told(store, 6, ProseWritten("cause", "a full disk on web-3"), *end, summary="errors 500")
        with in_memory(store) as made:
            yield made


@pytest.mark.parametrize(
    ("text", "alike"),
    [
        ("the certificate of the ELB has expired", [4, 1]),
        ("ELB", [4, 1]),
        ("wiki is down", [3]),
        ("is down", []),
        ("", []),
        ("disk full on web-7", [6]),
        ("the mail server rejects everybody", []),
        ("zebra certificate", []),
        ("Database is VERY slow", [2]),
    ],
)
def test_incidents_are_alike_by_the_words_that_tell(index, text, alike):
    assert [found.id for found in index.similar(text, 99)] == alike
    assert [found.id for found in index.similar(text, 4)] == [n for n in alike if n != 4]
