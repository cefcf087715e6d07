"""From when to when: how long nobody said anything, and how long nobody led.

One computation for reports and reviews: two numbers for one thing are worse than none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from ircbot.incident.process import Process
from ircbot.incident.state import Incident

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
        exact = self.end - self.begin
        return exact if abs(exact) < _MINUTE else _minute(self.end) - _minute(self.begin)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def end_of(incident: Incident, now: datetime | None = None) -> datetime:
    """When people stopped working on it; else now, or when it last changed."""
    ended = incident.resolved_at or (None if incident.live else incident.closed_at)
    return max(ended or now or incident.changed_at or incident.declared_at, incident.declared_at)


def update_limit(incident: Incident, process: Process) -> timedelta:
    """How long people may go without an update."""
    return process.update_every(incident.severity)


def between_updates(incident: Incident, end: datetime) -> tuple[Span, ...]:
    """The spans between signs of life: entries and updates, from declaration to `end`.

    An entry counts when it was written down, which for a late one is not when it happened.
    """
    signs: dict[datetime, int | None] = {incident.declared_at: None}
    signs |= {update.at: None for update in incident.updates}
    signs |= {note.recorded: note.n for note in incident.notes if not note.struck}
    signs.setdefault(end, None)
    times = sorted(at for at in signs if incident.declared_at <= at <= end)
    return tuple(Span(one, two, signs[two]) for one, two in pairwise(times))


def silences(spans: tuple[Span, ...], limit: timedelta) -> tuple[Span, ...]:
    """Those that were longer than they may be."""
    return tuple(span for span in spans if span.length > limit)


def leaderless(incident: Incident, end: datetime) -> tuple[Span, ...]:
    """The spans in which nobody led, from declaration to `end`."""
    at, spans = incident.declared_at, []
    for term in sorted((t for t in incident.terms if t.role == "lead"), key=lambda t: t.since):
        if min(term.since, end) > at:
            spans.append(Span(at, min(term.since, end)))
        at = max(at, term.until or end)
    if end > at:
        spans.append(Span(at, end))
    return tuple(spans)
