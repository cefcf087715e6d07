"""Alerts from a monitoring system: they are handled like a line, but nobody said them.

Values only. incoming/alerts.py parses the messages; rules/alerting.py decides what follows.
"""

from __future__ import annotations

from datetime import datetime

from ircbot.incident.people import Person
from ircbot.values import dataclass

VIA = "alerts"  # `Person.via` of monitoring systems, which no relay and nobody on IRC can have
MOST = 50  # fingerprints kept of a group's alerts, to distinguish it from others of the same name


@dataclass(frozen=True, slots=True)
class Alert:
    """A group of alerts in its current state.

    `key` identifies the group. `alerts` holds the fingerprints of up to MOST of its alerts; () if
    the source gives none. `since` is when the first of them began, `latest` when the last did.
    `count` is how many are firing, `about` what they are about, `words` any text that may name a
    product.
    """

    key: str
    source: str
    name: str
    since: datetime
    latest: datetime
    firing: bool = True
    about: str = ""
    severity: str = ""
    words: str = ""
    count: int = 1
    alerts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alerts:
    """Alerts that arrived together, and when."""

    at: datetime
    groups: tuple[Alert, ...]


def watcher(source: str) -> Person:
    """The author of entries that a monitoring system caused."""
    return Person(source, via=VIA)
