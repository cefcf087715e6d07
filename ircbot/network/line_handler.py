"""The interface that the network requires of its handler.

All methods are called from one thread of its own, one call at a time, so that a slow disk or a long
rendering never delays a PONG. Must not know about sockets, nor about incidents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ircbot.incident.line import Line, Reply


@dataclass(frozen=True, slots=True)
class WantedChannel:
    """A channel the bot is to be in. Lower `priority` is joined first (an incident's: 0).

    `heard_until` is the time of the last recorded line there, if an earlier process recorded it:
    what was said since is requested from the server after the join. `expected` are the people who
    were there by that record; those who are gone are noticed when the names arrive.
    """

    channel: str
    key: str = field(default="", repr=False)
    network: str = ""
    priority: int = 9
    heard_until: datetime | None = None
    expected: tuple[str, ...] = ()


class LineHandler(Protocol):
    """Hears the lines and returns the replies. `now` and all times are aware and UTC."""

    def hear(self, lines: Sequence[Line]) -> Sequence[Reply]:
        """Take all lines of one read of a socket; the replies are sent in the order returned.

        If it raises, the lines are passed again one by one, so nothing may be recorded by then.
        """

    def tick(self, now: datetime) -> Sequence[Reply]:
        """Do what time alone causes. Called every second."""

    def prepare(self) -> bool:
        """Do a few milliseconds of work that later lines would wait for. Returns whether there may
        be more. Called after a tick, while nothing else is to be done."""

    def wanted(self) -> Sequence[WantedChannel]:
        """The channels to be in. Asked again after every other call."""

    def topics(self) -> Mapping[tuple[str, str], str]:
        """The topics to set, by (network, channel). Asked again after every other call."""

    def absent(
        self, network: str, channel: str, since: datetime, until: datetime
    ) -> Sequence[Reply]:
        """Learn that the bot was not in a channel for a while, and is again."""

    def delivered(
        self,
        broadcast: str,
        arrived: Sequence[str],
        refused: Mapping[str, str],
        *,
        confirmed: bool,
    ) -> Sequence[Reply]:
        """Learn where a broadcast arrived, and why not elsewhere.

        Unless `confirmed`, it was sent and not refused, but no server said that it arrived.
        """

    def trouble(self, network: str, channel: str, why: str) -> Sequence[Reply]:
        """Learn of a problem that people must know: a channel that cannot be joined, no account.

        `channel` is "" for a problem of the whole network.
        """

    def for_operators(self, network: str, nicks: Sequence[str], what: str) -> Sequence[Reply]:
        """Learn of something the bot's operators must know, and which of them are here."""

    def topic(self, network: str, channel: str, topic: str) -> None:
        """Learn a channel's topic, "" for none, when it is joined and whenever it changes."""

    def known_as(self, network: str, nick: str) -> None:
        """Learn the bot's own nick, which the server may change at any time."""

    def compared_by(self, network: str, casemapping: str) -> None:
        """Learn how a network compares names, as its server says (CASEMAPPING)."""
