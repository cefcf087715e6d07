"""The public edition: the same incident with everybody named by what they did.

The incident itself is changed, before anything is rendered, so that no format can show a name: what
is not known to be harmless is searched for names. Knows no format.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import count, product
from string import ascii_uppercase
from typing import Any

from pyrsistent import PVector, pvector

from ircbot.incident.people import PAIRS, Person, fold
from ircbot.incident.process import Process
from ircbot.incident.state import Incident
from ircbot.incident.view import role_title

# Fields whose values come from the process or the program, never from what people wrote.
_OWN_WORDS = frozenset(
    {"process", "status", "stage", "severity", "role", "kind", "how", "source", "network"}
)
# Fields that only the program reads; they hold nicks in their keys.
_PRIVATE: Mapping[str, Any] = {"reminders_sent": {}, "away": {}, "ticked": {}, "video": ""}

# user@host and nick!user@host, IPv4 and IPv6.
_ADDRESS = re.compile(
    r"[^\s@<>()\[\]\"',;]+@[\w-][\w.:-]*\w"
    r"|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])"
    r"|(?<![\w:])(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}(?![\w:])"
    r"|(?<![\w:])(?:[0-9a-f]{1,4}:)*[0-9a-f]{0,4}::(?:[0-9a-f]{1,4}:)*[0-9a-f]{0,4}(?![\w:])",
    re.IGNORECASE,
)
_MENTION = re.compile(
    r"(?<![\w@/])@(?!here\b|channel\b|all\b|everyone\b)[A-Za-z_][\w\-\[\]{}^|\\`]*"
)
_INVISIBLE = "[\u00ad\u200b-\u200f\u2060\ufeff]*"  # put into a nick so that it does not ring
# Shorter names stand inside too many ordinary words.
_CERTAIN = 5


@dataclass(frozen=True, slots=True)
class _Names:
    """What everybody is called instead: folded name → label."""

    labels: Mapping[str, str]
    pattern: re.Pattern[str] | None

    def person(self, person: Person) -> Person:
        """The label in place of the nick, and no account."""
        return Person(self.labels.get(fold(person.nick), ""), None)

    def text(self, text: str) -> str:
        """The text without names and addresses."""
        text = _ADDRESS.sub("[address]", text)
        if self.pattern is not None:
            text = self.pattern.sub(self._label, text)
        return _MENTION.sub("somebody", text)

    def _label(self, found: re.Match[str]) -> str:
        name = next(key for key, value in found.groupdict().items() if value is not None)
        return list(self.labels.values())[int(name[1:])]


def published(incident: Incident, process: Process, known: Collection[str] = ()) -> Incident:
    """The incident without nicks, accounts and addresses; `known` are further names to hide."""
    names = _names(incident, process, known)
    public: Incident = _without_names(incident, names)
    writers = {fold(label): label for label in map(names.text, incident.writers.values())}
    # Who knows where people meet can walk in.
    moments = pvector(replace(m, fact="") if m.kind == "video" else m for m in public.moments)
    changes = pvector(c for c in public.changes if c.what != "video")
    return replace(public, writers=writers, moments=moments, changes=changes)


def _without_names(value: Any, names: _Names) -> Any:
    """Any value of an incident, with every text in it searched."""
    match value:
        case Person():
            return names.person(value)
        case str():
            return names.text(value)
        case tuple():
            return tuple(_without_names(item, names) for item in value)
        case PVector():
            return pvector(_without_names(item, names) for item in value)
        case Mapping():
            return {names.text(k): _without_names(v, names) for k, v in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            changed = {f.name: _field(f.name, getattr(value, f.name), names) for f in fields(value)}
            return replace(value, **changed)
        case _:
            return value


def _field(name: str, value: Any, names: _Names) -> Any:
    if name in _PRIVATE:
        return _PRIVATE[name]
    return value if name in _OWN_WORDS else _without_names(value, names)


# --- who is who -----------------------------------------------------------------------------


def _names(incident: Incident, process: Process, known: Collection[str]) -> _Names:
    groups = _groups(incident, known)
    taken = {fold(name) for group in groups for name in group}
    labels: dict[str, str] = {}
    for group, label in zip(groups, _labels(groups, incident, process, taken), strict=True):
        labels.update(dict.fromkeys(group, label))
    ordered = dict(sorted(labels.items(), key=lambda item: -len(item[0])))
    alternatives = "|".join(
        f"(?P<n{number}>{_pattern(name)})" for number, name in enumerate(ordered) if name
    )
    return _Names(ordered, re.compile(alternatives, re.IGNORECASE) if alternatives else None)


def _pattern(name: str) -> str:
    spelt = _INVISIBLE.join(map(_letter, name))
    if len(name) >= _CERTAIN:
        return rf"[^\W_]*{spelt}[^\W_]*"
    return rf"(?<![^\W_]){spelt}(?![^\W_])"


def _letter(char: str) -> str:
    pair = next((pair for pair in PAIRS if char in pair), None)
    return f"[{re.escape(pair)}]" if pair else re.escape(char)


def _groups(incident: Incident, known: Collection[str]) -> list[list[str]]:
    """The folded names of each person, in the order in which people matter."""
    groups: list[list[str]] = []
    for names in (*_people(incident), *((name,) for name in known)):
        folded = {fold(form) for name in names if name for form in (name, name.rstrip("_`"))}
        folded.discard("")
        same = [group for group in groups if folded & set(group)]
        if not folded:
            continue
        if not same:
            groups.append(sorted(folded))
            continue
        same[0].extend(sorted(folded.union(*same[1:]) - set(same[0])))
        groups = [group for group in groups if group not in same[1:]]
    return groups


def _people(incident: Incident) -> Iterator[tuple[str, ...]]:
    """Everybody's names: who held a role first, then all others as the incident holds them."""
    for term in incident.terms:
        yield (term.holder.nick, term.holder.account or "")
    for person in _persons(incident):
        yield (person.nick, person.account or "")
    for nick in sorted(incident.writers.values()):
        yield (nick,)
    for departed in incident.away.values():
        yield (departed.who.nick, departed.who.account or "")
    for call in incident.calls:
        yield from ((nick,) for nick in call.nicks)
    yield from ((given.about,) for given in incident.props)
    yield from ((action.owner,) for action in incident.actions)


