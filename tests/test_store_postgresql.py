"""The store whose record is PostgreSQL, on a real one: two machines, and what dies between them."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from rig.postgresql import Postgresql
from schemas import validator
from store.disks import TroubledDisk, refusing
from store.machines import HOW, Machines
from store.samples import ANN, NOON, closed, declared, note
from test_store_processes import started

from ircbot.checkup import checkup
from ircbot.cli.check import CheckOutput, try_journal
from ircbot.cli.root import root
from ircbot.cluster.lease import Renewed
from ircbot.config import load_config
from ircbot.errors import Behind, StoreError, Superseded
from ircbot.incident.events import Entry, Forgotten, Redacted
from ircbot.incident.people import Person
from ircbot.store import Store, maintenance, migration
from ircbot.store.leases import make_units
from ircbot.store.postgresql import DocumentRow, PostgresJournal, WriteSet

BOB = Person("bob")


@pytest.fixture
def machines(postgresql: Postgresql, tmp_path: Path) -> Iterator[Machines]:
    machines = Machines(postgresql, tmp_path)
    yield machines
    machines.close()


# --- two machines ---------------------------------------------------------------------------------


def test_what_one_machine_records_the_other_reads_and_goes_on_with(machines: Machines) -> None:
    bot = machines.open("a")
    bot.append([declared(1), note(1, 1)])
    tool = machines.open("b", "tool")
    assert tool.entries(1) == (declared(1), note(1, 1))
    tool.append([note(1, 2)])
    with pytest.raises(Behind):
        bot.append([note(1, 2, "another second")])
    assert bot.poll() == (note(1, 2),)
    bot.append([note(1, 3), declared(2)])
    with pytest.raises(Behind):
        tool.append([declared(2, "mine")])
    assert tool.poll() == (note(1, 3), declared(2))
    assert machines.heads("a") == machines.heads("b")
    assert machines.read("b").entries(1) == (declared(1), *(note(1, n) for n in (1, 2, 3)))


def test_a_second_bot_is_refused_and_the_first_one_is_named(machines: Machines) -> None:
    machines.open("a").append([declared(1)])
    with pytest.raises(StoreError, match=f"in use by another bot: {os.uname().nodename}, at least"):
        machines.open("b")
    machines.open("b", "tool")


BOT = """
import sys
from test_store_processes import started
from store.samples import declared
from ircbot.cluster.lease import Renewed
from ircbot.store.leases import make_units
from ircbot.store.postgresql import DocumentRow, PostgresJournal, WriteSet
from ircbot.store.shared import SharedStore
dsn, unit, path = sys.argv[1:]
store = SharedStore(path, PostgresJournal(dsn, unit), writer="bot")
store.append([declared(1)])
print("ready", flush=True)
sys.stdin.read()
"""


def test_a_bot_that_died_comes_back_at_once_where_it_was(machines: Machines) -> None:
    with started(BOT, machines.cluster.dsn, machines.unit, machines.path("a")) as bot:
        assert bot.stdout is not None
        assert bot.stdout.readline() == "ready\n"
        with pytest.raises(StoreError, match="in use by another bot: process"):
            machines.open("a")
        with pytest.raises(StoreError, match=r"in use by another bot: .* at least until"):
            machines.open("b")
        bot.kill()
    assert machines.open("a").resume() == (declared(1),)


def test_who_lost_the_lease_can_neither_record_nor_go_on(machines: Machines) -> None:
    first = machines.open("a")
    first.append([declared(1)])
    machines.expire()
    second = machines.open("b")
    assert second.resume() == (declared(1),)
    second.append([note(1, 1)])
    with pytest.raises(Superseded, match="answers for"):
        first.append([declared(2)])
    assert first.poll() == (note(1, 1),)
    assert first.tenure is not None
    first.tenure.lease = first.tenure.lease.renewed(float("-inf"))
    with pytest.raises(Superseded, match="answers for"):
        first.poll()
    second.append([note(1, 2)])


def test_a_bot_that_ends_leaves_the_lease_to_others(machines: Machines) -> None:
    bot = machines.open("a")
    bot.append([declared(1)])
    machines.end(bot)
    assert machines.open("b").resume() == (declared(1),)


def test_the_archive_and_what_is_removed_are_the_same_everywhere(machines: Machines) -> None:
    bot, tool = machines.open("a"), machines.open("b", "tool")
    bot.append([declared(1), closed(1), declared(2), closed(2), declared(3)])
    bot.retire(1, erase=False)
    bot.retire(2, erase=True)
    tool.poll()
    assert [one.incident for one in tool.incidents()] == [3]
    archive = machines.read("b").archived()
    assert archive is not None
    assert archive.entries(1) == (declared(1), closed(1))
    assert tool.entries(2) == ()
    assert tool.highest_id() == 3
    with pytest.raises(Behind):  # what is in the archive is nobody's news
        tool.append([note(1, 5)])
    assert tool.poll() == (declared(1), closed(1))
    tool.append([note(1, 5)])
    assert bot.poll() == (declared(1), closed(1), note(1, 5))
    assert [one.incident for one in bot.incidents()] == [3, 1]
    fresh = machines.open("c", "tool")
    assert [one.incident for one in fresh.incidents()] == [3, 1]
    with pytest.raises(StoreError, match="was there before"):
        fresh.append([declared(2)])


def test_words_are_erased_on_every_machine_and_what_is_left_is_said(machines: Machines) -> None:
    bot, tool = machines.open("a"), machines.open("b", "tool")
    said = Entry(1, NOON, BOB, note(1, 2, "the word is xyzzy").event, "#moc")
    bot.append([declared(1), note(1, 1, "xyzzy"), said, declared(2), note(2, 1, "plugh")])
    bot.append([Entry(1, NOON, ANN, Redacted(1))])
    bot.append([Entry(0, NOON, Person("someone-1"), Forgotten("someone-1", "bob"))])
    tool.poll()
    assert any("write-ahead log" in place for place in bot.left)
    assert any("vacuums" in place for place in bot.left)  # the role may not
    rows = machines.ask(
        "SELECT string_agg(body::text, '') FROM ircbot.entry WHERE unit = %s", machines.unit
    )
    for text in (rows[0][0], repr(bot.entries(1)), repr(machines.read("b").entries(1))):
        assert "bob" not in text
    for machine in ("a", "b"):
        kept = b"".join(p.read_bytes() for p in Path(machines.path(machine)).glob("0*"))
        assert b'"xyzzy"' not in kept
        assert b"bob" not in kept
        assert b"plugh" in kept
    assert machines.heads("a") == machines.heads("b")


def test_a_folder_that_was_removed_is_made_anew(machines: Machines) -> None:
    bot = machines.open("a")
    bot.append([declared(1), note(1, 1), declared(2), closed(2)])
    bot.retire(2, erase=False)
    bot.append([Entry(1, NOON, ANN, Redacted(1))])
    heads = machines.heads("a")
    machines.end(bot)
    assert machines.open("b").resume()[0] == declared(1)
    assert machines.heads("b") == heads
    (Path(machines.path("a")) / "0001.json").unlink()
    assert machines.open("a", "tool").entries(1)[0] == declared(1)
    assert machines.heads("a") == heads


# --- folders that do not fit ----------------------------------------------------------------------


def test_a_folder_that_is_none_of_the_units_is_refused(machines: Machines) -> None:
    own = Store(machines.path("a"), writer="bot")
    own.append([declared(1)])
    own.close()
    with pytest.raises(StoreError, match="a store of its own"):
        machines.open("a")
    machines.end(machines.open("b"))
    machines.unit = machines.cluster.new_unit()
    with pytest.raises(StoreError, match="has nothing of"):
        machines.open("b")
    other = machines.open("c")
    other.append([declared(1)])
    machines.end(other)
    with pytest.raises(StoreError, match="follows another journal"):
        machines.open("b")
    with pytest.raises(StoreError, match="follows a database"):
        Store(machines.path("b"), writer="bot")
    backup = f"{machines.path('b')}.tar.gz"
    maintenance.back_up(machines.path("b"), backup)
    with pytest.raises(StoreError, match="a folder of its own, while no bot"):
        maintenance.restore(machines.path("b"), backup)
    (Path(machines.path("b")) / "followed.json").write_text("{")
    with pytest.raises(StoreError, match="damaged"):
        machines.open("b")


def test_a_journal_that_lost_entries_is_told_and_can_be_given_them_again(
    machines: Machines,
) -> None:
    bot = machines.open("a")
    bot.append([declared(1), note(1, 1), note(1, 2)])
    machines.end(bot)
    machines.ask("DELETE FROM ircbot.entry WHERE unit = %s AND n > 1", machines.unit)
    with pytest.raises(StoreError, match="has 3 entries of incident 1, and the journal 1"):
        machines.open("a")
    done = migration.to_journal(machines.path("a"), machines.journal())
    assert (done.incidents, done.entries, done.copied) == (1, 3, 2)
    assert machines.open("a").entries(1) == (declared(1), note(1, 1), note(1, 2))


def test_a_row_that_was_edited_by_hand_is_found(machines: Machines) -> None:
    bot = machines.open("a")
    bot.append([declared(1), note(1, 1, "as it was")])
    machines.ask(
        "UPDATE ircbot.entry SET body = replace(body::text, 'as it was', 'as I say')::json"
        " WHERE unit = %s",
        machines.unit,
    )
    with pytest.raises(StoreError, match="entry 2 of incident 1 differs"):
        migration.looked_at(machines.path("a"), machines.journal())
    machines.open("b", "tool")
    told = maintenance.check(machines.path("b"))
    assert [f.what for f in told.findings] == ["entry 2 was changed by another program"]


# --- what dies in between -------------------------------------------------------------------------


def test_a_connection_that_was_cut_is_made_again(machines: Machines) -> None:
    bot = machines.open("a")
    bot.append([declared(1)])
    machines.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ircbot'")
    bot.append([note(1, 1)])
    machines.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ircbot'")
    assert bot.poll() == ()
    assert machines.journal().whole(1).keys() == {1, 2}


def test_a_commit_that_waits_is_told_and_recorded_once(
    machines: Machines, postgresql: Postgresql
) -> None:
    bot = machines.open("a", patience=1.0)
    bot.append([declared(1)])
    postgresql.configure("synchronous_standby_names = 'nobody'")
    try:
        machines.wait_for_reload()
        with pytest.raises(StoreError, match="does not confirm"):
            bot.append([note(1, 1)])
        for _ in range(3):  # and none of these leaves another process waiting
            with pytest.raises(StoreError, match="does not confirm"):
                bot.append([note(1, 1)])
            with pytest.raises(StoreError, match="does not confirm"):
                bot.poll()
        assert len(machines.at_work()) == 1
        assert machines.read("a").entries(1) == (declared(1),)
    finally:
        postgresql.configure("synchronous_standby_names = ''")
    machines.until_idle()
    bot.append([note(1, 1)])
    assert bot.poll() == ()
    bot.append([note(1, 2)])
    assert machines.read("a").entries(1) == (declared(1), note(1, 1), note(1, 2))
    assert len(machines.journal().whole(1)) == 3


def test_a_wait_that_somebody_cancelled_is_no_confirmation(
    machines: Machines, postgresql: Postgresql
) -> None:
    """The row is on one machine, and the statement is said to have succeeded."""
    bot = machines.open("a", patience=1.0)
    bot.append([declared(1)])
    postgresql.configure("synchronous_standby_names = 'nobody'")
    try:
        machines.wait_for_reload()
        with pytest.raises(StoreError, match="does not confirm"):
            bot.append([note(1, 1)])
        machines.ask("SELECT pg_cancel_backend(%s)", machines.at_work()[0])
        machines.until_idle()
        with pytest.raises(StoreError, match="does not"):  # what would confirm it waits, too
            bot.append([note(1, 1)])
        assert machines.read("a").entries(1) == (declared(1),)
    finally:
        postgresql.configure("synchronous_standby_names = ''")
    machines.until_idle()
    assert bot.poll() == (note(1, 1),)  # for somebody who does not try again, it is news
    assert len(machines.journal().whole(1)) == 2


def test_a_database_that_stands_still_is_left_and_what_it_did_is_found(machines: Machines) -> None:
    bot = machines.open("a", patience=1.0)
    bot.append([declared(1)])
    pid = bot._journal._backend.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(StoreError, match="does not"):
            bot.append([note(1, 1)])
    finally:
        os.kill(pid, signal.SIGCONT)
    machines.until_idle()
    bot.append([note(1, 1)])
    assert bot.poll() == ()
    assert len(machines.journal().whole(1)) == 2


def test_a_database_that_crashed_is_waited_for(machines: Machines, postgresql: Postgresql) -> None:
    bot = machines.open("a")
    bot.append([declared(1)])
    postgresql.daemon.crash()
    with pytest.raises(StoreError, match="does not answer"):
        bot.poll()
    with pytest.raises(StoreError, match="does not answer"):
        bot.append([note(1, 1)])
    postgresql.daemon.start()
    postgresql.until_ready()
    bot.append([note(1, 1)])
    assert machines.read("a").entries(1) == (declared(1), note(1, 1))


def test_what_is_recorded_counts_though_the_folder_is_full(machines: Machines) -> None:
    disk = TroubledDisk()
    bot = machines.open("a", disk=disk)
    bot.append([declared(1)])
    disk.trouble = refusing(errno.ENOSPC)
    bot.append([note(1, 1)])
    assert len(machines.journal().whole(1)) == 2
    disk.trouble = lambda operation: None
    assert bot.poll() == ()
    bot.append([note(1, 2)])
    assert bot.entries(1) == (declared(1), note(1, 1), note(1, 2))


# --- rights, secrets, versions --------------------------------------------------------------------


def test_the_bots_role_can_drop_and_empty_nothing(postgresql: Postgresql) -> None:
    import psycopg

    for sql in (
        "DROP TABLE ircbot.entry",
        "TRUNCATE ircbot.entry",
        "DROP SCHEMA ircbot CASCADE",
        "ALTER TABLE ircbot.entry DROP COLUMN body",
        "DELETE FROM ircbot.unit",
        "CREATE TABLE ircbot.mine ()",
        "UPDATE ircbot.version SET version = 0",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            postgresql.ask(sql, owner=False)


def test_the_tables_are_made_once_and_a_newer_version_is_left_alone(machines: Machines) -> None:
    from ircbot.store.schema import VERSION, schema

    machines.open("a").append([declared(1)])
    machines.ask(schema("ircbot"))
    assert len(machines.journal().whole(1)) == 1
    newest = f"= {VERSION}"
    for change, told in (
        (f"UPDATE ircbot.version SET version = {VERSION + 1} WHERE version {newest}", "newer"),
        (f"UPDATE ircbot.version SET version = 0 WHERE version {newest}", "an older ircbot"),
        ("DELETE FROM ircbot.version", "no tables of ircbot"),
    ):
        machines.ask(change)
        try:
            with pytest.raises(StoreError, match=told):
                machines.journal().whole(1)
        finally:
            machines.ask("DELETE FROM ircbot.version")
            machines.ask(f"INSERT INTO ircbot.version SELECT generate_series(1, {VERSION})")


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca"])
def test_nothing_less_than_a_verified_certificate_will_do(mode: str) -> None:
    with pytest.raises(StoreError, match="verify-full"):
        PostgresJournal(f"host=db.example.org password=hunter2 sslmode={mode}")


def test_a_certificate_is_asked_for_unless_the_database_is_here(tmp_path: Path) -> None:
    for dsn in ("host=db.example.org", "host=/run/p,db.example.org", "postgresql://u:p@10.0.0.1/x"):
        assert PostgresJournal(dsn)._asked["sslmode"] == "verify-full"
    for dsn in ("host=/run/postgresql", "host=127.0.0.1", "postgresql://u@localhost/x", "dbname=x"):
        assert "sslmode" not in PostgresJournal(dsn)._asked


@pytest.mark.parametrize("dsn", ["hunter2 is the password", "password='hunter2"])
def test_a_password_is_never_shown(dsn: str) -> None:
    with pytest.raises(StoreError) as caught:
        PostgresJournal(dsn)
    assert "hunter2" not in str(caught.value)
    journal = PostgresJournal(f"host={'/nowhere'} password=hunter2 dbname=x")
    with pytest.raises(StoreError, match="the database x on this machine does not answer") as told:
        journal.whole(1)
    assert "hunter2" not in f"{told.value}{journal!r}"


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"needs the extra ha: .* install"):
        PostgresJournal("host=localhost")


# --- moving ---------------------------------------------------------------------------------------


def test_a_store_moves_into_the_database_and_back_entry_by_entry(machines: Machines) -> None:
    own = Store(machines.path("a"), writer="bot", **HOW)
    own.append(
        [declared(1), note(1, 1, '\0 ☃ \\ "'), declared(2), closed(2), declared(3), closed(3)]
    )
    own.append([Entry(1, NOON, ANN, Redacted(1))])
    own.append([note(1, 2)])
    own.retire(2, erase=False)
    own.retire(3, erase=True)
    with pytest.raises(StoreError, match="in use by another bot"):
        migration.to_journal(machines.path("a"), machines.journal())
    own.close()
    heads, story = machines.heads("a"), machines.read("a").entries(1)
    done = migration.to_journal(machines.path("a"), machines.journal())
    assert (done.incidents, done.entries, done.copied) == (2, 6, 6)
    assert migration.to_journal(machines.path("a"), machines.journal()).copied == 0
    bot = machines.open("b")
    assert bot.entries(1) == story
    assert bot.entries(2) == (declared(2), closed(2))
    assert [one.incident for one in bot.incidents()] == [1]
    assert bot.highest_id() == 3
    assert machines.heads("b") == heads
    with pytest.raises(StoreError, match="in use by another bot"):
        migration.to_folder(machines.path("a"), machines.journal(), **HOW)
    bot.append([note(1, 3)])
    machines.end(bot)
    back = migration.to_folder(machines.path("a"), machines.journal(), **HOW)
    assert (back.incidents, back.entries, back.copied) == (2, 7, 1)
    alone = Store(machines.path("a"), writer="bot", **HOW)
    assert alone.entries(1) == (*story, note(1, 3))
    alone.append([note(1, 4)])
    alone.close()
    with pytest.raises(StoreError, match=r"was moved to .*/a on "):
        machines.open("b")
    again = migration.to_journal(machines.path("a"), machines.journal())
    assert (again.entries, again.copied) == (8, 1)
    assert machines.open("b").entries(1)[-1] == note(1, 4)


def test_stores_that_tell_different_stories_are_not_mixed(machines: Machines) -> None:
    bot = machines.open("a")
    bot.append([declared(1, "theirs")])
    machines.end(bot)
    own = Store(machines.path("b"), writer="bot")
    own.append([declared(1, "ours"), note(1, 1)])
    own.close()
    with pytest.raises(StoreError, match="entry 1 of incident 1 differs"):
        migration.to_journal(machines.path("b"), machines.journal())
    with pytest.raises(StoreError, match="a store of its own already"):
        migration.to_folder(machines.path("b"), machines.journal())
    assert Store(machines.path("b")).entries(1) == (declared(1, "ours"), note(1, 1))


def test_a_unit_of_another_store_is_given_nothing(machines: Machines) -> None:
    own = Store(machines.path("b"), writer="bot")
    own.append([declared(2, "ours")])
    own.close()
    migration.to_journal(machines.path("b"), machines.journal())
    machines.unit = machines.cluster.new_unit()
    bot = machines.open("a")
    bot.append([declared(1, "theirs")])
    machines.end(bot)
    own = Store(machines.path("c"), writer="bot")
    own.append([declared(3, "ours")])
    own.close()
    for path, why in (
        (machines.path("b"), "follows another journal"),
        (machines.path("c"), "has incident 1, which .* has not"),
    ):
        with pytest.raises(StoreError, match=why):
            migration.to_journal(path, machines.journal())
        assert machines.journal().counts() == {1: 1}


@pytest.mark.parametrize("is_hosted", [False, True])
def test_a_database_that_was_lost_is_made_anew_from_a_folder(
    is_hosted: bool, machines: Machines
) -> None:
    bot = machines.open("a")
    bot.append([declared(1), note(1, 1)])
    machines.end(machines.open("b", "tool"))
    machines.end(bot)
    for table in ("entry WHERE unit", "unit WHERE name"):
        machines.ask(f"DELETE FROM ircbot.{table} = %s", machines.unit)
    with pytest.raises(StoreError, match=r"has nothing of .* If that database was lost, `ircbot"):
        machines.open("a")
    if is_hosted:
        make_units(machines.journal(), {machines.unit: ("made when it was claimed", [])})
        with pytest.raises(StoreError, match="If that database was lost"):
            machines.open("a")
    assert migration.to_journal(machines.path("a"), machines.journal()).copied == 2
    for name in ("a", "b"):
        store = machines.open(name, "tool")
        assert store.entries(1) == (declared(1), note(1, 1))


def test_check_says_what_there_is_to_know_of_the_database(
    machines: Machines, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machines.open("a").append([declared(1), note(1, 1)])
    file = tmp_path / "config.toml"
    text = f'[store]\npath = "{machines.path("a")}"\nengine = "postgresql"\n'
    file.write_text(f'{text}unit = "{machines.unit}"\ndsn = "{machines.cluster.dsn}"\n')
    found = CheckOutput()
    try_journal(load_config(file), found)
    assert found.status == 0
    told = capsys.readouterr().out
    assert "ok       database: the database ircbot on this machine, PostgreSQL 15" in told
    assert "warning  database: fsync or full_page_writes is off" in told
    assert "ok       database: 1 incidents of the folder are the same there" in told
    assert "owns the tables" not in told
    (found,) = [r for r in checkup(file) if "recorded in" in r.sentence]
    assert found.sentence.endswith(f"as {machines.unit}")
    for sql, why in (
        (
            "UPDATE ircbot.entry SET body = json_build_object('x', n) WHERE unit = %s AND n = 2",
            "entry 2 of incident 1 differs",
        ),
        ("DELETE FROM ircbot.entry WHERE unit = %s AND n = 2", "has 2 entries of incident 1, and"),
        ("UPDATE ircbot.unit SET id = 'another' WHERE name = %s", "follows another journal"),
    ):
        machines.ask(sql, machines.unit)
        found = CheckOutput()
        try_journal(load_config(file), found)
        assert found.status == 1
        assert why in found.findings[-1]["sentence"]
    file.write_text(text)
    assert any("`store.dsn_file` is missing" in found.sentence for found in checkup(file))


def test_the_commands_work_from_any_machine(machines: Machines, tmp_path: Path) -> None:
    secret = tmp_path / "dsn"
    secret.write_text(machines.cluster.dsn + "\n")
    secret.chmod(0o600)

    def run(machine: str, engine: str, *arguments: str) -> str:
        config = tmp_path / f"{machine}.toml"
        config.write_text(
            f'[store]\npath = "{machines.path(machine)}"\nengine = "{engine}"\n'
            f'dsn_file = "{secret}"\nunit = "{machines.unit}"\n'
        )
        done = CliRunner().invoke(root, [*arguments, "--config", str(config)])
        assert done.exit_code == 0, done.output
        return done.output

    own = Store(machines.path("a"), writer="bot")
    own.append([declared(1, "mdn is down")])
    own.close()
    told = run("a", "folder", "store", "migrate", "--to", "postgresql")
    assert "1 incident, 1 entry: all are in the database ircbot on this machine" in told
    assert "#1 recorded" in run("b", "postgresql", "tl", "1", "from b")
    assert "all is well" in run("b", "postgresql", "store", "check")
    assert "mdn is down" in run("b", "postgresql", "list")
    moved = json.loads(run("b", "postgresql", "store", "migrate", "--to", "folder", "--json"))
    validator("store-migrate").validate(moved)
    assert (moved["incidents"], moved["configured"]) == (1, False)
    assert "from b" in run("b", "folder", "show", "1")
    assert "GRANT USAGE" in CliRunner().invoke(root, ["store", "schema", "--role", "x"]).output


# --- the lease of more machines -------------------------------------------------------------------


def leasing(machines: Machines) -> tuple[PostgresJournal, PostgresJournal]:
    """The journals of two machines on a unit that there is."""
    machines.end(machines.open("a"))
    return machines.journal(), machines.journal()


def test_a_lease_is_taken_when_it_has_run_out_and_not_before(machines: Machines) -> None:
    one, other = leasing(machines)
    first = one.try_take("1", "a", 60)
    assert first is not None
    assert (first.planned, first.machine) == (True, os.uname().nodename)
    assert other.try_take("2", "b", 60) is None
    assert one.renew() == Renewed(leave=False, is_backed=False)
    standing = other.standing(60)
    assert (standing.machine, standing.epoch) == ("a", first.epoch)
    assert standing.age is not None
    assert standing.age < 60
    machines.expire()
    assert other.standing(60).machine == ""
    second = other.try_take("2", "b", 60)
    assert second is not None
    assert (second.epoch, second.machine, second.planned) == (first.epoch + 1, "a", False)
    assert second.seen is not None
    with pytest.raises(Superseded, match="b answers for"):
        one.renew()
    one.release()  # of what it does not have
    assert other.renew() == Renewed(leave=False, is_backed=False)


def test_a_lease_that_is_given_away_is_taken_at_once_and_its_holder_is_fenced(
    machines: Machines,
) -> None:
    one, other = leasing(machines)
    before = one.try_take("1", "a", 60)
    assert before is not None
    other.ask_to_leave()
    assert one.renew() == Renewed(leave=True, is_backed=False)
    one.release()
    with pytest.raises(Superseded):
        one.write(0, WriteSet((DocumentRow(1, 1, "{}"),)))
    taken = other.try_take("2", "b", 60)
    assert taken is not None
    assert (taken.planned, taken.epoch > before.epoch) == (True, True)
    assert other.renew() == Renewed(leave=False, is_backed=False)
    with pytest.raises(Superseded):
        one.write(0, WriteSet((DocumentRow(1, 1, "{}"),)))
    other.fence()
    with pytest.raises(Superseded):
        other.write(0, WriteSet((DocumentRow(1, 1, "{}"),)))


def test_who_has_not_heard_everything_leaves_the_lease_to_who_has(machines: Machines) -> None:
    one, other = leasing(machines)
    assert one.try_take("1", "a", 60) is not None
    other.stand_by("b", ready=True)
    assert one.renew() == Renewed(leave=False, is_backed=True)
    assert [(s.machine, s.ready) for s in one.standing(60).standbys] == [("b", True)]
    machines.expire()
    assert one.try_take("3", "a", 60, ready=False) is None
    assert other.try_take("2", "b", 60, ready=False) is not None  # nobody else is ready
    machines.ask(
        "UPDATE ircbot.unit SET until = now() - interval '61 s' WHERE name = %s", machines.unit
    )
    assert one.try_take("3", "a", 60, ready=False) is not None  # who was ready had its chance
    machines.expire()
    other.stand_by_no_more("b")
    assert one.standing(60).standbys == ()
    assert machines.journal().try_take("4", "c", 60, ready=False) is not None
