"""The content of a report in any format: its head, and its sections with their blocks.

Knows no format and no escaping. Each section decides its own content (sections/).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo

from ircbot.incident.process import Process
from ircbot.incident.prose import SECTIONS
from ircbot.incident.state import Incident
from ircbot.incident.stretches import end_of
from ircbot.incident.texts import own_text
from ircbot.incident.times import Calendar, ReportClock
from ircbot.incident.view import one_line, times
from ircbot.report.blocks import Block, Hole, bullets, hole, mark, subheading
from ircbot.report.missing import missing
from ircbot.report.parts import Notice, RichText, said
from ircbot.report.prose import blocks_of
from ircbot.report.section import Section, Subject
from ircbot.report.sections import sections_of
from ircbot.report.sections.questions import question_keys
from ircbot.values import dataclass


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section with its blocks; empty if there is nothing to say."""

    key: str
    title: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The head of the document, and its sections in order."""

    id: int
    title: str
    name: str  # the process's word for its report
    drill: bool
    clock: ReportClock
    notices: tuple[Notice, ...]
    sections: tuple[ShownSection, ...]
    before: str = "Drill: "  # prefix of a drill's title
    untitled: str = "no title yet"

    @property
    def number(self) -> str:
        """The document's name and number, without a title."""
        return f"{self.before if self.drill else ''}{self.name} {self.id}"

    @property
    def heading(self) -> str:
        """The title of the document."""
        return f"{self.number}: {self.title or self.untitled}"


def subject_of(
    incident: Incident,
    process: Process,
    *,
    zone: tzinfo = UTC,
    zone_name: str = "",
    calendar: Calendar | None = None,
    now: datetime | None = None,
    public: bool = False,
    pictures: bool = True,
) -> Subject:
    """An incident, with everything that sections need to describe it, with times in `zone`.

    `now` decides what is overdue; without it, what was overdue when the incident last changed.
    Without `pictures`, charts are not computed.
    """
    now = now or incident.changed_at or incident.declared_at
    clock = ReportClock.of(_times(incident, now), zone, zone_name)
    return Subject(incident, process, clock, zone, now, calendar, public, pictures)


def report_of(subject: Subject, *, for_writing: bool = False) -> Report:
    """The content of an incident's report.

    A page `for_writing` has headings under which people write; otherwise everything unwritten is
    one list at the end.
    """
    incident, process, public = subject.incident, subject.process, subject.public
    words = process.report.words
    # Nobody is asked to complete the report of a false alarm, or a public one.
    asked = not incident.void and not public
    filled = [
        _filled(section, subject, asked, for_writing)
        for section in (*sections_of(process), *_homeless(subject))
        if not (public and section.internal)
    ]
    shown = [_for_writing(one) if for_writing else _without_holes(one) for one in filled]
    if not public:
        holes = () if for_writing else (h for one in filled for h in _holes(one))
        shown.append(_last(holes, subject))
    return Report(
        id=incident.id,
        title=one_line(incident.summary),
        name=words[:1].upper() + words[1:],
        drill=incident.drill,
        clock=subject.clock,
        notices=tuple(_notices(incident, subject.clock, public)),
        sections=tuple(shown),
    )


def lacking(incident: Incident, process: Process) -> tuple[str, ...]:
    """What is missing from the report: the unwritten sections first."""
    if incident.void:
        return ()
    holes = (hole for section in _asking(incident, process) for hole in _holes(section))
    told = (f"{h.title} is to be written: {h.hint}." if h.hint else h.title for h in holes)
    return (*told, *missing(incident, process))


def unwritten(incident: Incident, process: Process) -> tuple[str, ...]:
    """The titles of sections that are still to be written."""
    return tuple(own_text(process, section.title) for section in _asking(incident, process))


def _asking(incident: Incident, process: Process) -> Iterator[ShownSection]:
    subject = subject_of(incident, process)
    filled = (_filled(section, subject, True) for section in sections_of(process))
    return (section for section in filled if any(_holes(section)))


