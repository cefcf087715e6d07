"""The TinyDB file: what stock TinyDB reads and writes, with a line to a document.

Knows nothing of what documents mean. One table more than the database has, "ircbot", says which
format this is, up to which commit it reaches, and, as the very last thing, the checksum of
everything before. Stock TinyDB may rewrite the file; the checksum is then gone, and so is the
commit: such a file is taken as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from ircbot.errors import StoreError

FORMAT = 2  # the journal's as well; 1 had no hashes
OWN_TABLE = "ircbot"

Document = dict[str, Any]
Table = dict[str, Document]
Tables = dict[str, Table]

_SEAL_SIZE = len(', "crc": "01234567"}}}\n')
_SEAL = re.compile(rb', "crc": "([0-9a-f]{8})"\}\}\}\n\Z')

_plain = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_ascii = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


def dumps(value: Any) -> str:
    """JSON on one line, readable; half a character (a lone surrogate) only in escaped form."""
    text = _plain.encode(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        return _ascii.encode(value)
    return text


class Damaged(StoreError):
    """A file is not as it was written; trying again does not help."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(f"{path} {what}. `ircbot store check` says what can be saved.")
        self.path = path
        self.what = what


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a TinyDB file holds.

    `tables` is None for a file without any. `sealed` is false if another program wrote the file.
    """

    tables: Tables | None
    commit: int = 0
    format: int = FORMAT
    sealed: bool = True


def write(snapshot: Snapshot) -> bytes:
    """The file for a snapshot."""
    body = "".join(_lines(snapshot)).encode()
    return b'%b, "crc": "%08x"}}}\n' % (body, crc32(body))


def _lines(snapshot: Snapshot) -> Iterator[str]:
    yield "{"
    for name, table in (snapshot.tables or {}).items():
        yield f"{dumps(name)}: {{"
        comma = "\n"
        for key, document in table.items():
            yield f"{comma}{dumps(key)}: {dumps(document)}"
            comma = ",\n"
        yield "\n},\n"
    yield f'"{OWN_TABLE}": {{"1": {{"format": {snapshot.format}, "commit": {snapshot.commit}'


def read(content: bytes, path: str) -> Snapshot:
    """What the bytes of a TinyDB file say. StoreError if it is damaged."""
    if not content:  # stock TinyDB makes an empty file of one that is not there
        return Snapshot(None)
    found = _checked(content)
    if found is None:
        raise Damaged(path, "is damaged")
    if found.format > FORMAT:
        raise StoreError(
            f"{path} has format {found.format}, this ircbot knows up to {FORMAT}. Upgrade ircbot."
        )
    return found


def _checked(content: bytes) -> Snapshot | None:
    """What a file says whose checksum fits, or that has none and is JSON all the same."""
    seal = _SEAL.search(content, max(0, len(content) - _SEAL_SIZE))
    if seal is None and content.endswith(b"}}}\n"):  # ours, and the seal is what is damaged
        return None
    if seal and int(seal[1], 16) != crc32(content[: seal.start()]):
        return None
    try:
        tables = json.loads(content)
        own = tables.pop(OWN_TABLE, {"1": {"format": FORMAT, "commit": 0}})["1"]
        return Snapshot(tables, own["commit"], own["format"], sealed=seal is not None)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
