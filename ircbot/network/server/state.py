"""Who is connected and which channels there are, as plain data.

Knows no sockets: a user whose `link` is None is on another server, or is a test's invention.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from ircbot.network.server.message import IrcMessage
from ircbot.network.server.names import fold

if TYPE_CHECKING:
    from ircbot.network.server.link import ClientLink

PREFIXES = {"o": "@", "v": "+"}
"""Channel ranks and their signs, highest first."""

Conversation = Generator[bytes, bytes, str]
"""Of a SASL mechanism: yields what the server says, is sent what the client answers, returns the
account's name."""


@dataclass(slots=True)
class Exchange:
    """An authentication that is under way."""

    conversation: Conversation
    received: str = ""


@dataclass(eq=False, slots=True)
class User:
    """A client, from its first byte on."""

    link: ClientLink | None
    since: datetime
    nick: str = ""
    username: str = ""
    realname: str = ""
    host: str = ""
    server: str = ""
    account: str = ""
    away: str = ""
    password: str = ""
    modes: set[str] = field(default_factory=set)
    channels: dict[str, Channel] = field(default_factory=dict)
    monitored: dict[str, str] = field(default_factory=dict)
    registered: bool = False
    spoke_at: datetime | None = None
    # capability negotiation
    capabilities: set[str] = field(default_factory=set)
    cap_version: int = 0
    negotiating: bool = False
    exchange: Exchange | None = None
    # the answer to a labelled command is gathered here until it is complete
    gathered: list[IrcMessage] | None = None

    @property
    def called(self) -> str:
        """The nick, or "*" before there is one."""
        return self.nick or "*"

    @property
    def mask(self) -> str:
        """nick!user@host."""
        return f"{self.nick}!{self.username}@{self.host}"

    def has(self, capability: str) -> bool:
        """Whether the client asked for `capability` and got it."""
        return capability in self.capabilities

    def __repr__(self) -> str:
        return f"<User {self.called}>"


@dataclass(frozen=True, slots=True)
class Ban:
    """One entry of a channel's ban list."""

    mask: str
    by: str
    at: datetime


@dataclass(eq=False, slots=True)
class Channel:
    """A channel with somebody in it; `members` maps each to their ranks ("o", "v")."""

    name: str
    created: datetime
    members: dict[User, set[str]] = field(default_factory=dict)
    modes: set[str] = field(default_factory=lambda: {"n", "t"})
    key: str = ""
    limit: int = 0
    bans: dict[str, Ban] = field(default_factory=dict)
    invited: set[User] = field(default_factory=set)
    topic: str = ""
    topic_by: str = ""
    topic_at: datetime | None = None

    def is_operator(self, user: User) -> bool:
        """Whether `user` is an operator here."""
        return "o" in self.members.get(user, ())

    def signs(self, user: User, *, every: bool) -> str:
        """The signs before `user`'s nick: every one, or the highest only (multi-prefix)."""
        ranks = self.members.get(user, set())
        signs = "".join(sign for rank, sign in PREFIXES.items() if rank in ranks)
        return signs if every else signs[:1]

    @property
    def folded(self) -> str:
        """The name under which the server knows the channel."""
        return fold(self.name)

    def __repr__(self) -> str:
        return f"<Channel {self.name}>"
