"""The public edition of every incident, for search and lists: an index in a file of its own.

Making an incident public takes some 20 ms, so the result is kept beside the search index, by the
same rules (search/__init__.py): it records the version it was made of, and erasures apply to it. An
index is valid for one way of making incidents public; another configuration or version of ircbot
uses another file. If none can be written, the index is in memory.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar

from ircbot import __version__
from ircbot.config import Config
from ircbot.errors import StoreError
from ircbot.incident.erasing import ERASES
from ircbot.incident.hits import FoundIncident
from ircbot.incident.setting import Setting
from ircbot.page.following import Known
from ircbot.report.public import published
from ircbot.repository import folded, is_inner, open_store, process_of
from ircbot.search import of_public, public_place
from ircbot.search.index import CacheError, Indexable, SearchIndex, remove
from ircbot.search.passages import found, passages
from ircbot.store import StoreEngine
from ircbot.store.protocol import NO_INCIDENT

log = logging.getLogger(__name__)

_T = TypeVar("_T")

_IN_MEMORY = 2_000  # incidents, if there can be no file
_TRIED_AGAIN = 300.0  # seconds before an unusable file is tried again
_TOGETHER = 10  # incidents to add at a time
_UNUSED = 30 * 86_400  # seconds before another configuration's file is removed


@dataclass(frozen=True, slots=True)
class PublicEditor:
    """How incidents of a store are made public. Picklable."""

    store: str
    surroundings: Setting
    public: Collection[str]  # [report] public

    @classmethod
    def of(cls, config: Config, surroundings: Setting) -> PublicEditor:
        """As configured."""
        return cls(str(config.store.path), surroundings, config.report.public)

    @property
    def place(self) -> str:
        """The path of the index."""
        setting = self.surroundings
        processes = sorted((name, repr(one)) for name, one in setting.processes.items())
        made_of = (__version__, repr(setting.process), processes, sorted(setting.nicks))
        text = repr((made_of, sorted(self.public)))
        return public_place(self.store, blake2b(text.encode(), digest_size=6).hexdigest())

    def indexable(self, store: StoreEngine, number: int, version: str) -> Indexable:
        """An incident as it is indexed; empty if it may not be known or cannot be read."""
        try:
            entries = store.entries(number)
            whole = folded(entries)
            if whole is None or is_inner(whole):
                return Indexable(number, version)
            process = process_of(whole, self.surroundings)
            one = published(whole, process, self.surroundings.nicks, self.public)
            orders = sum(type(entry.event) in ERASES for entry in entries)
            return Indexable(number, version, found(one), tuple(passages(one)), orders=orders)
        except Exception as error:  # it may contain anything, and must not stop the others
            log.warning("Incident %d is not to be found: %s", number, error)
            return Indexable(number, version)


class PublicIndex:
    """The index of a store's public edition. Not thread-safe; each thread has its own."""

    def __init__(self, editor: PublicEditor) -> None:
        self._editor = editor
        self._index: SearchIndex | None = None
        self._in_memory, self._since = False, 0.0

    def forget(self) -> None:
        """Close everything."""
        if self._index is not None:
            self._index.close()
        self._index, self._in_memory = None, False

    def stale(self, known: Mapping[int, Known]) -> Sequence[int]:
        """The known incidents that are missing or outdated, the newest first."""
        put = self._trying(lambda index: index.versions())
        return [number for number, one in known.items() if put.get(number) != one.version]

    def index(self, known: Mapping[int, Known], numbers: Iterable[int]) -> SearchIndex:
        """The index, with these known incidents up to date."""
        numbers = tuple(numbers)
        return self._trying(lambda index: self._filled(index, known, numbers))

    def _filled(
        self, index: SearchIndex, known: Mapping[int, Known], numbers: Iterable[int]
    ) -> SearchIndex:
        put = index.versions()
        wanted = [n for n in numbers if n in known and put.get(n) != known[n].version]
        if self._in_memory and len(put) > _IN_MEMORY:
            self.forget()
            index, put = self._opened(), {}
        fill(index, self._editor, wanted)
        gone = [n for n in put if n not in known and n not in wanted]
        if gone:
            with index.writing():
                if sum(index.drop(number) for number in gone):
                    index.clean()
        return index

    def about(
        self, known: Mapping[int, Known], numbers: Iterable[int]
    ) -> Mapping[int, FoundIncident]:
        """The public facts of those incidents that are up to date; writes nothing."""
        try:
            told = self._opened().about(numbers)
        except StoreError as error:
            log.debug("%s", error)
            self.forget()
            return {}
        return {
            number: one
            for number, (version, one) in told.items()
            if number in known and known[number].version == version
        }

    def _trying(self, use: Callable[[SearchIndex], _T]) -> _T:
        """Use the index; if its file is unusable, recreate it, or use one in memory."""
        index = self._opened()
        try:
            return use(index)
        except StoreError as error:
            if self._in_memory:
                raise
            log.warning("The index of the public edition: %s", error)
            self.forget()
            if isinstance(error, CacheError) and error.damaged:
                with contextlib.suppress(StoreError):
                    remove(self._editor.place)
            else:
                self._index, self._in_memory, self._since = SearchIndex(), True, time.monotonic()
            return use(self._opened())

    def _opened(self) -> SearchIndex:
        if self._in_memory and time.monotonic() - self._since > _TRIED_AGAIN:
            self.forget()
        if self._index is None:
            self._since = time.monotonic()
            path = self._editor.place
            try:
                self._index, self._in_memory = _file(path), False
            except StoreError as error:
                log.info("The public edition is searched without a file: %s", error)
                self._index, self._in_memory = SearchIndex(), True
        return self._index


def _file(path: str) -> SearchIndex:
    folder = os.path.dirname(path)
    if os.path.islink(folder):
        raise CacheError(f"{folder} is a link; remove it.")
    try:
        os.makedirs(folder, 0o700, exist_ok=True)
    except OSError as error:
        raise CacheError(f"cannot make {folder}: {error.strerror}.") from error
    try:
        return SearchIndex(path)
    except CacheError as error:
        if not error.damaged:
            raise
        log.warning("The index of the public edition is rebuilt: %s", error)
        remove(path)
        return SearchIndex(path)


def fill(index: SearchIndex, editor: PublicEditor, numbers: Sequence[int]) -> None:
    """Add some incidents in their current version. CacheError if that fails."""
    if not numbers:
        return
    store = open_store(editor.store)
    for first in range(0, len(numbers), _TOGETHER):
        some = numbers[first : first + _TOGETHER]
        before = store.versions(some)
        read = [editor.indexable(store, n, before[n]) for n in some if n in before]
        with index.writing():
            # Somebody who wrote meanwhile may have erased what we read.
            now = store.versions(some)
            dirty = [index.put(new) for new in read if now.get(new.number) == new.version]
            dirty += [index.drop(number) for number in some if number not in now]
            if any(dirty):
                index.clean()


def fill_all(editor: PublicEditor) -> None:
    """Add all incidents of a store, the newest first, and remove unused files. CacheError if that
    fails."""
    for path in of_public(editor.store):
        with contextlib.suppress(OSError):
            if path != editor.place and time.time() - os.stat(path).st_mtime > _UNUSED:
                remove(path)
    with _file(editor.place) as index:
        there, put = open_store(editor.store).versions(), index.versions()
        stale = sorted(
            (n for n, version in there.items() if n != NO_INCIDENT and put.get(n) != version)
        )[::-1]
        fill(index, editor, [*stale, *(n for n in put if n not in there)])
