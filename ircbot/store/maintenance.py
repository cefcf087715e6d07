"""Check, back up and restore a store, beside its writers.

Knows files, chains and databases; whether an incident's entries make sense is decided by a function
that the caller passes. Nothing is repaired: damage is reported with the last good copy and what can
be done.
"""

from __future__ import annotations

import contextlib
import io
import json
import lzma
import os
import re
import secrets
import stat
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import IO

from ircbot.errors import StoreError
from ircbot.store import hash_chain, secret, snapshot
from ircbot.store.codec import decode, has_no_time
from ircbot.store.disk import (
    REAL_DISK,
    Disk,
    cannot,
    free_name,
    read_file,
    replace_file,
    trying,
)
from ircbot.store.folder import COPY, INDEX, Folder
from ircbot.store.index import StoreIndex
from ircbot.store.ledger import TABLE, Ledger
from ircbot.store.locks import Writers
from ircbot.store.protocol import NO_INCIDENT, Summarise
from ircbot.store.snapshot import Damaged, Snapshot, Tables
from ircbot.values import dataclass

Progress = Callable[[int, int], None]
"""Called with the number of incidents done, and of all."""

_MOST_LINES = 5  # damaged lines to list; more means that the whole file is damaged

_KEPT = {  # files beside a database: the end of the name, and what it is
    ".torn": "was cut off the end of the journal",
    ".damaged": "is what a damaged file held",
    ".restored": "is what a backup held, which tells another story",
    ".format": "is the file as an older ircbot left it",
}


def _silent(done: int, of: int) -> None:
    pass


# --- check ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileFinding:
    """Something about a file. `bad` is false for what is merely worth knowing."""

    path: str
    what: str
    bad: bool = True

    def __str__(self) -> str:
        return f"{self.path}: {self.what}."


@dataclass(frozen=True, slots=True)
class StoreCheck:
    """The result of a check. `heads` are the last hashes of the incidents."""

    entries: int = 0
    heads: Mapping[int, str] = field(default_factory=dict)
    findings: tuple[FileFinding, ...] = ()

    @property
    def incidents(self) -> int:
        """The number of incidents."""
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
) -> StoreCheck:
    """Verify every checksum, every chain and every entry of the store in a folder."""
    folder = Folder(disk, path)
    findings: list[FileFinding] = []
    heads: dict[int, str] = {}
    entries = 0
    everywhere = folder.ledgers()
    for done, (incident, where) in enumerate(everywhere.items(), 1):
        try:
            ledger = _read(where, incident, disk)
            findings += _in_ledger(ledger, summarise)
        except Damaged as error:
            findings.append(_damage(folder, where, incident, error, disk))
        except StoreError as error:
            findings.append(FileFinding(where.database(incident), _without(where, incident, error)))
        else:
            entries += ledger.count
            heads |= {incident: ledger.head} if ledger.count else {}
        progress(done, len(everywhere))
    findings += (*_kept(folder), *_kept(folder.archive))
    for incident in sorted(StoreIndex(disk, folder.file(INDEX)).read().keys() - everywhere.keys()):
        findings.append(
            FileFinding(folder.database(incident), "is gone; a backup may have it", bad=False)
        )
    return StoreCheck(entries, heads, tuple(findings))


def _read(where: Folder, incident: int, disk: Disk) -> Ledger:
    return Ledger(where.database(incident), incident, disk=disk, writable=False)


def _in_ledger(ledger: Ledger, summarise: Summarise | None) -> list[FileFinding]:
    path = ledger.path
    found = [
        FileFinding(path, f"entry {broken.position} {broken.why}") for broken in ledger.broken()
    ]
    try:
        entries = ledger.decoded()
    except StoreError as error:
        return [*found, FileFinding(path, str(error).removeprefix(f"{path}, ").removesuffix("."))]
    for position, entry in enumerate(entries, 1):
        if has_no_time(entry):
            found.append(FileFinding(path, f"entry {position} has an impossible time", bad=False))
    if summarise and entries:
        try:
            summarise(entries)
        except Exception as error:  # contradictory entries may raise anything
            found.append(FileFinding(path, f"its entries do not add up ({error!r})"))
    return found


