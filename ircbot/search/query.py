"""What people type, as a query of SQLite's FTS5. Nothing that is typed is an error.

https://www.sqlite.org/fts5.html, section 3: between double quotes is a string, in which only a
double quote is special.
"""

from __future__ import annotations

import re
from unicodedata import combining, normalize

from ircbot.incident.common import words

_TYPED = re.compile(r'"([^"]*)"?|([^\s"]+)')
_MOST = 16  # words; more would not narrow the result
_LONGEST = 100  # characters of a word
_UNSEEN = re.compile(r"[\x00\ud800-\udfff]")  # characters that SQLite takes for an end, or refuses


# Scripts written without spaces: Thai to Khmer, kana, ideographs. Each letter counts as a word.
_LETTERS_APART = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_VOICED = "\u3099\u309a"  # not accents, but different sounds


def folded(text: str) -> str:
    """A text without case, accents, ligatures and widths, and with the letters of scripts without
    spaces separated. FTS5 itself folds accents of Latin letters only.

    >>> folded("Größe ὀδυσσεύς ＥＬＢ 障害")
    'grosse οδυσσευσ elb  障  害 '
    """
    if text.isascii():
        return text.lower()
    letters = normalize("NFKD", text.casefold())
    plain = "".join(c for c in letters if not combining(c) or c in _VOICED)
    return _LETTERS_APART.sub(r" \g<0> ", normalize("NFC", plain.casefold()))


def beyond_latin(text: str) -> str:
    """A text as it is `folded`, "" if FTS5 would fold it the same."""
    if text.isascii():
        return ""
    latin = (c for c in normalize("NFD", text.lower()) if not "\u0300" <= c <= "\u036f")
    found = folded(text)
    return "" if found == "".join(latin) and max(text) < "\u0250" else found


def units(typed: str) -> tuple[str, ...]:
    """The words and "phrases" that were typed, each as a query of FTS5; "cert*" is a prefix.

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
    """The part of a text around the first word that was typed, which is put between marks; matches
    ignore case, accents and the like. The beginning, if no word matches.

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
    """A query for passages with all of these units."""
    return " AND ".join(asked)


def some(asked: tuple[str, ...]) -> str:
    """A query for passages with any of these units."""
    return " OR ".join(asked)


def telling(text: str) -> tuple[str, ...]:
    """The distinctive words of a text, each as a query of FTS5.

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
    """A word with and without the usual ending of the plural."""
    one = word.removesuffix("s") if len(word) > len("abc") else word
    return f'"{one}" OR "{one}s"'


_WORD = re.compile(r"[^\W_]+")
# In an incident nearly everything is down, slow or broken.
_TELL_NOTHING = words(
    """
    an and are as at be been by can cannot declare declaring down failing fails for from had has
    have having in incident incidents into is issue issues it its no not of off on or our out
    outage outages problem problems slow that the there they this to unavailable up was we were
    with you broken drill user users nobody anybody again now very some all people since today
    after before give gives giving get gets does do did still more any when
    """
)
