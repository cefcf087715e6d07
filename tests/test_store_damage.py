"""A store cut at every byte and flipped at every bit says what is wrong, and where."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterator

import pytest
from store.disks import MemoryDisk
from store.samples import declared, note, summary_of

from ircbot.errors import StoreError
from ircbot.incident.events import Entry
from ircbot.store import Store
from ircbot.store.hash_chain import salts
from ircbot.store.ledger import Ledger

FOLDER = "/incidents"
SNAPSHOT, JOURNAL, INDEX = f"{FOLDER}/0001.json", f"{FOLDER}/0001.journal", f"{FOLDER}/index.jsonl"
ENTRIES = (declared(1), note(1, 1, "ünï"), note(1, 2), note(1, 3), note(1, 4))


def opened(disk: MemoryDisk) -> Store:
    return Store(FOLDER, writer="bot", summarise=summary_of, disk=disk)


def read(disk: MemoryDisk) -> tuple[Entry, ...]:
    return Store(FOLDER, disk=disk).entries(1)


def stored() -> dict[str, bytes]:
    """The files of a store, two entries in the TinyDB file and three in the journal."""
    disk = MemoryDisk()
    store = opened(disk)
    store.append(ENTRIES[:2])
    store.snapshot(1)
    store.append(ENTRIES[2:4])
    store.append(ENTRIES[4:])
    return disk.files()


FILES = stored()
USED = len(FILES[JOURNAL].rstrip(b"\n")) + 1


def with_files(files: dict[str, bytes]) -> MemoryDisk:
    disk = MemoryDisk()
    disk.create_folder(FOLDER)
    for path, content in files.items():
        disk.overwrite(path, content)
    return disk


def flipped(content: bytes, bit: int) -> bytes:
    byte = bytes((content[bit // 8] ^ (1 << bit % 8),))
    return content[: bit // 8] + byte + content[bit // 8 + 1 :]


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.CRITICAL):
        yield


@pytest.mark.parametrize("bit", range(8))
def test_any_one_flipped_bit_is_told_with_its_place(bit: int) -> None:
    """In the TinyDB file, or in the journal before a whole commit."""
    last = FILES[JOURNAL].rstrip(b"\n").rfind(b"\n")
    for path, size in ((SNAPSHOT, len(FILES[SNAPSHOT]) - 1), (JOURNAL, last)):
        for byte in range(size):
            damaged = FILES | {path: flipped(FILES[path], byte * 8 + bit)}
            with pytest.raises(StoreError, match=r"0001\.(json|journal) (is damaged|has format)"):
                read(with_files(damaged))


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_in_the_last_commit_costs_that_commit_and_is_told(bit: int) -> None:
    """It looks like one that was never written to the end. What is cut off is kept."""
    last = FILES[JOURNAL].rstrip(b"\n").rfind(b"\n") + 1
    cut = FILES[JOURNAL][:last].ljust(len(FILES[JOURNAL]), b"\n")
    for byte in range(last, USED):
        disk = with_files(FILES | {JOURNAL: flipped(FILES[JOURNAL], byte * 8 + bit)})
        assert Ledger(SNAPSHOT, 1, disk=disk).entries() == ENTRIES[:4], f"byte {byte}"
        assert f"{JOURNAL}.torn" in disk.files()
        assert disk.files()[JOURNAL] == cut  # on which the bot goes on:
    store = opened(disk)
    assert store.resume() == ENTRIES[:4]
    store.append([note(1, 5)])
    store.close()
    assert read(disk) == (*ENTRIES[:4], note(1, 5))


def test_two_flipped_bits_are_told_and_never_taken_for_something_else() -> None:
    for path, size in ((SNAPSHOT, len(FILES[SNAPSHOT])), (JOURNAL, USED)):
        for bit in range(0, (size - 40) * 8, 7):
            twice = flipped(flipped(FILES[path], bit), bit + 301)
            try:
                entries = read(with_files(FILES | {path: twice}))
            except StoreError:
                continue
            assert entries == ENTRIES[: len(entries)]


def test_a_journal_cut_at_any_byte_keeps_every_whole_commit() -> None:
    content = FILES[JOURNAL]
    ends = [at + 1 for at in range(USED) if content[at] == 10]
    _header, first, second = ends
    for cut in range(USED):
        expected = 2 + 2 * (cut >= first) + 1 * (cut >= second)
        disk = with_files(FILES | {JOURNAL: content[:cut]})
        assert read(disk) == ENTRIES[:expected]
        ledger = Ledger(SNAPSHOT, 1, disk=disk)
        assert ledger.entries() == ENTRIES[:expected]
        ledger.storage.let_go()
        if cut in (0, 1, *ends, *(end + 1 for end in ends), USED - 1):
            store = opened(disk)
            assert store.resume() == ENTRIES[:expected]
            store.append([note(1, 9)])
            store.close()
            assert read(disk) == (*ENTRIES[:expected], note(1, 9))
        else:
            ledger.append([note(1, 9)], salts())
            assert read(disk) == (*ENTRIES[:expected], note(1, 9))


def test_what_is_cut_off_is_told_and_kept(caplog: pytest.LogCaptureFixture) -> None:
    disk = with_files(FILES | {JOURNAL: FILES[JOURNAL][: USED - 10]})
    with caplog.at_level(logging.WARNING):
        opened(disk).resume()
    (message,) = caplog.messages
    assert message.startswith(f"{JOURNAL} ends in ")
    assert message.endswith(f"They are cut off, and kept in {JOURNAL}.torn.")
    assert b"note 4" in disk.files()[f"{JOURNAL}.torn"]


def test_a_tinydb_file_cut_at_any_byte_is_told() -> None:
    content = FILES[SNAPSHOT]
    for cut in range(1, len(content) - 1):
        with pytest.raises(StoreError, match=r"0001.json (is damaged|ends at commit)"):
            read(with_files(FILES | {SNAPSHOT: content[:cut]}))
    assert read(with_files(FILES | {SNAPSHOT: content[:-1]})) == ENTRIES


def test_one_damaged_incident_does_not_keep_the_bot_from_the_others() -> None:
    disk = with_files(FILES | {SNAPSHOT: FILES[SNAPSHOT][:100]})
    store = opened(disk)
    store.resume()
    assert "0001.json is damaged" in store.damaged[1]
    with pytest.raises(StoreError, match=r"0001\.json is damaged"):
        store.append([note(1, 5)])
    store.append([declared(2)])
    assert store.entries(2) == (declared(2),)
    store.close()


def test_damage_before_later_commits_is_told_with_its_place() -> None:
    lines = FILES[JOURNAL].split(b"\n")
    at = len(lines[0]) + 1
    damaged = b"\n".join([lines[0], b"#" * len(lines[1]), *lines[2:]])
    with pytest.raises(StoreError, match=rf"0001.journal is damaged at byte {at} \(commit 2\)"):
        read(with_files(FILES | {JOURNAL: damaged}))
    with pytest.raises(StoreError, match="damaged at byte 0"):
        read(with_files(FILES | {JOURNAL: FILES[JOURNAL][30:]}))


def test_a_missing_or_older_tinydb_file_is_told() -> None:
    files = dict(FILES)
    del files[SNAPSHOT]
    with pytest.raises(StoreError, match=r"ends at commit 0, but .* goes on from 1"):
        read(with_files(files))


def test_a_torn_index_costs_time_only() -> None:
    disk = with_files(FILES)
    whole = FILES[INDEX]
    store = opened(disk)
    store.close()
    listed = Store(FOLDER, summarise=summary_of, disk=disk).incidents()
    for cut in range(len(whole)):
        disk.overwrite(INDEX, whole[:cut])
        store = Store(FOLDER, summarise=summary_of, disk=disk)
        assert store.incidents() == listed
        assert store.live() == (1,)


def test_files_of_a_newer_ircbot_are_refused() -> None:
    body = FILES[SNAPSHOT].replace(b'"format": 3', b'"format": 9')[
        : -len(', "crc": "01234567"}}}\n')
    ]
    newer = body + b', "crc": "%08x"}}}\n' % zlib.crc32(body)
    with pytest.raises(StoreError, match="has format 9, this ircbot knows up to 3"):
        read(with_files(FILES | {SNAPSHOT: newer}))
    body = b'{"journal": 9, "after": 1}'
    newer = b"%08x %b\n" % (zlib.crc32(body), body)
    with pytest.raises(StoreError, match="has format 9, this ircbot knows up to 3"):
        read(with_files(FILES | {JOURNAL: newer}))


def test_what_a_bot_has_in_memory_outlives_damage_to_the_files() -> None:
    disk = with_files(FILES)
    store = opened(disk)
    store.resume()
    beside = Store(FOLDER, writer="tool", disk=disk)
    beside._writers.announce([1])  # as if somebody had written, and then
    disk.remove(JOURNAL)
    disk.overwrite(SNAPSHOT, b"{")
    assert store.poll() == ()
    store.append([note(1, 5)])
    assert read(disk) == (*ENTRIES, note(1, 5))
    assert disk.files()[f"{SNAPSHOT}.damaged"] == b"{"


def test_a_journal_that_does_not_hold_what_was_written_is_started_over() -> None:
    disk = with_files(FILES)
    store = opened(disk)
    store.resume()

    def trouble(operation: str, path: str) -> None:
        if operation == "sync" and path == JOURNAL:
            raise OSError(5, "Input/output error")

    disk.trouble = trouble
    with pytest.raises(StoreError):
        store.append([note(1, 5)])
    disk.trouble = lambda operation, path: None
    whole = disk.files()[JOURNAL]
    disk.overwrite(JOURNAL, whole[:200] + b"\n" * (len(whole) - 200))  # the disk lost the rest
    store.append([note(1, 5)])
    assert read(disk) == (*ENTRIES, note(1, 5))
    store.close()
    assert read(disk) == (*ENTRIES, note(1, 5))
