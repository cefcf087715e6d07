"""Decides whether a clause means what it says.

It does not if it is a question, a condition, a quotation, a report of somebody's words, a joke, or
about another day. If in doubt, it means nothing: a false declaration at three in the morning is
worse than a missed one, because `!inc declare` is always there. Knows no meaning, only its Mood.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from ircbot.incident.clauses import Start, is_filler
from ircbot.incident.language import Language, one_of
from ircbot.incident.people import NICK


class Mood(StrEnum):
    """How a saying is meant; this decides which doubts cancel it."""

    DEED = "deed"  # saying it does it: "I am declaring an incident"
    STATE = "state"  # it describes how things are; about another day it is only a story
    PLAN = "plan"  # it announces something, perhaps for tomorrow
    REQUEST = "request"  # it asks others, even conditionally: "meet in my room if you can help"
    CALL = "call"  # it calls others, and may contain a question
    OFFER = "offer"  # it offers something, even as a question: "could you lead?"
    CONSENT = "consent"  # it agrees or refuses; "yes, but not now" does neither
    OUTCOME = "outcome"  # it says that something is so by now, and not only in part
    LABEL = "label"  # it names what follows, whatever that says: "impact: …"
    QUESTION = "question"  # it asks for information


# A line that shows what was said elsewhere: quotations, pasted chat, prompts, code.
_SHOWN = re.compile(
    r" (?:>|\||<[^<>]{1,40}>|[^\s>]{1,30}>(?: |$)|\* |\[[^\]]{1,40}\] ?<"
    r"|\[?\d{1,2}:\d\d(?::\d\d)?(?: ?[ap]m)?\]? +[-<*(\[|+@]|\[?\d{4}-\d\d-\d\d"
    r"|\$ |# |//|/\*|`|\\|\"|'(?!s|m|re)|re: |rt @)"
)
_SENTENCE_END = re.compile(r"[.!?;]+(?= |$)")
_SPOKEN_TO = re.compile(r" @?[^\s:,]{1,32}[:,](?= )")
_MENTIONED = re.compile(r" @[^\s:,]{1,32}(?= )")
_FIRST = "[ ,;:.(-]*"  # may stand between a clause and the words that retract it


class _Doubts(NamedTuple):
    """The patterns of a language that cancel a meaning. Those ending in a lookahead match whole
    words.

    `told` reports somebody's words. A sentence that begins with `supposed` is a question, a
    condition, or about every case of a kind. `doubting` casts doubt on the clause that follows it
    directly, `doubted` on the clause before it.
    """

    told: re.Pattern[str]
    supposed: re.Pattern[str]
    doubting: re.Pattern[str]
    doubted: re.Pattern[str]
    condition: re.Pattern[str]
    put_off: re.Pattern[str]
    other_day: re.Pattern[str]
    limited: re.Pattern[str]
    remains: re.Pattern[str]
    asks_for: re.Pattern[str]
    asks_else: re.Pattern[str]
    otherwise: re.Pattern[str]
    also: re.Pattern[str]
    titled: re.Pattern[str]
    quoting: re.Pattern[str]


@lru_cache(maxsize=32)
def _doubts_of(language: Language) -> _Doubts:
    of = language
    links, day = one_of(of.links), one_of(of.another_day)
    year = rf"{one_of(of.times.get('in', ()))} \d{{4}}"
    return _Doubts(
        told=re.compile(rf"[ (]{one_of(of.told)}(?=[ ,.:;!)]|$)"),
        supposed=re.compile(
            rf"[ ,]*(?:{links} )*{one_of(of.questions, of.conditions, of.suppositions)}(?= |,)"
        ),
        doubting=re.compile(rf" (?:{one_of(of.hedges)}(?= |,|$|[.:])|{one_of(of.negations)}$)"),
        doubted=re.compile(
            rf"{_FIRST}(?:{links} )*(?:{one_of(of.tags)}(?= ?\?|$|[.,]*$)"
            rf"|;-?\)|{one_of(of.retractions)})(?![\w'])"
        ),
        condition=re.compile(rf"{_FIRST}(?:{links} )*{one_of(of.conditions)}(?![\w'])"),
        put_off=re.compile(rf"{_FIRST}{day}(?![\w'])"),
        other_day=re.compile(rf" (?:{day}|{one_of(of.long_ago)}|{year})(?![\w'])"),
        limited=re.compile(
            rf"{_FIRST}(?:{links} )?(?:{one_of(of.limits)}|{one_of(of.within)} \d+)(?![\w'])"
        ),
        remains=re.compile(rf" {one_of(of.remains)}(?![\w'])"),
        asks_for=re.compile(rf" {one_of(of.requests)}(?= )"),
        asks_else=re.compile(rf"[ ,;.:!-]*(?:{links} )?{one_of(of.other_questions)}(?= )"),
        otherwise=re.compile(rf" {one_of(of.otherwise)} (?!{one_of(of.subjects)} )"),
        also=re.compile(rf" {one_of(of.also)}[.!]*$"),
        titled=re.compile(rf" (?:{one_of(of.titles)}|https?)"),
        quoting=re.compile(rf" {one_of(of.quoting)}: "),
    )


# The address before a colon: what follows it is said, not quoted.
@lru_cache(maxsize=32)
def _address(language: Language) -> re.Pattern[str]:
    joint = one_of(language.joints)
    return re.compile(rf" @?{NICK}(?:(?:,| {joint}|, {joint}) @?{NICK}){{0,5}}")


# Words that follow these cancel nothing: they are what is called for, asked or named.
_WHATEVER_FOLLOWS = (Mood.CALL, Mood.LABEL, Mood.QUESTION)


def spoken_to(folded: str, language: Language) -> int:
    """Where the address at the beginning of a line ends ("dan: …", "@dan …"), 0 if
    there is none.
    """
    named = _SPOKEN_TO.match(folded) or _MENTIONED.match(folded)
    return 0 if named is None or is_filler(named[0], language) else named.end()


def is_shown(folded: str, language: Language) -> bool:
    """Whether a line shows words from elsewhere rather than saying them. `folded` begins with a
    blank.
    """
    quoting = _doubts_of(language).quoting
    return _SHOWN.match(folded) is not None or quoting.match(folded) is not None


def is_meant(folded: str, start: Start, end: int, mood: Mood, language: Language) -> bool:
    """Whether the clause from `start` to `end` means what it says, judged by its surroundings."""
    doubts = _doubts_of(language)
    before = folded[start.sentence : start.clause]
    close = _SENTENCE_END.search(folded, end)
    after = folded[end : close.start() if close else len(folded)]
    if _in_quotes(folded, start.at) or _is_told(folded, start, before, language):
        return False
    if mood in _WHATEVER_FOLLOWS:
        return True
    if mood is Mood.OFFER:
        asked = close is not None and "?" in close[0]
        return (not asked or doubts.asks_for.search(folded, start.at, end) is not None) and not (
            doubts.doubted.match(folded, end)
            or doubts.otherwise.match(folded, end)
            or doubts.condition.match(folded, end)
            or doubts.put_off.match(folded, end)
        )
    if mood in (Mood.CONSENT, Mood.OUTCOME) and doubts.limited.match(folded, end):
        return False
    if mood is Mood.OUTCOME and doubts.remains.search(after):
        return False
    if mood is Mood.CONSENT and doubts.also.search(folded, start.at, end):
        return False
    if (close and _is_asked(mood, after, close[0], doubts)) or doubts.doubted.match(folded, end):
        return False
    if mood is Mood.REQUEST:
        return True
    if doubts.condition.match(folded, end):
        return False
    if mood in (Mood.STATE, Mood.OUTCOME):
        return not (doubts.other_day.search(before) or doubts.other_day.search(after))
    return mood is Mood.PLAN or not doubts.put_off.match(folded, end)


def _is_asked(mood: Mood, after: str, close: str, doubts: _Doubts) -> bool:
    """Whether the clause itself is the question, rather than what follows it ("I am IL, who is
    here?").
    """
    return "?" in close and not (mood is Mood.DEED and doubts.asks_else.match(after))


def _is_told(folded: str, start: Start, before: str, language: Language) -> bool:
    """Whether the text before a clause makes it somebody else's words, or a supposition."""
    doubts = _doubts_of(language)
    if spoken_to := _SPOKEN_TO.match(before):
        before = before[spoken_to.end() :]
    if doubts.told.search(before) or doubts.supposed.match(before):
        return True
    # Only what stands right before: "I think it is the disk, I am declaring an incident" is meant.
    last = before.rstrip(" ,:;.-").rpartition(",")[2].strip()
    if last and len(last.split()) <= 3 and doubts.doubting.search(f" {last}"):
        return True
    if ":" in start.joint:
        head = folded[: start.clause].rstrip(" :")
        return not _address(language).fullmatch(head) or doubts.titled.fullmatch(head) is not None
    return False


def _in_quotes(folded: str, at: int) -> bool:
    before = folded[:at]
    if before.count('"') % 2 or before.count("`") % 2:
        return True
    opened = len(re.findall(r"(?<!\w)'(?=\w)", before))
    return opened > len(re.findall(r"(?<=[\w.!?])'(?!\w)", before))
