"""Searches a text for many words at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from functools import lru_cache, reduce
from operator import or_


def has_any(text: str, words: tuple[str, ...]) -> bool:
    """Whether one of the words or phrases occurs in the text, as whole words.

    >>> has_any("a CVE was published", ("cve",)), has_any("cvewatch", ("cve",))
    (True, False)
    """
    # Hardly any text has one, and this takes a fifth of the regular expression's time.
    if not words or not has_part(in_one_case(text), _in_one_case(words)):
        return False
    return _pattern(words).search(text) is not None


# Letters that match "i" in a case-insensitive regular expression, but not in string methods.
_DOTLESS = str.maketrans("\u0130\u0131", "ii")


def in_one_case(text: str) -> str:
    """A text folded so that two texts are equal if a case-insensitive regular expression takes them
    as the same.

    >>> in_one_case("\u0130\u017fO \u03a3\u03c2")
    'iso \u03c3\u03c3'
    """
    return text.lower() if text.isascii() else text.translate(_DOTLESS).casefold()


def has_part(text: str, parts: Iterable[str]) -> bool:
    """Whether one of the strings occurs in the text, in the same case, even within a word.

    >>> has_part("cvewatch", ("cve",)), has_part("CVE", ("cve",))
    (True, False)
    """
    # any() would take three times as long, and this is called for every line, sometimes repeatedly.
    for part in parts:  # noqa: SIM110
        if part in text:
            return True
    return False


LONGEST_WORD = 64  # characters of a word that is kept


class KnownWords(dict[str, int]):
    """A cache of what each word tells, as bits: people use the same few thousand words all day."""

    def __init__(self, tell: Callable[[str], int], most: int, worth: int = -1) -> None:
        """Keep up to `most` words; any other can be computed again. Words that tell none of the
        bits in `worth` count as telling nothing.
        """
        self._tell, self._most, self._worth = tell, most, worth
        self.quiet: set[str] = set()  # those words

    def __missing__(self, word: str) -> int:
        told = self._tell(word)
        if len(word) <= LONGEST_WORD:
            if len(self) >= self._most:
                self._forget_newest()
            self[word] = told
            if not told & self._worth:
                self.quiet.add(word)
        return told

    def _forget_newest(self) -> None:
        """Forget the newer half: the most frequent words came first."""
        for word in list(self)[self._most // 2 :]:
            del self[word]
            self.quiet.discard(word)

    def told_by(self, words: Iterable[str]) -> int:
        """The bits of these words together; 0 if all are quiet."""
        return 0 if self.quiet.issuperset(words) else self.told_by_all(words)

    def told_by_all(self, words: Iterable[str]) -> int:
        """The bits of these words together, whether or not they are quiet."""
        return reduce(or_, filter(None, map(self.__getitem__, words)), 0)


class Needs:
    """Finds which of many things have everything that they need in a text.

    Each thing needs one string from each of several sets, the rarest set first. Each set has a bit:
    a word's bits are the sets that it may satisfy, and the bits of all words together show which
    things are possible.
    """

    def __init__(self, of_all: Iterable[Sequence[frozenset[str]]]) -> None:
        """A string that begins with a blank must begin a word, one that ends with a blank must end
        a word; "" is in every text."""
        bits: dict[frozenset[str], int] = {}
        # The things by the bit of their first set, the rarest; 0 if they need nothing.
        self._of_all: dict[int, list[tuple[int, int]]] = {}
        for number, needs in enumerate(of_all):
            each = [bits.setdefault(need, 1 << len(bits)) for need in needs if "" not in need]
            self._of_all.setdefault(each[0] if each else 0, []).append((number, sum(each)))
        # The things that need nothing.
        self.needless = [number for number, _ in self._of_all.pop(0, ())]
        # Without any of these bits, only those are possible.
        self.firsts = sum(self._of_all)
        self.spare = 1 << len(bits)  # the first unused bit
        self._parts: dict[str, dict[str, int]] = {"": {}, "begins": {}, "ends": {}, "is": {}}
        for need, bit in bits.items():
            for string in need:
                place, part = _telling_part(string)
                there = self._parts[place]
                there[part] = there.get(part, 0) | bit
        self._begins, self._ends = tuple(self._parts["begins"]), tuple(self._parts["ends"])
        parts = sorted({part for place in ("", "begins", "ends") for part in self._parts[place]})
        self._has_any = re.compile("|".join(map(re.escape, parts)) or r"(?!)").search

    def told_by(self, word: str) -> int:
        """The sets that this word may satisfy, as bits."""
        parts = self._parts
        told = parts["is"].get(_UP_TO_A_SIGN.match(word)[0], 0)  # type: ignore[index]
        if self._has_any(word) is None:  # as for nearly all words
            return told
        for part, bits in parts[""].items():
            if part in word:
                told |= bits
        if word.startswith(self._begins):
            for part, bits in parts["begins"].items():
                if word.startswith(part):
                    told |= bits
        if word.endswith(self._ends):
            for part, bits in parts["ends"].items():
                if word.endswith(part):
                    told |= bits
        return told

    def firsts_of(self, numbers: Container[int]) -> int:
        """The first sets of these things, as bits."""
        needed = self._of_all.items()
        return sum(first for first, things in needed if any(n in numbers for n, _ in things))

    def met(self, bits: int, firsts: int = -1) -> Sequence[int]:
        """The things (numbered from 0) whose sets are all satisfied; only those whose first set is
        one of `firsts` are considered.
        """
        found = self.needless.copy()
        left = bits & self.firsts & firsts
        while left:
            first = left & -left
            for number, needs in self._of_all[first]:
                if needs & bits == needs:
                    found.append(number)
            left ^= first
        return sorted(found)


_UP_TO_A_SIGN = re.compile(r"\w*")


def _telling_part(key: str) -> tuple[str, str]:
    """The longest word of a key, and where it must occur in a word of the text.

    >>> [_telling_part(key) for key in (" il", "war ", " update ", "outage")]
    [('begins', 'il'), ('ends', 'war'), ('is', 'update'), ('', 'outage')]
    """
    parts = key.split(" ")
    longest = max(range(len(parts)), key=lambda place: len(parts[place]))
    begins, ends = longest > 0, longest < len(parts) - 1
    if begins:
        return ("is" if ends else "begins"), parts[longest]
    return ("ends" if ends else ""), parts[longest]


@lru_cache(maxsize=256)
def _in_one_case(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(in_one_case, words))


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE)
