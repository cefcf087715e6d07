"""What we ask of a file system, and the few ways we write files with it.

Knows nothing of what is in the files. `Disk` is the seam for disks that misbehave: everything
the store does to a file goes through it. Three rules hold for every write:

- A file is replaced by a whole and synced new one, or stays as it is. What the old one held is
  overwritten afterwards, never before, and only where no other name leads to it.
- Nothing is written through a symbolic link, or to a file that has a second name (a hard link):
  `own_file` puts a copy in its place first.
- A failed write is never taken for done.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import field

from ircbot.errors import StoreError
from ircbot.values import dataclass

REMOVED = -1


@dataclass(frozen=True, slots=True)
class FileStat:
    """What tells one state of a file from another."""

    inode: int
    size: int
    changed_ns: int  # mtime
    ours: bool = field(default=True, compare=False)  # an ordinary file with no other name


class Disk:
    """The operating system's files. Writes fall short, fail, and are not safe until synced."""

    def open(self, path: str, *, create: bool = False, write: bool = True) -> int:
        """A file's handle. FileNotFoundError if it is not there and `create` is false; OSError
        (ELOOP) for a symbolic link that is to be written to."""
        flags = os.O_RDWR | os.O_NOFOLLOW if write else os.O_RDONLY
        return os.open(path, flags | (os.O_CREAT if create else 0), 0o600)

    def open_through(self, path: str) -> int:
        """A handle for `write_through`."""
        # One call instead of two for each commit, and it flushes less than fdatasync.
        return os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_DSYNC)

    def close(self, handle: int) -> None:
        """Let go of a handle."""
        os.close(handle)

    def read(self, handle: int, size: int, offset: int) -> bytes:
        """At most `size` bytes from `offset`; b"" at the end."""
        return os.pread(handle, size, offset)

    def write(self, handle: int, content: bytes, offset: int) -> int:
        """How many of the bytes were written. They are not safe before `sync`."""
        return os.pwrite(handle, content, offset)

    def write_through(self, handle: int, content: bytes, offset: int) -> int:
        """How many of the bytes were written and are safe."""
        return os.pwrite(handle, content, offset)

    def sync(self, handle: int) -> None:
        """Return once everything written through any handle of this file is safe."""
        os.fsync(handle)

    def forget(self, handle: int) -> None:
        """Drop what is cached of a file, so that the next read asks the device."""
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)

    def size(self, handle: int) -> int:
        """The size of the file behind a handle, REMOVED if it was removed or replaced."""
        found = os.fstat(handle)
        return found.st_size if found.st_nlink else REMOVED

    def allocated(self, handle: int) -> int:
        """The size of the file behind a handle, also if it was removed."""
        return os.fstat(handle).st_size

    def look(self, path: str) -> FileStat | None:
        """The file at a path, None if there is none. A symbolic link is itself a file."""
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            return None
        ours = stat.S_ISREG(found.st_mode) and found.st_nlink == 1
        return FileStat(found.st_ino, found.st_size, found.st_mtime_ns, ours)

    def names(self, folder: str) -> list[str]:
        """The names in a folder, in no order. FileNotFoundError if it is not there."""
        return os.listdir(folder)

    def states(self, folder: str, names: Iterable[str]) -> Iterator[tuple[str, int, int, int]]:
        """Of those of some files in a folder that are there: name, inode, size, and when it last
        changed in any way (ctime, which nobody can set back), in nanoseconds."""
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            return
        try:
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    found = os.stat(name, dir_fd=handle, follow_symlinks=False)
                    yield name, found.st_ino, found.st_size, found.st_ctime_ns
        finally:
            os.close(handle)

    def create_folder(self, path: str) -> None:
        """Make a folder and its parents, readable to its owner alone. No error if it is there."""
        os.makedirs(path, mode=0o700, exist_ok=True)

    def rename(self, old: str, new: str) -> None:
        """Give a file another name, replacing what has it. Not safe before `sync_folder`."""
        os.rename(old, new)

    def remove(self, path: str) -> None:
        """Remove a file. No error if it is not there."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)

    def sync_folder(self, path: str) -> None:
        """Return once the names in a folder are safe."""
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def lock(self, handle: int, *, wait: bool = True) -> bool:
        """Take the file's lock. False if another process has it and `wait` is false."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def unlock(self, handle: int) -> None:
        """Give the file's lock back. A process that ends gives back all of its own."""
        fcntl.flock(handle, fcntl.LOCK_UN)


REAL_DISK = Disk()


@contextlib.contextmanager
def opened(disk: Disk, path: str, *, create: bool = False, write: bool = True) -> Iterator[int]:
    """A file's handle for the length of a block."""
    handle = disk.open(path, create=create, write=write)
    try:
        yield handle
    finally:
        disk.close(handle)


