"""Announcements: the public posts, and any that the severity requires and that is missing."""

from __future__ import annotations

from collections.abc import Iterator

from ircbot.incident.view import one_line
from ircbot.report.blocks import Block, table
from ircbot.report.parts import ReportTable, RichText, said
from ircbot.report.section import Section, Subject


def _blocks(subject: Subject) -> Iterator[Block]:
    incident, clock = subject.incident, subject.clock
    links = [link for link in incident.links if "announcement" in link.text.lower()]
    rows: list[tuple[RichText, ...]] = [
        ((clock.brief(link.at),), said(one_line(link.about)), said(one_line(link.text)))
        for link in links
    ]
    severity = subject.process.severities.get(incident.severity)
    if severity is not None and severity.announcement and not rows:
        rows.append((("—",), ("not yet",), (f"needed at severity {severity.key}",)))
    if rows:
        yield table(ReportTable("Announcements", ("Time", "Where", "What"), tuple(rows)))


SECTION = Section("announcements", "Announcements", _blocks)