def _without(where: Folder, incident: int, error: StoreError) -> str:
    """An error's message without the file's name, which the finding has already."""
    return str(error).removeprefix(f"{where.database(incident)}, ").removesuffix(".")


def _damage(
    folder: Folder, where: Folder, incident: int, error: Damaged, disk: Disk
) -> FileFinding:
    """The finding for a damaged file: the fault, the last good copy, and what can be done."""
    what = error.what
    if error.path == where.database(incident):
        with trying("read", error.path):
            what += _lines(read_file(disk, error.path) or b"", incident)
    for path, at in reversed(folder.backups()):
        with contextlib.suppress(StoreError):
            held, _ = _read_backup(path)
            if incident in held:
                count = len((held[incident].tables or {}).get(TABLE, {}))
                return FileFinding(
                    error.path,
                    f"{what}; the backup {path} of {at} has its first {count} entries, and "
                    f"`ircbot store restore {path}` puts them in its place",
                )
    return FileFinding(
        error.path, f"{what}; no backup that we know of has it. docs/store.md says what can be done"
    )


def _lines(content: bytes, incident: int) -> str:
    """Describe the lines of a damaged TinyDB file that were changed."""
    documents, lines, wrong = snapshot.damaged_lines(content)
    # Older versions kept tombstones in a list of their own, which may be damaged itself.
    for broken in hash_chain.check(documents, incident, {}):
        if (line := lines.get(str(broken.position))) is not None:
            wrong.append(line)
    if not 0 < len(wrong) <= _MOST_LINES:
        return ""
    return f" in line{'s' if len(wrong) > 1 else ''} {', '.join(map(str, sorted(wrong)))}"


def _kept(folder: Folder) -> Iterator[FileFinding]:
    for name in folder.names():
        for ending, what in _KEPT.items():
            if COPY.fullmatch(name) and name.rstrip("0123456789").endswith(ending):
                yield FileFinding(
                    folder.file(name), f"{what}; remove it when you need it no more", bad=False
                )


# --- back up and restore ----------------------------------------------------------------------

_MEMBER = re.compile(r"([0-9]{4,9})\.json")
_ABOUT = "ircbot-store.json"
_LARGEST = 1 << 29  # bytes of one incident in a backup, at most
_OWN = re.compile(r"\d{4,}\..*|.*\.lock|.*\.jsonl(?:\.new)?|followed\.json|secret|changes")


def back_up(path: str, target: str, *, progress: Progress = _silent, disk: Disk = REAL_DISK) -> int:
    """Write every incident to one file, a compressed tar, and return their number.

    Each is a TinyDB file that contains complete commits only. StoreError if an incident cannot be
    read, or if `target` exists and is not a backup of a store.
    """
    folder = Folder(disk, path)
    _see_that_it_is_ours(target)
    _see_that_it_is_none_of_the_stores(folder, target)
    now = datetime.now(UTC)
    with (
        trying("write", target),
        _new_file(target) as file,
        tarfile.open(fileobj=file, mode="w:gz") as archive,
    ):
        done = _pack(archive, folder, disk, now, progress)
    with contextlib.suppress(StoreError):  # a store that cannot be written to is backed up too
        folder.note_backup(target, now)
    return done


def pour_out(path: str, stream: IO[bytes], *, disk: Disk = REAL_DISK) -> int:
    """Write a backup to a stream. It is not remembered, as nobody knows where it goes."""
    with tarfile.open(fileobj=stream, mode="w|gz") as archive:
        done = _pack(archive, Folder(disk, path), disk, datetime.now(UTC), _silent)
    stream.flush()
    return done


def _pack(
    archive: tarfile.TarFile, folder: Folder, disk: Disk, now: datetime, progress: Progress
) -> int:
    """Add every incident to an archive; returns their number."""
    everywhere = folder.ledgers()
    for done, (incident, where) in enumerate(everywhere.items(), 1):
        ledger = _read(where, incident, disk)
        if ledger.count:
            _add(archive, f"{incident:04d}.json", ledger.storage.as_file(), now)
        progress(done, len(everywhere))
    keys = secret.load(disk, folder.file(secret.SECRET)).keys
    about = {"format": snapshot.FORMAT, "at": now.isoformat(timespec="seconds"), "keys": keys}
    _add(archive, _ABOUT, json.dumps(about).encode(), now)  # last: the backup is complete
    return len(everywhere) - 1


