"""`ircbot stats`: what many incidents say together."""

from __future__ import annotations

import calendar
import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import click

from ircbot.cli.common import as_json_text, config_option, for_stdout, warn, zone_option
from ircbot.config import Config
from ircbot.config.settings import setting
from ircbot.errors import Misuse
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident
from ircbot.repository import all_incidents, open_store, process_of
from ircbot.stats.facts import Facts, facts
from ircbot.stats.measures import Look
from ircbot.stats.overview import GROUPINGS, Statistics, statistics

_FORMATS = ("text", "json", "csv")
_EDITIONS = ("internal", "public")
_DAY = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_AGO = re.compile(r"(\d{1,5})\s*d(?:ays?)?", re.ASCII)


class _Day(click.ParamType):  # type: ignore[type-arg]
    """A day, a month or a year (its first day, or its last), or so many days ago."""

    name = "day"

    def __init__(self, *, last: bool) -> None:
        self._last = last

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> date | timedelta:
        """The day; or how long before today, which depends on the zone."""
        if match := _AGO.fullmatch(value):
            return timedelta(days=int(match[1]))
        if (found := self._read(value)) is None:
            why = f"{value!r} is no day; write 2026-01-31, 2026-01, 2026 or 90d."
            raise click.BadParameter(why, ctx, param)
        return found

    def _read(self, text: str) -> date | None:
        match = _DAY.fullmatch(text)
        if match is None:
            return None
        year, month, day = (int(part) if part else 0 for part in match.groups())
        try:
            month = month or (12 if self._last else 1)
            last = calendar.monthrange(year, month)[1] if self._last else 1
            return date(year, month, day or last)
        except ValueError:
            return None


@click.command()
@config_option
@click.option("--since", metavar="D", type=_Day(last=False), help="Declared on this day or later.")
@click.option("--until", metavar="D", type=_Day(last=True), help="Declared on this day or before.")
@click.option("--by", type=click.Choice(list(GROUPINGS)), help="The figures of each group as well.")
@click.option("--format", "format_", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option("--edition", type=click.Choice(_EDITIONS), default="internal", show_default=True)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), metavar="FILE"
)
@zone_option("Days and hours are counted in it.")
def stats(
    config: Config,
    since: date | timedelta | None,
    until: date | timedelta | None,
    by: str | None,
    format_: str,
    edition: str,
    output: Path | None,
    zone: tzinfo | None,
) -> None:
    """Say what many incidents say together: medians, shares, the process's scorecard, load, debts.

    D is a day (2026-01-31), a month, a year, or so many days ago (90d). The archive counts as well.
    """
    if by == "leader" and edition == "public":
        raise Misuse("the public edition names nobody: --by leader is for the internal one.")
    look = Look(datetime.now(UTC), zone or config.zone)
    found = statistics(
        _facts(config, setting(config), look, edition),
        look,
        since=_day(since, look),
        until=_day(until, look),
        by=by or "",
        edition=edition,
    )
    text = _written(found, format_)
    if output is None or str(output) == "-":
        sys.stdout.buffer.write(for_stdout(text).encode())
    else:
        from ircbot.report.files import save

        save(output, text)


def _day(given: date | timedelta | None, look: Look) -> date | None:
    return look.day(look.now) - given if isinstance(given, timedelta) else given


def _written(found: Statistics, format_: str) -> str:
    from ircbot.stats import rows, text

    match format_:
        case "json":
            return as_json_text(rows.as_json(found), indent=2) + "\n"
        case "csv":
            return rows.as_csv(rows.tables(found)["figure"])
        case _:
            return text.as_text(found)


def _facts(config: Config, surroundings: Setting, look: Look, edition: str) -> Iterator[Facts]:
    """The facts of every incident of the store, one incident at a time in memory."""
    store = open_store(str(config.store.path))
    for incident in all_incidents(store, archived=True):
        if edition == "public" and _is_inner(incident):
            continue
        yield _facts_of(incident, config, surroundings, look, edition)
    for damaged in store.damaged.values():
        warn(f"not counted: {damaged}")


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
