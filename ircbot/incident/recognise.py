"""Text → sayings, by the process's phrases.

Knows nothing of who may say what or of the state of any incident: that is rules.py. What a
command's arguments mean is commands.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from ircbot.incident import clauses
from ircbot.incident.calls import split_call
from ircbot.incident.clauses import Start
from ircbot.incident.common import COMMON, USUAL, words
from ircbot.incident.doubts import Mood, is_meant, is_shown
from ircbot.incident.pattern import Pattern, compile_pattern
from ircbot.incident.people import same_name
from ircbot.incident.plain import is_action, plain
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
from ircbot.incident.times import span

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

_TIMELINE = re.compile(
    r"(?:(?!tl\b)@?[^\s:,<>]{1,32}[:,] ?)?tl ?(?:#?(\d{1,6}) ?)?:(?!dr\b) ?(.*)", re.I
)
_SHAPES = ("tl:", "tl ")  # one of these is in every line that _TIMELINE matches
_MEETBOT = re.compile(r"#(info|action|link|undo)(?: (.*))?|!(log)(?: (.*))?", re.I)
_SUBSTITUTION = re.compile(r"s(/(?:[^/\\]|\\.)+/(?:[^/\\]|\\.)*/)")
_INCIDENT = re.compile(r"@(\d{1,6})(?: |$)")
_DESCRIBES = re.compile(
    r"outage|down|degrad|broke|fail|error|\b5\d\d\b|slow|unreachable|unavailable|offline"
    r"|tim(?:ing|ed)"
    r" out|timeout|latency|unable|can'?t|cannot|not (?:load|work|respond|reach|serv)|isn'?t|lost"
    r"|full"
    r"|crash|stuck|dead|fire|missing|hung|hanging|refus|drop|spik|leak|corrupt|expired|overload",
    re.I,
)
_NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "forty-five": 45,
    "fifty": 50,
    "sixty": 60,
    "ninety": 90,
}
# The slots that take what is left of the line.
_FREE = frozenset(["summary", "people"])
_SENTENCE_END = re.compile(r"[.!?;]+(?: |$)| -{1,3} | [–—] ")
_LOOSE_START = re.compile(r"^(?:as|because|since|while|and|so|but) ", re.I)
_LOOSE_END = re.compile(r"[,;]? (?:and|so|but|also|plus|i|we)$", re.I)
_MOST_CLAUSES = 40  # that are looked at in one line
_NAMES_ROLE = re.compile("<(?:any)?role>")
_EMPHASIS = "*_"  # as people write it who are used to Markdown
_POINTING = words("this that it now real us sure me you everyone all")
_DRILL = re.compile(r"\bdrill\b", re.I)
_ADVERBS = words("also hereby just now officially")
_THIRD_PERSON = re.compile(r"(?<=s|x|z|h)es$|(?<!s)s$")
_ACTION_VERBS = {"is": "am", "has": "have", "'s": "am", "does": "do", "'ll": "will"}


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One pattern of one phrase, ready to match."""

    phrase: Phrase
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Grammar:
    """A process's phrases, ready to match.

    `ways` are found by strings of which a line must have one to be understood so; `triggers` are
    the shortest of these, so that a line without any of them means nothing.
    """

    ways: Mapping[str, tuple[Way, ...]]
    triggers: tuple[str, ...]
    roles: Mapping[str, str]  # what a role is called, by `_joined` → its key
    severities: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase found in a line: from where to where, and what stood in its slots, as written."""

    phrase: Phrase
    start: int
    end: int
    free: int | None  # where free text begins that ends it: a summary, the people called
    slots: Mapping[str, str]


@lru_cache(maxsize=64)
def grammar_of(process: Process) -> Grammar:
    """A process's phrases, ready to match; raises PatternError."""
    names = {
        word.lower(): key
        for key, role in process.roles.items()
        for word in (role.title, role.short, *role.words)
        if word
    }
    severities = _severities(process)
    said = {
        "lead": [word for word, key in names.items() if key == "lead" and word not in USUAL],
        "role": [word for word, key in names.items() if key != "lead" and word not in USUAL],
        # "I am the expert" is said all day; "I am the expert for this incident" is not.
        "anylead": [word for word, key in names.items() if key == "lead"],
        "anyrole": [word for word, key in names.items() if key != "lead"],
        "severity": [f"{head}{word}" for word in severities for head in ("sev-", "severity-")],
        "level": list(severities),
        "report": [process.report.words],
    }
    ways = tuple(
        Way(phrase, compile_pattern(pattern, said, USUAL, clauses.ENDING))
        for phrase in process.phrases
        for pattern in phrase.patterns
        if said["anyrole"] or not _NAMES_ROLE.search(pattern)
    )
    by_word: dict[str, tuple[Way, ...]] = {}
    for way in ways:
        for word in way.pattern.needs[0]:
            by_word[word] = (*by_word.get(word, ()), way)
    found = {*_SHAPES, *by_word}
    triggers = sorted(one for one in found if not any(two in one for two in found - {one}))
    return Grammar(
        by_word,
        tuple(triggers),
        {_joined(word): key for word, key in names.items()},
        {_joined(word): key for word, key in severities.items()},
    )


