"""What a report is made of: sentences whose parts a format may mark, and the rows of its tables.

Values only. Knows neither incidents nor formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import quote

# A URL in running text: nothing in it that could end an attribute, a cell or a link of any format.
# Only with a plain host: percent-encoding is for what follows it.
_URL = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?"
    r"(?:[/?#][a-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*|(?![\w:@%-]))",
    re.IGNORECASE | re.ASCII,
)
_AFTER_URL = ".,;:!?'*"
_URL_SAFE = "-._:/?#@$&+,;=%"


@dataclass(frozen=True, slots=True)
class Said:
    """What people wrote: a text, a nick, a channel."""

    kind: ClassVar[str] = "said"
    text: str


@dataclass(frozen=True, slots=True)
class Time:
    """A time as it is shown, in the report's zone."""

    kind: ClassVar[str] = "time"
    at: datetime
    shown: str

    @property
    def iso(self) -> str:
        """The time for machines, in UTC."""
        return self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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
class Link:
    """A URL, safe to be put into any format, and the words it is shown as."""

    kind: ClassVar[str] = "link"
    url: str
    text: str


Part = str | Said | Time | EntryRef | Link
Words = tuple[Part, ...]


def anchor(n: int) -> str:
    """The anchor of entry number `n`.

    >>> anchor(7)
    'tl-0007'
    """
    return f"tl-{n:04}"


def said(text: str) -> Words:
    """What people wrote, its URLs as links.

    >>> said("see https://example.org/a_(b).")
    (Said(text='see '), Link(url='https://example.org/a_%28b%29', \
text='https://example.org/a_(b)'), Said(text='.'))
    """
    return tuple(_split(text))


def _split(text: str) -> Iterator[Part]:
    done = 0
    for found in _URL.finditer(text):
        shown = _without_trailing(found[0])
        if found.start() > done:
            yield Said(text[done : found.start()])
        yield Link(_harmless(shown), shown)
        done = found.start() + len(shown)
    if done < len(text):
        yield Said(text[done:])


def _harmless(url: str) -> str:
    """The same URL, percent-encoded: three tildes are a signature to MediaWiki."""
    scheme, _, rest = url.partition(":")
    return f"{scheme.lower()}:{quote(rest, safe=_URL_SAFE).replace('~', '%7E')}"


def _without_trailing(url: str) -> str:
    """The URL without the sentence's punctuation: a bracket stays if it was opened in the URL."""
    while url:
        last = url[-1]
        if last in _AFTER_URL or (last in ")]" and _unopened(url, last)):
            url = url[:-1]
        else:
            break
    return url


def _unopened(url: str, closing: str) -> bool:
    opening = "(" if closing == ")" else "["
    return url.count(closing) > url.count(opening)


def as_text(words: Words) -> str:
    """The words without their marks."""
    return "".join(_shown(part) for part in words)


def _shown(part: Part) -> str:
    match part:
        case str():
            return part
        case Said(text) | Link(_, text):
            return text
        case Time(_, shown):
            return shown
        case EntryRef(n):
            return f"entry {n}"


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
        """Whether there is something to be known of any row."""
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
