"""The results of the lines we sent: arrived, refused, or lost with the link.

If the server echoes our lines, the echo proves the arrival; otherwise a line has arrived if no
refusal came before the PONG to a PING sent after it. Must not know how to send.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ircbot.incident.line import Reply
from ircbot.network.send_queue import QueuedMessage

_PATIENCE = 90.0  # seconds for an echo; InspIRCd holds lines back for minutes only when flooded


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """A reply was accepted, or `refused` says why not. `confirmed`: the server passed it on."""

    reply: Reply
    refused: str = ""
    confirmed: bool = False


@dataclass(slots=True)
class _SentLine:
    message: QueuedMessage
    at: float
    after: int  # the number of the last PING before it
    label: str


@dataclass(slots=True)
class Deliveries:
    """The unconfirmed lines of one link."""

    fold: Callable[[str], str]
    _sent: list[_SentLine] = field(default_factory=list)
    _labels: int = 0

    def __len__(self) -> int:
        return len(self._sent)

    def label(self) -> str:
        """A label for the next line, if the server supports labels."""
        self._labels += 1
        return f"ib{self._labels}"

    def sent(self, message: QueuedMessage, now: float, last_ping: int, label: str = "") -> None:
        """Note a text written to the link."""
        self._sent.append(_SentLine(message, now, last_ping, label))

    def echoed(
        self, target: str, text: str, label: str, now: float
    ) -> tuple[list[DeliveryResult], float]:
        """Take an echo of ours. Returns the results it settles, and how long it took in seconds (0:
        not ours)."""
        folded = self.fold(target)
        for sent in self._sent:
            same = sent.message.text.rstrip(" ") == text.rstrip(" ")
            if (label and sent.label == label) or (
                same and self.fold(sent.message.target) == folded
            ):
                self._sent.remove(sent)
                return self._fates([sent], "", confirmed=True), now - sent.at
        return [], 0.0

    def refused(
        self, target: str, why: str, label: str = ""
    ) -> tuple[list[DeliveryResult], list[QueuedMessage]]:
        """Take a refusal. Returns the results it settles, and the lines it was about."""
        folded = self.fold(target)
        for sent in self._sent:
            if (label and sent.label == label) or self.fold(sent.message.target) == folded:
                same = [s for s in self._sent if s.message.reply is sent.message.reply]
                for other in same:
                    self._sent.remove(other)
                messages = [s.message for s in same]
                return self._fates(same[-1:], why or "refused"), messages
        return [], []

    def answered(self, number: int, echoes: bool) -> list[DeliveryResult]:
        """Take a PONG: without echoes, what was sent before its PING has arrived."""
        if echoes:
            return []
        return self._settle([s for s in self._sent if s.after < number], "")

    def expire(self, now: float, echoes: bool) -> list[DeliveryResult]:
        """Give up waiting for overdue echoes."""
        late = [s for s in self._sent if now - s.at > _PATIENCE] if echoes else []
        return self._settle(late, "the server did not send it on")

    def lost(self) -> list[QueuedMessage]:
        """The unconfirmed lines of a link that died, oldest first."""
        messages = [sent.message for sent in self._sent]
        self._sent.clear()
        return messages

    def _settle(self, settled: list[_SentLine], why: str) -> list[DeliveryResult]:
        if settled:
            gone = set(map(id, settled))
            self._sent = [s for s in self._sent if id(s) not in gone]
        return self._fates(settled, why)

    def _fates(
        self, settled: Iterable[_SentLine], why: str, *, confirmed: bool = False
    ) -> list[DeliveryResult]:
        return [
            DeliveryResult(s.message.reply, why, confirmed)
            for s in settled
            if s.message.reply is not None and (why or s.message.last)
        ]
