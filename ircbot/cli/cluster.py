"""`ircbot cluster`: the machines that share a database, and who answers for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from ircbot.cli.common import config_file_option, json_option, print_json, say
from ircbot.cli.groups import CommandGroup
from ircbot.cluster.shares import MachineSeen, UnitSeen
from ircbot.config import load_config
from ircbot.config.journal import settings


@click.group(cls=CommandGroup)
def cluster() -> None:
    """See to the machines that share a database."""


@cluster.command()
@config_file_option
@json_option
def status(config_file: Path | None, as_json: bool) -> None:
    """Show the machines, and which answers for which organisation."""
    from ircbot.store.claims import seen  # psycopg is slow to load

    machines, units = seen(settings(load_config(config_file)).dsn)
    if as_json:
        told = {"machines": [asdict(one) for one in machines]}
        print_json({**told, "units": [asdict(one) for one in units]})
        return
    for line in _lines(machines, units):
        say(line)


def _lines(machines: Sequence[MachineSeen], units: Sequence[UnitSeen]) -> Sequence[str]:
    free = sum(not one.machine for one in units)
    width = max((len(one.unit) for one in units), default=0)
    return [
        *(
            f"{one.machine}: {one.units} organisations, said so {one.age:.1f} s ago"
            if one.alive
            else f"{one.machine}: GONE, silent for {one.age:.0f} s"
            for one in machines
        ),
        f"{len(units)} organisations, {free} without a machine",
        *(
            f"  {one.unit:{width}}  {one.machine or 'nobody'}"
            + ("" if one.age is None else f", renewed {one.age:.1f} s ago")
            for one in units
        ),
    ]
