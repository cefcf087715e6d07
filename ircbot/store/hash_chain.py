"""The chain over an incident's entries: whether one was changed, taken out or slipped in.

Knows nothing of files or events; a document is JSON text.

Each document ends with a `salt` and a `hash`: the hash of its words, keyed with the salt and the
hash before it. When the words must go, a tombstone takes the document's place. It keeps the
`hash`, so that the next document still follows from it; it has another salt, so that nobody finds
out by trying what the words were; and `erased` is the hash of what may stay.

There is no secret in this. It shows mistakes and mischief, not a forger who writes the whole file
anew; for that, keep the last hash somewhere else (`ircbot store check --json` prints it).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

from ircbot.store.snapshot import dumps
from ircbot.values import dataclass

SALT, HASH, ERASED = "salt", "hash", "erased"
OWN = frozenset((SALT, HASH, ERASED))  # what is the store's in a document; the hash is of all else

Document = Mapping[str, Any]


def start(incident: int) -> str:
    """The hash before the first of an incident's entries."""
    return _hash(f"ircbot incident {incident} entries", "", "")


def seal(text: str, before: str, salt: str) -> tuple[str, str]:
    """A document, as JSON text, with its salt and hash; and the hash."""
    after = _hash(text, salt, before)
    return f'{text[:-1]},"{SALT}":"{salt}","{HASH}":"{after}"}}', after


def tombstone(text: str, document: Document, before: str, salt: str) -> str:
    """What takes a document's place, as JSON text. `text` is what may stay of it, `before` the
    hash of the document before it."""
    if HASH not in document:
        return f'{text[:-1]},"{ERASED}":""}}'
    kept = document[HASH]
    erased = _hash(_tomb(text, kept), salt, before)
    return f'{text[:-1]},"{SALT}":"{salt}","{HASH}":"{kept}","{ERASED}":"{erased}"}}'


def salts() -> Iterator[str]:
    """What was never there before, 96 bits each. Asked from the system by the hundred."""
    while True:
        block = os.urandom(1200).hex()
        for at in range(0, len(block), 24):
            yield block[at : at + 24]


def words(document: Document) -> dict[str, Any]:
    """A document without what is the store's in it."""
    return {name: value for name, value in document.items() if name not in OWN}


@dataclass(frozen=True, slots=True)
class Broken:
    """A place where the chain does not hold."""

    position: int
    why: str


def check(
    documents: Mapping[str, Document], incident: int, erased: Mapping[str, str]
) -> Iterator[Broken]:
    """Where the chain over documents, by their positions from 1, does not hold.

    `erased` is what older versions kept in a list of tombstones. Still older ones had no chain: it
    begins with the first document that has a hash.
    """
    begin = before = start(incident)
    expected, begun = 1, False
    for key, document in documents.items():
        position = int(key)
        begun = begun or HASH in document
        if position != expected:
            missing = "is missing" if position == expected + 1 else "and those up to {} are missing"
            yield Broken(expected, missing.format(position - 1))
        elif begun and not document.keys() >= {SALT, HASH}:
            yield Broken(position, "was written by another program")
        elif begun and not _follows(document, before, document.get(ERASED, erased.get(key))):
            yield Broken(position, "was changed by another program")
        before, expected = document.get(HASH, begin), position + 1


def _follows(document: Document, before: str, erased: str | None) -> bool:
    """Whether a document is what it was when it was added after the hash `before`; if it was
    `erased`, what was left then."""
    text, salt, kept = dumps(words(document)), document[SALT], document[HASH]
    if erased is None:
        return _hash(text, salt, before) == str(kept)
    return _hash(_tomb(text, kept), salt, before) == erased


def _tomb(text: str, kept: str) -> str:
    return f"tombstone {kept} {text}"


def _hash(text: str, salt: str, before: str) -> str:
    # BLAKE2, as it is keyed by itself and costs half of SHA-256 for texts as short as these.
    return blake2b(
        text.encode("utf-8", "surrogatepass"), key=f"{salt}{before}".encode(), digest_size=16
    ).hexdigest()
