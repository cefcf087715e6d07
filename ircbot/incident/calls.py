"""Splits the text of a "ping" into the nicks that it calls and the reason.

Knows no channel and no member list; it goes by how nicks and reasons look.
"""

from __future__ import annotations

import re
from dataclasses import fields
from functools import lru_cache

from ircbot.incident.clauses import fold
from ircbot.incident.common import COMMON
from ircbot.incident.language import Language
from ircbot.incident.people import NICK

_NICK = re.compile(rf"@?((?=\S*[^\W\d_]){NICK})([,:]?)")
_FIGURE = re.compile(
    r"\d+(?:st|nd|rd|th|x+|[kmgt]?i?b|[munsµ]?s|m|h|d|k|w|min|[ap]m)", re.IGNORECASE
)
_AND = ("and", "or", "&", "+", "and/or")
_EMOTICON = re.compile(r"(?:^| )[:;]-?[)(DPp/|]$")


def split_call(text: str, language: Language) -> tuple[tuple[str, ...], str]:
    """The nicks that a call names, and its reason; no nicks if it calls nobody.

    >>> split_call("bob, cat and @dan: NTP is down", Language())
    (('bob', 'cat', 'dan'), 'NTP is down')
    >>> split_call("ann NTP infra is on fire", Language())
    (('ann',), 'NTP infra is on fire')
    >>> split_call("Zoë, 1bob and carol/discord läuft es?", Language())
    (('Zoë', '1bob', 'carol/discord'), 'läuft es?')
    """
    said = text.split(" ")
    known, joined = _known(language), (*_AND, *language.joints[:1])
    nicks: list[str] = []
    listed = True  # whether the next word must be a nick: the first, or after a comma or "and"
    at = 0
    while at < len(said):
        if nicks and fold(said[at]) in joined and at + 1 < len(said):
            if not _is_nick(said[at + 1], known):
                break
            listed = True
            at += 1
            continue
        match = _NICK.fullmatch(said[at])
        if match is None or not _is_nick(said[at], known):
            break
        # The list of common words is not in every language, so a further nick must be marked.
        if not (listed or match[1].isascii() or said[at].startswith("@")):
            break
        nicks.append(match[1])
        at += 1
        if match[2] == ":":
            return tuple(nicks), _reason(said[at:])
        listed = match[2] == ","
    rest = said[at:]
    if len(nicks) > 1 and not listed and rest and _continues(rest[0], said[at - 1], language):
        nicks.pop()
        rest = said[at - 1 :]
    return tuple(nicks), _reason(rest)


@lru_cache(maxsize=32)
def _known(language: Language) -> frozenset[str]:
    """Words that are hardly ever a nick: common words, and those that the language lists."""
    lists = (getattr(language, name.name) for name in fields(language) if name.name != "times")
    return COMMON.union(word for words in lists for word in words if " " not in word)


def _is_nick(word: str, known: frozenset[str]) -> bool:
    match = _NICK.fullmatch(word)
    if match is None:
        return False
    if word.startswith("@"):
        return True
    name = match[1]
    # NTP, DNS: a name in capitals is a thing.
    shouted = len(name) > 1 and name.isalpha() and name.isupper()
    return fold(name) not in known and not shouted and not _FIGURE.fullmatch(name)


def _continues(word: str, before: str, language: Language) -> bool:
    """Whether `word` continues a subject that `before` began: "kuma | is down"."""
    if before.startswith("@") or before.endswith(","):
        return False
    bare = fold(word).strip(".,:;!")
    return bare in language.verbs or (bare in _known(language) and bare not in language.openers)


def _reason(said: list[str]) -> str:
    return _EMOTICON.sub("", " ".join(said)).strip(" ,;:-–—")
