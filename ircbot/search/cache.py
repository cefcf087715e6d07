"""The index of a store: a file in its folder, kept up to date, made anew when in doubt.

`update` reads what changed since and puts it in; `search` asks. Several processes may do both at
once. __init__.py has the rules by which no erased word is left here.
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
from ircbot.incident.hits import Hit, Wanted
from ircbot.incident.view import participants
from ircbot.repository import folded, open_store
from ircbot.search import of_public, place
from ircbot.search.index import CacheError, Index, Indexable, remove
from ircbot.search.passages import found, passages
from ircbot.store import StoreEngine
from ircbot.store.disk import REAL_DISK, trying
from ircbot.store.folder import is_settled

log = logging.getLogger(__name__)

_TOGETHER = 50  # incidents that are put in at a time
_T = TypeVar("_T")
Progress = Callable[[int, int], None]  # how many incidents were read, of how many


def _silent(done: int, of: int) -> None:
    pass


class SearchCache:
    """The search cache of the store in a folder."""

    def __init__(self, store: str, clock: Callable[[], int] = time.time_ns) -> None:
        """`clock` is what the files' times are compared with, in nanoseconds."""
        self._clock = clock
        self.path = place(store)
        self._folder = os.path.dirname(self.path)

    @property
    def is_there(self) -> bool:
        """Whether anybody has searched yet."""
        return os.path.lexists(self.path)

    def stale(self, store: StoreEngine) -> Sequence[int]:
        """The incidents that changed since they were put in, or are new, the newest first; and
        those that are gone. CacheError if that is not known."""
        return self._using(lambda index: _stale(index.versions(), store.versions()))

    def update(self, store: StoreEngine, progress: Progress = _silent) -> None:
        """Put in what is stale. CacheError if that cannot be done."""
        self._using(lambda index: self._update(index, store, _stale_in(index, store), progress))

    def search(
        self,
        store: StoreEngine,
        typed: str,
        wanted: Wanted,
        most: int,
        progress: Progress = _silent,
    ) -> Sequence[Hit]:
        """The first hits, after an update. CacheError if that cannot be done."""
        return self.asked(
            store, lambda index: list(islice(index.hits(typed, wanted), most)), progress
        )

    def asked(
        self, store: StoreEngine, ask: Callable[[Index], _T], progress: Progress = _silent
    ) -> _T:
        """What an index that is up to date answers. CacheError if it cannot be had."""

        def use(index: Index) -> _T:
            self._update(index, store, _stale_in(index, store), progress)
            return ask(index)

        return self._using(use)

    def erase(self, store: StoreEngine) -> None:
        """Have no word here that is gone from the store. CacheError if that cannot be done; then
        nothing is left of the cache, unless the disk takes no writing at all."""
        if not self.is_there:
            return

        def known_and_changed(index: Index) -> None:
            known = index.versions()
            self._update(index, store, [n for n in _stale(known, store.versions()) if n in known])

        try:
            self._using(known_and_changed)
        except CacheError:
            remove(self.path)  # a file is overwritten in its place: that needs no room
            raise

    @contextmanager
    def opened(self) -> Iterator[Index]:
        """The index, to be asked. CacheError if it cannot be had."""
        self._make_folder()
        with Index(self.path) as index:
            yield index

    def _update(
        self, index: Index, store: StoreEngine, stale: Sequence[int], progress: Progress = _silent
    ) -> None:
        _update(index, store, stale, progress, self._clock)

    def _using(self, use: Callable[[Index], _T]) -> _T:
        """Use the index, one that was made anew if this one is damaged."""
        try:
            with self.opened() as index:
                return use(index)
        except CacheError as error:
            if not error.damaged:
                raise
            log.warning("The search cache is made anew: %s", error)
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
    """Have no word in the search cache of a store that is gone from the store at that path. The
    files that could not be cleared, with the reason."""
    cache = SearchCache(path)
    left = [_public_left(public, path) for public in of_public(path)]
    try:
        cache.erase(open_store(path))
    except StoreError as error:
        if cache.is_there:  # what cannot be cleaned is removed
            log.error("%s still holds what was erased: %s", cache.path, error)
            left.append(f"{cache.path} ({error})")
    return tuple(filter(None, left))


def _public_left(public: str, path: str) -> str:
    """Have nothing in an index of the public edition of what has changed in the store since, "" or
    the file and the reason. The page puts it in again."""
    try:
        try:
            with Index(public) as index, index.writing():
                known = index.versions()
                stale = [n for n in _stale(known, open_store(path).versions()) if n in known]
                if sum(index.drop(number) for number in stale):
                    index.clean()
        except StoreError:
            remove(public)
    except StoreError as error:
        log.error("%s still holds what was erased: %s", public, error)
        return f"{public} ({error})"
    return ""


def in_memory(store: StoreEngine, numbers: Sequence[int] | None = None) -> Index:
    """An index of some incidents of a store, or of all, that is kept nowhere."""
    index = Index()
    there = store.versions()
    _update(index, store, sorted(there if numbers is None else numbers, reverse=True))
    return index


def _stale_in(index: Index, store: StoreEngine) -> Sequence[int]:
    return _stale(index.versions(), store.versions())


def _stale(known: Mapping[int, str], there: Mapping[int, str]) -> Sequence[int]:
    gone = known.keys() - there.keys()
    changed = (number for number, version in there.items() if known.get(number) != version)
    return (*sorted(gone), *sorted(changed, reverse=True))


def _update(
    index: Index,
    store: StoreEngine,
    stale: Sequence[int],
    progress: Progress = _silent,
    clock: Callable[[], int] = time.time_ns,
) -> None:
    for first in range(0, len(stale), _TOGETHER):
        some = stale[first : first + _TOGETHER]
        began, before = clock(), store.versions(some)
        # The newest fifty first, so that whoever waits has them; of these the oldest, in the order
        # of the index's rows.
        read = [_read(store, number, before[number]) for number in sorted(some) if number in before]
        with index.writing():
            now = store.versions(some)
            dirty = False
            for new in read:
                # Who wrote to it meanwhile may have erased what we read.
                if now.get(new.number) != new.version:
                    continue
                # What may change again unseen is read again by whoever searches next.
                settled = is_settled(new.version, began)
                dirty |= index.put(new if settled else replace(new, version=""))
            for number in some:
                if number not in now:
                    dirty |= index.drop(number)
            if dirty:
                index.clean()
        progress(first + len(some), len(stale))


def _read(store: StoreEngine, number: int, version: str) -> Indexable:
    """What there is to find of an incident; of one that is damaged nothing."""
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
