"""What commands share: options, and JSON on standard output.

Holds no logic of any command.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ircbot.config import Config, load_config

_config_type = click.Path(path_type=Path)
_config_help = "The configuration; else $IRCBOT_CONFIG, ./config.toml and the usual places."


def _load(_context: click.Context, _option: click.Parameter, path: Path | None) -> Config:
    return load_config(path)


# Gives the command a `config: Config`; a mistake in the file ends the command before it begins.
config_option = click.option(
    "--config", type=_config_type, callback=_load, metavar="FILE", help=_config_help
)

# Gives the command the path as `config_file: Path | None`, for those who read it themselves.
config_file_option = click.option(
    "--config", "config_file", type=_config_type, metavar="FILE", help=_config_help
)

json_option = click.option(
    "--json", "as_json", is_flag=True, help="JSON on standard output, and nothing else there."
)


def print_json(value: Any) -> None:
    """Print a value as JSON, on one line."""
    click.echo(json.dumps(value, ensure_ascii=False))


def warn(sentence: str) -> None:
    """Say something on standard error that does not end the command."""
    click.echo(f"ircbot: warning: {sentence}", err=True)
