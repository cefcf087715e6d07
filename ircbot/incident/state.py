"""Incident and State, and how each event changes them. Folded from entries, never edited in place.

Knows no rule: an entry that is here happened, whoever may have done it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar, assert_never

from pyrsistent import PVector, pvector

from ircbot.incident.erasing import WithoutPerson, Wordless
from ircbot.incident.events import (
    Absent,
    ActionAdded,
    ActionChanged,
    ActionDone,
    ActionTicketed,
    Arrived,
    ChangeUndone,
    ChannelJoined,
    ChannelLeft,
    Closed,
    CommsSet,
    Confirmed,
    DeclarationHeld,
    Declared,
    Duplicated,
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
    LogEnded,
    MeetingSet,
    Messaged,
    MilestoneSet,
    Noted,
    Notified,
    OfferDeclined,
    OfferWithdrawn,
    Parked,
    ProductSet,
    Promised,
    PropsGiven,
    ProseWritten,
    Purged,
    Recognised,
    Redacted,
    RedactionAsked,
    Related,
    Reminded,
    Renamed,
    Reopened,
    ReportDelivered,
    ReportPromised,
    Resolved,
    Restored,
    Retimed,
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
    Unconfirmed,
    Updated,
    VideoSet,
    WhyAdded,
    WithdrawalAsked,
    WithdrawalRefused,
    Withdrawn,
)
from ircbot.incident.line import Source
from ircbot.incident.marks import Key, Nick, SharedWords, Visitor, Words, rewritten
from ircbot.incident.people import Person, fold, is_same, key_of, same_name, same_person

_T = TypeVar("_T")

# The texts of the header whose changes are kept.
FACTS = ("summary", "product", "impact", "severity", "video")
_MARKED = ("severity", "video")  # of which each value is a milestone of the timeline
# The times of the header that are fields of their own; those of other milestones are a mapping.
_TIMES = {
    name: f"{name}_at" for name in ("started", "detected", "declared", "mitigated", "resolved")
}


@dataclass(frozen=True, slots=True)
class Retiming:
    """An entry was given another time: what it `was`, who said so and when."""

    was: datetime
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """An entry of the timeline, numbered.

    `at` is when it happened, `recorded` when it was written down. `before` are its earlier
    wordings, oldest first. A redacted note has no words left.
    `told` says that it told the comms channel how things stand: see `_tells`.
    """

    n: int
    at: datetime
    recorded: datetime
    by: Person
    channel: str
    text: Words
    source: Source = Source.LIVE
    before: tuple[Words, ...] = ()
    struck: bool = False
    told: bool = False
    withheld: bool = False  # it stands in the record, and not in this edition of it
    retimed: tuple[Retiming, ...] = ()  # oldest first

    @property
    def redacted(self) -> bool:
        """Whether its words were taken from the disk; nobody writes an entry without any."""
        return not self.text


@dataclass(frozen=True, slots=True)
class Moment:
    """A milestone of the timeline: declared, lead, comms, resolved …

    `recorded` is when it was said, None for when it happened.
    """

    at: datetime
    kind: str
    by: Person
    channel: str
    words: Words = ""  # what somebody said with it: the reason
    fact: SharedWords = ""  # what it settles, in somebody's words: the summary
    who: Nick = ""  # whom it is about: the new leader
    what: str = ""  # what it is about: the channel
    source: Source = Source.LIVE
    recorded: datetime | None = None
    about: Person | None = None  # who that is

    @property
    def text(self) -> str:
        """What the milestone is about."""
        return self.words or self.fact or self.who or self.what


@dataclass(frozen=True, slots=True)
class Change:
    """A fact of the header was given, changed or taken back; numbered from 1.

    `what` is one of FACTS, or the name of a milestone. Values are texts ("" for none) or times
    (aware and UTC, None if unknown). `undoes` is the number of the change that was taken back, 0
    for none.
    """

    n: int
    at: datetime
    by: Person
    what: str
    old: SharedWords | datetime | None
    new: SharedWords | datetime | None
    undoes: int = 0


@dataclass(frozen=True, slots=True)
class Term:
    """Who held a role from when to when; `until` is None while they do.

    Whoever has a role by default may be asleep: `heard` is when they first showed that they are
    there.
    """

    role: str
    holder: Person
    since: datetime
    until: datetime | None = None
    how: str = "claimed"
    heard: datetime | None = None

    @property
    def began(self) -> datetime | None:
        """From when on its holder was there to fill it, None if they never were."""
        return None if self.how == "default" and self.heard is None else self.heard or self.since


@dataclass(frozen=True, slots=True)
class Offer:
    """A role that was offered and not answered."""

    role: str
    to: Person
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that waits for somebody's word, or for time to pass: who asked for it, and when.

    `text` is the reason given, "" for none.
    """

    by: Person
    at: datetime
    text: Words = ""


@dataclass(frozen=True, slots=True)
class Departure:
    """A holder of a role who is not there."""

    who: Person
    at: datetime
    how: str


@dataclass(frozen=True, slots=True)
class Absence:
    """A holder of a role was not there for a while."""

    who: Person
    since: datetime
    until: datetime
    how: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """People worked on it from when to when; `until` is None while they do.

    `resolution` is what was said at its end, `mitigated_at` when its impact ended, None if that
    is not known.
    """

    since: datetime
    until: datetime | None = None
    resolution: Words = ""
    by: Person | None = None
    mitigated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PromisedUpdate:
    """An update that was promised, or put off, to `due`, in a channel."""

    channel: str
    due: datetime
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True)
class Update:
    """A status update.

    `channels` are those that it was told to, () where that was not recorded; `refused` those that
    turned out not to take it, and why. `kept` are the promises it kept.
    """

    at: datetime
    by: Person
    text: Words
    channels: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    confirmed: bool = False
    kept: tuple[PromisedUpdate, ...] = ()

    def reaches(self, channel: str) -> bool:
        """Whether it was told to a channel, and the channel took it."""
        told = not self.channels or any(same_name(channel, each) for each in self.channels)
        return told and not any(same_name(channel, each) for each in self.refused)


@dataclass(frozen=True, slots=True)
class Call:
    """People were called."""

    at: datetime
    by: Person
    nicks: tuple[Nick, ...]
    text: Words
    refused: Mapping[Nick, str] = field(default_factory=dict)  # nick → why it did not reach them

    @property
    def reached(self) -> tuple[str, ...]:
        """Those of them that it reached, as far as that is known."""
        return tuple(
            n for n in self.nicks if not any(same_name(n, other) for other in self.refused)
        )


