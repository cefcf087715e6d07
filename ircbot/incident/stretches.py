"""Durations: open, without a leader, without an update, of impact. The one place that computes
them.

Reports, charts, reviews, the JSON, `status` and rehearsals take their figures from here: two
numbers for one thing are worse than none. An incident is open in one or more stretches, and only
open time counts: nobody is silent between a resolution and a reopening. A silence is judged by the
severity, and so the clock, that applied at the time. Somebody who is not there does not lead.

Knows no wording and no format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from ircbot.incident.line import Source
from ircbot.incident.people import same_name, same_person
from ircbot.incident.process import Process
from ircbot.incident.state import Absence, Incident, Term
from ircbot.values import dataclass

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time. `entry` is the number of the note that ended it, if one did."""

    begin: datetime
    end: datetime
    entry: int | None = None

    @property
    def length(self) -> timedelta:
        """Its length in whole minutes between the displayed times; exact below one minute."""
        begin, end = self.begin, self.end
        exact = end - begin
        if begin.second == end.second and begin.microsecond == end.microsecond:
            return exact
        return exact if -_MINUTE < exact < _MINUTE else _minute(end) - _minute(begin)


@dataclass(frozen=True, slots=True)
class Silence:
    """A span without an update, and how long it was allowed to be. `over`: it was longer."""

    span: Span
    limit: timedelta
    over: bool

    @property
    def length(self) -> timedelta:
        """Its length."""
        return self.span.length


@dataclass(frozen=True, slots=True)
class Rating:
    """A severity ("" while unknown), and when it was set."""

    severity: str
    since: datetime
    until: datetime


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def total(spans: Iterable[Span]) -> timedelta:
    """The total length of spans."""
    return sum((span.length for span in spans), timedelta(0))


# --- when people worked on it ---------------------------------------------------------------


def end_of(incident: Incident, now: datetime | None = None) -> datetime:
    """When people last stopped working on it; until then `now`, or the last entry.

    Of an imported incident nothing is known after the end of its log.
    """
    until = incident.stretches[-1].until
    if until is None:
        known = None if incident.source is Source.IMPORT else now
        until = known or incident.followed_until
    return max(until, incident.stretches[-1].since)


def open_spans(incident: Incident, now: datetime | None = None) -> tuple[Span, ...]:
    """The stretches in which it was open, the last up to `now` while people work on it."""
    return tuple(
        Span(one.since, max(one.since, one.until or end_of(incident, now)))
        for one in incident.stretches
    )


def _witnessed(incident: Incident, now: datetime | None) -> tuple[Span, ...]:
    """The stretches as far as they were recorded while they lasted: who led, and who said what,
    before an incident was put on record is unknown.
    """
    spans = open_spans(incident, now)
    if incident.told_at is None:
        return spans
    return _within(spans, incident.told_at, spans[-1].end)


def open_time(
    incident: Incident, begin: datetime, end: datetime, now: datetime | None = None
) -> timedelta:
    """The open time between `begin` and `end`."""
    return total(_within(open_spans(incident, now), begin, end))


def _within(spans: Iterable[Span], begin: datetime, end: datetime) -> tuple[Span, ...]:
    """The parts of these spans between two times."""
    cut = (Span(max(s.begin, begin), min(s.end, end), s.entry) for s in spans)
    return tuple(span for span in cut if span.begin < span.end)


def impact(incident: Incident) -> tuple[Span, ...] | None:
    """When people were affected: from its start to each mitigation or resolution, and again from
    each reopening. None while unknown.
    """
    again = incident.stretches[1:]
    ends = [one.mitigated_at or one.until for one in incident.stretches]
    begins = [incident.started_at, *(one.since for one in again)]
    spans = [Span(b, e) for b, e in zip(begins, ends, strict=True) if b is not None and e]
    known = len(spans) == len(ends) and not incident.void
    return (spans[0], *(Span(s.begin, max(s.begin, s.end)) for s in spans[1:])) if known else None


def mitigated_after(incident: Incident) -> timedelta | None:
    """The open time until the impact had ended for good, None if unknown."""
    at = incident.mitigated_at
    if at is None:
        return None
    if not incident.past:
        return Span(incident.declared_at, at).length
    return open_time(incident, incident.declared_at, at, at)


# --- how long each part of it took ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Interval:
    """The time from one event to another, each with its name and time, None if unknown.

    `took` is None while either is unknown. With `worked`, only time in which people worked on it
    counts.
    """

    key: str
    title: str
    begin: tuple[str, datetime | None]
    end: tuple[str, datetime | None]
    took: timedelta | None
    worked: bool = False


