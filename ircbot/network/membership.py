"""Who joins, leaves and changes: ourselves and everybody else, channel by channel.

Turns messages into the state of people and channels, and into Lines about other people. Must not
know what was said, nor how we registered.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from ircbot.incident.line import Line, LineKind, Source
from ircbot.network.channels import IN_WORDS, REFUSALS, REGISTERED_ONLY
from ircbot.network.history import Batch
from ircbot.network.irclib import IrcConnection, IrcEvent
from ircbot.network.link_state import ChannelGap, LinkState, NickChanged, Topic
from ircbot.network.message import is_word
from ircbot.network.people import Room, account_named
from ircbot.network.send_queue import Rank

log = logging.getLogger("ircbot.network")

# Servers put "Quit: " before people's reasons, so two bare host names are the server's words.
_SPLIT = re.compile(r"(?:\*\.net \*\.split|[\w.-]+\.[\w-]+ [\w.-]+\.[\w-]+)")

_WHOX_FIELDS = "%tcuhnfa,"
_WHOX_TOKEN = "152"
_HIDDEN_KEYS = ("", "*", "<key>")  # how servers show a key that we may not see
_LARGEST_WHO = 500  # members; the answer for a larger channel would be a flood
_MOST_HISTORY = 200  # lines per request


@dataclass(slots=True)
class _HistoryRequest:
    """A request for a channel's history: until when, lines per request, and how many requests may
    follow."""

    until: datetime
    most: int
    pages: int


class Membership:
    """Who comes and goes on one link."""

    def __init__(self, shared: LinkState) -> None:
        self._shared = shared
        self._wanted_history: dict[str, _HistoryRequest] = {}
        self._asked_who: set[str] = set()

    # JOIN, PART, KICK, QUIT

    def join(self, _: IrcConnection, event: IrcEvent) -> None:
        """JOIN: nick, channel, and with extended-join the account."""
        shared = self._shared
        for channel in filter(None, event.param(0).split(",")):
            if shared.is_me(event.nick):
                self._we_joined(event, channel)
                continue
            person = shared.people.joined(event.nick, channel, event.userhost)
            if shared.enabled("extended-join") and len(event.params) > 1:
                person.account = account_named(event.params[1])
            elif tag := account_named(event.tags.get("account", "")):
                person.account = tag
            self._line(event, LineKind.JOIN, event.nick, channel)

    def _we_joined(self, event: IrcEvent, channel: str) -> None:
        shared = self._shared
        if event.userhost:
            shared.userhost = event.userhost
        known = shared.channels.get(channel)
        forced = known is None or not known.wanted
        if not is_word(channel) or not shared.channels.joined(channel):
            return
        shared.people.entered(channel)
        shared.people.joined(event.nick, channel, event.userhost)
        told = shared.told_time(event)
        since = shared.pasts.back(channel, told, shared.now, shared.at)
        log.info("%s: in %s%s", shared.settings.title, channel, " (forced)" if forced else "")
        if since is not None:
            self._back(channel, since, told or shared.at)
        shared.queue.command(("mode", channel, ""), shared.now, Rank.QUERY)

    def _back(self, channel: str, since: datetime, until: datetime) -> None:
        """We are in a channel again. Both times are the server's if it sends any."""
        if since < until:
            self._shared.tell(ChannelGap(channel, since, until))
            self._ask_history(channel, since, until)

    def _ask_history(self, channel: str, since: datetime, until: datetime) -> None:
        """Ask for what was said between two times."""
        shared = self._shared
        if not shared.enabled("draft/chathistory", "chathistory") or not shared.enabled("batch"):
            return
        most = min(shared.support.number("CHATHISTORY", _MOST_HISTORY), _MOST_HISTORY)
        pages = self._wanted_history[channel].pages - 1 if channel in self._wanted_history else 20
        self._wanted_history[channel] = _HistoryRequest(until, most, pages)
        server = (time - shared.clock.difference for time in (since, until))
        between = [f"timestamp={_stamp(time)}" for time in server]
        call = ("send_items", "CHATHISTORY", "BETWEEN", channel, *between, str(most))
        shared.queue.command(call, shared.now, Rank.QUERY)

    def batch_ended(self, batch: Batch) -> None:
        """A batch was closed. If it had as many lines of history as requested, ask for more."""
        wanted = self._wanted_history.get(batch.about)
        if not batch.is_history or wanted is None:
            return
        full = batch.lines >= wanted.most and batch.last is not None
        if full and wanted.pages > 0 and batch.last is not None:
            self._ask_history(batch.about, batch.last, wanted.until)
        else:
            del self._wanted_history[batch.about]

    def part(self, _: IrcConnection, event: IrcEvent) -> None:
        """PART: who, channel, reason."""
        shared = self._shared
        for channel in filter(None, event.param(0).split(",")):
            if shared.is_me(event.nick):
                self._we_are_out(channel)
                shared.channels.parted(channel, shared.now)
                log.info("%s: out of %s", shared.settings.title, channel)
            else:
                self._line(event, LineKind.PART, event.nick, channel, event.param(1))
                shared.people.left(event.nick, channel)
                self._freed(event.nick)

    def kick(self, _: IrcConnection, event: IrcEvent) -> None:
        """KICK: by whom, channel, whom, reason."""
        shared = self._shared
        channel, victim, reason = event.param(0), event.param(1), event.param(2)
        if not channel or not victim:
            return
        if shared.is_me(victim):
            self._we_are_out(channel)
            shared.channels.kicked(channel, shared.now)
            log.warning("%s: kicked from %s by %s: %s", shared.settings.title, channel,
                        event.nick, reason)  # fmt: skip
            return
        self._line(event, LineKind.KICK, victim, channel, reason)
        shared.people.left(victim, channel)

    def _we_are_out(self, channel: str) -> None:
        shared = self._shared
        if shared.channels.is_in(channel):
            shared.pasts.out(channel, shared.people.present(channel), shared.heard_at)
        shared.people.left_by_us(channel)

    def quit(self, _: IrcConnection, event: IrcEvent) -> None:
        """QUIT: of a person, or of many in a netsplit."""
        shared = self._shared
        if shared.is_me(event.nick):
            return  # ERROR, or the end of the connection, follows
        reason = event.param(0)
        in_batch = "netsplit" in shared.batches.kinds(event.tags.get("batch", ""))
        split = in_batch or _SPLIT.fullmatch(reason) is not None
        kind = LineKind.SPLIT if split else LineKind.QUIT
        self._line(event, kind, event.nick, "", reason)
        shared.people.gone(event.nick)
        self._freed(event.nick)

    def _freed(self, nick: str) -> None:
        self._shared.irc.call_all(self._shared.nick.freed(nick))

    # NICK, ACCOUNT, hosts

    def rename(self, _: IrcConnection, event: IrcEvent) -> None:
        """NICK, ours or somebody's. Forced ones look the same."""
        shared = self._shared
        old, new = event.nick, event.param(0)
        if not old or not is_word(new):
            return
        if shared.is_me(old):
            shared.nick.renamed(new, shared.now)
            shared.irc.real_nickname = new
            shared.people.renamed(old, new)
            log.info("%s: now called %s", shared.settings.title, new)
            shared.tell(NickChanged(new))
            return
        self._line(event, LineKind.NICK, old, "", new)
        shared.people.renamed(old, new)
        self._freed(old)

    def account(self, event: IrcEvent) -> None:
        """ACCOUNT (account-notify): somebody has logged in or out."""
        account = account_named(event.param(0))
        if not event.nick or self._shared.is_me(event.nick):
            return
        self._shared.people.logged_in(event.nick, account)
        self._line(event, LineKind.ACCOUNT, event.nick, "")

    def host_changed(self, _: IrcConnection, event: IrcEvent) -> None:
        """CHGHOST: user and host of somebody, or ours."""
        shared = self._shared
        userhost = f"{event.param(0)}@{event.param(1)}"
        if shared.is_me(event.nick):
            shared.userhost = userhost
        elif event.nick:
            shared.people.seen(event.nick, userhost)

    def host_hidden(self, _: IrcConnection, event: IrcEvent) -> None:
        """396: our host, or user@host, as others see it from now on."""
        shared = self._shared
        shown = event.param(1)
        if "@" in shown:
            shared.userhost = shown
        elif shown and shared.userhost:
            shared.userhost = shared.userhost.partition("@")[0] + "@" + shown

    def away(self, _: IrcConnection, event: IrcEvent) -> None:
        """AWAY (away-notify)."""
        if event.nick and not self._shared.is_me(event.nick):
            self._shared.people.seen(event.nick).away = bool(event.param(0))

    # Lists and modes

    def names(self, _: IrcConnection, event: IrcEvent) -> None:
        """353: our nick, a symbol, channel, entries."""
        self._shared.people.listed(event.param(2), event.param(3).split(" "))

    def end_of_names(self, _: IrcConnection, event: IrcEvent) -> None:
        """366: the names are complete. Accounts are requested if no tags announce them."""
        shared = self._shared
        room = shared.people.room(event.param(1))
        if room is None:
            return
        room.names_told = True
        if room.topic is None:
            room.topic = ""  # a topic would have come before the names
            shared.tell(Topic(room.name, ""))
        self._compare(room.name)
        self._ask_accounts(room)

    def _compare(self, channel: str) -> None:
        """Report who joined and who left while we were away, as far as that can be known.

        They may be on the other side of a netsplit, so they get the same time to come back.
        """
        shared = self._shared
        past = shared.pasts.past(channel)
        before, past.present = past.present, None
        expected, past.expected = past.expected, ()
        now = shared.people.present(channel)
        at = past.joined_at or shared.at
        if before is None:  # known only for the people who matter
            before = {shared.support.fold(nick): nick for nick in expected}
            now = {folded: nick for folded, nick in now.items() if folded in before}
            for nick in now.values():  # anybody may be on record as gone
                shared.heard.append(self._unseen(at, LineKind.JOIN, nick, channel))
        for folded, nick in before.items():
            if folded not in now and shared.people.person(nick) is None:
                shared.heard.append(self._unseen(at, LineKind.SPLIT, nick, ""))
        for folded, nick in now.items():
            if folded not in before and not shared.is_me(nick):
                shared.heard.append(self._unseen(at, LineKind.JOIN, nick, channel))

    def _unseen(self, at: datetime, kind: LineKind, nick: str, channel: str) -> Line:
        """The line for something that happened while we were not there."""
        network = self._shared.settings.name
        return Line(at, channel, nick, kind=kind, source=Source.RECOVERED, network=network)

    def _ask_accounts(self, room: Room) -> None:
        shared = self._shared
        if not shared.support.has("WHOX"):
            return
        channel = room.name
        folded = shared.support.fold(channel)
        if folded not in self._asked_who and len(room.members) <= _LARGEST_WHO:
            self._asked_who.add(folded)
            call = ("send_items", "WHO", channel, _WHOX_FIELDS + _WHOX_TOKEN)
            shared.queue.command(call, shared.now, Rank.QUERY)

    def who_extended(self, _: IrcConnection, event: IrcEvent) -> None:
        """354, in answer to WHOX: our nick, token, channel, user, host, nick, flags, account."""
        if len(event.params) < 8 or event.params[1] != _WHOX_TOKEN:
            return
        channel, user, host, nick, flags = event.params[2:7]
        account = account_named(event.params[7])
        if self._shared.people.person(nick) is None:
            return
        person = self._shared.people.seen(nick, f"{user}@{host}")
        person.away = flags.startswith("G")
        self._shared.people.logged_in(nick, account)
        if account:  # the account identifies people who were there before us, under any nick
            self._line(event, LineKind.ACCOUNT, nick, channel)

    def mode(self, _: IrcConnection, event: IrcEvent) -> None:
        """MODE, or 324, of a channel. Our own modes do not matter."""
        params = event.params[1:] if event.numeric else event.params
        if params and self._shared.support.is_channel(params[0]):
            self._note_key(params[0], "".join(params[1:2]), params[2:])
            self._shared.people.modes_changed(
                params[0], "".join(params[1:2]), params[2:], complete=bool(event.numeric)
            )

    def _note_key(self, channel: str, modes: str, values: Sequence[str]) -> None:
        """Remember a channel's key that changed while we are in it."""
        for given, mode, value in self._shared.support.mode_changes(modes, values):
            if mode == "k" and not given:
                self._shared.channels.keyed(channel, "")
            elif mode == "k" and value not in _HIDDEN_KEYS and is_word(value) and "," not in value:
                self._shared.channels.keyed(channel, value)

    def topic(self, _: IrcConnection, event: IrcEvent) -> None:
        """TOPIC, 331, 332."""
        index = 0 if event.type == "topic" else 1
        if (room := self._shared.people.room(event.param(index))) is not None:
            room.topic = "" if event.type == "notopic" else event.param(index + 1)
            self._shared.tell(Topic(room.name, room.topic))

    # Doors

    def invited(self, _: IrcConnection, event: IrcEvent) -> None:
        """INVITE: us, or with invite-notify somebody else."""
        shared = self._shared
        channel = event.param(1)
        if shared.is_me(event.param(0)) and channel:
            log.info("%s: invited to %s by %s", shared.settings.title, channel, event.nick)
            shared.channels.invited(channel)

    def refused(self, event: IrcEvent) -> bool:
        """A numeric that refuses a JOIN. False if it is about something else."""
        shared = self._shared
        refusal = REFUSALS.get(event.type)
        channel = event.param(1)
        if refusal is None or not shared.support.is_channel(channel):
            return False
        known = shared.channels.get(channel)
        if known is None or shared.channels.is_in(channel):
            return False
        log.warning("%s: %s refuses us: %s", shared.settings.title, channel, event.param(-1))
        if refusal is REGISTERED_ONLY and shared.account:
            # 477 is also sent for channels that require more than an account.
            log.info("%s: although logged in as %s", shared.settings.title, shared.account)
        shared.channels.refused(channel, refusal, shared.now)
        return True

    def not_let_in(self, channel: str, why: str) -> bool:
        """A pending JOIN was refused in words. False if none is pending."""
        shared = self._shared
        if not shared.channels.is_joining(channel):
            return False
        log.warning("%s: %s refuses us: %s", shared.settings.title, channel, why)
        shared.channels.refused(channel, IN_WORDS, shared.now)
        return True

    def channel_renamed(self, _: IrcConnection, event: IrcEvent) -> None:
        """RENAME old new reason (draft/channel-rename): a channel was renamed."""
        shared = self._shared
        old, new = event.param(0), event.param(1)
        if not (shared.support.is_channel(new) and is_word(new)) or shared.people.room(old) is None:
            return
        log.warning("%s: %s is called %s now", shared.settings.title, old, new)
        shared.heard.append(
            Line(
                shared.time_of(event),
                old,
                event.nick,
                new,
                kind=LineKind.RENAME,
                network=shared.settings.name,
            )
        )
        shared.people.channel_renamed(old, new)
        shared.pasts.channel_renamed(old, new)
        if shared.channels.renamed(old, new):
            shared.notices.owe(f"{old} is called {new} now: change it in the configuration")

    def not_in(self, _: IrcConnection, event: IrcEvent) -> None:
        """442: the server says that we are not in a channel that we thought we were in."""
        channel = event.param(1)
        if self._shared.channels.is_in(channel):
            self._we_are_out(channel)
            self._shared.channels.parted(channel, self._shared.now)

    def heard_in(self, channel: str) -> None:
        """Somebody spoke in a channel that we did not know we were in: so we are in it."""
        shared = self._shared
        if shared.people.room(channel) is None and shared.channels.joined(channel):
            shared.people.entered(channel)
            shared.pasts.back(channel, None, shared.now, shared.at)
            log.info("%s: found ourselves in %s", shared.settings.title, channel)
            shared.queue.command(("names", channel), shared.now, Rank.QUERY)

    # Lines

    def _line(
        self, event: IrcEvent, kind: LineKind, nick: str, channel: str, text: str = ""
    ) -> None:
        """Somebody did something that is not speech."""
        shared = self._shared
        if not nick:
            return
        person = shared.people.person(nick)
        told = event.tags.get("account") if shared.enabled("account-tag") else None
        account = person.account if person is not None else None
        if not shared.enabled("account-tag", "account-notify"):
            account = None  # it may have changed since
        if kind is not LineKind.ACCOUNT and nick == event.nick and told is not None:
            account = account_named(told)
        shared.heard.append(
            Line(
                shared.time_of(event),
                channel,
                nick,
                text,
                account,
                kind,
                person.userhost if person is not None else event.userhost,
                source=Source.LIVE,
                msgid=event.tags.get("msgid", ""),
                network=shared.settings.name,
            )
        )


def _stamp(time: datetime) -> str:
    """A time in CHATHISTORY's format: UTC, milliseconds, Z."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z"


def may_join(patterns: tuple[str, ...], channel: str) -> bool:
    """Whether people may send the bot to a channel.

    >>> may_join(("#inc-*", "#ops"), "#inc-7"), may_join(("#ops",), "#lobby")
    (True, False)
    """
    return any(fnmatchcase(channel.lower(), pattern.lower()) for pattern in patterns)
