"""The days by which people select incidents: since, until.

Knows neither options nor forms.
"""

from __future__ import annotations

from datetime import datetime, tzinfo

from ircbot.errors import Misuse
from ircbot.incident.times import period


def begin(
    typed: str | None, now: datetime, zone: tzinfo, asked: str = "--since"
) -> datetime | None:
    """The start of "since D" in UTC. Misuse, naming the option `asked`, if it is malformed."""
    return _days(typed, asked, now, zone)[0] if typed else None


def end(typed: str | None, now: datetime, zone: tzinfo, asked: str = "--until") -> datetime | None:
    """The end of "until D" in UTC. Misuse, naming the option `asked`, if it is malformed."""
    return _days(typed, asked, now, zone)[1] if typed else None


def _days(typed: str, option: str, now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The start and end of a typed day, month, year, or span up to now."""
    found = period(typed, now, zone)
    if found is None:
        raise Misuse(
            f"{option} {typed!r} is no day: write 2025-03-02, 2025-03, 2025, or a span such as 90d."
        )
    return found
