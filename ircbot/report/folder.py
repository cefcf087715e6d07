"""The folder into which the bot writes reports, without overwriting people's changes.

The folder's record (`.written.json`) has the digest of what the bot last wrote to each file. A file
with another digest was changed by somebody, or was never the bot's: it is left alone, and the new
report goes beside it (`incident-0001.new.md`). Only an erasure changes such a file, and removes
just the erased words. Links are never followed. Files are written atomically, and a digest is
recorded before its file is moved into place: whenever the process dies, the file is known as the
old version or the new one.

Knows no incident: it is given names and texts.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from itertools import count
from pathlib import Path

from ircbot.errors import ReportError
from ircbot.report.files import save
from ircbot.report.wordless import Wordless
from ircbot.values import dataclass

log = logging.getLogger(__name__)

_RECORD = ".written.json"
# Temporary files of files.save, left behind if the process dies.
_HALF_WRITTEN = re.compile(r"\.(incident-\d{4,}\..+|\.written\.json)\.[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """Where a report was written. `kept` is the file of that name that was left alone, or None."""

    path: Path
    kept: Path | None = None


@dataclass(frozen=True, slots=True)
class Erased:
    """The result of an erasure: the files that were changed, and those that could not be, with
    reasons."""

    changed: tuple[Path, ...] = ()
    left: tuple[tuple[Path, str], ...] = ()


class ReportFolder:
    """A folder of reports, created when there is something to write."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def write(self, name: str, text: str) -> WrittenReport:
        """Write a report, but never over somebody else's file. ReportError if that fails."""
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            why = error.strerror or error
            raise ReportError(f"{self._directory} cannot be made: {why}.") from error
        with self._alone():
            return self._write(name, text)

    def _write(self, name: str, text: str) -> WrittenReport:
        record = self._record()
        digest = _digest(text.encode())
        place = next(c for c in _names(name) if self._is_free(c, record))
        path = self._directory / place
        if digest not in record.get(place, ()) or not path.exists():
            # Both digests count as ours: after a crash, either file may be there.
            self._keep_record({**record, place: (*record.get(place, ())[-1:], digest)})
            save(path, text)
        self._keep_record({**record, place: (digest,)})
        return WrittenReport(path, None if place == name else self._directory / name)

    def adopt(self, name: str, changed_at: int) -> None:
        """Accept a file of an older version, which kept no record, as ours: its mtime, in
        nanoseconds, is the one that the bot set, so nobody has changed it."""
        if not self._directory.is_dir():
            return
        with self._alone():
            self._adopt(name, changed_at)

    def _adopt(self, name: str, changed_at: int) -> None:
        path, record = self._directory / name, self._record()
        found = _regular(path)
        if name not in record and found is not None and found.st_mtime_ns == changed_at:
            self._keep_record({**record, name: (_digest(path.read_bytes()),)})

    def erase(
        self, incident: int, words: Collection[str], names: Mapping[str, str] | None = None
    ) -> Erased:
        """Remove `words` from every report of an incident that was ever written here.

        `words` are texts as they were on record; `names` maps nicks to their replacements. In files
        that people changed, everything else stays. Only files that the bot created are changed.
        Files that are links or cannot be written are left and listed, and so are other people's
        files that contain the words.
        """
        if not self._directory.is_dir():
            return Erased()
        with self._alone():
            return self._erase(incident, Wordless(words, names or {}))

    def _erase(self, incident: int, wordless: Wordless) -> Erased:
        changed: list[Path] = []
        left: list[tuple[Path, str]] = []
        record = self._record()
        for path in sorted(self._directory.glob(f"incident-{incident:04d}.*")):
            name = path.name
            if name not in record:
                if _holds(path, wordless):
                    left.append((path, "it is not mine"))
                continue
            found = _regular(path)
            if found is None:
                left.append((path, "it is a link"))
                continue
            try:
                before = path.read_bytes()
                text = before.decode("utf-8")
                after = wordless.of(text)
                ours = _digest(before) in record[name]
                if not ours and wordless.may_name(after):
                    left.append((path, "a word that people wrote there may be the name"))
                if after == text:
                    continue
                save(path, after)
                if ours:
                    record = {**record, name: (_digest(after.encode()),)}
                    self._keep_record(record)
                changed.append(path)
            except (OSError, UnicodeDecodeError, ReportError) as error:
                left.append((path, str(error)))
        try:
            self._keep_record({**record, **self._known_now(incident, record)})
        except (OSError, ReportError) as error:
            left.append((self._directory / _RECORD, str(error)))
        self._sweep(incident)
        return Erased(tuple(changed), tuple(left))

    def _known_now(
        self, incident: int, record: Mapping[str, Collection[str]]
    ) -> dict[str, tuple[str, ...]]:
        """The record of an incident's files without former digests: with the digest of a former
        version, and the file as it is now, the erased words could be guessed."""
        known: dict[str, tuple[str, ...]] = {}
        for name in record:
            if name.startswith(f"incident-{incident:04d}."):
                path = self._directory / name
                now = _digest(path.read_bytes()) if _regular(path) else ""
                known[name] = (now,) if now in record[name] else ()
        return known

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Wait for other threads and processes that use the folder."""
        handle = os.open(self._directory, os.O_RDONLY)
        try:
            with suppress(OSError):  # some network file systems have no locks
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _sweep(self, incident: int) -> None:
        """Remove an incident's temporary files of processes that died."""
        try:
            for path in self._directory.iterdir():
                match = _HALF_WRITTEN.fullmatch(path.name)
                if match and match[1].startswith(f"incident-{incident:04d}."):
                    path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s cannot be cleaned: %s", self._directory, error)

    def _is_free(self, name: str, record: Mapping[str, Collection[str]]) -> bool:
        """Whether the bot may write a file of that name: it is missing, or as the bot left it."""
        path = self._directory / name
        if not path.is_symlink() and not path.exists():
            return True
        if _regular(path) is None:
            return False
        try:
            return _digest(path.read_bytes()) in record.get(name, ())
        except OSError:
            return False

    def _record(self) -> dict[str, tuple[str, ...]]:
        """The record: name → the digests that the file may have. Empty if it is unreadable: then no
        file counts as ours."""
        path = self._directory / _RECORD
        try:
            found = json.loads(path.read_text("utf-8")) if _regular(path) else {}
            return {str(name): tuple(map(str, digests)) for name, digests in found.items()}
        except (OSError, ValueError, AttributeError, TypeError) as error:
            log.warning("%s cannot be read, so no report there is overwritten: %s", path, error)
            return {}

    def _keep_record(self, record: Mapping[str, Collection[str]]) -> None:
        path = self._directory / _RECORD
        if path.is_symlink():
            raise ReportError(f"{path} is a link; remove it.")
        text = json.dumps({name: list(record[name]) for name in sorted(record)}, indent=1) + "\n"
        if not path.exists() or path.read_bytes() != text.encode():
            save(path, text, 0o600)


def _names(name: str) -> Iterator[str]:
    """A name and its alternatives: incident-0001.new.md, incident-0001.new-2.md …"""
    yield name
    stem, _, ending = name.partition(".")
    yield f"{stem}.new.{ending}"
    yield from (f"{stem}.new-{n}.{ending}" for n in count(2))


def _regular(path: Path) -> os.stat_result | None:
    """The stat of a regular file with a single name; None for links and anything else."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found if stat.S_ISREG(found.st_mode) and found.st_nlink == 1 else None


def _holds(path: Path, wordless: Wordless) -> bool:
    """Whether somebody else's text file contains the words."""
    try:
        text = path.read_text("utf-8") if _regular(path) else ""
    except (OSError, UnicodeDecodeError):
        return False
    return wordless.of(text) != text


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()
