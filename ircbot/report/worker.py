"""Reports rendered in a process of their own, so that no answer of the bot waits for a template.

    python -m ircbot.report.worker    a pickled Job comes in, the texts go out

In a thread, a template would hold the interpreter's lock whenever an answer wants it, and leave
megabytes to collect. Both ends are the bot's own: nobody else's pickles are ever read.
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
class Job:
    """An incident in some formats. `now` is UTC."""

    incident: Incident
    process: Process
    formats: tuple[str, ...]
    zone: tzinfo
    calendar: Calendar
    templates: Path | None
    now: datetime

    def rendered(self) -> dict[str, str]:
        """The text of each format, rendered here; ReportError if a template is wrong."""
        from ircbot.report.render import render  # Jinja takes its time; the bot has no use for it

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
        """The same, from another process. ReportError, or OSError if none can be started."""
        done = ask("ircbot.report.worker", self)
        if done.status:
            raise ReportError(done.said or f"rendering ended with status {done.status}")
        texts: dict[str, str] = pickle.loads(done.output)
        return texts


if __name__ == "__main__":
    sys.exit(answer(lambda job: job.rendered()))
