"""What commands share: options, and JSON on standard output.

Holds no logic of any command.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path
from typing import Any

import click

from ircbot.cli.completing import completing
from ircbot.cli.terminal import is_verbose, print_pages, remark
from ircbot.config import Config, load_config, usual_places
from ircbot.incident.plain import shown_lines
from ircbot.zones import zone_named

# DEL, C1 and direction controls; JSON itself escapes C0. All of these occur inside strings only.
_OBEYED = re.compile(r"[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")

_config_type = click.Path(path_type=Path)
_config_help = "The configuration; else $IRCBOT_CONFIG, ./config.toml and the usual places."


def _load(_context: click.Context, _option: click.Parameter, path: Path | None) -> Config:
    return _told(load_config(path).one())


def _load_any(_context: click.Context, _option: click.Parameter, path: Path | None) -> Config:
    return _told(load_config(path))


def _told(config: Config) -> Config:
    if is_verbose():
        remark(f"ircbot: {where_from(config)}; the store is {config.store.path}.")
    return config


def where_from(config: Config) -> str:
    """A description of where the configuration came from."""
    if config.file is not None:
        return f"configured by {config.file.path}"
    *others, last = map(str, usual_places())
    return f"there is no {', '.join(others)} or {last}"


# Passes `config: Config`; a mistake in the file ends the command before it begins.
config_option = click.option(
    "-c", "--config", type=_config_type, callback=_load, metavar="FILE", help=_config_help
)

# The same, and it may be that of many organisations.
host_option = click.option(
    "-c", "--config", type=_config_type, callback=_load_any, metavar="FILE", help=_config_help
)

# Gives the command the path as `config_file: Path | None`, for those who read it themselves.
config_file_option = click.option(
    "-c", "--config", "config_file", type=_config_type, metavar="FILE", help=_config_help
)

json_option = click.option(
    "--json", "as_json", is_flag=True, help="JSON on standard output, and nothing else there."
)


# Passes `incident: str`, for repository.incident_named.
incident_argument = click.argument("incident", metavar="ID", shell_complete=completing("incidents"))


def _zone(_context: click.Context, _option: click.Parameter, name: str | None) -> tzinfo | None:
    found = None if name is None else zone_named(name)
    if name is not None and found is None:
        raise click.BadParameter(f"{name!r} is not a time zone; write UTC or Europe/London.")
    return found


def zone_option(text: str) -> Callable[[Any], Any]:
    """An option that passes `zone: tzinfo | None`; `text` is its help."""
    return click.option("--timezone", "zone", callback=_zone, metavar="TZ", help=text)


# Passes `output: Path | None`; "-" means standard output too.
output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Into this file; else on standard output.",
)


def as_called() -> str:
    """How to call this program from a shell here: by its name, or by its path."""
    called = Path(sys.argv[0])
    if called.name != "ircbot" or shutil.which("ircbot") == str(called.absolute()):
        return "ircbot"
    here = called.absolute()
    return str(here.relative_to(Path.cwd()) if here.is_relative_to(Path.cwd()) else here)


def write_out(text: str) -> None:
    """Print a document: as UTF-8 to a file or a pipe; on a terminal page by page, without control
    characters.
    """
    if sys.stdout.isatty():
        print_pages(shown_lines(text))
    else:
        sys.stdout.buffer.write(text.encode())


def as_json_text(value: Any, *, indent: int | None = None) -> str:
    """A value as JSON, with control characters escaped that a terminal would obey."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def print_json(value: Any, *, indent: int | None = None) -> None:
    """Print a value as JSON, on one line if not indented."""
    click.echo(as_json_text(value, indent=indent))


def say(text: str, *, err: bool = False) -> None:
    """Print text that may be other people's, without terminal control characters."""
    click.echo(shown_lines(text), err=err)


def for_stdout(text: str) -> str:
    """A document unchanged for a file or another program; made safe for a terminal."""
    return shown_lines(text) if sys.stdout.isatty() else text


def warn(sentence: str) -> None:
    """Print a warning on standard error; the command goes on."""
    remark(f"ircbot: warning: {sentence}")
