"""`ircbot check`: everything that can be found wrong before the bot runs, one finding a line."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from ircbot.checkup import checkup
from ircbot.cli.common import config_file_option, say
from ircbot.config import Config, load_config
from ircbot.config.journal import journal_of
from ircbot.config.networks import networks
from ircbot.errors import Failed


@click.command()
@config_file_option
@click.option(
    "--connect",
    is_flag=True,
    help="Also try each network, channel, calendar, place to publish to, and the database.",
)
def check(config_file: Path | None, connect: bool) -> int:
    """Check configuration, processes, templates and store.

    One finding a line. Status 2 if something that was written is wrong, 1 if something else is.
    """
    status = 0
    for finding in checkup(config_file):
        mark = "WRONG" if finding.status else "warning" if finding.warning else "ok"
        say(f"{mark:<8} {finding.part}: {finding.sentence}")
        status = max(status, finding.status)
    return max(status, asyncio.run(_try_out(config_file))) if connect and not status else status


def try_journal(config: Config) -> int:
    """Try the database that the store follows, if it does; the exit status."""
    wanted = journal_of(config)
    if wanted is None:
        return 0
    from ircbot.store.migration import compared
    from ircbot.store.postgresql import PostgresJournal

    status = 0
    journal = None
    try:
        journal = PostgresJournal(wanted.dsn, wanted.unit)
        for well, sentence in journal.look():
            say(f"{'ok' if well else 'warning':<8} database: {sentence}")
        count = compared(str(config.store.path), journal)
        say(f"{'ok':<8} database: {count} incidents of the folder are the same there")
    except Failed as error:
        say(f"{'WRONG':<8} database: {error}")
        status = 1
    finally:
        if journal is not None:
            journal.drop()
    return status


async def _try_out(config_file: Path | None) -> int:
    """Try every network of the configuration, and every place to publish to; the exit status."""
    from ircbot.incoming.calendars import Errand
    from ircbot.incoming.rotas import read_apart
    from ircbot.incoming.settings import rota_settings
    from ircbot.network.trial import try_network  # slow to import, and seldom asked for
    from ircbot.publish.registry import places, publisher_of

    config = load_config(config_file)
    status = try_journal(config)
    for settings in networks(config)[0]:
        async for tried in try_network(settings):
            say(f"{'ok' if tried.ok else 'WRONG':<8} {settings.title}: {tried.sentence}")
            status = max(status, 0 if tried.ok else 1)
    for rota in rota_settings(config)[0]:
        copy = config.store.path.with_name("rotas") / f"{rota.name}.ics"
        read = read_apart(Errand(rota.name, rota.source, copy, config.zone, datetime.now(UTC)))
        told = (
            f"its calendar {read.why}" if read.why else f"{len(read.shifts)} shifts in three weeks"
        )
        say(f"{'WRONG' if read.why else 'ok':<8} rota {rota.name}: {told}")
        status = max(status, 1 if read.why else 0)
    for place in places(config)[0]:
        try:
            say(f"{'ok':<8} {place.name}: {place.hidden(publisher_of(place).check())}")
        except Failed as error:
            say(f"{'WRONG':<8} {place.name}: {place.hidden(str(error))}")
            status = max(status, 1)
    return status
