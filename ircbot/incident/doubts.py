"""What keeps a clause from meaning what it says.

A question, a condition, a quotation, a report of what somebody said, a joke, another day. When in
doubt it means nothing: a false declaration at three in the morning is worse than a missed one,
because `!inc declare` is always there. Knows no meaning, only how it is meant (Mood).
"""

from __future__ import annotations

import re
from enum import StrEnum

from ircbot.incident.clauses import NICK, Start, is_filler, one_of


class Mood(StrEnum):
    """How a saying is meant, which decides what takes its meaning away."""

    DEED = "deed"  # it does what it says: "I am declaring an incident"
    STATE = "state"  # it tells how things are: another day makes it a story
    PLAN = "plan"  # it tells what is to come, tomorrow perhaps
    REQUEST = "request"  # it asks others: "meet in my room if you can help" still does
    CALL = "call"  # it calls others, and may well ask them something
    OFFER = "offer"  # it asks somebody to do something, and does it by that: "could you lead?"
    CONSENT = "consent"  # it answers: "yes, but not now" does not
    OUTCOME = "outcome"  # it tells that something is so by now, all of it
    LABEL = "label"  # it names what follows, whatever that says: "impact: …"
    QUESTION = "question"  # it wants to know


# A line that shows what was said elsewhere: quotations, pasted chat, prompts, code.
_SHOWN = re.compile(
    " "
    + one_of(
        r">|\||<[^<>]{1,40}>|[^\s>]{1,30}>(?: |$)|\* |\[[^\]]{1,40}\] ?<",
        r"\[?\d{1,2}:\d\d(?::\d\d)?(?: ?[ap]m)?\]? +[-<*(\[|+@]|\[?\d{4}-\d\d-\d\d",
        r"\$ |# |//|/\*|`|\\|\"|'(?!s|m|re)|re: |rt @|title: |quote: ",
    )
)
_SENTENCE_END = re.compile(r"[.!?;]+(?= |$)")

