"""What `import` and `rehearse` share: which logs, how they are read, how far they are."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from ircbot.cli.common import config_option, json_option, warn
from ircbot.config import Config
from ircbot.config.settings import setting
from ircbot.incident.setting import Setting
from ircbot.logs.formats import FORMATS
from ircbot.logs.read import Log
from ircbot.logs.text import Progress
from ircbot.processes import load_process

Command = TypeVar("Command", bound=Callable[..., Any])


def _zone(_context: click.Context, _option: click.Parameter, name: str | None) -> ZoneInfo | None:
    try:
        return None if name is None else ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # unknown, a folder of the zone database, no name
        raise click.BadParameter(f"{name!r} is no zone; write UTC or Europe/London.") from None


def _day(_context: click.Context, _option: click.Parameter, given: datetime | None) -> date | None:
    return given.date() if given else None


def _channel(_context: click.Context, _option: click.Parameter, name: str) -> str:
    if name and not name.startswith(("#", "&", "+", "!")):
        raise click.BadParameter(f"{name!r} is no channel; write '#{name}', in quotes.")
    return name


def log_options(command: Command) -> Command:
    """The logs, and the options that say how to read them."""
    for option in reversed(
        (
            click.argument(
                "paths",
                metavar="LOG…",
                nargs=-1,
                required=True,
                type=click.Path(path_type=Path, exists=True, dir_okay=False, readable=True),
            ),
            config_option,
            click.option(
                "--log-format",
                type=click.Choice(["auto", *FORMATS]),
                default="auto",
                show_default=True,
            ),
            click.option(
                "--channel",
                default="",
                callback=_channel,
                metavar="C",
                help="The channel; else as the log or its name says.",
            ),
            click.option(
                "--date",
                "day",
                type=click.DateTime(["%Y-%m-%d"]),
                callback=_day,
                metavar="D",
                help="The day of the first line, YYYY-MM-DD; else as the log or its name says.",
            ),
            click.option(
                "--timezone",
                "zone",
                callback=_zone,
                metavar="TZ",
                help="Of the log's times; else the configured one.",
            ),
            click.option("--process", metavar="P", help="Else the configured one."),
            json_option,
        )
    ):
        command = option(command)
    return command


def surroundings(config: Config, process: str | None) -> Setting:
    """The core's setting, under another process if one is named."""
    found = setting(config)
    return replace(found, process=load_process(process)) if process else found


def opened(
    paths: tuple[Path, ...],
    zone: ZoneInfo | None,
    config: Config,
    *,
    log_format: str,
    channel: str,
    day: date | None,
) -> list[Log]:
    """The logs, recognised."""
    return [
        Log(path, zone or config.zone, log_format=log_format, channel=channel, day=day)
        for path in paths
    ]


@contextmanager
def progress(logs: list[Log], label: str) -> Iterator[Progress | None]:
    """A bar on standard error while logs are read, where somebody can see it."""
    if not sys.stderr.isatty():
        yield None
        return
    size = sum(log.path.stat().st_size for log in logs)
    with click.progressbar(length=size, label=label, file=sys.stderr) as bar:
        yield bar.update


def warn_of_odd_lines(logs: list[Log]) -> None:
    """Say which logs have lines that nobody understood."""
    for log in logs:
        if log.tally.odd:
            warn(
                f"{log.path}: {log.tally.odd} of {log.tally.lines} lines are not in the "
                f"{log.format.name} format and were left out, line {log.tally.first_odd} first."
            )
