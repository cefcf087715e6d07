"""The live page: its routes over a real socket, who gets what, and what reaches it when."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from multidict import CIMultiDict
from report.gossip import NAMES, found_in, gossips
from report.tale import NOON, Tale

from ircbot.cli.root import run
from ircbot.config import load_config
from ircbot.config.settings import setting
from ircbot.errors import ConfigError, Failed
from ircbot.incident.events import (
    ActionAdded,
    Declared,
    Entry,
    Forgotten,
    MilestoneSet,
    Noted,
    Redacted,
    Resolved,
    RoleTaken,
    Secured,
    SeveritySet,
    Updated,
)
from ircbot.incident.people import Person
from ircbot.incident.process import Severity
from ircbot.incident.times import ReportClock
from ircbot.page import looking
from ircbot.page.access import PageAccess
from ircbot.page.editions import Edition
from ircbot.page.following import Follower, bot_trouble
from ircbot.page.library import pause
from ircbot.page.public_index import PublicEditor, PublicIndex, fill_all
from ircbot.page.running import page
from ircbot.page.settings import PageSettings, page_settings
from ircbot.page.streams import Subscribers
from ircbot.processes import load_process
from ircbot.report.public import published
from ircbot.repository import open_store
from ircbot.search.cache import erase_in_cache

TOKEN = "a-long-token-of-somebody"
SECRET = "xyzzyplugh"
PATIENCE = 20.0
LATER = NOON + timedelta(hours=2)
ANN = Person("ann")


@dataclass(frozen=True)
class Reply:
    """What the page answers."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def is_internal(self) -> bool:
        """Whether it is of the internal edition."""
        return self.headers["cache-control"] == "private, no-store"

    @property
    def hits(self) -> int:
        """How many words are marked that were looked for."""
        return self.text.count("<mark")

    @property
    def words(self) -> str:
        """What stands on it, without tags."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.text)).split())


async def ask(port: int, path: str, method: str = "GET", body: str = "", **headers: str) -> Reply:
    """Ask the page, over a connection of its own."""
    given = {"Host": "localhost", "Connection": "close"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    if body:
        given |= {"Content-Length": str(len(body))}
        given |= {"Content-Type": "application/x-www-form-urlencoded"}
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items() if value)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n{body}".encode())
    try:
        return _reply(await reader.read())
    finally:
        writer.close()


async def said_plainly(port: int, text: str) -> bytes:
    """What comes until the page hangs up on somebody who says that."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    try:
        writer.write(text.encode())
        with contextlib.suppress(ConnectionError):
            while more := await reader.read(65536):
                answer += more
    finally:
        writer.close()
    return answer


def _reply(answer: bytes) -> Reply:
    head, _, text = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (one.split(": ", 1) for one in lines)}
    return Reply(int(first.split(" ")[1]), headers, text.decode())