# Words of somebody who tells what was said, or shows how something would be said.
_REPORTING = re.compile(
    "[ (]"
    + one_of(
        "says?|said|saying|told|tells?|telling|wrote|writes|writing|typed?|typing|types|asked|asks",
        "quot(?:e|es|ing|ed|h)|announces?|announced|claim(?:s|ed|ing)?|mentioned|mentions|replied",
        "replies|answered|yell(?:s|ed|ing)?|shout(?:s|ed|ing)?|goes|went|according to|heard|hear",
        r"examples?|e\.g\.?|eg|i\.e\.?|such as|pasted?|pasting|titled?|named|called|reads?|reading",
        "(?:is|was|be|are|were|something|stuff|things?|sth|lines?|messages?) like|phrases?",
        "sentences?|words|topic|subject|headlines?|template|translat(?:e|es|ed|ion)",
        "imagine|pretend(?:ing)?|hypothetical(?:ly)?|suppose|story|jokes?|joking|kidding|roleplay",
        "game|movie|film|book|song|dream(?:t|ed|s)?|wish(?:es|ed)?|docs?|documentation|guide",
        "manual|wiki|readme|spec|tests?|back when|when i was|(?:years?|months?|weeks?|days?) ago",
        "remember(?:s|ed)?|reminds",
    )
    + "(?=[ ,.:;!)]|$)"
)
# A sentence that begins so is conditional, a question, or about every such case.
_CONDITIONAL = re.compile(
    "[ ,]*(?:(?:and|but|so|or|then|ok|well|only|even|because|cause|cuz) )*"
    + one_of(
        "if|when|whenever|once|unless|until|till|in case|assuming|provided|supposing|suppose",
        "let'?s say|say|after|before|as soon as|should|would|could|might|may|how|why|what|whether",
        "who|where|which|did|does|do|is|are|am|was|were|has|have|had|can|will|shall|isn't|aren't",
        "didn't|doesn't|wasn't",
    )
    + "(?= |,)"
)
# What makes doubtful what stands right after it.
_DOUBTING = re.compile(
    " "
    + one_of(
        "maybe|perhaps|possibly|probably|supposedly|apparently|allegedly|hopefully|ideally",
        "theoretically|in theory|technically|not sure|unsure|dunno|(?:looks|seems|sounds) like",
        "i (?:think|guess|believe|hope|suppose|doubt|wish|bet|wonder|assume|imagine|hear|heard)",
        "it (?:seems|looks)|yesterday|tomorrow|later|(?:last|next) (?:night|week|month|year|time)",
        "as though|instead of|rather than|although|though",
        "(?:(?:as )?if|unless|not|never|don'?t|than|that|or)$",
    )
    + "(?= |,|$|[.:])"
)
# What makes doubtful what stands right before it.
_DOUBTED = re.compile(
    "[ ,;:.(-]*(?:(?:but|or|only|just|well|though|even) )*"
    + one_of(
        "as far as|jk|j/k|(?:just )?kidding|joking|not|(?:(?:he|she|they|it) )?(?:said|says)",
        "i (?:think|guess|hope|believe|suppose|assume)|maybe|perhaps|possibly|probably|supposedly",
        "allegedly|apparently|hopefully|or (?:not|so|something|whatever|maybe|else)",
        r"(?:right|correct|yes|no|yeah|huh|eh)(?= ?\?|$|[.,]*$)|lol|lmao|rofl|haha\w*|hehe\w*|/s",
        r";-?\)|:-?p|xd|every time|in (?:my|your) dreams|says who|for (?:example|instance)|was",
        "is what|would be|don't you think|isn't it|aren't i|am i|is it|okay\\?|ok\\?",
    )
    + r"(?![\w'])"
)
_CONDITION = re.compile(
    "[ ,;:.(-]*(?:(?:but|or|only|just|even) )*"
    r"(?:if|unless|assuming|provided|whenever|when|once|in case|as (?:soon|long) as"
    r"|as (?:if|though))(?![\w'])"
)
_ANOTHER_DAY = (
    r"yesterday|tomorrow|(?:last|next) (?:night|week|month|year|time)"
    r"|(?:last|next|on) (?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|(?:\w+ )?(?:days?|weeks?|months?|years?|hours?) ago"
)
_PUT_OFF = re.compile(rf"[ ,;:.(-]*(?:{_ANOTHER_DAY}|ago)(?![\w'])")
_OTHER_DAY = re.compile(
    rf" (?:{_ANOTHER_DAY}|back in|earlier|previously|in \d{{4}}|in the past|at the time|already)"
    r"(?![\w'])"
)
# What takes away a part of what was said just before, or what it was said for.
_LIMITED = re.compile(
    "[ ,;:.(-]*(?:(?:and|well) )?"
    + one_of(
        "but|except|apart from|besides|other than|only for|just for|for (?:me|some|most|us)",
        "at least|not (?:all|yet|quite|sure)|still|almost|nearly|mostly|partly|partially|in part",
        r"kind of|more or less|sort of|if|after|before|later|(?:with)?in (?:an?|the|ten|\d+)\b",
        "soon|first|on (?:staging|test|dev)|locally|on my",
    )
    + r"(?![\w'])"
)
# A question that asks somebody to do something.
_ASKS_FOR = re.compile(
    r" (?:(?:can|could|would|will|do|are|may) (?:you|i|somebody|someone|anybody|anyone)"
    r"|who (?:can|could|will|would|wants)|(?:able|willing|happy) to)(?= )"
)
_OTHERWISE = re.compile(" as (?!i |we |it |there )")  # "stepping down as treasurer"
_ALSO = re.compile(r" (?:too|as well|instead)[.!]*$")
_ASKS_ELSE = re.compile(
    "[ ,;.:!-]*(?:(?:and|so|but|now) )?"
    + one_of(
        "who(?:'s|s)?|what(?:'s|s)?|where(?:'s|s)?|which|how|can|could|does|do|did|anyone|anybody",
        "any|is (?:anyone|anybody|there|someone)|shall|are (?:there|any)|has any(?:one|body)",
    )
    + "(?= )"
)
_SPOKEN_TO = re.compile(r" @?[^\s:,]{1,32}[:,](?= )")
_MENTIONED = re.compile(r" @[^\s:,]{1,32}(?= )")
# What may stand before a colon for what follows to be said rather than shown: people spoken to.
_ADDRESS = re.compile(rf" @?{NICK}(?:(?:,| and|, and) @?{NICK}){{0,5}}")
_TITLES = re.compile(
    " "
    + one_of(
        r"example|ex|e\.?g\.?|i\.?e\.?|quote|topic|subject|title|template|usage|todo|tldr|tl;dr|faq",
        "q|a|from|to|re|fwd?|status|step|rule|lesson|goal|note to self|translation|headline",
        "summary|meaning|definition|https?",
    )
)


