"""Keeps reports on disk up to date: written when an incident is over, and after each later change.

Works in a thread, which has reports rendered in a separate process (report/worker.py), so that no
answer waits for one. A report that cannot be written is logged and retried with the next change;
the incident does not wait for it. If people changed a report (report/folder.py), the new one is
written beside it, and they are told.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from ircbot.errors import IrcbotError, ReportError
from ircbot.incident.erasing import names_in
from ircbot.incident.events import Entry, Forgotten
from ircbot.incident.rules.ending import report_place
from ircbot.incident.setting import PRIVATE, Setting
from ircbot.incident.state import Incident
from ircbot.report import file_name
from ircbot.report.clearing import clear
from ircbot.report.folder import ReportFolder
from ircbot.report.worker import RenderJob
from ircbot.repository import losing, process_of
from ircbot.threads import started

log = logging.getLogger(__name__)


class ReportWriter:
    """Writes every finished incident in the configured formats to a folder."""

    def __init__(
        self,
        setting: Setting,
        directory: Path,
        formats: Sequence[str],
        templates: Path | None = None,
        beside: Callable[[Incident, str, str], None] = lambda incident, kept, new: None,
        rendered: Callable[[RenderJob], dict[str, str]] = RenderJob.rendered_apart,
    ) -> None:
        """`beside` is called, in the writer's thread, with the name of a report that was left alone
        because somebody changed it, and with that of the new one. `rendered` renders the texts
        while the bot runs."""
        self._setting = setting
        self._directory = directory
        self._folder = ReportFolder(directory)
        self._private = ReportFolder(directory / PRIVATE)
        self._beside = beside
        self._rendered = rendered
        self._told: set[str] = set()  # files that `beside` was called for
        self._formats = formats
        self._templates = templates
        self._waiting: dict[int, Incident] = {}
        self._putting = threading.Lock()  # held while writing files, or removing words from them
        self._erasures: dict[int, int] = {}  # number of erasures by incident
        self._news = threading.Condition()
        self._over = False
        self._thread: threading.Thread | None = None  # most bots write no report for days

    def changed(self, incident: Incident) -> None:
        """Take note of a changed incident; if it is over, its report is written again."""
        if incident.live or incident.status == "withdrawn":
            return
        with self._news:
            self._waiting[incident.id] = incident  # only the latest state is written
            self._news.notify()
            if self._thread is None:
                self._thread = started("filing", self._work)

    def erase(self, store: str, orders: Sequence[Entry]) -> Sequence[str]:
        """Remove words from all reports at once, for orders about to erase them in the store at
        that path.

        Returns the files that could not be cleared, with the reason.
        """
        forgotten = {
            name: order.event.token
            for order in orders
            if isinstance(order.event, Forgotten)
            for name in names_in(order.event)
        }
        left = [place for pair in losing(store, orders) for place in self._erase(*pair, forgotten)]
        for path, why in left:
            log.error("%s still contains erased words: %s", path, why)
        return [f"{path} ({why})" for path, why in left]

    def _erase(
        self, before: Incident, after: Incident, forgotten: Mapping[str, str]
    ) -> Iterator[tuple[Path, str]]:
        with self._news:
            if before.id in self._waiting:
                self._waiting[before.id] = after
        with self._putting:
            # A report being rendered now contains the words, and will not be written.
            self._erasures[before.id] = self._erasures.get(before.id, 0) + 1
            yield from clear(self._directory, before, after, forgotten)

    def catch_up(self, incident: Incident) -> None:
        """Write a report that is missing or outdated because a run ended too early.

        A report has the time of its incident's last change as its mtime; an edited one has a later
        time.
        """
        files = [file_name(incident.id, kind) for kind in self._formats]
        for file in files:
            try:
                self._folder_of(incident).adopt(file, _changed_at(incident))
            except (IrcbotError, OSError) as error:  # not a reason to fail at the start
                log.error("Reports of incident %d may be changed by hand: %s", incident.id, error)
        if any(self._is_behind(file, incident) for file in files):
            self.changed(incident)

    def _path_of(self, incident: Incident) -> Path:
        """The folder of its reports; private incidents have a separate one."""
        return self._directory / PRIVATE if incident.private else self._directory

    def _folder_of(self, incident: Incident) -> ReportFolder:
        return self._private if incident.private else self._folder

    def finish(self, patience: float) -> None:
        """Write pending reports for at most `patience` seconds; the next run catches up on the
        rest."""
        with self._news:
            self._over = True
            self._news.notify()
        if self._thread is not None:
            self._thread.join(patience)

    def _is_behind(self, file: str, incident: Incident) -> bool:
        try:
            written = (self._path_of(incident) / file).stat().st_mtime_ns
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

    def _write(self, incident: Incident) -> None:
        erasures = self._erasures.get(incident.id, 0)
        process = process_of(incident, self._setting)
        if incident.meeting_at is not None:
            from ircbot.report.invitation import invitation

            place = report_place(self._setting, incident)
            name = f"incident-{incident.id:04d}.ics"
            self._put(incident, erasures, name, invitation(incident, process, place))
        job = RenderJob(
            incident,
            process,
            tuple(self._formats),
            self._setting.zone,
            self._setting.calendar,
            self._templates,
            datetime.now(UTC),
        )
        # At the end there is nobody left to answer, and no time to start a process.
        texts = job.rendered() if self._over else self._rendered(job)
        for kind, text in texts.items():
            self._put(incident, erasures, file_name(incident.id, kind), text)

    def _put(self, incident: Incident, erasures: int, name: str, text: str) -> None:
        if incident.private:  # nobody else may read the folder
            path = self._path_of(incident)
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.is_symlink():
                raise ReportError(f"{path} is a link; remove it.")
            path.chmod(0o700)
        with self._putting:
            if self._erasures.get(incident.id, 0) != erasures:
                return  # it contains words erased meanwhile; a new one is due
            written = self._folder_of(incident).write(name, text)
        with suppress(OSError):  # some file systems refuse; the report is written anyway
            os.utime(written.path, ns=(_changed_at(incident), _changed_at(incident)))
        if written.kept is None:
            self._told.discard(name)
        elif name not in self._told:
            self._told.add(name)
            log.warning("%s was changed by hand and is left alone: see %s", name, written.path)
            self._beside(incident, name, written.path.name)


def _changed_at(incident: Incident) -> int:
    """When it last changed, in nanoseconds, like mtime."""
    return round((incident.changed_at or incident.declared_at).timestamp() * 1e6) * 1000
