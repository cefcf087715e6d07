"""Who may write: one bot, and tools beside it, one at a time.

The locks are the operating system's and belong to an open file: they vanish with the process,
however it dies.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from ircbot.errors import StoreError
from ircbot.store.disk import REMOVED, Disk, own_file, read_all, trying, write_all
from ircbot.store.folder import Folder

log = logging.getLogger(__name__)

COMMIT_LOCK = "commit.lock"
BOT_LOCK = "bot.lock"
CHANGES = "changes"


class Lock:
    """A file that one process at a time can lock."""

    def __init__(self, disk: Disk, path: str) -> None:
        self._disk = disk
        self.path = path
        with trying("write", path):
            self._handle = disk.open(path, create=True)

    def acquire(self) -> None:
        """Wait for the lock, and hold it until `release`."""
        self._disk.lock(self._handle)

    def release(self) -> None:
        """Release the lock."""
        self._disk.unlock(self._handle)

    def take(self) -> bool:
        """Try to hold the lock until `close`; False if another process holds it."""
        return self._disk.lock(self._handle, wait=False)

    def sign(self) -> None:
        """Write who holds the lock into the file, for those who do not get it."""
        holder = {
            "pid": os.getpid(),
            "host": os.uname().nodename,
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        with trying("write", self.path):
            found = self._disk.look(self.path)
            if found is None or not found.ours:
                return  # replacing the file would create another lock
            write_all(self._disk, self._handle, json.dumps(holder).encode().ljust(200) + b"\n")

    def holder(self) -> str:
        """A description of the holder."""
        try:
            holder = json.loads(read_all(self._disk, self._handle))
            return f"process {holder['pid']} on {holder['host']}, since {holder['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            return "another process"

    def close(self) -> None:
        """Release the lock, if we hold it, and close the file."""
        self._disk.close(self._handle)


class Writers:
    """Our place among the programs that write to a store.

    Before it commits, a tool appends the incident's number to a file, so that a bot needs one
    system call to see whether there is anything new. The file is not synced: only a bot that is
    running now reads it.
    """

    def __init__(self, disk: Disk, folder: Folder, *, bot: bool = False) -> None:
        """StoreError if another process is the bot."""
        self._disk = disk
        self._folder = folder
        self._bot = bot
        self._settle_in()

    def _settle_in(self) -> None:
        self._folder.create()
        with contextlib.ExitStack() as undo:
            commit = Lock(self._disk, self._folder.file(COMMIT_LOCK))
            undo.callback(commit.close)
            bot = Lock(self._disk, self._folder.file(BOT_LOCK))
            undo.callback(bot.close)
            commit.acquire()
            if self._bot:
                if not bot.take():
                    raise StoreError(
                        f"the store {self._folder.path} is in use by another bot: {bot.holder()}. "
                        "Stop that one first, or give this one another [store] path."
                    )
                bot.sign()
                self._folder.clean()
            changes = self._folder.file(CHANGES)
            with trying("write", changes):
                own_file(self._disk, changes)
                self._changes = self._disk.open(changes, create=True)
                self._size = self._disk.size(self._changes)
            commit.release()
            undo.pop_all()
        self._commit, self._bot_lock = commit, bot

    def news(self) -> bool:
        """Whether other processes wrote since we last looked, or the folder is gone."""
        return self._disk.size(self._changes) != self._size

    def acquire(self) -> set[int] | None:
        """Wait for the commit lock, and hold it until `release`. Returns the incidents that others
        wrote to since, None if there are none. Recreates a folder that is gone."""
        self._commit.acquire()
        size = self._disk.size(self._changes)
        if size == self._size:
            return None
        try:
            if size == REMOVED:
                self._come_back()
            with trying("read", self._folder.file(CHANGES)):
                content = read_all(self._disk, self._changes, self._size)
        except BaseException:
            self.release()
            raise
        self._size += len(content)
        return {int(number) for number in content.split() if number.isdigit()}

    def release(self) -> None:
        """Release the commit lock."""
        self._commit.release()

    @contextlib.contextmanager
    def committing(self) -> Iterator[None]:
        """Hold the commit lock for the length of a block."""
        self.acquire()
        try:
            yield
        finally:
            self.release()

    def _come_back(self) -> None:
        log.warning("%s was removed. It is recreated from memory.", self._folder.path)
        commit, bot, changes = self._commit, self._bot_lock, self._changes
        # If the folder reappeared with its files, these are the locks to take again.
        commit.release()
        bot.release()
        self._settle_in()
        commit.close()
        bot.close()
        self._disk.close(changes)
        self._commit.acquire()

    def announce(self, incidents: Iterable[int]) -> None:
        """Tell a running bot that these incidents are about to change."""
        if self._bot:
            return
        text = b"".join(b"%d\n" % incident for incident in incidents)
        with trying("write", self._folder.file(CHANGES)):
            size = self._disk.size(self._changes)
            write_all(self._disk, self._changes, text, size)
        self._size = size + len(text)

    def no_bot(self) -> bool:
        """Whether no other process is the bot. If so, none can become it before we close."""
        return self._bot or self._bot_lock.take()

    def close(self) -> None:
        """Release everything."""
        self._disk.close(self._changes)
        self._commit.close()
        self._bot_lock.close()
