"""Facts: a table of what is known about the incident, with rows for what is not."""

from __future__ import annotations

from collections.abc import Iterator

from ircbot.incident.closing import meeting_due, report_due
from ircbot.incident.stages import stage
from ircbot.incident.stretches import peak
from ircbot.incident.view import milestone_times, one_line
from ircbot.report import blocks
from ircbot.report.blocks import Block, paragraph
from ircbot.report.parts import Fact, RichText, UserText, said
from ircbot.report.section import Section, Subject
from ircbot.report.sections.timeline import severity


def _blocks(subject: Subject) -> Iterator[Block]:
    yield blocks.facts((*_facts(subject), *_unknown(subject)))
    yield paragraph((subject.clock.sentence,))


def _facts(subject: Subject) -> Iterator[Fact]:
    incident, process = subject.incident, subject.process
    yield Fact("Incident", (str(incident.id),))
    if incident.summary:
        yield Fact("Title", said(one_line(incident.summary)))
    yield Fact("Status", _status(subject))
    if severity := _severity(subject):
        yield Fact("Severity", severity)
    yield Fact("Process", (process.title or incident.process,))
    if incident.product:
        yield Fact("Product", (UserText(one_line(incident.product)),))
    if incident.related:
        numbers = ", ".join(map(str, incident.related))
        yield Fact("Related", (f"incident{'s' if len(incident.related) > 1 else ''} {numbers}",))
    places = (
        ("Declared in", incident.declared_in),
        ("Comms channel", incident.comms),
        ("Video", incident.video),
    )
    yield from (Fact(label, said(one_line(place))) for label, place in places if place)
    yield from _milestones(subject)
    yield from (
        Fact(figure.name, (figure.value, " (", *figure.how, ")"))
        for figure in subject.figures
        if figure.value and figure.name.startswith("Time ")
    )
    yield from _follow_through(subject)


def _follow_through(subject: Subject) -> Iterator[Fact]:
    """When the report and the review meeting are due, and when they were there."""
    incident, process, clock = subject.incident, subject.process, subject.clock
    if not incident.void:
        due = report_due(incident, process, subject.calendar)
        until = "once it is resolved" if incident.resolved_at is None else "not at this severity"
        yield Fact("Report due", (clock.full(due) if due else until,))
        if meeting := meeting_due(incident, process, subject.calendar):
            yield Fact("Review meeting due", (clock.full(meeting),))
    if incident.report_done_at:
        yield Fact("Report delivered", (clock.full(incident.report_done_at),))
    for place in incident.published:
        yield Fact("Published", said(one_line(place.about)))
    if incident.meeting_at:
        yield Fact("Review meeting", (clock.full(incident.meeting_at),))


def _milestones(subject: Subject) -> Iterator[Fact]:
    incident, clock = subject.incident, subject.clock
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
        if at is not None:
            label = one_line(name)
            yield Fact(label[:1].upper() + label[1:], (clock.full(at),))
    if incident.closed_at and incident.status == "closed":
        yield Fact("Closed", (clock.full(incident.closed_at),))


def _unknown(subject: Subject) -> Iterator[Fact]:
    """Facts that readers expect and nobody stated; not that the incident is still open."""
    incident = subject.incident
    lacking = {
        "title": not incident.summary,
        "severity": not incident.severity and bool(subject.process.severities),
        "when it started": incident.started_at is None,
        "when it was detected": incident.detected_at is None,
        "when it was mitigated": incident.mitigated_at is None and not incident.live,
    }
    names = [name for name, unknown in lacking.items() if unknown]
    if names and not incident.void:
        yield Fact("Not known", tuple(part for name in names for part in (", ", name))[1:])


def _status(subject: Subject) -> RichText:
    incident, process = subject.incident, subject.process
    reached = stage(incident, process)
    known = process.statuses.get(reached)
    name = one_line(known.name if known else reached)
    words = (": ", UserText(name)) if name and name != incident.status else ()
    return (incident.status, *words, *((" (drill)",) if incident.drill else ()))


def _severity(subject: Subject) -> RichText:
    """The severity, and the worst severity it had."""
    incident, process = subject.incident, subject.process
    now, worst = incident.severity, peak(incident, process)
    words: RichText = severity(now, process) if now else ()
    if not now and worst:
        words = ("not set any more",)
    return words if worst in ("", now) else (*words, "; at its worst ", *severity(worst, process))


SECTION = Section("facts", "Facts", _blocks)
