"""Text → sayings, by the process's phrases.

Knows nothing of who may say what, nor of any incident's state: that is rules/.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from operator import attrgetter, itemgetter
from unicodedata import normalize

from ircbot.incident.clauses import LONGEST, Start, fold, is_filler, starts
from ircbot.incident.common import COMMON, words
from ircbot.incident.doubts import is_meant, is_shown, spoken_to
from ircbot.incident.find import has_part
from ircbot.incident.grammar import Way, grammar_of
from ircbot.incident.language import Language
from ircbot.incident.meanings import BY_NAME, BY_SAYING, MEANINGS, Meaning, PhraseMatch, Sentences
from ircbot.incident.pattern import compiled
from ircbot.incident.people import NICK, same_name
from ircbot.incident.plain import action as ctcp_action
from ircbot.incident.plain import plain, worded
from ircbot.incident.process import Phrase, Process
from ircbot.incident.sayings import Saying
from ircbot.incident.shapes import (
    after_address,
    command_in,
    read_command,
    read_corrected,
    read_entry,
    without_quotation,
)
from ircbot.incident.situation import Holds, everywhere
from ircbot.values import dataclass

_ORDER = {meaning.saying: place for place, meaning in reversed(tuple(enumerate(MEANINGS)))}
_MOST_CLAUSES = 40  # examined in a line; this bounds the cost of a hostile one
# The slots that take the rest of the line.
_START = attrgetter("start")
_FREE = frozenset(["summary", "text", "people"])
_EMPHASIS = "*_"  # as in Markdown
_ADVERBS = words("also hereby just now officially")
_THIRD_PERSON = re.compile(r"(?<=s|x|z|h)es$|(?<!s)s$")
_IRREGULAR = {"is": "am", "has": "have", "'s": "am", "does": "do", "'ll": "will"}


# At the beginning; and whom something is said to, behind it.
_LABEL = re.compile(r"(?:\[([^\[\]]{2,24})\]:? ?|([^\W\d_]{4,16}) )(?=[^\s:])")
_BEHIND = re.compile(rf", ?@?({NICK})[ .!]*")
_IsKnown = Callable[[str], bool]  # whether a nick is somebody's
_IsOwn = Callable[[str], bool]  # whether a nick is the speaker's


def _nobody(nick: str) -> bool:
    """Assumes that no nick is in use."""
    return False


@dataclass(frozen=True, slots=True)
class _Hearing:
    """How lines are understood: by which phrases, in which situation (None for none), and whether
    that may be one of the few (OF_FEW).
    """

    process: Process
    own: _IsOwn
    known: _IsKnown
    holds: Holds | None
    few: bool = True

    def counts(self, meaning: Meaning) -> bool:
        """Whether a meaning counts where the line is said, by whom."""
        return not meaning.when or (self.holds is not None and any(map(self.holds, meaning.when)))


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
    holds: Holds | None = None,
    few: bool = True,
    known: _IsKnown = _nobody,
) -> tuple[Saying, ...]:
    """What a line means, in the order in which it is to be acted on; () for nothing.

    `nick` is the bot's own and `speaker` the speaker's, compared by the network's `casemapping`.
    `action` marks a /me. `holds` tells whether a situation applies, None if none does; `few` tells
    whether the speaker may be in a situation that only few people are in. `known` tells whether a
    nick is in use, even if it looks like an everyday word. A private message that is not a sentence
    is a command.
    """
    if (done := ctcp_action(text)) is not None:
        text, action = done, True
    typed = without_quotation(worded(text))
    begun = typed.lstrip(" \t")
    if begun.startswith("\\"):
        return ()
    own = partial(same_name, speaker, casemapping=casemapping)
    hearing = _Hearing(process, own, known, holds, few)
    words = process.language
    if record := read_entry(begun, words) or read_corrected(typed, words):
        return _ordered([record, *_spoken(plain(record.entry), hearing)])
    text = plain(typed)
    if action:
        return _ordered(_spoken(_as_said(text), hearing))
    if (command := command_in(typed, prefix)) is not None:
        return (command,)
    addressed = after_address(begun, nick, casemapping)
    if addressed is None and not private:
        return _ordered(_spoken(text, hearing))
    request = typed if addressed is None else addressed
    # "update it is back, we are working in #wiki" is a command, whatever its end means.
    meant = _spoken(plain(request), hearing, at_once=True)
    return _ordered(meant) or (read_command(request),)


def _ordered(sayings: Sequence[Saying]) -> tuple[Saying, ...]:
    if len(sayings) > 1:
        sayings = sorted(sayings, key=lambda saying: _ORDER[type(saying)])
    return tuple(sayings)


def _as_said(action: str) -> str:
    """An action as the sentence it stands for: "is taking IL" → "I am taking IL"."""
    said = action.split(" ")
    at = next((i for i, word in enumerate(said) if word.lower() not in _ADVERBS), 0)
    verb = said[at].lower()
    said[at] = _IRREGULAR.get(verb) or _THIRD_PERSON.sub("", verb)
    return " ".join(["I", *said])


def may_mean(text: str, possible: Iterable[tuple[Way, Language]]) -> bool:
    """Whether one of these phrases occurs in a message, which is neither a command nor an entry nor
    addressed to the bot. A message in which none occurs means nothing.
    """
    if ctcp_action(text) is not None:
        return True
    said = plain(without_quotation(text))
    for language, ways in groupby(possible, key=itemgetter(1)):
        text = _sentence(said, language)
        folded = _folded(text)
        # Any nick may be in use.
        found = _find([way for way, _ in ways], folded, text, language, bool)
        if next(found, None) is not None and not is_shown(folded, language):
            return True
    return False


# --- sentences -------------------------------------------------------------------------------


def understood(text: str, process: Process, *, action: bool = False) -> tuple[Phrase, ...]:
    """The phrases by which the sentences of a line mean something, in whatever situation."""
    hearing = _Hearing(process, partial(same_name, ""), _nobody, everywhere)
    text = plain(_as_said(plain(text)) if action else text)
    if (record := read_entry(text, process.language)) is not None:
        text = plain(record.entry)
    sentences = _sentences(text, hearing)
    return tuple(one.phrase for one in sentences.found if list(_sayings(one, sentences, hearing)))


def first_understood(text: str, process: Process) -> tuple[Phrase, ...]:
    """The same, without phrases whose meaning an earlier one has already."""
    hearing = _Hearing(process, partial(same_name, ""), _nobody, everywhere)
    sentences = _sentences(plain(text), hearing)
    said: list[Saying] = []
    phrases = []
    for one in sentences.found:
        sayings = _sayings(one, sentences, hearing)
        if new := [saying for saying in sayings if not _is_said(saying, said)]:
            said += new
            phrases.append(one.phrase)
    return tuple(phrases)


def _spoken(text: str, hearing: _Hearing, *, at_once: bool = False) -> list[Saying]:
    """The meaning of the sentences of a text; with `at_once`, only if the text begins with it."""
    sentences = _sentences(text, hearing)
    if at_once and not (sentences.found and _begins(sentences)):
        return []
    sayings: list[Saying] = []
    for one in sentences.found:
        for saying in _sayings(one, sentences, hearing):
            if not _is_said(saying, sayings):
                sayings.append(saying)
    return sayings


def _sentences(text: str, hearing: _Hearing) -> Sentences:
    """The phrases that occur in a text and count."""
    grammar, language = grammar_of(hearing.process), hearing.process.language
    text = _sentence(text, language)
    folded = _folded(text)
    found: list[PhraseMatch] = []
    ways = grammar.possible(folded, few=hearing.few)
    if ways and hearing.holds is None:
        ways = [way for way in ways if not way.phrase.situated]
    if ways and not is_shown(folded, language):
        found += _find(ways, folded, text, language, hearing.known)
        found = [one for one in found if hearing.counts(BY_NAME[one.phrase.meaning])]
        found.sort(key=_START)
    return Sentences(text, grammar, found, hearing.own)


def _is_ours(one: PhraseMatch, folded: str, language: Language, known: _IsKnown) -> bool:
    """Whether a situated phrase counts where it occurs."""
    meaning = BY_NAME[one.phrase.meaning]
    if not meaning.when:
        return True
    if not meaning.to_one and 0 < spoken_to(folded, language) <= one.start + 1:
        return False  # it is for that person
    return not meaning.whole or _is_alone(folded, one, language, known)


def _is_alone(folded: str, one: PhraseMatch, language: Language, known: _IsKnown) -> bool:
    """Whether a line says nothing else; an address and courtesies do not matter."""
    before = folded[spoken_to(folded, language) : one.start + 1]
    behind = folded[one.end + 1 :]
    if (named := _BEHIND.fullmatch(behind)) is not None and known(named[1]):
        behind = ""  # "I'll do it, ann"
    return is_filler(before, language) and is_filler(behind, language)


def _is_said(saying: Saying, sayings: Iterable[Saying]) -> bool:
    """Whether these sayings include this one already: most things can be said only once
    per line.
    """
    if BY_SAYING[type(saying)].several:
        return saying in sayings
    return any(type(other) is type(saying) for other in sayings)


def _sentence(text: str, language: Language) -> str:
    """A text normalised for matching: without surrounding emphasis, with composed characters, and
    with a colon after a label that is in brackets or capitals.

    >>> said = Language(labels=("update",))
    >>> _sentence("*I am the incident leader*", said), len(_sentence("u\u0308ber", said))
    ('I am the incident leader', 4)
    >>> _sentence("[update] it works", said), _sentence("UPDATE it works", said)
    ('update: it works', 'UPDATE: it works')
    """
    if (text[:1] == "[" or text[:4].isupper()) and (label := _LABEL.match(text)) is not None:
        said = label[1] or label[2]
        if fold(said) in language.labels and (label[1] or said.isupper()):
            text = f"{said}: {text[label.end() :]}"
    if not text.isascii():
        # The ¿ and ¡ of Spanish belong to no word.
        text = normalize("NFC", text).replace("¿", "").removeprefix("¡")
    if text[:1] in _EMPHASIS and text[-1:] in _EMPHASIS:
        return text.strip(_EMPHASIS)
    return text


def _folded(text: str) -> str:
    """The text that patterns are matched against; it begins with a blank."""
    return " " + fold(text[:LONGEST])


def _begins(sentences: Sentences) -> bool:
    """Whether only filler words precede the first phrase."""
    begins = starts(_folded(sentences.text), sentences.grammar.language)
    return any(one.at - 1 == sentences.found[0].start for one in begins if not one.joint)


def _find(
    ways: Sequence[Way], folded: str, text: str, language: Language, known: _IsKnown
) -> Iterator[PhraseMatch]:
    begins: Sequence[Start] = ()
    for way in ways:
        if way.pattern.joined and not has_part(folded, way.pattern.joined):
            continue
        begins = begins or starts(folded, language, _MOST_CLAUSES)
        match = compiled(way.pattern.regex).match
        for start in begins:
            there = match(folded, start.at)
            one = _found(way, text, start, there, language) if there is not None else None
            if one is not None and _is_ours(one, folded, language, known):
                yield one
                if not BY_NAME[way.phrase.meaning].several:
                    break


def _found(
    way: Way, text: str, start: Start, match: re.Match[str], language: Language
) -> PhraseMatch | None:
    slots = {}
    free = None
    for number, name in enumerate(way.pattern.names, start=1):
        if match[number] is not None:
            # The folded text has an additional blank at its beginning.
            slots[name] = text[max(0, match.start(number) - 1) : match.end(number) - 1].strip()
            if name in _FREE:
                free = match.start(number)
    said_by = match.end() if free is None else free
    if not is_meant(match.string, start, said_by, BY_NAME[way.phrase.meaning].mood, language):
        return None
    return PhraseMatch(way.phrase, start.at - 1, match.end() - 1, free, slots)


def _sayings(one: PhraseMatch, sentences: Sentences, hearing: _Hearing) -> Iterable[Saying]:
    """The sayings of a phrase with the contents of its slots; () if it makes no sense after all."""
    meaning = BY_NAME[one.phrase.meaning]
    nick = one.slots.get("nick", "")
    no_nick = fold(nick) in COMMON or fold(nick) in hearing.process.language.no_nick
    if no_nick and not hearing.known(nick):
        return ()
    if meaning.make is None or not meaning.tells_enough(one.phrase, one.slots):
        return ()
    return meaning.make(one, sentences)
