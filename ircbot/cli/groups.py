"""A command group that suggests the nearest name when one is mistyped."""

from __future__ import annotations

import difflib

import click


class CommandGroup(click.Group):
    """Commands under one name."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a wrong name is met with the nearest."""
        names = self.list_commands(ctx)
        if args[0] not in names and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(unknown(ctx, args[0], names))
        return super().resolve_command(ctx, args)


def unknown(ctx: click.Context, name: str, names: list[str]) -> str:
    """The error for an unknown command, with the one that was probably meant."""
    before = ctx.command_path.partition(" ")[2]
    full = f"{before} {name}".strip()
    near = difflib.get_close_matches(name, names, n=1)
    meant = f"did you mean `{before} {near[0]}`?".replace("` ", "`") if near else ""
    return f"there is no command `{full}`; " + (meant or f"`{ctx.command_path} --help` lists them.")
