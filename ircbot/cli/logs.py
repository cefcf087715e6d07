"""What `import` and `rehearse` share: choosing logs, reading them, showing progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any, TypeVar

import click

from ircbot.cli.common import config_option, json_option, warn, zone_option
from ircbot.cli.completing import completing
from ircbot.cli.terminal import is_quiet
from ircbot.config import Config
from ircbot.config.settings import setting
from ircbot.errors import Misuse
from ircbot.incident.line import Line
from ircbot.incident.setting import Setting
from ircbot.logs.formats import FORMATS
from ircbot.logs.read import Log
from ircbot.logs.stamp import is_possible
from ircbot.logs.text import Progress
from ircbot.processes import load_process

_SHOWN = 3  # lines

Command = TypeVar("Command", bound=Callable[..., Any])


def _days(
    _context: click.Context, _option: click.Parameter, given: tuple[datetime, ...]
) -> tuple[date, ...]:
    for day in given:
        if not is_possible(day.year):
            raise click.BadParameter(f"in {day.year} nobody was on IRC.")
    return tuple(day.date() for day in given)


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
                "days",
                type=click.DateTime(["%Y-%m-%d"]),
                callback=_days,
                multiple=True,
                metavar="D",
                help="The day of the first line, YYYY-MM-DD, of all logs or of each in turn; "
                "else as the log or its name says.",
            ),
            zone_option("Of the log's times; else the configured one."),
            click.option(
                "--network",
                metavar="NAME",
                help="The network of the logs, as the configuration calls it; else the main one.",
            ),
            click.option(
                "--process",
                shell_complete=completing("processes"),
                metavar="P",
                help="Else the configured one.",
            ),
            json_option,
        )
    ):
        command = option(command)
    return command


def surroundings(config: Config, process: str | None) -> Setting:
    """The core's setting, with another process if one is named."""
    found = setting(config)
    return replace(found, process=load_process(process)) if process else found


def opened(
    paths: tuple[Path, ...],
    zone: tzinfo | None,
    config: Config,
    *,
    log_format: str,
    channel: str,
    days: Sequence[date],
    network: str | None = None,
) -> list[Log]:
    """Open the logs and recognise their formats. `days` is one day for all logs, one for each, or
    none.

    `network` is the logs' network as the configuration names it, None if it was not given.
    """
    main = config.values["irc"]["name"]
    if network is not None and network not in (names := [main, *config.values["networks"]]):
        known = ", ".join(filter(None, names)) or "none has a name"
        raise Misuse(f"--network {network}: the configuration knows no such network ({known}).")
    where = "" if network and network == main else network
    if len(days) > 1 and len(days) != len(paths):
        raise Misuse(
            f"--date was given {len(days)} times for {len(paths)} logs: give it once for all of "
            "them, or once for each in their order."
        )
    each = [*days] if len(days) > 1 else [days[0] if days else None] * len(paths)
    return [
        Log(
            path,
            zone or config.zone,
            log_format=log_format,
            channel=channel,
            day=day,
            network=where,
        )
        for path, day in zip(paths, each, strict=True)
    ]


@contextmanager
def progress(logs: list[Log], label: str) -> Iterator[Progress | None]:
    """Show a progress bar on standard error, if it is a terminal."""
    if not sys.stderr.isatty() or is_quiet():
        yield None
        return
    size = sum(log.path.stat().st_size for log in logs)
    with click.progressbar(length=size, label=label, file=sys.stderr) as bar:
        yield bar.update


def warn_of_odd_lines(logs: list[Log]) -> None:
    """Name the logs with lines that could not be read, with the first of them, and the logs whose
    date differs from the one that was given.
    """
    for log in logs:
        if day := log.other_day():
            warn(day)
        if odd := log.odd_lines():
            warn(odd)


def warn_of_silence(logs: list[Log]) -> None:
    """Name the logs in which nobody says anything: they are probably the wrong files."""
    for log in logs:
        if not log.tally.spoken:
            count = "1 line" if log.tally.lines == 1 else f"{log.tally.lines} lines"
            warn(f"{log.path}: nobody says anything in its {count}.")


def refuse_odd_lines(logs: list[Log]) -> None:
    """Stop if a log is probably in another format than the one it was read as."""
    for log in logs:
        if log.tally.many:
            likely = log.likely_format()
            advice = (
                f"It is probably in the {likely} format: --log-format {likely}."
                if likely
                else f"If {log.format.name} wrote it with a custom theme, --force skips these "
                "lines; otherwise name its format with --log-format."
            )
            raise Misuse(f"{log.odd_lines()}\nNothing was imported. {advice}")


def warn_of_unknown_numbers(lines: Sequence[Line]) -> None:
    """Name the lines that use an incident number which the logs do not explain."""
    if lines:
        shown = "; ".join(
            f"{line.at:%Y-%m-%d %H:%M} UTC {line.channel} <{line.nick}> {line.text}"
            for line in lines[:_SHOWN]
        )
        count = "1 line names" if len(lines) == 1 else f"{len(lines)} lines name"
        warn(
            f"{count} an incident by a number that is the log's own, and no line of its bot tells "
            f"which incident that is; not taken: {shown}"
        )
