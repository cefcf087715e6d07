"""An organisation's process as data: roles, clocks, words, prompts, and references to its guide.

Values only. ircbot/processes reads and checks process files; pattern.py and recognise.py use the
phrases to find meanings in a line.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field
from datetime import timedelta

from ircbot.incident.language import Language
from ircbot.incident.times import NEVER, NO_WORDS, Deadline
from ircbot.values import dataclass


@dataclass(frozen=True, slots=True)
class Role:
    """A role of the process. The role `lead` leads the incident, whatever the guide calls it."""

    key: str
    title: str  # "incident leader"
    short: str = ""  # "IL"; "" where people use no abbreviation
    words: tuple[str, ...] = ()  # how people name it in a sentence, longest first
    holders: int = 1  # at most; 0 for any number
    acknowledged: bool = True  # released only when the successor has acknowledged
    # Who holds it until somebody takes it: the first that applies of "declarer", "role:KEY"
    # (whoever holds that role) and "on_call:KEY".
    default: tuple[str, ...] = ()
    exclusive: tuple[str, ...] = ()  # roles that the same person cannot hold at once
    guide: str = ""  # the guide's section

    @property
    def name(self) -> str:
        """What the bot calls the role: the abbreviation where there is one."""
        return self.short or self.title


@dataclass(frozen=True, slots=True)
class Severity:
    """A severity. `update_every` and `report_due` override the process's values; None
    leaves them.
    """

    key: str
    title: str = ""
    update_every: timedelta | None = None
    report_due: Deadline | None = None  # for an incident that was never more severe than this
    announcement: bool = False  # needs a public post
    guide: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """A status of an incident, in the process's own words.

    `when` is the moment at which it begins by itself, one of stages.MOMENTS; "" if only `stage
    KEY` sets it. If a status begins with "mitigated" or "resolved", `stage` with its key mitigates
    or resolves the incident.
    """

    key: str
    title: str = ""
    when: str = ""
    guide: str = ""

    @property
    def name(self) -> str:
        """What the bot calls the status."""
        return self.title or self.key


@dataclass(frozen=True, slots=True)
class Phrase:
    """The ways to say one thing. `patterns` are in the phrase language of pattern.py."""

    meaning: str  # one of meanings.SPOKEN
    patterns: tuple[str, ...]
    examples: tuple[str, ...] = ()  # lines that it must understand
    unlike: tuple[str, ...] = ()  # similar lines that must not mean this
    role: str = ""  # for meaning "role"
    severity: str = ""  # for meaning "severity", if the pattern does not capture it
    message: str = ""  # for meaning "message": which of the process's messages was sent
    situated: bool = False  # its meaning counts only in some situations
    by_few: bool = False  # only few people are in these
    of_few: bool = False  # tested on few lines only, so it need not contain a rare word


@dataclass(frozen=True, slots=True)
class Updates:
    """How often an update is due, and how the leader is reminded of it."""

    every: timedelta = timedelta(minutes=30)
    warn_before: timedelta = timedelta(minutes=5)
    # Reminders of an overdue update: one after each of these intervals, then no more.
    again_after: tuple[timedelta, ...] = (
        timedelta(minutes=10),
        timedelta(minutes=20),
        timedelta(minutes=40),
    )
    others_after: int = 2  # overdue reminders unanswered before the notified people are asked
    guide: str = ""


@dataclass(frozen=True, slots=True)
class Baton:
    """How the lead passes from one person to another."""

    confirm_after: timedelta = timedelta(minutes=5)  # whoever was offered it is reminded
    withdraw_after: timedelta = timedelta(minutes=15)  # an offer not accepted is withdrawn
    split_heals_within: timedelta = timedelta(minutes=5)
    silent_after: timedelta = timedelta(minutes=90)  # a silent leader's baton may be claimed
    break_after: timedelta = timedelta(hours=2)  # a break is suggested
    guide: str = ""


@dataclass(frozen=True, slots=True)
class SectionWish:
    """A section of the report that this process changes or adds."""

    key: str
    title: str = ""  # its heading; required for a new section
    hint: str = ""  # what people are asked to write there
    after: str = ""  # the section that it follows; "" for its usual place, or the last
    drop: bool = False  # leave it out


@dataclass(frozen=True, slots=True)
class ReportDuty:
    """The report that is owed after the resolution."""

    due: Deadline = Deadline(48)
    remind_at: tuple[timedelta, ...] = (timedelta(hours=24), timedelta(hours=4))  # before due
    overdue_every: timedelta = timedelta(hours=24)
    overdue_times: int = 5
    words: str = "incident report"
    by: str = "lead"  # the role that owes it
    severities: tuple[str, ...] = ()  # owed if the worst severity is one of these; () for all
    sections: tuple[SectionWish, ...] = ()
    guide: str = ""


@dataclass(frozen=True, slots=True)
class Meeting:
    """The review meeting, which `meeting TIME` sets."""

    words: str = "review meeting"
    length: timedelta = timedelta(hours=1)
    invite: tuple[str, ...] = ()  # besides everybody who took part
    remind_before: timedelta = timedelta(minutes=15)
    due: Deadline | None = None  # how long after the end it must begin; None for any time
    by: str = ""  # the role that must set it, "" for whoever owes the report
    severities: tuple[str, ...] = ()  # owed if the worst severity is one of these; () for all
    guide: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text that the bot says by itself at some moment.

    `when` is one of stages.MOMENTS, or "said": somebody says one of `said`. `after` is the delay
    after the moment, `every` the interval between the `times`. Any one of `until` ends it; whatever
    `again` names starts it again. prompts.is_met says what both may name.

    `to` lists recipients, of which the first who is available is addressed: a role's key (in the
    incident's channel, with the nicks of its holders in front), "private:ROLE", "on_call" (whoever
    is on call according to `on_call`; they then count as called), or "channel" for nobody in
    particular. With `everywhere` it goes to all notified channels. The text may use the places of
    prompts.PLACES, and every role's key.
    """

    key: str
    text: str
    when: str
    to: tuple[str, ...] = ("channel",)
    everywhere: bool = False
    after: timedelta = timedelta(0)
    every: timedelta = timedelta(0)
    said: tuple[str, ...] = ()
    until: tuple[str, ...] = ()
    again: str = ""
    times: int = 1
    at: tuple[str, ...] = ()  # only at these times of day ("17:00"), in the configured zone
    per_person: bool = False  # for "said": `times` counts for each person
    severities: tuple[str, ...] = ()  # only for these; () for all
    on_call: tuple[str, ...] = ()  # the on-call names whose nicks {duty} shows
    guide: str = ""


