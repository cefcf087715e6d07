"""`ircbot explain`: how a line is understood."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import click

from ircbot.cli.common import as_json_text, config_option, json_option, say
from ircbot.cli.completing import completing
from ircbot.config import Config
from ircbot.config.settings import setting
from ircbot.decoding import decode
from ircbot.incident.meanings import ExplainedMeaning, meaning_of
from ircbot.incident.plain import plain, shown
from ircbot.incident.recognise import recognise
from ircbot.processes import load_process

_READ = 1 << 16
_ACTION = "/me "


@click.command()
@click.argument("text", nargs=-1)
@config_option
@click.option(
    "--process",
    shell_complete=completing("processes"),
    metavar="P",
    help="A process or process file; else the configured one.",
)
@click.option("--nick", default="", help="Who says it.")
@json_option
def explain(
    text: tuple[str, ...], config: Config, process: str | None, nick: str, as_json: bool
) -> None:
    """Show how a line is understood where no incident is open.

    Without TEXT, each line of standard input. A line that begins with "/me " is an action.
    """
    surroundings = setting(config)
    understood = load_process(process) if process else surroundings.process

    def told(line: str) -> list[ExplainedMeaning]:
        action = line.startswith(_ACTION)
        sayings = recognise(
            line[len(_ACTION) :] if action else line,
            understood,
            nick=surroundings.nick,
            prefix=surroundings.prefix,
            action=action,
            speaker=nick,
        )
        return [meaning_of(saying) for saying in sayings]

    if text:
        line = " ".join(text)
        say(_json(line, told(line)) if as_json else "\n".join(_words(told(line))))
        return
    for lines in _standard_input():
        if as_json:
            answers = (_json(line, told(line)) for line in lines)
        else:
            answers = (
                f"{shown(' + '.join(_words(told(line))))}\t{shown(plain(line))}" for line in lines
            )
        click.echo("\n".join(answers))


def _standard_input() -> Iterator[list[str]]:
    """The lines of standard input, in batches of whatever has arrived."""
    rest = b""
    while chunk := os.read(sys.stdin.fileno(), _READ):
        *lines, rest = (rest + chunk).split(b"\n")
        if lines:
            yield [_decoded(line) for line in lines]
    if rest:
        yield [_decoded(rest)]


def _decoded(line: bytes) -> str:
    return decode(line.removesuffix(b"\r"))


def _json(line: str, meanings: list[ExplainedMeaning]) -> str:
    return as_json_text({"text": line, "meanings": meanings})


def _words(meanings: list[ExplainedMeaning]) -> list[str]:
    return [_in_words(meaning) for meaning in meanings] or ["nothing"]


def _in_words(meaning: ExplainedMeaning) -> str:
    fields = (
        f"{name}: {', '.join(value) if isinstance(value, list) else value}"
        for name, value in meaning.items()
        if name != "kind" and value not in ("", [])
    )
    return "  ".join([str(meaning["kind"]), *fields])
