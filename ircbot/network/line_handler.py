"""What the network asks of whoever listens to it.

Everything here is called from one thread of its own, one call at a time, so that a slow disk or a
long rendering never delays a PONG. Must not know about sockets, nor about incidents.
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

    `heard_until` is the time of the last line on record there, if the record is older than this
    process: what was said since is asked of the server when the channel is joined. `expected` are
    those who were there by that record: whoever is not is missed when the names are told.
    """

    channel: str
    key: str = field(default="", repr=False)
    network: str = ""
    priority: int = 9
    heard_until: datetime | None = None
    expected: tuple[str, ...] = ()


class LineHandler(Protocol):
    """Who hears the lines and says what to answer. `now` and all times are aware and UTC."""

    def hear(self, lines: Sequence[Line]) -> Sequence[Reply]:
        """Take all lines of one read of a socket; what is returned is sent in that order.

        If it raises, the lines are given again one by one: nothing may be recorded by then.
        """

    def tick(self, now: datetime) -> Sequence[Reply]:
        """Do what time alone causes. Called every second."""

    def prepare(self) -> bool:
        """Do a few milliseconds of what a later line would wait for; whether there may be more.
        Called after a tick, as long as nothing else is to be done."""

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
        """Learn what became of a broadcast: where it arrived, and why elsewhere it did not.

        Unless `confirmed`, it was sent there and not refused, and no server said that it arrived.
        """

    def trouble(self, network: str, channel: str, why: str) -> Sequence[Reply]:
        """Learn of something people must know: a channel that cannot be joined, no account.

        `channel` is "" for what concerns the whole network.
        """

    def for_operators(self, network: str, nicks: Sequence[str], what: str) -> Sequence[Reply]:
        """Learn of something the bot's operators must know, and which of them are here."""

    def topic(self, network: str, channel: str, topic: str) -> None:
        """Learn a channel's topic, "" for none, when it is joined and whenever it changes."""

    def known_as(self, network: str, nick: str) -> None:
        """Learn the bot's own nick, which the server may change at any time."""

    def compared_by(self, network: str, casemapping: str) -> None:
        """Learn how a network compares names, as its server says (CASEMAPPING)."""
