"""Erases words from entries on disk.

Each event that orders an erasure has a function. It gets the entry with the order and another
entry, and returns the other one without the words, or unchanged. Which fields hold words or names
is marked where the fields are declared (marks.py). The state afterwards is the `replay` of the
remaining entries.

An order concerns its own incident, and also entries of no incident that hold the same words (a line
that waited for an incident, a declaration that was asked about: `without_echo`). An order that
belongs to no incident concerns every incident: this is how people are forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ircbot.incident.events import (
    Alerted,
    Continued,
    DeclarationHeld,
    Edited,
    Entry,
    Forgotten,
    Noted,
    Purged,
    Redacted,
)
from ircbot.incident.marks import rewritten
from ircbot.incident.people import Person, fold, folding, key_of


@dataclass(frozen=True, slots=True)
class WithoutWords:
    """Removes words, and keeps names."""

    def words(self, text: str, by: Person | None, *, shared: bool) -> str:
        return ""

    def nick(self, nick: str) -> str:
        return nick

    def person(self, person: Person) -> Person:
        return person


@dataclass(frozen=True, slots=True)
class WithoutPerson:
    """Removes one person's words, except those that concern everybody, and replaces their name by
    the order's token.
    """

    order: Forgotten

    def words(self, text: str, by: Person | None, *, shared: bool) -> str:
        return "" if not shared and by is not None and self._is_they(by) else text

    def nick(self, nick: str) -> str:
        return self.order.token if fold(nick, self.order.casemapping) in self._names else nick

    def person(self, person: Person) -> Person:
        order = self.order
        return Person(order.token, network=person.network) if self._is_they(person) else person

    def _is_they(self, person: Person) -> bool:
        order, fold = self.order, folding(self.order.casemapping)
        if (person.network, person.via) != (order.network, order.via):
            return False
        if person.account and order.account is not None:
            return fold(person.account) == fold(order.account)
        return fold(person.nick) == fold(order.nick) and not (order.shared and order.account)

    @property
    def _names(self) -> frozenset[str]:
        """The names that stand for the person, folded; not a nick that others used too."""
        order = self.order
        their = Person(order.nick, None, order.network, via=order.via)
        people = [
            *([] if order.shared else [their]),
            *([replace(their, account=order.account)] if order.account else []),
            *([replace(their, name=order.name)] if order.name else []),
        ]
        keys = {key_of(person, order.casemapping) for person in people}
        keys |= {key_of(replace(person, network=""), order.casemapping) for person in people}
        return frozenset(keys | {fold(name, order.casemapping) for name in names_in(order)})


def names_in(order: Forgotten) -> frozenset[str]:
    """The names, as written, that belong to nobody but the forgotten person; none if the order was
    carried out.
    """
    names = {order.account or "", order.name, "" if order.shared else order.nick}
    return frozenset(names - {"", order.token})


def _without_note(order: Entry, other: Entry) -> Entry:
    """An entry without the words of the note that is redacted."""
    assert isinstance(order.event, Redacted)
    event = other.event
    if isinstance(event, Noted | Continued | Edited) and event.n == order.event.n:
        return _left(other, rewritten(event, WithoutWords()))
    return other


def _without_any(order: Entry, other: Entry) -> Entry:
    """An entry without any words of people."""
    return _left(other, rewritten(other.event, WithoutWords()))


def _without_person(order: Entry, other: Entry) -> Entry:
    """An entry without one person's words and name."""
    assert isinstance(order.event, Forgotten)
    if not order.event.nick:  # on disk the order itself has lost it
        return other
    if isinstance(other.event, Forgotten) and other.event == order.event:
        # Carried out: the order itself names nobody any more.
        bare = Forgotten(order.event.token, order.event.token)
        return replace(other, by=Person(order.event.token), event=bare, said="")
    gone = WithoutPerson(order.event)
    left = _left(other, rewritten(other.event, gone, other.by))
    by = gone.person(left.by)
    return left if by == left.by else replace(left, by=by, said="")


def _left(entry: Entry, event: object) -> Entry:
    """The entry with the event after erasure. Fingerprints of its line and of its alerts go too:
    one could use them to test guesses at the words.
    """
    if event == entry.event:
        return entry
    if isinstance(event, Alerted):
        event = replace(event, key="", alerts=())
    return replace(entry, event=event, said="")  # type: ignore[arg-type]


ERASES: Mapping[type, Callable[[Entry, Entry], Entry]] = {
    Redacted: _without_note,
    Purged: _without_any,
    Forgotten: _without_person,
}


@dataclass(slots=True)
class _WordCollector:
    """Collects words, and changes nothing."""

    said: set[str]

    def words(self, text: str, by: Person | None, *, shared: bool) -> str:
        self.said.add(text)
        return text

    def nick(self, nick: str) -> str:
        return nick

    def person(self, person: Person) -> Person:
        return person


@dataclass(frozen=True, slots=True)
class _Without:
    """Removes words that were said elsewhere as well."""

    said: frozenset[str]

    def words(self, text: str, by: Person | None, *, shared: bool) -> str:
        return "" if text in self.said else text

    def nick(self, nick: str) -> str:
        return nick

    def person(self, person: Person) -> Person:
        return person


def without_echo(order: Entry, lost: Sequence[Entry], other: Entry) -> Entry:
    """An entry of no incident without the words that an order removes from `lost`."""
    event = other.event
    match order.event, event:
        case Purged(), DeclarationHeld(like=order.incident):  # it was asked whether it is the same
            return _left(other, rewritten(event, WithoutWords()))
    heard = _WordCollector(set())
    for entry in lost:
        rewritten(entry.event, heard)
    return _left(other, rewritten(event, _Without(frozenset(heard.said))))
