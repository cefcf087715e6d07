"""`ircbot check`: find what is wrong before the bot runs, one finding per line."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from ircbot.checkup import checkup
from ircbot.cli.common import config_file_option, json_option, print_json, say
from ircbot.config import Config, load_config
from ircbot.config.journal import journal_of
from ircbot.config.networks import networks
from ircbot.errors import Failed, Misuse


@click.command()
@config_file_option
@click.option(
    "--connect",
    is_flag=True,
    help="Also try each network, channel, calendar, place to publish to, and the database.",
)
@json_option
def check(config_file: Path | None, connect: bool, as_json: bool) -> int:
    """Check configuration, processes, templates and store.

    One finding a line. Status 2 if something that was written is wrong, 1 if something else is.
    """
    told = CheckOutput(as_json)
    for finding in checkup(config_file):
        mark = "WRONG" if finding.status else "warning" if finding.warning else "ok"
        told.tell(mark, finding.part, finding.sentence, finding.status)
    if connect:
        # What goes wrong is a finding; that a running bot would try again is beside the point.
        logging.getLogger("ircbot.network").addHandler(logging.NullHandler())
        asyncio.run(_try_out(config_file, told))
    if as_json:
        print_json({"status": told.status, "findings": told.findings})
    return told.status


class CheckOutput:
    """Collects findings. Prints each at once, or all of them as JSON at the end."""

    def __init__(self, as_json: bool = False) -> None:
        self.status = 0
        self.findings: list[dict[str, str]] = []
        self._as_json = as_json
        self.of = ""  # whose parts are found: "NAME: " for an organisation's
        self.databases: set[str] = set()  # that were tried, by their connection strings

    def tell(self, mark: str, part: str, sentence: str, status: int = 0) -> None:
        """Add a finding; `status` is the exit status that it asks for."""
        part = self.of + part
        self.status = max(self.status, status)
        self.findings.append({"part": part, "mark": mark, "sentence": sentence})
        if not self._as_json:
            say(f"{mark:<8} {part}: {sentence}")

    def tried(self, ok: bool, part: str, sentence: str) -> None:
        """Add the result of trying something for real."""
        self.tell("ok" if ok else "WRONG", part, sentence, 0 if ok else 1)


def try_journal(config: Config, findings: CheckOutput) -> None:
    """Connect to the database that the store follows, if there is one. A host's own store is none:
    in its database, it shares the organisations."""
    wanted = journal_of(config)
    if wanted is None:
        return
    from ircbot.store.condition import WRONG, condition, who_answers
    from ircbot.store.migration import looked_at
    from ircbot.store.postgresql import PostgresJournal

    journal = None
    try:
        journal = PostgresJournal(wanted.dsn, wanted.unit)
        is_new = wanted.dsn not in findings.databases
        findings.databases.add(wanted.dsn)
        for mark, sentence in condition(journal) if is_new else ():
            findings.tell(mark, "database", sentence, int(mark == WRONG))
        if config.organisations is None:
            for mark, sentence in who_answers(journal, config.cluster):
                findings.tell(mark, "database", sentence, int(mark == WRONG))
            count = looked_at(str(config.store.path), journal)
            findings.tried(True, "database", f"{count} incidents of the folder are the same there")
    except Failed as error:
        findings.tried(False, "database", str(error))
    finally:
        if journal is not None:
            journal.drop()


async def _try_out(config_file: Path | None, findings: CheckOutput) -> None:
    """Try everything that a configuration names, except what `checkup` found wrong: the database,
    networks, calendars, and places to publish to. For a host, also those of its organisations."""
    from ircbot.host import organisations
    from ircbot.incoming.calendars import CalendarRequest
    from ircbot.incoming.rotas import read_apart
    from ircbot.incoming.settings import rota_settings
    from ircbot.network.trial import try_network  # slow to import, and rarely needed
    from ircbot.publish.registry import places, publisher_of

    try:
        config = load_config(config_file)
    except Misuse:
        return
    with _unless_told(findings):
        try_journal(config, findings)
    if config.organisations is not None:
        with _unless_told(findings):
            for name, file in organisations(config).items():
                findings.of = f"{name}: "
                await _try_out(file, findings)
        return
    with _unless_told(findings):
        for settings in networks(config)[0]:
            async for tried in try_network(settings):
                findings.tried(tried.ok, settings.title, tried.sentence)
    with _unless_told(findings):
        for rota in rota_settings(config)[0]:
            copy = config.store.path.with_name("rotas") / f"{rota.name}.ics"
            read = read_apart(
                CalendarRequest(rota.name, rota.source, copy, config.zone, datetime.now(UTC))
            )
            shifts = f"{len(read.shifts)} shifts in three weeks"
            told = f"its calendar {read.why}" if read.why else shifts
            findings.tried(not read.why, f"rota {rota.name}", told)
    with _unless_told(findings):
        for place in places(config)[0]:
            try:
                findings.tried(True, place.name, place.hidden(publisher_of(place).check()))
            except Failed as error:
                findings.tried(False, place.name, place.hidden(str(error)))


@contextmanager
def _unless_told(findings: CheckOutput) -> Iterator[None]:
    """Leave out what cannot be tried because it is configured wrongly, if that was told."""
    try:
        yield
    except Misuse:
        if not findings.status:
            raise
