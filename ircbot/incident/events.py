"""What can happen: one class per fact, in the past tense. Entry is one row of the journal.

Facts only: state/evolve.py says what they change, rules/ and reminders.py what leads to them. A
class or a field keeps its name once released, because stores hold it; a new field needs a default.
A field that holds people's words, a name or an entry's number says so in its type (marks.py):
erasing and importing rely on that.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, get_args

from ircbot.incident.line import Source
from ircbot.incident.marks import (
    ActionNumber,
    HypothesisNumber,
    NamedKey,
    NewAction,
    NewHypothesis,
    NewNote,
    Nick,
    NoteNumber,
    SharedWords,
    Words,
)
from ircbot.incident.people import Person
from ircbot.values import dataclass


@dataclass(frozen=True, slots=True)
class MilestoneText:
    """How a milestone of a kind reads in a timeline: `alone` without a text, `before` in front of
    one.

    `rank` orders milestones of the same time: the beginning of an incident first, its end last.
    `sentence`: its text may also stand in an entry.
    """

    kind: str
    alone: str
    before: str
    rank: int = 3
    sentence: bool = False


class _EventTraits:
    """Class attributes of an event that differ from the usual."""

    __slots__ = ()

    # The milestones of the timeline that it can make; the first one unless state/ says which.
    reads: ClassVar[tuple[MilestoneText, ...]] = ()
    # Whoever says it while the incident is open takes part, as who writes an entry does.
    takes_part: ClassVar[bool] = False
    # It comes of time alone, or of the network, so that nobody's words led to it.
    of_time: ClassVar[bool] = False


# --- the incident itself --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Declared(_EventTraits):
    """An incident was opened, in the entry's channel."""

    reads = (
        MilestoneText("declared", "Incident declared", "Incident declared: ", 2, sentence=True),
    )

    summary: SharedWords
    process: str
    drill: bool = False
    product: SharedWords = ""
    network: str = ""
    private: bool = False  # not announced beyond its channel, nor shown to outsiders
    casemapping: str = ""  # how names are compared there, as its server says; "" is RFC 1459's
    since: datetime | None = None  # from when on it was one, if it is put on record afterwards


@dataclass(frozen=True, slots=True)
class Summarised(_EventTraits):
    """The summary was set. `product` is the product it turns out to be about, "" for no change."""

    takes_part = True

    summary: SharedWords
    product: SharedWords = ""


@dataclass(frozen=True, slots=True)
class ProductSet(_EventTraits):
    """The product was corrected."""

    takes_part = True

    product: SharedWords


@dataclass(frozen=True, slots=True)
class ImpactSet(_EventTraits):
    """Somebody said who is affected and how."""

    impact: SharedWords


@dataclass(frozen=True, slots=True)
class SeveritySet(_EventTraits):
    """The severity was set."""

    reads = (MilestoneText("severity", "The severity was withdrawn", "Severity: "),)
    takes_part = True

    severity: SharedWords


@dataclass(frozen=True, slots=True)
class StatusSet(_EventTraits):
    """The incident reached one of the process's statuses."""

    reads = (MilestoneText("status", "The status was withdrawn", "Status: "),)
    takes_part = True

    status: str


@dataclass(frozen=True, slots=True)
class CommsSet(_EventTraits):
    """The comms channel was named."""

    reads = (MilestoneText("comms", "The comms channel was named", "Updates are posted in "),)
    takes_part = True

    channel: str


@dataclass(frozen=True, slots=True)
class VideoSet(_EventTraits):
    """The place where people meet was named."""

    reads = (MilestoneText("video", "A video meeting was named", "People meet at: "),)
    takes_part = True

    where: SharedWords


@dataclass(frozen=True, slots=True)
class MilestoneSet(_EventTraits):
    """Somebody said when it started, was detected, was mitigated …; None for "unknown
    after all".
    """

    reads = (
        MilestoneText("started", "It began", "It began: ", 0),
        MilestoneText("detected", "It was detected", "It was detected: ", 1),
        MilestoneText("mitigated", "The impact was mitigated", "The impact was mitigated: "),
    )
    takes_part = True

    name: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ChangeUndone(_EventTraits):
    """Change `n` of the header was undone: the fact has its former value again."""

    reads = (MilestoneText("changed", "A fact was corrected", "Corrected: "),)

    n: int


