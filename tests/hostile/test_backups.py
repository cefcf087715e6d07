"""Backups that somebody made up: what leads elsewhere, is twice there, is huge, is another's."""

from __future__ import annotations

import errno
import io
import json
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from kept import OUTAGE, keep
from store.disks import MemoryDisk, after, refusing
from store.samples import declared, note

from ircbot.errors import StoreError
from ircbot.store import Store, maintenance

ABOUT = "ircbot-store.json"
Members = dict[str, bytes]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    keep(tmp_path / "incidents", *OUTAGE)
    return tmp_path / "incidents"


@pytest.fixture
def members(folder: Path, tmp_path: Path) -> Members:
    """What a backup holds."""
    maintenance.back_up(str(folder), str(tmp_path / "whole.tar.gz"))
    with tarfile.open(tmp_path / "whole.tar.gz") as archive:
        files = {m.name: archive.extractfile(m) for m in archive}
        return {name: file.read() for name, file in files.items() if file}


def packed(path: Path, *files: tuple[tarfile.TarInfo, bytes]) -> str:
    with tarfile.open(path, "w:gz") as archive:
        for member, content in files:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return str(path)


def plain(members: Members, **changed: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
    return [(tarfile.TarInfo(name), text) for name, text in {**members, **changed}.items()]


def leading(name: str, kind: bytes, to: str = "") -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, to
    return member, b""


TAMPERED: dict[str, Callable[[Members], list[tuple[tarfile.TarInfo, bytes]]]] = {
    "outside": lambda m: [(tarfile.TarInfo("../0009.json"), m["0001.json"]), *plain(m)],
    "absolute": lambda m: [(tarfile.TarInfo("/tmp/0009.json"), m["0001.json"]), *plain(m)],
    "symlink": lambda m: [leading("0009.json", tarfile.SYMTYPE, "/etc/passwd"), *plain(m)],
    "hard link": lambda m: [*plain(m), leading("0009.json", tarfile.LNKTYPE, "0001.json")],
    "device": lambda m: [leading("0009.json", tarfile.CHRTYPE), *plain(m)],
    "fifo": lambda m: [leading("0009.json", tarfile.FIFOTYPE), *plain(m)],
    "folder": lambda m: [leading("archive", tarfile.DIRTYPE), *plain(m)],
    "holes": lambda m: [leading("0009.json", tarfile.GNUTYPE_SPARSE), *plain(m)],
    "twice": lambda m: [*plain(m), (tarfile.TarInfo("0001.json"), m["0001.json"])],
    "two ends": lambda m: [*plain(m), (tarfile.TarInfo(ABOUT), m[ABOUT])],
    "other digits": lambda m: [*plain(m), (tarfile.TarInfo("٠٠٠٩.json"), m["0001.json"])],
    "endless": lambda m: [*plain(m), (tarfile.TarInfo(f"{'9' * 40}.json"), m["0001.json"])],
    "no end": lambda m: plain({"0001.json": m["0001.json"]}),
    "keys": lambda m: plain(m, **{ABOUT: json.dumps({"keys": ["zz"]}).encode()}),
    "no keys": lambda m: plain(m, **{ABOUT: json.dumps({"keys": [1]}).encode()}),
    "no table": lambda m: plain(m, **{ABOUT: b"[]"}),
    "nested": lambda m: plain(m, **{ABOUT: b"[" * 100_000}),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_backup_that_was_tampered_with_restores_nothing(how, folder, members, tmp_path):
    made = packed(tmp_path / "made.tar.gz", *TAMPERED[how](members))
    with pytest.raises(StoreError, match="is not a whole backup of a store"):
        maintenance.restore(str(tmp_path / "new"), made)
    assert not (tmp_path / "new").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "incidents", "made.tar.gz", "whole.tar.gz",
    ]  # fmt: skip


def test_an_incident_that_is_too_large_is_not_read(members, tmp_path):
    made = tmp_path / "made.tar"
    member = tarfile.TarInfo("0009.json")
    member.size = 1 << 40
    made.write_bytes(member.tobuf() + b"0" * 10_000)
    with pytest.raises(StoreError, match="is not a whole backup of a store"):
        maintenance.restore(str(tmp_path / "new"), str(made))


def test_an_incident_under_another_number_is_refused(members, tmp_path):
    files = plain({"0002.json": members["0001.json"], ABOUT: members[ABOUT]})
    made = packed(tmp_path / "made.tar.gz", *files)
    with pytest.raises(StoreError, match=r"0002\.json is another incident's\."):
        maintenance.restore(str(tmp_path / "new"), made)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["0009.json", "0001.journal", "commit.lock", "secret", "x.jsonl"])
@pytest.mark.parametrize("linked", [False, True])
def test_a_backup_is_no_file_of_its_own_store(folder, tmp_path, name, linked):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (tmp_path / "link").symlink_to(folder)
    target = (tmp_path / "link" if linked else folder) / name
    with pytest.raises(
        StoreError, match=r"is a name of the store's own|is not a backup of a store"
    ):
        maintenance.back_up(str(folder), str(target))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    maintenance.back_up(str(folder), str(folder / "backup.tar.gz"))
    assert maintenance.restore(str(tmp_path / "new"), str(folder / "backup.tar.gz")).new == (1,)


@pytest.fixture
def sources(tmp_path: Path) -> tuple[str, str]:
    """An earlier backup of a store, and a later one."""
    earlier, later = str(tmp_path / "a.tar.gz"), str(tmp_path / "b.tar.gz")
    with closing(Store(str(tmp_path / "from"), writer="bot")) as store:
        store.append([declared(1)])
        maintenance.back_up(str(tmp_path / "from"), earlier)
        store.append([note(1, 1)])
        store.append([declared(2), note(2, 1)])
    maintenance.back_up(str(tmp_path / "from"), later)
    return earlier, later


def is_whole_once_done_again(disk: MemoryDisk, source: str, before: int) -> None:
    found = maintenance.check("/s", disk=disk)
    assert found.well
    assert found.entries in (before, 2, 4)
    maintenance.restore("/s", source, disk=disk)
    with closing(Store("/s", writer="bot", disk=disk)) as store:
        assert store.entries(1) == (declared(1), note(1, 1))
        assert store.entries(2) == (declared(2), note(2, 1))


@pytest.mark.parametrize("there", [False, True])
def test_a_restore_that_is_killed_anywhere_is_whole_once_it_is_done_again(sources, there):
    earlier, later = sources
    disk, left = MemoryDisk(), list[MemoryDisk]()
    if there:
        maintenance.restore("/s", earlier, disk=disk)
    disk.trouble = lambda operation, path: left.append(disk.copy())
    maintenance.restore("/s", later, disk=disk)
    assert len(left) > 10
    for one in left:
        is_whole_once_done_again(one, later, int(there))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_restore_that_is_refused_anywhere_is_whole_once_it_is_done_again(sources, code):
    number, refused = 0, True
    while refused:
        number += 1
        disk = MemoryDisk()
        disk.trouble, refused = after(number, refusing(code)), False
        try:
            maintenance.restore("/s", sources[1], disk=disk)
        except StoreError:
            refused = True
        disk.die()
        is_whole_once_done_again(disk, sources[1], 0)
    assert number > 10
