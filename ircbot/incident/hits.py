"""The results of a search: incidents, and passages with the words that were looked for.

The index makes them; the rules decide what is told to whom.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from ircbot.incident.line import Line
from ircbot.values import dataclass

# The marks around a matched word; no recorded text contains them.
MARKS = ("\x01", "\x02")


class AccessFacts(Protocol):
    """Whatever has the facts that decide who may see something of an incident."""

    @property
    def channel(self) -> str:
        """Where the incident is discussed."""

    @property
    def declared_in(self) -> str:
        """Where it was declared."""

    @property
    def network(self) -> str:
        """The name of the network of both."""

    @property
    def private(self) -> bool:
        """Whether nothing of it may be told elsewhere."""

    @property
    def guarded(self) -> bool:
        """Whether it is, or looks like, a security matter."""


@dataclass(frozen=True, slots=True)
class FoundIncident:
    """An incident that was found, with the facts by which people select. Times are aware and UTC.

    `seconds` is how long it was open, None while it is; `ended` is what people said when it ended.
    """

    id: int
    title: str
    status: str
    declared_at: datetime
    declared_in: str
    channel: str
    network: str = ""
    private: bool = False
    guarded: bool = False
    drill: bool = False
    severity: str = ""
    product: str = ""
    leader: str = ""
    seconds: int | None = None
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of an incident that people wrote: an entry, a follow-up, a section of the report.

    `kind` is one of search.passages.KINDS; `n` is its number, None if it has none.
    """

    kind: str
    n: int | None
    at: datetime
    nick: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that matches. `around` is the excerpt with the matched words between MARKS."""

    incident: FoundIncident
    passage: Passage
    around: str

    @property
    def unmarked(self) -> str:
        """The excerpt without the marks."""
        return self.around.replace(MARKS[0], "").replace(MARKS[1], "")


PLACE_NAMES = ("timeline", "reports", "actions")
STATUSES = ("open", "resolved", "closed", "withdrawn", "duplicate", "all")


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """A filter on incidents and passages. Times are aware and UTC.

    `since` and `until` bound the time of declaration; `nick` is the author of passages or, of
    incidents, a participant; `place` is one of PLACE_NAMES, `status` one of STATUSES; "" matches
    all.
    """

    since: datetime | None = None
    until: datetime | None = None
    product: str = ""
    severity: str = ""
    nick: str = ""
    place: str = ""
    status: str = ""


ANY = SearchFilter()


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search: passages with `words`; without words, the incidents that are `wanted`; or, if
    `like` is an incident's number, incidents that resemble it, whose own words are in `words`.

    `aside`: nobody asked for it; the result is told privately, if there is one.
    """

    line: Line
    words: str
    like: int = 0
    aside: bool = False
    wanted: SearchFilter = ANY

    @property
    def lists(self) -> bool:
        """Whether the search lists incidents."""
        return not self.words and not self.like


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The result of a search; `more` is how many further hits (or listed incidents) there are.
    `trouble` says why the search failed.
    """

    sought: SearchRequest
    hits: tuple[Hit, ...] = ()
    alike: tuple[FoundIncident, ...] = ()
    listed: tuple[FoundIncident, ...] = ()
    more: int = 0
    trouble: str = ""
