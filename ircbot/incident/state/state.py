"""All incidents together, and what belongs to none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache

from pyrsistent import PVector, pvector

from ircbot.incident.line import Source
from ircbot.incident.marks import Words
from ircbot.incident.people import Person, fold
from ircbot.incident.state.alerting import AlertGroup
from ircbot.incident.state.incident import Incident


@dataclass(frozen=True, slots=True)
class Stray:
    """A `TL:` line that came while nothing was open."""

    at: datetime
    by: Person
    channel: str
    text: Words
    source: Source = Source.LIVE


@dataclass(frozen=True, slots=True)
class Held:
    """A declaration about which its author was asked."""

    at: datetime
    by: Person
    channel: str
    summary: Words
    like: int


@dataclass(frozen=True)
class State:
    """All incidents that are not closed, and what belongs to none."""

    incidents: Mapping[int, Incident] = field(default_factory=dict)
    highest: int = 0  # the highest id ever given
    strays: PVector[Stray] = field(default_factory=pvector)
    held: Held | None = None
    # By `place`: the channels that people sent us to, and away from, each with its network.
    joined: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    left: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    topics: Mapping[str, Words] = field(default_factory=dict)  # topic_key → the channel's own
    alerts: Mapping[str, AlertGroup] = field(default_factory=dict)  # by their keys
    alert_count: int = 0  # the highest number of a group of alerts ever given
    alerts_told_at: datetime | None = None

    @cached_property
    def open(self) -> tuple[Incident, ...]:
        """The incidents that people work on, oldest first."""
        return tuple(sorted((i for i in self.incidents.values() if i.live), key=lambda i: i.id))

    @cached_property
    def open_places(self) -> Mapping[str, tuple[Incident, ...]]:
        """The open incidents by channel, so that a line finds its own among a thousand. Names that
        some server may take for the same share a key.
        """
        places: dict[str, tuple[Incident, ...]] = {}
        for incident in self.open:
            key = roughly(incident.network, incident.channel)
            places[key] = (*places.get(key, ()), incident)
        return places

    def open_near(self, network: str, channel: str) -> tuple[Incident, ...]:
        """The open incidents that may be discussed in a channel, oldest first."""
        return self.open_places.get(roughly(network, channel), ())

    @cached_property
    def resolved(self) -> tuple[Incident, ...]:
        """The incidents that are over, but not closed."""
        return tuple(i for i in self.incidents.values() if i.status == "resolved")

    @property
    def latest(self) -> Incident | None:
        """The incident that was declared last, None if there is none."""
        return self.incidents[max(self.incidents)] if self.incidents else None


def topic_key(channel: str) -> str:
    """The key of a channel for topics, which are recorded under its configured name."""
    return fold(channel, "ascii")


def place(network: str, channel: str, casemapping: str) -> str:
    """The key of a channel among those of all networks."""
    return f"{network} {fold(channel, casemapping)}".lstrip()


@lru_cache(maxsize=1 << 12)
def roughly(network: str, channel: str) -> str:
    """A channel's name as the most lenient server compares it."""
    return f"{network} {fold(channel.casefold())}"
