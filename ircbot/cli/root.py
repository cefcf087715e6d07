"""The click group behind `ircbot`: loads a command when it is called, and ends it properly.

Knows no command; the table in `ircbot.cli` does.
"""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Sequence

import click

from ircbot.cli import COMMANDS, INTERRUPTED, root_help, version_line
from ircbot.errors import IrcbotError
from ircbot.incident.plain import shown_lines


class Root(click.Group):
    """The commands of the table, each imported only when it is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command), f"{module}:{attribute} is not a click command"
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a wrong name is met with the nearest."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f"did you mean `{near[0]}`?" if near else "`ircbot --help` lists them."
            ctx.fail(f"there is no command `{args[0]}`; {hint}")
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        """The help of `ircbot --help`, which is written without click."""
        return root_help()


@click.command(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(message=version_line(), version="")
def root() -> None:
    """Run incidents on IRC."""


def run(arguments: Sequence[str], command: click.Command = root) -> int:
    """Run a command; returns the exit status.

    What a user did wrong, and what could not be done, is one sentence on standard error; a
    traceback is only ever our own mistake.
    """
    for stream in (sys.stdout, sys.stderr):
        # What people said may hold what a terminal's encoding does not, or no text at all.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        status = command.main(list(arguments), prog_name="ircbot", standalone_mode=False)
    except IrcbotError as error:
        return _complain(str(error), error.exit_status)
    except click.ClickException as error:
        return _complain(error.format_message() + _advice(error), error.exit_code)
    except click.Abort:
        return INTERRUPTED
    except OSError as error:
        if error.filename is None:
            raise
        return _complain(f"{error.filename}: {error.strerror or error}", 1)
    return status if isinstance(status, int) else 0


def _complain(sentence: str, status: int) -> int:
    click.echo(shown_lines(f"ircbot: {sentence}"), err=True)
    return status


def _advice(error: click.ClickException) -> str:
    if isinstance(error, click.UsageError) and error.ctx is not None and error.ctx.parent:
        return f" Try `{error.ctx.command_path} --help`."
    return ""
