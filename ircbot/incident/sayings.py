"""What a line can mean, one class per meaning. Sayings are imperative; they are not events yet.

Knows nothing of who may say what or of the state of any incident: that is rules/. How each
is heard, and what it is called, is meanings.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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


@dataclass(frozen=True, slots=True)
class SetComms:
    """The incident's comms channel is `channel`."""

    channel: str


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
    """The next update comes within `minutes`."""

    minutes: int


@dataclass(frozen=True, slots=True)
class Resolve:
    """This incident is resolved. `text` is what was said about how, "" if nothing."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class PromiseReport:
    """A report will follow."""


@dataclass(frozen=True, slots=True)
class TakeRole:
    """`nick` ("" for the speaker) holds `role` (a key of the process's roles, never "lead")."""

    role: str
    nick: str = ""


@dataclass(frozen=True, slots=True)
class SetSeverity:
    """The incident's severity is `severity` (a key of the process's severities)."""

    severity: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command somebody gave: `!inc NAME ARGUMENTS`. rules/orders.py reads it further.

    `incident` is what `@2` names. `addressed` says that the bot itself was spoken to, by nick, by
    prefix or in private, rather than one of the words others are used to (#info, !log).
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
    | TakeRole
    | SetSeverity
    | Command
)
