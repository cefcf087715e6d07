"""How long: open, without a leader, without a word, of impact. The one place that computes it.

Reports, charts, reviews, the JSON, `status` and rehearsals take their figures from here; two
numbers for one thing are worse than none. An incident is open in one or more stretches, and only
open time counts: what happens between a resolution and a re-opening is nobody's silence. Silences
are judged by the severity, and so the clock, that held when they happened. Whoever is not there
does not lead.

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
    """From when to when. `entry` is the number of the note that ended it, if one did."""

    begin: datetime
    end: datetime
    entry: int | None = None

    @property
    def length(self) -> timedelta:
        """How long, in whole minutes as the two times are shown; exact below one minute."""
        begin, end = self.begin, self.end
        exact = end - begin
        if begin.second == end.second and begin.microsecond == end.microsecond:
            return exact
        return exact if -_MINUTE < exact < _MINUTE else _minute(end) - _minute(begin)


@dataclass(frozen=True, slots=True)
class Silence:
    """A span without a word, and how long it might have been. `over`: it was longer."""

    span: Span
    limit: timedelta
    over: bool

    @property
    def length(self) -> timedelta:
        """How long it was."""
        return self.span.length


@dataclass(frozen=True, slots=True)
class Rating:
    """A severity, "" while none is known, and from when to when it held."""

    severity: str
    since: datetime
    until: datetime


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def total(spans: Iterable[Span]) -> timedelta:
    """How long spans are together."""
    return sum((span.length for span in spans), timedelta(0))


# --- when people worked on it ---------------------------------------------------------------


def end_of(incident: Incident, now: datetime | None = None) -> datetime:
    """When people last stopped working on it; while they have not, `now`, or the last entry.

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
    """The stretches as far as they were on record while they lasted: who led and who said what
    before an incident was put on record is not known."""
    spans = open_spans(incident, now)
    if incident.told_at is None:
        return spans
    return _within(spans, incident.told_at, spans[-1].end)


def open_time(
    incident: Incident, begin: datetime, end: datetime, now: datetime | None = None
) -> timedelta:
    """How long of the time from `begin` to `end` it was open."""
    return total(_within(open_spans(incident, now), begin, end))


def _within(spans: Iterable[Span], begin: datetime, end: datetime) -> tuple[Span, ...]:
    """What of these spans lies between two times."""
    cut = (Span(max(s.begin, begin), min(s.end, end), s.entry) for s in spans)
    return tuple(span for span in cut if span.begin < span.end)


def impact(incident: Incident) -> tuple[Span, ...] | None:
    """When people were hit: from its start to each mitigation or resolution, and again from each
    re-opening. None while that is not known."""
    again = incident.stretches[1:]
    ends = [one.mitigated_at or one.until for one in incident.stretches]
    begins = [incident.started_at, *(one.since for one in again)]
    spans = [Span(b, e) for b, e in zip(begins, ends, strict=True) if b is not None and e]
    known = len(spans) == len(ends) and not incident.void
    return (spans[0], *(Span(s.begin, max(s.begin, s.end)) for s in spans[1:])) if known else None


def mitigated_after(incident: Incident) -> timedelta | None:
    """The open time until the impact had ended for good, None if that is not known."""
    at = incident.mitigated_at
    if at is None:
        return None
    if not incident.past:
        return Span(incident.declared_at, at).length
    return open_time(incident, incident.declared_at, at, at)


# --- how long each part of it took ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Leg:
    """A time from one thing to another, each with its name and when it was, None if not known.

    `took` is None while either is not known. With `worked` only the time counts in which people
    worked on it.
    """

    key: str
    title: str
    begin: tuple[str, datetime | None]
    end: tuple[str, datetime | None]
    took: timedelta | None
    worked: bool = False


def legs(incident: Incident, now: datetime | None = None) -> tuple[Leg, ...]:
    """How long it took to detect, to declare, to have a leader, to mitigate and to resolve."""
    started, detected = ("started", incident.started_at), ("detected", incident.detected_at)
    declared, led = ("declared", incident.declared_at), ("first leader", first_led(incident))
    mitigated, resolved = incident.mitigated_at, incident.resolved_at
    worked = total(open_spans(incident, now)) if resolved else None
    return (
        _leg("detect", "Time to detect", started, detected),
        _leg("declare", "Time to declare", detected, declared),
        _leg("lead", "Time to a leader", declared, led),
        Leg(
            "mitigate",
            "Time to mitigate",
            declared,
            ("mitigated", mitigated),
            mitigated_after(incident),
            worked=True,
        ),
        Leg("resolve", "Time to resolve", declared, ("resolved", resolved), worked, worked=True),
    )


def _leg(
    key: str, title: str, begin: tuple[str, datetime | None], end: tuple[str, datetime | None]
) -> Leg:
    took = Span(begin[1], end[1]).length if begin[1] and end[1] else None
    return Leg(key, title, begin, end, took)


def first_led(incident: Incident) -> datetime | None:
    """From when on somebody led who was there to do it, None if nobody did."""
    return min((t.began for t in lead_terms(incident) if t.began is not None), default=None)