def read_all(disk: Disk, handle: int, offset: int = 0) -> bytes:
    """Everything in a file from `offset`."""
    parts = []
    while part := disk.read(handle, 1 << 24, offset):
        parts.append(part)
        offset += len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def read_file(disk: Disk, path: str) -> bytes | None:
    """Everything in the file at a path, None if there is none."""
    try:
        with opened(disk, path, write=False) as handle:
            return read_all(disk, handle)
    except FileNotFoundError:
        return None


def write_all(disk: Disk, handle: int, content: bytes, offset: int = 0) -> None:
    """Write all of it, however short the disk's writes are. Not safe before `sync`."""
    while content:
        done = disk.write(handle, content, offset)
        content, offset = content[done:], offset + done


def add_lines(disk: Disk, path: str, lines: bytes) -> None:
    """Add whole lines to a file, whether or not it is there. One that was torn stays alone."""
    own_file(disk, path)
    with opened(disk, path, create=True) as handle:
        size = disk.size(handle)
        torn = size and disk.read(handle, 1, size - 1) != b"\n"
        write_all(disk, handle, b"\n" + lines if torn else lines, size)
        disk.sync(handle)


def replace_file(disk: Disk, path: str, content: bytes, *, shred: bool = False) -> bool:
    """Put a new file in place of an old one: whoever looks, and whenever we die, sees one of them.

    `shred` then overwrites the old one, whose content would otherwise stay on the device until
    something else needs the room. False if another name leads to it: then it is left alone.
    """
    if not shred:
        _replace_file(disk, path, content)
        return True
    with _to_be_shredded(disk, path) as old:
        _replace_file(disk, path, content)
        return _overwritten(disk, old)


def _replace_file(disk: Disk, path: str, content: bytes) -> None:
    new = f"{path}.new"
    disk.remove(new)  # left by somebody who died here
    try:
        with opened(disk, new, create=True) as handle:
            write_all(disk, handle, content)
            disk.sync(handle)
        disk.rename(new, path)
    except OSError:
        with contextlib.suppress(OSError):
            disk.remove(new)
        raise
    disk.sync_folder(os.path.dirname(path))


def cannot(what: str, path: str, error: OSError) -> StoreError:
    """The sentence for an operation that the disk refused."""
    advice = _ADVICE.get(error.errno or 0, "")
    return StoreError(f"cannot {what} {path}: {error.strerror or error}.{advice}")


def shred_file(disk: Disk, path: str) -> bool:
    """Remove a file and overwrite what it held. False if another name leads to it: then that is
    left alone. No error if it is not there.
    """
    with _to_be_shredded(disk, path) as old:
        if old is not None:
            disk.remove(path)
            disk.sync_folder(os.path.dirname(path))
        return _overwritten(disk, old)


def another_name(path: str) -> str:
    """What to say of a file that could not be overwritten since another name leads to it."""
    return f"another name of what was {path}"


_LINK = -1  # in place of the handle of a symbolic link


@contextlib.contextmanager
def _to_be_shredded(disk: Disk, path: str) -> Iterator[int | None]:
    """The file's handle, None if there is none. A link's target is not ours."""
    try:
        handle = disk.open(path)
    except FileNotFoundError:
        yield None if disk.look(path) is None else _LINK
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        yield _LINK
    else:
        try:
            yield handle
        finally:
            disk.close(handle)


def _overwritten(disk: Disk, old: int | None) -> bool:
    """Overwrite a file that has no name any more; whether nothing of it is left."""
    if old is None:
        return True
    if old == _LINK or disk.size(old) != REMOVED:
        return False
    write_all(disk, old, bytes(disk.allocated(old)))
    disk.sync(old)
    return True


def own_file(disk: Disk, path: str) -> bool:
    """See that what is written to a file changes no other: put a copy in place of a link. Whether
    it was ours alone."""
    found = disk.look(path)
    if found is None or found.ours:
        return True
    replace_file(disk, path, read_file(disk, path) or b"")
    return False


def free_name(disk: Disk, path: str) -> str:
    """The path, or with the first number that is free: what was put aside stays."""
    number, free = 1, path
    while disk.look(free) is not None:
        number += 1
        free = f"{path}{number}"
    return free


_ADVICE = {
    errno.ENOSPC: " Make room on that disk.",
    errno.EDQUOT: " Make room, or raise the quota.",
    errno.EROFS: " Mount the file system for writing.",
    errno.EACCES: " Give the user who runs ircbot the right to.",
    errno.EPERM: " Give the user who runs ircbot the right to.",
    errno.ELOOP: " It is a symbolic link, and the store does not write through those.",
    errno.EIO: " The disk fails; look at the system's log.",
}


@contextlib.contextmanager
def trying(what: str, path: str) -> Iterator[None]:
    """Make a StoreError of what the disk refuses in a block."""
    try:
        yield
    except OSError as error:
        raise cannot(what, path, error) from error
