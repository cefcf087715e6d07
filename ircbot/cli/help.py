"""`ircbot help`: what a command does and takes, as `ircbot COMMAND --help` says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ircbot.cli.groups import unknown
from ircbot.cli.terminal import print_pages

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _complete(
    context: click.Context, _parameter: click.Parameter, begun: str
) -> list[CompletionItem]:
    root = context.find_root()
    group: click.Command = root.command
    for name in context.params.get("names") or ():
        group = (isinstance(group, click.Group) and group.get_command(context, name)) or group
    return group.shell_complete(click.Context(group, root), begun) if begun[:1] != "-" else []


@click.command("help")
@click.argument("names", metavar="[COMMAND]…", nargs=-1, shell_complete=_complete)
@click.pass_context
def help_(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Show what a command does and takes: `ircbot help report`, `ircbot help store backup`."""
    here = ctx.find_root()
    for name in names:
        group = here.command
        below = group.get_command(here, name) if isinstance(group, click.Group) else None
        if below is None:
            known = group.list_commands(here) if isinstance(group, click.Group) else []
            raise click.UsageError(unknown(here, name, known))
        here = click.Context(below, parent=here, info_name=name)
    print_pages(here.get_help())
