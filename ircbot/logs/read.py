"""One log file: its format, and its lines in runs of the same time.

A run keeps raw lines. Most lines of a long log are irrelevant, so they become `Line`s only on
demand. Knows nothing of what lines mean.
"""

from __future__ import annotations

import gzip
import lzma
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from ircbot.errors import Failed, Misuse
from ircbot.incident.line import Line, LineKind, Source
from ircbot.logs.exports import is_json, numbered, objects, transcribed
from ircbot.logs.formats import FORMATS, claimed, recognised, understood
from ircbot.logs.names import channel_of, day_of
from ircbot.logs.rows import Format, LogRow, bare
from ircbot.logs.stamp import LogClock, has_seconds, parse, runs_overnight, width
from ircbot.logs.text import ReadProgress, pieces

# Lines at the beginning that are enough to recognise format and channel.
_SAMPLE = 500
_SAID = frozenset({LineKind.MESSAGE, LineKind.ACTION})
_EVERYWHERE = frozenset({LineKind.QUIT, LineKind.SPLIT, LineKind.NICK, LineKind.ACCOUNT})


class Run(NamedTuple):
    """Lines of one log with the same time.

    `at` is in seconds since 1970, UTC; `start` is where the text after the stamp begins in each of
    `raws`.
    """

    at: int
    log: Log
    channel: str
    start: int
    raws: list[str]

    @property
    def time(self) -> datetime:
        """The time of the lines."""
        return datetime.fromtimestamp(self.at, UTC)

    def lines(self, source: Source = Source.IMPORT) -> Iterator[Line]:
        """All lines by or about people."""
        for raw in self.raws:
            yield from self.lines_of(raw, source)

    def lines_of(self, raw: str, source: Source = Source.IMPORT) -> Iterator[Line]:
        """What one raw line says: no line, one, or many for a netsplit."""
        for row in self.log.format.rows(raw[self.start :]) or ():
            yield _line(row, self.time, self.channel, source, self.log.network or "")


def _line(row: LogRow, at: datetime, channel: str, source: Source, network: str) -> Line:
    return Line(
        at=at,
        channel="" if row.kind in _EVERYWHERE else row.channel or channel,
        nick=bare(row.nick),
        text=row.text,
        account=row.account,
        kind=row.kind,
        host=row.host,
        operator=row.operator,
        source=source,
        network=network,
    )


_SHOWN = 3
_TOLERATED = 5  # lines, or 2 % of them
_MOST_KNOWN = 10_000  # lines
_LONGEST = 120  # characters of a line to show


@dataclass(slots=True)
class Tally:
    """Statistics of a log. Lines that nobody understands are `odd`; `shown` are the first of them.
    `spoken`: somebody says something in it."""

    lines: int = 0
    spoken: bool = False
    odd: int = 0
    shown: list[tuple[int, str]] = field(default_factory=list)  # line numbers, from 1, and lines

    @property
    def many(self) -> bool:
        """Whether so many lines are odd that the format is probably wrong."""
        return self.odd > _TOLERATED and self.odd * 50 > self.lines

    def add_odd(self, number: int, raw: str) -> None:
        """Count a line that nobody understands."""
        self.odd += 1
        if len(self.shown) < _SHOWN:
            self.shown.append((number, raw[:_LONGEST]))


