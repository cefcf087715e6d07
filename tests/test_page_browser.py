"""The live page in a real browser: what it shows, what changes by itself, and who can use it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path

import madeup
import pytest
from rig.chromium import ENTER, TAB, Browser, start_chromium
from rig.daemon import free_ports

from ircbot.config import Config, load_config
from ircbot.incident.events import (
    CommsSet,
    Declared,
    Entry,
    Event,
    ImpactSet,
    Noted,
    Redacted,
    RoleTaken,
    SeveritySet,
    Updated,
)
from ircbot.incident.people import Person
from ircbot.page.running import page as serve
from ircbot.page.settings import PageSettings

HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
LONG = "x" * 150
ARABIC = "انقطاع الخدمة في جميع المناطق"
OPEN, HARD, OVER = 13, 14, 12
PAGES = {
    "now": "",
    "open": f"incident/{OPEN}",
    "hard": f"incident/{HARD}",
    "over": f"incident/{OVER}",
    "history": "history",
    "nothing": "history?since=2031",
    "search": "search?q=line",
    "stats": "stats",
    "wall": "wall",
    "missing": "incident/999",
}

TOO_WIDE = """
return document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll("main *")].map((node) => [node.getBoundingClientRect().right, node])
    .filter(([right]) => right > innerWidth).map(([_, node]) => node.outerHTML.slice(0, 200))
"""


class Site:
    """The page of a store, served by a thread of its own; it can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        (folder / "config.toml").write_text('[irc]\nchannels = ["#mdndev"]\n')
        self.config: Config = load_config(folder / "config.toml")
        self.store = str(self.config.store.path)
        (self.port,) = free_ports(1)
        self.address = ""

    def start(self, settings: PageSettings | None = None) -> None:
        ready: Future[str] = Future()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()

        async def run() -> None:
            shown = settings or PageSettings(port=self.port, strangers="internal")
            try:
                async with serve(self.config, shown) as address:
                    ready.set_result(address)
                    await self._stop.wait()
            except BaseException as error:
                if not ready.done():
                    ready.set_exception(error)
                raise

        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(run(),))
        self._thread.start()
        self.address = ready.result(20)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        self._loop.close()

    def tell(self, number: int, *events: Event, by: str = "metadave", ago: float = 0) -> None:
        """Things happen in an incident, a minute after each other; the first `ago` minutes ago."""
        begin = datetime.now(UTC) - timedelta(minutes=ago)
        entries = [
            Entry(
                number, begin + timedelta(minutes=place if ago else 0), Person(by), event, "#mdndev"
            )
            for place, event in enumerate(events)
        ]
        madeup.keep(Path(self.store), iter([entries]))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    found = Site(tmp_path_factory.mktemp("page"))
    madeup.keep(Path(found.store), madeup.incidents(12))
    found.tell(
        OPEN,
        Declared("MDN answers with errors", "mozmeao", product="MDN"),
        RoleTaken("lead", Person("metadave")),
        CommsSet("#mdndev"),
        SeveritySet("1"),
        ImpactSet("every third request fails"),
        Noted(1, "listeners are missing from the ELB"),
        Noted(2, "curl says:\n* certificate expired"),
        Updated("half of the traffic is served"),
        ago=20,
    )
    found.tell(
        HARD,
        Declared(LONG + HOSTILE, "mozmeao", product=HOSTILE),
        ImpactSet(f"{ARABIC} {HOSTILE} {LONG}"),
        *(Noted(n, f"{ARABIC} {n}" if n % 3 else HOSTILE + LONG) for n in range(1, 60)),
        by=LONG[:40],
        ago=300,
    )
    found.start()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = start_chromium()
    yield found
    found.driver.quit()


@pytest.fixture(autouse=True)
def as_always(browser: Browser) -> Iterator[None]:
    """Each test begins with a light screen, and ends without a complaint of the browser's."""
    browser.prefer("light")
    yield
    browser.driver.get("about:blank")


def card(number: int) -> str:
    return f"#incident-{number}"


# --- what it shows ------------------------------------------------------------------------------


