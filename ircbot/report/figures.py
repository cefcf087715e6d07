"""The report's numbers: durations, silences, and times without a leader.

Knows no format, and computes nothing itself: incident/stretches.py does. Each number comes with the
times it was computed from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from ircbot.incident.process import Process
from ircbot.incident.state import Incident
from ircbot.incident.stretches import (
    Interval,
    Silence,
    Span,
    impact,
    intervals,
    leaderless,
    silences,
    total,
    untold,
)
from ircbot.incident.times import ReportClock, length
from ircbot.report.parts import Figure, RichText


def figures(
    incident: Incident,
    process: Process,
    clock: ReportClock,
    now: datetime | None = None,
    spans: Sequence[Silence] | None = None,
) -> tuple[Figure, ...]:
    """All figures, including those that cannot be computed. `spans` are the silences, if known."""
    again = bool(incident.past)
    return (
        *(_interval(clock, interval, again) for interval in intervals(incident, now)),
        _impact(incident, clock),
        _without_leader(incident, process, clock, now),
        _longest_silence(silences(incident, process, now) if spans is None else spans, clock),
        _longest_untold(incident, clock, now),
    )


def _interval(clock: ReportClock, interval: Interval, again: bool) -> Figure:
    """The figure for an interval; `again` if the incident was reopened, so that part of it may not
    count."""
    left_out = again and interval.worked and interval.took is not None
    return _figure(
        clock, interval.title, interval.begin, interval.end, interval.took if left_out else None
    )


def _figure(
    clock: ReportClock,
    name: str,
    begin: tuple[str, datetime | None],
    end: tuple[str, datetime | None],
    took: timedelta | None = None,
) -> Figure:
    """The time between two events; `took` if part of it does not count."""
    (begun, begin_at), (ended, end_at) = begin, end
    if begin_at is None or end_at is None:
        unknown = [label for label, at in (begin, end) if at is None]
        return Figure(name, "", (f"{begun} → {ended}: {' and '.join(unknown)} not known",))
    one, arrow, two = clock.span(begin_at, end_at)
    words: RichText = (f"{begun} ", one, f"{arrow}{ended} ", two)
    if took is not None:
        return Figure(
            name,
            length(took),
            (*words, ", the time between a resolution and a re-opening left out"),
        )
    return Figure(name, length(Span(begin_at, end_at).length), words)


def spans_in_words(spans: Iterable[Span], clock: ReportClock) -> RichText:
    """Several spans as one text."""
    return tuple(p for span in spans for p in ("; ", *clock.span(span.begin, span.end)))[1:]


def _impact(incident: Incident, clock: ReportClock) -> Figure:
    spans = impact(incident)
    started = ("started", incident.started_at)
    mitigated, resolved = incident.mitigated_at, incident.resolved_at
    end = ("mitigated", mitigated) if mitigated else ("resolved", resolved)
    if spans is None or len(spans) == 1:
        return _figure(clock, "Time of impact", started, end)
    how = ("each time until it was mitigated or resolved: ", *spans_in_words(spans, clock))
    return Figure("Time of impact", length(total(spans)), how)


def _without_leader(
    incident: Incident, process: Process, clock: ReportClock, now: datetime | None
) -> Figure:
    spans = leaderless(incident, process, now)
    words = spans_in_words(spans, clock)
    title = process.roles["lead"].title if "lead" in process.roles else "leader"
    how = (
        f"sum of the spans in which no {title} was present",
        *((": ", *words) if words else ()),
    )
    return Figure("Without a leader", length(total(spans)), how)


def _longest_silence(spans: Sequence[Silence], clock: ReportClock) -> Figure:
    if not spans:
        return Figure("Longest silence", "", ("nothing lies between declaration and resolution",))
    longest = max(spans, key=lambda silence: silence.length)
    over = sum(silence.over for silence in spans)
    return Figure(
        "Longest silence",
        length(longest.length),
        (
            "in the comms channel, between two entries or updates of those with a role: ",
            *clock.span(longest.span.begin, longest.span.end),
            f"; {over} of {len(spans)} over {allowed(spans)}",
        ),
    )


def _longest_untold(incident: Incident, clock: ReportClock, now: datetime | None) -> Figure:
    name = "Longest silence, notified channels"
    spans = untold(incident, now)
    if not spans:
        return Figure(name, "", ("nothing lies between declaration and resolution",))
    longest = max(spans, key=lambda span: span.length)
    how = ("between its declaration, the updates and its end: ",)
    return Figure(name, length(longest.length), (*how, *clock.span(longest.begin, longest.end)))


def allowed(spans: Sequence[Silence]) -> str:
    """The longest allowed silence: one value, or one for each severity."""
    limits = sorted({silence.limit for silence in spans})
    if len(limits) == 1:
        return length(limits[0])
    return f"{length(limits[0])} to {length(limits[-1])}, as the severity of the time allowed"
