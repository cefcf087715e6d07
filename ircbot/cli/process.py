"""`ircbot process list`, `show` and `check`: the processes as data."""

from __future__ import annotations

from pathlib import Path

import click

from ircbot.errors import Misuse
from ircbot.processes import find_process, read_process, shipped
from ircbot.processes.examples import problems


@click.group()
def process() -> None:
    """List, show and check processes."""


@process.command("list")
def list_() -> None:
    """The processes that come with ircbot."""
    for name, path in shipped().items():
        click.echo(f"{name:<10}  {read_process(path).title}")


@process.command()
@click.argument("name")
def show(name: str) -> None:
    """Print a process file, to read or to begin one of your own with."""
    click.echo(find_process(name).read_text(encoding="utf-8"), nl=False)


@process.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Run a process file's own examples, and say what is wrong with it."""
    path = file if file.is_file() else find_process(str(file))
    checked = read_process(path)
    found = list(problems(checked))
    if found:
        raise Misuse("\n".join(f"{path}: {problem}" for problem in found))
    lines = sum(len(phrase.examples) + len(phrase.unlike) for phrase in checked.phrases)
    click.echo(f"{path}: {len(checked.phrases)} phrases, {lines} lines, all as they should be.")
