"""How far an incident has come in its process: the moments it has reached, and its status.

Knows no wording; prompts.py knows what is said at each moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ircbot.incident.process import Process
from ircbot.incident.state import Incident

# The moments that a status or a prompt may wait for, each with whether it ends with the resolution.
MOMENTS: Mapping[str, bool] = {
    "declared": True,
    "led": True,
    "mitigated": True,
    "resolved": False,
    "reported": False,
    "met": False,  # the review meeting is over
}


def moment(incident: Incident, name: str, process: Process) -> datetime | None:
    """When an incident reached one of MOMENTS, or "role:KEY"; None if it has not."""
    kind, _, role = name.partition(":")
    match kind:
        case "declared":
            return incident.declared_at
        case "led":
            return _first(incident, "lead")
        case "role":
            return _first(incident, role)
        case "mitigated":
            return incident.mitigated_at
        case "resolved":
            return incident.resolved_at
        case "reported":
            return incident.report_done_at
        case "met" if incident.meeting_at is not None and process.meeting is not None:
            return incident.meeting_at + process.meeting.length
        case _:
            return None


def _first(incident: Incident, role: str) -> datetime | None:
    return next((term.since for term in incident.terms if term.role == role), None)


def stage(incident: Incident, process: Process, now: datetime | None = None) -> str:
    """The key of an incident's status, "" if its process has none.

    It is the last one that was set or reached by itself; at the same time, the later in the
    process's order. A meeting counts as held once `now` is after it; without `now` it is ignored.
    """
    order = {key: place for place, key in enumerate(process.statuses)}
    said = (m for m in incident.moments if m.kind == "status")
    reached = [(m.at, order.get(m.text, -1), m.text) for m in said]
    for key in process.statuses:
        when = process.statuses[key].when
        at = moment(incident, when, process) if when else None
        if at is not None and (when != "met" or (now is not None and at <= now)):
            reached.append((at, order[key], key))
    return max(reached)[2] if reached else incident.stage