class Log:
    """A log file in a known format. Raises OSError, Failed and Misuse."""

    def __init__(
        self,
        path: Path,
        zone: tzinfo,
        *,
        log_format: str = "auto",
        channel: str = "",
        day: date | None = None,
        network: str | None = None,
    ) -> None:
        """`network` is the log's network, "" for the main one, None if unknown."""
        self.path = path
        self.network = network
        self.tally = Tally()
        self._zone = zone
        self._understood: set[str] = set()  # joins and parts repeat the same words
        self._given_channel = channel
        self.format = self._format(log_format)
        self._sample = head = list(islice(self._raws(), _SAMPLE))
        self.resolution = 1 if any(map(has_seconds, head)) else 60  # of stamps, in seconds
        self.channel = channel or channel_of(path) or self._channel_within(head)
        self._given_day = self.own_day = day  # own: from the log or its name
        self._day = self._days(day, head)

    # --- what it is ---------------------------------------------------------------------

    def _raws(self) -> Iterator[str]:
        for lines in self._pieces():
            yield from lines

    def _pieces(self, progress: ReadProgress | None = None) -> Iterator[list[str]]:
        export = self.format.export
        found = self._file(progress)
        if export is None:
            return found
        return transcribed(objects(found, self.path), self.path, export, self._given_channel)

    def _file(self, progress: ReadProgress | None = None) -> Iterator[list[str]]:
        try:
            yield from pieces(self.path, progress)
        except (gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError) as error:
            raise Failed(f"{self.path} cannot be unpacked to its end: {error}.") from error

    def _format(self, name: str) -> Format:
        if name != "auto":
            return FORMATS[name]
        head = list(islice((raw for lines in self._file() for raw in lines), _SAMPLE))
        if is_json(next((raw for raw in head if raw.strip()), "")):
            first = next(objects(self._file(), self.path), (0, None))[1]
            found = claimed(first)
        else:
            found = recognised(head)
        if found is None and any(raw.strip() for raw in head):
            raise Misuse(
                f"{self.path}: its first {len(head)} lines are in no log format known here "
                f"({', '.join(FORMATS)})."
            )
        return found or FORMATS["irssi"]

    def _channel_within(self, head: list[str]) -> str:
        """The first channel that its lines name."""
        for raw in head:
            if (heading := self.format.heading(raw)) and heading.channel:
                return heading.channel
            for row in self.format.rows(raw[width(raw) :]) or ():
                if row.channel:
                    return row.channel
        if not any(raw.strip() for raw in head):
            return ""
        raise Misuse(
            f"{self.path}: neither its name nor its first lines say which channel it is of; "
            "name it with --channel '#channel'."
        )

    def _days(self, day: date | None, head: list[str]) -> date | None:
        """The day of its first line; None if every line has a date."""
        found = self._day_within(head) or day_of(self.path)
        if day:
            self.own_day = found or day
            return day
        if found or not any(width(raw) for raw in head):
            return found
        found = self._day_within(self._raws())
        if found is None:
            raise self._dayless(next(n for n, raw in enumerate(head, 1) if width(raw)))
        return found

    def _dayless(self, number: int) -> Misuse:
        return Misuse(
            f"{self.path}, line {number}: neither the log nor its name says which day it is; "
            "name the first one with --date YYYY-MM-DD."
        )

    def _day_within(self, raws: Iterable[str]) -> date | None:
        """The day of the first of these lines, derived from the first one that has a date."""
        second: int | None = None
        overnights = 0
        for raw in raws:
            if (heading := self.format.heading(raw)) and heading.at:
                at = heading.at
                before = second is not None and (at.time() == time() or _second(at) < second)
                return at.date() - timedelta(days=overnights + before)
            stamp = parse(raw[: width(raw)])
            if stamp is None:
                continue
            overnight = second is not None and runs_overnight(second, stamp.second)
            overnights += overnight
            if stamp.day:
                return stamp.day - timedelta(days=overnights)
            second = stamp.second
        return None

    def other_day(self) -> str:
        """A note that the log's own date differs from the given one; "" if it does not."""
        if self.own_day == self._given_day:
            return ""
        return (
            f"{self.path}: it is of {self.own_day} by its own lines or its name, and was read as "
            f"of {self._given_day}, as --date says."
        )

    def odd_lines(self) -> str:
        """A sentence on the lines that were not understood, and what to try; "" if there are none.

        Call it after reading the log.
        """
        tally = self.tally
        if not tally.odd:
            return ""
        lines = "; ".join(f"line {number}: {raw}" for number, raw in tally.shown)
        return (
            f"{self.path}: {tally.odd} of {tally.lines} lines are not in the {self.format.name} "
            f"format and were left out, the first: {lines}"
        )

    def likely_format(self) -> str:
        """The name of another format that understands more of the first lines, "" if none does."""
        other = recognised(self._sample, but=self.format.name)
        if other is None or understood(other, self._sample) <= understood(
            self.format, self._sample
        ):
            return ""
        return other.name

    # --- what is in it ------------------------------------------------------------------

    def runs(self, progress: ReadProgress | None = None) -> Iterator[Run]:
        """The lines, in the order of the file."""
        self.tally = Tally()
        clock = LogClock(self._zone, self._day)
        channel = self.channel
        start, at = 0, 0
        for lines in self._pieces(progress):
            end, count = 0, len(lines)
            while end < count:
                begin, raw = end, lines[end]
                end += 1
                # The stamps of a log nearly always have one width: searching for their end would
                # cost more than everything else here.
                stamp = raw[:start]
                moment = clock.read(stamp) if stamp else None
                if moment is None and (start := width(raw)):
                    stamp = raw[:start]
                    moment = clock.read(stamp)
                if moment is not None:
                    if clock.day is None:
                        raise self._dayless(self.tally.lines + begin + 1)
                    at = moment
                    while end < count and lines[end].startswith(stamp):
                        end += 1
                    yield self._run(at, channel, start, begin, lines[begin:end])
                elif at and self._is_unstamped(raw):
                    yield self._run(at, channel, 0, begin, [raw])
                elif (heading := self.format.heading(raw)) is not None:
                    channel = heading.channel or channel
                    if heading.at and (at or not self._given_day):
                        clock.set(heading.at)
                elif not self._is_unstamped(raw):
                    self._count_odd(begin, raw)
            self.tally.lines += count

    def _is_unstamped(self, raw: str) -> bool:
        mark = self.format.unstamped
        return bool(mark) and raw.startswith(mark)

    def _run(self, at: int, channel: str, start: int, begin: int, raws: list[str]) -> Run:
        """A run of these lines, the first of which is a piece's line `begin`; counts those that are
        not in the format."""
        mark = self.format.message
        if not self.tally.spoken:
            self.tally.spoken = any(self._is_said(raw, start) for raw in raws)
        for place, raw in enumerate(raws):
            if (mark and raw.startswith(mark, start)) or (body := raw[start:]) in self._understood:
                continue
            if not self.format.understands(raw, start):
                self._count_odd(begin + place, raw)
            elif len(self._understood) < _MOST_KNOWN:
                self._understood.add(body)
        return Run(at, self, channel, start, raws)

    def _is_said(self, raw: str, start: int) -> bool:
        return any(row.kind in _SAID for row in self.format.rows(raw[start:]) or ())

    def _count_odd(self, place: int, raw: str) -> None:
        if raw.strip():
            number = self.tally.lines + place + 1
            if self.format.export:
                number, raw = numbered(raw)
            self.tally.add_odd(number, raw)


def _second(at: datetime) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second
