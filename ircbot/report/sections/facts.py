"""Facts: the table of what is known of the incident."""

from __future__ import annotations

from collections.abc import Iterator

from ircbot.incident.closing import report_due
from ircbot.incident.stages import stage
from ircbot.incident.stretches import peak
from ircbot.incident.view import milestone_times, one_line
from ircbot.report import blocks
from ircbot.report.blocks import Block, paragraph
from ircbot.report.parts import Fact, Said, Words, said
from ircbot.report.section import Section, Subject
from ircbot.report.sections.timeline import severity

_UNKNOWN: Words = ("not known",)


def _blocks(subject: Subject) -> Iterator[Block]:
    yield blocks.facts(_facts(subject))
    yield paragraph((subject.clock.sentence,))


def _facts(subject: Subject) -> Iterator[Fact]:
    incident, process, clock = subject.incident, subject.process, subject.clock
    yield Fact("Incident", (str(incident.id),))
    yield Fact("Title", _or_unknown(incident.summary))
    yield Fact("Status", _status(subject))
    yield Fact("Severity", _severity(subject))
    yield Fact("Process", (process.title or incident.process,))
    if incident.product:
        yield Fact("Product", (Said(one_line(incident.product)),))
    if incident.related:
        numbers = ", ".join(map(str, incident.related))
        yield Fact("Related", (f"incident{'s' if len(incident.related) > 1 else ''} {numbers}",))
    places = (("Declared in", incident.declared_in), ("Comms channel", incident.comms))
    for label, channel in places:
        if channel or not subject.public:  # which may not name every channel
            yield Fact(label, _or_unknown(channel))
    if incident.video:
        yield Fact("Video", said(one_line(incident.video)))
    yield from _milestones(subject)
    yield from (
        Fact(figure.name, (figure.value, " (", *figure.how, ")"))
        for figure in subject.figures
        if figure.value and figure.name.startswith("Time ")
    )
    if not incident.void:
        due = report_due(incident, process, subject.calendar)
        yield Fact("Report due", (clock.full(due),) if due else ("once it is resolved",))
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
        label = one_line(name)
        yield Fact(label[:1].upper() + label[1:], (clock.full(at),) if at else _UNKNOWN)
    if incident.closed_at and incident.status == "closed":
        yield Fact("Closed", (clock.full(incident.closed_at),))


def _status(subject: Subject) -> Words:
    incident, process = subject.incident, subject.process
    reached = stage(incident, process)
    known = process.statuses.get(reached)
    name = one_line(known.name if known else reached)
    words = (": ", Said(name)) if name and name != incident.status else ()
    return (incident.status, *words, *((" (drill)",) if incident.drill else ()))


def _severity(subject: Subject) -> Words:
    """How bad it is, and how bad it was at its worst."""
    incident, process = subject.incident, subject.process
    now, worst = incident.severity, peak(incident, process)
    words = severity(now, process) if now else ("not set",)
    return words if worst in ("", now) else (*words, "; at its worst ", *severity(worst, process))


def _or_unknown(text: str) -> Words:
    return said(one_line(text)) or _UNKNOWN


SECTION = Section("facts", "Facts", _blocks)
