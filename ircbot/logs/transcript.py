"""Transcripts: what people say, what the bot says to it, and the time between.

    ; a remark
    % process = "grafana"                     a setting, for whoever plays the transcript
    --- 2018-01-10 #mozmeao                   the day, and the channel from here on
    12:00 <metadave> MDN is down              said there; <@metadave> is an operator
    12:01 #moc <metadave> MDN is down         said elsewhere
    12:02 *metadave* status                   said to the bot in private
    12:03 -!- jgmize has joined #mdndev       people come and go, as irssi writes it
    12:30                                     time has passed
    12:30 -ilbot- an update is due            the bot: a NOTICE to the channel
    12:30 #moc #mozmeao -ilbot- …             to several
    12:30 -ilbot:metadave- #1 recorded        to somebody
    12:30 <ilbot> metadave: …                 a PRIVMSG
    12:30 *ilbot:metadave* …                  in private
    12:31 {"name": "DiskFull"}                what a monitoring system sends

What people say in one minute is said five seconds apart. With seconds (`12:00:10`) it is said just
then, and all of one second in one read, as when somebody pastes a block.

Read here, and played step by step to whatever bot there is; script.py writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import groupby

from ircbot.incident.line import Line, LineKind, Source
from ircbot.incident.people import fold
from ircbot.logs.formats import plain
from ircbot.logs.playback import PlaybackClock
from ircbot.logs.rows import LogRow
from ircbot.logs.stamp import parse, width

_APART = timedelta(seconds=5)
_PRIVATE = re.compile(r"\*(\S+)\* (.*)")
_EVERYWHERE = (LineKind.QUIT, LineKind.SPLIT, LineKind.NICK, LineKind.ACCOUNT)


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """One line of a transcript. `at` is None for remarks, settings and headings without a date."""

    raw: str
    at: datetime | None = None
    channel: str = ""
    lines: tuple[Line, ...] = ()  # what somebody said or did; several for a netsplit
    bot: bool = False
    read: tuple[datetime, int] | None = None  # the same for all lines of one read
    posted: str = ""  # a monitoring system's message

    @property
    def private(self) -> bool:
        """Whether no channel saw it."""
        said = plain.place(self.raw[width(self.raw) :])[1]
        return re.match(r"\*\S+\* |-\S+:[^#]\S*- ", said) is not None

    @property
    def is_heading(self) -> bool:
        """Whether it sets the day or the channel of the lines that follow."""
        return self.raw.startswith("--- ")

    @property
    def is_script(self) -> bool:
        """Whether it is more than a remark or a setting."""
        return self.at is not None or self.is_heading


class TranscriptReader:
    """Reads a transcript, or several that continue one another.

    Keeps track of day, channel, nicks and accounts. AssertionError for a line that is not
    understood.
    """

    def __init__(
        self,
        nick: str,
        zone: tzinfo = UTC,
        *,
        day: date | None = None,
        channel: str = "",
        accounts: Mapping[str, str] | None = None,
        source: Source = Source.LIVE,
    ) -> None:
        """`nick` is the bot's. With `accounts`, the server knows everybody's account from the
        start."""
        bot = re.escape(nick)
        self._bot = re.compile(rf"(?:-{bot}(?::\S+)?-|<{bot}>|\*{bot}:\S+\*) .*")
        self._zone = zone
        self._day = day
        self._channel = channel
        self._accounts = {fold(nick): account for nick, account in (accounts or {}).items()}
        self._known = bool(self._accounts)  # whether the server reports accounts
        self._source = source
        self._last = datetime.min.replace(tzinfo=UTC)
        self._minute, self._count = "", 0  # people's last stamp, and how many lines it had

    def read(self, raws: Iterable[str]) -> Iterator[TranscriptLine]:
        """Parse the lines of a transcript."""
        for number, raw in enumerate(raws, 1):
            try:
                yield self._item(raw, number)
            except AssertionError as error:
                raise AssertionError(f"line {number}: {error}: {raw}") from None

    def _item(self, raw: str, number: int) -> TranscriptLine:
        if not raw.strip() or raw.startswith((";", "%")):
            return TranscriptLine(raw)
        if raw.startswith("--- "):
            return self._heading(raw)
        size = width(raw)
        stamp = parse(raw[:size])
        assert stamp, "no time"
        assert self._day, "no day yet: --- YYYY-MM-DD #channel"
        at = _midnight(self._day, self._zone) + timedelta(seconds=stamp.second)
        at = at.astimezone(UTC)
        channels, said = plain.place(raw[size:])
        channel = channels[0] if channels else self._channel
        if self._bot.fullmatch(said):
            return TranscriptLine(raw, at, channel, bot=True)
        assert at >= self._last.replace(second=0), "earlier than the line before it"
        if not said:
            self._last = max(at, self._last)
            return TranscriptLine(raw, at, channel)
        self._count = self._count + 1 if raw[:size] == self._minute else 0
        self._minute = raw[:size]
        exact = raw[:size].count(":") > 1
        if not exact:
            at += _APART * self._count
            assert _APART * self._count < timedelta(minutes=1), "more than 12 lines: add seconds"
        self._last = at
        if said.startswith("{"):
            return TranscriptLine(raw, at, channel, read=(at, number), posted=said)
        lines = tuple(self._lines(said, at, channel))
        return TranscriptLine(raw, at, channel, lines, read=(at, 0 if exact else number))

    def _heading(self, raw: str) -> TranscriptLine:
        heading = plain.heading(raw)
        assert heading, "no heading"
        self._minute = ""
        self._channel = heading.channel or self._channel
        if heading.at is None:
            return TranscriptLine(raw, None, self._channel)
        self._day = heading.at.date()
        return TranscriptLine(raw, _midnight(self._day, self._zone).astimezone(UTC), self._channel)

    def _lines(self, said: str, at: datetime, channel: str) -> Iterator[Line]:
        if match := _PRIVATE.fullmatch(said):
            rows: Sequence[LogRow] | None = [LogRow(LineKind.MESSAGE, match[1], match[2])]
            channel = ""
        else:
            rows = plain.rows(said)
        assert rows, "nobody says or does anything"
        for row in rows:
            yield Line(
                at,
                "" if row.kind in _EVERYWHERE else row.channel or channel,
                row.nick,
                row.text,
                self._account(row),
                row.kind,
                row.host,
                row.operator,
                self._source,
            )

    def _account(self, row: LogRow) -> str | None:
        """The account of the person in a row; None while accounts are unknown."""
        nick = fold(row.nick)
        if row.account is not None:
            self._known = True
            self._accounts[nick] = row.account
        account = self._accounts.get(nick, "" if self._known else None)
        if row.kind in (LineKind.QUIT, LineKind.NICK):
            self._accounts.pop(nick, None)
        if row.kind is LineKind.NICK and account:
            self._accounts[fold(row.text)] = account
        return account


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


@dataclass(frozen=True, slots=True)
class TranscriptStep:
    """What happens together: lines of one read, a heading, or time that passes until `at`."""

    items: tuple[TranscriptLine, ...]
    at: datetime | None

    @property
    def lines(self) -> tuple[Line, ...]:
        """What people say or do."""
        return tuple(line for item in self.items for line in item.lines)

    @property
    def posted(self) -> str:
        """What a monitoring system sends, "" for nothing."""
        return self.items[0].posted if self.items else ""


def acts(items: Sequence[TranscriptLine]) -> Iterator[TranscriptStep]:
    """A transcript without the bot's lines and without remarks; the last act is that it ends."""
    own = [item for item in items if not item.bot and item.is_script]
    for _, group in groupby(own, key=lambda item: item.read or id(item)):
        together = tuple(group)
        at = together[0].at
        # What is due at midnight belongs below the heading of the new day.
        if at is not None and together[0].is_heading:
            at -= timedelta(seconds=1)
        yield TranscriptStep(together, at)
    yield TranscriptStep((), max((item.at for item in items if item.at is not None), default=None))


def steps(
    items: Sequence[TranscriptLine], clock: PlaybackClock
) -> Iterator[datetime | TranscriptStep]:
    """What happens to a bot in a transcript: acts, and between them the times at which it ticks.

    `clock` goes on with it. What one step brings about must have happened before the next is asked
    for.
    """
    for act in acts(items):
        if act.at is not None:
            yield from clock.until(act.at)
        if act.lines:
            clock.hears(act.lines[0].at)
        yield act
    yield from clock.rest()
