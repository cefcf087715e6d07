"""The phrase language of process files: sentences, written as people say them.

    word          the word, in any case; a hyphen may be a hyphen, a blank or nothing
    (a|b c)       one of these
    [a|b c]       one of these, or nothing
    <slot>        something that varies: <nick>, <channel>, <duration>, <summary>, …
                  <they> is a nick that is talked about, not addressed: no colon follows it
    :             a colon, a dash, or an equals sign
    ,             a comma, a dash, a full stop, or nothing
    ,,            a comma or a dash
    ?             a question mark

"I am" is also "I'm", "Im"; "has" is also "'s", and so on: contractions need no phrase of their own.
Knows neither meanings nor sentences; clauses.py finds where a phrase may begin and end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from unicodedata import normalize

from ircbot.incident.clauses import bounds_of, fold
from ircbot.incident.language import Language, one_of
from ircbot.incident.people import NICK
from ircbot.incident.times import DURATION, duration, oclock, placing
from ircbot.values import dataclass


class PatternError(ValueError):
    """A pattern is not in the phrase language; the message says why."""


@dataclass(frozen=True, slots=True)
class Word:
    """A literal word."""

    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A part that varies from line to line."""

    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several sequences, or none of them when it is optional."""

    options: tuple[tuple[PatternPart, ...], ...]
    optional: bool


PatternPart = Word | Slot | Choice

_TOKEN = re.compile(r"\s*([()\[\]|:]|<[a-z]+>|[^\s()\[\]|<>:]+)")
_CLOSES = {"(": ")", "[": "]"}

# Words that contract with the word before them. Short forms without an apostrophe are as common.
_CONTRACTED = {
    "am": "(?: am|'m|(?<= i)m)",
    "are": "(?: are|'re|(?<= you)r)",
    "is": "(?: is|'s|(?<= there)s|(?<= it)s|(?<= that)s)",
    "has": "(?: has|'s)",
    "have": "(?: have|'ve|(?<= i)ve|(?<= we)ve)",
    "will": "(?: will|'ll|(?<= i)ll)",
    "us": "(?: us|'s|(?<= let)s)",
    "would": "(?: would|'d|(?<= i)d)",
}

# Every spelling of the word contains one of these.
_SPELT = {
    "am": (" am", "'m", " im"),
    "are": (" are", "'re", " your"),
    "is": (" is", "'s", " theres", " its", " thats"),
    "has": (" has", "'s"),
    "have": (" have", "'ve", " ive", " weve"),
    "will": (" will", "'ll", " ill"),
    "us": (" us", "'s", " lets"),
    "would": (" would", "'d", " id"),
}

# The short words before them, alone and contracted.
_RUN_ON = {
    "i": (" i ", " im ", " ive ", " ill ", " id "),
    "it": (" it ", " its "),
    "we": (" we ", " weve "),
}

# Words whose short forms are as common.
_TYPED = {"you": r" (?:you|u(?!\w))", "please": r" (?:please|pl[sz])(?!\w)"}

# The words before contractions: in a line, another letter may directly follow them.
_JOINED = frozenset(["i", "we", "you", "it", "there", "that", "let"])

# Words in the name or address of a place to meet, in addition to the process's media.
ROOMS = frozenset(("video", "teams", "meet", "conference", "huddle", "bridge"))
_WHOSE = rf"(?:the|my|our|this|{NICK}'s) "
_WORDS = (
    r"(?:(?!(?:off|for|on|in|to|at|of|and|or|n|not|your|a|the|my|our|me|us|join)\b)"
    r"[a-z0-9'-]{1,30} )"
)


def _place_to_meet(media: Iterable[str]) -> str:
    """A regular expression for a URL, or words: "my Zoom room", "the bridge". `media` is what
    people meet on.
    """
    medium = "|".join(map(re.escape, _longest_first(media))) or "(?!)"
    address = "|".join(map(re.escape, sorted(ROOMS | _heads(media))))
    room = (
        rf"(?:{medium}|video|conference|bridge|huddle|teams|meet|war)"
        r" (?:room|call|bridge|meeting|chat|channel|conference|link|line|huddle)"
    )
    return (
        rf"(?:https?://(?=\S{{0,80}}(?:{address}))[^\s<>\"]{{4,300}}"
        rf"|(?:(?:{_WHOSE})?{_WORDS}{{0,2}}?{room}|{_WHOSE}{_WORDS}{{0,2}}?room on (?:{medium})"
        rf"|(?:{_WHOSE})?(?:{medium})|(?:the|our|my) (?:bridge|huddle))(?!\w))"
    )


def _heads(media: Iterable[str]) -> frozenset[str]:
    """The last word of each medium's name, which its addresses contain."""
    return frozenset(medium.lower().split()[-1] for medium in media)


