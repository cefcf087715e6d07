"""Can this line matter? Nearly all lines of a busy channel mean nothing, and must cost nothing.

Only this module answers that question, for live lines and for years of logs. It decides nothing:
`hear` would do nothing with any line that it skips, and a test keeps the two consistent.

A line matters for its words, or for who says it. Words are judged one by one: every meaning
requires a string that some word of the line must contain. People use the same few thousand words
all day, so the result for each word is cached. Two thirds of all lines contain no such string, and
cost no more than that. A phrase is searched for at the beginning of clauses only if the line has
every string that the phrase requires: in one line of a hundred, or, while an incident is open, in
one of fourteen, because words such as "here" and "that" then mean a lot.

All lines of people who have a role, or were asked something, are heard, because they can mean
things that others cannot. For everybody else, only phrases that anybody may use are searched for.
Questions that anybody may answer cost most, because answers such as "yes" and "I can" contain no
rare word to search for. They are therefore searched for only as long as an answer would count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
from unicodedata import normalize

from ircbot.incident.clauses import fold as folded
from ircbot.incident.find import KnownWords, Needs, has_any, has_part, in_one_case
from ircbot.incident.grammar import Grammar, grammar_of, restricted
from ircbot.incident.line import Line, LineKind
from ircbot.incident.meanings import BY_NAME
from ircbot.incident.misspelt import declaring_words, meant_for
from ircbot.incident.people import Person, beginnings, folding
from ircbot.incident.plain import plain
from ircbot.incident.process import Phrase, Process
from ircbot.incident.prompts import for_words, searches
from ircbot.incident.recognise import may_mean
from ircbot.incident.relays import Relay, is_by_itself
from ircbot.incident.setting import Setting
from ircbot.incident.shapes import ENTRY, GO_ON, goes_on
from ircbot.incident.situation import QUESTION_LASTS, SEARCH_LASTS, Situation
from ircbot.incident.state import Incident, State
from ircbot.values import dataclass

_MESSAGE = LineKind.MESSAGE  # looking up a member of an enumeration is slow
_MOST_WORDS = 12_000  # in the cache; some 1.2 MB
_AROUND = "*_[]\u00bf\u00a1"  # emphasis, a label's brackets, Spanish question and exclamation marks
# The strings of which every entry contains one.
_SHAPES = (
    *("tl:", "tl;", "tl,", "tl#", "tl@", "tl-", "tl*", "tl_", "tl\uff1a"),
    *(f"tl{digit}" for digit in range(10)),
)


class LineWords:
    """Judges lines by their words: by shape (a command, an entry), or by phrases."""

    def __init__(
        self,
        grammars: Iterable[Grammar],
        openings: Iterable[str],
        misspelt: frozenset[str] = frozenset(),
        secret: tuple[str, ...] = (),
    ) -> None:
        """`openings` are first words of lines that are not sentences. A line with a `misspelt`
        word, or with a `secret` one, which identifies a security matter, is heard as well.
        """
        self._ways = [(way, one.language) for one in grammars for way in one.ways]
        self._beginnings = ("#", "!", "s/", *(opening.lower() for opening in openings))
        self._misspelt = misspelt
        self._secret = secret
        needs: list[Sequence[frozenset[str]]] = [way.pattern.needs for way, _ in self._ways]
        needs += ([frozenset([word]) for word in in_one_case(one).split()] for one in secret)
        self._needs = Needs(needs)
        self._shaped = self._needs.spare
        telling = self._needs.firsts | self._shaped
        self._known = KnownWords(
            self._told_by, _MOST_WORDS, -1 if self._needs.needless else telling
        )
        # A line of these words alone means nothing, unless some phrase requires no word.
        self._quiet: set[str] = set() if self._needs.needless else self._known.quiet

    def telling(self, texts: Iterable[str], start: int = 0) -> list[int]:
        """The indexes of the texts that have other than quiet words from `start` on. Words with
        formatting in them are never quiet.
        """
        quiet = self._quiet.issuperset
        return [
            place
            for place, text in enumerate(texts)
            if not quiet(text[start:].replace("\t", " ").split(" "))
        ]

    def matter(self, text: str) -> bool:
        """Whether a message could mean something; never wrongly False."""
        if text.startswith(ENTRY) or (text[:1] in GO_ON and goes_on(text)):
            return True
        words = text.split(" ")
        if self._quiet.issuperset(words):  # nearly all lines end here
            return False
        told = self._known.told_by_all(words if text.isprintable() else _words_of(text))
        if told & self._shaped:
            return True
        possible = self._needs.met(told)
        if not possible:
            return False
        ways = [self._ways[number] for number in possible if number < len(self._ways)]
        if ways and may_mean(text, ways):
            return True
        return len(ways) < len(possible) and has_any(text, self._secret)

    def may_matter(self, raw: str) -> bool:
        """Whether words could mean something, wherever a clause begins; never wrongly False."""
        told = self._known.told_by_all(_words_of(raw))
        return bool(told & self._shaped) or bool(self._needs.met(told))

    def _told_by(self, typed: str) -> int:
        word = typed.lower() if typed.isascii() else folded(normalize("NFC", typed))
        bare = word.strip(_AROUND)
        if self._has_shape(word, bare):
            return self._shaped
        told = self._needs.told_by(word)
        if bare != word:
            told |= self._needs.told_by(bare)
        if "[" in typed or typed.isupper():  # a label, which is read as if a colon followed
            told |= self._needs.told_by(":")
        if self._secret and not typed.isascii():
            told |= self._needs.told_by(in_one_case(typed))
        return told

    def _has_shape(self, word: str, bare: str) -> bool:
        return (
            word.startswith(self._beginnings)
            or bare.startswith(self._beginnings)
            or ("tl" in word and (bare.endswith("tl") or has_part(word, _SHAPES)))
            or meant_for(bare, self._misspelt) is not None
        )


def _words_of(text: str) -> list[str]:
    """The line's words as typed; each is folded once, when it first occurs."""
    if text.isprintable():  # then its only blanks are spaces
        return text.split(" ")
    return plain(text).split()  # formatting may be inside a word


