"""What statistics need of one incident: figures and a few names, none of its words.

All figures are the report's and the review's. Knows no other incident.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from ircbot.incident.closing import report_due
from ircbot.incident.line import Source
from ircbot.incident.people import Person
from ircbot.incident.process import Process
from ircbot.incident.review import Verdict, review, timely
from ircbot.incident.state import Action, Incident
from ircbot.incident.stretches import (
    Span,
    filled,
    first_led,
    handovers,
    impact,
    intervals,
    lead_terms,
    leaderless,
    peak,
    silences,
    total,
    worked_terms,
)
from ircbot.incident.times import Calendar
from ircbot.incident.view import called, one_line

LIVE, DRILL, IMPORTED, VOID = "live", "drill", "imported", "void"
HOURS = 24
ByHour = tuple[tuple[int, int], ...]
"""Hours of the day, each with an amount."""


@dataclass(frozen=True, slots=True)
class StepFact:
    """A step of the process, and its verdict."""

    key: str
    title: str
    verdict: str


@dataclass(frozen=True, slots=True)
class ActionFact:
    """A follow-up: when it was created, done and due."""

    n: int
    added_at: datetime
    done_at: datetime | None
    due: date | None
    owned: bool
    done: bool
    dropped: bool

    @property
    def is_open(self) -> bool:
        """Whether it is not done yet."""
        return not (self.done or self.dropped)


@dataclass(frozen=True, slots=True)
class LoadFact:
    """A person's load by hour of the day: seconds with a role in an open incident, and calls. Hours
    without any are omitted. `key` identifies the person."""

    key: str
    name: str
    seconds: ByHour
    calls: ByHour


@dataclass(frozen=True, slots=True)
class Facts:
    """One incident. Times are aware and UTC, durations in seconds, None if unknown."""

    id: int
    population: str  # LIVE | DRILL | IMPORTED | VOID
    status: str
    process: str
    product: str
    severity: str  # the worst it had
    gravity: int | None  # its place in the process, 0 is the gravest; None if it has none
    declared_at: datetime
    hour: int  # of the declaration, in the zone of the statistics
    leader: str  # the first leader
    took: Mapping[str, float | None]  # by a measure's key
    handovers: int
    updates: int
    silences: int
    too_long: int  # number of silences over the limit
    longest: float | None  # silence
    report: str  # a Verdict
    report_due_at: datetime | None
    report_done_at: datetime | None
    steps: tuple[StepFact, ...]
    actions: tuple[ActionFact, ...]
    load: tuple[LoadFact, ...]  # of finished incidents only: one that was left open is not a load

    @property
    def is_over(self) -> bool:
        """Whether nobody works on it any more."""
        return self.status != "open"

    @property
    def is_settled(self) -> bool:
        """Whether these facts cannot change until something is added to the incident."""
        pending = any(step.verdict == Verdict.PENDING for step in self.steps)
        return self.is_over and not pending and self.report != Verdict.PENDING


def facts(
    incident: Incident,
    process: Process,
    now: datetime,
    calendar: Calendar | None = None,
    zone: tzinfo | None = None,
    *,
    people: bool = True,
) -> Facts:
    """The facts of an incident at `now`; hours are in `zone`, or the calendar's. Without `people`,
    they name nobody."""
    calendar = calendar or Calendar()
    zone = zone or calendar.zone
    spans = silences(incident, process, now)
    due, done = report_due(incident, process, calendar), incident.report_done_at
    worst = peak(incident, process)
    return Facts(
        id=incident.id,
        population=_population(incident),
        status=incident.status,
        process=incident.process,
        product=one_line(incident.product),
        severity=one_line(worst),
        gravity=process.gravity(worst),
        declared_at=incident.declared_at,
        hour=incident.declared_at.astimezone(zone).hour,
        leader=_first_leader(incident) if people else "",
        took=dict(_took(incident, process, now)),
        handovers=len(handovers(incident)),
        updates=len(incident.updates),
        silences=len(spans),
        too_long=sum(silence.over for silence in spans),
        longest=max((silence.length.total_seconds() for silence in spans), default=None),
        report=timely(incident, due, done, now),
        report_due_at=due,
        report_done_at=done,
        steps=tuple(
            StepFact(finding.step.key, finding.step.title, finding.verdict)
            for finding in review(incident, process, now, calendar, zone)
        ),
        actions=tuple(map(_action, incident.actions)),
        load=tuple(_load(incident, process, now, zone)) if people and not incident.live else (),
    )


def _population(incident: Incident) -> str:
    if incident.void:
        return VOID
    if incident.drill:
        return DRILL
    return IMPORTED if incident.source is Source.IMPORT else LIVE


def _first_leader(incident: Incident) -> str:
    began = first_led(incident)
    led = (t for t in lead_terms(incident) if began is not None and t.began == began)
    return next((called(incident, term.holder) for term in led), "")


def _took(
    incident: Incident, process: Process, now: datetime
) -> Iterator[tuple[str, float | None]]:
    for interval in intervals(incident, now):
        yield interval.key, _seconds(interval.took)
    spans = impact(incident)
    yield "impact", None if spans is None else _seconds(total(spans))
    yield "leaderless", _seconds(total(leaderless(incident, process, now)))
    yield "clear", _between(incident.mitigated_at, incident.resolved_at)
    yield "report", _between(incident.resolved_at, incident.report_done_at)


def _between(begin: datetime | None, end: datetime | None) -> float | None:
    return _seconds(Span(begin, end).length) if begin and end else None


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def _action(action: Action) -> ActionFact:
    return ActionFact(
        action.n,
        action.at,
        action.done_at,
        action.due_on,
        bool(action.owners),
        action.done,
        action.dropped,
    )


# --- who had to do with it ------------------------------------------------------------------


def _load(incident: Incident, process: Process, now: datetime, zone: tzinfo) -> Iterator[LoadFact]:
    worked: dict[str, list[Span]] = {}
    calls: dict[str, Counter[int]] = {}
    who: dict[str, Person] = {}
    for term in worked_terms(incident):
        if spans := filled(term, incident, process, now):
            worked.setdefault(_met(incident, term.holder, who), []).extend(spans)
    for call in incident.calls:
        for nick in call.reached:
            key = _met(incident, incident.known_as(nick), who)
            calls.setdefault(key, Counter())[call.at.astimezone(zone).hour] += 1
    for key, person in who.items():
        seconds = _by_hour(worked.get(key, ()), zone)
        called_at = tuple(sorted(calls.get(key, Counter()).items()))
        yield LoadFact(key, called(incident, person), seconds, called_at)


def _met(incident: Incident, person: Person, who: dict[str, Person]) -> str:
    key = incident.key(person)
    who.setdefault(key, person)
    return key


def _by_hour(spans: Iterable[Span], zone: tzinfo) -> ByHour:
    """The seconds of each hour of the day that are in any of the spans."""
    found = Counter[int]()
    until = None
    for span in sorted(spans, key=lambda span: span.begin):
        at = span.begin if until is None else max(span.begin, until)
        while at < span.end:
            local = at.astimezone(zone)
            left = timedelta(hours=1) - timedelta(
                minutes=local.minute, seconds=local.second, microseconds=local.microsecond
            )
            end = min(at + left, span.end)
            found[local.hour] += round((end - at).total_seconds())
            at = end
        until = span.end if until is None else max(until, span.end)
    return tuple(sorted(found.items()))
