"""One publication, in a process of its own: it may block, be killed, or be somebody else's code.

    python -m ircbot.publish.worker    reads a pickled PublishJob, writes the result

The incident is read from the store: exactly what is on disk, without erased words. A lock for each
place makes its publishers wait for one another.
"""

from __future__ import annotations

import fcntl
import json
import os
import pickle
import sys
import traceback
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from pyrsistent import pvector

from ircbot.apart import NICER
from ircbot.config.journal import JournalSettings
from ircbot.errors import Behind, ConfigError, Failed, IrcbotError
from ircbot.incident.deliveries import takes
from ircbot.incident.erasing import ERASES, WithoutWords
from ircbot.incident.events import (
    ActionAdded,
    ActionChanged,
    ActionDone,
    ActionTicketed,
    Continued,
    Edited,
    Entry,
    Event,
    MeetingSet,
    Noted,
    ProseWritten,
    PublishDropped,
    Published,
    PublishEvent,
    PublishFailed,
    Reopened,
    Resolved,
    Retimed,
    Struck,
    Updated,
    WhyAdded,
)
from ircbot.incident.line import Source
from ircbot.incident.people import Person
from ircbot.incident.process import Process
from ircbot.incident.prose import prose_of
from ircbot.incident.setting import Target
from ircbot.incident.state import Delivery, Incident, Owed, replay
from ircbot.incident.state.erased import erased
from ircbot.incident.times import Calendar
from ircbot.publish import back
from ircbot.publish.protocol import (
    Place,
    Publication,
    Publisher,
    PublishError,
    ReadsProse,
    Receipt,
    Unavailable,
)
from ircbot.publish.registry import publisher_of, renewed
from ircbot.record import open_record
from ircbot.report.editing import anchors
from ircbot.repository import open_store

_TRIES = 5  # attempts while people keep writing, there and here
_LONGEST = 300  # characters of a reason, which must fit on one line of IRC
# What changed, in words; () for details without a name of their own.
_CHANGES: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("words removed", tuple(ERASES)),
    ("reopened", (Reopened,)),
    ("resolved", (Resolved,)),
    ("entries", (Noted, Continued)),
    ("corrections", (Edited, Retimed, Struck)),
    ("updates", (Updated,)),
    ("follow-ups", (ActionAdded, ActionChanged, ActionDone, ActionTicketed)),
    ("prose", (ProseWritten, WhyAdded)),
)

Done = Published | PublishFailed | PublishDropped


