"""What an organisation's process adds to a report: its statuses, its checklists, its announcements.

Knows no format and no escaping.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ircbot.incident.process import Process
from ircbot.incident.stages import moment
from ircbot.incident.state import Incident
from ircbot.incident.view import one_line
from ircbot.report.clock import Clock
from ircbot.report.parts import Table, Words, said

_NOT_YET: Words = ("not yet",)


def statuses(incident: Incident, process: Process, clock: Clock) -> Table:
    """When the incident came to each of the process's statuses, by itself or because it was said.

    No rows where the process has none.
    """
    rows = tuple(
        ((status.name,), (clock.brief(at),) if (at := _since(incident, key, process)) else _NOT_YET)
        for key, status in process.statuses.items()
    )
    return Table("Statuses", ("Status", "Since"), rows)


def _since(incident: Incident, key: str, process: Process) -> datetime | None:
    by_itself = moment(incident, process.statuses[key].when, process)
    times = [m.at for m in incident.moments if m.kind == "status" and m.text == key]
    return min([*times, by_itself] if by_itself else times, default=None)


def checklists(incident: Incident, process: Process, clock: Clock) -> Iterator[Table]:
    """What was worth doing, and when it was done."""
    for checklist in process.checklists:
        rows = tuple(
            ((text,), (clock.brief(done),) if (done := incident.ticked.get(key)) else _NOT_YET)
            for key, text in checklist.items.items()
        )
        yield Table(checklist.title, ("What", "Done"), rows)


def announcements(incident: Incident, process: Process, clock: Clock) -> Table:
    """The posts to the public; a row that says so where the severity needs one and has none."""
    links = [link for link in incident.links if "announcement" in link.text.lower()]
    rows: list[tuple[Words, ...]] = [
        ((clock.brief(link.at),), said(one_line(link.about)), said(one_line(link.text)))
        for link in links
    ]
    severity = process.severities.get(incident.severity)
    if severity is not None and severity.announcement and not rows:
        rows.append((("—",), _NOT_YET, (f"needed at severity {severity.key}",)))
    return Table("Announcements", ("Time", "Where", "What"), tuple(rows))
