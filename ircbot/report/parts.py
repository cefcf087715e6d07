"""The parts of a report: sentences that a format may mark up, and the rows of tables.

Values only. Knows neither incidents nor formats.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import ClassVar
from urllib.parse import quote

from ircbot.incident.times import Time
from ircbot.values import dataclass

# A URL in running text: up to the next blank, without the sentence's punctuation.
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
# Indented or aligned text: two or more blanks that do not follow the end of a sentence.
_ALIGNED = re.compile(r"^(?: {2}|\t)|[^\s.!?:;] {2,}\S.*[^\s.!?:;] {2,}\S|\S(?: {3,}|\t)\S")


@dataclass(frozen=True, slots=True)
class UserText:
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
class Anchor:
    """An invisible anchor."""

    kind: ClassVar[str] = "mark"
    anchor: str


@dataclass(frozen=True, slots=True)
class Hyperlink:
    """A URL, safe in any format, and its text."""

    kind: ClassVar[str] = "link"
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Code, or text aligned with blanks: monospaced where a format can."""

    kind: ClassVar[str] = "code"
    text: str


TextPart = str | UserText | Time | EntryRef | Anchor | Hyperlink | Code
RichText = tuple[TextPart, ...]


def anchor(n: int) -> str:
    """The anchor of entry number `n`.

    >>> anchor(7)
    'tl-0007'
    """
    return f"tl-{n:04}"


def said(text: str) -> RichText:
    """What people wrote, with URLs as links and code as code.

    >>> said("see https://example.org/a_(b).")
    (UserText(text='see '), Hyperlink(url='https://example.org/a_%28b%29', \
text='https://example.org/a_(b)'), UserText(text='.'))
    >>> said("run `ls`")
    (UserText(text='run `'), Code(text='ls'), UserText(text='`'))
    """
    plain = _coded if "`" in text else _as_said
    if ("  " in text or "\t" in text) and _ALIGNED.search(text):
        plain = _as_code
    if "://" not in text:
        return tuple(plain(text))
    return tuple(_split(text, plain))


def _as_said(text: str) -> Iterator[TextPart]:
    if text:
        yield UserText(text)


def _as_code(text: str) -> Iterator[TextPart]:
    if text:
        yield Code(text)


def _coded(text: str) -> Iterator[TextPart]:
    """Split at code: text between backticks and an equal number of them. The backticks stay."""
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


def _split(text: str, plain: Callable[[str], Iterator[TextPart]]) -> Iterator[TextPart]:
    done = 0
    for found in _URL.finditer(text):
        shown = _without_trailing(found[0])
        url = _harmless(found, len(found[0]) - len(shown))
        if url is not None:
            yield from plain(text[done : found.start()])
            yield Hyperlink(url, shown)
            done = found.start() + len(shown)
    yield from plain(text[done:])


def _harmless(found: re.Match[str], cut: int) -> str | None:
    """The URL in ASCII, percent-encoded; None if its host is invalid.

    Nothing in it can end an attribute, a cell or a link; three tildes are a signature in MediaWiki.
    """
    host, rest = found["host"], found["rest"] or ""
    if cut > len(rest):  # the host itself ends in punctuation
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
    """The URL without the sentence's punctuation; a closing bracket stays if the URL opened it."""
    end = len(url)
    unopened: dict[str, int] = {}  # unmatched closing brackets
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


def as_text(words: RichText) -> str:
    """The words without markup."""
    return "".join(_shown(part) for part in words)


def _shown(part: TextPart) -> str:
    match part:
        case str():
            return part
        case UserText(text) | Hyperlink(_, text) | Code(text):
            return text
        case Time(_, shown):
            return shown
        case EntryRef(n):
            return f"entry {n}"
        case Anchor():
            return ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A note at the top. `kind` is "info" or "warning"."""

    kind: str
    words: RichText


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its value."""

    label: str
    words: RichText


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its formula; if it cannot be computed, `value` is "" and `how` says why."""

    name: str
    value: str
    how: RichText


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A table; each cell is words."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[RichText, ...], ...]


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """A row of the timeline; `n` is None for a milestone. `remarks` are notes on the row."""

    n: int | None
    time: Time
    kind: str
    who: RichText
    words: RichText
    remarks: tuple[RichText, ...] = ()

    @property
    def anchor(self) -> str:
        """The row's anchor; "" for a milestone."""
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
    words: RichText
    owner: str
    due: str
    dated: bool
    ticket: RichText
    done: bool
