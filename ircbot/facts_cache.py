"""Cache the facts of finished incidents beside a store, so that ten years of statistics take a
second.

The files are in the folder `cache` of the store. Each line has a checksum and, for some incidents,
their versions (StoreEngine.versions) and facts; the first line names everything else that the facts
depend on. A doubtful line is computed again. Facts contain names. An erasure first changes the
incident's version and then deletes the files; whoever writes them checks the versions afterwards,
so no erased name remains.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from itertools import islice
from typing import Any

from ircbot.errors import StoreError
from ircbot.stats.facts import ActionFact, ByHour, Facts, LoadFact, StepFact
from ircbot.store import StoreEngine
from ircbot.store.disk import REAL_DISK, read_file, replace_file, shred_file, trying
from ircbot.store.journal import body_of, line

log = logging.getLogger(__name__)

_KINDS = (Facts, StepFact, ActionFact, LoadFact)
# Only values are stored; a version with other fields recomputes them.
_FORMAT = (3, *((kind.__name__, *(field.name for field in fields(kind))) for kind in _KINDS))
_TOGETHER = 100  # incidents per line
_EDITIONS = ("internal", "public")

KnownFacts = Mapping[int, tuple[str, Facts]]  # incident → version, facts


class FactsCache:
    """The cached facts of one edition. `depends_on` is everything but the incidents that they are
    computed from.
    """

    def __init__(self, store: str, edition: str, depends_on: object) -> None:
        self._folder = os.path.join(store, "cache")
        self._store = store
        self._path = _path(store, edition)
        told = repr((_FORMAT, depends_on)).encode()
        self._head = b"facts of %b\n" % hashlib.sha256(told).hexdigest().encode()

    def read(self) -> KnownFacts:
        """The cached facts; nothing if they cannot be read or depend on something else."""
        try:
            with trying("read", self._path):
                content = read_file(REAL_DISK, self._path) or b""
        except StoreError as error:
            log.info("%s", error)
            return {}
        if not content.startswith(self._head):
            return {}
        return dict(_read(content[len(self._head) :].split(b"\n")))

    def keep(self, known: KnownFacts, opened: StoreEngine) -> None:
        """Write the facts, if that is possible."""
        content = b"".join((self._head, *_lines(known)))
        try:
            if os.path.islink(self._folder):
                return
            with trying("write", self._path):
                REAL_DISK.create_folder(self._folder)
                replace_file(REAL_DISK, self._path, content, shred=True)
            there = opened.versions(known)
            if any(there.get(number) != version for number, (version, _) in known.items()):
                forget(self._store)  # what we read may have been erased meanwhile
        except StoreError as error:
            log.info("%s", error)


def forget(store: str) -> Sequence[str]:
    """Delete all cached facts of a store, from the device too. Returns the files for which that
    failed, with the reason.
    """
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


def _lines(known: KnownFacts) -> Iterator[bytes]:
    """Some incidents per line. Most share their steps, which are written once, before them."""
    each = iter(known.items())
    while some := list(islice(each, _TOGETHER)):
        steps: dict[tuple[StepFact, ...], int] = {}
        rows = []
        for number, (version, facts) in some:
            place = steps.setdefault(facts.steps, len(steps))
            rows.append([number, version, place, *_values(facts)[:-_NESTED]])
            rows[-1] += facts.actions, facts.load
        yield line(json.dumps([list(steps), rows], default=_plain).encode())


def _plain(value: Any) -> Any:
    """Represent what JSON lacks (times, days, the parts of facts) by what it has."""
    return value.isoformat() if isinstance(value, date) else _values(value)


def _values(facts: Any) -> list[Any]:
    return [getattr(facts, name) for name in facts.__slots__]


def _read(lines: Sequence[bytes]) -> Iterator[tuple[int, tuple[str, Facts]]]:
    for body in map(body_of, lines):
        if body is not None:  # damaged: as if missing
            steps, rows = json.loads(body)
            known = [tuple([StepFact(*step) for step in each]) for each in steps]
            for number, version, place, *values in rows:
                yield number, (version, _facts(values, known[place]))


def _facts(values: list[Any], steps: tuple[StepFact, ...]) -> Facts:
    for place in _TIMES:
        values[place] = values[place] and datetime.fromisoformat(values[place])
    actions, load = values[-2:]
    values[-2:] = (
        steps,
        tuple([_action(*action) for action in actions]),
        tuple([LoadFact(key, name, _by_hour(s), _by_hour(c)) for key, name, s, c in load]),
    )
    return Facts(*values)


def _by_hour(values: Sequence[tuple[int, int]]) -> ByHour:
    return tuple([(hour, amount) for hour, amount in values])


_NESTED = len(("steps", "actions", "load"))  # the last fields of facts
_TIMES = tuple(
    place
    for place, field in enumerate(fields(Facts))
    if field.name in ("declared_at", "report_due_at", "report_done_at")
)


def _action(n: int, added_at: str, done_at: str | None, due: str | None, *rest: bool) -> ActionFact:
    return ActionFact(
        n,
        datetime.fromisoformat(added_at),
        datetime.fromisoformat(done_at) if done_at else None,
        date.fromisoformat(due) if due else None,
        *rest,
    )
