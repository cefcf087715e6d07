"""Check, compact, back up, restore and export, beside a running bot and without one."""

from __future__ import annotations

import json
import logging
import os
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from store.samples import ANN, NOON, closed, declared, note, summary_of
from tinydb import TinyDB

from ircbot.errors import StoreError
from ircbot.exchange import exported
from ircbot.incident.events import Entry, Noted, Redacted
from ircbot.store import Store, maintenance

FIRST = (declared(1, "one"), note(1, 1), note(1, 2), note(1, 3), closed(1))
SECOND = (declared(2, "two"), note(2, 1), note(2, 2))


def bot(path: Path, **more: Any) -> Store:
    return Store(str(path), writer="bot", summarise=summary_of, **more)


def entries(path: Path, incident: int) -> tuple[Entry, ...]:
    return Store(str(path)).entries(incident)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store that a bot left: a closed incident, and an open one."""
    store = bot(tmp_path / "incidents")
    store.append(FIRST)
    store.append(SECOND)
    store.close()
    return tmp_path / "incidents"


@pytest.fixture
def running(folder: Path) -> Iterator[Store]:
    """A bot that is running on it, with a journal."""
    store = bot(folder)
    store.resume()
    store.append([note(2, 3)])
    yield store
    store.close()


def findings(folder: Path) -> list[str]:
    return [str(finding) for finding in maintenance.check(str(folder)).findings]


# --- check ----------------------------------------------------------------------------------


def test_a_good_store_is_well(folder: Path, running: Store) -> None:
    seen: list[tuple[int, int]] = []
    found = maintenance.check(
        str(folder), summarise=summary_of, progress=lambda done, of: seen.append((done, of))
    )
    assert found.well
    assert (found.incidents, found.entries, found.findings) == (2, 9, ())
    assert found.heads[2] == running._read(2).head
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_no_store_is_well_too(tmp_path: Path) -> None:
    assert maintenance.check(str(tmp_path / "nowhere")) == maintenance.StoreCheck()


def test_what_another_program_changed_is_found(folder: Path) -> None:
    with TinyDB(folder / "0001.json") as db:
        db.update({"channel": "#elsewhere"}, doc_ids=[2])
        db.insert({**db.get(doc_id=3), "by": {"nick": "eve"}})
    path = folder / "0001.json"
    assert findings(folder) == [
        f"{path}: entry 2 was changed by another program.",
        f"{path}: entry 6 was changed by another program.",
    ]
    with TinyDB(path) as db:
        db.remove(doc_ids=[6, 3, 4])
        db.update({"channel": "#moc"}, doc_ids=[2])
        db.insert(json.loads('{"incident": 1, "event": {"kind": "Closed"}}'))
    assert findings(folder) == [
        f"{path}: entry 3 and those up to 4 are missing.",
        f"{path}: entry 6 was written by another program.",
        f"{path}: entry 6: Entry lacks at, by.",
    ]


def test_reading_what_another_program_changed_says_so(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with TinyDB(folder / "0001.json") as db:
        db.update({"channel": "#elsewhere"}, doc_ids=[2])
    assert entries(folder, 1)[1].channel == "#elsewhere"
    assert caplog.messages == [f"{folder}/0001.json, entry 2 was changed by another program."]


def test_an_entry_that_nobody_understands_is_found(folder: Path) -> None:
    with TinyDB(folder / "0001.json") as db:
        db.update({"event": {"kind": "Exploded"}}, doc_ids=[2])
    assert any("entry 2: unknown event 'Exploded'" in finding for finding in findings(folder))


def test_an_impossible_time_is_named_and_stops_nothing(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An older version took it from a server that lied."""
    path = folder / "0002.json"
    with TinyDB(path) as db:
        db.update({"at": "0001-01-01T00:00:00Z"}, doc_ids=[2])
    assert f"{path}: entry 2 has an impossible time." in findings(folder)
    store = bot(folder)
    assert store.resume()[-1] == SECOND[-1]
    assert "Incident 2 has impossible times: entry 2." in caplog.messages
    store.append([note(2, 3)])
    store.close()
    assert entries(folder, 2)[-1] == note(2, 3)


