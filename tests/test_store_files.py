"""What an erasure does to files: the old one stays until the new one is there, and others' never go."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from store.disks import MemoryDisk, after, once, refusing
from store.samples import declared, note
from test_store_erase import AFTER, ORDER, SECRET, STORY, bot

from ircbot.errors import StoreError
from ircbot.store import Store

EVERY = ("open", "read", "write", "sync", "rename", "remove", "look", "names", "create_folder")


def prepared() -> tuple[MemoryDisk, Store]:
    """A store whose secret stands in the TinyDB file, and in the journal beside it."""
    disk = MemoryDisk()
    store = bot("/incidents", disk=disk)
    store.append(STORY[:3])
    store.snapshot(1)
    store.append(STORY[3:])
    disk.overwrite("/incidents/0001.json.damaged", SECRET.encode())
    return disk, store


def whole(disk: MemoryDisk) -> None:
    """No file was overwritten that is still there, and every incident can be read."""
    for path, content in disk.files().items():
        assert not content.startswith(b"\0\0"), path
    assert Store("/incidents", disk=disk).entries(1) in (STORY, AFTER)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS])
@pytest.mark.parametrize("lasting", [False, True])
def test_whatever_is_refused_while_erasing_no_incident_is_lost(code: int, lasting: bool) -> None:
    number, refused = 0, True
    while refused:
        number += 1
        disk, store = prepared()
        before = disk.operations
        disk.trouble = (after if lasting else once)(number, refusing(code, EVERY))
        try:
            store.append([ORDER])
        except StoreError:
            counts = False
        else:
            counts = True
        refused = disk.operations - before >= number
        disk.trouble = lambda operation, path: None
        whole(disk)
        held = any(SECRET.encode() in content for content in disk.files().values())
        assert not (counts and held and not store.unerased), "said to be gone"
        if not counts:
            store.append([ORDER])
        store.close()
        assert Store("/incidents", disk=disk).entries(1) == AFTER
        assert not [p for p, content in disk.files().items() if SECRET.encode() in content]
    assert number > 20


FULL = """
    import resource, signal, sys
    sys.path[:0] = {paths!r}
    from test_store_erase import ORDER, STORY, bot
    from store.samples import note
    store = bot({folder!r})
    store.append([*STORY, note(1, 4, "x" * 200_000)])
    store.snapshot(1)
    store.append([note(1, 5)])
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    store.append([ORDER])
    print(store.unerased[0])
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(len(store.entries(1)))
    import os; os._exit(0)
"""


def test_a_redaction_over_quota_leaves_the_incident_and_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "incidents"
    script = textwrap.dedent(FULL).format(paths=[*sys.path], folder=str(folder))
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "0001.json: File too large" in done.stdout
    assert b"\0" not in (folder / "0001.json").read_bytes()
    store = bot(folder)  # the next start finishes it
    assert store.resume()[2].event.text == ""  # type: ignore[union-attr]
    store.close()
    assert SECRET.encode() not in (folder / "0001.json").read_bytes()


def test_what_others_put_beside_the_files_is_left_alone_and_named(tmp_path: Path) -> None:
    store = bot(tmp_path)
    store.append(STORY)
    others = ("0001.postmortem.docx", "0001.json.bak", "0001.damaged", "notes.new", "0001.new")
    for name in others:
        (tmp_path / name).write_text(SECRET)
    store.append([ORDER])
    assert [(tmp_path / name).read_text() for name in others] == [SECRET] * len(others)
    named = "".join(store.left)
    assert all(name in named for name in others if name.startswith("0001."))
    store.close()
    bot(tmp_path).close()
    assert all((tmp_path / name).exists() for name in others)


OURS = ("0001.json", "0001.journal", "0001.json.format1", "index.jsonl", "changes", "backups.jsonl")


@pytest.mark.parametrize("link", [os.link, os.symlink])
@pytest.mark.parametrize("name", OURS)
def test_nothing_is_written_through_a_link(tmp_path: Path, name: str, link) -> None:
    folder, outside = tmp_path / "incidents", tmp_path / "outside"
    store = bot(folder)
    store.append(STORY[:3])
    store.snapshot(1)
    store.append(STORY[3:])
    if not (folder / name).exists():
        (folder / name).write_text("calm\n")
    outside.write_bytes((folder / name).read_bytes())
    (folder / name).unlink()
    link(outside, folder / name)
    before = outside.read_bytes()
    again = Store(str(folder), writer="tool", erases=store._erases)
    again.entries(1)
    again.append([ORDER])
    again._folder.note_backup(str(tmp_path / "b"), ORDER.at)
    again.snapshot(1)
    again.close()
    assert outside.read_bytes() == before
    assert Store(str(folder)).entries(1) == AFTER
    inside = [path for path in folder.iterdir() if SECRET in path.read_text()]
    assert not inside
    if name.startswith("0001"):
        assert f"another name of what was {folder / name}" in again.left


@pytest.mark.parametrize("name", ["bot.lock", "commit.lock"])
def test_a_lock_that_is_a_link_is_not_written_through(tmp_path: Path, name: str) -> None:
    folder, outside = tmp_path / "incidents", tmp_path / "outside"
    folder.mkdir()
    outside.write_text("mine")
    os.link(outside, folder / name)
    bot(folder).close()
    assert outside.read_text() == "mine"
    (folder / name).unlink()
    os.symlink(outside, folder / name)
    with pytest.raises(StoreError, match="symbolic link"):
        bot(folder)
    assert outside.read_text() == "mine"


def test_a_second_damaged_file_does_not_take_the_place_of_the_first(tmp_path: Path) -> None:
    """Nothing that was put aside is overwritten by what is put aside later."""
    store = bot(tmp_path)
    store.append([declared(1), note(1, 1)])
    for text in ("{", "{{"):
        (tmp_path / "0001.json").write_text(text)
        beside = Store(str(tmp_path), writer="tool")
        beside._writers.announce([1])
        (tmp_path / "0001.journal").unlink(missing_ok=True)
        assert store.poll() == ()
        beside.close()
    assert (tmp_path / "0001.json.damaged").read_text() == "{"
    assert (tmp_path / "0001.json.damaged2").read_text() == "{{"
