"""The phrases of a process file, with the words they share written out.

Knows the file's shape; the phrase language is incident/pattern.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ircbot.incident.meanings import BY_NAME, SPOKEN
from ircbot.incident.process import Phrase
from ircbot.processes.tables import Place, unknown_keys
from ircbot.toml import TomlFile

_NAMES = ("role", "severity", "message")
_KEYS = ("means", "say", "examples", "unlike", *_NAMES)
_SLOT = re.compile("<([a-z]+)>")
_WORD = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Included:
    """What another file lends: its words, and its phrases as written."""

    file: TomlFile
    words: dict[str, tuple[str, ...]]
    phrases: Any


@dataclass(frozen=True, slots=True)
class Placed:
    """A phrase and where it stands."""

    phrase: Phrase
    place: Place


def read_words(file: TomlFile, values: Any) -> dict[str, tuple[str, ...]]:
    """The words of [words], by name."""
    if not isinstance(values, dict):
        raise file.wrong(["words"], "`words` must be a table of lists.")
    return {key: _texts(Place(file, ("words", key)), said) for key, said in values.items()}


def read_phrases(file: TomlFile, values: Any, words: Mapping[str, tuple[str, ...]]) -> list[Placed]:
    """The phrases of [[phrases]], each with its place."""
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise file.wrong(["phrases"], "write each phrase as a table of its own, [[phrases]].")
    places = [Place(file, ("phrases", index)) for index in range(len(values))]
    return [
        Placed(_phrase(place, value, words), place)
        for place, value in zip(places, values, strict=True)
    ]


def _phrase(
    place: Place, values: Mapping[str, Any], words: Mapping[str, tuple[str, ...]]
) -> Phrase:
    unknown_keys(place, values, _KEYS)
    meaning = values.get("means")
    if meaning not in SPOKEN:
        raise place.within("means").wrong(
            f"`means` must be one of {', '.join(SPOKEN)}, not {meaning!r}."
        )
    said = {key: _texts(place.within(key), values.get(key, [])) for key in ("examples", "unlike")}
    patterns = _texts(place.within("say"), values.get("say", []))
    if not patterns:
        raise place.wrong("a phrase needs `say`, a list of ways to say it.")
    for key in _NAMES:
        if not isinstance(values.get(key, ""), str):
            raise place.within(key).wrong(f"`{key}` must be a text.")
    phrase = Phrase(
        meaning,
        tuple(
            _written_out(place.within("say", index), pattern, words)
            for index, pattern in enumerate(patterns)
        ),
        role=values.get("role", ""),
        severity=values.get("severity", ""),
        message=values.get("message", ""),
        situated=bool(BY_NAME[meaning].when),
        of_few=BY_NAME[meaning].of_few,
        **said,
    )
    _check_slots(place, phrase)
    return phrase


def _texts(place: Place, values: Any) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise place.wrong(f"`{place.name}` must be a list of texts.")
    return tuple(values)


def _written_out(place: Place, pattern: str, words: Mapping[str, tuple[str, ...]]) -> str:
    def said(match: re.Match[str]) -> str:
        if match[1] not in words:
            raise place.wrong(
                f"`{{{match[1]}}}` is not in [words]; there are {', '.join(sorted(words))}."
            )
        return f"({'|'.join(words[match[1]])})"

    return _WORD.sub(said, pattern)


def _check_slots(place: Place, phrase: Phrase) -> None:
    meaning = BY_NAME[phrase.meaning]
    for index, pattern in enumerate(phrase.patterns):
        if not meaning.tells_enough(phrase, _SLOT.findall(pattern)):
            raise place.within("say", index).wrong(
                f"a phrase that means `{phrase.meaning}` must hold <{meaning.needs[0]}>."
            )
