"""Checklists: the items, and when each was done."""

from __future__ import annotations

from collections.abc import Iterator

from ircbot.report.blocks import Block, subheading, table
from ircbot.report.parts import ReportTable
from ircbot.report.section import Section, Subject


def _blocks(subject: Subject) -> Iterator[Block]:
    ticked = subject.incident.ticked
    for checklist in subject.process.checklists:
        rows = tuple(
            ((text,), (subject.clock.brief(ticked[key]) if key in ticked else "not yet",))
            for key, text in checklist.items.items()
        )
        yield subheading(checklist.title)
        yield table(ReportTable(checklist.title, ("What", "Done"), rows))


# Internal: how people worked is their own affair.
SECTION = Section("checklists", "Checklists", _blocks, internal=True)
