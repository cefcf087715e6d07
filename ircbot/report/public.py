"""The public edition: a new incident, made only of what may be shown.

Nothing is removed from the incident. Instead, a new one is built from what is known to be harmless:
times, numbers, the process's words, labels in place of people, and texts that passed discretion.py.
Any other field stays empty, so that a new field shows nothing until somebody has decided about it.
Knows no format.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from functools import cache
from itertools import chain
from typing import Any

from pyrsistent import PVector, pvector

from ircbot.incident.marks import marked_fields, rewritten, worded_fields
from ircbot.incident.people import Person, same_name
from ircbot.incident.process import Process
from ircbot.incident.state import Action, Change, Incident, Moment, Note, Remark
from ircbot.incident.times.periods import is_day
from ircbot.report.discretion import Discretion
from ircbot.report.pseudonyms import pseudonyms

LEFT_OUT = "[left out]"

# Texts that come from the process or the program.
_OWN = frozenset({"process", "status", "stage", "role", "kind", "how", "key", "source"})
# Internal: what people keep for themselves, and what only the program reads.
_INTERNAL: Mapping[str, Any] = {
    "video": "",
    "parked": pvector(),
    "ticked": {},
    "offers": {},
    "planned": {},
    "questions": {},
    "reminders_sent": {},
    "accounts": {},
    "confirmed": {},
    "meeting_at": None,
    "late": 0,
}


def published(
    incident: Incident, process: Process, known: Collection[str] = (), public: Collection[str] = ()
) -> Incident:
    """The incident as the public may read it.

    `known` are names to hide in addition to those in the incident; things (URLs, rooms, hosts,
    paths, tickets) that begin with one of `public` may be shown. Undecided entries are withheld.
    """
    incident = _as_delivered(incident)
    labels, full_names = pseudonyms(incident, process, known)
    texts = chain(
        (note.text for note in incident.notes), _texts(replace(incident, notes=pvector()))
    )
    discretion = Discretion(labels, public, texts, full_names)
    return _EditionVisitor(discretion, process, incident).of(incident)


def _as_delivered(incident: Incident) -> Incident:
    """Which channels and people were reached, without the servers' reasons for the others."""
    updates = pvector(
        replace(u, channels=tuple(filter(u.reaches, u.channels)), refused={})
        for u in incident.updates
    )
    calls = pvector(replace(call, nicks=call.reached, refused={}) for call in incident.calls)
    return replace(incident, updates=updates, calls=calls)


def _texts(value: Any) -> Iterator[str]:
    """All texts that people wrote."""
    match value:
        case tuple() | PVector():
            for item in value:
                yield from _texts(item)
        case _ if is_dataclass(value) and not isinstance(value, type):
            worded = _worded(type(value))
            for field in fields(value):
                found = getattr(value, field.name)
                if field.name in worded and isinstance(found, str):
                    yield found
                elif not isinstance(found, str | datetime):
                    yield from _texts(found)
        case _:
            return


_worded = cache(worded_fields)
_marked = cache(marked_fields)


