"""Translates what people say about times in their language into the notation that the bot reads.

"um 15 Uhr 30" becomes "at 15:30" and "vor zehn Minuten" becomes "10 minute ago", by the words that
a process defines for the parts of the notation. Parts without such words are typed in the notation.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from ircbot.incident.language import ANY, Language, one_of

UNITS = ("second", "minute", "hour", "day", "week")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
DAYS = (
    "the day before yesterday",
    "yesterday",
    "today",
    "tonight",
    "tomorrow",
    "the day after tomorrow",
    "end of day",
    "end of week",
    "end of month",
    "last",
    "this",
    "next",
    "of",
)
CLOCK = ("now", "noon", "midnight", "o'clock")
SPANS = ("half an hour", "an hour", "an hour and a half", "a couple of hours")
# Words before a time, or around it: "vor ...".
PLACED = ("ago", "in", "at", "on", "by")
NUMBERED = re.compile("[1-9][0-9]?")
# What a language may have words for, besides numbers.
NOTATION = frozenset((*UNITS, *WEEKDAYS, *MONTHS, *DAYS, *CLOCK, *SPANS, *PLACED))

NO_WORDS = Language()


@lru_cache(maxsize=32)
def _words(language: Language) -> tuple[re.Pattern[str], dict[str, str]] | None:
    """A pattern for the words of a language, and the meaning of each; None if it has none."""
    known = {
        _bare(word): key
        for key, words in language.times.items()
        for word in words
        if word != key and ANY not in word
    }
    if not known:
        return None
    said = one_of(word for words in language.times.values() for word in words if ANY not in word)
    # A digit may directly precede: "30min", "30分".
    return re.compile(rf"(?<![^\W\d]){said}(?![^\W_])", re.IGNORECASE), known


@lru_cache(maxsize=32)
def _around(language: Language) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The words around a time, such as "vor ...", each with its meaning and a pattern."""
    return tuple(
        (key, re.compile(re.escape(word).replace(re.escape(ANY), "(.+)"), re.IGNORECASE))
        for key in PLACED
        for word in language.times.get(key, ())
        if ANY in word
    )


def _bare(word: str) -> str:
    return word.lower().replace("ß", "ss").replace("'", "")


# "15:30 Uhr" is 15:30, "15 Uhr" and "à 15h" are 15:00, "15 Uhr 30" and "à 15h30" are 15:30.
_MINUTES_SAID = re.compile(r"(\d)[:.](\d\d) ?o'clock\b|\b(at \d{1,2})h(\d\d)\b")
_HOUR = re.compile(r"\bat (\d{1,2}) ?hour ?(\d\d)?(?!\d)|\b(\d{1,2}) ?o'clock(?: ?(\d\d))?\b")


def noted(text: str, language: Language) -> str:
    """A time in the notation; unchanged if the language has no words for it."""
    found = _words(language)
    around = _around(language)
    if found is None and not around:
        return text
    text = unicodedata.normalize("NFC", text.replace("\u2019", "'"))
    for key, template in around:
        if match := template.fullmatch(text.strip()):
            inner = _inner(match[1], found)
            return f"{inner} ago" if key == "ago" else f"{key} {inner}"
    return _inner(text, found)


def _inner(text: str, found: tuple[re.Pattern[str], dict[str, str]] | None) -> str:
    if found is None:
        return text
    pattern, known = found
    text = pattern.sub(lambda match: _apart(match, known), text)
    text = _MINUTES_SAID.sub(lambda m: f"{m[1] or m[3]}:{m[2] or m[4]}", text)
    return _HOUR.sub(
        lambda match: (
            f"{'at ' if match[1] else ''}{match[1] or match[3]}:{match[2] or match[4] or '00'}"
        ),
        text,
    )


def _apart(match: re.Match[str], known: dict[str, str]) -> str:
    """The meaning of a word, separated by a blank from a digit before it: "30分" becomes
    "30 minute"."""
    said = known.get(_bare(match[0]), match[0])
    before = match.string[match.start() - 1 : match.start()]
    return f" {said}" if before.isdigit() else said


def placing(language: Language, *keys: str) -> tuple[str, ...]:
    """The words before a time for some `keys` of PLACED."""
    words = (word for key in keys for word in language.times.get(key, ()))
    return tuple(before for word in words if (before := word.partition(ANY)[0].strip()))


def may_begin(text: str, language: Language) -> bool:
    """Whether a text begins like a time in a language's own words."""
    begins = _beginning(language)
    return begins is not None and begins.match(text) is not None


@lru_cache(maxsize=32)
def _beginning(language: Language) -> re.Pattern[str] | None:
    days = (language.times.get(key, ()) for key in (*WEEKDAYS, *MONTHS, *DAYS))
    words = [*placing(language, *PLACED), *(word for words in days for word in words)]
    return re.compile(rf"\s*{one_of(words)}(?![^\W_])", re.IGNORECASE) if words else None


def duration(language: Language) -> str:
    """A regular expression for a span in a language's own words, in folded text."""
    times = language.times
    number = rf"(?:\d{{1,3}}(?:[.,]\d)?|{one_of(_numbers(language))})"
    unit = one_of(*(times.get(key, ()) for key in UNITS))
    span = rf"{number} ?-? ?{unit}(?![^\W_])"
    whole = one_of(*(times.get(key, ()) for key in SPANS))
    return rf"(?:{whole}(?![^\W_])|{span}(?: {span})?)"


def _numbers(language: Language) -> tuple[str, ...]:
    times = language.times
    return tuple(word for key, words in times.items() if NUMBERED.fullmatch(key) for word in words)


def oclock(language: Language) -> str:
    """A regular expression for a time of day in a language's own words, in folded text."""
    times = language.times
    said = one_of(times.get("o'clock", ()))
    noon = one_of(times.get("noon", ()), times.get("midnight", ()))
    return (
        rf"(?:\d{{1,2}}(?:[:.]\d\d)? ?{said}(?: ?\d\d)?(?![^\W_])|{noon}(?![^\W_]))"
        r"(?: ?(?:utc|gmt|z))?"
    )
