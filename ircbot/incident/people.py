"""Who somebody is: names as IRC compares them, and when two lines come from one person.

A person is an account on a network whose server announces accounts, else a nick on a network. Names
are compared by the network's CASEMAPPING. The same nick or account on two networks is two people,
unless the configuration says otherwise (`[people.NAME]`).

Somebody who was seen with an account is never matched by nick alone: once they leave, anybody can
take the nick. Ruled out: trusting a nick for as long as nobody is seen to leave it. The bot is not
everywhere, it restarts, and servers lose each other.

Somebody who speaks through a relay belongs to another network and is never anybody on IRC: no nick
or account here is ever theirs (relays.py).

Must not know what anybody is allowed to do; that is access.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase

from ircbot.incident.line import Line
from ircbot.values import dataclass

# RFC 1459 §2.2 takes {}|^ for the lower case of []\~.
PAIRS = ("[{", "]}", "\\|", "~^")  # one letter each
_UPPER = "".join(pair[0] for pair in PAIRS)
_LOWER = "".join(pair[1] for pair in PAIRS)
_ASCII = str.maketrans(ascii_uppercase, ascii_lowercase)
_STRICT = str.maketrans(ascii_uppercase + _UPPER[:3], ascii_lowercase + _LOWER[:3])
_RFC1459 = str.maketrans(ascii_uppercase + _UPPER, ascii_lowercase + _LOWER)


# The characters of a nick: those of RFC 2812 §2.3.1, and letters of any script, which some servers
# permit (RFC 8265); no blanks or separators, and nothing that has another meaning in IRC.
_SIGN = (
    r"[^\s\x00-,./:-@~\x7f-\xa9\xab-\xb4\xb6-\xb9\xbb-\xbf\xd7\xf7\u2000-\u2bff\u3000-\u303f"
    r"\ufe00-\ufe0f\uff00-\uff0f\uff1a-\uff20\ufffc-\uffff\U0001f000-\U0001faff]"
)
# A nick, as a regular expression. A number is not one; bridges name people "carol/discord".
NICK = rf"(?!-|\d+(?!{_SIGN})){_SIGN}(?:{_SIGN}|/(?=[^\W\d_])){{0,63}}"


# The name that replaces somebody who was forgotten. IRC permits such nicks, but nobody who has one
# is ever taken for that person.
_NOBODY = re.compile(r"someone-[0-9a-f]{6}", re.IGNORECASE)


# Cached, as the same few names come with every line; with one argument, at half the cost.
@lru_cache(maxsize=1 << 14)
def _fold_ascii(name: str) -> str:
    return name.translate(_ASCII)


@lru_cache(maxsize=1 << 14)
def _fold_strict(name: str) -> str:
    return name.translate(_STRICT)


@lru_cache(maxsize=1 << 14)
def _fold_rfc1459(name: str) -> str:
    return name.translate(_RFC1459)


_FOLDS: dict[str, Callable[[str], str]] = {
    "ascii": _fold_ascii,
    "strict-rfc1459": _fold_strict,
    # Not str.casefold, for which "straße" equals "strasse": a server may distinguish these.
    "rfc7613": str.lower,
    "rfc8265": str.lower,
    "precis": str.lower,
    "utf8": str.lower,
    "utf-8": str.lower,
}


@lru_cache(maxsize=64)
def folding(casemapping: str) -> Callable[[str], str]:
    """The function that folds names under a CASEMAPPING; RFC 1459's if it is unknown or not
    announced.

    >>> folding("ascii")("A[B]"), folding("strict-rfc1459")("A[B]~"), folding("")("A[B]~")
    ('a[b]', 'a{b}~', 'a{b}^')
    """
    return _FOLDS.get(casemapping.lower(), _fold_rfc1459)


def fold(name: str, casemapping: str = "") -> str:
    """A nick, account or channel name in the form in which a server compares names.

    >>> fold("Nick[Away]"), fold("Nick[Away]", "ascii")
    ('nick{away}', 'nick[away]')
    """
    return folding(casemapping)(name)


def beginnings(nick: str) -> tuple[str, ...]:
    """Lower-case prefixes, one of which begins every spelling that a server may equate with the
    nick.

    >>> beginnings("Scribe"), beginnings("Scribe[am]")
    (('scribe',), ('scribe[', 'scribe{'))
    """
    for place, letter in enumerate(nick):
        for pair in PAIRS:
            if letter in pair:
                return tuple(nick[:place].lower() + either for either in pair)
    return (nick.lower(),)


def same_name(one: str, other: str, casemapping: str = "") -> bool:
    """Whether two names are the same for a server with this CASEMAPPING."""
    if one == other:  # as most are
        return True
    folded = folding(casemapping)
    return folded(one) == folded(other)


def nobody(digest: str) -> str:
    """The name that replaces somebody who was forgotten; `digest` is six hexadecimal digits."""
    return f"someone-{digest}"


def is_nobody(nick: str) -> bool:
    """Whether a nick is the replacement for somebody who was forgotten.

    >>> is_nobody(nobody("0a1b2c")), is_nobody("Someone-0A1B2C"), is_nobody("someone-else")
    (True, True, False)
    """
    return _NOBODY.fullmatch(nick) is not None


@dataclass(frozen=True, slots=True)
class Person:
    """A person on record: the nick as written, the account if known.

    `network` is "" for the main one. `name` is the one that the configuration gives them, if it
    does. `via` is the relay's name for its people ("discord"), "" for people on IRC. A relayed
    person's nick contains it ("carol via discord"), with blanks that no nick on IRC can have.
    """

    nick: str
    account: str | None = None
    network: str = ""
    name: str = ""
    via: str = ""

    @property
    def own_name(self) -> str:
        """The nick without the relay's name.

        >>> Person("carol via discord", via="discord").own_name, Person("ann").own_name
        ('carol', 'ann')
        """
        return self.nick.removesuffix(f" via {self.via}") if self.via else self.nick


def speaker(line: Line) -> Person:
    """Who said a line; the same value for all that they say."""
    return _speaker(line.nick, line.account or None, line.network, line.via)


@lru_cache(maxsize=1 << 10)
def _speaker(nick: str, account: str | None, network: str, via: str) -> Person:
    return Person(nick, account, network, via=via)


def is_same(known: Person, somebody: Person, casemapping: str = "") -> bool:
    """Whether `somebody`, who is here now, is `known`, who is on record.

    If an account is on record, it decides, whatever the nick is: somebody with another account, or
    without a known one, is somebody else. Without an account on record, the nick decides.
    """
    if known.name and somebody.name:
        return known.name == somebody.name
    if known.network != somebody.network or known.via != somebody.via:
        return False
    folded = folding(casemapping)
    if known.account:
        return folded(known.account) == folded(somebody.account or "")
    return folded(known.nick) == folded(somebody.nick)


def same_person(one: Person, other: Person, casemapping: str = "") -> bool:
    """Whether two records are of one person, whichever came first."""
    if bool(one.account) != bool(other.account):
        return False
    return is_same(one, other, casemapping)


def key_of(person: Person, casemapping: str = "") -> str:
    """A text without a colon that identifies a person among all on record.

    >>> key_of(Person("Ann")), key_of(Person("Ann_", "ann")), key_of(Person("Ann", None, "oftc"))
    ('ann', '@ann', 'oftc ann')
    """
    if person.name:
        return f"={person.name.replace(':', ' ')}"
    folded = folding(casemapping)
    own = f"@{folded(person.account)}" if person.account else folded(person.nick)
    if person.via:
        own = f">{own}"  # no network begins like this, and no nick on IRC has blanks
    return (f"{person.network} {own}" if person.network else own).replace(":", " ")
