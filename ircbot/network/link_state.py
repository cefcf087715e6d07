"""The state that the parts of a session share: who we are, who is there, what to send.

Holds values, decides nothing. `now` and `at` are the time of the present read: the loop's in
seconds, and the wall clock in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from ircbot.incident.line import Line
from ircbot.network.capabilities import Capabilities
from ircbot.network.channels import Channels
from ircbot.network.clock import ServerClock
from ircbot.network.delivery import DeliveryResult
from ircbot.network.history import Batches, ChannelPasts
from ircbot.network.irclib import IrcConnection, IrcEvent
from ircbot.network.isupport import Support
from ircbot.network.nick import NickKeeper
from ircbot.network.operators import OperatorNotices
from ircbot.network.people import People
from ircbot.network.send_queue import SendQueue
from ircbot.network.settings import NetworkSettings
from ircbot.network.topics import Topics

_LONGEST_HOST = 63
_LONGEST_USER = 18


@dataclass(frozen=True, slots=True)
class LinesHeard:
    """Lines, in the order in which they came."""

    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class ChannelGap:
    """We were not in a channel for a while."""

    channel: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Topic:
    """A channel's topic became known, or changed; "" for none."""

    channel: str
    topic: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that people must know."""

    channel: str
    why: str


@dataclass(frozen=True, slots=True)
class NickChanged:
    """Our nick has changed."""

    nick: str


@dataclass(frozen=True, slots=True)
class ComparedBy:
    """The server announced how it compares names; "" means RFC 1459's casemapping."""

    casemapping: str


@dataclass(frozen=True, slots=True)
class DeliveryResults:
    """The results of replies."""

    results: Sequence[DeliveryResult]


@dataclass(frozen=True, slots=True)
class ForOperators:
    """Something that the bot's operators must know, and the nicks of those who are here."""

    nicks: Sequence[str]
    what: str


NetworkEvent = (
    LinesHeard
    | ChannelGap
    | Topic
    | Trouble
    | NickChanged
    | ComparedBy
    | DeliveryResults
    | ForOperators
)


class End(Enum):
    """Why a link ends, as far as it matters for the next."""

    LOST = auto()  # closed, dead, or an ERROR: try again soon
    THROTTLED = auto()  # we come back too often
    FLOODED = auto()  # we sent too fast
    BANNED = auto()
    SECURE = auto()  # strict transport: again, with TLS, at once
    NO_ACCOUNT = auto()  # the account is required and cannot be had


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a link, with the reason to log."""

    end: End
    why: str


@dataclass(slots=True)
class LinkState:
    """The state of one link that several parts need."""

    settings: NetworkSettings
    irc: IrcConnection
    support: Support
    people: People
    nick: NickKeeper
    capabilities: Capabilities
    channels: Channels
    queue: SendQueue
    pasts: ChannelPasts
    topics: Topics
    clock: ServerClock
    notices: OperatorNotices
    now: float
    at: datetime
    heard_at: datetime  # the wall clock when the server was last heard
    secure: bool = False  # by TLS
    loopback: bool = False  # to this machine
    batches: Batches = field(default_factory=Batches)
    network_events: list[NetworkEvent] = field(default_factory=list)
    heard: list[Line] = field(default_factory=list)  # not yet among `network_events`
    registered: bool = False
    account: str = ""  # ours, "" while not logged in
    userhost: str = ""  # ours as others see it, "" while unknown
    server: str = ""  # what the server calls itself
    ending: Ending | None = None
    may_speak: Callable[[], bool] = lambda: True  # False: another machine may be answering

    def tell(self, network_event: NetworkEvent) -> None:
        """Add an event for the handler, after the lines heard so far."""
        self.flush_heard()
        self.network_events.append(network_event)

    def flush_heard(self) -> None:
        """Close the present run of lines."""
        if self.heard:
            self.network_events.append(LinesHeard(self.heard))
            self.heard = []

    def end(self, end: End, why: str) -> None:
        """Request the link's end. The first reason counts."""
        if self.ending is None:
            self.ending = Ending(end, why)

    def enabled(self, *names: str) -> bool:
        """Whether one of these capabilities is in force."""
        return not self.capabilities.enabled.isdisjoint(names)

    def time_of(self, event: IrcEvent) -> datetime:
        """The time of a live event: the server's if it sends one, else ours."""
        return self.at if self.clock.is_wrong else self.told_time(event) or self.at

    def told_time(self, event: IrcEvent) -> datetime | None:
        """The server's time, by our clock. None if the message has no credible one."""
        tag = event.tags.get("time")
        return self.clock.told(tag, self.at) if tag else None

    def is_me(self, nick: str) -> bool:
        """Whether a nick is ours."""
        return self.nick.is_me(nick)

    def prefix_bytes(self) -> int:
        """The bytes of `nick!user@host` that the server puts before what we send."""
        nick = len(self.nick.current.encode())
        if self.userhost:
            return nick + 1 + len(self.userhost.encode())
        user = min(_LONGEST_USER, len(self.settings.username.encode()) + 1)  # "~" without ident
        return nick + 1 + user + 1 + _LONGEST_HOST