@dataclass(frozen=True, slots=True)
class Action:
    """A follow-up."""

    n: int
    text: SharedWords
    by: Person
    at: datetime
    owner: Nick = ""
    due: str = ""
    done: bool = False
    ticket: SharedWords = ""
    others: tuple[Nick, ...] = ()  # who owns it as well
    dropped: bool = False
    before: Action | None = None  # what it was before it was last changed

    @property
    def owners(self) -> tuple[str, ...]:
        """Whose it is, () for nobody's."""
        return (self.owner, *self.others) if self.owner else self.others

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return not (self.done or self.dropped)

    def is_overdue(self, today: date) -> bool:
        """Whether it should have been done before `today`."""
        return self.is_open and self.due_on is not None and self.due_on < today

    @property
    def due_on(self) -> date | None:
        """The day by which it is to be done, None if there is none."""
        try:
            return date.fromisoformat(self.due)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A guess at the cause; `proved` is None until it was tested."""

    n: int
    text: SharedWords
    by: Person
    at: datetime
    proved: bool | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """Something said for the review: a why, props, a link, a parked thought, a message, prose."""

    at: datetime
    by: Person
    text: Words
    who: Nick = ""  # who is praised
    url: Words = ""
    key: str = ""  # of the message

    @property
    def about(self) -> str:
        """The praised nick, the URL, the message's key."""
        return self.who or self.url or self.key


@dataclass(frozen=True, slots=True)
class Gap:
    """We were away from a channel."""

    channel: str
    since: datetime
    until: datetime
    recovered: int = 0


@dataclass(frozen=True, slots=True)
class TimesSent:
    """How often something was said by the bot, and when last."""

    times: int
    at: datetime


