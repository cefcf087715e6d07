"""Follows the store beside the running bot, and reads only what changed.

While nobody writes, `look` costs a few system calls: the folder's mtime shows files that were
added, removed or replaced, and the size of each journal shows additions. Incidents that nobody
outside may know of never leave this module: neither their words nor the fact that they changed.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

from ircbot.errors import StoreError
from ircbot.incident.erasing import ERASES
from ircbot.incident.state import Incident
from ircbot.repository import folded, is_inner, open_store, summarise, with_archived
from ircbot.selection import IndexSummary
from ircbot.store import StoreEngine
from ircbot.store.protocol import NO_INCIDENT

log = logging.getLogger(__name__)

_SETTLED = 50_000_000  # nanoseconds after which any later change alters a folder's mtime
_ALL_AGAIN = 30.0  # seconds between complete checks, whatever the folder's mtime
_KEPT = 150  # incidents in memory
_MANY = 150  # changed incidents; with more, the index is read again
_GIVEN_UP = 90.0  # seconds after which an unchanged health file means that the bot is gone

Probe = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class StoreChanges:
    """The changes since the last look: the incidents, and whether words may have been erased."""

    changed: frozenset[int]
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """A visible incident: its line of the index, and its version."""

    version: str
    entries: int
    summary: IndexSummary


class Follower:
    """The incidents of a store that may be shown. `look` is for one thread, the others for any."""

    def __init__(
        self, path: str, seconds: Callable[[], float] = time.monotonic, *, most: int = _MANY
    ) -> None:
        """If more than `most` incidents changed at once, the index is read instead."""
        self._most = most
        self._path = path
        self._seconds = seconds
        self._probed: Probe | None = None
        self._looked_at = float("-inf")
        self._versions: dict[int, str] = {}
        self._known: dict[int, Known] = {}
        self._kept: dict[int, tuple[str, Incident]] = {}  # with the version that was read
        self._unread: dict[int, str] = {}
        self._spoilt: dict[int, str] = {}
        self._digest = 0
        self._begun = False
        self.trouble = ""  # why nothing can be read

    # --- what is known --------------------------------------------------------------------------

    @property
    def position(self) -> str:
        """Identifies the state of everything that may be shown, even after a restart."""
        return f"{self._digest:016x}"

    @property
    def known(self) -> Mapping[int, Known]:
        """The visible incidents, the newest first. The mapping is never modified."""
        return self._known

    @property
    def unread(self) -> tuple[int, ...]:
        """The incidents that cannot be read or shown."""
        known = self._known
        spoilt = (n for n, of in self._spoilt.items() if n in known and known[n].version == of)
        return tuple(sorted({*self._unread, *spoilt}))

    def spoil(self, number: int, why: Exception) -> None:
        """Report that an incident, as it is on disk, cannot be shown."""
        known = self._known.get(number)
        if known is not None and self._spoilt.get(number) != known.version:
            self._spoilt[number] = known.version
            log.error("Incident %d cannot be shown", number, exc_info=why)

    def open(self) -> Iterator[int]:
        """The open incidents, the newest first."""
        return self._of(lambda summary: summary["status"] == "open")

    def owing(self) -> tuple[int, ...]:
        """The incidents that may owe a report or a follow-up: the open ones, then the others, both
        newest first."""
        over = self._of(
            lambda s: s["status"] == "resolved" or (s["owed"] and s["status"] != "open")
        )
        return *self.open(), *over

    def _of(self, wanted: Callable[[IndexSummary], bool]) -> Iterator[int]:
        return (number for number, known in self._known.items() if wanted(known.summary))

    def incident(self, number: int) -> Incident | None:
        """A visible incident, as it is on disk; None if there is none."""
        if (known := self._known.get(number)) is None:
            return None
        kept = self._kept.get(number)
        if kept is not None and kept[0] == known.version:
            return kept[1]
        try:
            incident = folded(open_store(self._path).entries(number))
        except StoreError as error:
            log.warning("%s", error)
            self._unread[number] = str(error)  # it is read again at the next look
            return None
        if incident is None or is_inner(incident):
            return None
        if len(self._kept) >= 2 * _KEPT:
            self._kept.clear()
        self._kept[number] = known.version, incident
        return incident

    # --- what is new ----------------------------------------------------------------------------

    def look(self) -> StoreChanges | None:
        """Read what was written; None if nothing visible changed."""
        probe = self._probe()
        if probe is None:
            told = f"The store {os.path.basename(self._path)} is not there."
            changes = StoreChanges(frozenset()) if self.trouble != told else None
            self.trouble, self._probed = told, None
            return changes
        due = self._seconds() - self._looked_at >= _ALL_AGAIN
        if probe == self._probed and not due:
            return None
        unread = set(self._unread)
        try:
            changes = self._take_up()
        except StoreError as error:
            log.warning("%s", error)
            changes = StoreChanges(frozenset()) if not self.trouble else None
            self.trouble = "The store cannot be read at the moment."
            self._probed = None
            return changes
        trouble, self.trouble = self.trouble, ""
        self._probed = probe if self._is_settled(probe) else None
        self._looked_at = self._seconds()
        if changes is None and (trouble or unread != self._unread.keys()):
            return StoreChanges(frozenset())
        return changes

    def _probe(self) -> Probe | None:
        """A value that changes with every write; None if there is no store."""
        found: list[object] = []
        for folder in (self._path, os.path.join(self._path, "archive")):
            try:
                one = os.stat(folder)
                found.append((one.st_ino, one.st_mtime_ns))
            except OSError:
                if folder == self._path:
                    return None
                found.append(None)
        for number in self._journals():
            try:
                one = os.stat(os.path.join(self._path, f"{number:04d}.journal"))
                found.append((number, one.st_ino, one.st_size, one.st_mtime_ns))
            except OSError:
                found.append((number,))
        return tuple(found)

    def _journals(self) -> Iterator[int]:
        """The incidents known to have a journal; a new one changes the folder's mtime."""
        return (number for number, version in self._versions.items() if ".journal " in version)

    @staticmethod
    def _is_settled(probe: Probe) -> bool:
        """Whether any later write changes the times in the probe."""
        now = time.time_ns()
        times = [one[1] for one in probe[:2] if isinstance(one, tuple)]
        # A time in the future is from before the clock was set back; new ones differ.
        return all(not 0 <= now - at <= _SETTLED for at in times)

    def _take_up(self) -> StoreChanges | None:
        store = open_store(self._path)
        there = dict(store.versions())
        there.pop(NO_INCIDENT, None)
        if not self._begun:
            self._begin(store, there)
            return StoreChanges(frozenset(self._known))
        changed = {n for n, version in there.items() if self._versions.get(n) != version}
        changed |= self._versions.keys() - there.keys() | (self._unread.keys() & there.keys())
        if not changed:
            return None
        if len(changed) > self._most:  # another store is there now
            self._known, self._kept, self._digest = {}, {}, 0
            self._begin(store, there)
            return StoreChanges(frozenset(self._known), erased=True)
        erased, shown = False, set[int]()
        self._known = dict(self._known)  # other threads may use the old one
        for number in sorted(changed):
            was = self._known.get(number)
            gone = self._read(store, number, there.get(number))
            if self._known.get(number) != was:
                shown.add(number)
                erased |= gone
        self._versions = there
        self._known = dict(sorted(self._known.items(), reverse=True))
        return StoreChanges(frozenset(shown), erased) if shown else None

    def _begin(self, store: StoreEngine, there: Mapping[int, str]) -> None:
        """Start from the index."""
        for listed in sorted(with_archived(store), key=lambda one: -one.incident):
            version = there.get(listed.incident)
            if version is not None and listed.summary.get("inner") is False:
                self._set(listed.incident, Known(version, listed.entries, listed.summary))
        self._unread = {n: why for n, why in store.damaged.items() if n != NO_INCIDENT}
        self._versions = dict(there)
        self._begun = True

    def _read(self, store: StoreEngine, number: int, version: str | None) -> bool:
        """Read a changed incident; returns whether words that were shown are gone."""
        was = self._known.get(number)
        self._kept.pop(number, None)
        unread = self._unread.pop(number, None)
        if version is None:
            self._set(number, None)
            return was is not None
        try:
            entries = store.entries(number)
            incident = folded(entries)
            summary = summarise(entries) if incident is not None else {}
        except Exception as error:  # it may contain anything, and must not stop the others
            if unread != str(error):
                log.warning("%s", error)
            self._unread[number] = str(error)
            self._set(number, None)
            return was is not None
        if incident is None or summary.get("inner", True):
            self._set(number, None)
            return was is not None
        self._set(number, Known(version, len(entries), summary))
        if len(self._kept) < 2 * _KEPT:
            self._kept[number] = version, incident
        had = was.entries if was is not None else 0
        return any(type(entry.event) in ERASES for entry in entries[had:]) or len(entries) < had

    def _set(self, number: int, known: Known | None) -> None:
        if (was := self._known.pop(number, None)) is not None:
            self._digest ^= _told_apart(number, was)
        if known is not None:
            self._known[number] = known
            self._digest ^= _told_apart(number, known)


def _told_apart(number: int, known: Known) -> int:
    text = f"{number} {known.entries} {known.version}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest())


def bot_trouble(store: str, health: Path | None, now: datetime) -> str:
    """Why the page may be outdated: when the bot was last seen, if it is gone. "" if it is there,
    or if that is unknown."""
    if health is not None:
        try:
            at = datetime.fromtimestamp(health.stat().st_mtime, UTC)
        except OSError:
            at = None
        if at is not None:
            old = (now - at).total_seconds() > _GIVEN_UP
            return f"The bot was last seen at {at:%Y-%m-%d %H:%M} UTC." if old else ""
    try:
        with open(os.path.join(store, "bot.lock"), encoding="utf-8") as file:
            holder = json.load(file)
        pid, host, since = int(holder["pid"]), str(holder["host"]), str(holder["since"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    if host != os.uname().nodename or _is_running(pid):
        return ""
    return f"The bot is not running; it was started last at {since[:16].replace('T', ' ')} UTC."


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
