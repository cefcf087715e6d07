"""Incident and Desk, and how each event changes them. Folded from entries, never edited in place.

Knows no rule: an entry that is here happened, whoever may have done it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from pyrsistent import PMap, PVector, pmap, pvector

from ircbot.incident.events import (
    Absent,
    ActionAdded,
    ActionDone,
    ActionTicketed,
    ChannelJoined,
    ChannelLeft,
    Closed,
    CommsSet,
    DeclarationHeld,
    Declared,
    Edited,
    Entry,
    Forgotten,
    Heard,
    HolderBack,
    HolderLeft,
    HypothesisAdded,
    HypothesisJudged,
    ImpactSet,
    Linked,
    MeetingSet,
    Messaged,
    MilestoneSet,
    Noted,
    Notified,
    OfferDeclined,
    OfferWithdrawn,
    Parked,
    Promised,
    PropsGiven,
    Purged,
    Redacted,
    Reminded,
    Renamed,
    Reopened,
    ReportDelivered,
    ReportPromised,
    Resolved,
    Restored,
    RoleLeft,
    RoleOffered,
    RoleTaken,
    Secured,
    SeveritySet,
    StatusSet,
    StrayKept,
    StraysGiven,
    Struck,
    Summarised,
    Ticked,
    TopicKept,
    Updated,
    VideoSet,
    WhyAdded,
    Withdrawn,
)
from ircbot.incident.line import Source
from ircbot.incident.people import Person, fold, same_name


@dataclass(frozen=True, slots=True)
class Note:
    """An entry of the timeline, numbered.

    `at` is when it happened, `recorded` when it was written down. `before` are its earlier
    wordings, oldest first. A redacted note has no words left.
    """

    n: int
    at: datetime
    recorded: datetime
    by: Person
    channel: str
    text: str
    source: Source = Source.LIVE
    before: tuple[str, ...] = ()
    struck: bool = False
    redacted: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """A milestone of the timeline: declared, lead, comms, resolved …"""

    at: datetime
    kind: str
    by: Person
    channel: str
    text: str  # what the milestone is about: the summary, the new leader, the channel
    source: Source = Source.LIVE


@dataclass(frozen=True, slots=True)
class Term:
    """Who held a role from when to when; `until` is None while they do."""

    role: str
    holder: Person
    since: datetime
    until: datetime | None = None
    how: str = "claimed"


@dataclass(frozen=True, slots=True)
class Offer:
    """A role that was offered and not answered."""

    role: str
    to: Person
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True)
class Departure:
    """A holder of a role who is not there."""

    who: Person
    at: datetime
    how: str


@dataclass(frozen=True, slots=True)
class Update:
    """A status update."""

    at: datetime
    by: Person
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """People were called."""

    at: datetime
    by: Person
    nicks: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Action:
    """A follow-up."""

    n: int
    text: str
    by: Person
    at: datetime
    owner: str = ""
    due: str = ""
    done: bool = False
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A guess at the cause; `proved` is None until it was tested."""

    n: int
    text: str
    by: Person
    at: datetime
    proved: bool | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """Something said for the review: a why, props, a link, a parked thought, a message."""

    at: datetime
    by: Person
    text: str
    about: str = ""  # the praised nick, the URL, the message's key


@dataclass(frozen=True, slots=True)
class Gap:
    """We were away from a channel."""

    channel: str
    since: datetime
    until: datetime
    recovered: int = 0


