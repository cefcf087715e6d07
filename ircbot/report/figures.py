"""The report's numbers: how long things took, how long nobody spoke, how long nobody led.

Knows no format. Every number comes with the two times it was computed from.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from ircbot.incident.process import Process
from ircbot.incident.spans import (
    Span,
    between_updates,
    end_of,
    leaderless,
    silences,
    update_limit,
)
from ircbot.incident.state import Incident, Term
from ircbot.incident.times import length
from ircbot.report.clock import Clock
from ircbot.report.parts import Figure


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
    spans = leaderless(incident, end_of(incident))
    total = sum((span.length for span in spans), timedelta(0))
    words = [part for span in spans for part in ("; ", *clock.span(span.begin, span.end))][1:]
    title = process.roles["lead"].title if "lead" in process.roles else "leader"
    how = (f"sum of the spans in which nobody was {title}", *((": ", *words) if words else ()))
    return Figure("Without a leader", length(total), how)


def _longest_silence(incident: Incident, process: Process, clock: Clock) -> Figure:
    spans = between_updates(incident, end_of(incident))
    if not spans:
        return Figure("Longest silence", "", ("nothing lies between declaration and resolution",))
    longest = max(spans, key=lambda span: span.length)
    limit = update_limit(incident, process)
    over = len(silences(spans, limit))
    return Figure(
        "Longest silence",
        length(longest.length),
        (
            "between two entries or updates, from declaration to resolution: ",
            *clock.span(longest.begin, longest.end),
            f"; {over} of {len(spans)} over {length(limit)}",
        ),
    )
