"""The page's documents: made on request, and kept until something changes.

Threads: one follows the store and renders what is open, one renders lists and finished incidents,
one searches, and one computes statistics, so that slow requests do not delay what is open. The
event loop only sends what is ready.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TypeVar

from ircbot import __version__
from ircbot.config import Config
from ircbot.config.settings import setting
from ircbot.counting import facts_of
from ircbot.errors import IrcbotError, Misuse
from ircbot.page.active import ActiveCheck
from ircbot.page.editions import FILTERS, OF_HISTORY, ROWS, Edition, QueryValues, bounds
from ircbot.page.following import Follower, Known, bot_trouble
from ircbot.page.machines import Machines, record_of, view_of
from ircbot.page.public_index import PublicEditor, PublicIndex
from ircbot.page.searching import Searcher, wanted_of
from ircbot.page.settings import PageSettings
from ircbot.page.streams import Subscribers
from ircbot.page.views import PAGES, ErrorView, LoginView, SearchView, Site, StatsView
from ircbot.report.pages import as_it_is, draw
from ircbot.stats import page as stats_page
from ircbot.stats.measures import StatsClock
from ircbot.stats.overview import GROUPINGS, statistics
from ircbot.threads import started

log = logging.getLogger(__name__)

_EVERY = 0.2  # seconds between two looks at the store, and
_AT_MOST = 0.8  # at most, with many readers: changes must arrive within a second
_MORE_FOR = 1000  # readers that add a second: each asks again after each change
_BOT_EVERY = 10.0  # seconds between two checks of the bot
_KEPT = 400  # pages, and …
_BYTES = 16 << 20  # … their length together
_WAITING = 20  # pages queued for a thread; further requests get 503
_LISTED = 50  # incidents in memory for lists
_MANY = 20  # changed incidents to publish beyond those asked for
_PATIENCE = 8.0  # seconds for a page
_FEED = 30  # incidents
_IN_JSON = 100  # incidents at a time
_NAMED = 5  # unreadable incidents to name; more are counted
HTML, JSON = "text/html; charset=utf-8", "application/json"
ATOM = "application/atom+xml; charset=utf-8"

_T = TypeVar("_T")
_Where = tuple[str, str, int]  # edition, page, erasures before it was rendered


@dataclass(frozen=True, slots=True)
class PageResponse:
    """A response, ready to send."""

    body: bytes
    type: str = HTML
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""

    @classmethod
    def of(cls, text: str, type: str = HTML, status: int = 200) -> PageResponse:  # noqa: A002
        """A response with that text."""
        body = text.encode("utf-8", "replace")
        return cls(body, type, status, {}, f'"{blake2b(body, digest_size=12).hexdigest()}"')


class Busy(Exception):
    """Too many requests are waiting, or it takes too long."""


class Library:
    """The pages of a store."""

    def __init__(
        self,
        config: Config,
        settings: PageSettings,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._config = config
        self._settings = settings
        self._now = now
        self._surroundings = setting(config)
        self._path = str(config.store.path)
        self._store = Follower(self._path)
        publisher = PublicEditor.of(config, self._surroundings)
        self._public = PublicIndex(publisher)
        self._searcher = Searcher(config, publisher)
        self._live, self._listing, self._search, self._count, self._publish, self._asking = (
            ThreadPoolExecutor(1, thread_name_prefix=name)
            for name in ("live", "list", "search", "count", "publish", "ask")
        )
        names = ("public", "internal")
        # Each thread has editions of its own.
        self._editions = {
            self._live: {n: Edition(n, config, self._surroundings, self._store) for n in names},
            self._listing: {
                n: Edition(n, config, self._surroundings, self._store, self._public, most=_LISTED)
                for n in names
            },
        }
        self.subscribers = Subscribers(settings.streams, settings.streams_per_address)
        self._known: Mapping[int, Known] = {}
        self._generation = 0
        self._kept: OrderedDict[tuple[str, str], tuple[int, datetime, PageResponse]] = OrderedDict()
        self._size = 0
        self._making: dict[_Where, asyncio.Task[PageResponse]] = {}
        self._waiting = Counter[ThreadPoolExecutor]()
        self._erasures = 0
        self._ready = asyncio.Event()
        self._bot_trouble = ""
        self.hosts = config.organisations is not None  # and has no incidents of its own
        record = record_of(config)
        self._machines = Machines(config, record, now) if record is not None else None
        stands_by = config.cluster is not None and not self.hosts
        self._active = ActiveCheck(config) if stands_by else None
        self.answers = self._active is None  # otherwise another machine may be active

    # --- following ------------------------------------------------------------------------------

    async def follow(self) -> None:
        """Follow the store until cancelled, and tell the followers of the page what changed."""
        loop = asyncio.get_running_loop()
        bot_at = float("-inf")
        while True:
            try:
                changes = await self._in(self._live, self._store.look)
                was = self._bot_trouble
                if loop.time() - bot_at >= _BOT_EVERY and not self.hosts:
                    bot_at, health = loop.time(), self._config.health.file
                    self._bot_trouble = bot_trouble(self._path, health, datetime.now(UTC))
                if self._active is not None:
                    self.answers = await self._in(self._live, self._active.look)
                if changes is not None or was != self._bot_trouble:
                    kind = "erased" if changes is not None and changes.erased else "changed"
                    self._take_up(kind, changes.changed if changes is not None else frozenset())
                if not self._ready.is_set():
                    self._ready.set()
                    if not self.hosts:
                        self._live.submit(self._warm)
                        self._search.submit(self._searcher.prepare)
                if changes is not None and len(changes.changed) > _MANY:
                    self._publish.submit(self._searcher.publish)
            except Exception:  # the page goes on with what it has
                log.exception("The store could not be followed; it is tried again")
            await asyncio.sleep(pause(len(self.subscribers)))

    def _warm(self) -> None:
        """Prepare the first page before anybody asks for it."""
        now, name = self._now(), self._settings.strangers or "internal"
        self._drawn(name, "overview", "/", self._editions[self._live][name].overview(now), now)

    def _take_up(self, kind: str, changed: frozenset[int]) -> None:
        """React to a change: drop outdated pages and tell followers."""
        self._generation += 1
        self._kept.clear()
        self._size = 0
        self._known = self._store.known
        if kind == "erased":
            self._erasures += 1
            for lane, editions in self._editions.items():
                for edition in editions.values():
                    lane.submit(edition.forget, changed)
            self._listing.submit(self._public.forget)
            self._search.submit(self._searcher.forget)
        if not self._ready.is_set():
            self.subscribers.begin(self._store.position)
        elif changed or kind == "erased":
            self.subscribers.tell(kind, self._store.position, changed)
        else:  # the state of the store or of the bot
            self.subscribers.tell("all", self._store.position)

    def close(self) -> None:
        """Stop without waiting."""
        self.subscribers.close()
        if self._active is not None:
            self._active.close()
        self._searcher.close()
        lanes = (self._live, self._listing, self._search, self._count, self._publish)
        for lane in (*lanes, self._asking):
            lane.shutdown(wait=False, cancel_futures=True)
        started("closing", self._close_indexes)

    def _close_indexes(self) -> None:
        """Close what two of the threads have open, when they have ended."""
        for lane, forget in (
            (self._listing, self._public.forget),
            (self._search, self._searcher.forget),
        ):
            lane.shutdown()
            forget()

    def trouble(self, edition: str) -> str:
        """Why the page may be outdated or incomplete, "" if it is not. Which incidents are damaged
        is only for the internal edition, as one may be private."""
        if self.hosts:
            return ""
        unread = self._store.unread
        if not unread:
            damage = ""
        elif edition == "internal" and len(unread) <= _NAMED:
            numbers = f"{', '.join(map(str, unread))} cannot be read and"
            damage = (
                f"Incident {numbers} is not shown."
                if len(unread) == 1
                else f"Incidents {numbers} are not shown."
            )
        elif len(unread) == 1:
            damage = "An incident cannot be read and is not shown."
        else:
            damage = f"{len(unread)} incidents cannot be read and are not shown."
        return " ".join(filter(None, (self._store.trouble, damage, self._bot_trouble)))

    async def may_answer(self) -> bool:
        """Whether this machine is the active one, or the only one."""
        if self._active is not None:
            await self.be_ready()
        return self.answers

    @property
    def is_well(self) -> bool:
        """Whether the store can be read."""
        return self._ready.is_set() and (self.hosts or not self._store.trouble)

    # --- pages ----------------------------------------------------------------------------------

    async def overview(self, edition: str) -> PageResponse:
        """`/`."""
        return await self._page(edition, "overview", "/", lambda e, now: e.overview(now))

    async def wall(self, edition: str) -> PageResponse:
        """`/wall`."""
        return await self._page(edition, "wall", "/wall", lambda e, now: e.wall(now))

    async def machines(self, edition: str, here: str) -> PageResponse:
        """`/machines`, or a host's `/`; 404 if there is no database to share, and for strangers."""
        if (machines := self._machines) is None or edition != "internal":
            return self.error(edition, 404)

        def make() -> PageResponse:
            now, clock = self._now(), self._editions[self._live]["public"].clock
            return self._drawn(edition, "machines", here, view_of(machines.seen(), clock), now)

        return await self._made(edition, f"machines {here}", self._asking, make, keep=False)

    async def machines_json(self, edition: str) -> PageResponse:
        """`/api/machines`; 503 while the database does not answer."""
        if (machines := self._machines) is None or edition != "internal":
            return self.error(edition, 404)

        def make() -> PageResponse:
            seen = machines.seen()
            if seen.trouble:
                return replace(
                    PageResponse.of(_as_json({"error": seen.trouble}), JSON, 503), etag=""
                )
            return PageResponse.of(_as_json(seen.as_json()), JSON)

        return await self._made(edition, "json of machines", self._asking, make, keep=False)

    async def incident(self, edition: str, number: int) -> PageResponse:
        """`/incident/N`; 404 if there is none, or if it may not be known."""
        here = f"/incident/{number}"
        known = self._known.get(number)
        is_open = known is not None and known.summary["status"] == "open"
        return await self._page(
            edition,
            "incident",
            here,
            lambda e, now: next(e.each((number,), lambda n: e.incident_page(n, now)), None),
            lane=self._live if is_open else self._listing,
        )

    async def history(self, edition: str, asked: QueryValues, page: int) -> PageResponse:
        """`/history`."""
        key = json.dumps([asked.get(name, "") for name in OF_HISTORY])
        return await self._page(
            edition,
            "history",
            "/history",
            lambda e, now: e.history(asked, page, now),
            f"{page} {key}",
            self._listing,
        )

    async def _page(
        self,
        edition: str,
        name: str,
        here: str,
        look: Callable[[Edition, datetime], object | None],
        key: str = "",
        lane: ThreadPoolExecutor | None = None,
    ) -> PageResponse:
        lane = lane or self._live

        def make() -> PageResponse:
            now = self._now()
            view = look(self._editions[lane][edition], now)
            if view is None:
                return self.error(edition, 404)
            return self._drawn(edition, name, here, view, now)

        return await self._made(edition, f"{name} {here} {key}", lane, make)

    def _drawn(
        self, edition: str, name: str, here: str, view: object, now: datetime
    ) -> PageResponse:
        site = self.site(edition, now)
        return PageResponse.of(draw(f"{name}.html", site=site, view=view, here=here))

    def site(self, edition: str, now: datetime | None = None) -> Site:
        """The value `site` of every template."""
        clock = self._editions[self._live]["public"].clock
        return Site(
            edition=edition,
            now=clock.full(now or self._now()),
            position=self._store.position,
            base=self._settings.base,
            zone=clock.name,
            version=__version__,
            trouble=self.trouble(edition),
            can_log_in=bool(self._settings.token),
            logged_in=edition == "internal" and bool(self._settings.token),
            pages=self._pages(edition),
            hosts=self.hosts,
        )

    def _pages(self, edition: str) -> tuple[tuple[str, str], ...]:
        if self.hosts:
            return (("/", "Machines"),)
        shown = self._machines is not None and edition == "internal"
        return (*PAGES, ("/machines", "Machines")) if shown else PAGES

    def error(self, edition: str, status: int, sentence: str = "") -> PageResponse:
        """A page that says what is wrong with a request."""
        title, usual = _ERRORS.get(status, ("That does not work", "Something went wrong here."))
        view = ErrorView(status, title, sentence or usual)
        made = self._drawn(edition, "error", "", view, self._now())
        return replace(made, status=status, etag="")

    def login(self, edition: str, mistake: str, back: str, status: int) -> PageResponse:
        """`/login`."""
        made = self._drawn(edition, "login", "/login", LoginView(mistake, back), self._now())
        return replace(made, status=status, etag="")

    async def search(self, edition: str, asked: QueryValues) -> PageResponse:
        """`/search`."""
        asked = {name: asked.get(name, "") for name in ("q", *FILTERS)}

        def make() -> PageResponse:
            now, is_public, known = self._now(), edition == "public", self._known
            severities, products = self._editions[self._live][edition].choices()
            try:
                wanted = wanted_of(asked, *bounds(asked, now, self._config))
                view = self._searcher.look_up(asked["q"], wanted, known, public=is_public)
            except Misuse as error:
                view = SearchView(asked, mistake=str(error))
            view = replace(view, asked=asked, severities=severities, products=products)
            return self._drawn(edition, "search", "/search", view, now)

        return await self._made(edition, f"search {json.dumps(asked)}", self._search, make)

    async def stats(self, edition: str, asked: QueryValues) -> PageResponse:
        """`/stats`."""
        asked = {name: asked.get(name, "") for name in (*FILTERS, "by")}

        def make() -> PageResponse:
            now, known = self._now(), self._known
            named = [name for name in GROUPINGS if not (edition == "public" and name == "leader")]
            severities, products = self._editions[self._live][edition].choices()
            body, mistake = "", ""
            try:
                body = self._counted(edition, asked, named, known, now)
            except Misuse as error:
                mistake = str(error)
            except IrcbotError as error:
                log.warning("%s", error)
                mistake = "The store cannot be read at the moment."
            view = StatsView(asked, as_it_is(body), tuple(named), severities, products, mistake)
            return self._drawn(edition, "stats", "/stats", view, now)

        return await self._made(edition, f"stats {json.dumps(asked)}", self._count, make)

    def _counted(
        self,
        edition: str,
        asked: QueryValues,
        groupings: list[str],
        known: Mapping[int, Known],
        now: datetime,
    ) -> str:
        clock = StatsClock(now, self._config.zone)
        begins, ends = bounds(asked, now, self._config)
        by, product, severity = asked["by"], asked["product"].casefold(), asked["severity"]
        if by and by not in groupings:
            raise Misuse(f"by is one of {', '.join(groupings)}.")
        found = (
            one
            for one in facts_of(self._config, self._surroundings, clock, edition, log.warning)
            if one.id in known
            and (begins is None or begins <= one.declared_at)
            and (ends is None or one.declared_at < ends)
            and (not product or one.product.casefold() == product)
            and (not severity or one.severity == severity)
        )
        told = statistics(
            found, clock, since=asked["since"], until=asked["until"], by=by, edition=edition
        )
        return stats_page.body(told, f"{self._settings.base}/incident/")

    async def feed(self, edition: str) -> PageResponse:
        """`/feed.atom`."""

        def make() -> PageResponse:
            return PageResponse.of(
                self._editions[self._listing][edition].feed(self._settings.root, _FEED), ATOM
            )

        return await self._made(edition, "feed", self._listing, make)

    async def incidents_json(self, edition: str, before: int, most: int) -> PageResponse:
        """`/api/incidents`: the newest first, `most` of those with numbers below `before`."""
        most = min(most, _IN_JSON) or ROWS

        def make() -> PageResponse:
            one = self._editions[self._listing][edition]
            found = list(one.each(one.numbers(before, most), one.json))
            return PageResponse.of(_as_json(found), JSON)

        return await self._made(edition, f"json {before} {most}", self._listing, make)

    async def incident_json(self, edition: str, number: int) -> PageResponse:
        """`/api/incidents/N`."""

        def make() -> PageResponse:
            one = self._editions[self._listing][edition]
            told = next(one.each((number,), one.json), None)
            if told is None:
                return replace(
                    PageResponse.of(_as_json({"error": "there is no such incident"}), JSON, 404)
                )
            return PageResponse.of(_as_json(told), JSON)

        return await self._made(edition, f"json of {number}", self._listing, make)

    async def be_ready(self) -> None:
        """Wait until the store was read. Busy if that takes too long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE / 2):
                await self._ready.wait()
        if not self._ready.is_set():
            raise Busy

    # --- what is made is kept -------------------------------------------------------------------

    async def _made(
        self,
        edition: str,
        key: str,
        lane: ThreadPoolExecutor,
        make: Callable[[], PageResponse],
        *,
        keep: bool = True,
    ) -> PageResponse:
        """A cached page if it is still valid, or a new one, rendered once for all who wait. A page
        begun before an erasure is never sent. Without `keep` it is rendered anew each time."""
        await self.be_ready()
        try:
            async with asyncio.timeout(_PATIENCE):
                while True:
                    erasures = self._erasures
                    made = await self._made_now((edition, key), lane, make)
                    if not keep:
                        self._forget((edition, key))
                    if erasures == self._erasures:
                        return made
        except TimeoutError:
            raise Busy from None

    async def _made_now(
        self, what: tuple[str, str], lane: ThreadPoolExecutor, make: Callable[[], PageResponse]
    ) -> PageResponse:
        minute = self._now().replace(second=0, microsecond=0)
        if (kept := self._kept.get(what)) is not None and kept[:2] == (self._generation, minute):
            self._kept.move_to_end(what)
            return kept[2]
        where = *what, self._erasures
        task = self._making.get(where)
        if task is None:
            if self._waiting[lane] >= _WAITING:
                raise Busy
            self._waiting[lane] += 1
            task = asyncio.create_task(self._make(what, minute, lane, make))
            self._making[where] = task
            task.add_done_callback(lambda done: self._is_made(where, lane, done))
        return await asyncio.shield(task)

    def _is_made(
        self, where: _Where, lane: ThreadPoolExecutor, task: asyncio.Task[PageResponse]
    ) -> None:
        self._making.pop(where, None)
        self._waiting[lane] -= 1
        if not task.cancelled():
            task.exception()  # retrieved, as the waiters have it already

    async def _make(
        self,
        what: tuple[str, str],
        minute: datetime,
        lane: ThreadPoolExecutor,
        make: Callable[[], PageResponse],
    ) -> PageResponse:
        generation = self._generation
        made = await self._in(lane, make)
        if generation == self._generation and len(made.body) < _BYTES // 4:
            self._keep(what, (generation, minute, made))
        return made

    def _forget(self, where: tuple[str, str]) -> None:
        if (old := self._kept.pop(where, None)) is not None:
            self._size -= len(old[2].body)

    def _keep(self, where: tuple[str, str], made: tuple[int, datetime, PageResponse]) -> None:
        self._forget(where)
        self._kept[where] = made
        self._size += len(made[2].body)
        while len(self._kept) > _KEPT or self._size > _BYTES:
            _, (_, _, out) = self._kept.popitem(last=False)
            self._size -= len(out.body)

    def _in(self, lane: ThreadPoolExecutor, work: Callable[[], _T]) -> Awaitable[_T]:
        return asyncio.get_running_loop().run_in_executor(lane, work)


def pause(readers: int) -> float:
    """Seconds between two looks at the store, with so many followers."""
    return min(_EVERY + readers / _MORE_FOR, _AT_MOST)


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


_ERRORS = {
    400: ("That cannot be understood", "The request is malformed."),
    401: ("Only for those who are known here", "Log in, or show the token."),
    403: ("That is not allowed", "The internal edition needs somebody who is known here."),
    404: ("There is no such page", "It may never have been there, or it is not for everybody."),
    405: ("That cannot be done here", "This page can be read, and nothing else."),
    413: ("That is too much", "Nothing that long is taken here."),
    421: ("This is another host", "Tell the page by which name it is found: [page] base_url."),
    503: ("One moment", "That takes a little; this page asks again by itself."),
}
