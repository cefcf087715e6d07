"""The file operations that the store needs, and the few ways in which it writes files.

Knows nothing of what the files contain. Every file operation of the store goes through `Disk`, so
that tests can make it misbehave. Three rules hold for every write:

- A file is replaced by a complete, synced new one, or stays as it is. The content of the old file
  is overwritten afterwards, never before, and only if no other name leads to it.
- Nothing is written through a symbolic link, or to a file that has a second name (a hard link):
  `own_file` first puts a copy in its place.
- A failed write never counts as done.
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
    """Identifies one version of a file."""

    inode: int
    size: int
    changed_ns: int  # mtime
    ours: bool = field(default=True, compare=False)  # a regular file with no second name


class Disk:
    """The operating system's files. Writes may be short or fail, and are not durable until
    synced."""

    def open(self, path: str, *, create: bool = False, write: bool = True) -> int:
        """Open a file and return its handle. FileNotFoundError if it is missing and `create` is
        false; OSError (ELOOP) if it is a symbolic link and `write` is true."""
        flags = os.O_RDWR | os.O_NOFOLLOW if write else os.O_RDONLY
        return os.open(path, flags | (os.O_CREAT if create else 0), 0o600)

    def open_through(self, path: str) -> int:
        """A handle for `write_through`."""
        # One system call instead of two per commit, and it flushes less than fdatasync.
        return os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_DSYNC)

    def close(self, handle: int) -> None:
        """Close a handle."""
        os.close(handle)

    def read(self, handle: int, size: int, offset: int) -> bytes:
        """At most `size` bytes from `offset`; b"" at the end."""
        return os.pread(handle, size, offset)

    def write(self, handle: int, content: bytes, offset: int) -> int:
        """Write and return the number of bytes written. They are not durable before `sync`."""
        return os.pwrite(handle, content, offset)

    def write_through(self, handle: int, content: bytes, offset: int) -> int:
        """Write and return the number of bytes written; those are durable."""
        return os.pwrite(handle, content, offset)

    def sync(self, handle: int) -> None:
        """Return once everything written to this file, through any handle, is durable."""
        os.fsync(handle)

    def forget(self, handle: int) -> None:
        """Drop the file from the page cache, so that the next read asks the device."""
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)

    def size(self, handle: int) -> int:
        """The size of the file behind a handle, REMOVED if the file was removed or replaced."""
        found = os.fstat(handle)
        return found.st_size if found.st_nlink else REMOVED

    def allocated(self, handle: int) -> int:
        """The size of the file behind a handle, even if the file was removed."""
        return os.fstat(handle).st_size

    def look(self, path: str) -> FileStat | None:
        """The file at a path, None if there is none. A symbolic link counts as a file itself."""
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            return None
        ours = stat.S_ISREG(found.st_mode) and found.st_nlink == 1
        return FileStat(found.st_ino, found.st_size, found.st_mtime_ns, ours)

    def names(self, folder: str) -> list[str]:
        """The names in a folder, unordered. FileNotFoundError if the folder is missing."""
        return os.listdir(folder)

    def states(self, folder: str, names: Iterable[str]) -> Iterator[tuple[str, int, int, int]]:
        """Name, inode, size and ctime in nanoseconds of each of these files that exists. Unlike
        mtime, nobody can set ctime back."""
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
        """Create a folder and its parents, mode 0700. No error if it exists."""
        os.makedirs(path, mode=0o700, exist_ok=True)

    def rename(self, old: str, new: str) -> None:
        """Rename a file, replacing any file of the new name. Not durable before `sync_folder`."""
        os.rename(old, new)

    def remove(self, path: str) -> None:
        """Remove a file. No error if it is missing."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)

    def sync_folder(self, path: str) -> None:
        """Return once the names in a folder are durable."""
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def lock(self, handle: int, *, wait: bool = True) -> bool:
        """Lock the file. False if another process holds the lock and `wait` is false."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def unlock(self, handle: int) -> None:
        """Unlock the file. The system unlocks it too when the process ends."""
        fcntl.flock(handle, fcntl.LOCK_UN)


REAL_DISK = Disk()


@contextlib.contextmanager
def opened(disk: Disk, path: str, *, create: bool = False, write: bool = True) -> Iterator[int]:
    """Open a file for the length of a block."""
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
    """Write all of `content`, however short the disk's writes are. Not durable before `sync`."""
    while content:
        done = disk.write(handle, content, offset)
        content, offset = content[done:], offset + done


def add_lines(disk: Disk, path: str, lines: bytes) -> None:
    """Append whole lines to a file, which is created if missing. A torn last line stays on its
    own."""
    own_file(disk, path)
    with opened(disk, path, create=True) as handle:
        size = disk.size(handle)
        torn = size and disk.read(handle, 1, size - 1) != b"\n"
        write_all(disk, handle, b"\n" + lines if torn else lines, size)
        disk.sync(handle)


def replace_file(disk: Disk, path: str, content: bytes, *, shred: bool = False) -> bool:
    """Replace a file atomically: at any moment, and after any crash, the old or the new one is
    there.

    `shred` then overwrites the old content, which would otherwise stay on the device until the
    space is reused. Returns False if the old file has another name, and is therefore left alone.
    """
    if not shred:
        _replace_file(disk, path, content)
        return True
    with _to_be_shredded(disk, path) as old:
        _replace_file(disk, path, content)
        return _overwritten(disk, old)


def _replace_file(disk: Disk, path: str, content: bytes) -> None:
    new = f"{path}.new"
    disk.remove(new)  # left by a process that died here
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
    """The error for an operation that the disk refused."""
    advice = _ADVICE.get(error.errno or 0, "")
    return StoreError(f"cannot {what} {path}: {error.strerror or error}.{advice}")


def shred_file(disk: Disk, path: str) -> bool:
    """Remove a file and overwrite its content. Returns False if the file has another name, and is
    therefore left alone. No error if it is missing."""
    with _to_be_shredded(disk, path) as old:
        if old is not None:
            disk.remove(path)
            disk.sync_folder(os.path.dirname(path))
        return _overwritten(disk, old)


def another_name(path: str) -> str:
    """The warning that a file could not be overwritten because another name leads to it."""
    return f"another name of what was {path}"


_LINK = -1  # in place of the handle of a symbolic link


@contextlib.contextmanager
def _to_be_shredded(disk: Disk, path: str) -> Iterator[int | None]:
    """Open a file to be shredded; None if there is none. A symbolic link's target is not ours."""
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
    """Overwrite a file that was unlinked. Returns whether nothing of it is left."""
    if old is None:
        return True
    if old == _LINK or disk.size(old) != REMOVED:
        return False
    write_all(disk, old, bytes(disk.allocated(old)))
    disk.sync(old)
    return True


def own_file(disk: Disk, path: str) -> bool:
    """Replace a link by a copy, so that writing to the path changes no other file. Returns whether
    the file had no other name."""
    found = disk.look(path)
    if found is None or found.ours:
        return True
    replace_file(disk, path, read_file(disk, path) or b"")
    return False


def free_name(disk: Disk, path: str) -> str:
    """The path itself, or with the lowest number that makes it unused: no file is overwritten."""
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
    """Turn an OSError in the block into a StoreError."""
    try:
        yield
    except OSError as error:
        raise cannot(what, path, error) from error