@dataclass(frozen=True, slots=True)
class Resolved(_EventTraits):
    """Somebody said that it is resolved; `at` is since when, if not since that moment."""

    reads = (
        MilestoneText("resolved", "Incident resolved", "Incident resolved: ", 4, sentence=True),
    )

    text: Words = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reopened(_EventTraits):
    """The incident was not resolved after all."""

    reads = (MilestoneText("reopened", "Incident reopened", "Incident reopened: ", sentence=True),)

    reason: Words


@dataclass(frozen=True, slots=True)
class Closed(_EventTraits):
    """Nothing is left to be done."""

    reads = (MilestoneText("closed", "Incident closed", "Incident closed: ", 5),)
    of_time = True


@dataclass(frozen=True, slots=True)
class Withdrawn(_EventTraits):
    """It was a false alarm: no report is owed, and statistics leave it out."""

    reads = (
        MilestoneText(
            "withdrawn",
            "Incident withdrawn as a false alarm",
            "Incident withdrawn: ",
            4,
            sentence=True,
        ),
    )

    reason: Words


@dataclass(frozen=True, slots=True)
class Duplicated(_EventTraits):
    """It turned out to be the same as incident `of`: it has no report of its own, and statistics
    leave it out.
    """

    reads = (
        MilestoneText(
            "duplicate", "A duplicate of another incident", "A duplicate of incident ", 4
        ),
    )

    of: int


@dataclass(frozen=True, slots=True)
class Related(_EventTraits):
    """It is related to incident `to`."""

    to: int


@dataclass(frozen=True, slots=True)
class WithdrawalAsked(_EventTraits):
    """The leader says that it was a false alarm; the person who declared it is asked to confirm."""

    reason: Words


@dataclass(frozen=True, slots=True)
class WithdrawalRefused(_EventTraits):
    """The person who declared it says that it was no false alarm."""


@dataclass(frozen=True, slots=True)
class QuestionAsked(_EventTraits):
    """The bot asked about something that somebody's words made likely. `key` identifies the
    question (questions.py); `of` is who was asked, None for the channel; `text` is what they said.
    """

    key: NamedKey
    of: Person | None = None
    text: Words = ""


@dataclass(frozen=True, slots=True)
class QuestionAnswered(_EventTraits):
    """The person who was asked said yes or no."""

    key: NamedKey
    yes: bool


# --- roles ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoleOfferPlanned(_EventTraits):
    """A role's holder will offer it to somebody at `due`."""

    takes_part = True

    role: str
    to: Person
    due: datetime


@dataclass(frozen=True, slots=True)
class RoleOffered(_EventTraits):
    """A role's holder offered it to somebody, who has not answered yet."""

    takes_part = True

    role: str
    to: Person


@dataclass(frozen=True, slots=True)
class OfferDeclined(_EventTraits):
    """The person who was offered a role does not take it."""

    takes_part = True

    role: str


@dataclass(frozen=True, slots=True)
class OfferWithdrawn(_EventTraits):
    """An offer no longer stands. `why` is "withdrawn" or "timeout"."""

    of_time = True

    role: str
    why: str = "withdrawn"


@dataclass(frozen=True, slots=True)
class RoleTaken(_EventTraits):
    """Somebody holds a role from now on. The lead's former term ends with it; if another role is
    full, a RoleLeft precedes it.

    `how` is "claimed", "accepted", "named" (by somebody else) or "default"; or it is "gone" or
    "silent", the reason why the former holder lost the role.
    """

    role: str
    holder: Person
    how: str = "claimed"


@dataclass(frozen=True, slots=True)
class RoleLeft(_EventTraits):
    """Somebody gave up a role, and nobody took it."""

    reads = (MilestoneText("left", "A role was given up", "No longer in a role: "),)

    role: str
    holder: Person


@dataclass(frozen=True, slots=True)
class HolderLeft(_EventTraits):
    """Somebody who holds or is offered a role is no longer there.

    `how` is "quit", "part", "kick" or "split".
    """

    reads = (MilestoneText("gone", "Gone", "Gone: "),)

    holder: Person
    how: str


@dataclass(frozen=True, slots=True)
class HolderBack(_EventTraits):
    """Somebody who holds or is offered a role is there again."""

    holder: Person


