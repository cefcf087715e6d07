"""What is whole in damaged files, and how two versions of an incident become one.

Knows the formats, not the meaning. Nothing is guessed: what is missing stays missing, and the
chain shows where.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ircbot.store import hash_chain, journal
from ircbot.store.ledger import TABLE, TOMBSTONES
from ircbot.store.snapshot import Table, Tables

_DOCUMENT = re.compile(r'"(\d+)": ?(?=\{)')


@dataclass(slots=True)
class Version:
    """An incident's documents as one source has them, and the last commit that it knows of."""

    entries: Table = field(default_factory=dict)
    lists: Table = field(default_factory=dict)  # of tombstones
    last: int = 0

    def tables(self) -> Tables:
        """The tables of a database."""
        found = {TABLE: _in_order(self.entries)}
        if self.lists:
            found[TOMBSTONES] = _in_order(self.lists)
        return found

    def is_tomb(self, position: str) -> bool:
        """Whether an entry has lost its words."""
        return any(position in one[hash_chain.TOMBSTONES] for one in self.lists.values())


def _in_order(table: Table) -> Table:
    return dict(sorted(table.items(), key=lambda item: int(item[0])))


def whole(snapshot: bytes, commits: bytes) -> Version:
    """What is whole in the bytes of a TinyDB file and of a journal, damaged or not."""
    found = Version()
    for key, document in _documents(snapshot):
        if key == "1" and "format" in document:
            found.last = int(document.get("commit", 0))
        else:
            _take(found, key, document)
    for number, changes in _commits(commits):
        found.last = max(found.last, number)
        for documents in changes.values():
            for key, document in documents.items():
                _take(found, key, document)
    found.entries = _believable(found)
    return found


def _believable(found: Version) -> Table:
    """The entries but for those that are JSON and yet not what they were.

    After one that is missing, there is no telling, and the next is believed.
    """
    tombs = hash_chain.tombs_of(found.lists.values())
    kept: Table = {}
    for key, document in _in_order(found.entries).items():
        before = kept.get(str(int(key) - 1), {}).get(hash_chain.HASH)
        sealed = document.keys() >= hash_chain.OWN
        if (
            before is None
            or not sealed
            or hash_chain.follows(document, before, tombs.get(int(key)))
        ):
            kept[key] = document
    return kept


def _take(found: Version, key: str, document: dict[str, Any]) -> None:
    if hash_chain.TOMBSTONES in document:
        found.lists[key] = document
    elif "incident" in document and "event" in document:
        found.entries[key] = document


def _documents(content: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """Whole documents with their ids, whichever program laid the file out."""
    text = content.decode("utf-8", "replace")
    decoder = json.JSONDecoder()
    at = 0
    while match := _DOCUMENT.search(text, at):
        at = match.end()
        try:
            document, at = decoder.raw_decode(text, at)
        except ValueError:
            continue
        yield match[1], document


def _commits(content: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """Whole commits, wherever they stand."""
    for line in content.split(b"\n"):
        body = journal.body_of(line)
        if body and body[:1].isdigit():
            number, _, changes = body.partition(b" ")
            yield int(number), json.loads(changes)


def merged(ours: Version, theirs: Version) -> Version | None:
    """All that either has, None if they tell different stories.

    What one has and the other has not is taken, so nothing is lost by it, except words: where
    one has a tombstone, it stays.
    """
    entries: Table = {}
    for position in ours.entries.keys() | theirs.entries.keys():
        our, their = ours.entries.get(position), theirs.entries.get(position)
        if our is None or their is None:
            entries[position] = our or their or {}
        elif our.get(hash_chain.HASH) != their.get(hash_chain.HASH):
            return None
        else:
            entries[position] = their if theirs.is_tomb(position) else our
    lists = max(ours.lists, theirs.lists, key=len)
    for number, one in min(ours.lists, theirs.lists, key=len).items():
        if lists[number].get(hash_chain.HASH) != one.get(hash_chain.HASH):
            return None
    return Version(entries, lists, max(ours.last, theirs.last))
