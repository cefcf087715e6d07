"""Looking after a store beside whoever writes to it: check, mend, back up, restore, export.

Knows files, chains and databases; whether an incident's entries make sense is asked of a function
that is given.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import secrets
import stat
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any

from ircbot.errors import StoreError
from ircbot.store import hash_chain, secret, snapshot
from ircbot.store.codec import has_no_time
from ircbot.store.disk import (
    REAL_DISK,
    Disk,
    cannot,
    free_name,
    read_file,
    replace_file,
    trying,
)
from ircbot.store.folder import CHANGES, COMMIT_LOCK, COPY, INDEX, Changes, Folder, Lock
from ircbot.store.index import Index
from ircbot.store.ledger import TABLE, Ledger
from ircbot.store.protocol import NO_INCIDENT, Summarise
from ircbot.store.recovery import Version, merged, whole
from ircbot.store.snapshot import Damaged, Snapshot

Progress = Callable[[int, int], None]
"""Is told how many of how many incidents are done."""

_KEPT = {  # beside a database: how the name ends, and what it is
    ".torn": "was cut off the end of the journal",
    ".damaged": "is what a damaged file held",
    ".restored": "is what a backup held, which tells another story",
    ".format": "is the file as an older ircbot left it",
}


def _silent(done: int, of: int) -> None:
    pass


# --- check ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one file. `bad` is false for what only wants to be known."""

    path: str
    what: str
    bad: bool = True

    def __str__(self) -> str:
        return f"{self.path}: {self.what}."


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check saw. `heads` are the last hashes of the incidents."""

    entries: int = 0
    heads: Mapping[int, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def incidents(self) -> int:
        """How many incidents there are."""
        return len(self.heads.keys() - {NO_INCIDENT})

    @property
    def well(self) -> bool:
        """Whether nothing is wrong."""
        return not any(finding.bad for finding in self.findings)


def check(
    path: str,
    *,
    summarise: Summarise | None = None,
    progress: Progress = _silent,
    disk: Disk = REAL_DISK,
) -> Checked:
    """Look at every checksum, every chain and every entry of the store in a folder."""
    folder = Folder(disk, path)
    findings: list[Finding] = []
    heads: dict[int, str] = {}
    entries = 0
    everywhere = _everywhere(folder)
    for done, (where, incident) in enumerate(everywhere, 1):
        try:
            ledger = Ledger(where.database(incident), incident, disk=disk, writable=False)
            findings += _in_ledger(ledger, summarise)
        except StoreError as error:
            findings.append(_unreadable(where, incident, error, disk))
        else:
            entries += ledger.count
            heads |= {incident: ledger.head} if ledger.count else {}
        progress(done, len(everywhere))
    findings += (*_kept(folder), *_kept(folder.archive))
    findings += _gone(folder, disk)
    return Checked(entries, heads, tuple(findings))


def _everywhere(folder: Folder) -> list[tuple[Folder, int]]:
    """What belongs to no incident, and each incident, with the folder that it is in."""
    here, archive = folder.incidents(), folder.archive
    archived = sorted(archive.incidents().keys() - here.keys())
    return [(folder, n) for n in (NO_INCIDENT, *sorted(here))] + [(archive, n) for n in archived]


def _in_ledger(ledger: Ledger, summarise: Summarise | None) -> list[Finding]:
    found = [
        Finding(ledger.path, f"entry {broken.position} {broken.why}") for broken in ledger.broken()
    ]
    if ledger.database.journaled.format < snapshot.FORMAT:  # which had no chain
        found = [
            Finding(ledger.path, "is as an older ircbot left it; who writes updates it", False)
        ]
    try:
        entries = ledger.decoded()
    except StoreError as error:
        return [*found, Finding(ledger.path, _without(ledger.path, error))]
    for position, entry in enumerate(entries, 1):
        if has_no_time(entry):
            found.append(Finding(ledger.path, f"entry {position} has an impossible time", False))
    if summarise and entries:
        try:
            summarise(entries)
        except Exception as error:  # whatever entries that do not fit together make the core do
            found.append(Finding(ledger.path, f"its entries do not add up ({error!r})"))
    return found


def _without(path: str, error: StoreError) -> str:
    """What an error says, without the file it says it of."""
    return str(error).removeprefix(f"{path}, ").removesuffix(".")


def _unreadable(folder: Folder, incident: int, error: StoreError, disk: Disk) -> Finding:
    """What is wrong with an incident, and what can be saved of it."""
    if not isinstance(error, Damaged):
        path = folder.database(incident)
        return Finding(path, _without(path, error))
    saved = len(_version_of(folder, incident, disk).entries)
    with contextlib.suppress(StoreError):
        backups = [place for place in folder.copies() if place.startswith("the backup ")]
        copy = f"; {backups[-1]} may have it whole" if backups else ""
        if not saved:
            return Finding(error.path, f"{error.what}, and nothing whole is left in it{copy}")
        return Finding(
            error.path,
            f"{error.what}; `ircbot store check --mend` would save {saved} entries{copy}",
        )
    return Finding(error.path, error.what)


def _kept(folder: Folder) -> Iterator[Finding]:
    for name in folder.names():
        for ending, what in _KEPT.items():
            if COPY.fullmatch(name) and name.rstrip("0123456789").endswith(ending):
                yield Finding(
                    folder.file(name), f"{what}; remove it when you need it no more", False
                )


def _gone(folder: Folder, disk: Disk) -> Iterator[Finding]:
    """Incidents that the index knows and that have no file."""
    known = Index(disk, folder.file(INDEX)).live()
    here = folder.incidents().keys() | folder.archive.incidents().keys()
    for incident in sorted(known.keys() - here):
        yield Finding(folder.database(incident), "is gone; a backup may have it", False)


# --- mend -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mended:
    """An incident of which what was whole was saved. The damaged files are kept beside; if nothing
    was whole (`entries` is 0), they are as they were."""

    incident: int
    entries: int
    missing: int  # entries that are not there; as far as the numbers of the others show, no more


def mend(path: str, *, disk: Disk = REAL_DISK) -> tuple[Mended, ...]:
    """Save what is whole of damaged incidents. Safe beside a running bot."""
    folder = Folder(disk, path)
    done = []
    with _writing(folder, disk) as changes:
        for where, incident in _everywhere(folder):
            try:
                Ledger(where.database(incident), incident, disk=disk, writable=False)
            except Damaged:
                saved = _version_of(where, incident, disk)
                if not saved.entries:
                    done.append(Mended(incident, 0, 0))
                    continue
                _set_aside(where, incident, disk)
                changes.add([incident])
                _write(where, incident, saved, disk)
                highest = max(map(int, saved.entries), default=0)
                done.append(Mended(incident, len(saved.entries), highest - len(saved.entries)))
    return tuple(done)


@contextlib.contextmanager
def _writing(folder: Folder, disk: Disk) -> Iterator[Changes]:
    """The commit lock for the length of a block, and the means to tell the bot."""
    folder.create()
    lock = Lock(disk, folder.file(COMMIT_LOCK))
    changes = Changes(disk, folder.file(CHANGES))
    try:
        with lock:
            yield changes
    finally:
        changes.close()
        lock.close()


def _version_of(folder: Folder, incident: int, disk: Disk) -> Version:
    """What is whole in an incident's files."""
    path, log = folder.database(incident), folder.journal(incident)
    with trying("read", path):
        return whole(read_file(disk, path) or b"", read_file(disk, log) or b"")


