"""Incidents to views, for the page's templates.

Pure, and computes no figure itself: times, durations and rows are those of the report, `status` and
the reminders. For the public edition, the caller passes incidents of that edition.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from ircbot.incident.closing import report_due
from ircbot.incident.process import Process
from ircbot.incident.reminders import update_due
from ircbot.incident.stages import stage
from ircbot.incident.state import Incident
from ircbot.incident.stretches import end_of, open_spans, peak, total
from ircbot.incident.times import Calendar, ReportClock, length, long
from ircbot.incident.view import one_line, role_title, times
from ircbot.page.views import (
    EntryView,
    FeedEntry,
    OpenView,
    OwedAction,
    OwedReport,
    RoleView,
    RowView,
)
from ircbot.report.parts import TimelineRow, as_text
from ircbot.report.sections.timeline import days

NO_SUMMARY = "no summary yet"
_LAST = 12  # entries shown of an open incident


def clock_of(incident: Incident, zone: ReportClock, now: datetime) -> ReportClock:
    """The clock for an incident's times: with dates as soon as there are two days."""
    return ReportClock.of((*times(incident), now), zone.zone, zone.name)


def opened(
    incident: Incident, process: Process, now: datetime, zone: ReportClock, due: datetime | None
) -> OpenView:
    """The view of an open incident. `due` is when the next update is due."""
    clock = clock_of(incident, zone, now)
    rows = [row for day in days(incident, process, clock) for row in day.rows]
    updates = [row for row in rows if row.kind == "update"]
    lead = [one_line(holder.nick) for holder in incident.holders("lead")]
    reached = stage(incident, process, now)
    lasted = max(timedelta(0), total(open_spans(incident, now)))
    return OpenView(
        number=incident.id,
        title=title_of(incident),
        since=clock.brief(incident.declared_at),
        lasted=long(lasted),
        counted_from=clock.brief(now - lasted),
        severity=one_line(incident.severity),
        stage=process.statuses[reached].name if reached in process.statuses else "open",
        drill=incident.drill,
        product=one_line(incident.product),
        impact=one_line(incident.impact),
        leader=", ".join(lead),
        roles=tuple(_roles(incident, process, clock)),
        where=one_line(incident.channel),
        video=one_line(incident.video),
        last_update=_entry(updates[-1], clock) if updates else None,
        next_due=clock.brief(due) if due is not None else None,
        overdue=due is not None and due < now,
        mitigated=clock.brief(incident.mitigated_at) if incident.mitigated_at else None,
        entries=tuple(_entry(row, clock) for row in rows[-_LAST:]),
        count=sum(1 for note in incident.notes if note.stands and not note.withheld),
        changed=clock.brief(incident.changed_at or incident.declared_at),
        place=process.gravity(incident.severity),
    )


def next_update(incident: Incident, process: Process) -> datetime | None:
    """When an open incident's next update is due, None if none is expected."""
    return update_due(incident, process)


def title_of(incident: Incident) -> str:
    """An incident's title."""
    return one_line(incident.summary) or NO_SUMMARY


def _roles(incident: Incident, process: Process, clock: ReportClock) -> Iterator[RoleView]:
    for term in incident.terms:
        if term.role != "lead" and term.until is None:
            title, since = role_title(process, term.role), clock.brief(term.since)
            yield RoleView(title, one_line(term.holder.nick), since)


def _entry(row: TimelineRow, clock: ReportClock) -> EntryView:
    at = clock.brief(row.time.at)
    return EntryView(at, row.kind, as_text(row.who), as_text(row.words), row.n, row.anchor)


def row_of(incident: Incident, zone: ReportClock) -> RowView:
    """An incident's row in a list."""
    leaders = [term.holder.nick for term in incident.terms if term.role == "lead"]
    return RowView(
        number=incident.id,
        title=title_of(incident),
        status=incident.status,
        severity=one_line(incident.severity),
        product=one_line(incident.product),
        leader=one_line(leaders[-1]) if leaders else "",
        drill=incident.drill,
        declared=zone.full(incident.declared_at),
        lasted="" if incident.live else length(total(open_spans(incident))),
    )


def in_feed(incident: Incident, zone: ReportClock) -> FeedEntry:
    """An incident in the feed, with its latest text."""
    at = incident.changed_at or incident.declared_at
    updates = [one_line(update.text) for update in incident.updates]
    return FeedEntry(
        incident.id,
        title_of(incident),
        incident.standing,
        zone.full(incident.declared_at),
        zone.full(at).iso,
        one_line(incident.resolution) or (updates[-1] if updates else ""),
    )


def since(last: Incident | None, now: datetime) -> str:
    """How long ago the last incident ended, in words; "" if there was none."""
    return long(max(timedelta(0), now - end_of(last, now))) if last is not None else ""


def owed_report(
    incident: Incident, process: Process, calendar: Calendar, now: datetime, zone: ReportClock
) -> OwedReport | None:
    """An incident's report that is still owed, None if none is."""
    due = report_due(incident, process, calendar)
    is_asked = due is not None or (
        incident.live and process.report_due(peak(incident, process)) is not None
    )
    if not is_asked or incident.report_done_at is not None or incident.status == "closed":
        return None
    writer = incident.report_writer
    leaders = [term.holder.nick for term in incident.terms if term.role == "lead"]
    who = writer.who.nick if writer is not None else leaders[-1] if leaders else ""
    return OwedReport(
        incident.id,
        title_of(incident),
        zone.full(due) if due is not None else None,
        due is not None and due < now,
        one_line(who),
        is_open=incident.live,
    )


def owed_actions(incident: Incident, now: datetime, zone: ReportClock) -> Iterator[OwedAction]:
    """An incident's open follow-ups."""
    if incident.void:
        return
    today = zone.day(now)
    for action in incident.actions:
        if action.is_open:
            yield OwedAction(
                incident.id,
                title_of(incident),
                action.n,
                one_line(action.text),
                ", ".join(map(one_line, action.owners)),
                action.due,
                action.due_on is not None and action.due_on < today,
            )


def by_urgency(
    actions: Sequence[OwedAction],
) -> Sequence[OwedAction]:
    """Overdue actions first, then by due date; those without one last."""
    return sorted(actions, key=lambda a: (not a.overdue, a.due or "9", -a.number, a.n))