# --- how bad it was -------------------------------------------------------------------------


def _ratings(incident: Incident) -> list[tuple[datetime, str]]:
    """When it was said how bad it is; what was taken back was never so."""
    return [
        (change.at, str(change.new or ""))
        for change in incident.changes
        if change.what == "severity" and not change.undoes and not incident.was_undone(change.n)
    ]


def severities(incident: Incident, now: datetime | None = None) -> tuple[Rating, ...]:
    """Its severities in order, each with when it held; a first one without a name if none was
    known at first. What was set between two stretches holds from the next one on."""
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
    """The worst severity that it had, "" if none was ever known."""
    had = [severity for _, severity in _ratings(incident) if severity]
    order = [*process.severities, *had]
    return min(had, key=order.index, default=incident.severity)


# --- how long nobody said anything ----------------------------------------------------------


Clocks = Sequence[tuple[datetime, timedelta]]


def clocks(incident: Incident, every: Callable[[str], timedelta]) -> Clocks:
    """From when on people might go how long without a word; `every` tells it for a severity."""
    return (
        (incident.declared_at, every("")),
        *((at, every(severity)) for at, severity in _ratings(incident)),
    )


def next_due(incident: Incident, process: Process) -> datetime:
    """When the comms channel is to be told next, by the severity's clock; what was promised is
    another matter. Who makes an incident graver has the new clock's time from then on."""
    begin = incident.clock or incident.declared_at
    return due_after(begin, clocks(incident, process.update_every))


def due_after(begin: datetime, clocks: Clocks) -> datetime:
    """When people who were told something at `begin` are to hear the next."""
    every = [each for at, each in clocks if at <= begin][-1:] or [clocks[0][1]]
    due = begin + every[0]
    for at, each in clocks:
        if at > begin:
            due = _moved(due, begin, at, each)
    return due


def _moved(due: datetime, begin: datetime, at: datetime, every: timedelta) -> datetime:
    """When a silence since `begin` is too long, once another clock holds from `at` on."""
    return max(begin + every, min(due, at + every))


def silences(
    incident: Incident,
    process: Process,
    now: datetime | None = None,
    limit: timedelta | None = None,
) -> tuple[Silence, ...]:
    """The spans in which the comms channel was told nothing, and how each is to be judged.

    An entry counts when it was written down, which for a late one is not when it happened; those
    of bystanders do not. With a `limit` of its own whoever asks disregards the severities.
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
    """The spans between signs of life, and how each is to be judged by clocks."""
    return tuple(_judged(span, by) for span in _between(incident, signs, now))


def untold(incident: Incident, now: datetime | None = None) -> tuple[Span, ...]:
    """The spans in which the notified channels were told nothing: between its declaration,
    updates, resolution and so on."""
    told = (u for u in incident.updates if _told_elsewhere(incident, u.channels))
    return tuple(_between(incident, {update.at: None for update in told}, now))


def _told_elsewhere(incident: Incident, channels: Sequence[str]) -> bool:
    return not channels or any(
        not same_name(channel, incident.channel, incident.casemapping) for channel in channels
    )


def _between(
    incident: Incident, signs: dict[datetime, int | None], now: datetime | None
) -> Iterator[Span]:
    """The spans between signs of life, in each stretch from its begin to its end."""
    for stretch in _witnessed(incident, now):
        ends = {stretch.begin: None} | signs
        ends.setdefault(stretch.end, None)
        times = sorted(at for at in ends if stretch.begin <= at <= stretch.end)
        yield from (Span(one, two, ends[two]) for one, two in pairwise(times))


def _judged(span: Span, clocks: Clocks) -> Silence:
    """A silence by the clocks that held during it: it is too long from the time on at which any
    of them said so, whichever holds afterwards."""
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
    # Whole minutes are never a minute more than what passed: most silences are no question.
    return end - begin + _MINUTE > due - begin and Span(begin, end).length > due - begin


# --- how long nobody led --------------------------------------------------------------------


def lead_terms(incident: Incident) -> tuple[Term, ...]:
    """Who led while it was open, in order."""
    led = (t for t in worked_terms(incident) if t.role == "lead")
    return tuple(sorted(led, key=lambda t: t.since))


def worked_terms(incident: Incident) -> tuple[Term, ...]:
    """Who held a role while people worked on it; who writes the report afterwards is no figure."""
    return tuple(term for term in incident.terms if not term.over)


def handovers(incident: Incident) -> tuple[tuple[Term, Term], ...]:
    """How leading passed from one to another while it was open; what ended with a resolution was
    handed to nobody, and whoever only stood in makes room without a word."""
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
    """When somebody who held a role was there to fill it."""
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
    """When somebody who held a role was not there. A netsplit that soon healed kept nobody from
    filling it."""
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
    """The spans in which nobody led: no one had the role, or whoever had it was not there."""
    spans = _witnessed(incident, now)
    for term in lead_terms(incident):
        for led in filled(term, incident, process, now):
            spans = _without(spans, led.begin, led.end)
    return tuple(span for span in spans if span.begin < span.end)
