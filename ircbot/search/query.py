"""What people type → what SQLite's FTS5 is asked. Nothing that is typed is an error.

https://www.sqlite.org/fts5.html, 3: whatever stands between double quotes is a string, in which
only a double quote means something.
"""

from __future__ import annotations

import re
from unicodedata import combining, normalize

from ircbot.incident.common import words

_TYPED = re.compile(r'"([^"]*)"?|([^\s"]+)')
_MOST = 16  # words; more find nothing that these do not
_LONGEST = 100  # characters of one
_UNSEEN = re.compile(r"[\x00\ud800-\udfff]")  # what SQLite takes for an end, or refuses


# Written without blanks between words: Thai to Khmer, kana, ideographs. Each letter is a word.
_LETTERS_APART = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_VOICED = "\u3099\u309a"  # no accents, but other sounds


def folded(text: str) -> str:
    """A text without case, accents, ligatures and widths, all letters of an alphabet apart that has
    no blanks. FTS5 by itself knows the accents of Latin letters alone.

    >>> folded("Größe ὀδυσσεύς ＥＬＢ 障害")
    'grosse οδυσσευσ elb  障  害 '
    """
    if text.isascii():
        return text.lower()
    letters = normalize("NFKD", text.casefold())
    plain = "".join(c for c in letters if not combining(c) or c in _VOICED)
    return _LETTERS_APART.sub(r" \g<0> ", normalize("NFC", plain.casefold()))


def beyond_latin(text: str) -> str:
    """A text as it is `folded`, "" if that is what FTS5 makes of it anyway."""
    if text.isascii():
        return ""
    latin = (c for c in normalize("NFD", text.lower()) if not "\u0300" <= c <= "\u036f")
    found = folded(text)
    return "" if found == "".join(latin) and max(text) < "\u0250" else found


def units(typed: str) -> tuple[str, ...]:
    """The words and "phrases" of what was typed, as FTS5 is asked for each; "cert*" is a beginning.

    >>> units('ELB "no listeners" cert* AND -- NEAR(')
    ('"ELB"', '"no listeners"', '"cert"*', '"AND"', '"NEAR("')
    >>> units("größe")
    ('("größe" OR "grosse")',)
    """
    found = []
    for phrase, word in _TYPED.findall(_UNSEEN.sub(" ", typed)):
        text = (phrase or word)[:_LONGEST]
        if any(map(str.isalnum, text)):
            begins = word.endswith("*") and len(word) > len("ab")
            text, end = (text.rstrip("*"), "*") if begins else (text, "")
            unit, other = f'"{text}"{end}', beyond_latin(text)
            found.append(f'({unit} OR "{other.strip()}"{end})' if other else unit)
    return tuple(dict.fromkeys(found))[:_MOST]


def marked(text: str, typed: str, marks: tuple[str, str], around: int = 60) -> str:
    """The part of a text with the first of the words that were typed, between marks, wherever it is
    there but for case, accents and the like; the beginning, if it is not.

    >>> marked("die Größe der Platte", "GROSSE", "[]")
    'die [Größe] der Platte'
    """
    letters = [folded(c).strip() for c in text]
    places = [place for place, c in enumerate(letters) for _ in c]
    flat = "".join(letters)
    for phrase, word in _TYPED.findall(typed)[:_MOST]:
        sought = "".join(map(str.strip, map(folded, (phrase or word).rstrip("*"))))
        begin = flat.find(sought) if sought else -1
        if begin >= 0:
            first, last = places[begin], places[begin + len(sought) - 1] + 1
            left, right = max(first - around, 0), last + around
            return (
                f"{'… ' if left else ''}{text[left:first]}{marks[0]}{text[first:last]}{marks[1]}"
                f"{text[last:right]}{' …' if right < len(text) else ''}"
            )
    return f"{text[: 2 * around]} …" if len(text) > 2 * around else text


def every(asked: tuple[str, ...]) -> str:
    """A query for passages that have all of these units."""
    return " AND ".join(asked)


def some(asked: tuple[str, ...]) -> str:
    """A query for passages that have one of these units."""
    return " OR ".join(asked)


def telling(text: str) -> tuple[str, ...]:
    """The words of a text that tell what it is about, as FTS5 is asked for each.

    >>> telling("The ELB of MDN is down!")
    ('"elb" OR "elbs"', '"mdn" OR "mdns"')
    """
    found = dict.fromkeys(
        _one_or_several(word[:_LONGEST])
        for word in _WORD.findall(_UNSEEN.sub(" ", text).lower())
        if len(word) > 1 and word not in _TELL_NOTHING
    )
    return tuple(found)[:_MOST]


def _one_or_several(word: str) -> str:
    """A word, and what it is with or without the ending of most plurals."""
    one = word.removesuffix("s") if len(word) > len("abc") else word
    return f'"{one}" OR "{one}s"'


_WORD = re.compile(r"[^\W_]+")
# Of an incident: nearly every one is down, slow or broken.
_TELL_NOTHING = words(
    """
    an and are as at be been by can cannot declare declaring down failing fails for from had has
    have having in incident incidents into is issue issues it its no not of off on or our out
    outage outages problem problems slow that the there they this to unavailable up was we were
    with you broken drill user users nobody anybody again now very some all people since today
    after before give gives giving get gets does do did still more any when
    """
)
