"""Where in a line something may be said: at the beginning of a clause, up to its end.

Knows no meaning. What keeps a clause from meaning what it says is doubts.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

# Characters of a line that are looked at, which bounds what a hostile line can cost. An IRC line
# has room for about 400.
LONGEST = 800

# A nick, folded: what RFC 2812 §2.3.1 allows; what servers with UTF-8 do, digits in front among
# it; and what a bridge puts behind ("carol/discord"). A number is none.
NICK = (
    r"(?!\d+(?:[\s:,.;!?)]|$))[\w\[\]\\`^{}|](?:[\w\[\]\\`^{}|-]|/(?=[a-z]))"
    r"{0,31}"
)

# One character for one, so that a place in the folded text is the place in what was written.
_FOLD = {ord(upper): upper.lower() for upper in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_FOLD |= dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u00b4\u2032\uff07"), "'")
_FOLD |= dict.fromkeys(map(ord, "\u201c\u201d\u201e\u00ab\u00bb\u2033\uff02"), '"')
_FOLD |= dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
_FOLD |= dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2009\u202f\u3000"), " ")
_FOLD[ord("\u2026")] = "."


def fold(text: str) -> str:
    """The text in lower case with plain quotes, dashes and blanks; as long as it was."""
    return text.lower() if text.isascii() else text.translate(_FOLD)


def one_of(*lines: str) -> str:
    """A regular expression for any of what stands between bars."""
    return f"(?:{'|'.join(line.strip() for line in lines)})"


# Where a clause may begin: after punctuation, a dash, or a word that joins clauses.
_JOINT = re.compile(
    r"[.!?;,:)\]]+(?= )"
    r"| (?:-{1,3}|=>|->|/|\+|&)(?= )"
    r"| (?:and|so|but|then|also|plus|therefore|thus|hence)(?= )"
)

_SHORTENED = re.compile(r"[ (](?:e\.?g|i\.?e|vs|cf|ca|approx|resp)$")

# Words before a phrase that carry no meaning of their own.
_FILLER = re.compile(
    " "
    + one_of(
        "o+k(?:ay|ie|ey)?|k|kk|al+right(?:y)?|right|well|so|and|also|yes|yep|yup|yeah|ya|sure",
        "a{2,}nd|hi|hey|hello|howdy|morning|good (?:morning|afternoon|evening)|greetings|attention",
        "(?:good|great|excellent) news(?: all| everyone| everybody| folks)?|ack|acknowledged",
        "confirmed|confirming|roger(?: that)?|copy(?: that)?|agreed|understood|done|cool|great",
        "excellent|perfect|thanks|thank you|thx|ty|cheers|sorry|apologies|ugh|argh|damn|crap|sigh",
        r"oh|ah|hm+|fyi|psa|heads[- ]?up|note|n\.?b\.?|for the record|just so you know",
        "to be clear|just to (?:be clear|confirm)|for clarity|officially|now|update|status",
        "status update|as of now|at this point|in that case|for now|from now on|please|pls|folks",
        "all|everyone|everybody|people|team|guys|y'?all|friends|there|@?here|@?channel|@all",
        "@everyone|everyone else|i (?:can |hereby )?(?:confirm|acknowledge)(?: that)?",
        "going ahead and|good to go",
        "(?:(?:i am|i'?m|we are|we'?re) )?(?:happy|glad|pleased) to (?:say|report|announce|confirm)"
        "(?: that)?",
        "in the meantime|meanwhile|and done|got it|will do|no problem|np|sounds good|fine",
        "fair enough|deal|welp|whew|phew|yay|woo+t?|hooray|finally|urgent|important|emergency",
        r"announcement|notice|reminder|btw|:-?\)|:-?\(",
    )
    + r"(?=[ ,.!:;-]|$)[,.!:;]*(?: -{1,3}(?= ))?"
    + r"| @[^\s:,]{1,32}[:,]?(?= )"
)
# Words that may follow a phrase within the same clause.
_TAIL = (
    "(?:,? "
    + one_of(
        "now|for now|from now on|from here(?: on)?|right now|as of now|effective immediately",
        "at this (?:point|time)|again|here|today|tonight|folks|everyone|everybody|all|team|guys",
        "y'?all|people|thanks|thank you|thx|please|pls|btw|fyi|officially|instead|too|as well",
        "then|for the time being|until further notice|just fyi",
        "for (?:today|tonight|the record|the next (?:bit|while|few hours))",
        "(?:for|on|of|in) (?:this|it|this one)",
        r"(?:for|on|of|in) (?:this|the|that) (?!(?:other|last|next|previous|first|old)\b)"
        r"(?:[\w./-]{1,30} ){0,3}"
        "(?:incident|outage|issue|problem)",
    )
    + r"(?![\w'])){1,4}"
)
# What ends a clause.
_CLAUSE_END = r"\s*" + one_of(
    r"$|[.!?,;:)\]]+(?=[ \"']|$)|-{1,3}(?= )|- |\(|=>|->|/ |\+ |& ",
    r"[:;]-?[)(/|dp]|<3|\\?o/(?= |$)|[\u2600-\u27bf\U0001f000-\U0001faff]",
    "(?:and|but|so|because|since|as|while|until|till|due to|thanks to|pls|please|let me know"
    "|if|unless)(?= |$)",
)
# The regular expression that a phrase must be followed by to be a whole clause.
ENDING = rf"(?:{_TAIL})?(?={_CLAUSE_END})"


class Start(NamedTuple):
    """A place where a clause may begin: `at` is the blank before it.

    `clause` is where the clause begins if words without meaning ("ok, so") are counted, `sentence`
    where its sentence begins.
    """

    at: int
    clause: int
    sentence: int
    joint: str  # what stands before the clause: "", ",", " and", …


_SIGNS = re.compile(
    r"[\s.,!:;)-]+|\s*(?:[:;]-?[)(/dp]|<3|\\?o/|[\u2600-\u27bf\U0001f000-\U0001faff])"
)


def is_filler(folded: str) -> bool:
    """Whether a text is only words that carry no meaning of their own, and a smile perhaps.

    >>> is_filler(" update:"), is_filler(" ok, thanks :)"), is_filler(" dan:")
    (True, True, False)
    """
    at = 0
    while at < len(folded):
        part = _FILLER.match(folded, at) or _SIGNS.match(folded, at)
        if part is None:
            return False
        at = part.end()
    return True


def starts(folded: str) -> Iterator[Start]:
    """The places where a clause may begin. `folded` begins with a blank."""
    yield from _with_fillers(folded, Start(0, 0, 0, ""))
    sentence = 0
    for joint in _JOINT.finditer(folded):
        end = joint.end()
        if joint[0][0] in ".!?;" and not _SHORTENED.search(folded, 0, joint.start()):
            sentence = end
        yield from _with_fillers(folded, Start(end, end, sentence, joint[0]))


def _with_fillers(folded: str, start: Start) -> Iterator[Start]:
    yield start
    at = start.at
    while filler := _FILLER.match(folded, at):
        at = filler.end()
        yield Start(at, start.clause, start.sentence, start.joint)