@dataclass(frozen=True, slots=True)
class Renamed(_EventTraits):
    """Somebody who holds or is offered a role changed their nick.

    `who` is the person as they were on record; without it, whoever was on record under the old
    nick.
    """

    old: Nick
    new: Nick
    who: Person | None = None


@dataclass(frozen=True, slots=True)
class Recognised(_EventTraits):
    """Somebody who was known by nick only turns out to have an account."""

    who: Person
    account: Nick


@dataclass(frozen=True, slots=True)
class Confirmed(_EventTraits):
    """An operator vouched that a nick belongs to an account, while no server says so."""

    reads = (MilestoneText("confirmed", "Confirmed", "Confirmed: "),)

    who: Person


@dataclass(frozen=True, slots=True)
class Unconfirmed(_EventTraits):
    """The confirmation of a nick ended: its owner left, or the server names accounts again."""

    who: Person


@dataclass(frozen=True, slots=True)
class Heard(_EventTraits):
    """Somebody was heard without anything to record: the leader after a silence, or somebody who
    has a role by default or was called, for the first time.
    """


# --- the timeline ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EntryId:
    """Identifies an entry: number `n` of an incident."""

    incident: int
    n: int


@dataclass(frozen=True, slots=True)
class Noted(_EventTraits):
    """Entry number `n` of the timeline.

    `at` is when it happened, if that is not when it was recorded (a late entry, a promoted line);
    `by` and `channel` are its author and channel, if not the entry's own. An entry that came from
    another incident names its origin, and when it was `recorded` there.
    """

    n: NewNote
    text: Words
    at: datetime | None = None
    by: Person | None = None
    channel: str = ""
    origin: EntryId | None = None
    recorded: datetime | None = None


@dataclass(frozen=True, slots=True)
class Continued(_EventTraits):
    """Entry `n` goes on: `text` follows it directly and includes the blank between them."""

    n: NoteNumber
    text: Words


@dataclass(frozen=True, slots=True)
class Edited(_EventTraits):
    """Entry `n` was reworded; the former wording is kept."""

    n: NoteNumber
    text: Words


@dataclass(frozen=True, slots=True)
class Retimed(_EventTraits):
    """Entry `n` happened at `at`, not when was recorded before."""

    n: NoteNumber
    at: datetime


@dataclass(frozen=True, slots=True)
class Struck(_EventTraits):
    """Entry `n` was taken out; it can be restored."""

    n: NoteNumber


@dataclass(frozen=True, slots=True)
class Restored(_EventTraits):
    """Entry `n` was put back."""

    n: NoteNumber


@dataclass(frozen=True, slots=True)
class Copied(_EventTraits):
    """Entry `n` also stands in another incident, as entry `there`; with `moved`, only there.

    `hidden`: nothing of the other incident may be said here.
    """

    n: NoteNumber
    there: EntryId
    moved: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Returned(_EventTraits):
    """Entry `n`, which was moved to another incident, was moved back."""

    n: NoteNumber


@dataclass(frozen=True, slots=True)
class RedactionAsked(_EventTraits):
    """The leader asked that the words of entry `n` be removed: they are hidden at once, and erased
    in an hour.
    """

    n: NoteNumber


@dataclass(frozen=True, slots=True)
class Redacted(_EventTraits):
    """The words of entry `n` were removed, from the disk too."""

    n: NoteNumber


@dataclass(frozen=True, slots=True)
class Absent(_EventTraits):
    """The bot was not in the entry's channel for a while. `recovered` lines came in later."""

    of_time = True

    since: datetime
    until: datetime
    recovered: int = 0


@dataclass(frozen=True, slots=True)
class LogEnded(_EventTraits):
    """The log that it was imported from ends here; what happened later is unknown."""

    of_time = True


# --- telling people -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Notified(_EventTraits):
    """People were called."""

    nicks: tuple[Nick, ...]
    text: Words = ""


@dataclass(frozen=True, slots=True)
class Updated(_EventTraits):
    """A status update went to every notified channel.

    `channels` are those it was said or told in; () where that was not recorded: then to all.
    """

    text: Words
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrived(_EventTraits):
    """Where update or call number `n` arrived, as far as the servers say.

    `what` is "update" or "call". `reached` are the channels or nicks that received it, `refused`
    those that did not, `why` the reason for each of these. Unless `confirmed`, it was sent to those
    in `reached` and not refused, but no server confirmed that it arrived.
    """

    of_time = True

    what: str
    n: int
    reached: tuple[Nick, ...] = ()
    refused: tuple[Nick, ...] = ()
    why: tuple[str, ...] = ()
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Promised(_EventTraits):
    """The next update was promised for, or postponed to, `due`, in the entry's channel."""

    takes_part = True

    due: datetime