def _see_that_it_is_ours(target: str) -> None:
    """StoreError if `target` exists and a backup must not replace it."""
    try:
        found = os.lstat(target)
    except FileNotFoundError:
        return
    except OSError as error:
        raise cannot("write", target, error) from error
    if stat.S_ISLNK(found.st_mode):
        raise StoreError(f"{target} is a link. Give the name of the file that it leads to.")
    if not stat.S_ISREG(found.st_mode):
        raise StoreError(f"{target} is not a file. Give the name of one, or a new name.")
    if found.st_size and not _is_backup(target):
        raise StoreError(
            f"{target} is not a backup of a store, and is left alone. Give another name, or remove "
            "it."
        )


def _see_that_it_is_none_of_the_stores(folder: Folder, target: str) -> None:
    """StoreError if the backup would have the name of one of the store's files."""
    there = os.path.realpath(os.path.dirname(os.path.abspath(target)))
    own = {os.path.realpath(one.path) for one in (folder, folder.archive)}
    if there in own and _OWN.fullmatch(os.path.basename(target)):
        raise StoreError(f"{target} is a name of the store's own. Give another one.")


def _is_backup(target: str) -> bool:
    """Whether a file looks like a backup from its beginning; it may be truncated."""
    try:
        with tarfile.open(target, mode="r:*") as archive:
            first = archive.next()
            name = first.name if first else ""
            return name == _ABOUT or _MEMBER.fullmatch(name) is not None
    except (OSError, EOFError, tarfile.TarError, zlib.error):
        return False


