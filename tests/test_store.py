"""The store as the rest of the program sees it: what goes in comes out, in order, across processes."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from store.disks import MemoryDisk
from store.samples import closed, declared, note, summary_of
from tinydb import TinyDB, where

from ircbot.errors import StoreError
from ircbot.incident.events import Entry
from ircbot.store import Behind, Store


def bot(path: Path) -> Store:
    return Store(str(path), writer="bot", summarise=summary_of)


def tool(path: Path) -> Store:
    return Store(str(path), writer="tool", summarise=summary_of)


def reader(path: Path) -> Store:
    return Store(str(path), summarise=summary_of)


def test_what_is_appended_is_read_by_others_at_once_and_after_a_restart(tmp_path: Path) -> None:
    store = bot(tmp_path / "incidents")
    story = (declared(1), note(1, 1), note(1, 2))
    store.append(story[:2])
    store.append(story[2:])
    assert store.entries(1) == story
    assert reader(tmp_path / "incidents").entries(1) == story
    store.close()
    assert sorted(p.name for p in (tmp_path / "incidents").glob("0001*")) == ["0001.json"]
    again = bot(tmp_path / "incidents")
    assert again.resume() == story
    again.close()


def test_what_was_not_closed_is_there_too(tmp_path: Path) -> None:
    bot(tmp_path).append([declared(1), note(1, 1)])  # and never closed
    assert len(reader(tmp_path).entries(1)) == 2


def test_a_batch_goes_to_several_incidents(tmp_path: Path) -> None:
    store = bot(tmp_path)
    store.append([declared(1), declared(2), note(1, 1), note(2, 1)])
    assert store.entries(1) == (declared(1), note(1, 1))
    assert store.entries(2) == (declared(2), note(2, 1))
    store.close()


def test_stock_tinydb_opens_and_queries_what_is_left_behind(tmp_path: Path) -> None:
    store = bot(tmp_path)
    store.append([declared(12), note(12, 1, "the ELB is missing listeners")])
    store.close()
    with TinyDB(tmp_path / "0012.json") as db:
        assert len(db) == 2
        assert db.search(where("event")["kind"] == "Noted")[0]["by"]["nick"] == "ann"


def test_only_one_bot_and_the_second_is_told_who_it_is(tmp_path: Path) -> None:
    first = bot(tmp_path)
    with pytest.raises(StoreError, match=r"in use by another bot: process \d+ on "):
        bot(tmp_path)
    first.close()
    bot(tmp_path).close()


def test_a_bot_takes_up_what_a_tool_wrote(tmp_path: Path) -> None:
    running = bot(tmp_path)
    running.append([declared(1)])
    assert running.poll() == ()
    beside = tool(tmp_path)
    assert beside.entries(1) == (declared(1),)
    beside.append([note(1, 1)])
    beside.append([declared(2)])
    assert running.poll() == (note(1, 1), declared(2))
    assert running.poll() == ()
    running.append([note(1, 2), note(2, 1)])
    beside.close()
    running.close()
    assert reader(tmp_path).entries(1) == (declared(1), note(1, 1), note(1, 2))


def test_nobody_appends_to_what_another_process_has_changed(tmp_path: Path) -> None:
    running = bot(tmp_path)
    running.append([declared(1)])
    beside = tool(tmp_path)
    beside.entries(1)
    beside.append([note(1, 1, "from the shell")])
    with pytest.raises(Behind):
        running.append([note(1, 1, "from the channel")])
    assert running.poll() == (note(1, 1, "from the shell"),)
    running.append([note(1, 2, "from the channel")])
    with pytest.raises(Behind):
        beside.append([note(1, 2)])
    assert beside.poll() == (note(1, 2, "from the channel"),)


def test_two_processes_cannot_take_the_same_number(tmp_path: Path) -> None:
    running, beside = bot(tmp_path), tool(tmp_path)
    beside.append([declared(1, "from a log")])
    with pytest.raises(Behind):
        running.append([declared(1, "from the channel")])
    assert running.poll() == (declared(1, "from a log"),)


def test_a_number_is_not_used_again_when_its_file_is_gone(tmp_path: Path) -> None:
    store = bot(tmp_path)
    store.append([declared(1), declared(2)])
    store.close()
    (tmp_path / "0002.json").unlink()
    store = bot(tmp_path)
    assert store.highest_id() == 2
    with pytest.raises(StoreError, match="incident 2 was there before"):
        store.append([declared(2)])
    store.append([declared(3)])
    assert store.highest_id() == 3
    store.close()


def test_incidents_are_listed_newest_first_from_the_index(tmp_path: Path) -> None:
    store = bot(tmp_path)
    store.append([declared(1, "one"), closed(1), declared(2, "two")])
    store.snapshot(1)
    titles = [(i.incident, i.summary["title"], i.live) for i in store.incidents()]
    assert titles == [(2, "two", True), (1, "one", False)]
    store.close()

    def refuse(entries: Sequence[Entry]) -> dict[str, Any]:
        raise AssertionError("nothing needs to be read")

    listed = Store(str(tmp_path), summarise=refuse).incidents()
    assert [i.incident for i in listed] == [2, 1]


def test_the_index_can_be_thrown_away(tmp_path: Path) -> None:
    store = bot(tmp_path)
    store.append([declared(1, "one"), closed(1), declared(2, "two")])
    store.close()
    before = reader(tmp_path).incidents()
    (tmp_path / "index.jsonl").unlink()
    assert reader(tmp_path).incidents() == before


def test_a_closed_incident_is_not_loaded_at_the_start_but_can_be_read(tmp_path: Path) -> None:
    store = bot(tmp_path)
    store.append([declared(1), closed(1), declared(2)])
    store.close()
    store = bot(tmp_path)
    assert store.live() == (2,)
    assert store.resume() == (declared(2),)
    assert store.entries(1) == (declared(1), closed(1))
    store.append([note(1, 1)])
    store.close()


def test_what_belongs_to_no_incident_is_kept_but_not_listed(tmp_path: Path) -> None:
    store = bot(tmp_path)
    stray = note(0, 1, "TL: with nothing open")
    store.append([stray])
    assert store.incidents() == ()
    store.close()
    store = bot(tmp_path)
    assert store.resume() == (stray,)
    store.close()


def test_a_folder_that_is_not_there_reads_as_an_empty_store(tmp_path: Path) -> None:
    store = reader(tmp_path / "nowhere")
    assert (store.incidents(), store.entries(1), store.highest_id()) == ((), (), 0)
    assert not (tmp_path / "nowhere").exists()


def test_a_removed_folder_is_made_again_with_what_was_acknowledged(tmp_path: Path) -> None:
    folder = tmp_path / "incidents"
    store = bot(folder)
    store.append([declared(1), note(1, 1)])
    shutil.rmtree(folder)
    store.append([note(1, 2)])
    store.poll()
    assert reader(folder).entries(1) == (declared(1), note(1, 1), note(1, 2))
    with pytest.raises(StoreError, match="another bot"):
        bot(folder)
    store.close()


def test_a_folder_that_lost_only_some_of_its_files_keeps_nobody_waiting(tmp_path: Path) -> None:
    store = bot(tmp_path)
    store.append([declared(1), note(1, 1)])
    (tmp_path / "changes").unlink()
    store.append([note(1, 2)])
    assert reader(tmp_path).entries(1) == (declared(1), note(1, 1), note(1, 2))
    with pytest.raises(StoreError, match="another bot"):
        bot(tmp_path)
    store.close()


def test_more_incidents_than_can_be_open_at_a_time() -> None:
    disk = MemoryDisk()
    store = Store("/incidents", writer="tool", summarise=summary_of, disk=disk)
    numbers = range(1, 251)
    store.append([declared(n) for n in numbers])
    for n in numbers:
        store.append([note(n, 1)])
    store.append([note(n, 2) for n in reversed(numbers)])
    assert len(store._open) <= 200
    store.close()
    assert not [path for path in disk.files() if path.endswith(".journal")]
    again = Store("/incidents", disk=disk)
    assert all(again.entries(n) == (declared(n), note(n, 1), note(n, 2)) for n in numbers)


def test_what_list_had_to_read_it_does_not_read_again(tmp_path: Path) -> None:
    store = bot(tmp_path)
    store.append([declared(1, "one"), closed(1)])
    store.close()
    (tmp_path / "index.jsonl").unlink()
    listed = reader(tmp_path).incidents()

    def refuse(entries: Sequence[Entry]) -> dict[str, Any]:
        raise AssertionError("nothing needs to be read")

    assert Store(str(tmp_path), summarise=refuse).incidents() == listed


def test_list_shows_the_others_when_one_is_damaged(tmp_path: Path) -> None:
    store = bot(tmp_path)
    store.append([declared(1), declared(2)])
    store.close()
    (tmp_path / "0001.json").write_text("{")
    listing = reader(tmp_path)
    assert [i.incident for i in listing.incidents()] == [2]
    assert "0001.json is damaged" in listing.damaged[1]


def test_a_reader_can_follow_what_is_written(tmp_path: Path) -> None:
    store = bot(tmp_path)
    store.append([declared(1)])
    following = reader(tmp_path)
    assert following.entries(1) == (declared(1),)
    store.append([note(1, 1)])
    assert following.poll() == (note(1, 1),)
    assert following.poll() == ()
    following.close()
    store.close()


def test_what_cannot_be_written_as_an_entry_changes_nothing(tmp_path: Path) -> None:
    store = bot(tmp_path)
    store.append([declared(1), declared(2)])
    wrong = Entry(2, declared(2).at, declared(2).by, "no event")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        store.append([note(1, 1), wrong])
    store.append([note(1, 1), note(2, 1)])
    store.close()
    assert reader(tmp_path).entries(1) == (declared(1), note(1, 1))
    assert reader(tmp_path).entries(2) == (declared(2), note(2, 1))


def test_two_bots_cannot_both_come_back_to_a_removed_folder(tmp_path: Path) -> None:
    folder = tmp_path / "incidents"
    store = bot(folder)
    store.append([declared(1)])
    shutil.rmtree(folder)
    other = bot(folder)
    with pytest.raises(StoreError, match="in use by another bot"):
        store.poll()
    other.close()
    assert store.poll() == ()
    assert reader(folder).entries(1) == (declared(1),)
    store.close()
