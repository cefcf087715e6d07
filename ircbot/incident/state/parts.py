"""What an incident is made of: entries, milestones, terms, promises, follow-ups …

Values only; incident.py has the incident that holds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime, timedelta

from ircbot.incident.events import EntryId
from ircbot.incident.line import Source
from ircbot.incident.marks import Nick, SharedWords, Words
from ircbot.incident.people import Person, same_name
from ircbot.values import dataclass

# The texts of the header whose changes are kept.
FACTS = ("summary", "product", "impact", "severity", "video")

# An incident that a log left open is history after this time: lines said now do not belong to it
# unless they name it, and do not show how it continued.
PAST = timedelta(hours=12)

# The times in the header that have their own field; those of other milestones are in a mapping.
TIMES = {
    name: f"{name}_at" for name in ("started", "detected", "declared", "mitigated", "resolved")
}


@dataclass(frozen=True, slots=True)
class Retiming:
    """An entry's time was corrected: what it `was`, who corrected it and when."""

    was: datetime
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """An entry was moved to another incident: its place there, who moved it and when.

    `hidden`: nothing of the other incident may be said here.
    """

    to: EntryId
    by: Person
    at: datetime
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """An entry of the timeline, numbered.

    `at` is when it happened, `recorded` when it was written down. `before` are its earlier
    wordings, oldest first. A redacted note has no words left. `told`: it told the comms channel how
    things stand; see numbered.py. `origin` is the entry of another incident that it comes from,
    `copies` are the entries elsewhere that come from it.
    """

    n: int
    at: datetime
    recorded: datetime
    by: Person
    channel: str
    text: Words
    source: Source = Source.LIVE
    before: tuple[Words, ...] = ()
    struck: bool = False
    told: bool = False
    withheld: bool = False  # it is in the record, but not in this edition
    retimed: tuple[Retiming, ...] = ()  # oldest first
    origin: EntryId | None = None
    copies: tuple[EntryId, ...] = ()
    moved: Moved | None = None
    msgid: str = ""  # its message's, "" if the server sends none

    @property
    def stands(self) -> bool:
        """Whether it is in the timeline: neither taken out nor moved away."""
        return not self.struck and self.moved is None

    @property
    def redacted(self) -> bool:
        """Whether its words were erased; nobody writes an empty entry."""
        return not self.text


@dataclass(frozen=True, slots=True)
class Moment:
    """A milestone of the timeline: declared, lead, comms, resolved …

    `recorded` is when it was said, None for when it happened.
    """

    at: datetime
    kind: str
    by: Person
    channel: str
    words: Words = ""  # what somebody said with it, such as the reason
    fact: SharedWords = ""  # the fact that it states, in somebody's words, such as the summary
    who: Nick = ""  # the nick of whom it is about, such as the new leader
    what: str = ""  # what it is about, such as the channel
    source: Source = Source.LIVE
    recorded: datetime | None = None
    about: Person | None = None  # the person that `who` is

    @property
    def text(self) -> str:
        """What the milestone is about."""
        return self.words or self.fact or self.who or self.what


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a fact in the header, numbered from 1.

    `what` is one of FACTS, or the name of a milestone. Values are texts ("" for none) or times
    (aware and UTC, None if unknown). `undoes` is the number of the change that this one undid, 0
    for none.
    """

    n: int
    at: datetime
    by: Person
    what: str
    old: SharedWords | datetime | None
    new: SharedWords | datetime | None
    undoes: int = 0


@dataclass(frozen=True, slots=True)
class Term:
    """A holder's time in a role; `until` is None while it lasts.

    A holder by default may be asleep: `heard` is when they first showed that they are there.
    `over`: it began after the incident was over, for the remaining work, and does not count in how
    the incident was run.
    """

    role: str
    holder: Person
    since: datetime
    until: datetime | None = None
    how: str = "claimed"
    heard: datetime | None = None
    over: bool = False

    @property
    def began(self) -> datetime | None:
        """When its holder was first there to fill it, None if never."""
        return None if self.how == "default" and self.heard is None else self.heard or self.since


@dataclass(frozen=True, slots=True)
class Offer:
    """A role that was offered, and not answered yet."""

    role: str
    to: Person
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that waits for an answer, or for time to pass: who asked for it, and when.

    `text` is the reason given, "" for none.
    """

    by: Person
    at: datetime
    text: Words = ""


WAITS = timedelta(minutes=30)  # how long a question waits for its answer, without other reminders


@dataclass(frozen=True, slots=True)
class PlannedOffer:
    """A role that will be offered at `due`."""

    role: str
    to: Person
    by: Person
    due: datetime

    @property
    def at(self) -> datetime:
        """When it is offered."""
        return self.due


@dataclass(frozen=True, slots=True)
class Question:
    """The bot's last question of one kind: to whom (None for the channel), when, about which words;
    how often it has asked so far, and whether it was answered.
    """

    of: Person | None
    at: datetime
    by: Person  # whose words made it ask
    text: Words = ""
    times: int = 1
    answered: bool = False