@lru_cache(maxsize=16)
def _words(
    processes: tuple[Process, ...],
    nick: str,
    prefix: str,
    situations: frozenset[Situation],
    secret: tuple[str, ...],
) -> LineWords:
    """What words can mean in some of these situations; without any, what they can mean
    everywhere.
    """

    def counts(phrase: Phrase) -> bool:
        return not phrase.situated or not situations.isdisjoint(BY_NAME[phrase.meaning].when)

    grammars = [restricted(grammar_of(process), counts) for process in processes]
    misspelt = frozenset().union(*map(declaring_words, processes))
    return LineWords(grammars, (prefix, *beginnings(nick)), misspelt, secret)


# The situations that anybody may be in. Only people whose words matter anyway can be in the others:
# they have a role, or were offered or asked something.
_WHILE_OPEN = frozenset(
    (
        Situation.HERE,
        Situation.DECLARER,
        Situation.INVOLVED,
        Situation.APPOINTS,
        Situation.JUST,
    )
)
_WHEN_OVER = frozenset((Situation.OVER, Situation.JUST))
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def _anybodys(state: State, lasting: Iterable[_Lasting]) -> frozenset[Situation]:
    """The situations that may now apply to anybody, somewhere."""
    found = frozenset(_WHILE_OPEN if state.open else ())
    if state.resolved:
        found |= _WHEN_OVER
    return found.union(*(one.situations for one in lasting))


class _Lasting(NamedTuple):
    """What applies for a while: until when, which situations anybody is in, and who was asked."""

    until: datetime
    situations: frozenset[Situation]
    of: Person | None = None


def _lasting(state: State, setting: Setting) -> Iterator[_Lasting]:
    """The situations that follow from open questions. A volunteer answers "Who leads?"."""
    for incident in state.open:
        for _, at in searches(incident, setting.process_named(incident.process)):
            yield _Lasting(at + SEARCH_LASTS, frozenset((Situation.CHANNEL_ASKED,)))
    for incident in (*state.open, *state.resolved):
        for key, question in incident.questions.items():
            if not question.answered and key != "leads":
                to_all = () if question.of is not None else (Situation.ASKED, Situation.FIRST)
                yield _Lasting(question.at + QUESTION_LASTS, frozenset(to_all), question.of)


