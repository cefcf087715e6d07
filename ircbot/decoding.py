"""Decode what people's clients sent. IRC defines no encoding; nearly everything is UTF-8.

Used for sockets, logs and standard input alike.
"""

from __future__ import annotations

import re

_CUT_AT = 490  # bytes; 510, less the prefix that a server adds
# The start of a character that was cut off, and what may follow a truncated text: most logs put a
# quit's reason in brackets. (Bytes that are not UTF-8, as surrogateescape returns them.)
_CUT = re.compile("([\udcc2-\udcf4][\udc80-\udcbf]*)(?=[)\\]\"'\\s]*\\Z)")
# Windows-1252, as old clients sent it. Its five undefined bytes are read as Latin-1.
_OLD = {
    0xDC00 + byte: bytes([byte]).decode("latin-1" if byte in b"\x81\x8d\x8f\x90\x9d" else "cp1252")
    for byte in range(0x80, 0x100)
}


def decode(line: bytes) -> str:
    """Decode one line: UTF-8 where it is valid, Windows-1252 for all other bytes.

    A character that was cut off at the end of the line is dropped; the rest is kept.

    >>> decode("fäl".encode()), decode("fäl".encode("latin-1")), decode("fäölä".encode()[:-1])
    ('fäl', 'fäl', 'fäöl')
    """
    text = line.decode("utf-8", "surrogateescape")
    if text.isascii() or not (odd := _CUT.search(text)):
        return text.translate(_OLD)
    # "café" in Latin-1 ends like truncated UTF-8, so there must be another sign of UTF-8: more than
    # one byte of the cut character, other valid characters, or the length at which servers cut.
    others = not line.decode("utf-8", "ignore").isascii()
    if len(odd[1]) > 1 or others or len(line) >= _CUT_AT:
        text = text[: odd.start()] + text[odd.end() :]
    return text.translate(_OLD)
