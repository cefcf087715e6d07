"""What people type → what SQLite's FTS5 is asked. Nothing that is typed is an error.

https://www.sqlite.org/fts5.html, 3: whatever stands between double quotes is a string, in which
only a double quote means something.
"""

from __future__ import annotations

import re

from ircbot.incident.common import words

_TYPED = re.compile(r'"([^"]*)"?|([^\s"]+)')
_MOST = 16  # words; more find nothing that these do not
_LONGEST = 100  # characters of one
_UNSEEN = re.compile(r"[\x00\ud800-\udfff]")  # what SQLite takes for an end, or refuses


def units(typed: str) -> tuple[str, ...]:
    """The words and "phrases" of what was typed, as FTS5 is asked for each; "cert*" is a beginning.

    >>> units('ELB "no listeners" cert* AND -- NEAR(')
    ('"ELB"', '"no listeners"', '"cert"*', '"AND"', '"NEAR("')
    """
    found = []
    for phrase, word in _TYPED.findall(_UNSEEN.sub(" ", typed)):
        text = (phrase or word)[:_LONGEST]
        if any(map(str.isalnum, text)):
            begins = word.endswith("*") and len(word) > len("ab")
            found.append(f'"{text.rstrip("*") if begins else text}"{"*" if begins else ""}')
    return tuple(dict.fromkeys(found))[:_MOST]


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
