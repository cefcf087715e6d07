"""The pure part of the outbox: what must be published where and when, and how it went.

What is owed is on record like everything else (events.PublishDue and the events after it), so that
a restart neither loses nor repeats it. Knows no type of target: the publisher reports the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from ircbot.incident.closing import report_due
from ircbot.incident.events import (
    Declared,
    Duplicated,
    Entry,
    Event,
    MeetingSet,
    Notified,
    ProductSet,
    PublishDropped,
    PublishDue,
    Published,
    PublishFailed,
    Reopened,
    ReportDelivered,
    Resolved,
    SeveritySet,
    Summarised,
    Updated,
    Withdrawn,
)
from ircbot.incident.people import Person
from ircbot.incident.setting import Setting, Target
from ircbot.incident.state import Delivery, Incident
from ircbot.values import dataclass

_CAUSES: Mapping[type, str] = {
    Declared: "declared",
    # A place may want only some severities or products; these events can change what it wants.
    SeveritySet: "declared",
    ProductSet: "declared",
    Summarised: "declared",
    Updated: "update",
    Notified: "notify",
    Resolved: "resolved",
    ReportDelivered: "reported",
    MeetingSet: "meeting",
    Reopened: "reopened",
    Withdrawn: "withdrawn",
    Duplicated: "withdrawn",
}
_FOLLOWS = ("reopened", "withdrawn")  # owed only where something was published before
# The delay after a change, so that people can say the rest; longer while an incident is open.
_SETTLES = timedelta(minutes=2)
_SETTLES_OPEN = timedelta(minutes=15)
_READS_BEFORE = timedelta(minutes=5)  # people are reminded of a report
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=4)
_LONGEST_WISH = timedelta(days=1)  # the longest pause that a place may ask for
_LOOKS = timedelta(minutes=15)  # between two looks at tickets
_REOPENED_WITHIN = timedelta(days=7)
_TOLD_AFTER = timedelta(hours=1)  # of failures, people are told


@dataclass(frozen=True, slots=True)
class PublishResult:
    """The result of a publication, as the publisher reports it."""

    incident: int
    event: Published | PublishFailed | PublishDropped


def takes(target: Target, incident: Incident) -> bool:
    """Whether an incident may go to a place at all."""
    if incident.private or incident.guarded or incident.secured:
        return target.private
    return True


def wants(target: Target, incident: Incident) -> bool:
    """Whether an incident goes to a place without being asked for. Drills do not go to public
    places.
    """
    wanted = (
        (target.processes, incident.process),
        (target.products, incident.product),
        (target.severities, incident.severity),
    )
    return (
        takes(target, incident)
        and not (incident.drill and target.public)
        and all(
            not names or value.casefold() in [name.casefold() for name in names]
            for names, value in wanted
        )
    )


def caused(event: Event, incident: Incident, setting: Setting) -> Iterator[PublishDue]:
    """The publications that an event makes due, given the incident after it."""
    why = _CAUSES.get(type(event), "")
    for target in setting.targets if why else ():
        known = incident.deliveries.get(target.name)
        if why in _FOLLOWS:
            due = known is not None and (known.at is not None or bool(known.owed))
        elif not isinstance(event, Declared) and why == "declared":
            due = why in target.when and incident.live and known is None
        else:
            due = why in target.when
        if due and wants(target, incident):
            about = {"update": len(incident.updates), "notify": len(incident.calls)}
            yield PublishDue(target.name, next_number(known), why, about.get(why, 0))


def asked(target: Target, incident: Incident, *, force: bool = False) -> PublishDue:
    """The publication that somebody asked for."""
    number = next_number(incident.deliveries.get(target.name))
    return PublishDue(target.name, number, "asked", force=force)


def next_number(known: Delivery | None) -> int:
    """The number of the next publication to a place."""
    return known.count + 1 if known else 1


def rewriting(incident: Incident, setting: Setting) -> Iterator[tuple[datetime, PublishDue]]:
    """When published pages must be written again because they are out of date, or be read because
    people write on them and are about to be reminded of what is missing.
    """
    for target in setting.targets:
        known = incident.deliveries.get(target.name)
        if known is None or known.at is None or known.owed:
            continue
        if known.stale_at is None:
            for at in _readings(incident, setting) if known.writable else ():
                if at > known.at and takes(target, incident):
                    yield at, PublishDue(target.name, next_number(known), "changed")
                    break
        # What is gone must go there too, whatever else may be there.
        elif known.erased or (known.hidden and not takes(target, incident)):
            yield known.stale_at, PublishDue(target.name, next_number(known), "erased")
        elif known.again and takes(target, incident):
            settles = _SETTLES_OPEN if incident.live else _SETTLES
            due = PublishDue(target.name, next_number(known), "changed")
            yield known.stale_at + settles, due


def _readings(incident: Incident, setting: Setting) -> Iterator[datetime]:
    """When to read the pages on which people write, earliest first."""
    process = setting.process_named(incident.process)
    due = report_due(incident, process, setting.calendar)
    if due is not None and incident.report_done_at is None and not incident.drill:
        for before in sorted((*process.report.remind_at, timedelta(0)), reverse=True):
            yield due - before - _READS_BEFORE


def next_try(known: Delivery) -> datetime | None:
    """The earliest time for the next attempt; None if nothing is owed, or if only a person can have
    it tried again.
    """
    if not known.owed or known.permanent:
        return None
    if known.failed_at is None:
        return known.owed[0].at
    doubled = min(known.attempts - 1, 20)
    pause = min(_FIRST_PAUSE * (1 << doubled), _LONGEST_PAUSE)
    return known.failed_at + max(pause, min(known.after, _LONGEST_WISH))


def looks_at(incident: Incident, place: str, last: datetime | None) -> datetime | None:
    """When to look at the tickets of a place again, after having looked at `last`; None if there is
    nothing to look at. A closed ticket is watched for a week, since it may be reopened.
    """
    known = incident.deliveries.get(place)
    if known is None or known.at is None or not incident.actions:
        return None
    if last is None:
        return known.at
    at = last + _LOOKS
    open_still = any(action.is_open for action in incident.actions)
    recent = incident.changed_at is not None and at - incident.changed_at < _REOPENED_WITHIN
    return at if open_still or recent else None


def told_at(known: Delivery) -> datetime | None:
    """When to tell people that something does not reach a place; None if they need not know."""
    if known.failing_since is None or known.failed_at is None:
        return None
    return known.failed_at if known.permanent else known.failing_since + _TOLD_AFTER


def accounted(
    sent: PublishResult, incident: Incident, now: datetime, setting: Setting
) -> tuple[Entry, ...]:
    """The events for a result; none if nobody owes that publication any more."""
    known = incident.deliveries.get(sent.event.target)
    if known is None or (not isinstance(sent.event, Published) and not known.owed):
        return ()
    return (Entry(incident.id, now, Person(setting.nick), sent.event, incident.channel),)


def not_there(incident: Incident, setting: Setting) -> Mapping[str, str]:
    """The places that something is owed to, each as people call it, with the reason why it is not
    there yet.
    """
    names = {target.name: target.title for target in setting.targets}
    return {
        names[place]: known.why
        for place, known in incident.deliveries.items()
        if place in names and known.owed
    }