@dataclass(frozen=True, slots=True)
class Checklist:
    """Things worth doing, ticked off with `done KEY`."""

    key: str
    title: str
    items: Mapping[str, str] = field(default_factory=dict)
    guide: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A template for people outside; all its places, such as `{NAME}`, must be filled."""

    key: str
    text: str
    also: Mapping[str, str] = field(default_factory=dict)  # another name of a place → the place
    guide: str = ""


@dataclass(frozen=True, slots=True)
class Audience:
    """People who must hear how things stand at intervals of their own, while an incident is open.

    `message KEY TEXT` with its own key counts as telling them, and so does everything that `told`
    names, as in a prompt's `again`.
    """

    key: str
    every: timedelta
    title: str = ""  # what they are called; "" for the key
    by: tuple[str, ...] = ("lead",)  # the roles responsible, in order of preference
    told: tuple[str, ...] = ()  # what else counts as telling them: message:KEY, link:WORD, update …
    at: Mapping[str, timedelta] = field(default_factory=dict)  # severity → another `every`
    severities: tuple[str, ...] = ()  # only at these; () for all
    channels: tuple[str, ...] = ()  # where the bot says the text of `message KEY TEXT`
    guide: str = ""

    @property
    def name(self) -> str:
        """What the bot calls the audience."""
        return self.title or self.key

    @property
    def ways(self) -> tuple[str, ...]:
        """Everything that counts as telling them how things stand."""
        return (*self.told, f"message:{self.key}")


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the process that a review checks.

    `measure` is one of review.MEASURES, `limit` its bound (minutes, or a number; 0 for the
    process's own or none), `name` what it checks for: a role's key, or anything that prompts.is_met
    names.
    """

    key: str
    title: str
    measure: str
    limit: float = 0
    name: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()  # checked only at these; () for all
    guide: str = ""


