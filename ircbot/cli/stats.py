"""`ircbot stats`: what many incidents say together."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import click

from ircbot import __version__
from ircbot.cli.common import as_json_text, config_option, for_stdout, warn, zone_option
from ircbot.cli.filters import begin, end, filter_options
from ircbot.config import Config
from ircbot.config.settings import setting
from ircbot.errors import Misuse, StoreError
from ircbot.facts_cache import FactsCache
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident
from ircbot.repository import folded, open_store, process_of
from ircbot.stats.facts import Facts, facts
from ircbot.stats.measures import Look
from ircbot.stats.overview import GROUPINGS, Statistics, statistics
from ircbot.store.protocol import NO_INCIDENT

_FORMATS = ("text", "json", "csv", "html", "sqlite")
_EDITIONS = ("internal", "public")


@click.command()
@config_option
@filter_options
@click.option("--by", type=click.Choice(list(GROUPINGS)), help="The figures of each group as well.")
@click.option("--format", "format_", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option("--edition", type=click.Choice(_EDITIONS), default="internal", show_default=True)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), metavar="FILE"
)
@zone_option("Days and hours are counted in it.")
def stats(
    config: Config,
    since: str | None,
    until: str | None,
    product: str,
    severity: str,
    by: str | None,
    format_: str,
    edition: str,
    output: Path | None,
    zone: tzinfo | None,
) -> None:
    """Say what many incidents say together: medians, shares, the process's scorecard, load, debts.

    The archive counts as well.
    """
    if by == "leader" and edition == "public":
        raise Misuse("the public edition names nobody: --by leader is for the internal one.")
    if format_ == "sqlite" and (output is None or str(output) == "-"):
        raise Misuse("SQLite is no text: name a new file with --output.")
    look = Look(datetime.now(UTC), zone or config.zone)
    begins, ends = begin(since, look.now, look.zone), end(until, look.now, look.zone)
    found = statistics(
        (
            one
            for one in _facts(config, setting(config), look, edition)
            if (begins is None or begins <= one.declared_at)
            and (ends is None or one.declared_at < ends)
            and (not product or one.product.casefold() == product.casefold())
            and (not severity or one.severity == severity)
        ),
        look,
        since=since or "",
        until=until or "",
        by=by or "",
        edition=edition,
    )
    if format_ == "sqlite" and output is not None:
        _write_sqlite(found, output)
        return
    text = _written(found, format_)
    if output is None or str(output) == "-":
        sys.stdout.buffer.write(for_stdout(text).encode())
    else:
        from ircbot.report.files import save

        save(output, text)


def _write_sqlite(found: Statistics, path: Path) -> None:
    from ircbot.stats import files, rows

    told = {name: columns for name, columns in rows.tables(found).items() if columns}
    columns = {name: tuple(table[0]) for name, table in told.items()}
    each = ((name, tuple(row.values())) for name, table in told.items() for row in table)
    files.write_sqlite(path, columns, each)


def _written(found: Statistics, format_: str) -> str:
    from ircbot.stats import page, rows, text

    match format_:
        case "json":
            return as_json_text(rows.as_json(found), indent=2) + "\n"
        case "csv":
            return rows.as_csv(rows.tables(found)["figure"])
        case "html":
            return page.as_page(found)
        case _:
            return text.as_text(found)


def _facts(config: Config, surroundings: Setting, look: Look, edition: str) -> Iterator[Facts]:
    """The facts of every incident of the store, one incident at a time in memory; of those that
    are over, as they are kept from the last time."""
    store = open_store(str(config.store.path))
    processes = (surroundings.process, *surroundings.processes.values())
    made_of = (__version__, processes, surroundings.calendar, str(look.zone))
    outside = (sorted(surroundings.nicks), config.report.public) if edition == "public" else ()
    cache = FactsCache(str(config.store.path), edition, (made_of, outside))
    kept = cache.read()
    known: dict[int, tuple[str, Facts]] = {}
    for number, version in sorted(store.versions().items()):
        if number == NO_INCIDENT:
            continue
        had = kept.get(number)
        if had is not None and had[0] == version:
            known[number] = had
            yield had[1]
            continue
        try:
            incident = folded(store.entries(number))
        except StoreError as error:
            warn(f"not counted: {error}")
            continue
        if incident is None or (edition == "public" and _is_inner(incident)):
            continue
        one = _facts_of(incident, config, surroundings, look, edition)
        if one.is_settled:
            known[number] = version, one
        yield one
    if known != kept:
        cache.keep(known, store)


def _is_inner(incident: Incident) -> bool:
    """Whether outside nobody is to know that there was such an incident."""
    return incident.private or incident.guarded or incident.secured or incident.purged


def _facts_of(
    incident: Incident, config: Config, surroundings: Setting, look: Look, edition: str
) -> Facts:
    process = process_of(incident, surroundings)
    public = edition == "public"
    if public:
        from ircbot.report.public import published

        incident = published(incident, process, surroundings.nicks, config.report.public)
    return facts(incident, process, look.now, surroundings.calendar, look.zone, people=not public)
