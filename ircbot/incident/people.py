"""Who somebody is: names as IRC compares them, and when two lines come from one person.

Must not know what anybody is allowed to do; that is access.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase

from ircbot.incident.line import Line

# RFC 1459 §2.2 takes {}|^ for the lower case of []\~. Servers that say CASEMAPPING=ascii do not;
# the stricter mapping can only take two names for one that such a server would allow to differ in
# brackets alone, which nobody does by accident.
PAIRS = ("[{", "]}", "\\|", "~^")  # one letter each
_FOLD = str.maketrans(
    ascii_uppercase + "".join(pair[0] for pair in PAIRS),
    ascii_lowercase + "".join(pair[1] for pair in PAIRS),
)


# The same few names come with every line.
@lru_cache(maxsize=1 << 14)
def fold(name: str) -> str:
    """A nick or channel name as the server compares it.

    >>> fold("Nick[Away]") == fold("nick{away}")
    True
    """
    return name.translate(_FOLD)


def beginnings(nick: str) -> tuple[str, ...]:
    """How all that is the same nick to the server begins, in lower case.

    >>> beginnings("Scribe"), beginnings("Scribe[am]")
    (('scribe',), ('scribe[', 'scribe{'))
    """
    for place, letter in enumerate(nick):
        for pair in PAIRS:
            if letter in pair:
                return tuple(nick[:place].lower() + either for either in pair)
    return (nick.lower(),)


def same_name(one: str, other: str) -> bool:
    """Whether two nicks or channel names are one to the server."""
    return fold(one) == fold(other)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as the record names them: the nick as written, the account if known."""

    nick: str
    account: str | None = None


def speaker(line: Line) -> Person:
    """Who said a line."""
    return Person(line.nick, line.account or None)


def same_person(one: Person, other: Person) -> bool:
    """Whether two are one: by their accounts where both are known, else by their nicks."""
    if one.account is not None and other.account is not None:
        return fold(one.account) == fold(other.account)
    return same_name(one.nick, other.nick)


def is_speaker(person: Person, line: Line) -> bool:
    """Whether `line` comes from `person`.

    The services account decides where both are known, under whatever nick. A server that knows
    accounts and says that the speaker is logged in to none cannot be speaking for somebody who
    has one: that is how a taken nick is told from its owner.
    """
    if person.account is not None and line.account is not None:
        return fold(person.account) == fold(line.account)
    return same_name(person.nick, line.nick)
