"""The facts of incidents that are over, kept beside a store: statistics of ten years in a second.

A cache, in the store's folder `cache`: each line has the version of the incident that it is true of
(StoreEngine.versions), the first line what else it depends on. What is in doubt is read again. It
holds names: an erasure changes an incident's version first and removes the files then, and whoever
has written them looks at the versions afterwards; so no erased name is left in them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from sys import intern
from typing import Any

from ircbot.errors import StoreError
from ircbot.stats.facts import ActionFact, Facts, LoadFact, StepFact
from ircbot.store import StoreEngine
from ircbot.store.disk import REAL_DISK, read_file, replace_file, shred_file, trying

log = logging.getLogger(__name__)

_FORMAT = 1  # another one is made anew
_EDITIONS = ("internal", "public")

Known = Mapping[int, tuple[str, Facts]]  # incident → version, facts


class FactsCache:
    """The facts of an edition. `depends_on` is all that they are made of beside the incidents."""

    def __init__(self, store: str, edition: str, depends_on: object) -> None:
        self._folder = os.path.join(store, "cache")
        self._store = store
        self._path = _path(store, edition)
        told = repr((_FORMAT, depends_on)).encode()
        self._head = json.dumps({"facts of": hashlib.sha256(told).hexdigest()})

    def read(self) -> Known:
        """What is known; nothing if it cannot be read, or was made of something else."""
        try:
            with trying("read", self._path):
                content = read_file(REAL_DISK, self._path) or b""
        except StoreError as error:
            log.info("%s", error)
            return {}
        head, *lines = content.split(b"\n")
        return dict(_read(lines)) if head == self._head.encode() else {}

    def keep(self, known: Known, opened: StoreEngine) -> None:
        """Keep what is known, if that can be done."""
        lines = [self._head, *(_line(number, *of) for number, of in known.items())]
        content = "\n".join(lines).encode()
        try:
            if os.path.islink(self._folder):
                return
            with trying("write", self._path):
                REAL_DISK.create_folder(self._folder)
                replace_file(REAL_DISK, self._path, content, shred=True)
            there = opened.versions(known)
            if any(there.get(number) != version for number, (version, _) in known.items()):
                forget(self._store)  # somebody may have erased what we had read
        except StoreError as error:
            log.info("%s", error)


def forget(store: str) -> Sequence[str]:
    """Leave nothing of the facts of a store, not even on the device. The files of which that could
    not be done, with the reason."""
    left = []
    for edition in _EDITIONS:
        for path in (_path(store, edition), f"{_path(store, edition)}.new"):
            try:
                with trying("remove", path):
                    shred_file(REAL_DISK, path)
            except StoreError as error:
                left.append(f"{path} ({error})")
    return tuple(left)


def _path(store: str, edition: str) -> str:
    return os.path.join(store, "cache", f"facts-{edition}.jsonl")


def _line(number: int, version: str, facts: Facts) -> str:
    return json.dumps([number, version, facts], default=_plain)


def _plain(value: Any) -> Any:
    """What JSON has no way to write, as what it has: a time, a day, facts."""
    if isinstance(value, date):
        return value.isoformat()
    return {name: getattr(value, name) for name in value.__slots__}


def _read(lines: Sequence[bytes]) -> Iterator[tuple[int, tuple[str, Facts]]]:
    for line in lines:
        with contextlib.suppress(ValueError, KeyError, TypeError):  # damaged: as if not there
            number, version, of = json.loads(line)
            yield number, (version, _facts(of))


def _facts(of: dict[str, Any]) -> Facts:
    of["declared_at"] = datetime.fromisoformat(of["declared_at"])
    for name in ("report_due_at", "report_done_at"):
        of[name] = of[name] and datetime.fromisoformat(of[name])
    of["steps"] = tuple(
        [StepFact(intern(s["key"]), intern(s["title"]), intern(s["verdict"])) for s in of["steps"]]
    )
    of["actions"] = tuple(map(_action, of["actions"]))
    of["load"] = tuple(
        LoadFact(one["key"], one["name"], tuple(one["seconds"]), tuple(one["calls"]))
        for one in of["load"]
    )
    return Facts(**of)


def _action(of: dict[str, Any]) -> ActionFact:
    of["added_at"] = datetime.fromisoformat(of["added_at"])
    of["done_at"] = of["done_at"] and datetime.fromisoformat(of["done_at"])
    of["due"] = of["due"] and date.fromisoformat(of["due"])
    return ActionFact(**of)
