"""The last lines of each channel, in memory only: for declaring backwards and promoting lines.

The one thing in incident/ that is changed in place: it is never recorded, no state holds it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from ircbot.incident.line import Line, LineKind
from ircbot.incident.people import fold, same_name
from ircbot.incident.plain import plain

# Members of an enumeration take their time to be looked up.
_MESSAGE, _ACTION = LineKind.MESSAGE, LineKind.ACTION
_WHERE = attrgetter("network", "channel")
_UNHEARD = "[nolog]"
_MOST = 1000  # channels; a server that lies could name others without end


def is_unheard(text: str) -> bool:
    """Whether a speaker asked that a line be neither kept nor recorded ("[nolog] …")."""
    return "[" in text and plain(text).lower().startswith(_UNHEARD)


class Memory:
    """What was said of late, bounded by number and age for each channel."""

    def __init__(self, lines: int = 200, age: timedelta = timedelta(hours=2)) -> None:
        self._size = lines
        self._age = age
        self._channels: dict[tuple[str, str], deque[Line]] = {}  # by network and folded channel

    def keep(self, *lines: Line) -> None:
        """Remember lines, those of channels and whose speakers did not ask otherwise."""
        for (network, name), said in groupby(lines, _WHERE):
            kept = [
                line
                for line in said
                if (line.kind is _MESSAGE or line.kind is _ACTION) and not is_unheard(line.text)
            ]
            if name and kept and self._size:
                channel = self._channels.get((network, fold(name)))
                if channel is None:
                    channel = self._channels[network, fold(name)] = deque(maxlen=self._size)
                channel.extend(kept)
                if len(self._channels) > _MOST:
                    del self._channels[min(self._channels, key=self._last_said)]

    def _last_said(self, key: tuple[str, str]) -> datetime:
        return self._channels[key][-1].at

    def said(
        self, channel: str, network: str = "", *, since: datetime | None = None, nick: str = ""
    ) -> tuple[Line, ...]:
        """What was said in a channel, since then and by `nick` if given, oldest first."""
        return tuple(
            line
            for line in self._channels.get((network, fold(channel)), ())
            if (since is None or line.at >= since) and (not nick or same_name(line.nick, nick))
        )

    def forget(self, now: datetime) -> None:
        """Drop what is older than the age asked for, and channels of which nothing is left."""
        oldest = now - self._age
        for key, lines in list(self._channels.items()):
            while lines and lines[0].at < oldest:
                lines.popleft()
            if not lines:
                del self._channels[key]

    def drop_channel(self, channel: str, network: str = "") -> None:
        """Forget a whole channel."""
        self._channels.pop((network, fold(channel)), None)

    def drop_if(self, unwanted: Callable[[Line], bool]) -> None:
        """Forget lines wherever they were said."""
        for key, lines in list(self._channels.items()):
            if any(map(unwanted, lines)):
                kept = (line for line in lines if not unwanted(line))
                self._channels[key] = deque(kept, maxlen=self._size)
                if not self._channels[key]:
                    del self._channels[key]
