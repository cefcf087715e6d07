"""Limits on what the bot says: receipts are combined, and nobody can make it flood a channel.

Decides nothing else, and has nothing to do with recording.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ircbot.incident.events import Entry, Noted
from ircbot.incident.line import Reply, ReplyKind, Source
from ircbot.incident.people import fold, same_name
from ircbot.incident.setting import Setting
from ircbot.incident.state import State
from ircbot.incident.texts import own_text
from ircbot.incident.times import told
from ircbot.incident.words import ranges, say

log = logging.getLogger(__name__)

_TOGETHER = timedelta(seconds=3)  # acknowledgements to one author within this time are sent as one
_ANSWERS = 30  # lines per minute in answer to one person
_ANNOUNCEMENTS = 60  # lines per minute that one person can have announced, in all channels together
_LINE = 400  # bytes that always fit into a line of IRC
_LONGEST = 3  # lines of one answer
_RANGES = 12  # in a receipt; of more, only the first and last number are given
_ANSWERED = 1000  # people to keep count of
_MINUTE = timedelta(minutes=1)


class ReceiptBatch:
    """Batches receipts for entries: an author's first receipt is sent at once, later ones together.

    People behind a relay have no private window; their receipts go to the channel, all together.
    """

    def __init__(self) -> None:
        # (network, recipient, author, incident) → number, when it happened (None: when it was
        # said), and whether the receipt must name the incident, because it was said elsewhere. The
        # author is "" if it is the recipient.
        self._numbers: dict[tuple[str, str, str, int], list[tuple[int, datetime | None, bool]]] = {}
        self._last: dict[tuple[str, str], datetime] = {}  # who was told recently, and when

    def note(self, entries: Iterable[Entry], state: State) -> None:
        """Note recorded entries, except lines that somebody else promoted: those are answered
        elsewhere."""
        for entry in entries:
            event = entry.event
            if isinstance(event, Noted) and event.by is None and entry.source is Source.LIVE:
                incident = state.incidents[entry.incident]
                nick = entry.by.nick
                to, by = (entry.channel, nick) if entry.by.via else (nick, "")
                key = (incident.network, to, by, entry.incident)
                elsewhere = not same_name(entry.channel, incident.channel)
                self._numbers.setdefault(key, []).append((event.n, event.at, elsewhere))

    def due(self, now: datetime, setting: Setting, several: bool) -> tuple[Reply, ...]:
        """The receipts to send now. `several`: more than one incident is open, so that a receipt
        must name its incident."""
        if not self._numbers:
            return ()
        if setting.quiet:
            self._numbers.clear()
        # Absolute, because a line has the server's time and a tick has ours.
        self._last = {who: at for who, at in self._last.items() if abs(now - at) < _TOGETHER}
        ready = []
        together: dict[tuple[str, str], list[str]] = {}
        for (network, to, by, incident), noted in list(self._numbers.items()):
            if (network, to) in self._last:
                continue
            del self._numbers[network, to, by, incident]
            text = _acknowledged(noted, now, setting)
            if several or any(elsewhere for _, _, elsewhere in noted):
                text += say(setting.process, "in-incident", id=incident)
            if by:
                together.setdefault((network, to), []).append(f"{by}: {text}")
            else:
                ready.append(Reply(to, text, ReplyKind.RECEIPT, network))
        for (network, to), texts in together.items():
            ready.append(Reply(to, "; ".join(texts), ReplyKind.RECEIPT, network))
        for reply in ready:
            self._last[reply.network, reply.to] = now
        return tuple(ready)


def _acknowledged(
    noted: Iterable[tuple[int, datetime | None, bool]], now: datetime, setting: Setting
) -> str:
    """The recorded numbers, each with its time if that differs from the time of recording."""
    by_time: dict[str, list[int]] = {}
    for n, at, _ in noted:
        shown = own_text(setting.process, told(at, now, setting.zone)) if at else ""
        by_time.setdefault(shown, []).append(n)
    return "; ".join(
        say(setting.process, "recorded-for", numbers=_numbers(numbers, setting), at=at)
        if at
        else say(setting.process, "recorded", numbers=_numbers(numbers, setting))
        for at, numbers in by_time.items()
    )


def _numbers(numbers: Sequence[int], setting: Setting) -> str:
    """The numbers of entries, on one line however many there are."""
    shown = ranges(numbers)
    if shown.count(",") < _RANGES:
        return shown
    first, last = min(numbers), max(numbers)
    return say(setting.process, "numbers-many", count=len(numbers), first=first, last=last)


class ReplyLimit:
    """Bounds how many lines per minute one person can make the bot say, wherever they go.

    Each person has two budgets: one for answers, one for announcements and calls. So nobody can
    make the bot flood a channel or use up the leader's budget. Reminders and receipts do not count,
    and recording is never limited.
    """

    def __init__(self) -> None:
        self._said: dict[tuple[str, str, bool], deque[datetime]] = {}
        self._told: set[tuple[str, str, bool]] = set()  # over budget, and logged

    def renamed(self, network: str, nick: str, to: str) -> None:
        """Carry a person's budgets over to their new nick."""
        for answer in (True, False):
            said = self._said.pop((network, fold(nick), answer), None)
            if said is not None:
                self._said[network, fold(to), answer] = said

    def bounded(self, replies: Sequence[Reply], now: datetime) -> tuple[Reply, ...]:
        """The replies without those over budget; none is longer than three lines,
        except an update.
        """
        return tuple(_cut(reply) for reply in replies if self._has_room(reply, now))

    def _has_room(self, reply: Reply, now: datetime) -> bool:
        who = reply.asker or reply.by
        if not who:
            return True
        answer = bool(reply.asker) and not reply.broadcast
        key, most = (reply.network, fold(who), answer), _ANSWERS if answer else _ANNOUNCEMENTS
        said = self._said.get(key)
        if said is None:
            if len(self._said) >= _ANSWERED:
                longest_known = next(iter(self._said))
                del self._said[longest_known]
                self._told.discard(longest_known)
            said = self._said[key] = deque()
        while said and not timedelta(0) <= now - said[0] < _MINUTE:
            said.popleft()
        lines = _lines(_cut(reply))
        if len(said) + lines > most:
            if key not in self._told:
                log.warning("%s has had too many answers in a minute; some are dropped", who)
                self._told.add(key)
            return False
        self._told.discard(key)
        said.extend([now] * lines)
        return True


def _lines(reply: Reply) -> int:
    """How many IRC lines a reply takes, as far as the core can know."""
    return -(-len(reply.text.encode()) // _LINE) or 1


def _cut(reply: Reply) -> Reply:
    """A reply of at most three lines; text that is announced word for word stays whole."""
    if not reply.asker or reply.broadcast or _lines(reply) <= _LONGEST:
        return reply
    room = reply.text.encode()[: _LONGEST * _LINE - 4].decode("utf-8", "ignore")
    return replace(reply, text=f"{room.rpartition(' ')[0] or room} …")
