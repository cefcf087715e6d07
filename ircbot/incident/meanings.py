"""The registry of meanings: for each saying of sayings.py, how it is recognised and what it is
called.

The rule for a saying needs the incident's state, which recognition must not know. The registry
therefore has two halves: this one, and the rules in rules/following.py. A new meaning is a class in
sayings.py, an entry here, a rule there, and phrases in a process file. A class without its entry or
an entry without its rule fails at import; mypy names a missing rule as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import get_args

from ircbot.incident import acts, summary
from ircbot.incident.calls import split_call
from ircbot.incident.clauses import fold
from ircbot.incident.doubts import Mood
from ircbot.incident.grammar import Grammar, joined, severity_called
from ircbot.incident.process import Phrase
from ircbot.incident.sayings import (
    AddLink,
    Answer,
    Command,
    Declare,
    FollowUp,
    GiveCause,
    Guess,
    HandOff,
    Inquire,
    Lead,
    Mitigate,
    Ping,
    PostUpdate,
    Praise,
    Promise,
    PromiseReport,
    Record,
    Resolve,
    SaidMessage,
    Saying,
    SeemsBack,
    SeemsFalse,
    SeemsOver,
    SetComms,
    SetImpact,
    SetSeverity,
    SetVideo,
    StepDown,
    TakeRole,
    Volunteer,
    WriteReport,
)
from ircbot.incident.situation import OF_FEW, Situation
from ircbot.incident.times import minutes
from ircbot.values import dataclass


@dataclass(frozen=True, slots=True)
class PhraseMatch:
    """A phrase found in a text: its span, and the contents of its slots, as written.

    `free` is where the free text at its end begins (a summary, the people called), else None.
    """

    phrase: Phrase
    start: int
    end: int
    free: int | None
    slots: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sentences:
    """The context of a phrase that was found: the text, all phrases in it, and its speaker.

    `own` tells whether a nick is the speaker's.
    """

    text: str
    grammar: Grammar
    found: Sequence[PhraseMatch]
    own: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Meaning:
    """An entry of the registry. Process files and `ircbot explain` call it `name`.

    `act` is the row of acts.ACTS that says who may; "" if the rule itself decides (commands have
    their own). Several entries may share a saying, if it counts differently in some situation.
    `make` turns a phrase that was found into sayings, or none if it makes no sense after all; it is
    None for what is recognised by its shape ("TL:", "!inc") and has no phrases. `needs` are slots:
    each pattern of a phrase must have one of them, unless the phrase itself has the key `key`.
    """

    name: str
    saying: type[Saying]
    act: str
    make: Callable[[PhraseMatch, Sentences], Iterable[Saying]] | None
    mood: Mood = Mood.STATE
    needs: tuple[str, ...] = ()
    key: str = ""
    several: bool = False  # one line may mean it more than once
    # It counts only in any of these situations; () for everywhere.
    when: tuple[Situation, ...] = ()
    asks: bool = False  # likely but not certain: the bot asks, and somebody has to say yes
    whole: bool = False  # the line must say nothing else, except courtesies
    to_one: bool = False  # it counts even in a line that is addressed to one person
    always: tuple[str, ...] = ()  # fields that `explain` shows even if they are empty
    untold: tuple[str, ...] = ()  # fields that `explain` never shows; only the rules need them

    @property
    def by_few(self) -> bool:
        """Whether only few people can mean it: those with a role, or who were asked something."""
        return bool(self.when) and OF_FEW.issuperset(self.when)

    @property
    def of_few(self) -> bool:
        """Whether only lines of few people, or short ones, are tested for it."""
        return self.whole or self.by_few

    def tells_enough(self, phrase: Phrase, slots: Iterable[str]) -> bool:
        """Whether a phrase with these slots gives everything that the meaning needs."""
        if self.key and getattr(phrase, self.key):
            return True
        return any(slot in self.needs for slot in slots) if self.needs else not self.key


# --- from the contents of slots to sayings ---------------------------------------------------

_DRILL = re.compile(r"\bdrill\b", re.IGNORECASE)


def _declare(one: PhraseMatch, among: Sentences) -> Iterator[Saying]:
    language = among.grammar.language
    spans = [(other.start, other.end) for other in among.found]
    if one.free is not None:
        about = summary.given(among.text, one.free, spans, language)
    else:
        about = summary.left_over(among.text, spans, language)
    yield Declare(about, drill=bool(_DRILL.search(among.text)))
    yield from _severity(one, among)


def _lead(one: PhraseMatch, among: Sentences) -> Iterator[Saying]:
    yield Lead()


def _role(one: PhraseMatch, among: Sentences) -> Iterator[Saying]:
    said = one.slots.get("role") or one.slots.get("anyrole", "")
    nick = one.slots.get("nick", "")
    # People who name themselves take a role rather than give it.
    yield TakeRole(
        one.phrase.role or among.grammar.roles[joined(said)], "" if among.own(nick) else nick
    )


def _severity(one: PhraseMatch, among: Sentences) -> Iterator[Saying]:
    said = one.slots.get("severity") or one.slots.get("level", "")
    if severity := one.phrase.severity or severity_called(among.grammar, said):
        yield SetSeverity(severity)


def _channel(one: PhraseMatch, among: Sentences) -> Iterator[Saying]:
    name = one.slots["channel"].rstrip(".:'\"")
    if len(name) > 1 and not name[1:].isdigit():  # "#123" is a ticket
        yield SetComms(name, everybody=one.phrase.meaning == "move")


def _video(one: PhraseMatch, among: Sentences) -> Iterator[Saying]:
    where = one.slots.get("where") or one.slots.get("call") or one.slots["url"]
    yield SetVideo(where.rstrip(".,;:!?"))


def _ping(one: PhraseMatch, among: Sentences) -> Iterator[Saying]:
    people = one.slots["people"]
    nicks, reason = split_call(people, among.grammar.language)
    asked = not reason and "?" in people  # "ping ann?"
    if nicks and not asked:
        yield Ping(nicks, reason)


def _promise(one: PhraseMatch, among: Sentences) -> Iterator[Saying]:
    said = one.slots.get("duration") or one.slots["time"]
    if within := minutes(fold(said), among.grammar.language):
        yield Promise(within)
    elif "time" in one.slots:
        yield Promise(0, said)


def _hand_off(one: PhraseMatch, among: Sentences) -> Iterator[Saying]:
    nick = one.slots["nick"]
    if not among.own(nick):
        yield HandOff(nick, one.slots.get("time", ""))
    elif one.phrase.meaning == "handoff":
        yield Lead()


def _writer(one: PhraseMatch, among: Sentences) -> Iterator[Saying]:
    nick = one.slots.get("nick", "")
    yield WriteReport("" if among.own(nick) else nick)


def _resolve(one: PhraseMatch, among: Sentences) -> Iterator[Saying]:
    yield Resolve(one.slots.get("summary", ""))


def _said(one: PhraseMatch) -> str:
    """The free text of a phrase, "" if it has none."""
    return one.slots.get("text", one.slots.get("summary", "")).strip()


_Make = Callable[[PhraseMatch, Sentences], Iterable[Saying]]


def _words(saying: Callable[[str], Saying]) -> _Make:
    """Makes a saying from the free text of a phrase."""

    def make(one: PhraseMatch, among: Sentences) -> Iterator[Saying]:
        yield from map(saying, filter(None, [_said(one)]))

    return make


def _line(saying: Callable[[str], Saying]) -> _Make:
    """Makes a saying from a whole line."""
    return lambda one, among: [saying(among.text)]


def _simply(saying: Saying) -> _Make:
    """Makes a saying that takes nothing from the line."""
    return lambda one, among: [saying]


def _praise(one: PhraseMatch, among: Sentences) -> Iterator[Saying]:
    yield Praise(one.slots["nick"], _said(one).rstrip(".!"))


def _link(one: PhraseMatch, among: Sentences) -> Iterator[Saying]:
    if not any(other.phrase.meaning in ("video", "meet") for other in among.found):
        yield AddLink(one.slots["url"].rstrip(".,;:!?)"), one.slots.get("label", "").strip())


def _message(one: PhraseMatch, among: Sentences) -> Iterator[Saying]:
    yield SaidMessage(one.phrase.message, _said(one) or among.text)


def _answer(name: str, *, yes: bool, when: Situation, whole: bool = True) -> Meaning:
    """The meaning of an answer to an offer or a question."""
    return Meaning(
        name,
        Answer,
        "lead",
        _simply(Answer(yes=yes)),
        mood=Mood.CONSENT,
        when=(when,),
        whole=whole,
        to_one=True,
        always=("yes",),
    )


# --- the registry ----------------------------------------------------------------------------

# The sayings of one line are followed in this order: an entry belongs to the incident that its line
# declares, and to the one that its line resolves.
MEANINGS: tuple[Meaning, ...] = (
    Meaning(
        "declare",
        Declare,
        "declare",
        _declare,
        mood=Mood.DEED,
        untold=("since", "product", "severity", "at", "resolved"),
    ),
    Meaning(
        "timeline", Record, "entry", _words(Record), Mood.LABEL, ("text",), untold=("at", "again")
    ),
    Meaning("lead", Lead, "lead", _lead, mood=Mood.DEED),
    Meaning(
        "role",
        TakeRole,
        "role",
        _role,
        mood=Mood.DEED,
        needs=("role", "anyrole"),
        key="role",
        several=True,
    ),
    Meaning(
        "severity",
        SetSeverity,
        "severity",
        _severity,
        needs=("severity", "level"),
        key="severity",
    ),
    Meaning(
        "channel",
        SetComms,
        "channel",
        _channel,
        mood=Mood.REQUEST,
        needs=("channel",),
        untold=("everybody",),
    ),
    Meaning("video", SetVideo, "video", _video, mood=Mood.REQUEST, needs=("where", "url")),
    Meaning(
        "ping",
        Ping,
        "ping",
        _ping,
        mood=Mood.CALL,
        needs=("people",),
        always=("nicks", "reason"),
    ),
    Meaning("promise", Promise, "next", _promise, needs=("duration", "time"), always=("minutes",)),
    Meaning("handoff", HandOff, "handoff", _hand_off, mood=Mood.DEED, needs=("nick", "they")),
    Meaning("resolve", Resolve, "resolve", _resolve, untold=("text",)),
    Meaning("report", PromiseReport, "next", _simply(PromiseReport()), mood=Mood.PLAN),
    # What counts only where an incident is open, or was a moment ago.
    Meaning(
        "report-writer",
        WriteReport,
        "role",
        _writer,
        mood=Mood.PLAN,
        when=(Situation.OVER,),
    ),
    Meaning(
        "offer",
        HandOff,
        "handoff",
        _hand_off,
        mood=Mood.OFFER,
        needs=("nick", "they"),
        when=(Situation.LEADER,),
        to_one=True,
    ),
    Meaning(
        "appoint",
        HandOff,
        "handoff",
        _hand_off,
        needs=("nick",),
        when=(Situation.LEADER, Situation.APPOINTS),
        to_one=True,
    ),
    _answer("accept", yes=True, when=Situation.ASKED),
    _answer("decline", yes=False, when=Situation.ASKED),
    _answer("yes", yes=True, when=Situation.FIRST),
    _answer("no", yes=False, when=Situation.FIRST),
    _answer("refuse", yes=False, when=Situation.FIRST, whole=False),
    Meaning(
        "volunteer",
        Volunteer,
        "role",
        _simply(Volunteer()),
        mood=Mood.CONSENT,
        when=(Situation.CHANNEL_ASKED,),
        whole=True,
    ),
    Meaning(
        "step-down",
        StepDown,
        "handoff",
        _simply(StepDown()),
        mood=Mood.OFFER,
        when=(Situation.LEADER,),
        asks=True,
    ),
    Meaning(
        "good-bye",
        StepDown,
        "handoff",
        _simply(StepDown(leaving=True)),
        mood=Mood.DEED,
        when=(Situation.LEADER,),
        asks=True,
    ),
    Meaning(
        "move",
        SetComms,
        "channel",
        _channel,
        mood=Mood.REQUEST,
        needs=("channel",),
        when=(Situation.LEADER,),
    ),
    Meaning(
        "meet",
        SetVideo,
        "video",
        _video,
        mood=Mood.REQUEST,
        needs=("where", "url", "call"),
        when=(Situation.INVOLVED,),
    ),
    Meaning(
        "update",
        PostUpdate,
        "update",
        _words(PostUpdate),
        mood=Mood.LABEL,
        needs=("text",),
        when=(Situation.LEADER, Situation.ROLE),
    ),
    Meaning(
        "next",
        Promise,
        "next",
        _promise,
        mood=Mood.PLAN,
        needs=("duration", "time"),
        when=(Situation.LEADER,),
    ),
    Meaning(
        "impact",
        SetImpact,
        "entry",
        _words(SetImpact),
        mood=Mood.LABEL,
        needs=("text",),
        when=(Situation.HERE,),
    ),
    Meaning(
        "cause",
        GiveCause,
        "prose",
        _words(GiveCause),
        mood=Mood.LABEL,
        needs=("text",),
        when=(Situation.JUST,),
    ),
    Meaning(
        "root-cause",
        GiveCause,
        "prose",
        _words(GiveCause),
        mood=Mood.LABEL,
        needs=("text",),
        when=(Situation.HERE, Situation.OVER),
    ),
    Meaning(
        "mitigated",
        Mitigate,
        "milestone",
        _simply(Mitigate()),
        mood=Mood.OUTCOME,
        when=(Situation.LEADER,),
    ),
    Meaning(
        "over",
        SeemsOver,
        "resolve",
        _line(SeemsOver),
        mood=Mood.OUTCOME,
        when=(Situation.LEADER,),
        asks=True,
    ),
    Meaning(
        "back",
        SeemsBack,
        "entry",
        _line(SeemsBack),
        mood=Mood.OUTCOME,
        when=(Situation.OVER,),
        asks=True,
    ),
    Meaning(
        "withdraw",
        SeemsFalse,
        "withdraw",
        _line(SeemsFalse),
        when=(Situation.DECLARER, Situation.LEADER),
        asks=True,
    ),
    Meaning(
        "hypothesis",
        Guess,
        "entry",
        _words(Guess),
        mood=Mood.LABEL,
        needs=("text",),
        when=(Situation.HERE,),
    ),
    Meaning(
        "props",
        Praise,
        "props",
        _praise,
        mood=Mood.LABEL,
        needs=("nick",),
        when=(Situation.HERE,),
    ),
    Meaning(
        "action",
        FollowUp,
        "entry",
        _words(FollowUp),
        mood=Mood.LABEL,
        needs=("text",),
        when=(Situation.HERE,),
    ),
    Meaning(
        "link",
        AddLink,
        "entry",
        _link,
        needs=("url",),
        several=True,
        when=(Situation.HERE,),
    ),
    Meaning(
        "message",
        SaidMessage,
        "message",
        _message,
        key="message",
        when=(Situation.INVOLVED,),
        untold=("text",),
    ),
    Meaning(
        "ask-lead",
        Inquire,
        "ask",
        _simply(Inquire("lead")),
        mood=Mood.QUESTION,
        when=(Situation.HERE,),
    ),
    Meaning(
        "ask-status",
        Inquire,
        "ask",
        _simply(Inquire("status")),
        mood=Mood.QUESTION,
        when=(Situation.HERE,),
    ),
    Meaning("command", Command, "", None, always=("name", "arguments"), untold=("addressed",)),
)

BY_NAME: Mapping[str, Meaning] = {meaning.name: meaning for meaning in MEANINGS}
# If several entries have one saying, the first names it.
BY_SAYING: Mapping[type[Saying], Meaning] = {
    meaning.saying: meaning for meaning in reversed(MEANINGS)
}
# The meanings that phrases can have.
SPOKEN: tuple[str, ...] = tuple(meaning.name for meaning in MEANINGS if meaning.make)


def check(meanings: Sequence[Meaning]) -> None:
    """Raise TypeError if a saying has no entry, or an entry does not fit the other tables."""
    sayings = [meaning.saying for meaning in meanings]
    names = [meaning.name for meaning in meanings]
    for saying in get_args(Saying):
        if saying not in sayings:
            raise TypeError(f"{saying.__name__} needs an entry in meanings.MEANINGS")
    for meaning in meanings:
        if names.count(meaning.name) != 1:
            raise TypeError(f"two entries of meanings.MEANINGS are called {meaning.name}")
        if meaning.act and meaning.act not in acts.BY_NAME:
            raise TypeError(f"the meaning {meaning.name} names no act of acts.ACTS")


check(MEANINGS)


# --- as `ircbot explain` shows them ----------------------------------------------------------

ExplainedMeaning = Mapping[str, str | int | bool | list[str]]


def meaning_of(saying: Saying) -> ExplainedMeaning:
    """The name of a saying's meaning, and its fields; those that the line did not fill are absent.

    >>> meaning_of(Record("listeners are missing"))
    {'kind': 'timeline', 'entry': 'listeners are missing'}
    """
    meaning = BY_SAYING[type(saying)]
    told: dict[str, str | int | bool | list[str]] = {"kind": meaning.name}
    for field in fields(saying):
        value = getattr(saying, field.name)
        if (value or field.name in meaning.always) and field.name not in meaning.untold:
            told[field.name] = list(value) if isinstance(value, tuple) else value
    return told
