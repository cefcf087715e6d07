"""A real PostgreSQL that is full, stands still, shows another's certificate, or lacks something."""

from __future__ import annotations

import random
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner
from rig.certificates import Certificates
from rig.daemon import Daemon, free_ports, give, new_folder, program, write
from rig.postgresql import Postgresql
from store.machines import Machines
from store.samples import declared, note
from tmpfs import mounted

from ircbot.cli.root import root
from ircbot.errors import StoreError, Superseded
from ircbot.incident.events import Entry
from ircbot.store.postgresql import PostgresJournal
from ircbot.store.shared import SharedStore


@pytest.fixture
def machines(postgresql: Postgresql, tmp_path: Path) -> Iterator[Machines]:
    machines = Machines(postgresql, tmp_path)
    yield machines
    machines.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the database may read and write."""
    folder = new_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


# --- no room --------------------------------------------------------------------------------------


def _fill(disk: Path) -> Path:
    filling = disk / "filling"
    with filling.open("wb") as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 16))
            file.flush()
    return filling


def _append_until_refused(bot: SharedStore, size: int) -> tuple[Entry, str]:
    """Add entries with words that cannot be packed; the one that was refused, and why."""
    words = random.Random(17)
    for n in range(1, 200):
        entry = note(1, n, words.randbytes(size // 2).hex())
        try:
            bot.append([entry])
        except StoreError as error:
            return entry, str(error)
    raise AssertionError("there is room for everything")


def test_a_database_without_room_for_rows_refuses_and_goes_on_with_room(
    machines: Machines, postgresql: Postgresql, folder: Path
) -> None:
    bot = machines.open("a")
    with mounted(folder / "small", "3m") as disk:
        give(disk)
        machines.ask("CREATE TABLESPACE small LOCATION '" + str(disk) + "'")
        machines.ask("ALTER TABLE ircbot.entry SET TABLESPACE small")
        try:
            bot.append([declared(1)])
            filling = _fill(disk)
            refused, why = _append_until_refused(bot, 3000)
            assert re.search("refuses .*No space left on device", why)
            had = bot.entries(1)
            assert len(machines.journal().whole(1)) == len(had)
            filling.unlink()
            assert bot.poll() == ()
            bot.append([refused])
            assert bot.entries(1) == (*had, refused)
            assert len(machines.journal().whole(1)) == len(had) + 1
        finally:
            machines.ask("ALTER TABLE ircbot.entry SET TABLESPACE pg_default")
            machines.ask("DROP TABLESPACE small")


def test_a_database_without_room_for_its_log_dies_and_nothing_is_lost_or_doubled(
    machines: Machines, postgresql: Postgresql, folder: Path
) -> None:
    bot = machines.open("a")
    bot.append([declared(1)])
    machines.ask("CHECKPOINT")
    log = postgresql.data / "pg_wal"
    kept = sum(path.stat().st_size for path in log.iterdir() if path.is_file()) >> 20
    with mounted(folder / "small", f"{kept + 20}m") as disk:  # for what is there, and one more
        give(disk)
        postgresql.daemon.crash()
        shutil.copytree(log, disk / "log")
        give(disk / "log", *(disk / "log").rglob("*"))
        log.rename(folder / "log")
        log.symlink_to(disk / "log")
        try:
            postgresql.daemon.start()
            postgresql.until_ready()
            filling = _fill(disk)
            tried, why = _append_until_refused(bot, 1_000_000)
            assert "does not answer" in why
            recorded = bot.entries(1)
            filling.unlink()
            postgresql.daemon.crash()
            postgresql.daemon.start()
            postgresql.until_ready()
            bot.append([tried])
            assert bot.entries(1) == (*recorded, tried)
            assert len(machines.journal().whole(1)) == len(recorded) + 1
        finally:
            postgresql.daemon.crash()
            log.unlink()
            shutil.copytree(disk / "log", log)
            give(log, *log.rglob("*"))
            postgresql.daemon.start()
            postgresql.until_ready()


# --- what stands still ----------------------------------------------------------------------------


def test_a_server_that_takes_no_connections_any_more_is_no_trouble_until_one_is_needed(
    machines: Machines, postgresql: Postgresql
) -> None:
    bot = machines.open("a")
    bot.append([declared(1)])
    postgresql.daemon.freeze()  # the postmaster; the process behind our connection goes on
    try:
        bot.append([note(1, 1)])
        assert bot.poll() == ()
        bot._journal.drop()
        with pytest.raises(StoreError, match="does not answer"):
            bot.append([note(1, 2)])
    finally:
        postgresql.daemon.thaw()
    bot.append([note(1, 2)])
    assert bot.entries(1) == (declared(1), note(1, 1), note(1, 2))
    assert len(machines.journal().whole(1)) == 3


def test_a_database_whose_clock_jumps_ends_a_lease_and_lets_nobody_write_twice(
    machines: Machines,
) -> None:
    """Its clock is only read to set `until` and to compare it, so moving that is a jump."""
    first = machines.open("a")
    first.append([declared(1)])
    jump = "UPDATE ircbot.unit SET until = until {} interval '1 day' WHERE name = %s"
    machines.ask(jump.format("-"), machines.unit)  # it is tomorrow
    first.append([note(1, 1)])  # as nobody else was there
    second = machines.open("b")
    with pytest.raises(Superseded):
        first.append([note(1, 2)])
    machines.ask(jump.format("+"), machines.unit)  # it is yesterday
    assert second.resume() == (declared(1), note(1, 1))
    second.append([note(1, 2)])
    assert second.tenure is not None
    second.tenure.lease = second.tenure.lease.renewed(float("-inf"))
    assert second.poll() == ()
    (left,) = machines.ask(
        "SELECT until < now() + interval '1 min' FROM ircbot.unit WHERE name = %s", machines.unit
    )
    assert left == (True,)
    second._journal.drop()  # it dies without a word
    with pytest.raises(StoreError, match="in use by another bot"):
        machines.open("c")
    machines.ask(jump.format("+"), machines.unit)
    assert machines.open("c").resume() == second.entries(1)


# --- what is missing ------------------------------------------------------------------------------


def _do_all(bot: SharedStore) -> None:
    bot.append([note(1, 1)])
    bot.retire(2, erase=True)


@pytest.mark.parametrize("right", ["INSERT", "SELECT", "UPDATE", "DELETE"])
def test_a_right_that_is_missing_is_named_and_given_again_is_enough(
    machines: Machines, right: str
) -> None:
    bot = machines.open("a")
    bot.append([declared(1), declared(2)])
    machines.ask(f"REVOKE {right} ON ircbot.entry FROM ircbot")
    try:
        with pytest.raises(StoreError, match=r"refuses .permission denied for table entry"):
            _do_all(bot)
    finally:
        machines.ask(f"GRANT {right} ON ircbot.entry TO ircbot")
    assert all(n == 0 or e.event == note(1, 1).event for n, e in enumerate(bot.entries(1)))
    bot.append([note(1, 2)])
    assert bot.entries(1)[-1] == note(1, 2)


def test_a_role_that_was_given_no_rights_is_told_who_gives_them(
    postgresql: Postgresql, folder: Path
) -> None:
    postgresql.ask("REVOKE USAGE ON SCHEMA ircbot FROM ircbot")
    try:
        with pytest.raises(StoreError, match=r"refuses .permission denied .* run `ircbot store"):
            Machines(postgresql, folder).open("a")
    finally:
        postgresql.ask("GRANT USAGE ON SCHEMA ircbot TO ircbot")


def test_a_role_whose_transactions_are_read_only_is_told(
    postgresql: Postgresql, folder: Path
) -> None:
    machines = Machines(postgresql, folder)
    bot = machines.open("a")
    bot.append([declared(1)])
    postgresql.ask("ALTER ROLE ircbot SET default_transaction_read_only = on")
    try:
        bot._journal.drop()
        with pytest.raises(StoreError, match="accepts no writes: default_transaction_read_only"):
            bot.append([note(1, 1)])
    finally:
        postgresql.ask("ALTER ROLE ircbot RESET default_transaction_read_only")
    bot.append([note(1, 1)])
    machines.close()


def test_a_table_that_was_renamed_under_the_bot_is_named_and_waited_for(
    machines: Machines,
) -> None:
    bot = machines.open("a")
    bot.append([declared(1)])
    for n in range(1, 4):
        machines.ask("ALTER TABLE ircbot.entry RENAME TO elsewhere")
        try:
            with pytest.raises(StoreError, match=r'refuses .relation "ircbot.entry" does not exis'):
                bot.append([note(1, n)])
            with pytest.raises(StoreError, match="refuses"):
                bot.poll()
        finally:
            machines.ask("ALTER TABLE ircbot.elsewhere RENAME TO entry")
        bot.append([note(1, n)])
    assert bot.entries(1) == (declared(1), *(note(1, n) for n in (1, 2, 3)))


# --- who is at the other end ----------------------------------------------------------------------


def test_only_who_has_the_right_certificate_is_the_database(
    postgresql: Postgresql, certificates: Certificates, folder: Path
) -> None:
    def told(ca: Path = certificates.ca) -> str:
        journal = PostgresJournal(
            f"host=localhost hostaddr=127.0.0.1 port={postgresql.port} dbname=ircbot user=ircbot"
            f" password=hunter2 sslmode=verify-full sslrootcert={ca}"
        )
        try:
            journal.whole(1)
        except StoreError as error:
            return str(error)
        finally:
            journal.drop()
        return "well"

    def shows(certificate: Path) -> None:
        """Have the server show a certificate to whoever connects from now on."""
        file = folder / f"its-{certificate.name}"
        shutil.copy(certificate, file)
        file.chmod(0o600)
        give(file)
        postgresql.configure(f"ssl_cert_file = '{file}'", f"ssl_key_file = '{file}'", "ssl = on")
        postgresql.until(f"current_setting('ssl_cert_file') = '{file}'")

    assert "server does not support SSL, but SSL was required" in told()
    try:
        for certificate, expected in (
            (certificates.server, "well"),
            (certificates.wrong, 'does not match host name "localhost"'),
            (certificates.expired, "certificate verify failed"),
            (certificates.stranger, "certificate verify failed"),
        ):
            shows(certificate)
            answer = told()
            assert expected in answer
            assert "hunter2" not in answer
        nowhere = told(folder / "nowhere.pem")
        assert 'nowhere.pem" does not exist' in nowhere
        assert "disable" not in nowhere  # as libpq advises
    finally:
        postgresql.configure("ssl = off")


def test_a_pooler_between_is_refused(postgresql: Postgresql, folder: Path) -> None:
    (port,) = free_ports(1)
    write(folder / "users", '"ircbot" ""\n')
    ini = write(
        folder / "pgbouncer.ini",
        f"[databases]\nircbot = host={postgresql.folder} port={postgresql.port}\n[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = trust\n"
        f"auth_file = {folder}/users\npool_mode = transaction\n",
    )
    pooler = Daemon("pgbouncer", [program("pgbouncer"), str(ini)], folder, port)
    pooler.start()
    try:
        journal = PostgresJournal(f"host=127.0.0.1 port={port} dbname=ircbot user=ircbot")
        with pytest.raises(StoreError, match="behind a pooler"):
            journal.whole(1)
    finally:
        pooler.stop()


def test_every_server_that_does_not_answer_is_told() -> None:
    journal = PostgresJournal("host=/nowhere,127.0.0.1 port=1 password=hunter2 dbname=x")
    with pytest.raises(StoreError, match="No such file or directory; Connection refused") as told:
        journal.whole(1)
    assert "hunter2" not in str(told.value)


def test_a_server_that_hangs_is_told_in_a_few_words() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=8) as hangs:
        port = hangs.getsockname()[1]
        journal = PostgresJournal(f"host=127.0.0.1,127.0.0.1 port={port},1 connect_timeout=2")
        with pytest.raises(
            StoreError, match=r"answer \(connection timeout expired; Connection ref"
        ):
            journal.whole(1)


def test_a_secret_that_others_can_read_is_warned_of_and_never_shown(tmp_path: Path) -> None:
    secret = tmp_path / "dsn"
    secret.write_text("host=/nowhere password=hunter2\n")
    secret.chmod(0o644)
    config = tmp_path / "config.toml"
    config.write_text(
        f'[store]\npath = "{tmp_path}/incidents"\nengine = "postgresql"\ndsn_file = "{secret}"\n'
    )
    told = CliRunner().invoke(root, ["check", "--config", str(config)]).output
    assert f"{secret} holds a secret and everybody can read it; chmod o-r" in told
    for arguments in (["tl", "1", "x"], ["store", "migrate", "--to", "postgresql"]):
        done = CliRunner().invoke(root, [*arguments, "--config", str(config)])
        assert "does not answer" in str(done.exception)
        assert "hunter2" not in f"{done.output}{done.exception!r}"