def _severities(process: Process) -> dict[str, str]:
    keys = {key: severity.title for key, severity in process.severities.items()}
    if not keys:
        # Its guide has none, but people may use them all the same.
        keys = dict.fromkeys("012345", "")
    said = {key.lower(): key for key in keys}
    said |= {title.lower(): key for key, title in keys.items() if title}
    said |= {word: str(n) for word, n in _NUMBERS.items() if str(n) in keys}
    return said


@lru_cache(maxsize=64)
def _openings(nick: str, prefix: str) -> tuple[str, ...]:
    """How lines begin that are no sentences."""
    return (" #", " !", " s/", f" {prefix.lower()}", f" {nick.lower()}")


def might_mean(text: str, process: Process, *, nick: str = "ilbot", prefix: str = "!inc") -> bool:
    """Whether `recognise` could find anything in a line; very cheap, and never wrongly False."""
    if not text.isprintable():
        return True  # formatting may stand inside a word
    low = f" {text.lower()}"
    if low.startswith(_openings(nick, prefix)):
        return True
    # any() would take twice the time, and this is asked of every line of every channel.
    for trigger in grammar_of(process).triggers:  # noqa: SIM110
        if trigger in low:
            return True
    return False


def recognise(
    text: str,
    process: Process,
    *,
    nick: str = "ilbot",
    prefix: str = "!inc",
    private: bool = False,
    action: bool = False,
    speaker: str = "",
) -> tuple[Saying, ...]:
    """What a line means, in the order in which it is to be followed; () for nothing.

    `nick` is the bot's own and `speaker` the speaker's. `action` says that the line is a /me.
    In private, what is no sentence is a command.
    """
    if not private and not might_mean(text, process, nick=nick, prefix=prefix):
        return ()
    action = action or is_action(text)
    text = plain(text)
    if text.startswith("\\"):
        return ()
    if action:
        return _ordered(_spoken(_as_said(text), process, speaker))
    if (command := _command(text, prefix)) is not None:
        return (command,)
    if entry := _TIMELINE.fullmatch(text):
        return _ordered(_recorded(entry, process, speaker))
    addressed = _after_address(text, nick)
    if addressed is None and not private:
        return _ordered(_spoken(text, process, speaker))
    request = text if addressed is None else addressed
    sayings = _spoken(request, process, speaker, whole=True)
    return _ordered(sayings) or (_read_command(request, addressed=True),)


def _ordered(sayings: Iterable[Saying]) -> tuple[Saying, ...]:
    return tuple(sorted(sayings, key=lambda saying: _ORDER.index(type(saying))))


def _as_said(action: str) -> str:
    """What somebody would say who does this: "is taking IL" → "I am taking IL"."""
    said = action.split(" ")
    at = next((i for i, word in enumerate(said) if word.lower() not in _ADVERBS), 0)
    verb = said[at].lower()
    said[at] = _ACTION_VERBS.get(verb) or _THIRD_PERSON.sub("", verb)
    return " ".join(["I", *said])


# --- commands --------------------------------------------------------------------------------


def _command(text: str, prefix: str) -> Command | None:
    head, _, rest = text.partition(" ")
    if head.lower() == prefix.lower():
        return _read_command(rest, addressed=True)
    if match := _MEETBOT.fullmatch(text):
        name, arguments = match[1] or match[3], match[2] or match[4] or ""
        return Command(name.lower(), arguments.strip(), addressed=False)
    if match := _SUBSTITUTION.fullmatch(text):
        return Command("s", match[1], addressed=False)
    return None


