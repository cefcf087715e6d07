"""What a power cut leaves of a folder that follows a database: its copy waits for no device."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

import pytest
from rig.postgresql import Postgresql
from store.disks import SECTOR, MemoryDisk
from store.machines import HOW, Machines
from store.samples import ANN, NOON, closed, declared, note

from ircbot.errors import StoreError
from ircbot.incident.events import Entry, Redacted
from ircbot.store import Store, migration
from ircbot.store.shared import SharedStore


@pytest.fixture
def machines(postgresql: Postgresql, tmp_path: Path) -> Iterator[Machines]:
    machines = Machines(postgresql, tmp_path)
    yield machines
    machines.close()


Commits = Sequence[tuple[int, int]]
"""Where each commit of a journal begins and ends; the last three are no longer than a sector."""

CUTS: dict[str, Callable[[bytearray, Commits], None]] = {}


def cut(damage: Callable[[bytearray, Commits], None]) -> Callable[[bytearray, Commits], None]:
    CUTS[damage.__name__] = damage
    return damage


def blank(content: bytearray, start: int, end: int, byte: bytes = b"\n") -> None:
    content[start:end] = byte * (end - start)


@cut
def the_tail_is_lost(content: bytearray, commits: Commits) -> None:
    blank(content, commits[-2][0], len(content))


@cut
def all_is_lost(content: bytearray, commits: Commits) -> None:
    blank(content, commits[0][0], len(content))


@cut
def the_tail_is_torn(content: bytearray, commits: Commits) -> None:
    blank(content, sum(commits[-1]) // 2, len(content))


@cut
def the_file_is_shorter(content: bytearray, commits: Commits) -> None:
    del content[sum(commits[-1]) // 2 :]


@cut
def the_tail_is_of_zeros(content: bytearray, commits: Commits) -> None:
    blank(content, commits[-2][0], len(content), b"\0")


@cut
def the_last_commit_begins_with_zeros(content: bytearray, commits: Commits) -> None:
    blank(content, commits[-1][0], sum(commits[-1]) // 2, b"\0")


@cut
def a_later_page_came_first(content: bytearray, commits: Commits) -> None:
    blank(content, *commits[-2])


@cut
def a_later_page_came_first_after_zeros(content: bytearray, commits: Commits) -> None:
    blank(content, *commits[-3], b"\0")


@cut
def a_sector_in_the_middle_is_missing(content: bytearray, commits: Commits) -> None:
    start = commits[1][0] // SECTOR * SECTOR + SECTOR
    blank(content, start, start + SECTOR)


@cut
def nothing_of_it_arrived(content: bytearray, commits: Commits) -> None:
    content.clear()


def commits_of(content: bytes) -> Commits:
    found, start = [], content.index(b"\n") + 1
    while content[start : start + 1] not in (b"\n", b""):
        end = content.index(b"\n", start) + 1
        found.append((start, end))
        start = end
    return found


def died(machines: Machines, store: SharedStore, disk: MemoryDisk) -> None:
    machines.die(store)
    disk.die()


@pytest.mark.parametrize("damage", CUTS.values(), ids=CUTS)
def test_what_a_power_cut_took_of_the_copy_is_copied_again(
    damage: Callable[[bytearray, Commits], None], machines: Machines
) -> None:
    disk, entries = MemoryDisk(), [declared(1), *(note(1, n, f"xyzzy {n}") for n in range(1, 20))]
    bot = machines.open("a", disk=disk)
    for entry in entries:
        bot.append([entry])
    died(machines, bot, disk)
    path = bot._folder.journal(1)
    content = bytearray(disk.files()[path])
    damage(content, commits_of(content))
    disk.overwrite(path, bytes(content))

    bot = machines.open("a", disk=disk)
    assert bot.resume() == tuple(entries)
    bot.append([note(1, 20)])
    died(machines, bot, disk)
    bot = machines.open("a", disk=disk)
    assert bot.resume() == (*entries, note(1, 20))
    assert [b.why for b in bot._read(1).broken()] == []
    bot.append([Entry(1, NOON, ANN, Redacted(7))])
    assert b"xyzzy 7" not in b"".join(disk.files().values())  # what was set aside is the store's


def test_files_that_a_running_bot_has_open_are_left_to_it(machines: Machines) -> None:
    bot = machines.open("a")
    for n in range(1, 5):
        bot.append([declared(1) if n == 1 else note(1, n)])
    journal = Path(machines.path("a")) / "0001.journal"
    content = bytearray(journal.read_bytes())
    a_later_page_came_first(content, commits_of(content))
    journal.write_bytes(content)
    with pytest.raises(StoreError, match="is damaged at byte"):
        machines.open("a", "tool")
    bot.append([note(1, 5)])
    bot.snapshot(1)
    assert machines.open("a", "tool").entries(1) == bot.entries(1)


def damaged(machines: Machines, name: str) -> Path:
    """A TinyDB file of machine "b" in which a bit was flipped."""
    path = Path(machines.path("b")) / name
    content = bytearray(path.read_bytes())
    content[content.index(b"xyzzy")] ^= 1
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("later", [(), (note(1, 2),)], ids=["nothing later", "later entries"])
def test_a_file_without_a_journal_that_is_damaged_is_copied_again(
    later: Sequence[Entry], machines: Machines
) -> None:
    bot = machines.open("a")
    bot.append([declared(1), note(1, 1, "xyzzy")])
    machines.end(machines.open("b", "tool"))
    for entry in later:
        bot.append([entry])
    damaged(machines, "0001.json")
    tool = machines.open("b", "tool")
    assert tool.entries(1) == (declared(1), note(1, 1, "xyzzy"), *later)
    assert machines.heads("a") == machines.heads("b")
    assert [p.name for p in Path(machines.path("b")).glob("*.damaged")] == ["0001.json.damaged"]


def test_a_file_that_is_damaged_while_it_is_followed_is_copied_again(machines: Machines) -> None:
    bot = machines.open("a")
    bot.append([declared(1), note(1, 1, "xyzzy")])
    follows = machines.open("b", "tool")
    follows.snapshot(1)
    follows._close(1)
    damaged(machines, "0001.json")
    bot.append([note(1, 2)])
    follows.poll()
    assert follows.entries(1) == bot.entries(1)


def test_what_is_damaged_in_the_archive_stays_there(machines: Machines) -> None:
    bot = machines.open("a")
    bot.append([declared(1), note(1, 1, "xyzzy"), closed(1)])
    bot.retire(1, erase=False)
    machines.end(machines.open("b", "tool"))
    damaged(machines, "archive/0001.json")
    store = machines.open("b", "tool")
    archive = machines.read("b").archived()
    assert archive is not None
    assert archive.entries(1) == (declared(1), note(1, 1, "xyzzy"), closed(1))
    assert store.incidents() == ()


def test_what_was_erased_while_a_damaged_folder_was_away_is_in_no_file_of_it(
    machines: Machines, caplog: pytest.LogCaptureFixture
) -> None:
    bot = machines.open("a")
    bot.append([declared(1), note(1, 1, "xyzzy"), note(1, 2, "plugh")])
    machines.end(machines.open("b", "tool"))
    content = damaged(machines, "0001.json").read_bytes()
    assert b"plugh" in content
    bot.append([Entry(1, NOON, ANN, Redacted(2))])
    machines.open("b", "tool")
    assert machines.heads("a") == machines.heads("b")
    assert "its damaged files are removed" in caplog.text
    assert not any(b"plugh" in p.read_bytes() for p in Path(machines.path("b")).glob("0*"))


def test_only_what_was_recorded_is_there_after_any_power_cut(machines: Machines) -> None:
    """At any moment, and any part of what was written may have reached the device."""
    disk, random = MemoryDisk(), Random(17)
    bot = machines.open("a", disk=disk)
    recorded = {incident: [declared(incident)] for incident in (1, 2, 3)}
    bot.append([one for known in recorded.values() for one in known])
    secret = number = 0
    for _ in range(25):
        for _ in range(random.randint(1, 6)):
            incident = random.randint(1, 3)
            known, batch = recorded[incident], list[Entry]()
            for _ in range(random.choice((1, 1, 3, 12))):
                number += 1
                batch.append(note(incident, number, "x" * random.choice((5, 300, 5000))))
            bot.append(batch)
            known += batch
            match random.randint(0, 9):
                case 0:
                    bot.snapshot(incident)
                case 1:
                    number, secret = number + 1, secret + 1
                    bot.append([note(incident, number, f"secret-{secret}-word")])
                    bot.append([Entry(incident, NOON, ANN, Redacted(number))])
                    recorded[incident] = [*bot.entries(incident)]
                case 2:
                    bot.append([closed(incident)])
                    known.append(closed(incident))
                    bot.retire(incident, erase=False)
                    bot.entries(incident)
        machines.die(bot)
        disk.lose_power(random)
        bot = machines.open("a", disk=disk)
        for incident, known in recorded.items():
            assert bot.entries(incident) == tuple(known)
            assert not bot._read(incident).broken()
        reader = Store(machines.path("a"), disk=disk, **HOW)
        assert reader.entries(1) == bot.entries(1)
        for n in range(1, secret + 1):
            assert f"secret-{n}-word".encode() not in b"".join(disk.files().values())
    assert secret


def test_a_folder_that_stops_following_has_everything_on_its_device(machines: Machines) -> None:
    disk, entries = MemoryDisk(), (declared(1), *(note(1, n) for n in range(1, 20)))
    bot = machines.open("a", disk=disk)
    for entry in entries:
        bot.append([entry])
    died(machines, bot, disk)
    migration.to_folder(machines.path("a"), machines.journal(), disk=disk)
    disk.lose_power(Random(1))
    folder = Store(machines.path("a"), disk=disk)
    assert folder.entries(1) == entries
