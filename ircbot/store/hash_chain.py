"""The hash chain over an incident's entries: it shows whether one was changed, removed or inserted.

Knows nothing of files or events; a document is JSON text.

Each document ends with a `salt` and a `hash`, which covers its content and is keyed with the salt
and the previous hash. When words are erased, a tombstone replaces the document. It keeps the
`hash`, so that the next document still follows from it, and gets a new salt, so that nobody can
find the erased words by trying; `erased` is the hash of what remains.

There is no secret in this. It reveals accidents and tampering, but not a forger who rewrites the
whole file; against that, keep the last hash elsewhere (`ircbot store check --json` prints it).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

from ircbot.store.snapshot import dumps
from ircbot.values import dataclass

SALT, HASH, ERASED = "salt", "hash", "erased"
TOMB = f'"{ERASED}":"'  # in the text of each tombstone, and of no other document
OWN = frozenset((SALT, HASH, ERASED))  # the members that are ours; the hash covers all others

ReadDocument = Mapping[str, Any]


def start(incident: int) -> str:
    """The hash that precedes an incident's first entry."""
    return _hash(f"ircbot incident {incident} entries", "", "")


def seal(text: str, before: str, salt: str) -> tuple[str, str]:
    """A document, as JSON text, with its salt and hash; and the hash."""
    after = _hash(text, salt, before)
    return f'{text[:-1]},"{SALT}":"{salt}","{HASH}":"{after}"}}', after


def tombstone(text: str, document: ReadDocument, before: str, salt: str) -> str:
    """The JSON text that replaces a document. `text` is what remains of it, `before` the hash of
    the previous document."""
    if HASH not in document:
        return f'{text[:-1]},"{ERASED}":""}}'
    kept = document[HASH]
    erased = _hash(_tomb(text, kept), salt, before)
    return f'{text[:-1]},"{SALT}":"{salt}","{HASH}":"{kept}","{ERASED}":"{erased}"}}'


def salts() -> Iterator[str]:
    """Salts of 96 random bits, never used before. They are read from the system in batches."""
    while True:
        block = os.urandom(1200).hex()
        for at in range(0, len(block), 24):
            yield block[at : at + 24]


def words(document: ReadDocument) -> dict[str, Any]:
    """A document without our own members."""
    return {name: value for name, value in document.items() if name not in OWN}


@dataclass(frozen=True, slots=True)
class Broken:
    """A place where the chain is broken."""

    position: int
    why: str


def check(
    documents: Mapping[str, ReadDocument], incident: int, erased: Mapping[str, str]
) -> Iterator[Broken]:
    """Check the chain over documents, keyed by their positions from 1, and yield each break.

    `erased` is the list of tombstones that older versions kept. Still older versions had no chain;
    it begins with the first document that has a hash.
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


def follows(document: ReadDocument, before: str) -> bool:
    """Whether a document was added after the hash `before`, or by a version that had no chain."""
    return not document.keys() >= {SALT, HASH} or _follows(document, before, document.get(ERASED))


def _follows(document: ReadDocument, before: str, erased: str | None) -> bool:
    """Whether a document is unchanged since it was added after the hash `before`; for an `erased`
    one, since the erasure."""
    text, salt, kept = dumps(words(document)), document[SALT], document[HASH]
    if erased is None:
        return _hash(text, salt, before) == str(kept)
    return _hash(_tomb(text, kept), salt, before) == erased


def _tomb(text: str, kept: str) -> str:
    return f"tombstone {kept} {text}"


def _hash(text: str, salt: str, before: str) -> str:
    # BLAKE2 has a key parameter, and costs half of SHA-256 for texts as short as these.
    return blake2b(
        text.encode("utf-8", "surrogatepass"), key=f"{salt}{before}".encode(), digest_size=16
    ).hexdigest()
