"""What can happen, one class per fact, in the past tense. Entry is one row of the journal.

Facts only: what they change is state/evolve.py, what leads to them rules/ and reminders.py. A class
or a field, once released, keeps its name: stores hold them. New fields need a default. A field that
holds people's words, or a name, says so in its type (marks.py): erasing goes by that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ircbot.incident.line import Source
from ircbot.incident.marks import Key, Nick, SharedWords, Words
from ircbot.incident.people import Person

# --- the incident itself --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Declared:
    """An incident was opened, in the entry's channel."""

    summary: SharedWords
    process: str
    drill: bool = False
    product: SharedWords = ""
    network: str = ""
    private: bool = False  # not announced beyond its channel, nor shown to outsiders
    casemapping: str = ""  # how names are compared there, as its server says; "" is RFC 1459's
    since: datetime | None = None  # from when on it was one, if it is put on record afterwards


@dataclass(frozen=True, slots=True)
class Summarised:
    """Its summary was set. `product` is what it now turns out to be about, "" for no change."""

    summary: SharedWords
    product: SharedWords = ""


@dataclass(frozen=True, slots=True)
class ProductSet:
    """What it is about was put right."""

    product: SharedWords


@dataclass(frozen=True, slots=True)
class ImpactSet:
    """Who and what it hits was said."""

    impact: SharedWords


@dataclass(frozen=True, slots=True)
class SeveritySet:
    """Its severity was set."""

    severity: SharedWords


@dataclass(frozen=True, slots=True)
class StatusSet:
    """It reached one of the process's statuses."""

    status: str


@dataclass(frozen=True, slots=True)
class CommsSet:
    """Its comms channel was named."""

    channel: str


@dataclass(frozen=True, slots=True)
class VideoSet:
    """Where people meet was named."""

    where: SharedWords


@dataclass(frozen=True, slots=True)
class MilestoneSet:
    """When it started, was detected, was mitigated … was said; None for "unknown after all"."""

    name: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ChangeUndone:
    """Change `n` of the header was taken back: the fact is again what it was before."""

    n: int


@dataclass(frozen=True, slots=True)
class Resolved:
    """It was said to be resolved; `at` is since when, if not since it was said."""

    text: Words = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reopened:
    """It was not resolved after all."""

    reason: Words


@dataclass(frozen=True, slots=True)
class Closed:
    """Nothing more is to be done."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """It was a false alarm: no report is owed, and no figure counts it."""

    reason: Words


@dataclass(frozen=True, slots=True)
class Duplicated:
    """It turned out to be incident `of`: no report of its own is owed, and no figure counts it."""

    of: int


@dataclass(frozen=True, slots=True)
class Related:
    """It has to do with incident `to`."""

    to: int


@dataclass(frozen=True, slots=True)
class WithdrawalAsked:
    """Who leads says that it was a false alarm; whoever declared it is asked whether it was."""

    reason: Words


@dataclass(frozen=True, slots=True)
class WithdrawalRefused:
    """Whoever declared it says that it was no false alarm."""


# --- roles ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoleOffered:
    """The holder of a role offered it to somebody, who has not answered yet."""

    role: str
    to: Person


@dataclass(frozen=True, slots=True)
class OfferDeclined:
    """Who was offered a role does not take it."""

    role: str


@dataclass(frozen=True, slots=True)
class OfferWithdrawn:
    """An offer no longer stands. `why` is "withdrawn" or "timeout"."""

    role: str
    why: str = "withdrawn"


@dataclass(frozen=True, slots=True)
class RoleTaken:
    """Somebody holds a role from now on; whoever must make room for them does not.

    `how` is "claimed", "accepted", "named" (by somebody else), "default", or why the one before
    lost it: "gone", "silent".
    """

    role: str
    holder: Person
    how: str = "claimed"


@dataclass(frozen=True, slots=True)
class RoleLeft:
    """Somebody no longer holds a role, and nobody took it."""

    role: str
    holder: Person


@dataclass(frozen=True, slots=True)
class HolderLeft:
    """Who holds a role, or is offered one, is no longer there.

    `how` is "quit", "part", "kick" or "split".
    """

    holder: Person
    how: str


@dataclass(frozen=True, slots=True)
class HolderBack:
    """Who holds a role, or is offered one, is there again."""

    holder: Person


@dataclass(frozen=True, slots=True)
class Renamed:
    """Somebody who holds a role, or is offered one, goes by another nick.

    `who` is how they were on record; without it, whoever was on record under the old nick.
    """

    old: Nick
    new: Nick
    who: Person | None = None


@dataclass(frozen=True, slots=True)
class Recognised:
    """Somebody who has or is offered a role, known by nick only, turns out to have an account."""

    who: Person
    account: Nick


@dataclass(frozen=True, slots=True)
class Confirmed:
    """An operator vouched that who has the nick has the account, while no server tells."""

    who: Person


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """Nobody vouches for a nick any more: they left, or a server tells their account again."""

    who: Person


@dataclass(frozen=True, slots=True)
class Heard:
    """Somebody was heard, without anything to record: the leader after a silence, whoever has a
    role by default or was called for the first time."""


# --- the timeline ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EntryId:
    """Which entry is meant: number `n` of an incident."""

    incident: int
    n: int


@dataclass(frozen=True, slots=True)
class Noted:
    """Entry number `n` of the timeline.

    `at` is when it happened if that is not when it was recorded (a late entry, a promoted line),
    `by` and `channel` who said it and where if not the entry's own. One that comes from another
    incident names the entry that it was there, and when that was `recorded`.
    """

    n: int
    text: Words
    at: datetime | None = None
    by: Person | None = None
    channel: str = ""
    origin: EntryId | None = None
    recorded: datetime | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """Entry `n` was worded anew; what it said before stays."""

    n: int
    text: Words


@dataclass(frozen=True, slots=True)
class Retimed:
    """Entry `n` tells of another time than was recorded: of `at`."""

    n: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Struck:
    """Entry `n` was taken out; it can come back."""

    n: int


@dataclass(frozen=True, slots=True)
class Restored:
    """Entry `n` came back."""

    n: int


@dataclass(frozen=True, slots=True)
class Copied:
    """Entry `n` stands in another incident as well, or with `moved` instead, as entry `there`.

    `hidden`: nothing of that incident is to be said here.
    """

    n: int
    there: EntryId
    moved: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Returned:
    """Entry `n`, which was moved to another incident, stands here again."""

    n: int


@dataclass(frozen=True, slots=True)
class RedactionAsked:
    """Who leads asked that the words of entry `n` go: hidden at once, gone in an hour."""

    n: int


@dataclass(frozen=True, slots=True)
class Redacted:
    """The words of entry `n` are gone, from the disk too."""

    n: int


@dataclass(frozen=True, slots=True)
class Absent:
    """We were not in the entry's channel between two times. `recovered` lines came in later."""

    since: datetime
    until: datetime
    recovered: int = 0