def test_what_is_open_is_told_at_a_glance(site: Site, browser: Browser):
    browser.look(site.address)
    assert browser.text("h1") == "2 incidents are open"
    assert browser.driver.title.startswith("(2)")
    shown = browser.text(card(OPEN))
    for words in (
        *("MDN answers with errors", "severity 1", "every third request fails", "#mdndev"),
        *("metadave", "half of the traffic is served", "listeners are missing from the ELB"),
    ):
        assert words in shown
    assert browser.run("return document.querySelector('section.incident').id") == card(OPEN)[1:]
    browser.wait_for(f"{card(OPEN)} .due", "in ")  # counting


def test_a_reader_elsewhere_is_told_the_time_there(site: Site, browser: Browser):
    browser.look(site.address)
    assert browser.text(f"{card(OPEN)} [data-here]") == ""  # it is in UTC, and so is the page
    browser.command("Emulation.setTimezoneOverride", timezoneId="Asia/Kolkata")
    try:
        browser.look(site.address)
        iso = browser.run("return document.querySelector('.foot [data-here]').dataset.here")
        there = datetime.fromisoformat(iso) + timedelta(hours=5, minutes=30)
        assert browser.text(".foot [data-here]") == f", {there:%H:%M} where you are"
    finally:
        browser.command("Emulation.setTimezoneOverride", timezoneId="UTC")


def test_an_entry_leads_to_its_place_in_the_report(site: Site, browser: Browser):
    browser.look(site.address)
    browser.run("document.querySelector(arguments[0]).click()", f"{card(OPEN)} .timeline a.number")
    browser.wait("return document.querySelector(':target')?.matches('.report .timeline li')")


def test_who_has_the_token_logs_in_and_out(site: Site, browser: Browser):
    token = "a-long-token-of-somebody"
    site.stop()
    site.start(PageSettings(port=site.port, token=token))
    try:
        browser.look(f"{site.address}login")
        browser.run("document.getElementById('f-token').value = arguments[0]", token)
        browser.run("document.querySelector('main form button').click()")
        browser.wait_for(".foot", "Internal edition")
        browser.wait_for(card(OPEN), "metadave")
        browser.run("document.querySelector('.foot form button').click()")
        browser.wait_for(".foot", "Public edition")
    finally:
        site.stop()
        site.start()
    assert browser.console != []  # it was cut off; and Chromium misses a name beside the token


def test_a_due_time_counts_by_the_servers_clock(site: Site, browser: Browser):
    browser.look(site.address)
    first = browser.text(f"{card(OPEN)} [data-due]")
    browser.wait(
        "return document.querySelector(arguments[0]).textContent !== arguments[1]",
        f"{card(OPEN)} [data-due]", first,
    )  # fmt: skip
    assert browser.run("return document.querySelector('[aria-live] [data-due]')") is None


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_everybody_can_use_every_page(site: Site, browser: Browser, path: str):
    browser.look(site.address + path)
    assert browser.barriers() == []
    browser.prefer("dark")
    assert browser.barriers() == []
    browser.resize(360, 740)
    assert browser.run(TOO_WIDE) == []
    assert browser.run("return 'hacked' in window") is False
    complaints = [one for one in browser.console if path != PAGES["missing"] or " 404 " not in one]
    assert complaints == []


