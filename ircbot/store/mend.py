"""One flipped bit, found by a CRC-32 and put right.

Knows nothing of files. A CRC is linear: by how much it is off depends on which bit was flipped
and how far that is from the end, not on the rest; so the bit can be looked up by stepping
backwards. Two single bits less than 2³¹ apart never look alike, and two flipped bits never look
like one within 11 kB, far beyond an ordinary line.
"""

from __future__ import annotations

from zlib import crc32

_POLYNOMIAL = 0xEDB88320  # of zlib's CRC-32, the lowest bit first
LARGEST = 1 << 20  # bytes that are searched; a step is some 50 ns, eight to a byte


def flipped_bit(content: bytes, checksum: int) -> bytes | None:
    """The content with the one bit put back that makes its checksum wrong, None if it is not one.

    >>> flipped_bit(b"resolved at q7:00", crc32(b"resolved at 17:00"))
    b'resolved at 17:00'
    """
    off = crc32(content) ^ checksum
    step = _POLYNOMIAL  # how far off the last bit of the last byte leaves it
    for position in range(len(content) - 1, max(-1, len(content) - 1 - LARGEST), -1):
        for bit in (0x80, 0x40, 0x20, 0x10, 0x08, 0x04, 0x02, 0x01):
            if step == off:
                return _with(content, position, content[position] ^ bit)
            step = (step >> 1) ^ _POLYNOMIAL if step & 1 else step >> 1
    return None


def one_bit_apart(one: bytes, other: bytes) -> bool:
    """Whether two texts of one length differ in a single bit.

    >>> one_bit_apart(b"abc", b"abb"), one_bit_apart(b"abc", b"abc"), one_bit_apart(b"a", b"ab")
    (True, False, False)
    """
    if len(one) != len(other):
        return False
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count() == 1


def _with(content: bytes, position: int, byte: int) -> bytes:
    return content[:position] + bytes((byte,)) + content[position + 1 :]


def mended_line(content: bytes, start: int) -> tuple[bytes, int] | None:
    """The body of the checksummed line that begins at `start` once one bit in it is put right,
    and where the next line begins. None if no single bit does it.

    The bit may be in the checksum, in the body, or may have made a line's end of something else,
    or something else of the line's end.
    """
    end = content.find(b"\n", start)
    end = len(content) if end < 0 else end
    whole = content[start:end]
    body = whole[9:]
    if body and one_bit_apart(whole[:9], b"%08x " % crc32(body)):
        return body, end + 1
    candidates = [(whole, end + 1)]
    further = content.find(b"\n", end + 1)
    if further > end + 1:  # the line's end may not be one
        candidates.append((content[start:further], further + 1))
    for text, after in candidates:
        checksum = _checksum(text)
        mended = None if checksum is None else flipped_bit(text[9:], checksum)
        if mended is not None:
            return mended, after
    for at in range(start + 10, end):  # the line's end may have become something else
        if (content[at] ^ 0x0A).bit_count() == 1 and _checksum(content[start:at]) == crc32(
            content[start + 9 : at]
        ):
            return content[start + 9 : at], at + 1
    return None


def _checksum(line: bytes) -> int | None:
    """What a line says its checksum is."""
    try:
        return int(line[:8], 16) if line[8:9] == b" " else None
    except ValueError:
        return None
