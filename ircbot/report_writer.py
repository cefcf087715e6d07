"""Reports on disk, kept up to date: written when an incident is over, and after each later change.

In a thread of its own: a rendering never delays an answer. What cannot be written is logged and
tried again with the next change; the incident does not wait for it.
"""

from __future__ import annotations

import gc
import logging
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from ircbot.errors import IrcbotError
from ircbot.incident.rules.ending import report_place
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident
from ircbot.report import file_name
from ircbot.repository import process_of

log = logging.getLogger(__name__)


class ReportWriter:
    """Writes the configured formats of every incident that is over into a folder."""

    def __init__(
        self,
        setting: Setting,
        directory: Path,
        formats: Sequence[str],
        templates: Path | None = None,
    ) -> None:
        self._setting = setting
        self._directory = directory
        self._formats = formats
        self._templates = templates
        self._waiting: dict[int, Incident] = {}
        self._news = threading.Condition()
        self._over = False
        self._thread = threading.Thread(target=self._work, name="filing", daemon=True)
        self._thread.start()

    def changed(self, incident: Incident) -> None:
        """An incident moved; if it is over, its report is written anew."""
        if incident.live or incident.status == "withdrawn":
            return
        with self._news:
            self._waiting[incident.id] = incident  # only its latest state is worth writing
            self._news.notify()

    def catch_up(self, incident: Incident) -> None:
        """Have a report written that a run which ended too early left missing or out of date.

        A report has the time of its incident's last change; one edited by hand has a later one.
        """
        files = [file_name(incident.id, kind) for kind in self._formats]
        if any(self._is_behind(file, incident) for file in files):
            self.changed(incident)

    def finish(self, patience: float) -> None:
        """Write what waits, for at most `patience` seconds; the next run catches up on the rest."""
        with self._news:
            self._over = True
            self._news.notify()
        self._thread.join(patience)

    def _is_behind(self, file: str, incident: Incident) -> bool:
        try:
            written = (self._directory / file).stat().st_mtime_ns
        except OSError:
            return True
        return written < _changed_at(incident)

    def _work(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._waiting or self._over)
                if not self._waiting:
                    return
                incident = self._waiting.pop(next(iter(self._waiting)))
            try:
                self._write(incident)
            except (IrcbotError, OSError) as error:
                log.error("The report of incident %d is not written: %s", incident.id, error)
            except Exception:  # one report that cannot be rendered must not end all later ones
                log.exception("The report of incident %d is not written", incident.id)
            # A template leaves cycles, megabytes of them, that nothing else would have collected
            # before the next report adds to them.
            gc.collect()

    def _write(self, incident: Incident) -> None:
        from ircbot.report.files import save
        from ircbot.report.render import write  # Jinja takes its time; most runs need none

        process = process_of(incident, self._setting)
        if incident.meeting_at is not None:
            from ircbot.report.invitation import invitation

            place = report_place(self._setting, incident)
            path = self._directory / f"incident-{incident.id:04d}.ics"
            save(path, invitation(incident, process, place))
        written = write(
            incident,
            process,
            self._directory,
            self._formats,
            zone=self._setting.zone,
            calendar=self._setting.calendar,
            templates=self._templates,
            now=datetime.now(UTC),
        )
        for path in written:
            with suppress(OSError):  # not every file system lets us; it is written all the same
                os.utime(path, ns=(_changed_at(incident), _changed_at(incident)))


def _changed_at(incident: Incident) -> int:
    """When it last changed, in nanoseconds as files have them."""
    return round((incident.changed_at or incident.declared_at).timestamp() * 1e6) * 1000
