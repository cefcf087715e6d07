"""What everybody is called in the public edition: by what they did, the same throughout.

Knows no format and no text; where a name stands in one is discretion.py.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import count, product
from string import ascii_uppercase

from ircbot.incident.marks import rewritten
from ircbot.incident.people import Person, fold
from ircbot.incident.process import Process
from ircbot.incident.state import Incident
from ircbot.incident.view import role_title
from ircbot.report.ordinary import is_ordinary

# A name and a surname as one nick: texts write it with blanks, or use either.
_FULL_NAME = re.compile(r"[A-Z][^\W\d_]+(?:[_ .](?:[A-Z][^\W\d_]+|de|van|von|der|la|le|di|da))+")


def pseudonyms(
    incident: Incident, process: Process, known: Collection[str] = ()
) -> Mapping[str, str]:
    """Every name that an incident holds, and those of `known`, folded → what stands instead.

    A person's nicks and accounts, and the parts of a full name, have one label.
    """
    groups = _groups(incident, known)
    taken = {name for group in groups for name in group}
    labels = _labels(groups, incident, process, taken)
    return {name: label for group, label in zip(groups, labels, strict=True) for name in group}


# --- whose names belong together ----------------------------------------------------------------


def _groups(incident: Incident, known: Collection[str]) -> list[list[str]]:
    """The folded names of each person, in the order in which people matter."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for names in (*_people(incident), *((name,) for name in known)):
        first = ""
        for form in dict.fromkeys(form for name in names for form in _forms(name)):
            parent.setdefault(form, form)
            if first:
                parent[root(form)] = root(first)
            first = first or form
    groups: dict[str, list[str]] = defaultdict(list)
    for name in parent:
        groups[root(name)].append(name)
    return list(groups.values())


def _forms(name: str) -> Iterator[str]:
    """How one name may be written, folded: also without what says that the nick was in use."""
    for form in (name, name.rstrip("_`")):
        if form:
            yield fold(form)
    if _FULL_NAME.fullmatch(name):
        for part in re.split(r"[_ .]", name):
            if len(part) > 3 and not is_ordinary(part.lower()):
                yield fold(part)


class _Collector:
    """Visits what is marked in a value, and keeps the names."""

    def __init__(self, nicks: Collection[str]) -> None:
        self.found: dict[tuple[str, ...], None] = {}
        self._nicks = nicks

    def words(self, text: str, by: Person | None, *, shared: bool) -> str:
        return text

    def nick(self, nick: str) -> str:
        self.found.setdefault((nick,))
        return nick

    def person(self, person: Person) -> Person:
        self.found.setdefault(_names(person, self._nicks))
        return person


def _names(person: Person, nicks: Collection[str]) -> tuple[str, ...]:
    """What somebody is called. Who speaks through a relay is so by the name they have there, too,
    unless it is one of the folded `nicks`, which are of people on record."""
    own = person.own_name
    return (person.nick, person.account or "", "" if person.via and fold(own) in nicks else own)


def _people(incident: Incident) -> Iterator[tuple[str, ...]]:
    """Everybody's names: who held a role first, then all others as the incident holds them."""
    nicks = {fold(person.nick) for person in incident.everybody()}
    for term in incident.terms:
        yield _names(term.holder, nicks)
    collector = _Collector(nicks)
    for person in (incident.declared_by, *(note.by for note in incident.notes)):
        collector.person(person)
    # Keys of what was said to whom are no names of their own.
    rewritten(replace(incident, reminders_sent={}), collector)
    yield from collector.found


# --- what they are called -----------------------------------------------------------------------


def _labels(
    groups: list[list[str]], incident: Incident, process: Process, taken: Collection[str]
) -> Iterator[str]:
    """What each is called: by the first role, or as one of those who took part or were called."""
    held: dict[str, str] = {}
    for term in incident.terms:
        held.setdefault(fold(term.holder.nick), term.role)
    wrote = {fold(writer.nick) for writer in incident.writers.values()}
    titles = [_title(group, wrote, process, held, taken) for group in groups]
    often = Counter(titles)
    letters = {title: _letters(taken) for title in often}
    for title in titles:
        yield title if often[title] == 1 else f"{title} {next(letters[title])}"


def _title(
    group: list[str],
    wrote: Collection[str],
    process: Process,
    held: Mapping[str, str],
    taken: Collection[str],
) -> str:
    role = next((held[name] for name in group if name in held), None)
    wanted = [
        *([role_title(process, role)] if role is not None else []),
        *(["responder"] if role is not None or any(n in wrote for n in group) else []),
        "person",
        "somebody",
    ]
    # Somebody may go by one of these words.
    free = (title for title in wanted if not any(fold(word) in taken for word in title.split()))
    return next(free, "N.N.")


def _letters(taken: Collection[str]) -> Iterator[str]:
    for size in count(1):
        for letters in product(ascii_uppercase, repeat=size):
            if fold("".join(letters)) not in taken:
                yield "".join(letters)
