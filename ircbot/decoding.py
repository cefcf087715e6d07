"""Decodes what people's clients wrote. IRC names no encoding; nearly everything is UTF-8.

The one place that does it, for sockets, logs and standard input.
"""

from __future__ import annotations

import re

_CUT_AT = 490  # bytes; 510, less what a server takes off
# The beginning of a character whose rest is missing, and what may stand behind a text that was
# cut: a quit's reason is in brackets in most logs. (Bytes that are no UTF-8, as surrogateescape
# gives them.)
_CUT = re.compile("([\udcc2-\udcf4][\udc80-\udcbf]*)(?=[)\\]\"'\\s]*\\Z)")
# Windows-1252, as old clients wrote it. Five bytes mean nothing there; Latin-1 keeps them apart.
_OLD = {
    0xDC00 + byte: bytes([byte]).decode("latin-1" if byte in b"\x81\x8d\x8f\x90\x9d" else "cp1252")
    for byte in range(0x80, 0x100)
}


def decode(line: bytes) -> str:
    """One line as text: UTF-8 where it is valid, Windows-1252 for all other bytes.

    A character that was cut off at the end of the line is dropped; the rest of the line is kept.

    >>> decode("fäl".encode()), decode("fäl".encode("latin-1")), decode("fäölä".encode()[:-1])
    ('fäl', 'fäl', 'fäöl')
    """
    text = line.decode("utf-8", "surrogateescape")
    if text.isascii() or not (odd := _CUT.search(text)):
        return text.translate(_OLD)
    # "café" in Latin-1 ends like UTF-8 that was cut, so there must be something to show that it
    # was: more than one byte of the cut character, other characters of UTF-8, or the length at
    # which servers cut.
    others = not line.decode("utf-8", "ignore").isascii()
    if len(odd[1]) > 1 or others or len(line) >= _CUT_AT:
        text = text[: odd.start()] + text[odd.end() :]
    return text.translate(_OLD)
