"""Retention, what comes back from the archive, migration and mending: killed, without power, or
refused by the disk at each operation in turn. What was on record stays, once and whole."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from store.disks import Dead, MemoryDisk, after, kill, once, refusing
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
    return Store.open(FOLDER, writer="bot", summarise=summary_of, erases=ERASES, disk=disk)


@dataclass
class Case:
    """A disk on which something was tried; `done` if it was said to be done."""

    disk: MemoryDisk
    done: bool


def at_every_operation(
    fate: str, prepare: Callable[[MemoryDisk], None], act: Callable[[MemoryDisk], None]
) -> Iterator[Case]:
    """What is left when the nth operation of an act meets its fate, for each n."""
    for number in range(1, 1000):
        disk = MemoryDisk()
        prepare(disk)
        disk.die()
        before, done = disk.operations, False
        trouble = {
            "refused once": once(number, refusing(errno.EIO, EVERY)),
            "refused from then on": after(number, refusing(errno.ENOSPC, EVERY)),
        }
        disk.trouble = trouble.get(fate, after(number, kill))
        try:
            act(disk)
        except (Dead, StoreError):
            pass
        else:
            done = True
        reached = disk.operations - before >= number
        if fate == "without power":
            disk.lose_power(Random(number))
        else:
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
        found = Store.open(FOLDER, summarise=summary_of, erases=ERASES, disk=case.disk)
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
        assert Store.open(FOLDER, disk=case.disk).entries(1) == OVER


@pytest.mark.parametrize("fate", FATES)
def test_an_incident_that_is_to_be_erased_is_whole_or_gone(fate: str) -> None:
    for case in at_every_operation(
        fate, with_one_that_is_over, lambda disk: retire(disk, erase=True)
    ):
        left = Store.open(FOLDER, disk=case.disk).entries(1)
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
        assert Store.open(FOLDER, disk=case.disk).entries(1) == redacted
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
def test_an_old_store_is_whole_at_each_step_of_its_migration(fate: str) -> None:
    def migrate(disk: MemoryDisk) -> None:
        store = bot(disk)
        store.resume()
        if store.damaged:
            raise StoreError("not read")
        store.append([note(2, 3)])

    for case in at_every_operation(fate, with_an_old_store, migrate):
        found = Store.open(FOLDER, disk=case.disk)
        assert [e.event for e in found.entries(1)] == [e.event for e in FIRST]
        now = found.entries(2)
        assert now in (SECOND, (*SECOND, note(2, 3)))
        assert now[3:] or not case.done
        migrate_again = bot(case.disk)
        migrate_again.resume()
        assert not migrate_again.damaged
        assert migrate_again.entries(2) == now
        migrate_again.close()
        assert bad(case.disk) == []


# --- damaged files ----------------------------------------------------------------------------


def with_a_damaged_one(disk: MemoryDisk) -> None:
    store = bot(disk)
    store.append([declared(1), *(note(1, n) for n in (1, 2, 3))])
    store.close()
    path = f"{FOLDER}/0001.json"
    disk.overwrite(path, disk.files()[path].replace(b'"n":2,"text"', b'"n":2,"t###"'))


@pytest.mark.parametrize("fate", FATES)
def test_mending_saves_what_is_whole_or_leaves_what_there_was(fate: str) -> None:
    every = (declared(1), note(1, 1), note(1, 2), note(1, 3))
    saved = (*every[:2], every[3])
    for case in at_every_operation(
        fate, with_a_damaged_one, lambda disk: void(maintenance.mend(FOLDER, disk=disk))
    ):
        maintenance.mend(FOLDER, disk=case.disk)
        # Without power the journal may be back, whose removal had not been synced.
        assert Store.open(FOLDER, disk=case.disk).entries(1) in (saved, every)
        assert maintenance.mend(FOLDER, disk=case.disk) == ()
        kept = [path for path in case.disk.files() if ".damaged" in path]
        assert kept
        assert any(b'"t###"' in case.disk.files()[path] for path in kept)


def void(_: object) -> None:
    """Nothing."""
