"""What becomes of follow-ups where their tickets are: it comes back, once, whoever dies when."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue

import pytest
from fake_github import TOKEN, GitHub, github
from test_publish_outbox import NOON, OVER, PATIENCE, Bot, configured, running

from ircbot.config import Config
from ircbot.incident.state import Action, Incident
from ircbot.repository import incident_named, open_store


@pytest.fixture
def server() -> Iterator[GitHub]:
    with github() as one:
        yield one


@pytest.fixture
def config(tmp_path: Path, server: GitHub) -> Config:
    return configured(
        tmp_path,
        f'[publish.github]\ntype = "github"\nrepository = "acme/ops"\nurl = "{server.url}"\n'
        f'token = "{TOKEN}"\nowners = {{bob = "bob-gh"}}\n',
    )


@pytest.fixture
def warnings() -> Iterator[SimpleQueue[str]]:
    """What the outbox warns of."""
    said: SimpleQueue[str] = SimpleQueue()

    class Told(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.put(record.getMessage())

    told, log = Told(logging.WARNING), logging.getLogger("ircbot.publish.outbox")
    log.addHandler(told)
    yield said
    log.removeHandler(told)


SAID = (*OVER[:2], "!inc action write a test @bob", "!inc action tell people", OVER[2])


def published(bot: Bot) -> list[str]:
    """What the bot says once the next thing was published, and once what came back is told."""
    return bot.records(bot.comes())


def begun(bot: Bot) -> None:
    """An incident that is over, with two follow-ups and their tickets."""
    bot.say(0, *SAID)
    assert published(bot) == [
        "Published: https://github.com/acme/ops/issues/1 (incident 1, github)"
    ]
    bot.turn(2)  # the report shows the tickets, and is written again
    assert published(bot) == []


def actions(config: Config) -> list[Action]:
    incident: Incident = incident_named(open_store(str(config.store.path)), "1")
    return list(incident.actions)


def test_a_ticket_is_on_record_and_closing_it_is_being_done(config, server):
    with running(config) as bot:
        begun(bot)
        assert [one.ticket.rpartition("/")[2] for one in actions(config)] == ["2", "3"]
        assert "https\\://github.com/acme/ops/issues/2" in server.issue(1)["body"]
        entries, written, asked = len(bot.store.entries(1)), len(server.written), len(server.asked)
        bot.turn(15)  # nothing happened there
        with server.news:
            assert server.news.wait_for(lambda: len(server.asked) > asked, PATIENCE)
        if (process := bot.outbox._working.get("github")) is not None:
            process.wait(PATIENCE)
        server.close(2)
        bot.turn(15)
        assert published(bot) == ["Github: action 1 of incident 1 is done: write a test"]
        recorded = [type(each.event).__name__ for each in bot.store.entries(1)[entries:]]
        assert recorded == ["ActionDone", "Published", "Reminded"]
        assert len(server.written) == written + 1  # the issue's report
        assert [one.done for one in actions(config)] == [True, False]
        assert (
            bot.engine.state.incidents[1].deliveries["github"].version == "closed 1:closed 2:open"
        )
        server.close(3, "not_planned")
        bot.turn(15)
        assert published(bot) == ["Github: action 2 of incident 1 is dropped: tell people"]
        server.reopen(2)
        bot.turn(15)
        assert published(bot) == ["Github: action 1 of incident 1 is open again: write a test"]
        assert [one.is_open for one in actions(config)] == [True, False]
        by = [e.by.nick for e in bot.store.entries(1) if type(e.event).__name__ == "ActionDone"]
        assert by == ["github"]
        assert [who.nick for who in bot.engine.state.incidents[1].writers.values()] == ["ann"]
        bot.say(60, "!inc done 1")
        bot.turn(2)
        assert published(bot) == []
        assert server.issue(2)["state"] == "closed"


def test_after_a_restart_a_closed_incidents_tickets_are_looked_at(config, server):
    with running(config) as bot:
        begun(bot)
        bot.say(10, "!inc report done", "!inc close")
        bot.turn(2)
        published(bot)
        for n in range(4):  # it is put away, were nothing to come
            bot.say(20 + n, f"!inc declare another {n}", "!inc withdraw it was nothing")
            bot.turn(0)
    server.close(3)
    with running(config) as bot:
        bot.now = NOON + timedelta(days=40)
        bot.turn(0)
        assert published(bot) == ["Github: action 2 of incident 1 is done: tell people"]
        assert [one.done for one in actions(config)] == [False, True]


def test_a_look_that_fails_is_only_logged_and_one_that_died_has_lost_nothing(
    config, server, warnings
):
    with running(config) as bot:
        begun(bot)
        server.close(2)
        server.fault = (403, {"Retry-After": "1200"}, b"{}")
        bot.turn(15)
        assert "its tickets: github is asked too often (403)" in warnings.get(timeout=PATIENCE)
        server.fault = None
        asked = len(server.asked)
        bot.turn(30)
        assert len(server.asked) == asked
        server.drops = (len(server.written), True)  # it is written, and we do not hear so
        bot.turn(5)
        assert "its tickets: github cannot be reached" in warnings.get(timeout=PATIENCE)
        assert [one.done for one in actions(config)] == [True, False]
        assert bot.turn(0) == ["Github: action 1 of incident 1 is done: write a test"]
        bot.turn(2)
        assert published(bot) == []
        assert server.issue(2)["state"] == "closed"


def test_a_ticket_that_a_person_named_is_followed_too(config, server):
    server.opened("flaky", "x", "carl")
    with running(config) as bot:
        bot.say(0, *SAID[:3], "!inc ticket 1 https://github.com/acme/ops/issues/1", OVER[2])
        published(bot)
        server.close(1)
        bot.turn(15)
        assert published(bot) == ["Github: action 1 of incident 1 is done: write a test"]