@contextlib.contextmanager
def _new_file(path: str) -> Iterator[IO[bytes]]:
    """A private file that replaces `path` once it is complete and synced."""
    new = f"{path}.{secrets.token_hex(4)}.new"  # a name that nobody else uses
    handle = os.open(new, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    try:
        with open(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
        REAL_DISK.sync_folder(os.path.dirname(os.path.abspath(path)))
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(new)
        raise


def _add(archive: tarfile.TarFile, name: str, content: bytes, at: datetime) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = len(content), int(at.timestamp()), 0o600
    archive.addfile(member, io.BytesIO(content))


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """What happened to each incident of a backup."""

    new: tuple[int, ...] = ()  # were missing, at least in part
    same: tuple[int, ...] = ()  # the store already has everything
    other: tuple[int, ...] = ()  # contradict the store's; the backup's version is kept beside it


def restore(path: str, source: str, *, disk: Disk = REAL_DISK) -> RestoreResult:
    """Add what a backup has and the store has not. Safe beside a running bot.

    Nothing is removed: newer entries stay, and erased words stay erased.
    """
    folder = Folder(disk, path)
    held, keys = _read_backup(source)
    folder.create()
    folder.must_be_its_own(
        "a backup goes into a folder of its own, while no bot runs: `ircbot store migrate --to "
        "folder`, this command, `ircbot store migrate --to postgresql`."
    )
    done: dict[str, list[int]] = {"new": [], "same": [], "other": []}
    writers = Writers(disk, folder)
    try:
        with writers.committing():
            both = secret.merged(secret.load(disk, folder.file(secret.SECRET)), keys)
            secret.save(disk, folder.file(secret.SECRET), both)
            for incident, theirs in sorted(held.items()):
                writers.announce([incident])
                what = _restore_one(folder, incident, theirs, disk)
                if incident != NO_INCIDENT:
                    done[what].append(incident)
    finally:
        writers.close()
    return RestoreResult(**{what: tuple(incidents) for what, incidents in done.items()})


def _restore_one(folder: Folder, incident: int, theirs: Snapshot, disk: Disk) -> str:
    path, log = folder.database(incident), folder.journal(incident)
    if folder.where(incident) is not folder:
        return "same"  # it is archived
    try:
        storage = _read(folder, incident, disk).storage
        ours = Snapshot(storage.read(), storage.last)
    except Damaged:
        _set_aside((path, log), disk)
        ours = Snapshot(None)
    both = _merged(ours, theirs)
    if both is None:
        with trying("write", f"{path}.restored"):
            aside = free_name(disk, f"{path}.restored")
            replace_file(disk, aside, snapshot.write(theirs))
        return "other"
    if both == ours.tables:
        return "same"
    with trying("write", path):
        # The next commit number, so that a bot that has the incident in memory reads it again.
        commit = max(ours.commit, theirs.commit) + 1
        replace_file(disk, path, snapshot.write(Snapshot(both, commit)))
        disk.remove(log)
    return "new"


def _set_aside(paths: Iterable[str], disk: Disk) -> None:
    for path in paths:
        with trying("keep", path):
            content = read_file(disk, path)
            if content:
                replace_file(disk, free_name(disk, f"{path}.damaged"), content)


def _merged(ours: Snapshot, theirs: Snapshot) -> Tables | None:
    """Everything that either has; None if they contradict each other. A tombstone, which has the
    hash of what it replaced, wins over the document."""
    tables = dict(ours.tables or {})
    for name, table in (theirs.tables or {}).items():
        merged = dict(tables.get(name, {}))
        for position, their in table.items():
            our = merged.setdefault(position, their)
            if our.get(hash_chain.HASH) != their.get(hash_chain.HASH):
                return None
            if hash_chain.ERASED in their and hash_chain.ERASED not in our:
                merged[position] = their
        tables[name] = dict(sorted(merged.items(), key=lambda item: int(item[0])))
    return tables


def _read_backup(source: str) -> tuple[dict[int, Snapshot], tuple[str, ...]]:
    """The TinyDB files in a backup, and its keys. StoreError if it is incomplete."""
    held: dict[int, Snapshot] = {}
    keys: tuple[str, ...] = ()
    whole_backup = False
    try:
        with open(source, "rb") as file, tarfile.open(fileobj=file, mode="r:*") as archive:
            for member in archive:
                content = _content(archive, member)
                if (match := _MEMBER.fullmatch(member.name)) and int(match[1]) not in held:
                    where = f"{source}, {member.name}"
                    held[int(match[1])] = snapshot.read(content, where)
                    _see_that_it_fits(held[int(match[1])], int(match[1]), where)
                elif member.name == _ABOUT and not whole_backup:
                    keys = secret.checked(json.loads(content).get("keys", ()))
                    whole_backup = True
                else:
                    raise ValueError(member.name)  # not of our making
            _read_to_the_end(archive)
    except OSError as error:
        if error.errno:
            raise StoreError(f"cannot read {source}: {error.strerror}.") from error
        whole_backup = False
    except (EOFError, tarfile.TarError, zlib.error, lzma.LZMAError, Damaged, *_NOT_OURS):
        whole_backup = False
    if not whole_backup:
        raise StoreError(f"{source} is not a whole backup of a store. Try another one.")
    return held, keys


def _read_to_the_end(archive: tarfile.TarFile) -> None:
    """Read on to the checksum at the end of the gzip stream; tarfile stops before it."""
    stream = archive.fileobj
    while stream is not None and stream.read(1 << 20):
        pass


# What malformed JSON may lead to.
_NOT_OURS = (ValueError, AttributeError, TypeError, KeyError, RecursionError)


def _see_that_it_fits(theirs: Snapshot, incident: int, where: str) -> None:
    """StoreError, or one of _NOT_OURS, if a file of a backup cannot be an incident's."""
    for position, document in (theirs.tables or {}).get(TABLE, {}).items():
        words = hash_chain.words(document)
        if decode(words, f"{where}, entry {int(position)}").incident != incident:
            raise StoreError(f"{where} is another incident's.")


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    """The content of a regular file in an archive. Refuses links and sparse files."""
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.size > _LARGEST:
        raise ValueError(member.name)
    file = archive.extractfile(member)
    assert file is not None  # it is a regular file
    return file.read()
