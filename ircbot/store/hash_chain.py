"""The chain over an incident's entries: whether one was changed, taken out or slipped in.

Knows nothing of files or events; a document is JSON text.

Each document ends with a `salt` and a `hash`: the hash of its words, keyed with the salt and the
hash before it. When the words must go, a tombstone takes the document's place and keeps its
`hash`, so that the next one still follows from it; the salt is destroyed, so that nobody finds
out by trying what the words were. A second, short chain lists what each tombstone comes to
together with its neighbours in the first: one that nobody ordered is noticed.

There is no secret in this. It shows mistakes and mischief, not a forger who writes the whole file
anew; for that, keep the last hash somewhere else (`ircbot store check` prints it).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from ircbot.store.snapshot import dumps

SALT, HASH, TOMBSTONES = "salt", "hash", "tombstones"
OWN = frozenset((SALT, HASH))  # what is the store's in a document; the hash is of all else

Document = Mapping[str, Any]


def start(incident: int, of: str = "entries") -> str:
    """The hash before the first of an incident's entries, or tombstones."""
    return _hash(f"ircbot incident {incident} {of}", "", "")


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
    return dumps({name: value for name, value in document.items() if name not in OWN})


def tombstone(words: str, document: Document, before: str, salt: str) -> tuple[str, str]:
    """What takes a document's place, as JSON text, and what the list of tombstones must say.

    `words` is the JSON text of what may stay; `before` is the hash of the document before it.
    """
    kept = document[HASH]
    tomb = f'{words[:-1]},"{SALT}":"{salt}","{HASH}":"{kept}"}}'
    return tomb, _tomb_hash(words, kept, salt, before)


def _tomb_hash(words: str, kept: str, salt: str, before: str) -> str:
    return _hash(f"tombstone {kept} {words}", salt, before)


def tombs_of(lists: Iterable[Document]) -> dict[int, str]:
    """What the lists say of each tombstone, by its position."""
    return {
        int(position): expected
        for one in lists
        for position, expected in one.get(TOMBSTONES, {}).items()
    }


@dataclass(frozen=True, slots=True)
class Broken:
    """A place where the chain does not hold."""

    position: int
    why: str


def check(
    documents: Mapping[int, Document], lists: Mapping[int, Document], incident: int
) -> tuple[Broken, ...]:
    """Where the chain does not hold: over documents by their positions from 1, and over the lists
    of tombstones.
    """
    found = _breaks(documents, start(incident), tombs_of(lists.values()))
    listed = _breaks(lists, start(incident, TOMBSTONES), {})
    return (
        *found,
        *(Broken(0, f"(list {b.position} of tombstones) {b.why}") for b in listed),
    )


def _breaks(
    documents: Mapping[int, Document], before: str, tombs: Mapping[int, str]
) -> Iterator[Broken]:
    expected = 1
    for position, document in documents.items():
        if position != expected:
            yield Broken(expected, _missing(expected, position - 1))
        elif not document.keys() >= OWN:
            yield Broken(position, "was written by another program")
        elif not follows(document, before, tombs.get(position)):
            yield Broken(position, "was changed by another program")
        before, expected = document.get(HASH, ""), position + 1


def _missing(first: int, last: int) -> str:
    return "is missing" if first == last else f"and those up to {last} are missing"


def follows(document: Document, before: str, tomb: str | None) -> bool:
    """Whether a document is what it was when it was added after the hash `before`.

    `tomb` is what the list of tombstones says of it, None if it is in none.
    """
    words, kept, salt = _words(document), document[HASH], document[SALT]
    if tomb is not None:
        return _tomb_hash(words, kept, salt, before) == tomb
    return _hash(words, salt, before) == str(kept)
