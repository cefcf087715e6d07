"""The index of a store: a file in its folder, kept up to date, and rebuilt when in doubt.

`update` indexes what changed; `search` queries. Several processes may do both at once. __init__.py
has the rules by which no erased word remains.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from ircbot.errors import StoreError
from ircbot.incident.erasing import ERASES
from ircbot.incident.hits import Hit, SearchFilter
from ircbot.incident.view import participants
from ircbot.repository import folded, open_store
from ircbot.search import of_public, place
from ircbot.search.index import CacheError, Indexable, SearchIndex, remove
from ircbot.search.passages import found, passages
from ircbot.store import StoreEngine
from ircbot.store.disk import REAL_DISK, trying
from ircbot.store.folder import is_settled

log = logging.getLogger(__name__)

_TOGETHER = 50  # incidents to index at a time
_T = TypeVar("_T")
IndexProgress = Callable[[int, int], None]  # called with the number of incidents read, and of all


def _silent(done: int, of: int) -> None:
    pass


class SearchCache:
    """The search cache of the store in a folder."""

    def __init__(self, store: str, clock: Callable[[], int] = time.time_ns) -> None:
        """`clock` is compared with the files' times, in nanoseconds."""
        self._clock = clock
        self.path = place(store)
        self._folder = os.path.dirname(self.path)

    @property
    def is_there(self) -> bool:
        """Whether anybody has searched yet."""
        return os.path.lexists(self.path)

    def stale(self, store: StoreEngine) -> Sequence[int]:
        """The incidents that are new or changed, the newest first; and those that are gone.
        CacheError if that is unknown."""
        return self._using(lambda index: _stale(index.versions(), store.versions()))

    def update(self, store: StoreEngine, progress: IndexProgress = _silent) -> None:
        """Index what is stale. CacheError if that fails."""
        self._using(lambda index: self._update(index, store, _stale_in(index, store), progress))

    def search(
        self,
        store: StoreEngine,
        typed: str,
        wanted: SearchFilter,
        most: int,
        progress: IndexProgress = _silent,
    ) -> Sequence[Hit]:
        """The first hits, after an update. CacheError if that fails."""
        return self.asked(
            store, lambda index: list(islice(index.hits(typed, wanted), most)), progress
        )

    def asked(
        self,
        store: StoreEngine,
        ask: Callable[[SearchIndex], _T],
        progress: IndexProgress = _silent,
    ) -> _T:
        """Query an up-to-date index. CacheError if there can be none."""

        def use(index: SearchIndex) -> _T:
            self._update(index, store, _stale_in(index, store), progress)
            return ask(index)

        return self._using(use)

    def erase(self, store: StoreEngine) -> None:
        """Remove every word that the store no longer has. CacheError if that fails; the cache is
        then deleted, unless the disk accepts no writes at all."""
        if not self.is_there:
            return

        def known_and_changed(index: SearchIndex) -> None:
            known = index.versions()
            self._update(index, store, [n for n in _stale(known, store.versions()) if n in known])

        try:
            self._using(known_and_changed)
        except CacheError:
            remove(self.path)  # overwrites in place, which needs no space
            raise

    @contextmanager
    def opened(self) -> Iterator[SearchIndex]:
        """The index, open for queries. CacheError if that fails."""
        self._make_folder()
        with SearchIndex(self.path) as index:
            yield index

    def _update(
        self,
        index: SearchIndex,
        store: StoreEngine,
        stale: Sequence[int],
        progress: IndexProgress = _silent,
    ) -> None:
        _update(index, store, stale, progress, self._clock)

    def _using(self, use: Callable[[SearchIndex], _T]) -> _T:
        """Use the index, rebuilding it once if it is damaged."""
        try:
            with self.opened() as index:
                return use(index)
        except CacheError as error:
            if not error.damaged:
                raise
            log.warning("The search cache is rebuilt: %s", error)
        remove(self.path)
        with self.opened() as index:
            return use(index)

    def _make_folder(self) -> None:
        if os.path.islink(self._folder):
            raise CacheError(f"{self._folder} is a link; remove it.")
        try:
            with trying("make the folder", self._folder):
                REAL_DISK.create_folder(self._folder)
        except StoreError as error:
            raise CacheError(str(error)) from error


def erase_in_cache(path: str) -> Sequence[str]:
    """Remove from a store's search cache every word that the store no longer has. Returns the files
    that could not be cleaned, with the reason."""
    cache = SearchCache(path)
    left = [_public_left(public, path) for public in of_public(path)]
    try:
        cache.erase(open_store(path))
    except StoreError as error:
        if cache.is_there:  # a cache that cannot be cleaned is deleted
            log.error("%s still contains erased words: %s", cache.path, error)
            left.append(f"{cache.path} ({error})")
    return tuple(filter(None, left))


def _public_left(public: str, path: str) -> str:
    """Remove from an index of the public edition every incident that changed in the store; returns
    "" or the file with the reason. The page adds them again."""
    try:
        try:
            with SearchIndex(public) as index, index.writing():
                known = index.versions()
                stale = [n for n in _stale(known, open_store(path).versions()) if n in known]
                if sum(index.drop(number) for number in stale):
                    index.clean()
        except StoreError:
            remove(public)
    except StoreError as error:
        log.error("%s still contains erased words: %s", public, error)
        return f"{public} ({error})"
    return ""


def in_memory(store: StoreEngine, numbers: Sequence[int] | None = None) -> SearchIndex:
    """A temporary index in memory of some or all incidents of a store."""
    index = SearchIndex()
    there = store.versions()
    _update(index, store, sorted(there if numbers is None else numbers, reverse=True))
    return index


def _stale_in(index: SearchIndex, store: StoreEngine) -> Sequence[int]:
    return _stale(index.versions(), store.versions())


def _stale(known: Mapping[int, str], there: Mapping[int, str]) -> Sequence[int]:
    gone = known.keys() - there.keys()
    changed = (number for number, version in there.items() if known.get(number) != version)
    return (*sorted(gone), *sorted(changed, reverse=True))


def _update(
    index: SearchIndex,
    store: StoreEngine,
    stale: Sequence[int],
    progress: IndexProgress = _silent,
    clock: Callable[[], int] = time.time_ns,
) -> None:
    for first in range(0, len(stale), _TOGETHER):
        some = stale[first : first + _TOGETHER]
        began, before = clock(), store.versions(some)
        # The newest fifty first, for whoever waits; within them the oldest first, the order of the
        # index's rows.
        read = [_read(store, number, before[number]) for number in sorted(some) if number in before]
        with index.writing():
            now = store.versions(some)
            dirty = False
            for new in read:
                # Somebody who wrote meanwhile may have erased what we read.
                if now.get(new.number) != new.version:
                    continue
                # What may still change unnoticed is read again by the next search.
                settled = is_settled(new.version, began)
                dirty |= index.put(new if settled else replace(new, version=""))
            for number in some:
                if number not in now:
                    dirty |= index.drop(number)
            if dirty:
                index.clean()
        progress(first + len(some), len(stale))


def _read(store: StoreEngine, number: int, version: str) -> Indexable:
    """An incident's searchable content; none if the incident is damaged."""
    try:
        entries = store.entries(number)
        incident = folded(entries)
    except StoreError as error:
        log.warning("Not to be found: %s", error)
        incident = None
    if incident is None:
        return Indexable(number, version)
    orders = sum(type(entry.event) in ERASES for entry in entries)
    return Indexable(
        number,
        version,
        found(incident),
        tuple(passages(incident)),
        frozenset(participants(incident)),
        orders,
    )