def _set_aside(folder: Folder, incident: int, disk: Disk) -> None:
    for path in (folder.database(incident), folder.journal(incident)):
        with trying("keep", path):
            content = read_file(disk, path)
            if content:
                replace_file(disk, free_name(disk, f"{path}.damaged"), content)


def _write(folder: Folder, incident: int, version: Version, disk: Disk) -> None:
    """Make a version the incident's database."""
    path, log = folder.database(incident), folder.journal(incident)
    with trying("write", path):
        # A commit further, so that a bot that has the incident in memory takes it up.
        content = snapshot.write(Snapshot(version.tables(), version.last + 1))
        replace_file(disk, path, content)
        disk.remove(log)


# --- back up and restore ----------------------------------------------------------------------

_MEMBER = re.compile(r"(\d{4,})\.json")
_ABOUT = "ircbot-store.json"


def back_up(path: str, target: str, *, progress: Progress = _silent, disk: Disk = REAL_DISK) -> int:
    """Write every incident as it is now to one file, a compressed tar; how many there were.

    Each is a TinyDB file, of whole commits only. StoreError if one of them cannot be read, or if
    `target` is there and is no backup of a store.
    """
    folder = Folder(disk, path)
    _see_that_it_is_ours(target)
    now = datetime.now(UTC)
    everywhere = _everywhere(folder)
    with (
        trying("write", target),
        _new_file(target) as file,
        tarfile.open(fileobj=file, mode="w:gz") as archive,
    ):
        for done, (where, incident) in enumerate(everywhere, 1):
            ledger = Ledger(where.database(incident), incident, disk=disk, writable=False)
            if ledger.count:
                _add(archive, f"{incident:04d}.json", ledger.as_file(), now)
            progress(done, len(everywhere))
        keys = secret.load(disk, folder.file(secret.SECRET)).keys
        about = {"format": snapshot.FORMAT, "at": now.isoformat(timespec="seconds"), "keys": keys}
        _add(archive, _ABOUT, json.dumps(about).encode(), now)  # last: it says that all is here
    with contextlib.suppress(StoreError):  # a store that cannot be written to is backed up too
        folder.note_backup(target, now)
    return len(everywhere) - 1


def _see_that_it_is_ours(target: str) -> None:
    """StoreError if a file is there that a backup must not take the place of."""
    try:
        found = os.lstat(target)
    except FileNotFoundError:
        return
    except OSError as error:
        raise cannot("write", target, error) from error
    if stat.S_ISLNK(found.st_mode):
        raise StoreError(f"{target} is a link. Give the name of the file that it leads to.")
    if not stat.S_ISREG(found.st_mode):
        raise StoreError(f"{target} is no file. Give the name of one, or a new name.")
    if found.st_size and not _is_backup(target):
        raise StoreError(
            f"{target} is no backup of a store, and is left alone. Give another name, or remove it."
        )


