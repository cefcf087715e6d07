"""The content of an edition of the page: its incidents, and the views that are made of them.

Safe by construction: the public edition is built only from incidents of the report's public
edition; titles and leaders from the store's index never reach it. Not thread-safe.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta
from heapq import nlargest
from itertools import islice
from typing import Any, TypeVar

from ircbot.config import Config
from ircbot.errors import Misuse
from ircbot.incident.hits import FoundIncident
from ircbot.incident.process import Process
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident
from ircbot.incident.times import ReportClock, length
from ircbot.incident.view import as_json, one_line, told_apart
from ircbot.page import looking
from ircbot.page.following import Follower, Known
from ircbot.page.public_index import PublicIndex
from ircbot.page.searching import row_of
from ircbot.page.views import (
    FeedEntry,
    HistoryView,
    IncidentView,
    OpenView,
    OverviewView,
    OwedAction,
    OwedReport,
    RowView,
    WallView,
)
from ircbot.report.pages import as_it_is, draw
from ircbot.report.public import published
from ircbot.report.render import render
from ircbot.repository import process_of
from ircbot.selection import begin, end, is_as_asked, is_selected

ROWS = 50  # of a list, per page
_OWED = 20  # reports, and actions, to show
_LOOKED_AT = 100  # incidents to search for what is owed
_FILTERED = 300  # incidents to make public while filtering
_MADE = 200  # incidents of the edition kept in memory
_LAST = 5  # ended incidents to try, for the latest one that may be shown
_UNKNOWN = 9  # sorts incidents of unknown severity last
FILTERS = ("since", "until", "severity", "product")
OF_HISTORY = (*FILTERS, "status", "incidents")
STATUSES = ("open", "resolved", "closed", "withdrawn", "duplicate")

_NUMBERS = re.compile(r"#?([0-9]{1,9})(?:\s*[-\u2013]\s*#?([0-9]{1,9}))?")

QueryValues = Mapping[str, str]
_T = TypeVar("_T")


class Edition:
    """The public or the internal edition of the followed incidents."""

    def __init__(
        self,
        name: str,
        config: Config,
        surroundings: Setting,
        store: Follower,
        public: PublicIndex | None = None,
        *,
        most: int = _MADE,
    ) -> None:
        """`public` is the index of what is public already; at most `most` incidents are kept in
        memory."""
        self.name = name
        self._public, self._most = public, most
        self._config = config
        self._surroundings = surroundings
        self._store = store
        self._made: OrderedDict[int, tuple[str, Incident]] = OrderedDict()
        zone = config.zone
        self.clock = ReportClock.of((), zone)

    @property
    def is_public(self) -> bool:
        """Whether it is the public edition."""
        return self.name == "public"

    def forget(self, numbers: Iterable[int]) -> None:
        """Drop everything that was made of some incidents."""
        for number in numbers:
            self._made.pop(number, None)

    def each(self, numbers: Iterable[int], make: Callable[[int], _T | None]) -> Iterator[_T]:
        """Apply `make` to some incidents. One that fails is omitted and reported, without affecting
        the others."""
        for number in numbers:
            try:
                made = make(number)
            except Exception as error:  # incidents may contain anything
                self._store.spoil(number, error)
                continue
            if made is not None:
                yield made

    # --- incidents ------------------------------------------------------------------------------

    def incident(self, number: int) -> Incident | None:
        """An incident of this edition, None if it has none of that number."""
        known = self._store.known.get(number)
        if known is None:
            return None
        made = self._made.get(number)
        if made is None or made[0] != known.version:
            whole = self._store.incident(number)
            if whole is None:
                return None
            made = self._made[number] = known.version, self.of(whole)
            while len(self._made) > self._most:
                self._made.popitem(last=False)
        self._made.move_to_end(number)
        return made[1]

    def of(self, whole: Incident) -> Incident:
        """This edition's version of an incident."""
        if self.is_public:
            process = process_of(whole, self._surroundings)
            return published(whole, process, self._surroundings.nicks, self._config.report.public)
        return told_apart(whole)

    def process(self, incident: Incident) -> Process:
        """An incident's process."""
        return process_of(incident, self._surroundings)

    def json(self, number: int) -> dict[str, Any] | None:
        """An incident as the contract's JSON."""
        one = self.incident(number) if self.is_public else self._store.incident(number)
        if one is None:
            return None
        return as_json(one, self.process(one), self._surroundings.calendar)

    def numbers(self, before: int, most: int) -> Sequence[int]:
        """The numbers of some incidents, the newest first; `before` 0 starts at the newest."""
        found = (n for n in self._store.known if not before or n < before)
        return tuple(islice(found, most))

    # --- views ----------------------------------------------------------------------------------

    def open(self, now: datetime) -> tuple[OpenView, ...]:
        """The open incidents: the most severe first, then the newest."""
        found = self.each(self._store.open(), lambda number: self._opened(number, now))
        return tuple(sorted(found, key=lambda one: one.rank or _UNKNOWN))

    def _opened(self, number: int, now: datetime) -> OpenView | None:
        whole, one = self._store.incident(number), self.incident(number)
        if whole is None or one is None:
            return None
        process = self.process(whole)
        # Only the whole incident tells whether an update was promised; its time is public.
        due = looking.next_update(whole, process)
        return looking.opened(one, process, now, self.clock, due)

    def overview(self, now: datetime) -> OverviewView:
        """The open incidents, and what is owed."""
        is_open = self.open(now)
        ended = self._last()
        last = None if is_open else next(self.each(ended, self.incident), None)
        reports, actions, further = self._owed(now)
        return OverviewView(
            is_open,
            looking.since(last, now),
            looking.row_of(last, self.clock) if last is not None else None,
            reports,
            actions,
            further,
            tuple(self._rows(ended)),
        )

    def wall(self, now: datetime) -> WallView:
        """The open incidents, for a display on the wall."""
        is_open = self.open(now)
        last = None if is_open else next(self.each(self._last(), self.incident), None)
        row = looking.row_of(last, self.clock) if last is not None else None
        return WallView(is_open, looking.since(last, now), row)

    def _last(self) -> Sequence[int]:
        """The last few incidents that are over and not drills."""
        ends = (
            (known.summary["resolved_at"] or known.summary["closed_at"] or "", number)
            for number, known in self._store.known.items()
            if not known.summary["drill"] and known.summary["status"] in ("resolved", "closed")
        )
        return [number for _, number in nlargest(_LAST, ends)]

    def _owed(self, now: datetime) -> tuple[tuple[OwedReport, ...], tuple[OwedAction, ...], int]:
        owing = self._store.owing()
        reports, actions = list[OwedReport](), list[OwedAction]()
        calendar = self._surroundings.calendar

        def owed(number: int) -> tuple[OwedReport | None, Sequence[OwedAction]] | None:
            if (one := self.incident(number)) is None or one.drill:
                return None
            report = looking.owed_report(one, self.process(one), calendar, now, self.clock)
            return report, tuple(looking.owed_actions(one, now, self.clock))

        for report, some in self.each(owing[:_LOOKED_AT], owed):
            reports += [report] if report is not None else []
            actions += some
        reports.sort(key=lambda one: (not one.overdue, one.due.iso if one.due else "9"))
        more = max(0, len(reports) - _OWED) + max(0, len(actions) - _OWED)
        further = more + max(0, len(owing) - _LOOKED_AT)
        return tuple(reports[:_OWED]), tuple(looking.by_urgency(actions)[:_OWED]), further

    def incident_page(self, number: int, now: datetime) -> IncidentView | None:
        """An incident with its report."""
        one, whole = self.incident(number), self._store.incident(number)
        if one is None or whole is None:
            return None
        process = self.process(whole)
        # `render` makes the public edition itself, from the whole incident.
        body = render(
            whole,
            process,
            "html",
            zone=self._config.zone,
            edition=self.name,
            calendar=self._surroundings.calendar,
            known=self._surroundings.nicks,
            public=self._config.report.public,
            now=now,
            bare=True,
        )
        words = process.report.words
        numbers = list(self._store.known)
        place = numbers.index(number)
        return IncidentView(
            number,
            looking.title_of(one),
            f"{'Drill: ' if one.drill else ''}{words[:1].upper()}{words[1:]} {number}",
            one.standing,
            self._opened(number, now) if whole.live else None,
            as_it_is(body),
            older=numbers[place + 1] if place + 1 < len(numbers) else 0,
            newer=numbers[place - 1] if place else 0,
        )

    def feed(self, root: str, most: int) -> str:
        """The newest incidents as an Atom feed; `root` begins every URL."""

        def told(number: int) -> FeedEntry | None:
            one = self.incident(number)
            return looking.in_feed(one, self.clock) if one is not None else None

        entries = list(self.each(self.numbers(0, most), told))
        updated = max((one.updated for one in entries), default="1970-01-01T00:00:00Z")
        return draw("feed.xml", root=root, entries=entries, updated=updated)

    def _rows(self, numbers: Sequence[int]) -> Iterator[RowView]:
        """The rows for some incidents."""
        told: Mapping[int, FoundIncident] = {}
        if self.is_public and self._public is not None:
            told = self._public.about(self._store.known, numbers)

        def row(number: int) -> RowView | None:
            if number in told:
                return row_of(told[number], self.clock)
            if self.is_public:
                one = self.incident(number)
                return looking.row_of(one, self.clock) if one is not None else None
            known = self._store.known.get(number)
            return self._indexed(known) if known is not None else None

        return self.each(numbers, row)

    def _indexed(self, known: Known) -> RowView:
        """A row made from the store's index; never for the public edition."""
        of = known.summary
        seconds = of["seconds"]
        return RowView(
            of["id"],
            one_line(of["title"] or "") or looking.NO_SUMMARY,
            of["status"],
            one_line(of["severity"] or ""),
            one_line(of["product"] or ""),
            one_line(of["leader"] or ""),
            of["drill"],
            self.clock.full(datetime.fromisoformat(of["declared_at"])),
            "" if seconds is None else length(timedelta(seconds=seconds)),
        )

    def history(self, asked: QueryValues, page: int, now: datetime) -> HistoryView:
        """A page of the list of matching incidents."""
        asked = {name: asked.get(name, "") for name in OF_HISTORY}
        try:
            found = self._matching(asked, now)
        except Misuse as error:
            return HistoryView(asked, (), 0, *self.choices(), mistake=f"{error}")
        first = (page - 1) * ROWS
        rows = tuple(self._rows(found[first : first + ROWS]))
        return HistoryView(
            asked,
            rows,
            len(found),
            *self.choices(),
            older=_page(asked, page + 1) if first + ROWS < len(found) else "",
            newer=_page(asked, page - 1) if page > 1 else "",
        )

    def _matching(self, asked: QueryValues, now: datetime) -> Sequence[int]:
        """The numbers of matching incidents. Misuse if a day or a number is malformed."""
        first, last = bounds(asked, now, self._config)
        among = numbered(asked["incidents"], self._store.known)
        status, product, severity = asked["status"] or "all", asked["product"], asked["severity"]
        found = [
            number
            for number, known in self._store.known.items()
            if (among is None or number in among)
            and is_selected(known.summary, status, first, last, product, severity)
        ]
        own = severity not in ("", *self._surroundings.process.severities)
        if self.is_public and (product or own):
            # An omitted incident is not found by its facts either.
            return [
                row.number
                for row in self._rows(found[:_FILTERED])
                if is_as_asked(product, row.product) and is_as_asked(severity, row.severity)
            ]
        return found

    def choices(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The severities and products to choose from."""
        severities = tuple(self._surroundings.process.severities)
        return severities, () if self.is_public else tuple(self._surroundings.products)


def bounds(
    asked: QueryValues, now: datetime, config: Config
) -> tuple[datetime | None, datetime | None]:
    """The range of time that was asked for. Misuse if a day is malformed."""
    zone = config.zone
    first = begin(asked.get("since"), now, zone, "since")
    return first, end(asked.get("until"), now, zone, "until")


def numbered(asked: str, known: Iterable[int]) -> Set[int] | None:
    """The known incidents that `asked` names, None for all. Misuse if it is malformed.

    >>> numbered("1-3, 7", [2, 3, 4])
    {2, 3}
    """
    if not asked.strip():
        return None
    newest, done, wanted = max(known, default=0), 0, set[int]()
    found = [_NUMBERS.fullmatch(piece.strip()) for piece in asked.split(",") if piece.strip()]
    if not all(found):
        raise Misuse("incidents are numbers, like 1-3, 7.")
    runs = (one.groups() for one in found if one is not None)
    for first, last in sorted((int(a), int(b or a)) for a, b in runs):
        wanted.update(range(max(first, done), min(last, newest) + 1))
        done = max(done, last + 1)
    return wanted & set(known)


def _page(asked: QueryValues, page: int) -> str:
    """The path of another page of a list."""
    from urllib.parse import urlencode

    given = {name: value for name, value in asked.items() if value}
    return f"/history?{urlencode({**given, 'page': page}, safe=',')}"