@dataclass(frozen=True, slots=True)
class LogEnded:
    """The log that it was imported from ends here: what came of it is not known."""


# --- telling people -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Notified:
    """People were called."""

    nicks: tuple[Nick, ...]
    text: Words = ""


@dataclass(frozen=True, slots=True)
class Updated:
    """A status update went to every notified channel.

    `channels` are those it was said or told in; () where that was not recorded: then to all.
    """

    text: Words
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of update or call number `n`, as the servers tell.

    `what` is "update" or "call". `reached` are the channels or nicks that took it, `refused` those
    that did not, `why` the reason for each of these. Unless `confirmed`, it was sent to those
    reached and not refused; whether it arrived no server said.
    """

    what: str
    n: int
    reached: tuple[Nick, ...] = ()
    refused: tuple[Nick, ...] = ()
    why: tuple[str, ...] = ()
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Promised:
    """The next update was promised, or put off, to `due`, in the entry's channel."""

    due: datetime


@dataclass(frozen=True, slots=True)
class Reminded:
    """The bot reminded, asked or told something, once more. `key` says what.

    `late` is by how many seconds it came too late (the bot was away).
    """

    key: Key
    late: int = 0


@dataclass(frozen=True, slots=True)
class Messaged:
    """A message for people outside was made from the template `key`."""

    key: str
    text: Words


# --- around the report ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReportPromised:
    """Somebody said that a report will follow."""


@dataclass(frozen=True, slots=True)
class ReportDelivered:
    """The report is where it belongs. `where` is a URL or "" if nobody said."""

    where: Words = ""


@dataclass(frozen=True, slots=True)
class ActionAdded:
    """Follow-up number `n`."""

    n: int
    text: SharedWords
    owner: Nick = ""
    due: str = ""  # an ISO date
    others: tuple[Nick, ...] = ()  # who owns it as well


@dataclass(frozen=True, slots=True)
class ActionDone:
    """Follow-up `n` is done."""

    n: int


@dataclass(frozen=True, slots=True)
class ActionChanged:
    """Follow-up `n` has other owners, another day (an ISO date), or is dropped; None or False for
    what stays. `undone`: its last change is taken back instead."""

    n: int
    owners: tuple[Nick, ...] | None = None
    due: str | None = None
    dropped: bool = False
    undone: bool = False


@dataclass(frozen=True, slots=True)
class ActionTicketed:
    """Follow-up `n` has a ticket."""

    n: int
    ticket: SharedWords


@dataclass(frozen=True, slots=True)
class WhyAdded:
    """The next of the five whys."""

    text: Words


@dataclass(frozen=True, slots=True)
class ProseWritten:
    """Something was written into a section of the report, as Markdown.

    It follows what is there, or with `whole` takes its place.
    """

    section: str
    text: Words
    whole: bool = False


