"""Finds where clauses begin and end in a line: a phrase must be a whole clause.

Knows no meaning. doubts.py knows when a clause does not mean what it says.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ircbot.incident.language import Language, one_of

# The number of characters of a line that are examined, which bounds the cost of a hostile line. An
# IRC line has room for about 400.
LONGEST = 800

_FOLD = dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u00b4\u2032\uff07"), "'")
_FOLD |= dict.fromkeys(map(ord, "\u201c\u201d\u201e\u00ab\u00bb\u2033\uff02"), '"')
_FOLD |= dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
_FOLD |= dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2009\u202f\u3000"), " ")
_FOLD[ord("\u2026")] = "."


def fold(text: str) -> str:
    """The text in lower case with plain quotes, dashes and blanks.

    Each character maps to exactly one, so that positions in the folded text are positions in the
    original.
    """
    lower = text.lower()
    if text.isascii():
        return lower
    if len(lower) != len(text):  # the capital I with a dot becomes two characters
        lower = "".join(letter.lower()[0] for letter in text)
    return lower.translate(_FOLD)


_SHORTENED = re.compile(r"[ (](?:e\.?g|i\.?e|vs|cf|ca|approx|resp)$")
_SHORT = 8  # characters of the longest


class Bounds(NamedTuple):
    """The patterns for the beginning and end of clauses in a language."""

    joint: re.Pattern[str]  # a clause may begin after it
    filler: re.Pattern[str]  # has no meaning before a phrase
    ending: str  # what a phrase must be followed by to be a whole clause


@lru_cache(maxsize=32)
def bounds_of(language: Language) -> Bounds:
    """Compile the patterns for clause boundaries: punctuation, and a language's words."""
    of = language
    tail = (
        rf"(?:,? (?:{one_of(of.tails)}|{one_of(of.about)} {one_of(of.this)}"
        rf" (?!{one_of(of.other)}(?!\w))(?:[\w./-]{{1,30}} ){{0,3}}{one_of(of.troubles)})"
        r"(?![\w'])){1,4}"
    )
    end = (
        r"\s*(?:$|[.!?,;:)\]]+(?=[ \"']|$)|-{1,3}(?= )|- |\(|=>|->|/ |\+ |& "
        r"|[:;]-?[)(/|dp]|<3|\\?o/(?= |$)|[\u2600-\u27bf\U0001f000-\U0001faff]"
        rf"|{one_of(of.ends)}(?= |$))"
    )
    return Bounds(
        # It begins with a set of characters, so that the search skips letters quickly.
        re.compile(
            r"[ .!?;,:)\]](?:(?<! )[.!?;,:)\]]*"
            rf"|(?<= )(?:-{{1,3}}|=>|->|/|\+|&|{one_of(of.joints)}))(?= )"
        ),
        re.compile(
            rf" (?:{one_of(of.fillers)}|:-?[()])(?=[ ,.:!;-]|$)[,.!:;]*(?: -{{1,3}}(?= ))?"
            r"| @[^\s:,]{1,32}[:,]?(?= )"
        ),
        rf"(?:{tail})?(?={end})",
    )


class Start(NamedTuple):
    """A place where a clause may begin: `at` is the blank before it.

    `clause` is where the clause begins including filler words ("ok, so"), `sentence` where its
    sentence begins.
    """

    at: int
    clause: int
    sentence: int
    joint: str  # what stands before the clause: "", ",", " and", …


_SIGNS = re.compile(
    r"[.,!:;)-]+|\s+(?![^\s.,!:;)-])|\s*(?:[:;]-?[)(/dp]|<3|\\?o/|[\u2600-\u27bf\U0001f000-\U0001faff])"
)


def is_filler(folded: str, language: Language) -> bool:
    """Whether a text consists only of filler words, perhaps with a smiley: " ok, thanks :)"."""
    at, filler = 0, bounds_of(language).filler
    while at < len(folded):
        part = filler.match(folded, at) or _SIGNS.match(folded, at)
        if part is None:
            return False
        at = part.end()
    return True


def starts(folded: str, language: Language, most: int = 1_000) -> list[Start]:
    """The first few places where a clause may begin. `folded` begins with a blank."""
    joints, fillers, _ = bounds_of(language)
    filler = fillers.match
    start = Start(0, 0, 0, "")
    found: list[Start] = []
    joint, sentence = joints.search(folded), 0
    while len(found) < most:
        found.append(start)
        at = start.at
        while filled := filler(folded, at):
            at = filled.end()
            found.append(Start(at, start.clause, start.sentence, start.joint))
        if joint is None:
            break
        end = joint.end()
        if joint[0][0] in ".!?;":
            before = joint.start()
            if not _SHORTENED.search(folded, max(0, before - _SHORT), before):
                sentence = end
        start = Start(end, end, sentence, joint[0])
        joint = joints.search(folded, end)
    return found[:most]
