"""The settings of one network: servers, nick, account, channels, timeouts.

Values only, filled by config/networks.py. Cheap to import: no file is read and `irc` is not loaded.
"""

from __future__ import annotations

from dataclasses import field
from datetime import UTC, tzinfo
from math import inf
from pathlib import Path

from ircbot.values import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    host: str
    port: int = 6697

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class SaslSettings:
    """`[irc.sasl]`: how to log in to the services account.

    Mechanisms are tried in order, each once. Unless `required`, the bot goes on without the account
    and tries again later; otherwise it stays off the network.
    """

    account: str
    password: str = field(default="", repr=False)
    mechanisms: tuple[str, ...] = ("PLAIN",)  # PLAIN | EXTERNAL | SCRAM-SHA-256
    certificate_file: Path | None = None  # PEM: certificate and key
    required: bool = False


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Timeouts in seconds. The defaults were chosen against the servers named beside them."""

    connect: float = 14.0  # for all addresses of a name together
    handshake: float = 14.0  # TLS; with `connect` under 30
    capabilities: float = 8.0  # an answer to CAP LS; ngIRCd and hybrid answer at once or never
    sasl: float = 12.0  # InspIRCd closes an unregistered client at 30
    registration: float = 60.0  # ident and DNS look-ups of old networks take up to 30
    idle: float = 60.0  # silence before our own PING
    pong: float = 30.0  # silence after a PING; twice, then the link is dead
    doubt: float = inf  # silence in spite of a PING, after which another machine should answer
    blocked: float = 60.0  # a peer that does not read
    join: float = 30.0  # an answer to JOIN
    stable: float = 60.0  # a session this long resets the backoff
    quit: float = 0.5  # for QUIT to leave and the server to close


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast to send at first; how fast the server really accepts lines is learnt.

    Public servers took 10 (InspIRCd), 7 (ircd-hybrid) and 3 (ngIRCd) lines at once, then about one
    a second.
    """

    burst: float = 4.0  # lines at once
    rate: float = 1.0  # lines a second after that
    between_targets: float = 2.0  # seconds; 0.5 and 1 tripped flood protections
    limited: bool = True  # False: as fast as the socket accepts (for a server of one's own)


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """`[irc]`, or one `[networks.NAME]`."""

    servers: tuple[Address, ...]  # of one network, tried in this order
    name: str = ""  # "" is the main network
    tls: bool = True
    tls_ca_file: Path | None = None
    tls_fingerprints: tuple[str, ...] = ()  # SHA-256 pins; one of them instead of a valid chain
    certificate_file: Path | None = None  # client certificate, also without SASL EXTERNAL
    proxy: str = field(default="", repr=False)  # socks5://[user:password@]host:port
    bind: str = ""  # the local address to connect from
    nick: str = "ilbot"
    nick_apart: str = ""  # this machine's own nick, with which each of several machines connects
    username: str = "ilbot"
    realname: str = "incident bot"
    password: str = field(default="", repr=False)  # PASS
    sasl: SaslSettings | None = None
    nickserv_password: str = field(default="", repr=False)  # used if SASL fails or is not offered
    nickserv_mask: str = ""  # nick!user@host of NickServ; "": whatever the server marks as services
    channels: tuple[str, ...] = field(default=(), repr=False)  # "#channel" or "#channel key"
    prefix: str = "!inc"
    feeders: tuple[str, ...] = ()  # other bots whose lines are read
    relays: tuple[str, ...] = ()  # nicks and accounts of bridges, whose lines are read, bots or not
    may_join: tuple[str, ...] = ("*",)  # patterns of channels that people may send the bot to
    rejoin_after_kick: bool = True
    bot_mode: bool = True  # mark ourselves as a bot if the server has a mode for it
    operators: tuple[str, ...] = ()  # accounts that are notified of problems
    zone: tzinfo = UTC  # the zone of times that a bouncer writes into texts
    sts_file: Path | None = None  # where strict transport policies are kept
    timeouts: Timeouts = field(default_factory=Timeouts)
    pace: Pace = field(default_factory=Pace)

    @property
    def title(self) -> str:
        """The network's name in the log."""
        return self.name or (self.servers[0].host if self.servers else "irc")
