"""Words that have to go: from the state, from the disk, and nothing else with them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from kept import NOON, OUTAGE, keep, lines, surroundings

from ircbot.engine import IncidentEngine
from ircbot.incident.erasing import ERASES, names_in
from ircbot.incident.events import (
    ActionAdded,
    Alerted,
    DeclarationHeld,
    Entry,
    Forgotten,
    Linked,
    Noted,
    Purged,
    Redacted,
)
from ircbot.incident.people import Person
from ircbot.incident.state import State, replay
from ircbot.repository import all_incidents, incident_named, losing, open_store, state_of
from ircbot.store import maintenance
from ircbot.store.disk import Disk

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


@pytest.mark.parametrize("order", [Purged(), Forgotten("someone-0a1b2c", "ann", "")])
def test_what_is_erased_leaves_no_digest_by_which_one_could_guess_the_words(order):
    ann = Person("ann")
    entries = (
        Entry(1, NOON, ann, Noted(1, "the word is xyzzy"), said="digest"),
        Entry(1, NOON, ann, Alerted(1, NOON, NOON, "xyzzy", key="digest", alerts=("digest",))),
    )
    by = Entry(1, NOON, Person("boss"), order)
    for entry in entries:
        left = ERASES[type(order)](by, entry)
        assert "xyzzy" not in repr(left)
        assert "digest" not in repr(left)


def test_who_is_forgotten_is_known_by_each_name_that_nobody_shares():
    forgotten = Forgotten("someone-0a1b2c", "Ann", "ann-account", "Ann Lee")
    assert names_in(forgotten) == {"Ann", "ann-account", "Ann Lee"}
    assert names_in(Forgotten("someone-0a1b2c", "Ann", "ann-account", shared=True)) == {
        "ann-account"
    }
    assert names_in(Forgotten("someone-0a1b2c", "someone-0a1b2c")) == set()


@pytest.mark.parametrize("account", [None, ""])
@pytest.mark.parametrize(
    ("casemapping", "nick", "goes"),
    [("ascii", "ANN[m]", True), ("ascii", "ann{m}", False), ("rfc1459", "ann{m}", True)],
)
def test_a_name_goes_however_its_network_folds_it(account, casemapping, nick, goes):
    """An author's as well as one that somebody else mentions; the line's digest goes with it."""
    order = Forgotten("gone", "ann[m]", account, casemapping=casemapping)
    by = Entry(1, NOON, Person("boss"), order)
    for entry in (
        Entry(1, NOON, Person("bob"), ActionAdded(1, "look", owner=nick), said="digest"),
        Entry(1, NOON, Person(nick), ActionAdded(1, "look"), said="digest"),
    ):
        left = ERASES[Forgotten](by, entry)
        if not goes:
            assert left == entry
            continue
        assert "gone" in (left.by.nick, left.event.owner)
        assert nick not in repr(left)
        assert left.said == ""


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


def test_who_is_forgotten_is_gone_from_closed_incidents_that_are_not_loaded(tmp_path):
    for day in range(5):  # the last three that are over stay in memory
        keep(tmp_path, *OUTAGE, f"12:4{day} <metadave> !inc report done", "12:50 <boss> !inc close")
        assert incident_named(open_store(str(tmp_path)), "last").id == day + 1
    store = open_store(str(tmp_path), writer="bot")
    changed, cleared = [], []

    def clear(orders):  # the reports; as long as the words are known
        for before, after in losing(str(tmp_path), orders):
            assert "they were added back" in repr(before)
            assert "jgmize" not in repr(after)
            cleared.append(before.id)
        return ()

    engine = IncidentEngine(
        surroundings(), store, state_of(store), changed=changed.append, erase=clear
    )
    for line in lines("13:00 <jgmize> TL: nothing is open", "13:01 <jgmize> !inc forget jgmize"):
        replies = engine.hear([line])
    assert "gone, on the disk too" in replies[0].text
    assert b"jgmize" not in on_disk(tmp_path)
    assert b"they were added back" not in on_disk(tmp_path)
    assert b"nothing is open" not in on_disk(tmp_path)
    assert on_disk(tmp_path).count(b"listeners are missing") == 5
    assert {incident.id for incident in changed} == {1, 2, 3, 4, 5}  # for their reports
    assert "jgmize" not in repr(engine.state)
    assert sorted(cleared) == [1, 2, 3, 4, 5]
    store.close()
    left = list(all_incidents(open_store(str(tmp_path))))
    assert [i.notes[1].text for i in left] == [""] * 5
    assert maintenance.check(str(tmp_path)).well


@pytest.mark.parametrize("orders", [("!inc redact 1",), ("!inc security", "!inc security purge")])
def test_a_line_that_waited_for_the_incident_goes_with_its_entry(tmp_path, orders):
    keep(
        tmp_path,
        "11:55 <metadave> TL: the word is xyzzy",
        "11:56 <metadave> TL: calm words",
        *OUTAGE[:1],
        "12:01 <metadave> !inc tl adopt",
    )
    assert b"xyzzy" in (tmp_path / "0000.json").read_bytes()
    keep(tmp_path, *(f"12:20 <metadave> {one}" for one in orders))
    assert b"xyzzy" not in on_disk(tmp_path)
    assert (b"calm words" in on_disk(tmp_path)) == (len(orders) == 1)
    assert maintenance.check(str(tmp_path)).well


@pytest.mark.parametrize("content", ["#" * 200, '{"_default": {"1": {"incident": 1}}}'])
def test_an_incident_that_cannot_be_read_is_named_and_keeps_nobody_from_recording(
    tmp_path, content
):
    keep(tmp_path, *OUTAGE, "12:40 <metadave> !inc close")
    keep(tmp_path, *OUTAGE, "12:40 <metadave> !inc close")
    (tmp_path / "0001.json").write_text(content)
    store = open_store(str(tmp_path), writer="bot")
    engine = IncidentEngine(surroundings(), store, state_of(store))
    replies = engine.hear(lines("13:01 <jgmize> !inc forget jgmize"))
    assert not engine.waiting
    assert any("incident 1 (" in reply.text for reply in replies)
    assert b"jgmize" not in (tmp_path / "0002.json").read_bytes()
    store.close()


def test_a_declaration_that_was_asked_about_goes_with_the_incident(tmp_path):
    keep(tmp_path, *OUTAGE[:1])
    store = open_store(str(tmp_path), writer="tool")
    store.entries(0)
    store.append([Entry(0, NOON, Person("ann"), DeclarationHeld("xyzzy is down", 1))])
    store.append([Entry(0, NOON, Person("ann"), DeclarationHeld("calm is down", 2))])
    store.close()
    keep(tmp_path, "12:20 <metadave> !inc security", "12:21 <metadave> !inc security purge")
    assert b"xyzzy" not in on_disk(tmp_path)
    assert b"calm is down" in on_disk(tmp_path)


def test_while_the_disk_is_full_nobody_is_told_that_words_are_gone(tmp_path):
    store = open_store(str(tmp_path), writer="bot")
    engine = IncidentEngine(surroundings(), store, state_of(store))
    for line in lines(*SECRET):
        engine.hear([line])
    disk = FullDisk()
    store._disk = store._folder._disk = store._index._disk = disk
    for ledger in store._open.values():
        ledger.storage._disk = disk
    disk.full = True
    (reply, *_) = engine.hear(lines("12:20 <metadave> !inc redact 3"))
    assert reply.text.startswith("metadave: not yet gone from the disk: cannot write")
    assert "No space left on device" in reply.text
    assert engine.state.incidents[1].notes[2].redacted
    engine.tick(lines("12:21 <x> x")[0].at)
    assert b"xyzzy-plugh" in on_disk(tmp_path)
    disk.full = False
    engine.tick(lines("12:30 <x> x")[0].at)
    assert b"xyzzy-plugh" not in on_disk(tmp_path)
    store.close()


class FullDisk(Disk):
    """A disk on which no new file can be made while it is full."""

    full = False

    def open(self, path, *, create=False, write=True):
        if self.full and create and path.endswith(".new"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().open(path, create=create, write=write)
