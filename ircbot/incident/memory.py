"""The last lines of each channel, in memory only: for declaring in retrospect and promoting lines.

Also the account of each nick, as far as joins, logins and lines show it.

This is the only mutable object in incident/: it is never recorded, and not part of any state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import groupby, islice
from operator import attrgetter

from ircbot.incident.line import Line, LineKind
from ircbot.incident.people import folding
from ircbot.incident.plain import plain

# Looking up a member of an enumeration is slow.
_MESSAGE, _ACTION = LineKind.MESSAGE, LineKind.ACTION
_WHERE = attrgetter("network", "channel")
_UNHEARD = "[nolog]"
_MOST = 1000  # channels; a server that lies could name any number
_MOST_KNOWN = 20_000  # nicks whose accounts are known


def is_kept(line: Line) -> bool:
    """Whether a line is speech that may be remembered."""
    return (line.kind is _MESSAGE or line.kind is _ACTION) and not is_unheard(line.text)


def is_unheard(text: str) -> bool:
    """Whether the speaker asked for a line to be neither remembered nor recorded ("[nolog] …")."""
    return "[" in text and plain(text).lower().startswith(_UNHEARD)


class Memory:
    """The last lines of each channel, limited in number and age."""

    def __init__(self, lines: int = 200, age: timedelta = timedelta(hours=2)) -> None:
        self._size = lines
        self._age = age
        self._channels: dict[tuple[str, str], deque[Line]] = {}  # by network and folded channel
        self._casemappings: dict[str, str] = {}  # by network
        self._accounts: dict[tuple[str, str], str] = {}  # by network and folded nick

    def compare_by(self, network: str, casemapping: str) -> None:
        """Take a network's casemapping."""
        if self._casemappings.get(network, "") == casemapping:
            return
        self._casemappings[network] = casemapping
        fold = folding(casemapping)
        for (where, name), lines in list(self._channels.items()):
            if where == network:
                del self._channels[where, name]
                self._channels[where, fold(lines[-1].channel)] = lines
        # Accounts are announced again on every link.
        self._accounts = {key: a for key, a in self._accounts.items() if key[0] != network}

    def fold(self, name: str, network: str) -> str:
        """A name in the network's casemapping."""
        return folding(self._casemappings.get(network, ""))(name)

    def account_of(self, nick: str, network: str = "") -> str:
        """The account that a nick was last seen with, "" if none.

        It stays even if somebody without an account takes the nick.
        """
        fold = folding(self._casemappings.get(network, ""))
        folded = fold(nick)
        spoke = (
            line
            for (where, _), lines in self._channels.items()
            if where == network
            for line in lines
            if line.account and fold(line.nick) == folded
        )
        last = max(spoke, key=lambda line: line.at, default=None)
        if last is not None and last.account:
            return last.account
        return self._accounts.get((network, folded), "")

    def keep(self, *lines: Line) -> None:
        """Remember those lines that are speech in channels and may be remembered."""
        for (network, name), together in groupby(lines, _WHERE):
            said = list(together)
            # The same as is_kept, but most lines need only half of its checks.
            kept = [x for x in said if (x.kind is _MESSAGE and "[" not in x.text) or is_kept(x)]
            if len(kept) != len(said):
                self._know(said)
            if name and kept and self._size:
                key = (network, folding(self._casemappings.get(network, ""))(name))
                channel = self._channels.get(key)
                if channel is None:
                    channel = self._channels[key] = deque(maxlen=self._size)
                channel.extend(kept)
                if len(self._channels) > _MOST:
                    del self._channels[min(self._channels, key=self._last_said)]

    def _know(self, lines: Iterable[Line]) -> None:
        """Learn accounts from what people do besides speaking."""
        for line in lines:
            if line.account and line.kind is not _MESSAGE:
                fold = folding(self._casemappings.get(line.network, ""))
                nick = line.text if line.kind is LineKind.NICK else line.nick
                self._accounts.pop((line.network, fold(nick)), None)
                self._accounts[line.network, fold(nick)] = line.account
                if len(self._accounts) > _MOST_KNOWN:
                    del self._accounts[next(iter(self._accounts))]

    def _last_said(self, key: tuple[str, str]) -> datetime:
        return self._channels[key][-1].at

    def said(
        self,
        channel: str,
        network: str = "",
        *,
        since: datetime | None = None,
        nick: str = "",
        last: int = 0,
        before: Line | None = None,
    ) -> tuple[Line, ...]:
        """The lines said in a channel, oldest first, restricted by the arguments that are given:
        since a time, by `nick`, only the `last` ones, up to the line `before`.
        """
        fold = folding(self._casemappings.get(network, ""))
        lines = self._channels.get((network, fold(channel)), ())
        latest: Iterable[Line] = reversed(lines)
        for line in latest if before is not None else ():
            if line is before:
                break  # without lines that came together with it
        else:  # it is not remembered
            latest = reversed(lines)
        if since is not None:
            latest = (line for line in latest if line.at >= since)
        found = _said_by(nick, latest, fold, last) if nick else list(islice(latest, last or None))
        found.reverse()
        return tuple(found)

    def forget(self, now: datetime) -> None:
        """Drop lines older than the given age, and channels that are then empty."""
        oldest = now - self._age
        for key, lines in list(self._channels.items()):
            while lines and lines[0].at < oldest:
                lines.popleft()
            if not lines:
                del self._channels[key]

    def drop_channel(self, channel: str, network: str = "") -> None:
        """Forget a whole channel."""
        self._channels.pop((network, self.fold(channel, network)), None)

    def drop_if(self, unwanted: Callable[[Line], bool]) -> None:
        """Forget the lines for which a condition holds."""
        for key, lines in list(self._channels.items()):
            if any(map(unwanted, lines)):
                kept = (line for line in lines if not unwanted(line))
                self._channels[key] = deque(kept, maxlen=self._size)
                if not self._channels[key]:
                    del self._channels[key]


def _said_by(nick: str, lines: Iterable[Line], fold: Callable[[str], str], most: int) -> list[Line]:
    """The first lines of one person, however their nick is written; 0 for all of them."""
    folded = fold(nick)
    others: set[str] = set()
    found: list[Line] = []
    for line in lines:
        name = line.nick
        if name in others:
            continue
        if name == nick or fold(name) == folded:
            found.append(line)
            if len(found) == most:
                break
        else:
            others.add(name)
    return found
