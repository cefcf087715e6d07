"""`ircbot demo`: a whole incident without any setup, and its reports."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

import click

from ircbot.cli.common import as_called
from ircbot.config import default_config
from ircbot.demo import Play, entries_said, write_reports
from ircbot.errors import Failed, Misuse
from ircbot.incident.people import fold
from ircbot.incident.state import Incident
from ircbot.network.server import IrcMessage

_COLOURS = ("cyan", "green", "yellow", "blue", "magenta", "bright_cyan", "bright_green")


@click.command()
@click.option("--speed", type=click.FloatRange(0.1, 100), default=1.0, show_default=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-report"),
    show_default=True,
    help="Where the reports go.",
)
def demo(speed: float, output: Path) -> None:
    """Play the outage of the MozMEAO guide on an IRC server of its own."""
    if str(output) == "-":
        raise Misuse("the reports are several files: name a folder with --output.")
    config = default_config()
    click.echo("A bot, an IRC server and five people, on loopback. Times are UTC, 2018-01-10.\n")
    with tempfile.TemporaryDirectory(prefix="ircbot-demo-") as folder:
        incident = asyncio.run(_played(Play(config, Path(folder), output, speed)))
    if len(incident.notes) != entries_said():
        raise Failed(f"{entries_said()} entries were said and {len(incident.notes)} recorded.")
    paths = write_reports(incident, config, output)
    click.echo(f"\n{len(incident.notes)} entries, each of them in each of these reports:")
    for path in paths:
        click.echo(f"  {path}")
    page = next(path for path in paths if path.suffix == ".html")
    click.echo("\nThree things to try now:")
    click.echo(f"  look at the report:   open {page} in a browser")
    program = as_called()
    click.echo(f"  play a part yourself: {program} run --embedded, which says how to join")
    click.echo(f"  set it up for real:   {program} init")


async def _played(play: Play) -> Incident:
    """Play the demo; with the packages for the live page, that can follow it."""
    if find_spec("aiohttp") is None:
        return await play.perform(show)
    from ircbot.page.running import page
    from ircbot.page.settings import PageSettings

    async with page(play.config, PageSettings(port=0, strangers="internal"), play.now) as address:
        click.echo(f"Follow it in a browser while it lasts: {address}\n")
        return await play.perform(show)


def show(message: IrcMessage, now: datetime) -> None:
    """Print one line of the conversation, as IRC clients show it."""
    line = _line(message)
    if line is not None:
        place, text = line
        click.echo(f"{click.style(f'{now:%H:%M}', dim=True)} {place:<11} {text}")


def _line(message: IrcMessage) -> tuple[str, str] | None:
    """A message as the demo shows it; None for one that no person would see."""
    nick, to, text = message.nick, message.target, message.text
    coloured = click.style(nick, fg=_COLOURS[sum(map(ord, fold(nick))) % len(_COLOURS)])
    match message.command:
        case "PRIVMSG":
            return to, f"<{coloured}> {text}"
        case "NOTICE" if to.startswith("#"):
            return to, click.style(f"-{nick}- ", fg="bright_yellow") + text
        case "NOTICE":
            return "", click.style(f"-{nick}:{to}- ", fg="bright_black") + text
        case "JOIN":
            return to, click.style(f"→ {nick} joins", dim=True)
        case "QUIT":
            return "", click.style(f"← {nick} quits ({text})", dim=True)
        case _:
            return None
