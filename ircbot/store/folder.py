"""Which file is where, and who may write: the store's folder and its locks.

Knows nothing of what is in the databases. Locks are the operating system's, held by an open file:
a process that dies, however it dies, leaves none behind.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime

from ircbot.store.disk import (
    REMOVED,
    Disk,
    cannot,
    opened,
    own_file,
    read_all,
    read_file,
    trying,
    write_all,
)

COMMIT_LOCK = "commit.lock"
BOT_LOCK = "bot.lock"
CHANGES = "changes"
INDEX = "index.jsonl"
UNFINISHED = "unfinished.jsonl"
BACKUPS = "backups.jsonl"
ARCHIVE = "archive"

_COPY = r"\.(?:json|journal)\.(?:new|torn|damaged\d*|restored\d*|format\d+)(?:\.new)?"
# What the store itself keeps of an incident beside its two files, so that it may remove it.
COPY = re.compile(r"\d{4,}" + _COPY)


class Folder:
    """The store's folder: `NNNN.json` and `NNNN.journal` for each incident, 0000 for the state."""

    def __init__(self, disk: Disk, path: str, of: Folder | None = None) -> None:
        """`of` is the folder whose archive this is."""
        self._disk = disk
        self.path = os.path.abspath(path)
        self._of = of

    def database(self, incident: int) -> str:
        """The TinyDB file of an incident."""
        return os.path.join(self.path, f"{incident:04d}.json")

    def journal(self, incident: int) -> str:
        """The journal of an incident."""
        return os.path.join(self.path, f"{incident:04d}.journal")

    def file(self, name: str) -> str:
        """One of the store's other files."""
        return os.path.join(self.path, name)

    @property
    def archive(self) -> Folder:
        """The folder of the incidents that were kept long enough."""
        return Folder(self._disk, self.file(ARCHIVE), self)

    def names(self) -> list[str]:
        """The names of all files, in order; none if the folder is not there."""
        try:
            return sorted(self._disk.names(self.path))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise cannot("read", self.path, error) from error

    def incidents(self) -> dict[int, bool]:
        """The incidents that have files, and whether there is a journal. Not the state's."""
        found: dict[int, bool] = {}
        for name in self.names():
            number, _, kind = name.partition(".")
            if kind in ("json", "journal") and number.isdecimal() and len(number) >= 4:
                incident = int(number)
                found[incident] = found.get(incident, False) or kind == "journal"
        found.pop(0, None)
        return found

    def holds(self, incident: int) -> bool:
        """Whether an incident has files here."""
        files = (self.database(incident), self.journal(incident))
        with trying("read", self.path):
            return any(self._disk.look(path) is not None for path in files)

    def kept_of(self, incident: int) -> tuple[str, ...]:
        """What the store kept of an incident beside its files, here and beside the archive or in
        it: what was put aside stays there when the incident moves.
        """
        of = self._of or self
        # Before files were moved by renaming them, who died over it left them in both places.
        old = "(?:journal|json)" if self._of is None else "(?!)"
        return (
            *of._matching(rf"{incident:04d}{_COPY}"),
            *of.archive._matching(rf"{incident:04d}(?:{_COPY}|\.{old})"),
        )

    def others_of(self, incident: int) -> tuple[str, ...]:
        """What others put beside an incident's files under its number; it is not ours."""
        return self._matching(rf"{incident:04d}\.(?!(?:json|journal)$)(?!{_COPY[2:]}$).*")

    def _matching(self, pattern: str) -> tuple[str, ...]:
        return tuple(self.file(name) for name in self.names() if re.fullmatch(pattern, name))

    def copies(self) -> tuple[str, ...]:
        """Copies of the store that we know of and do not change."""
        with trying("read", self.path):
            noted = (read_file(self._disk, self.file(BACKUPS)) or b"").splitlines()
            backups = tuple(
                f"the backup {path} of {at}"
                for path, at in map(_noted_backup, noted)
                if path and self._disk.look(path) is not None
            )
            parent = self.path
            while parent != os.path.dirname(parent):
                if self._disk.look(os.path.join(parent, ".git")) is not None:
                    return (*backups, f"the history of the repository {parent}")
                parent = os.path.dirname(parent)
        return backups

    def note_backup(self, path: str, at: datetime) -> None:
        """Remember where a copy of the store went."""
        line = json.dumps({"path": os.path.abspath(path), "at": at.isoformat(timespec="seconds")})
        noted = self.file(BACKUPS)
        with trying("write", noted):
            own_file(self._disk, noted)
        with trying("write", noted), opened(self._disk, noted, create=True) as handle:
            write_all(self._disk, handle, line.encode() + b"\n", self._disk.size(handle))
            self._disk.sync(handle)

    def clean(self) -> None:
        """Remove new files that somebody died writing. Under the commit lock."""
        for name in self.names():
            if name in (f"{INDEX}.new", f"{UNFINISHED}.new") or (
                name.endswith(".new") and COPY.fullmatch(name)
            ):
                with trying("remove", self.file(name)):
                    self._disk.remove(self.file(name))

    def create(self) -> None:
        """Make the folder if it is not there."""
        with trying("make the folder", self.path):
            self._disk.create_folder(self.path)


