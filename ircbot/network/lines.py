"""Joins bytes to lines of text."""

from __future__ import annotations

import logging
import re

from ircbot.decoding import decode

log = logging.getLogger("ircbot.network")

# 8,191 bytes of tags from the server, as many from clients, and the message (message-tags).
_LONGEST_LINE = 8_191 + 4_094 + 512 + 64
_ENDS = re.compile(r"\r+(?=\n)")


class LineBuffer:
    """Joins bytes to lines. A line that gets too long without an end is dropped.

    >>> buffer = LineBuffer()
    >>> buffer.feed(b"PING :a\\r\\nPI"), buffer.feed(b"NG b\\n")
    (['PING :a'], ['PING b'])
    """

    def __init__(self) -> None:
        self._rest = b""
        self._skipping = False

    def feed(self, data: bytes) -> list[str]:
        """The lines that `data` completes, decoded."""
        if self._rest:
            data = self._rest + data
        end = data.rfind(b"\n") + 1
        self._rest = data[end:]
        lines = _decoded(data[:end]) if end else []
        if self._skipping and end:
            self._skipping = False
            lines = lines[1:]
        if len(self._rest) > _LONGEST_LINE:
            self._rest = b""
            if not self._skipping:
                log.warning("a line of more than %d bytes was dropped", _LONGEST_LINE)
            self._skipping = True
        return lines


def _decoded(data: bytes) -> list[str]:
    if b"\0" in data:
        data = data.replace(b"\0", b"")
    data = data.replace(b"\r\n", b"\n")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\n".join(map(decode, data.split(b"\n")))
    if "\r" in text:
        # Within a line it becomes a blank: if it ended the line, anybody could forge lines of a
        # server that lets it pass.
        text = _ENDS.sub("", text).replace("\r", " ")
    lines = text.split("\n")
    lines.pop()
    return lines
