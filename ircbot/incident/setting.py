"""What the core must know about its surroundings: its nick, channels, products, who may do what.

Values only, made from config.toml by config/settings.py; no file is read here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol

from ircbot.incident.acts import DEFAULT_ACCESS
from ircbot.incident.line import Line, ReplyKind
from ircbot.incident.people import Person, fold, folding, same_name, speaker
from ircbot.incident.process import Process
from ircbot.incident.relays import Relay, as_said
from ircbot.incident.rotas import ROTA, Rota, Rotas, nick_of
from ircbot.incident.state.incident import Incident
from ircbot.incident.times import Calendar, Zones, no_zones
from ircbot.values import dataclass

PRIVATE = "private"  # the subfolder for the reports of private incidents


@dataclass(frozen=True, slots=True)
class Product:
    """Something that can break, and who is responsible for it."""

    name: str
    lead: str = ""
    engineers: tuple[str, ...] = ()
    channel: str = ""
    process: str = ""  # "" for the bot's
    runbook: str = ""
    on_call: Mapping[str, str] = field(default_factory=dict)  # role key → nick, or "rota:NAME"
    words: tuple[str, ...] = ()  # other names for it
    private: bool = False  # whether its incidents are private


@dataclass(frozen=True, slots=True)
class Security:
    """Where security incidents belong, and what is kept out of the record."""

    way: str = ""  # how to report them; "" for the process's own text
    words: tuple[str, ...] = ()  # in addition to the process's
    mask: bool = True  # whether phone numbers and secrets in recorded lines are masked


@dataclass(frozen=True, slots=True)
class Target:
    """A place that incidents are published to; `when` lists occasions.WHENS.

    Empty filters match everything. `private`: private and security incidents too; `public`: in the
    edition that names nobody.
    """

    name: str
    when: tuple[str, ...] = ("resolved",)
    processes: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    private: bool = False
    public: bool = False

    @property
    def title(self) -> str:
        """The name at the beginning of a sentence."""
        return self.name[:1].upper() + self.name[1:]


@dataclass(frozen=True, slots=True)
class KnownChannel:
    """What is known of a channel that we are in. `hidden`: it is +s, +p or +i."""

    nicks: frozenset[str] = frozenset()  # folded
    hidden: bool = False


class Presence(Protocol):
    """Who is in which channel, as far as the network has said."""

    def is_known(self, network: str) -> bool:
        """Whether anything is known of a network."""

    def is_in(self, nick: str, channel: str, network: str) -> bool | None:
        """Whether somebody is in a channel, None if that is unknown."""

    def is_hidden(self, channel: str, network: str) -> bool:
        """Whether a channel is +s, +p or +i."""


@dataclass(frozen=True, slots=True)
class FixedPresence:
    """A presence as a value; without any channel, nothing is known."""

    channels: Mapping[tuple[str, str], KnownChannel] = field(
        default_factory=dict
    )  # (network, folded)
    casemappings: Mapping[str, str] = field(default_factory=dict)  # each network's, for folding

    def is_known(self, network: str) -> bool:
        """Whether a channel of the network is listed."""
        return any(where == network for where, _ in self.channels)

    def is_in(self, nick: str, channel: str, network: str) -> bool | None:
        """Whether somebody is in a channel, None where we are not."""
        known, folded = self._channel(channel, network), folding(self.casemappings.get(network, ""))
        return None if known is None else folded(nick) in known.nicks

    def is_hidden(self, channel: str, network: str) -> bool:
        """Whether a channel is +s, +p or +i."""
        known = self._channel(channel, network)
        return known is not None and known.hidden

    def _channel(self, channel: str, network: str) -> KnownChannel | None:
        return self.channels.get((network, fold(channel, self.casemappings.get(network, ""))))


@dataclass(frozen=True, slots=True)
class Setting:
    """The surroundings of the core."""

    process: Process
    nick: str = "ilbot"  # the bot's own, as configured; the network reports changes
    network: str = ""  # the main network's name in the configuration, "" if it has none
    # The casemapping of the current network, and of each network; "" is RFC 1459's.
    casemapping: str = ""
    casemappings: Mapping[str, str] = field(default_factory=dict)
    # People's configured names → their accounts, each with its network.
    people: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    prefix: str = "!inc"
    help_url: str = ""  # where more help can be read
    channels: tuple[str, ...] = ()  # watched on the main network, and told of incidents
    network_channels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # on others
    zone: tzinfo = UTC
    zones: Zones = no_zones  # the zone database
    processes: Mapping[str, Process] = field(default_factory=dict)  # further ones, by name
    channel_process: Mapping[str, str] = field(default_factory=dict)  # channel → process
    products: Mapping[str, Product] = field(default_factory=dict)
    access: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: DEFAULT_ACCESS)  # by act
    operators: tuple[str, ...] = ()  # accounts that count as operators everywhere
    private: bool = False  # whether every incident is private
    private_channels: tuple[str, ...] = ()  # where every declared incident is private
    most_open: int = 10  # incidents that one person may have open; 0: any number
    presence: Presence = FixedPresence()  # who is where; the network keeps it up to date
    # Everybody on record in the incidents that are not in memory.
    others: Callable[[], Iterable[Person]] = tuple
    # The titles of a report's sections that nobody has written.
    unwritten: Callable[[Incident, Process], Sequence[str]] = lambda incident, process: ()
    feeders: tuple[str, ...] = ()  # other bots whose lines are heard
    # By network: the relays, which speak for people of other networks.
    relays: Mapping[str, tuple[Relay, ...]] = field(default_factory=dict)
    may_join: tuple[str, ...] = ("*",)  # patterns of channels that people may send the bot to
    security: Security = Security()
    topics: tuple[str, ...] = ()  # channels whose topic shows the open incident
    quiet: bool = False  # no acknowledgements of entries, no hints
    announce_as: str = "notice"  # or "privmsg"
    memory_lines: int = 200  # remembered of each channel, in memory only; 0: none
    memory_age: timedelta = timedelta(hours=2)
    greet: bool = True  # whether people who join an open incident's comms channel get its status
    commands_only: bool = False  # sentences mean nothing, only commands
    report_directory: str = ""  # shown to people; "" when reports are not written by the bot
    report_ending: str = ".mana.xml"  # the file extension of the report that the bot mentions
    report_url: str = ""  # the URL of the folder of reports, "" if people cannot read it
    working_days: tuple[int, ...] = (0, 1, 2, 3, 4)  # Monday is 0
    working_hours: tuple[int, int] = (9, 17)
    holidays: tuple[str, ...] = ()  # ISO dates
    # For a log that is played: its own bot's incident numbers → ours. None: the numbers are ours.
    log_numbers: Mapping[int, int] | None = None
    duty: Mapping[str, str] = field(default_factory=dict)  # on call for all products, likewise
    rotas: Rotas = field(default_factory=dict)  # by name; whoever reads calendars updates it
    calendar_names: Mapping[str, str] = field(default_factory=dict)  # for rotas.nick_of
    targets: tuple[Target, ...] = ()  # where incidents are published to
    alert_places: tuple[tuple[str, str], ...] = ()  # network and channel; () for `channels`

    def is_elsewhere(self, nick: str, network: str, channel: str) -> bool:
        """Whether somebody is known to be neither in a channel nor in any notified one."""
        places = (channel, *self.notified(network))
        return self.presence.is_known(network) and not any(
            self.presence.is_in(nick, place, network) is not False for place in places
        )

    def report_place(self, incident: int, *, private: bool = False) -> str:
        """Where the bot's report is, "" if it writes none."""
        if not self.report_directory:
            return ""
        folder = f"{PRIVATE}/" if private else ""
        name = f"{folder}incident-{incident:04d}{self.report_ending}"
        return f"{(self.report_url or self.report_directory).rstrip('/')}/{name}"

    def readable_report(self, incident: int, *, private: bool = False) -> str:
        """The same if people can open it, else "": the bot's own folder is not
        accessible to them.
        """
        return self.report_place(incident, private=private) if self.report_url else ""

    def process_named(self, name: str) -> Process:
        """The process of that name; the bot's own if it no longer exists."""
        return self.processes.get(name, self.process)

    def our_number(self, named: int) -> int:
        """Our number of the incident that a line calls `named`; 0, which no incident has, if
        unknown.
        """
        return named if self.log_numbers is None else self.log_numbers.get(named, 0)

    def notified(self, network: str) -> tuple[str, ...]:
        """The channels of a network that are told of incidents."""
        return self.network_channels.get(network, ()) if network else self.channels

    def told(self, network: str, *, private: bool) -> tuple[str, ...]:
        """The channels that are told of an incident, besides its own; none for a private one."""
        return () if private else self.notified(network)

    @property
    def told_of_alerts(self) -> tuple[tuple[str, str], ...]:
        """Where people are told of alerts: network and channel."""
        return self.alert_places or tuple(("", channel) for channel in self.channels)

    def all_channels(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The watched channels of every network, the main one first."""
        return (("", self.channels), *self.network_channels.items())

    def announcement(self, to: str) -> ReplyKind:
        """How an announcement is sent: to people always as NOTICE, to channels as configured."""
        aloud = self.announce_as == "privmsg" and to.startswith(("#", "&", "+", "!"))
        return ReplyKind.ANSWER if aloud else ReplyKind.NOTICE

    @property
    def calendar(self) -> Calendar:
        """When people here work."""
        return Calendar(self.zone, self.working_days, self.working_hours, self.holidays)

    def process_in(self, channel: str) -> Process:
        """The process of a channel in which no incident is open."""
        for name, process in self.channel_process.items():
            if same_name(name, channel, self.casemapping):
                return self.process_named(process)
        return self.process

    def as_said(self, line: Line) -> Line:
        """A line as its author's, if a relay says it for them."""
        if not self.relays and not line.relayed_by:
            return line
        casemapping = self.casemappings.get(line.network, self.casemapping)
        return as_said(line, self.relays.get(line.network, ()), casemapping)

    def secret_words(self, process: Process) -> tuple[str, ...]:
        """The words that identify a security matter, () if such matters are not treated
        differently.
        """
        apart = process.security_off_irc or process.security_channel
        return (*process.security_words, *self.security.words) if apart else ()

    def authority(self, line: Line) -> str:
        """The authority of a relay's people, one of acts.AUTHORITIES; people on IRC have "full"."""
        if not line.via:
            return "full"
        relays = self.relays.get(line.network, ())
        return next((relay.authority for relay in relays if relay.via == line.via), "none")

    def speaker(self, line: Line) -> Person:
        """The speaker of a line, under the name that the configuration has for them."""
        person = speaker(line)
        return self.named(person) if person.account and self.people else person

    def named(self, person: Person) -> Person:
        """Somebody, by the name that the configuration has for their account."""
        if not person.account or not self.people:
            return person
        casemapping = self.casemappings.get(person.network, self.casemapping)
        for name, accounts in self.people.items():
            for network, account in accounts:
                if network == person.network and same_name(account, person.account, casemapping):
                    return replace(person, name=name)
        return person

    def product_named(self, text: str) -> Product | None:
        """The product that a text names, None if it names none."""
        for product in self.products.values():
            for word in (product.name, *product.words):
                if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text, re.IGNORECASE):
                    return product
        return None

    @property
    def nicks(self) -> frozenset[str]:
        """Everybody whom the configuration names; a public edition must name none of them."""
        return frozenset(
            nick
            for product in self.products.values()
            for nick in (product.lead, *product.engineers, *product.on_call.values())
            if nick and not nick.startswith(ROTA)
        ) | frozenset(self.calendar_names.values())

    def duties(self, product: str) -> Mapping[str, str]:
        """Who is on call for a product, by key: a nick, or a calendar ("rota:NAME")."""
        own = self.products.get(product)
        return {
            **self.duty,
            **({key: who for key, who in own.on_call.items() if who} if own else {}),
        }

    def rota(self, who: str) -> Rota | None:
        """The calendar that names whoever is on call; None if it is a nick."""
        return self.rotas.get(who.removeprefix(ROTA), Rota()) if who.startswith(ROTA) else None

    def on_call(self, product: str, key: str, at: datetime) -> str:
        """Who is on call under `key` for a product, "" if nobody is known to be."""
        who = self.duties(product).get(key, "")
        rota = self.rota(who)
        if rota is None:
            return who
        shift = rota.shift(at)
        return nick_of(shift, self.calendar_names) if shift is not None else ""