@dataclass(frozen=True, slots=True)
class Relevance:
    """What can matter, for this setting, and any state and time that it `is_for`."""

    open: tuple[Incident, ...]
    resolved: tuple[Incident, ...]
    setting: Setting
    # What words can mean where nothing is open, whoever says them.
    words: LineWords
    # People who have a role, were offered one, or were called and are waited for; who declared
    # without a summary yet, or were asked about their declaration.
    nicks: frozenset[str]
    accounts: frozenset[str]
    channels: frozenset[str]  # where somebody's words may trigger a prompt
    # Where an incident is open, or over and not closed, and what anybody's words can mean there.
    talked: frozenset[str]
    words_there: LineWords
    roles: bool  # whether somebody has or was offered one, so that joins and leaves matter
    fold: Callable[[str], str]  # as the network folds names
    after: datetime  # valid for times after this one
    until: datetime  # and up to this one

    def is_for(self, state: State, at: datetime) -> bool:
        """Whether it is valid for another state and time too: timeline entries do not affect it."""
        return (
            self.after < at <= self.until
            and (state.open is self.open or _matter_as(state.open, self.open))
            and (state.resolved is self.resolved or _matter_as(state.resolved, self.resolved))
        )

    @property
    def words_alone(self) -> bool:
        """Whether lines matter only for their words, whoever says them, wherever."""
        return not (self.nicks or self.channels or self.roles or self.talked)

    def pass_over(self, happenings: Sequence[object], network: str, at: int = 0) -> int:
        """The index of the first of `happenings` from `at` on that is not small talk on this
        network, or is of a time that this is not for."""
        fold, nicks, channel, words = self.fold, self.nicks, "", None
        for place in range(at, len(happenings)):
            line = happenings[place]
            if type(line) is not Line or line.network != network:
                return place
            if line.channel != channel:
                channel = line.channel
                words = self._words_in(channel)
            if words is None or fold(line.nick) in nicks or line.kind is not _MESSAGE or line.joint:
                return place
            if not self.after < line.at <= self.until:
                return place
            if line.account and fold(line.account) in self.accounts:
                return place
            if line.via and is_by_itself(line):  # it may continue somebody's message
                return place
            if words.matter(line.text):
                return place
        return len(happenings)

    def is_small_talk(self, line: Line) -> bool:
        """Whether nothing follows from a line."""
        return self.pass_over([line], line.network) == 1

    def speech_matters(self, channel: str, nick: str, text: str) -> bool:
        """Whether something may follow from what somebody says in a channel."""
        words = self._words_in(channel)
        return words is None or self.fold(nick) in self.nicks or words.matter(text)

    def _words_in(self, channel: str) -> LineWords | None:
        """What words can mean in a channel; None where whatever is said may matter."""
        folded = self.fold(channel)
        if not channel or folded in self.channels:
            return None
        return self.words_there if folded in self.talked else self.words


def _matter_as(now: Sequence[Incident], were: Sequence[Incident]) -> bool:
    """Whether the same lines matter for two states of these incidents."""
    if len(now) != len(were):
        return False
    for incident, was in zip(now, were, strict=True):  # usually one of possibly thousands changed
        if incident is not was and not _matters_as(incident, was):
            return False
    return True


def _matters_as(incident: Incident, was: Incident) -> bool:
    """Whether the same lines matter for two states of an incident."""
    return (
        incident.id == was.id
        and incident.status == was.status
        and incident.terms is was.terms
        and incident.offers is was.offers
        and incident.planned is was.planned
        and incident.confirmed == was.confirmed
        and incident.summary == was.summary
        and incident.withdrawal == was.withdrawal
        and incident.questions is was.questions
        and incident.reminders_sent is was.reminders_sent
        and incident.comms == was.comms
        and incident.calls is was.calls
    )


def awaited(incident: Incident) -> Iterator[Person]:
    """The people whose mere presence is news: those who hold a role by default, or were called."""
    yield from (t.holder for t in incident.terms if t.until is None and t.began is None)
    called = dict.fromkeys(nick for call in incident.calls for nick in call.nicks)
    people = map(incident.known_as, called)
    yield from (person for person in people if incident.key(person) not in incident.writers)


def relevance(state: State, setting: Setting, now: datetime) -> Relevance:
    """What can matter now."""
    processes = {setting.process.name: setting.process}
    for name in setting.channel_process.values():
        processes[name] = setting.process_named(name)
    lasting = list(_lasting(state, setting))
    present = [one for one in lasting if now <= one.until]
    people = [one.of for one in present if one.of is not None]
    carriers: list[Relay] = []
    channels: set[str] = set()
    secret: dict[str, None] = {}  # words that identify a security matter
    roles = False
    fold = folding(setting.casemapping)
    for incident in (*state.open, *state.resolved):
        process = setting.process_named(incident.process)
        processes[process.name] = process
        people += (offer.to for offer in incident.offers.values())
        people += (planned.to for planned in incident.planned.values())
        # Lines of logs are checked before it is known who speaks through a relay.
        if incident.live or people:
            carriers += setting.relays.get(incident.network, ())
    for incident in state.open:
        process = setting.process_named(incident.process)
        holders = [term.holder for term in incident.terms if term.until is None]
        roles = roles or bool(holders or incident.offers)
        # The server announces no account for people whom an operator vouched for.
        people += (*holders, *awaited(incident), *incident.confirmed.values())
        unled = incident.holder() is None
        if unled or not incident.summary or incident.withdrawal is not None:
            people.append(incident.declared_by)
        if for_words(process):
            channels.add(fold(incident.channel))
        secret |= dict.fromkeys(setting.secret_words(process))
    used = tuple(processes.values())
    return Relevance(
        state.open,
        state.resolved,
        setting,
        _words(used, setting.nick, setting.prefix, frozenset(), ()),
        frozenset(map(fold, [*(p.nick for p in people), *(r.nick for r in carriers)])),
        frozenset(fold(person.account) for person in people if person.account),
        frozenset(channels),
        frozenset(fold(i.channel) for i in (*state.open, *state.resolved)),
        _words(used, setting.nick, setting.prefix, _anybodys(state, present), tuple(secret)),
        roles,
        fold,
        max((one.until for one in lasting if one.until < now), default=_FIRST),
        min((one.until for one in present), default=_LAST),
    )
