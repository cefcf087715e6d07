"""Words that have to go: from the state, from the disk, and nothing else with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from kept import NOON, OUTAGE, keep, lines, surroundings

from ircbot.engine import IncidentEngine
from ircbot.incident.erasing import ERASES
from ircbot.incident.events import Entry, Forgotten, Linked, Purged, Redacted
from ircbot.incident.people import Person
from ircbot.incident.state import State, replay
from ircbot.repository import all_incidents, incident_named, open_store, state_of

SECRET = (
    *OUTAGE[:3],
    "12:07 <metadave> TL: the word is xyzzy-plugh",
    "12:08 <metadave> !inc edit 3 the word is xyzzy-plover",
    "12:09 <metadave> !inc impact jgmize cannot log in",
    "12:10 <jgmize> !inc why because jgmize says xyzzy-twice",
    "12:11 <metadave> ping jgmize rjohnson look at this",
    "12:12 <metadave> !inc props jgmize for finding it",
    "12:13 <metadave> !inc action ask about it @jgmize",
    "12:14 <metadave> !inc handoff jgmize",
    "12:15 <jgmize> !inc accept",
    "12:16 <jgmize> !inc update it is better",
)


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_a_redacted_entry_is_gone_from_the_disk_with_all_its_wordings(tmp_path):
    keep(tmp_path, *SECRET)
    assert b"xyzzy-plugh" in on_disk(tmp_path)
    keep(tmp_path, "12:20 <metadave> !inc redact 3")
    content = on_disk(tmp_path)
    assert b"xyzzy-plugh" not in content
    assert b"xyzzy-plover" not in content
    assert b"listeners are missing" in content
    assert incident_named(open_store(str(tmp_path)), "1").notes[2].redacted


def test_a_purge_leaves_nothing_that_anybody_worded(tmp_path):
    keep(tmp_path, *SECRET, "12:20 <jgmize> !inc security", "12:21 <@jgmize> !inc security purge")
    content = on_disk(tmp_path)
    for words in (b"xyzzy", b"listeners", b"MDN is down", b"cannot log in", b"it is better"):
        assert words not in content


def test_who_is_forgotten_is_gone_by_name_too(tmp_path):
    keep(tmp_path, *SECRET, "12:20 <jgmize> !inc forget jgmize")
    content = on_disk(tmp_path)
    assert b'"jgmize"' not in content
    assert b"xyzzy-twice" not in content
    assert b"they were added back" not in content
    assert b"listeners are missing" in content


@pytest.mark.parametrize(
    "order",
    ["!inc redact 3", "!inc security purge", "!inc forget jgmize", "!inc forget metadave"],
)
def test_what_is_left_on_the_disk_makes_the_same_incident(tmp_path, order):
    """Live equals replay, after an erasure too."""
    store = open_store(str(tmp_path), writer="bot")
    try:
        engine = IncidentEngine(surroundings(operators=("boss",)), store, state_of(store))
        for line in lines(*SECRET):
            engine.hear([line])
        (line,) = lines(f"12:30 <boss> {order}")
        engine.hear([type(line)(line.at, line.channel, line.nick, line.text, account="boss")])
        lived = engine.state.incidents[1]
        assert any(
            isinstance(entry.event, Redacted | Purged | Forgotten) for entry in store.entries(1)
        )
    finally:
        store.close()
    (left,) = all_incidents(open_store(str(tmp_path)))
    assert left == lived


def test_a_redaction_takes_nothing_else(tmp_path):
    keep(tmp_path, *SECRET, "12:20 <jgmize> !inc redact 1")
    entries = open_store(str(tmp_path)).entries(1)
    state = replay(entries, State())
    assert [note.text for note in state.incidents[1].notes][1:] == [
        "they were added back",
        "the word is xyzzy-plover",
    ]


def test_an_order_that_names_nobody_any_more_takes_nothing():
    """On disk it has lost the name; an empty nick is not everything that is empty."""
    order = Entry(1, NOON, Person("someone-1"), Forgotten("someone-1", ""))
    other = Entry(1, NOON, Person("metadave"), Linked("https://mana.example/1", ""), said="x")
    assert ERASES[Forgotten](order, other) == other


def test_whoever_erases_is_told_which_copies_cannot_be_reached(tmp_path):
    (tmp_path / ".git").mkdir()
    store = open_store(str(tmp_path / "incidents"), writer="bot")
    try:
        engine = IncidentEngine(surroundings(), store, state_of(store))
        for line in lines(*SECRET):
            engine.hear([line])
        replies = engine.hear(lines("12:20 <metadave> !inc redact 3"))
    finally:
        store.close()
    assert [(reply.to, reply.text) for reply in replies] == [
        ("#mozmeao", "metadave: #3 is redacted, on the disk too."),
        (
            "metadave",
            "copies that I cannot reach may still hold it: "
            f"the history of the repository {tmp_path}.",
        ),
    ]
