"""What can happen, one class per fact, in the past tense. Entry is one row of the journal.

Facts only: what they change is state/evolve.py, what leads to them rules/ and reminders.py. A class
or a field, once released, keeps its name: stores hold them. New fields need a default. A field that
holds people's words, a name or the number of an entry says so in its type (marks.py): erasing and
importing go by that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, get_args

from ircbot.incident.line import Source
from ircbot.incident.marks import (
    ActionNumber,
    HypothesisNumber,
    Key,
    NewAction,
    NewHypothesis,
    NewNote,
    Nick,
    NoteNumber,
    SharedWords,
    Words,
)
from ircbot.incident.people import Person


@dataclass(frozen=True, slots=True)
class Reading:
    """How a milestone of a kind reads in a timeline: `alone` without a text, `before` before one.

    `rank` orders milestones of the same time: the beginning of an incident first, its end last.
    `sentence`: its text is one that somebody may have written into an entry as well.
    """

    kind: str
    alone: str
    before: str
    rank: int = 3
    sentence: bool = False


class _Fact:
    """What an event says of its class, if it is otherwise than most."""

    __slots__ = ()

    # The milestones of the timeline that it can make; the first one unless state/ says which.
    reads: ClassVar[tuple[Reading, ...]] = ()
    # Whoever says it while the incident is open takes part, as who writes an entry does.
    takes_part: ClassVar[bool] = False
    # It comes of time alone, or of the network, so that nobody's words led to it.
    of_time: ClassVar[bool] = False


# --- the incident itself --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Declared(_Fact):
    """An incident was opened, in the entry's channel."""

    reads = (Reading("declared", "Incident declared", "Incident declared: ", 2, sentence=True),)

    summary: SharedWords
    process: str
    drill: bool = False
    product: SharedWords = ""
    network: str = ""
    private: bool = False  # not announced beyond its channel, nor shown to outsiders
    casemapping: str = ""  # how names are compared there, as its server says; "" is RFC 1459's
    since: datetime | None = None  # from when on it was one, if it is put on record afterwards


@dataclass(frozen=True, slots=True)
class Summarised(_Fact):
    """Its summary was set. `product` is what it now turns out to be about, "" for no change."""

    takes_part = True

    summary: SharedWords
    product: SharedWords = ""


@dataclass(frozen=True, slots=True)
class ProductSet(_Fact):
    """What it is about was put right."""

    takes_part = True

    product: SharedWords


@dataclass(frozen=True, slots=True)
class ImpactSet(_Fact):
    """Who and what it hits was said."""

    impact: SharedWords


@dataclass(frozen=True, slots=True)
class SeveritySet(_Fact):
    """Its severity was set."""

    reads = (Reading("severity", "The severity was withdrawn", "Severity: "),)
    takes_part = True

    severity: SharedWords


@dataclass(frozen=True, slots=True)
class StatusSet(_Fact):
    """It reached one of the process's statuses."""

    reads = (Reading("status", "The status was withdrawn", "Status: "),)
    takes_part = True

    status: str


@dataclass(frozen=True, slots=True)
class CommsSet(_Fact):
    """Its comms channel was named."""

    reads = (Reading("comms", "The comms channel was named", "Updates are posted in "),)
    takes_part = True

    channel: str


@dataclass(frozen=True, slots=True)
class VideoSet(_Fact):
    """Where people meet was named."""

    reads = (Reading("video", "A video meeting was named", "People meet at: "),)
    takes_part = True

    where: SharedWords


@dataclass(frozen=True, slots=True)
class MilestoneSet(_Fact):
    """When it started, was detected, was mitigated … was said; None for "unknown after all"."""

    reads = (
        Reading("started", "It began", "It began: ", 0),
        Reading("detected", "It was detected", "It was detected: ", 1),
        Reading("mitigated", "The impact was mitigated", "The impact was mitigated: "),
    )
    takes_part = True

    name: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ChangeUndone(_Fact):
    """Change `n` of the header was taken back: the fact is again what it was before."""

    reads = (Reading("changed", "A fact was corrected", "Corrected: "),)

    n: int