class Stream:
    """Somebody who follows the page."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def event(self) -> tuple[str, str, dict[str, Any]]:
        """The next event: its id, its kind, and what it says."""
        found: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE):
            while True:
                line = (await self._reader.readline()).decode().rstrip("\r\n")
                name, _, value = line.partition(": ")
                if name in ("id", "event", "data"):
                    found[name] = value
                elif not line and "data" in found:
                    return found["id"], found["event"], json.loads(found["data"])

    async def end(self) -> bytes:
        """What comes until it ends."""
        async with asyncio.timeout(PATIENCE):
            with contextlib.suppress(ConnectionError):
                return await self._reader.read()
        return b""

    def close(self) -> None:
        """Go away."""
        self._writer.close()


async def follow(port: int, after: str = "", **headers: str) -> Stream:
    """Follow the page from a position on; the head is read."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    last = f"Last-Event-ID: {after}\r\n" if after else ""
    writer.write(f"GET /events HTTP/1.1\r\nHost: localhost\r\n{last}{more}\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), head
    return Stream(reader, writer)


@contextlib.asynccontextmanager
async def following(port: int, after: str = "", **headers: str) -> AsyncIterator[Stream]:
    """Follow the page for the length of a block."""
    stream = await follow(port, after, **headers)
    try:
        yield stream
    finally:
        stream.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "incidents"


@pytest.fixture
def store(folder: Path) -> Any:
    opened = open_store(str(folder), writer="bot")
    yield opened
    opened.close()


def config_of(folder: Path, text: str = "", zone: str = "UTC") -> Any:
    path = folder.parent / "config.toml"
    path.write_text(f'timezone = "{zone}"\n[store]\npath = "{folder}"\n{text}', encoding="utf-8")
    return load_config(path, {})


@contextlib.asynccontextmanager
async def served(
    folder: Path, now: datetime = LATER, zone: str = "UTC", **settings: Any
) -> AsyncIterator[int]:
    """The page of a store, at a time; gives the port."""
    known = PageSettings(port=0, **settings)
    async with page(config_of(folder, zone=zone), known, lambda: now) as address:
        yield int(re.search(r":(\d+)/", address)[1])


INTERNAL = {"strangers": "internal"}
ROUTES = (
    *("/", "/incident/1", "/history", "/search?q=listeners", "/stats", "/wall"),
    *("/feed.atom", "/api/incidents", "/api/incidents.json", "/api/incidents/1"),
)


def outage(number: int = 1, summary: str = "MDN is down") -> Tale:
    """An open incident that has something of everything."""
    tale = Tale(number).tell(Declared(summary, "mozmeao"), 0, "ann", "#mdn")
    tale.tell(RoleTaken("lead", ANN), 1, "ann").tell(SeveritySet("1"), 2, "ann")
    tale.note("the listeners are missing", 5, "ann").tell(Updated("we look at AWS"), 10, "ann")
    return tale.tell(ActionAdded(1, "watch the ELB", "bob", "2018-01-01"), 12, "ann")


def more(number: int, text: str, n: int = 2, at: datetime = LATER) -> Entry:
    """One entry more, by ann."""
    return Entry(number, at, ANN, Noted(n, text), "#mdn")


# --- what it says ---------------------------------------------------------------------------------


async def test_every_route_answers_and_nothing_is_loaded_from_elsewhere(store, folder):
    store.append(outage().entries)
    async with served(folder, **INTERNAL) as port:
        for path in ROUTES:
            reply = await ask(port, path)
            assert reply.status == 200, (path, reply.text)
            assert "default-src 'none'" in reply.headers["content-security-policy"]
            assert "unsafe" not in reply.headers["content-security-policy"]
            assert reply.headers["x-content-type-options"] == "nosniff"
            assert not re.search(r"<[^>]+\sstyle=|<style|\son\w+=|<script>", reply.text)
            assert not re.findall(r'(?:src|href)="(?:https?:)?//', reply.text) or "feed" in path
            bare = await ask(port, path, "HEAD")
            assert (bare.status, bare.text) == (200, "")
        assert (await ask(port, "/healthz")).text == "ok\n"


async def test_the_first_page_says_what_is_open_and_when_the_next_update_is_due(store, folder):
    store.append(outage().entries)
    async with served(folder, **INTERNAL) as port:
        words = (await ask(port, "/")).words
    for told in ("MDN is down", "ann", "#mdn", "we look at AWS", "the listeners are missing"):
        assert told in words
    assert "2 h" in words or "120 minutes" in words
    assert "overdue" in words


async def test_with_nothing_open_it_says_since_when_and_what_is_owed(store, folder):
    store.append(outage().tell(Resolved("it was DNS"), 60, "ann").entries)
    async with served(folder, NOON + timedelta(days=12, hours=1), **INTERNAL) as port:
        words = (await ask(port, "/")).words
        wall = (await ask(port, "/wall")).words
    assert "No open incident" in words
    assert "12 d 0 h" in words
    assert "12 d 0 h" in wall
    assert "watch the ELB" in words  # an action
    assert words.count("overdue") == 2  # that, and the report


async def test_what_an_open_incident_will_owe_is_told_before_it_is_over(store, folder):
    store.append(outage().entries)
    async with served(folder, **INTERNAL) as port:
        words = (await ask(port, "/")).words
    assert "Report: #1 MDN is down by ann once it is over" in words
    assert "Action: watch the ELB bob , from #1 MDN is down overdue since 2018-01-01" in words


async def test_an_incident_is_the_report_with_its_anchors(store, folder):
    store.append(outage().entries)
    async with served(folder, **INTERNAL) as port:
        reply = await ask(port, "/incident/1")
        assert 'id="tl-0001"' in reply.text
        assert reply.text.count("<h1") == 1
        missing = await ask(port, "/incident/7")
    assert missing.status == 404
    assert "There is no such page" in missing.words


async def test_history_is_filtered_and_comes_in_pages(store, folder):
    told = list[Entry]()
    for number in range(1, 53):
        tale = Tale(number).tell(Declared(f"outage {number}", "mozmeao"), number * 1440, "ann")
        tale.tell(SeveritySet("1" if number % 2 else "2"), number * 1440 + 1, "ann")
        told += tale.tell(Resolved(), number * 1440 + 2, "ann").entries
    store.append(told)
    async with served(folder, NOON + timedelta(days=70), **INTERNAL) as port:
        first = await ask(port, "/history")
        second = await ask(port, "/history?page=2")
        odd = await ask(port, "/history?severity=1&since=2018-02-22&status=resolved")
        wrong = await ask(port, "/history?since=%3Cb%3Enever")
        nonsense = await ask(port, "/history?page=x")
        told = json.loads((await ask(port, "/api/incidents?limit=5&before=11")).text)
    assert "outage 52" in first.words
    assert "outage 3 " in first.words
    assert "outage 2 " not in first.words
    assert "outage 2 " in second.words
    assert re.findall(r"outage (\d+)", odd.words) == ["51", "49", "47", "45", "43"]
    assert "is not a day" in wrong.words
    assert "<b>" not in wrong.text
    assert nonsense.status == 400
    assert [one["id"] for one in told] == [10, 9, 8, 7, 6]


async def test_the_set_behind_a_figure_is_a_list(store, folder):
    told = list[Entry]()
    for number in range(1, 13):
        tale = Tale(number).tell(Declared(f"outage {number}", "mozmeao"), number * 1440, "ann")
        told += tale.tell(Resolved(), number * 1440 + 60, "ann").entries
    told += Tale(13).tell(Declared(SECRET, "mozmeao", private=True), 0, "ann", "#mdn").entries
    store.append(told)
    async with served(folder, NOON + timedelta(days=70), base_url="http://localhost/in") as port:
        figures = await ask(port, "/in/stats")
        (link, *_) = re.findall(r'href="/in(/history\?incidents=[^"]*)"', figures.text)
        assert link == "/history?incidents=1-12"
        for asked, found in (
            ("1-12", list(range(12, 0, -1))),
            ("3,5%E2%80%937,%20%236", [7, 6, 5, 3]),
            ("12-999999999,13", [12]),
            ("9-2", []),
        ):
            reply = await ask(port, f"/history?incidents={asked}")
            assert [int(n) for n in re.findall(r"outage (\d+)", reply.words)] == found
        for wrong in ("x", "1-", "-", "1;2", "9" * 12):
            assert "are numbers" in (await ask(port, f"/history?incidents={wrong}")).words
        assert (await ask(port, f"/history?incidents={'1,' * 900}1")).status == 200
        assert (await ask(port, f"/history?incidents={'1,' * 1100}1")).status == 400


async def test_the_json_is_that_of_the_command_line(store, folder, capsys):
    store.append(outage().entries)
    config = folder.parent / "config.toml"
    async with served(folder, **INTERNAL) as port:
        (one,) = json.loads((await ask(port, "/api/incidents")).text)
        alone = json.loads((await ask(port, "/api/incidents/1.json")).text)
        none = await ask(port, "/api/incidents/2")
    await asyncio.to_thread(run, ["show", "1", "--json", "--config", str(config)])
    assert one == alone == json.loads(capsys.readouterr().out)
    assert (none.status, json.loads(none.text)) == (404, {"error": "there is no such incident"})


async def test_the_feed_is_one_and_its_addresses_are_whole(store, folder):
    store.append(outage(summary="a < b & c\x02").entries)
    settings = {**INTERNAL, "base_url": "https://status.example.org/in"}
    async with served(folder, **settings) as port:
        reply = await ask(port, "/in/feed.atom", Host="status.example.org")
    feed = ET.fromstring(reply.text)
    atom = "{http://www.w3.org/2005/Atom}"
    assert feed.findtext(f"{atom}entry/{atom}title") == "1: a < b & c (open)"
    assert feed.findtext(f"{atom}entry/{atom}id") == "https://status.example.org/in/incident/1"


async def test_behind_a_path_every_link_has_it(store, folder):
    store.append(outage().entries)
    async with served(folder, base_url="http://localhost/in", **INTERNAL) as port:
        for path in ("/in/", "/in", "/"):  # whether or not the proxy takes it away
            links = re.findall(r'(?:href|src|action)="(/[^"]*)"', (await ask(port, path)).text)
            assert links
            assert all(link.startswith("/in/") for link in links)
        assert (await ask(port, "/in/static/page.css")).status == 200


async def test_static_files_are_asked_for_once(folder):
    folder.mkdir()
    async with served(folder) as port:
        for name in ("page.css", "page.js", "report.css"):
            reply = await ask(port, f"/static/{name}")
            again = await ask(port, f"/static/{name}", If_None_Match=reply.headers["etag"])
            assert (reply.status, again.status, again.text) == (200, 304, "")
        for name in ("nothing.css", "../base.html", "..%2fbase.html"):
            assert (await ask(port, f"/static/{name}")).status == 404


# --- editions -------------------------------------------------------------------------------------


async def test_no_name_is_in_the_public_edition(store, folder):
    store.append(gossips(1).entries)
    still_open = [one for one in gossips(2).entries if one.event.__class__.__name__ != "Resolved"]
    store.append(still_open[:-1])
    paths = [*ROUTES, "/incident/2", "/api/incidents/2", "/search?q=metadave", "/history?page=1"]
    async with served(folder, NOON + timedelta(days=1)) as port:
        for path in paths:
            reply = await ask(port, path)
            page_ = reply.text.replace("/search?q=metadave", "").replace('value="metadave"', "")
            page_ = re.sub(r"<title>metadave", "", page_)
            assert found_in(page_) == [], path
            for address in ("moz.example", "ops@", "10.1.2.3", "2001:db8", "#mdndev"):
                assert address not in reply.text, path
        for name in NAMES:
            reply = await ask(port, f"/search?q={name.strip('[]')}")
            assert reply.hits == 0, name
    async with served(folder, **INTERNAL) as port:
        assert "metadave" in (await ask(port, "/")).text


async def test_what_the_public_json_says_is_the_public_report(store, folder):
    tale = gossips(1)
    store.append(tale.entries)
    async with served(folder) as port:
        told = json.loads((await ask(port, "/api/incidents/1")).text)
    from ircbot.incident.view import as_json
    from ircbot.repository import process_of

    surroundings = setting(config_of(folder))
    process = process_of(tale.incident, surroundings)
    assert told == as_json(published(tale.incident, process), process, surroundings.calendar)


async def test_words_that_are_left_out_are_not_found_nor_chosen_by(store, folder):
    tale = outage(1, "the disk of ann's laptop is full").note(f"mail {SECRET}@example.org", 20)
    store.append(tale.entries)
    async with served(folder) as port:
        assert (await ask(port, f"/search?q={SECRET}")).hits == 0
        assert "listeners" in (await ask(port, "/search?q=listeners")).words
    async with served(folder, **INTERNAL) as port:
        reply = await ask(port, f"/search?q={SECRET}")
        assert reply.hits == 1, reply.words


def public_index(folder: Path) -> tuple[PublicEditor, Follower, PublicIndex]:
    config = config_of(folder)
    publisher, follower = PublicEditor.of(config, setting(config)), Follower(str(folder))
    follower.look()
    return publisher, follower, PublicIndex(publisher)


async def test_the_public_edition_is_kept_in_a_file_and_listed_from_it(store, folder):
    for number in (1, 2, 3):
        store.append(outage(number).note("ann's disk is full", 20, "ann").entries)
    async with served(folder) as port:
        before = await ask(port, "/history")
    publisher, follower, index = public_index(folder)
    assert index.stale(follower.known) == [3, 2, 1]
    fill_all(publisher)
    assert index.stale(follower.known) == []
    assert len(index.about(follower.known, (1, 2, 9))) == 2
    index.forget()
    async with served(folder) as port:
        assert (await ask(port, "/history")).words == before.words
        assert (await ask(port, "/search?q=disk")).hits == 3
        assert (await ask(port, "/search?q=ann")).hits == 0
    assert os.stat(publisher.place).st_mode & 0o777 == 0o600
    other = config_of(folder, '[report]\npublic = ["#mdn"]\n')
    assert PublicEditor.of(other, setting(other)).place != publisher.place


def test_an_erasure_leaves_no_word_in_the_public_file(store, folder):
    store.append(outage(1).note(f"the disk is called {SECRET}", 20, "ann").entries)
    store.append(outage(2).entries)
    publisher, follower, index = public_index(folder)
    fill_all(publisher)
    kept = Path(publisher.place)
    assert SECRET.encode() in kept.read_bytes()
    store.append([Entry(1, LATER, ANN, Redacted(2), "#mdn")])
    assert erase_in_cache(str(folder)) == ()  # as the bot does, whether or not a page runs
    assert SECRET.encode() not in kept.read_bytes()
    follower.look()
    assert index.stale(follower.known) == [1]
    assert index.about(follower.known, (1, 2)).keys() == {2}
    index.index(follower.known, (1,))
    assert index.stale(follower.known) == []
    kept.write_bytes(b"no database" * 1000)  # while it is open
    assert index.stale(follower.known) == [2, 1]
    index.index(follower.known, (1, 2))
    assert index.stale(follower.known) == []
    lock = kept.with_name(f"{kept.name}.lock")
    lock.unlink()
    lock.mkdir()  # it cannot be written
    store.append([more(1, "more", 3)])
    follower.look()
    index.index(follower.known, (1,))  # in memory, then
    assert index.stale(follower.known) == [2]
    index.forget()
    lock.rmdir()
    kept.write_bytes(b"no database")
    assert erase_in_cache(str(folder)) == ()
    assert not kept.exists()


async def test_where_nothing_can_be_kept_the_public_edition_is_searched_all_the_same(store, folder):
    store.append(outage(1).note("the disk is full", 20, "ann").entries)
    (folder / "cache").symlink_to(folder.parent)
    async with served(folder) as port:
        assert (await ask(port, "/search?q=disk")).hits == 1
        assert (await ask(port, "/history")).status == 200


@pytest.mark.parametrize("settings", [{}, INTERNAL], ids=["public", "internal"])
async def test_private_incidents_and_security_matters_are_never_there(store, folder, settings):
    store.append(outage(1).entries)
    hidden = Tale(2).tell(Declared(f"{SECRET} two", "mozmeao", private=True), 0, "ann", "#mdn")
    store.append(hidden.note(f"{SECRET} note", 5, "ann").entries)
    store.append(outage(3, f"{SECRET} three").tell(Secured(), 30, "ann").entries)
    async with served(folder, **settings) as port:
        for path in (*ROUTES, f"/search?q={SECRET}", "/incident/2", "/incident/3"):
            reply = await ask(port, path)
            left = reply.text.replace(f'value="{SECRET}"', "").replace(f"<title>{SECRET}", "")
            assert SECRET not in left, path
            assert "incident/2" not in reply.text
            assert "incident/3" not in reply.text
        for path in ("/incident/2", "/incident/3", "/api/incidents/2", "/api/incidents/3"):
            assert (await ask(port, path)).status == 404
        before = re.search('data-position="(.*?)"', (await ask(port, "/")).text)[1]
        stream = await follow(port, before)
        store.append([more(2, f"{SECRET} goes on", 2), more(1, "and this is for all")])
        _, _, told = await stream.event()
        assert told["incidents"] == [1]
        stream.close()


async def test_an_incident_that_becomes_a_security_matter_leaves_at_once(store, folder):
    store.append(outage(1, SECRET).entries)
    async with served(folder, **INTERNAL) as port:
        assert SECRET in (await ask(port, "/")).text
        stream = await follow(port)
        store.append([Entry(1, LATER, ANN, Secured(), "#mdn")])
        _, kind, _ = await stream.event()
        assert kind == "erased"
        assert SECRET not in (await ask(port, "/")).text
        assert (await ask(port, "/incident/1")).status == 404
        stream.close()


async def test_the_internal_edition_needs_the_proxys_word_or_the_token(store, folder):
    store.append(outage().entries)
    settings = {"user_header": "X-Remote-User", "token": TOKEN}
    async with served(folder, **settings) as port:
        strange = await ask(port, "/")
        assert not strange.is_internal
        assert strange.headers["cache-control"] == "no-cache"
        named = await ask(port, "/", X_Remote_User="ann")
        assert named.is_internal
        assert named.headers["cache-control"] == "private, no-store"
        assert "X-Remote-User" in named.headers["vary"]
        bearer = await ask(port, "/api/incidents", Authorization=f"Bearer {TOKEN}")
        assert json.loads(bearer.text)[0]["declared_by"] == "ann"
        for wrong in (f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer ", TOKEN, "Bearer \xff"):
            told = await ask(port, "/api/incidents", Authorization=wrong)
            assert json.loads(told.text)[0]["declared_by"] != "ann", wrong
        assert not (await ask(port, f"/?token={TOKEN}")).is_internal
    async with served(folder, **settings, proxies=()) as port:
        assert not (await ask(port, "/", X_Remote_User="ann")).is_internal


async def test_a_token_is_given_by_a_form_and_kept_as_a_mark(store, folder):
    store.append(outage().entries)
    async with served(folder, token=TOKEN) as port:
        assert "password" in (await ask(port, "/login")).text
        wrong = await ask(port, "/login", "POST", "token=guess")
        assert wrong.status == 403
        assert "set-cookie" not in wrong.headers
        right = await ask(port, "/login", "POST", f"token={TOKEN}&back=/wall")
        cookie = right.headers["set-cookie"]
        assert (right.status, right.headers["location"]) == (303, "/wall")
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert TOKEN not in cookie
        mark = cookie.partition(";")[0]
        assert (await ask(port, "/", Cookie=mark)).is_internal
        assert not (await ask(port, "/", Cookie=f"{mark}0")).is_internal
        away = await ask(port, "/login", "POST", f"token={TOKEN}&back=//evil.example")
        assert away.headers["location"] == "/"
        foreign = {"Origin": "https://evil.example"}
        assert (await ask(port, "/login", "POST", f"token={TOKEN}", **foreign)).status == 403
        assert (await ask(port, "/login", "POST", "token=" + "x" * 9000)).status == 413
        packed = await ask(port, "/login", "POST", "token=x", Content_Encoding="gzip")
        assert packed.status == 403  # nothing is unpacked
        many = "&".join(f"a{n}=b" for n in range(40))
        assert (await ask(port, "/login", "POST", many)).status == 413
        out = await ask(port, "/logout", "POST", "x=y", Cookie=mark)
        assert 'ircbot-page=""' in out.headers["set-cookie"]
        assert (await ask(port, "/logout")).status == 405
    async with served(folder, token=TOKEN + "2") as port:  # the mark ends with the token
        assert not (await ask(port, "/", Cookie=mark)).is_internal


async def test_without_a_public_edition_strangers_get_nothing(store, folder):
    store.append(outage().entries)
    async with served(folder, strangers="", token=TOKEN) as port:
        for path in (*ROUTES, "/events", "/incident/99"):
            reply = await ask(port, path)
            assert reply.status == 401
            assert "MDN" not in reply.text
            assert reply.headers["www-authenticate"] == "Bearer"
        assert (await ask(port, "/", Authorization=f"Bearer {TOKEN}")).status == 200
        assert (await ask(port, "/healthz")).text == "ok\n"
    async with served(folder, strangers="", user_header="X-User") as port:
        assert (await ask(port, "/")).status == 403
        assert (await ask(port, "/", X_User="ann")).status == 200


def test_who_speaks_for_others_is_known_by_the_address():
    access = PageAccess(PageSettings(user_header="X-User"))
    for peer, is_believed in (
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("192.0.2.1", False),
        ("", False),
        ("nonsense", False),
    ):
        assert bool(access.edition(peer, {"X-User": "ann"}, "") == "internal") is is_believed
    assert access.address("127.0.0.1", {"X-Forwarded-For": "1.2.3.4, 192.0.2.9"}) == "192.0.2.9"
    assert access.address("192.0.2.1", {"X-Forwarded-For": "1.2.3.4"}) == "192.0.2.1"


def test_what_a_header_says_twice_is_not_the_proxys():
    access = PageAccess(PageSettings(user_header="X-User"))
    twice = CIMultiDict([("X-User", "mallory"), ("X-User", "ann")])
    assert not access.is_named("127.0.0.1", twice)
    assert not access.is_named("127.0.0.1", CIMultiDict({"X-User": " "}))
    assert access.is_named("127.0.0.1", CIMultiDict({"x-user": "ann"}))
    added = CIMultiDict([("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-For", "192.0.2.9")])
    assert access.address("127.0.0.1", added) == "192.0.2.9"
    for no_address in ("\x1b[2J", "unknown", "1.2.3.4, ", "192.0.2.9:80"):
        assert access.address("127.0.0.1", {"X-Forwarded-For": no_address}) == "127.0.0.1"


# --- following ------------------------------------------------------------------------------------


async def test_a_change_is_on_the_page_and_who_follows_is_told(store, folder):
    store.append(outage().entries)
    async with served(folder, **INTERNAL) as port:
        first = await ask(port, "/")
        stream = await follow(port)
        store.append([more(1, "the ELB is back")])
        position, kind, told = await stream.event()
        assert (kind, told) == ("changed", {"incidents": [1], "position": position})
        again = await ask(port, "/", If_None_Match=first.headers["etag"])
        assert "the ELB is back" in again.words
        assert f'data-position="{position}"' in again.text
        assert (await ask(port, "/", If_None_Match=again.headers["etag"])).status == 304
        stream.close()


async def test_who_comes_back_is_told_what_they_missed_also_after_a_restart(store, folder):
    store.append(outage(1).entries)
    store.append(outage(2).entries)
    async with served(folder, **INTERNAL) as port:
        stream = await follow(port)
        store.append([more(1, "one")])
        seen, _, _ = await stream.event()
        stream.close()
        other = await follow(port, seen)
        store.append([more(2, "two")])
        now, _, _ = await other.event()
        other.close()
        late = await follow(port, seen)
        assert await late.event() == (now, "changed", {"incidents": [2], "position": now})
        late.close()
    async with served(folder, **INTERNAL) as port:  # it knows no past, and the same position
        same = await follow(port, now)
        store.append([more(1, "three", 3)])
        newest, kind, told = await same.event()
        assert (kind, told["incidents"]) == ("changed", [1])
        same.close()
        late = await follow(port, seen)
        assert await late.event() == (newest, "all", {"incidents": [], "position": newest})
        late.close()


async def test_an_erasure_reaches_open_pages_and_nothing_is_left_of_the_words(store, folder):
    store.append(outage().note(f"the password is {SECRET}", 20, "ann").entries)
    async with served(folder, **INTERNAL) as port:
        for path in ("/", "/incident/1", f"/search?q={SECRET}", "/stats", "/feed.atom"):
            await ask(port, path)
        assert (await ask(port, f"/search?q={SECRET}")).hits == 1
        stream = await follow(port)
        store.append([Entry(1, LATER, ANN, Redacted(2), "#mdn")])
        _, kind, _ = await stream.event()
        assert kind == "erased"
        for path in ("/", "/incident/1", "/feed.atom", "/api/incidents/1"):
            assert SECRET not in (await ask(port, path)).text, path
        assert (await ask(port, f"/search?q={SECRET}")).hits == 0
        store.append([Entry(0, LATER, ANN, Forgotten("somebody", "ann"), "")])
        _, kind, _ = await stream.event()
        assert kind == "erased"
        assert "ann" not in (await ask(port, "/api/incidents/1")).text.replace("channel", "")
        stream.close()


async def test_who_does_not_read_is_dropped_and_only_so_many_may_follow(store, folder):
    store.append(outage().entries)
    async with served(folder, streams=3, streams_per_address=2, **INTERNAL) as port:
        streams = [await follow(port) for _ in range(2)]
        assert (await ask(port, "/events")).status == 503
        third = await follow(port, X_Forwarded_For="192.0.2.7")
        assert (await ask(port, "/events", X_Forwarded_For="192.0.2.8")).status == 503
        for stream in (*streams, third):
            stream.close()


async def test_a_queue_is_bounded():
    subscribers = Subscribers(10, 10)
    slow = subscribers.enter("a", "")
    for number in range(40):
        subscribers.tell("changed", f"{number}", [1])
    assert slow.is_dropped
    assert [text async for text in slow.texts()] == []
    subscribers.leave(slow)
    subscribers.leave(slow)
    assert len(subscribers) == 0


async def test_many_follow(store, folder):
    store.append(outage().entries)
    async with served(folder, streams_per_address=100, **INTERNAL) as port:
        streams = await asyncio.gather(*(follow(port) for _ in range(100)))
        store.append([more(1, "for all of them")])
        events = await asyncio.gather(*(stream.event() for stream in streams))
        assert len({position for position, _, _ in events}) == 1
        pages = await asyncio.gather(*(ask(port, "/") for _ in range(5)))
        assert all("for all of them" in reply.text for reply in pages)
        for stream in streams:
            stream.close()


async def test_the_end_does_not_wait_for_who_follows(store, folder):
    store.append(outage().entries)
    async with served(folder, **INTERNAL) as port:
        stream = await follow(port)
    assert await stream.end() is not None
    stream.close()


async def test_two_pages_of_one_store(store, folder):
    store.append(outage().entries)
    async with served(folder, **INTERNAL) as one, served(folder) as other:
        streams = [await follow(port) for port in (one, other)]
        store.append([more(1, "for both")])
        first, second = [await stream.event() for stream in streams]
        assert first == second
        for stream in streams:
            stream.close()


# --- the store, in trouble ------------------------------------------------------------------------


async def test_a_store_that_is_not_there_comes_and_goes(folder):
    async with served(folder, **INTERNAL) as port:
        assert "is not there" in (await ask(port, "/")).words
        assert (await ask(port, "/healthz")).status == 503
        stream = await follow(port)
        store = open_store(str(folder), writer="bot")
        store.append(outage().entries)
        store.close()
        while "MDN is down" not in (await ask(port, "/")).words:
            await stream.event()
        assert "is not there" not in (await ask(port, "/")).words
        folder.rename(folder.parent / "elsewhere")
        while "is not there" not in (await ask(port, "/")).words:
            await stream.event()
        assert "MDN is down" in (await ask(port, "/")).words  # the last that was known
        stream.close()


async def test_what_is_damaged_is_not_shown_and_said(folder):
    store = open_store(str(folder), writer="bot")
    store.append(outage(1).entries)
    store.append(outage(2, "this one is whole").entries)
    store.close()
    path = folder / "0001.json"
    path.write_bytes(path.read_bytes()[:300])
    async with served(folder, **INTERNAL) as port:
        words = (await ask(port, "/")).words
        assert "cannot be read" in words
        assert "this one is whole" in words
        assert (await ask(port, "/incident/1")).status == 404


async def test_an_incident_that_makes_no_sense_is_named_and_hides_no_other(store, folder):
    store.append(outage(1).entries)
    store.append(outage(2, "this one is whole").entries)
    async with (
        served(folder, **INTERNAL) as port,
        served(folder) as outside,
        following(port) as stream,
        following(outside) as other,
    ):
        # The end is corrected of what never ended: no command of ours does that.
        store.append([Entry(1, LATER, ANN, MilestoneSet("resolved", LATER), "#mdn")])
        await stream.event()
        for path in ("/", *ROUTES[2:8], "/search?q=whole", "/incident/2", "/healthz"):
            assert (await ask(port, path)).status == 200, path
        for path in ("/", "/history", "/wall"):
            words = (await ask(port, path)).words
            assert "this one is whole" in words
            assert "Incident 1 cannot be read and is not shown." in words, path
        assert (await ask(port, "/incident/1")).status == 404
        await other.event()
        words = (await ask(outside, "/")).words  # not for everybody: it may be a private one
        assert "An incident cannot be read and is not shown." in words
        store.append([more(2, "it goes on")])
        await stream.event()
        assert "it goes on" in (await ask(port, "/")).words


def test_an_incident_that_cannot_be_shown_is_named_until_it_changes(store, folder):
    store.append(outage(1).entries)
    store.append(outage(2).entries)
    config, follower = config_of(folder), Follower(str(folder))
    edition = Edition("internal", config, setting(config), follower)
    follower.look()
    assert list(edition.each((1, 2, 3), lambda number: 6 // (number - 1))) == [6, 3]
    assert follower.unread == (1,)
    store.append([more(1, "mended")])
    follower.look()
    assert follower.unread == ()


def test_the_follower_looks_at_nothing_while_nothing_happens(store, folder):
    store.append(outage(1).entries)
    passed = 0.0
    follower = Follower(str(folder), lambda: passed)
    assert follower.look().changed == {1}
    before = follower.position
    assert follower.look() is None
    passed += 60  # everything is looked at again
    assert follower.look() is None
    assert follower.position == before
    again = Follower(str(folder))
    again.look()
    assert again.position == before  # after a restart as well
    store.append([more(1, "more")])
    assert follower.look().changed == {1}
    assert follower.position != before


def test_another_store_in_its_place_is_read_anew(store, folder):
    follower = Follower(str(folder), most=2)
    numbers = (1, 2, 3)
    store.append([one for n in numbers for one in outage(n).entries])
    follower.look()
    store.append([more(number, "said") for number in numbers])
    news = follower.look()
    assert news.erased
    assert sorted(news.changed) == sorted(follower.known) == [1, 2, 3]
    assert [follower.incident(one).notes[-1].text for one in follower.open()] == ["said"] * 3


def test_it_says_when_the_bot_was_last_seen(store, folder, tmp_path):
    assert bot_trouble(str(folder), None, datetime.now(UTC)) == ""  # this process is the bot
    lock = folder / "bot.lock"
    told = json.loads(lock.read_text())
    lock.write_text(json.dumps({**told, "pid": 2**22 + 1}))
    assert "is not running" in bot_trouble(str(folder), None, datetime.now(UTC))
    lock.write_text(json.dumps({**told, "host": "another"}))
    assert bot_trouble(str(folder), None, datetime.now(UTC)) == ""
    lock.write_text("no JSON")
    assert bot_trouble(str(folder), None, datetime.now(UTC)) == ""
    health = tmp_path / "health.json"
    assert bot_trouble(str(folder), health, datetime.now(UTC)) == ""
    health.write_text("{}")
    assert bot_trouble(str(folder), health, datetime.now(UTC)) == ""
    later = datetime.now(UTC) + timedelta(minutes=5)
    assert "last seen at" in bot_trouble(str(folder), health, later)


# --- whoever asks badly ---------------------------------------------------------------------------


async def test_hostile_requests_are_refused_in_its_own_style(store, folder):
    store.append(outage().entries)
    async with served(folder, **INTERNAL) as port:
        for host in ("evil.example", "", "localhost.evil.example", "127.0.0.1.evil"):
            reply = await ask(port, "/", Host=host)
            assert reply.status in (400, 421), host
            assert "MDN" not in reply.text
        for host in ("127.0.0.1:8080", "localhost:1", "[::1]:80"):
            assert (await ask(port, "/", Host=host)).status == 200
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"):
            reply = await ask(port, "/", method)
            assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")
        assert (await ask(port, "/nothing", "POST")).status == 404
        assert (await ask(port, "/login")).status == 404  # there is no token
        for path in (
            *("/" + "x" * 300, "/incident/0", "/incident/1/", "/incident/99999999999", "//"),
            *("/incident/%31", "/%2e%2e/", "/incident/1%00", "/INCIDENT/1", "/incident/\u0661"),
        ):
            assert (await ask(port, path)).status in (400, 404), path
        assert (await ask(port, f"/search?q={'x' * 600}")).status == 400
        assert (await ask(port, "/search?" + "a=1&" * 50)).status == 400
        assert (await ask(port, "/" + "x" * 9000)).status == 400
        for typed in ("%22", "%27--", "AND+NEAR(", "%00", "*", "%F0%9F%94%A5", "%FF", "<script>"):
            reply = await ask(port, f"/search?q={typed}")
            assert reply.status == 200, typed
            assert "<script>" not in reply.text
        head = "GET / HTTP/1.1\r\nHost: localhost\r\n"
        smuggled = f"\r\n0\r\n\r\n{head}\r\n"
        for said in (
            "no HTTP at all\r\n\r\n",
            f"{head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n{smuggled}",
            f"{head}Content-Length: 5\r\nContent-Length: 6\r\n{smuggled}",
            f"{head}Content-Length: +5\r\n{smuggled}",
            f"{head}Transfer-Encoding: xchunked\r\n{smuggled}",
            f"{head}X-A: b\r\n X-Remote-User: ann\r\n\r\n",
            f"{head}X-A : b\r\n\r\n",
            f"{head}Host: evil.example\r\n\r\n",
            f"{head}X-A: {'x' * 9000}\r\n\r\n",
            "GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ):
            answer = await said_plainly(port, said)
            assert re.findall(rb"HTTP/1\.. (\d+)", answer) == [b"400"], said
        assert b"MDN" not in await said_plainly(port, "GET /\r\n\r\n")
        assert (await ask(port, "/")).status == 200


async def test_what_people_wrote_is_never_obeyed(store, folder):
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)> javascript:alert(1) \"'><b>"
    tale = outage(1, evil).note(evil, 20, "ann").tell(Updated(evil), 30, "ann")
    store.append(tale.tell(ActionAdded(2, evil, "<b>", evil), 31, "ann").entries)
    async with served(folder, **INTERNAL) as port:
        for path in (*ROUTES[:7], "/search?q=alert"):
            text = (await ask(port, path)).text
            assert "<script>" not in text.replace("<script src=", ""), path
            assert "<img" not in text, path
            assert 'href="javascript' not in text, path


# --- the command and its settings -----------------------------------------------------------------


def settings_of(folder: Path, text: str) -> PageSettings:
    return page_settings(config_of(folder, text), {})[0]


def test_the_settings(folder):
    assert settings_of(folder, "") == PageSettings()
    found = settings_of(
        folder,
        '[page]\nlisten = "[::1]:9000"\nbase_url = "https://in.example/a/"\nedition = "internal"\n'
        f'token = "{TOKEN}"\nproxies = ["10.0.0.0/8"]\nuser_header = "X-User"\nstreams = 7\n',
    )
    assert (found.host, found.port, found.base, found.root) == (
        *("::1", 9000, "/a", "https://in.example/a"),
    )
    assert (found.strangers, found.streams, found.token) == ("", 7, TOKEN)
    assert TOKEN not in repr(found)
    assert PageSettings(host="::1").root == "http://[::1]:8080"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('token = "short"', "can be guessed"),
        (f'token = "{"x" * 257}"', "longer than 256"),
        ('edition = "internal"', "user_header"),
        ('listen = "localhost"', "an address with a port"),
        ('base_url = "status.example.org"', "where people find it"),
        ('user_header = "X Y"', "the name of a header"),
        ('proxies = ["everybody"]', "addresses or networks"),
    ],
)
def test_what_is_wrong_with_them_is_said(folder, text, told):
    with pytest.raises(ConfigError, match=told):
        settings_of(folder, f"[page]\n{text}\n")


async def test_a_port_that_is_taken_is_one_sentence(folder):
    folder.mkdir()
    async with served(folder) as port:
        with pytest.raises(Failed, match="cannot be served on"):
            async with page(config_of(folder), PageSettings(port=port)):
                pass


@pytest.mark.parametrize(
    ("severity", "rank"), [("small", 1), ("critical", 3), ("SEV-2", 2), ("", 0)]
)
def test_an_open_incident_is_as_grave_as_its_process_says(severity: str, rank: int):
    own = {name: Severity(name) for name in ("small", "middling", "critical")}
    process = replace(load_process("mozmeao"), severities=own)
    tale = Tale().tell(Declared("down", "mozmeao"), 0)
    if severity:
        tale.tell(SeveritySet(severity), 1)
    view = looking.opened(tale.incident, process, NOON, ReportClock.of((), UTC), None)
    assert view.rank == rank


def test_the_more_follow_the_more_changes_are_told_in_one_word_but_within_a_second():
    waits = [pause(readers) for readers in (0, 100, 500, 100_000)]
    assert waits == sorted(waits)
    assert waits[0] < waits[1] < waits[-1] < 1
