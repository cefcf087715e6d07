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
from typing import Any
from zlib import crc32

from ircbot.errors import StoreError
from ircbot.values import dataclass

FORMAT = 3  # the journal's as well; 2 had a list of tombstones, 1 no hashes
OWN_TABLE = "ircbot"

Document = dict[str, Any]
Table = dict[str, Document]
Tables = dict[str, Table]

_SEAL_SIZE = len(', "crc": "01234567"}}}\n')
_SEAL = re.compile(rb', "crc": "([0-9a-f]{8})"\}\}\}\n\Z')

_OWN = {"format": FORMAT, "commit": 0}  # of a file that is another program's altogether
_DOCUMENT = re.compile(r'"(\d+)": (\{.*\}),?')
_BETWEEN = re.compile(r'\{?"\w+": \{|\},|"ircbot": \{"1": \{"format": \d+, "commit": \d+.*\}\}\}|')

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
    yield f'"{OWN_TABLE}": {{"1": {{"format": {FORMAT}, "commit": {snapshot.commit}'


def see_format(path: str, form: int) -> None:
    """StoreError for a format that only a newer ircbot knows."""
    if form > FORMAT:
        raise StoreError(
            f"{path} has format {form}, this ircbot knows up to {FORMAT}. Upgrade ircbot."
        )


def read(content: bytes, path: str) -> Snapshot:
    """What the bytes of a TinyDB file say. StoreError if it is damaged."""
    if not content:  # stock TinyDB makes an empty file of one that is not there
        return Snapshot(None)
    seal = _SEAL.search(content, max(0, len(content) - _SEAL_SIZE))
    try:
        tables = json.loads(content)
        own = tables.pop(OWN_TABLE, {"1": _OWN})["1"]
        found = Snapshot(tables, own["commit"], sealed=seal is not None)
        if seal:
            whole = crc32(content[: seal.start()]) == int(seal[1], 16)
        else:  # stock TinyDB ends without a newline; who edits a file by hand takes the seal away
            whole = not content.endswith(b"}}}\n") or own.keys() == _OWN.keys()
        form = int(own["format"])
    except (ValueError, KeyError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise Damaged(path, "is damaged")
    see_format(path, form)
    return found


def damaged_lines(content: bytes) -> tuple[dict[str, Document], dict[str, int], list[int]]:
    """Of a damaged file that we wrote: the documents that are JSON by their ids, the line that
    each stands in, and the lines that are not what we write."""
    documents: dict[str, Document] = {}
    lines: dict[str, int] = {}
    wrong = []
    for number, line in enumerate(content.decode("utf-8", "replace").split("\n"), 1):
        if match := _DOCUMENT.fullmatch(line):
            try:
                documents[match[1]] = json.loads(match[2])
                lines[match[1]] = number
                continue
            except ValueError:
                pass
        elif _BETWEEN.fullmatch(line):
            continue
        wrong.append(number)
    return documents, lines, wrong
