"""`ircbot completion`: the script that completes ircbot's commands in a shell."""

from __future__ import annotations

import click

_SHELLS = ("bash", "zsh", "fish")
_VARIABLE = "_IRCBOT_COMPLETE"


def answer(instruction: str) -> int:
    """Complete a line for a shell, which asks by that variable; returns the exit status."""
    from click.shell_completion import shell_complete

    from ircbot.cli.root import root

    return shell_complete(root, {}, "ircbot", _VARIABLE, instruction)


@click.command(
    epilog="In this shell: source <(ircbot completion bash). Permanently: put that line into "
    "~/.bashrc, or save the output as ~/.local/share/bash-completion/completions/ircbot; for zsh "
    "as _ircbot in a folder of $fpath; for fish as ~/.config/fish/completions/ircbot.fish."
)
@click.argument("shell", type=click.Choice(_SHELLS))
def completion(shell: str) -> None:
    """Print a script that completes commands, options, incidents and processes in a shell."""
    from click.shell_completion import get_completion_class

    from ircbot.cli.root import root

    found = get_completion_class(shell)
    assert found is not None, f"click knows no {shell}"
    script = found(root, {}, "ircbot", _VARIABLE)
    # In fish, the first comma separates the kind of a proposal; its description may contain more.
    template = script.source_template.replace('split "," $comp', 'split -m 1 "," $comp')
    click.echo(template % script.source_vars())
