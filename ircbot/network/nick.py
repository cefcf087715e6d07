"""The bot's nick: requests another one while the wanted nick is taken, and that again when free.

Takes refusals and renames, returns what to send. Must not know who holds a nick or why: 433, 432
(held by services) and 437 (unavailable for now) all mean that we cannot have it yet. 432 and 400
may also mean that the server never accepts it, because it is too long or has invalid characters.
Stock ngIRCd accepts nine characters, and says so in 432 before it sends NICKLEN in 005.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import count

from ircbot.network.irclib import IrcCall

_SHORTEST_LIMIT = 9  # characters that every server accepts (RFC 2812 §1.2.1), before NICKLEN
_NEUTRAL = "ircbot"  # acceptable to every server
_FAULTS = 2  # refusals as invalid of nicks like the wanted one, before the neutral one is tried
_LIMIT = re.compile(r"(?:\b(?:max|limit|most|up to|longer|than|exceed)\D{0,20})(\d{1,3})\b", re.I)
_POLL = 60.0  # seconds between attempts to have the wanted nick back
_REGAIN = 300.0  # seconds between requests to services


class NickKeeper:
    """The nick we have on one link, and the one we want."""

    def __init__(
        self, wanted: str, fold: Callable[[str], str], longest: int = 0, first: str = ""
    ) -> None:
        """`longest` is the length that the server is known to accept, 0 if unknown. `first` is the
        nick to register with, if it is not the wanted one."""
        self.longest = longest  # accepted by the server, as far as known
        self._in_a_hurry = bool(first)
        self.wanted = wanted[: longest or None]
        self.current = self._like = (first or wanted)[: longest or None]
        self.registered = False
        self._fold = fold
        self._faults = 0  # refusals of nicks as invalid
        self._others = self._variants()
        self._next_poll = 0.0
        self._next_regain = 0.0

    def use(self, fold: Callable[[str], str]) -> None:
        """Compare nicks as the server does."""
        self._fold = fold

    def want(self, nick: str, now: float) -> None:
        """Change to another nick as soon as it is free."""
        self.wanted = nick[: self.longest or None]
        self._next_poll = self._next_regain = now

    @property
    def has_wanted(self) -> bool:
        """Whether we have the wanted nick, ignoring case."""
        return self._fold(self.current) == self._fold(self.wanted)

    def is_me(self, nick: str) -> bool:
        """Whether a nick is our present one."""
        return self._fold(nick) == self._fold(self.current)

    def limited(self, longest: int) -> None:
        """Note the length of the longest nick that the server accepts; longer ones are not
        requested any more."""
        self.longest = longest
        self.wanted, self._like = self.wanted[:longest], self._like[:longest]

    def refused(self, fault: str | None = None) -> list[IrcCall]:
        """Take a refusal of our nick. Before registration, returns a request for another one.

        `fault` is what the server says is wrong with the nick itself, None if it is only taken.
        """
        if self.registered:
            return []  # we keep the nick we have; poll() asks again
        if fault is not None and (nick := self._without(fault)):
            self.current = nick
        else:
            self.current = next(self._others)
        return [("nick", self.current)]

    def _without(self, fault: str) -> str:
        """The wanted nick without the fault that the server names, "" if that cannot be removed."""
        told = _LIMIT.search(fault)
        longest = int(told[1]) if told else _SHORTEST_LIMIT
        if 0 < longest < len(self.current) and (told or not self._faults):
            self.limited(longest)
            self._others = self._variants()
            return self._like
        self._faults += 1
        if self._faults == _FAULTS:
            self._others = self._neutral()
        return ""

    def welcomed(self, nick: str, now: float) -> None:
        """Take the nick in 001, which may differ from the one we requested."""
        self.registered = True
        self.current = nick or self.current
        self._next_poll = now if self._in_a_hurry else now + _POLL
        self._next_regain = now

    def renamed(self, new: str, now: float) -> None:
        """Take a change of our nick, requested or forced."""
        self.current = new
        self._next_poll = now + _POLL

    def poll(self, now: float, logged_in: bool) -> list[IrcCall]:
        """Request the wanted nick if it is time: from services first, then from the server."""
        if not self.registered or self.has_wanted:
            return []
        calls: list[IrcCall] = []
        if logged_in and now >= self._next_regain:
            # Atheme's command. Anope, whose command is RECOVER, answers that it is unknown.
            self._next_regain = now + _REGAIN
            calls.append(("privmsg", "NickServ", f"REGAIN {self.wanted}"))
        if now >= self._next_poll:
            self._next_poll = now + _POLL
            calls.append(("nick", self.wanted))
        return calls

    def freed(self, nick: str) -> list[IrcCall]:
        """Somebody left. If they held our nick, request it."""
        if self.registered and not self.has_wanted and self._fold(nick) == self._fold(self.wanted):
            return [("nick", self.wanted)]
        return []

    def _variants(self) -> Iterator[str]:
        """Nicks like the wanted one, none twice, none longer than the server accepts."""
        yield from (self._ending("_"), self._ending("__"))
        for number in count(1):
            yield self._ending(str(number))

    def _neutral(self) -> Iterator[str]:
        yield _NEUTRAL
        for number in count(1):
            yield f"{_NEUTRAL}{number}"

    def _ending(self, suffix: str) -> str:
        longest = self.longest or max(_SHORTEST_LIMIT, len(self._like))
        return self._like[: max(1, longest - len(suffix))] + suffix
