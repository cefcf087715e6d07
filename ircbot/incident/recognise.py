"""Text → sayings, by the process's phrases.

Knows nothing of who may say what or of the state of any incident: that is rules/.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice

from ircbot.incident.clauses import LONGEST, Start, fold, starts
from ircbot.incident.common import COMMON, words
from ircbot.incident.doubts import is_meant, is_shown
from ircbot.incident.grammar import Grammar, Way, grammar_of, possible
from ircbot.incident.meanings import BY_NAME, BY_SAYING, MEANINGS, Found, Sentences
from ircbot.incident.people import same_name
from ircbot.incident.plain import action as ctcp_action
from ircbot.incident.plain import plain, worded
from ircbot.incident.process import Phrase, Process
from ircbot.incident.sayings import Record, Saying
from ircbot.incident.shapes import (
    after_address,
    command_in,
    read_command,
    read_corrected,
    read_entry,
    without_quotation,
)

_ORDER = {meaning.saying: place for place, meaning in enumerate(MEANINGS)}
_MOST_CLAUSES = 40  # that are looked at in one line; it bounds what a hostile line costs
# The slots that take what is left of the line.
_FREE = frozenset(["summary", "people"])
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
    without: Phrase | None = None,
) -> tuple[Saying, ...]:
    """What a line means, in the order in which it is to be followed; () for nothing.

    `nick` is the bot's own and `speaker` the speaker's, compared by the network's `casemapping`.
    `action` says that the line is a /me.
    In private, what is no sentence is a command. `without` is a phrase that counts for nothing.
    """
    if (done := ctcp_action(text)) is not None:
        text, action = done, True
    typed = without_quotation(worded(text))
    text = plain(typed)
    if text.startswith("\\"):
        return ()
    own = partial(same_name, speaker, casemapping=casemapping)
    spoken = partial(_spoken, process=process, own=own, without=without)
    if action:
        return _ordered(spoken(_as_said(text)))
    if (command := command_in(typed, prefix)) is not None:
        return (command,)
    if entry := read_entry(typed.lstrip(" \t")) or read_corrected(typed):
        record = Record(entry.text, entry.incident, entry.at, entry.again)
        return _ordered([record, *spoken(plain(entry.text))])
    addressed = after_address(typed.lstrip(" \t"), nick, casemapping)
    if addressed is None and not private:
        return _ordered(spoken(text))
    request = typed if addressed is None else addressed
    # "update it is back, we are working in #wiki" is a command, whatever comes later in it.
    meant = spoken(plain(request), at_once=True)
    return _ordered(meant) or (read_command(request),)


def _ordered(sayings: Sequence[Saying]) -> tuple[Saying, ...]:
    if len(sayings) > 1:
        sayings = sorted(sayings, key=lambda saying: _ORDER[type(saying)])
    return tuple(sayings)


def _as_said(action: str) -> str:
    """What somebody would say who does this: "is taking IL" → "I am taking IL"."""
    said = action.split(" ")
    at = next((i for i, word in enumerate(said) if word.lower() not in _ADVERBS), 0)
    verb = said[at].lower()
    said[at] = _IRREGULAR.get(verb) or _THIRD_PERSON.sub("", verb)
    return " ".join(["I", *said])


# --- sentences -------------------------------------------------------------------------------


def _spoken(
    text: str, process: Process, own: _Own, without: Phrase | None, *, at_once: bool = False
) -> list[Saying]:
    """What the sentences of a text mean; with `at_once`, only if the text begins by meaning it."""
    grammar = grammar_of(process)
    text = _without_emphasis(text)
    folded = _folded(text)
    if is_shown(folded):
        return []
    every = (one for one in _find(grammar, folded, text) if one.phrase is not without)
    found = sorted(every, key=lambda one: one.start)
    if at_once and not (found and _begins(folded, found[0].start)):
        return []
    sentences = Sentences(text, grammar, found, own)
    sayings: list[Saying] = []
    for one in found:
        for saying in _sayings(one, sentences):
            if not _is_said(saying, sayings):
                sayings.append(saying)
    return sayings


def _is_said(saying: Saying, sayings: Iterable[Saying]) -> bool:
    """Whether a line that says these says this already: most things can be said once."""
    if BY_SAYING[type(saying)].several:
        return saying in sayings
    return any(type(other) is type(saying) for other in sayings)


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


def _find(grammar: Grammar, folded: str, text: str) -> Iterator[Found]:
    ways = possible(grammar, folded)
    begins = list(islice(starts(folded), _MOST_CLAUSES)) if ways else []
    for way in ways:
        for start in begins:
            if one := _match(way, folded, text, start):
                yield one
                if not BY_NAME[way.phrase.meaning].several:
                    break


def _match(way: Way, folded: str, text: str, start: Start) -> Found | None:
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
    if not is_meant(folded, start, said_by, BY_NAME[way.phrase.meaning].mood):
        return None
    return Found(way.phrase, start.at - 1, match.end() - 1, free, slots)


def _sayings(one: Found, sentences: Sentences) -> Iterable[Saying]:
    """What a phrase says with what stands in its slots; () if that makes no sense after all."""
    meaning = BY_NAME[one.phrase.meaning]
    if one.slots.get("nick", "").lower() in COMMON:
        return ()
    if meaning.make is None or not meaning.tells_enough(one.phrase, one.slots):
        return ()
    return meaning.make(one, sentences)
