"""Disks that misbehave: one in memory that loses power and refuses, one that is real and slips.

Fakes, not mocks: they keep files, and differ from the real thing only in when they fail.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random

from ircbot.store.disk import REMOVED, Disk, FileStat

SECTOR, PAGE = 512, 4096


@dataclass
class Inode:
    """A file: what programs see, what the device has, and what is on its way there."""

    number: int
    seen: bytearray = field(default_factory=bytearray)
    safe: bytearray = field(default_factory=bytearray)
    dirty: set[int] = field(default_factory=set)  # pages that differ and are known to
    links: int = 0
    changed: int = 0


def _put(content: bytearray, offset: int, new: bytes) -> None:
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(new)] = new


def _pages(offset: int, size: int) -> range:
    return range(offset // PAGE, (offset + size - 1) // PAGE + 1)


class MemoryDisk(Disk):
    """A file system in memory.

    `trouble(operation, path)` is asked before each operation and may raise. `short(size)` says how
    much of a write goes through. After `lose_power` only what was synced is there for certain.
    """

    def __init__(self) -> None:
        self.trouble: Callable[[str, str], None] = lambda operation, path: None
        self.short: Callable[[int], int] = lambda size: size
        self.operations = 0
        self._names: dict[str, Inode] = {}
        self._safe_names: dict[str, Inode] = {}
        self._renames: list[tuple[str, dict[str, Inode | None]]] = []
        self._folders: set[str] = set()
        self._handles: dict[int, tuple[str, Inode]] = {}
        self._locks: dict[int, int] = {}  # inode → handle
        self._next = 100
        self._clock = 0

    # --- what happens to it ----------------------------------------------------------------

    def die(self) -> None:
        """The process is gone: its handles and locks are, what the system cached is not."""
        self._handles.clear()
        self._locks.clear()
        self.trouble = lambda operation, path: None
        self.short = lambda size: size

    def lose_power(self, random: Random) -> None:
        """The machine stops: of what was not synced, any part may have reached the device."""
        self.die()
        for _, change in self._renames[: random.randint(0, len(self._renames))]:
            self._change(self._safe_names, change)
        self._renames.clear()
        inodes = {i.number: i for i in (*self._names.values(), *self._safe_names.values())}
        for inode in inodes.values():
            for page in sorted(inode.dirty):
                for start in range(page * PAGE, (page + 1) * PAGE, SECTOR):
                    if random.random() < 0.5:
                        _put(inode.safe, start, inode.seen[start : start + SECTOR])
            inode.dirty.clear()
            inode.seen = bytearray(inode.safe)
        self._names = dict(self._safe_names)

    def copy(self) -> MemoryDisk:
        """The same files after the process died; what becomes of one changes nothing in the other."""
        other = MemoryDisk()
        files = (self._names, self._safe_names, self._renames, self._folders)
        other._names, other._safe_names, other._renames, other._folders = deepcopy(files)
        other._next, other._clock = self._next, self._clock
        return other

    def files(self) -> dict[str, bytes]:
        """Every file, as programs see it."""
        return {path: bytes(inode.seen) for path, inode in self._names.items()}

    def overwrite(self, path: str, content: bytes) -> None:
        """Another program changes a file."""
        inode = self._names.get(path) or self._new(path)
        inode.seen, inode.safe, inode.dirty = bytearray(content), bytearray(content), set()
        self._clock += 1
        inode.changed = self._clock

    # --- Disk ------------------------------------------------------------------------------

    def open(self, path: str, *, create: bool = False, write: bool = True) -> int:
        self._ask("open", path)
        inode = self._names.get(path)
        if inode is None:
            if not create:
                raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)
            if os.path.dirname(path) not in self._folders:
                raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)
            inode = self._new(path)
        self._next += 1
        self._handles[self._next] = (path, inode)
        return self._next

    def open_through(self, path: str) -> int:
        return self.open(path)

    def close(self, handle: int) -> None:
        del self._handles[handle]
        self._locks = {inode: holder for inode, holder in self._locks.items() if holder != handle}

    def read(self, handle: int, size: int, offset: int) -> bytes:
        path, inode = self._handles[handle]
        self._ask("read", path)
        return bytes(inode.seen[offset : offset + size])

    def write(self, handle: int, content: bytes, offset: int) -> int:
        path, inode = self._handles[handle]
        self._ask("write", path)
        return self._write(inode, content[: self.short(len(content))], offset)

    def write_through(self, handle: int, content: bytes, offset: int) -> int:
        path, inode = self._handles[handle]
        self._ask("write", path)
        done = self._write(inode, content[: self.short(len(content))], offset)
        self._sync(path, inode, set(_pages(offset, done)))
        return done

    def sync(self, handle: int) -> None:
        path, inode = self._handles[handle]
        self._sync(path, inode, inode.dirty)

    def forget(self, handle: int) -> None:
        _, inode = self._handles[handle]
        cached = {page: inode.seen[page * PAGE : (page + 1) * PAGE] for page in inode.dirty}
        inode.seen = bytearray(inode.safe)
        for page, content in cached.items():
            _put(inode.seen, page * PAGE, content)

    def size(self, handle: int) -> int:
        _, inode = self._handles[handle]
        return len(inode.seen) if inode.links else REMOVED

    def allocated(self, handle: int) -> int:
        return len(self._handles[handle][1].seen)

    def look(self, path: str) -> FileStat | None:
        self._ask("look", path)
        inode = self._names.get(path)
        return inode and FileStat(inode.number, len(inode.seen), inode.changed)

    def names(self, folder: str) -> list[str]:
        self._ask("names", folder)
        if folder not in self._folders:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", folder)
        return [os.path.basename(p) for p in self._names if os.path.dirname(p) == folder]

    def states(self, folder: str, names: Iterable[str]) -> Iterator[tuple[str, int, int, int]]:
        for name in names:
            if (found := self.look(os.path.join(folder, name))) is not None:
                yield name, found.inode, found.size, found.changed_ns

    def create_folder(self, path: str) -> None:
        self._ask("create_folder", path)
        self._folders.add(path)

    def rename(self, old: str, new: str) -> None:
        self._ask("rename", new)
        self._rename({old: None, new: self._names[old]})

    def remove(self, path: str) -> None:
        self._ask("remove", path)
        if path in self._names:
            self._rename({path: None})

    def sync_folder(self, path: str) -> None:
        self._ask("sync", path)
        for folder, change in self._renames:
            if folder == path:
                self._change(self._safe_names, change)
        self._renames = [r for r in self._renames if r[0] != path]

    def lock(self, handle: int, *, wait: bool = True) -> bool:
        _, inode = self._handles[handle]
        holder = self._locks.setdefault(inode.number, handle)
        assert holder == handle or not wait, "would wait for ever"
        return holder == handle

    def unlock(self, handle: int) -> None:
        self._locks.pop(self._handles[handle][1].number)

    # ---------------------------------------------------------------------------------------

    def _ask(self, operation: str, path: str) -> None:
        self.operations += 1
        self.trouble(operation, path)

    def _sync(self, path: str, inode: Inode, pages: set[int]) -> None:
        inode.dirty = inode.dirty - pages  # also if it fails: Linux calls them clean then
        self._ask("sync", path)
        for page in pages:
            _put(inode.safe, page * PAGE, inode.seen[page * PAGE : (page + 1) * PAGE])

    def _new(self, path: str) -> Inode:
        self._next += 1
        inode = Inode(self._next)
        self._rename({path: inode})
        return inode

    def _write(self, inode: Inode, content: bytes, offset: int) -> int:
        _put(inode.seen, offset, content)
        inode.dirty.update(_pages(offset, len(content)))
        self._clock += 1
        inode.changed = self._clock
        return len(content)

    def _rename(self, change: dict[str, Inode | None]) -> None:
        self._change(self._names, change)
        self._renames.append((os.path.dirname(next(iter(change))), change))
        inodes = [i for _, i in self._handles.values()] + list(self._names.values())
        for inode in inodes:
            inode.links = sum(named is inode for named in self._names.values())

    def _change(self, names: dict[str, Inode], change: dict[str, Inode | None]) -> None:
        for path, inode in change.items():
            if inode is None:
                names.pop(path, None)
            else:
                names[path] = inode


class TroubledDisk(Disk):
    """The real disk, where each operation first asks `trouble`, as MemoryDisk's do."""

    def __init__(self) -> None:
        self.trouble: Callable[[str], None] = lambda operation: None

    def write(self, handle: int, content: bytes, offset: int) -> int:
        self.trouble("write")
        return os.pwrite(handle, content, offset)

    def write_through(self, handle: int, content: bytes, offset: int) -> int:
        self.trouble("write")
        return os.pwrite(handle, content, offset)

    def sync(self, handle: int) -> None:
        self.trouble("sync")
        os.fsync(handle)


def refusing(code: int, operations: tuple[str, ...] = ("write", "sync")) -> Callable[..., None]:
    """Trouble that refuses some operations with an error."""

    def trouble(operation: str, path: str = "") -> None:
        if operation in operations:
            raise OSError(code, os.strerror(code), path)

    return trouble


def after(number: int, act: Callable[[str, str], None]) -> Callable[[str, str], None]:
    """Trouble that begins with operation `number`, counted from 1."""
    seen = 0

    def trouble(operation: str, path: str) -> None:
        nonlocal seen
        seen += 1
        if seen >= number:
            act(operation, path)

    return trouble


def once(number: int, act: Callable[[str, str], None]) -> Callable[[str, str], None]:
    """Trouble with operation `number` alone."""
    seen = 0

    def trouble(operation: str, path: str) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            act(operation, path)

    return trouble
