"""A process's phrases, ready to be looked for in lines.

Knows no line; how one is understood is recognise.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ircbot.incident.clauses import fold
from ircbot.incident.common import USUAL
from ircbot.incident.find import Keys
from ircbot.incident.language import Language
from ircbot.incident.pattern import Pattern, PatternError, compile_pattern
from ircbot.incident.process import Phrase, Process, Role
from ircbot.incident.times import NUMBERS

_SLOT = re.compile("<([a-z]+)>")


# Compared by identity: there are many, and each is one of its grammar's.
@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One pattern of one phrase, ready to match. `number` is its place in the process."""

    number: int
    phrase: Phrase
    pattern: Pattern


# Strings of which a line must contain one, and the patterns that need it.
Bundle = tuple[tuple[str, ...], tuple[Way, ...]]
_ANYTHING = frozenset([""])


@dataclass(frozen=True, slots=True, eq=False)
class Grammar:
    """A process's phrases, ready to match.

    `ways` maps a string to the patterns that need it in a line, bundled by the second string that
    they need; "" to those that need no word, which few lines are tried for (Meaning.of_few).
    `keys` finds these strings.
    """

    ways: Mapping[str, tuple[Bundle, ...]]
    keys: Keys
    roles: Mapping[str, str]  # what a role is called, by `joined` → its key
    severities: Mapping[str, str]  # by what severity_called looks up
    language: Language


def possible(grammar: Grammar, folded: str) -> Sequence[Way]:
    """The ways for which a folded text has all that they need, each once, in their order."""
    found: dict[int, Way] = {}
    is_there = folded.__contains__
    for key in grammar.keys.of(folded):
        for besides, ways in grammar.ways[key]:
            if not any(map(is_there, besides)):
                continue
            for way in ways:
                for need in way.pattern.needs[2:]:
                    if not any(map(is_there, need)):
                        break
                else:
                    found[way.number] = way
    return [found[number] for number in sorted(found)]


@lru_cache(maxsize=128)
def grammar_of(process: Process, *, situated: bool = False) -> Grammar:
    """A process's phrases, ready to match; raises PatternError.

    Those that count everywhere, or those that are `situated`: they count in some situations only.
    """
    said, language = _vocabulary(process), process.language
    by_word: dict[str, list[Way]] = {}
    patterns = ((phrase, source) for phrase in process.phrases for source in phrase.patterns)
    for number, (phrase, source) in enumerate(patterns):
        if _is_idle(source, said) or phrase.situated is not situated:
            continue
        pattern = compile_pattern(source, said, USUAL, language, seldom=phrase.of_few)
        way = Way(number, phrase, pattern)
        for word in way.pattern.needs[0]:
            by_word.setdefault(word, []).append(way)
    return Grammar(
        {word: _bundled(ways) for word, ways in by_word.items()},
        Keys(by_word),
        {joined(name): key for key, role in process.roles.items() for name in _names(role)},
        {joined(one.title): key for key, one in process.severities.items() if one.title}
        | _severities(process),
        language,
    )


def restricted(grammar: Grammar, counts: Callable[[Phrase], bool]) -> Grammar:
    """The phrases of a grammar that count, ready to match."""
    by_word: dict[str, tuple[Bundle, ...]] = {}
    for word, bundles in grammar.ways.items():
        ways = [way for _, together in bundles for way in together if counts(way.phrase)]
        if ways:
            by_word[word] = _bundled(ways)
    return replace(grammar, ways=by_word, keys=Keys(by_word))


def _bundled(ways: Iterable[Way]) -> tuple[Bundle, ...]:
    bundles: dict[frozenset[str], list[Way]] = {}
    for way in ways:
        besides = way.pattern.needs[1] if len(way.pattern.needs) > 1 else _ANYTHING
        bundles.setdefault(besides, []).append(way)
    return tuple((tuple(sorted(besides)), tuple(own)) for besides, own in bundles.items())


def faults(process: Process) -> Iterator[tuple[int, int, PatternError]]:
    """What keeps patterns from being compiled, by the numbers of phrase and pattern from 0."""
    said, language = _vocabulary(process), process.language
    for number, phrase in enumerate(process.phrases):
        for index, source in enumerate(phrase.patterns):
            try:
                if not _is_idle(source, said):
                    compile_pattern(source, said, USUAL, language, seldom=phrase.of_few)
            except PatternError as error:
                yield number, index, error


def _is_idle(source: str, said: Mapping[str, list[str]]) -> bool:
    """Whether a pattern names a role in a process that has none but the leader's."""
    return any(not said.get(slot, [""]) for slot in _SLOT.findall(source))


def _vocabulary(process: Process) -> dict[str, list[str]]:
    """What people call things in this process, by the slots that stand for them.

    <lead> and <role> leave out, of the further words, those that are said all day: "I am the
    expert" is no claim. "I am the expert for this incident" is one, by <anyrole>.
    """
    lead = [role for key, role in process.roles.items() if key == "lead"]
    others = [role for key, role in process.roles.items() if key != "lead"]
    severities = _severities(process)
    return {
        "lead": [name for role in lead for name in telling_names(role)],
        "role": [name for role in others for name in telling_names(role)],
        "anylead": [name for role in lead for name in _names(role)],
        "anyrole": [name for role in others for name in _names(role)],
        "severity": [f"{head}{word}" for word in severities for head in ("sev-", "severity-")],
        "level": list(dict.fromkeys([*severities, *map(fold, process.severities)])),
        "report": [process.report.words],
        "media": list(process.media),
    }


def _names(role: Role) -> list[str]:
    """What people call a role, each once."""
    return list(dict.fromkeys(name for name in (role.title, role.short, *role.words) if name))


def telling_names(role: Role) -> list[str]:
    """What people call a role and nothing else: its title, and words that are not said all day."""
    own = {role.title, role.short}
    return [name for name in _names(role) if name in own or name.lower() not in USUAL]


_HEAD = re.compile(r"sev(?:erity)?(?=.)")
_WRITTEN = re.compile(r"sev(?:erity)?(?:[-_ ]+(?=.)|(?=\d))")


def _severities(process: Process) -> dict[str, str]:
    keys = {key: severity.title for key, severity in process.severities.items()}
    if not keys:
        # Its guide has none, but people may use them all the same.
        keys = dict.fromkeys("012345", "")
    said = {title: key for key, title in keys.items() if title and " " not in title}
    said |= {key: key for key in keys}
    levels = {_level(word): key for word, key in said.items()}
    return levels | {word: levels[str(n)] for word, n in NUMBERS.items() if str(n) in levels}


def _level(said: str) -> str:
    """A severity without the word for it.

    >>> _level("SEV-1"), _level("severity-high"), _level("severe")
    ('1', 'high', 'severe')
    """
    return joined(_WRITTEN.sub("", fold(said)))


def severity_called(grammar: Grammar, said: str) -> str:
    """The key of the severity that people call so, "" for none.

    However its parts are joined, and with "sev" or "severity" before it or not.
    """
    word = joined(said)
    found = grammar.severities.get(word, "")
    return found or grammar.severities.get(_HEAD.sub("", word, count=1), "")


def joined(said: str) -> str:
    """What is said, however its words are joined.

    >>> joined("look-out") == joined("look out") == joined("Lookout")
    True
    """
    return re.sub(r"[-' ]", "", fold(said))
