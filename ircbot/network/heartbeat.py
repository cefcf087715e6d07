"""Is the other side alive, and has it worked off what we sent? PING and PONG, ours to the server.

Fed with the time and with what is heard; says when to ask and when to give the link up. A PONG
answers for every line sent before its PING. Times are the loop's, in seconds.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from ircbot.network.irclib import Call
from ircbot.network.settings import Timeouts

_TOKEN = "ircbot-"
_BEHIND = 240.0  # a PING unanswered this long although the server talks: it hears us no more


@dataclass(frozen=True, slots=True)
class Answered:
    """A PONG: which PING it answers, and how long that took."""

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

    def heard(self, now: float) -> None:
        """Something, whatever it is, has come from the server."""
        self._heard_at = now
        self._asked = 0

    def ask(self, now: float) -> Call:
        """A PING to send."""
        self.number += 1
        self._waiting.append((self.number, now))
        return ("ping", f"{_TOKEN}{self.number}")

    def answered(self, token: str, now: float) -> Answered | None:
        """Take a PONG. One with a token of its own making answers the oldest PING."""
        number = 0
        if token.startswith(_TOKEN) and token[len(_TOKEN) :].isdecimal():
            number = int(token[len(_TOKEN) :][:12])
        elif self._waiting:
            number = self._waiting[0][0]
        answered = None
        while self._waiting and self._waiting[0][0] <= number:
            found, since = self._waiting.popleft()
            answered = Answered(found, now - since)
        return answered

    def check(self, now: float) -> list[Call]:
        """PINGs to send for silence. Sets `why_dead` when there is no hope."""
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

    def _wake(self, now: float) -> Call:
        self._asked += 1
        self._asked_at = now
        return self.ask(now)
