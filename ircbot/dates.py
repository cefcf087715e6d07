"""Days as people ask for incidents by them: since when, until when.

Knows neither options nor forms.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

from ircbot.errors import Misuse
from ircbot.incident.times import span

_LONGEST = timedelta(days=36525)


def begin(
    typed: str | None, now: datetime, zone: tzinfo, asked: str = "--since"
) -> datetime | None:
    """When "since D" begins, in UTC; Misuse if it is no day. `asked` is what people call it."""
    return _days(typed, asked, now, zone)[0] if typed else None


def end(typed: str | None, now: datetime, zone: tzinfo, asked: str = "--until") -> datetime | None:
    """When "until D" is over, in UTC; Misuse if it is no day. `asked` is what people call it."""
    return _days(typed, asked, now, zone)[1] if typed else None


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
