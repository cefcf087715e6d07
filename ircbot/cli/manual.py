"""Man pages, generated from the commands.

See man-pages(7) for the sections, groff_man(7) for the macros.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from ircbot import __version__
from ircbot.cli import COMMANDS
from ircbot.cli.root import root

_ABOUT = "an IRC bot that runs incidents"
_STATUS = (
    ("0", "It is done."),
    ("1", "It could not be done; one sentence on standard error says why."),
    ("2", "Wrong usage, or a wrong file; the sentence names the place and the fix."),
    ("130", "It was interrupted."),
    ("141", "Nobody read its output any more."),
)
_ENVIRONMENT = (
    ("IRCBOT_CONFIG", "The configuration, if --config names none."),
    ("IRCBOT_…", "A secret of the configuration, such as IRCBOT_IRC_SASL_PASSWORD."),
    ("PAGER", "What shows long output on a terminal."),
    ("NO_COLOR, FORCE_COLOR", "No colours at all; colours without a terminal as well."),
    ("VISUAL, EDITOR", "What `ircbot edit` writes with."),
)
_FILES = (
    ("./config.toml, $XDG_CONFIG_HOME/ircbot/config.toml, /etc/ircbot/config.toml",
     "The configuration, the first that is there."),
    ("$XDG_STATE_HOME/ircbot/incidents", "The store, where no configuration says otherwise."),
)  # fmt: skip


def pages() -> Iterator[tuple[str, str]]:
    """Every page: its file name and text."""
    context = click.Context(root, info_name="ircbot", **root.context_settings)
    yield "ircbot.1", _overview()
    for name in COMMANDS:
        command = root.get_command(context, name)
        assert command is not None
        here = click.Context(command, info_name=name, parent=context)
        yield f"ircbot-{name}.1", _page(here)
        commands = command.commands if isinstance(command, click.Group) else {}
        for below, inner in commands.items():
            yield f"ircbot-{name}-{below}.1", _page(click.Context(inner, here, below))


def write(folder: Path) -> None:
    """Write every page into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages():
        (folder / name).write_text(text, encoding="utf-8")


def _overview() -> str:
    lines = [
        *_head("ircbot", _ABOUT),
        ".SH SYNOPSIS",
        ".B ircbot",
        r"\fICOMMAND\fR [\fIOPTIONS\fR] …",
        ".SH DESCRIPTION",
        _text("It hears ordinary sentences, keeps the timeline and writes the report."),
        ".SH COMMANDS",
        *_list((f"ircbot-{name}(1)", text) for name, (_, text) in COMMANDS.items()),
        ".SH EXIT STATUS",
        *_list(_STATUS),
        ".SH ENVIRONMENT",
        *_list(_ENVIRONMENT),
        ".SH FILES",
        *_list(_FILES),
    ]
    return "\n".join(lines) + "\n"


def _page(context: click.Context) -> str:
    """The page of a command."""
    command = context.command
    name = context.command_path.replace(" ", "-")
    about = (command.help or "").split("\n\n")[0].replace("\n", " ")
    pieces = command.collect_usage_pieces(context)
    lines = [*_head(name, about.rstrip(".")), ".SH SYNOPSIS"]
    lines += [f".B {_text(context.command_path)}", _text(" ".join(pieces))]
    lines += [".SH DESCRIPTION"]
    for paragraph in (command.help or "").split("\n\n"):
        lines += [".PP", _text(" ".join(paragraph.split()))]
    if command.epilog:
        lines += [".PP", _text(command.epilog)]
    if isinstance(command, click.Group):
        lines += [".SH COMMANDS"]
        path = context.command_path.replace(" ", "-")
        for below in command.list_commands(context):
            inner = command.get_command(context, below)
            assert inner is not None
            lines += _list([(f"{path}-{below}(1)", inner.get_short_help_str(200))])
    options = [one for p in command.get_params(context) if (one := p.get_help_record(context))]
    if options:
        lines += [".SH OPTIONS", *_list(options)]
    return "\n".join([*lines, ".SH SEE ALSO", _text("ircbot(1)"), ""])


def _head(name: str, about: str) -> Iterator[str]:
    yield f'.TH "{_text(name.upper())}" "1" "" "ircbot {__version__}" "ircbot"'
    yield ".ad l"  # left-aligned, so that long options are not stretched
    yield ".SH NAME"
    yield rf"{_text(name)} \- {_text(about)}"


def _list(items: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, text in items:
        yield ".TP"
        yield rf"\fB{_text(term)}\fR"
        yield _text(text)


def _text(text: str) -> str:
    """A text escaped for roff: nothing in it is a request, and hyphens can be copied."""
    text = re.sub(r"[\\]", r"\\e", text).replace("-", r"\-")
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)
