"""Time zones by their names: the zone database of the system, or of the `tzdata` package."""

from __future__ import annotations

from datetime import UTC, tzinfo
from functools import cache


def zone_named(name: str) -> tzinfo | None:
    """The zone of a name in any case, "Europe/Berlin"; None if the database has none.

    >>> zone_named("Europe/Berlin"), zone_named("Europe/Atlantis")
    (zoneinfo.ZoneInfo(key='Europe/Berlin'), None)
    """
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo  # slow to import, and rarely needed

    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # unknown so, a folder of the database, no name
        spelt = _spellings().get(name.lower())
        return None if spelt is None else ZoneInfo(spelt)


@cache
def _spellings() -> dict[str, str]:
    from zoneinfo import available_timezones

    return {name.lower(): name for name in available_timezones()}
