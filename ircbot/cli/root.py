"""The click group behind `ircbot`: loads a command when it is called, and ends it properly.

Knows no command; the table in `ircbot.cli` does.
"""

from __future__ import annotations

import errno
import importlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ircbot.cli import COMMANDS, INTERRUPTED, root_help, version_line
from ircbot.cli.groups import CommandGroup
from ircbot.cli.terminal import common_options, wants_colour
from ircbot.errors import IrcbotError
from ircbot.incident.plain import shown_lines

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Root(CommandGroup):
    """The commands of the table, each imported only when needed."""

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
        _add_common_options(command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names that begin with `incomplete`; loads no command."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        from click.shell_completion import CompletionItem

        return [
            CompletionItem(name, help=text)
            for name, (_, text) in COMMANDS.items()
            if name.startswith(incomplete)
        ]

    def get_help(self, ctx: click.Context) -> str:
        """The text of `ircbot --help`, which is written without click."""
        return root_help()


def _add_common_options(command: click.Command) -> None:
    """Add the options that every command takes to a command and its subcommands."""
    if isinstance(command, click.Group):
        for below in command.commands.values():
            _add_common_options(below)
        return
    taken = {name for param in command.params for name in param.opts}
    command.params += [one for one in common_options() if not taken.intersection(one.opts)]


@click.command(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(message=version_line(), version="")
def root() -> None:
    """Run incidents on IRC."""


def run(arguments: Sequence[str], command: click.Command = root) -> int:
    """Run a command; returns the exit status.

    A user's mistake or a failure is one sentence on standard error; a traceback is always a bug.
    BrokenPipeError if the reader is gone.
    """
    for stream in (sys.stdout, sys.stderr):
        # People's words may contain characters that the terminal's encoding lacks, or lone
        # surrogates.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        # Not `main`, which handles a closed pipe in its own way.
        with command.make_context("ircbot", list(arguments), color=wants_colour()) as context:
            status = command.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except IrcbotError as error:
        return _complain(str(error), error.exit_status)
    except click.ClickException as error:
        return _complain(error.format_message() + _advice(error), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo(err=True)  # below the ^C
        return _complain("interrupted.", INTERRUPTED)
    except OSError as error:
        if error.errno == errno.ENOSPC and error.filename is None:
            return _complain("the disk is full; make room and try again.", 1)
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
