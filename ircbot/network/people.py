"""Who is where: nicks, hosts, accounts, and the operators of each channel.

Takes what the server says; never asks. A message about an unknown person or channel is believed as
far as it goes, so that the next line makes up for a lost one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TypeVar

from ircbot.network.isupport import Support
from ircbot.network.message import is_word

T = TypeVar("T")

_MOST = 20_000  # people; a server that lies could name any number
_MOST_MASKS = 500  # bans of each channel
_HIDDEN = frozenset("spi")  # secret, private, invite-only: not for everybody's eyes


@dataclass(slots=True)
class Somebody:
    """A person or bot in one of our channels."""

    nick: str
    userhost: str = ""
    account: str | None = None  # None: unknown; "": the server said that there is none
    away: bool = False
    channels: tuple[
        str, ...
    ] = ()  # folded; usually one, and a set would need four times the memory


@dataclass(slots=True)
class Room:
    """A channel we are in: who is there with which modes, the channel's own modes, the topic."""

    name: str
    members: dict[str, str] = field(default_factory=dict)  # folded nick → modes
    topic: str | None = None  # None: unknown
    modes: set[str] = field(default_factory=set)  # modes that are set, also those with a parameter
    names_told: bool = False  # whether all members are known (366)
    modes_told: bool = False  # whether all modes are known (324)
    masks: set[tuple[str, str]] = field(default_factory=set)  # (mode, mask) set since we joined

    @property
    def hidden(self) -> bool:
        """Whether it is secret, private or invite-only (+s, +p, +i)."""
        return not _HIDDEN.isdisjoint(self.modes)


def account_named(told: str) -> str:
    """The account that a server names; "" for none, which may be written as "*" or "0".

    >>> account_named("alice"), account_named("*")
    ('alice', '')
    """
    return told if told not in ("*", "0") and is_word(told) else ""


