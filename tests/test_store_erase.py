"""Words that must go are gone from every file, and the chain stays whole."""

from __future__ import annotations

import errno
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from store.disks import MemoryDisk, refusing
from store.samples import ANN, NOON, declared, note, summary_of

from ircbot.incident.events import Entry, Noted, Purged, Redacted
from ircbot.store import Store

SECRET = "hunter2"


def redacted(order: Entry, entry: Entry) -> Entry:
    """As a process might: the words of one note go."""
    assert isinstance(order.event, Redacted)
    if isinstance(entry.event, Noted) and entry.event.n == order.event.n:
        return replace(entry, event=Noted(entry.event.n, ""))
    return entry


def purged(order: Entry, entry: Entry) -> Entry:
    return (
        replace(entry, event=Noted(entry.event.n, "")) if isinstance(entry.event, Noted) else entry
    )


ERASES = {Redacted: redacted, Purged: purged}
STORY = (declared(1), note(1, 1, "calm"), note(1, 2, f"the password is {SECRET}"), note(1, 3))
ORDER = Entry(1, NOON, ANN, Redacted(2))
AFTER = (*STORY[:2], replace(STORY[2], event=Noted(2, "")), STORY[3], ORDER)


def bot(path: Path | str, **more: MemoryDisk) -> Store:
    return Store(str(path), writer="bot", summarise=summary_of, erases=ERASES, **more)


def files_with(secret: str, folder: Path) -> list[str]:
    found = subprocess.run(
        ["grep", "-rl", secret, folder], capture_output=True, text=True, check=False
    )
    return found.stdout.splitlines()


@pytest.mark.parametrize("snapshot_first", [False, True])
def test_redacted_words_are_in_no_file(tmp_path: Path, snapshot_first: bool) -> None:
    store = bot(tmp_path)
    store.append(STORY)
    if snapshot_first:
        store.snapshot(1)
    assert files_with(SECRET, tmp_path)
    store.append([ORDER])
    assert not files_with(SECRET, tmp_path)
    assert store.left == ()
    assert store.entries(1) == AFTER
    assert not store._read(1).broken()
    store.append([note(1, 4)])
    store.close()
    assert Store(str(tmp_path)).entries(1) == (*AFTER, note(1, 4))
    assert not Store(str(tmp_path))._read(1).broken()


def test_copies_that_were_kept_go_too(tmp_path: Path) -> None:
    store = bot(tmp_path)
    store.append(STORY)
    for name in ("0001.json.format1", "0001.journal.torn", "0001.json.damaged", "0001.json.new"):
        (tmp_path / name).write_text(SECRET)
    (tmp_path / "0011.json.format1").write_text("another incident's")
    store.append([ORDER])
    assert not files_with(SECRET, tmp_path)
    assert (tmp_path / "0011.json.format1").exists()


def test_what_was_there_is_overwritten_and_not_only_unlinked(tmp_path: Path) -> None:
    store = bot(tmp_path)
    store.append(STORY)
    store.snapshot(1)
    store.append([note(1, 4, SECRET)])
    with (tmp_path / "0001.json").open("rb") as old, (tmp_path / "0001.journal").open("rb") as log:
        store.append([ORDER, Entry(1, NOON, ANN, Redacted(4))])
        assert not old.read().strip(b"\0")
        assert not log.read().strip(b"\0")


def test_the_title_that_list_shows_goes_too(tmp_path: Path) -> None:
    def redacted_title(order: Entry, entry: Entry) -> Entry:
        return declared(1, "(withheld)") if entry == declared(1, SECRET) else entry

    store = Store(
        str(tmp_path), writer="bot", summarise=summary_of, erases={Purged: redacted_title}
    )
    store.append([declared(1, SECRET)])
    store.snapshot(1)
    assert files_with(SECRET, tmp_path)
    store.append([Entry(1, NOON, ANN, Purged())])
    assert not files_with(SECRET, tmp_path)
    assert store.incidents()[0].summary["title"] == "(withheld)"
    store.close()


