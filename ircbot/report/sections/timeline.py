"""Timeline: entries, updates, milestones and gaps, day by day, with remarks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby

from ircbot.incident.line import Source
from ircbot.incident.people import same_name
from ircbot.incident.process import Process
from ircbot.incident.state import Incident, Update
from ircbot.incident.times import ReportClock, day_name
from ircbot.incident.view import TimelineItem, one_line, reading, role_title, timeline
from ircbot.report import blocks, charts
from ircbot.report.blocks import Block, paragraph
from ircbot.report.parts import Day, EntryRef, RichText, TimelineRow, UserText, said
from ircbot.report.section import Section, Subject
from ircbot.report.sections.people import who

_SAME_TIME = timedelta(minutes=15)

_SOURCES: Mapping[Source, str] = {
    Source.RECOVERED: "recovered after a gap",
    Source.IMPORT: "taken from a log",
    Source.SHELL: "written from the shell",
}


def _blocks(subject: Subject) -> Iterator[Block]:
    incident, process, clock = subject.incident, subject.process, subject.clock
    for size in charts.SIZES if subject.pictures else ():
        if chart := charts.lanes(incident, process, clock, subject.now, size=size):
            yield blocks.lanes(chart)
    yield blocks.timeline(days(incident, process, clock))
    for words in _about(incident):
        yield paragraph(words)


def days(incident: Incident, process: Process, clock: ReportClock) -> tuple[Day, ...]:
    """The rows, day by day, including gaps in what was heard."""
    rows = sorted(
        (
            *_rows(incident, process, clock),
            *_updates(incident, clock),
            *_gaps(incident, clock),
        ),
        key=lambda row: row.time.at,
    )
    return tuple(
        Day(day.isoformat(), day_name(day), tuple(of_day))
        for day, of_day in groupby(rows, key=lambda row: clock.day(row.time.at))
    )


def _about(incident: Incident) -> tuple[RichText, ...]:
    """Remarks on the timeline as a whole."""
    sentences: list[RichText] = []
    source = _only_source(incident)
    if source is not None and source in _SOURCES:
        sentences.append((f"All entries were {_SOURCES[source]}.",))
    if struck := [note.n for note in incident.notes if note.struck]:
        sentences.append((f"Taken out by hand: {_numbers(struck)}.",))
    sentences += [(sentence,) for sentence in _moved(incident)]
    if redacted := [note.n for note in incident.notes if note.redacted and note.stands]:
        sentences.append((f"Redacted, the words are not kept: {_numbers(redacted)}.",))
    return tuple(sentences)


def _moved(incident: Incident) -> Iterator[str]:
    """The entries that were moved to other incidents."""
    to: dict[str, list[int]] = {}
    for note in incident.notes:
        if note.moved is not None:
            where = (
                "another incident" if note.moved.hidden else f"incident {note.moved.to.incident}"
            )
            to.setdefault(where, []).append(note.n)
    for where, entries in to.items():
        yield f"Moved to {where}: {_numbers(entries)}."


def _numbers(entries: list[int]) -> str:
    return f"entr{'y' if len(entries) == 1 else 'ies'} {', '.join(map(str, entries))}"


def note_saying(incident: Incident, text: str, at: datetime) -> EntryRef | None:
    """The entry near that time that says `text`, so that the report need not repeat it.

    Texts of one or two words are ignored: many entries contain them.
    """
    wanted = one_line(text).casefold()
    if not wanted:
        return None
    long = len(wanted.split()) > 2
    for note in incident.notes:
        if not note.stands or note.withheld or abs(note.recorded - at) > _SAME_TIME:
            continue
        there = one_line(note.text).casefold()
        if wanted == there or (long and wanted in there):
            return EntryRef(note.n)
    return None


def _only_source(incident: Incident) -> Source | None:
    """The source of all entries, if it is the same."""
    sources = {note.source for note in incident.notes}
    return next(iter(sources)) if len(sources) == 1 else None


def _rows(incident: Incident, process: Process, clock: ReportClock) -> Iterator[TimelineRow]:
    only = _only_source(incident)
    for row in timeline(incident):
        yield TimelineRow(
            n=row.n,
            time=clock.time(row.at),
            kind=row.kind,
            who=who(row.by),
            words=_entry(row) if row.n is not None else _milestone(row, incident, process),
            remarks=tuple(_remarks(row, clock, only)),
        )


def _entry(row: TimelineItem) -> RichText:
    if row.redacted:
        return ("[redacted]",)
    return said(row.text)


def _milestone(row: TimelineItem, incident: Incident, process: Process) -> RichText:
    if row.kind in process.roles and row.text:
        title = role_title(process, row.kind)
        own = same_name(row.by.nick, row.text)
        return (f"now {title}",) if own else (UserText(row.text), f" is now {title}")
    reads = reading(row.kind)
    if not row.text:
        return (reads.alone,)
    if row.kind == "severity" and row.text in process.severities:
        return (reads.before, *severity(row.text, process))
    if reads.sentence and (entry := note_saying(incident, row.text, row.at)):
        return (reads.before, entry)
    return (reads.before, *said(row.text))


def severity(key: str, process: Process) -> RichText:
    """A severity's name in the process."""
    known = process.severities.get(key)
    title = f" ({known.title})" if known and known.title and known.title != key else ""
    return (UserText(one_line(key)), title) if title else (UserText(one_line(key)),)


def _remarks(row: TimelineItem, clock: ReportClock, only: Source | None) -> Iterator[RichText]:
    if row.n is None:
        for before in row.before:
            yield ("before: “", *said(before), "”")
        if row.late:
            yield ("said at ", clock.full(row.recorded))
        return
    if row.after_end:
        yield ("after the end",)
    for one in row.retimed:
        yield (
            "time corrected by ",
            UserText(one_line(one.by.nick)),
            " at ",
            clock.full(one.at),
            "; was ",
            clock.full(one.was),
        )
    if row.origin is not None:
        yield (f"from incident {row.origin.incident}",)
    if row.late:
        yield ("written down later: ", clock.full(row.recorded))
    if row.source is not only and row.source in _SOURCES:
        yield (_SOURCES[row.source],)
    for number, before in enumerate(row.before):
        yield ("edited; first: " if number == 0 else "then: ", "“", *said(before), "”")


def _refused(update: Update) -> Iterator[RichText]:
    """Where an update could not be delivered."""
    for channel, why in update.refused.items():
        yield (
            "not delivered in ",
            UserText(one_line(channel)),
            *((": ", *said(one_line(why))) if why else ()),
        )


def _updates(incident: Incident, clock: ReportClock) -> Iterator[TimelineRow]:
    for update in incident.updates:
        yield TimelineRow(
            n=None,
            time=clock.time(update.at),
            kind="update",
            who=who(update.by),
            words=("Update: ", *said(one_line(update.text))),
            remarks=tuple(_refused(update)),
        )


def _gaps(incident: Incident, clock: ReportClock) -> Iterator[TimelineRow]:
    for gap in incident.gaps:
        came_in = f"; {gap.recovered} lines came in later" if gap.recovered else ""
        yield TimelineRow(
            n=None,
            time=clock.time(gap.since),
            kind="gap",
            who=(),
            words=(
                "Not in ",
                UserText(one_line(gap.channel)) if gap.channel else "the channel",
                " from ",
                clock.brief(gap.since),
                " to ",
                clock.brief(gap.until),
                f": what was said there may be missing{came_in}",
            ),
        )


SECTION = Section("timeline", "Timeline", _blocks)
