"""Render reports in a process of their own, so that the bot's answers need not wait for a template.

    python -m ircbot.report.worker    reads a pickled RenderJob, writes the texts

In a thread, a template would hold the interpreter's lock when an answer needs it, and leave
megabytes of garbage. Both ends are the bot's own: no foreign pickle is ever read.
"""

from __future__ import annotations

import pickle
import sys
from datetime import datetime, tzinfo
from pathlib import Path

from ircbot.apart import answer, ask
from ircbot.errors import ReportError
from ircbot.incident.process import Process
from ircbot.incident.state import Incident
from ircbot.incident.times import Calendar
from ircbot.values import dataclass


@dataclass(frozen=True, slots=True)
class RenderJob:
    """An incident to render in some formats. `now` is UTC."""

    incident: Incident
    process: Process
    formats: tuple[str, ...]
    zone: tzinfo
    calendar: Calendar
    templates: Path | None
    now: datetime

    def rendered(self) -> dict[str, str]:
        """The text of each format, rendered in this process. ReportError if a template is wrong."""
        from ircbot.report.render import render  # importing Jinja is slow

        return {
            kind: render(
                self.incident,
                self.process,
                kind,
                zone=self.zone,
                calendar=self.calendar,
                templates=self.templates,
                now=self.now,
            )
            for kind in self.formats
        }

    def rendered_apart(self) -> dict[str, str]:
        """The same, rendered in another process. ReportError, or OSError if it cannot be
        started."""
        done = ask("ircbot.report.worker", self)
        if done.status:
            raise ReportError(done.said or f"rendering ended with status {done.status}")
        texts: dict[str, str] = pickle.loads(done.output)
        return texts


if __name__ == "__main__":
    sys.exit(answer(lambda job: job.rendered()))
