"""Changes to roles: taken, given up; their holders gone, back, renamed, heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from pyrsistent import pvector

from ircbot.incident.events import Entry, HolderLeft
from ircbot.incident.people import Person, same_name, same_person
from ircbot.incident.state.changing import (
    quickly_replaced,
    with_moment_of,
    with_participant,
    without_keys,
    without_reminders,
)
from ircbot.incident.state.incident import Incident
from ircbot.incident.state.parts import Absence, Term


def holds(i: Incident, person: Person, role: str = "lead") -> bool:
    """Whether a person on record holds a role now."""
    return any(same_person(person, holder, i.casemapping) for holder in i.holders(role))


def with_holders_heard(i: Incident, entry: Entry) -> Incident:
    """Any recorded act of a person ends their silence as leader, and shows that a holder by default
    is there.
    """
    if isinstance(entry.event, HolderLeft):
        return i
    terms, led_at = i.terms, i.led_at
    for place, term in enumerate(i.terms):
        if term.until is None and i.is_same(term.holder, entry.by):
            if term.began is None:
                terms = terms.set(place, replace(term, heard=entry.at))
            if term.role == "lead" and (led_at is None or entry.at > led_at):
                led_at = entry.at
    if terms is i.terms and led_at is i.led_at:
        return i
    return quickly_replaced(i, terms=terms, led_at=led_at)


def with_return(i: Incident, person: Person, at: datetime) -> Incident:
    """Somebody who was gone is back."""
    departure = i.departed(person)
    if departure is None:
        return i
    absence = Absence(departure.who, departure.at, at, departure.how)
    return replace(i, absences=i.absences.append(absence), away=without_keys(i.away, i.key(person)))


def with_term_ended(i: Incident, role: str, holder: Person, at: datetime) -> Incident:
    """Somebody no longer holds a role."""
    terms = pvector(
        replace(t, until=at)
        if t.role == role and t.until is None and same_person(t.holder, holder, i.casemapping)
        else t
        for t in i.terms
    )
    return replace(i, terms=terms)


def with_role_taken(i: Incident, entry: Entry, role: str, holder: Person, how: str) -> Incident:
    """Adds a term, and ends the lead's former one. If another role is full, a RoleLeft came
    first.
    """
    at = entry.at
    terms = i.terms
    if how != "default" and (place := _standing_in(i, role, holder)) is not None:
        began = terms[place].heard or at
        confirmed = replace(terms[place], holder=holder, how=how, heard=began)
        return with_participant(replace(i, terms=terms.set(place, confirmed)), holder)
    if role == "lead":
        terms = pvector(
            replace(t, until=at) if t.role == role and t.until is None else t for t in terms
        )
    # Somebody on call is named by the bot, and may be asleep.
    asleep = how == "default" and not _took_part(i, holder)
    term = Term(
        role,
        holder,
        at,
        how=how,
        heard=at if how == "default" and not asleep else None,
        over=not i.live,
    )
    taken = replace(
        i if asleep else with_participant(with_return(i, holder, at), holder),
        terms=terms.append(term),
        offers=without_keys(i.offers, role),
        planned=without_keys(i.planned, role),
        led_at=at if role == "lead" else i.led_at,
    )
    taken = without_reminders(without_reminders(taken, f"role:{role}"), f"baton:{role}")
    if role == "lead":
        taken = without_reminders(without_reminders(taken, "break"), "leader")
        taken = replace(taken, questions=without_keys(taken.questions, "leads"))
        if any(one.role == "lead" and one.how != "default" for one in i.terms):
            taken = without_reminders(taken, "update")  # they get the whole interval
    return with_moment_of(taken, entry, holder, role)


def _took_part(i: Incident, person: Person) -> bool:
    """Whether somebody has shown that they are there."""
    return i.is_same(person, i.declared_by) or i.key(person) in i.writers


def _standing_in(i: Incident, role: str, person: Person) -> int | None:
    """The index of the term in which somebody holds a role by default, None if there is none."""
    for number, term in enumerate(i.terms):
        default = term.role == role and term.until is None and term.how == "default"
        if default and i.is_same(term.holder, person):
            return number
    return None


def with_new_nick(i: Incident, old: str, new: str, who: Person | None) -> Incident:
    """Whoever was `old`, or was `who`, is now `new`."""

    def now(person: Person) -> Person:
        renamed = person == who if who else same_name(person.nick, old, i.casemapping)
        return replace(person, nick=new) if renamed else person

    return with_people(i, now)


def with_people(i: Incident, now: Callable[[Person], Person]) -> Incident:
    """Replaces the people who have a role, an offer or a promise."""
    terms = pvector(replace(t, holder=now(t.holder)) if t.until is None else t for t in i.terms)
    offers = {r: replace(o, to=now(o.to), by=now(o.by)) for r, o in i.offers.items()}
    planned = {r: replace(p, to=now(p.to), by=now(p.by)) for r, p in i.planned.items()}
    promises = {where: replace(p, by=now(p.by)) for where, p in i.promises.items()}
    questions = {
        key: replace(q, of=now(q.of)) if q.of is not None else q for key, q in i.questions.items()
    }
    away = {i.key(now(d.who)): replace(d, who=now(d.who)) for d in i.away.values()}
    absences = pvector(replace(a, who=now(a.who)) for a in i.absences)
    return replace(
        i,
        terms=terms,
        offers=offers,
        planned=planned,
        promises=promises,
        questions=questions,
        away=away,
        absences=absences,
    )