@dataclass(frozen=True, slots=True)
class PublishJob:
    """What an incident owes to a place, and everything needed to publish it.

    `store` is the store's folder; `known` are nicks that a public edition must not show, `public`
    prefixes of what it may show. What people wrote on a page is recorded in the name of `nick`,
    masked if `masked`. `at` (UTC) is the time to use, None for now. `looks`: check tickets even if
    nothing is due. `journal` is the journal that the store follows.
    """

    store: Path
    incident: int
    place: Place
    target: Target
    process: Process
    zone: tzinfo
    calendar: Calendar
    templates: Path | None = None
    known: Collection[str] = ()
    public: Collection[str] = ()
    nick: str = "ircbot"
    masked: bool = True
    at: datetime | None = None
    looks: bool = False
    journal: JournalSettings | None = None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until nobody else publishes to the place. OSError if the lock cannot be used."""
        path = self.store.with_name(f"publish-{self.place.name}.lock")
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def performed(self) -> Done | None:
        """Publish the next thing that is due; None if nothing is. Must be `alone`.

        It is dropped if the incident may no longer go there, and nothing of it is there.
        """
        name, came_back = self.place.name, False
        try:
            publisher = publisher_of(self.place)
            for _ in range(_TRIES):
                entries = open_store(str(self.store)).entries(self.incident)
                incident = replay(entries).incidents[self.incident]
                known = incident.deliveries.get(name)
                if known is None or not (known.owed or self._may_look(known, incident)):
                    return None
                owed = self._next(publisher, known)
                if known.owed and self._is_there(publisher, known, owed):
                    return self._arrived(publisher, known, owed, _receipt(known))
                publication = self.publication(publisher, incident, entries, owed)
                if not (takes(self.target, incident) or _stands(publisher, publication)):
                    return PublishDropped(name)
                if written := self.read_back(publisher, publication, incident):
                    self._keep(written, after=len(entries))
                    came_back = True
                    continue  # with a page that contains it
                if not (known.owed or came_back):
                    return None
                receipt = publisher.publish(publication)
                made = replace(publication, previous=receipt)
                self._keep_tickets(publisher, made, incident, len(entries))
                return self._arrived(publisher, known, owed, receipt)
            raise Unavailable("is not written to, since people keep writing on it")
        except PublishError as error:
            return self._failed(str(error), error.permanent, error.retry_after)
        except IrcbotError as error:
            return self._failed(f"cannot be given the report: {error}")
        except Exception as error:  # somebody else's code, or a bug of ours: it is not published
            print(self.place.hidden(traceback.format_exc()), file=sys.stderr)
            return self._failed(f"fails ({type(error).__name__}: {error})")

    def read_back(
        self, publisher: Publisher, publication: Publication, incident: Incident
    ) -> tuple[Entry, ...]:
        """What people did at the place, as entries."""
        words = back.written(publisher, publication, incident, self.process, masked=self.masked)
        tickets = back.followed(publisher, publication, incident, self.place.name)
        return (
            *self._entries(incident, self.nick, words),
            *self._entries(incident, self.place.name, tickets),
        )

    def _entries(self, incident: Incident, by: str, events: Iterable[Event]) -> Iterator[Entry]:
        at = self.at or datetime.now(UTC)
        for event in events:
            yield Entry(incident.id, at, Person(by), event, incident.channel, Source.SHELL)

    def _keep_tickets(
        self, publisher: Publisher, publication: Publication, incident: Incident, after: int
    ) -> None:
        """Record where new tickets are. If that fails, they are found the next time."""
        if not any(action.is_open and not action.ticket for action in incident.actions):
            return
        with suppress(IrcbotError):
            events = back.followed(publisher, publication, incident, self.place.name)
            self._keep(tuple(self._entries(incident, self.place.name, events)), after)

    def _next(self, publisher: Publisher, known: Delivery) -> Owed:
        """What to publish; if nothing is due, what was read back where it is shown."""
        if not known.owed:
            at = self.at or datetime.now(UTC)
            return Owed(known.count, "changed", at, Person(self.nick))
        return known.owed[0] if publisher.each else known.owed[-1]

    def _may_look(self, known: Delivery, incident: Incident) -> bool:
        return self.looks and known.at is not None and takes(self.target, incident)

    def _keep(self, written: Sequence[Entry], after: int) -> None:
        """Record what was read back, unless there are more than `after` entries by now."""
        if not written:
            return
        store = open_record(str(self.store), "tool", self.journal)
        try:
            if len(store.entries(self.incident)) == after:
                store.append(written)
        except Behind:
            pass  # it is merged again
        finally:
            store.close()

    def _is_there(self, publisher: Publisher, known: Delivery, owed: Owed) -> bool:
        """Whether everything is published already, because two occasions coincided."""
        seen = known.at is not None and known.seen == known.changes
        may_differ = publisher.each or isinstance(publisher, ReadsProse)
        return seen and not may_differ and owed.why != "asked" and not owed.force

    def _failed(self, why: str, permanent: bool = False, after: float = 0.0) -> PublishFailed:
        return PublishFailed(self.place.name, self._line(why), permanent, round(after))

    def _arrived(
        self, publisher: Publisher, known: Delivery, owed: Owed, receipt: Receipt
    ) -> Published:
        return Published(
            self.place.name,
            owed.n,
            receipt.url,
            receipt.page,
            receipt.version,
            receipt.kept,
            known.changes,
            publisher.again,
            self._line(receipt.caveat),
            isinstance(publisher, ReadsProse) and not self.target.public,
        )

    def _line(self, words: str) -> str:
        """A text that completes a sentence about the place."""
        return " ".join(self.place.hidden(words).split()).rstrip(".")[:_LONGEST]

    def publication(
        self, publisher: Publisher, incident: Incident, entries: Sequence[Entry], owed: Owed
    ) -> Publication:
        """What to publish. ReportError if a template is wrong."""
        known = incident.deliveries.get(self.place.name) or Delivery(owed.at)
        taken = takes(self.target, incident)
        if not taken:  # it was published, and must be withdrawn
            incident = erased(incident, WithoutWords())
        ours = {delivery.url for delivery in incident.deliveries.values()}
        others = pvector(one for one in incident.published if one.url not in ours)
        incident = replace(incident, published=others)
        texts = {
            form: self._invitation(incident, entries)
            if form == "invitation"
            else self._rendered(incident, form)
            for form in publisher.formats
        }
        told = json.loads(texts.get("json") or self._rendered(incident, "json"))
        may_write = not (self.target.public or incident.void or incident.secured or incident.purged)
        prose = prose_of(incident)
        title = f"Incident {incident.id}" + (f": {told['title']}" if told["title"] else "")
        marker = f"ircbot-{incident.id}-{known.since:%Y%m%dT%H%M%S%fZ}-{self.place.name}"
        return Publication(
            incident=told,
            title=f"{title} (drill)" if incident.drill else title,
            texts=texts,
            marker=marker,
            key=f"{marker}-{owed.n}",
            occasion=owed.why,
            at=owed.at,
            note=_note(entries, known),
            update=_about(owed, "update", told["updates"]),
            called=_about(owed, "notify", told["notified"]),
            previous=_receipt(known) if known.at is not None else None,
            force=owed.force,
            erased=known.erased or not taken,
            prose={
                anchor: prose.get(key, "")
                for anchor, key in anchors(self.process, prose).items()
                if may_write
            },
        )

    def _invitation(self, incident: Incident, entries: Sequence[Entry]) -> str:
        """The review meeting, never for the public; each change makes it a newer version for
        calendars."""
        if incident.meeting_at is None or self.target.public:
            return ""
        from ircbot.report.invitation import invitation

        times = sum(isinstance(entry.event, MeetingSet) for entry in entries)
        return invitation(incident, self.process, sequence=times - 1)

    def _rendered(self, incident: Incident, form: str) -> str:
        from ircbot.report.render import render  # Jinja is slow to import

        return render(
            incident,
            self.process,
            form,
            zone=self.zone,
            edition="public" if self.target.public else "internal",
            templates=self.templates,
            calendar=self.calendar,
            known=self.known,
            public=self.public,
        )


def _stands(publisher: Publisher, publication: Publication) -> bool:
    """Whether something of an incident is at a place: on record, or left by a run that died. For
    messages nobody can tell."""
    if publication.previous is not None or publisher.each:
        return publication.previous is not None
    changes = publisher.preview(publication).splitlines()
    return any(line.startswith("-") and not line.startswith("---") for line in changes)


def _receipt(known: Delivery) -> Receipt:
    return Receipt(known.url, known.page, known.version, known.kept)


def _about(owed: Owed, why: str, there: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The item in the incident's JSON that something is due for, None if there is none."""
    return there[owed.about - 1] if owed.why == why and owed.about else None


def _note(entries: Sequence[Entry], known: Delivery) -> str:
    """What changed since the last publication, "" for the first."""
    if known.at is None or known.changes == known.seen:
        return ""
    since = [e.event for e in entries if e.at > known.at and not isinstance(e.event, PublishEvent)]
    named = [name for name, kinds in _CHANGES if any(isinstance(one, kinds) for one in since)]
    return ", ".join(named) or "details"


def main() -> int:
    """Run one job."""
    os.nice(NICER)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a publisher prints is not part of the result
    job: PublishJob = pickle.load(sys.stdin.buffer)
    try:
        job = replace(job, place=renewed(job.place))
        with job.alone():
            done = job.performed()
    except ConfigError as error:
        done = job._failed(f"cannot be logged in to: {error}")
    except (OSError, Failed) as error:
        done = job._failed(f"waits for our own disk: {error}")
    with out:
        out.write(pickle.dumps(done))
    return 0


if __name__ == "__main__":
    sys.exit(main())
