"""The public edition of every incident, to be searched and listed: an index of its own in a file.

Making an incident public takes some 20 ms, so what was made is kept, beside the search's index and
by the same rules (search/__init__.py): of each incident there is which version it was made of, and
what is erased in the store is erased here. An index is of one way to make incidents public: another
configuration or version of ours has another file. Where none can be written, it is in memory.
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
from ircbot.incident.hits import Found
from ircbot.incident.setting import Setting
from ircbot.page.following import Known
from ircbot.report.public import published
from ircbot.repository import folded, is_inner, open_store, process_of
from ircbot.search import of_public, public_place
from ircbot.search.index import CacheError, Index, Indexable, remove
from ircbot.search.passages import found, passages
from ircbot.store import StoreEngine
from ircbot.store.protocol import NO_INCIDENT

log = logging.getLogger(__name__)

_T = TypeVar("_T")

_IN_MEMORY = 2_000  # incidents, where there can be no file
_TRIED_AGAIN = 300.0  # seconds after which a file is tried again that could not be used
_TOGETHER = 10  # incidents that are put in at a time
_UNUSED = 30 * 86_400  # seconds after which another configuration's file is removed


@dataclass(frozen=True, slots=True)
class Publisher:
    """How incidents of a store are made public. Can be pickled."""

    store: str
    surroundings: Setting
    public: Collection[str]  # [report] public

    @classmethod
    def of(cls, config: Config, surroundings: Setting) -> Publisher:
        """As a configuration has it."""
        return cls(str(config.store.path), surroundings, config.report.public)

    @property
    def place(self) -> str:
        """Where the index is of what is made so."""
        setting = self.surroundings
        processes = sorted((name, repr(one)) for name, one in setting.processes.items())
        made_of = (__version__, repr(setting.process), processes, sorted(setting.nicks))
        text = repr((made_of, sorted(self.public)))
        return public_place(self.store, blake2b(text.encode(), digest_size=6).hexdigest())

    def indexable(self, store: StoreEngine, number: int, version: str) -> Indexable:
        """What can be found of an incident; nothing of one that nobody is to know of, or that makes
        no sense."""
        try:
            entries = store.entries(number)
            whole = folded(entries)
            if whole is None or is_inner(whole):
                return Indexable(number, version)
            process = process_of(whole, self.surroundings)
            one = published(whole, process, self.surroundings.nicks, self.public)
            orders = sum(type(entry.event) in ERASES for entry in entries)
            return Indexable(number, version, found(one), tuple(passages(one)), orders=orders)
        except Exception as error:  # whatever is in it, the others are found
            log.warning("Incident %d is not to be found: %s", number, error)
            return Indexable(number, version)


class PublicIndex:
    """The index of a store's public edition. For one thread; others have one of their own."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._index: Index | None = None
        self._in_memory, self._since = False, 0.0

    def forget(self) -> None:
        """Have nothing open."""
        if self._index is not None:
            self._index.close()
        self._index, self._in_memory = None, False

    def stale(self, known: Mapping[int, Known]) -> Sequence[int]:
        """Those of the known incidents that are not in it as they are now, the newest first."""
        put = self._trying(lambda index: index.versions())
        return [number for number, one in known.items() if put.get(number) != one.version]

    def index(self, known: Mapping[int, Known], numbers: Iterable[int]) -> Index:
        """The index to be asked, with these of the known incidents as they are now."""
        numbers = tuple(numbers)
        return self._trying(lambda index: self._filled(index, known, numbers))

    def _filled(self, index: Index, known: Mapping[int, Known], numbers: Iterable[int]) -> Index:
        put = index.versions()
        wanted = [n for n in numbers if n in known and put.get(n) != known[n].version]
        if self._in_memory and len(put) > _IN_MEMORY:
            self.forget()
            index, put = self._opened(), {}
        fill(index, self._publisher, wanted)
        gone = [n for n in put if n not in known and n not in wanted]
        if gone:
            with index.writing():
                if sum(index.drop(number) for number in gone):
                    index.clean()
        return index

    def about(self, known: Mapping[int, Known], numbers: Iterable[int]) -> Mapping[int, Found]:
        """What those of some incidents are that it has as they are now; nothing is written."""
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

    def _trying(self, use: Callable[[Index], _T]) -> _T:
        """Use the index; if its file cannot be used, one that is made anew, or one in memory."""
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
                    remove(self._publisher.place)
            else:
                self._index, self._in_memory, self._since = Index(), True, time.monotonic()
            return use(self._opened())

    def _opened(self) -> Index:
        if self._in_memory and time.monotonic() - self._since > _TRIED_AGAIN:
            self.forget()
        if self._index is None:
            self._since = time.monotonic()
            path = self._publisher.place
            try:
                self._index, self._in_memory = _file(path), False
            except StoreError as error:
                log.info("The public edition is searched without a file: %s", error)
                self._index, self._in_memory = Index(), True
        return self._index


def _file(path: str) -> Index:
    folder = os.path.dirname(path)
    if os.path.islink(folder):
        raise CacheError(f"{folder} is a link; remove it.")
    try:
        os.makedirs(folder, 0o700, exist_ok=True)
    except OSError as error:
        raise CacheError(f"cannot make {folder}: {error.strerror}.") from error
    try:
        return Index(path)
    except CacheError as error:
        if not error.damaged:
            raise
        log.warning("The index of the public edition is made anew: %s", error)
        remove(path)
        return Index(path)


def fill(index: Index, publisher: Publisher, numbers: Sequence[int]) -> None:
    """Put some incidents in as they are now. CacheError if that cannot be done."""
    if not numbers:
        return
    store = open_store(publisher.store)
    for first in range(0, len(numbers), _TOGETHER):
        some = numbers[first : first + _TOGETHER]
        before = store.versions(some)
        read = [publisher.indexable(store, n, before[n]) for n in some if n in before]
        with index.writing():
            # Who wrote to it meanwhile may have erased what we read.
            now = store.versions(some)
            dirty = [index.put(new) for new in read if now.get(new.number) == new.version]
            dirty += [index.drop(number) for number in some if number not in now]
            if any(dirty):
                index.clean()


def fill_all(publisher: Publisher) -> None:
    """Have all incidents of a store in the file, the newest first; remove files that nobody uses.
    CacheError if that cannot be done."""
    for path in of_public(publisher.store):
        with contextlib.suppress(OSError):
            if path != publisher.place and time.time() - os.stat(path).st_mtime > _UNUSED:
                remove(path)
    with _file(publisher.place) as index:
        there, put = open_store(publisher.store).versions(), index.versions()
        stale = sorted(
            (n for n, version in there.items() if n != NO_INCIDENT and put.get(n) != version)
        )[::-1]
        fill(index, publisher, [*stale, *(n for n in put if n not in there)])
