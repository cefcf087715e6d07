"""One incident as its entries make it, with the queries on it.

Knows no event: evolve.py knows how one changes an incident.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from pyrsistent import PVector, pvector

from ircbot.incident.line import Source
from ircbot.incident.marks import NamedKey, SharedWords
from ircbot.incident.people import Person, fold, is_same, key_of
from ircbot.incident.state.parts import (
    FACTS,
    TIMES,
    Absence,
    Action,
    Asked,
    Call,
    Change,
    Delivery,
    Departure,
    Gap,
    Hypothesis,
    Moment,
    Note,
    Offer,
    PlannedOffer,
    PromisedUpdate,
    Question,
    Remark,
    ReportAuthor,
    Stretch,
    Term,
    TimesSent,
    Update,
)


# Without slots: it is copied for every entry, and copying one dictionary is ten times as fast.
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
    duplicate_of: int = 0  # the incident that it duplicates, 0 for none
    related: tuple[int, ...] = ()  # related incidents
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
    milestones: Mapping[str, datetime] = field(
        default_factory=dict
    )  # those without their own field
    changes: PVector[Change] = field(default_factory=pvector)  # of the header's facts
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    terms: PVector[Term] = field(default_factory=pvector)
    offers: Mapping[str, Offer] = field(default_factory=dict)  # role → offer
    planned: Mapping[str, PlannedOffer] = field(default_factory=dict)  # role → offer to come
    questions: Mapping[NamedKey, Question] = field(default_factory=dict)  # the last of each kind
    redactions: Mapping[int, Asked] = field(default_factory=dict)  # entry → its words go in an hour
    withdrawal: Asked | None = None  # whoever declared is asked whether it was a false alarm
    away: Mapping[str, Departure] = field(default_factory=dict)  # who (key_of) → departure
    absences: PVector[Absence] = field(default_factory=pvector)  # those that are over
    past: PVector[Stretch] = field(default_factory=pvector)  # those before it was last re-opened
    reopened_at: datetime | None = None
    # The accounts that a nick was seen with: network and folded nick → accounts, in order.
    accounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # The people whom an operator vouched for: network and folded nick → nick and account.
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
    deliveries: Mapping[str, Delivery] = field(default_factory=dict)  # by the place's name
    gaps: PVector[Gap] = field(default_factory=pvector)
    ticked: Mapping[str, datetime] = field(default_factory=dict)
    # reminder key → how often, when last
    reminders_sent: Mapping[NamedKey, TimesSent] = field(default_factory=dict)
    late: int = 0  # how many reminders came too late
    writers: Mapping[str, Person] = field(default_factory=dict)  # who wrote a recorded line
    clock: datetime | None = None  # when the comms channel was last told how things stand
    promises: Mapping[str, PromisedUpdate] = field(default_factory=dict)  # folded channel → promise
    led_at: datetime | None = None  # when the leader was last heard
    report_promised_at: datetime | None = None
    report_writer: ReportAuthor | None = None  # None: whoever has the role that owes it
    report_done_at: datetime | None = None
    meeting_at: datetime | None = None
    secured: bool = False
    purged: bool = False
    changed_at: datetime | None = None  # the time of the last entry
    # For an imported incident: the end of its log, or when people last continued with it.
    known_until: datetime | None = None

    @property
    def live(self) -> bool:
        """Whether people still work on it."""
        return self.status == "open"

    @property
    def void(self) -> bool:
        """Whether it does not count: no report is owed, and statistics leave it out."""
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
        """The reason for the withdrawal or the last reopening."""
        return self._said("withdrawn", "reopened")

    def _said(self, *kinds: str) -> str:
        return next((m.words for m in reversed(self.moments) if m.kind in kinds), "")

    @property
    def guarded(self) -> bool:
        """Whether its summary may not be said publicly: it is, or looks like, a security matter."""
        return self.secured or "guarded" in self.reminders_sent

    @property
    def channel(self) -> str:
        """Where it is discussed: the comms channel, or until one is named the channel of the
        declaration.
        """
        return self.comms or self.declared_in

    def holders(self, role: str = "lead") -> tuple[Person, ...]:
        """The holders of a role, longest first."""
        return tuple([t.holder for t in self.terms if t.role == role and t.until is None])

    def holder(self, role: str = "lead") -> Person | None:
        """The holder of a role, None if there is none."""
        term = self.term(role)
        return term.holder if term is not None else None

    def term(self, role: str = "lead") -> Term | None:
        """The current term of a role, None if nobody holds it."""
        for term in self.terms:
            if term.role == role and term.until is None:
                return term
        return None

    def note(self, n: int) -> Note | None:
        """Note number `n`, None if there is none."""
        place = place_of(self.notes, n)
        return self.notes[place] if place is not None else None

    def action(self, n: int) -> Action | None:
        """Follow-up number `n`, None if there is none."""
        place = place_of(self.actions, n)
        return self.actions[place] if place is not None else None

    def fact(self, what: str) -> str | datetime | None:
        """The present value of a fact in the header: a text, or the time of a milestone."""
        if what in FACTS:
            return str(getattr(self, what))
        at: datetime | None = getattr(self, TIMES[what]) if what in TIMES else None
        return at or self.milestones.get(what)

    def change(self, n: int) -> Change | None:
        """Change number `n` of the header, None if there is none."""
        return self.changes[n - 1] if 0 < n <= len(self.changes) else None

    def was_undone(self, n: int) -> bool:
        """Whether change number `n` of the header was undone."""
        return any(change.undoes == n for change in self.changes)

    def hypothesis(self, n: int) -> Hypothesis | None:
        """Hypothesis number `n`, None if there is none."""
        place = place_of(self.hypotheses, n)
        return self.hypotheses[place] if place is not None else None

    @property
    def followed_until(self) -> datetime:
        """The time up to which it is known what people did. A correction made years after an
        imported log has ended says nothing about the time in between.
        """
        told = self.known_until if self.source is Source.IMPORT else self.changed_at
        return told or self.declared_at

    @property
    def is_awaited(self) -> bool:
        """Whether something in it is still to come, even if it is over: an erasure in an hour, a
        follow-up's due date, the end of its ticket, a publication.
        """
        is_out = any(known.at for known in self.deliveries.values())
        awaited = any(a.is_open and (a.due or (a.ticket and is_out)) for a in self.actions)
        return bool(self.redactions) or awaited or self.owes

    @property
    def linked(self) -> frozenset[int]:
        """The incidents that share entries with it."""
        return frozenset(
            one.incident
            for note in self.notes
            for one in (note.origin, *note.copies)
            if one is not None
        )

    @property
    def next_note(self) -> int:
        """The number for the next note; numbers are never reused."""
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
        """The spans in which people worked on it, oldest first; the last may still go on."""
        over = self.closed_at if self.void else None
        ended = last_end(self.moments)
        last = Stretch(
            self.reopened_at or self.declared_at,
            self.resolved_at or over,
            self.resolution or (self.reason if over else ""),
            ended.by if ended is not None and not self.live else None,
            self.mitigated_at,
        )
        return (*self.past, last)

    def promised(self, channel: str) -> PromisedUpdate | None:
        """The update promised in a channel, None if there is none."""
        return self.promises.get(fold(channel, self.casemapping))

    def departed(self, person: Person) -> Departure | None:
        """The departure of somebody with a role, None if they are there."""
        return self.away.get(self.key(person)) if self.away else None

    def on_record(self, person: Person) -> Person:
        """Somebody on record here; older versions did not record the network."""
        if person.network or not self.network or self.declared_by.network:
            return person
        return replace(person, network=self.network)

    def key(self, person: Person) -> str:
        """A text without a colon that identifies a person here."""
        person = self.on_record(person)
        if person.network == self.network:
            person = replace(person, network="") if person.network else person
        elif not person.network:
            person = replace(person, network=".")  # the main network, in an incident of another
        return key_of(person, self.casemapping)

    def identified(self, somebody: Person) -> Person:
        """Somebody who is here now, with the account that an operator vouched for."""
        if somebody.account or not self.confirmed:
            return somebody
        known = self.confirmed.get(nick_key(somebody.network, somebody.nick, self.casemapping))
        return replace(somebody, account=known.account, name=known.name) if known else somebody

    def account_of(self, nick: str, network: str | None = None) -> str:
        """The account with which a nick was first seen here, "" if none.

        On the incident's network, unless another one is given.
        """
        network = self.network if network is None else network
        seen = self.accounts.get(nick_key(network, nick, self.casemapping))
        return seen[0] if seen else ""

    def known_as(self, nick: str) -> Person:
        """The person meant by a nick alone: the one first seen with it."""
        return Person(nick, self.account_of(nick) or None, self.network)

    def is_confirmed(self, nick: str) -> bool:
        """Whether an operator vouched for the owner of a nick on the incident's network."""
        return nick_key(self.network, nick, self.casemapping) in self.confirmed

    def is_same(self, known: Person, somebody: Person) -> bool:
        """Whether somebody who is here now is `known`, who is on record here.

        A nick that was seen here with an account belongs to that account, whatever it is used with
        now.
        """
        if self.network:
            known = self.on_record(known)
        if self.confirmed:
            somebody = self.identified(somebody)
        if self.accounts and not known.account and not known.name:
            account = self.account_of(known.nick, known.network)
            known = replace(known, account=account) if account else known
        return is_same(known, somebody, self.casemapping)

    def everybody(self) -> tuple[Person, ...]:
        """All persons on record here, without repetition."""
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
        """Everybody who has a role, is offered one or offers it, or promised an update, without
        repetition.
        """
        people = [term.holder for term in self.terms if term.until is None]
        if not (self.offers or self.promises) and len(people) < 2:
            return tuple(people)
        for offer in self.offers.values():
            people += (offer.to, offer.by)
        people += (promise.by for promise in self.promises.values())
        return tuple(dict.fromkeys(people))

    @property
    def owes(self) -> bool:
        """Whether something must still be published."""
        return any(delivery.is_open for delivery in self.deliveries.values())

    def was_recovered(self, kind: str) -> bool:
        """Whether the last milestone of a kind comes from history rather than live: it was
        recorded, and not obeyed.
        """
        last = next((m for m in reversed(self.moments) if m.kind == kind), None)
        return last is not None and last.source is Source.RECOVERED

    def was_sent(self, key: str) -> int:
        """How often the bot has given reminder `key`."""
        given = self.reminders_sent.get(key)
        return given.times if given else 0


_ENDS = ("resolved", "withdrawn", "duplicate")


def last_end(moments: PVector[Moment]) -> Moment | None:
    """When somebody last said that it was over, and who."""
    return next((m for m in reversed(moments) if m.kind in _ENDS), None)


def _next(numbered: Sequence[Note | Action | Hypothesis]) -> int:
    return numbered[-1].n + 1 if numbered else 1  # they only ever grow


def place_of(numbered: Sequence[Note | Action | Hypothesis], n: int) -> int | None:
    """The index of number `n`, None if it is missing, which happens in a damaged store."""
    if 0 < n <= len(numbered) and numbered[n - 1].n == n:
        return n - 1
    return next((place for place, one in enumerate(numbered) if one.n == n), None)


def nick_key(network: str, nick: str, casemapping: str) -> str:
    """The key of a nick among those of all networks."""
    return f"{network} {fold(nick, casemapping)}".lstrip()
