"""The page of machines that share a database: who answers for what, for those who may know."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hosted import host_config, organise
from rig.chromium import Browser, start_chromium
from rig.postgresql import Postgresql
from schemas import validator
from test_page import TOKEN, ask
from test_page_browser import TOO_WIDE, Site

from ircbot.config import Config, load_config
from ircbot.errors import ConfigError
from ircbot.page.machines import Machines, record_of
from ircbot.page.running import page
from ircbot.page.settings import PageSettings, page_settings
from ircbot.store.claims import Claims
from ircbot.store.postgresql import PostgresJournal

NAMES = ("acme", "globex", "hooli")
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def shared(postgresql: Postgresql) -> Iterator[Postgresql]:
    """A database in which machine a has acme and globex, b stands by for globex, c is gone, and
    nobody answers for hooli."""
    postgresql.ask(
        "DELETE FROM ircbot.machine; DELETE FROM ircbot.unit; DELETE FROM ircbot.standby"
    )
    a, c = Claims(postgresql.dsn, "a", 600.0), Claims(postgresql.dsn, "c", 600.0)
    c.claim(NAMES, 9)
    c.beat(3)
    postgresql.ask("UPDATE ircbot.unit SET until = now(); UPDATE ircbot.machine SET until = now()")
    a.claim(NAMES[:2], 9)
    a.beat(2)
    standby = PostgresJournal(postgresql.dsn, "globex")
    standby.stand_by("b", ready=True)
    postgresql.ask(
        "INSERT INTO ircbot.entry SELECT 'globex', n, 1, n, '{}' FROM generate_series(1, 7) AS n"
    )
    yield postgresql
    standby.drop()
    a.leave({})
    c.leave({})
    postgresql.ask("DELETE FROM ircbot.entry WHERE unit = 'globex'")


def config_of(database: Postgresql, folder: Path, *, hosts: bool, more: str = "") -> Config:
    store = f'[store]\nengine = "postgresql"\ndsn = "{database.dsn}"\n'
    if hosts:
        return host_config(folder, f'{store}[cluster]\nmachine = "a"\nttl = 120\n{more}')
    return load_config(organise(folder, "globex", 6667, more=f'{store}unit = "globex"\n{more}'))


@contextlib.asynccontextmanager
async def served(config: Config, **settings: str) -> AsyncIterator[int]:
    async with page(config, PageSettings(port=0, **settings)) as address:  # type: ignore[arg-type]
        found = re.search(r":(\d+)/", address)
        assert found is not None
        yield int(found[1])


async def test_a_host_s_page_says_who_answers_for_all_of_them(shared, tmp_path):
    config = config_of(shared, tmp_path, hosts=True)
    async with served(config, strangers="", token=TOKEN) as port:
        for path in ("/", "/machines"):
            reply = await ask(port, path, **BEARER)
            assert reply.status == 200
            for words in (
                *("a answers for 2 organisations", "c is gone", "Nobody answers for one"),
                *("hooli nobody", "up to change 7", "b , 7 behind", "is on one machine"),
            ):
                assert words in reply.words
        told = await ask(port, "/api/machines", **BEARER)
        assert told.headers["cache-control"] == "private, no-store"
        assert told.status == 200
        found = json.loads(told.text)
        validator("cluster-status").validate(found)
        assert [(one["unit"], one["machine"], one["last"]) for one in found["units"]] == [
            ("acme", "a", 0),
            ("globex", "a", 7),
            ("hooli", "", 0),
        ]
        assert found["units"][1]["standbys"][0] | {"age": 0} == {
            "machine": "b",
            "ready": True,
            "age": 0,
            "behind": 7,
        }
        assert [one["alive"] for one in found["machines"]] == [True, False]
        for path in ("/history", "/feed.atom", "/wall", "/incident/1"):
            assert (await ask(port, path, **BEARER)).status == 404
        for path in ("/", "/machines", "/api/machines.json"):
            stranger = await ask(port, path)
            assert stranger.status == 401
            assert "acme" not in stranger.text
        assert (await ask(port, "/healthz")).text == "ok\n"


async def test_an_organisation_s_page_shows_its_own_and_no_other(shared, tmp_path):
    config = config_of(shared, tmp_path, hosts=False)
    async with served(config, strangers="internal") as port:
        shown = await ask(port, "/machines")
        assert "globex a " in shown.words
        told = json.loads((await ask(port, "/api/machines")).text)
        validator("cluster-status").validate(told)
        assert ([one["unit"] for one in told["units"]], told["machines"]) == (["globex"], [])
        for other in ("acme", "hooli"):
            assert other not in shown.text
        assert 'href="/machines"' in (await ask(port, "/")).text
    async with served(config, strangers="public") as port:
        for path in ("/machines", "/api/machines"):
            assert (await ask(port, path)).status == 404
        assert 'href="/machines"' not in (await ask(port, "/")).text


async def test_without_a_database_there_are_no_machines(tmp_path):
    config = load_config(organise(tmp_path, "acme", 6667))
    async with served(config, strangers="internal") as port:
        assert (await ask(port, "/machines")).status == 404
    async with served(host_config(tmp_path), strangers="internal") as port:
        assert (await ask(port, "/")).status == 404


async def test_a_database_that_does_not_answer_is_said_and_what_was_known_stays(shared, tmp_path):
    config = config_of(shared, tmp_path, hosts=True)
    record, clock = record_of(config), [0.0]
    assert record is not None
    machines = Machines(config, record, lambda: datetime.now(UTC), lambda: clock[0])
    before = machines.seen()
    assert before.trouble == ""
    shared.ask("ALTER ROLE ircbot NOLOGIN")
    try:
        clock[0] = 1.9
        assert machines.seen() is before
        clock[0] = 2.0
        after = machines.seen()
    finally:
        shared.ask("ALTER ROLE ircbot LOGIN")
    assert "does not answer" in after.trouble
    assert after.units == before.units != {}

    gone = host_config(
        tmp_path,
        '[store]\nengine = "postgresql"\ndsn = "host=127.0.0.1 port=1 dbname=x"\n'
        '[cluster]\nmachine = "a"\n',
    )
    async with served(gone, strangers="internal") as port:
        assert "does not answer" in (await ask(port, "/")).words
        assert (await ask(port, "/api/machines")).status == 503


def test_a_host_s_page_is_for_those_who_are_known(shared, tmp_path):
    with pytest.raises(ConfigError, match="a host's page shows nothing to strangers"):
        page_settings(config_of(shared, tmp_path, hosts=True), {})
    more = f'[page]\ntoken = "{TOKEN}"\n'
    settings, _ = page_settings(config_of(shared, tmp_path, hosts=True, more=more), {})
    assert settings.strangers == ""


def test_everybody_who_may_can_read_it(shared, tmp_path):
    site = Site(tmp_path)
    site.config = config_of(shared, tmp_path, hosts=True)
    site.start()
    browser: Browser | None = None
    try:
        browser = start_chromium()
        browser.look(site.address)
        assert browser.text("h1") == "Machines"
        for scheme in ("light", "dark"):
            browser.prefer(scheme)
            assert browser.barriers() == []
        browser.resize(360, 740)
        assert browser.run(TOO_WIDE) == []
        browser.run("window.here = true")
        shared.ask("UPDATE ircbot.machine SET units = 5 WHERE name = 'a'")
        shared.ask("UPDATE ircbot.unit SET machine = 'z' WHERE name = 'acme'")
        browser.wait_for("#unit-acme", "z")  # by itself
        assert browser.run("return window.here") is True
        assert browser.console == []
    finally:
        if browser is not None:
            browser.driver.quit()
        site.stop()
        shared.ask("UPDATE ircbot.unit SET machine = 'a' WHERE name = 'acme'")
