"""Real processes on a real disk: killed, out of space, two at a time, one reading while one writes."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.postgresql import Postgresql
from store.disks import TroubledDisk, refusing
from store.samples import declared, note
from tmpfs import mounted

from ircbot.errors import StoreError
from ircbot.store import Store

HERE = Path(__file__).parent
ROOT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent), str(HERE)])}


@pytest.mark.slow
def test_killed_again_and_again_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    """`IRCBOT_KILLS=5000` kills it for as long as that takes."""
    killed(tmp_path, os.environ.get("IRCBOT_KILLS", "25"))


@pytest.mark.slow
def test_killed_again_and_again_a_database_has_what_was_acknowledged(
    tmp_path: Path, postgresql: Postgresql
) -> None:
    killed(tmp_path, os.environ.get("IRCBOT_KILLS", "6"), postgresql.dsn, postgresql.new_unit())


def killed(path: Path, kills: str, *record: str) -> None:
    done = subprocess.run(
        [sys.executable, HERE / "store" / "killed.py", path / "incidents", kills, "7", *record],
        capture_output=True,
        text=True,
        env=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["kills"] == int(kills)
    assert told["acknowledged"] > int(kills)


def started(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ROOT,
    )


BOT = """
import sys
from ircbot.store import Store
store = Store(sys.argv[1], writer="bot")
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other_bot(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with started(BOT, str(tmp_path)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def test_a_second_bot_is_told_which_process_is_the_first(
    tmp_path: Path, other_bot: subprocess.Popen[str]
) -> None:
    with pytest.raises(StoreError, match=f"another bot: process {other_bot.pid} on "):
        Store(str(tmp_path), writer="bot")
    Store(str(tmp_path), writer="tool").close()


def test_a_killed_bot_leaves_no_lock_behind(
    tmp_path: Path, other_bot: subprocess.Popen[str]
) -> None:
    other_bot.kill()
    other_bot.wait()
    Store(str(tmp_path), writer="bot").close()


WRITER = """
import sys
from store.samples import declared, note
from ircbot.store import Store
store = Store(sys.argv[1], writer="bot")
store.append([declared(1)])
print("ready", flush=True)
for n in range(1, 600, 3):
    store.append([note(1, n), note(1, n + 1), note(1, n + 2)])
    if n % 90 == 1:
        store.snapshot(1)
store.close()
"""


def test_a_reader_never_sees_half_a_commit(tmp_path: Path) -> None:
    seen = []
    with started(WRITER, str(tmp_path)) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        while writer.poll() is None:
            entries = Store(str(tmp_path)).entries(1)
            assert len(entries) % 3 == 1
            assert entries == (declared(1), *(note(1, n) for n in range(1, len(entries))))
            seen.append(len(entries))
        assert writer.returncode == 0
    assert seen == sorted(seen)
    assert len(Store(str(tmp_path)).entries(1)) == 601


TOOL = """
import sys
from store.samples import note
from ircbot.errors import Behind
from ircbot.store import Store
store = Store(sys.argv[1], writer="tool")
for n in range(60):
    while True:
        try:
            store.append([note(1, len(store.entries(1)), sys.argv[2])])
            break
        except Behind:
            store.poll()
store.close()
"""


def test_several_processes_append_and_nothing_is_lost_or_numbered_twice(tmp_path: Path) -> None:
    store = Store(str(tmp_path), writer="bot")
    store.append([declared(1)])
    had = 1
    with started(TOOL, str(tmp_path), "a") as one, started(TOOL, str(tmp_path), "b") as two:
        while one.poll() is None or two.poll() is None:
            had += len(store.poll())
        assert (one.returncode, two.returncode) == (0, 0)
    had += len(store.poll())
    entries = store.entries(1)
    assert had == len(entries) == 121
    assert [e.event.n for e in entries[1:]] == list(range(1, 121))
    assert not store._read(1).broken()
    store.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with 200 kB."""
    with mounted(tmp_path / "small", "200k") as disk:
        yield disk


def fill(folder: Path) -> Path:
    """Leave no room."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(bytes(4096))
            except OSError:
                return filler


def test_a_full_disk_loses_nothing_and_goes_on_when_there_is_room(small_disk: Path) -> None:
    path = small_disk / "incidents"
    store = Store(str(path), writer="bot")
    store.append([declared(1)])
    filler = fill(small_disk)
    written = [declared(1)]
    for n in range(1, 20):  # what was laid out before can still be used
        written.append(note(1, n, "x" * 400))
        store.append(written[-1:])
    with pytest.raises(StoreError, match=r"No space left on device\. Make room on that disk\."):
        store.append([note(1, 20, "y" * 80_000)])
    with pytest.raises(StoreError, match="No space left"):
        store.append([declared(2)])
    assert Store(str(path)).entries(1) == tuple(written)
    filler.unlink()
    store.append([note(1, len(written))])
    store.append([declared(2)])
    store.close()
    assert Store(str(path)).entries(1) == (*written, note(1, len(written)))
    assert Store(str(path)).entries(2) == (declared(2),)


def test_what_a_full_disk_does_not_let_be_snapshot_stays_in_the_journal(small_disk: Path) -> None:
    path = small_disk / "incidents"
    store = Store(str(path), writer="bot")
    story = [declared(1), *(note(1, n, "x" * 400) for n in range(1, 40))]
    store.append(story)
    filler = fill(small_disk)
    store.close()
    assert Store(str(path)).entries(1) == tuple(story)
    filler.unlink()
    store = Store(str(path), writer="bot")
    assert store.resume() == tuple(story)
    store.close()


def test_a_file_system_that_became_read_only_is_told_and_recovered_from(small_disk: Path) -> None:
    path = small_disk / "incidents"
    store = Store(str(path), writer="bot")
    store.append([declared(1)])
    store.close()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert Store(str(path)).entries(1) == (declared(1),)
    with pytest.raises(StoreError, match=r"Read-only file system\. Mount the file system"):
        Store(str(path), writer="bot")
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    store = Store(str(path), writer="bot")
    assert store.resume() == (declared(1),)
    store.append([note(1, 1)])
    store.close()


def test_a_disk_that_fails_for_a_while_on_a_real_file(tmp_path: Path) -> None:
    disk = TroubledDisk()
    store = Store(str(tmp_path), writer="bot", disk=disk)
    store.append([declared(1)])
    for code in (errno.EIO, errno.EROFS, errno.ENOSPC):
        disk.trouble = refusing(code)
        with pytest.raises(StoreError, match=os.strerror(code)):
            store.append([note(1, 1)])
    disk.trouble = lambda operation: None
    store.append([note(1, 1)])
    assert Store(str(tmp_path)).entries(1) == (declared(1), note(1, 1))
    store.close()
    assert Store(str(tmp_path)).entries(1) == (declared(1), note(1, 1))


def test_a_folder_without_the_right_to_write_is_told(tmp_path: Path) -> None:
    (tmp_path / "incidents").write_text("a file")
    with pytest.raises(StoreError, match=r"cannot make the folder .*: File exists"):
        Store(str(tmp_path / "incidents"), writer="bot")


def test_a_journal_removed_by_hand_is_written_again(tmp_path: Path) -> None:
    store = Store(str(tmp_path), writer="bot")
    store.append([declared(1), note(1, 1)])
    (tmp_path / "0001.journal").unlink()
    store.snapshot(1)
    assert Store(str(tmp_path)).entries(1) == (declared(1), note(1, 1))
    store.append([note(1, 2)])
    (tmp_path / "0001.json").unlink()
    (tmp_path / "0001.journal").unlink()
    store.close()
    assert Store(str(tmp_path)).entries(1) == (declared(1), note(1, 1), note(1, 2))