@dataclass(frozen=True, slots=True)
class Resolved(_Fact):
    """It was said to be resolved; `at` is since when, if not since it was said."""

    reads = (Reading("resolved", "Incident resolved", "Incident resolved: ", 4, sentence=True),)

    text: Words = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reopened(_Fact):
    """It was not resolved after all."""

    reads = (Reading("reopened", "Incident reopened", "Incident reopened: ", sentence=True),)

    reason: Words


@dataclass(frozen=True, slots=True)
class Closed(_Fact):
    """Nothing more is to be done."""

    reads = (Reading("closed", "Incident closed", "Incident closed: ", 5),)
    of_time = True


@dataclass(frozen=True, slots=True)
class Withdrawn(_Fact):
    """It was a false alarm: no report is owed, and no figure counts it."""

    reads = (
        Reading(
            "withdrawn",
            "Incident withdrawn as a false alarm",
            "Incident withdrawn: ",
            4,
            sentence=True,
        ),
    )

    reason: Words


@dataclass(frozen=True, slots=True)
class Duplicated(_Fact):
    """It turned out to be incident `of`: no report of its own is owed, and no figure counts it."""

    reads = (
        Reading("duplicate", "A duplicate of another incident", "A duplicate of incident ", 4),
    )

    of: int


@dataclass(frozen=True, slots=True)
class Related(_Fact):
    """It has to do with incident `to`."""

    to: int


@dataclass(frozen=True, slots=True)
class WithdrawalAsked(_Fact):
    """Who leads says that it was a false alarm; whoever declared it is asked whether it was."""

    reason: Words


@dataclass(frozen=True, slots=True)
class WithdrawalRefused(_Fact):
    """Whoever declared it says that it was no false alarm."""


@dataclass(frozen=True, slots=True)
class QuestionAsked(_Fact):
    """The bot asked what somebody's words made likely. `key` says what, as questions.py knows it;
    `of` is whom, None for the channel; `text` is what they said."""

    key: Key
    of: Person | None = None
    text: Words = ""


@dataclass(frozen=True, slots=True)
class QuestionAnswered(_Fact):
    """Who was asked has said yes or no."""

    key: Key
    yes: bool


# --- roles ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoleOfferPlanned(_Fact):
    """The holder of a role will offer it to somebody at `due`."""

    takes_part = True

    role: str
    to: Person
    due: datetime


@dataclass(frozen=True, slots=True)
class RoleOffered(_Fact):
    """The holder of a role offered it to somebody, who has not answered yet."""

    takes_part = True

    role: str
    to: Person


@dataclass(frozen=True, slots=True)
class OfferDeclined(_Fact):
    """Who was offered a role does not take it."""

    takes_part = True

    role: str


@dataclass(frozen=True, slots=True)
class OfferWithdrawn(_Fact):
    """An offer no longer stands. `why` is "withdrawn" or "timeout"."""

    of_time = True

    role: str
    why: str = "withdrawn"


@dataclass(frozen=True, slots=True)
class RoleTaken(_Fact):
    """Somebody holds a role from now on; whoever must make room for them does not.

    `how` is "claimed", "accepted", "named" (by somebody else), "default", or why the one before
    lost it: "gone", "silent".
    """

    role: str
    holder: Person
    how: str = "claimed"


@dataclass(frozen=True, slots=True)
class RoleLeft(_Fact):
    """Somebody no longer holds a role, and nobody took it."""

    reads = (Reading("left", "A role was given up", "No longer in a role: "),)

    role: str
    holder: Person


@dataclass(frozen=True, slots=True)
class HolderLeft(_Fact):
    """Who holds a role, or is offered one, is no longer there.

    `how` is "quit", "part", "kick" or "split".
    """

    reads = (Reading("gone", "Gone", "Gone: "),)

    holder: Person
    how: str


@dataclass(frozen=True, slots=True)
class HolderBack(_Fact):
    """Who holds a role, or is offered one, is there again."""

    holder: Person


@dataclass(frozen=True, slots=True)
class Renamed(_Fact):
    """Somebody who holds a role, or is offered one, goes by another nick.

    `who` is how they were on record; without it, whoever was on record under the old nick.
    """

    old: Nick
    new: Nick
    who: Person | None = None


