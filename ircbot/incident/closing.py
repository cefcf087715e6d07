"""When the report is due, when an incident may be closed, and when it closes by itself.

Knows neither who closes it nor what is said then.
"""

from __future__ import annotations

from datetime import datetime

from ircbot.incident.process import Process
from ircbot.incident.prompts import is_met
from ircbot.incident.state import Incident
from ircbot.incident.stretches import peak
from ircbot.incident.times import Calendar, Deadline, due


def report_due(
    incident: Incident, process: Process, calendar: Calendar | None = None
) -> datetime | None:
    """When the report is due (UTC). None while the incident is open, for a false alarm, and at
    severities for which the process asks for none.
    """
    return _due(incident, process.report_due(peak(incident, process)), calendar)


def meeting_due(
    incident: Incident, process: Process, calendar: Calendar | None = None
) -> datetime | None:
    """The latest time for the review meeting (UTC). None while the incident is open, and if the
    process asks for none.
    """
    meeting = process.meeting_owed(peak(incident, process))
    return _due(incident, meeting.due if meeting else None, calendar)


def _due(
    incident: Incident, allowed: Deadline | None, calendar: Calendar | None
) -> datetime | None:
    """The deadline of something that is owed after the end; None if nothing is owed."""
    if incident.resolved_at is None or incident.void or allowed is None:
        return None
    when = calendar or Calendar()
    return due(
        incident.resolved_at,
        allowed,
        when.zone,
        when.working_days,
        when.working_hours,
        when.holidays,
    )


def outstanding(incident: Incident, process: Process) -> tuple[str, ...]:
    """What a resolved incident still lacks before it can be closed."""
    if process.close_after is None:
        return ()
    return tuple(need for need in process.close_needs if not is_met(incident, need, process))


def waits_until(incident: Incident, process: Process, calendar: Calendar) -> datetime | None:
    """Until when people may object to closing; None if nobody waits or it is not resolved."""
    if process.close_after is None or incident.resolved_at is None:
        return None
    if any(is_met(incident, name, process) for name in process.close_when):
        return None
    asked = [m.at for m in incident.messages if m.at >= incident.resolved_at]
    return due(
        max([incident.resolved_at, *asked]),
        process.close_after,
        calendar.zone,
        calendar.working_days,
        calendar.working_hours,
        calendar.holidays,
    )


def closes_at(incident: Incident, process: Process, calendar: Calendar) -> datetime | None:
    """When a resolved incident closes by itself; None while something is outstanding."""
    if process.close_after is None or incident.resolved_at is None:
        return None
    if outstanding(incident, process):
        return None
    answered = [at for name in process.close_when if (at := incident.ticked.get(name))]
    until = waits_until(incident, process, calendar) or min(answered, default=incident.resolved_at)
    return max(until, incident.report_done_at or until)
