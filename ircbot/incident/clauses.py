"""Where in a line something may be said, and what keeps a sentence from meaning what it says.

A saying must be a whole clause: it begins where a clause begins, and ends where one ends. Then a
question, a condition, a quotation, a report of what somebody said, a joke or another day makes it
mean nothing. When in doubt it means nothing: `!inc declare` is always there.
Knows no meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

# Nobody says it after so many characters; what a hostile line can cost is bounded by it. An IRC
# line has room for about 400.
LONGEST = 800

# One character for one, so that a place in the folded text is the place in what was written.
_FOLD = {ord(upper): upper.lower() for upper in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_FOLD |= dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u00b4\u2032\uff07"), "'")
_FOLD |= dict.fromkeys(map(ord, "\u201c\u201d\u201e\u00ab\u00bb\u2033\uff02"), '"')
_FOLD |= dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
_FOLD |= dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2009\u202f\u3000"), " ")
_FOLD[ord("\u2026")] = "."


def fold(text: str) -> str:
    """The text in lower case with plain quotes, dashes and blanks; as long as it was."""
    return text.translate(_FOLD)


# Where a clause may begin: after punctuation, a dash, or a word that joins clauses.
_JOINT = re.compile(
    r"[.!?;,:)\]]+(?= )| (?:-{1,3}|=>|->|/|\+|&)(?= )"
    r"| (?:and|so|but|then|also|plus|therefore|thus|hence)(?= )"
)
_SENTENCE_END = re.compile(r"[.!?;]+(?= |$)")

# What people put before what they mean.
_FILLER = re.compile(
    r" (?:(?:o+k(?:ay|ie|ey)?|k|kk|al+right(?:y)?|right|well|so|and|also|yes|yep|yup|yeah|ya|sure"
    r"|hi|hey|hello|howdy|morning|good (?:morning|afternoon|evening|news)|greetings|attention|ack"
    r"|acknowledged|confirmed|confirming|roger(?: that)?|copy(?: that)?|agreed|understood|done|cool"
    r"|great|excellent|perfect|thanks|thank you|thx|ty|cheers|sorry|apologies|ugh|argh|damn|crap"
    r"|sigh|oh"
    r"|ah|hm+|fyi|psa|heads[- ]?up|note|n\.?b\.?|for the record|just so you know|to be clear"
    r"|just to (?:be clear|confirm)|for clarity|officially|now|update|status|status update"
    r"|as of now"
    r"|at this point|in that case|for now|from now on|please|pls|folks|all|everyone|everybody"
    r"|people|team|guys|y'?all|friends|there|@?here|@?channel|@all|@everyone|everyone else"
    r"|i can confirm(?: that)?|happy to (?:say|report)(?: that)?|glad to (?:say|report)(?: that)?"
    r"|pleased to (?:say|report|announce)(?: that)?|i am happy to (?:say|report)(?: that)?"
    r"|going ahead and|good to go|in the meantime|meanwhile|and done|got it|will do|no problem|np"
    r"|sounds good|fine|fair enough|deal|welp|whew|phew|yay|woo+t?|hooray|finally|urgent|important"
    r"|emergency|announcement|notice|reminder|btw|:\)|:-\)|:\(|:-\()"
    r"(?=[ ,.!:;-]|$)[,.!:;]*(?: -{1,3}(?= ))?|@[^\s:,]{1,32}[:,]?(?= ))"
)
# What people put after it, still in the same clause.
_TAIL = re.compile(
    r"(?:,? (?:now|for now|from now on|from here(?: on)?|right now|as of now|effective immediately"
    r"|at this (?:point|time)|again|here|today|tonight|folks|everyone|everybody|all|team|guys"
    r"|y'?all"
    r"|people|thanks|thank you|thx|please|pls|btw|fyi|officially|instead|too|as well|then"
    r"|for the time being|until further notice|for the (?:record|next (?:bit|while|few hours))"
    r"|(?:for|on|of|in) (?:this|it|this one|the (?:incident|outage)|(?:this|the|that) "
    r"(?:[\w./-]{1,30} ){0,3}(?:incident|outage|issue|problem))|just fyi|\\o/|o/)(?![\w'])){1,4}"
)
# Where a clause ends, from the end of what was said.
_CLAUSE_END = re.compile(
    r"\s*(?:$|[.!?,;:)\]]|-{1,3}(?= )|- |[:;]-?[)(/|dp]|=>|->|/ |\+ |& |\(|<3|\\o/|o/(?= |$)"
    r"|(?:and|but|so|because|since|as|while|until|till|due to|thanks to|pls|please"
    r"|let me know|if|unless)"
    r"(?= |$)|[\u2600-\u27bf\U0001f000-\U0001faff])"
)

# A line that shows what was said elsewhere: quotations, pasted chat, prompts, code.
_SHOWN = re.compile(
    r" (?:>|\||<[^<>]{1,40}>|\[?\d{1,2}:\d\d(?::\d\d)?(?: ?[ap]m)?\]? +[-<*(\[|+@]"
    r"|\[?\d{4}-\d\d-\d\d|[^\s>]{1,30}>(?: |$)|\* |\$ |# |//|/\*|\[[^\]]{1,40}\] ?<|\"|'(?!s|m|re)"
    r"|`|\\|re: |rt @|title: |quote: |>>)"
)

# Words of somebody who tells what was said, or shows how something would be said.
_REPORTING = re.compile(
    r"[ (](?:says?|said|saying|told|tells?|telling|wrote|writes|writing|typed?|typing|types|asked"
    r"|asks|quot(?:e|es|ing|ed|h)|announces?|announced|claim(?:s|ed|ing)?|mentioned|mentions"
    r"|replied|replies|answered|yell(?:s|ed|ing)?|shout(?:s|ed|ing)?|goes|went|examples?|e\.g\.?|eg"
    r"|i\.e\.?|such as|(?:is|was|be|are|were|something|stuff|things?|sth|lines?|messages?) like"
    r"|pasted?"
    r"|pasting|titled?|named|called|reads?|reading|phrases?|sentences?|words|topic|subject"
    r"|headlines?|template|translat(?:e|es|ed|ion)|imagine|pretend(?:ing)?|hypothetical(?:ly)?"
    r"|suppose"
    r"|according to|heard|hear|story|joke|jokes|joking|kidding|roleplay|game|movie|film|book|song"
    r"|dream(?:t|ed|s)?|wish(?:es|ed)?|docs?|documentation|guide|manual|wiki|readme|spec|tests?"
    r"|back when|when i was|years? ago|months? ago|weeks? ago|days? ago|remember(?:s|ed)?|reminds)"
    r"(?=[ ,.:;!)]|$)"
)
# A sentence that begins so is conditional, or about every such case.
_CONDITIONAL = re.compile(
    r"^[ ,]*(?:(?:and|but|so|or|then|ok|well|only|even|because|cause|cuz) )*(?:if|when|whenever"
    r"|once"
    r"|unless|until|till|should|would|could|might|may|in case|assuming|provided|supposing|suppose"
    r"|let's say|lets say|say|after|before|as soon as|how|why|what|whether|who|where|which|did|does"
    r"|do|is|are|am|was|were|has|have|had|can|will|shall|isn't|aren't|didn't|doesn't|wasn't)(?= |,)"
)
_DOUBTING = re.compile(
    r" (?:maybe|perhaps|possibly|probably|supposedly|apparently|allegedly|hopefully|ideally"
    r"|theoretically|in theory|technically|i (?:think|guess|believe|hope|suppose|doubt|wish|bet"
    r"|wonder"
    r"|assume|imagine|hear|heard|thought)|not sure|unsure|dunno|looks like|seems like|sounds like"
    r"|it seems|it looks|yesterday|tomorrow|later"
    r"|last (?:night|week|month|year|time)|next (?:week|month|year|time)|as though|instead of"
    r"|rather than|although|though|(?:(?:as )?if|unless|not|never|don'?t|than|that|or)$)(?= |,|$"
    r"|[.:])"
)
_DOUBTED = re.compile(
    r"[ ,;:.(-]*(?:(?:but|or|only|just|well|though|even) )*(?:if|unless|assuming|provided"
    r"|as far as"
    r"|whenever|when|once|in case|jk|j/k|just kidding|kidding|joking|not|said|says|i think|i guess"
    r"|i hope|i believe|i suppose|i assume|maybe|perhaps|possibly|probably|supposedly|allegedly"
    r"|apparently|hopefully|or (?:not|so|something|whatever|maybe|else|is|am|are|was|did|has)"
    r"|(?:he|she|they|it) (?:said|says)|(?:right|correct|yes|no|yeah|huh|eh)(?= ?\?|$|[.,]*$)"
    r"|lol|lmao|rofl|haha\w*|hehe\w*"
    r"|/s|;-?\)|:-?p|xd|yesterday|last (?:night|week|month|year)|tomorrow|next (?:week|month|year)"
    r"|\w+ (?:days?|weeks?|months?|years?|hours?) ago|ago|every time|in (?:my|your) dreams|says who"
    r"|for (?:example|instance)|was|is what|would be|don't you think|isn't it|aren't i|am i|are you"
    r"|is it|ok\?|okay\?)(?![\w'])"
)
_CONDITION = re.compile(
    r"[ ,;:.(-]*(?:(?:but|or|only|just|even) )*(?:if|unless|assuming|provided|whenever|when|once"
    r"|in case)(?![\w'])"
)
_OTHER_DAY = re.compile(
    r" (?:yesterday|last (?:night|week|month|year|monday|tuesday|wednesday|thursday|friday|saturday"
    r"|sunday|time)|(?:\w+ )?(?:days?|weeks?|months?|years?|hours?) ago|back in|earlier|tomorrow"
    r"|previously|in \d{4}|in the past|at the time|already)(?![\w'])"
)
_ASKS_ELSE = re.compile(
    r"^[ ,;.:!-]*(?:(?:and|so|but|now) )?(?:who(?:'s|s)?|what(?:'s|s)?|where(?:'s|s)?|which|how|can"
    r"|could|does|do|did|anyone|anybody|any|is (?:anyone|anybody|there|someone)|shall"
    r"|are (?:there|any)|has any(?:one|body))(?= )"
)
_SPOKEN_TO = re.compile(r"^ @?[^\s:,]{1,32}[:,](?= )")
# What may stand before a colon for what follows to be said rather than shown: people spoken to.
_ADDRESS = re.compile(r"^ @?[^\s,:]{1,32}(?:(?:,| and|, and) @?[^\s,:]{1,32}){0,5}$")
_TITLES = re.compile(
    r"^ (?:example|ex|e\.?g\.?|i\.?e\.?|quote|topic|subject|title|template|usage|todo|tldr|tl;dr"
    r"|faq|q"
    r"|a|from|to|re|fwd?|status|step|rule|lesson|goal|note to self|translation|headline|summary"
    r"|meaning|definition|https?)$"
)


class Mood(StrEnum):
    """How a saying is meant, which decides what takes its meaning away."""

    DEED = "deed"  # it does what it says: "I am declaring an incident"
    STATE = "state"  # it tells how things are: another day makes it a story
    REQUEST = "request"  # it asks others: "meet in my room if you can help" still does


@dataclass(frozen=True, slots=True)
class Start:
    """A place where a clause may begin: `at` is the blank before it, `sentence` its sentence's."""

    at: int
    sentence: int
    joint: str  # what stands before it: "", ",", " and", …


