"""The times to lead, to mitigate and to resolve: a line at the head of the report."""

from __future__ import annotations

from collections.abc import Iterator

from ircbot.report import blocks
from ircbot.report.blocks import Block, Duration
from ircbot.report.section import Section, Subject

_SHOWN = {
    "Time to a leader": "To lead",
    "Time to mitigate": "To mitigate",
    "Time to resolve": "To resolve",
}


def _blocks(subject: Subject) -> Iterator[Block]:
    known = {figure.name: figure.value for figure in subject.figures}
    yield blocks.durations(Duration(name, known[figure]) for figure, name in _SHOWN.items())


SECTION = Section("durations", "", _blocks)
