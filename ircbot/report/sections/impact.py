"""Impact, as the channel described it."""

from __future__ import annotations

from collections.abc import Iterator

from ircbot.incident.view import one_line
from ircbot.report.blocks import Block, paragraph
from ircbot.report.parts import said
from ircbot.report.section import Section, Subject


def _blocks(subject: Subject) -> Iterator[Block]:
    if impact := said(one_line(subject.incident.impact)):
        yield paragraph(impact)


SECTION = Section("impact", "Impact", _blocks, hint="who was hit, how badly, and for how long")