def test_an_order_erases_in_its_own_batch_and_everything_at_once(tmp_path: Path) -> None:
    store = bot(tmp_path)
    store.append(STORY)
    store.append([note(1, 4, SECRET), Entry(1, NOON, ANN, Purged())])
    assert not files_with(SECRET, tmp_path)
    assert [e.event.text for e in store.entries(1) if isinstance(e.event, Noted)] == [""] * 4
    assert not store._read(1).broken()
    store.close()


def test_a_running_bot_takes_up_what_a_tool_redacted(tmp_path: Path) -> None:
    running = bot(tmp_path)
    running.append(STORY)
    beside = Store(str(tmp_path), writer="tool", erases=ERASES)
    beside.entries(1)
    beside.append([ORDER])
    beside.close()
    assert running.poll() == (ORDER,)
    assert running.entries(1) == AFTER
    running.append([note(1, 4)])
    running.close()
    assert not files_with(SECRET, tmp_path)


def test_what_is_out_of_reach_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "repository" / "incidents"
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    store = bot(folder)
    backup = tmp_path / "backup.tar.gz"
    backup.write_bytes(b"")
    store._folder.note_backup(str(backup), datetime(2018, 1, 9, tzinfo=UTC))
    store._folder.note_backup(str(tmp_path / "gone"), datetime(2018, 1, 8, tzinfo=UTC))
    store.append(STORY)
    store.append([ORDER])
    assert store.left == (
        f"the backup {backup} of 2018-01-09T00:00:00+00:00",
        f"the history of the repository {tmp_path / 'repository'}",
    )


@pytest.mark.parametrize("power", [True, False])
def test_killed_or_out_of_power_while_erasing_it_is_done_at_the_next_start(power: bool) -> None:
    disk, left = MemoryDisk(), list[MemoryDisk]()
    store = bot("/incidents", disk=disk)
    store.append(STORY[:2])
    store.snapshot(1)
    store.append(STORY[2:])
    disk.trouble = lambda operation, path: left.append(disk.copy())
    store.append([ORDER])
    assert len(left) > 10
    for number, stopped in enumerate(left):
        if not power:
            stopped.lose_power(Random(number))
        again = bot("/incidents", disk=stopped)
        again.resume()
        ordered = again.entries(1)[-1] == ORDER
        assert again.entries(1) == (AFTER if ordered else STORY)
        held = [path for path, content in stopped.files().items() if SECRET.encode() in content]
        assert bool(held) != ordered
        assert not Store("/incidents", disk=stopped)._read(1).broken()


def test_words_that_a_full_disk_keeps_are_named_and_go_later() -> None:
    disk = MemoryDisk()
    store = bot("/incidents", disk=disk)
    store.append(STORY)

    def trouble(operation: str, path: str) -> None:
        if path.endswith("0001.json.new"):
            refusing(errno.ENOSPC)(operation, path)

    disk.trouble = trouble
    store.append([ORDER])
    assert store.entries(1) == AFTER
    (why,) = store.unerased
    assert "0001.json: No space left on device" in why
    disk.trouble = lambda operation, path: None
    store.close()
    assert not [path for path, content in disk.files().items() if SECRET.encode() in content]


def test_a_tombstone_that_nobody_ordered_is_noticed(tmp_path: Path) -> None:
    store = bot(tmp_path)
    store.append(STORY)
    store.append([ORDER])
    store.close()
    file = tmp_path / "0001.json"
    whole = file.read_text()
    assert not Store(str(tmp_path))._read(1).broken()
    for old, new in (
        ('"n":2,"text":""', '"n":2,"text":"x"'),
        ('"text":"calm"', '"text":"chaos"'),
        ('"erased":"', '"other":"'),
    ):
        assert old in whole
        file.write_text(whole.replace(old, new).rstrip())
        assert Store(str(tmp_path))._read(1).broken(), new
    lines = whole.splitlines(keepends=True)
    file.write_text("".join(lines[:2] + lines[3:]).rstrip())
    assert [b.position for b in Store(str(tmp_path))._read(1).broken()] == [2]