@dataclass(frozen=True, slots=True)
class Recognised(_Fact):
    """Somebody who has or is offered a role, known by nick only, turns out to have an account."""

    who: Person
    account: Nick


@dataclass(frozen=True, slots=True)
class Confirmed(_Fact):
    """An operator vouched that who has the nick has the account, while no server tells."""

    reads = (Reading("confirmed", "Confirmed", "Confirmed: "),)

    who: Person


@dataclass(frozen=True, slots=True)
class Unconfirmed(_Fact):
    """Nobody vouches for a nick any more: they left, or a server tells their account again."""

    who: Person


@dataclass(frozen=True, slots=True)
class Heard(_Fact):
    """Somebody was heard, without anything to record: the leader after a silence, whoever has a
    role by default or was called for the first time."""


# --- the timeline ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EntryId:
    """Which entry is meant: number `n` of an incident."""

    incident: int
    n: int


@dataclass(frozen=True, slots=True)
class Noted(_Fact):
    """Entry number `n` of the timeline.

    `at` is when it happened if that is not when it was recorded (a late entry, a promoted line),
    `by` and `channel` who said it and where if not the entry's own. One that comes from another
    incident names the entry that it was there, and when that was `recorded`.
    """

    n: NewNote
    text: Words
    at: datetime | None = None
    by: Person | None = None
    channel: str = ""
    origin: EntryId | None = None
    recorded: datetime | None = None


@dataclass(frozen=True, slots=True)
class Continued(_Fact):
    """Entry `n` goes on: `text` stands right behind it, with the blank between them."""

    n: NoteNumber
    text: Words


@dataclass(frozen=True, slots=True)
class Edited(_Fact):
    """Entry `n` was worded anew; what it said before stays."""

    n: NoteNumber
    text: Words


@dataclass(frozen=True, slots=True)
class Retimed(_Fact):
    """Entry `n` tells of another time than was recorded: of `at`."""

    n: NoteNumber
    at: datetime


@dataclass(frozen=True, slots=True)
class Struck(_Fact):
    """Entry `n` was taken out; it can come back."""

    n: NoteNumber


@dataclass(frozen=True, slots=True)
class Restored(_Fact):
    """Entry `n` came back."""

    n: NoteNumber


@dataclass(frozen=True, slots=True)
class Copied(_Fact):
    """Entry `n` stands in another incident as well, or with `moved` instead, as entry `there`.

    `hidden`: nothing of that incident is to be said here.
    """

    n: NoteNumber
    there: EntryId
    moved: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Returned(_Fact):
    """Entry `n`, which was moved to another incident, stands here again."""

    n: NoteNumber


@dataclass(frozen=True, slots=True)
class RedactionAsked(_Fact):
    """Who leads asked that the words of entry `n` go: hidden at once, gone in an hour."""

    n: NoteNumber


@dataclass(frozen=True, slots=True)
class Redacted(_Fact):
    """The words of entry `n` are gone, from the disk too."""

    n: NoteNumber


@dataclass(frozen=True, slots=True)
class Absent(_Fact):
    """We were not in the entry's channel between two times. `recovered` lines came in later."""

    of_time = True

    since: datetime
    until: datetime
    recovered: int = 0


@dataclass(frozen=True, slots=True)
class LogEnded(_Fact):
    """The log that it was imported from ends here: what came of it is not known."""

    of_time = True


# --- telling people -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Notified(_Fact):
    """People were called."""

    nicks: tuple[Nick, ...]
    text: Words = ""


@dataclass(frozen=True, slots=True)
class Updated(_Fact):
    """A status update went to every notified channel.

    `channels` are those it was said or told in; () where that was not recorded: then to all.
    """

    text: Words
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrived(_Fact):
    """What became of update or call number `n`, as the servers tell.

    `what` is "update" or "call". `reached` are the channels or nicks that took it, `refused` those
    that did not, `why` the reason for each of these. Unless `confirmed`, it was sent to those
    reached and not refused; whether it arrived no server said.
    """

    of_time = True

    what: str
    n: int
    reached: tuple[Nick, ...] = ()
    refused: tuple[Nick, ...] = ()
    why: tuple[str, ...] = ()
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Promised(_Fact):
    """The next update was promised, or put off, to `due`, in the entry's channel."""

    takes_part = True

    due: datetime


