"""Time zones by name, from the system's zone database or the `tzdata` package."""

from __future__ import annotations

from datetime import UTC, tzinfo
from functools import cache


def zone_named(name: str) -> tzinfo | None:
    """The zone of that name, in any case; None if it is unknown.

    >>> zone_named("Europe/Berlin"), zone_named("Europe/Atlantis")
    (zoneinfo.ZoneInfo(key='Europe/Berlin'), None)
    """
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo  # slow to import, and rarely needed

    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # unknown, a folder of the database, or not a name
        spelt = _spellings().get(name.lower())
        return None if spelt is None else ZoneInfo(spelt)


@cache
def _spellings() -> dict[str, str]:
    from zoneinfo import available_timezones

    return {name.lower(): name for name in available_timezones()}
