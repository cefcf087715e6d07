"""Closed incidents are kept as long as is configured, then archived or erased."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from pathlib import Path

import pytest
from kept import NOON, OUTAGE, keep, surroundings
from test_erasing import on_disk

from ircbot.cli.root import run
from ircbot.engine import IncidentEngine
from ircbot.errors import StoreError
from ircbot.exchange import exported
from ircbot.incident.events import Entry, Forgotten
from ircbot.incident.people import Person
from ircbot.repository import all_incidents, incident_named, open_store, retire, state_of
from ircbot.store import maintenance

LATER = NOON + timedelta(days=400)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store with two closed incidents and an open one."""
    for _ in range(2):
        keep(
            tmp_path / "incidents",
            *OUTAGE,
            "12:31 <jgmize> !inc done 1",
            "12:40 <metadave> !inc close",
        )
    keep(tmp_path / "incidents", OUTAGE[0])
    (tmp_path / "config.toml").write_text("")
    return tmp_path / "incidents"


def retired(folder: Path, *, erase: bool, loaded: tuple[int, ...] = (2,)) -> None:
    store = open_store(str(folder), writer="bot")
    state_of(store)
    retire(store, LATER, loaded, erase=erase)
    store.close()


def test_what_was_kept_long_enough_is_in_the_archive(
    folder: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    before = open_store(str(folder)).entries(1)
    with caplog.at_level(logging.INFO):
        retired(folder, erase=False)
    assert caplog.messages == [
        "Incident 1, over since 2018-01-10T12:40:00Z, was moved to the archive."
    ]
    assert [i.id for i in all_incidents(open_store(str(folder)))] == [3, 2]
    archive = open_store(str(folder)).archived()
    assert archive is not None
    assert archive.entries(1) == before
    assert incident_named(open_store(str(folder)), "1").id == 1
    config = str(folder.parent / "config.toml")
    assert run(["list", "--config", config, "--archived", "--json"]) in (0, None)
    assert [i["id"] for i in json.loads(capsys.readouterr().out)] == [1]
    assert run(["list", "--config", config]) in (0, None)
    assert "   1  " not in capsys.readouterr().out
    found = maintenance.check(str(folder))
    assert (found.incidents, found.findings) == (3, ())
    assert {one["incident"] for one in exported(open_store(str(folder)))} == {1, 2, 3}
    spoiled = folder / "archive" / "0001.json"
    spoiled.write_bytes(spoiled.read_bytes().replace(b'"n":1,"text"', b'"n":1,"t###"'))
    assert not maintenance.check(str(folder)).well


@pytest.mark.parametrize("erase", [False, True])
@pytest.mark.parametrize("ends", ["done 1", "action 1 drop"])
def test_an_incident_stays_as_long_as_something_is_to_be_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], erase: bool, ends: str
) -> None:
    folder = tmp_path / "incidents"
    keep(folder, *OUTAGE, "12:40 <metadave> !inc close")
    known = folder / "index.jsonl"  # as an older version wrote it
    known.write_text(known.read_text().replace('"over":false', '"over":true'))
    retired(folder, erase=erase, loaded=())
    assert [i.id for i in all_incidents(open_store(str(folder)))] == [1]
    keep(folder, f"12:41 <jgmize> !inc @1 {ends}")
    retired(folder, erase=erase, loaded=())
    assert list(all_incidents(open_store(str(folder)))) == []
    (tmp_path / "config.toml").write_text("")
    assert run(["actions", "--config", str(tmp_path / "config.toml"), "--json"]) in (0, None)
    found = [item["text"] for item in json.loads(capsys.readouterr().out)]
    assert found == ([] if erase else ["watch the ELB"])


def test_a_follow_up_is_told_on_its_day_however_many_incidents_are_over_since(
    folder: Path,
) -> None:
    keep(folder, *OUTAGE, "12:40 <metadave> !inc @4 close")
    for _ in range(5):
        keep(folder, "12:50 <bob> !inc declare NTP", "12:51 <bob> !inc withdraw not so")
    store = open_store(str(folder), writer="bot")
    engine = IncidentEngine(surroundings(), store, state_of(store))
    for days in range(2):
        engine.tick(NOON + timedelta(days=days))
    told = [reply for day in (2, 3) for reply in engine.tick(NOON + timedelta(days=day))]
    store.close()
    assert any(reply.to == "jgmize" and "watch the ELB" in reply.text for reply in told)


def test_what_was_kept_long_enough_is_gone_if_so_configured(folder: Path) -> None:
    (folder / "0001.journal.torn").write_text("torn")
    (folder / "0001.postmortem.docx").write_text("theirs")
    retired(folder, erase=True)
    assert sorted(p.name for p in folder.glob("0001*")) == ["0001.postmortem.docx"]
    assert not (folder / "archive").exists()
    (folder / "index.jsonl").touch()
    with pytest.raises(Exception, match="there is no incident 1"):
        incident_named(open_store(str(folder)), "1")


@pytest.mark.parametrize("erase", [False, True])
def test_a_number_that_is_out_of_the_way_is_not_used_again(folder: Path, erase: bool) -> None:
    retired(folder, erase=erase, loaded=())
    keep(folder, "13:00 <metadave> !inc resolve", "13:01 <metadave> !inc close")
    retired(folder, erase=erase, loaded=())
    if not erase:
        (folder / "index.jsonl").unlink()
    store = open_store(str(folder), writer="bot")
    assert store.highest_id() == 3
    with pytest.raises(StoreError, match=r"its number is not used again|another process wrote"):
        store.append([Entry(2, NOON, Person("x"), Forgotten("t"))])
    store.close()


def test_who_is_forgotten_is_gone_from_the_archive_too(folder: Path) -> None:
    retired(folder, erase=False)
    assert b"jgmize" in on_disk(folder / "archive")
    keep(folder, "13:00 <jgmize> !inc forget jgmize")
    assert b"jgmize" not in on_disk(folder)
    assert b"they were added back" not in on_disk(folder)


def test_a_backup_holds_the_archive_and_a_restore_does_not_bring_back_what_is_there(
    folder: Path, tmp_path: Path
) -> None:
    retired(folder, erase=False)
    target = str(tmp_path / "b.tar.gz")
    assert maintenance.back_up(str(folder), target) == 3
    assert maintenance.restore(str(folder), target).same == (1, 2, 3)
    assert maintenance.restore(str(tmp_path / "new"), target).new == (1, 2, 3)


def test_the_bot_looks_once_a_day(folder: Path) -> None:
    store = open_store(str(folder), writer="bot")
    seen: list[object] = []
    engine = IncidentEngine(surroundings(), store, state_of(store), daily=seen.append)
    for hours in (0, 1, 23, 24, 25):
        engine.tick(NOON + timedelta(hours=hours))
    assert len(seen) == 2
    store.close()
