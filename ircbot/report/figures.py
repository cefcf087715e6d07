"""The report's numbers: how long things took, how long nobody spoke, how long nobody led.

Knows no format. Every number comes with the two times it was computed from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from ircbot.incident.process import Process
from ircbot.incident.state import Incident, Term
from ircbot.report.clock import Clock, length
from ircbot.report.parts import Figure

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when."""

    begin: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long, in whole minutes as the two times are shown; exact below one minute."""
        exact = self.end - self.begin
        return exact if abs(exact) < _MINUTE else _minute(self.end) - _minute(self.begin)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def end_of(incident: Incident) -> datetime:
    """When people stopped working on it; for an open incident, when it last changed."""
    ended = incident.resolved_at or (None if incident.live else incident.closed_at)
    return max(ended or incident.changed_at or incident.declared_at, incident.declared_at)


def limit(incident: Incident, process: Process) -> timedelta:
    """How long people may go without an update."""
    severity = process.severities.get(incident.severity)
    return (severity and severity.update_every) or process.updates.every


def between_updates(incident: Incident) -> tuple[Span, ...]:
    """The spans between signs of life: entries and updates, from declaration to resolution.

    An entry counts when it was written down, which for a late one is not when it happened.
    """
    begin, end = incident.declared_at, end_of(incident)
    spoken = {note.recorded for note in incident.notes} | {u.at for u in incident.updates}
    times = [begin, *sorted(at for at in spoken if begin < at < end), end]
    return tuple(Span(one, two) for one, two in pairwise(times))


def silences(incident: Incident, process: Process) -> tuple[Span, ...]:
    """The spans without a sign of life that were longer than the process allows."""
    allowed = limit(incident, process)
    return tuple(span for span in between_updates(incident) if span.length > allowed)


def leaderless(incident: Incident) -> tuple[Span, ...]:
    """The spans in which nobody led, from declaration to resolution."""
    at, end = incident.declared_at, end_of(incident)
    spans = []
    for term in lead_terms(incident):
        if min(term.since, end) > at:
            spans.append(Span(at, min(term.since, end)))
        at = max(at, term.until or end)
    if end > at:
        spans.append(Span(at, end))
    return tuple(spans)


def lead_terms(incident: Incident) -> Sequence[Term]:
    """Who led, in order."""
    return sorted((t for t in incident.terms if t.role == "lead"), key=lambda term: term.since)


def figures(incident: Incident, process: Process, clock: Clock) -> tuple[Figure, ...]:
    """All figures, those that cannot be computed included."""
    lead = next(iter(lead_terms(incident)), None)
    started, detected = incident.started_at, incident.detected_at
    declared, mitigated = incident.declared_at, incident.mitigated_at
    resolved = incident.resolved_at
    return (
        _figure(clock, "Time to detect", ("started", started), ("detected", detected)),
        _figure(clock, "Time to declare", ("detected", detected), ("declared", declared)),
        _figure(
            clock,
            "Time to a leader",
            ("declared", declared),
            ("first leader", lead.since if lead else None),
        ),
        _figure(clock, "Time to mitigate", ("declared", declared), ("mitigated", mitigated)),
        _figure(clock, "Time to resolve", ("declared", declared), ("resolved", resolved)),
        _figure(
            clock,
            "Time of impact",
            ("started", started),
            ("mitigated", mitigated) if mitigated else ("resolved", resolved),
        ),
        _without_leader(incident, process, clock),
        _longest_silence(incident, process, clock),
    )


def _figure(
    clock: Clock, name: str, begin: tuple[str, datetime | None], end: tuple[str, datetime | None]
) -> Figure:
    (begun, begin_at), (ended, end_at) = begin, end
    if begin_at is None or end_at is None:
        unknown = [label for label, at in (begin, end) if at is None]
        return Figure(name, "", (f"{begun} → {ended}: {' and '.join(unknown)} not known",))
    one, arrow, two = clock.span(begin_at, end_at)
    return Figure(
        name, length(Span(begin_at, end_at).length), (f"{begun} ", one, f"{arrow}{ended} ", two)
    )


def _without_leader(incident: Incident, process: Process, clock: Clock) -> Figure:
    spans = leaderless(incident)
    total = sum((span.length for span in spans), timedelta(0))
    words = [part for span in spans for part in ("; ", *clock.span(span.begin, span.end))][1:]
    title = process.roles["lead"].title if "lead" in process.roles else "leader"
    how = (f"sum of the spans in which nobody was {title}", *((": ", *words) if words else ()))
    return Figure("Without a leader", length(total), how)


def _longest_silence(incident: Incident, process: Process, clock: Clock) -> Figure:
    spans = between_updates(incident)
    if not spans:
        return Figure("Longest silence", "", ("nothing lies between declaration and resolution",))
    longest = max(spans, key=lambda span: span.length)
    over = len(silences(incident, process))
    return Figure(
        "Longest silence",
        length(longest.length),
        (
            "between two entries or updates, from declaration to resolution: ",
            *clock.span(longest.begin, longest.end),
            f"; {over} of {len(spans)} over {length(limit(incident, process))}",
        ),
    )