# Without slots: what is copied at every entry is copied ten times as fast as one dictionary.
@dataclass(frozen=True)
class Incident:
    """One incident, as all its entries so far make it. Times are aware and UTC, None if unknown."""

    id: int
    process: str
    declared_at: datetime
    declared_by: Person
    declared_in: str
    summary: SharedWords = ""
    status: str = "open"  # open | resolved | closed | withdrawn | duplicate
    duplicate_of: int = 0  # the incident that it is, 0 for none
    related: tuple[int, ...] = ()  # the incidents it has to do with
    stage: str = ""  # one of the process's own statuses
    drill: bool = False
    private: bool = False
    product: SharedWords = ""
    network: str = ""
    casemapping: str = ""  # of the network, when it was declared
    source: Source = Source.LIVE
    told_at: datetime | None = None  # when it was put on record, if that was afterwards
    severity: SharedWords = ""
    impact: SharedWords = ""
    comms: str = ""
    video: SharedWords = ""
    started_at: datetime | None = None
    detected_at: datetime | None = None
    mitigated_at: datetime | None = None
    milestones: Mapping[str, datetime] = field(default_factory=dict)  # of other names
    changes: PVector[Change] = field(default_factory=pvector)  # of the header's facts
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    terms: PVector[Term] = field(default_factory=pvector)
    offers: Mapping[str, Offer] = field(default_factory=dict)  # role → offer
    redactions: Mapping[int, Asked] = field(default_factory=dict)  # entry → its words go in an hour
    withdrawal: Asked | None = None  # whoever declared is asked whether it was a false alarm
    away: Mapping[str, Departure] = field(default_factory=dict)  # who (key_of) → departure
    absences: PVector[Absence] = field(default_factory=pvector)  # those that are over
    past: PVector[Stretch] = field(default_factory=pvector)  # those before it was last re-opened
    reopened_at: datetime | None = None
    # Where a nick was seen with accounts: network and folded nick → those, in order.
    accounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # Of whom an operator said who they are: network and folded nick → nick and account.
    confirmed: Mapping[str, Person] = field(default_factory=dict)
    notes: PVector[Note] = field(default_factory=pvector)  # in the order of their numbers
    moments: PVector[Moment] = field(default_factory=pvector)
    updates: PVector[Update] = field(default_factory=pvector)
    calls: PVector[Call] = field(default_factory=pvector)
    actions: PVector[Action] = field(default_factory=pvector)
    hypotheses: PVector[Hypothesis] = field(default_factory=pvector)
    whys: PVector[Remark] = field(default_factory=pvector)
    props: PVector[Remark] = field(default_factory=pvector)
    links: PVector[Remark] = field(default_factory=pvector)
    parked: PVector[Remark] = field(default_factory=pvector)
    prose: PVector[Remark] = field(default_factory=pvector)  # key is the section
    messages: PVector[Remark] = field(default_factory=pvector)
    published: PVector[Remark] = field(default_factory=pvector)  # about is the URL
    gaps: PVector[Gap] = field(default_factory=pvector)
    ticked: Mapping[str, datetime] = field(default_factory=dict)
    # reminder key → how often, when last
    reminders_sent: Mapping[Key, TimesSent] = field(default_factory=dict)
    late: int = 0  # how many reminders came too late
    writers: Mapping[str, Person] = field(default_factory=dict)  # who wrote a recorded line
    clock: datetime | None = None  # the comms channel was last told how things stand
    promises: Mapping[str, PromisedUpdate] = field(default_factory=dict)  # folded channel → promise
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
    def void(self) -> bool:
        """Whether it is none of its own: no report is owed, and no figure counts it."""
        return self.status in ("withdrawn", "duplicate")

    @property
    def standing(self) -> str:
        """Its status in words."""
        return f"a duplicate of {self.duplicate_of}" if self.duplicate_of else self.status

    @property
    def resolution(self) -> str:
        """What was said when it was resolved, "" while it is not."""
        return self._said("resolved") if self.resolved_at is not None else ""

    @property
    def reason(self) -> str:
        """Of a withdrawal or the last reopening."""
        return self._said("withdrawn", "reopened")

    def _said(self, *kinds: str) -> str:
        return next((m.words for m in reversed(self.moments) if m.kind in kinds), "")

    @property
    def guarded(self) -> bool:
        """Whether its summary is not said aloud: it is, or looks like, a security matter."""
        return self.secured or "guarded" in self.reminders_sent

    @property
    def channel(self) -> str:
        """Where it is talked about: the comms channel, until one is named where it was declared."""
        return self.comms or self.declared_in

    def holders(self, role: str = "lead") -> tuple[Person, ...]:
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
        place = _place(self.notes, n)
        return self.notes[place] if place is not None else None

    def action(self, n: int) -> Action | None:
        """Follow-up number `n`, None if there is none."""
        place = _place(self.actions, n)
        return self.actions[place] if place is not None else None

    def fact(self, what: str) -> str | datetime | None:
        """A fact of the header as it is now: a text, or the time of a milestone."""
        if what in FACTS:
            return str(getattr(self, what))
        at: datetime | None = getattr(self, _TIMES[what]) if what in _TIMES else None
        return at or self.milestones.get(what)

    def change(self, n: int) -> Change | None:
        """Change number `n` of the header, None if there is none."""
        return self.changes[n - 1] if 0 < n <= len(self.changes) else None

    def was_undone(self, n: int) -> bool:
        """Whether change number `n` of the header was taken back."""
        return any(change.undoes == n for change in self.changes)

    def hypothesis(self, n: int) -> Hypothesis | None:
        """Hypothesis number `n`, None if there is none."""
        place = _place(self.hypotheses, n)
        return self.hypotheses[place] if place is not None else None

    @property
    def next_note(self) -> int:
        """The number of the next note; a number is never given twice."""
        return _next(self.notes)

    @property
    def next_action(self) -> int:
        """The number of the next follow-up."""
        return _next(self.actions)

    @property
    def next_hypothesis(self) -> int:
        """The number of the next hypothesis."""
        return _next(self.hypotheses)

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """From when to when people worked on it, oldest first; the last may still go on."""
        over = self.closed_at if self.void else None
        ended = _last_end(self.moments)
        last = Stretch(
            self.reopened_at or self.declared_at,
            self.resolved_at or over,
            self.resolution or (self.reason if over else ""),
            ended.by if ended is not None and not self.live else None,
            self.mitigated_at,
        )
        return (*self.past, last)

    def promised(self, channel: str) -> PromisedUpdate | None:
        """The update that was promised in a channel, None if none is."""
        return self.promises.get(fold(channel, self.casemapping))

    def departed(self, person: Person) -> Departure | None:
        """That somebody with a role is gone, None if they are there."""
        return self.away.get(self.key(person))

    def on_record(self, person: Person) -> Person:
        """Somebody on record here; of what network, older versions did not record."""
        if person.network or not self.network or self.declared_by.network:
            return person
        return replace(person, network=self.network)

    def key(self, person: Person) -> str:
        """What tells a person from the others here: a text without a colon."""
        person = self.on_record(person)
        if person.network == self.network:
            person = replace(person, network="")
        elif not person.network:
            person = replace(person, network=".")  # of the main network, in another one's incident
        return key_of(person, self.casemapping)

    def identified(self, somebody: Person) -> Person:
        """Somebody who is here now, with the account that an operator vouched for."""
        if somebody.account or not self.confirmed:
            return somebody
        known = self.confirmed.get(_nick_key(somebody.network, somebody.nick, self.casemapping))
        return replace(somebody, account=known.account, name=known.name) if known else somebody

    def account_of(self, nick: str, network: str | None = None) -> str:
        """The account with which a nick was first seen here, "" if with none.

        On the incident's network, unless another one is named.
        """
        network = self.network if network is None else network
        seen = self.accounts.get(_nick_key(network, nick, self.casemapping))
        return seen[0] if seen else ""

    def known_as(self, nick: str) -> Person:
        """Who is meant by a nick alone: who was first seen with it."""
        return Person(nick, self.account_of(nick) or None, self.network)

    def is_confirmed(self, nick: str) -> bool:
        """Whether an operator vouched for whoever has a nick on the incident's network."""
        return _nick_key(self.network, nick, self.casemapping) in self.confirmed

    def is_same(self, known: Person, somebody: Person) -> bool:
        """Whether somebody who is here now is `known`, who is on record here.

        A nick that was seen here with an account is that account's, whatever it is with now.
        """
        known, somebody = self.on_record(known), self.identified(somebody)
        if not known.account and not known.name:
            account = self.account_of(known.nick, known.network)
            known = replace(known, account=account) if account else known
        return is_same(known, somebody, self.casemapping)

    def everybody(self) -> tuple[Person, ...]:
        """Everybody whose person is on record here, each once."""
        people = [self.declared_by, *self.writers.values(), *self.people()]
        people += self.confirmed.values()
        people += (term.holder for term in self.terms)
        for kept in (
            *(self.notes, self.moments, self.updates, self.calls, self.actions, self.hypotheses),
            *(self.whys, self.props, self.links, self.parked, self.messages, self.published),
        ):
            people += (one.by for one in kept)
        return tuple(dict.fromkeys(people))

    def people(self) -> tuple[Person, ...]:
        """Who has a role now, is offered one, or offers it; each once."""
        people = [term.holder for term in self.terms if term.until is None]
        for offer in self.offers.values():
            people += (offer.to, offer.by)
        return tuple(dict.fromkeys(people))

    def was_recovered(self, kind: str) -> bool:
        """Whether the last milestone of a kind was not heard live: on record, and not obeyed."""
        last = next((m for m in reversed(self.moments) if m.kind == kind), None)
        return last is not None and last.source is Source.RECOVERED

    def was_sent(self, key: str) -> int:
        """How often the bot has said `key`."""
        given = self.reminders_sent.get(key)
        return given.times if given else 0


_ENDS = ("resolved", "withdrawn", "duplicate")


def _last_end(moments: PVector[Moment]) -> Moment | None:
    """When it was last said to be over, and by whom."""
    return next((m for m in reversed(moments) if m.kind in _ENDS), None)


def _next(numbered: Sequence[Note | Action | Hypothesis]) -> int:
    return numbered[-1].n + 1 if numbered else 1  # they only ever grow


def _place(numbered: Sequence[Note | Action | Hypothesis], n: int) -> int | None:
    """Where number `n` stands, None if nowhere. A damaged store may have lost some of them."""
    if 0 < n <= len(numbered) and numbered[n - 1].n == n:
        return n - 1
    return next((place for place, one in enumerate(numbered) if one.n == n), None)


