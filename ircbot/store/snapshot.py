"""The TinyDB file: what stock TinyDB reads and writes, with one document per line.

Knows nothing of what documents mean. An extra table, "ircbot", has the format's number, the last
commit that the file contains, and, at the very end, the checksum of everything before. If stock
TinyDB rewrites the file, checksum and commit number are gone, and the file is accepted as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from zlib import crc32

from ircbot.errors import StoreError
from ircbot.values import dataclass

FORMAT = 3  # the journal's too; 2 had a list of tombstones, 1 no hashes
OWN_TABLE = "ircbot"

Document = dict[str, Any]
Table = dict[str, Document]
Tables = dict[str, Table]

_SEAL_SIZE = len(', "crc": "01234567"}}}\n')
_SEAL = re.compile(rb', "crc": "([0-9a-f]{8})"\}\}\}\n\Z')

_OWN = {"format": FORMAT, "commit": 0}  # for a file that another program wrote
_DOCUMENT = re.compile(r'"(\d+)": (\{.*\}),?')
_BETWEEN = re.compile(r'\{?"\w+": \{|\},|"ircbot": \{"1": \{"format": \d+, "commit": \d+.*\}\}\}|')

_plain = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_ascii = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


def dumps(value: Any) -> str:
    """JSON on one line, not escaped except for lone surrogates."""
    text = _plain.encode(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        return _ascii.encode(value)
    return text


class Damaged(StoreError):
    """A file was changed since it was written; trying again does not help."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(f"{path} {what}. `ircbot store check` says what can be saved.")
        self.path = path
        self.what = what


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The content of a TinyDB file.

    `tables` is None for a file without any. `sealed` is false if another program wrote the file.
    """

    tables: Tables | None
    commit: int = 0
    sealed: bool = True


def write(snapshot: Snapshot) -> bytes:
    """The bytes of the file."""
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
    """StoreError if the format is newer than this version of ircbot."""
    if form > FORMAT:
        raise StoreError(
            f"{path} has format {form}, this ircbot knows up to {FORMAT}. Upgrade ircbot."
        )


def read(content: bytes, path: str) -> Snapshot:
    """Parse a TinyDB file. StoreError if it is damaged."""
    if not content:  # stock TinyDB creates an empty file
        return Snapshot(None)
    seal = _SEAL.search(content, max(0, len(content) - _SEAL_SIZE))
    try:
        tables = json.loads(content)
        own = tables.pop(OWN_TABLE, {"1": _OWN})["1"]
        found = Snapshot(tables, own["commit"], sealed=seal is not None)
        if seal:
            whole = crc32(content[: seal.start()]) == int(seal[1], 16)
        else:  # stock TinyDB writes no final newline; whoever edits a file by hand removes the seal
            whole = not content.endswith(b"}}}\n") or own.keys() == _OWN.keys()
        form = int(own["format"])
    except (ValueError, KeyError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise Damaged(path, "is damaged")
    see_format(path, form)
    return found


def damaged_lines(content: bytes) -> tuple[dict[str, Document], dict[str, int], list[int]]:
    """For a damaged file of ours: the documents that are valid JSON, by id; the line of each; and
    the lines that do not have our form."""
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