def _filled(
    section: Section, subject: Subject, asked: bool, for_writing: bool = False
) -> ShownSection:
    """A section with its blocks, and a request to write if people are asked to. On a page
    `for_writing`, a mark ends the part that people write."""
    written = tuple(blocks_of(subject.prose.get(section.prose, "")))
    computed = tuple(section.blocks(subject))
    if section.hint and not written and not (computed and section.suffices):
        written = (hole(section.title, section.hint),)
    if section.hint and computed and asked and for_writing:
        written += (mark(f"{section.key}-end"),)
    blocks = written + computed
    if not asked:
        blocks = tuple(block for block in blocks if block.kind != "unwritten")
    return ShownSection(section.key, section.title, blocks)


def _homeless(subject: Subject) -> Iterator[Section]:
    """Sections for prose whose section this process no longer has: prose is never dropped."""
    known = {section.prose for section in sections_of(subject.process)}
    known |= set(question_keys(subject.process))
    return (
        Section(key, SECTIONS.get(key, key)[:1].upper() + SECTIONS.get(key, key)[1:])
        for key in subject.prose
        if key not in known
    )


def _holes(shown: ShownSection) -> Iterator[Hole]:
    return (b.content for b in shown.blocks if isinstance(b.content, Hole))


def _without_holes(shown: ShownSection) -> ShownSection:
    kept = tuple(
        Block(block.kind, block.content)
        for block in shown.blocks
        if not isinstance(block.content, Hole)
    )
    return ShownSection(shown.key, shown.title, kept)


def _for_writing(shown: ShownSection) -> ShownSection:
    """The section with a heading above each request to write, unless it is the section's own."""
    return ShownSection(shown.key, shown.title, tuple(_under_headings(shown)))


def _under_headings(shown: ShownSection) -> Iterator[Block]:
    for block in shown.blocks:
        if isinstance(block.content, Hole):
            if block.content.title != shown.title:
                yield subheading(block.content.title, block.content.anchor)
            yield Block(block.kind, block.content.hint or "the answer")
        else:
            yield block


def _last(holes: Iterable[Hole], subject: Subject) -> ShownSection:
    """The list of what is still to be written, unknown or doubtful."""
    items: list[RichText] = [(h.title, ": ", h.hint) if h.hint else (h.title,) for h in holes]
    lacks = missing(subject.incident, subject.process, subject.now, subject.silences)
    items += [(sentence,) for sentence in lacks]
    return ShownSection("missing", "Still to be written", (bullets(items),) if items else ())


def _times(incident: Incident, now: datetime) -> Iterable[datetime]:
    """The times that decide whether dates must be shown."""
    yield from times(incident)
    yield from (update.at for update in incident.updates)
    yield from (call.at for call in incident.calls)
    yield end_of(incident, now)


def _notices(incident: Incident, clock: ReportClock, public: bool) -> Iterator[Notice]:
    if incident.private and not public:
        yield Notice("warning", ("This incident is private: so is this report.",))
    if incident.drill:
        yield Notice("info", ("This was a drill: nothing was really broken.",))
    if incident.status == "withdrawn":
        why = (": ", *said(one_line(incident.reason))) if incident.reason else (".",)
        yield Notice("info", ("This was a false alarm and has been withdrawn", *why))
    if incident.duplicate_of:
        told = f"This was a duplicate of incident {incident.duplicate_of}: see the report of that."
        yield Notice("info", (told,))
    if incident.live:
        last = clock.full(incident.changed_at or incident.declared_at)
        yield Notice(
            "warning", ("This incident is still open; this is what was known at ", last, ".")
        )
    if incident.purged:
        yield Notice("info", ("What was captured of this incident has been removed.",))
    elif incident.secured:
        yield Notice("warning", ("Handled as a security matter: the record stops early.",))
    if public:
        yield Notice(
            "info", ("Public edition: people are named by what they did.", *_left_out(incident))
        )


def _left_out(incident: Incident) -> RichText:
    """How many entries the public edition omits, if any."""
    count = sum(note.withheld for note in incident.notes)
    if not count:
        return ()
    return (" 1 entry is left out." if count == 1 else f" {count} entries are left out.",)
