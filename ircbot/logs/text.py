"""A log's bytes as lines of text, in large pieces.

Knows nothing of what a log says. Python's splitlines() is not used, as it also splits at U+2028,
form feeds and other characters that people can put into a message.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from ircbot.decoding import decode

# Large enough to make the cost per piece negligible, small enough to keep memory flat.
_PIECE = 1 << 20
# The first bytes of compressed files, and how to decompress them.
_PACKED: dict[bytes, Callable[[BinaryIO], BinaryIO]] = {
    b"\x1f\x8b": lambda file: cast(BinaryIO, gzip.GzipFile(fileobj=file)),
    b"BZh": lambda file: cast(BinaryIO, bz2.BZ2File(file)),
    b"\xfd7zXZ\x00": lambda file: cast(BinaryIO, lzma.LZMAFile(file)),  # noqa: SIM115 - not ours
}
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # as some programs on Windows write
# A line that mIRC coloured as a whole, which nobody said.
_COLOURED = re.compile(r"\x03\d{1,2}(?:,\d{1,2})?(?=\[)")


class _ByteSource(Protocol):
    def read(self, size: int, /) -> bytes: ...


ReadProgress = Callable[[int], None]  # called with the number of bytes read since the last call


def pieces(path: Path, progress: ReadProgress | None = None) -> Iterator[list[str]]:
    """The lines of a file without newlines, in batches; gzip, bzip2 and xz are decompressed.

    A line longer than a piece is split. UTF-16 is recognised by its byte order mark. Lines may end
    in CR alone. Raises OSError, gzip.BadGzipFile, zlib.error, lzma.LZMAError and EOFError if the
    file cannot be read to its end.
    """
    with path.open("rb") as file:
        begins = file.read(6)
        file.seek(0)
        unpack = next((how for mark, how in _PACKED.items() if begins.startswith(mark)), None)
        unpacked = unpack(file) if unpack is not None else file
        is_wide = unpacked.read(2) in _UTF_16
        unpacked.seek(0)
        source: _ByteSource = unpacked
        if is_wide:
            source = codecs.EncodedFile(unpacked, "utf-8", "utf-16", errors="replace")
        rest = b""
        done = 0
        first, bare = True, False
        while piece := source.read(_PIECE):
            if first:
                bare = b"\r" in piece and b"\n" not in piece
            piece = piece.replace(b"\r", b"\n") if bare else piece
            head, end, tail = piece.rpartition(b"\n")
            if not end:
                head, tail = piece, b""
            head = rest + head
            yield _lines(head, first)
            rest, first = tail, False
            if progress:
                progress(file.tell() - done)
                done = file.tell()
        if rest:
            yield _lines(rest, first)


def _lines(block: bytes, first: bool) -> list[str]:
    try:
        lines = block.decode().split("\n")
    except UnicodeDecodeError:
        lines = [decode(line) for line in block.split(b"\n")]
    if first:
        lines[0] = lines[0].removeprefix("\ufeff")
    if b"\r" in block:  # written on Windows
        lines = [line.removesuffix("\r") for line in lines]
    if b"\x03" in block:
        lines = [_COLOURED.sub("", line, count=1) if line[:1] == "\x03" else line for line in lines]
    return lines
