"""Links: those that people marked as important, with their descriptions."""

from __future__ import annotations

from collections.abc import Iterator

from ircbot.incident.view import one_line
from ircbot.report.blocks import Block, bullets
from ircbot.report.parts import RichText, said
from ircbot.report.section import Section, Subject


def _blocks(subject: Subject) -> Iterator[Block]:
    if links := subject.incident.links:
        yield bullets(_link(one_line(link.text), one_line(link.about)) for link in links)


def _link(text: str, url: str) -> RichText:
    return (*said(text), ": ", *said(url)) if text else said(url)


SECTION = Section("links", "Links", _blocks)
