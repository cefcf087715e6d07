"""The last lines of each channel, in memory only: for declaring backwards and promoting lines.

The one thing in incident/ that is changed in place: it is never recorded, no desk holds it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta

from ircbot.incident.line import Line, LineKind
from ircbot.incident.people import fold, same_name


class Memory:
    """What was said of late, bounded by number and age for each channel."""

    def __init__(self, lines: int = 200, age: timedelta = timedelta(hours=2)) -> None:
        self._size = lines
        self._age = age
        self._channels: dict[str, deque[Line]] = {}

    def keep(self, line: Line) -> None:
        """Remember a line, unless its speaker asked not to ("[nolog] …")."""
        if not self._size or line.kind not in _SPEECH or line.text.lstrip().startswith("[nolog]"):
            return
        channel = self._channels.get(line.channel)
        if channel is None:
            channel = self._channels[line.channel] = deque(maxlen=self._size)
        channel.append(line)

    def said(self, channel: str, *, since: datetime) -> tuple[Line, ...]:
        """What was said in a channel since then, oldest first, as far as it is remembered."""
        return tuple(
            line
            for name, lines in self._channels.items()
            if same_name(name, channel)
            for line in lines
            if line.at >= since
        )

    def last(self, channel: str, number: int, nick: str = "") -> tuple[Line, ...]:
        """The last `number` lines of a channel, or of `nick` in it, oldest first."""
        lines = [
            line
            for name, kept in self._channels.items()
            if same_name(name, channel)
            for line in kept
            if not nick or same_name(line.nick, nick)
        ]
        return tuple(lines[-number:]) if number > 0 else ()

    def forget(self, now: datetime) -> None:
        """Drop what is older than the age asked for."""
        oldest = now - self._age
        for lines in self._channels.values():
            while lines and lines[0].at < oldest:
                lines.popleft()

    def drop(self, *, channels: Iterable[str] = (), nick: str = "") -> None:
        """Drop whole channels, and everything a person said."""
        gone = {fold(channel) for channel in channels}
        for name, lines in self._channels.items():
            if fold(name) in gone:
                lines.clear()
            elif nick and any(same_name(line.nick, nick) for line in lines):
                kept = [line for line in lines if not same_name(line.nick, nick)]
                lines.clear()
                lines.extend(kept)


_SPEECH = frozenset({LineKind.MESSAGE, LineKind.ACTION})
