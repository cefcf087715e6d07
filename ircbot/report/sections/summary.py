"""Summary: the part of it that can be computed."""

from __future__ import annotations

from collections.abc import Iterator

from ircbot.incident.plural import number_of
from ircbot.incident.stretches import Span, open_spans, total
from ircbot.incident.times import length
from ircbot.report.blocks import Block, paragraph
from ircbot.report.figures import spans_in_words
from ircbot.report.parts import RichText
from ircbot.report.section import Section, Subject
from ircbot.report.sections.people import leaders, who


def _blocks(subject: Subject) -> Iterator[Block]:
    """Who declared it when, when it ended, and who led."""
    incident, clock = subject.incident, subject.clock
    by = who(incident.declared_by)
    led = leaders(incident)
    end: RichText = (".",)
    if incident.resolved_at:
        end = (" and resolved at ", clock.brief(incident.resolved_at), *_took(subject), ".")
    elif incident.past and incident.live:
        end = (", and open again since ", clock.brief(subject.incident.stretches[-1].since), ".")
    count = sum(note.stands for note in incident.notes)
    yield paragraph(
        (
            "Declared",
            *((" by ", *by) if by else ()),
            " at ",
            clock.full(incident.declared_at),
            *end,
            *((" Led by ", *led, ".") if led else (" Nobody led.",)),
            f" The timeline has {number_of(count, 'entry', 'entries')}.",
        )
    )


def _took(subject: Subject) -> RichText:
    """How long it was open, and in which stretches if it was reopened."""
    incident = subject.incident
    spans = open_spans(incident)
    took = length(total(spans))
    if len(spans) == 1:
        return (f", after {took}",)
    whole = length(Span(spans[0].begin, spans[-1].end).length)
    words = spans_in_words(spans, subject.clock)
    return (f"; open for {took} in all (", *words, f"), within {whole}")


SECTION = Section(
    "summary",
    "Summary",
    _blocks,
    hint="what happened, in two or three sentences, for somebody who was not there",
    suffices=False,
)
