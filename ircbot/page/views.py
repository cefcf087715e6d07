"""What the templates of the page are given: values, all of whose texts are ready to be shown.

Knows no incident and no format. Every text is plain and on one line; the templates escape it. What
is not known is "" or None. Links begin with `Site.base`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ircbot.incident.times import Time

_GRAVITY = {"crit": 1, "emerg": 1, "major": 2, "high": 2, "med": 3, "moder": 3}
_LEAST = 4


def rank(severity: str, place: int | None = None) -> int:
    """How grave a severity is, for order and shape: 1 is the gravest, 4 the least, 0 not known.
    `place` is its place in the process, 0 the gravest. Of one that no process has, its number or
    its words tell.

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


@dataclass(frozen=True, slots=True)
class Site:
    """What every template is given as `site`.

    `base` stands before every path of ours ("" or "/incidents"); `trouble` is one sentence when
    the store cannot be read, or the bot was not seen for long; `position` says which state of the
    store the page shows, for the script to go on from.
    """

    edition: str  # "public" | "internal"
    now: Time
    position: str
    base: str = ""
    zone: str = "UTC"
    version: str = ""
    trouble: str = ""
    can_log_in: bool = False  # a token opens the internal edition
    logged_in: bool = False  # … and did: there is something to log out of


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry of the timeline, or a milestone (`n` is None). `anchor` is that of the report."""

    at: Time
    kind: str  # "note", "update", "declared", "resolved" …
    who: str
    text: str
    n: int | None = None
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role that somebody holds, as the process calls it."""

    title: str
    who: str
    since: Time


@dataclass(frozen=True, slots=True)
class OpenView:
    """An incident that is open. `lasted` is how long, in words, when the page was made, and
    `counted_from` when it was declared, later by the time in which it was not open."""

    number: int
    title: str  # the summary; "no summary" if there is none
    since: Time
    lasted: str
    counted_from: Time
    severity: str
    stage: str  # where it stands, as the process calls it; "open" if it does not
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
    entries: tuple[EntryView, ...]  # the last ones, the newest last
    count: int  # of all entries
    changed: Time
    place: int | None = None  # of its severity in its process, 0 is the gravest

    @property
    def rank(self) -> int:
        """How grave it is."""
        return rank(self.severity, self.place)


@dataclass(frozen=True, slots=True)
class OwedReport:
    """A report that is still to be written. `due` is None where nobody set a day, and while the
    incident is open."""

    number: int
    title: str
    due: Time | None
    overdue: bool
    who: str
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class OwedAction:
    """A follow-up that is still to be done. `due` is a day, as people write it."""

    number: int
    title: str  # of the incident
    n: int
    text: str
    owner: str
    due: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class RowView:
    """An incident in a list. `lasted` is "" while it is open and its length is not known."""

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
        """How grave it is, or was."""
        return rank(self.severity)


@dataclass(frozen=True, slots=True)
class OverviewView:
    """`/`. `further` are owed things beyond those shown, `recent` the incidents that ended last."""

    open: tuple[OpenView, ...]
    since_last: str  # "12 days" since the last one ended; "" if there never was one, or one is open
    last: RowView | None  # the last that is over
    reports: tuple[OwedReport, ...]
    actions: tuple[OwedAction, ...]
    further: int = 0
    recent: tuple[RowView, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryView:
    """`/history`. `asked` are the filters as typed: since, until, product, severity, status,
    incidents (their numbers).
    `older` and `newer` are paths of the pages beside this one, "" where there is none."""

    asked: Mapping[str, str]
    rows: tuple[RowView, ...]
    count: int  # how many match in all; in public, of those that may be counted
    severities: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    older: str = ""
    newer: str = ""
    mistake: str = ""  # what is wrong with what was typed


@dataclass(frozen=True, slots=True)
class IncidentView:
    """`/incident/N`: the report as `body`, HTML that is safe as it is. `card` is None once it is
    over; `older` and `newer` are the numbers of the incidents beside it, 0 for none."""

    number: int
    title: str
    heading: str  # "Incident report 12"
    status: str
    card: OpenView | None
    body: str
    older: int = 0
    newer: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text; `found` where it is what was looked for."""

    text: str
    found: bool = False


@dataclass(frozen=True, slots=True)
class HitView:
    """Words that were found in an incident, and the words around them."""

    at: Time
    kind: str  # "note", "summary", "action" …
    who: str
    around: tuple[Part, ...]
    n: int | None = None
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class FoundView:
    """An incident in which something was found."""

    row: RowView
    hits: tuple[HitView, ...]


@dataclass(frozen=True, slots=True)
class SearchView:
    """`/search`. `asked` are the words (`q`) and the filters as typed. `more`: there is more."""

    asked: Mapping[str, str]
    found: tuple[FoundView, ...] = ()
    count: int = 0  # of hits shown
    more: bool = False
    mistake: str = ""
    severities: tuple[str, ...] = ()
    products: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatsView:
    """`/stats`: the statistics as `body`, HTML that is safe as it is."""

    asked: Mapping[str, str]
    body: str
    groupings: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    mistake: str = ""


@dataclass(frozen=True, slots=True)
class WallView:
    """`/wall`: what is read from five metres."""

    open: tuple[OpenView, ...]
    since_last: str
    last: RowView | None


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An incident in the feed. `updated` is as Atom wants it; `said` what is the last of it."""

    number: int
    title: str
    status: str
    declared: Time
    updated: str
    said: str


@dataclass(frozen=True, slots=True)
class LoginView:
    """`/login`: the form that takes a token. `mistake` is why the last one was not taken."""

    mistake: str = ""
    back: str = "/"


@dataclass(frozen=True, slots=True)
class ErrorView:
    """A page that is not there, or was asked for badly."""

    status: int
    title: str
    sentence: str
