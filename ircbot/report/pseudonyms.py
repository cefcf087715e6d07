"""Labels for people in the public edition, after what they did; the same throughout an incident.

Knows no format and no text; discretion.py finds the names in texts.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import count, product
from string import ascii_uppercase

from ircbot.incident.alerts import VIA
from ircbot.incident.marks import rewritten
from ircbot.incident.people import Person, fold
from ircbot.incident.process import Process
from ircbot.incident.state import Incident
from ircbot.incident.view import role_title
from ircbot.report.ordinary import is_ordinary
from ircbot.values import dataclass

# The words of a compound name: Jane_Doe, jane.doe, JaneDoe.
_PARTS = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[^\W\d_]")
_SEPARATORS = re.compile(r"[\W_]+")
# Parts of names that identify nobody.
_LINKS = frozenset({"de", "van", "von", "der", "den", "la", "le", "di", "da", "el", "al", "bin"})


@dataclass(frozen=True, slots=True)
class FullName:
    """A name of several words, or of one without its number ("jane42"), folded.

    `capital`: it is certainly a name if capitalised.
    """

    parts: tuple[str, ...]
    label: str
    capital: bool

    @property
    def orders(self) -> Iterator[tuple[str, ...]]:
        """The word orders in use: the surname may come first."""
        if len(self.parts) == 1:
            return
        first, *rest, last = self.parts
        yield self.parts
        yield (last, first, *rest)
        if rest:
            yield (*rest, last, first)

    @property
    def own(self) -> tuple[str, ...]:
        """The words that identify the person by themselves."""
        return tuple(part for part in self.parts if part not in _LINKS and len(part) > 1)


def pseudonyms(
    incident: Incident, process: Process, known: Collection[str] = ()
) -> tuple[Mapping[str, str], tuple[FullName, ...]]:
    """Every name in an incident and in `known`, folded → its label; and the names that texts may
    write as several words.

    All nicks and accounts of a person have one label.
    """
    groups = _groups(incident, known)
    taken = {name for group in groups for name in group}
    labels = {
        name: label
        for group, label in zip(groups, _labels(groups, incident, process, taken), strict=True)
        for name in group
    }
    names = dict.fromkeys(name for names in (*_people(incident), known) for name in names)
    full = (_full_name(name, labels) for name in names)
    return labels, tuple(filter(None, full))


def _full_name(name: str, labels: Mapping[str, str]) -> FullName | None:
    words = [part for part in _SEPARATORS.split(name) if part and not part.isdigit()]
    if len(words) == 1:
        core = words[0].rstrip(_DIGITS)
        if len(words[0]) > len(core) > 2 and core.isalpha() and not is_ordinary(core.lower()):
            return FullName((fold(core),), labels[fold(name)], capital=True)
        words = _PARTS.findall(words[0])
    words = [word.rstrip(_DIGITS) for word in words]
    if not 2 <= len(words) <= _MOST_PARTS or not all(word.isalpha() for word in words):
        return None
    parts = tuple(fold(word) for word in words)
    capital = words[0].istitle() and words[-1].istitle()
    if max(map(len, parts)) < 3 or (not capital and all(map(is_ordinary, parts))):
        return None  # "on-call" has none
    return FullName(parts, labels[fold(name)], capital)


_MOST_PARTS = 5
_DIGITS = "0123456789"


# --- whose names belong together ----------------------------------------------------------------


def _groups(incident: Incident, known: Collection[str]) -> list[list[str]]:
    """The folded names of each person, the most important people first."""
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
    """The spellings of a name, folded: also without what says that the nick was taken, or where it
    is used: "[fox]", "ann|work", "ann[m]"."""
    for form in (name, name.rstrip("_`")):
        if form:
            yield fold(form)
    core = _ADDED.sub("", name.strip(_DECORATION))
    if len(core) > 1:
        yield fold(core)


_DECORATION = "_-[]{}\\|^`"
_ADDED = re.compile(r"[|\[{^].*")


class _Collector:
    """Visits marked fields in a value, and collects names."""

    def __init__(self, nicks: Collection[str]) -> None:
        self.found: dict[tuple[str, ...], None] = {}
        self._nicks = nicks
        self._met: set[Person] = set()

    def words(self, text: str, by: Person | None, *, shared: bool) -> str:
        return text

    def nick(self, nick: str) -> str:
        self.found.setdefault((nick,))
        return nick

    def person(self, person: Person) -> Person:
        if person not in self._met:
            self._met.add(person)
            self.found.setdefault(_names(person, self._nicks))
        return person


def _names(person: Person, nicks: Collection[str]) -> tuple[str, ...]:
    """A person's names. Somebody who speaks through a relay also has their name there, unless that
    is one of the folded `nicks` of people on record."""
    own = person.own_name
    return (person.nick, person.account or "", "" if person.via and fold(own) in nicks else own)


def _people(incident: Incident) -> Iterator[tuple[str, ...]]:
    """Everybody's names: those who held a role first, then the others in the incident's order."""
    nicks = {fold(person.nick) for person in incident.everybody()}
    for term in incident.terms:
        yield _names(term.holder, nicks)
    collector = _Collector(nicks)
    for person in (incident.declared_by, *(note.by for note in incident.notes)):
        collector.person(person)
    # Its keys are messages and people who appear elsewhere.
    rewritten(replace(incident, reminders_sent={}), collector)
    yield from collector.found


# --- what they are called -----------------------------------------------------------------------


def _labels(
    groups: list[list[str]], incident: Incident, process: Process, taken: Collection[str]
) -> Iterator[str]:
    """The label of each person: their first role, or participant, or somebody who was called."""
    held: dict[str, str] = {}
    for term in incident.terms:
        held.setdefault(fold(term.holder.nick), term.role)
    wrote = {fold(writer.nick) for writer in incident.writers.values()}
    programs = {fold(note.by.nick) for note in incident.notes if note.by.via == VIA}
    titles = [_title(group, wrote, programs, process, held, taken) for group in groups]
    often = Counter(titles)
    letters = {title: _letters(taken) for title in often}
    for title in titles:
        yield title if often[title] == 1 else f"{title} {next(letters[title])}"


def _title(
    group: list[str],
    wrote: Collection[str],
    programs: Collection[str],
    process: Process,
    held: Mapping[str, str],
    taken: Collection[str],
) -> str:
    role = next((held[name] for name in group if name in held), None)
    wanted = [
        *([role_title(process, role)] if role is not None else []),
        *(["responder"] if role is not None or any(n in wrote for n in group) else []),
        *(["monitoring"] if any(name in programs for name in group) else []),
        "person",
        "somebody",
    ]
    # Somebody's name may be one of these words.
    free = (title for title in wanted if not any(fold(word) in taken for word in title.split()))
    return next(free, "N.N.")


def _letters(taken: Collection[str]) -> Iterator[str]:
    for size in count(1):
        for letters in product(ascii_uppercase, repeat=size):
            if fold("".join(letters)) not in taken:
                yield "".join(letters)
