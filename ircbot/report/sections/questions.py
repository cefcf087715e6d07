"""Questions for the review: the process's, each to be answered."""

from __future__ import annotations

from collections.abc import Iterator

from ircbot.report.blocks import Block, hole
from ircbot.report.section import Section, Subject


def _blocks(subject: Subject) -> Iterator[Block]:
    return (hole(question, "the answer") for question in subject.process.questions)


SECTION = Section("questions", "Questions for the review", _blocks)