@dataclass(frozen=True, slots=True)
class Reminded(_EventTraits):
    """The bot gave a reminder. `key` identifies it.

    `late` is how many seconds late it was (the bot was away).
    """

    of_time = True

    key: NamedKey
    late: int = 0


@dataclass(frozen=True, slots=True)
class Messaged(_EventTraits):
    """A message for people outside was made from the template `key`."""

    key: str
    text: Words


# --- around the report ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReportPromised(_EventTraits):
    """Somebody said that a report will follow. `who` writes it; None if nobody was named."""

    who: Person | None = None


@dataclass(frozen=True, slots=True)
class ReportDelivered(_EventTraits):
    """The report is where it belongs. `where` is a URL, "" if none was given."""

    where: Words = ""


@dataclass(frozen=True, slots=True)
class ActionAdded(_EventTraits):
    """Follow-up number `n`."""

    n: NewAction
    text: SharedWords
    owner: Nick = ""
    due: str = ""  # an ISO date
    others: tuple[Nick, ...] = ()  # who owns it as well


@dataclass(frozen=True, slots=True)
class ActionDone(_EventTraits):
    """Follow-up `n` is done. `place` is the place whose ticket was closed, "" if a person said so
    here.
    """

    takes_part = True

    n: ActionNumber
    place: str = ""


@dataclass(frozen=True, slots=True)
class ActionChanged(_EventTraits):
    """Follow-up `n` was assigned, given another day (an ISO date) or dropped; None or False leaves
    a value as it was. `undone`: its last change is undone instead; `reopened`: it is to be done
    after all. `place` is as in ActionDone.
    """

    n: ActionNumber
    owners: tuple[Nick, ...] | None = None
    due: str | None = None
    dropped: bool = False
    undone: bool = False
    reopened: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class ActionTicketed(_EventTraits):
    """Follow-up `n` has a ticket. `place` is the place that made it, "" if a person named it."""

    takes_part = True

    n: ActionNumber
    ticket: SharedWords
    place: str = ""


@dataclass(frozen=True, slots=True)
class WhyAdded(_EventTraits):
    """The next of the five whys."""

    text: Words


@dataclass(frozen=True, slots=True)
class ProseWritten(_EventTraits):
    """Text was written into a section of the report, as Markdown.

    It is added to what is there, or replaces it with `whole`.
    """

    section: str
    text: Words
    whole: bool = False


@dataclass(frozen=True, slots=True)
class PropsGiven(_EventTraits):
    """Somebody was praised."""

    nick: Nick
    reason: Words = ""


@dataclass(frozen=True, slots=True)
class Linked(_EventTraits):
    """A relevant URL. `text` says what it is."""

    url: Words
    text: Words = ""


@dataclass(frozen=True, slots=True)
class Parked(_EventTraits):
    """A remark for the review, kept out of the timeline."""

    text: Words


@dataclass(frozen=True, slots=True)
class Ticked(_EventTraits):
    """An item of a checklist, or a prompt, was ticked off."""

    takes_part = True

    key: str


@dataclass(frozen=True, slots=True)
class HypothesisAdded(_EventTraits):
    """Hypothesis number `n` about the cause."""

    n: NewHypothesis
    text: SharedWords


@dataclass(frozen=True, slots=True)
class HypothesisJudged(_EventTraits):
    """Hypothesis `n` was proved or disproved."""

    takes_part = True

    n: HypothesisNumber
    proved: bool


@dataclass(frozen=True, slots=True)
class MeetingSet(_EventTraits):
    """The review meeting is at `at`."""

    takes_part = True

    at: datetime


# --- to the outside -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PublishDue(_EventTraits):
    """Publication number `n` to a configured place is owed.

    `why` is one of occasions.WHYS, `about` the number of the update or call that caused it, 0 for
    none. `force`: publish even if nothing changed, and overwrite what somebody edited there.
    """

    of_time = True

    target: str
    n: int
    why: str
    about: int = 0
    force: bool = False


