"""`ircbot cluster`: the machines that share a database, and which of them is active."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import click

from ircbot.cli.common import config_file_option, config_option, json_option, print_json, say
from ircbot.cli.groups import CommandGroup
from ircbot.cluster.lease import Standing
from ircbot.cluster.shares import MachineSeen, told_of
from ircbot.cluster.tenure import Machine
from ircbot.config import Config, load_config
from ircbot.config.journal import JournalSettings, journal_of, settings
from ircbot.errors import Failed
from ircbot.incident.times import length

_PATIENCE = 10.0  # seconds for another machine to answer
_LOOKS_EVERY = 0.1  # seconds


@click.group(cls=CommandGroup)
def cluster() -> None:
    """Show and control machines that share a database."""


@cluster.command()
@config_file_option
@json_option
def status(config_file: Path | None, as_json: bool) -> None:
    """Show the machines, and which answers for which organisation."""
    from ircbot.store.claims import seen  # psycopg is slow to load
    from ircbot.store.connection import DatabaseConnection

    config = load_config(config_file)
    ttl = (config.cluster or Machine("")).ttl
    database = DatabaseConnection(settings(config).dsn)
    try:
        machines, units = seen(database, ttl)
    finally:
        database.drop()
    if as_json:
        print_json(told_of(machines, units))
        return
    for line in _lines(machines, units, ttl):
        say(line)


def _lines(
    machines: Sequence[MachineSeen], units: Mapping[str, Standing], ttl: float
) -> Sequence[str]:
    free = sum(not one.machine for one in units.values())
    width = max(map(len, units), default=0)
    return [
        *(
            f"{one.machine}: {one.units} organisations, said so {one.age:.1f} s ago"
            if one.alive
            else f"{one.machine}: GONE, silent for {one.age:.0f} s"
            for one in machines
        ),
        f"{len(units)} organisations, {free} without a machine",
        *(f"  {name:{width}}  {_standing(one, ttl)}" for name, one in units.items()),
    ]


def _standing(one: Standing, ttl: float) -> str:
    told = [one.machine or "nobody"]
    if one.held_for is not None:
        told.append(f"for {length(timedelta(seconds=one.held_for))}")
    if one.age is not None:
        told.append(f"renewed {one.age:.1f} s ago")
    for standby in one.standbys:
        ready = "stands by" if standby.ready else "is not ready"
        if standby.age > (one.ttl or ttl):
            ready = f"is GONE, silent for {length(timedelta(seconds=standby.age))}"
        behind = f", {standby.behind} changes behind" if standby.behind else ""
        told.append(f"{standby.machine} {ready}{behind}")
    return ", ".join(told)


@cluster.command("yield")
@config_option
@json_option
def give_way(config: Config, as_json: bool) -> None:
    """Have the machine that answers give way to one that stands by, silently.

    From any of the machines, before it is taken down. Nothing changes if nobody is ready.
    """
    from ircbot.store.postgresql import PostgresJournal  # only needed here

    machine, record = _clustered(config)
    journal = PostgresJournal(record.dsn, record.unit)
    try:
        before = journal.standing(machine.ttl)
        if not before.machine:
            raise Failed(f"no machine answers for {record.unit}.")
        if not before.is_backed:
            raise Failed(f"{before.machine} answers, and no other machine is ready to take over.")
        journal.ask_to_leave()
        deadline = time.monotonic() + _PATIENCE
        # By its epoch: two machines may have the same name by mistake.
        while not (now := journal.standing(machine.ttl)).machine or now.epoch == before.epoch:
            if time.monotonic() > deadline:
                journal.ask_to_stay()
                raise Failed(f"{before.machine} was asked, and no other machine has taken over.")
            time.sleep(_LOOKS_EVERY)
    finally:
        journal.drop()
    if as_json:
        print_json({"unit": record.unit, "answers": now.machine, "gave_way": before.machine})
        return
    click.echo(f"{now.machine} answers now, {before.machine} stands by.")


def _clustered(config: Config) -> tuple[Machine, JournalSettings]:
    """This machine, and the settings of the journal. ConfigError without a [cluster]."""
    journal = journal_of(config)
    if config.cluster is None or journal is None:
        raise config.wrong(("cluster",), "[cluster] is missing: this machine shares no record.")
    return config.cluster, journal
