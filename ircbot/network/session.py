"""One link's conversation with the server, without the link: lines in, lines and events out.

Each line is handled by itself: a failure is logged and does not affect the next. Call `receive` and
`tick`, then take `urgent`, `due`, `network_events` and `ending`. Must not know sockets.
"""

from __future__ import annotations

import logging
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from ircbot.network.capabilities import WANTED, Capabilities
from ircbot.network.channels import Channels
from ircbot.network.clock import ServerClock
from ircbot.network.delivery import Deliveries, DeliveryResult
from ircbot.network.heartbeat import Heartbeat
from ircbot.network.history import ChannelPasts
from ircbot.network.irclib import SPOKEN, IrcConnection, IrcEvent, Reactor
from ircbot.network.link_state import (
    ComparedBy,
    DeliveryResults,
    End,
    ForOperators,
    LinkState,
    NetworkEvent,
    Trouble,
)
from ircbot.network.membership import Membership
from ircbot.network.message import is_word
from ircbot.network.message_reader import MessageReader
from ircbot.network.nick import NickKeeper
from ircbot.network.operators import OperatorNotices
from ircbot.network.people import People, account_named
from ircbot.network.registration import Registration
from ircbot.network.secrets import without_secrets
from ircbot.network.send_queue import NO_TARGET, QueuedMessage, SendQueue
from ircbot.network.settings import NetworkSettings
from ircbot.network.sts import StsValue
from ircbot.network.topics import Topics

log = logging.getLogger("ircbot.network")

_AHEAD = 4  # lines of text between two PINGs that check whether they have arrived
_MOST_TROUBLE_LOGGED = 20  # lines per link that could not be handled

# Refusals of what we said, with the target as second parameter.
_NOT_DELIVERED = (
    "nosuchnick", "nosuchchannel", "cannotsendtochan", "toomanytargets", "wildtoplevel",
    "notonchannel", "nochanmodes", "408", "415", "439", "486", "531", "707", "716",
)  # fmt: skip
_TOO_FAST = ("439", "707")
# What a server says when it refuses something.
_REFUSAL = re.compile(
    r"\b(?:can ?not|can'?t|unable|not (?:allowed|permitted|authori[sz]ed|delivered|sent)|denied|"
    r"refused|blocked|rejected|forbidden|prohibited|throttled|must (?:be|have|wait)|need to)\b",
    re.IGNORECASE,
)
_OTHER_REASON = re.compile(r"\+[mMbqnR]\b|moderated|banned|voice|external", re.IGNORECASE)