# A time of day in the notation: "16:45 UTC", "4pm".
_CLOCK = (
    r"(?:\d{1,2}[:.]\d\d(?: ?[ap]\.?m\b\.?)?|\d{1,2} ?[ap]\.?m\b\.?"
    r"|\d{4}(?= ?(?:utc|gmt|z)\b)|noon|midnight)"
    r"(?: ?(?:utc|gmt|z|[a-z]{1,3}[sd]?t)(?:[+-]\d{1,2})?(?![\w/]))?(?! ?[ap]\.?m\b)(?![\w:])"
)


@lru_cache(maxsize=32)
def slots_of(language: Language) -> Mapping[str, str]:
    """The regular expressions of a language's slots; <where>, <lead>, <role>, <severity> and
    <report> depend on the process.
    """
    of = language
    # Words after which a text is about something other than this incident.
    elsewhere = rf"(?![\w-]+'s )(?!{one_of(of.no_thing)}\b)"
    in_part = rf"(?!(?:{one_of(of.in_part)}\b|\d+%?(?= )))"
    label = rf"(?!(?:{one_of(of.no_label)}|https?)\b)"
    # A span or a time of day, when people say when something is due.
    span = f"(?:{duration(of)}|{DURATION})"
    moment = rf"(?:{oclock(of)}|{duration(of)}|(?:{DURATION}|{_CLOCK}))"
    before = set(placing(of, "at", "by", "in"))
    # "à 15h30" is not a span: the word before it belongs to the time.
    at = before.intersection(placing(of, "at")) - {"at"}
    placed = one_of(of.nearly, before - at)
    return {
        "nick": rf" @?(?P<?>{NICK})(?![\w'])[:,]??",
        "they": rf" @?(?P<?>{NICK})(?![\w'])",
        "people": r"(?P<?> \S.*)",
        "channel": (
            r"(?: the)?(?: channel)? (?P<?>#[^\s,;!?()\"'`]{1,64})(?: (?:irc )?channel| chan)?"
        ),
        "duration": rf" (?:{one_of(of.nearly)} |~ ?)?(?P<?>{span})",
        "url": r" (?P<?>https?://[^\s<>\"]{4,300})",
        "what": rf"(?: {elsewhere}[\w./&+'-]{{1,40}}){{1,4}}?",
        "summary": r",?(?P<?> \S.*)",
        "text": r",?(?P<?> \S.*)",
        "call": rf" (?P<?>{one_of(of.calls)})(?!\w)",
        "label": rf" (?P<?>{label}[\w][\w./&+'-]{{0,40}}(?: [\w./&+'-]{{1,40}}){{0,4}}?)",
        "thing": rf"(?: {in_part}{elsewhere}[\w./&+'-]{{1,40}}){{1,5}}?",
        "time": rf" (?:{placed} |~ ?)?(?P<?>(?:{one_of(at)} )?{moment})",
    }


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern.

    `regex` matches folded text from a blank to the end of the clause. `names` are the slots of its
    groups, in order. `needs` are sets of strings: a line must contain one string of each, the
    rarest set first; searching for them is far cheaper than matching. If there are any `joined`,
    the folded text must also contain one of these: a URL's beginning with what directly precedes
    it.
    """

    source: str
    regex: str
    names: tuple[str, ...]
    needs: tuple[frozenset[str], ...]
    joined: tuple[str, ...] = ()


# Compiled when a line first needs it: most commands need no pattern, and compiling all takes long.
@lru_cache(maxsize=16_384)
def compiled(regex: str) -> re.Pattern[str]:
    """The pattern's regular expression, compiled on first use."""
    return re.compile(regex)


def parse(source: str) -> tuple[PatternPart, ...]:
    """The parts of a pattern; raises PatternError."""
    tokens: list[str] = []
    at = 0
    stripped = normalize("NFC", source).rstrip()
    while at < len(stripped):
        match = _TOKEN.match(stripped, at)
        if match is None:
            raise PatternError(f"`{stripped[at:].strip()}` is not understood; a slot is <name>")
        tokens.append(match[1])
        at = match.end()
    parts, rest = _sequence(tokens, 0)
    if rest != len(tokens):
        raise PatternError(f"`{tokens[rest]}` has no opening bracket")
    if not parts:
        raise PatternError("it is empty")
    return parts


