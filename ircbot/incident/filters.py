"""Of which incidents somebody wants to hear, as it is typed: `since:90d severity:1`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from ircbot.incident.hits import PLACE_NAMES, STATUSES, Wanted
from ircbot.incident.times import period

# since:90d, since=90d, --since 90d
_NAMES = "since|until|product|severity|nick|status|in"
_TYPED = re.compile(
    rf"""(?<!\S)(?:--({_NAMES})(?:[=\s]+)|({_NAMES})[:=])("[^"]*"|[^\s"]+)(?!\S)""", re.IGNORECASE
)


class Unmeant(Exception):
    """What was typed is no filter; the message is what."""


def filters(typed: str, now: datetime, zone: tzinfo) -> tuple[Wanted, str]:
    """What is wanted, and what else was typed. Unmeant if a value is none that there is.

    >>> from datetime import UTC
    >>> noon = datetime(2018, 1, 10, 12, tzinfo=UTC)
    >>> filters('disk severity:1 product:"Open verse" full', noon, UTC)[1]
    'disk full'
    """
    given: dict[str, Any] = {}
    for match in _TYPED.finditer(typed):
        name, value = (match[1] or match[2]).lower(), match[3].strip('"')
        if name in _CHOICES:
            value = value.lower()
            if value not in _CHOICES[name]:
                raise Unmeant(match[0])
        given["place" if name == "in" else name] = value
        if name in ("since", "until"):
            found = period(value, now, zone)
            if found is None:
                raise Unmeant(match[0])
            given[name] = found[name == "until"]
    return Wanted(**given), " ".join(_TYPED.sub(" ", typed).split())


_CHOICES: Mapping[str, tuple[str, ...]] = {"status": STATUSES, "in": PLACE_NAMES}