def intervals(incident: Incident, now: datetime | None = None) -> tuple[Interval, ...]:
    """The times to detect, to declare, to have a leader, to mitigate and to resolve."""
    started, detected = ("started", incident.started_at), ("detected", incident.detected_at)
    declared, led = ("declared", incident.declared_at), ("first leader", first_led(incident))
    mitigated, resolved = incident.mitigated_at, incident.resolved_at
    worked = total(open_spans(incident, now)) if resolved else None
    return (
        _interval("detect", "Time to detect", started, detected),
        _interval("declare", "Time to declare", detected, declared),
        _interval("lead", "Time to a leader", declared, led),
        Interval(
            "mitigate",
            "Time to mitigate",
            declared,
            ("mitigated", mitigated),
            mitigated_after(incident),
            worked=True,
        ),
        Interval(
            "resolve", "Time to resolve", declared, ("resolved", resolved), worked, worked=True
        ),
    )


def _interval(
    key: str, title: str, begin: tuple[str, datetime | None], end: tuple[str, datetime | None]
) -> Interval:
    took = Span(begin[1], end[1]).length if begin[1] and end[1] else None
    return Interval(key, title, begin, end, took)


def first_led(incident: Incident) -> datetime | None:
    """When somebody first led who was there to do it, None if nobody did."""
    return min((t.began for t in lead_terms(incident) if t.began is not None), default=None)


# --- how bad it was -------------------------------------------------------------------------


def _ratings(incident: Incident) -> list[tuple[datetime, str]]:
    """When each severity was set; undone ones never were."""
    return [
        (change.at, str(change.new or ""))
        for change in incident.changes
        if change.what == "severity" and not change.undoes and not incident.was_undone(change.n)
    ]


def severities(incident: Incident, now: datetime | None = None) -> tuple[Rating, ...]:
    """Its severities in order, each with the span in which it applied; the first has no name if
    none was known. One that was set between two stretches applies from the next one on.
    """
    changes = [(incident.declared_at, ""), *_ratings(incident)]
    changes.append((max(end_of(incident, now), changes[-1][0]), ""))
    held = [
        Rating(severity, since, max(since, until))
        for (since, severity), (until, _) in pairwise(changes)
    ]
    last = len(held) - 1
    kept = (r for n, r in enumerate(held) if r.since < r.until or (n == last and r.severity))
    return tuple(kept)


def peak(incident: Incident, process: Process) -> str:
    """Its worst severity, "" if none was ever known."""
    had = [severity for _, severity in _ratings(incident) if severity]
    order = [*process.severities, *had]
    return min(had, key=order.index, default=incident.severity)


# --- how long nobody said anything ----------------------------------------------------------


Clocks = Sequence[tuple[datetime, timedelta]]


def clocks(incident: Incident, every: Callable[[str], timedelta]) -> Clocks:
    """How long people could go without an update, from each time on; `every` gives the interval for
    a severity.
    """
    return (
        (incident.declared_at, every("")),
        *((at, every(severity)) for at, severity in _ratings(incident)),
    )


def next_due(incident: Incident, process: Process) -> datetime:
    """When the comms channel must be told next, by the severity's clock, apart from promises. When
    somebody raises the severity, its full interval runs from then.
    """
    begin = incident.clock or incident.declared_at
    return due_after(begin, clocks(incident, process.update_every))


def due_after(begin: datetime, clocks: Clocks) -> datetime:
    """When people who were told something at `begin` must be told next."""
    every = [each for at, each in clocks if at <= begin][-1:] or [clocks[0][1]]
    due = begin + every[0]
    for at, each in clocks:
        if at > begin:
            due = _moved(due, begin, at, each)
    return due


def _moved(due: datetime, begin: datetime, at: datetime, every: timedelta) -> datetime:
    """When a silence since `begin` becomes too long, if another clock applies from `at` on."""
    return max(begin + every, min(due, at + every))


def silences(
    incident: Incident,
    process: Process,
    now: datetime | None = None,
    limit: timedelta | None = None,
) -> tuple[Silence, ...]:
    """The spans without an update to the comms channel, each with how it is to be judged.

    An entry counts at the time it was written down, which for a late one is not when it happened;
    bystanders' entries do not count. A caller's own `limit` replaces those of the severities.
    """
    signs: dict[datetime, int | None] = {
        update.at: None for update in incident.updates if update.reaches(incident.channel)
    }
    signs |= {note.recorded: note.n for note in incident.notes if note.told and note.stands}
    every = process.update_every
    by = ((incident.declared_at, limit),) if limit else clocks(incident, every)
    return judged(incident, signs, by, now)


def judged(
    incident: Incident, signs: dict[datetime, int | None], by: Clocks, now: datetime | None
) -> tuple[Silence, ...]:
    """The spans between signs of life, each judged by the clocks."""
    return tuple(_judged(span, by) for span in _between(incident, signs, now))


