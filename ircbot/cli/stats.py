"""`ircbot stats`: statistics over many incidents."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from pathlib import Path

import click

from ircbot.cli.common import (
    as_json_text,
    config_option,
    json_option,
    output_option,
    warn,
    write_out,
    zone_option,
)
from ircbot.cli.filters import filter_options
from ircbot.config import Config
from ircbot.config.settings import setting
from ircbot.counting import facts_of
from ircbot.errors import Misuse
from ircbot.selection import begin, end
from ircbot.stats.measures import StatsClock
from ircbot.stats.overview import GROUPINGS, Statistics, statistics

_FORMATS = ("text", "json", "csv", "html", "sqlite")
_EDITIONS = ("internal", "public")


@click.command()
@config_option
@filter_options
@click.option("--by", type=click.Choice(list(GROUPINGS)), help="The figures of each group as well.")
@click.option("-f", "--format", "format_", type=click.Choice(_FORMATS), help="Text if not said.")
@json_option
@click.option("--edition", type=click.Choice(_EDITIONS), default="internal", show_default=True)
@output_option
@zone_option("Days and hours are counted in it.")
def stats(
    config: Config,
    since: str | None,
    until: str | None,
    product: str,
    severity: str,
    by: str | None,
    format_: str | None,
    as_json: bool,
    edition: str,
    output: Path | None,
    zone: tzinfo | None,
) -> None:
    """Summarise many incidents: medians, shares, the process's scorecard, load, debts.

    The archive counts as well.
    """
    if as_json and format_ not in (None, "json"):
        raise Misuse(f"--json and --format {format_} are two formats; give one of them.")
    format_ = "json" if as_json else format_ or "text"
    if by == "leader" and edition == "public":
        raise Misuse("the public edition names nobody: --by leader is for the internal one.")
    if format_ == "sqlite" and (output is None or str(output) == "-"):
        raise Misuse("SQLite is a binary format: name a new file with --output.")
    clock = StatsClock(datetime.now(UTC), zone or config.zone)
    begins, ends = begin(since, clock.now, clock.zone), end(until, clock.now, clock.zone)
    found = statistics(
        (
            one
            for one in facts_of(config, setting(config), clock, edition, warn)
            if (begins is None or begins <= one.declared_at)
            and (ends is None or one.declared_at < ends)
            and (not product or one.product.casefold() == product.casefold())
            and (not severity or one.severity == severity)
        ),
        clock,
        since=since or "",
        until=until or "",
        by=by or "",
        edition=edition,
    )
    if format_ == "sqlite" and output is not None:
        _write_sqlite(found, output)
        return
    text = _written(found, format_, config)
    if output is None or str(output) == "-":
        write_out(text)
    else:
        from ircbot.report.files import save

        save(output, text)


def _write_sqlite(found: Statistics, path: Path) -> None:
    from ircbot.stats import files, rows

    told = {name: columns for name, columns in rows.tables(found).items() if columns}
    columns = {name: tuple(table[0]) for name, table in told.items()}
    each = ((name, tuple(row.values())) for name, table in told.items() for row in table)
    files.write_sqlite(path, columns, each)


def _written(found: Statistics, format_: str, config: Config) -> str:
    from ircbot.stats import page, rows, text

    match format_:
        case "json":
            return as_json_text(rows.as_json(found)) + "\n"
        case "csv":
            return rows.as_csv(rows.tables(found)["figure"])
        case "html":
            base = config.values["page"]["base_url"] or ""
            return page.as_page(found, f"{base.rstrip('/')}/incident/" if base else page.IN_HERE)
        case _:
            return text.as_text(found)
