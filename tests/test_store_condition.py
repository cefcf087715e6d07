"""What `ircbot check --connect` says of a real database of the record."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.daemon import new_folder
from rig.postgresql import Postgresql, start_standby
from store.machines import Machines
from store.samples import declared

from ircbot.store.condition import OK, WARNING, WRONG, condition, who_answers
from ircbot.store.postgresql import PostgresJournal


@pytest.fixture
def machines(postgresql: Postgresql, tmp_path: Path) -> Iterator[Machines]:
    machines = Machines(postgresql, tmp_path)
    yield machines
    machines.close()


def said(journal: PostgresJournal, wrong: float = 0) -> dict[str, str]:
    """What is said, and how bad it is."""
    told = {text: mark for mark, text in condition(journal, lambda: time.time() + wrong)}
    journal.drop()
    return told


def test_who_answers_and_what_the_role_may_do_are_told(machines: Machines) -> None:
    assert list(who_answers(machines.journal(), None)) == [(OK, "no bot answers")]
    told = said(machines.journal())
    assert told["the role may record and erase entries, and drop nothing"] == OK
    assert told["its clock is this machine's"] == OK
    machines.open("a").append([declared(1)])
    ((mark, text),) = who_answers(machines.journal(), None)
    assert mark == OK
    assert re.search(r"answers, and renewed its lease \d+ s ago", text)
    told = said(machines.journal(), 100)
    clock = "its clock is (99|100|101) s {} this machine's; see to the time service"
    assert [mark for text, mark in told.items() if re.fullmatch(clock.format("behind"), text)] == [
        WARNING
    ]
    told = said(machines.journal(), -100)
    assert [
        mark for text, mark in told.items() if re.fullmatch(clock.format("ahead of"), text)
    ] == [WARNING]
    told = said(PostgresJournal(machines.cluster.owner))
    assert told["the role is a superuser, and may do anything; give the bot another"] == WARNING


@pytest.mark.parametrize(
    ("wrong", "right", "expected"),
    [
        (
            "REVOKE DELETE ON ircbot.entry FROM ircbot",
            "GRANT DELETE ON ircbot.entry TO ircbot",
            (
                WRONG,
                "the role lacks rights: DELETE on ircbot.entry. `ircbot store schema` gives them",
            ),
        ),
        (
            "GRANT TRUNCATE ON ircbot.entry TO ircbot",
            "REVOKE TRUNCATE ON ircbot.entry FROM ircbot",
            (
                WARNING,
                "the role owns the tables, or could drop or empty them; give the bot another",
            ),
        ),
    ],
)
def test_rights_too_many_or_too_few_are_named(
    machines: Machines, wrong: str, right: str, expected: tuple[str, str]
) -> None:
    machines.ask(wrong)
    try:
        assert expected in condition(machines.journal())
    finally:
        machines.ask(right)


def test_a_standby_that_confirms_that_waits_and_that_is_gone(
    machines: Machines, postgresql: Postgresql
) -> None:
    machines.open("a").append([declared(1)])
    folder = new_folder()
    standby = start_standby(postgresql, folder)
    try:
        postgresql.configure("synchronous_standby_names = 'standby'")
        sync = "EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')"
        postgresql.until(sync)
        told = said(machines.journal())
        unseen = "1 standby is connected; GRANT pg_read_all_stats to the role to see whether they "
        assert told[unseen + "confirm"] == OK
        assert [text for text in told if text.startswith("a commit is confirmed in ")]
        machines.ask("GRANT pg_read_all_stats TO ircbot")
        told = said(machines.journal())
        assert [text for text in told if text.startswith("standby standby confirms, ")]
        (sender,) = machines.ask("SELECT pid FROM pg_stat_replication")[0]
        os.kill(sender, signal.SIGSTOP)
        *_, last = condition(machines.journal(patience=1.0))
        assert last[0] == WRONG
        assert last[1].startswith("nothing can be recorded: ")
        postgresql.until(
            "EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            " AND state_change < clock_timestamp() - interval '1 s')"
        )
        told = said(machines.journal())  # and leaves no other one waiting
        assert told["1 commit is waiting for a standby to confirm"] == WRONG
        os.kill(sender, signal.SIGCONT)
        standby.crash()
        postgresql.until(f"NOT {sync}")
        told = said(machines.journal())
        assert told["no synchronous standby is there, and nothing can be recorded"] == WRONG
    finally:
        postgresql.configure("synchronous_standby_names = ''")
        machines.ask("REVOKE pg_read_all_stats FROM ircbot")
        standby.crash()
        shutil.rmtree(folder, ignore_errors=True)
