"""Search on the page, in its own edition only.

Searches of the public edition use an index of that edition (public_index.py). While that is being
built, the store's index tells which incidents to search. Not thread-safe, except `publish` and
`close`.
"""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import TypeVar

from ircbot.apart import Begun, ask
from ircbot.config import Config
from ircbot.errors import Misuse, StoreError
from ircbot.incident.hits import MARKS, FoundIncident, Hit, SearchFilter
from ircbot.incident.times import ReportClock, length
from ircbot.page.following import Known
from ircbot.page.looking import NO_SUMMARY
from ircbot.page.public_index import PublicEditor, PublicIndex
from ircbot.page.views import ExcerptPart, FoundView, HitView, RowView, SearchView
from ircbot.report.parts import anchor
from ircbot.repository import open_store
from ircbot.search.cache import SearchCache, in_memory
from ircbot.search.index import CacheError, SearchIndex
from ircbot.search.query import units
from ircbot.store import StoreEngine

FIRST = 20  # hits
_LOOKED_IN = 40  # incidents to make public for one search
_HITS = 2_000  # hits of the store's index to consider for that
_IN_MEMORY = 500  # incidents to search in memory if no cache can be kept
_TOGETHER = 5  # incidents at a time
_FEW = 20  # incidents to index here rather than in another process
_T = TypeVar("_T")

log = logging.getLogger(__name__)

FAILS = "The search does not work at the moment."


class Searcher:
    """Searches the incidents that may be shown."""

    def __init__(self, config: Config, publisher: PublicEditor) -> None:
        self._path = str(config.store.path)
        self._clock = ReportClock.of((), config.zone)
        self._publisher = publisher
        self._public = PublicIndex(publisher)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._over = False

    def forget(self) -> None:
        """Close everything."""
        self._public.forget()

    def look_up(
        self,
        words: str,
        wanted: SearchFilter,
        known: Mapping[int, Known],
        *,
        public: bool,
    ) -> SearchView:
        """The first hits of a search. `known` are the incidents that may be shown."""
        asked: dict[str, str] = {}
        if not units(words):
            return SearchView(asked)
        try:
            hits = self._hits(open_store(self._path), words, wanted, known, public)
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
        wanted: SearchFilter,
        known: Mapping[int, Known],
        public: bool,
    ) -> list[Hit]:
        def first(index: SearchIndex, stale: Container[int] = ()) -> list[Hit]:
            shown = (
                hit
                for hit in index.hits(words, wanted)
                if hit.incident.id in known and hit.incident.id not in stale
            )
            return list(islice(shown, FIRST + 1))

        if not public:
            return self._asked(store, first)
        stale = self._public.stale(known)
        if len(stale) <= _FEW:
            return first(self._public.index(known, stale))
        days = SearchFilter(wanted.since, wanted.until, place=wanted.place)

        def where(index: SearchIndex) -> list[int]:
            some = islice(index.hits(words, days), _HITS)
            numbers = dict.fromkeys(h.incident.id for h in some if h.incident.id in known)
            return list(numbers)[:_LOOKED_IN]

        numbers, hits = self._asked(store, where), list[Hit]()
        for begin in range(0, len(numbers) or 1, _TOGETHER):
            some = numbers[begin : begin + _TOGETHER]
            index = self._public.index(known, some)
            hits = first(index, set(self._public.stale(known)))
            # Older incidents come after these.
            if some and sum(hit.incident.id >= some[-1] for hit in hits) > FIRST:
                break
        return hits

    def prepare(self) -> None:
        """Update the store's cache before anybody searches; in a process of its own if there is
        much."""
        try:
            self._update(open_store(self._path))
        except (StoreError, OSError) as error:
            log.info("%s", error)

    def publish(self) -> None:
        """Index the whole public edition, in a process of its own. From any thread."""
        try:
            ask("ircbot.page.worker", self._publisher, begun=self._begun("public"))
        except OSError as error:
            log.info("%s", error)

    def _update(self, store: StoreEngine) -> None:
        if len(SearchCache(self._path).stale(store)) > _FEW:
            ask("ircbot.search.worker", self._path, begun=self._begun("whole"))

    def _begun(self, name: str) -> Begun:
        def begun(process: subprocess.Popen[bytes] | None) -> None:
            if process is None:
                self._processes.pop(name, None)
                return
            self._processes[name] = process
            if self._over:
                process.kill()

        return begun

    def close(self) -> None:
        """Stop without waiting. From any thread."""
        self._over = True
        for process in tuple(self._processes.values()):
            process.kill()

    def _asked(self, store: StoreEngine, look: Callable[[SearchIndex], _T]) -> _T:
        """Query the store's index, or one in memory if none can be kept."""
        try:
            self._update(store)
            return SearchCache(self._path).asked(store, look)
        except CacheError:
            if len(store.versions()) > _IN_MEMORY:
                raise
        with in_memory(store) as index:
            return look(index)

    # --- views ----------------------------------------------------------------------------------

    def _found(self, hits: Iterable[Hit]) -> Iterator[FoundView]:
        for incident, own in groupby(hits, key=lambda hit: hit.incident):
            yield FoundView(row_of(incident, self._clock), tuple(map(self._hit, own)))

    def _hit(self, hit: Hit) -> HitView:
        one = hit.passage
        where = anchor(one.n) if one.kind == "note" and one.n is not None else ""
        return HitView(
            self._clock.full(one.at), one.kind, one.nick, tuple(_parts(hit.around)), one.n, where
        )


def row_of(of: FoundIncident, clock: ReportClock) -> RowView:
    """A row made from an index."""
    return RowView(
        of.id,
        of.title or NO_SUMMARY,
        of.status,
        of.severity,
        of.product,
        of.leader,
        of.drill,
        clock.full(of.declared_at),
        "" if of.seconds is None else length(timedelta(seconds=of.seconds)),
    )


def _parts(around: str) -> Iterator[ExcerptPart]:
    """Split an excerpt into parts, with the matches apart."""
    for piece in around.split(MARKS[0]):
        marked, end, rest = piece.rpartition(MARKS[1])
        if end:
            yield ExcerptPart(marked, found=True)
        if rest:
            yield ExcerptPart(rest)


def wanted_of(
    asked: Mapping[str, str], since: datetime | None, until: datetime | None
) -> SearchFilter:
    """The filters of a search."""
    return SearchFilter(since, until, asked.get("product", ""), asked.get("severity", ""))
