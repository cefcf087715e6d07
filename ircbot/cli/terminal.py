"""Terminal output for people: width, paging, colours, how much is said.

Output to a file or another program is never changed. The flags of a run (`-q`, `-v`, `--no-pager`)
live in click's context, which all commands of the run share.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from textwrap import wrap

import click

from ircbot.incident.plain import shown_lines

_QUIET, _VERBOSE, _NO_PAGER = "ircbot.quiet", "ircbot.verbose", "ircbot.no-pager"
_NARROWEST = 40  # columns; the least that text is wrapped to
_NEAR = timedelta(hours=24)  # times this near are also given relative to now


def _keep(context: click.Context, option: click.Parameter, value: bool) -> None:
    if value:
        context.meta[f"ircbot.{option.name}".replace("_", "-")] = True


def common_options() -> tuple[click.Option, ...]:
    """The options that every command takes."""
    return (
        _flag("-q", "--quiet", about="Nothing on standard error but errors."),
        _flag("-v", "--verbose", about="Also say which configuration and store are used."),
        _flag("--no-pager", about="Print all at once, however long; else $PAGER on a terminal."),
    )


def _flag(*names: str, about: str) -> click.Option:
    return click.Option(
        names, is_flag=True, is_eager=True, expose_value=False, callback=_keep, help=about
    )


def _is(what: str) -> bool:
    context = click.get_current_context(silent=True)
    return context is not None and what in context.meta


def is_quiet() -> bool:
    """Whether standard error is for errors only."""
    return _is(_QUIET)


def is_verbose() -> bool:
    """Whether more detail than usual is wanted."""
    return _is(_VERBOSE)


def wants_colour(environment: Mapping[str, str] = os.environ) -> bool | None:
    """Whether to colour the output; None if the terminal decides.

    See https://no-color.org and https://force-color.org: any non-empty value counts.

    >>> wants_colour({"NO_COLOR": "1", "FORCE_COLOR": "1"}), wants_colour({"FORCE_COLOR": "1"})
    (False, True)
    """
    if environment.get("NO_COLOR"):
        return False
    return True if environment.get("FORCE_COLOR") else None


def remark(sentence: str) -> None:
    """Print a remark for people on standard error, unless --quiet was given."""
    if not is_quiet():
        click.echo(shown_lines(sentence), err=True)


def width() -> int:
    """The width of the terminal in columns; 0 if standard output is not one."""
    if not sys.stdout.isatty():
        return 0
    return max(shutil.get_terminal_size().columns, _NARROWEST)


def fitted(line: str, columns: int) -> Iterator[str]:
    """A line wrapped to `columns`; continuation lines are indented two columns further.

    >>> list(fitted("  one two three", 11))
    ['  one two', '    three']
    >>> list(fitted("  one two three", 0))
    ['  one two three']
    """
    if not columns or len(line) <= columns:
        yield line
        return
    indent = " " * (len(line) - len(line.lstrip(" ")) + 2)
    # The gaps between columns of a table are kept: only what is too long for the line moves.
    yield from wrap(
        line, columns, subsequent_indent=indent, break_on_hyphens=False, replace_whitespace=False
    )


def print_lines(lines: Iterable[str], *, whole: bool = False) -> None:
    """Print lines. A terminal gets them wrapped, unless `whole`, and through a pager if they do not
    fit; a file or a pipe gets them unchanged.
    """
    if not sys.stdout.isatty():
        for line in lines:
            click.echo(line)
        return
    columns = 0 if whole else width()
    print_pages("\n".join(one for line in lines for one in fitted(line, columns)))


def print_pages(text: str) -> None:
    """Print a text, through $PAGER if it is longer than the terminal is high."""
    text = text.removesuffix("\n")
    if (
        _is(_NO_PAGER)
        or not (sys.stdout.isatty() and sys.stdin.isatty())
        or text.count("\n") + 2 <= shutil.get_terminal_size().lines
    ):
        if text:
            click.echo(text)
        return
    os.environ.setdefault("LESS", "FRX")  # as git does: colours, and no paging if it fits
    click.echo_via_pager(text)


def when(at: datetime, now: datetime, zone: tzinfo) -> str:
    """A time for people: relative if it is near, with the clock time.

    >>> from datetime import UTC
    >>> at = datetime(2018, 1, 10, 10, 2, tzinfo=UTC)
    >>> when(at, at + timedelta(hours=2), UTC), when(at, at - timedelta(minutes=5), UTC)
    ('2 h ago (10:02 UTC)', 'in 5 min (10:02 UTC)')
    >>> when(at, at + timedelta(seconds=9), UTC), when(at, at + timedelta(days=1), UTC)
    ('just now (10:02 UTC)', '2018-01-10 10:02 UTC')
    """
    from ircbot.incident.times import told

    ago = now - at
    if abs(ago) >= _NEAR:
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"
    clock = told(at.replace(second=0), now, zone)
    minutes = int(abs(ago).total_seconds()) // 60
    if not minutes:
        return f"just now ({clock})"
    span = f"{minutes // 60} h" if minutes >= 60 else f"{minutes} min"
    return f"{span} ago ({clock})" if ago > timedelta(0) else f"in {span} ({clock})"
