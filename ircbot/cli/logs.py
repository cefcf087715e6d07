"""What `import` and `rehearse` share: choosing logs, reading them, showing progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, tzinfo
from functools import wraps
from pathlib import Path
from typing import Any

import click

from ircbot.cli.common import config_option, warn, zone_option
from ircbot.cli.completing import completing
from ircbot.cli.terminal import is_quiet
from ircbot.config import Config
from ircbot.config.settings import setting
from ircbot.errors import Misuse
from ircbot.incident.line import Line
from ircbot.incident.plural import number_of
from ircbot.incident.setting import Setting
from ircbot.logs.formats import FORMATS
from ircbot.logs.read import Log
from ircbot.logs.stamp import is_possible
from ircbot.logs.text import ReadProgress
from ircbot.processes import load_process

_SHOWN = 3  # lines


def _days(
    _context: click.Context, _option: click.Parameter, given: tuple[datetime, ...]
) -> tuple[date, ...]:
    for day in given:
        if not is_possible(day.year):
            raise click.BadParameter(f"in {day.year} nobody was on IRC.")
    return tuple(day.date() for day in given)


def _channel(_context: click.Context, _option: click.Parameter, name: str) -> str:
    if name and not name.startswith(("#", "&", "+", "!")):
        raise click.BadParameter(f"{name!r} is not a channel; write '#{name}', in quotes.")
    return name


@dataclass(frozen=True, slots=True)
class ChosenLogs:
    """The logs that a command was given, and how to read them: what `log_options` pass.

    `days` is one day for all logs, one for each, or none; `network` their network as the
    configuration names it, None if it was not given.
    """

    config: Config
    paths: tuple[Path, ...]
    log_format: str
    channel: str
    days: tuple[date, ...]
    zone: tzinfo | None
    network: str | None
    process: str | None

    def setting(self) -> Setting:
        """The core's setting, with another process if one is named."""
        found = setting(self.config)
        return replace(found, process=load_process(self.process)) if self.process else found

    def opened(self) -> list[Log]:
        """Open the logs and recognise their formats."""
        paths, days = self.paths, self.days
        if len(days) > 1 and len(days) != len(paths):
            raise Misuse(
                f"--date was given {len(days)} times for {len(paths)} logs: give it once for all "
                "of them, or once for each in their order."
            )
        each = days if len(days) > 1 else [days[0] if days else None] * len(paths)
        network = self._network()
        return [
            Log(
                path,
                self.zone or self.config.zone,
                log_format=self.log_format,
                channel=self.channel,
                day=day,
                network=network,
            )
            for path, day in zip(paths, each, strict=True)
        ]

    def _network(self) -> str | None:
        """The network as entries name it: the main one is "" there."""
        main, others = self.config.values["irc"]["name"], self.config.values["networks"]
        if self.network is not None and self.network not in (names := [main, *others]):
            known = ", ".join(filter(None, names)) or "none has a name"
            raise Misuse(
                f"--network {self.network}: the configuration knows no such network ({known})."
            )
        return "" if self.network and self.network == main else self.network


def log_options(command: Callable[..., None]) -> Callable[..., None]:
    """The logs, and the options that say how to read them. Passes `chosen: ChosenLogs`."""

    @wraps(command)
    def choosing(**given: Any) -> None:
        chosen = ChosenLogs(**{one.name: given.pop(one.name) for one in fields(ChosenLogs)})
        command(chosen=chosen, **given)

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
        )
    ):
        choosing = option(choosing)
    return choosing


@contextmanager
def progress(logs: list[Log], label: str) -> Iterator[ReadProgress | None]:
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
            count = number_of(log.tally.lines, "line")
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
            f"{count} an incident by its number in the log, and no line of the log's bot tells "
            f"which incident that is; not imported: {shown}"
        )