def spelt_out(source: str) -> tuple[str, ...]:
    """All sequences of words that a text of words and choices stands for, folded; raises
    PatternError.

    >>> spelt_out("[just] (kidding|joking)")
    ('kidding', 'joking', 'just kidding', 'just joking')
    """
    if not set(source) & set("()[]|"):
        return (fold(normalize("NFC", " ".join(source.split()))),)
    said = _spellings(parse(source), {})
    return tuple(dict.fromkeys(" ".join(words) for words in said if words))


def sentences(source: str, slots: Mapping[str, str]) -> Iterator[str]:
    """Every sentence that a pattern stands for, with these words in its slots.

    >>> list(sentences("[now] I am <lead>", {"lead": "chief"}))
    ['i am chief', 'now i am chief']
    """
    return (" ".join(words) for words in _spellings(parse(source), slots))


def _spellings(
    parts: tuple[PatternPart, ...], slots: Mapping[str, str]
) -> Iterator[tuple[str, ...]]:
    """All sequences of words that parts stand for; PatternError for any other slot."""
    if not parts:
        yield ()
        return
    first, *rest = parts
    if isinstance(first, Slot):
        if first.name not in slots:
            raise PatternError(f"<{first.name}> cannot stand here; these are words")
        heads: list[tuple[str, ...]] = [(slots[first.name],)]
    elif isinstance(first, Word):
        heads = [(first.text,)]
    else:
        heads = [()] if first.optional else []
        heads += [said for option in first.options for said in _spellings(option, slots)]
    for head in heads:
        for said in _spellings(tuple(rest), slots):
            yield (*head, *said)


def _sequence(tokens: list[str], at: int) -> tuple[tuple[PatternPart, ...], int]:
    parts: list[PatternPart] = []
    while at < len(tokens):
        token = tokens[at]
        if token in ")]|":
            break
        if token in _CLOSES:
            choice, at = _choice(tokens, at)
            parts.append(choice)
            continue
        parts.append(Slot(token[1:-1]) if token.startswith("<") else Word(fold(token)))
        at += 1
    return tuple(parts), at


def _choice(tokens: list[str], at: int) -> tuple[Choice, int]:
    opening = tokens[at]
    options: list[tuple[PatternPart, ...]] = []
    while True:
        parts, at = _sequence(tokens, at + 1)
        if not parts:
            raise PatternError(f"an alternative of `{opening}` is empty; write [ ] for optional")
        options.append(parts)
        if at == len(tokens):
            raise PatternError(f"`{opening}` is not closed")
        if tokens[at] != "|":
            break
    if tokens[at] != _CLOSES[opening]:
        raise PatternError(f"`{opening}` is closed by `{tokens[at]}`")
    return Choice(tuple(options), optional=opening == "["), at + 1


def compile_pattern(
    source: str,
    words: Mapping[str, Iterable[str]],
    common: frozenset[str],
    language: Language,
    *,
    seldom: bool = False,
) -> Pattern:
    """Compile a pattern; raises PatternError.

    `words` are the process's own, by slot: <lead> is any of words["lead"]. `common` words are too
    frequent to be worth searching for first. A pattern that is `seldom` tried need not contain a
    word to search for.
    """
    said = tuple(
        (slot, tuple(many) if _stands_in(source, slot) else ()) for slot, many in words.items()
    )
    return _compile(source, said, common, language, seldom=seldom)


def _stands_in(source: str, slot: str) -> bool:
    return f"<{slot}>" in source or (slot == "media" and "<where>" in source)


# Cached, because processes have most phrases in common, and one that is read again has the same.
@lru_cache(maxsize=4096)
def _compile(
    source: str,
    words: tuple[tuple[str, tuple[str, ...]], ...],
    common: frozenset[str],
    language: Language,
    *,
    seldom: bool,
) -> Pattern:
    parts = parse(source)
    names: list[str] = []
    vocabulary = dict(words)
    body = _regex(parts, vocabulary, names, slots_of(language))
    vocabulary["call"] = language.calls
    needs = _needs(parts, vocabulary, common, short=seldom)
    if not needs and not seldom:
        raise PatternError("it has no word that must be there, so it would be tried on every line")
    first = rarest(needs, common) or frozenset([""])
    every = dict.fromkeys(_needs(parts, vocabulary, common, contracted=True, short=seldom))
    rest = sorted(every.keys() - {first}, key=lambda need: (_chance_of(need, common), sorted(need)))
    ending, joined = bounds_of(language).ending, tuple(sorted(_before_url(parts)))
    return Pattern(source, body + ending, tuple(names), (first, *rest), joined)


