"""The templates' values; every text in them is ready to be shown.

Knows no incident and no format. Every text is plain and on one line; the templates escape it.
Unknown is "" or None. Links begin with `Site.base`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ircbot.incident.times import Time

_GRAVITY = {"crit": 1, "emerg": 1, "major": 2, "high": 2, "med": 3, "moder": 3}
_LEAST = 4


def rank(severity: str, place: int | None = None) -> int:
    """How severe a severity is, for sorting and shapes: 1 is the gravest, 4 the least, 0 unknown.
    `place` is its index in the process, 0 the gravest. Without one, a number or a word in its name
    decides.

    >>> rank("blocker", 0), rank("1", 2), rank("trivial", 7)
    (1, 3, 4)
    >>> [rank(severity) for severity in ("1", "SEV-2", "P0", "critical", "9", "minor", "")]
    [1, 2, 1, 1, 4, 4, 0]
    """
    if place is not None:
        return min(place + 1, _LEAST)
    if number := re.search(r"[0-9]+", severity):
        return min(max(int(number[0][:3]), 1), _LEAST)
    said = severity.lower()
    known = (place for word, place in _GRAVITY.items() if word in said)
    return next(known, _LEAST) if said else 0


PAGES = (
    ("/", "Now"),
    ("/history", "History"),
    ("/search", "Search"),
    ("/stats", "Statistics"),
    ("/wall", "Wall"),
)


@dataclass(frozen=True, slots=True)
class Site:
    """`site` in every template.

    `base` precedes every path ("" or "/incidents"); `trouble` is one sentence if the store cannot
    be read or the bot has not been seen for long; `position` is the state of the store that the
    page shows, from which the script goes on.
    """

    edition: str  # "public" | "internal"
    now: Time
    position: str
    base: str = ""
    zone: str = "UTC"
    version: str = ""
    trouble: str = ""
    can_log_in: bool = False  # whether a token opens the internal edition
    logged_in: bool = False  # whether one was given
    pages: tuple[tuple[str, str], ...] = PAGES  # the path and name of each page in the menu
    hosts: bool = False  # whether this is a host of many organisations, without incidents


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry of the timeline, or a milestone (`n` is None). `anchor` is the report's."""

    at: Time
    kind: str  # "note", "update", "declared", "resolved" …
    who: str
    text: str
    n: int | None = None
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role's name in the process, and who holds it."""

    title: str
    who: str
    since: Time


@dataclass(frozen=True, slots=True)
class OpenView:
    """An open incident. `lasted` is its duration in words when the page was made; `counted_from` is
    when it was declared, plus the time in which it was not open."""

    number: int
    title: str  # the summary; "no summary" if there is none
    since: Time
    lasted: str
    counted_from: Time
    severity: str
    stage: str  # the process's name for the stage; "open" without one
    drill: bool
    product: str
    impact: str
    leader: str
    roles: tuple[RoleView, ...]  # without the leader
    where: str  # the channel
    video: str
    last_update: EntryView | None
    next_due: Time | None
    overdue: bool
    mitigated: Time | None
    entries: tuple[EntryView, ...]  # the latest ones, the newest last
    count: int  # of all entries
    changed: Time
    place: int | None = None  # of its severity in the process, 0 is the gravest

    @property
    def rank(self) -> int:
        """How severe it is."""
        return rank(self.severity, self.place)


@dataclass(frozen=True, slots=True)
class OwedReport:
    """A report that is owed. `due` is None without a due date, and while the incident is open."""

    number: int
    title: str
    due: Time | None
    overdue: bool
    who: str
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class OwedAction:
    """A follow-up that is not done. `due` is a day, as people wrote it."""

    number: int
    title: str  # of the incident
    n: int
    text: str
    owner: str
    due: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class RowView:
    """An incident in a list. `lasted` is "" while it is open, or if unknown."""

    number: int
    title: str
    status: str  # "open" | "resolved" | "closed" | "withdrawn" | "duplicate"
    severity: str
    product: str
    leader: str
    drill: bool
    declared: Time
    lasted: str

    @property
    def rank(self) -> int:
        """How severe it is, or was."""
        return rank(self.severity)


