"""The sections of a report, one file each, and their order.

A section is everything under one heading: its title, what is computed for it, and what people are
asked to write. To add one, write its file and put it into ORDER. A process can change a section
([report.sections.KEY]: another title, hint or place, or none at all), and add sections that only
people write. Sections know no format: they yield blocks, which form.* writes.
"""

from __future__ import annotations

import difflib
from dataclasses import replace

from ircbot.errors import ReportError
from ircbot.incident.process import Process, SectionWish
from ircbot.report.section import Section
from ircbot.report.sections import (
    actions,
    announcements,
    appendix,
    cause,
    checklists,
    communication,
    detection,
    durations,
    facts,
    hypotheses,
    impact,
    lessons,
    links,
    messages,
    parked,
    people,
    questions,
    resolution,
    statuses,
    steps,
    summary,
    timeline,
)

ORDER = (
    summary.SECTION,
    impact.SECTION,
    durations.SECTION,
    timeline.SECTION,
    facts.SECTION,
    statuses.SECTION,
    detection.SECTION,
    cause.SECTION,
    hypotheses.SECTION,
    resolution.SECTION,
    lessons.WELL,
    lessons.POORLY,
    lessons.LUCKY,
    questions.SECTION,
    parked.SECTION,
    actions.SECTION,
    announcements.SECTION,
    checklists.SECTION,
    communication.SECTION,
    messages.SECTION,
    steps.SECTION,
    people.SECTION,
    links.SECTION,
    appendix.SECTION,
)


def sections_of(process: Process) -> tuple[Section, ...]:
    """A process's sections in order. ReportError if it names an unknown one."""
    wishes = {wish.key: wish for wish in process.report.sections}
    known = {section.key: section for section in ORDER}
    order = [s.key for s in ORDER if s.key in wishes or not s.on_request]
    for key, wish in wishes.items():
        if key not in known and not wish.title:
            raise _unknown(process, key, list(known))
        known[key] = _as_wished(known.get(key) or Section(key, wish.title), wish)
        if wish.drop:
            order.remove(key)
        elif wish.after:
            if wish.after not in order or wish.after == key:
                raise _unknown(process, wish.after, [k for k in order if k != key])
            if key in order:
                order.remove(key)
            order.insert(order.index(wish.after) + 1, key)
        elif key not in order:
            order.append(key)
    return tuple(known[key] for key in order)


def _as_wished(section: Section, wish: SectionWish) -> Section:
    return replace(section, title=wish.title or section.title, hint=wish.hint or section.hint)


def _unknown(process: Process, key: str, known: list[str]) -> ReportError:
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(known)}."
    return ReportError(
        f"the process {process.name} names the section `{key}`, unknown here; {hint}"
    )
