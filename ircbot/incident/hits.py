"""What a search finds: incidents, and passages of them with the words that were looked for.

Whoever keeps the words makes these; what is told of them, and to whom, the rules decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ircbot.incident.line import Line

# What stands before and after a word that was looked for; no recorded text holds them.
MARKS = ("\x01", "\x02")


class Placed(Protocol):
    """What says who may be shown something of an incident."""

    @property
    def channel(self) -> str:
        """Where it is talked about."""

    @property
    def declared_in(self) -> str:
        """Where it was declared."""

    @property
    def network(self) -> str:
        """The name of the network of both."""

    @property
    def private(self) -> bool:
        """Whether nothing of it is told elsewhere."""

    @property
    def guarded(self) -> bool:
        """Whether it is a security matter, or looks like one."""


@dataclass(frozen=True, slots=True)
class Found:
    """An incident that was found, as far as people choose by it. Times are aware and UTC.

    `seconds` is how long it was open, None while it is; `ended` the words of what ended it.
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
    """Something that people said in an incident: an entry, a follow-up, a section of the report.

    `kind` is one of search.passages.KINDS; `n` its number, None if it has none.
    """

    kind: str
    n: int | None
    at: datetime
    nick: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that has the words. `around` is the part of its text with them, between MARKS."""

    incident: Found
    passage: Passage
    around: str

    @property
    def unmarked(self) -> str:
        """The part of the text, without the marks."""
        return self.around.replace(MARKS[0], "").replace(MARKS[1], "")


PLACE_NAMES = ("timeline", "reports", "actions")
STATUSES = ("open", "resolved", "closed", "withdrawn", "duplicate", "all")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of which incidents and passages people want to hear. Times are aware and UTC.

    `since` and `until` are when incidents were declared; `nick` is whose words, or, of incidents,
    who took part; `place` one of PLACE_NAMES, `status` one of STATUSES; "" for any.
    """

    since: datetime | None = None
    until: datetime | None = None
    product: str = ""
    severity: str = ""
    nick: str = ""
    place: str = ""
    status: str = ""


ANY = Wanted()


@dataclass(frozen=True, slots=True)
class Sought:
    """What somebody wants to be found: passages with `words`; without any, the incidents that are
    `wanted`; or, if `like` is an incident's number, incidents like that one, of which these are the
    words.

    `aside`: nobody asked for it; it is told privately, if there is one.
    """

    line: Line
    words: str
    like: int = 0
    aside: bool = False
    wanted: Wanted = ANY

    @property
    def lists(self) -> bool:
        """Whether incidents are to be listed."""
        return not self.words and not self.like


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found; `more` than that there is, of incidents that were to be listed so many.
    `trouble` says why nothing could be."""

    sought: Sought
    hits: tuple[Hit, ...] = ()
    alike: tuple[Found, ...] = ()
    listed: tuple[Found, ...] = ()
    more: int = 0
    trouble: str = ""
