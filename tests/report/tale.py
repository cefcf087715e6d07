"""Incidents told by hand, event by event, without the rest of the house."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ircbot.incident.events import Declared, Entry, Event, Noted, Resolved, RoleTaken
from ircbot.incident.line import Source
from ircbot.incident.people import Person
from ircbot.incident.process import Process, Role, Severity
from ircbot.incident.state import Incident, replay

NOON = datetime(2018, 1, 10, 12, 0, tzinfo=UTC)

PROCESS = Process(
    name="tale",
    title="The tale's process",
    roles={
        "lead": Role("lead", "incident leader", "IL"),
        "scribe": Role("scribe", "note taker"),
    },
    severities={"1": Severity("1", "everything is down", update_every=timedelta(minutes=15))},
)


class Tale:
    """The entries of incident `number`, in the order in which they are told."""

    def __init__(self, number: int = 1) -> None:
        self.number = number
        self.entries: list[Entry] = []
        self.notes = 0

    def tell(
        self,
        event: Event,
        at: datetime | int = NOON,
        by: Person | str = "metadave",
        channel: str = "#mdndev",
        source: Source = Source.LIVE,
    ) -> Tale:
        """One more event; `at` may be minutes after noon."""
        when = at if isinstance(at, datetime) else NOON + timedelta(minutes=at)
        who = Person(by) if isinstance(by, str) else by
        self.entries.append(Entry(self.number, when, who, event, channel, source))
        return self

    def note(self, text: str, at: datetime | int, by: Person | str = "metadave") -> Tale:
        """One more entry of the timeline."""
        self.notes += 1
        return self.tell(Noted(self.notes, text), at, by)

    @property
    def incident(self) -> Incident:
        """What the entries make."""
        return replay(self.entries).incidents[self.number]


def outage(*texts: str, number: int = 1) -> Incident:
    """An incident of an hour and some, with an entry a minute."""
    tale = Tale(number).tell(Declared("MDN is experiencing an outage", "tale"))
    tale.tell(RoleTaken("lead", Person("metadave")))
    for minute, text in enumerate(texts, 1):
        tale.note(text, minute, ("metadave", "jgmize")[minute % 2])
    return tale.tell(Resolved(), len(texts) + 60).incident


def unresolved(*texts: str) -> Incident:
    """The same, still going on."""
    tale = Tale().tell(Declared("MDN is experiencing an outage", "tale"))
    for minute, text in enumerate(texts, 1):
        tale.note(text, minute)
    return tale.incident
