"""What a search finds: incidents, and passages of them with the words that were looked for.

Whoever keeps the words makes these; what is told of them, and to whom, the rules decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

# What stands before and after a word that was looked for; no recorded text holds them.
MARKS = ("\x01", "\x02")


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
