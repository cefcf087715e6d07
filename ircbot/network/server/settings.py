"""How an embedded server is set up: what it is called, whom it knows and what it offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from ircbot.network.server.link import FloodLimit

DEFAULT_PORT: Final = 6667

CAPABILITIES: Final = (
    "account-notify",
    "account-tag",
    "away-notify",
    "batch",
    "cap-notify",
    "chghost",
    "draft/chathistory",
    "echo-message",
    "extended-join",
    "invite-notify",
    "labeled-response",
    "message-tags",
    "multi-prefix",
    "sasl",
    "server-time",
    "setname",
    "standard-replies",
    "userhost-in-names",
)
"""Everything the server can do, as CAP LS names it."""


def utc_now() -> datetime:
    """The time of this machine, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What a server is told when it is made; every default is that of a friendly small network.

    `capabilities` are written as on the wire ("server-time", "sts=port=6697,duration=300");
    "sasl" is offered only if there are accounts, and finds its value by itself. `accounts` maps
    names to passwords, `certificates` SHA-256 fingerprints in hex to account names. `now` gives
    the server's clock, which everything it stamps is stamped with; timers do not follow it.
    """

    name: str = "irc.localhost"
    network: str = "Localhost"
    motd: tuple[str, ...] = ()
    password: str = ""
    accounts: Mapping[str, str] = field(default_factory=dict)
    certificates: Mapping[str, str] = field(default_factory=dict)
    mechanisms: tuple[str, ...] = ("PLAIN", "EXTERNAL", "SCRAM-SHA-256")
    capabilities: tuple[str, ...] = CAPABILITIES
    isupport: tuple[str, ...] = ()
    nick_length: int = 30
    channel_limit: int = 100
    history_limit: int = 500
    playback: int = 0
    flood: FloodLimit | None = None
    ping_after: float = 90.0
    ping_patience: float = 60.0
    registration_patience: float = 60.0
    now: Callable[[], datetime] = utc_now
