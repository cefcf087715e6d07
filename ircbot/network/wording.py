"""Cuts text into IRC lines: between characters, keeping words and URLs whole if possible.

Pure. Nothing is lost: the pieces joined are the text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from ircbot.network.message import LONGEST_LINE, clean

_JOINER = "\u200d"  # zero-width joiner, which joins emoji


def room_for_text(command: str, target: str, prefix_bytes: int) -> int:
    """Bytes of text that fit on a line, if the server adds a prefix of `prefix_bytes`."""
    around = len(f": {command} {target} :\r\n".encode())
    return max(1, LONGEST_LINE - prefix_bytes - around)


def split(text: str, room: int) -> Iterator[str]:
    """The pieces of a text, each of at most `room` bytes.

    >>> list(split("all is well now", 8))
    ['all is ', 'well now']
    """
    rest = clean(text)
    while len(rest.encode()) > room:
        piece = rest.encode()[:room].decode("utf-8", "ignore")
        cut = _cut(rest, max(1, len(piece)), room)
        yield rest[:cut]
        rest = rest[cut:]
    if rest:
        yield rest


def _cut(text: str, most: int, room: int) -> int:
    """Where to cut `text` within its first `most` characters."""
    if text[most] == " ":
        return most
    word = text.rfind(" ", 0, most) + 1
    end = text.find(" ", most)
    if word and len(text[word : end if end > 0 else None].encode()) <= room:
        return word
    cut = most
    while cut > 1 and most - cut < 16 and _is_combining(text, cut):
        cut -= 1
    return most if _is_combining(text, cut) else cut


def _is_combining(text: str, at: int) -> bool:
    """Whether the character at `at` is combined with the one before it."""
    before, char = text[at - 1], text[at]
    return (
        _JOINER in (before, char)
        or bool(unicodedata.combining(char))
        or "\ufe00" <= char <= "\ufe0f"  # variation selectors
        or "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones
    )