@dataclass(frozen=True, slots=True)
class Stray:
    """A `TL:` line that came while nothing was open."""

    at: datetime
    by: Person
    channel: str
    text: Words
    source: Source = Source.LIVE


@dataclass(frozen=True, slots=True)
class Held:
    """A declaration that was asked about."""

    at: datetime
    by: Person
    channel: str
    summary: Words
    like: int


@dataclass(frozen=True)
class State:
    """All incidents that are not closed, and what belongs to none."""

    incidents: Mapping[int, Incident] = field(default_factory=dict)
    highest: int = 0  # the highest id ever given
    strays: PVector[Stray] = field(default_factory=pvector)
    held: Held | None = None
    # By `place`: network and channel that people sent us to, and sent us away from.
    joined: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    left: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    topics: Mapping[str, Words] = field(default_factory=dict)  # topic_key → the channel's own

    @cached_property
    def open(self) -> tuple[Incident, ...]:
        """The incidents people work on, oldest first."""
        return tuple(sorted((i for i in self.incidents.values() if i.live), key=lambda i: i.id))

    @cached_property
    def open_places(self) -> Mapping[str, tuple[Incident, ...]]:
        """The open incidents by where they are talked about, so that a line finds its own among
        a thousand. Names that any server takes for one are together."""
        places: dict[str, tuple[Incident, ...]] = {}
        for incident in self.open:
            key = _roughly(incident.network, incident.channel)
            places[key] = (*places.get(key, ()), incident)
        return places

    def open_near(self, network: str, channel: str) -> tuple[Incident, ...]:
        """The open incidents that may be talked about in a channel, oldest first."""
        return self.open_places.get(_roughly(network, channel), ())

    @cached_property
    def resolved(self) -> tuple[Incident, ...]:
        """The incidents that are over, but not yet closed."""
        return tuple(i for i in self.incidents.values() if i.status == "resolved")

    @property
    def latest(self) -> Incident | None:
        """The incident declared last, None if there is none."""
        return self.incidents[max(self.incidents)] if self.incidents else None


# Whoever says one of these while it is open takes part, as who writes an entry does.
_TAKES_PART = frozenset(
    (
        Summarised,
        ProductSet,
        SeveritySet,
        StatusSet,
        CommsSet,
        VideoSet,
        MilestoneSet,
        RoleOffered,
        OfferDeclined,
        Promised,
        ActionDone,
        ActionTicketed,
        Ticked,
        HypothesisJudged,
        MeetingSet,
    )
)


def replay(entries: Iterable[Entry], state: State | None = None) -> State:
    """The state after these entries."""
    state = state or State()
    for entry in entries:
        state = evolve(state, entry)
    return state


def evolve(state: State, entry: Entry) -> State:
    """The state after one more entry."""
    if entry.incident == 0:
        return _state_after(state, entry)
    event = entry.event
    if isinstance(event, Declared):
        incident = _declared(entry, event)
    else:
        before = state.incidents.get(entry.incident)
        if before is None:  # an entry of an incident that was not loaded changes nothing here
            return state
        after = _with_holders_heard(_incident_after(before, entry), entry)
        if entry.said and before.live and type(event) in _TAKES_PART:
            after = _wrote(after, entry.by)
        after = _with_account(after, entry.by) if entry.by.account else after
        incident = after if after.changed_at == entry.at else replace(after, changed_at=entry.at)
    left = state.left
    if isinstance(event, CommsSet):
        left = _without(left, place(incident.network, event.channel, incident.casemapping))
    return _with_incident(state, incident, left)


def topic_key(channel: str) -> str:
    """A channel as topics are kept by: they are recorded under its configured name."""
    return fold(channel, "ascii")


def place(network: str, channel: str, casemapping: str) -> str:
    """A channel among those of all networks."""
    return f"{network} {fold(channel, casemapping)}".lstrip()


def _roughly(network: str, channel: str) -> str:
    """A channel as the laxest server compares it."""
    return f"{network} {fold(channel.casefold())}"


def _nick_key(network: str, nick: str, casemapping: str) -> str:
    return f"{network} {fold(nick, casemapping)}".lstrip()


def _with_incident(state: State, incident: Incident, left: Mapping[str, tuple[str, str]]) -> State:
    incidents = {**state.incidents, incident.id: incident}
    before = state.incidents.get(incident.id)
    if before is None or not before.live or not incident.live or left is not state.left:
        highest = max(state.highest, incident.id)
        return replace(state, incidents=incidents, highest=highest, left=left)
    # Every line asks what is open, and hardly an entry changes that.
    open_now = tuple([incident if i is before else i for i in state.open])
    places = state.open_places
    key = _roughly(incident.network, incident.channel)
    if key != _roughly(before.network, before.channel):
        return replace(state, incidents=incidents)
    here = tuple([incident if i is before else i for i in places[key]])
    return _quickly_replaced(
        state, incidents=incidents, open=open_now, open_places={**places, key: here}
    )


def _declared(entry: Entry, event: Declared) -> Incident:
    moment = _moment(entry, "declared", fact=event.summary)
    if event.since:
        moment = replace(moment, at=event.since, recorded=entry.at)
    declared = Incident(
        id=entry.incident,
        process=event.process,
        declared_at=event.since or entry.at,
        declared_by=entry.by,
        declared_in=entry.channel,
        summary=event.summary,
        drill=event.drill,
        private=event.private,
        product=event.product,
        network=event.network,
        casemapping=event.casemapping,
        source=entry.source,
        told_at=entry.at if event.since else None,
        clock=entry.at,
        moments=pvector([moment]),
        changed_at=entry.at,
    )
    return _wrote(_with_account(declared, entry.by), entry.by)


def _state_after(state: State, entry: Entry) -> State:
    """The state after an entry that belongs to no incident. Others than these change nothing."""
    match entry.event:
        case StrayKept(text, at):
            stray = Stray(at or entry.at, entry.by, entry.channel, text, entry.source)
            return replace(state, strays=state.strays.append(stray))
        case StraysGiven():
            return replace(state, strays=pvector())
        case DeclarationHeld(summary, like):
            held = Held(entry.at, entry.by, entry.channel, summary, like)
            return replace(state, held=held)
        case ChannelJoined(channel, network, casemapping):
            key = place(network, channel, casemapping)
            joined = {**state.joined, key: (network, channel)}
            return replace(state, joined=joined, left=_without(state.left, key))
        case ChannelLeft(channel, network, casemapping):
            key = place(network, channel, casemapping)
            left = {**state.left, key: (network, channel)}
            return replace(state, joined=_without(state.joined, key), left=left)
        case Forgotten(_, nick) as order if nick:
            visitor = WithoutPerson(order)
            incidents = {n: _erased(_unseen(i, order), visitor) for n, i in state.incidents.items()}
            return replace(rewritten(replace(state, incidents={}), visitor), incidents=incidents)
        case TopicKept(channel, topic):
            key = topic_key(channel)
            kept = _without(state.topics, key) if topic is None else {**state.topics, key: topic}
            return replace(state, topics=kept)
        case _:
            return state


