"""The beginning and end of a typed day, month or year, or of "90d" up to now."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

from ircbot.incident.times.durations import span

_LONGEST = timedelta(days=36525)


def period(typed: str, now: datetime, zone: tzinfo) -> tuple[datetime, datetime] | None:
    """When a period begins and ends, in UTC; None if it is not a day, month, year or span.

    >>> now = datetime(2026, 1, 31, tzinfo=UTC)
    >>> [f"{at:%Y-%m-%d}" for at in period("2025-12", now, UTC)]
    ['2025-12-01', '2026-01-01']
    >>> period("soon", now, UTC)
    """
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
    except (ValueError, OverflowError):
        return None


def is_day(text: str) -> bool:
    """Whether a text is a day such as "2018-01-12", and nothing else."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
