"""What was acknowledged is there, once and in order, whatever the disk does and wherever we die.

Each test tells one story to a store on a disk in memory, with trouble at every operation in turn.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from random import Random

import pytest
from store.disks import MemoryDisk, after, once, refusing
from store.samples import declared, note, summary_of

from ircbot.errors import StoreError
from ircbot.incident.events import Entry
from ircbot.store import Behind, Store
from ircbot.store.codec import encode

FOLDER = "/incidents"

# What a bot appends, one batch a line; None: it takes a snapshot of the first incident.
STORY: tuple[tuple[Entry, ...] | None, ...] = (
    (declared(1, "one"),),
    (note(1, 1), note(1, 2)),
    (declared(2, "two"), note(1, 3), note(0, 1, "a stray")),
    (note(2, 1, "x" * 3000), note(2, 2)),
    None,
    (note(1, 4),),
    (note(1, 5, "y" * 40_000), note(2, 3)),
    (note(1, 6),),
    None,
    (note(1, 7), note(2, 4)),
)


def opened(disk: MemoryDisk) -> Store:
    return Store(FOLDER, writer="bot", summarise=summary_of, disk=disk)


def tell(disk: MemoryDisk, acknowledged: list[Entry]) -> Iterator[None]:
    """Tell the story, noting what was acknowledged; each step may be tried again."""
    store = opened(disk)
    store.resume()
    for batch in STORY:
        yield from until_done(lambda batch=batch: step(store, batch))
        acknowledged.extend(batch or ())
    store.close()


def step(store: Store, batch: Sequence[Entry] | None) -> None:
    if batch is None:
        store.snapshot(1)
    else:
        store.append(batch)


def until_done(act: Callable[[], None]) -> Iterator[None]:
    for _ in range(10):
        try:
            return act()
        except StoreError as error:
            last = error
            yield
    raise AssertionError(f"it never worked again: {last}") from last


def found(disk: MemoryDisk) -> dict[int, tuple[Entry, ...]]:
    store = opened(disk)
    store.resume()
    assert not store.damaged
    entries = {incident: store.entries(incident) for incident in (0, 1, 2)}
    store.close()
    return entries


def check(disk: MemoryDisk, acknowledged: Sequence[Entry]) -> None:
    """All that was acknowledged is there, in order; beyond it at most one batch, in every incident
    that it is of or in none."""
    done = len(acknowledged)
    batches = [batch for batch in STORY if batch]
    next_batch = next((b for i, b in enumerate(batches) if sum(map(len, batches[:i])) >= done), ())

    def by_incident(entries: Sequence[Entry]) -> dict[int, tuple[Entry, ...]]:
        return {n: tuple(e for e in entries if e.incident == n) for n in (0, 1, 2)}

    assert found(disk) in (by_incident(acknowledged), by_incident([*acknowledged, *next_batch]))


def operations_of_the_story() -> int:
    disk = MemoryDisk()
    for _ in tell(disk, []):
        raise AssertionError("nothing was to fail")
    operations = disk.operations
    check(disk, [e for batch in STORY for e in batch or ()])
    return operations


LENGTH = operations_of_the_story()


def at_each_operation(look: Callable[[MemoryDisk, list[Entry], int], None]) -> None:
    """Tell the story once, and before each operation look at what a kill there would leave."""
    disk, acknowledged = MemoryDisk(), list[Entry]()

    def trouble(operation: str, path: str) -> None:
        look(disk.copy(), list(acknowledged), disk.operations)

    disk.trouble = trouble
    assert not list(tell(disk, acknowledged))
    assert disk.operations == LENGTH


def test_killed_at_any_operation() -> None:
    at_each_operation(lambda disk, acknowledged, number: check(disk, acknowledged))


@pytest.mark.parametrize("chance", range(3))
def test_power_lost_at_any_operation(chance: int) -> None:
    def look(disk: MemoryDisk, acknowledged: list[Entry], number: int) -> None:
        disk.lose_power(Random(number * 10 + chance))
        check(disk, acknowledged)

    at_each_operation(look)


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC], ids=os.strerror)
@pytest.mark.parametrize("part", range(5))
def test_any_one_operation_refused_and_tried_again(part: int, code: int) -> None:
    every = ("open", "read", "write", "sync", "rename", "remove", "look", "names", "create_folder")
    for number in range(part + 1, LENGTH, 5):
        disk, acknowledged = MemoryDisk(), list[Entry]()
        disk.trouble = once(number, refusing(code, every))
        try:
            list(tell(disk, acknowledged))
        except StoreError:  # while opening: that is not tried again here
            assert not acknowledged
        disk.die()
        check(disk, acknowledged)


@pytest.mark.parametrize("part", range(5))
def test_a_disk_that_is_full_for_a_while(part: int) -> None:
    for number in range(part + 1, LENGTH, 5):
        disk, acknowledged = MemoryDisk(), list[Entry]()
        disk.trouble = after(number, refusing(errno.ENOSPC, ("write",)))
        try:
            for tries, _ in enumerate(tell(disk, acknowledged)):
                if tries == 3:
                    disk.trouble = lambda operation, path: None
        except StoreError:
            assert not acknowledged
        disk.die()
        check(disk, acknowledged)


@pytest.mark.parametrize("part", range(5))
def test_refused_and_then_killed_or_out_of_power(part: int) -> None:
    for number in range(part + 1, LENGTH, 5):
        disk, acknowledged = MemoryDisk(), list[Entry]()
        disk.trouble = after(number, refusing(errno.EIO, ("write", "sync")))
        try:
            for tries, _ in enumerate(tell(disk, acknowledged)):
                if tries == 2:
                    break
        except StoreError:
            assert not acknowledged
        disk.lose_power(Random(number))
        check(disk, acknowledged)


def test_every_write_falls_short() -> None:
    disk, acknowledged = MemoryDisk(), list[Entry]()
    disk.short = lambda size: max(1, size // 3)
    assert not list(tell(disk, acknowledged))
    disk.die()
    check(disk, acknowledged)


def test_a_failed_sync_is_not_taken_for_done_when_the_next_one_works() -> None:
    """Linux calls pages clean that it could not write: only what is written again is safe."""
    disk = MemoryDisk()
    store = opened(disk)
    store.append([declared(1)])
    disk.trouble = refusing(errno.EIO, ("sync",))
    with pytest.raises(StoreError, match=r"cannot write .*0001\.journal: Input/output error"):
        store.append([note(1, 1)])
    disk.trouble = lambda operation, path: None
    store.append([note(1, 1)])
    disk.lose_power(Random(1))
    assert found(disk)[1] == (declared(1), note(1, 1))


def test_what_was_refused_is_not_there_if_it_is_not_tried_again() -> None:
    disk = MemoryDisk()
    store = opened(disk)
    store.append([declared(1)])
    store.append([note(1, 1)])
    disk.trouble = once(
        3, refusing(errno.EIO, ("sync",))
    )  # once written, and not the blanks over it
    with pytest.raises(StoreError):
        store.append([note(1, 2)])
    disk.die()
    assert found(disk)[1] == (declared(1), note(1, 1))


def test_a_batch_over_several_incidents_is_taken_back_as_a_whole_or_not_at_all() -> None:
    disk = MemoryDisk()
    store = opened(disk)
    store.append([declared(1), declared(2)])

    def trouble(operation: str, path: str) -> None:
        if operation == "sync" and path.endswith("0002.journal"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    disk.trouble = trouble
    with pytest.raises(StoreError):
        store.append([note(1, 1), note(2, 1)])
    assert store.entries(1) == (declared(1),)
    disk.die()  # and the disk may have it of the second incident
    assert {len(found(disk)[incident]) for incident in (1, 2)} == {2}


def test_what_cannot_be_finished_is_passed_over_and_kept_from_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    disk = MemoryDisk()
    store = opened(disk)
    store.append([declared(1), declared(2)])
    store.close()
    disk.overwrite(f"{FOLDER}/unfinished.jsonl", b'{"after": 1, "entry": {}}\n')
    assert found(disk)[1] == (declared(1),)
    assert f"{FOLDER}/unfinished.jsonl cannot be read, and is removed." in caplog.messages
    whole = encode(note(1, 1)), encode(note(2, 1))
    lines = "".join(f'{{"after":1,"entry":{text}}}\n' for text in whole)
    disk.overwrite(f"{FOLDER}/unfinished.jsonl", lines.encode())
    disk.overwrite(f"{FOLDER}/0001.json", b"spoilt")
    disk.trouble = refusing(errno.ENOSPC, ("write",))
    with pytest.raises(StoreError):
        opened(disk).append([declared(3)])
    disk.die()
    store = opened(disk)
    assert store.entries(2) == (declared(2), note(2, 1))
    assert not [path for path in disk.files() if "unfinished" in path]


def test_what_a_tool_died_over_is_finished_before_the_bot_writes() -> None:
    disk = MemoryDisk()
    store = opened(disk)
    store.append([declared(1), declared(2)])
    lines = "".join(f'{{"after":1,"entry":{encode(note(n, 1))}}}\n' for n in (1, 2))
    disk.overwrite(f"{FOLDER}/unfinished.jsonl", lines.encode())
    with pytest.raises(Behind):
        store.append([note(1, 2)])
    assert store.poll() == (note(1, 1), note(2, 1))
    store.append([note(1, 2)])
    assert store.entries(1) == (declared(1), note(1, 1), note(1, 2))


def test_a_full_disk_says_so_in_one_sentence_and_nothing_is_half_there() -> None:
    disk = MemoryDisk()
    disk.trouble = refusing(errno.ENOSPC, ("write",))
    with pytest.raises(StoreError, match=r"^cannot write /incidents/.*: No space left on device"):
        opened(disk)