def _persons(value: Any) -> Iterator[Person]:
    match value:
        case Person():
            yield value
        case tuple() | PVector():
            for item in value:
                yield from _persons(item)
        case Mapping():
            for item in value.values():
                yield from _persons(item)
        case _ if is_dataclass(value) and not isinstance(value, type):
            for part in fields(value):
                yield from _persons(getattr(value, part.name))


def _labels(
    groups: list[list[str]], incident: Incident, process: Process, taken: Collection[str]
) -> Iterator[str]:
    """What each is called: by the first role, or as one of those who took part or were called."""
    titles = [_title(group, incident, process, taken) for group in groups]
    letters = {title: _letters(taken) for title in titles}
    for title in titles:
        yield title if titles.count(title) == 1 else f"{title} {next(letters[title])}"


def _title(group: list[str], incident: Incident, process: Process, taken: Collection[str]) -> str:
    held = [t.role for t in incident.terms if fold(t.holder.nick) in group]
    wrote = any(name in incident.writers for name in group)
    wanted = [
        *(role_title(process, role) for role in held[:1]),
        *(["responder"] if wrote or held else []),
        "person",
        "somebody",
    ]
    # Somebody may go by one of these words.
    free = (title for title in wanted if not {fold(word) for word in title.split()} & set(taken))
    return next(free, "N.N.")


def _letters(taken: Collection[str]) -> Iterator[str]:
    for size in count(1):
        for letters in product(ascii_uppercase, repeat=size):
            if fold("".join(letters)) not in taken:
                yield "".join(letters)
