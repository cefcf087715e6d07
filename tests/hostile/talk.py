"""A conversation without a socket: a test says what the server says, and when."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from ircbot.incident.line import Line, LineKind, Reply, ReplyKind
from ircbot.incident.people import fold
from ircbot.network.channels import Channels
from ircbot.network.clock import ServerClock
from ircbot.network.history import ChannelPasts
from ircbot.network.irclib import Reactor
from ircbot.network.line_handler import WantedChannel
from ircbot.network.link_state import (
    ChannelGap,
    DeliveryResults,
    Ending,
    LinesHeard,
    NetworkEvent,
    NickChanged,
    Trouble,
)
from ircbot.network.operators import OperatorNotices
from ircbot.network.send_queue import SendQueue
from ircbot.network.session import Session
from ircbot.network.settings import Address, NetworkSettings
from ircbot.network.topics import Topics

NOON = datetime(2018, 1, 10, 12, tzinfo=UTC)
PLAIN = NetworkSettings(servers=(Address("irc.test"),), tls=False)


@dataclass
class Talk:
    """One network's conversation, link after link. Time stands still unless it is let pass."""

    settings: NetworkSettings = PLAIN
    wishes: list[WantedChannel] = field(default_factory=list)
    now: float = 1000.0
    at: datetime = NOON
    sent: list[str] = field(default_factory=list)
    network_events: list[NetworkEvent] = field(default_factory=list)
    linked: bool = False
    loopback: bool = True

    def __post_init__(self) -> None:
        chance = random.Random(7)
        self._chance = chance
        timeouts = self.settings.timeouts
        self.channels = Channels(fold, timeouts.join, self.settings.rejoin_after_kick, chance)
        self.queue = SendQueue(self.settings.pace, fold)
        self.pasts = ChannelPasts(fold)
        self.topics = Topics(fold)
        self.clock = ServerClock()
        self.notices = OperatorNotices(self.settings.operators)
        self.connect()

    def connect(self, secure: bool = False) -> None:
        """Begin a link."""
        self.linked = True
        self.session = Session(
            self.settings,
            Reactor().server(),
            self.channels,
            self.queue,
            self.pasts,
            self.topics,
            self.clock,
            self.notices,
            self._chance,
            now=self.now,
            at=self.at,
            secure=secure,
            loopback=self.loopback,
        )
        self._collect()

    def disconnect(self) -> None:
        """Lose the link."""
        self.queue.again(self.session.close())
        self._collect()
        self.linked = False

    def give(self, *lines: str) -> list[str]:
        """Let the server say these lines in one read; returns what we send upon that."""
        before = len(self.sent)
        self.session.receive(lines, self.now, self.at)
        self._collect()
        return self.sent[before:]

    def wait(self, seconds: float, *, step: float = 1.0, silent: bool = False) -> list[str]:
        """Let time pass; returns what we send meanwhile. A server not `silent` answers PINGs."""
        before = len(self.sent)
        end = self.now + seconds
        while self.now < end - 1e-9:
            passed = min(step, end - self.now)
            self.now += passed
            self.at += timedelta(seconds=passed)
            self.session.tick(self.now, self.at)
            self._collect()
            if not silent:
                self.answer_pings()
        return self.sent[before:]

    def answer_pings(self) -> None:
        """Be a server that is alive."""
        number = self.session._heartbeat.number
        if self.session._heartbeat.waiting:
            self.give(f":irc.test PONG irc.test :ircbot-{number}")

    def want(self, *channels: str | WantedChannel) -> list[str]:
        """Wish for these channels; returns what we send upon that."""
        self.wishes = [w if isinstance(w, WantedChannel) else WantedChannel(w) for w in channels]
        self.channels.want(self.wishes)
        return self.wait(0.01)

    def say(self, *replies: Reply) -> list[str]:
        """Send replies; returns what goes out at once."""
        before = len(self.sent)
        self.queue.say(replies, self.now)
        self._collect()
        return self.sent[before:]

    def _collect(self) -> None:
        if not self.linked:
            return
        self.sent += self.session.take_urgent()
        self.sent += self.session.due(self.now)
        self.network_events += self.session.take_network_events()

    def register(self, capabilities: str = "", isupport: str = "", nick: str = "ilbot") -> Talk:
        """Get on, with everything granted that is asked for."""
        for line in self.give(f":irc.test CAP * LS :{capabilities}"):
            if line.startswith("CAP REQ :"):
                self.give(f":irc.test CAP * ACK :{line[9:]}")
        self.give(f":irc.test 001 {nick} :Welcome {nick}!~bot@client.test")
        if isupport:
            self.give(f":irc.test 005 {nick} {isupport} :are supported")
        self.give(f":irc.test 376 {nick} :End of MOTD")
        return self

    def enter(self, channel: str, *names: str, tags: str = "") -> Talk:
        """Let us into a channel with others."""
        nick = self.nick
        self.give(
            f"{tags}:{nick}!~bot@client.test JOIN {channel}",
            f":irc.test 353 {nick} = {channel} :{' '.join((nick, *names))}",
            f":irc.test 366 {nick} {channel} :End of NAMES",
        )
        return self

    @property
    def nick(self) -> str:
        """What we are called."""
        return self.session.shared.nick.current

    @property
    def ending(self) -> Ending | None:
        """Why the link has to end, if it has."""
        return self.session.shared.ending

    @property
    def lines(self) -> list[Line]:
        """All lines heard."""
        return [line for h in self.network_events if isinstance(h, LinesHeard) for line in h.lines]

    @property
    def said(self) -> list[str]:
        """The texts of what was said."""
        speech = (LineKind.MESSAGE, LineKind.ACTION)
        return [line.text for line in self.lines if line.kind in speech]

    @property
    def kinds(self) -> list[tuple[LineKind, str, str]]:
        """What was done other than speaking: kind, nick, channel."""
        return [
            (line.kind, line.nick, line.channel)
            for line in self.lines
            if line.kind not in (LineKind.MESSAGE, LineKind.ACTION)
        ]

    @property
    def troubles(self) -> list[tuple[str, str]]:
        """What people were to be told of."""
        return [(h.channel, h.why) for h in self.network_events if isinstance(h, Trouble)]

    @property
    def gaps(self) -> list[ChannelGap]:
        """When we were away."""
        return [h for h in self.network_events if isinstance(h, ChannelGap)]

    @property
    def names(self) -> list[str]:
        """The nicks we had."""
        return [h.nick for h in self.network_events if isinstance(h, NickChanged)]

    @property
    def results(self) -> dict[str, str]:
        """What became of replies, by target: "" for arrived, else the reason."""
        results = [
            result
            for h in self.network_events
            if isinstance(h, DeliveryResults)
            for result in h.results
        ]
        return {result.reply.to: result.refused for result in results}


def talk(*channels: str, capabilities: str = "", isupport: str = "", **changes: object) -> Talk:
    """A conversation that is registered, and in these channels with alice (operator) and bob."""
    made = Talk(replace(PLAIN, **changes)).register(capabilities, isupport)  # type: ignore[arg-type]
    made.want(*channels)
    for channel in channels:
        made.enter(channel, "@alice", "bob")
    made.wait(30)  # until what the registration cost is earned again
    made.sent.clear()
    made.network_events.clear()
    return made


def answer(to: str, text: str) -> Reply:
    """An answer."""
    return Reply(to, text, ReplyKind.ANSWER)
