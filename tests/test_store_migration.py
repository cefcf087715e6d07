"""Stores that older versions left are read as they are, and written to.

The files in tests/store/formatN were written by the ircbot that had that format.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from store.samples import closed, declared, note, summary_of
from test_store_erase import ORDER, SECRET, bot, files_with
from tinydb import TinyDB

from ircbot.incident.events import Declared, Noted, Redacted, StrayKept
from ircbot.store import Store, maintenance

FORMAT_1 = Path(__file__).parent / "store" / "format1"
FIRST = (
    declared(1, "MDN is experiencing an outage"),
    note(1, 1, "listeners are missing from the ELB"),
    note(1, 2, "“typographic” – ünïcode 🚒"),
    closed(1),
)
SECOND = (
    declared(2, "the CDN serves old pages"),
    note(2, 1, "half of it is in the journal"),
    note(2, 2, "and so is this"),
)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return shutil.copytree(FORMAT_1, tmp_path / "incidents")


def test_an_old_store_is_read_without_being_changed(old: Path) -> None:
    before = {path.name: path.read_bytes() for path in old.glob("0*")}
    store = Store(str(old))
    assert (store.entries(1), store.entries(2)) == (FIRST, SECOND)
    assert [e.event for e in store.entries(0)] == [StrayKept("TL: with nothing open")]
    assert [i.incident for i in store.incidents()] == [2, 1]
    assert {path.name: path.read_bytes() for path in old.glob("0*")} == before
    found = maintenance.check(str(old))
    assert found.well
    assert found.findings == ()


def test_a_writer_goes_on_with_an_old_file_as_it_is(old: Path) -> None:
    store = Store(str(old), writer="bot", summarise=summary_of)
    store.resume()
    store.append([note(2, 3)])
    store.close()
    assert Store(str(old)).entries(2) == (*SECOND, note(2, 3))
    assert not Store(str(old))._read(2).broken()
    with TinyDB(old / "0002.json") as db:
        assert [("hash" in document) for document in db] == [False, False, False, True]
        assert db.table("ircbot").all()[0]["format"] == 3
    assert maintenance.check(str(old)).well


def test_closed_incidents_stay_as_they_are_until_somebody_writes_to_them(old: Path) -> None:
    store = Store(str(old), writer="bot", summarise=summary_of)
    store.resume()
    store.entries(1)
    store.close()
    assert (old / "0001.json").read_bytes() == (FORMAT_1 / "0001.json").read_bytes()


def test_words_in_an_old_file_can_be_erased(old: Path) -> None:
    (old / "0002.json.format1").write_bytes((old / "0002.json").read_bytes())
    store = bot(old)
    store.resume()
    store.append([replace(ORDER, incident=2)])
    assert [type(e.event) for e in store.entries(2)] == [Declared, Noted, Noted, Redacted]
    store.close()
    assert not files_with("and so is this", old)
    assert not files_with('CDN serves old pages"', old / "0002.json.format1")
    assert maintenance.check(str(old)).well


def test_an_erasure_that_a_version_with_lists_of_tombstones_died_over_is_finished(
    tmp_path: Path,
) -> None:
    """Format 2 named its tombstones in a list beside the entries."""
    folder = shutil.copytree(FORMAT_1.with_name("format2"), tmp_path / "incidents")
    assert maintenance.check(str(folder)).well
    assert files_with(SECRET, folder)
    store = bot(folder)
    store.resume()
    assert not files_with(SECRET, folder)
    texts = [e.event.text for n in (1, 2) for e in store.entries(n) if isinstance(e.event, Noted)]
    assert texts == ["calm", "", "over", "", "and so is this", "half of it is in the journal"]
    store.append([replace(ORDER, incident=2)])
    store.close()
    assert not files_with("and so is this", folder)
    assert maintenance.check(str(folder)).well
    whole = (folder / "0001.json").read_text()
    (folder / "0001.json").write_text(whole.replace('"n":2,"text":""', '"n":2,"text":"x"').rstrip())
    assert not maintenance.check(str(folder)).well


@pytest.mark.parametrize("version", ["format1", "format2"])
def test_a_backup_from_before_an_upgrade_leads_back(tmp_path: Path, version: str) -> None:
    """Going back: what was backed up is in a new folder, whatever was written meanwhile."""
    folder = shutil.copytree(FORMAT_1.with_name(version), tmp_path / "incidents")
    before = {n: Store(str(folder)).entries(n) for n in (1, 2)}
    file = str(tmp_path / "before-upgrade.tar.gz")
    maintenance.back_up(str(folder), file)
    store = Store(str(folder), writer="bot", summarise=summary_of)
    store.resume()
    store.append([note(2, 9, "by the newer version")])
    store.close()
    assert maintenance.check(str(folder)).well
    back = tmp_path / "back"
    maintenance.restore(str(back), file)
    assert {n: Store(str(back)).entries(n) for n in (1, 2)} == before
    assert maintenance.check(str(back)).well
