"""How an incident ends, and how it is reopened."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pyrsistent import pvector

from ircbot.incident.events import Entry
from ircbot.incident.state.changing import (
    moment_of,
    with_moment,
    with_participant,
    without_reminders,
)
from ircbot.incident.state.incident import Incident, last_end
from ircbot.incident.state.parts import Term


def with_end(i: Incident, at: datetime) -> Incident:
    """Roles end, offers lapse, and nobody waits for an update."""
    terms = pvector(replace(t, until=max(at, t.since)) if t.until is None else t for t in i.terms)
    return replace(i, terms=terms, offers={}, planned={}, promises={}, withdrawal=None)


def with_resolution(i: Incident, entry: Entry, text: str, at: datetime) -> Incident:
    """The incident is resolved since `at`."""
    resolved = with_participant(
        replace(with_end(i, at), status="resolved", resolved_at=at), entry.by
    )
    moment = replace(moment_of(entry, words=text), at=at)
    if at != entry.at:
        moment = replace(moment, recorded=entry.at)
    return replace(resolved, moments=resolved.moments.append(moment))


def with_reopening(i: Incident, entry: Entry, reason: str) -> Incident:
    """People work on it again. Whoever led when it was resolved leads again, if they are there, or
    whoever has taken over since.

    The time up to the end is now a past stretch. In the new one, the impact continues.
    """
    at = entry.at
    ended = last_end(i.moments)
    resolved = ended is not None and ended.kind == "resolved"
    # The time of the resolution may have been corrected since.
    ends = (i.resolved_at, ended.at if ended is not None and resolved else None)
    kept = {t.role for t in i.terms if t.over and t.until is None}
    resumed = [
        Term(t.role, t.holder, at, how="reopened")
        for t in i.terms
        if (t.role in kept and t.until is None)
        or (
            t.role not in kept
            and t.until is not None
            and t.until in ends
            and t.began is not None
            and i.departed(t.holder) is None
        )
    ]
    terms = pvector(replace(t, until=at) if t.until is None else t for t in i.terms)
    stretch = i.stretches[-1]
    again = replace(
        without_reminders(without_reminders(i, "update"), "report"),
        status="open",
        duplicate_of=0,
        past=i.past.append(stretch if stretch.until else replace(stretch, until=at)),
        reopened_at=at,
        mitigated_at=None,
        resolved_at=None,
        closed_at=None,
        report_done_at=None,
        questions={},
        terms=terms.extend(resumed),
        clock=at,
        led_at=at,
    )
    return with_moment(again, entry, words=reason)
