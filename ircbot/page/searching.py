"""Search on the page: the words of its edition, and of no other.

Whoever searches the public edition is answered from an index of that edition alone, which is in
memory; the store's index only tells in which incidents to look. For one thread.
"""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import TypeVar

from ircbot.apart import ask
from ircbot.config import Config
from ircbot.errors import Misuse, StoreError
from ircbot.incident.hits import MARKS, Found, Hit, Wanted
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident
from ircbot.incident.times import ReportClock, length
from ircbot.page.following import Known
from ircbot.page.looking import NO_SUMMARY
from ircbot.page.views import FoundView, HitView, Part, RowView, SearchView
from ircbot.report.parts import anchor
from ircbot.report.public import published
from ircbot.repository import folded, is_inner, open_store, process_of
from ircbot.search.cache import SearchCache, in_memory
from ircbot.search.index import CacheError, Index, Indexable
from ircbot.search.passages import found, passages
from ircbot.search.query import units
from ircbot.store import StoreEngine

FIRST = 20  # hits
_LOOKED_IN = 40  # incidents that are made public for one search
_HITS = 2_000  # of the store's index that are looked at for that
_IN_MEMORY = 500  # incidents that are searched without a cache, where none can be kept
_TOGETHER = 5  # of these at a time
_FEW = 20  # incidents that are read here rather than in another process
_MADE = 2_000  # incidents of the public edition in memory
_T = TypeVar("_T")

log = logging.getLogger(__name__)

FAILS = "The search does not work at the moment."


