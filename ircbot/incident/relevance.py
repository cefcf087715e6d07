"""Can this line matter? Nearly all lines of a busy channel mean nothing, and must cost nothing.

The one place that answers it, for lines as they come and for logs of years. It decides nothing:
what it passes over, `hear` would find nothing in, and a test holds the two together.

A line matters for its words, or for who says it. Words are looked at one by one: each thing that
can be meant has a string that some word of the line must hold (grammar.py knows them), and people
use the same few thousand words all day, so that what is known of a word is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from ircbot.incident.clauses import fold as folded
from ircbot.incident.find import has_part
from ircbot.incident.grammar import grammar_of
from ircbot.incident.line import Line, LineKind
from ircbot.incident.meanings import BY_NAME
from ircbot.incident.people import Person, beginnings, folding
from ircbot.incident.plain import plain
from ircbot.incident.process import Process
from ircbot.incident.relays import Relay, is_by_itself
from ircbot.incident.setting import Setting
from ircbot.incident.shapes import goes_on
from ircbot.incident.situation import Situation
from ircbot.incident.state import Incident, State

_MESSAGE = LineKind.MESSAGE  # a member of an enumeration takes its time to be looked up
_MOST_WORDS = 50_000  # that are kept; some 5 MB
_LONGEST_WORD = 64  # characters of a word that is kept
_EMPHASIS = "*_"
_NEARLY = ("declar", "decal", "incid")  # what a misspelt declaration still has in it
_GO_ON = frozenset(" \t0123456789-*\u2022")  # how a line begins that may go on with an entry


class Words:
    """The words that something may be meant by."""

    def __init__(self, triggers: Iterable[str], openings: Iterable[str]) -> None:
        """`triggers` are strings of which a line must hold one, `openings` how the first word
        begins of a line that is no sentence."""
        parts = sorted(_telling_part(trigger) for trigger in triggers)
        entries = (
            "tl:",
            "tl#",
            "tl@",
            "tl-",
            "tl*",
            "tl_",
            "tl\uff1a",
            *_NEARLY,
            *(f"tl{digit}" for digit in range(10)),
        )
        self._inside = (*entries, *(part for place, part in parts if place == "inside"))
        self._beginnings = (
            *("#", "!", "s/"),
            *(opening.lower() for opening in openings),
            *(part for place, part in parts if place == "begins"),
        )
        self._endings = ("tl", *(part for place, part in parts if place == "ends"))
        self._idle: set[str] = set()  # words of which none means anything

    def matter(self, text: str) -> bool:
        """Whether words could mean something; never wrongly False."""
        if text[:1] in _GO_ON and goes_on(text):
            return True
        if not text.isprintable():
            text = plain(text)  # formatting may stand inside a word
        words = (text.lower() if text.isascii() else folded(text)).split()
        return not self._idle.issuperset(words) and any(map(self._matters, words))

    def _matters(self, word: str) -> bool:
        if word in self._idle:
            return False
        bare = word.strip(_EMPHASIS)
        if (
            word.startswith(self._beginnings)
            or bare.startswith(self._beginnings)
            or bare.endswith(self._endings)
            or has_part(word, self._inside)
        ):
            return True
        if len(word) <= _LONGEST_WORD:
            if len(self._idle) >= _MOST_WORDS:
                self._idle.clear()
            self._idle.add(word)
        return False


def _telling_part(trigger: str) -> tuple[str, str]:
    """The longest word of a string that a line must hold, and where in a word of it that stands.

    >>> _telling_part(" il"), _telling_part("war "), _telling_part("outage")
    (('begins', 'il'), ('ends', 'war'), ('inside', 'outage'))
    """
    parts = trigger.split(" ")
    longest = max(range(len(parts)), key=lambda place: len(parts[place]))
    begins, ends = longest > 0, longest < len(parts) - 1
    if begins and not ends:
        return "begins", parts[longest]
    if ends and not begins:
        return "ends", parts[longest]
    return "inside", parts[longest]


@lru_cache(maxsize=16)
def _words(processes: tuple[Process, ...], nick: str, prefix: str) -> Words:
    triggers = {word for process in processes for word in grammar_of(process).triggers}
    return Words(triggers, (prefix, *beginnings(nick)))


# While nothing is over, nobody is in these whose words do not matter anyhow: who has a role, or is
# offered or asked something.
_OWN = {Situation.LEADER, Situation.ROLE, Situation.ASKED, Situation.FIRST, Situation.OVER}


@lru_cache(maxsize=16)
def _situated_words(processes: tuple[Process, ...], *, of_anybody: bool) -> Words:
    """The words that something is meant by in some situations; `of_anybody`: that anybody may be
    in."""
    triggers = {
        word
        for process in processes
        for bundles in grammar_of(process, situated=True).ways.values()
        for _, ways in bundles
        for way in ways
        if not of_anybody or not _OWN.issuperset(BY_NAME[way.phrase.meaning].when)
        for word in way.pattern.needs[0]
    }
    return Words(triggers - {""}, ())


_SHORT = 4  # words; "I will", "ok" and the like have none that is seldom


def _is_short(text: str) -> bool:
    return text.count(" ") < _SHORT


@dataclass(frozen=True, slots=True)
class Relevance:
    """What can matter, with this setting and any state that it `is_for`."""

    open: tuple[Incident, ...]
    setting: Setting
    # Whether words could mean something, whoever says them.
    words_matter: Callable[[str], bool]
    # Who has a role, is offered one, or was called and is waited for; who declared and said not
    # yet what, or was asked about it.
    nicks: frozenset[str]
    accounts: frozenset[str]
    channels: frozenset[str]  # where somebody's words may call for a prompt
    # Where an incident is open, or over and not closed, so that further words mean something; and
    # whether some could.
    talked: frozenset[str]
    situated_matter: Callable[[str], bool]
    roles: bool  # whether somebody has or is offered one, so that their coming and going matters
    fold: Callable[[str], str]  # as the network folds names

    def is_for(self, state: State) -> bool:
        """Whether it is as good for another state: entries of a timeline change nothing of it."""
        if len(state.open) != len(self.open):
            return False
        if _talked(state, self.fold) != self.talked:
            return False
        pairs = zip(state.open, self.open, strict=True)
        changed = [(now, was) for now, was in pairs if now is not was]  # one, of maybe thousands
        return all(_matters_as(now, was) for now, was in changed)

    @property
    def words_alone(self) -> bool:
        """Whether lines matter for their words alone, whoever says them and wherever."""
        return not (self.nicks or self.channels or self.roles or self.talked)

    def is_small_talk(self, line: Line) -> bool:
        """Whether nothing follows from a line."""
        if line.kind is not _MESSAGE or not line.channel or line.joint:
            return False
        if line.via and is_by_itself(line):  # it may go on with what somebody says
            return False
        if line.account and self.fold(line.account) in self.accounts:
            return False
        return not self.speech_matters(line.channel, line.nick, line.text)

    def speech_matters(self, channel: str, nick: str, text: str) -> bool:
        """Whether something may follow from what somebody says in a channel."""
        fold = self.fold
        if fold(nick) in self.nicks or (self.channels and fold(channel) in self.channels):
            return True
        if self.talked and fold(channel) in self.talked:
            return _is_short(text) or self.situated_matter(text) or self.words_matter(text)
        return self.words_matter(text)


def _talked(state: State, fold: Callable[[str], str]) -> frozenset[str]:
    return frozenset(fold(i.channel) for i in (*state.open, *state.resolved))


def _matters_as(incident: Incident, was: Incident) -> bool:
    """Whether the same lines matter for an incident as when it was otherwise."""
    return (
        incident.id == was.id
        and incident.terms is was.terms
        and incident.offers == was.offers
        and incident.confirmed == was.confirmed
        and incident.summary == was.summary
        and incident.withdrawal == was.withdrawal
        and incident.questions == was.questions
        and incident.comms == was.comms
        and incident.calls is was.calls
    )


def awaited(incident: Incident) -> Iterator[Person]:
    """Those of whom it is news that they are there at all: who has a role by default, who was
    called."""
    yield from (t.holder for t in incident.terms if t.until is None and t.began is None)
    called = dict.fromkeys(nick for call in incident.calls for nick in call.nicks)
    people = map(incident.known_as, called)
    yield from (person for person in people if incident.key(person) not in incident.writers)


def relevance(state: State, setting: Setting) -> Relevance:
    """What can matter now."""
    processes = {setting.process.name: setting.process}
    for name in setting.channel_process.values():
        processes[name] = setting.process_named(name)
    people: list[Person] = []
    carriers: list[Relay] = []
    channels: set[str] = set()
    roles = False
    fold = folding(setting.casemapping)
    for incident in state.open:
        process = setting.process_named(incident.process)
        processes[process.name] = process
        involved = [term.holder for term in incident.terms if term.until is None]
        involved += [offer.to for offer in incident.offers.values()]
        roles = roles or bool(involved)
        # Of whom an operator vouched for, the server tells no account.
        people += (*involved, *awaited(incident), *incident.confirmed.values())
        # Lines of logs are looked at before it is known who speaks through a relay.
        carriers += setting.relays.get(incident.network, ())
        people += (q.of for q in incident.questions.values() if q.of is not None)
        unled = incident.holder() is None
        if unled or not incident.summary or incident.withdrawal is not None:
            people.append(incident.declared_by)
        if any(prompt.when == "said" for prompt in process.prompts):
            channels.add(fold(incident.channel))
    for incident in state.resolved:
        process = setting.process_named(incident.process)
        processes[process.name] = process
    used = tuple(processes.values())
    return Relevance(
        state.open,
        setting,
        _words(used, setting.nick, setting.prefix).matter,
        frozenset(map(fold, [*(p.nick for p in people), *(r.nick for r in carriers)])),
        frozenset(fold(person.account) for person in people if person.account),
        frozenset(channels),
        _talked(state, fold),
        # Whoever is asked something of an incident that is over is not among `people`.
        _situated_words(used, of_anybody=not state.resolved).matter,
        roles,
        fold,
    )
