"""Whom a "ping" calls, and why: where the nicks end and the reason begins.

Knows no channel and no member list; it goes by how nicks and reasons look.
"""

from __future__ import annotations

import re

from ircbot.incident.common import COMMON, words
from ircbot.incident.people import NICK

_NICK = re.compile(rf"@?((?=\S*[^\W\d_]){NICK})([,:]?)")
_FIGURE = re.compile(
    r"\d+(?:st|nd|rd|th|x+|[kmgt]?i?b|[munsµ]?s|m|h|d|k|w|min|[ap]m)", re.IGNORECASE
)
# A reason begins with these; other common words may stand in the middle of its subject ("kuma
# staging is down"), so that the word before them may belong to it.
_OPENERS = words(
    """
    about again and anyone are as at because can could did do does for from fyi get got has have
    heads help hey hi how i i'm if im in is it it's its just let's lets looks may might mind need
    on once our please pls plz re regarding see seeing so some something sorry thanks that the
    there there's theres this to urgent we we're we've what when where who why with would you your
    """
)
_VERBS = words("is are was has have seems looks keeps isn't wont won't cannot can't")


_AND = ("and", "or", "&", "+", "and/or")
_EMOTICON = re.compile(r"(?:^| )[:;]-?[)(DPp/|]$")


def split_call(text: str) -> tuple[tuple[str, ...], str]:
    """The nicks a call names and its reason; no nicks when it calls nobody.

    >>> split_call("bob, cat and @dan: NTP is down")
    (('bob', 'cat', 'dan'), 'NTP is down')
    >>> split_call("ann NTP infra is on fire")
    (('ann',), 'NTP infra is on fire')
    >>> split_call("Zoë, 1bob and carol/discord läuft es?")
    (('Zoë', '1bob', 'carol/discord'), 'läuft es?')
    """
    said = text.split(" ")
    nicks: list[str] = []
    listed = True  # whether the next word must be a nick: the first, or after a comma or "and"
    at = 0
    while at < len(said):
        if nicks and said[at] in _AND and at + 1 < len(said):
            if not _is_nick(said[at + 1]):
                break
            listed = True
            at += 1
            continue
        match = _NICK.fullmatch(said[at])
        if match is None or not _is_nick(said[at]):
            break
        # No list of common words is in every language: another nick of those is marked as one.
        if not (listed or match[1].isascii() or said[at].startswith("@")):
            break
        nicks.append(match[1])
        at += 1
        if match[2] == ":":
            return tuple(nicks), _reason(said[at:])
        listed = match[2] == ","
    rest = said[at:]
    if len(nicks) > 1 and not listed and rest and _continues(rest[0], said[at - 1]):
        nicks.pop()
        rest = said[at - 1 :]
    return tuple(nicks), _reason(rest)


def _is_nick(word: str) -> bool:
    match = _NICK.fullmatch(word)
    if match is None:
        return False
    if word.startswith("@"):
        return True
    name = match[1]
    # NTP, DNS: who shouts a name means a thing.
    shouted = len(name) > 1 and name.isalpha() and name.isupper()
    return name.lower() not in COMMON and not shouted and not _FIGURE.fullmatch(name)


def _continues(word: str, before: str) -> bool:
    """Whether `word` goes on with a subject that `before` began: "kuma | is down"."""
    if before.startswith("@") or before.endswith(","):
        return False
    lower = word.lower().strip(".,:;!")
    return lower in _VERBS or (lower in COMMON and lower not in _OPENERS)


def _reason(said: list[str]) -> str:
    return _EMOTICON.sub("", " ".join(said)).strip(" ,;:-–—")
