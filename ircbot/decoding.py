"""Bytes that people's clients wrote, as text. IRC names no encoding: it is UTF-8 nearly always.

The one place for it, for what comes from a socket, a log or standard input.
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
    """One line as text: UTF-8 as far as it goes, and what is none as old clients wrote it.

    Of a character that was cut where the line was cut nothing is kept, of the line all the rest.

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
