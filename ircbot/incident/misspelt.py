"""Corrects misspelt words in declarations.

The words come from the process's own phrases, in whichever language. The caller decides whether the
corrected line means anything.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache

from ircbot.incident.clauses import fold
from ircbot.incident.common import COMMON, USUAL
from ircbot.incident.process import Process

_LONG = 6  # letters of a word that may be misspelt
_LIKE = 0.82  # the least similarity, 1 being equal; "decalring" and "declaring" have 0.89
_MARKS = ".,:;!"
_OPTIONAL = re.compile(r"\[[^\[\]]*\]")
_WORD = re.compile(rf"(?<![<\w])[^\W\d_]{{{_LONG},}}(?![\w>])")


@lru_cache(maxsize=16)
def declaring_words(process: Process) -> frozenset[str]:
    """The long words that every declaration in this process needs one of, folded."""
    said = (p for phrase in process.phrases if phrase.meaning == "declare" for p in phrase.patterns)
    return frozenset(w for p in said for w in _WORD.findall(fold(_needed(p)))) - USUAL


def _needed(pattern: str) -> str:
    while (rest := _OPTIONAL.sub(" ", pattern)) != pattern:
        pattern = rest
    return pattern


@lru_cache(maxsize=4_000)
def meant_for(word: str, known: frozenset[str]) -> str | None:
    """The known word that a folded one is probably meant to be; None if there is none, or if it is
    spelt correctly.

    >>> meant_for("decalring:", frozenset(["declaring"]))
    'declaring'
    """
    bare = word.strip(_MARKS)
    if len(bare) < _LONG or bare in known or bare in COMMON:
        return None
    if not any(bare[0] == word[0] and 0.6 < len(bare) / len(word) < 1.6 for word in known):
        return None  # as for nearly all words: words of different lengths cannot be similar
    near = get_close_matches(bare, known, n=1, cutoff=_LIKE)
    return near[0] if near and near[0][0] == bare[0] else None


def spelt_right(text: str, process: Process) -> str:
    """A text with misspelt words corrected; unchanged if it has none."""
    known = declaring_words(process)
    return " ".join(_spelt(word, known) for word in text.split(" "))


def _spelt(word: str, known: frozenset[str]) -> str:
    folded = fold(word)
    meant = meant_for(folded, known)
    return word if meant is None else folded.replace(folded.strip(_MARKS), meant)