class People:
    """Everybody visible on one link. `version` grows with every change."""

    def __init__(self, support: Support) -> None:
        self._support = support
        self._somebody: dict[str, Somebody] = {}
        self._rooms: dict[str, Room] = {}
        self.version = 0

    def refold(self) -> None:
        """Compare all names again, because the server announced its casemapping."""
        people, rooms = self._somebody.values(), self._rooms.values()
        self._somebody, self._rooms = {}, {}
        for room in rooms:
            self._rooms[self._support.fold(room.name)] = Room(
                room.name, topic=room.topic, modes=room.modes, modes_told=room.modes_told
            )
        for person in people:
            self._somebody[self._support.fold(person.nick)] = person
            person.channels = ()
        self.version += 1

    def __iter__(self) -> Iterator[Somebody]:
        return iter(self._somebody.values())

    def __len__(self) -> int:
        return len(self._somebody)

    def person(self, nick: str) -> Somebody | None:
        """Somebody by nick, None if unseen."""
        return self._somebody.get(self._support.fold(nick))

    def room(self, channel: str) -> Room | None:
        """A channel we are in, else None."""
        return self._rooms.get(self._support.fold(channel))

    def rooms(self) -> Iterable[Room]:
        """The channels we are in."""
        return self._rooms.values()

    def in_channel(self, nick: str, channel: str) -> bool:
        """Whether somebody is known to be in a channel."""
        room = self.room(channel)
        return room is not None and self._support.fold(nick) in room.members

    def present(self, channel: str) -> dict[str, str]:
        """Who is in a channel: folded nick → nick as written."""
        room = self.room(channel)
        nicks = room.members if room is not None else ()
        return {nick: self._somebody[nick].nick for nick in nicks if nick in self._somebody}

    def is_operator(self, nick: str, channel: str) -> bool:
        """Whether somebody is an operator of a channel, by any rank from operator up."""
        room = self.room(channel)
        if room is None:
            return False
        modes = room.members.get(self._support.fold(nick), "")
        return not self._support.operator_modes.isdisjoint(modes)

    def entered(self, channel: str) -> Room:
        """Note that we joined a channel; nothing is known of it yet."""
        self.left_by_us(channel)
        room = self._rooms[self._support.fold(channel)] = Room(channel)
        self.version += 1
        return room

    def channel_renamed(self, old: str, new: str) -> None:
        """Note the new name of a channel that we are in."""
        was, now = self._support.fold(old), self._support.fold(new)
        if (room := self._rooms.pop(was, None)) is None:
            return
        room.name = new
        self._rooms[now] = room
        for nick in room.members:
            if (person := self._somebody.get(nick)) is not None:
                person.channels = tuple(now if one == was else one for one in person.channels)
        self.version += 1

    def left_by_us(self, channel: str) -> None:
        """Forget a channel and those seen only there."""
        folded = self._support.fold(channel)
        room = self._rooms.pop(folded, None)
        for nick in room.members if room else ():
            self._leave(nick, folded)
        self.version += 1

    def joined(self, nick: str, channel: str, userhost: str = "", modes: str = "") -> Somebody:
        """Note that somebody is in a channel."""
        self.version += 1
        person = self.seen(nick, userhost)
        folded, key = self._support.fold(channel), self._support.fold(nick)
        room = self._rooms.get(folded)
        if room is not None and (key in self._somebody or len(self._somebody) < _MOST):
            room.members[key] = modes
            if folded not in person.channels:
                person.channels += (folded,)
            self._somebody[key] = person
        return person

    def seen(self, nick: str, userhost: str = "") -> Somebody:
        """Somebody with this user@host, if known. Kept only if they are in a channel of ours."""
        person = self._somebody.get(self._support.fold(nick))
        if person is None:
            return Somebody(nick, userhost)
        if userhost and userhost != person.userhost:
            person.userhost = userhost
            self.version += 1
        return person

    def left(self, nick: str, channel: str) -> None:
        """Note that somebody else has left a channel."""
        folded, key = self._support.fold(channel), self._support.fold(nick)
        if (room := self._rooms.get(folded)) is not None:
            room.members.pop(key, None)
        self._leave(key, folded)
        self.version += 1

    def _leave(self, key: str, channel: str) -> None:
        if (person := self._somebody.get(key)) is None:
            return
        person.channels = tuple(one for one in person.channels if one != channel)
        if not person.channels:  # out of sight: changes would go unnoticed
            del self._somebody[key]

    def gone(self, nick: str) -> None:
        """Note that somebody has left the network."""
        key = self._support.fold(nick)
        person = self._somebody.pop(key, None)
        for channel in person.channels if person else ():
            if (room := self._rooms.get(channel)) is not None:
                room.members.pop(key, None)
        self.version += 1

    def renamed(self, old: str, new: str) -> None:
        """Note somebody's new nick."""
        was, now = self._support.fold(old), self._support.fold(new)
        if (person := self._somebody.pop(was, None)) is None:
            return
        self.gone(new)  # we may have missed that whoever had it is gone
        person.nick = new
        self._somebody[now] = person
        for channel in person.channels:
            if (room := self._rooms.get(channel)) is not None:
                room.members[now] = room.members.pop(was, "")
        self.version += 1

    def listed(self, channel: str, entries: Iterable[str]) -> None:
        """Take the entries of a NAMES answer, with multi-prefix and userhost-in-names or not."""
        room = self.room(channel)
        for entry in entries:
            symbols, rest = self._support.split_symbols(entry)
            nick, _, userhost = rest.partition("!")
            if nick and room is not None:
                self.joined(nick, channel, userhost, self._support.modes_of(symbols))

    def modes_changed(
        self, channel: str, modes: str, values: Sequence[str], *, complete: bool = False
    ) -> None:
        """Take a MODE of a channel, or with `complete` all its modes (324)."""
        room = self.room(channel)
        if room is None:
            return
        support = self._support
        if complete:
            room.modes.clear()
            room.modes_told = True
        for given, mode, value in support.mode_changes(modes, values):
            if mode in support.member_modes:
                key = support.fold(value)
                had = room.members.get(key)
                if had is not None:
                    room.members[key] = had.replace(mode, "") + (mode if given else "")
            elif mode in support.list_modes:
                _note(room.masks, (mode, support.fold(value)), given and bool(value))
            else:
                _note(room.modes, mode, given)
        self.version += 1

    def why_muted(self, nick: str, userhost: str, channel: str) -> str:
        """Why somebody cannot speak in a channel, "" if they can, as far as known."""
        room = self.room(channel)
        if room is None or room.members.get(self._support.fold(nick)):
            return ""  # any rank may speak
        if "m" in room.modes:
            return "moderated (+m), and the bot has no voice"
        whole = self._support.fold(f"{nick}!{userhost or '*@*'}")
        for mode, mask in room.masks:
            if mode in "bq" and fnmatchcase(whole, _as_pattern(mask)):
                return f"the bot is banned there (+{mode})"
        return ""

    def logged_in(self, nick: str, account: str) -> None:
        """Note somebody's account, "" for none."""
        person = self.seen(nick)
        if person.account != account:
            person.account = account
            self.version += 1


def _note(kept: set[T], what: T, given: bool) -> None:
    if given and len(kept) < _MOST_MASKS:
        kept.add(what)
    elif not given:
        kept.discard(what)


def _as_pattern(mask: str) -> str:
    """A mask as a pattern for fnmatch. Only `*` and `?` are wildcards; `[` is itself."""
    return mask.replace("[", "[[]")
