"""`ircbot store …`: maintain the store, beside a running bot or without one."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from ircbot.cli.common import as_json_text, config_option, json_option, print_json, say, warn
from ircbot.cli.groups import CommandGroup
from ircbot.cli.terminal import is_quiet, remark
from ircbot.config import Config
from ircbot.errors import Failed, Misuse
from ircbot.exchange import exported
from ircbot.incident.plural import number_of
from ircbot.incident.setting import Setting
from ircbot.record import open_to_write
from ircbot.repository import all_incidents, open_store, process_of, summarise
from ircbot.store import StoreEngine, maintenance

_FILE = click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))


@click.group(cls=CommandGroup)
def store() -> None:
    """Check, compact, back up, restore and export the store."""


@store.command()
@config_option
@json_option
def check(config: Config, as_json: bool) -> None:
    """Look at every checksum, chain and entry."""
    path = str(config.store.path)
    with _bar("checking") as bar:
        found = maintenance.check(path, summarise=summarise, progress=_to(bar))
    if as_json:
        _print_checked(found)
    for finding in found.findings:
        say(str(finding), err=finding.bad or as_json)
    if not found.well:
        raise Failed(f"not all is well in {path}.")
    if not as_json:
        entries = number_of(found.entries, "entry", "entries")
        click.echo(f"{number_of(found.incidents, 'incident')}, {entries}: all is well.")


def _print_checked(found: maintenance.StoreCheck) -> None:
    print_json(
        {
            "incidents": found.incidents,
            "entries": found.entries,
            "hashes": {str(incident): head for incident, head in found.heads.items()},
            "findings": [
                {"file": finding.path, "what": finding.what, "bad": finding.bad}
                for finding in found.findings
            ],
        }
    )


@store.command()
@config_option
@json_option
def compact(config: Config, as_json: bool) -> None:
    """Write every incident's TinyDB file and remove its journal."""
    opened = open_to_write(config)
    try:
        done = opened.compact()
    finally:
        opened.close()
    if as_json:
        print_json({"compacted": done})
    else:
        click.echo(f"{number_of(done, 'journal')} moved to the TinyDB file.")


@store.command()
@_FILE
@config_option
@json_option
def backup(file: str, config: Config, as_json: bool) -> None:
    """Write the whole store to FILE, a compressed tar; - is standard output."""
    path = str(config.store.path)
    if file == "-":
        if as_json:
            raise Misuse("the backup itself is on standard output; --json needs a FILE.")
        if sys.stdout.isatty():
            raise Misuse("a backup is a binary file: name a file, or redirect it with | or >.")
        done = maintenance.pour_out(path, sys.stdout.buffer)
        remark(f"ircbot: {number_of(done, 'incident')} written to standard output.")
        return
    with _bar("backing up") as bar:
        done = maintenance.back_up(path, file, progress=_to(bar))
    if as_json:
        print_json({"file": os.path.abspath(file), "incidents": done})
    else:
        click.echo(f"{number_of(done, 'incident')} written to {file}.")


@store.command()
@_FILE
@config_option
@json_option
def restore(file: str, config: Config, as_json: bool) -> None:
    """Bring back what the backup FILE has and the store has not; - is standard input."""
    with _file_of(file) as source:
        done = maintenance.restore(str(config.store.path), source)
    for incident in done.other:
        warn(
            f"incident {incident} in {file} differs from the one in the store, which was kept; "
            f"the backup's is beside it, {incident:04d}.json.restored."
        )
    if as_json:
        print_json({"new": done.new, "same": done.same, "other": done.other})
        return
    same = len(done.same)
    there = f"{same} {'was' if same == 1 else 'were'} there already"
    click.echo(f"{number_of(len(done.new), 'incident')} restored, {there}.")


@store.command()
@click.option("--role", required=True, metavar="ROLE", help="The bot's role in the database.")
def schema(role: str) -> None:
    """Print the SQL that makes a database's tables, or brings them up to date.

    Their owner runs it: `ircbot store schema --role ircbot | psql DATABASE`. The bot's role may
    then add, rewrite and erase entries, and can drop nothing.
    """
    from ircbot.store.schema import schema as sql

    click.echo(sql(role), nl=False)


