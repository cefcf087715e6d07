"""What a report says of an incident, whatever its format: computed here, worded for people.

Knows no format and no escaping. Which section comes when is the outline's (templates/outline).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from ircbot.incident.closing import report_due
from ircbot.incident.process import Process
from ircbot.incident.review import Finding, Verdict, review
from ircbot.incident.spans import Span, end_of
from ircbot.incident.stages import stage
from ircbot.incident.state import Action, Hypothesis, Incident
from ircbot.incident.times import Calendar, length
from ircbot.incident.view import milestone_times, one_line, timeline
from ircbot.report import charts, chronicle, people, procedure
from ircbot.report.clock import Clock, clock_for
from ircbot.report.figures import figures
from ircbot.report.missing import missing
from ircbot.report.parts import (
    Day,
    EntryRef,
    Fact,
    Figure,
    Notice,
    Said,
    Table,
    Task,
    Words,
    as_text,
    said,
)

_UNKNOWN: Words = ("not known",)
_FEW = 6  # more entries than these are counted, not listed


@dataclass(frozen=True, slots=True)
class Report:
    """Everything an outline can say; empty where there is nothing."""

    id: int
    title: str
    name: str  # what the process calls its report
    drill: bool
    clock: Clock
    notices: tuple[Notice, ...]
    facts: tuple[Fact, ...]
    story: Words  # as much of the summary as can be computed
    impact: Words
    days: tuple[Day, ...]
    about_timeline: tuple[Words, ...]
    detection: tuple[Words, ...]
    whys: tuple[Words, ...]
    hypotheses: tuple[Words, ...]
    resolution: tuple[Words, ...]
    parked: tuple[Words, ...]
    tasks: tuple[Task, ...]
    cadence: Words
    updates: Table
    silences: Table
    handovers: tuple[Words, ...]
    calls: Table
    messages: Table
    announcements: Table
    statuses: Table
    checklists: tuple[Table, ...]
    steps: Table
    roles: Table
    participants: Words
    props: tuple[Words, ...]
    links: tuple[Words, ...]
    questions: tuple[str, ...]
    figures: tuple[Figure, ...]
    missing: tuple[str, ...]
    lanes: charts.Lanes | None
    gaps: charts.Cadence | None

    @property
    def number(self) -> str:
        """What the document is, without what it is about."""
        return f"{'Drill: ' if self.drill else ''}{self.name} {self.id}"

    @property
    def heading(self) -> str:
        """The one title of the document."""
        return f"{self.number}: {self.title or 'no title yet'}"


def report_of(
    incident: Incident,
    process: Process,
    *,
    zone: tzinfo = UTC,
    zone_name: str = "",
    calendar: Calendar | None = None,
    public: bool = False,
    now: datetime | None = None,
) -> Report:
    """The content of an incident's report, its times in `zone`.

    `now` tells what is late by now; without it, what was when the incident last changed.
    """
    clock = clock_for(_times(incident), zone, zone_name)
    now = now or incident.changed_at or incident.declared_at
    findings = review(incident, process, now, calendar, zone)
    due = report_due(incident, process, calendar)
    computed = figures(incident, process, clock)
    words = process.report.words
    told = people.cadence(incident, process, clock)
    return Report(
        id=incident.id,
        title=one_line(incident.summary),
        name=words[:1].upper() + words[1:],
        drill=incident.drill,
        clock=clock,
        notices=tuple(_notices(incident, clock, public)),
        facts=tuple(_facts(incident, process, clock, due, computed)),
        story=_story(incident, clock),
        impact=said(one_line(incident.impact)),
        days=chronicle.days(incident, process, clock),
        about_timeline=chronicle.about(incident),
        detection=tuple(_detection(incident, clock)),
        whys=tuple(said(one_line(why.text)) for why in incident.whys),
        hypotheses=tuple(_hypothesis(guess) for guess in incident.hypotheses),
        resolution=tuple(_resolution(incident, clock)),
        parked=tuple((*said(one_line(p.text)), *people.signed(p.by)) for p in incident.parked),
        tasks=tuple(_task(action) for action in incident.actions),
        cadence=told,
        updates=people.updates(incident, clock),
        silences=people.silent_spans(incident, process, clock),
        handovers=tuple(people.handovers(incident, process, clock)),
        calls=people.calls(incident, clock),
        messages=people.messages(incident, clock),
        announcements=procedure.announcements(incident, process, clock),
        statuses=procedure.statuses(incident, process, clock),
        # How people worked is their own affair, and what they ticked off is not published.
        checklists=() if public else tuple(procedure.checklists(incident, process, clock)),
        steps=_steps(() if public else findings),
        roles=people.roles(incident, process, clock),
        participants=people.participants_line(incident),
        props=tuple(people.props(incident)),
        links=tuple(_links(incident)),
        questions=process.questions,
        figures=computed,
        missing=tuple(missing(incident, process)),
        lanes=charts.lanes(incident, process, clock),
        gaps=charts.cadence(incident, process, clock, as_text(told)),
    )


def _times(incident: Incident) -> Iterable[datetime]:
    """The times that tell how many days are involved."""
    yield from (row.at for row in timeline(incident))
    yield from (update.at for update in incident.updates)
    yield from (call.at for call in incident.calls)
    yield end_of(incident)


def _notices(incident: Incident, clock: Clock, public: bool) -> Iterator[Notice]:
    if incident.drill:
        yield Notice("info", ("This was a drill: nothing was really broken.",))
    if incident.status == "withdrawn":
        why = (": ", *said(one_line(incident.reason))) if incident.reason else (".",)
        yield Notice("info", ("This was a false alarm and has been withdrawn", *why))
    if incident.live:
        last = clock.full(incident.changed_at or incident.declared_at)
        yield Notice(
            "warning", ("This incident is still open; this is what was known at ", last, ".")
        )
    if incident.purged:
        yield Notice("info", ("What was captured of this incident has been removed.",))
    elif incident.secured:
        yield Notice("warning", ("Handled as a security matter: the record stops early.",))
    if public:
        yield Notice("info", ("Public edition: people are named by what they did.",))


def _facts(
    incident: Incident,
    process: Process,
    clock: Clock,
    due: datetime | None,
    computed: Iterable[Figure],
) -> Iterator[Fact]:
    yield Fact("Incident", (str(incident.id),))
    yield Fact("Title", _or_unknown(incident.summary))
    yield Fact("Status", _status(incident, process))
    yield Fact(
        "Severity",
        chronicle.severity(incident.severity, process) if incident.severity else ("not set",),
    )
    yield Fact("Process", (process.title or incident.process,))
    if incident.product:
        yield Fact("Product", (Said(one_line(incident.product)),))
    yield Fact("Declared in", _or_unknown(incident.declared_in))
    yield Fact("Comms channel", _or_unknown(incident.comms))
    if incident.video:
        yield Fact("Video", said(one_line(incident.video)))
    yield from _milestones(incident, clock)
    yield from (
        Fact(figure.name, (figure.value, " (", *figure.how, ")"))
        for figure in computed
        if figure.value and figure.name.startswith("Time ")
    )
    if incident.status != "withdrawn":
        yield Fact("Report due", (clock.full(due),) if due else ("once it is resolved",))
    if incident.report_done_at:
        yield Fact("Report delivered", (clock.full(incident.report_done_at),))
    for place in incident.published:
        yield Fact("Published", said(one_line(place.about)))
    if incident.meeting_at:
        yield Fact("Review meeting", (clock.full(incident.meeting_at),))


def _milestones(incident: Incident, clock: Clock) -> Iterator[Fact]:
    times = milestone_times(incident)
    known = {
        "started": times.pop("started"),
        "detected": times.pop("detected"),
        "declared": incident.declared_at,
        "mitigated": times.pop("mitigated"),
        **times,
        "resolved": incident.resolved_at,
    }
    for name, at in known.items():
        label = one_line(name)
        yield Fact(label[:1].upper() + label[1:], (clock.full(at),) if at else _UNKNOWN)
    if incident.closed_at and incident.status == "closed":
        yield Fact("Closed", (clock.full(incident.closed_at),))


def _status(incident: Incident, process: Process) -> Words:
    reached = stage(incident, process)
    known = process.statuses.get(reached)
    name = one_line(known.name if known else reached)
    words = (": ", Said(name)) if name and name != incident.status else ()
    return (incident.status, *words, *((" (drill)",) if incident.drill else ()))


def _story(incident: Incident, clock: Clock) -> Words:
    """The summary as far as it is known: who declared what, when it ended, who led."""
    declared = clock.full(incident.declared_at)
    by = (" by ", *chronicle.who(incident.declared_by)) if incident.declared_by.nick else ()
    end: Words = (".",)
    if incident.resolved_at:
        took = length(Span(incident.declared_at, incident.resolved_at).length)
        end = (" and resolved at ", clock.brief(incident.resolved_at), f", after {took}.")
    led = people.leaders(incident)
    count = sum(not note.struck for note in incident.notes)
    entries = "1 entry" if count == 1 else f"{count} entries"
    return (
        "Declared",
        *by,
        " at ",
        declared,
        *end,
        *((" Led by ", *led, ".") if led else (" Nobody led.",)),
        f" The timeline has {entries}.",
    )


def _detection(incident: Incident, clock: Clock) -> Iterator[Words]:
    if incident.started_at:
        yield ("It began at ", clock.brief(incident.started_at), ".")
    if incident.detected_at:
        yield ("It was detected at ", clock.brief(incident.detected_at), ".")


def _resolution(incident: Incident, clock: Clock) -> Iterator[Words]:
    if incident.mitigated_at:
        yield ("The impact was mitigated at ", clock.brief(incident.mitigated_at), ".")
    if incident.resolved_at is None:
        return
    at = clock.brief(incident.resolved_at)
    text = one_line(incident.resolution)
    if entry := chronicle.note_saying(incident, text):
        yield ("Resolved at ", at, ": ", entry, ".")
    elif text:
        yield ("Resolved at ", at, ": ", *said(text))
    else:
        yield ("Resolved at ", at, ".")


def _hypothesis(guess: Hypothesis) -> Words:
    outcome = {True: "proved", False: "disproved", None: "not tested"}[guess.proved]
    return (*said(one_line(guess.text)), f" ({outcome})")


def _task(action: Action) -> Task:
    due = one_line(action.due)
    return Task(
        n=action.n,
        words=said(one_line(action.text)),
        owner=one_line(action.owner),
        due=due,
        dated=_is_date(due),
        ticket=said(one_line(action.ticket)),
        done=action.done,
    )


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _steps(findings: Iterable[Finding]) -> Table:
    """How each step of the process was met."""
    rows = tuple(
        (
            (finding.step.title,),
            (str(finding.verdict),),
            said(one_line(finding.text)),
            _entries(finding.entries),
        )
        for finding in findings
        if finding.verdict is not Verdict.NOT_APPLICABLE
    )
    return Table("Steps", ("Step", "Was", "How", "Entries"), rows)


def _entries(numbers: tuple[int, ...]) -> Words:
    if len(numbers) > _FEW:
        return (f"{len(numbers)} entries",)
    return tuple(part for n in numbers for part in (", ", EntryRef(n)))[1:]


def _links(incident: Incident) -> Iterator[Words]:
    for link in incident.links:
        text = one_line(link.text)
        before = (*said(text), ": ") if text else ()
        yield (*before, *said(one_line(link.about)))


def _or_unknown(text: str) -> Words:
    return said(one_line(text)) or _UNKNOWN
