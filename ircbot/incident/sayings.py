"""What a line can mean, one class per meaning. Sayings are imperative; they are not events yet.

Knows nothing of who may say what or of the state of any incident: that is rules/. How each
is heard, and what it is called, is meanings.py.
"""

from __future__ import annotations

from datetime import datetime

from ircbot.values import dataclass


@dataclass(frozen=True, slots=True)
class Declare:
    """Open an incident. `summary` is "" when the line holds none."""

    summary: str = ""
    since: datetime | None = None  # adopt what was said from then on
    drill: bool = False
    product: str = ""
    severity: str = ""
    private: bool = False
    at: datetime | None = None  # when it began, if it is put on record afterwards
    resolved: datetime | None = None  # when it was over, if it is already


@dataclass(frozen=True, slots=True)
class Lead:
    """The speaker is, is now, or takes the role of, incident leader."""


@dataclass(frozen=True, slots=True)
class HandOff:
    """The leader offers the baton to `to`."""

    to: str
    at: str = ""  # from when on, as typed; "" for now


@dataclass(frozen=True, slots=True)
class SetComms:
    """The incident's comms channel is `channel`. `everybody` is asked to go there."""

    channel: str
    everybody: bool = False


@dataclass(frozen=True, slots=True)
class SetVideo:
    """People meet at `where`: a URL, or words ("my Zoom room")."""

    where: str


@dataclass(frozen=True, slots=True)
class Ping:
    """`nicks` are called, for `reason` ("" if none was given)."""

    nicks: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """An entry for the timeline. `incident` is what "TL 2:" names, else None."""

    entry: str
    incident: int | None = None
    at: str = ""  # as typed: "14:55", "-10m"; "" for now
    again: bool = False  # it stands for an entry of the speaker's, which they edited


@dataclass(frozen=True, slots=True)
class Promise:
    """The next update comes within `minutes`, or `at` a time as typed."""

    minutes: int
    at: str = ""


@dataclass(frozen=True, slots=True)
class Resolve:
    """This incident is resolved. `text` is what was said about how, "" if nothing."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class PromiseReport:
    """A report will follow."""


@dataclass(frozen=True, slots=True)
class WriteReport:
    """`nick` ("" for the speaker) writes the report."""

    nick: str = ""


@dataclass(frozen=True, slots=True)
class TakeRole:
    """`nick` ("" for the speaker) holds `role` (a key of the process's roles, never "lead")."""

    role: str
    nick: str = ""


@dataclass(frozen=True, slots=True)
class SetSeverity:
    """The incident's severity is `severity` (a key of the process's severities)."""

    severity: str


# --- what counts only where an incident is open, or was a moment ago ---------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """The speaker answers an offer or a question with yes or no."""

    yes: bool


@dataclass(frozen=True, slots=True)
class Volunteer:
    """The speaker takes the role that the bot just asked the channel to fill."""


@dataclass(frozen=True, slots=True)
class StepDown:
    """The leader gives up the lead. `leaving`: they say good-bye."""

    leaving: bool = False


@dataclass(frozen=True, slots=True)
class PostUpdate:
    """A status update in ordinary words."""

    text: str


@dataclass(frozen=True, slots=True)
class SetImpact:
    """Who is affected and how."""

    text: str


@dataclass(frozen=True, slots=True)
class GiveCause:
    """Why it is, or was, an incident."""

    text: str


@dataclass(frozen=True, slots=True)
class Mitigate:
    """The impact has ended."""


@dataclass(frozen=True, slots=True)
class SeemsOver:
    """Something works again, so that it may be over. `text` is the line."""

    text: str


@dataclass(frozen=True, slots=True)
class SeemsBack:
    """It may not have been over. `text` is the line."""

    text: str


@dataclass(frozen=True, slots=True)
class SeemsFalse:
    """It may have been a false alarm. `text` is the line."""

    text: str


@dataclass(frozen=True, slots=True)
class Guess:
    """A hypothesis about the cause."""

    text: str


@dataclass(frozen=True, slots=True)
class Praise:
    """`nick` is praised, for `reason` ("" if none was given)."""

    nick: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Something to do once it is over."""

    text: str


@dataclass(frozen=True, slots=True)
class AddLink:
    """A relevant URL, and what it is."""

    url: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class SaidMessage:
    """The people outside for whom the process has message `key` were told."""

    key: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Inquire:
    """A question: `about` is "lead" or "status"."""

    about: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command: `!inc NAME ARGUMENTS`. rules/orders.py parses it further.

    `incident` is the number in `@2`. `addressed`: the bot itself was addressed, by nick, by prefix
    or in private, rather than by one of the words that people know from other bots (#info, !log).
    """

    name: str
    arguments: str = ""
    incident: int | None = None
    addressed: bool = True


Saying = (
    Declare
    | Lead
    | HandOff
    | SetComms
    | SetVideo
    | Ping
    | Record
    | Promise
    | Resolve
    | PromiseReport
    | WriteReport
    | TakeRole
    | SetSeverity
    | Answer
    | Volunteer
    | StepDown
    | PostUpdate
    | SetImpact
    | GiveCause
    | Mitigate
    | SeemsOver
    | SeemsBack
    | SeemsFalse
    | Guess
    | Praise
    | FollowUp
    | AddLink
    | SaidMessage
    | Inquire
    | Command
)
