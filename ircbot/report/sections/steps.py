"""How the process was followed, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ircbot.incident.process import Process
from ircbot.incident.review import Finding, Verdict, review
from ircbot.incident.texts import own_text
from ircbot.incident.view import one_line
from ircbot.report.blocks import Block, table
from ircbot.report.parts import EntryRef, ReportTable, RichText, said
from ircbot.report.section import Section, Subject

_FEW = 6  # entries to list; more are counted


def _blocks(subject: Subject) -> Iterator[Block]:
    findings = review(
        subject.incident, subject.process, subject.now, subject.calendar, subject.zone
    )
    if (steps := _table(findings, subject.process)).rows:
        yield table(steps)


def _table(findings: Iterable[Finding], process: Process) -> ReportTable:
    rows = tuple(
        (
            (finding.step.title,),
            (str(finding.verdict),),
            said(one_line(own_text(process, finding.text))),
            _entries(finding.entries),
        )
        for finding in findings
        if finding.verdict is not Verdict.NOT_APPLICABLE
    )
    return ReportTable("Steps", ("Step", "Was", "How", "Entries"), rows)


def _entries(numbers: tuple[int, ...]) -> RichText:
    if len(numbers) > _FEW:
        return (f"{len(numbers)} entries",)
    return tuple(part for n in numbers for part in (", ", EntryRef(n)))[1:]


SECTION = Section("steps", "How the process was met", _blocks, internal=True)
