"""Communication: how regular updates were, who was called, how the lead was handed over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ircbot.incident.audiences import kept, told_at
from ircbot.incident.plural import number_of
from ircbot.incident.process import Audience, Process
from ircbot.incident.state import Call, Incident
from ircbot.incident.stretches import Silence, filled, handovers, total
from ircbot.incident.times import NEVER, ReportClock, length
from ircbot.incident.view import one_line
from ircbot.report import blocks, charts
from ircbot.report.blocks import Block, bullets, paragraph, subheading, table
from ircbot.report.figures import allowed
from ircbot.report.parts import ReportTable, RichText, said
from ircbot.report.section import Section, Subject
from ircbot.report.sections.people import HOW, names, who

_MOST = 12  # silences to list; the chart and the sentence cover all


def _blocks(subject: Subject) -> Iterator[Block]:
    incident, process, clock = subject.incident, subject.process, subject.clock
    found = subject.silences
    told = _cadence(incident, clock, found)
    for size in charts.SIZES if subject.pictures else ():
        if chart := charts.cadence(found, clock, told, size):
            yield blocks.cadence(chart)
    yield paragraph(told)
    for audience in process.audiences:
        gaps = kept(incident, audience, process, subject.now)
        yield paragraph(_of(audience, len(told_at(incident, audience)), gaps, clock))
    for rows in (_silent_spans(clock, found), _calls(incident, clock)):
        if rows.rows:
            yield subheading(rows.caption)
            yield table(rows)
    if passed := tuple(_handovers(incident, process, clock)):
        yield subheading("Hand-overs")
        yield bullets(passed)


def _cadence(incident: Incident, clock: ReportClock, spans: Sequence[Silence]) -> RichText:
    """How regular updates to the channel were, in one sentence."""
    updated, noted = len(incident.updates), sum(note.stands for note in incident.notes)
    counts = f"{number_of(updated, 'update')} and {number_of(noted, 'entry', 'entries')}"
    return _regularity(counts, spans, clock)


def _of(audience: Audience, times: int, spans: Sequence[Silence], clock: ReportClock) -> RichText:
    """How regular updates to an audience were, in one sentence."""
    owed = [silence for silence in spans if silence.limit < NEVER]
    name = audience.name[:1].upper() + audience.name[1:]
    return _regularity(f"{name}: told {number_of(times, 'time')}", owed, clock)


def _regularity(counts: str, spans: Sequence[Silence], clock: ReportClock) -> RichText:
    """The number of updates, the longest silence, and how many silences were too long."""
    if not spans:
        return (f"{counts}.",)
    longest = max(spans, key=lambda silence: silence.length)
    over = sum(silence.over for silence in spans)
    return (
        f"{counts}; longest silence {length(longest.length)} (",
        *clock.span(longest.span.begin, longest.span.end),
        f"), {over} of {number_of(len(spans), 'gap')} over {allowed(spans)}.",
    )


def _silent_spans(clock: ReportClock, found: Sequence[Silence]) -> ReportTable:
    """The silences longer than the process allows at the severity of their time."""
    several = len({silence.limit for silence in found}) > 1
    rows = []
    over = [each for each in found if each.over]
    longest = sorted(over, key=lambda each: each.length, reverse=True)[:_MOST]
    for silence in sorted(longest, key=lambda each: each.span.begin):
        begin, end = clock.brief(silence.span.begin), clock.brief(silence.span.end)
        row: tuple[RichText, ...] = ((begin,), (end,), (length(silence.length),))
        rows.append((*row, (length(silence.limit),)) if several else row)
    bound = " longer than allowed" if several else f" over {allowed(found)}" if found else ""
    some = f"The {_MOST} longest of {len(over)} silences" if len(over) > _MOST else "Silences"
    columns = ("From", "To", "For", *(("Allowed",) if several else ()))
    return ReportTable(f"{some}{bound}", columns, tuple(rows))


def _calls(incident: Incident, clock: ReportClock) -> ReportTable:
    """Who was called, by whom, and what for."""
    rows = tuple(
        (
            (clock.brief(call.at),),
            who(call.by),
            (*names(call.reached), *_not_reached(call)),
            said(one_line(call.text)),
        )
        for call in incident.calls
    )
    return ReportTable("Notified", ("Time", "By", "Who", "What for"), rows)


def _not_reached(call: Call) -> RichText:
    if not call.refused:
        return ()
    parts = (("; not reached: " if call.reached else "not reached: "), *names(tuple(call.refused)))
    return tuple(parts)


def _handovers(incident: Incident, process: Process, clock: ReportClock) -> Iterator[RichText]:
    """How the lead passed from one person to the next."""
    title = process.roles["lead"].title if "lead" in process.roles else "leader"
    for before, after in handovers(incident):
        led = length(total(filled(before, incident, process)))
        yield (
            clock.brief(after.since),
            ": ",
            *who(after.holder),
            f" is {title} ({HOW.get(after.how, after.how)}); ",
            *who(before.holder),
            f" was, for {led}",
        )


SECTION = Section("communication", "Communication", _blocks)
