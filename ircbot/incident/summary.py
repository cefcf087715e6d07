"""Extracts the summary from a declaration: "I am declaring an incident: NTP is down".

Knows neither phrases nor processes, only which parts of the line have a meaning already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from ircbot.incident.clauses import fold, starts
from ircbot.incident.language import Language, one_of

_SENTENCE_END = re.compile(r"[.!?;]+(?: |$)| -{1,3} | [–—] ")


class _Signs(NamedTuple):
    """The signs in a language that distinguish a summary from other talk."""

    describes: re.Pattern[str]
    tells: re.Pattern[str]
    states: re.Pattern[str]  # "CDN is returning garbage"
    talk: re.Pattern[str]
    loose_start: re.Pattern[str]
    loose_end: re.Pattern[str]


@lru_cache(maxsize=32)
def _signs_of(language: Language) -> _Signs:
    of = language
    return _Signs(
        *(
            re.compile(pattern, re.IGNORECASE)
            for pattern in (
                rf"{one_of(of.symptoms)}|\b5\d\d\b",
                rf"(?<!\w)(?:{one_of(of.faults)}|5\d\ds?|4\d\ds)(?!\w)",
                rf"^\S+.* {one_of(of.verbs)} \S",
                rf"\b{one_of(of.talk)}\b",
                rf"^{one_of(of.begins_loosely)} ",
                rf"[,;]? {one_of(of.ends_loosely)}$",
            )
        )
    )


def tells(text: str, language: Language) -> bool:
    """Whether a sentence by itself says that something is wrong."""
    return _signs_of(language).tells.search(fold(text)) is not None


def given(text: str, begin: int, spans: Iterable[tuple[int, int]], language: Language) -> str:
    """The summary that begins at `begin`: to the end of its sentence, or to the next span."""
    stop = min((start for start, _ in spans if start > begin), default=len(text))
    return _tidy(_SENTENCE_END.split(text[begin:stop], maxsplit=1)[0], language)


def left_over(text: str, spans: Iterable[tuple[int, int]], language: Language) -> str:
    """The text outside the spans that describes an incident; "" if none does."""
    at, spans, describes = 0, tuple(spans), _signs_of(language).describes
    for start, end in [*sorted(spans), (len(text), len(text))]:
        for sentence in _SENTENCE_END.split(text[at : max(at, start)]):
            parts = sentence.split(", ")
            while parts and not describes.search(parts[0]):
                del parts[0]
            described = _tidy(", ".join(parts), language)
            if " " in described and "?" not in sentence:
                return described
        at = max(at, end)
    return _told_behind(text[max((end for _, end in spans), default=0) :], language)


def _told_behind(rest: str, language: Language) -> str:
    """The sentence after the full stop that describes a fault: "CDN is returning garbage"; "" if
    none does.
    """
    signs = _signs_of(language)
    for sentence in _SENTENCE_END.split(rest)[1:]:
        if (
            signs.states.search(sentence)
            and not signs.talk.search(sentence)
            and "?" not in sentence
        ):
            return _tidy(sentence, language)
    return ""


def _tidy(summary: str, language: Language) -> str:
    """A summary without the words that only join it to the rest of the line."""
    signs = _signs_of(language)
    begin = max(one.at for one in starts(f" {fold(summary)}", language) if not one.joint)
    summary = signs.loose_start.sub("", summary[begin:].strip(" ,.;:-–—("))
    summary = signs.loose_end.sub("", summary)
    return "" if fold(summary) in language.pointing or summary.startswith("#") else summary
