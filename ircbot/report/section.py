"""A section of a report: what it is called, what can be computed for it, what people are asked for.

Knows no format, and none of the sections: each is a file in sections/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property

from ircbot.incident.process import Process
from ircbot.incident.prose import prose_of
from ircbot.incident.state import Incident
from ircbot.incident.stretches import Silence, silences
from ircbot.incident.times import Calendar, ReportClock
from ircbot.report.blocks import Block
from ircbot.report.figures import figures
from ircbot.report.parts import Figure


@dataclass(frozen=True)
class Subject:
    """What a report is about. Times are shown by `clock`; `now` tells what is late by now."""

    incident: Incident
    process: Process
    clock: ReportClock
    zone: tzinfo
    now: datetime
    calendar: Calendar | None = None
    public: bool = False
    pictures: bool = True  # whether anybody will see them

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """All figures, those that cannot be computed included."""
        return figures(self.incident, self.process, self.clock, self.now, self.silences)

    @cached_property
    def silences(self) -> tuple[Silence, ...]:
        """The spans in which the comms channel was told nothing."""
        return silences(self.incident, self.process, self.now)

    @cached_property
    def prose(self) -> dict[str, str]:
        """What people wrote into the sections, as Markdown."""
        return prose_of(self.incident)


def nothing(_: Subject) -> Iterable[Block]:
    """For sections that only people write."""
    return ()


@dataclass(frozen=True, slots=True)
class Section:
    """One section. `key` names it in process files, templates and anchors.

    Where `hint` is given, people are asked to write: always, or with `suffices` only where nothing
    could be computed. Without one, an empty section is left out.
    """

    key: str
    title: str  # "" for none
    blocks: Callable[[Subject], Iterable[Block]] = nothing
    hint: str = ""
    suffices: bool = True
    internal: bool = False  # not in the public edition
    on_request: bool = False  # only where a process asks for it

    @property
    def prose(self) -> str:
        """The key of what people write into it."""
        return "narrative" if self.key == "summary" else self.key
