"""What every engine of the store promises (docs/engines.md). A new one is added to ENGINES."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rig.postgresql import Postgresql
from store.memory import MemoryStore
from store.samples import ANN, NOON, closed, declared, note, summary_of

from ircbot.errors import StoreError
from ircbot.incident.erasing import ERASES, without_echo
from ircbot.incident.events import Entry, Forgotten, Purged, Redacted, StrayKept
from ircbot.incident.people import Person
from ircbot.store import Store, StoreEngine
from ircbot.store.postgresql import PostgresJournal
from ircbot.store.shared import SharedStore


def in_memory(path: Path) -> StoreEngine:
    return MemoryStore(summary_of, ERASES, without_echo)


def in_a_folder(path: Path) -> StoreEngine:
    return Store(str(path), writer="bot", summarise=summary_of, erases=ERASES, echo=without_echo)


def in_one_file(path: Path) -> StoreEngine:
    """The example of the documentation."""
    page = Path(__file__).parent.parent.joinpath("docs", "engines.md").read_text("utf-8")
    code = page.split("```python\n")[1].split("```")[0]
    known: dict[str, Any] = {}
    exec(code, known)
    engine: StoreEngine = known["OneFile"](path / "all.jsonl", summary_of, ERASES, without_echo)
    return engine


def in_postgresql(path: Path, cluster: Postgresql) -> StoreEngine:
    return SharedStore(
        str(path),
        PostgresJournal(cluster.dsn, cluster.new_unit()),
        writer="bot",
        summarise=summary_of,
        erases=ERASES,
        echo=without_echo,
    )


ENGINES: tuple[Callable[..., StoreEngine], ...] = (
    in_a_folder,
    in_memory,
    in_one_file,
    in_postgresql,
)
ONE = (declared(1, "one"), note(1, 1), note(1, 2, "the word is xyzzy"))
BOB = Person("bob")


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreEngine]:
    more = [request.getfixturevalue("postgresql")] if request.param is in_postgresql else []
    engine: StoreEngine = request.param(tmp_path, *more)
    yield engine
    engine.close()


def test_what_was_appended_is_there_in_order(store: StoreEngine) -> None:
    store.append(ONE[:1])
    store.append([*ONE[1:], declared(2, "two")])
    assert store.entries(1) == ONE
    assert store.entries(2) == (declared(2, "two"),)
    assert store.entries(3) == ()
    assert store.poll() == ()


def test_incidents_are_listed_newest_first_and_the_live_ones_resumed(store: StoreEngine) -> None:
    stray = Entry(0, NOON, ANN, StrayKept("calm"))
    store.append([*ONE, stray, declared(2, "two"), closed(2)])
    assert [(x.incident, x.entries, x.live, x.summary["title"]) for x in store.incidents()] == [
        (2, 2, False, "two"),
        (1, 3, True, "one"),
    ]
    store.snapshot(2)
    assert store.resume() == (stray, *ONE)
    assert store.highest_id() == 2
    assert store.damaged == {}


def test_every_write_makes_another_version(store: StoreEngine) -> None:
    store.append([*ONE, declared(2, "two"), closed(2)])
    store.retire(2, erase=False)
    first = store.versions()
    assert first.keys() == {1, 2}
    assert store.versions([2, 3]) == {2: first[2]}
    store.append([Entry(1, NOON, ANN, Redacted(2))])
    second = store.versions()
    assert (second[1] != first[1], second[2] == first[2]) == (True, True)
    store.append([note(1, 3)])
    assert store.versions([1])[1] not in (first[1], second[1])


def test_a_redaction_takes_the_words_and_nothing_else(store: StoreEngine) -> None:
    store.append([*ONE, Entry(0, NOON, ANN, StrayKept("the word is xyzzy"))])
    order = Entry(1, NOON, ANN, Redacted(2))
    store.append([order])
    assert (*store.entries(1)[:2], store.entries(1)[3]) == (*ONE[:2], order)
    assert store.entries(1)[2].event == replace(ONE[2].event, text="")  # type: ignore[type-var]
    assert [e.event for e in store.entries(0)] == [StrayKept("")]
    assert store.unerased == ()
    store.tidy()


def test_a_purge_leaves_no_words(store: StoreEngine) -> None:
    store.append([*ONE, Entry(1, NOON, ANN, Purged())])
    assert "xyzzy" not in repr(store.entries(1))
    assert "note 1" not in repr(store.entries(1))


def test_who_is_forgotten_is_gone_everywhere_and_the_caller_is_told(store: StoreEngine) -> None:
    said = Entry(1, NOON, BOB, note(1, 3, "bob's words").event, "#moc")
    store.append([*ONE, said, declared(2), replace(said, incident=2), closed(2), declared(3)])
    store.retire(2, erase=False)
    store.append([Entry(0, NOON, Person("someone-1"), Forgotten("someone-1", "bob"))])
    assert [(e.incident, type(e.event)) for e in store.poll()] == [(1, Forgotten)]
    archive = store.archived()
    assert archive is not None
    for entries in (store.entries(0), store.entries(1), archive.entries(2)):
        assert "bob" not in repr(entries)
    assert store.entries(1)[:3] == ONE
    assert store.entries(3) == (declared(3),)
    store.append([note(1, 4)])
    assert store.entries(1)[-1] == note(1, 4)


def test_the_fingerprint_of_a_line_is_keyed_and_known_again(store: StoreEngine) -> None:
    store.append([declared(1), replace(note(1, 1), said="0123456789abcdef")])
    kept = store.entries(1)[1].said
    assert kept != "0123456789abcdef"
    assert kept in store.recorded_as("0123456789abcdef")
    assert kept not in store.recorded_as("0123456789abcdee")


@pytest.mark.parametrize("erase", [False, True])
def test_what_is_retired_is_out_of_the_way_and_its_number_stays_used(
    store: StoreEngine, erase: bool
) -> None:
    store.append([*ONE, closed(1), declared(2)])
    store.retire(1, erase=erase)
    assert [listed.incident for listed in store.incidents()] == [2]
    left = () if erase else (*ONE, closed(1))
    assert store.entries(1) == left
    assert store.highest_id() == 2
    archive = store.archived()
    assert (archive.entries(1) if archive else ()) == left
    if erase:
        with pytest.raises(StoreError, match="was there before"):
            store.append([note(1, 9)])


def test_what_is_added_to_an_archived_incident_brings_it_back(store: StoreEngine) -> None:
    store.append([*ONE, closed(1), declared(2)])
    for order in (note(1, 9), Entry(1, NOON, ANN, Redacted(2))):
        store.retire(1, erase=False)
        before = store.entries(1)
        assert before
        store.append([order])
        assert store.entries(1)[-1] == order
        assert len(store.entries(1)) == len(before) + 1
        assert [listed.incident for listed in store.incidents()] == [2, 1]
        assert store.archived() is None or store.archived().incidents() == ()  # type: ignore[union-attr]
    assert "xyzzy" not in repr(store.entries(1))
    assert store.unerased == ()


def test_snapshots_and_compaction_change_nothing(store: StoreEngine) -> None:
    store.append(ONE)
    store.snapshot(1)
    store.append([note(1, 3)])
    assert store.compact() in (0, 1)
    assert store.entries(1) == (*ONE, note(1, 3))
