"""Makes lines safe to send: no text may end a line, or begin another parameter.

Must not know what any command means.
"""

from __future__ import annotations

import re

LONGEST_LINE = 512  # bytes with CR LF, tags not counted (RFC 2812 §2.3)

_WORD = re.compile(r"[^: \r\n\0][^ \r\n\0]*")
_FORBIDDEN = str.maketrans("\r\n\0", "   ")


def is_word(param: str) -> bool:
    """Whether a text can be a middle parameter."""
    return _WORD.fullmatch(param) is not None


def clean(text: str) -> str:
    """`text` without characters that end a line, and encodable."""
    return text.translate(_FORBIDDEN).encode("utf-8", "replace").decode("utf-8")


def encode(line: str) -> bytes:
    """A line as bytes, cut at a character boundary to the length that servers accept.

    ngIRCd closes the connection on a longer line; the others cut it in mid-character.
    """
    tags, blank, rest = line.partition(" ") if line.startswith("@") else ("", "", line)
    body = clean(rest).encode()
    if len(body) > LONGEST_LINE - 2:
        body = body[: LONGEST_LINE - 2].decode("utf-8", "ignore").encode()
    return (tags + blank).encode() + body + b"\r\n"