def _incident_after(i: Incident, entry: Entry) -> Incident:
    """An incident after one more entry of its own."""
    at, by = entry.at, entry.by
    match entry.event:
        case Summarised(summary, product):
            named = replace(_changed(i, entry, "summary", summary), product=product or i.product)
            return _without_reminders(named, "guarded")
        case ProductSet(product):
            return _changed(i, entry, "product", product)
        case ImpactSet(impact):
            return _changed(_wrote(i, by), entry, "impact", impact)
        case SeveritySet(severity):
            return _changed(i, entry, "severity", severity)
        case StatusSet(status):
            return _marked(replace(i, stage=status), entry, "status", what=status)
        case CommsSet(channel):
            return _marked(replace(i, comms=channel), entry, "comms", what=channel)
        case VideoSet(where):
            return _changed(i, entry, "video", where)
        case MilestoneSet(name, when):
            return _changed(i, entry, name, when)
        case ChangeUndone(n):
            change = i.change(n)
            if change is None:
                return i
            restored = _changed(i, entry, change.what, change.old, undoes=n)
            return _without_reminders(restored, "guarded") if change.what == "summary" else restored
        case Resolved(text, since):
            return _resolved(i, entry, text, since or at)
        case Reopened(reason):
            return _reopened(i, entry, reason)
        case Closed():
            return _marked(replace(i, status="closed", closed_at=at), entry, "closed")
        case Withdrawn(reason):
            ended = _ended(replace(i, status="withdrawn", closed_at=at), at)
            return _marked(ended, entry, "withdrawn", words=reason)
        case Duplicated(of):
            ended = _ended(replace(i, status="duplicate", duplicate_of=of, closed_at=at), at)
            return _marked(ended, entry, "duplicate", what=str(of))
        case Related(to):
            return replace(i, related=(*i.related, to))
        case WithdrawalAsked(reason):
            return replace(i, withdrawal=Asked(by, at, reason))
        case WithdrawalRefused():
            return replace(i, withdrawal=None)
        case RoleOffered(role, to):
            return replace(
                _without_reminders(i, f"baton:{role}"),
                offers={**i.offers, role: Offer(role, to, by, at)},
            )
        case OfferDeclined(role) | OfferWithdrawn(role):
            return replace(i, offers=_without(i.offers, role))
        case RoleTaken(role, holder, how):
            return _role_taken(i, entry, role, holder, how)
        case RoleLeft(role, holder):
            return _marked_of(_term_ended(i, role, holder, at), entry, "left", holder)
        case HolderLeft(holder, how):
            departure = Departure(holder, at, how)
            gone = replace(i, away={**i.away, i.key(holder): departure})
            # A split mostly heals; that nobody waited for it is told by the next one who leads.
            leads = how != "split" and holds(i, holder)
            return _marked_of(gone, entry, "gone", holder) if leads else gone
        case HolderBack(holder):
            return _without_reminders(_back(i, holder, at), f"gone:{i.key(holder)}")
        case Renamed(old, new, who):
            return _renamed(i, old, new, who)
        case Recognised(who, account):
            known = _with_account(i, replace(who, account=account))
            return _with_people(known, lambda p: replace(p, account=account) if p == who else p)
        case Confirmed(who):
            key = _nick_key(who.network, who.nick, i.casemapping)
            vouched = replace(i, confirmed={**i.confirmed, key: who}) if who.account else i
            return _marked_of(vouched, entry, "confirmed", who)
        case Unconfirmed(who):
            key = _nick_key(who.network, who.nick, i.casemapping)
            return replace(i, confirmed=_without(i.confirmed, key))
        case Noted() as noted:
            return _noted(i, entry, noted)
        case Edited(n) | Retimed(n) | Struck(n) | Restored(n) | RedactionAsked(n) | Redacted(n):
            place = _place(i.notes, n)
            if place is None:
                return i
            if isinstance(entry.event, RedactionAsked):
                i = replace(i, redactions={**i.redactions, n: Asked(by, at)})
            elif isinstance(entry.event, Restored | Redacted) and n in i.redactions:
                left = {number: one for number, one in i.redactions.items() if number != n}
                i = replace(i, redactions=left)
            changed_note = _note_after(i.notes[place], entry, entry.event)
            return replace(i, notes=i.notes.set(place, changed_note))
        case Absent(since, until, recovered):
            gap = Gap(entry.channel, since, until, recovered)
            # Whoever was vouched for may have left meanwhile.
            return replace(i, gaps=i.gaps.append(gap), confirmed={})
        case Notified(nicks, text):
            # Who is on call is called by the bot itself, which takes no part.
            called = replace(i, calls=i.calls.append(Call(at, by, nicks, text)))
            return _wrote(called, by) if entry.said else called
        case Updated(text, channels):
            return _updated(_wrote(i, by), Update(at, by, text, channels))
        case Promised(due):
            channel = entry.channel or i.channel
            promise = PromisedUpdate(channel, due, by, at)
            waiting = replace(i, promises={**i.promises, fold(channel, i.casemapping): promise})
            return _without_reminders(waiting, _promise_subject(i, channel))
        case Arrived() as arrived:
            return _arrived(i, arrived)
        case Reminded(key, late):
            given = TimesSent(i.was_sent(key) + 1, at)
            return replace(
                i, reminders_sent={**i.reminders_sent, key: given}, late=i.late + bool(late)
            )
        case Messaged(key, text):
            return _remarked(_wrote(i, by), "messages", Remark(at, by, text, key=key))
        case ReportPromised():
            return replace(i, report_promised_at=at)
        case ReportDelivered(where):
            done = replace(i, report_done_at=i.report_done_at or at)
            done = _without_reminders(done, "report-changed")
            return _remarked(done, "published", Remark(at, by, "", url=where))
        case ActionAdded(n, text, owner, due, others):
            action = Action(n, text, by, at, owner, due, others=others)
            return replace(_wrote(i, by), actions=i.actions.append(action))
        case ActionDone(n) | ActionTicketed(n) | ActionChanged(n):
            place = _place(i.actions, n)
            if place is None:
                return i
            changed = _action_after(i.actions[place], entry.event)
            return replace(i, actions=i.actions.set(place, changed))
        case WhyAdded(text):
            return _remarked(_wrote(i, by), "whys", Remark(at, by, text))
        case ProseWritten(section, text, whole):
            kept = i.prose if not whole else pvector(p for p in i.prose if p.key != section)
            return _remarked(
                replace(i, prose=kept), "prose", Remark(at, by, text.strip(), key=section)
            )
        case PropsGiven(nick, reason):
            return _remarked(_wrote(i, by), "props", Remark(at, by, reason, who=nick))
        case Linked(url, text):
            return _remarked(_wrote(i, by), "links", Remark(at, by, text, url=url))
        case Parked(text):
            return _remarked(_wrote(i, by), "parked", Remark(at, by, text))
        case Ticked(key):
            return replace(i, ticked={**i.ticked, key: at})
        case HypothesisAdded(n, text):
            guess = Hypothesis(n, text, by, at)
            return replace(_wrote(i, by), hypotheses=i.hypotheses.append(guess))
        case HypothesisJudged(n, proved):
            place = _place(i.hypotheses, n)
            if place is None:
                return i
            judged = replace(i.hypotheses[place], proved=proved)
            return replace(i, hypotheses=i.hypotheses.set(place, judged))
        case MeetingSet(when):
            return replace(i, meeting_at=when)
        case Heard():
            return _wrote(i, by)
        case Secured(lifted):
            kind = "security lifted" if lifted else "security"
            return _marked(replace(i, secured=not lifted), entry, kind)
        case Purged():
            return replace(_erased(i, Wordless()), purged=True)
        case Forgotten(_, nick) as order:
            return _erased(_unseen(i, order), WithoutPerson(order)) if nick else i
        case (
            Declared()
            | LogEnded()
            | StrayKept()
            | StraysGiven()
            | DeclarationHeld()
            | ChannelJoined()
            | ChannelLeft()
            | TopicKept()
        ):  # of the state, of the beginning, or told by its envelope: nothing here
            return i
        case _ as unreachable:
            assert_never(unreachable)