# Compared by identity: a process is read once, and is the key of the caches of its phrases.
@dataclass(frozen=True, slots=True, eq=False)
class Process:
    """One organisation's way to run an incident."""

    name: str
    title: str = ""
    organisation: str = ""
    source: str = ""  # where the guide is
    channels: tuple[str, ...] = ()  # where incidents are announced
    roles: Mapping[str, Role] = field(default_factory=dict)
    severities: Mapping[str, Severity] = field(default_factory=dict)  # the worst first
    assumed_severity: str = ""  # the severity that applies until it is known
    statuses: Mapping[str, Status] = field(default_factory=dict)  # in order
    phrases: tuple[Phrase, ...] = ()
    media: tuple[str, ...] = ()  # services that people meet on; [words] media in the file
    language: Language = NO_WORDS  # the other words of [words]
    updates: Updates = Updates()
    baton: Baton = Baton()
    report: ReportDuty = ReportDuty()
    meeting: Meeting | None = None  # None if the process has no review meeting
    # The bot closes an incident this long after the resolution or the last message sent after it,
    # or as soon as one of `close_when` has happened, but never before all of `close_needs` have.
    close_after: Deadline | None = None
    close_when: tuple[str, ...] = ("confirmed",)
    close_needs: tuple[str, ...] = ("report",)
    prompts: tuple[Prompt, ...] = ()
    checklists: tuple[Checklist, ...] = ()
    messages: Mapping[str, Message] = field(default_factory=dict)
    audiences: tuple[Audience, ...] = ()  # other people who must be kept informed, and how often
    questions: tuple[str, ...] = ()  # for the review
    steps: tuple[Step, ...] = ()
    criteria: tuple[str, ...] = ()  # what counts as an incident
    tips: tuple[str, ...] = ()
    welcome: str = ""  # said to whoever joins while an incident is open
    announce_video: bool = False  # whether the notified channels are told where people meet
    replies: Mapping[str, str] = field(default_factory=dict)  # wording of its own, see words.py
    # All other text that people read, by the English text; `{}` for what varies: "{} minutes".
    texts: Mapping[str, str] = field(default_factory=dict)
    security_off_irc: bool = False  # security incidents are not discussed on IRC
    security_words: tuple[str, ...] = ()
    security_channel: str = ""  # the only channel where they may be discussed, if any
    secure_way: str = ""
    guide: Mapping[str, str] = field(default_factory=dict)  # other rules → section of the guide

    @property
    def lead(self) -> Role:
        """The role that leads."""
        return self.roles["lead"]

    def gravity(self, severity: str) -> int | None:
        """The place of a severity among the process's own, 0 is the gravest; None for others."""
        places = (place for place, key in enumerate(self.severities) if key == severity)
        return next(places, None)

    def update_every(self, severity: str) -> timedelta:
        """The interval between updates at a severity, "" for an unknown one."""
        known = self.severities.get(severity or self.assumed_severity)
        return (known and known.update_every) or self.updates.every

    def tell_every(self, audience: Audience, severity: str) -> timedelta:
        """The interval at which an audience must hear how things stand, NEVER if it need not."""
        if not self.is_for(audience.severities, severity):
            return NEVER
        return audience.at.get(severity or self.assumed_severity, audience.every)

    def is_for(self, severities: Collection[str], severity: str) -> bool:
        """Whether something limited to these severities (() for all) applies to this one ("" if
        unknown).
        """
        return not severities or (severity or self.assumed_severity) in severities

    def report_due(self, severity: str) -> Deadline | None:
        """The time allowed for the report, by the incident's worst severity; None if no report is
        owed.
        """
        known = self.severities.get(severity or self.assumed_severity)
        due = (known and known.report_due) or self.report.due
        owed = due.unit != "never" and self.is_for(self.report.severities, severity)
        return due if owed else None

    @property
    def meeting_words(self) -> str:
        """What the review meeting is called."""
        return (self.meeting or Meeting()).words

    def meeting_owed(self, severity: str) -> Meeting | None:
        """The review meeting that such an incident requires, None if it requires none."""
        meeting = self.meeting
        return meeting if meeting and self.is_for(meeting.severities, severity) else None
