r"""Client-to-client queries (CTCP), and the few that are answered.

Pure but for the limit on answers. The library's parser is not used: it unquotes \x10 in ordinary
text, which would change what people said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from irc.ctcp import DELIMITER

from ircbot import __version__
from ircbot.incident.plain import shown

_LONGEST_ECHO = 64  # of a PING's text that is sent back
_EVERY = 4.0  # seconds an answer costs
_AT_ONCE = 3  # answers


@dataclass(frozen=True, slots=True)
class CtcpQuery:
    """A CTCP query: its word in upper case, and what follows."""

    word: str
    rest: str


def read(text: str) -> CtcpQuery | None:
    r"""The query of a message, None if it is ordinary text. The closing mark may be missing.

    >>> read("\x01ACTION takes a look\x01")
    CtcpQuery(word='ACTION', rest='takes a look')
    >>> read("\x01DCC") == CtcpQuery("DCC", "")
    True
    """
    if not text.startswith(DELIMITER):
        return None
    word, _, rest = text.strip(DELIMITER).partition(" ")
    return CtcpQuery(word.upper(), rest)


class CtcpReplies:
    """Answers to queries, limited in rate."""

    def __init__(self) -> None:
        self._left = float(_AT_ONCE)
        self._at = 0.0

    def answer(self, query: CtcpQuery, now: float, at: datetime) -> str:
        """The reply to a query, "" for none."""
        match query.word:
            case "VERSION":
                text = f"VERSION ircbot {__version__}"
            case "PING":
                text = f"PING {shown(query.rest)[:_LONGEST_ECHO]}"
            case "TIME":
                text = f"TIME {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
            case _:
                return ""
        self._left = min(float(_AT_ONCE), self._left + (now - self._at) / _EVERY)
        self._at = now
        if self._left < 1:
            return ""
        self._left -= 1
        return text
