"""Who did what in a report: roles, the baton, updates and silences, who was called, who is thanked.

Knows no format and no escaping.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from ircbot.incident.people import Person, fold, same_name
from ircbot.incident.process import Process
from ircbot.incident.spans import Span, between_updates, end_of, silences, update_limit
from ircbot.incident.state import Incident, Term
from ircbot.incident.times import length
from ircbot.incident.view import one_line, participants, role_title
from ircbot.report.chronicle import who
from ircbot.report.clock import Clock
from ircbot.report.figures import lead_terms
from ircbot.report.parts import Said, Table, Words, said

_HOW: Mapping[str, str] = {
    "claimed": "took it",
    "accepted": "accepted the baton",
    "named": "was named",
    "default": "by default",
    "gone": "the holder before had left",
    "silent": "the holder before was silent",
    "reopened": "again, once reopened",
}


def signed(by: Person) -> Words:
    """Whose remark it is, behind it."""
    name = who(by)
    return (" (", *name, ")") if name else ()


def leaders(incident: Incident) -> Words:
    """Who led, in order, each once."""
    nicks: dict[str, str] = {}
    for term in lead_terms(incident):
        nicks.setdefault(fold(term.holder.nick), one_line(term.holder.nick))
    names = [Said(nick) for nick in nicks.values()]
    return tuple(part for name in names for part in (", then ", name))[1:]


def roles(incident: Incident, process: Process, clock: Clock) -> Table:
    """Who held which role from when to when: leaders first, then as the process lists them."""
    order = {key: number for number, key in enumerate(process.roles)}
    terms = sorted(
        incident.terms,
        key=lambda t: (t.role != "lead", order.get(t.role, len(order)), t.role, t.since),
    )
    rows = tuple(_role_row(term, incident, process, clock) for term in terms)
    return Table("Roles", ("Role", "Who", "From", "To", "For", "How"), rows)


def _role_row(term: Term, incident: Incident, process: Process, clock: Clock) -> tuple[Words, ...]:
    until = term.until or end_of(incident)
    return (
        (role_title(process, term.role),),
        _holder(term.holder),
        (clock.brief(term.since),),
        (clock.brief(term.until),) if term.until else ("still",),
        (length(Span(term.since, max(until, term.since)).length),),
        (_HOW.get(term.how, term.how),),
    )


def _holder(person: Person) -> Words:
    account = one_line(person.account or "")
    if account and not same_name(account, person.nick):
        return (*who(person), " (account ", Said(account), ")")
    return who(person)


def handovers(incident: Incident, process: Process, clock: Clock) -> Iterator[Words]:
    """How leading passed from one to the next."""
    title = process.roles["lead"].title if "lead" in process.roles else "leader"
    for before, after in pairwise(lead_terms(incident)):
        led = length(Span(before.since, before.until or after.since).length)
        yield (
            clock.brief(after.since),
            ": ",
            *who(after.holder),
            f" is {title} ({_HOW.get(after.how, after.how)}); ",
            *who(before.holder),
            f" was, for {led}",
        )


def cadence(incident: Incident, process: Process, clock: Clock) -> Words:
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


def silent_spans(incident: Incident, process: Process, clock: Clock) -> Table:
    """The silences that were longer than the process allows."""
    limit = update_limit(incident, process)
    rows = tuple(
        ((clock.brief(span.begin),), (clock.brief(span.end),), (length(span.length),))
        for span in silences(between_updates(incident, end_of(incident)), limit)
    )
    return Table(f"Silences over {length(limit)}", ("From", "To", "For"), rows)


def updates(incident: Incident, clock: Clock) -> Table:
    """The status updates, and how long after the one before each came."""
    times = [incident.declared_at, *(update.at for update in incident.updates)]
    rows = tuple(
        (
            (clock.brief(update.at),),
            who(update.by),
            said(one_line(update.text)),
            (length(Span(before, update.at).length),),
        )
        for before, update in zip(times, incident.updates, strict=False)
    )
    return Table("Updates", ("Time", "Who", "What", "After"), rows)


def calls(incident: Incident, clock: Clock) -> Table:
    """Who was called, by whom, for what."""
    rows = tuple(
        (
            (clock.brief(call.at),),
            who(call.by),
            _names(call.nicks),
            said(one_line(call.text)),
        )
        for call in incident.calls
    )
    return Table("Notified", ("Time", "By", "Who", "What for"), rows)


def messages(incident: Incident, clock: Clock) -> Table:
    """What was told to people outside."""
    rows = tuple(
        (
            (clock.brief(sent.at),),
            who(sent.by),
            (Said(one_line(sent.about)),),
            said(one_line(sent.text)),
        )
        for sent in incident.messages
    )
    return Table("Messages", ("Time", "By", "Message", "Text"), rows)


def participants_line(incident: Incident) -> Words:
    """Who took part."""
    return _names(participants(incident))


def props(incident: Incident) -> Iterator[Words]:
    """Who is thanked, and for what."""
    for given in incident.props:
        reason = one_line(given.text)
        what = (": ", *said(reason)) if reason else ()
        yield (Said(one_line(given.about)), *what, *signed(given.by))


def _names(nicks: tuple[str, ...]) -> Words:
    return tuple(part for nick in nicks for part in (", ", Said(one_line(nick))))[1:]


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