class _EditionVisitor:
    """Builds the public incident, visiting marked fields."""

    def __init__(self, discretion: Discretion, process: Process, incident: Incident) -> None:
        self._incident = incident
        self._discretion = discretion
        self._process = process
        self._met: dict[Person, Person] = {}
        self._places: dict[str, str] = {}

    def of(self, incident: Incident) -> Incident:
        """The public incident."""
        notes = pvector([self._note(note) for note in incident.notes])
        rest = replace(incident, notes=pvector(), changes=pvector(), **_INTERNAL)
        named = rewritten(rest, self)
        own: Incident = self._own(named)
        return replace(
            own,
            notes=notes,
            severity=self._severity(incident.severity),
            moments=pvector(map(self._moment, incident.moments)),
            changes=pvector(self._changes(incident)),
            writers={incident.key(writer): writer for writer in named.writers.values()},
            away={incident.key(departed.who): departed for departed in named.away.values()},
            links=pvector(self._linked(incident.links)),
            published=pvector(self._linked(incident.published)),
            actions=pvector(map(self._action, incident.actions)),
            hypotheses=pvector(h for h in own.hypotheses if h.proved is not False),
        )

    # --- what is marked ---------------------------------------------------------------------

    def words(self, text: str, by: Person | None, *, shared: bool) -> str:
        shown = self._discretion.text(text)
        return LEFT_OUT if shown is None else shown

    def nick(self, nick: str) -> str:
        return self._discretion.label(nick)

    def person(self, person: Person) -> Person:
        if (met := self._met.get(person)) is None:
            met = self._met[person] = self._called(person)
        return met

    def _called(self, person: Person) -> Person:
        own = self._incident.account_of(person.nick, person.network)
        if own and not same_name(person.account or "", own, self._incident.casemapping):
            return Person("somebody", network=person.network)  # they had somebody else's nick
        return Person(self._discretion.label(person.nick), network=person.network)

    # --- what is not ------------------------------------------------------------------------

    def _own(self, value: Any) -> Any:
        """A value with its marked fields converted and no unmarked field that is not known."""
        match value:
            case None | bool() | int() | datetime() | Enum() | Person():
                return value
            case tuple():
                return tuple(map(self._own, value))
            case PVector():
                return pvector(map(self._own, value))
            case Mapping():
                return {self.words(k, None, shared=True): self._own(v) for k, v in value.items()}
            case _ if is_dataclass(value) and not isinstance(value, type):
                marked = _marked(type(value))
                changed = {
                    field.name: self._field(field.name, getattr(value, field.name))
                    for field in fields(value)
                    if field.name not in marked
                }
                return replace(value, **changed)
            case _:
                return ""

    def _field(self, name: str, value: Any) -> Any:
        if name == "channels" and value:
            return tuple(map(self._place, value))
        if not isinstance(value, str) or isinstance(value, Enum):
            return self._own(value)
        if name in _OWN:
            return value
        if name in ("channel", "declared_in", "comms"):
            return self._place(value)
        if name == "product":
            return self.words(value, None, shared=True)
        return ""

    def _place(self, name: str) -> str:
        if name not in self._places:
            self._places[name] = name if self._discretion.is_public(name) else ""
        return self._places[name]

    def _severity(self, key: str) -> str:
        return key if key in self._process.severities else self.words(key, None, shared=True)

    # --- with rules of their own --------------------------------------------------------------

    def _note(self, note: Note) -> Note:
        """Without earlier wordings: there was a reason to correct them."""
        text = "" if note.redacted else "-" if not note.stands else self._discretion.text(note.text)
        return Note(
            n=note.n,
            at=note.at,
            recorded=note.recorded,
            by=self.person(note.by),
            channel=self._place(note.channel) if note.channel else "",
            text=LEFT_OUT if text is None else text,
            source=note.source,
            struck=note.struck,
            told=note.told,
            withheld=text is None,
            retimed=tuple(rewritten(one, self) for one in note.retimed),
            origin=note.origin,
            moved=rewritten(note.moved, self) if note.moved else None,
        )

    def _moment(self, moment: Moment) -> Moment:
        done: Moment = self._own(rewritten(moment, self))
        match moment.kind:
            case "video":  # whoever knows a video room can walk in
                return replace(done, fact="", words="", what="")
            case "severity":
                return replace(done, fact=self._severity(moment.fact))
            case "status":
                return replace(done, what=moment.what)
            case "comms":
                return replace(done, what=self._place(moment.what))
            case _:
                return done

    def _changes(self, incident: Incident) -> Iterator[Change]:
        """Corrected times and severities, by which silences are judged; no former wordings."""
        for change in incident.changes:
            by = self.person(change.by)
            if change.what == "severity":
                old, new = (self._severity(str(value or "")) for value in (change.old, change.new))
                yield replace(change, by=by, old=old, new=new)
            elif not isinstance(change.old, str) and not isinstance(change.new, str):
                yield replace(change, by=by, what=self.words(change.what, None, shared=True))

    def _linked(self, remarks: Collection[Remark]) -> Iterator[Remark]:
        for remark in remarks:
            if self._discretion.is_public(remark.url):
                yield replace(self._own(rewritten(remark, self)), url=remark.url)

    def _action(self, action: Action) -> Action:
        done: Action = self._own(rewritten(action, self))
        ticket = action.ticket if self._discretion.is_public(action.ticket) else ""
        return replace(done, ticket=ticket, due=action.due if is_day(action.due) else "")