# What is said behind these takes nothing away: it is what they call for, ask or name.
_WHATEVER_FOLLOWS = (Mood.CALL, Mood.LABEL, Mood.QUESTION)


def spoken_to(folded: str) -> int:
    """Where the name of somebody ends whom a line is said to ("dan: …", "@dan …"), 0 for nobody."""
    named = _SPOKEN_TO.match(folded) or _MENTIONED.match(folded)
    return 0 if named is None or is_filler(named[0]) else named.end()


def is_shown(folded: str) -> bool:
    """Whether a line shows what was said elsewhere rather than says it. `folded` begins blank."""
    return _SHOWN.match(folded) is not None


def is_meant(folded: str, start: Start, end: int, mood: Mood) -> bool:
    """Whether a clause from `start` to `end` says what it says, by what stands around it."""
    before = folded[start.sentence : start.clause]
    close = _SENTENCE_END.search(folded, end)
    after = folded[end : close.start() if close else len(folded)]
    if _in_quotes(folded, start.at) or _is_told(folded, start, before):
        return False
    if mood in _WHATEVER_FOLLOWS:
        return True
    if mood is Mood.OFFER:
        asked = close is not None and "?" in close[0]
        return (not asked or _ASKS_FOR.search(folded, start.at, end) is not None) and not (
            _DOUBTED.match(folded, end)
            or _OTHERWISE.match(folded, end)
            or _CONDITION.match(folded, end)
            or _PUT_OFF.match(folded, end)
        )
    if mood in (Mood.CONSENT, Mood.OUTCOME) and _LIMITED.match(folded, end):
        return False
    if mood is Mood.CONSENT and _ALSO.search(folded, start.at, end):
        return False
    if (close and _is_asked(mood, after, close[0])) or _DOUBTED.match(folded, end):
        return False
    if mood is Mood.REQUEST:
        return True
    if _CONDITION.match(folded, end):
        return False
    if mood in (Mood.STATE, Mood.OUTCOME):
        return not (_OTHER_DAY.search(before) or _OTHER_DAY.search(after))
    return mood is Mood.PLAN or not _PUT_OFF.match(folded, end)


def _is_asked(mood: Mood, after: str, close: str) -> bool:
    """Whether a sentence asks, rather than what follows in it ("I am IL, who is here?")."""
    return "?" in close and not (mood is Mood.DEED and _ASKS_ELSE.match(after))


def _is_told(folded: str, start: Start, before: str) -> bool:
    """Whether what stands before a clause makes it somebody's words, or a supposition."""
    if spoken_to := _SPOKEN_TO.match(before):
        before = before[spoken_to.end() :]
    if _REPORTING.search(before) or _CONDITIONAL.match(before):
        return True
    # Only what stands right before: "I think it is the disk, I am declaring an incident" is meant.
    last = before.rstrip(" ,:;.-").rpartition(",")[2].strip()
    if last and len(last.split()) <= 3 and _DOUBTING.search(f" {last}"):
        return True
    if ":" in start.joint:
        head = folded[: start.clause].rstrip(" :")
        return not _ADDRESS.fullmatch(head) or _TITLES.fullmatch(head) is not None
    return False


def _in_quotes(folded: str, at: int) -> bool:
    before = folded[:at]
    if before.count('"') % 2 or before.count("`") % 2:
        return True
    opened = len(re.findall(r"(?<!\w)'(?=\w)", before))
    return opened > len(re.findall(r"(?<=[\w.!?])'(?!\w)", before))
