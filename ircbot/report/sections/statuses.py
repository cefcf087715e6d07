"""Statuses: when the incident reached each of the process's, automatically or because somebody said
so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ircbot.incident.process import Process
from ircbot.incident.stages import moment
from ircbot.incident.state import Incident
from ircbot.report.blocks import Block, table
from ircbot.report.parts import ReportTable
from ircbot.report.section import Section, Subject


def _blocks(subject: Subject) -> Iterator[Block]:
    rows = tuple(
        (
            (status.name,),
            (subject.clock.brief(at) if at is not None else "not yet",),
        )
        for key, status in subject.process.statuses.items()
        for at in (_since(subject.incident, key, subject.process),)
    )
    if rows:
        yield table(ReportTable("Statuses", ("Status", "Since"), rows))


def _since(incident: Incident, key: str, process: Process) -> datetime | None:
    by_itself = moment(incident, process.statuses[key].when, process)
    times = [m.at for m in incident.moments if m.kind == "status" and m.text == key]
    return min([*times, by_itself] if by_itself else times, default=None)


SECTION = Section("statuses", "Status", _blocks, on_request=True)