def _after_address(text: str, nick: str) -> str | None:
    """What is said to the bot by name; None if the line is not."""
    length = len(nick)
    if text[length : length + 1] in (":", ",") and same_name(text[:length], nick):
        return text[length + 1 :].strip()
    return None


def _read_command(request: str, *, addressed: bool) -> Command:
    incident = None
    if match := _INCIDENT.match(request):
        incident = int(match[1])
        request = request[match.end() :].strip()
    if match := _SUBSTITUTION.fullmatch(request):
        return Command("s", match[1], incident, addressed)
    name, _, arguments = request.partition(" ")
    return Command(name.lower() or "help", arguments.strip(), incident, addressed)


# --- sentences -------------------------------------------------------------------------------


def _recorded(entry: re.Match[str], process: Process, speaker: str) -> list[Saying]:
    number, text = entry.groups()
    text = text.strip()
    if not text:
        return []
    return [Record(text, int(number) if number else None), *_spoken(text, process, speaker)]


def _spoken(text: str, process: Process, speaker: str, *, whole: bool = False) -> list[Saying]:
    """What the sentences of a text mean; with `whole`, only if the text begins by meaning it."""
    grammar = grammar_of(process)
    if text[:1] in _EMPHASIS and text[-1:] in _EMPHASIS:
        text = text.strip(_EMPHASIS)
    folded = " " + clauses.fold(text[: clauses.LONGEST])
    if is_shown(folded):
        return []
    found = sorted(_find(grammar, folded, text), key=lambda one: one.start)
    if whole and not (found and _begins(folded, found[0].start)):
        return []
    sayings: list[Saying] = []
    for one in found:
        for saying in _sayings(one, grammar, found, text):
            meant = _of_oneself(saying, speaker)
            others = {type(other) for other in sayings if not isinstance(other, TakeRole)}
            if type(meant) not in others and meant not in sayings:
                sayings.append(meant)
    return sayings


def _of_oneself(saying: Saying, speaker: str) -> Saying:
    """The saying, by who says it: who names himself takes a role rather than gives it."""
    match saying:
        case HandOff(to) if same_name(to, speaker):
            return Lead()
        case TakeRole(role, nick) if same_name(nick, speaker):
            return TakeRole(role)
        case _:
            return saying


def _begins(folded: str, start: int) -> bool:
    """Whether only words without meaning stand before `start`."""
    first = [one.at for one in clauses.starts(folded) if one.joint == "" and one.sentence == 0]
    return start in first


def _find(grammar: Grammar, folded: str, text: str) -> list[Found]:
    possible = dict.fromkeys(
        way
        for word, ways in grammar.ways.items()
        if word in folded
        for way in ways
        if _has_all(folded, way.pattern.needs)
    )
    if not possible:
        return []
    begins = list(islice(clauses.starts(folded), _MOST_CLAUSES))
    found = []
    for way in possible:
        for start in begins:
            if one := _match(way, folded, text, start):
                found.append(one)
                if way.phrase.meaning != "role":  # the only one that a line may mean twice
                    break
    return found


def _has_all(folded: str, needs: Iterable[frozenset[str]]) -> bool:
    return all(any(word in folded for word in need) for need in needs)


def _match(way: Way, folded: str, text: str, start: Start) -> Found | None:
    match = way.pattern.regex.match(folded, start.at)
    if match is None:
        return None
    slots = {}
    free = None
    for number, name in enumerate(way.pattern.names, start=1):
        if match[number] is None:
            continue
        # The folded text has one blank more, in front.
        slots[name] = text[max(0, match.start(number) - 1) : match.end(number) - 1].strip()
        if name in _FREE:
            free = match.start(number)
    end = match.end() if free is None else free
    mood = _MOODS.get(way.phrase.meaning, Mood.STATE)
    if not is_meant(folded, start, end, mood):
        return None
    return Found(way.phrase, start.at, match.end(), free, slots)


