"""Run the bot's searches in a thread, so that no answer waits for one.

Before each search the index is updated, in a separate process if there is much to read. The result
goes to the engine, which says it at its next tick. SQLite is imported with the first search, as
most bots are never asked.
"""

from __future__ import annotations

import logging
import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from itertools import islice
from queue import Queue
from typing import TYPE_CHECKING

from ircbot.apart import ask
from ircbot.errors import StoreError
from ircbot.incident.hits import SearchRequest, SearchResult
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.searching import TOLD, lists, shows
from ircbot.repository import open_store
from ircbot.search import place
from ircbot.threads import started

if TYPE_CHECKING:
    from ircbot.search.index import SearchIndex

log = logging.getLogger(__name__)

_WAITING = 20  # queued searches; further ones are refused
_LOOKED_AT = 5_000  # hits to check; if none of these may be shown, none is
_FEW = 20  # incidents to index here rather than in another process


def clear_caches(path: str) -> Sequence[str]:
    """Remove from the caches of a store what was erased in it: from the search index, and all facts
    that statistics computed, which compute them anew. Returns where that failed."""
    from ircbot.facts_cache import forget

    left = forget(path)
    if not os.path.lexists(place(path)):
        return left
    from ircbot.search.cache import erase_in_cache

    return (*left, *erase_in_cache(path))


class Finder:
    """The search thread. It calls `found` with each result."""

    def __init__(self, store: str, found: Callable[[SearchResult], None]) -> None:
        self._path = store
        self._found = found
        self._asked: Queue[tuple[Context, SearchRequest] | None] = Queue(_WAITING)
        # Held from the search until its result is handed over, and during an erasure: later results
        # do not contain erased words, and earlier ones are looked up again.
        self._telling = threading.Lock()
        self._over = False
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        if os.path.lexists(place(store)):  # a process may have died while erasing
            self._begin()

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = started("finder", self._work)

    def look_up(self, ctx: Context, sought: SearchRequest) -> None:
        """Queue a search. Called by the engine's thread; does not wait."""
        if self._asked.full():
            self._found(
                SearchResult(sought, trouble="too many are searching; ask again in a minute.")
            )
        else:
            self._asked.put((ctx, sought))
            self._begin()

    def erased(self) -> Sequence[str]:
        """Remove erased words from the index. Returns where that failed."""
        with self._telling:
            return clear_caches(self._path)

    def finish(self) -> None:
        """Stop at once; pending searches are dropped."""
        self._over = True
        if not self._asked.full():
            self._asked.put(None)
        if self._process is not None:
            self._process.kill()
        if self._thread is not None:
            self._thread.join(1)

    def _work(self) -> None:
        if os.path.lexists(place(self._path)):
            self._prepared()
        while not self._over:
            asked = self._asked.get()
            if asked is None:
                return
            ctx, sought = asked
            if sought.aside and not self._has_others():
                continue
            trouble = self._prepared()
            with self._telling:
                self._found(self._findings(ctx, sought, trouble))

    def _has_others(self) -> bool:
        """Whether there is more than one incident."""
        try:
            return len(open_store(self._path).versions()) > 1
        except StoreError:
            return False

    def _prepared(self) -> str:
        """Update the index. Returns why that failed, or ""."""
        from ircbot.search.cache import SearchCache

        try:
            store, cache = open_store(self._path), SearchCache(self._path)
            if len(cache.stale(store)) > _FEW:
                self._update_apart()
            cache.update(store)
        except (StoreError, OSError) as error:
            log.warning("The search cache is not up to date: %s", error)
            return str(error)
        except Exception as error:  # one search that fails must not end all later ones
            log.exception("The search cache is not up to date")
            return f"it fails ({type(error).__name__})."
        return ""

    def _update_apart(self) -> None:
        done = ask("ircbot.search.worker", self._path, begun=self._begun)
        if done.said and not self._over:
            log.warning("%s", done.said)

    def _begun(self, process: subprocess.Popen[bytes] | None) -> None:
        self._process = process
        if process is not None and self._over:
            process.kill()

    def _findings(self, ctx: Context, sought: SearchRequest, trouble: str) -> SearchResult:
        if trouble:
            return SearchResult(sought, trouble=trouble)
        from ircbot.search.cache import SearchCache

        try:
            with SearchCache(self._path).opened() as index:
                return _looked_up(index, ctx, sought)
        except StoreError as error:
            return SearchResult(sought, trouble=str(error))
        except Exception as error:
            log.exception("A search fails")
            return SearchResult(sought, trouble=f"it fails ({type(error).__name__}).")


def _looked_up(index: SearchIndex, ctx: Context, sought: SearchRequest) -> SearchResult:
    """The first hits that the person who asked may see."""
    if sought.like:
        alike = (found for found in index.similar(sought.words, sought.like) if shows(ctx, found))
        return SearchResult(sought, alike=tuple(islice(alike, TOLD)))
    if sought.lists:
        found = [f for f in index.incidents(sought.wanted) if lists(ctx, f, sought.wanted)]
        return SearchResult(sought, listed=tuple(found[:TOLD]), more=len(found[TOLD:]))
    looked_at = islice(index.hits(sought.words, sought.wanted), _LOOKED_AT)
    hits = (hit for hit in looked_at if shows(ctx, hit.incident, hit.passage.kind))
    first = tuple(islice(hits, TOLD + 1))
    return SearchResult(sought, first[:TOLD], more=len(first[TOLD:]))