def test_a_file_under_another_name_is_found(folder: Path) -> None:
    shutil.copy(folder / "0001.json", folder / "0003.json")
    assert any("belongs to incident 1" in f or "entry 1 was changed" in f for f in findings(folder))
    with pytest.raises(StoreError, match=r"0003\.json, entry 1: belongs to incident 1"):
        entries(folder, 3)


def test_entries_that_do_not_add_up_are_found(folder: Path) -> None:
    def refuse(entries: Sequence[Entry]) -> dict[str, Any]:
        raise ValueError("closed before it was declared")

    found = maintenance.check(str(folder), summarise=refuse)
    assert not found.well
    assert "its entries do not add up (ValueError('closed before" in str(found.findings[0])


def test_a_missing_incident_and_what_was_kept_are_mentioned(folder: Path) -> None:
    (folder / "0001.json").unlink()
    (folder / "0002.journal.torn").write_text("x")
    found = maintenance.check(str(folder))
    assert found.well
    assert [str(finding) for finding in found.findings] == [
        f"{folder}/0002.journal.torn: was cut off the end of the journal; remove it when you need "
        "it no more.",
        f"{folder}/0001.json: is gone; a backup may have it.",
    ]


# --- damage ---------------------------------------------------------------------------------


def spoil(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))


@pytest.mark.parametrize("new", [b'"n":2,"t####"note 2"', b'"n":2,"text":"note 3"'])
def test_a_damaged_line_is_named_with_the_last_good_copy_and_what_can_be_done(
    folder: Path, tmp_path: Path, new: bytes
) -> None:
    path = folder / "0001.json"
    whole = path.read_bytes()
    spoil(path, b'"n":2,"text":"note 2"', new)
    assert findings(folder) == [
        f"{path}: is damaged in line 4; no backup that we know of has it. docs/store.md says what "
        "can be done."
    ]
    path.write_bytes(whole)
    for name in ("first", "second", "third"):
        maintenance.back_up(str(folder), str(tmp_path / name))
    (tmp_path / "third").write_bytes(b"spoilt as well")
    spoil(path, b'"n":2,"text":"note 2"', new)
    (finding,) = findings(folder)
    assert finding.startswith(f"{path}: is damaged in line 4; the backup {tmp_path}/second of 20")
    assert finding.endswith(
        f" has its first 5 entries, and `ircbot store restore {tmp_path}/second` puts them in its "
        "place."
    )
    assert maintenance.restore(str(folder), str(tmp_path / "second")).new == (1,)
    assert entries(folder, 1) == FIRST
    assert path.with_name("0001.json.damaged").exists()


def test_damage_all_over_is_named_without_its_lines(folder: Path) -> None:
    path = folder / "0001.json"
    path.write_bytes(b"#\n" * 300)
    assert findings(folder)[0].startswith(f"{path}: is damaged; no backup")


def test_a_damaged_line_may_be_mended_by_hand(folder: Path) -> None:
    """As docs/store.md says: take the line out, and the checksum at the end."""
    path = folder / "0001.json"
    spoil(path, b'"n":2,"text":"note 2"', b'"n":2,"t####"note 2"')
    lines = path.read_text().splitlines(keepends=True)
    seal = lines[-1].index(', "crc"')
    path.write_text("".join([*lines[:3], *lines[4:-1], lines[-1][:seal], "}}}\n"]))
    assert findings(folder) == [f"{path}: entry 3 is missing."]
    store = bot(folder)
    store.entries(1)
    store.append([note(1, 4)])
    store.close()
    assert entries(folder, 1) == (*FIRST[:2], *FIRST[3:], note(1, 4))


def test_a_damaged_commit_is_named_with_its_place(folder: Path) -> None:
    store = bot(folder)
    store.resume()
    for n in (3, 4, 5):
        store.append([note(2, n)])
    shutil.copytree(folder, folder.parent / "copy")
    store.close()
    folder = folder.parent / "copy"
    spoil(folder / "0002.journal", b'"n":4,"text"', b'"n":4,"####"')
    with pytest.raises(StoreError, match=r"0002\.journal is damaged at byte"):
        entries(folder, 2)
    (finding,) = findings(folder)
    assert "0002.journal: is damaged at byte " in finding
    assert "(commit 3), and there are commits after it; no backup" in finding


