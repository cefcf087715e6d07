"""The people and channels of one server, what can happen to them, and who is told of it.

Everything a command, a service or a fault changes is changed here, so that each kind of event is
announced in one way only. Knows no sockets and reads no commands.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Final

from ircbot.network.server.history import History
from ircbot.network.server.message import IrcMessage, to_wire
from ircbot.network.server.names import fold
from ircbot.network.server.numerics import WORDS, Numeric
from ircbot.network.server.settings import ServerSettings
from ircbot.network.server.state import Channel, User

_TAG_NEEDS: Final = {
    "time": "server-time",
    "account": "account-tag",
    "batch": "batch",
    "label": "labeled-response",
}
"""The capability that shows a tag; every other tag needs message-tags."""

Incoming = Callable[[User, IrcMessage], IrcMessage | tuple[str, ...] | None]
"""A rule for what comes in: another message to go on with, lines to answer instead, or None."""

Outgoing = Callable[[User, IrcMessage], IrcMessage | None]
"""A rule for what goes out: the message to send in its place, None to send nothing."""


def timestamp(at: datetime) -> str:
    """`at` as the time tag has it (IRCv3 server-time)."""
    utc = at.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="milliseconds") + "Z"


class ServerWorld:
    """Everyone and everything on the server."""

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self.now = settings.now
        self.created = self.now()
        self.users: dict[str, User] = {}
        self.connecting: set[User] = set()
        self.channels: dict[str, Channel] = {}
        self.gone: list[User] = []
        self.history = History(settings.history_limit)
        self.capabilities = dict(_offered(settings))
        self.cap_line_room = 400
        self.watchers: list[Callable[[IrcMessage], None]] = []
        self.incoming: list[Incoming] = []
        self.outgoing: list[Outgoing] = []
        self._run = secrets.token_hex(4)
        self._message_numbers = count(1)
        self._batch_numbers = count(1)

    # finding

    def user(self, nick: str) -> User | None:
        """Who is registered under `nick`."""
        return self.users.get(fold(nick))

    def channel(self, name: str) -> Channel | None:
        """The channel called `name`, if anybody is in it."""
        return self.channels.get(fold(name))

    def neighbours(self, user: User) -> set[User]:
        """Everybody who shares a channel with `user`, without them."""
        near = {member for channel in user.channels.values() for member in channel.members}
        return near - {user}

    # telling

    def send(self, user: User, message: IrcMessage) -> None:
        """Send `message` to `user`, with those tags the client asked for."""
        if user.link is None:
            return
        if user.gathered is not None:
            user.gathered.append(message)
            return
        for rule in self.outgoing:
            changed = rule(user, message)
            if changed is None:
                return
            message = changed
        user.link.write(to_wire(message, self._visible_tags(user, message)))

    def _visible_tags(self, user: User, message: IrcMessage) -> dict[str, str]:
        tags = {
            name: value
            for name, value in message.tags.items()
            if user.has(_TAG_NEEDS.get(name, "message-tags"))
        }
        if "time" not in tags and user.has("server-time"):
            return {"time": timestamp(self.now())} | tags
        return tags

    def tell(self, users: Iterable[User], message: IrcMessage) -> None:
        """Send `message` to each of `users`."""
        for user in users:
            self.send(user, message)

    def numeric(self, user: User, numeric: str, *params: str) -> None:
        """Answer `user` with a numeric."""
        message = IrcMessage(numeric, (user.called, *params), self.settings.name)
        self.send(user, message)

    def refuse(self, user: User, numeric: Numeric, *params: str) -> None:
        """Answer `user` with a numeric and its usual words."""
        self.numeric(user, numeric, *params, WORDS[numeric])

    def fail(self, user: User, command: str, code: str, *context: str, text: str) -> None:
        """Answer `user` with a FAIL (IRCv3 standard-replies)."""
        message = IrcMessage("FAIL", (command, code, *context, text), self.settings.name)
        self.send(user, message)

    def notice(self, user: User, source: str, text: str) -> None:
        """Send `user` a NOTICE."""
        self.send(user, IrcMessage("NOTICE", (user.called, text), source))

    def event(self, user: User, command: str, *params: str) -> IrcMessage:
        """Something `user` does now, as others will see it."""
        return IrcMessage(command, params, user.mask, self.tags_of(user))

    def tags_of(self, user: User) -> dict[str, str]:
        """The tags on everything `user` does."""
        tags = {"time": timestamp(self.now())}
        if user.account:
            tags["account"] = user.account
        if "B" in user.modes:
            tags["bot"] = ""
        return tags

    def watch(self, message: IrcMessage) -> None:
        """Show `message` to those who observe the server."""
        for watcher in list(self.watchers):
            watcher(message)

    def happen(self, users: Iterable[User], message: IrcMessage) -> None:
        """Tell `users` and whoever observes the server."""
        self.tell(users, message)
        self.watch(message)

    def new_msgid(self) -> str:
        """An id that no other message has, of this run or another."""
        return f"{self._run}-{next(self._message_numbers)}"

    @contextmanager
    def batch(
        self, user: User, kind: str, *params: str, label: str = ""
    ) -> Iterator[dict[str, str]]:
        """What is sent to `user` with the given tags is one batch, if the client knows batches."""
        tags = {"label": label} if label else {}
        if not user.has("batch"):
            yield {}
            return
        reference = f"b{next(self._batch_numbers)}"
        opening = (f"+{reference}", kind, *params)
        self.send(user, IrcMessage("BATCH", opening, self.settings.name, tags))
        yield {"batch": reference}
        self.send(user, IrcMessage("BATCH", (f"-{reference}",), self.settings.name))

    # what can happen

    def welcome(self, user: User) -> None:
        """Count `user` among the registered."""
        self.connecting.discard(user)
        user.registered = True
        self.users[fold(user.nick)] = user
        self._tell_of_presence(user, fold(user.nick), online=True)

    def rename(self, user: User, nick: str) -> None:
        """Call `user` `nick` from now on."""
        if not user.registered:
            user.nick = nick
            return
        message = self.event(user, "NICK", nick)
        self._tell_of_presence(user, fold(user.nick), online=False)
        del self.users[fold(user.nick)]
        user.nick = nick
        self.users[fold(nick)] = user
        self.happen({user} | self.neighbours(user), message)
        self._tell_of_presence(user, fold(nick), online=True)

    def join(self, user: User, name: str) -> Channel:
        """Put `user` into the channel called `name`, which comes to be if it is not there."""
        channel = self.admit(user, name)
        for member in channel.members:
            self.send(member, self.join_as_seen_by(member, user, channel))
        self.watch(self.event(user, "JOIN", channel.name))
        if user.away:
            near = (member for member in channel.members if member is not user)
            self.tell(_with("away-notify", near), self.event(user, "AWAY", user.away))
        return channel

    def admit(self, user: User, name: str) -> Channel:
        """Count `user` among the members of a channel; nobody is told."""
        channel = self.channel(name)
        if channel is None:
            channel = self.channels[fold(name)] = Channel(name, self.now())
        channel.members[user] = set() if channel.members else {"o"}
        channel.invited.discard(user)
        user.channels[channel.folded] = channel
        return channel

    def join_as_seen_by(self, member: User, user: User, channel: Channel) -> IrcMessage:
        """The JOIN of `user` for one member, extended if their client asked for that."""
        if member.has("extended-join"):
            return self.event(user, "JOIN", channel.name, user.account or "*", user.realname)
        return self.event(user, "JOIN", channel.name)

    def part(self, user: User, channel: Channel, reason: str) -> None:
        """Let `user` leave `channel`."""
        params = (channel.name, reason) if reason else (channel.name,)
        self.happen(list(channel.members), self.event(user, "PART", *params))
        self._remove(user, channel)

    def kick(self, source: str, channel: Channel, user: User, reason: str) -> None:
        """Remove `user` from `channel` in the name of `source`."""
        message = IrcMessage("KICK", (channel.name, user.nick, reason), source)
        self.happen(list(channel.members), replace(message, tags=self._tags_of_source(source)))
        self._remove(user, channel)

    def _tags_of_source(self, source: str) -> dict[str, str]:
        user = self.user(source.partition("!")[0])
        return self.tags_of(user) if user else {"time": timestamp(self.now())}

    def _remove(self, user: User, channel: Channel) -> None:
        channel.members.pop(user, None)
        user.channels.pop(channel.folded, None)
        if not channel.members:
            self.channels.pop(channel.folded, None)

    def quit(self, user: User, reason: str) -> None:
        """Let `user` leave the server."""
        if not user.registered:
            self.connecting.discard(user)
            return
        self.happen(self.neighbours(user), self.event(user, "QUIT", reason))
        self.remove(user)

    def remove(self, user: User) -> None:
        """Forget a registered user; only those who monitor the nick are told."""
        for channel in list(user.channels.values()):
            self._remove(user, channel)
        for channel in self.channels.values():
            channel.invited.discard(user)
        del self.users[fold(user.nick)]
        user.registered = False
        self._tell_of_presence(user, fold(user.nick), online=False)
        self.gone = [user, *self.gone[:99]]

    def log_in(self, user: User, account: str) -> None:
        """Attach `account` to `user`, or none if it is ""."""
        user.account = account
        if account:
            words = f"You are now logged in as {account}"
            self.numeric(user, Numeric.RPL_LOGGEDIN, user.mask, account, words)
        else:
            self.numeric(user, Numeric.RPL_LOGGEDOUT, user.mask, "You are now logged out")
        if user.registered:
            message = self.event(user, "ACCOUNT", account or "*")
            self.tell(_with("account-notify", {user} | self.neighbours(user)), message)

    def set_away(self, user: User, reason: str) -> None:
        """Mark `user` as away for `reason`, or as back if it is ""."""
        user.away = reason
        message = self.event(user, "AWAY", *([reason] if reason else []))
        self.tell(_with("away-notify", self.neighbours(user)), message)

    def set_host(self, user: User, username: str, host: str) -> None:
        """Change `user`'s user@host, as services' virtual hosts do.

        Who cannot be told with CHGHOST sees nothing (InspIRCd's cyclehostsfromuser is off).
        """
        message = self.event(user, "CHGHOST", username, host)
        user.username, user.host = username, host
        self.tell(_with("chghost", {user} | self.neighbours(user)), message)
        self.numeric(user, Numeric.RPL_HOSTHIDDEN, host, "is now your displayed host")

    def set_realname(self, user: User, realname: str) -> None:
        """Change `user`'s realname."""
        user.realname = realname
        message = self.event(user, "SETNAME", realname)
        self.tell(_with("setname", {user} | self.neighbours(user)), message)

    def set_topic(self, source: str, channel: Channel, topic: str) -> None:
        """Change the topic of `channel` in the name of `source`."""
        channel.topic, channel.topic_by, channel.topic_at = topic, source, self.now()
        message = IrcMessage("TOPIC", (channel.name, topic), source, self._tags_of_source(source))
        self.happen(list(channel.members), message)

    def show_modes(self, source: str, channel: Channel, changes: str, *args: str) -> None:
        """Tell `channel` of mode changes that have been made."""
        params = (channel.name, changes, *args)
        message = IrcMessage("MODE", params, source, self._tags_of_source(source))
        self.happen(list(channel.members), message)

    # MONITOR: who is told when a nick appears or goes

    def _tell_of_presence(self, user: User, folded: str, *, online: bool) -> None:
        for other in self.users.values():
            if folded in other.monitored:
                if online:
                    self.numeric(other, Numeric.RPL_MONONLINE, user.mask)
                else:
                    self.numeric(other, Numeric.RPL_MONOFFLINE, other.monitored[folded])


def _with(capability: str, users: Iterable[User]) -> list[User]:
    return [user for user in users if user.has(capability)]


def _offered(settings: ServerSettings) -> Iterator[tuple[str, str]]:
    """The capabilities to offer, each with its value."""
    for item in settings.capabilities:
        name, _, value = item.partition("=")
        if name == "sasl" and not value:
            if not settings.accounts and not settings.certificates:
                continue
            value = ",".join(settings.mechanisms)
        yield name, value
