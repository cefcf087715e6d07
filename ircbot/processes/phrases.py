"""The phrases of a process file, with their shared words filled in.

Knows the file's shape; the phrase language is incident/pattern.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from ircbot.incident.language import Language
from ircbot.incident.meanings import BY_NAME, SPOKEN
from ircbot.incident.pattern import PatternError, spelt_out
from ircbot.incident.process import Phrase
from ircbot.incident.times import NOTATION, NUMBERED
from ircbot.processes.tables import TEXT
from ircbot.tables import Kind, ListOf, NamedTables, TableKey, TableSchema, TomlPlace, read
from ircbot.toml import TomlFile
from ircbot.values import dataclass

_SLOT = re.compile("<([a-z]+)>")
_WORD = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Included:
    """What another file contributes: its words, and its phrases as written."""

    file: TomlFile
    words: dict[str, tuple[str, ...]]
    language: dict[str, Any]
    phrases: Any


@dataclass(frozen=True, slots=True)
class PlacedPhrase:
    """A phrase and its place in the file."""

    phrase: Phrase
    place: TomlPlace


_TEXTS = ListOf(TEXT)
# The lists of [words] that belong to the language; phrases share the others.
LISTS = frozenset(field.name for field in fields(Language))
_MAY_BE_NONE = "calls"  # only fills a slot; of the others each keeps words from being mistaken
_MOST_WORDS = 3000  # in one list


def read_words(file: TomlFile, values: Any) -> dict[str, tuple[str, ...]]:
    """The lists of [words] that phrases share, by name."""
    if isinstance(values, dict):
        values = {name: said for name, said in values.items() if name not in LISTS}
    words: dict[str, tuple[str, ...]] = read(
        TomlPlace(file, ("words",)), NamedTables(_TEXTS), values
    )
    return words


def read_language(file: TomlFile, values: Mapping[str, Any]) -> dict[str, Any]:
    """The lists of [words] that belong to the language: each word in lower case, with alternatives
    spelt out."""
    found: dict[str, Any] = {}
    for name in LISTS & values.keys():
        place = TomlPlace(file, ("words", name))
        if name != "times":
            found[name] = _spelt_out(place, read(place, _TEXTS, values[name]))
            continue
        found[name] = {}
        for key, said in read(place, NamedTables(_TEXTS), values[name]).items():
            if key not in NOTATION and not NUMBERED.fullmatch(key):
                known = ", ".join(sorted(NOTATION))
                near = get_close_matches(key, NOTATION, n=1)
                asked = f"; did you mean `{near[0]}`?" if near else ""
                raise place.within(key).wrong(
                    f"`{key}` is not part of a time{asked or '.'} There are {known}, and numbers up"
                    " to 99."
                )
            found[name][key] = _spelt_out(place.within(key), said)
    return found


def language_of(several: Iterable[Mapping[str, Any]]) -> Language:
    """The language of several files' lists: for each list, all their words."""
    merged: dict[str, Any] = {}
    for lists in several:
        for name, said in lists.items():
            if name != "times":
                merged[name] = (*merged.get(name, ()), *said)
                continue
            times = merged.setdefault(name, {})
            for key, words in said.items():
                times[key] = (*times.get(key, ()), *words)
    times = tuple(merged.pop("times", {}).items())
    return _language(tuple(sorted(merged.items())), times)


# Equal languages are one object: patterns made of its words are cached by it.
@lru_cache(maxsize=16)
def _language(
    lists: tuple[tuple[str, tuple[str, ...]], ...], times: tuple[tuple[str, tuple[str, ...]], ...]
) -> Language:
    return Language(**dict(lists), times=dict(times))


def _spelt_out(place: TomlPlace, said: tuple[str, ...]) -> tuple[str, ...]:
    if not said and place.name != f"words.{_MAY_BE_NONE}":
        raise place.wrong(f"`{place.name}` is empty; leave it out, or list words.")
    found: dict[str, None] = {}
    for number, text in enumerate(said):
        try:
            found |= dict.fromkeys(spelt_out(text))
        except PatternError as error:
            raise place.within(number).wrong(f"the words `{text}`: {error}.") from error
        if len(found) > _MOST_WORDS:
            raise place.wrong(
                f"`{place.name}` is more than {_MOST_WORDS} words with all its choices."
            )
    return tuple(found)


def read_phrases(
    file: TomlFile, values: Any, words: Mapping[str, tuple[str, ...]]
) -> list[PlacedPhrase]:
    """The phrases of [[phrases]], each with its place."""
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise file.wrong(["phrases"], "write each phrase as a table of its own, [[phrases]].")
    places = [TomlPlace(file, ("phrases", index)) for index in range(len(values))]
    return [
        PlacedPhrase(_phrase(place, value, words), place)
        for place, value in zip(places, values, strict=True)
    ]


def _spoken(value: Any) -> str:
    if value not in SPOKEN:
        raise ValueError
    return str(value)


_PHRASE = TableSchema(
    {
        "means": TableKey(Kind(f"one of {', '.join(SPOKEN)}", _spoken)),
        **{name: TableKey(_TEXTS, lambda place: ()) for name in ("say", "examples", "unlike")},
        **{name: TableKey(TEXT, lambda place: "") for name in ("role", "severity", "message")},
    }
)


def _phrase(
    place: TomlPlace, values: Mapping[str, Any], words: Mapping[str, tuple[str, ...]]
) -> Phrase:
    found = read(place, _PHRASE, values)
    if not found["say"]:
        raise place.wrong("a phrase needs `say`, a list of ways to say it.")
    meaning = BY_NAME[found["means"]]
    phrase = Phrase(
        found["means"],
        tuple(
            _written_out(place.within("say", index), pattern, words)
            for index, pattern in enumerate(found["say"])
        ),
        role=found["role"],
        severity=found["severity"],
        message=found["message"],
        situated=bool(meaning.when),
        by_few=meaning.by_few,
        of_few=meaning.of_few,
        examples=found["examples"],
        unlike=found["unlike"],
    )
    _check_slots(place, phrase)
    return phrase


def _written_out(place: TomlPlace, pattern: str, words: Mapping[str, tuple[str, ...]]) -> str:
    def said(match: re.Match[str]) -> str:
        if match[1] not in words:
            raise place.wrong(
                f"`{{{match[1]}}}` is not in [words]; there are {', '.join(sorted(words))}."
            )
        return f"({'|'.join(words[match[1]])})"

    return _WORD.sub(said, pattern)


def _check_slots(place: TomlPlace, phrase: Phrase) -> None:
    meaning = BY_NAME[phrase.meaning]
    for index, pattern in enumerate(phrase.patterns):
        if not meaning.tells_enough(phrase, _SLOT.findall(pattern)):
            wanted = " or ".join(f"<{slot}>" for slot in meaning.needs)
            lacking = [f"must hold {wanted}"] if wanted else []
            lacking += [f'needs the key {meaning.key} = "…"'] if meaning.key else []
            raise place.within("say", index).wrong(
                f"a phrase that means `{phrase.meaning}` {', or '.join(lacking)}."
            )
