"""The fingerprints of lines: keyed, so that nobody finds by trying what was masked in them."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from kept import keep
from store.disks import MemoryDisk
from store.samples import NOON, declared, note
from test_store_erase import bot

from ircbot.errors import StoreError
from ircbot.exchange import exported
from ircbot.incident.events import Entry
from ircbot.incident.line import Line, fingerprint
from ircbot.repository import open_store
from ircbot.store import Store, maintenance

NUMBER = "TL: call me at +49 151 23456789"


def plainly(text: str, minute: int = 1) -> str:
    return fingerprint(Line(NOON, "#mozmeao", "metadave", text), text)


def test_a_masked_number_cannot_be_found_by_trying(tmp_path: Path) -> None:
    keep(
        tmp_path,
        "12:00 <metadave> I am declaring an incident: MDN is down, and I am the incident leader",
        f"12:01 <metadave> {NUMBER}",
    )
    store = open_store(str(tmp_path))
    (said,) = {e.said for e in store.entries(1) if "masked" in repr(e)}
    content = b"".join(f.read_bytes() for f in tmp_path.glob("0001.*"))
    assert said.encode() in content
    assert plainly(NUMBER).encode() not in content
    assert store.recorded_as(plainly(NUMBER)) == (said,)
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def old_store(folder: Path | str, **more: MemoryDisk) -> tuple[Entry, ...]:
    """A store as versions left it that had no secret."""
    store = bot(folder, **more)
    said = plainly(NUMBER)
    store._secret = replace(store._secret, keys=())
    entries = (declared(1), *(replace(note(1, n), said=said) for n in (1, 2)))
    store.append(entries[:2])
    store.snapshot(1)
    store.append(entries[2:])
    store._folder.copies()
    return entries


def test_an_older_store_gets_a_secret_and_its_fingerprints_are_keyed(tmp_path: Path) -> None:
    old_store(tmp_path)
    (tmp_path / "secret").unlink()
    (tmp_path / "0001.json.damaged").write_text("kept")
    assert Store(str(tmp_path)).recorded_as(plainly(NUMBER)) == (plainly(NUMBER),)
    again = Store(str(tmp_path), writer="tool")
    left = again.entries(1)
    assert {e.said for e in left} == {"", *again.recorded_as(plainly(NUMBER))}
    again.close()
    for file in tmp_path.glob("0001.*"):
        assert plainly(NUMBER).encode() not in file.read_bytes()
    assert maintenance.check(str(tmp_path)).well
    assert (tmp_path / "0001.json.damaged").read_text() == "kept"
    assert Store(str(tmp_path)).entries(1) == left


def test_killed_while_fingerprints_are_keyed_it_is_finished_at_the_next_start() -> None:
    disk, left = MemoryDisk(), list[MemoryDisk]()
    entries = old_store("/incidents", disk=disk)
    disk.die()
    disk.remove("/incidents/secret")
    disk.trouble = lambda operation, path: left.append(disk.copy())
    bot("/incidents", disk=disk)
    assert len(left) > 30
    for killed in left:
        again = bot("/incidents", disk=killed)
        found = again.entries(1)
        assert [e.event for e in found] == [e.event for e in entries]
        assert {e.said for e in found[1:]} == set(again.recorded_as(plainly(NUMBER)))
        held = [p for p, c in killed.files().items() if plainly(NUMBER).encode() in c]
        assert not held


def test_a_backup_carries_the_secret_so_that_importing_again_adds_nothing(tmp_path: Path) -> None:
    folder, target = tmp_path / "incidents", str(tmp_path / "b.tar.gz")
    keep(folder, "12:00 <metadave> !inc declare down", f"12:01 <metadave> {NUMBER}")
    before = Store(str(folder)).recorded_as(plainly(NUMBER))
    maintenance.back_up(str(folder), target)
    shutil.rmtree(folder)
    maintenance.restore(str(folder), target)
    assert before[0] in Store(str(folder)).recorded_as(plainly(NUMBER))
    Store(str(folder), writer="bot").close()
    assert Store(str(folder)).recorded_as(plainly(NUMBER)) == before
    other = tmp_path / "other"
    store = bot(other)
    store.append([declared(7)])
    own = store.recorded_as(plainly(NUMBER))
    store.close()
    maintenance.restore(str(other), target)
    bot(other).close()
    assert Store(str(other)).recorded_as(plainly(NUMBER)) == (*own, *before)


@pytest.mark.parametrize("content", ["", "{}", '{"keys": ["x"], "done": true}', '{"keys": 1}'])
def test_a_damaged_secret_is_told_and_not_replaced(tmp_path: Path, content: str) -> None:
    bot(tmp_path).close()
    (tmp_path / "secret").write_text(content)
    with pytest.raises(StoreError, match=r"secret is damaged\. Restore it from a backup"):
        bot(tmp_path)
    assert (tmp_path / "secret").read_text() == content


def test_the_secret_is_not_in_what_is_exported(tmp_path: Path) -> None:
    bot(tmp_path).close()
    (key,) = json.loads((tmp_path / "secret").read_text())["keys"]
    assert key not in repr(list(exported(open_store(str(tmp_path)))))
