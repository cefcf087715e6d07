"""Machines on one record, and what bad luck or somebody's hand does to the database and folders."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.postgresql import Postgresql
from store.disks import TroubledDisk, refusing
from store.machines import Machines
from store.samples import declared, note
from test_cluster import DECLARE, TTL, Pair, said, texts

from ircbot.cluster.tenure import Machine
from ircbot.errors import StoreError
from ircbot.incident.events import Entry, Redacted
from ircbot.store import maintenance, migration
from ircbot.store.condition import who_answers
from ircbot.store.postgresql import PostgresJournal


@pytest.fixture
def pair(postgresql: Postgresql, tmp_path: Path) -> Iterator[Pair]:
    machines = Machines(postgresql, tmp_path)
    yield Pair(machines)
    machines.close()


@pytest.fixture
def machines(pair: Pair) -> Machines:
    return pair.machines


# --- a database that went back --------------------------------------------------------------------


def test_a_database_that_lost_entries_is_given_no_later_ones(pair: Pair) -> None:
    one, other = pair.both()
    one.hear(DECLARE, said("TL: one"), said("TL: two", second=1))
    other.tick(1)
    pair.machines.ask("DELETE FROM ircbot.entry WHERE unit = %s AND n > 3", pair.machines.unit)
    told = texts(one.hear(said("TL: three", second=2)))
    assert "has lost what was recorded (1 changes)" in told
    assert "#3 recorded" not in told
    for bot in (one, other):
        pair.machines.end(bot.store)
    done = migration.to_journal(pair.machines.path("b"), pair.machines.journal())
    assert (done.entries, done.copied) == (4, 1)
    again = pair.bot("b")
    again.tick()
    assert "#3 recorded" in texts(again.hear(said("TL: three", second=2)))
    assert again.notes() == ["one", "two", "three"]


def test_who_answers_says_so_if_the_journal_was_removed(pair: Pair) -> None:
    one, _ = pair.both()
    one.hear(DECLARE)
    pair.machines.ask("DELETE FROM ircbot.unit WHERE name = %s", pair.machines.unit)
    told = texts(one.hear(said("TL: one", second=1)))
    assert told.startswith("I CANNOT RECORD (the journal of ")
    assert len(one.handler.unrecorded()) == 1


def test_a_tool_adds_nothing_to_a_database_that_lost_entries(machines: Machines) -> None:
    machines.open("a").append([declared(1), note(1, 1)])
    tool = machines.open("b", "tool")
    machines.ask("DELETE FROM ircbot.entry WHERE unit = %s AND n > 1", machines.unit)
    assert len(tool.entries(1)) == 2
    tool.resume()
    with pytest.raises(StoreError, match="an old standby promoted"):
        tool.append([note(1, 2)])


def _another_history(machines: Machines) -> None:
    """The database loses the last entry, and somebody who never saw it goes on."""
    machines.ask("DELETE FROM ircbot.entry WHERE unit = %s AND n > 1", machines.unit)
    fresh = machines.open("fresh")
    fresh.resume()
    fresh.append([note(1, 1, "another")])
    machines.end(fresh)


def test_a_folder_that_saw_another_history_is_told_so(machines: Machines) -> None:
    bot = machines.open("a")
    bot.append([declared(1), note(1, 1, "as it was")])
    machines.end(bot)
    running = machines.open("b", "tool")
    _another_history(machines)
    with pytest.raises(StoreError, match="entry 2 of incident 1 differs"):
        machines.open("a", "tool")
    goes_on = machines.open("other")
    goes_on.resume()
    goes_on.append([note(1, 2, "another")])
    with pytest.raises(StoreError, match="contradict each other"):
        running.poll()
    assert machines.read("b").entries(1)[1] == note(1, 1, "as it was")


def test_a_row_that_is_erased_or_edited_is_no_other_history(
    machines: Machines, caplog: pytest.LogCaptureFixture
) -> None:
    bot = machines.open("a")
    bot.append([declared(1), note(1, 1), note(1, 2, "as it was")])
    other = machines.open("b", "tool")
    bot.append([Entry(1, note(1, 1).at, note(1, 1).by, Redacted(1))])
    other.poll()
    assert machines.heads("a") == machines.heads("b")
    assert "was changed" not in caplog.text
    bot.append([note(1, 3, "as it was")])
    machines.ask(
        "UPDATE ircbot.entry SET body = replace(body::text, 'as it was', 'as I say')::json"
        " WHERE unit = %s AND n = 5",
        machines.unit,
    )
    other.poll()
    assert "Entry 5 of incident 1 was changed in the database." in caplog.text
    told = maintenance.check(machines.path("b"))
    assert [f.what for f in told.findings] == ["entry 5 was changed by another program"]


# --- folders --------------------------------------------------------------------------------------


def test_who_takes_over_with_a_full_disk_says_so_and_records_when_there_is_room(
    pair: Pair,
) -> None:
    one = pair.bot("a")
    one.tick()
    disk = TroubledDisk()
    other = pair.bot("b", disk=disk)
    other.get_ready()
    lines = [DECLARE, said("TL: one", msgid="m1")]
    one.hear(*lines)
    other.hear(*lines)
    disk.trouble = refusing(errno.ENOSPC)
    assert other.tick(1) == []  # somebody else answers
    pair.machines.expire()
    (told,) = other.tick(1)
    assert told.startswith("I CANNOT RECORD (cannot write")
    assert not other.handler.answers
    other.hear(said("TL: two", second=1, msgid="m2"))
    assert other.tick(TTL / 3) == []  # it is said once
    disk.trouble = lambda operation: None
    assert other.tick(1)[0].startswith("I take over from ilbot (machine a is silent since")
    assert other.notes() == ["one", "two"]


def test_who_cannot_follow_leaves_it_to_who_can(pair: Pair) -> None:
    one = pair.bot("a")
    one.tick()
    disk = TroubledDisk()
    full, third = pair.bot("b", disk=disk), pair.bot("c")
    full.get_ready()
    third.get_ready()
    one.hear(DECLARE)
    disk.trouble = refusing(errno.ENOSPC)
    pair.machines.expire()
    assert full.tick(1) == []  # learns just now that it cannot follow
    assert not full.tenure.lease.held
    third.tick(1)
    assert third.handler.answers
    assert full.tick(1) == []


def test_a_folder_that_is_deleted_while_the_bot_runs_costs_nothing(pair: Pair) -> None:
    one, other = pair.both()
    one.hear(DECLARE, said("TL: one"))
    shutil.rmtree(pair.machines.path("a"))
    for n in range(3):
        one.hear(said(f"TL: later {n}", second=n + 1))
        one.tick(1)
    other.tick(1)
    assert one.notes() == other.notes() == ["one", "later 0", "later 1", "later 2"]


# --- channels -------------------------------------------------------------------------------------


def test_who_is_banned_leaves_it_to_who_is_not(pair: Pair) -> None:
    one, other = pair.both()
    one.hear(DECLARE)
    other.hear(DECLARE)
    one.tick(TTL / 4)
    one.around.shut_out = 1
    other.hear(said("TL: one of them cannot hear it"))
    one.tick()
    assert not one.handler.answers
    assert other.tick() == ["#1 recorded"]  # and nobody needs to know
    assert other.notes() == ["one of them cannot hear it"]


def test_who_is_banned_is_not_ready_and_stays_where_nobody_is(pair: Pair) -> None:
    one, other = pair.both()
    other.around.shut_out = 1
    other.tick(TTL / 4)
    one.around.shut_out = 1
    one.tick(TTL / 4)
    assert not one.tenure.told.is_backed
    one.tick()
    assert one.handler.answers
    pair.machines.end(one.store)
    other.tick(1)
    assert other.handler.answers


# --- names ----------------------------------------------------------------------------------------


def test_two_machines_of_one_name_are_told_and_take_over_all_the_same(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    one, twin = pair.bot("a"), pair.bot("b")
    twin.tenure._machine = "a"
    one.tick()
    one.hear(DECLARE)
    twin.get_ready()
    assert "another machine answers, and is called a, too" in caplog.text
    twin.tick(TTL / 4)
    one.tick(TTL / 4)
    assert not one.tenure.told.is_backed
    twin.hear(said("TL: heard by the twin", second=1, msgid="m1"))
    pair.machines.expire()
    twin.tick(1)
    assert (twin.handler.answers, twin.notes()) == (True, ["heard by the twin"])


def told_by_check(pair: Pair, ttl: float) -> dict[str, str]:
    """What `check --connect` says of the bots, on a machine "b" with a `ttl`."""
    return {
        sentence: mark for mark, sentence in who_answers(pair.machines.journal(), Machine("b", ttl))
    }


def test_check_names_mistakes_in_the_settings_of_machines(pair: Pair) -> None:
    one, other = pair.both()
    one.tick(TTL / 4)
    assert "warning" not in told_by_check(pair, TTL).values()
    told = told_by_check(pair, 3)
    assert told[
        "the ttl of a is 60 s, and this machine's is 3 s; give [cluster] the same ttl on all"
    ]
    other.tenure._machine = "a"
    other.tick(TTL / 4)
    assert told_by_check(pair, TTL)[
        "two machines are called a; give each another name in [cluster]"
    ]


def test_a_machine_that_leaves_in_order_is_no_standby_any_more(pair: Pair) -> None:
    _, other = pair.both()
    assert "b stands by" in told_by_check(pair, TTL)
    pair.machines.end(other.store)
    assert list(told_by_check(pair, TTL)) == ["a answers, and renewed its lease 0 s ago"]


# --- asked to leave -------------------------------------------------------------------------------


def test_who_is_asked_to_stay_does_not_leave(pair: Pair) -> None:
    one, _ = pair.both()
    journal = pair.machines.journal()
    journal.ask_to_leave()
    journal.ask_to_stay()
    one.tick(TTL / 4)
    one.tick(1)
    assert one.handler.answers
    assert not one.tenure.told.leave


# --- a connection string --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://ircbot:xy@zzy@db.example.org/ircbot",
        "postgresql://ircbot:xy/zzy@db.example.org/ircbot",
        "postgresql://ircbot:x@y/zzy@db.example.org/ircbot",
        "postgresql://ircbot:xy%zzy@db.example.org/ircbot",
        "host=db.example.org password=xy zzy",
    ],
)
def test_a_password_that_is_not_escaped_is_taken_for_no_host(dsn: str) -> None:
    with pytest.raises(StoreError, match="as %40") as raised:
        PostgresJournal(dsn)
    assert "zzy" not in str(raised.value)


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://ircbot:x%40y%2Fz@db.example.org:5432/ircbot",
        "postgresql://ircbot:x@[::1]:5432,[::1]:5433/ircbot",
        "postgresql:///ircbot?host=/run/postgresql&port=5433",
        "postgresql://%2Frun%2Fpostgresql/ircbot",
    ],
)
def test_a_url_that_can_be_read_is_taken(dsn: str) -> None:
    assert PostgresJournal(dsn).where.startswith("the database ircbot on ")
