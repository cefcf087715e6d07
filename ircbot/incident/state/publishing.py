"""The state of an incident's publications."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from ircbot.incident.erasing import ERASES
from ircbot.incident.events import (
    Closed,
    Entry,
    Heard,
    PublishDropped,
    PublishDue,
    Published,
    PublishEvent,
    PublishFailed,
    PublishRetried,
    QuestionAnswered,
    QuestionAsked,
)
from ircbot.incident.state.changing import with_remark, without_reminders
from ircbot.incident.state.incident import Incident
from ircbot.incident.state.parts import Delivery, Owed, Remark

# What people do and no report shows.
_UNSHOWN = (Heard, QuestionAsked, QuestionAnswered)
# Publications of which people hear where they are, besides the first.
_TOLD = ("resolved", "reported", "withdrawn", "asked")


def with_delivery(i: Incident, entry: Entry, event: PublishEvent) -> Incident:
    """Something is owed to a place, has arrived there, has failed, or was dropped."""
    known, place, at = i.deliveries.get(event.target), event.target, entry.at
    if isinstance(event, PublishDue):
        known = known or Delivery(since=at)
    if known is None:
        return i
    match event:
        case PublishDue(_, n, why, about, force):
            owed = Owed(n, why, at, entry.by, about, force)
            known = replace(known, owed=(*known.owed, owed), count=max(known.count, n))
            if why == "asked":
                i, known = _tried_again(i, place, known)
        case Published():
            return _with_publication(i, entry, event, known)
        case PublishFailed(_, why, permanent, after):
            known = replace(
                known,
                attempts=known.attempts + 1,
                failing_since=known.failing_since or at,
                failed_at=at,
                why=why,
                permanent=permanent,
                after=timedelta(seconds=max(0, after)),
            )
        case PublishRetried():
            i, known = _tried_again(i, place, known)
        case PublishDropped():
            i, known = _tried_again(i, place, known)
            known = replace(
                known,
                owed=(),
                seen=known.changes,
                stale_at=None,
                erased=False,
                hidden=False,
            )
        case _ as unreachable:
            assert_never(unreachable)
    return replace(i, deliveries={**i.deliveries, place: known})


def _tried_again(i: Incident, place: str, known: Delivery) -> tuple[Incident, Delivery]:
    """Resets the failures."""
    begun = replace(
        known, attempts=0, failing_since=None, failed_at=None, why="", permanent=False,
        after=timedelta(0),
    )  # fmt: skip
    return without_reminders(i, f"unpublished-{place}"), begun


def _with_publication(i: Incident, entry: Entry, event: Published, known: Delivery) -> Incident:
    place = event.target
    done = [owed for owed in known.owed if owed.n <= event.n]
    told = known.at is None or any(owed.why in _TOLD for owed in done)
    i, known = _tried_again(i, place, known)
    i = without_reminders(i, f"beside-{place}") if event.kept != known.kept else i
    stale = known.changes > event.seen
    known = replace(
        known,
        owed=tuple(owed for owed in known.owed if owed.n > event.n),
        at=entry.at,
        url=event.url,
        page=event.page,
        version=event.version,
        kept=event.kept,
        again=event.again,
        seen=event.seen,
        stale_at=(known.stale_at or entry.at) if stale else None,
        erased=known.erased and stale,
        hidden=known.hidden and stale,
        told=told,
        caveat=event.caveat,
        writable=event.writable,
    )
    i = without_reminders(i, f"published-{place}") if told else i
    i = without_reminders(i, f"caveat-{place}")
    i = replace(i, deliveries={**i.deliveries, place: known})
    if event.url and event.url not in [one.url for one in i.published]:
        i = with_remark(i, "published", Remark(entry.at, entry.by, "", url=event.url))
    return i


def with_staleness(i: Incident, entry: Entry, before: Incident) -> Incident:
    """Marks a place as out of date if a report shows the entry, or if the incident has become a
    security matter.
    """
    event = entry.event
    erases, hides = type(event) in ERASES, i.guarded and not before.guarded
    unshown = isinstance(event, _UNSHOWN) or (event.of_time and not isinstance(event, Closed))
    if unshown and not hides:
        return i
    deliveries = {
        place: replace(
            known,
            changes=known.changes + 1,
            stale_at=known.stale_at or (entry.at if known.at or known.owed else None),
            erased=known.erased or erases,
            hidden=known.hidden or hides,
        )
        for place, known in i.deliveries.items()
    }
    return replace(i, deliveries=deliveries)
