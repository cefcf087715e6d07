"""Publish what is due: one thing at a time for each place, each in a process of its own.

A thread per place waits for that process. Where follow-ups have tickets, the same process checks
them from time to time. The bot never waits for these threads: they hand results to the engine,
which records them with its next tick. If anything dies here, the publication stays due and is sent
again; the publisher makes sure that it appears once.
"""

from __future__ import annotations

import logging
import pickle
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from ircbot.apart import ask
from ircbot.config.journal import JournalSettings
from ircbot.incident.deliveries import PublishResult, looks_at, next_try
from ircbot.incident.events import Published, PublishFailed
from ircbot.incident.setting import Setting
from ircbot.incident.state import Delivery, Incident
from ircbot.publish.protocol import HasTickets, Place
from ircbot.publish.registry import publisher_type
from ircbot.publish.worker import Done, PublishJob
from ircbot.repository import process_of
from ircbot.threads import started

log = logging.getLogger(__name__)

_PATIENCE = 180.0  # seconds for one publication
_LOOKS_AGAIN = 3600.0  # seconds between checks while nothing happens


@dataclass(frozen=True, slots=True)
class _OutboxTask:
    """The incident to publish, or whose tickets to check; None if there is nothing to do for
    `pause` seconds."""

    incident: Incident | None = None
    looks: bool = False
    pause: float = _LOOKS_AGAIN