def test_dark_is_dark_and_paper_has_no_menu(site: Site, browser: Browser):
    def brightness() -> int:
        colour = browser.run("return getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in colour[4:-1].split(","))

    browser.look(site.address)
    light = brightness()
    browser.prefer("dark")
    assert brightness() < 200 < 600 < light
    browser.prefer("light", media="print")
    assert browser.run("return document.querySelector('.top nav').checkVisibility()") is False


def test_the_wall_fits_on_its_screen(site: Site, browser: Browser):
    browser.look(f"{site.address}wall", 1920, 1080)
    assert browser.run("return document.documentElement.scrollHeight") <= 1080
    smallest = browser.run(
        "return Math.min(...[...document.querySelectorAll('main *')].filter((node) => "
        "node.childElementCount === 0 && node.textContent.trim())"
        ".map((node) => parseFloat(getComputedStyle(node).fontSize)))"
    )
    assert smallest >= 26  # pixels of 1080: on a screen of 1.2 m, read from five metres


# --- what changes by itself ---------------------------------------------------------------------


def test_an_entry_comes_by_itself_and_disturbs_nobody(site: Site, browser: Browser):
    browser.look(site.address)
    browser.run("""
        window.here = true;
        document.querySelector(".owed a").focus();
        const text = document.querySelector(arguments[0]).firstChild;
        getSelection().setBaseAndExtent(text, 4, text, 11);
        scrollTo(0, 300);
    """, f"{card(OPEN)} .impact bdi")  # fmt: skip
    focused = browser.run("return document.activeElement.outerHTML")
    site.tell(OPEN, Noted(3, "the certificate has been renewed"), by="jgmize")
    browser.wait_for(f"{card(OPEN)} .timeline li:first-child", "the certificate has been renewed")
    assert browser.run("return window.here") is True
    assert browser.run("return String(getSelection())") == "y third"
    assert browser.run("return document.activeElement.outerHTML") == focused
    assert browser.run("return scrollY") >= 300
    assert "the certificate has been renewed" in browser.text("[aria-live=polite]")


def test_an_open_incidents_own_page_goes_on_as_well(site: Site, browser: Browser):
    browser.look(f"{site.address}incident/{OPEN}")
    site.tell(OPEN, Updated("all of the traffic is served"), by="jgmize")
    browser.wait_for(".last", "all of the traffic is served")
    browser.wait_for(".report .timeline li:last-child", "all of the traffic is served")


def test_a_new_incident_changes_the_title_and_the_wall(site: Site, browser: Browser):
    browser.look(f"{site.address}wall", 1920, 1080)
    site.tell(15, Declared("mail is late", "mozmeao"))
    browser.wait_for("#incident-15", "mail is late")
    assert browser.driver.title.startswith("(3)")


def test_what_is_erased_goes_from_open_pages(site: Site, browser: Browser):
    site.tell(OPEN, Noted(4, "the password is hunter2"))
    browser.look(site.address)
    browser.wait_for(card(OPEN), "hunter2")
    site.tell(OPEN, Redacted(4))
    browser.wait("return !document.body.textContent.includes('hunter2')")
    browser.wait_for(card(OPEN), "half of the traffic")  # the rest is there again


def test_a_server_that_comes_back_is_followed_again(site: Site, browser: Browser):
    browser.look(site.address)
    browser.run("window.here = true")
    site.stop()
    browser.wait("return document.getElementById('lost').checkVisibility()")
    site.tell(OPEN, Noted(5, "said while the page was away"))
    site.start()
    browser.wait_for(f"{card(OPEN)} .timeline", "said while the page was away")
    browser.wait("return !document.getElementById('lost').checkVisibility()")
    assert browser.run("return window.here") is True
    assert browser.console != []  # refused connections, which are no mistake of ours


def test_a_page_that_is_gone_back_to_is_as_it_is_now(site: Site, browser: Browser):
    browser.look(site.address)
    browser.look(f"{site.address}history")
    site.tell(OPEN, Noted(6, "said while somebody looked elsewhere"))
    browser.driver.back()
    browser.wait_for(f"{card(OPEN)} .timeline", "said while somebody looked elsewhere")


# --- the keyboard, and no script ----------------------------------------------------------------


def test_the_keyboard_reaches_the_content_first(site: Site, browser: Browser):
    browser.look(site.address)
    browser.driver.switch_to.active_element.send_keys(TAB)
    focused = "return getComputedStyle(document.activeElement)"
    assert browser.run("return document.activeElement.className") == "skip"
    assert browser.run(f"{focused}.outlineStyle") == "solid"
    assert browser.run("return document.activeElement.getBoundingClientRect().left") >= 0
    browser.driver.switch_to.active_element.send_keys(ENTER)
    browser.driver.switch_to.active_element.send_keys(TAB)
    assert browser.run("return document.querySelector('main').contains(document.activeElement)")
    assert browser.run(f"{focused}.outlineStyle") == "solid"


def test_without_a_script_the_page_is_there_and_reloads_itself(site: Site, browser: Browser):
    browser.command("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.look(site.address)
        assert "MDN answers with errors" in browser.driver.page_source
        (refresh,) = browser.driver.find_elements("css selector", "noscript > meta")
        assert refresh.get_dom_attribute("http-equiv") == "refresh"
    finally:
        browser.command("Emulation.setScriptExecutionDisabled", value=False)
