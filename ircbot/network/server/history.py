"""What was said in each channel, kept in memory for those who missed it (draft/chathistory).

Knows no users and no sockets: it finds messages by id and by time, and `chathistory` asks it.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Final

from ircbot.network.server.message import IrcMessage
from ircbot.network.server.names import fold

CHANNELS_KEPT: Final = 200
"""Channels whose past is kept; the one that has been silent longest is forgotten first."""


class History:
    """The last `limit` messages of each channel, oldest first."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._said: OrderedDict[str, deque[IrcMessage]] = OrderedDict()

    def add(self, channel: str, message: IrcMessage) -> None:
        """Keep `message`, which has the tags time and msgid."""
        said = self._said.setdefault(fold(channel), deque(maxlen=self.limit))
        said.append(message)
        self._said.move_to_end(fold(channel))
        if len(self._said) > CHANNELS_KEPT:
            self._said.popitem(last=False)

    def of(self, channel: str) -> list[IrcMessage]:
        """Everything kept of `channel`."""
        return list(self._said.get(fold(channel), ()))

    def last_times(self) -> dict[str, str]:
        """When something was last said in each channel, by folded name."""
        return {name: said[-1].tags["time"] for name, said in self._said.items() if said}
