"""The names of the store's files, in its folder and in the archive below it.

Knows nothing of what the databases contain.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterable
from datetime import datetime

from ircbot.errors import StoreError
from ircbot.store.disk import Disk, add_lines, cannot, read_file, trying
from ircbot.store.protocol import NO_INCIDENT

INDEX = "index.jsonl"
UNFINISHED = "unfinished.jsonl"
BACKUPS = "backups.jsonl"
FOLLOWED = "followed.json"  # in a folder that follows a journal
ARCHIVE = "archive"

_COPY = r"\.(?:json|journal)\.(?:new|torn|damaged\d*|restored\d*|format\d+)(?:\.new)?"
# The files beside an incident's two that the store itself made, and may therefore remove.
COPY = re.compile(r"\d{4,}" + _COPY)
_OF_INCIDENT = re.compile(r"[0-9]{4,}\.(?:json|journal)").fullmatch
_COARSE_NS = 2_000_000_000  # FAT's clock; others tick every few milliseconds


def is_settled(version: str, now_ns: int) -> bool:
    """Whether any later write to the incident's files is certain to change its version
    (`versions`). It may not while the file system's clock still shows the time of the last
    write."""
    times = map(int, version.split()[3::4])
    return all(abs(now_ns - changed_ns) > _COARSE_NS for changed_ns in times)


class Folder:
    """The store's folder: `NNNN.json` and `NNNN.journal` for each incident, 0000 for the state."""

    def __init__(self, disk: Disk, path: str) -> None:
        self._disk = disk
        self.path = os.path.abspath(path)

    def database(self, incident: int) -> str:
        """The path of an incident's TinyDB file."""
        return os.path.join(self.path, f"{incident:04d}.json")

    def journal(self, incident: int) -> str:
        """The path of an incident's journal."""
        return os.path.join(self.path, f"{incident:04d}.journal")

    def file(self, name: str) -> str:
        """The path of another file of the store."""
        return os.path.join(self.path, name)

    @property
    def archive(self) -> Folder:
        """The folder of archived incidents."""
        return Folder(self._disk, self.file(ARCHIVE))

    def names(self) -> list[str]:
        """The names of all files, sorted; none if the folder is missing."""
        try:
            return sorted(self._disk.names(self.path))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise cannot("read", self.path, error) from error

    def incidents(self) -> dict[int, bool]:
        """The incidents that have files, each with whether it has a journal. Without the state
        (0)."""
        found: dict[int, bool] = {}
        for name in self.names():
            number, _, kind = name.partition(".")
            if kind in ("json", "journal") and number.isdecimal() and len(number) >= 4:
                incident = int(number)
                found[incident] = found.get(incident, False) or kind == "journal"
        found.pop(0, None)
        return found

    def journals(self) -> list[int]:
        """The incidents that have a journal, including the state (0)."""
        return [int(name[:-8]) for name in self.names() if re.fullmatch(r"\d{4,}\.journal", name)]

    def everywhere(self) -> dict[int, Folder]:
        """Each incident with the folder that it is in: this folder's in order, then the
        archive's."""
        here, archive = self.incidents(), self.archive
        archived = sorted(archive.incidents().keys() - here.keys())
        return dict.fromkeys(sorted(here), self) | dict.fromkeys(archived, archive)

    def ledgers(self) -> dict[int, Folder]:
        """What belongs to no incident (0, always here), and each incident, with its folder."""
        return {NO_INCIDENT: self} | self.everywhere()

    def versions(self, of: Collection[int] | None = None) -> dict[int, str]:
        """A version for each incident, or each of some, that differs whenever its files do. Every
        write of ours changes a file's size or replaces the file; a write by anybody else changes at
        least its time, if the clock is fine enough (`is_settled`)."""
        if of is None:
            found = self.archive._versions(self.archive.names())
            return found | self._versions(self.names())
        found = {}
        for incident in of:
            names = [f"{incident:04d}.{kind}" for kind in ("journal", "json")]
            found |= self.where(incident)._versions(names)
        return found

    def _versions(self, names: Iterable[str]) -> dict[int, str]:
        # Each search stats every file of the store, so this loop does nothing twice.
        found: dict[int, str] = {}
        wanted = (name for name in names if _OF_INCIDENT(name))
        with trying("read", self.path):
            for name, inode, size, changed_ns in self._disk.states(self.path, wanted):
                version = f"{name} {inode} {size} {changed_ns}"
                incident = int(name.partition(".")[0])
                found[incident] = f"{found[incident]} {version}" if incident in found else version
        found.pop(0, None)
        return found

    def holds(self, incident: int) -> bool:
        """Whether an incident has files here."""
        files = (self.journal(incident), self.database(incident))
        with trying("read", self.path):
            return any(self._disk.look(path) is not None for path in files)

    def where(self, incident: int) -> Folder:
        """The folder that has an incident's files, or would have them: this one or the archive."""
        if incident == 0 or self.holds(incident):
            return self
        return self.archive if self.archive.holds(incident) else self

    def kept_of(self, incident: int) -> tuple[str, ...]:
        """The files that the store keeps of an incident beside its two, here and in the archive.
        Files that were put aside stay where they are when the incident moves."""
        # Older versions copied files instead of renaming them; a crash left them in both places.
        twice = r"|\.(?:journal|json)" if self.holds(incident) else ""
        return (
            *self._matching(rf"{incident:04d}{_COPY}"),
            *self.archive._matching(rf"{incident:04d}(?:{_COPY}{twice})"),
        )

    def others_of(self, incident: int) -> tuple[str, ...]:
        """Other programs' files whose names begin with the incident's number."""
        pattern = rf"{incident:04d}\.(?!(?:json|journal)$)(?!{_COPY[2:]}$).*"
        return (*self._matching(pattern), *self.archive._matching(pattern))

    def _matching(self, pattern: str) -> tuple[str, ...]:
        return tuple(self.file(name) for name in self.names() if re.fullmatch(pattern, name))

    def backups(self) -> tuple[tuple[str, str], ...]:
        """The known backups that still exist, each with its time, oldest first."""
        with trying("read", self.path):
            noted = (read_file(self._disk, self.file(BACKUPS)) or b"").splitlines()
            backups = map(_noted_backup, noted)
            return tuple((p, at) for p, at in backups if p and self._disk.look(p) is not None)

    def copies(self) -> tuple[str, ...]:
        """The known copies of the store; they are never changed."""
        backups = tuple(f"the backup {path} of {at}" for path, at in self.backups())
        parent = self.path
        with trying("read", self.path):
            while parent != os.path.dirname(parent):
                if self._disk.look(os.path.join(parent, ".git")) is not None:
                    return (*backups, f"the history of the repository {parent}")
                parent = os.path.dirname(parent)
        return backups

    def note_backup(self, path: str, at: datetime) -> None:
        """Remember where a backup was written."""
        line = json.dumps({"path": os.path.abspath(path), "at": at.isoformat(timespec="seconds")})
        with trying("write", self.file(BACKUPS)):
            add_lines(self._disk, self.file(BACKUPS), line.encode() + b"\n")

    def clean(self) -> None:
        """Remove unfinished new files of processes that died. Under the commit lock."""
        for name in self.names():
            if name in (f"{INDEX}.new", f"{UNFINISHED}.new") or (
                name.endswith(".new") and COPY.fullmatch(name)
            ):
                with trying("remove", self.file(name)):
                    self._disk.remove(self.file(name))

    def must_be_its_own(
        self,
        instead: str = 'configure [store] engine = "postgresql", or have `ircbot store migrate '
        "--to folder` make it a store of its own.",
    ) -> None:
        """StoreError if the folder follows a journal, and is written to only through it
        (shared.py); it says what to do `instead`."""
        with trying("read", self.file(FOLLOWED)):
            follows = self._disk.look(self.file(FOLLOWED)) is not None
        if follows:
            raise StoreError(
                f"the store {self.path} follows a database, which is its record: {instead}"
            )

    def create(self) -> None:
        """Create the folder if it is missing."""
        with trying("make the folder", self.path):
            self._disk.create_folder(self.path)


def _noted_backup(line: bytes) -> tuple[str, str]:
    """The path and time of a backup; "" for a damaged line."""
    try:
        backup = json.loads(line)
        return str(backup["path"]), str(backup["at"])
    except (ValueError, KeyError, TypeError):
        return "", ""
