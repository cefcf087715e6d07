"""One network: connects, talks, reconnects, and ends only when told to.

Connects a link with its session, and waits between links. Holds what outlives a link: channels,
unsent lines, history. Must not know what is said.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar, assert_never

from ircbot.errors import NetworkError
from ircbot.incident.line import Reply
from ircbot.incident.people import fold
from ircbot.network.backoff import Backoff
from ircbot.network.channels import Channels
from ircbot.network.clock import ServerClock, utc_now
from ircbot.network.dial import dial
from ircbot.network.history import ChannelPasts
from ircbot.network.irclib import IrcConnection, Reactor
from ircbot.network.line_handler import WantedChannel
from ircbot.network.link import Link
from ircbot.network.link_state import End, Ending, NetworkEvent
from ircbot.network.operators import OperatorNotices
from ircbot.network.people import People
from ircbot.network.secrets import keep_out_of_the_log
from ircbot.network.send_queue import SendQueue
from ircbot.network.session import Session
from ircbot.network.settings import Address, NetworkSettings
from ircbot.network.sts import Policies
from ircbot.network.topics import Topics

log = logging.getLogger("ircbot.network")

T = TypeVar("T")

_TICK = 1.0  # seconds
_THROTTLED = 30.0  # seconds to wait at least if the server says that we reconnect too often
_MOST_UPGRADES = 3  # to TLS in a row, each without a pause


class Connection:
    """One network."""

    def __init__(
        self,
        settings: NetworkSettings,
        on_network_events: Callable[[Connection, Sequence[NetworkEvent]], None],
        chance: random.Random | None = None,
        now: Callable[[], datetime] = utc_now,
        may_speak: Callable[[], bool] = lambda: True,
    ) -> None:
        """`now` is our own clock, aware and UTC. Nothing is said to people while `may_speak` is
        false."""
        chance = chance or random.Random()
        timeouts = settings.timeouts
        self.settings = settings
        self._now = now
        self._may_speak = may_speak
        self._nick = settings.nick_apart or settings.nick
        self._tick_every = min(_TICK, timeouts.idle / 4)
        keep_out_of_the_log(settings)
        self._on_network_events = on_network_events
        self._chance = chance
        given = (channel.partition(" ") for channel in settings.channels)
        self._keys = {fold(name): key for name, _, key in given if key}
        self._channels = Channels(fold, timeouts.join, settings.rejoin_after_kick, chance)
        self._queue = SendQueue(settings.pace, fold, self._channels.present_name)
        self._pasts = ChannelPasts(fold)
        self._topics = Topics(fold)
        self.clock = ServerClock()
        self._notices = OperatorNotices(settings.operators)
        self._policies = Policies(settings.sts_file, time.time)
        self._backoff = Backoff(1.0, 60.0, chance)
        self._patient = Backoff(300.0, 3600.0, chance)  # after a ban, or without the account
        self._server = 0  # index of the next to try
        self._lasted = False  # whether the last link was stable
        self._upgrade: Address | None = None  # strict transport: where to connect at once
        self._upgrades = 0
        self._longest_nick = 0
        # By server name: the addresses that refused us, the latest last.
        self.turned_away: dict[str, list[str]] = {}
        self._address: Address | None = None  # of the present link
        self._link: Link | None = None
        self._session: Session | None = None
        self._over: asyncio.Future[Ending] | None = None
        self._flush_timer: asyncio.TimerHandle | None = None
        self._tick_timer: asyncio.TimerHandle | None = None
        self._blocked_since: float | None = None
        self._stopping = asyncio.Event()
        self._quit_message = ""
        self.last_ending: Ending | None = None

    # What the bot calls

    def want(self, wishes: Sequence[WantedChannel]) -> None:
        """Take the channels to be in. Keys that were changed on the server are remembered here."""
        self._channels.want(
            [replace(w, key=w.key or self._keys.get(fold(w.channel), "")) for w in wishes]
        )
        for wish in wishes:
            if wish.heard_until is not None:
                self._pasts.on_record(wish.channel, wish.heard_until, wish.expected)

    def want_topics(self, topics: Mapping[str, str]) -> None:
        """Take the topics to set, by channel."""
        self._topics.want({self._channels.present_name(c): t for c, t in topics.items()})

    def say(self, replies: Sequence[Reply]) -> None:
        """Take replies to be sent."""
        self._queue.say(replies, asyncio.get_running_loop().time())

    def tell_operators(self, what: str) -> None:
        """Tell the bot's operators something, each as soon as they are seen."""
        self._notices.owe(what)

    def go_on(self) -> None:
        """Act on what was taken: the wanted channels and topics, and the replies."""
        if self._session is not None and self._session.ready:
            self._tick_now()

    def send(self) -> None:
        """Send as many of the replies as may be sent now."""
        if self._session is not None and self._session.ready and not self._stopping.is_set():
            self._work()

    def listen(self, wanted: bool) -> None:
        """Go on reading, or make the server wait."""
        if self._link is not None:
            self._link.listen(wanted)

    def drop_unconfirmed(self) -> None:
        """Drop the link with everything written that has not arrived: it would be delivered when
        the network works again, and another machine may speak by then."""
        if self._link is not None and self._link.unconfirmed:
            log.warning(
                "%s: the server confirms nothing; the link is given up", self.settings.title
            )
            self._link.abort()

    def stop(self, message: str) -> None:
        """Leave the network; `run` returns soon."""
        self._quit_message = message
        self._stopping.set()

    def turned(self, *, answers: bool) -> None:
        """Answer from now on, or stand by: under another nick, and without the unsent replies."""
        self._nick = self.settings.nick if answers else self.settings.nick_apart
        self._queue.forget_texts()
        if self._session is not None:
            if not answers:
                self._session.forget_sent()
            self._session.shared.nick.want(self._nick, asyncio.get_running_loop().time())
            self.go_on()

    @property
    def people(self) -> People | None:
        """Everybody visible on the present link, None without one."""
        return self._session.shared.people if self._session is not None else None

    @property
    def registered(self) -> bool:
        """Whether we are on the network now."""
        return self._session is not None and self._session.shared.registered

    def is_doubtful(self, now: float) -> bool:
        """Whether messages to or from the server seem not to arrive, although we are connected."""
        if self._session is None or self._link is None or not self._link.listens:
            return False
        return self._session.is_doubtful(now)

    @property
    def complete(self) -> bool:
        """Whether we are in every wanted channel that lets us in."""
        return self.registered and self._channels.complete

    @property
    def shut_out(self) -> int:
        """How many channels that we were in now refuse us."""
        return self._channels.shut_out

    @property
    def joined(self) -> tuple[int, int]:
        """In how many wanted channels we are, and how many are wanted."""
        return self._channels.counts()

    @property
    def nick(self) -> str:
        """Our nick on the network, "" while not on it."""
        shared = self._session.shared if self._session is not None else None
        return shared.nick.current if shared is not None and shared.registered else ""

    @property
    def account(self) -> str:
        """Our services account, "" while not logged in."""
        return self._session.shared.account if self._session is not None else ""

    def is_in(self, channel: str) -> bool:
        """Whether we are in a channel."""
        return self._channels.is_in(channel)

    @property
    def unsent(self) -> int:
        """How many texts and lines are waiting to be sent."""
        return len(self._queue)

    @property
    def unconfirmed(self) -> int:
        """How many sent bytes may not have arrived. From any thread."""
        link = self._link
        return link.unconfirmed if link is not None else 0

    # The life of a network

    async def run(self) -> None:
        """Stay on the network until `stop`."""
        self._stopping.clear()
        title = self.settings.title
        while not self._stopping.is_set():
            address, secure = self._where()
            ending = await self._until_stopped(self._visit(address, secure))
            if ending is None:
                break
            self.last_ending = ending
            delay = self._delay(ending)
            if ending.end is End.SECURE:
                log.info("%s: %s", title, ending.why)
            else:
                log.warning("%s: %s; again in %.0f s", title, ending.why, delay)
            await self._until_stopped(asyncio.sleep(delay))

    async def _until_stopped(self, work: Coroutine[Any, Any, T]) -> T | None:
        """The result of `work`, None if we are told to stop first."""
        task = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait((task, stopping), return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            task.cancel()
            await asyncio.wait((task,), timeout=self.settings.timeouts.quit * 1.5)
            return None
        finally:
            task.cancel()
            stopping.cancel()

    def _where(self) -> tuple[Address, bool]:
        """The server to connect to, and whether to use TLS."""
        if self._upgrade is not None:
            address, self._upgrade = self._upgrade, None
            return address, True
        servers = self.settings.servers
        address = servers[self._server % len(servers)]
        if not self.settings.tls and (port := self._policies.port(address.host)) is not None:
            return replace(address, port=port), True
        return address, self.settings.tls

    def _delay(self, ending: Ending) -> float:
        """Seconds to wait before the next link."""
        match ending.end:
            case End.SECURE:
                self._upgrades += 1
                return 0.0 if self._upgrades <= _MOST_UPGRADES else self._backoff.next()
            case End.BANNED | End.NO_ACCOUNT:
                self._server += 1
                return self._patient.next()
            case End.THROTTLED:
                return max(self._backoff.next(), _THROTTLED * self._chance.uniform(1, 1.5))
            case End.FLOODED:
                self._queue.bucket.flooded()
                return self._backoff.next()
            case End.LOST:
                if self._lasted:  # start again with the first server
                    self._lasted = False
                    return self._backoff.next()
                self._server += 1
                if self._server % len(self.settings.servers):
                    return self._chance.uniform(0.5, 1.5)  # the next server of the same network
                return self._backoff.next()
            case _:
                assert_never(ending.end)

    async def _visit(self, address: Address, secure: bool) -> Ending:
        """One link, from beginning to end."""
        loop = asyncio.get_running_loop()
        log.info("%s: connecting to %s%s", self.settings.title, address,
                 " by TLS" if secure else " without TLS")  # fmt: skip
        self._address = address
        server: IrcConnection = Reactor().server()
        over: asyncio.Future[Ending] = loop.create_future()
        self._over = over
        try:
            link = await dial(
                address,
                self.settings,
                secure=secure,
                link=lambda: Link(server, self._heard, self._lost),
                last=self.turned_away.get(address.host, ()),
            )
        except NetworkError as error:
            return Ending(End.LOST, str(error))
        began = loop.time()
        self._link, peer = link, link.peer
        self._session = session = self._talk(link, server, secure=secure, now=began)
        try:
            self._tick_timer = loop.call_later(self._tick_every, self._tick)
            self._work()
            link.listen(True)
            ending = await over
        except asyncio.CancelledError:
            await self._leave(link)
            raise
        finally:
            self._link = self._session = None
            self._end(link, session)
        self._rotate(session, address, peer)
        self._remember(session, address, secure, ending, stable=loop.time() - began)
        return ending

    def _talk(self, link: Link, server: IrcConnection, *, secure: bool, now: float) -> Session:
        """Begin the conversation of a new link."""
        return Session(
            self.settings,
            server,
            self._channels,
            self._queue,
            self._pasts,
            self._topics,
            self.clock,
            self._notices,
            self._chance,
            now=now,
            at=self._now(),
            secure=secure,
            loopback=link.is_loopback and not self.settings.proxy,
            longest_nick=self._longest_nick,
            nick=self._nick,
            may_speak=self._may_speak,
        )

    def _end(self, link: Link, session: Session) -> None:
        for timer in (self._flush_timer, self._tick_timer):
            if timer is not None:
                timer.cancel()
        self._flush_timer = self._tick_timer = self._blocked_since = None
        link.abort()
        self._queue.again(session.close())
        self._on_network_events(self, session.take_network_events())

    def _rotate(self, session: Session, address: Address, peer: str) -> None:
        """After one of a server's addresses refused us, try its other addresses first."""
        away = self.turned_away.setdefault(address.host, [])
        if session.shared.registered:
            away.clear()
        elif peer:
            self.turned_away[address.host] = [*(one for one in away[-9:] if one != peer), peer]

    def _remember(
        self, session: Session, address: Address, secure: bool, ending: Ending, stable: float
    ) -> None:
        """Keep what an ended link taught us for the next link."""
        self._longest_nick = session.shared.nick.longest or self._longest_nick
        offer = session.registration.sts
        if ending.end is End.SECURE and offer is not None and offer.port is not None:
            self._upgrade = replace(address, port=offer.port)
        elif secure:
            self._policies.prolong(address.host)
        if session.shared.registered:
            self._upgrades = 0
            if stable >= self.settings.timeouts.stable:
                self._backoff.reset()
                self._patient.reset()
                self._server = 0
                self._lasted = True

    async def _leave(self, link: Link) -> None:
        """Say QUIT, and give it a moment to arrive."""
        if self._link is link and not link.blocked:
            if not link.unconfirmed:
                link.may_arrive_late()
            link.connection.quit(self._quit_message or "leaving")
            link.write(link.connection.take())
            assert self._over is not None
            await asyncio.wait((self._over,), timeout=self.settings.timeouts.quit)

    # What the link and the timers call

    def _heard(self, link: Link, lines: list[str]) -> None:
        if link is not self._link or self._session is None or self._stopping.is_set():
            return
        self._session.receive(lines, asyncio.get_running_loop().time(), self._now())
        self._report(self._session)  # first, so that the handler's thread wakes up meanwhile
        self._work()

    def _lost(self, link: Link, why: str) -> None:
        if link is self._link and self._over is not None and not self._over.done():
            self._over.set_result(Ending(End.LOST, why))

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        self._tick_timer = loop.call_later(self._tick_every, self._tick)
        self._tick_now()

    def _tick_now(self) -> None:
        if self._session is not None and not self._stopping.is_set():
            self._session.tick(asyncio.get_running_loop().time(), self._now())
            self._work()

    def _work(self) -> None:
        """Send what is due, report what happened, and end the link if it is to end."""
        link, session = self._link, self._session
        if link is None or session is None:
            return
        now = asyncio.get_running_loop().time()
        self._keep_policy(session)
        if self._is_blocked(link, now):
            session.shared.end(End.LOST, "the server does not read what we send")
        else:
            link.write(session.take_urgent())
            self._flush(link, session, now)
        self._report(session)
        ending = session.shared.ending
        if ending is not None and self._over is not None and not self._over.done():
            self._over.set_result(ending)

    def _report(self, session: Session) -> None:
        if network_events := session.take_network_events():
            self._on_network_events(self, network_events)

    def _flush(self, link: Link, session: Session, now: float) -> None:
        """Send what may be sent now, and schedule the rest."""
        if link.blocked:
            return
        link.write(session.due(now))
        if self._flush_timer is not None:
            self._flush_timer.cancel()
            self._flush_timer = None
        if (at := session.next_at(now)) is not None:
            at = max(at, now + 0.01)
            self._flush_timer = asyncio.get_running_loop().call_at(at, self._work)

    def _is_blocked(self, link: Link, now: float) -> bool:
        """Whether the peer has not read anything for too long."""
        if not link.blocked:
            self._blocked_since = None
            return False
        if self._blocked_since is None:
            self._blocked_since = now
        return now - self._blocked_since >= self.settings.timeouts.blocked

    def _keep_policy(self, session: Session) -> None:
        """Keep a strict transport policy received over TLS."""
        if not session.shared.secure or (offer := session.take_strict_transport()) is None:
            return
        if offer.duration is not None and self._address is not None:
            self._policies.keep(self._address.host, self._address.port, offer.duration)