def _noted_backup(line: bytes) -> tuple[str, str]:
    """Where a backup went and when; "" for a line that is damaged."""
    try:
        backup = json.loads(line)
        return str(backup["path"]), str(backup["at"])
    except (ValueError, KeyError, TypeError):
        return "", ""


class Lock:
    """A file whose lock one process has at a time."""

    def __init__(self, disk: Disk, path: str) -> None:
        self._disk = disk
        self.path = path
        with trying("write", path):
            self._handle = disk.open(path, create=True)

    def acquire(self) -> None:
        """Have the lock until `release`; waits for it."""
        self._disk.lock(self._handle)

    def release(self) -> None:
        """Give the lock back."""
        self._disk.unlock(self._handle)

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *exc: object) -> None:
        self.release()

    def take(self) -> bool:
        """Have the lock until `close`; false if another process has it."""
        return self._disk.lock(self._handle, wait=False)

    def sign(self) -> None:
        """Say who has the lock, for the one who does not get it."""
        holder = {
            "pid": os.getpid(),
            "host": os.uname().nodename,
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        with trying("write", self.path):
            found = self._disk.look(self.path)
            if found is None or not found.ours:
                return  # replacing it would be another lock
            write_all(self._disk, self._handle, json.dumps(holder).encode().ljust(200) + b"\n")

    def holder(self) -> str:
        """Who has the lock, in words."""
        try:
            holder = json.loads(read_all(self._disk, self._handle))
            return f"process {holder['pid']} on {holder['host']}, since {holder['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            return "another process"

    def close(self) -> None:
        """Give the lock back, if it was ours, and let go of the file."""
        self._disk.close(self._handle)


class Changes:
    """Tells a bot which incidents others wrote to, so that looking costs one call.

    The others add an incident's number before they commit, under the commit lock. It needs no
    sync: it is for a bot that is running now.
    """

    def __init__(self, disk: Disk, path: str) -> None:
        self._disk = disk
        self.path = path
        with trying("write", path):
            own_file(disk, path)
            self._handle = disk.open(path, create=True)
            self._size = disk.size(self._handle)

    def news(self) -> bool:
        """Whether there is something to take, or the file is gone."""
        return self._disk.size(self._handle) != self._size

    def gone(self) -> bool:
        """Whether somebody removed the file, and the folder probably."""
        return self._disk.size(self._handle) == REMOVED

    def taken(self) -> set[int]:
        """The incidents that were added since we last looked. Under the commit lock."""
        with trying("read", self.path):
            content = read_all(self._disk, self._handle, self._size)
        self._size += len(content)
        return {int(number) for number in content.split() if number.isdigit()}

    def add(self, incidents: Iterable[int]) -> None:
        """Say that we are about to write to incidents. Under the commit lock."""
        text = b"".join(b"%d\n" % incident for incident in incidents)
        with trying("write", self.path):
            self._size = self._disk.size(self._handle)
            write_all(self._disk, self._handle, text, self._size)
        self._size += len(text)

    def close(self) -> None:
        """Let go of the file."""
        self._disk.close(self._handle)
