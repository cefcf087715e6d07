"""Recognises playback, and lines that were heard before: gaps, batches, repeated lines.

A line is playback if its batch says so, or if it was said before we joined its channel. Nothing is
held back until a batch ends, so an unclosed one costs nothing. Times are aware and UTC.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ircbot.incident.line import Line

_REMEMBERED = 400  # lines of each channel
_MOST_CHANNELS = 1000
_MOST_LINES = 10_000  # of all channels together that we do not want to be in
_PLAYBACK_TIME = 30.0  # seconds after a JOIN within which +H and bouncers play back
_LONGEST_PLAYBACK = 120.0  # seconds between a bouncer's markers
_MOST_BATCHES = 64
_PLAYBACK = ("chathistory", "draft/chathistory", "znc.in/playback", "playback", "history")

# +H and bouncers keep times in whole seconds, by their own clock.
_SAME_TIME = timedelta(seconds=2)
_SECOND = timedelta(seconds=1)  # time stamps may be truncated to it
_QUARTER = timedelta(minutes=15)
_ZONES = timedelta(hours=26)  # between the easternmost and the westernmost


@dataclass(slots=True)
class Batch:
    """One batch: its type, its first parameter, the batch around it."""

    kind: str
    about: str
    around: str
    tags: Mapping[str, str] = field(default_factory=dict)  # of the message that opened it
    lines: int = 0
    last: datetime | None = None  # when the last line in it was said

    @property
    def is_history(self) -> bool:
        """Whether it answers CHATHISTORY."""
        return self.kind.endswith("chathistory")


class Batches:
    """The open batches of one link."""

    def __init__(self) -> None:
        self._open: dict[str, Batch] = {}

    def __len__(self) -> int:
        return len(self._open)

    def take(
        self,
        reference: str,
        kind: str,
        about: str,
        around: str,
        tags: Mapping[str, str] | None = None,
    ) -> Batch | None:
        """Take a BATCH message: `+name` opens, `-name` closes. Returns the batch it closes."""
        name = reference[1:]
        if reference.startswith("+") and name:
            self._open.pop(name, None)  # used again without having been closed
            self._open[name] = Batch(kind.lower(), about, around, tags or {})
            if len(self._open) > _MOST_BATCHES:
                del self._open[next(iter(self._open))]
        return self._open.pop(name, None) if reference.startswith("-") else None

    def get(self, name: str) -> Batch | None:
        """An open batch."""
        return self._open.get(name)

    def kinds(self, name: str) -> list[str]:
        """The types of a batch and of those around it; nothing for an unknown one."""
        kinds = []
        seen = set()
        while name in self._open and name not in seen:
            seen.add(name)
            batch = self._open[name]
            kinds.append(batch.kind)
            name = batch.around
        return kinds

    def is_playback(self, name: str) -> bool:
        """Whether the lines of a batch were said earlier."""
        return any(kind in _PLAYBACK for kind in self.kinds(name))


@dataclass(slots=True)
class Past:
    """What is remembered of one channel across links."""

    lines: deque[Line] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    absent_since: datetime | None = None
    is_recorded: bool = False  # whether that is the time of a line on record
    # When we joined: by the server's clock, if it sends times (older lines are playback); by the
    # loop's, soon after which playback may come; and by our own.
    joined_at: datetime | None = None
    joined_now: float = float("-inf")
    joined_ours: datetime | None = None
    playing_until: float = float("-inf")  # between a bouncer's markers, but no longer than this
    present: dict[str, str] | None = None  # who was there when we left: folded nick → nick
    expected: tuple[str, ...] = ()  # nicks that were there, as another process recorded
    matched: set[int] = field(default_factory=set)  # lines that the present playback repeated


class ChannelPasts:
    """What is remembered of each channel of one network, across links."""

    def __init__(self, fold: Callable[[str], str]) -> None:
        self._fold = fold
        self._pasts: dict[str, Past] = {}

    def refold(self, fold: Callable[[str], str]) -> None:
        """Compare names as this link's server does."""
        self._fold = fold
        self._pasts = {fold(name): past for name, past in self._pasts.items()}

    def past(self, channel: str) -> Past:
        """The past of a channel, or of our private conversations (channel "")."""
        folded = self._fold(channel)
        if (past := self._pasts.get(folded)) is None:
            past = Past()
            if len(self._pasts) < _MOST_CHANNELS:
                self._pasts[folded] = past
        return past

    def channel_renamed(self, old: str, new: str) -> None:
        """Move a renamed channel's past to its new name."""
        if (past := self._pasts.pop(self._fold(old), None)) is not None:
            self._pasts[self._fold(new)] = past

    def on_record(self, channel: str, until: datetime, expected: tuple[str, ...]) -> None:
        """Note that another process heard a channel until then, and that these people were
        there."""
        past = self.past(channel)
        if not past.lines and past.joined_at is None:
            past.absent_since = past.absent_since or until
            past.expected = expected
            past.is_recorded = True

    def out(self, channel: str, present: dict[str, str], since: datetime) -> None:
        """Note that we left a channel, and who was there: folded nick → nick."""
        past = self.past(channel)
        past.absent_since = past.absent_since or since
        past.joined_at = None
        past.present = present

    def back(
        self, channel: str, at: datetime | None, now: float, ours: datetime
    ) -> datetime | None:
        """Note that we are in a channel. Returns since when we were not, by the clock of `at`; None
        if we were never in it.

        `at` is the server's time if it sends one, `ours` our own.
        """
        past = self.past(channel)
        since, past.absent_since = past.absent_since, None
        # Recorded lines have the server's time, the end of a link has ours.
        if since is not None and at is not None and not past.is_recorded:
            since += at - ours
        past.is_recorded = False
        past.joined_at, past.joined_now, past.joined_ours = at, now, ours
        past.playing_until = float("-inf")
        past.matched.clear()
        return since

    def trim(self, wanted: Iterable[str]) -> None:
        """Forget the older halves of the longest pasts, until all of them together fit the limit.

        The channels that we want to be in are exempt: nobody can make us want many.
        """
        spared = {self._fold(channel) for channel in wanted}
        others = [past for name, past in self._pasts.items() if name not in spared]
        held = sum(len(past.lines) for past in others)
        while held > _MOST_LINES:
            longest = max(others, key=lambda past: len(past.lines))
            half = len(longest.lines) // 2
            for _ in range(half):
                longest.matched.discard(id(longest.lines.popleft()))
            held -= half

    def is_old(self, line_at: datetime, past: Past, now: float) -> bool:
        """Whether a line of a channel, outside a batch, was said before we joined.

        Playback follows the JOIN. Later, an old time means that a clock was set back, and the line
        must not be lost.
        """
        if not self.is_fresh(past, now):
            return False
        if past.joined_at is not None:
            return line_at < past.joined_at
        # If a server stamps lines but not the JOIN (WeeChat's relay), it stamps only playback.
        return past.joined_ours is not None and line_at < past.joined_ours - _SECOND

    def is_fresh(self, past: Past, now: float) -> bool:
        """Whether we joined a moment ago, so that playback may still come."""
        return now - past.joined_now < _PLAYBACK_TIME

    def mark(self, channel: str, begins: bool, now: float) -> None:
        """Take a bouncer's marker: playback begins, for a limited time, or ends."""
        self.past(channel).playing_until = now + _LONGEST_PLAYBACK if begins else float("-inf")

    def shift(self, by: timedelta) -> None:
        """Correct the remembered times by the difference between the server's clock and ours."""
        for past in self._pasts.values():
            if past.joined_at is not None:
                past.joined_at += by

    def remember(self, line: Line) -> None:
        """Keep a new line of playback, so that it is recognised next time."""
        past = self.past(line.channel)
        past.lines.append(line)
        past.matched.add(id(line))
        if len(past.matched) > _REMEMBERED:
            past.matched.intersection_update(map(id, past.lines))

    def knows(self, line: Line, within: timedelta | None = None) -> bool:
        """Whether a line of playback was heard before. `within` is the precision of a time in its
        text.

        Lines are compared by msgid if there is one, else by time, nick and text. Each line that was
        heard accounts for one, since people repeat themselves.
        """
        past = self.past(line.channel)
        nick = self._fold(line.nick)
        for heard in past.lines:
            if line.msgid and heard.msgid:
                if line.msgid == heard.msgid:
                    return True
            elif (
                id(heard) not in past.matched
                and heard.text == line.text
                and self._fold(heard.nick) == nick
                and _is_same_time(heard.at - line.at, within)
            ):
                past.matched.add(id(heard))
                return True
        return False


def _is_same_time(apart: timedelta, within: timedelta | None) -> bool:
    """Whether two times are equal. Times in texts may be in another zone, off by quarters of an
    hour."""
    if within is None:
        return abs(apart) <= _SAME_TIME
    beside = (apart + _QUARTER / 2) % _QUARTER - _QUARTER / 2
    return abs(apart) <= _ZONES and abs(beside) <= within