def _moment(entry: Entry, kind: str, **about: Any) -> Moment:
    return Moment(entry.at, kind, entry.by, entry.channel, source=entry.source, **about)


def _marked(i: Incident, entry: Entry, kind: str, **about: str) -> Incident:
    return replace(i, moments=i.moments.append(_moment(entry, kind, **about)))


def _remarked(i: Incident, where: str, remark: Remark) -> Incident:
    """One remark more, unless its words were taken from the disk."""
    changes: dict[str, Any] = {where: getattr(i, where).append(remark)}
    return replace(i, **changes) if _says_something(remark) else i


def _says_something(remark: Remark) -> bool:
    return bool(remark.text or remark.who or remark.url)


def _marked_of(i: Incident, entry: Entry, kind: str, person: Person) -> Incident:
    """A milestone that is about somebody."""
    moment = replace(_moment(entry, kind, who=person.nick), about=person)
    return replace(i, moments=i.moments.append(moment))


def _wrote(i: Incident, by: Person) -> Incident:
    """`by` wrote a recorded line: a participant."""
    return replace(i, writers=_with_writer(i, by))


def _with_account(i: Incident, who: Person) -> Incident:
    """A nick was seen with an account."""
    if not who.account:
        return i
    key = _nick_key(who.network, who.nick, i.casemapping)
    seen = i.accounts.get(key, ())
    if any(same_name(who.account, one, i.casemapping) for one in seen):
        return i
    accounts, writers = {**i.accounts, key: (*seen, who.account)}, i.writers
    bare = i.key(replace(who, account=None))
    if not seen and bare in writers:  # who wrote under the nick alone is known by now
        writers = {i.key(who) if k == bare else k: w for k, w in writers.items()}
    return replace(i, accounts=accounts, writers=writers)


def holds(i: Incident, person: Person, role: str = "lead") -> bool:
    """Whether a person of the record holds a role now."""
    return any(same_person(person, holder, i.casemapping) for holder in i.holders(role))


def _without_reminders(i: Incident, subject: str) -> Incident:
    """Forget what was said about a subject, so that it may be said again."""
    given = _given_without(i, subject)
    return i if given is i.reminders_sent else replace(i, reminders_sent=given)


def _given_without(i: Incident, subject: str) -> Mapping[str, TimesSent]:
    own = [key for key in i.reminders_sent if key == subject or key.startswith(subject + ":")]
    return _without(i.reminders_sent, *own)


def _with_holders_heard(i: Incident, entry: Entry) -> Incident:
    """Whatever somebody does that is recorded ends the leader's silence, and shows that whoever
    has a role by default is there."""
    if isinstance(entry.event, HolderLeft):
        return i
    for place, term in enumerate(i.terms):
        if term.began is None and term.until is None and i.is_same(term.holder, entry.by):
            i = replace(i, terms=i.terms.set(place, replace(term, heard=entry.at)))
    if i.led_at is not None and entry.at <= i.led_at:
        return i
    leads = any(i.is_same(holder, entry.by) for holder in i.holders())
    return replace(i, led_at=entry.at) if leads else i


def _clock_reset(i: Incident, at: datetime) -> Incident:
    """The status was told: the update clock runs anew, unless it already ran from later."""
    if i.clock is not None and at < i.clock:
        return i
    return _without_reminders(replace(i, clock=at), "update")


def _changed(
    i: Incident, entry: Entry, what: str, new: str | datetime | None, undoes: int = 0
) -> Incident:
    """A fact of the header is something else from now on, and its history says so."""
    change = Change(len(i.changes) + 1, entry.at, entry.by, what, i.fact(what), new, undoes)
    changed = replace(_with_fact(i, what, new), changes=i.changes.append(change))
    return _marked(changed, entry, what, fact=str(new)) if what in _MARKED else changed


