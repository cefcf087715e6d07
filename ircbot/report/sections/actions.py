"""Action items: what, who, due when, and whether it is done."""

from __future__ import annotations

from collections.abc import Iterator

from ircbot.incident.state import Action
from ircbot.incident.times.periods import is_day
from ircbot.incident.view import one_line
from ircbot.report import blocks
from ircbot.report.blocks import Block
from ircbot.report.parts import Task, said
from ircbot.report.section import Section, Subject


def _blocks(subject: Subject) -> Iterator[Block]:
    if actions := subject.incident.actions:
        yield blocks.tasks(map(_task, actions))


def _task(action: Action) -> Task:
    due = one_line(action.due)
    return Task(
        n=action.n,
        words=(*said(one_line(action.text)), *((" (dropped)",) if action.dropped else ())),
        owner=one_line(", ".join(action.owners)),
        due=due,
        dated=is_day(due),
        ticket=said(one_line(action.ticket)),
        done=action.done,
    )


SECTION = Section(
    "actions",
    "Action items",
    _blocks,
    hint="what will be done so that it does not happen again, by whom and until when",
)
