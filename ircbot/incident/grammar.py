"""A process's phrases, ready to be looked for in lines.

Knows no line; how one is understood is recognise.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ircbot.incident.clauses import ENDING, fold
from ircbot.incident.common import USUAL
from ircbot.incident.durations import NUMBERS
from ircbot.incident.pattern import Pattern, compile_pattern
from ircbot.incident.process import Phrase, Process

_NAMES_ROLE = re.compile("<(?:any)?role>")


# Compared by identity: there are many, and each is one of its grammar's.
@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One pattern of one phrase, ready to match."""

    phrase: Phrase
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Grammar:
    """A process's phrases, ready to match.

    `ways` are found by strings of which a line must have one to be understood so; `triggers` are
    the shortest of these, so that no phrase is in a line without any of them.
    """

    ways: Mapping[str, tuple[Way, ...]]
    triggers: tuple[str, ...]
    roles: Mapping[str, str]  # what a role is called, by `joined` → its key
    severities: Mapping[str, str]

    def possible(self, folded: str) -> Iterable[Way]:
        """The ways for which a folded text has all that they need, each once."""
        return dict.fromkeys(
            way
            for word, ways in self.ways.items()
            if word in folded
            for way in ways
            if all(any(word in folded for word in need) for need in way.pattern.needs)
        )


@lru_cache(maxsize=64)
def grammar_of(process: Process) -> Grammar:
    """A process's phrases, ready to match; raises PatternError."""
    roles = {
        word.lower(): key
        for key, role in process.roles.items()
        for word in (role.title, role.short, *role.words)
        if word
    }
    severities = _severities(process)
    said = _vocabulary(process, roles, severities)
    by_word: dict[str, tuple[Way, ...]] = {}
    for phrase in process.phrases:
        for source in phrase.patterns:
            if _NAMES_ROLE.search(source) and not said["anyrole"]:
                continue  # a process without roles but the leader's
            way = Way(phrase, compile_pattern(source, said, USUAL, ENDING))
            for word in way.pattern.needs[0]:
                by_word[word] = (*by_word.get(word, ()), way)
    found = set(by_word)
    triggers = sorted(one for one in found if not any(two in one for two in found - {one}))
    return Grammar(
        by_word,
        tuple(triggers),
        {joined(word): key for word, key in roles.items()},
        {joined(word): key for word, key in severities.items()},
    )


def _vocabulary(
    process: Process, roles: Mapping[str, str], severities: Mapping[str, str]
) -> dict[str, list[str]]:
    """What people call things in this process, by the slots that stand for them.

    <lead> and <role> leave out words that are said all day: "I am the expert" is no claim, and
    "I am the expert for this incident" is one by <anyrole>.
    """
    return {
        "lead": [word for word, key in roles.items() if key == "lead" and word not in USUAL],
        "role": [word for word, key in roles.items() if key != "lead" and word not in USUAL],
        "anylead": [word for word, key in roles.items() if key == "lead"],
        "anyrole": [word for word, key in roles.items() if key != "lead"],
        "severity": [f"{head}{word}" for word in severities for head in ("sev-", "severity-")],
        "level": list(severities),
        "report": [process.report.words],
    }


def _severities(process: Process) -> dict[str, str]:
    keys = {key: severity.title for key, severity in process.severities.items()}
    if not keys:
        # Its guide has none, but people may use them all the same.
        keys = dict.fromkeys("012345", "")
    said = {key.lower(): key for key in keys}
    said |= {title.lower(): key for key, title in keys.items() if title and " " not in title}
    said |= {word: str(number) for word, number in NUMBERS.items() if str(number) in keys}
    return said


def joined(said: str) -> str:
    """What is said, however its words are joined.

    >>> joined("look-out") == joined("look out") == joined("Lookout")
    True
    """
    return re.sub(r"[-' ]", "", fold(said))
