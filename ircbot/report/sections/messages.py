"""Messages to people outside."""

from __future__ import annotations

from collections.abc import Iterator

from ircbot.incident.view import one_line
from ircbot.report.blocks import Block, table
from ircbot.report.parts import ReportTable, UserText, said
from ircbot.report.section import Section, Subject
from ircbot.report.sections.people import who


def _blocks(subject: Subject) -> Iterator[Block]:
    rows = tuple(
        (
            (subject.clock.brief(sent.at),),
            who(sent.by),
            (UserText(one_line(sent.about)),),
            said(one_line(sent.text)),
        )
        for sent in subject.incident.messages
    )
    if rows:
        yield table(ReportTable("Messages", ("Time", "By", "Message", "Text"), rows))


SECTION = Section("messages", "Messages", _blocks)