def _with_fact(i: Incident, what: str, new: str | datetime | None) -> Incident:
    if what in FACTS or what in ("started", "detected", "mitigated"):
        fact: dict[str, Any] = {_TIMES.get(what, what): new}
        return replace(i, **fact)
    if what in ("declared", "resolved") and isinstance(new, datetime):
        return _with_time(i, what, new)
    if isinstance(new, datetime):
        return replace(i, milestones={**i.milestones, what: new})
    return replace(i, milestones=_without(i.milestones, what))


def _promise_subject(i: Incident, channel: str) -> str:
    """What the reminders of a promise are about: in the comms channel, of the next update."""
    here = same_name(channel, i.channel, i.casemapping)
    return "update" if here else f"promise:{fold(channel, i.casemapping)}"


def _updated(i: Incident, update: Update) -> Incident:
    """One more update: where it is told, it keeps what was promised and tells how things stand."""
    kept = {c: p for c, p in i.promises.items() if update.reaches(p.channel)}
    told = replace(
        i,
        updates=i.updates.append(replace(update, kept=tuple(kept.values()))),
        promises=_without(i.promises, *kept),
    )
    for promise in kept.values():
        told = _without_reminders(told, _promise_subject(i, promise.channel))
    return _clock_reset(told, update.at) if update.reaches(i.channel) else told


def _arrived(i: Incident, arrived: Arrived) -> Incident:
    """What became of an update or a call; a promise stands where its update did not arrive."""
    refused = dict(zip(arrived.refused, arrived.why, strict=False))
    if arrived.what == "call" and 0 < arrived.n <= len(i.calls):
        call = replace(i.calls[arrived.n - 1], refused=refused)
        return replace(i, calls=i.calls.set(arrived.n - 1, call))
    if arrived.what != "update" or not 0 < arrived.n <= len(i.updates):
        return i
    before = i.updates[arrived.n - 1]
    update = replace(before, refused=refused, confirmed=arrived.confirmed)
    broken = {
        fold(p.channel, i.casemapping): p for p in before.kept if not update.reaches(p.channel)
    }
    return replace(
        i,
        updates=i.updates.set(arrived.n - 1, update),
        promises={**broken, **i.promises},  # what was promised since then stands
    )


def _back(i: Incident, person: Person, at: datetime) -> Incident:
    """Somebody who was away is there again."""
    departure = i.departed(person)
    if departure is None:
        return i
    absence = Absence(departure.who, departure.at, at, departure.how)
    return replace(i, absences=i.absences.append(absence), away=_without(i.away, i.key(person)))


def _with_time(i: Incident, what: str, at: datetime) -> Incident:
    """It was declared, or resolved, at another time than was recorded: so its last milestone of
    that kind moves, and whoever held a role until the end held it until then."""
    times: dict[str, Any] = {_TIMES[what]: at}
    if what == "declared" and i.past:
        times["past"] = i.past.set(0, replace(i.past[0], since=at))
    place = max(p for p, m in enumerate(i.moments) if m.kind == what)
    moment = i.moments[place]
    moved = replace(moment, at=at, recorded=moment.recorded or moment.at)
    times["moments"] = i.moments.set(place, moved)
    if what == "resolved":
        times["terms"] = pvector(
            replace(t, until=max(at, t.since)) if t.until == i.resolved_at else t for t in i.terms
        )
    return replace(i, **times)


def _ended(i: Incident, at: datetime) -> Incident:
    """Roles end, offers lapse, and nobody waits for an update."""
    terms = pvector(replace(t, until=max(at, t.since)) if t.until is None else t for t in i.terms)
    return replace(i, terms=terms, offers={}, promises={}, withdrawal=None)


def _resolved(i: Incident, entry: Entry, text: str, at: datetime) -> Incident:
    resolved = _wrote(replace(_ended(i, at), status="resolved", resolved_at=at), entry.by)
    moment = replace(_moment(entry, "resolved", words=text), at=at)
    if at != entry.at:
        moment = replace(moment, recorded=entry.at)
    return replace(resolved, moments=resolved.moments.append(moment))


def _reopened(i: Incident, entry: Entry, reason: str) -> Incident:
    """People work on it again; who led when it was resolved leads again, if they are there.

    What ended then is a stretch of the past. Of this one nothing is known: its impact goes on.
    """
    at = entry.at
    ended = _last_end(i.moments)
    resolved = ended is not None and ended.kind == "resolved"
    # The one may have been put right since.
    ends = (i.resolved_at, ended.at if ended is not None and resolved else None)
    resumed = (
        Term(t.role, t.holder, at, how="reopened")
        for t in i.terms
        if t.until is not None
        and t.until in ends
        and t.began is not None
        and i.departed(t.holder) is None
    )
    stretch = i.stretches[-1]
    again = replace(
        _without_reminders(_without_reminders(i, "update"), "report"),
        status="open",
        duplicate_of=0,
        past=i.past.append(stretch if stretch.until else replace(stretch, until=at)),
        reopened_at=at,
        mitigated_at=None,
        resolved_at=None,
        closed_at=None,
        report_done_at=None,
        terms=i.terms.extend(resumed),
        clock=at,
        led_at=at,
    )
    return _marked(again, entry, "reopened", words=reason)


def _term_ended(i: Incident, role: str, holder: Person, at: datetime) -> Incident:
    terms = pvector(
        replace(t, until=at)
        if t.role == role and t.until is None and same_person(t.holder, holder, i.casemapping)
        else t
        for t in i.terms
    )
    return replace(i, terms=terms)


def _role_taken(i: Incident, entry: Entry, role: str, holder: Person, how: str) -> Incident:
    """One more term. RoleLeft entries made room before where a role has several holders."""
    at = entry.at
    terms = i.terms
    if how != "default" and (place := _standing_in(i, role, holder)) is not None:
        began = terms[place].heard or at
        confirmed = replace(terms[place], holder=holder, how=how, heard=began)
        return _wrote(replace(i, terms=terms.set(place, confirmed)), holder)
    if role == "lead":
        terms = pvector(
            replace(t, until=at) if t.role == role and t.until is None else t for t in terms
        )
    # Who is on call is named by the bot, and may be asleep.
    asleep = how == "default" and not _took_part(i, holder)
    term = Term(role, holder, at, how=how, heard=at if how == "default" and not asleep else None)
    taken = replace(
        i if asleep else _wrote(_back(i, holder, at), holder),
        terms=terms.append(term),
        offers=_without(i.offers, role),
        led_at=at if role == "lead" else i.led_at,
    )
    taken = _without_reminders(_without_reminders(taken, f"role:{role}"), f"baton:{role}")
    if role == "lead":
        taken = _without_reminders(_without_reminders(taken, "break"), "leader")
    return _marked_of(taken, entry, role, holder)


