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
from ircbot.processes.tables import TEXT
from ircbot.tables import Entry, Kind, Listed, Named, Place, Table, read
from ircbot.toml import TomlFile

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


_TEXTS = Listed(TEXT)


def read_words(file: TomlFile, values: Any) -> dict[str, tuple[str, ...]]:
    """The words of [words], by name."""
    words: dict[str, tuple[str, ...]] = read(Place(file, ("words",)), Named(_TEXTS), values)
    return words


def read_phrases(file: TomlFile, values: Any, words: Mapping[str, tuple[str, ...]]) -> list[Placed]:
    """The phrases of [[phrases]], each with its place."""
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise file.wrong(["phrases"], "write each phrase as a table of its own, [[phrases]].")
    places = [Place(file, ("phrases", index)) for index in range(len(values))]
    return [
        Placed(_phrase(place, value, words), place)
        for place, value in zip(places, values, strict=True)
    ]


def _spoken(value: Any) -> str:
    if value not in SPOKEN:
        raise ValueError
    return str(value)


_PHRASE = Table(
    {
        "means": Entry(Kind(f"one of {', '.join(SPOKEN)}", _spoken)),
        **{name: Entry(_TEXTS, lambda place: ()) for name in ("say", "examples", "unlike")},
        **{name: Entry(TEXT, lambda place: "") for name in ("role", "severity", "message")},
    }
)


def _phrase(
    place: Place, values: Mapping[str, Any], words: Mapping[str, tuple[str, ...]]
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
        of_few=meaning.of_few,
        examples=found["examples"],
        unlike=found["unlike"],
    )
    _check_slots(place, phrase)
    return phrase


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
