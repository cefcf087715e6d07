"""Kept for the review: what people postponed with `later`, outside the timeline."""

from __future__ import annotations

from collections.abc import Iterator

from ircbot.incident.view import one_line
from ircbot.report.blocks import Block, bullets
from ircbot.report.parts import said
from ircbot.report.section import Section, Subject
from ircbot.report.sections.people import signed


def _blocks(subject: Subject) -> Iterator[Block]:
    if parked := subject.incident.parked:
        yield bullets((*said(one_line(p.text)), *signed(p.by)) for p in parked)


SECTION = Section("parked", "Kept for the review", _blocks, internal=True)
