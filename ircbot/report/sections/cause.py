"""Root cause and trigger: the five whys."""

from __future__ import annotations

from collections.abc import Iterator

from ircbot.incident.view import one_line
from ircbot.report.blocks import Block, numbered
from ircbot.report.parts import said
from ircbot.report.section import Section, Subject


def _blocks(subject: Subject) -> Iterator[Block]:
    if whys := subject.incident.whys:
        yield numbered(said(one_line(why.text)) for why in whys)


SECTION = Section(
    "cause",
    "Root cause and trigger",
    _blocks,
    hint="what set it off, and why it could happen (five whys)",
)