def untold(incident: Incident, now: datetime | None = None) -> tuple[Span, ...]:
    """The spans without a message to the notified channels: between its declaration, updates,
    resolution and so on.
    """
    told = (u for u in incident.updates if _told_elsewhere(incident, u.channels))
    return tuple(_between(incident, {update.at: None for update in told}, now))


def _told_elsewhere(incident: Incident, channels: Sequence[str]) -> bool:
    return not channels or any(
        not same_name(channel, incident.channel, incident.casemapping) for channel in channels
    )


def _between(
    incident: Incident, signs: dict[datetime, int | None], now: datetime | None
) -> Iterator[Span]:
    """The spans between signs of life, within each stretch from its beginning to its end."""
    for stretch in _witnessed(incident, now):
        ends = {stretch.begin: None} | signs
        ends.setdefault(stretch.end, None)
        times = sorted(at for at in ends if stretch.begin <= at <= stretch.end)
        yield from (Span(one, two, ends[two]) for one, two in pairwise(times))


def _judged(span: Span, clocks: Clocks) -> Silence:
    """A silence judged by the clocks that applied during it: it is too long from the first time at
    which any of them said so, whichever applies afterwards.
    """
    every = clocks[0][1]
    for at, each in clocks[1:]:
        if at <= span.begin:
            every = each
    due = span.begin + every
    for at, each in clocks:
        if not span.begin < at < span.end:
            continue
        if _is_over(span.begin, at, due):
            break
        due, every = _moved(due, span.begin, at, each), each
    return Silence(span, every, _is_over(span.begin, span.end, due))


def _is_over(begin: datetime, end: datetime, due: datetime) -> bool:
    # Rounding adds less than a minute, so most silences need no exact comparison.
    return end - begin + _MINUTE > due - begin and Span(begin, end).length > due - begin


# --- how long nobody led --------------------------------------------------------------------


def lead_terms(incident: Incident) -> tuple[Term, ...]:
    """Who led while it was open, in order."""
    led = (t for t in worked_terms(incident) if t.role == "lead")
    return tuple(sorted(led, key=lambda t: t.since))


def worked_terms(incident: Incident) -> tuple[Term, ...]:
    """Who held a role while people worked on it; writing the report afterwards does not count."""
    return tuple(term for term in incident.terms if not term.over)


def handovers(incident: Incident) -> tuple[tuple[Term, Term], ...]:
    """How the lead passed from one person to another while it was open. An end by resolution is no
    hand-over, and a holder by default makes room without a word.
    """
    filled = [term for term in lead_terms(incident) if term.began is not None]
    again = [stretch.since for stretch in incident.stretches[1:]]
    return tuple(
        (before, after)
        for before, after in pairwise(filled)
        if not any((before.until or after.since) <= at <= after.since for at in again)
    )


def filled(
    term: Term, incident: Incident, process: Process, now: datetime | None = None
) -> tuple[Span, ...]:
    """The spans in which a role's holder was there to fill it."""
    if term.began is None:
        return ()
    until = max(term.began, term.until or end_of(incident, now))
    spans = _within(open_spans(incident, now), term.began, until)
    for absence in absences(term, incident, process, now):
        spans = _without(spans, absence.begin, absence.end)
    return spans


def absences(
    term: Term, incident: Incident, process: Process, now: datetime | None = None
) -> tuple[Span, ...]:
    """The spans in which a role's holder was gone. A netsplit that healed soon does not count."""
    end = end_of(incident, now)
    gone = (
        Span(absence.since, absence.until)
        for absence in _absences(incident, process, end)
        if same_person(absence.who, term.holder, incident.casemapping)
    )
    return _within(gone, term.since, term.until or end)


def _absences(incident: Incident, process: Process, end: datetime) -> Iterator[Absence]:
    still = (Absence(d.who, d.at, max(d.at, end), d.how) for d in incident.away.values())
    for absence in (*incident.absences, *still):
        lasted = absence.until - absence.since
        if absence.how != "split" or lasted >= process.baton.split_heals_within:
            yield absence


def _without(spans: Iterable[Span], begin: datetime, end: datetime) -> tuple[Span, ...]:
    """These spans without the time from `begin` to `end`."""
    left = (
        (Span(s.begin, min(s.end, begin)), Span(max(s.begin, end), s.end))
        if s.begin < end and begin < s.end
        else (s,)
        for s in spans
    )
    return tuple(span for parts in left for span in parts if span.begin < span.end)


def leaderless(
    incident: Incident, process: Process, now: datetime | None = None
) -> tuple[Span, ...]:
    """The spans in which nobody led: there was no holder, or the holder was gone."""
    spans = _witnessed(incident, now)
    for term in lead_terms(incident):
        for led in filled(term, incident, process, now):
            spans = _without(spans, led.begin, led.end)
    return tuple(span for span in spans if span.begin < span.end)