# --- compact --------------------------------------------------------------------------------


def test_compacting_beside_a_bot_loses_nothing(folder: Path, running: Store) -> None:
    beside = Store(str(folder), writer="tool", summarise=summary_of)
    assert beside.compact() == 1
    assert not list(folder.glob("*.journal"))
    running.append([note(2, 4)])
    assert beside.compact() == 1
    beside.close()
    running.append([note(2, 5)])
    assert entries(folder, 2) == (*SECOND, note(2, 3), note(2, 4), note(2, 5))


# --- back up, restore, export ---------------------------------------------------------------


def test_a_backup_made_while_the_bot_runs_holds_every_whole_commit(
    folder: Path, running: Store, tmp_path: Path
) -> None:
    target = tmp_path / "backup.tar.gz"
    assert maintenance.back_up(str(folder), str(target)) == 2
    with tarfile.open(target) as archive:
        archive.extractall(tmp_path / "there", filter="data")
    assert entries(tmp_path / "there", 2) == (*SECOND, note(2, 3))
    with TinyDB(tmp_path / "there" / "0001.json") as db:
        assert len(db) == 5
    assert (target.stat().st_mode & 0o777) == 0o600
    assert running._folder.copies()[0].startswith(f"the backup {target} of ")


@pytest.mark.parametrize("what", ["text", "tar", "folder", "link", "pipe"])
def test_a_backup_takes_the_place_of_nothing_that_is_none(
    folder: Path, tmp_path: Path, what: str
) -> None:
    target = tmp_path / "precious"
    if what == "text":
        target.write_text("a diary")
    elif what == "tar":
        with tarfile.open(target, "w:gz") as archive:
            archive.add(__file__, "somebody's.txt")
    elif what == "folder":
        target.mkdir()
    elif what == "link":
        target.symlink_to(tmp_path / "elsewhere")
    else:
        os.mkfifo(target)
    before = target.lstat()
    with pytest.raises(StoreError, match=f"{target} is .*[Gg]ive "):
        maintenance.back_up(str(folder), str(target))
    assert target.lstat() == before
    assert not (tmp_path / "elsewhere").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"incidents", "precious"}


def test_a_backup_takes_the_place_of_an_older_one_and_of_an_empty_file(
    folder: Path, tmp_path: Path
) -> None:
    target = tmp_path / "backup.tar.gz"
    target.touch()
    (tmp_path / "backup.tar.gz.new").symlink_to(folder / "0001.json")  # planted: nobody writes it
    before = (folder / "0001.json").read_bytes()
    for _ in range(2):
        maintenance.back_up(str(folder), str(target))
        assert target.stat().st_mode & 0o777 == 0o600
    target.write_bytes(target.read_bytes()[:-20])  # cut off
    maintenance.back_up(str(folder), str(target))
    assert maintenance.restore(str(folder), str(target)).new == ()
    assert (folder / "0001.json").read_bytes() == before


def test_a_lost_store_comes_back_from_its_backup(folder: Path, tmp_path: Path) -> None:
    target = str(tmp_path / "backup.tar.gz")
    maintenance.back_up(str(folder), target)
    before = {i: entries(folder, i) for i in (1, 2)}
    shutil.rmtree(folder)
    assert maintenance.restore(str(folder), target) == maintenance.RestoreResult(new=(1, 2))
    assert {i: entries(folder, i) for i in (1, 2)} == before
    assert maintenance.check(str(folder)).well
    assert maintenance.restore(str(folder), target) == maintenance.RestoreResult(same=(1, 2))


def test_restoring_beside_a_bot_brings_back_what_is_missing_and_keeps_what_is_newer(
    folder: Path, running: Store, tmp_path: Path
) -> None:
    target = str(tmp_path / "backup.tar.gz")
    maintenance.back_up(str(folder), target)
    (folder / "0001.json").unlink()
    running.append([note(2, 4)])
    assert maintenance.restore(str(folder), target) == maintenance.RestoreResult(
        new=(1,), same=(2,)
    )
    assert running.poll() == FIRST
    running.append([note(2, 5)])
    assert entries(folder, 2) == (*SECOND, note(2, 3), note(2, 4), note(2, 5))