class Outbox:
    """Publishes what is due at each place."""

    def __init__(
        self,
        setting: Setting,
        places: Sequence[Place],
        store: Path,
        sent: Callable[[PublishResult], None],
        now: Callable[[], datetime],
        *,
        templates: Path | None = None,
        public: Sequence[str] = (),
        journal: JournalSettings | None = None,
        patience: float = _PATIENCE,
    ) -> None:
        """`sent` is called with each result, in a thread; `patience` is in seconds."""
        self._store = store
        self._sent = sent
        self._now = now
        self._templates = templates
        self._public = tuple(public)
        self._journal = journal
        self._patience = patience
        self._news = threading.Condition()
        self._over = False
        self._held = False
        self._incidents: dict[int, Incident] = {}  # those with something due, or with tickets
        self._looked: dict[tuple[str, int], datetime] = {}  # last checks
        self._done: dict[tuple[str, int], tuple[int, int]] = {}  # … and what was last tried
        self._working: dict[str, subprocess.Popen[bytes]] = {}
        self._threads: dict[str, threading.Thread] = {}
        self.use(setting, places)

    def use(self, setting: Setting, places: Sequence[Place]) -> None:
        """Continue with other places."""
        with self._news:
            self._setting = setting
            self._places = {place.name: place for place in places}
            self._tracking = {place.name for place in places if _has_tickets(place)}
            self._news.notify_all()
        for name in self._places:
            if name not in self._threads:
                self._threads[name] = started(name, self._work, name)

    def changed(self, incident: Incident) -> None:
        """Take note of a changed incident; what it owes is sent when it is due."""
        with self._news:
            known_before = self._incidents.pop(incident.id, None) is not None
            if needed := self._is_needed(incident):
                self._incidents[incident.id] = incident
            for name, known in incident.deliveries.items():
                if self._done.get((name, incident.id)) != _tried(known):
                    self._done.pop((name, incident.id), None)
            if needed or known_before:  # or else the threads would wake up for every entry
                self._news.notify_all()

    def hold(self, held: bool) -> None:
        """Pause because another machine publishes, or resume. What was being sent may have arrived;
        whoever publishes it next finds it there."""
        with self._news:
            self._held = held
            if held:
                for process in self._working.values():
                    process.kill()
            else:
                self._done.clear()  # attempts that are not on record
            self._news.notify_all()

    def finish(self) -> None:
        """Stop at once. A publication under way is sent again by the next run."""
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
                while (found := self._next(name)).incident is None:
                    if self._over:
                        return
                    self._news.wait(found.pause)
                incident, place, setting = found.incident, self._places[name], self._setting
            try:
                job = replace(self._job(place, setting, incident), looks=found.looks)
                event = self._performed(job)
            except Exception as error:  # one that fails must not block later ones
                log.exception("incident %d is not published to %s", incident.id, name)
                event = PublishFailed(name, f"fails ({type(error).__name__})")
            if found.looks:
                event = self._seen(incident, name, event)
            if event is not None and not (self._over or self._held):
                self._tell(incident.id, event)

    def _seen(self, incident: Incident, name: str, event: Done | None) -> Done | None:
        """The event for a check of tickets; a failed check is repeated."""
        with self._news:
            if not self._is_needed(self._incidents.get(incident.id, incident)):
                self._incidents.pop(incident.id, None)
            if not isinstance(event, PublishFailed):
                return event
            self._looked[name, incident.id] += timedelta(seconds=event.after)
        log.warning("incident %d: its tickets: %s %s", incident.id, name, event.why)
        return None

    def _is_needed(self, incident: Incident) -> bool:
        """Whether an incident has something due at a place, or something to read back."""
        return any(
            known.owed or (name in self._tracking and self._looks_at(incident, name) is not None)
            for name, known in incident.deliveries.items()
        )

    def _looks_at(self, incident: Incident, name: str) -> datetime | None:
        return looks_at(incident, name, self._looked.get((name, incident.id)))

    def _next(self, name: str) -> _OutboxTask:
        """The next thing to do for a place."""
        if name not in self._places or self._held:
            return _OutboxTask()
        soonest = timedelta(seconds=_LOOKS_AGAIN)
        now = self._now()
        due: list[tuple[bool, datetime, int]] = []
        for incident in self._incidents.values():
            known = incident.deliveries.get(name)
            if known is None or (name, incident.id) in self._done:
                continue  # its result is not on record yet
            looks = not known.owed and name in self._tracking
            at = self._looks_at(incident, name) if looks else next_try(known)
            if at is not None and at <= now:
                due.append((looks, at, incident.id))
            elif at is not None:
                soonest = min(soonest, at - now)
        if not due:
            return _OutboxTask(pause=soonest.total_seconds())
        looks, _, number = min(due)
        incident = self._incidents[number]
        self._looked[name, number] = now
        if not looks:
            self._done[name, number] = _tried(incident.deliveries[name])
        return _OutboxTask(incident, looks)

    def _job(self, place: Place, setting: Setting, incident: Incident) -> PublishJob:
        return PublishJob(
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
            self._now(),
            journal=self._journal,
        )

    def _performed(self, job: PublishJob) -> Done | None:
        name = job.place.name
        try:
            answer = ask(
                "ircbot.publish.worker",
                job,
                patience=self._patience,
                begun=partial(self._begun, name),
            )
        except subprocess.TimeoutExpired:
            return PublishFailed(name, f"does not answer within {self._patience:g} s")
        if answer.said:
            log.warning("%s: %s", name, answer.said)
        try:
            done: Done | None = pickle.loads(answer.output)
        except (EOFError, pickle.UnpicklingError):
            return PublishFailed(name, f"could not be written to (status {answer.status})")
        return done

    def _begun(self, name: str, process: subprocess.Popen[bytes] | None) -> None:
        with self._news:
            if process is None:
                self._working.pop(name, None)
                return
            self._working[name] = process
            if self._over or self._held:
                process.kill()

    def _tell(self, incident: int, event: Done) -> None:
        if isinstance(event, PublishFailed):
            log.warning("incident %d: %s %s", incident, event.target, event.why)
        elif isinstance(event, Published):
            where = f": {event.url}" if event.url else ""
            log.info("incident %d: published to %s%s", incident, event.target, where)
        self._sent(PublishResult(incident, event))


def _has_tickets(place: Place) -> bool:
    """Whether a place keeps tickets. If its type is gone, that is reported when the place is
    used."""
    try:
        return issubclass(publisher_type(place.type), HasTickets)
    except (LookupError, ImportError):
        return False


def _tried(known: Delivery) -> tuple[int, int]:
    """Identifies an attempt: what it was about, and how many came before."""
    return (known.owed[0].n if known.owed else 0), known.attempts
