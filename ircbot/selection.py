"""How people select incidents: by days, status, product and severity.

Knows neither options nor forms.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from ircbot.errors import Misuse
from ircbot.incident.times import period

IndexSummary = Mapping[str, Any]  # what the store's index keeps of an incident


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
            f"{option} {typed!r} is not a day: write 2025-03-02, 2025-03, 2025, or a span such as "
            "90d."
        )
    return found


def is_selected(
    summary: IndexSummary,
    status: str,
    since: datetime | None,
    until: datetime | None,
    product: str,
    severity: str,
) -> bool:
    """Whether an incident has this status ("all" for any), was declared in this time, and has this
    product and severity."""
    declared = datetime.fromisoformat(summary["declared_at"])
    return (
        status in ("all", summary["status"])
        and (since is None or declared >= since)
        and (until is None or declared < until)
        and is_as_asked(product, summary["product"])
        and is_as_asked(severity, summary["severity"])
    )


def is_as_asked(asked: str, known: str | None) -> bool:
    """Whether a fact of an incident is what was asked for; nothing matches everything."""
    return not asked or asked.casefold() == (known or "").casefold()