def _sayings(one: Found, grammar: Grammar, found: Iterable[Found], text: str) -> tuple[Saying, ...]:
    """What a phrase says with what stands in its slots; () if that makes no sense after all."""
    slots = one.slots
    if "nick" in slots and not _is_name(slots["nick"]):
        return ()
    severity = grammar.severities.get(_level(slots.get("severity") or slots.get("level", "")), "")
    severity = one.phrase.severity or severity
    match one.phrase.meaning:
        case "declare":
            summary = _summary(one, found, text)
            declared = Declare(summary, drill=_DRILL.search(text) is not None)
            return (declared, SetSeverity(severity)) if severity else (declared,)
        case "lead":
            return (Lead(),)
        case "handoff":
            return (HandOff(slots["nick"]),)
        case "channel":
            return _channel(slots["channel"])
        case "video":
            where = slots.get("where") or slots["url"]
            return (SetVideo(where.rstrip(".,;:!?")),)
        case "ping":
            nicks, reason = split_call(slots["people"])
            asked = not reason and "?" in slots["people"]
            return (Ping(nicks, reason),) if nicks and not asked else ()
        case "promise":
            minutes = read_minutes(slots["duration"])
            return (Promise(minutes),) if minutes else ()
        case "resolve":
            return (Resolve(slots.get("summary", "")),)
        case "report":
            return (PromiseReport(),)
        case "role":
            role = one.phrase.role or grammar.roles[_joined(slots.get("role") or slots["anyrole"])]
            return (TakeRole(role, slots.get("nick", "")),)
        case _:
            return (SetSeverity(severity),) if severity else ()


def _is_name(nick: str) -> bool:
    return nick.lower() not in COMMON


def _level(said: str) -> str:
    return _joined(re.sub(r"^sev(?:erity)?", "", said.lower()))


def _joined(said: str) -> str:
    """What is said, however its words are joined: "look-out", "look out" and "lookout" are one."""
    return re.sub(r"[-' ]", "", clauses.fold(said))


def _channel(name: str) -> tuple[Saying, ...]:
    name = name.rstrip(".:'\"")
    # "#123" is a ticket.
    return () if name[1:].isdigit() or len(name) < 2 else (SetComms(name),)


def read_minutes(said: str) -> int | None:
    """The minutes of a duration as people say it; of "15-20 min" the longer; None for none.

    >>> read_minutes("half an hour"), read_minutes("1h30"), read_minutes("15-20 mins")
    (30, 90, 20)
    """
    said = clauses.fold(said).replace("-", " ")
    if "half" in said:
        return 90 if "and a half" in said else 30
    if said.startswith("a couple"):
        return 120
    said = re.sub(r"^(?:the|an|a) ", "1 ", said)
    said = re.sub(r"^\d+ (?:to )?(?=\d)", "", said)
    said = re.sub(r"^hour$", "1 hour", said)
    for word in sorted(_NUMBERS, key=len, reverse=True):
        said = re.sub(rf"\b{word.replace('-', ' ?')}\b", str(_NUMBERS[word]), said)
    ahead = span(said.replace(" and ", " "))
    return round(ahead.total_seconds() / 60) or None if ahead else None


# --- the summary of a declaration ------------------------------------------------------------


def _summary(one: Found, found: Iterable[Found], text: str) -> str:
    """What a declaring line says about the incident; "" if it says nothing."""
    others = sorted(((other.start, other.end) for other in found), key=lambda span: span[0])
    if one.free is not None:
        stop = min((start for start, _ in others if start > one.free), default=len(text) + 1)
        return _tidy(_SENTENCE_END.split(text[one.free : stop - 1], maxsplit=1)[0])
    at = 0
    for start, end in [*others, (len(text) + 1, 0)]:
        for sentence in _SENTENCE_END.split(text[at : max(0, start - 1)]):
            parts = sentence.split(", ")
            while parts and not _DESCRIBES.search(parts[0]):
                del parts[0]
            if len(" ".join(parts).split()) > 1 and "?" not in sentence:
                return _tidy(", ".join(parts))
        at = max(at, end - 1)
    return ""


def _tidy(summary: str) -> str:
    folded = " " + clauses.fold(summary)
    at = max(start.at for start in clauses.starts(folded) if start.at == 0 or not start.joint)
    summary = _LOOSE_START.sub("", summary[at:].strip(" ,.;:-–—("))
    summary = _LOOSE_END.sub("", summary)
    return "" if summary.lower() in _POINTING or summary.startswith("#") else summary