@store.command()
@click.option("--to", "to", type=click.Choice(["postgresql", "folder"]), required=True)
@config_option
@json_option
def migrate(to: str, config: Config, as_json: bool) -> None:
    """Move the store into the database that `[store] dsn` names, or back into its folder.

    No bot may run. Every entry is compared before anything counts; what was begun is gone on with.
    """
    from ircbot.config.journal import settings
    from ircbot.report.clearing import clear_followed
    from ircbot.store import migration
    from ircbot.store.postgresql import PostgresJournal

    wanted, path = settings(config), str(config.store.path)
    journal = PostgresJournal(wanted.dsn, wanted.unit, patience=600)
    if to == "postgresql":
        done, where = migration.to_journal(path, journal), journal.where
    else:
        lost = partial(clear_followed, config.report.directory)
        done = migration.to_folder(path, journal, summarise=summarise, lost=lost)
        where = path
    if as_json:
        print_json(
            {
                "to": to,
                "incidents": done.incidents,
                "entries": done.entries,
                "copied": done.copied,
                "where": where,
                "configured": to == config.store.engine,
            }
        )
        return
    entries = number_of(done.entries, "entry", "entries")
    click.echo(
        f"{number_of(done.incidents, 'incident')}, {entries}: all are in {where}, compared one by "
        f"one ({done.copied} copied)."
    )
    if to != config.store.engine:
        click.echo(f'Now configure [store] engine = "{to}".')


_NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@store.command()
@click.option("--jsonl", type=_NEW_FILE, metavar="FILE", help="Every entry, into this file.")
@click.option("--sqlite", type=_NEW_FILE, metavar="FILE", help="Tables, into one SQLite file.")
@click.option(
    "--csv",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="The same tables, each a file in this folder.",
)
@config_option
def export(jsonl: Path | None, sqlite: Path | None, csv: Path | None, config: Config) -> None:
    """Every entry as JSON, one object a line, on standard output or in a file, which `ircbot
    import` reads back; or every incident as tables, for SQL, datasette and spreadsheets.

    What is written must not be there yet.
    """
    for option, named in (("--sqlite", sqlite), ("--csv", csv)):
        if str(named) == "-":
            raise Misuse(f"{option} writes files, not standard output: name one.")
    if str(jsonl) == "-":
        jsonl = None
    opened = open_store(str(config.store.path))
    if sqlite is not None or csv is not None:
        _export_tables(opened, config, sqlite, csv)
    if jsonl is not None:
        _write_new(jsonl, (as_json_text(entry) + "\n" for entry in exported(opened)))
    elif sqlite is None and csv is None:
        for entry in exported(opened):
            print_json(entry)
    if opened.damaged:
        raise Failed("not exported: " + " ".join(opened.damaged.values()))


def _export_tables(
    opened: StoreEngine, config: Config, sqlite: Path | None, csv: Path | None
) -> None:
    from ircbot.config.settings import setting
    from ircbot.stats import files
    from ircbot.stats.tables import TABLES

    surroundings, now = setting(config), datetime.now(UTC)
    if sqlite is not None:
        files.write_sqlite(sqlite, TABLES, _rows(opened, surroundings, now))
    if csv is not None:
        files.write_csv(csv, TABLES, _rows(opened, surroundings, now))


def _rows(
    opened: StoreEngine, surroundings: Setting, now: datetime
) -> Iterator[tuple[str, Sequence[Any]]]:
    """The rows of every incident, archived ones too, with one incident at a time in memory."""
    from ircbot.incident.view import as_json
    from ircbot.stats.facts import facts
    from ircbot.stats.tables import rows_of

    for incident in all_incidents(opened, archived=True):
        process, calendar = process_of(incident, surroundings), surroundings.calendar
        shown = as_json(incident, process, calendar)
        yield from rows_of(shown, facts(incident, process, now, calendar, surroundings.zone))


def _write_new(path: Path, lines: Iterable[str]) -> None:
    """Write a new private file; if that fails, none is left."""
    try:
        handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
        try:
            with open(handle, "w", encoding="utf-8") as file:
                file.writelines(lines)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Failed(f"cannot write {path}: {error.strerror}.") from error


@contextmanager
def _file_of(name: str) -> Iterator[str]:
    """The path of a file; "-" is standard input, which is copied into a temporary file."""
    if name != "-":
        yield name
        return
    with tempfile.NamedTemporaryFile(prefix="ircbot-restore-") as file:  # private
        shutil.copyfileobj(sys.stdin.buffer, file)
        file.flush()
        yield file.name


def _bar(label: str) -> AbstractContextManager[Any]:
    """A progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty() or is_quiet():
        return nullcontext()
    return click.progressbar(length=1, label=label, file=sys.stderr)


def _to(bar: Any) -> maintenance.Progress:
    def progress(done: int, of: int) -> None:
        if bar is not None:
            bar.length = of
            bar.update(done - bar.pos)

    return progress
