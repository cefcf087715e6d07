"""Parses filters on incidents as people type them: `since:90d severity:1`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from ircbot.incident.hits import PLACE_NAMES, STATUSES, SearchFilter
from ircbot.incident.times import period

# since:90d, since=90d, --since 90d
_NAMES = "since|until|product|severity|nick|status|in"
_TYPED = re.compile(
    rf"""(?<!\S)(?:--({_NAMES})(?:[=\s]+)|({_NAMES})[:=])("[^"]*"|[^\s"]+)(?!\S)""", re.IGNORECASE
)


class FilterError(Exception):
    """A filter cannot be used; the message says why."""


def filters(typed: str, now: datetime, zone: tzinfo) -> tuple[SearchFilter, str]:
    """The filters, and the rest of the text. Raises FilterError for a value that does not exist.

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
                raise FilterError(match[0])
        given["place" if name == "in" else name] = value
        if name in ("since", "until"):
            found = period(value, now, zone)
            if found is None:
                raise FilterError(match[0])
            given[name] = found[name == "until"]
    return SearchFilter(**given), " ".join(_TYPED.sub(" ", typed).split())


_CHOICES: Mapping[str, tuple[str, ...]] = {"status": STATUSES, "in": PLACE_NAMES}
