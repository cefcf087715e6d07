"""The chain over an incident's entries: whether one was changed, taken out or slipped in.

Knows nothing of files or events; a document is JSON text.

Each document ends with a `salt` and a `hash`: the hash of its words, keyed with the salt and the
hash before it. When the words must go, a tombstone takes the document's place and keeps its
`hash`, so that the next one still follows from it; the salt is destroyed, so that nobody finds
out by trying what the words were. The entry that ordered it lists, as `tombstones`, what each of
them comes to together with its neighbours in the chain: one that nobody ordered is noticed.

There is no secret in this. It shows mistakes and mischief, not a forger who writes the whole file
anew; for that, keep the last hash somewhere else (`ircbot store check` prints it).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from ircbot.store.snapshot import dumps

SALT, HASH, TOMBSTONES = "salt", "hash", "tombstones"
OWN = frozenset((SALT, HASH, TOMBSTONES))  # what is the store's in a document
_OUTSIDE = frozenset((SALT, HASH))  # what the hash is not taken of

Document = Mapping[str, Any]


def start(incident: int) -> str:
    """The hash before the first entry of an incident."""
    return _hash(f"ircbot incident {incident}", "", "")


def seal(text: str, before: str, salt: str) -> tuple[str, str]:
    """A document, as JSON text, with its salt and hash; and the hash."""
    after = _hash(text, salt, before)
    return f'{text[:-1]},"{SALT}":"{salt}","{HASH}":"{after}"}}', after


def salts() -> Iterator[str]:
    """What was never there before, 96 bits each. Asked from the system by the hundred."""
    while True:
        block = os.urandom(1200).hex()
        for at in range(0, len(block), 24):
            yield block[at : at + 24]


def _hash(text: str, salt: str, before: str) -> str:
    # BLAKE2, as it is keyed by itself and costs half of SHA-256 for texts as short as these.
    return blake2b(
        text.encode("utf-8", "surrogatepass"), key=f"{salt}{before}".encode(), digest_size=16
    ).hexdigest()


def _words(document: Document) -> str:
    return dumps({name: value for name, value in document.items() if name not in _OUTSIDE})


def tombstone(document: Document, words: Document, before: str, salt: str) -> tuple[Document, str]:
    """What takes a document's place in the chain, and what the entry that orders it must list.

    `before` is the hash of the document before it.
    """
    kept = {TOMBSTONES: document[TOMBSTONES]} if TOMBSTONES in document else {}
    tomb = {**words, **kept, SALT: salt, HASH: document[HASH]}
    return tomb, _order(tomb, before)


def _order(tomb: Document, before: str) -> str:
    return _hash(f"tombstone {tomb[HASH]} {_words(tomb)}", tomb[SALT], before)


@dataclass(frozen=True, slots=True)
class Broken:
    """A place where the chain does not hold."""

    position: int
    why: str


def check(documents: Mapping[int, Document], incident: int) -> tuple[Broken, ...]:
    """Where the chain over documents, by their positions from 1, does not hold."""
    orders = {
        int(position): order
        for document in documents.values()
        for position, order in document.get(TOMBSTONES, {}).items()
    }
    broken = []
    before, expected = start(incident), 1
    for position, document in documents.items():
        if position != expected:
            broken.append(Broken(expected, f"to {position - 1} are missing"))
        elif SALT not in document or HASH not in document:
            broken.append(Broken(position, "was written by another program"))
        elif not _follows(document, before, orders.get(position)):
            broken.append(Broken(position, "was changed by another program"))
        before, expected = document.get(HASH, ""), position + 1
    return tuple(broken)


def _follows(document: Document, before: str, order: str | None) -> bool:
    if order is not None and order == _order(document, before):
        return True
    return bool(document[HASH] == _hash(_words(document), document[SALT], before))
