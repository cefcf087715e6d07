"""Resolution: when the impact ended and when the incident was resolved, in the words that said
so."""

from __future__ import annotations

from collections.abc import Iterator

from ircbot.incident.view import one_line
from ircbot.report.blocks import Block, paragraph
from ircbot.report.parts import said
from ircbot.report.section import Section, Subject
from ircbot.report.sections.timeline import note_saying

# The status it was given before it was reopened, when that was wrong.
_VOID = {
    "withdrawn": "Taken for a false alarm at ",
    "duplicate": "Taken for another incident at ",
}


def _blocks(subject: Subject) -> Iterator[Block]:
    incident, clock = subject.incident, subject.clock
    void = {m.at: m.kind for m in incident.moments if m.kind in _VOID}
    for number, stretch in enumerate(incident.past):
        first = "First resolved at " if number == 0 else "Resolved again at "
        first = _VOID[void[stretch.until]] if stretch.until in void else first
        text = one_line(stretch.resolution)
        at = clock.brief(stretch.until or stretch.since)
        yield paragraph((first, at, *((": ", *said(text)) if text else (".",))))
    if incident.mitigated_at:
        yield paragraph(("The impact was mitigated at ", clock.brief(incident.mitigated_at), "."))
    if incident.resolved_at is None:
        return
    at = clock.brief(incident.resolved_at)
    text = one_line(incident.resolution)
    if entry := note_saying(incident, text, incident.resolved_at):
        yield paragraph(("Resolved at ", at, ": ", entry, "."))
    elif text:
        yield paragraph(("Resolved at ", at, ": ", *said(text)))
    else:
        yield paragraph(("Resolved at ", at, "."))


SECTION = Section(
    "resolution",
    "Resolution",
    _blocks,
    hint="what ended it, and whether it will hold",
    suffices=False,
)