def _took_part(i: Incident, person: Person) -> bool:
    """Whether somebody has shown that they are there."""
    return i.is_same(person, i.declared_by) or i.key(person) in i.writers


def _standing_in(i: Incident, role: str, person: Person) -> int | None:
    """Where the term is in which somebody has a role by default, None if they do not."""
    for number, term in enumerate(i.terms):
        default = term.role == role and term.until is None and term.how == "default"
        if default and i.is_same(term.holder, person):
            return number
    return None


def _renamed(i: Incident, old: str, new: str, who: Person | None) -> Incident:
    def now(person: Person) -> Person:
        renamed = person == who if who else same_name(person.nick, old, i.casemapping)
        return replace(person, nick=new) if renamed else person

    return _with_people(i, now)


def _with_people(i: Incident, now: Callable[[Person], Person]) -> Incident:
    """Those who have a role now, or are offered one, as they are now."""
    terms = pvector(replace(t, holder=now(t.holder)) if t.until is None else t for t in i.terms)
    offers = {r: replace(o, to=now(o.to), by=now(o.by)) for r, o in i.offers.items()}
    away = {i.key(now(d.who)): replace(d, who=now(d.who)) for d in i.away.values()}
    absences = pvector(replace(a, who=now(a.who)) for a in i.absences)
    return replace(i, terms=terms, offers=offers, away=away, absences=absences)


def _noted(i: Incident, entry: Entry, noted: Noted) -> Incident:
    by = noted.by or entry.by
    at = noted.at or entry.at
    told = _tells(i, entry)
    note = Note(
        n=noted.n,
        at=at,
        recorded=entry.at,
        by=by,
        channel=noted.channel or entry.channel,
        text=noted.text,
        source=entry.source,
        told=told,
    )
    counts = told and (i.clock is None or entry.at >= i.clock)
    return _quickly_replaced(
        i,
        notes=i.notes.append(note),
        writers=_with_writer(i, by),
        clock=entry.at if counts else i.clock,
        # What was promised here is still owed: an entry is no update.
        reminders_sent=_given_without(i, "update")
        if counts and not i.promised(i.channel)
        else i.reminders_sent,
        changed_at=entry.at,
    )


def _tells(i: Incident, entry: Entry) -> bool:
    """Whether an entry tells the comms channel how things stand: it was said there, by whoever
    has or had a role, or while nobody leads, by whoever declared. A bystander's does not."""
    if not entry.channel or not same_name(entry.channel, i.channel, i.casemapping):
        return False
    if any(i.is_same(term.holder, entry.by) for term in i.terms):
        return True
    holder = i.holder()
    unled = holder is None or i.departed(holder) is not None
    return unled and i.is_same(i.declared_by, entry.by)


def _with_writer(i: Incident, by: Person) -> Mapping[str, Person]:
    key = i.key(by)
    return i.writers if i.writers.get(key) == by else {**i.writers, key: by}


def _without(mapping: Mapping[str, _T], *keys: str) -> Mapping[str, _T]:
    """The same mapping if it has none of the keys."""
    if not any(key in mapping for key in keys):
        return mapping
    return {key: value for key, value in mapping.items() if key not in keys}


def _quickly_replaced(value: _T, **changes: Any) -> _T:
    """What `replace` gives, for the event that comes by the thousand. What is cached is copied."""
    copy = object.__new__(type(value))
    copy.__dict__.update(value.__dict__, **changes)
    return copy


_OfNote = Edited | Retimed | Struck | Restored | RedactionAsked | Redacted


def _note_after(note: Note, entry: Entry, event: _OfNote) -> Note:
    match event:
        case Retimed(_, at):
            corrected = Retiming(note.at, entry.by, entry.at)
            return replace(note, at=at, retimed=(*note.retimed, corrected))
        case Edited(_, text):
            return replace(note, text=text, before=(*note.before, note.text))
        case Struck() | RedactionAsked():
            return replace(note, struck=True)
        case Restored():
            return replace(note, struck=False)
        case Redacted():
            return replace(note, text="", before=())
        case _ as unreachable:
            assert_never(unreachable)


def _action_after(action: Action, event: ActionDone | ActionTicketed | ActionChanged) -> Action:
    match event:
        case ActionDone():
            return replace(action, done=True, before=action)
        case ActionTicketed(_, ticket):
            return replace(action, ticket=ticket, before=action)
        case ActionChanged(undone=True):
            return action.before or action
        case ActionChanged(_, owners, due, dropped):
            own = action.owners if owners is None else owners
            return replace(
                action,
                owner=own[0] if own else "",
                others=own[1:],
                due=action.due if due is None else due,
                dropped=action.dropped or dropped,
                before=action,
            )
        case _ as unreachable:
            assert_never(unreachable)


def _erased(i: Incident, visitor: Visitor) -> Incident:
    """An incident without what must go; the same as `replay` makes of what is left."""
    left = rewritten(i, visitor)
    remarks = ("whys", "prose", "props", "links", "parked", "messages", "published")
    kept: dict[str, Any] = {
        name: pvector(filter(_says_something, getattr(left, name))) for name in remarks
    }
    moments = pvector(replace(m, who=m.about.nick) if m.about else m for m in left.moments)
    return replace(
        left,
        **kept,
        moments=moments,
        away={i.key(d.who): d for d in left.away.values()},
        writers={i.key(writer): writer for writer in left.writers.values()},
        confirmed={
            _nick_key(who.network, who.nick, i.casemapping): who
            for who in left.confirmed.values()
            if who.account
        },
    )


def _unseen(i: Incident, order: Forgotten) -> Incident:
    """That a nick was seen with somebody's account is not known any more."""
    key = _nick_key(order.network, order.nick, order.casemapping)
    seen = i.accounts.get(key, ()) if order.shared else ()
    theirs = order.account or ""
    kept = tuple(one for one in seen if not same_name(one, theirs, order.casemapping))
    return replace(i, accounts={**i.accounts, key: kept} if kept else _without(i.accounts, key))
