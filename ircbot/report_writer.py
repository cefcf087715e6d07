"""Reports on disk, kept up to date: written when an incident is over, and after each later change.

In a thread of its own, which has it rendered in a process of its own (report/worker.py): no answer
waits for a report. What cannot be written is logged and tried again with the next change; the
incident does not wait for it. What people changed in a report is theirs (report/folder.py): the new
one is written beside it, and whoever follows is told.
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
    """Writes the configured formats of every incident that is over into a folder."""

    def __init__(
        self,
        setting: Setting,
        directory: Path,
        formats: Sequence[str],
        templates: Path | None = None,
        beside: Callable[[Incident, str, str], None] = lambda incident, kept, new: None,
        rendered: Callable[[RenderJob], dict[str, str]] = RenderJob.rendered_apart,
    ) -> None:
        """`beside` is told, in the writer's thread, the name of a report that was left alone since
        somebody changed it, and that of the new one. `rendered` makes the texts while the bot
        runs."""
        self._setting = setting
        self._directory = directory
        self._folder = ReportFolder(directory)
        self._private = ReportFolder(directory / PRIVATE)
        self._beside = beside
        self._rendered = rendered
        self._told: set[str] = set()  # the files that `beside` was told of
        self._formats = formats
        self._templates = templates
        self._waiting: dict[int, Incident] = {}
        self._putting = threading.Lock()  # files into the folders, or words out of them
        self._erasures: dict[int, int] = {}  # how many there were, by incident
        self._news = threading.Condition()
        self._over = False
        self._thread: threading.Thread | None = None  # most bots have no report to write for days

    def changed(self, incident: Incident) -> None:
        """An incident moved; if it is over, its report is written anew."""
        if incident.live or incident.status == "withdrawn":
            return
        with self._news:
            self._waiting[incident.id] = incident  # only its latest state is worth writing
            self._news.notify()
            if self._thread is None:
                self._thread = started("filing", self._work)

    def erase(self, store: str, orders: Sequence[Entry]) -> Sequence[str]:
        """Orders are about to have words erased in the store at that path: take them out of the
        reports of every incident that loses some, at once.

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
            log.error("%s still holds what was erased: %s", path, why)
        return [f"{path} ({why})" for path, why in left]

    def _erase(
        self, before: Incident, after: Incident, forgotten: Mapping[str, str]
    ) -> Iterator[tuple[Path, str]]:
        with self._news:
            if before.id in self._waiting:
                self._waiting[before.id] = after
        with self._putting:
            # What is being rendered right now has the words: it will not be written.
            self._erasures[before.id] = self._erasures.get(before.id, 0) + 1
            yield from clear(self._directory, before, after, forgotten)

    def catch_up(self, incident: Incident) -> None:
        """Have a report written that a run which ended too early left missing or out of date.

        A report has the time of its incident's last change; one edited by hand has a later one.
        """
        files = [file_name(incident.id, kind) for kind in self._formats]
        for file in files:
            try:
                self._folder_of(incident).adopt(file, _changed_at(incident))
            except (IrcbotError, OSError) as error:  # no reason not to start
                log.error("Reports of incident %d may be changed by hand: %s", incident.id, error)
        if any(self._is_behind(file, incident) for file in files):
            self.changed(incident)

    def _path_of(self, incident: Incident) -> Path:
        """Where its reports are; those of private incidents have a folder of their own."""
        return self._directory / PRIVATE if incident.private else self._directory

    def _folder_of(self, incident: Incident) -> ReportFolder:
        return self._private if incident.private else self._folder

    def finish(self, patience: float) -> None:
        """Write what waits, for at most `patience` seconds; the next run catches up on the rest."""
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
        # When all is over there is nobody left to answer, and no time to start a process.
        texts = job.rendered() if self._over else self._rendered(job)
        for kind, text in texts.items():
            self._put(incident, erasures, file_name(incident.id, kind), text)

    def _put(self, incident: Incident, erasures: int, name: str, text: str) -> None:
        if incident.private:  # the folder is for nobody else's eyes
            path = self._path_of(incident)
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.is_symlink():
                raise ReportError(f"{path} is a link; remove it.")
            path.chmod(0o700)
        with self._putting:
            if self._erasures.get(incident.id, 0) != erasures:
                return  # it has words that were erased meanwhile; the next one is on its way
            written = self._folder_of(incident).write(name, text)
        with suppress(OSError):  # not every file system lets us; it is written all the same
            os.utime(written.path, ns=(_changed_at(incident), _changed_at(incident)))
        if written.kept is None:
            self._told.discard(name)
        elif name not in self._told:
            self._told.add(name)
            log.warning("%s was changed by hand and is left alone: see %s", name, written.path)
            self._beside(incident, name, written.path.name)


def _changed_at(incident: Incident) -> int:
    """When it last changed, in nanoseconds as files have them."""
    return round((incident.changed_at or incident.declared_at).timestamp() * 1e6) * 1000