@dataclass(frozen=True, slots=True)
class OverviewView:
    """`/`. `further` counts owed things that are not shown; `recent` ended last."""

    open: tuple[OpenView, ...]
    since_last: str  # "12 days" since the last one ended; "" if there was none, or one is open
    last: RowView | None  # the last one that ended
    reports: tuple[OwedReport, ...]
    actions: tuple[OwedAction, ...]
    further: int = 0
    recent: tuple[RowView, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryView:
    """`/history`. `asked` are the filters as typed: since, until, product, severity, status,
    incidents (numbers). `older` and `newer` are paths of neighbouring pages, "" for none."""

    asked: Mapping[str, str]
    rows: tuple[RowView, ...]
    count: int  # all matches; in public, of those that may be counted
    severities: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    older: str = ""
    newer: str = ""
    mistake: str = ""  # what is wrong with a filter


@dataclass(frozen=True, slots=True)
class IncidentView:
    """`/incident/N`: `body` is the report as safe HTML. `card` is None once the incident is over;
    `older` and `newer` are the numbers of neighbouring incidents, 0 for none."""

    number: int
    title: str
    heading: str  # "Incident report 12"
    status: str
    card: OpenView | None
    body: str
    older: int = 0
    newer: int = 0


@dataclass(frozen=True, slots=True)
class ExcerptPart:
    """A piece of a text; `found` if it matches the search."""

    text: str
    found: bool = False


@dataclass(frozen=True, slots=True)
class HitView:
    """A match in an incident, with the surrounding words."""

    at: Time
    kind: str  # "note", "summary", "action" …
    who: str
    around: tuple[ExcerptPart, ...]
    n: int | None = None
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class FoundView:
    """An incident with matches."""

    row: RowView
    hits: tuple[HitView, ...]


@dataclass(frozen=True, slots=True)
class SearchView:
    """`/search`. `asked` are the words (`q`) and filters as typed. `more`: there are further
    hits."""

    asked: Mapping[str, str]
    found: tuple[FoundView, ...] = ()
    count: int = 0  # hits shown
    more: bool = False
    mistake: str = ""
    severities: tuple[str, ...] = ()
    products: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatsView:
    """`/stats`: `body` is the statistics as safe HTML."""

    asked: Mapping[str, str]
    body: str
    groupings: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    mistake: str = ""


@dataclass(frozen=True, slots=True)
class WallView:
    """`/wall`: to be read from five metres."""

    open: tuple[OpenView, ...]
    since_last: str
    last: RowView | None


@dataclass(frozen=True, slots=True)
class MachineView:
    """A machine that hosts organisations. `said` is how long ago it last said that it lives."""

    name: str
    is_alive: bool
    said: str
    units: int


@dataclass(frozen=True, slots=True)
class StandbyView:
    """A machine that stands by, and how many changes it was behind when it last said so."""

    machine: str
    is_ready: bool
    behind: int


@dataclass(frozen=True, slots=True)
class UnitView:
    """Who answers for an organisation, "" for nobody. `held_for` and `renewed` are lengths, the
    latter "" if it never was; `last` is the last change on record."""

    name: str
    machine: str
    since: Time | None
    held_for: str
    renewed: str
    last: int
    standbys: tuple[StandbyView, ...]


@dataclass(frozen=True, slots=True)
class MachinesView:
    """`/machines`, as the database said at a time. `database` are sentences about its own standbys,
    each with how bad it is; `trouble` is why it says nothing new."""

    machines: tuple[MachineView, ...]
    units: tuple[UnitView, ...]
    database: tuple[tuple[str, str], ...]
    at: Time
    trouble: str = ""
    is_known: bool = True

    @property
    def free(self) -> int:
        """For how many organisations nobody answers."""
        return sum(not one.machine for one in self.units)


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An incident in the feed. `updated` is an Atom date; `said` is its latest text."""

    number: int
    title: str
    status: str
    declared: Time
    updated: str
    said: str


@dataclass(frozen=True, slots=True)
class LoginView:
    """`/login`: the form for the token. `mistake` says why the last one was refused."""

    mistake: str = ""
    back: str = "/"


@dataclass(frozen=True, slots=True)
class ErrorView:
    """An error page."""

    status: int
    title: str
    sentence: str