class Session:
    """One link's conversation."""

    def __init__(
        self,
        settings: NetworkSettings,
        irc: IrcConnection,
        channels: Channels,
        queue: SendQueue,
        pasts: ChannelPasts,
        topics: Topics,
        clock: ServerClock,
        notices: OperatorNotices,
        chance: random.Random,
        *,
        now: float,
        at: datetime,
        secure: bool,
        loopback: bool = False,
        longest_nick: int = 0,
        nick: str = "",
        may_speak: Callable[[], bool] = lambda: True,
    ) -> None:
        """`nick` is the wanted nick, if not the settings'. While `may_speak` is false, nothing is
        said to people, and no topic is set."""
        support = irc.features
        wanted = (*WANTED, "sasl") if settings.sasl is not None else WANTED
        self.shared = LinkState(
            settings=settings,
            irc=irc,
            support=support,
            people=People(support),
            nick=NickKeeper(nick or settings.nick, support.fold, longest_nick, settings.nick_apart),
            capabilities=Capabilities(wanted),
            channels=channels,
            queue=queue,
            pasts=pasts,
            topics=topics,
            clock=clock,
            notices=notices,
            now=now,
            at=at,
            heard_at=at,
            secure=secure,
            loopback=loopback,
            may_speak=may_speak,
        )
        self.registration = Registration(self.shared, chance)
        self._membership = Membership(self.shared)
        self._hearing = MessageReader(self.shared, self._membership)
        self._heartbeat = Heartbeat(settings.timeouts, now)
        self._deliveries = Deliveries(support.fold)
        self._since_ping = 0
        self._clock_asked = False
        self._compared_by: str | None = None  # as the handler was told, on this link
        self._troubles = 0
        self._handle_events(irc.reactor)
        self._refold()
        queue.bucket.reconnected(now)
        self.registration.begin()

    def _handle_events(self, reactor: Reactor) -> None:
        """Register our handlers with the reactor, which answers PING itself."""
        reactor.add_global_handler("all_events", self._skip_playback, -20)
        reactor.add_global_handler("all_events", self._numeric, -10)
        for name, handler in self._handlers().items():
            reactor.add_global_handler(name, handler)

    def _handlers(self) -> dict[str, Callable[[IrcConnection, IrcEvent], object]]:
        """The handler of each event."""
        registration, membership = self.registration, self._membership
        table: dict[str, Callable[[IrcConnection, IrcEvent], object]] = {
            "pong": self._pong,
            "error": self._error,
            "batch": self._batch,
            "featurelist": self._features,  # 005
            "pubmsg": self._privmsg,
            "privmsg": self._privmsg,
            "action": self._privmsg,
            "ctcp": self._privmsg,
            "pubnotice": self._notice,
            "privnotice": self._notice,
            "ctcpreply": self._notice,
            "join": membership.join,
            "part": membership.part,
            "kick": membership.kick,
            "quit": membership.quit,
            "nick": membership.rename,
            "account": self._account,
            "chghost": membership.host_changed,
            "396": membership.host_hidden,
            "away": membership.away,
            "mode": membership.mode,
            "channelmodeis": membership.mode,  # 324
            "topic": membership.topic,
            "notopic": membership.topic,  # 331
            "currenttopic": membership.topic,  # 332
            "namreply": membership.names,  # 353
            "endofnames": membership.end_of_names,  # 366
            "whospcrpl": membership.who_extended,  # 354
            "invite": membership.invited,
            "notonchannel": membership.not_in,  # 442
            "chanoprivsneeded": self._no_operator,  # 482
            "fail": self._standard_reply,
            "rename": membership.channel_renamed,
            "redact": self._hearing.redacted,
            "cap": registration.capability,
            "authenticate": registration.sasl_answer,
            "welcome": registration.welcome,  # 001
            "endofmotd": registration.end_of_motd,  # 376
            "nomotd": registration.end_of_motd,  # 422
            "unknowncommand": registration.unknown_command,  # 421
            "invalidcapcmd": registration.unknown_command,  # 410
            "400": registration.unknown_error,
            "nosuchnick": registration.whois,  # 401
            "passwdmismatch": registration.password_refused,  # 464
            "nopermforhost": registration.banned,  # 463
            "yourebannedcreep": registration.banned,  # 465
            "youwillbebanned": registration.banned,  # 466
        }
        for name in ("310", "whoisuser", "whoisserver", "whoisoperator", "whoisidle",
                     "338", "378", "671", "endofwhois"):  # fmt: skip
            table[name] = registration.whois
        for name in ("loggedin", "loggedout", "nicklocked", "saslsuccess", "saslfail",
                     "sasltoolong", "saslaborted", "saslalready", "saslmechs"):  # fmt: skip
            table[name] = registration.sasl_answer  # 900 to 908
        for name in ("nonicknamegiven", "erroneusnickname", "nicknameinuse", "nickcollision"):
            table[name] = registration.nick_refused  # 431, 432, 433, 436
        return table

    def _refold(self) -> None:
        shared = self.shared
        fold = shared.support.fold
        shared.nick.use(fold)
        shared.channels.refold(fold)
        shared.queue.refold(fold)
        shared.pasts.refold(fold)
        shared.topics.refold(fold)
        shared.people.refold()
        self._deliveries.fold = fold

    # What comes in

    def receive(self, lines: Iterable[str], now: float, at: datetime) -> None:
        """Take the lines of one read."""
        shared = self.shared
        shared.now, shared.at = now, at
        shared.heard_at = at
        self._heartbeat.heard(now)
        shared.clock.read(now, at)
        quick, process_line = self._hearing.quick, shared.irc._process_line
        for line in self._hearing.known(lines):
            try:
                if not quick(line):
                    process_line(line)
            except Exception:
                self._log_failure(line)
        self._settle()

    def _log_failure(self, line: str) -> None:
        """Log a line that could not be handled; only this line is lost."""
        self._troubles += 1
        if self._troubles <= _MOST_TROUBLE_LOGGED:
            shown = without_secrets(line)
            log.exception("%s: cannot make sense of %.300r", self.shared.settings.title, shown)

    def _skip_playback(self, _: IrcConnection, event: IrcEvent) -> str | None:
        """Skip events in a playback batch, except speech."""
        batch = event.tags.get("batch", "")
        spoken = event.type in SPOKEN or event.type == "batch"
        bygone = bool(batch) and not spoken and self.shared.batches.is_playback(batch)
        return "NO MORE" if bygone else None

    def is_doubtful(self, now: float) -> bool:
        """Whether messages to or from the server seem not to arrive."""
        return self._heartbeat.is_doubtful(now)

    def tick(self, now: float, at: datetime) -> None:
        """Do what time alone causes."""
        shared = self.shared
        shared.now, shared.at = now, at
        self.registration.tick()
        shared.pasts.trim(shared.channels.wanted_names())
        shared.irc.call_all(self._heartbeat.check(now))
        if self._heartbeat.why_dead:
            shared.end(End.LOST, self._heartbeat.why_dead)
        self._tell_results(self._deliveries.expire(now, self._echoes))
        self._settle()

    def _settle(self) -> None:
        """Do what follows from a read's lines or from the time."""
        shared = self.shared
        if self.registration.ready and shared.ending is None:
            shared.irc.call_all(shared.nick.poll(shared.now, bool(shared.account)))
            for step in shared.channels.due(shared.now):
                names, keys = ",".join(step.names), ",".join(step.keys)
                shared.queue.command((step.command, names, keys), shared.now)
            if shared.may_speak():
                for channel, topic in shared.topics.due(shared.people, shared.support, shared.now):
                    shared.queue.command(("topic", channel, topic), shared.now)
        self._check_clock()
        for what, nicks in shared.notices.due(shared.people):
            shared.tell(ForOperators(nicks, what))
        for channel, refusal in shared.channels.troubles():
            shared.tell(Trouble(channel, refusal.meaning))
        shared.flush_heard()

    def _check_clock(self) -> None:
        """Log once that the server's clock is wrong; if in doubt, send a PING to find out."""
        shared = self.shared
        if news := shared.clock.news():
            log.warning("%s: %s", shared.settings.title, news)
            shared.pasts.shift(shared.clock.difference)
            shared.notices.owe(news)
        if self.ready and not self._clock_asked:
            self._clock_asked = True
            shared.clock.is_doubted = shared.enabled("server-time", "znc.in/server-time-iso")
        if shared.clock.is_doubted and shared.registered and not self._heartbeat.waiting:
            shared.irc.call_all([self._heartbeat.ask(shared.now)])

    # What goes out

    @property
    def ready(self) -> bool:
        """Whether the send queue may be emptied."""
        return self.registration.ready

    def due(self, now: float) -> Iterator[str]:
        """The lines of the send queue to write now."""
        shared = self.shared
        if not self.ready or shared.ending is not None:
            return
        for message in shared.queue.due(now, shared.prefix_bytes(), shared.may_speak):
            self._send(message, now)
            yield from shared.irc.take()
        self._report_dropped()
        if self._should_ask():
            self._since_ping = 0
            shared.irc.call_all([self._heartbeat.ask(now)])
            yield from shared.irc.take()

    def _send(self, message: QueuedMessage, now: float) -> None:
        self.shared.irc.call_all([message.call])
        if not message.text:
            return
        self._since_ping += 1
        labelled = self.shared.enabled("labeled-response")
        label = self._deliveries.label() if labelled else ""
        self._deliveries.sent(message, now, self._heartbeat.number, label)
        if label:
            self.shared.irc.label_last(label)

    def _should_ask(self) -> bool:
        """Whether to send a PING to learn whether our lines have arrived."""
        if not self._since_ping or self._heartbeat.waiting or self._echoes:
            return False
        return self._since_ping >= _AHEAD or not len(self.shared.queue)

    def next_at(self, now: float) -> float | None:
        """When `due` will return more than now; None if nothing is queued."""
        may_speak = self.shared.may_speak()
        return self.shared.queue.next_at(now, may_speak) if self.ready else None

    def take_urgent(self) -> Sequence[str]:
        """The lines to write at once."""
        return self.shared.irc.take()

    def take_network_events(self) -> list[NetworkEvent]:
        """Remove and return the events for the handler, in order."""
        network_events, self.shared.network_events = self.shared.network_events, []
        return network_events

    def take_strict_transport(self) -> StsValue | None:
        """A strict transport policy that arrived since the last call."""
        offer, self.registration.sts = self.registration.sts, None
        return offer

    def forget_sent(self) -> None:
        """Forget the unconfirmed lines, so that they are not sent again: another machine answers
        now."""
        self._deliveries.lost()

    def close(self) -> list[QueuedMessage]:
        """Note that the link is closed. Returns the lines that may not have arrived."""
        shared = self.shared
        for channel in shared.channels.joined_names():
            shared.pasts.out(channel, shared.people.present(channel), shared.heard_at)
        shared.channels.disconnected()
        shared.queue.forget_commands()
        return self._deliveries.lost()

    # Messages that concern the link itself

    def _pong(self, _: IrcConnection, event: IrcEvent) -> None:
        answered = self._heartbeat.answered(event.param(-1), self.shared.now)
        if answered is not None:
            self.shared.queue.bucket.answered(answered.delay)
            tag = event.tags.get("time", "")
            self.shared.clock.answered(tag, self.shared.at, answered.delay)
            results = self._deliveries.answered(answered.number, self._echoes)
            self._tell_results([self._heard_of(result) for result in results])

    def _heard_of(self, result: DeliveryResult) -> DeliveryResult:
        """A delivery result, corrected for servers that drop NOTICEs silently."""
        shared = self.shared
        why = shared.people.why_muted(shared.nick.current, shared.userhost, result.reply.to)
        return DeliveryResult(result.reply, why) if why else result

    def _error(self, _: IrcConnection, event: IrcEvent) -> None:
        sentence = event.param(-1) or "the server closes the link without a reason"
        self.registration.ended(sentence)

    def _batch(self, _: IrcConnection, event: IrcEvent) -> None:
        around = event.tags.get("batch", "")
        reference, kind, about = (event.param(index) for index in range(3))
        ended = self.shared.batches.take(reference, kind, about, around, event.tags)
        if ended is not None:
            self._membership.batch_ended(ended)

    def _features(self, _: IrcConnection, event: IrcEvent) -> None:
        support = self.shared.support
        before = support.fold
        support.load(event.params)
        if longest := support.number("NICKLEN", support.number("MAXNICKLEN", 0)):
            self.shared.nick.limited(longest)
        if support.fold is not before:
            self._refold()
        if support.casemapping != self._compared_by:
            self._compared_by = support.casemapping
            self.shared.tell(ComparedBy(support.casemapping))

    def _privmsg(self, _: IrcConnection, event: IrcEvent) -> None:
        if self._is_echo(event):
            return
        self._hearing.privmsg(event)

    def _notice(self, _: IrcConnection, event: IrcEvent) -> None:
        if self._is_echo(event):
            return
        self.registration.services_said(event)
        if not event.userhost:
            self._server_said(event)
        self._hearing.notice(event)

    def _server_said(self, event: IrcEvent) -> None:
        """A NOTICE from the server itself, which may refuse a request of ours or what we just said
        in a channel."""
        sentence, shared = event.param(-1), self.shared
        if not _REFUSAL.search(sentence):
            return
        words = [event.param(0), *sentence.replace(",", " ").split(" ")]
        for channel in filter(shared.support.is_channel, (w.strip("'\".:;()[]") for w in words)):
            if not self._membership.not_let_in(channel, sentence):
                self._not_delivered(channel, event)

    def _is_echo(self, event: IrcEvent) -> bool:
        """Take an echo of a line of ours, which has arrived, and shows our prefix. False if the
        event is not an echo."""
        shared = self.shared
        if not shared.is_me(event.nick):
            return False
        if event.userhost:
            shared.userhost = event.userhost
        label = event.tags.get("label", "")
        results, delay = self._deliveries.echoed(event.param(0), event.param(1), label, shared.now)
        if delay:
            shared.queue.bucket.answered(delay)
        self._tell_results(results)
        return True

    def _account(self, _: IrcConnection, event: IrcEvent) -> None:
        if self.shared.is_me(event.nick):
            self.registration.logged_in(account_named(event.param(0)))
        else:
            self._membership.account(event)

    def _numeric(self, connection: IrcConnection, event: IrcEvent) -> None:
        """Any numeric, which may refuse a JOIN or a line of ours."""
        if self._membership.refused(event):
            return
        if event.type == "unavailresource":  # 437, which may also be about a nick
            self.registration.nick_refused(connection, event)
        elif event.type in _NOT_DELIVERED:
            self._not_delivered(event.param(1), event)

    def _not_delivered(self, target: str, event: IrcEvent) -> None:
        label = event.tags.get("label", "")
        results, messages = self._deliveries.refused(target, event.param(-1), label)
        if event.type in _TOO_FAST:
            self.shared.queue.target_change_refused(self.shared.now)
            self.shared.queue.again(messages)
            return
        if self._may_be_said_aloud(event, target, messages):
            self.shared.queue.again([replace(message, aloud=True) for message in messages])
            return
        if results:
            title = self.shared.settings.title
            log.warning("%s: what we said to %s was refused: %s", title, target, event.param(-1))
        self._tell_results(results)

    def _may_be_said_aloud(
        self, event: IrcEvent, target: str, messages: Sequence[QueuedMessage]
    ) -> bool:
        """Whether a channel may have refused only the NOTICE (+T), so that a PRIVMSG is worth
        trying."""
        shared = self.shared
        return (
            event.type == "cannotsendtochan"  # 404
            and bool(messages)
            and all(message.call[0] == "notice" for message in messages)
            and not _OTHER_REASON.search(event.param(-1))
            and not shared.people.why_muted(shared.nick.current, shared.userhost, target)
        )

    def _no_operator(self, _: IrcConnection, event: IrcEvent) -> None:
        """482: only operators may do this. The only such thing that we do is to set a topic."""
        channel = event.param(1)
        if self.shared.topics.refused(channel):
            why = f"the topic cannot be set: {event.param(-1)}"
            log.warning("%s: %s: %s", self.shared.settings.title, channel, why)
            self.shared.tell(Trouble(channel, why))

    def _standard_reply(self, connection: IrcConnection, event: IrcEvent) -> None:
        """FAIL command code context… sentence."""
        channel = next(filter(self.shared.support.is_channel, event.params[2:-1]), "")
        if self.registration.failed(connection, event):
            return
        if event.param(0).upper() == "JOIN" and channel:
            self._membership.not_let_in(channel, event.param(-1))
        elif event.param(0).upper() in ("PRIVMSG", "NOTICE"):
            target = next((p for p in event.params[2:-1] if is_word(p)), "")
            self._not_delivered(target, event)
        else:
            log.warning("%s: %s", self.shared.settings.title, " ".join(event.params))

    @property
    def _echoes(self) -> bool:
        return self.shared.enabled("echo-message")

    def _tell_results(self, results: Sequence[DeliveryResult]) -> None:
        if results:
            self.shared.tell(DeliveryResults(results))

    def _report_dropped(self) -> None:
        dropped = self.shared.queue.dropped
        if not dropped:
            return
        self.shared.queue.dropped = []
        for why, count in Counter(drop.why for drop in dropped).items():
            # One strange nick must not fill the log.
            level = logging.DEBUG if why == NO_TARGET else logging.WARNING
            title = self.shared.settings.title
            log.log(level, "%s: %d texts are not sent: %s", title, count, why)
        self._tell_results([DeliveryResult(drop.reply, drop.why) for drop in dropped])