def is_shown(folded: str) -> bool:
    """Whether a line shows what was said elsewhere rather than says it. `folded` begins blank."""
    return _SHOWN.match(folded) is not None


def starts(folded: str) -> Iterator[Start]:
    """The places where a clause may begin. `folded` begins with a blank."""
    yield from _with_fillers(folded, Start(0, 0, ""))
    sentence = 0
    for joint in _JOINT.finditer(folded):
        end = joint.end()
        if joint[0][0] in ".!?;":
            sentence = end
        yield from _with_fillers(folded, Start(end, sentence, joint[0]))


def _with_fillers(folded: str, start: Start) -> Iterator[Start]:
    yield start
    at = start.at
    while filler := _FILLER.match(folded, at):
        at = filler.end()
        yield Start(at, start.sentence, start.joint)


def clause_end(folded: str, at: int) -> int | None:
    """Where a clause that says no more than up to `at` ends; None if it says more."""
    # The tail may itself be what goes on ("all of …"), so the shorter reading is kept too.
    if (tail := _TAIL.match(folded, at)) and _CLAUSE_END.match(folded, tail.end()):
        return tail.end()
    return at if _CLAUSE_END.match(folded, at) else None


def is_meant(folded: str, start: Start, end: int, mood: Mood) -> bool:
    """Whether a clause from `start` to `end` says what it says, by what stands around it."""
    before = folded[start.sentence : start.at]
    close = _SENTENCE_END.search(folded, end)
    after = folded[end : close.start() if close else len(folded)]
    return not (
        (
            close is not None
            and "?" in close[0]
            and not (mood is Mood.DEED and _ASKS_ELSE.match(after))
        )
        or _in_quotes(folded, start.at)
        or _is_told(folded, start, before)
        or _DOUBTED.match(folded, end)
        or (mood is not Mood.REQUEST and _CONDITION.match(folded, end))
        or (mood is Mood.STATE and (_OTHER_DAY.search(before) or _OTHER_DAY.search(after)))
    )


def _is_told(folded: str, start: Start, before: str) -> bool:
    before = _SPOKEN_TO.sub("", before)
    if not before:
        return False
    if _REPORTING.search(before) or _CONDITIONAL.match(before):
        return True
    # Only what stands right before: "MDN may be down, I am declaring an incident" is meant.
    last = before.rstrip(" ,:;.-").rpartition(",")[2]
    if len(last.split()) <= 3 and _DOUBTING.search(" " + last.strip()):
        return True
    if ":" in start.joint:
        head = folded[: start.at].rstrip(" :")
        return not _ADDRESS.match(head) or _TITLES.match(head) is not None
    return False


def _in_quotes(folded: str, at: int) -> bool:
    before = folded[:at]
    if before.count('"') % 2 or before.count("`") % 2:
        return True
    opened = len(re.findall(r"(?<![\w])'(?=\w)", before))
    return opened > len(re.findall(r"(?<=[\w.!?])'(?!\w)", before))