@dataclass(frozen=True, slots=True)
class PropsGiven:
    """Somebody was praised."""

    nick: Nick
    reason: Words = ""


@dataclass(frozen=True, slots=True)
class Linked:
    """A URL that matters. `text` says what it is."""

    url: Words
    text: Words = ""


@dataclass(frozen=True, slots=True)
class Parked:
    """A remark kept for the review, out of the timeline."""

    text: Words


@dataclass(frozen=True, slots=True)
class Ticked:
    """An item of a checklist, or a prompt, was done."""

    key: str


@dataclass(frozen=True, slots=True)
class HypothesisAdded:
    """Hypothesis number `n` about the cause."""

    n: int
    text: SharedWords


@dataclass(frozen=True, slots=True)
class HypothesisJudged:
    """Hypothesis `n` was proved or disproved."""

    n: int
    proved: bool


@dataclass(frozen=True, slots=True)
class MeetingSet:
    """The review meeting is at `at`."""

    at: datetime


# --- keeping out of the record --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Secured:
    """It is a security matter: nothing more is recorded here. `lifted`: it is none after all."""

    lifted: bool = False


@dataclass(frozen=True, slots=True)
class Purged:
    """What was captured of it is gone, from the disk too."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What `nick` wrote is gone, from the disk too: there `token` stands for them, here as well.

    `account` is theirs, "" for none; None, in older stores, for whoever had the nick. `shared`:
    others used the nick too, and what they wrote under it stays.
    """

    token: str
    nick: Nick = ""
    account: Nick | None = None
    name: Nick = ""  # by which the configuration calls them
    network: str = ""
    casemapping: str = ""
    shared: bool = False
    via: str = ""  # what the people are called of the relay that they spoke through


# --- the state: what belongs to no incident (its entries have incident 0) --------------------


@dataclass(frozen=True, slots=True)
class StrayKept:
    """A `TL:` line came while nothing was open; the next declaration is offered it."""

    text: Words
    at: datetime | None = None  # when it happened, if not when it was said


@dataclass(frozen=True, slots=True)
class StraysGiven:
    """The kept lines went to an incident (0: they were dropped)."""

    incident: int


@dataclass(frozen=True, slots=True)
class DeclarationHeld:
    """A second declaration soon after another was asked about rather than opened."""

    summary: Words
    like: int  # the incident it may be the same as


@dataclass(frozen=True, slots=True)
class ChannelJoined:
    """The bot was sent to a channel."""

    channel: str
    network: str = ""
    casemapping: str = ""


@dataclass(frozen=True, slots=True)
class ChannelLeft:
    """The bot was sent away from a channel."""

    channel: str
    network: str = ""
    casemapping: str = ""


@dataclass(frozen=True, slots=True)
class TopicKept:
    """A channel's own topic, before ours replaced it; `None` once it was put back."""

    channel: str
    topic: Words | None


Event = (
    Declared
    | Summarised
    | ProductSet
    | ImpactSet
    | SeveritySet
    | StatusSet
    | CommsSet
    | VideoSet
    | MilestoneSet
    | ChangeUndone
    | Resolved
    | Reopened
    | Closed
    | Withdrawn
    | Duplicated
    | Related
    | WithdrawalAsked
    | WithdrawalRefused
    | RoleOffered
    | OfferDeclined
    | OfferWithdrawn
    | RoleTaken
    | RoleLeft
    | HolderLeft
    | HolderBack
    | Renamed
    | Recognised
    | Confirmed
    | Unconfirmed
    | Heard
    | Noted
    | Edited
    | Retimed
    | Struck
    | Restored
    | Copied
    | Returned
    | RedactionAsked
    | Redacted
    | Absent
    | LogEnded
    | Notified
    | Updated
    | Arrived
    | Promised
    | Reminded
    | Messaged
    | ReportPromised
    | ReportDelivered
    | ActionAdded
    | ActionDone
    | ActionChanged
    | ActionTicketed
    | WhyAdded
    | ProseWritten
    | PropsGiven
    | Linked
    | Parked
    | Ticked
    | HypothesisAdded
    | HypothesisJudged
    | MeetingSet
    | Secured
    | Purged
    | Forgotten
    | StrayKept
    | StraysGiven
    | DeclarationHeld
    | ChannelJoined
    | ChannelLeft
    | TopicKept
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the journal: what happened, to which incident, when, where and by whom.

    `incident` is 0 for what belongs to none. `at` is aware and UTC: the time of the line, or of
    the tick that caused it. `said` is the fingerprint of the line it came from ("" if from none):
    it tells a line that is imported or recovered from one that was heard.
    """

    incident: int
    at: datetime
    by: Person
    event: Event
    channel: str = ""
    source: Source = Source.LIVE
    said: str = ""
    msgid: str = ""