@dataclass(frozen=True, slots=True)
class Published(_EventTraits):
    """Everything up to publication number `n` has arrived at its place.

    `url` is for people, `page` is the place's own identifier, `version` the place's version of the
    page. `kept` names what somebody had edited and was left alone: ours stands beside it. `seen` is
    how many of the incident's changes it shows; with `again` it must be updated after later ones.
    `caveat` completes a sentence that begins with the place's name. `writable`: what people write
    there is read back.
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
class PublishFailed(_EventTraits):
    """A publication failed. `why` completes a sentence that begins with the place's name.

    `permanent`: it is not tried again until somebody asks for it. `after` is how many seconds the
    place asks us to wait.
    """

    of_time = True

    target: str
    why: Words
    permanent: bool = False
    after: int = 0


@dataclass(frozen=True, slots=True)
class PublishRetried(_EventTraits):
    """Somebody asked for another attempt at once."""

    of_time = True

    target: str


@dataclass(frozen=True, slots=True)
class PublishDropped(_EventTraits):
    """Somebody said that what is owed to a place need not be published."""

    of_time = True

    target: str


PublishEvent = PublishDue | Published | PublishFailed | PublishRetried | PublishDropped


# --- keeping out of the record --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Secured(_EventTraits):
    """It is a security matter: nothing more is recorded here. `lifted`: it is not one after all."""

    reads = (
        MilestoneText(
            "security", "A security matter: nothing more is recorded", "A security matter: "
        ),
        MilestoneText("security lifted", "Security lifted", "Security lifted: "),
    )

    lifted: bool = False


@dataclass(frozen=True, slots=True)
class Purged(_EventTraits):
    """Everything captured of it was erased, from the disk too."""


@dataclass(frozen=True, slots=True)
class Forgotten(_EventTraits):
    """What `nick` wrote was erased, from the disk too; `token` replaces their name, here as well.

    `account` is theirs, "" for none; None, in older stores, means whoever had the nick. `shared`:
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
class StrayKept(_EventTraits):
    """A `TL:` line came while nothing was open; it is offered to the next declaration."""

    text: Words
    at: datetime | None = None  # when it happened, if not when it was said


@dataclass(frozen=True, slots=True)
class StraysGiven(_EventTraits):
    """The kept lines went to an incident, or were dropped (0)."""

    incident: int


@dataclass(frozen=True, slots=True)
class DeclarationHeld(_EventTraits):
    """A second declaration soon after another was not opened; its author was asked about it."""

    summary: Words
    like: int  # the incident it may be the same as


@dataclass(frozen=True, slots=True)
class ChannelJoined(_EventTraits):
    """The bot was invited into a channel."""

    channel: str
    network: str = ""
    casemapping: str = ""


@dataclass(frozen=True, slots=True)
class ChannelLeft(_EventTraits):
    """The bot was sent out of a channel."""

    channel: str
    network: str = ""
    casemapping: str = ""


@dataclass(frozen=True, slots=True)
class TopicKept(_EventTraits):
    """A channel's own topic, kept when ours replaced it; `None` once it was restored."""

    of_time = True

    channel: str
    topic: Words | None


@dataclass(frozen=True, slots=True)
class Alerted(_EventTraits):
    """Group `n` of alerts is firing since `since`, its youngest alert since `latest`, as the author
    of the entry reports.

    `product` is what it is about. `key` identifies the group and `alerts` its alerts; they are
    digests, and are erased with the words, since one could test guesses against them.
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
class AlertOver(_EventTraits):
    """Group `n` of alerts is no longer firing; its youngest alert had begun at `latest`."""

    of_time = True

    n: int
    latest: datetime


@dataclass(frozen=True, slots=True)
class AlertsTold(_EventTraits):
    """People were told the state of groups of alerts, or it was put into the timeline of
    `incident`.
    """

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
READINGS: Mapping[str, MilestoneText] = {
    reading.kind: reading for event in get_args(Event) for reading in event.reads
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the journal: what happened, to which incident, when, where and by whom.

    `incident` is 0 for what belongs to none. `at` is aware and UTC: the time of the line, or of the
    tick that caused it. `said` is the fingerprint of its line ("" if no line caused it): it shows
    whether a line that is imported or recovered was heard before.
    """

    incident: int
    at: datetime
    by: Person
    event: Event
    channel: str = ""
    source: Source = Source.LIVE
    said: str = ""
    msgid: str = ""
