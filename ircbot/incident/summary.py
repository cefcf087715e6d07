"""What a declaring line says about the incident: "I am declaring an incident: NTP is down".

Knows neither phrases nor processes, only which parts of the line mean something already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ircbot.incident.clauses import fold, one_of, starts
from ircbot.incident.common import words

# What tells a symptom from other talk ("bear with me") in the rest of the line.
_DESCRIBES = re.compile(
    one_of(
        r"outage|down|degrad|broke|fail|error|\b5\d\d\b|slow|unreachable|unavailable|offline",
        r"tim(?:ing|ed) out|timeout|latency|unable|can'?t|cannot|isn'?t|lost|full|crash|stuck|dead",
        r"not (?:load|work|respond|reach|serv)|fire|missing|hung|hanging|refus|drop|spik|leak",
        "corrupt|expired|overload",
    ),
    re.IGNORECASE,
)
# "CDN is returning garbage"; and what is said to the others rather than of the trouble.
_STATES = re.compile(
    r"^\S+.* (?:is|are|was|were|has|have|keeps?|returns?|serves?|shows?|gives?|throws?|does) \S",
    re.IGNORECASE,
)
_TALK = re.compile(
    r"\b(?:i|i'm|i'll|me|my|we|we'll|our|us|you|your|please|bear|thanks?|this|that|it|updates?"
    r"|tl|il|incident|leader|channel|video|nobody|everyone|everybody|someone|who|what|if|not)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?;]+(?: |$)| -{1,3} | [–—] ")
_LOOSE_START = re.compile(r"^(?:as|because|since|while|and|so|but) ", re.IGNORECASE)
_LOOSE_END = re.compile(r"[,;]? (?:and|so|but|also|plus|i|we)$", re.IGNORECASE)
_POINTING = words("this that it now real us sure me you everyone all")


def given(text: str, begin: int, spans: Iterable[tuple[int, int]]) -> str:
    """The summary that begins at `begin`: to its sentence's end, or where a span begins."""
    stop = min((start for start, _ in spans if start > begin), default=len(text))
    return _tidy(_SENTENCE_END.split(text[begin:stop], maxsplit=1)[0])


def left_over(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """What describes an incident in the text outside the spans; "" if nothing does."""
    at, spans = 0, tuple(spans)
    for start, end in [*sorted(spans), (len(text), len(text))]:
        for sentence in _SENTENCE_END.split(text[at : max(at, start)]):
            parts = sentence.split(", ")
            while parts and not _DESCRIBES.search(parts[0]):
                del parts[0]
            described = _tidy(", ".join(parts))
            if " " in described and "?" not in sentence:
                return described
        at = max(at, end)
    return _told_behind(text[max((end for _, end in spans), default=0) :])


def _told_behind(rest: str) -> str:
    """The sentence behind the full stop that says what something does; "" if none does.

    >>> _told_behind(". CDN is returning garbage"), _told_behind(". Bear with me")
    ('CDN is returning garbage', '')
    """
    for sentence in _SENTENCE_END.split(rest)[1:]:
        if _STATES.search(sentence) and not _TALK.search(sentence) and "?" not in sentence:
            return _tidy(sentence)
    return ""


def _tidy(summary: str) -> str:
    """A summary without the words that only join it to the rest of the line."""
    begin = max(one.at for one in starts(f" {fold(summary)}") if not one.joint)
    summary = _LOOSE_START.sub("", summary[begin:].strip(" ,.;:-–—("))
    summary = _LOOSE_END.sub("", summary)
    return "" if summary.lower() in _POINTING or summary.startswith("#") else summary
