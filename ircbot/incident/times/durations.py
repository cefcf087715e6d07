"""Durations as people type them ("45m", "1h30") and as they say them ("half an hour")."""

from __future__ import annotations

import re
from datetime import timedelta

from ircbot.incident.language import Language
from ircbot.incident.times.noted import NO_WORDS, noted

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SPAN = re.compile(
    r"([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*"
    r"(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)(?![a-z])\s*",
    re.IGNORECASE,
)
_HOURS_MINUTES = re.compile(r"([0-9]{1,3})h([0-9]{1,2})", re.IGNORECASE)
_LONGEST = timedelta(days=366)
# What a process has in place of a span for what it does without; longer than any incident.
NEVER = timedelta(days=36525)
# Of the numbers, those that people use of time.
NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "forty-five": 45,
    "fifty": 50,
    "sixty": 60,
    "ninety": 90,
}
_NUMBER = "|".join(sorted((word.replace("-", "[- ]?") for word in NUMBERS), key=len, reverse=True))
_UNIT = r"m|mins?|minutes?|h|hrs?|hours?"
# A duration in folded text, as a regular expression.
DURATION = (
    r"(?:the hour|half an hour|half hour|(?:a |one )?half[- ]hour|an hour and a half"
    r"|(?:an |one )?hour|a couple (?:of )?hours"
    rf"|(?:\d{{1,3}} ?(?:-|to) ?)?(?:\d{{1,3}}(?:\.\d)?|{_NUMBER})"
    rf"(?:[- ]?(?:{_UNIT})(?: ?(?:and )?\d{{1,2}} ?(?:m|mins?|minutes?)?)?)?)(?![\w:])"
)


def span(text: str, *, longest: timedelta = _LONGEST) -> timedelta | None:
    """Parse a span such as "45m", "2h", "1h30" or "90 minutes"; a bare number is minutes.

    None if it is malformed, zero, or longer than `longest`.

    >>> span("1h30"), span("2 hours 5 min"), span("soon")
    (datetime.timedelta(seconds=5400), datetime.timedelta(seconds=7500), None)
    """
    text = text.strip()
    if match := _HOURS_MINUTES.fullmatch(text):
        found = timedelta(hours=int(match[1]), minutes=int(match[2]))
    elif re.fullmatch(r"[0-9]{1,6}", text):
        found = timedelta(minutes=int(text))
    else:
        seconds, at = 0.0, 0
        while match := _SPAN.match(text, at):
            seconds += float(match[1]) * _UNITS[match[2][0].lower()]
            at = match.end()
        if at == 0 or at != len(text):
            return None
        if seconds > longest.total_seconds():
            return None
        found = timedelta(seconds=seconds)
    return found if timedelta(0) < found <= longest else None


def said_span(text: str) -> timedelta | None:
    """Parse a span in the notation of `span`, or in words: "half an hour", "two days".

    >>> said_span("half an hour"), said_span("two days"), said_span("a while")
    (datetime.timedelta(seconds=1800), datetime.timedelta(days=2), None)
    """
    text = text.strip().lower()
    if (found := span(text)) is not None:
        return found
    if re.fullmatch(DURATION, text):
        return timedelta(minutes=known) if (known := minutes(text)) else None
    first, _, unit = text.partition(" ")
    number = 1 if first in ("a", "an") else NUMBERS.get(first)
    return span(f"{number} {unit}") if number and unit else None


def minutes(said: str, language: Language = NO_WORDS) -> int | None:
    """The minutes in a text that matches DURATION; for "15-20 min" the longer; None if it is
    not a duration.

    >>> minutes("half an hour"), minutes("1h30"), minutes("15-20 mins"), minutes("the hour")
    (30, 90, 20, 60)
    """
    said = noted(said, language)
    if "half" in said:
        return 90 if "and a half" in said else 30
    if said.startswith("a couple"):
        return 120
    said = re.sub(r"^\d+ ?(?:-|to) ?(?=\d)", "", said)
    said = re.sub(_NUMBER, lambda word: str(NUMBERS[_spelt(word[0])]), said)
    said = re.sub(r"^(?:(?:the|an|1) ?)?hour$", "1 hour", said)
    ahead = span(said.replace("-", " ").replace(" and ", " "))
    return round(ahead.total_seconds() / 60) or None if ahead else None


def _spelt(word: str) -> str:
    """A number word as NUMBERS spells it: "forty five" and "fortyfive" become "forty-five"."""
    return next(known for known in NUMBERS if known.replace("-", "") == re.sub("[- ]", "", word))
