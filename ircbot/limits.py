"""What is said less of: acknowledgements go out together, and nobody has the bot flood a channel.

Decides nothing else; what is on record is not its business.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from ircbot.incident.events import Entry, Noted
from ircbot.incident.line import Reply, ReplyKind, Source
from ircbot.incident.people import fold, same_name
from ircbot.incident.setting import Setting
from ircbot.incident.state import State
from ircbot.incident.times import told
from ircbot.incident.words import ranges, say

log = logging.getLogger(__name__)

_TOGETHER = timedelta(seconds=3)  # an author's acknowledgements this close go out as one
_ANSWERS = 30  # lines that one person is answered in a minute
_ANSWERED = 1000  # people whose answers are counted
_MINUTE = timedelta(minutes=1)


class ReceiptBatch:
    """Acknowledgements of entries: an author's first at once, what follows soon after together."""

    def __init__(self) -> None:
        # (network, nick, incident) → number, when it happened (None: when it was said), and
        # whether the incident has to be named because it was said elsewhere
        self._numbers: dict[tuple[str, str, int], list[tuple[int, datetime | None, bool]]] = {}
        self._last: dict[tuple[str, str], datetime] = {}  # who was told of late, and when

    def note(self, entries: Iterable[Entry], state: State) -> None:
        """Entries that are on disk. Lines of others that were taken in are answered elsewhere."""
        for entry in entries:
            event = entry.event
            if isinstance(event, Noted) and event.by is None and entry.source is Source.LIVE:
                incident = state.incidents[entry.incident]
                key = (incident.network, entry.by.nick, entry.incident)
                elsewhere = not same_name(entry.channel, incident.channel)
                self._numbers.setdefault(key, []).append((event.n, event.at, elsewhere))

    def due(self, now: datetime, setting: Setting, several: bool) -> tuple[Reply, ...]:
        """What is to be acknowledged now. `several`: the incident has to be named."""
        if setting.quiet:
            self._numbers.clear()
        # Either way: the line's time is the server's, a tick's ours.
        self._last = {who: at for who, at in self._last.items() if abs(now - at) < _TOGETHER}
        ready = []
        for (network, nick, incident), noted in list(self._numbers.items()):
            if (network, nick) in self._last:
                continue
            del self._numbers[network, nick, incident]
            text = _acknowledged(noted, now, setting)
            if several or any(elsewhere for _, _, elsewhere in noted):
                text += f" (incident {incident})"
            ready.append(Reply(nick, text, ReplyKind.RECEIPT, network))
        for reply in ready:
            self._last[reply.network, reply.to] = now
        return tuple(ready)


def _acknowledged(
    noted: Iterable[tuple[int, datetime | None, bool]], now: datetime, setting: Setting
) -> str:
    """The numbers that are recorded; with the time where it is not that of the recording."""
    by_time: dict[str, list[int]] = {}
    for n, at, _ in noted:
        by_time.setdefault(told(at, now, setting.zone) if at else "", []).append(n)
    return "; ".join(
        say(setting.process, "recorded-for", numbers=ranges(numbers), at=at)
        if at
        else say(setting.process, "recorded", numbers=ranges(numbers))
        for at, numbers in by_time.items()
    )


class ReplyLimit:
    """How much one person is answered: nobody can have the bot flood a channel.

    Announcements, reminders and receipts are not bounded, nor is ever what is recorded.
    """

    def __init__(self) -> None:
        self._answered: dict[tuple[str, str], deque[datetime]] = {}
        self._told: set[tuple[str, str]] = set()  # of whom the log knows that it is too much

    def bounded(self, replies: Sequence[Reply], now: datetime) -> tuple[Reply, ...]:
        """The replies without the answers that are one person's too many."""
        return tuple(r for r in replies if not r.asker or r.broadcast or self._has_room(r, now))

    def _has_room(self, reply: Reply, now: datetime) -> bool:
        key = (reply.network, fold(reply.asker))
        answered = self._answered.get(key)
        if answered is None:
            if len(self._answered) >= _ANSWERED:
                self._answered.clear()
                self._told.clear()
            answered = self._answered[key] = deque()
        while answered and not timedelta(0) <= now - answered[0] < _MINUTE:
            answered.popleft()
        if len(answered) >= _ANSWERS:
            if key not in self._told:
                log.warning("%s is answered no more for a moment", reply.asker)
                self._told.add(key)
            return False
        self._told.discard(key)
        answered.append(now)
        return True