_SlotWords = Mapping[str, tuple[str, ...]]


def _regex(
    parts: tuple[PatternPart, ...], words: _SlotWords, names: list[str], slots: Mapping[str, str]
) -> str:
    return "".join(_part(part, words, names, slots) for part in parts)


def _part(part: PatternPart, words: _SlotWords, names: list[str], slots: Mapping[str, str]) -> str:
    match part:
        case Word(text=":"):
            return "(?: ?[:=]| -{1,3}| =>| ->)"
        case Word(text=","):
            return "(?:[,;.]| -{1,2})?"
        case Word(text="?"):
            return r" ?\?+"
        case Word(text=",,"):
            return "(?:[,;]| -{1,2})"
        case Word(text=text):
            return _word(text)
        case Choice(options=options, optional=optional):
            body = "|".join(_regex(option, words, names, slots) for option in options)
            return f"(?:{body}){'?' if optional else ''}"
    return _slot(part.name, words, names, slots)


def _word(text: str) -> str:
    if text in _CONTRACTED:
        return _CONTRACTED[text] + r"(?!\w)"
    if text in _JOINED:
        return _TYPED.get(text, f" {text}")
    if text in _TYPED:
        return _TYPED[text]
    letters = re.escape(text).replace(r"\-", "[- ]?").replace("'", "'?").replace("ß", "(?:ß|ss)")
    return f" {letters}" + (r"(?!\w)" if text[-1].isalnum() else "")


def _slot(name: str, words: _SlotWords, names: list[str], slots: Mapping[str, str]) -> str:
    if name == "where":
        shape = f" (?P<?>{_place_to_meet(words.get('media', ()))})"
    elif name in words:
        said = "|".join(_word(word).lstrip() for word in _longest_first(words[name]))
        # A process without severities, for example, has no words for this slot.
        shape = f" (?P<?>{said})" if said else "(?!)(?P<?>)"
    elif name in slots:
        shape = slots[name]
    else:
        known = {*slots, *words, "where"} - {"media"}
        raise PatternError(f"there is no slot <{name}>; there are {_listed(known)}")
    if "(?P<?>" not in shape:
        return shape
    # Two alternatives may have the same slot, but groups cannot share a name.
    names.append("nick" if name == "they" else name)
    return shape.replace("(?P<?>", f"(?P<s{len(names) - 1}>")


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted((word.lower() for word in words), key=lambda word: (-len(word), word))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"<{name}>" for name in sorted(names))


def _needs(
    parts: tuple[PatternPart, ...],
    words: Mapping[str, tuple[str, ...]],
    common: frozenset[str],
    *,
    contracted: bool = False,
    short: bool = False,
    then: PatternPart | None = None,
) -> list[frozenset[str]]:
    """What a matching line must contain: one string of each set.

    Contractions ("we will") and signs are left out unless `contracted`, words of one or two letters
    unless `contracted` or `short`. `then` is what follows the parts.
    """
    needs: list[frozenset[str]] = []
    for part, behind in zip(parts, (*parts[1:], then), strict=True):
        match part:
            case Word(text="?") if contracted:
                needs.append(frozenset("?"))
            case Word(text=":") if contracted and isinstance(behind, Slot):
                needs.append(COLON)
            case Word(text=text) if contracted and text in _SPELT:
                needs.append(frozenset(_SPELT[text]))
            case Word(text=text):
                said = _literals(text, common)
                if not said and (contracted or short):
                    said = _in_full(text)
                needs.append(frozenset(said))
            case Slot(name="channel"):
                needs.append(frozenset("#"))
            case Slot(name="where"):
                needs.append(ROOMS | {"war "} | _heads(words.get("media", ())))
            case Slot(name="call"):
                longest = {max(call.split(), key=len) for call in words["call"]}
                needs.append(_any_of([_literals(word, common) for word in longest]))
            case Slot(name="url"):
                needs.append(frozenset(["://"]))
            case Slot(name=name) if name in words:
                all_said = [_literals(word.lower(), common, short=True) for word in words[name]]
                needs.append(_any_of(all_said))
            case Choice(options=options, optional=False):
                inner = [
                    _needs(one, words, common, contracted=contracted, short=short, then=behind)
                    for one in options
                ]
                needs.append(_any_of([rarest(need, common) for need in inner]))
            case _:
                pass
    return [need for need in needs if need]


