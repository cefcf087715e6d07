"""The bot's nick: another one when it is taken, and the wanted one back when it can be had.

Fed with refusals and renames, answers with what to send. Must not know who holds a nick or why:
433, 432 (held by services) and 437 (unavailable for now) all mean that we cannot have it yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from ircbot.network.irclib import Call

_SHORTEST_LIMIT = 9  # RFC 2812 §1.2.1; what every server takes before it has told NICKLEN
_POLL = 60.0  # seconds between attempts to have the wanted nick back
_REGAIN = 300.0  # seconds between requests to services


class NickKeeper:
    """Which nick we have on one link, and which we would rather have."""

    def __init__(self, wanted: str, fold: Callable[[str], str], longest: int = 0) -> None:
        self.wanted = wanted
        self.current = wanted
        self.registered = False
        self._fold = fold
        self._longest = longest or max(_SHORTEST_LIMIT, len(wanted))
        self._others = self._variants()
        self._next_poll = 0.0
        self._next_regain = 0.0

    def use(self, fold: Callable[[str], str]) -> None:
        """Compare nicks as the server does."""
        self._fold = fold

    @property
    def has_wanted(self) -> bool:
        """Whether we are called as configured (letter case aside)."""
        return self._fold(self.current) == self._fold(self.wanted)

    def is_me(self, nick: str) -> bool:
        """Whether a nick is ours at the moment."""
        return self._fold(nick) == self._fold(self.current)

    def refused(self) -> list[Call]:
        """Answer a refusal of our nick: before registration with another one."""
        if self.registered:
            return []  # we keep the one we have; poll() asks again
        self.current = next(self._others)
        return [("nick", self.current)]

    def welcomed(self, nick: str, now: float) -> None:
        """Take the nick that 001 names, which need not be the one we asked for."""
        self.registered = True
        self.current = nick or self.current
        self._next_poll = now + _POLL
        self._next_regain = now

    def renamed(self, new: str, now: float) -> None:
        """Take a rename of ours, wished for or forced."""
        self.current = new
        self._next_poll = now + _POLL

    def poll(self, now: float, logged_in: bool) -> list[Call]:
        """Ask for the wanted nick if it is time: services first, then the server."""
        if not self.registered or self.has_wanted:
            return []
        calls: list[Call] = []
        if logged_in and now >= self._next_regain:
            # Atheme's word. Anope's RECOVER is answered by this as an unknown command, no harm.
            self._next_regain = now + _REGAIN
            calls.append(("privmsg", "NickServ", f"REGAIN {self.wanted}"))
        if now >= self._next_poll:
            self._next_poll = now + _POLL
            calls.append(("nick", self.wanted))
        return calls

    def freed(self, nick: str) -> list[Call]:
        """Answer somebody's leaving: if they held our nick, it can be had now."""
        if self.registered and not self.has_wanted and self._fold(nick) == self._fold(self.wanted):
            return [("nick", self.wanted)]
        return []

    def _variants(self) -> Iterator[str]:
        """Nicks like the wanted one, none twice, none longer than the server takes."""
        yield from (self._ending("_"), self._ending("__"))
        for number in count(1):
            yield self._ending(str(number))

    def _ending(self, suffix: str) -> str:
        return self.wanted[: max(1, self._longest - len(suffix))] + suffix
