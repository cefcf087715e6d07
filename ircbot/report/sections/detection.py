"""Detection: when it began and when it was noticed. How it was noticed is for people to write."""

from __future__ import annotations

from collections.abc import Iterator

from ircbot.report.blocks import Block, paragraph
from ircbot.report.section import Section, Subject


def _blocks(subject: Subject) -> Iterator[Block]:
    incident, clock = subject.incident, subject.clock
    if incident.started_at:
        yield paragraph(("It began at ", clock.brief(incident.started_at), "."))
    if incident.detected_at:
        yield paragraph(("It was detected at ", clock.brief(incident.detected_at), "."))


SECTION = Section(
    "detection",
    "Detection",
    _blocks,
    hint="how it was noticed, and by whom or by which alert",
    suffices=False,
)