# How a word with a colon (or its equivalent) ends, if a slot follows.
COLON = frozenset(f"{sign}{comma} " for sign in ":=->" for comma in ("", ","))


def _before_url(parts: tuple[PatternPart, ...]) -> Iterable[str]:
    """The strings of which a text must have one: what directly precedes a URL, with the URL's
    beginning. Empty if anything may precede it.
    """
    place = parts.index(Slot("url")) if Slot("url") in parts else 0
    return (f"{end} http" for end in _ends_of(parts[place - 1])) if place else ()


def _ends_of(part: PatternPart) -> frozenset[str]:
    """What a part may end with; empty if it may end with anything."""
    match part:
        case Word(text=":"):
            return frozenset(":=->")
        case Word(text=text) if text in _SPELT:
            return frozenset(_SPELT[text])
        case Word(text=text) if text.isalpha() and text not in (*_JOINED, *_TYPED):
            return frozenset([f" {text}"])
        case Choice(options=options, optional=False):
            return _any_of([_ends_of(option[-1]) for option in options])
    return frozenset()


def _any_of(needs: Iterable[Iterable[str]]) -> frozenset[str]:
    """The strings of which a line must contain one for any of several alternatives; empty if one of
    them needs nothing.

    An alternative that can never match (a <call> if the language has none) is ignored.
    """
    said = [need for need in map(frozenset, needs) if need != _NEVER]
    if not said:
        return _NEVER
    return frozenset().union(*said) if all(said) else frozenset()


def _literals(text: str, common: frozenset[str], *, short: bool = False) -> tuple[str, ...]:
    """The part that all spellings of a word share; () if it is not worth searching for.

    It is preceded by a blank if the word begins with it, and followed by one if it is the whole
    word: " any " occurs neither in "many" nor in "anybody". A rare word of two letters is searched
    for with the blank before it: " il"; `short` allows any word of two letters.
    """
    if text in _CONTRACTED or text in _TYPED:
        return ()
    pieces = [piece for piece in re.split(r"[^\w ]+|ß", text) if _is_telling(piece)]
    if pieces:
        piece = min(pieces, key=lambda piece: (piece in common, -len(piece)))
        if piece == text and text[-1].isalnum() and text not in _JOINED:
            return (f" {piece} ",)
        return (f" {piece}" if text.startswith(piece) else piece,)
    rare = len(text) == 2 and text.isalpha() and (short or text not in common)
    return (f" {text}",) if rare else ()


def _in_full(text: str) -> tuple[str, ...]:
    """A word of any length in all its spellings; () if it may be contracted."""
    if text in _CONTRACTED or text in _TYPED or not text.isalnum():
        return ()
    return _RUN_ON.get(text, (f" {text} ",))


def _is_telling(piece: str) -> bool:
    """Whether part of a word is worth searching for; two ASCII letters occur everywhere."""
    return len(piece) > 2 or not piece.isascii()


def rarest(needs: Iterable[frozenset[str]], common: frozenset[str]) -> frozenset[str]:
    """The set whose strings are least likely to occur by chance; the empty set if there
    are none.
    """
    return min(needs, key=lambda need: _chance_of(need, common), default=frozenset())


def _chance_of(need: frozenset[str], common: frozenset[str]) -> float:
    return sum(_chance(word, common) for word in need)


# Their length does not show how rare they are. And most phrases have one of the first three, so
# searching for these saves other searches.
_KNOWN = {"#": 0.001, "incident": 0.001, "outage": 0.001, "://": 1.0, "\0": 0.0}
# Everyday words that one line in thirty or more has: their frequency, in per cent of lines.
_EVERYWHERE = {
    "for": 12.0, "this": 7.5, "not": 7.1, "with": 7.0, "just": 5.3, "what": 4.8, "like": 4.4,
    "there": 4.2, "think": 3.7, "from": 3.6, "all": 3.5, "about": 3.5, "one": 3.2, "how": 3.0,
}  # fmt: skip
# A string that no line contains.
_NEVER = frozenset("\0")


def _chance(word: str, common: frozenset[str]) -> float:
    """A rough score of how rare a word is; only good for comparing."""
    bare = word.strip(" ") if word.startswith(" ") else word
    if bare in _KNOWN:
        return _KNOWN[bare]
    if bare in common:
        return _EVERYWHERE.get(bare, 1.0)
    return float(10 ** (-len(bare) / 3))
