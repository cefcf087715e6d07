"""Compiles a process's phrases so that they can be found in lines.

Knows no line; recognise.py decides how one is understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter

from ircbot.incident.clauses import fold
from ircbot.incident.common import USUAL
from ircbot.incident.find import KnownWords, Needs
from ircbot.incident.language import Language
from ircbot.incident.pattern import Pattern, PatternError, compile_pattern
from ircbot.incident.process import Phrase, Process, Role
from ircbot.incident.times import NUMBERS
from ircbot.values import dataclass

_IS_SITUATED = attrgetter("situated")
_MOST_WORDS = 4_000  # in the cache; some 0.4 MB
_SLOT = re.compile("<([a-z]+)>")


# Compared by identity: there are many, and each belongs to one grammar.
@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One pattern of one phrase, compiled."""

    phrase: Phrase
    pattern: Pattern


class Grammar:
    """A process's phrases, compiled."""

    def __init__(
        self,
        ways: Iterable[Way],
        roles: Mapping[str, str],
        severities: Mapping[str, str],
        language: Language,
    ) -> None:
        """`roles` maps each name of a role, normalised by `joined`, to its key; `severities` is for
        severity_called.
        """
        self.ways = tuple(ways)
        self.roles = roles
        self.severities = severities
        self.language = language
        self._needs = Needs(way.pattern.needs for way in self.ways)
        self._known = KnownWords(self._needs.told_by, _MOST_WORDS, self._needs.firsts)
        common = [number for number, way in enumerate(self.ways) if not way.phrase.by_few]
        self._common = self._needs.firsts_of(frozenset(common))

    def possible(self, folded: str, *, few: bool = True) -> Sequence[Way]:
        """The ways that a folded text may contain, in their order; without `few`, those that only
        few people can mean are left out.
        """
        told = self._known.told_by(folded.split())
        if not told and not self._needs.needless:
            return ()
        met = self._needs.met(told, -1 if few else self._common)
        return [way for way in map(self.ways.__getitem__, met) if few or not way.phrase.by_few]


@lru_cache(maxsize=1024)  # of as many organisations as a host may have
def grammar_of(process: Process) -> Grammar:
    """A process's phrases, compiled; those that count in every situation come first. Raises
    PatternError.
    """
    said, language = _vocabulary(process), process.language
    return Grammar(
        (
            Way(phrase, compile_pattern(source, said, USUAL, language, seldom=phrase.of_few))
            for phrase in sorted(process.phrases, key=_IS_SITUATED)
            for source in phrase.patterns
            if not _is_idle(source, said)
        ),
        {joined(name): key for key, role in process.roles.items() for name in _names(role)},
        {joined(one.title): key for key, one in process.severities.items() if one.title}
        | _severities(process),
        language,
    )


def restricted(grammar: Grammar, counts: Callable[[Phrase], bool]) -> Grammar:
    """A grammar with only those phrases that count."""
    ways = (way for way in grammar.ways if counts(way.phrase))
    return Grammar(ways, grammar.roles, grammar.severities, grammar.language)


def faults(process: Process) -> Iterator[tuple[int, int, PatternError]]:
    """The errors in patterns that cannot be compiled, each with the index of its phrase and its
    pattern.
    """
    said, language = _vocabulary(process), process.language
    for number, phrase in enumerate(process.phrases):
        for index, source in enumerate(phrase.patterns):
            try:
                if not _is_idle(source, said):
                    compile_pattern(source, said, USUAL, language, seldom=phrase.of_few)
            except PatternError as error:
                yield number, index, error


def _is_idle(source: str, said: Mapping[str, list[str]]) -> bool:
    """Whether a pattern names a role in a process that has only a leader."""
    return any(not said.get(slot, [""]) for slot in _SLOT.findall(source))


def _vocabulary(process: Process) -> dict[str, list[str]]:
    """What people call things in this process, by slot.

    <lead> and <role> leave out further names that are everyday words: "I am the expert" claims
    nothing. "I am the expert for this incident" does, by <anyrole>.
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
    """All names of a role, without repetition."""
    return list(dict.fromkeys(name for name in (role.title, role.short, *role.words) if name))


def telling_names(role: Role) -> list[str]:
    """The names that can only mean the role: its title, and names that are not everyday words."""
    own = {role.title, role.short}
    return [name for name in _names(role) if name in own or name.lower() not in USUAL]


_HEAD = re.compile(r"sev(?:erity)?(?=.)")
_WRITTEN = re.compile(r"sev(?:erity)?(?:[-_ ]+(?=.)|(?=\d))")


def _severities(process: Process) -> dict[str, str]:
    keys = {key: severity.title for key, severity in process.severities.items()}
    if not keys:
        # The guide has none, but people may use them nevertheless.
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
    """The key of the severity that people call this, "" for none.

    It may have hyphens, blanks or neither, with or without "sev" or "severity" before it.
    """
    word = joined(said)
    found = grammar.severities.get(word, "")
    return found or grammar.severities.get(_HEAD.sub("", word, count=1), "")


def joined(said: str) -> str:
    """A name normalised: without hyphens, blanks and case.

    >>> joined("look-out") == joined("look out") == joined("Lookout")
    True
    """
    return re.sub(r"[-' ]", "", fold(said))