def _is_backup(target: str) -> bool:
    """Whether a file is a backup as far as one can see from its beginning; it may be cut off."""
    try:
        with tarfile.open(target, mode="r:*") as archive:
            first = archive.next()
            name = first.name if first else ""
            return name == _ABOUT or _MEMBER.fullmatch(name) is not None
    except (OSError, EOFError, tarfile.TarError, zlib.error):
        return False


@contextlib.contextmanager
def _new_file(path: str) -> Iterator[IO[bytes]]:
    """A file for its owner alone that takes the path's place once it is whole and safe."""
    new = f"{path}.{secrets.token_hex(4)}.new"  # nobody else's
    handle = os.open(new, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    try:
        with open(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(new)
        raise


def _add(archive: tarfile.TarFile, name: str, content: bytes, at: datetime) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = len(content), int(at.timestamp()), 0o600
    archive.addfile(member, io.BytesIO(content))


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of each incident of a backup."""

    new: tuple[int, ...] = ()  # were not there, or only in part
    same: tuple[int, ...] = ()  # the store has all that the backup has
    other: tuple[int, ...] = ()  # tell another story; the backup's is kept beside


def restore(path: str, source: str, *, disk: Disk = REAL_DISK) -> Restored:
    """Bring back what a backup has and the store has not. Safe beside a running bot.

    Nothing is taken away: what is newer in the store stays, and what was redacted stays so.
    """
    folder = Folder(disk, path)
    held, keys = _read_backup(source)
    done: dict[str, list[int]] = {"new": [], "same": [], "other": []}
    with _writing(folder, disk) as changes:
        ours = secret.load(disk, folder.file(secret.SECRET))
        both = secret.merged(ours, keys)
        secret.save(disk, folder.file(secret.SECRET), both)
        for incident, content in sorted(held.items()):
            changes.add([incident])
            done[_restore_one(folder, incident, content, disk)].append(incident)
    return Restored(
        *(tuple(n for n in done[what] if n != NO_INCIDENT) for what in ("new", "same", "other"))
    )


def _restore_one(folder: Folder, incident: int, content: bytes, disk: Disk) -> str:
    if incident in folder.archive.incidents():
        return "same"
    theirs = whole(content, b"")
    ours = _version_of(folder, incident, disk)
    try:
        Ledger(folder.database(incident), incident, disk=disk, writable=False)
    except Damaged:
        _set_aside(folder, incident, disk)
    else:
        if ours.entries.keys() >= theirs.entries.keys() and merged(ours, theirs) == ours:
            return "same"
    both = merged(ours, theirs)
    if both is None:
        aside = f"{folder.database(incident)}.restored"
        with trying("write", aside):
            replace_file(disk, free_name(disk, aside), content)
        return "other"
    _write(folder, incident, both, disk)
    return "new"


def _read_backup(source: str) -> tuple[dict[int, bytes], tuple[str, ...]]:
    """The TinyDB files of a backup, and its keys. StoreError if it is not whole."""
    held: dict[int, bytes] = {}
    keys: tuple[str, ...] = ()
    whole_backup = False
    try:
        with open(source, "rb") as file, tarfile.open(fileobj=file, mode="r:*") as archive:
            for member in archive:
                content = _content(archive, member)
                if match := _MEMBER.fullmatch(member.name):
                    snapshot.read(content, f"{source}, {member.name}")
                    held[int(match[1])] = content
                if member.name == _ABOUT:
                    whole_backup, keys = True, tuple(json.loads(content).get("keys", ()))
            _read_to_the_end(archive)
    except OSError as error:
        if error.errno:
            raise StoreError(f"cannot read {source}: {error.strerror}.") from error
        whole_backup = False
    except (EOFError, tarfile.TarError, zlib.error, ValueError, AttributeError, Damaged):
        whole_backup = False
    if not whole_backup:
        raise StoreError(f"{source} is not a whole backup of a store. Try another one.")
    return held, keys


def _read_to_the_end(archive: tarfile.TarFile) -> None:
    """See the checksum that gzip has at its end; tarfile stops before it."""
    stream = archive.fileobj
    while stream is not None and stream.read(1 << 20):
        pass


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file: IO[bytes] | None = archive.extractfile(member)
    return file.read() if file else b""


# --- export -----------------------------------------------------------------------------------


def exported(path: str, *, disk: Disk = REAL_DISK) -> Iterator[dict[str, Any]]:
    """Every entry with its position, incident by incident: the state, the others, the archive."""
    for where, incident in _everywhere(Folder(disk, path)):
        ledger = Ledger(where.database(incident), incident, disk=disk, writable=False)
        for position, document in ledger.database.journaled.table(TABLE).items():
            words = {name: value for name, value in document.items() if name not in hash_chain.OWN}
            yield {"incident": incident, "position": int(position), **words}
