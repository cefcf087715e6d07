"""Our PINGs and the server's PONGs: whether it is alive, and has processed what we sent.

Takes the time and what is heard; says when to ping and when to give up the link. A PONG confirms
every line sent before its PING. Times are the loop's, in seconds.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from ircbot.network.irclib import IrcCall
from ircbot.network.settings import Timeouts

_TOKEN = "ircbot-"
_BEHIND = 240.0  # a PING unanswered this long while the server talks: it no longer hears us


@dataclass(frozen=True, slots=True)
class Pong:
    """A PONG: which PING it answers, and how many seconds that took."""

    number: int
    delay: float


class Heartbeat:
    """The PINGs of one link."""

    def __init__(self, timeouts: Timeouts, now: float) -> None:
        self._timeouts = timeouts
        self._heard_at = now
        self._waiting: deque[tuple[int, float]] = deque()  # (number, when), unanswered
        self._asked_at = now  # the last PING because of silence
        self._asked = 0  # PINGs since we last heard anything
        self.number = 0  # of the last PING
        self.why_dead = ""

    @property
    def waiting(self) -> bool:
        """Whether a PING is unanswered."""
        return bool(self._waiting)

    def is_doubtful(self, now: float) -> bool:
        """Whether the server has been silent for so long, in spite of a PING, that another machine,
        if there is one, should answer instead."""
        return self._asked > 0 and now - self._heard_at >= self._timeouts.doubt

    def heard(self, now: float) -> None:
        """Note that something came from the server."""
        self._heard_at = now
        self._asked = 0

    def ask(self, now: float) -> IrcCall:
        """A PING to send."""
        self.number += 1
        self._waiting.append((self.number, now))
        return ("ping", f"{_TOKEN}{self.number}")

    def answered(self, token: str, now: float) -> Pong | None:
        """Take a PONG. One with an unknown token answers the oldest PING."""
        number = 0
        if token.startswith(_TOKEN) and token[len(_TOKEN) :].isdecimal():
            number = int(token[len(_TOKEN) :][:12])
        elif self._waiting:
            number = self._waiting[0][0]
        answered = None
        while self._waiting and self._waiting[0][0] <= number:
            found, since = self._waiting.popleft()
            answered = Pong(found, now - since)
        return answered

    def check(self, now: float) -> list[IrcCall]:
        """The PINGs to send because of silence. Sets `why_dead` once the link is dead."""
        silence = now - self._heard_at
        if self._asked == 0:
            if silence >= self._timeouts.idle:
                return [self._wake(now)]
        elif now - self._asked_at >= self._timeouts.pong:
            if self._asked == 1:
                return [self._wake(now)]
            self.why_dead = f"silent for {silence:.0f} s in spite of two PINGs"
        if self._waiting and now - self._waiting[0][1] >= _BEHIND:
            self.why_dead = f"a PING unanswered for {_BEHIND:.0f} s"
        return []

    def _wake(self, now: float) -> IrcCall:
        self._asked += 1
        self._asked_at = now
        return self.ask(now)
