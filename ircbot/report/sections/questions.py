"""Questions for the review: the process's questions with people's answers."""

from __future__ import annotations

from collections.abc import Iterator

from ircbot.incident.process import Process
from ircbot.report.blocks import Block, hole, subheading
from ircbot.report.prose import blocks_of
from ircbot.report.section import Section, Subject


def question_keys(process: Process) -> dict[str, str]:
    """The key of the answer to each question."""
    return {f"question-{n}": question for n, question in enumerate(process.questions, 1)}


def _blocks(subject: Subject) -> Iterator[Block]:
    for key, question in question_keys(subject.process).items():
        if answer := subject.prose.get(key):
            yield subheading(question, key)
            yield from blocks_of(answer)
        else:
            yield hole(question, "", key)


SECTION = Section("questions", "Questions for the review", _blocks)
