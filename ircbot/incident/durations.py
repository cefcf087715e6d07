"""Durations as people say them in a sentence: "half an hour", "the next 30 minutes".

What they type as an argument ("45m") is spans.py or times.py.
"""

from __future__ import annotations

import re

from ircbot.incident.times import span

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


def minutes(said: str) -> int | None:
    """The minutes of what matches DURATION; of "15-20 min" the longer; None if they are none.

    >>> minutes("half an hour"), minutes("1h30"), minutes("15-20 mins"), minutes("the hour")
    (30, 90, 20, 60)
    """
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
    """How NUMBERS spells it: "forty five" and "fortyfive" are "forty-five"."""
    return next(known for known in NUMBERS if known.replace("-", "") == re.sub("[- ]", "", word))
