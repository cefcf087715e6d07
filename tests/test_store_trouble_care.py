"""Retention, what comes back from the archive, and stores of older versions: killed, without power, or
refused by the disk at each operation in turn. What was on record stays, once and whole."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from store.disks import MemoryDisk, after, once, refusing
from store.samples import closed, declared, note, summary_of
from test_store_erase import AFTER, ERASES, ORDER, SECRET, STORY
from test_store_files import EVERY
from test_store_migration import FIRST, FORMAT_1, SECOND

from ircbot.errors import StoreError
from ircbot.store import Store, maintenance

FOLDER = "/incidents"
FATES = ("killed", "without power", "refused once", "refused from then on")
OVER = (*STORY, closed(1))


def bot(disk: MemoryDisk) -> Store:
    return Store(FOLDER, writer="bot", summarise=summary_of, erases=ERASES, disk=disk)


@dataclass
class Case:
    """A disk on which something was tried; `done` if it was said to be done."""

    disk: MemoryDisk
    done: bool


def at_every_operation(
    fate: str, prepare: Callable[[MemoryDisk], None], act: Callable[[MemoryDisk], None]
) -> Iterator[Case]:
    """What is left when the nth operation of an act meets its fate, for each n; and of the act."""
    prepared = MemoryDisk()
    prepare(prepared)
    if fate in ("killed", "without power"):
        disk, left = prepared.copy(), list[MemoryDisk]()
        disk.trouble = lambda operation, path: left.append(disk.copy())
        act(disk)
        left.append(disk.copy())
        for number, after_it in enumerate(left, 1):
            if fate == "without power":
                after_it.lose_power(Random(number))
            yield Case(after_it, done=number == len(left))
        assert len(left) > 10
        return
    for number in range(1, 1000):
        disk, done = prepared.copy(), False
        disk.trouble = (
            once(number, refusing(errno.EIO, EVERY))
            if fate == "refused once"
            else after(number, refusing(errno.ENOSPC, EVERY))
        )
        with suppress(StoreError):
            act(disk)
            done = True
        reached = disk.operations >= number
        disk.die()
        yield Case(disk, done)
        if not reached:
            assert number > 10
            return


def holding(disk: MemoryDisk) -> list[str]:
    return [path for path, content in disk.files().items() if SECRET.encode() in content]


def bad(disk: MemoryDisk) -> list[str]:
    return [str(one) for one in maintenance.check(FOLDER, disk=disk).findings if one.bad]


# --- retention --------------------------------------------------------------------------------


def with_one_that_is_over(disk: MemoryDisk) -> None:
    store = bot(disk)
    store.append(OVER[:3])
    store.snapshot(1)
    store.append([*OVER[3:], declared(2)])
    disk.overwrite(f"{FOLDER}/0001.journal.torn", SECRET.encode())


def retire(disk: MemoryDisk, *, erase: bool = False) -> None:
    store = bot(disk)
    store.entries(1)
    store.retire(1, erase=erase)
    store.close()


@pytest.mark.parametrize("fate", FATES)
def test_an_incident_on_its_way_to_the_archive_is_in_one_place(fate: str) -> None:
    for case in at_every_operation(fate, with_one_that_is_over, retire):
        found = Store(FOLDER, summarise=summary_of, erases=ERASES, disk=case.disk)
        assert found.entries(1) == OVER
        archive = found.archived()
        here = [one.incident for one in found.incidents()]
        there = [one.incident for one in archive.incidents()] if archive else []
        assert sorted(here + there) == [1, 2]
        assert there or not case.done
        assert bad(case.disk) == []
        if 1 in here:
            retire(case.disk)
        assert bot(case.disk).highest_id() == 2
        assert Store(FOLDER, disk=case.disk).entries(1) == OVER


@pytest.mark.parametrize("fate", FATES)
def test_an_incident_that_is_to_be_erased_is_whole_or_gone(fate: str) -> None:
    for case in at_every_operation(
        fate, with_one_that_is_over, lambda disk: retire(disk, erase=True)
    ):
        left = Store(FOLDER, disk=case.disk).entries(1)
        assert left in (OVER, ())
        assert not (case.done and holding(case.disk))
        if left:
            retire(case.disk, erase=True)
        assert holding(case.disk) == []
        assert bot(case.disk).highest_id() == 2


@pytest.mark.parametrize("fate", FATES)
def test_a_redaction_of_an_archived_incident_is_done_or_can_be_ordered_again(fate: str) -> None:
    def prepare(disk: MemoryDisk) -> None:
        with_one_that_is_over(disk)
        disk.die()
        retire(disk)

    def redact(disk: MemoryDisk) -> None:
        store = bot(disk)
        store.entries(1)
        store.append([ORDER])
        if store.unerased:
            raise StoreError("not erased")

    redacted = (*AFTER[:-1], OVER[-1], ORDER)
    for case in at_every_operation(fate, prepare, redact):
        assert not (case.done and holding(case.disk))
        store = bot(case.disk)
        store.resume()
        assert store.entries(1) in (OVER, redacted)
        if store.entries(1) == OVER:
            store.append([ORDER])
        store.close()
        assert Store(FOLDER, disk=case.disk).entries(1) == redacted
        if fate != "refused once":
            assert holding(case.disk) == []
        assert bad(case.disk) == []


# --- stores of older versions -----------------------------------------------------------------


def with_an_old_store(disk: MemoryDisk) -> None:
    disk.create_folder(FOLDER)
    for path in Path(FORMAT_1).iterdir():
        disk.overwrite(f"{FOLDER}/{path.name}", path.read_bytes())
    disk.sync_folder(FOLDER)


@pytest.mark.parametrize("fate", FATES)
def test_an_old_store_is_whole_at_each_step_of_being_written_to(fate: str) -> None:
    def go_on(disk: MemoryDisk) -> None:
        store = bot(disk)
        store.resume()
        if store.damaged:
            raise StoreError("not read")
        store.append([note(2, 3)])

    for case in at_every_operation(fate, with_an_old_store, go_on):
        found = Store(FOLDER, disk=case.disk)
        assert [e.event for e in found.entries(1)] == [e.event for e in FIRST]
        now = found.entries(2)
        assert now in (SECOND, (*SECOND, note(2, 3)))
        assert now[3:] or not case.done
        again = bot(case.disk)
        again.resume()
        assert not again.damaged
        assert again.entries(2) == now
        again.close()
        assert bad(case.disk) == []
