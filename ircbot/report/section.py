"""A section of a report: its title, what is computed for it, what people are asked to write.

Knows no format, and no particular section: each is a file in sections/.
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
    """What sections need to describe an incident. `clock` formats times; `now` decides what is
    overdue."""

    incident: Incident
    process: Process
    clock: ReportClock
    zone: tzinfo
    now: datetime
    calendar: Calendar | None = None
    public: bool = False
    pictures: bool = True  # whether they will be shown

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """All figures, including those that cannot be computed."""
        return figures(self.incident, self.process, self.clock, self.now, self.silences)

    @cached_property
    def silences(self) -> tuple[Silence, ...]:
        """The spans without an update to the comms channel."""
        return silences(self.incident, self.process, self.now)

    @cached_property
    def prose(self) -> dict[str, str]:
        """What people wrote, by section, as Markdown."""
        return prose_of(self.incident)


def nothing(_: Subject) -> Iterable[Block]:
    """No blocks: for sections that only people write."""
    return ()


@dataclass(frozen=True, slots=True)
class Section:
    """One section. `key` identifies it in process files, templates and anchors.

    With a `hint`, people are asked to write: always or, with `suffices`, only if nothing could be
    computed. Without one, an empty section is omitted.
    """

    key: str
    title: str  # "" for none
    blocks: Callable[[Subject], Iterable[Block]] = nothing
    hint: str = ""
    suffices: bool = True
    internal: bool = False  # omitted from the public edition
    on_request: bool = False  # only if a process asks for it

    @property
    def prose(self) -> str:
        """The key of its prose."""
        return "narrative" if self.key == "summary" else self.key
