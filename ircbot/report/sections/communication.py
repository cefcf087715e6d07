"""Communication: how regularly people were told, who was called, how leading passed on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ircbot.incident.process import Process
from ircbot.incident.spans import Span, between_updates, end_of, silences, update_limit
from ircbot.incident.state import Incident
from ircbot.incident.times import length
from ircbot.incident.view import one_line
from ircbot.report import blocks, charts
from ircbot.report.blocks import Block, bullets, paragraph, subheading, table
from ircbot.report.clock import Clock
from ircbot.report.figures import lead_terms
from ircbot.report.parts import Table, Words, as_text, said
from ircbot.report.section import Section, Subject
from ircbot.report.sections.people import HOW, names, who


def _blocks(subject: Subject) -> Iterator[Block]:
    incident, process, clock = subject.incident, subject.process, subject.clock
    told = _cadence(incident, process, clock)
    if chart := charts.cadence(incident, process, clock, as_text(told)):
        yield blocks.cadence(chart)
    yield paragraph(told)
    for rows in (_silent_spans(incident, process, clock), _calls(incident, clock)):
        if rows.rows:
            yield subheading(rows.caption)
            yield table(rows)
    if passed := tuple(_handovers(incident, process, clock)):
        yield subheading("Hand-overs")
        yield bullets(passed)


def _cadence(incident: Incident, process: Process, clock: Clock) -> Words:
    """How regularly people were told, in one sentence."""
    spans = between_updates(incident, end_of(incident))
    limit = update_limit(incident, process)
    updated, noted = len(incident.updates), sum(not note.struck for note in incident.notes)
    counts = f"{_count(updated, 'update')} and {_count(noted, 'entry', 'entries')}"
    if not spans:
        return (f"{counts}.",)
    longest = max(spans, key=lambda span: span.length)
    over = len(silences(spans, limit))
    return (
        f"{counts}; longest silence {length(longest.length)} (",
        *clock.span(longest.begin, longest.end),
        f"), {over} of {_count(len(spans), 'gap')} over {length(limit)}.",
    )


def _silent_spans(incident: Incident, process: Process, clock: Clock) -> Table:
    """The silences that were longer than the process allows."""
    limit = update_limit(incident, process)
    rows = tuple(
        ((clock.brief(span.begin),), (clock.brief(span.end),), (length(span.length),))
        for span in silences(between_updates(incident, end_of(incident)), limit)
    )
    return Table(f"Silences over {length(limit)}", ("From", "To", "For"), rows)


def _calls(incident: Incident, clock: Clock) -> Table:
    """Who was called, by whom, for what."""
    rows = tuple(
        (
            (clock.brief(call.at),),
            who(call.by),
            names(call.nicks),
            said(one_line(call.text)),
        )
        for call in incident.calls
    )
    return Table("Notified", ("Time", "By", "Who", "What for"), rows)


def _handovers(incident: Incident, process: Process, clock: Clock) -> Iterator[Words]:
    """How leading passed from one to the next."""
    title = process.roles["lead"].title if "lead" in process.roles else "leader"
    for before, after in pairwise(lead_terms(incident)):
        led = length(Span(before.since, before.until or after.since).length)
        yield (
            clock.brief(after.since),
            ": ",
            *who(after.holder),
            f" is {title} ({HOW.get(after.how, after.how)}); ",
            *who(before.holder),
            f" was, for {led}",
        )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


SECTION = Section("communication", "Communication", _blocks)
