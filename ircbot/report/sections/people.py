"""Participants and props: who took part, in which roles, and who is thanked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from ircbot.incident.people import Person, fold
from ircbot.incident.process import Process
from ircbot.incident.state import Incident, Term
from ircbot.incident.stretches import absences, filled, lead_terms, total, worked_terms
from ircbot.incident.times import ReportClock, length
from ircbot.incident.view import one_line, participants, role_title
from ircbot.report.blocks import Block, bullets, paragraph, subheading, table
from ircbot.report.parts import ReportTable, RichText, TextPart, UserText, said
from ircbot.report.section import Section, Subject

# How somebody got a role.
HOW: Mapping[str, str] = {
    "claimed": "took it",
    "accepted": "accepted the baton",
    "named": "was named",
    "default": "by default",
    "gone": "the holder before had left",
    "silent": "the holder before was silent",
    "reopened": "again, once reopened",
}

BY_NICK = "People are told apart by nick: no account was known here."


def _blocks(subject: Subject) -> Iterator[Block]:
    incident = subject.incident
    yield paragraph(names(participants(incident)))
    if not subject.public and _by_nick(incident):
        yield paragraph((BY_NICK,))
    if (held := _roles(incident, subject.process, subject.clock, subject.now)).rows:
        yield subheading(held.caption)
        yield table(held)
    if incident.props:
        yield subheading("Props")
        yield bullets(_props(incident))


def _by_nick(incident: Incident) -> bool:
    """Whether somebody with a role left and was recognised on return by nick alone."""
    return not incident.accounts and bool(incident.absences)


def who(person: Person) -> RichText:
    """A person, by nick."""
    return _called(person.nick)


@lru_cache(maxsize=1 << 13)
def _called(nick: str) -> RichText:
    shown = one_line(nick)
    return (UserText(shown),) if shown else ()


def signed(by: Person) -> RichText:
    """The author of a remark, to be put after it."""
    name = who(by)
    return (" (", *name, ")") if name else ()


def leaders(incident: Incident) -> RichText:
    """The leaders in order, each once."""
    nicks: dict[str, str] = {}
    for term in lead_terms(incident):
        nicks.setdefault(fold(term.holder.nick), one_line(term.holder.nick))
    names = [UserText(nick) for nick in nicks.values()]
    return tuple(part for name in names for part in (", then ", name))[1:]


def names(nicks: tuple[str, ...]) -> RichText:
    """Several people, by nick."""
    return tuple(part for nick in nicks for part in (", ", UserText(one_line(nick))))[1:]


def _roles(
    incident: Incident, process: Process, clock: ReportClock, now: datetime | None = None
) -> ReportTable:
    """Who held which role from when to when: leaders first, then in the process's order."""
    order = {key: number for number, key in enumerate(process.roles)}
    terms = sorted(
        worked_terms(incident),
        key=lambda t: (t.role != "lead", order.get(t.role, len(order)), t.role, t.since),
    )
    rows = tuple(_role_row(term, incident, process, clock, now) for term in terms)
    return ReportTable("Roles", ("Role", "Who", "From", "To", "For", "How"), rows)


def _role_row(
    term: Term, incident: Incident, process: Process, clock: ReportClock, now: datetime | None
) -> tuple[RichText, ...]:
    """One term; its duration counts only while its holder was present."""
    return (
        (role_title(process, term.role),),
        who(term.holder),
        (clock.brief(term.since),),
        (clock.brief(term.until),) if term.until else ("still",),
        (length(total(filled(term, incident, process, now))),),
        _how(term, incident, process, clock, now),
    )


def _how(
    term: Term, incident: Incident, process: Process, clock: ReportClock, now: datetime | None
) -> RichText:
    """How somebody got a role, and when they were away."""
    words: list[TextPart] = [HOW.get(term.how, term.how)]
    if term.began is None:
        words.append(", never heard")
    for absence in absences(term, incident, process, now):
        if absence.length >= timedelta(minutes=1):
            words += ["; away ", *clock.span(absence.begin, absence.end)]
    return tuple(words)


def _props(incident: Incident) -> Iterator[RichText]:
    """Who is thanked, and what for."""
    for given in incident.props:
        reason = one_line(given.text)
        what = (": ", *said(reason)) if reason else ()
        yield (UserText(one_line(given.about)), *what, *signed(given.by))


SECTION = Section("people", "Participants and props", _blocks)
