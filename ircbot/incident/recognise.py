"""Text → sayings, by the process's phrases.

Knows nothing of who may say what or of the state of any incident: that is rules/.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from ircbot.incident import summary
from ircbot.incident.calls import split_call
from ircbot.incident.clauses import LONGEST, Start, fold, starts
from ircbot.incident.common import COMMON, words
from ircbot.incident.doubts import Mood, is_meant, is_shown
from ircbot.incident.grammar import Grammar, Way, grammar_of, joined, possible
from ircbot.incident.people import same_name
from ircbot.incident.plain import is_action, plain, worded
from ircbot.incident.process import Phrase, Process
from ircbot.incident.sayings import (
    Command,
    Declare,
    HandOff,
    Lead,
    Ping,
    Promise,
    PromiseReport,
    Record,
    Resolve,
    Saying,
    SetComms,
    SetSeverity,
    SetVideo,
    TakeRole,
)
from ircbot.incident.shapes import (
    after_address,
    command_in,
    read_command,
    read_entry,
)
from ircbot.incident.times import minutes

# The order in which the sayings of one line are to be followed: an entry belongs to the incident
# that its line declares, and to the one that its line resolves.
_ORDER = (
    Declare,
    Record,
    Lead,
    TakeRole,
    SetSeverity,
    SetComms,
    SetVideo,
    Ping,
    Promise,
    HandOff,
    Resolve,
    PromiseReport,
    Command,
)
_MOODS = {
    **dict.fromkeys(["declare", "lead", "role", "handoff"], Mood.DEED),
    **dict.fromkeys(["channel", "video"], Mood.REQUEST),
    "ping": Mood.CALL,
    "report": Mood.PLAN,
}
_MOST_CLAUSES = 40  # that are looked at in one line; it bounds what a hostile line costs
# The slots that take what is left of the line.
_FREE = frozenset(["summary", "people"])
_DRILL = re.compile(r"\bdrill\b", re.IGNORECASE)
_EMPHASIS = "*_"  # as people write it who are used to Markdown
_ADVERBS = words("also hereby just now officially")
_THIRD_PERSON = re.compile(r"(?<=s|x|z|h)es$|(?<!s)s$")
_IRREGULAR = {"is": "am", "has": "have", "'s": "am", "does": "do", "'ll": "will"}


_Own = Callable[[str], bool]  # whether a nick is the speaker's


def recognise(
    text: str,
    process: Process,
    *,
    nick: str = "ilbot",
    prefix: str = "!inc",
    private: bool = False,
    action: bool = False,
    speaker: str = "",
    casemapping: str = "",
) -> tuple[Saying, ...]:
    """What a line means, in the order in which it is to be followed; () for nothing.

    `nick` is the bot's own and `speaker` the speaker's, compared by the network's `casemapping`.
    `action` says that the line is a /me.
    In private, what is no sentence is a command.
    """
    action = action or is_action(text)
    typed = worded(text)
    text = plain(typed)
    if text.startswith("\\"):
        return ()
    own = partial(same_name, speaker, casemapping=casemapping)
    if action:
        return _ordered(_spoken(_as_said(text), process, own))
    if (command := command_in(typed, prefix)) is not None:
        return (command,)
    if (entry := read_entry(typed.lstrip(" \t"))) is not None:
        record = Record(entry.text, entry.incident, entry.at)
        return _ordered([record, *_spoken(plain(entry.text), process, own)])
    addressed = after_address(typed.lstrip(" \t"), nick, casemapping)
    if addressed is None and not private:
        return _ordered(_spoken(text, process, own))
    request = typed if addressed is None else addressed
    # "update it is back, we are working in #wiki" is a command, whatever comes later in it.
    meant = _spoken(plain(request), process, own, at_once=True)
    return _ordered(meant) or (read_command(request),)


def _ordered(sayings: Sequence[Saying]) -> tuple[Saying, ...]:
    if len(sayings) > 1:
        sayings = sorted(sayings, key=lambda saying: _ORDER.index(type(saying)))
    return tuple(sayings)


def _as_said(action: str) -> str:
    """What somebody would say who does this: "is taking IL" → "I am taking IL"."""
    said = action.split(" ")
    at = next((i for i, word in enumerate(said) if word.lower() not in _ADVERBS), 0)
    verb = said[at].lower()
    said[at] = _IRREGULAR.get(verb) or _THIRD_PERSON.sub("", verb)
    return " ".join(["I", *said])


# --- sentences -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    """A phrase found in a text: from where to where, and what stood in its slots, as written.

    `free` is where the free text begins that ends it (a summary, the people called), else None.
    """

    phrase: Phrase
    start: int
    end: int
    free: int | None
    slots: Mapping[str, str]


def _spoken(text: str, process: Process, own: _Own, *, at_once: bool = False) -> list[Saying]:
    """What the sentences of a text mean; with `at_once`, only if the text begins by meaning it."""
    grammar = grammar_of(process)
    text = _without_emphasis(text)
    folded = _folded(text)
    if is_shown(folded):
        return []
    found = sorted(_find(grammar, folded, text), key=lambda one: one.start)
    if at_once and not (found and _begins(folded, found[0].start)):
        return []
    sayings: list[Saying] = []
    for one in found:
        for saying in _sayings(one, grammar, found, text):
            meant = _of_oneself(saying, own)
            others = {type(other) for other in sayings if not isinstance(other, TakeRole)}
            if type(meant) not in others and meant not in sayings:
                sayings.append(meant)
    return sayings


def _without_emphasis(text: str) -> str:
    """
    >>> _without_emphasis("*I am the incident leader*")
    'I am the incident leader'
    """
    if text[:1] in _EMPHASIS and text[-1:] in _EMPHASIS:
        return text.strip(_EMPHASIS)
    return text


def _folded(text: str) -> str:
    """The text as patterns are matched against: from a blank on."""
    return " " + fold(text[:LONGEST])


def _begins(folded: str, start: int) -> bool:
    """Whether only words without meaning stand before `start`."""
    return any(one.at - 1 == start for one in starts(folded) if not one.joint)


def _of_oneself(saying: Saying, own: _Own) -> Saying:
    """The saying, by who says it: who names himself takes a role rather than gives it."""
    match saying:
        case HandOff(to) if own(to):
            return Lead()
        case TakeRole(role, nick) if own(nick):
            return TakeRole(role)
        case _:
            return saying


def _find(grammar: Grammar, folded: str, text: str) -> Iterator[_Found]:
    ways = possible(grammar, folded)
    begins = list(islice(starts(folded), _MOST_CLAUSES)) if ways else []
    for way in ways:
        for start in begins:
            if one := _match(way, folded, text, start):
                yield one
                if way.phrase.meaning != "role":  # the only one that a line may mean twice
                    break


def _match(way: Way, folded: str, text: str, start: Start) -> _Found | None:
    match = way.pattern.match(folded, start.at)
    if match is None:
        return None
    slots = {}
    free = None
    for number, name in enumerate(way.pattern.names, start=1):
        if match[number] is not None:
            # The folded text has one blank more, in front.
            slots[name] = text[max(0, match.start(number) - 1) : match.end(number) - 1].strip()
            if name in _FREE:
                free = match.start(number)
    said_by = match.end() if free is None else free
    if not is_meant(folded, start, said_by, _MOODS.get(way.phrase.meaning, Mood.STATE)):
        return None
    return _Found(way.phrase, start.at - 1, match.end() - 1, free, slots)


# --- what a phrase says ----------------------------------------------------------------------


def _sayings(
    one: _Found, grammar: Grammar, found: Iterable[_Found], text: str
) -> tuple[Saying, ...]:
    """What a phrase says with what stands in its slots; () if that makes no sense after all."""
    slots = one.slots
    if slots.get("nick", "").lower() in COMMON:
        return ()
    match one.phrase.meaning:
        case "declare":
            declared = Declare(_summary(one, found, text), drill=bool(_DRILL.search(text)))
            return (declared, *_severity(one, grammar))
        case "lead":
            return (Lead(),)
        case "handoff":
            return (HandOff(slots["nick"]),)
        case "channel":
            return _channel(slots["channel"])
        case "video":
            return (SetVideo((slots.get("where") or slots["url"]).rstrip(".,;:!?")),)
        case "ping":
            return _ping(slots["people"])
        case "promise":
            within = minutes(fold(slots["duration"]))
            return (Promise(within),) if within else ()
        case "resolve":
            return (Resolve(slots.get("summary", "")),)
        case "report":
            return (PromiseReport(),)
        case "role":
            role = one.phrase.role or grammar.roles[joined(slots.get("role") or slots["anyrole"])]
            return (TakeRole(role, slots.get("nick", "")),)
        case _:
            return _severity(one, grammar)


def _summary(one: _Found, found: Iterable[_Found], text: str) -> str:
    spans = [(other.start, other.end) for other in found]
    if one.free is not None:
        return summary.given(text, one.free, spans)
    return summary.left_over(text, spans)


def _severity(one: _Found, grammar: Grammar) -> tuple[SetSeverity, ...]:
    said = one.slots.get("severity") or one.slots.get("level", "")
    level = re.sub(r"^sev(?:erity)?", "", joined(said))
    severity = one.phrase.severity or grammar.severities.get(level, "")
    return (SetSeverity(severity),) if severity else ()


def _channel(name: str) -> tuple[SetComms, ...]:
    name = name.rstrip(".:'\"")
    # "#123" is a ticket.
    return () if name[1:].isdigit() or len(name) < 2 else (SetComms(name),)


def _ping(people: str) -> tuple[Ping, ...]:
    nicks, reason = split_call(people)
    asked = not reason and "?" in people  # "ping ann?"
    return (Ping(nicks, reason),) if nicks and not asked else ()