@dataclass(frozen=True, slots=True)
class Given:
    """How often something was said by the bot, and when last."""

    times: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident, as all its entries so far make it. Times are aware and UTC, None if unknown."""

    id: int
    process: str
    declared_at: datetime
    declared_by: Person
    declared_in: str
    summary: str = ""
    status: str = "open"  # open | resolved | closed | withdrawn
    stage: str = ""  # one of the process's own statuses
    drill: bool = False
    product: str = ""
    network: str = ""
    source: Source = Source.LIVE
    severity: str = ""
    impact: str = ""
    comms: str = ""
    video: str = ""
    started_at: datetime | None = None
    detected_at: datetime | None = None
    mitigated_at: datetime | None = None
    milestones: PMap[str, datetime] = field(default_factory=pmap)  # of other names
    resolved_at: datetime | None = None
    resolution: str = ""
    closed_at: datetime | None = None
    reason: str = ""  # of a withdrawal or the last reopening
    terms: PVector[Term] = field(default_factory=pvector)
    offers: PMap[str, Offer] = field(default_factory=pmap)  # role → offer
    away: PMap[str, Departure] = field(default_factory=pmap)  # folded nick → departure
    notes: PVector[Note] = field(default_factory=pvector)  # note n is notes[n - 1]
    moments: PVector[Moment] = field(default_factory=pvector)
    updates: PVector[Update] = field(default_factory=pvector)
    calls: PVector[Call] = field(default_factory=pvector)
    actions: PVector[Action] = field(default_factory=pvector)
    hypotheses: PVector[Hypothesis] = field(default_factory=pvector)
    whys: PVector[Remark] = field(default_factory=pvector)
    props: PVector[Remark] = field(default_factory=pvector)
    links: PVector[Remark] = field(default_factory=pvector)
    parked: PVector[Remark] = field(default_factory=pvector)
    messages: PVector[Remark] = field(default_factory=pvector)
    published: PVector[Remark] = field(default_factory=pvector)  # about is the URL
    gaps: PVector[Gap] = field(default_factory=pvector)
    ticked: PMap[str, datetime] = field(default_factory=pmap)
    given: PMap[str, Given] = field(default_factory=pmap)  # reminder key → how often, when last
    writers: PMap[str, str] = field(default_factory=pmap)  # folded nick → nick, of recorded lines
    clock: datetime | None = None  # the update clock runs from here
    promised: datetime | None = None  # the next update was promised for then
    promised_by: Person | None = None
    led_at: datetime | None = None  # when the leader was last heard
    report_promised_at: datetime | None = None
    report_done_at: datetime | None = None
    meeting_at: datetime | None = None
    secured: bool = False
    purged: bool = False
    changed_at: datetime | None = None  # the time of the last entry

    @property
    def live(self) -> bool:
        """Whether people still work on it."""
        return self.status == "open"

    @property
    def channel(self) -> str:
        """Where it is talked about: the comms channel, until one is named where it was declared."""
        return self.comms or self.declared_in

    def holders(self, role: str) -> tuple[Person, ...]:
        """Who holds a role now, longest first."""
        return tuple(t.holder for t in self.terms if t.role == role and t.until is None)

    def holder(self, role: str = "lead") -> Person | None:
        """Who holds a role now, None if nobody does."""
        return next(iter(self.holders(role)), None)

    def term(self, role: str = "lead") -> Term | None:
        """The current term of a role, None if nobody holds it."""
        return next((t for t in self.terms if t.role == role and t.until is None), None)

    def note(self, n: int) -> Note | None:
        """Note number `n`, None if there is none."""
        return self.notes[n - 1] if 0 < n <= len(self.notes) else None

    def departed(self, person: Person) -> Departure | None:
        """That somebody with a role is gone, None if they are there."""
        return self.away.get(fold(person.nick))

    def was_given(self, key: str) -> int:
        """How often the bot has said `key`."""
        given = self.given.get(key)
        return given.times if given else 0


@dataclass(frozen=True, slots=True)
class Stray:
    """A `TL:` line that came while nothing was open."""

    at: datetime
    by: Person
    channel: str
    text: str
    source: Source = Source.LIVE


@dataclass(frozen=True, slots=True)
class Held:
    """A declaration that was asked about."""

    at: datetime
    by: Person
    channel: str
    summary: str
    like: int


@dataclass(frozen=True, slots=True)
class Desk:
    """All incidents that are not closed, and what belongs to none."""

    incidents: PMap[int, Incident] = field(default_factory=pmap)
    highest: int = 0  # the highest id ever given
    strays: PVector[Stray] = field(default_factory=pvector)
    held: Held | None = None
    joined: PMap[str, str] = field(default_factory=pmap)  # folded → channel people sent us to
    left: PMap[str, str] = field(default_factory=pmap)  # folded → channel people sent us away from
    topics: PMap[str, str] = field(default_factory=pmap)  # folded channel → its own topic

    @property
    def open(self) -> tuple[Incident, ...]:
        """The incidents people work on, oldest first."""
        return tuple(sorted((i for i in self.incidents.values() if i.live), key=lambda i: i.id))

    @property
    def latest(self) -> Incident | None:
        """The incident declared last, None if there is none."""
        return self.incidents[max(self.incidents)] if self.incidents else None


def replay(entries: Iterable[Entry], desk: Desk | None = None) -> Desk:
    """The desk after these entries."""
    desk = desk or Desk()
    for entry in entries:
        desk = evolve(desk, entry)
    return desk
