"""Has what is owed published: one thing at a time for each place, each in a process of its own.

A thread for each place waits for that process. Nothing of the bot waits for the thread: what became
of it goes to the engine, which puts it on record with its next tick. Whatever dies here leaves the
thing owed, and it is sent again; the publisher sees to it that it stands there once.
"""

from __future__ import annotations

import logging
import pickle
import subprocess
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from ircbot.apart import command, environment
from ircbot.incident.deliveries import Sent, next_try
from ircbot.incident.events import Published, PublishFailed
from ircbot.incident.setting import Setting
from ircbot.incident.state import Delivery, Incident
from ircbot.publish.protocol import Place
from ircbot.publish.worker import Job
from ircbot.repository import process_of

log = logging.getLogger(__name__)

_PATIENCE = 180.0  # seconds for one publication
_LOOKS_AGAIN = 3600.0  # seconds without any news


class Outbox:
    """Publishes what incidents owe to places."""

    def __init__(
        self,
        setting: Setting,
        places: Sequence[Place],
        store: Path,
        sent: Callable[[Sent], None],
        now: Callable[[], datetime],
        *,
        templates: Path | None = None,
        public: Sequence[str] = (),
        patience: float = _PATIENCE,
    ) -> None:
        """`sent` is told what became of each thing, in a thread; `patience` is in seconds."""
        self._store = store
        self._sent = sent
        self._now = now
        self._templates = templates
        self._public = tuple(public)
        self._patience = patience
        self._news = threading.Condition()
        self._over = False
        self._incidents: dict[int, Incident] = {}  # those that owe something
        self._done: dict[tuple[str, int], tuple[int, int]] = {}  # and what was tried of it last
        self._working: dict[str, subprocess.Popen[bytes]] = {}
        self._threads: dict[str, threading.Thread] = {}
        self.use(setting, places)

    def use(self, setting: Setting, places: Sequence[Place]) -> None:
        """Go on with other places."""
        with self._news:
            self._setting = setting
            self._places = {place.name: place for place in places}
            self._news.notify_all()
        for name in self._places:
            if name not in self._threads:
                thread = threading.Thread(target=self._work, args=(name,), daemon=True)
                self._threads[name] = thread
                thread.start()

    def changed(self, incident: Incident) -> None:
        """An incident moved; what it owes is sent when its time has come."""
        with self._news:
            self._incidents.pop(incident.id, None)
            for name, known in incident.deliveries.items():
                if known.owed:
                    self._incidents[incident.id] = incident
                if self._done.get((name, incident.id)) != _tried(known):
                    self._done.pop((name, incident.id), None)
            self._news.notify_all()

    def finish(self) -> None:
        """Stop at once. What is on its way is sent again by the next run."""
        with self._news:
            self._over = True
            self._news.notify_all()
            for process in self._working.values():
                process.kill()
        for thread in self._threads.values():
            thread.join(1)

    def _work(self, name: str) -> None:
        while True:
            with self._news:
                incident = None
                while incident is None:
                    if self._over:
                        return
                    incident, pause = self._next(name)
                    if incident is None:
                        self._news.wait(pause)
                place, setting = self._places[name], self._setting
            try:
                event = self._performed(self._job(place, setting, incident))
            except Exception as error:  # one thing that cannot be sent must not end all later ones
                log.exception("incident %d is not published to %s", incident.id, name)
                event = PublishFailed(name, f"fails ({type(error).__name__})")
            if event is not None and not self._over:
                self._tell(incident.id, event)

    def _next(self, name: str) -> tuple[Incident | None, float]:
        """Of which incident something is to be sent to a place now; else in how many seconds to
        look again."""
        if name not in self._places:
            return None, _LOOKS_AGAIN
        soonest = timedelta(seconds=_LOOKS_AGAIN)
        now = self._now()
        due: list[tuple[datetime, Incident]] = []
        for incident in self._incidents.values():
            known = incident.deliveries.get(name)
            at = next_try(known) if known is not None else None
            if known is None or at is None:
                continue
            if (name, incident.id) in self._done:
                continue  # what became of it is not on record yet
            if at <= now:
                due.append((at, incident))
            else:
                soonest = min(soonest, at - now)
        if not due:
            return None, soonest.total_seconds()
        _, incident = min(due, key=lambda one: (one[0], one[1].id))
        self._done[name, incident.id] = _tried(incident.deliveries[name])
        return incident, 0.0

    def _job(self, place: Place, setting: Setting, incident: Incident) -> Job:
        return Job(
            self._store,
            incident.id,
            place,
            next(target for target in setting.targets if target.name == place.name),
            process_of(incident, setting),
            setting.zone,
            setting.calendar,
            self._templates,
            setting.nicks,
            self._public,
            setting.nick,
            setting.security.mask,
        )

    def _performed(self, job: Job) -> Published | PublishFailed | None:
        name = job.place.name
        with subprocess.Popen(
            command("ircbot.publish.worker"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            start_new_session=True,  # Ctrl-C is for the bot
        ) as process:
            with self._news:
                self._working[name] = process
                if self._over:
                    process.kill()
            try:
                out, err = process.communicate(pickle.dumps(job), timeout=self._patience)
            except subprocess.TimeoutExpired:
                process.kill()
                return PublishFailed(name, f"does not answer within {self._patience:g} s")
            finally:
                with self._news:
                    self._working.pop(name, None)
        if said := err.decode("utf-8", "replace").strip():
            log.warning("%s: %s", name, said)
        try:
            done: Published | PublishFailed | None = pickle.loads(out)
        except (EOFError, pickle.UnpicklingError):
            return PublishFailed(name, f"could not be written to (status {process.returncode})")
        return done

    def _tell(self, incident: int, event: Published | PublishFailed) -> None:
        if isinstance(event, PublishFailed):
            log.warning("incident %d: %s %s", incident, event.target, event.why)
        else:
            log.info("incident %d: published to %s %s", incident, event.target, event.url)
        self._sent(Sent(incident, event))


def _tried(known: Delivery) -> tuple[int, int]:
    """What tells one attempt from the next: what it was about, and how many came before."""
    return (known.owed[0].n if known.owed else 0), known.attempts
