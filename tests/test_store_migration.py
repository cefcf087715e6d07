"""Stores that older versions left are read as they are, and brought up to date with a copy kept.

The files in tests/store/formatN were written by the ircbot that had that format.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from store.samples import closed, declared, note, summary_of
from tinydb import TinyDB

from ircbot.incident.events import StrayKept
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
    store = Store.open(str(old))
    assert (store.entries(1), store.entries(2)) == (FIRST, SECOND)
    assert [e.event for e in store.entries(0)] == [StrayKept("TL: with nothing open")]
    assert [i.incident for i in store.incidents()] == [2, 1]
    assert {path.name: path.read_bytes() for path in old.glob("0*")} == before
    found = maintenance.check(str(old))
    assert found.well
    assert {finding.path for finding in found.findings} == {
        str(old / f"000{n}.json") for n in (0, 1, 2)
    }


def test_a_writer_brings_what_it_opens_up_to_date_and_keeps_a_copy(old: Path) -> None:
    store = Store.open(str(old), writer="bot", summarise=summary_of)
    store.resume()
    store.append([note(2, 3)])
    store.close()
    assert Store.open(str(old)).entries(2) == (*SECOND, note(2, 3))
    assert not Store.open(str(old))._read(2).broken()
    with TinyDB(old / "0002.json") as db:
        assert len(db) == 4
        assert db.table("ircbot").all()[0]["format"] == 2
    for name in ("0002.json", "0002.journal"):
        kept, was = (old / f"{name}.format1").read_bytes(), (FORMAT_1 / name).read_bytes()
        assert kept == was.rstrip(b"\n") + b"\n"


def test_closed_incidents_stay_as_they_are_until_somebody_writes_to_them(old: Path) -> None:
    store = Store.open(str(old), writer="bot", summarise=summary_of)
    store.resume()
    store.entries(1)
    store.close()
    assert (old / "0001.json").read_bytes() == (FORMAT_1 / "0001.json").read_bytes()


def test_migrating_twice_is_as_good_as_once(old: Path, tmp_path: Path) -> None:
    """A kill between the copy and the new file leaves both old files and the copy."""
    shutil.copy(old / "0002.json", old / "0002.json.format1")
    store = Store.open(str(old), writer="bot", summarise=summary_of)
    assert store.resume()[-3:] == SECOND
    store.close()
    assert Store.open(str(old)).entries(2) == SECOND
