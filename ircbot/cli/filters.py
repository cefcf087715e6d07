"""Which incidents people ask for: the options that `list` and `search` have in common."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

import click

from ircbot.errors import Misuse
from ircbot.incident.times import span

_LONGEST = timedelta(days=36525)
_OPTIONS = (
    click.option("--since", metavar="D", help="Declared then or later: 2025-03-02, 2025-03, 90d."),
    click.option("--until", metavar="D", help="Declared then or earlier; a day counts as a whole."),
    click.option("--product", metavar="P", default="", help="Only of this product."),
    click.option("--severity", metavar="S", default="", help="Only of this severity."),
)


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `since`, `until` (as typed, see `begin` and `end`), `product`, `severity`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def begin(typed: str | None, now: datetime, zone: tzinfo) -> datetime | None:
    """When `--since D` begins, in UTC; Misuse if it is no day."""
    return _days(typed, "--since", now, zone)[0] if typed else None


def end(typed: str | None, now: datetime, zone: tzinfo) -> datetime | None:
    """When `--until D` is over, in UTC; Misuse if it is no day."""
    return _days(typed, "--until", now, zone)[1] if typed else None


def _days(typed: str, option: str, now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """From when to when a typed day, month, year, or span up to now goes."""
    if (ago := span(typed, longest=_LONGEST)) is not None and not typed.isdigit():
        return now - ago, now - ago
    try:
        if found := re.fullmatch(r"(\d{4})(?:-(\d{1,2}))?", typed, re.ASCII):
            year, month = int(found[1]), int(found[2] or 1)
            first = date(year, month, 1)
            over = (
                date(year + (month == 12), month % 12 + 1, 1) if found[2] else date(year + 1, 1, 1)
            )
        else:
            first = date.fromisoformat(typed)
            over = first + timedelta(days=1)
        return _midnight(first, zone), _midnight(over, zone)
    except (ValueError, OverflowError) as error:
        raise Misuse(
            f"{option} {typed!r} is no day: write 2025-03-02, 2025-03, 2025, or a span such as 90d."
        ) from error


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
