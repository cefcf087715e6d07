"""The file that commits are appended to: one line each, with a checksum, durable on return.

Knows nothing of tables or entries: a commit is a number and a JSON text. Space is filled with empty
lines in advance, because a disk overwrites an existing block faster than it allocates a new one,
and `grep` still takes the file for text.

    CHECKSUM {"journal":1,"after":17}
    CHECKSUM 18 {"_default":{"13":{…}}}
    CHECKSUM 19 {"_default":{"14":{…},"15":{…}}}

`after` is the last commit that the TinyDB file contained when the journal was begun. Commits are
numbered without gaps, so a missing one is noticed, and one that the TinyDB file already contains is
not applied again.
"""

from __future__ import annotations

import contextlib
import errno
import json
from zlib import crc32

from ircbot.store.disk import REMOVED, Disk, cannot, read_all, replace_file, trying
from ircbot.store.snapshot import FORMAT, Damaged, see_format
from ircbot.values import dataclass

SMALLEST = 1 << 15  # bytes allocated for a new journal; it grows by doubling
LARGEST_STEP = 1 << 20  # bytes; the most that is allocated at a time


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit as it stands in the file."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What a journal contains. `end` is where the next commit goes; `torn` are the bytes after
    it."""

    after: int
    commits: tuple[Commit, ...]
    end: int
    torn: bytes

    @property
    def last(self) -> int:
        """The number of the last commit, even if that is no longer in the journal."""
        return self.commits[-1].number if self.commits else self.after


def line(body: bytes) -> bytes:
    """One line of a journal.

    >>> line(b"18 {}")
    b'b5ce5d39 18 {}\\n'
    """
    return b"%08x %b\n" % (crc32(body), body)


def body_of(text: bytes) -> bytes | None:
    """The body of a line without its newline, None if the checksum does not match.

    >>> body_of(b"b5ce5d39 18 {}")
    b'18 {}'
    >>> body_of(b"b5ce5d39 19 {}")
    """
    body = text[9:]
    return body if len(body) > 0 and text[:9] == b"%08x " % crc32(body) else None


def read(content: bytes, path: str) -> Contents | None:
    """Parse the bytes of a journal; None if they cannot be one.

    Damage after the last commit is `torn`: its writer died while writing. StoreError, with the
    place, for damage before that.
    """
    end = content.find(b"\n")
    body = body_of(content[:end]) if end > 0 else None
    if body is None:
        if _holds_commits(content):
            raise _damaged(path, 0, "its first line")
        return None
    header = json.loads(body)
    see_format(path, header["journal"])
    return _commits(content, end + 1, header["after"], path)


def _commits(content: bytes, start: int, after: int, path: str, skipped: int = 0) -> Contents:
    """Parse the commits from `start`; `skipped` bytes of the file precede `content`."""
    commits: list[Commit] = []
    number = after
    while start < len(content):
        end = content.find(b"\n", start)
        if end == start:
            break
        body = body_of(content[start:end]) if end > 0 else None
        if body is None or not body.startswith(b"%d " % (number + 1)):
            break
        number += 1
        commits.append(Commit(number, body[body.find(b" ") + 1 :].decode()))
        start = end + 1
    torn = content[start:]
    if _holds_commits(torn):
        raise _damaged(path, skipped + start, f"commit {number + 1}")
    return Contents(after, tuple(commits), skipped + start, torn.rstrip(b"\n\0"))


def _holds_commits(content: bytes) -> bool:
    """Whether there are complete lines; one without its newline was never finished."""
    used = content[: len(content.rstrip(b"\n")) + 1]
    return any(body_of(text) is not None for text in used.split(b"\n")[:-1])


def _damaged(path: str, at: int, what: str) -> Damaged:
    return Damaged(path, f"is damaged at byte {at} ({what}), and there are commits after it")


Mark = tuple[int, int]
"""A place in the journal to return to: the last commit, and where it ends."""


class JournalFile:
    """An open journal, for a writer.

    Its commits are `durable` once they are appended, or else after `sync`. Of others any part may
    be missing when the machine has stopped, also one that others follow, which reads as damage.
    After an error the journal is `doubtful`: nothing is assumed about the file until `recover` has
    read it.
    """

    def __init__(self, disk: Disk, path: str, contents: Contents, *, durable: bool = True) -> None:
        self._disk = disk
        self._open = disk.open_through if durable else disk.open
        self._write = disk.write_through if durable else disk.write
        self.path = path
        self.last = contents.last
        self.doubtful = False
        self.spilt = False  # what follows our commits could not be blanked out
        self._end = contents.end
        self._dirty = contents.end + len(contents.torn)  # leftovers end here
        with trying("open", path):
            self._handle = self._open(path)
            self._size = disk.size(self._handle)

    @classmethod
    def begin(cls, disk: Disk, path: str, after: int, *, durable: bool = True) -> JournalFile:
        """Create a journal, replacing any old one."""
        header = line(json.dumps({"journal": FORMAT, "after": after}).encode())
        with trying("write", path):
            replace_file(disk, path, header.ljust(SMALLEST, b"\n"))
        return cls(disk, path, Contents(after, (), len(header), b""), durable=durable)

    @property
    def removed(self) -> bool:
        """Whether another process removed or replaced the file."""
        return self._disk.size(self._handle) == REMOVED

    @property
    def mark(self) -> Mark:
        """The current position, for `take_back`."""
        return self.last, self._end

    def append(self, text: str) -> None:
        """Append a commit. After a StoreError it does not count."""
        content = line(b"%d %b" % (self.last + 1, text.encode()))
        needed = len(content)
        end = self._end + needed
        if end > self._size or end < self._dirty:
            content = content.ljust(self._reach(end) - self._end, b"\n")
        try:
            self._put(content, needed)
        except OSError as error:
            self._dirty = max(self._dirty, end)
            self._doubt()
            raise cannot("write", self.path, error) from error
        self._end = self._dirty = end
        self.last += 1

    def sync(self) -> None:
        """Have all commits on disk for certain."""
        with trying("write", self.path):
            self._disk.sync(self._handle)

    def take_back(self, mark: Mark) -> None:
        """Undo the commits since `mark`, because a write they belong to failed elsewhere."""
        self.last, self._end = mark
        self._doubt()

    def new_commits(self) -> tuple[Commit, ...]:
        """The commits that other processes appended since our last read or write."""
        with trying("read", self.path):
            if self._disk.read(self._handle, 1, self._end) in (b"\n", b""):
                return ()
            content = read_all(self._disk, self._handle, self._end)
        found = _commits(content, 0, self.last, self.path, self._end)
        self.last, self._end = found.last, found.end
        self._dirty = max(self._dirty, found.end + len(found.torn))
        return found.commits

    def cut(self) -> None:
        """Blank out everything after the commits."""
        with trying("write", self.path):
            self._blank()
        self._dirty = self._end

    def recover(self) -> bool:
        """Reopen the file; returns whether it contains our commits and nothing else. StoreError if
        the disk still refuses.

        After a failed sync, a system may mark pages as clean that never reached the disk. Therefore
        everything after our commits is written again, which also rewrites the commits on the same
        pages, and the page cache is dropped before the file is read.
        """
        with trying("write", self.path):
            handle = self._open(self.path)
            self._disk.close(self._handle)
            self._handle = handle
            self._size = self._disk.size(handle)
            self._dirty = max(self._dirty, self._end + 1)
            self._blank()
            self._disk.forget(handle)
            found = read(read_all(self._disk, handle), self.path)
        if found is None or found.torn:
            return False
        if (found.last, found.end) != (self.last, self._end):
            return False
        self._dirty = self._end
        self.doubtful = self.spilt = False
        return True

    def close(self) -> None:
        """Close the file."""
        self._disk.close(self._handle)

    def _reach(self, end: int) -> int:
        """The offset to write up to for a commit that ends at `end`: it covers everything that must
        not stay, and preallocates beyond the end of the file."""
        if end <= self._size:
            return max(end, self._dirty)
        return end + min(max(self._size, SMALLEST), LARGEST_STEP)

    def _put(self, content: bytes, needed: int) -> None:
        """Write after the commits. Only the first `needed` bytes must be written."""
        done = 0
        while done < needed:
            written = self._write(self._handle, content[done:], self._end + done)
            if not written:
                raise OSError(errno.EIO, "nothing was written")
            done += written
        self._size = max(self._size, self._end + done)

    def _doubt(self) -> None:
        """Mark the journal as doubtful, and blank out what follows the commits if the disk allows
        it."""
        self.doubtful = self.spilt = True
        with contextlib.suppress(OSError):
            self._blank()
            self.spilt = False

    def _blank(self) -> None:
        size = self._dirty - self._end
        self._put(b"\n" * size, size)
