"""What a report is made of: sentences whose parts a format may mark, and the rows of its tables.

Values only. Knows neither incidents nor formats.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import ClassVar
from urllib.parse import quote

from ircbot.incident.times import Time
from ircbot.values import dataclass

# A URL in running text: to the next blank, whatever letters it has, without what ends a sentence.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<user>[\w.~!$&*+,;=%:-]*@)?"
    r"(?P<host>[^\W_](?:[\w.-]*[^\W_])?)(?P<port>:\d{1,5})?"
    r"(?P<rest>[/?#][^\s<>\"\x00-\x20\x7f-\xa0\u200e\u200f\u202a-\u202e\u2066-\u2069]*"
    r"|(?![\w:@%-]))",
    re.IGNORECASE,
)
_AFTER_URL = ".,;:!?'*`|…。、，；：！？”’»›"
_CLOSING = {
    ")": "(",
    "]": "[",
    "}": "{",
    "）": "（",
    "】": "【",
    "》": "《",
    "」": "「",
    "』": "『",
}
_URL_SAFE = "-._:/?#@$&+,;=%"
_TICKS = re.compile("`+")
# What is aligned or indented: two blanks or more that no sentence ends before.
_ALIGNED = re.compile(r"^(?: {2}|\t)|[^\s.!?:;] {2,}\S.*[^\s.!?:;] {2,}\S|\S(?: {3,}|\t)\S")


@dataclass(frozen=True, slots=True)
class Said:
    """What people wrote: a text, a nick, a channel."""

    kind: ClassVar[str] = "said"
    text: str


@dataclass(frozen=True, slots=True)
class EntryRef:
    """A pointer to an entry of the timeline."""

    kind: ClassVar[str] = "entry"
    n: int

    @property
    def anchor(self) -> str:
        """Where the entry is, in every format."""
        return anchor(self.n)


@dataclass(frozen=True, slots=True)
class Mark:
    """Nothing to be seen: a place that is found again."""

    kind: ClassVar[str] = "mark"
    anchor: str


@dataclass(frozen=True, slots=True)
class Link:
    """A URL, safe to be put into any format, and the words it is shown as."""

    kind: ClassVar[str] = "link"
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """What people wrote as code, or what its blanks align: monospaced where a format can."""

    kind: ClassVar[str] = "code"
    text: str


Part = str | Said | Time | EntryRef | Mark | Link | Code
Words = tuple[Part, ...]


def anchor(n: int) -> str:
    """The anchor of entry number `n`.

    >>> anchor(7)
    'tl-0007'
    """
    return f"tl-{n:04}"


def said(text: str) -> Words:
    """What people wrote, its URLs as links, its code as code.

    >>> said("see https://example.org/a_(b).")
    (Said(text='see '), Link(url='https://example.org/a_%28b%29', \
text='https://example.org/a_(b)'), Said(text='.'))
    >>> said("run `ls`")
    (Said(text='run `'), Code(text='ls'), Said(text='`'))
    """
    plain = _coded if "`" in text else _as_said
    if ("  " in text or "\t" in text) and _ALIGNED.search(text):
        plain = _as_code
    if "://" not in text:
        return tuple(plain(text))
    return tuple(_split(text, plain))


def _as_said(text: str) -> Iterator[Part]:
    if text:
        yield Said(text)


def _as_code(text: str) -> Iterator[Part]:
    if text:
        yield Code(text)


def _coded(text: str) -> Iterator[Part]:
    """What stands between ticks and as many of them, or fewer, is code; the ticks stay."""
    done = 0
    opening: re.Match[str] | None = None
    for ticks in _TICKS.finditer(text):
        if opening is None or len(opening[0]) < len(ticks[0]):
            opening = ticks
            continue
        yield from _as_said(text[done : opening.end()])
        yield Code(text[opening.end() : ticks.start()])
        done, opening = ticks.start(), None
    yield from _as_said(text[done:])


def _split(text: str, plain: Callable[[str], Iterator[Part]]) -> Iterator[Part]:
    done = 0
    for found in _URL.finditer(text):
        shown = _without_trailing(found[0])
        url = _harmless(found, len(found[0]) - len(shown))
        if url is not None:
            yield from plain(text[done : found.start()])
            yield Link(url, shown)
            done = found.start() + len(shown)
    yield from plain(text[done:])


def _harmless(found: re.Match[str], cut: int) -> str | None:
    """The same address in ASCII, percent-encoded; None if its host is none.

    Nothing in it could end an attribute, a cell or a link; three tildes sign a page of MediaWiki.
    """
    host, rest = found["host"], found["rest"] or ""
    if cut > len(rest):  # the host itself ends in what ends a sentence
        return None
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            return None
    rest = quote(rest[: len(rest) - cut], safe=_URL_SAFE).replace("~", "%7E")
    user = quote(found["user"] or "", safe=_URL_SAFE).replace("~", "%7E")
    return f"{found['scheme'].lower()}://{user}{host}{found['port'] or ''}{rest}"


def _without_trailing(url: str) -> str:
    """The URL without the sentence's punctuation: a bracket stays if it was opened in the URL."""
    end = len(url)
    unopened: dict[str, int] = {}  # closing brackets in what is left
    while end:
        last = url[end - 1]
        if opening := _CLOSING.get(last):
            if last not in unopened:
                unopened[last] = url.count(last, 0, end) - url.count(opening, 0, end)
            if unopened[last] <= 0:
                break
            unopened[last] -= 1
        elif last not in _AFTER_URL:
            break
        end -= 1
    return url[:end]


def as_text(words: Words) -> str:
    """The words without their marks."""
    return "".join(_shown(part) for part in words)


def _shown(part: Part) -> str:
    match part:
        case str():
            return part
        case Said(text) | Link(_, text) | Code(text):
            return text
        case Time(_, shown):
            return shown
        case EntryRef(n):
            return f"entry {n}"
        case Mark():
            return ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the reader must know first. `kind` is "info" or "warning"."""

    kind: str
    words: Words


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what there is to say under it."""

    label: str
    words: Words


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its formula; `value` is "" where it cannot be computed, and `how` says why."""

    name: str
    value: str
    how: Words


@dataclass(frozen=True, slots=True)
class Table:
    """A table; each cell is words."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Words, ...], ...]


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """A row of the timeline; `n` is None for a milestone, `remarks` what is to be known of it."""

    n: int | None
    time: Time
    kind: str
    who: Words
    words: Words
    remarks: tuple[Words, ...] = ()

    @property
    def anchor(self) -> str:
        """Where the row is; "" for a milestone."""
        return "" if self.n is None else anchor(self.n)


@dataclass(frozen=True, slots=True)
class Day:
    """The timeline's rows of one day."""

    date: str  # ISO
    name: str  # "Wednesday 2018-01-10"
    rows: tuple[TimelineRow, ...]

    @property
    def remarked(self) -> bool:
        """Whether any row has remarks. For the templates."""
        return any(row.remarks for row in self.rows)


@dataclass(frozen=True, slots=True)
class Task:
    """An action item. `due` is an ISO date if `dated`, else as somebody wrote it."""

    n: int
    words: Words
    owner: str
    due: str
    dated: bool
    ticket: Words
    done: bool
