"""What a monitoring system tells of its alerts: a happening like a line, but nobody said it.

Values only. How a message of theirs is read is ircbot/incoming/alerts.py, what follows from it
rules/alerting.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ircbot.incident.people import Person

VIA = "alerts"  # through which monitoring systems speak; nobody on IRC, and nobody of a relay, does
MOST = 50  # alerts of a group by which it is told from others that are called the same


@dataclass(frozen=True, slots=True)
class Alert:
    """A group of alerts, as it is by now.

    `key` tells the group from all others, `alerts` are MOST of its alerts at most, each told from
    all others by its fingerprint; () where the source tells none. `since` is when the first of them
    began, `latest` when the last did. `count` is how many fire, `about` what they are about,
    `words` whatever may name a product.
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
    """What came together, and when."""

    at: datetime
    groups: tuple[Alert, ...]


def watcher(source: str) -> Person:
    """Whom entries name that a monitoring system made."""
    return Person(source, via=VIA)
