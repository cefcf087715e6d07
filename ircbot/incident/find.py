"""Which of several words a text contains: whole words in either case, or mere strings."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache


def has_any(text: str, words: tuple[str, ...]) -> bool:
    """Whether one of the words, or phrases, stands in the text.

    >>> has_any("a CVE was published", ("cve",)), has_any("cvewatch", ("cve",))
    (True, False)
    """
    # Nearly no text has any, and this takes a fifth of the time of the regular expression.
    if not words or (text.isascii() and not has_part(text.lower(), _lowered(words))):
        return False
    return _pattern(words).search(text) is not None


def has_part(text: str, parts: Iterable[str]) -> bool:
    """Whether one of the strings stands in the text, as they are written, in words or not.

    >>> has_part("cvewatch", ("cve",)), has_part("CVE", ("cve",))
    (True, False)
    """
    # any() would take three times the time, and this is asked of every line, in places many times.
    for part in parts:  # noqa: SIM110
        if part in text:
            return True
    return False


_MOST_WORDS = 4_000  # that are kept, of a Keys; some 0.4 MB
LONGEST_WORD = 64  # characters of a word that is kept


class Keys:
    """Which of many strings stand in a text.

    Told word by word: people use the same few thousand words all day, so that what is known of a
    word is kept.
    """

    def __init__(self, keys: Collection[str]) -> None:
        """A key may have blanks, by which it is only at the beginning or the end of a word."""
        parts = [(key, *_telling_part(key)) for key in keys if key]
        self._inside = tuple((key, part) for key, place, part in parts if place == "inside")
        self._begins = tuple((key, part) for key, place, part in parts if place == "begins")
        self._ends = tuple((key, part) for key, place, part in parts if place == "ends")
        self._always = ("",) if "" in keys else ()
        self._in_word: dict[str, tuple[str, ...]] = {}

    def of(self, folded: str) -> Iterable[str]:
        """Those that stand in a text, each once. Its blanks are blanks, and it begins with one."""
        found = dict.fromkeys(self._always)
        for word in folded.split():
            keys = self._in_word.get(word)
            if keys is None:
                keys = self.in_word(word)
            if keys:
                found.update(dict.fromkeys(keys))
        return [key for key in found if key in folded] if found else ()

    def in_word(self, word: str) -> tuple[str, ...]:
        """Those of which this word may be the telling part."""
        known = self._in_word.get(word)
        if known is None:
            known = (
                *[key for key, part in self._inside if part in word],
                *[key for key, part in self._begins if word.startswith(part)],
                *[key for key, part in self._ends if word.endswith(part)],
            )
            if len(word) <= LONGEST_WORD:
                if len(self._in_word) >= _MOST_WORDS:
                    self._in_word.clear()
                self._in_word[word] = known
        return known


def _telling_part(key: str) -> tuple[str, str]:
    """Where in a word the longest word of a key stands, and that word.

    >>> _telling_part(" il"), _telling_part("war "), _telling_part("outage")
    (('begins', 'il'), ('ends', 'war'), ('inside', 'outage'))
    """
    parts = key.split(" ")
    longest = max(range(len(parts)), key=lambda place: len(parts[place]))
    begins, ends = longest > 0, longest < len(parts) - 1
    if begins == ends:
        return "inside", parts[longest]
    return ("begins" if begins else "ends"), parts[longest]


@lru_cache(maxsize=256)
def _lowered(words: tuple[str, ...]) -> tuple[str, ...]:
    # Only of ASCII is what is the same in either case the same in lower case: "\u017f" matches "s".
    return tuple(word.lower() for word in words) if all(map(str.isascii, words)) else ("",)


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE)