@dataclass(frozen=True, slots=True)
class Reminded(_Fact):
    """The bot reminded, asked or told something, once more. `key` says what.

    `late` is by how many seconds it came too late (the bot was away).
    """

    of_time = True

    key: Key
    late: int = 0


@dataclass(frozen=True, slots=True)
class Messaged(_Fact):
    """A message for people outside was made from the template `key`."""

    key: str
    text: Words


# --- around the report ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReportPromised(_Fact):
    """Somebody said that a report will follow. `who` writes it; None if nobody said."""

    who: Person | None = None


@dataclass(frozen=True, slots=True)
class ReportDelivered(_Fact):
    """The report is where it belongs. `where` is a URL or "" if nobody said."""

    where: Words = ""


@dataclass(frozen=True, slots=True)
class ActionAdded(_Fact):
    """Follow-up number `n`."""

    n: NewAction
    text: SharedWords
    owner: Nick = ""
    due: str = ""  # an ISO date
    others: tuple[Nick, ...] = ()  # who owns it as well


@dataclass(frozen=True, slots=True)
class ActionDone(_Fact):
    """Follow-up `n` is done. `place` is where its ticket says so, "" if a person does here."""

    takes_part = True

    n: ActionNumber
    place: str = ""


@dataclass(frozen=True, slots=True)
class ActionChanged(_Fact):
    """Follow-up `n` has other owners, another day (an ISO date), or is dropped; None or False for
    what stays. `undone`: its last change is taken back instead; `reopened`: it is to be done after
    all. `place` is as in ActionDone."""

    n: ActionNumber
    owners: tuple[Nick, ...] | None = None
    due: str | None = None
    dropped: bool = False
    undone: bool = False
    reopened: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class ActionTicketed(_Fact):
    """Follow-up `n` has a ticket; at a `place` that made it, "" if a person names it."""

    takes_part = True

    n: ActionNumber
    ticket: SharedWords
    place: str = ""


@dataclass(frozen=True, slots=True)
class WhyAdded(_Fact):
    """The next of the five whys."""

    text: Words


@dataclass(frozen=True, slots=True)
class ProseWritten(_Fact):
    """Something was written into a section of the report, as Markdown.

    It follows what is there, or with `whole` takes its place.
    """

    section: str
    text: Words
    whole: bool = False


@dataclass(frozen=True, slots=True)
class PropsGiven(_Fact):
    """Somebody was praised."""

    nick: Nick
    reason: Words = ""


@dataclass(frozen=True, slots=True)
class Linked(_Fact):
    """A URL that matters. `text` says what it is."""

    url: Words
    text: Words = ""


@dataclass(frozen=True, slots=True)
class Parked(_Fact):
    """A remark kept for the review, out of the timeline."""

    text: Words


@dataclass(frozen=True, slots=True)
class Ticked(_Fact):
    """An item of a checklist, or a prompt, was done."""

    takes_part = True

    key: str


@dataclass(frozen=True, slots=True)
class HypothesisAdded(_Fact):
    """Hypothesis number `n` about the cause."""

    n: NewHypothesis
    text: SharedWords


@dataclass(frozen=True, slots=True)
class HypothesisJudged(_Fact):
    """Hypothesis `n` was proved or disproved."""

    takes_part = True

    n: HypothesisNumber
    proved: bool


@dataclass(frozen=True, slots=True)
class MeetingSet(_Fact):
    """The review meeting is at `at`."""

    takes_part = True

    at: datetime


# --- to the outside -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PublishDue(_Fact):
    """Publication number `n` to a configured place is owed from now on.

    `why` is one of occasions.WHYS, `about` the number of the update or the call that it is
    about, 0 for none.
    `force`: it goes out though nothing changed, and over what somebody edited there.
    """

    of_time = True

    target: str
    n: int
    why: str
    about: int = 0
    force: bool = False


@dataclass(frozen=True, slots=True)
class Published(_Fact):
    """Everything up to publication number `n` is at its place.

    `url` is where people find it, `page` what it is called there, `version` which edition of it.
    `kept` is what somebody had edited, which was left as it is: ours stands beside it. `seen` is
    how many of the incident's changes it shows; with `again` it is to show later ones as well.
    `caveat` completes a sentence that begins with the place's name: what people must know besides.
    `writable`: what people write there is read back.
    """

    of_time = True

    target: str
    n: int
    url: SharedWords = ""
    page: str = ""
    version: str = ""
    kept: SharedWords = ""
    seen: int = 0
    again: bool = False
    caveat: Words = ""
    writable: bool = False