@dataclass(frozen=True, slots=True)
class ReportAuthor:
    """Somebody who took the report, or was given it, after the end."""

    who: Person
    since: datetime


@dataclass(frozen=True, slots=True)
class Departure:
    """A holder of a role who is gone."""

    who: Person
    at: datetime
    how: str


@dataclass(frozen=True, slots=True)
class Absence:
    """A holder of a role was gone for a while."""

    who: Person
    since: datetime
    until: datetime
    how: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A span in which people worked on it; `until` is None while they do.

    `resolution` is what was said at its end, `mitigated_at` when its impact ended, None if unknown.
    """

    since: datetime
    until: datetime | None = None
    resolution: Words = ""
    by: Person | None = None
    mitigated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PromisedUpdate:
    """An update promised for, or postponed to, `due`, in a channel."""

    channel: str
    due: datetime
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True)
class Update:
    """A status update.

    `channels` are those that it was sent to, () if that was not recorded; `refused` those that did
    not take it, with the reasons. `kept` are the promises it fulfilled.
    """

    at: datetime
    by: Person
    text: Words
    channels: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    confirmed: bool = False
    kept: tuple[PromisedUpdate, ...] = ()

    def reaches(self, channel: str) -> bool:
        """Whether it was sent to a channel, and the channel took it."""
        told = not self.channels or any(same_name(channel, each) for each in self.channels)
        return told and not any(same_name(channel, each) for each in self.refused)


@dataclass(frozen=True, slots=True)
class Call:
    """People were called."""

    at: datetime
    by: Person
    nicks: tuple[Nick, ...]
    text: Words
    refused: Mapping[Nick, str] = field(default_factory=dict)  # nick → why it did not reach them

    @property
    def reached(self) -> tuple[str, ...]:
        """Those of them that it reached, as far as known."""
        return tuple(
            n for n in self.nicks if not any(same_name(n, other) for other in self.refused)
        )


@dataclass(frozen=True, slots=True)
class Action:
    """A follow-up. `followed` is the place whose ticket changed it last, and when."""

    n: int
    text: SharedWords
    by: Person
    at: datetime
    owner: Nick = ""
    due: str = ""
    done: bool = False
    ticket: SharedWords = ""
    others: tuple[Nick, ...] = ()  # its other owners
    dropped: bool = False
    done_at: datetime | None = None
    before: Action | None = None  # what it was before it was last changed
    followed: tuple[str, datetime] | None = None

    @property
    def owners(self) -> tuple[str, ...]:
        """Its owners, () for none."""
        return (self.owner, *self.others) if self.owner else self.others

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return not (self.done or self.dropped)

    def is_overdue(self, today: date) -> bool:
        """Whether it was due before `today`."""
        return self.is_open and self.due_on is not None and self.due_on < today

    @property
    def due_on(self) -> date | None:
        """Its due day, None if it has none."""
        try:
            return date.fromisoformat(self.due)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A guess at the cause; `proved` is None until it is judged."""

    n: int
    text: SharedWords
    by: Person
    at: datetime
    proved: bool | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """Something kept for the review: a why, praise, a link, a parked thought, a message, prose."""

    at: datetime
    by: Person
    text: Words
    who: Nick = ""  # who is praised
    url: Words = ""
    key: str = ""  # of the message

    @property
    def about(self) -> str:
        """The praised nick, the URL, the message's key."""
        return self.who or self.url or self.key


@dataclass(frozen=True, slots=True)
class Owed:
    """A publication that is owed; see events.PublishDue."""

    n: int
    why: str
    at: datetime
    by: Person
    about: int = 0
    force: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """The state of an incident's publication at one place; `since` is when it was first owed there.

    `count` is how often something was owed, `attempts` the number of failures since the last
    success (the first at `failing_since`, the last at `failed_at`, because of `why`). `at` is when
    it was last published, as in events.Published. The place shows the first `seen` of the
    incident's `changes`; `stale_at` is the time of the first that it does not show. `erased`: the
    place still has words that were erased; `hidden`: it became a security matter after it was last
    published. `told`: people must still hear where it is, and the `caveat`.
    """

    since: datetime
    count: int = 0
    owed: tuple[Owed, ...] = ()
    attempts: int = 0
    failing_since: datetime | None = None
    failed_at: datetime | None = None
    why: Words = ""
    permanent: bool = False
    after: timedelta = timedelta(0)
    at: datetime | None = None
    url: SharedWords = ""
    page: str = ""
    version: str = ""
    kept: SharedWords = ""
    again: bool = False
    changes: int = 0
    seen: int = 0
    stale_at: datetime | None = None
    erased: bool = False
    hidden: bool = False
    told: bool = False
    caveat: Words = ""
    writable: bool = False

    @property
    def is_open(self) -> bool:
        """Whether something must still be sent there."""
        return bool(self.owed) or self.stale_at is not None


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which we were away from a channel."""

    channel: str
    since: datetime
    until: datetime
    recovered: int = 0


@dataclass(frozen=True, slots=True)
class TimesSent:
    """How often the bot said something, and when last."""

    times: int
    at: datetime