class Searcher:
    """Finds words in the incidents that may be shown."""

    def __init__(self, config: Config, surroundings: Setting) -> None:
        self._config = config
        self._surroundings = surroundings
        self._path = str(config.store.path)
        self._clock = ReportClock.of((), config.zone)
        self._public: Index | None = None
        self._put: dict[int, str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._over = False

    def forget(self) -> None:
        """Keep nothing of what was read."""
        if self._public is not None:
            self._public.close()
        self._public, self._put = None, {}

    def look_up(
        self,
        words: str,
        wanted: Wanted,
        known: Mapping[int, Known],
        *,
        public: bool,
    ) -> SearchView:
        """The first hits of a search. `known` are the incidents that may be shown."""
        asked: dict[str, str] = {}
        if not units(words):
            return SearchView(asked)
        try:
            store = open_store(self._path)
            hits = self._hits(store, words, wanted, known, public)
        except (StoreError, Misuse) as error:
            return SearchView(asked, mistake=f"The search fails: {error}" if not public else FAILS)
        return SearchView(
            asked,
            tuple(self._found(hits[:FIRST])),
            min(len(hits), FIRST),
            more=len(hits) > FIRST,
        )

    def _hits(
        self,
        store: StoreEngine,
        words: str,
        wanted: Wanted,
        known: Mapping[int, Known],
        public: bool,
    ) -> list[Hit]:
        def first(index: Index) -> list[Hit]:
            shown = (h for h in index.hits(words, wanted) if h.incident.id in known)
            return list(islice(shown, FIRST + 1))

        if not public:
            return self._asked(store, first)
        days = Wanted(wanted.since, wanted.until, place=wanted.place)

        def where(index: Index) -> list[int]:
            some = islice(index.hits(words, days), _HITS)
            numbers = dict.fromkeys(h.incident.id for h in some if h.incident.id in known)
            return list(numbers)[:_LOOKED_IN]

        return self._public_hits(store, self._asked(store, where), first, known)

    def _public_hits(
        self,
        store: StoreEngine,
        numbers: list[int],
        first: Callable[[Index], list[Hit]],
        known: Mapping[int, Known],
    ) -> list[Hit]:
        """The first hits in the public edition of some incidents, of which no more are made public
        than it takes; the newest come first."""
        hits = first(self._publicly(store, (), known))
        for begin in range(0, len(numbers), _TOGETHER):
            some = numbers[begin : begin + _TOGETHER]
            hits = first(self._publicly(store, some, known))
            # What is older than these stands behind them.
            if sum(hit.incident.id >= some[-1] for hit in hits) > FIRST:
                break
        return hits

    def prepare(self) -> None:
        """Have the store's cache ready before anybody searches; in a process of its own, if that is
        much."""
        try:
            self._update(open_store(self._path))
        except (StoreError, OSError) as error:
            log.info("%s", error)

    def _update(self, store: StoreEngine) -> None:
        if len(SearchCache(self._path).stale(store)) > _FEW:
            ask("ircbot.search.worker", self._path, begun=self._begun)

    def _begun(self, process: subprocess.Popen[bytes] | None) -> None:
        self._process = process
        if process is not None and self._over:
            process.kill()

    def close(self) -> None:
        """Wait for nothing. From any thread."""
        self._over = True
        if (process := self._process) is not None:
            process.kill()

    def _asked(self, store: StoreEngine, look: Callable[[Index], _T]) -> _T:
        """What the store's index answers; one in memory where none can be kept."""
        try:
            self._update(store)
            return SearchCache(self._path).asked(store, look)
        except CacheError:
            if len(store.versions()) > _IN_MEMORY:
                raise
        with in_memory(store) as index:
            return look(index)

    def _publicly(
        self, store: StoreEngine, numbers: Iterable[int], known: Mapping[int, Known]
    ) -> Index:
        """The index of the public edition, with these incidents as they are now, and no other
        that has changed since."""
        if len(self._put) > _MADE:
            self.forget()
        index = self._public = self._public or Index()
        numbers = tuple(numbers)
        now = store.versions([*numbers, *self._put])
        wanted = {n for n in numbers if self._put.get(n) != now.get(n)}
        stale = {n for n, version in self._put.items() if now.get(n) != version or n not in known}
        with index.writing():
            for number in wanted | stale:
                if number not in wanted or (new := self._read(store, number, now)) is None:
                    index.drop(number)
                    self._put.pop(number, None)
                else:
                    index.put(new)
                    self._put[number] = new.version
            index.clean()
        return index

    def _read(
        self, store: StoreEngine, number: int, versions: Mapping[int, str]
    ) -> Indexable | None:
        try:
            whole = folded(store.entries(number)) if number in versions else None
            if whole is None or is_inner(whole):
                return None
            one = self._published(whole)
            return Indexable(number, versions[number], found(one), tuple(passages(one)))
        except Exception as error:  # whatever is in it, the others are found
            log.warning("Incident %d is not searched: %r", number, error)
            return None

    def _published(self, whole: Incident) -> Incident:
        process = process_of(whole, self._surroundings)
        return published(whole, process, self._surroundings.nicks, self._config.report.public)

    # --- views ----------------------------------------------------------------------------------

    def _found(self, hits: Iterable[Hit]) -> Iterator[FoundView]:
        for incident, own in groupby(hits, key=lambda hit: hit.incident):
            yield FoundView(self._row(incident), tuple(map(self._hit, own)))

    def _row(self, of: Found) -> RowView:
        return RowView(
            of.id,
            of.title or NO_SUMMARY,
            of.status,
            of.severity,
            of.product,
            of.leader,
            of.drill,
            self._clock.full(of.declared_at),
            "" if of.seconds is None else length(timedelta(seconds=of.seconds)),
        )

    def _hit(self, hit: Hit) -> HitView:
        one = hit.passage
        where = anchor(one.n) if one.kind == "note" and one.n is not None else ""
        return HitView(
            self._clock.full(one.at), one.kind, one.nick, tuple(_parts(hit.around)), one.n, where
        )


def _parts(around: str) -> Iterator[Part]:
    """Words, with those that were looked for apart."""
    for piece in around.split(MARKS[0]):
        marked, end, rest = piece.rpartition(MARKS[1])
        if end:
            yield Part(marked, found=True)
        if rest:
            yield Part(rest)


def wanted_of(asked: Mapping[str, str], since: datetime | None, until: datetime | None) -> Wanted:
    """What is asked beside the words."""
    return Wanted(since, until, asked.get("product", ""), asked.get("severity", ""))