@dataclass(frozen=True, slots=True)
class PublishFailed(_Fact):
    """It did not get there. `why` completes a sentence that begins with the place's name.

    `permanent`: it is not tried again until somebody says so. `after` is for how many seconds the
    place wants to be left alone.
    """

    of_time = True

    target: str
    why: Words
    permanent: bool = False
    after: int = 0


@dataclass(frozen=True, slots=True)
class PublishRetried(_Fact):
    """Somebody had it tried again, at once."""

    of_time = True

    target: str


@dataclass(frozen=True, slots=True)
class PublishDropped(_Fact):
    """Somebody said that what is owed to a place need not go there."""

    of_time = True

    target: str


PublishEvent = PublishDue | Published | PublishFailed | PublishRetried | PublishDropped


# --- keeping out of the record --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Secured(_Fact):
    """It is a security matter: nothing more is recorded here. `lifted`: it is none after all."""

    reads = (
        Reading("security", "A security matter: nothing more is recorded", "A security matter: "),
        Reading("security lifted", "Security lifted", "Security lifted: "),
    )

    lifted: bool = False


@dataclass(frozen=True, slots=True)
class Purged(_Fact):
    """What was captured of it is gone, from the disk too."""


@dataclass(frozen=True, slots=True)
class Forgotten(_Fact):
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
class StrayKept(_Fact):
    """A `TL:` line came while nothing was open; the next declaration is offered it."""

    text: Words
    at: datetime | None = None  # when it happened, if not when it was said


@dataclass(frozen=True, slots=True)
class StraysGiven(_Fact):
    """The kept lines went to an incident (0: they were dropped)."""

    incident: int


@dataclass(frozen=True, slots=True)
class DeclarationHeld(_Fact):
    """A second declaration soon after another was asked about rather than opened."""

    summary: Words
    like: int  # the incident it may be the same as


@dataclass(frozen=True, slots=True)
class ChannelJoined(_Fact):
    """The bot was sent to a channel."""

    channel: str
    network: str = ""
    casemapping: str = ""


@dataclass(frozen=True, slots=True)
class ChannelLeft(_Fact):
    """The bot was sent away from a channel."""

    channel: str
    network: str = ""
    casemapping: str = ""


@dataclass(frozen=True, slots=True)
class TopicKept(_Fact):
    """A channel's own topic, before ours replaced it; `None` once it was put back."""

    of_time = True

    channel: str
    topic: Words | None


@dataclass(frozen=True, slots=True)
class Alerted(_Fact):
    """Group `n` of alerts fires since `since`, as who made the entry tells; its youngest alert
    since `latest`.

    `product` is what it is about. `key` tells the group from all others, `alerts` its alerts from
    all others: digests, which go with the words, since one could try what those were.
    """

    of_time = True

    n: int
    since: datetime
    latest: datetime
    text: Words
    product: SharedWords = ""
    key: str = ""
    alerts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertOver(_Fact):
    """Group `n` of alerts does not fire any more; its youngest alert had begun at `latest`."""

    of_time = True

    n: int
    latest: datetime


@dataclass(frozen=True, slots=True)
class AlertsTold(_Fact):
    """People were told how groups of alerts stand, or the timeline of `incident` has it."""

    of_time = True

    groups: tuple[int, ...]
    incident: int = 0


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
    | QuestionAsked
    | QuestionAnswered
    | RoleOfferPlanned
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
    | Continued
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
    | PublishEvent
    | Secured
    | Purged
    | Forgotten
    | StrayKept
    | StraysGiven
    | DeclarationHeld
    | ChannelJoined
    | ChannelLeft
    | TopicKept
    | Alerted
    | AlertOver
    | AlertsTold
)

# Every kind of milestone that is no role.
READINGS: Mapping[str, Reading] = {
    reading.kind: reading for event in get_args(Event) for reading in event.reads
}


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