def test_restoring_over_damage_brings_back_what_was_damaged(folder: Path, tmp_path: Path) -> None:
    target = str(tmp_path / "backup.tar.gz")
    maintenance.back_up(str(folder), target)
    spoil(folder / "0001.json", b'"n":2,"text":"note 2"', b'"n":2,"t####"note 2"')
    assert maintenance.restore(str(folder), target) == maintenance.RestoreResult(
        new=(1,), same=(2,)
    )
    assert entries(folder, 1) == FIRST
    assert maintenance.check(str(folder)).well


def test_restoring_does_not_bring_back_redacted_words(folder: Path, tmp_path: Path) -> None:
    def redacted(order: Entry, entry: Entry) -> Entry:
        gone = isinstance(entry.event, Noted) and entry.event.n == 1
        return replace(entry, event=Noted(1, "")) if gone else entry

    target = str(tmp_path / "backup.tar.gz")
    store = bot(folder, erases={Redacted: redacted})
    store.resume()
    maintenance.back_up(str(folder), target)
    store.append([note(2, 3), Entry(2, NOON, ANN, Redacted(1))])
    assert store.left == (f"the backup {target} of {store.left[0].split(' of ')[1]}",)
    store.close()
    after = entries(folder, 2)
    assert maintenance.restore(str(folder), target) == maintenance.RestoreResult(same=(1, 2))
    assert entries(folder, 2) == after
    assert maintenance.check(str(folder)).well


def test_another_story_under_the_same_number_is_put_beside(folder: Path, tmp_path: Path) -> None:
    other = bot(tmp_path / "other")
    other.append([declared(1, "another one"), declared(2), declared(3, "three")])
    other.close()
    target = str(tmp_path / "backup.tar.gz")
    maintenance.back_up(str(tmp_path / "other"), target)
    assert maintenance.restore(str(folder), target) == maintenance.RestoreResult(
        new=(3,), other=(1, 2)
    )
    assert entries(folder, 1) == FIRST
    assert entries(folder, 3) == (declared(3, "three"),)
    with TinyDB(folder / "0001.json.restored") as db:
        assert db.all()[0]["event"]["summary"] == "another one"


def test_what_is_no_whole_backup_is_refused(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.tar.gz"
    maintenance.back_up(str(folder), str(target))
    whole = target.read_bytes()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    spoilt = bytearray(whole)
    spoilt[len(whole) // 2] ^= 1
    cuts = [whole[:cut] for cut in (1, 20, len(whole) // 2, -600, -100, -30, -9, -8, -4, -1)]
    for content in (b"", b"no tar", bytes(spoilt), *cuts):
        target.write_bytes(content)
        with pytest.raises(StoreError, match=r"is not a whole backup of a store"):
            maintenance.restore(str(folder), str(target))
    with pytest.raises(StoreError, match=r"cannot read .*: No such file"):
        maintenance.restore(str(folder), str(tmp_path / "nothing"))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_backup_that_cannot_be_written_leaves_the_one_before(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(StoreError, match=r"cannot write .*/missing/backup\.tar\.gz: No such file"):
        maintenance.back_up(str(folder), str(tmp_path / "missing" / "backup.tar.gz"))
    target = tmp_path / "backup.tar.gz"
    maintenance.back_up(str(folder), str(target))
    before = target.read_bytes()
    spoil(folder / "0001.json", b'"n":2,"text":"note 2"', b'"n":2,"t####"note 2"')
    with caplog.at_level(logging.CRITICAL), pytest.raises(StoreError, match="is damaged"):
        maintenance.back_up(str(folder), str(target))
    assert target.read_bytes() == before
    assert not list(tmp_path.glob("*.new"))


def test_export_gives_every_entry_with_its_place(folder: Path, running: Store) -> None:
    found = list(exported(Store(str(folder), summarise=summary_of)))
    assert [(e["incident"], e["position"]) for e in found] == [
        *((1, n) for n in range(1, 6)),
        *((2, n) for n in range(1, 5)),
    ]
    assert found[1]["event"] == {"kind": "Noted", "n": 1, "text": "note 1"}
    assert "salt" not in found[1]
    assert json.loads(json.dumps(found)) == found
