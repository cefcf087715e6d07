"""What a publisher is: what it is given, what it gives back, and how it fails.

A publisher writes one incident to one kind of place. It runs in a process of its own, so it may
block, and may be killed at any time; it is called again then. docs/publishing.md has a whole one.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol, runtime_checkable

from ircbot.config.keys import Key
from ircbot.errors import Failed

_SHORTEST = 8  # characters of a path that may be a secret; a shorter one is a word


@dataclass(frozen=True, slots=True)
class Receipt:
    """What stands at a place.

    `url` is where people find it, "" if nowhere; `page` what it is called there (an id, a path),
    `version` which edition of it (a number, a hash). `kept` names what a person had edited and was
    left as it is: `url` is then what was put beside it. `caveat` is what people must know all the
    same (old words that stand in a history, somebody whom it did not reach): it completes a
    sentence that begins with the place's name, and is said for each receipt that has it.
    """

    url: str = ""
    page: str = ""
    version: str = ""
    kept: str = ""
    caveat: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """What is to stand at a place.

    `incident` is the contract's JSON, `texts` the report in each of the publisher's formats; of
    "invitation", the review meeting as iCalendar, "" for none.
    `marker` is the same for all publications of this incident to this place, and no other's: put it
    where it can be found again. `key` is this publication's alone, and the same when it is tried
    again. `occasion` is one of incident/occasions.py's WHYS, `at` (UTC) since when it is owed;
    `update` is the status update that it is about, `called` the call for people, each as it stands
    in the incident; None if about none. `note` says in a sentence what changed. `previous` is the
    last receipt on record, None if there is none: there may be a page all the same, if we died
    before it was recorded. With `force` a person's edit is overwritten. `erased`: words are gone
    that stand there still, whatever else it is published for. `prose` is what is on record, as
    Markdown, of each section that people may write on the page itself, by the anchor of its
    heading; none where nothing is read back.
    """

    incident: Mapping[str, Any]
    title: str
    texts: Mapping[str, str]
    marker: str
    key: str
    occasion: str
    at: datetime
    note: str = ""
    update: Mapping[str, Any] | None = None
    called: Mapping[str, Any] | None = None
    previous: Receipt | None = None
    force: bool = False
    erased: bool = False
    prose: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class Publisher(Protocol):
    """A kind of place. The class is what an entry point of the group `ircbot.publishers` names.

    `keys` are those of `[publish.NAME]` that are its own; a secret's value is read for it.
    `formats` are those of ircbot.report.FORMATS that it wants rendered, and "invitation". `each`:
    it is given every occasion by itself, in order (a mail, a message); else only how things are by
    now. `again`: what stands there is to be written again when the incident changes.
    """

    keys: ClassVar[tuple[Key, ...]]
    formats: tuple[str, ...]
    each: bool
    again: bool

    def __init__(self, values: Mapping[str, Any]) -> None:
        """`values` are those of its keys. Raises Wrong where they do not fit together."""

    def check(self) -> str:
        """Try login and rights without writing; a sentence that says as whom and where."""
        ...

    def publish(self, publication: Publication) -> Receipt:
        """Have it stand there, once, however often this is called. Raises a PublishError."""
        ...

    def preview(self, publication: Publication) -> str:
        """What `publish` would change, as a unified diff; "" for nothing. Writes nothing."""
        ...


class Written(NamedTuple):
    """What people made of a section on the page, as Markdown: `before` is how we had left it."""

    before: str
    now: str


@runtime_checkable
class ReadsProse(Protocol):
    """What a publisher may offer besides, if people write on its pages."""

    def prose(self, publication: Publication) -> Mapping[str, Written]:
        """Which of the sections of `publication.prose` people changed since we wrote the page last.

        Raises a PublishError. What it tells is on record before `publish` is called with a page
        that has it; such an edit is then no conflict.
        """
        ...


class Ticket(NamedTuple):
    """Where a follow-up's ticket is. `became` is what people made of it there since we wrote last,
    one of done, dropped, open; "" for nothing."""

    url: str
    became: str = ""


@runtime_checkable
class HasTickets(Protocol):
    """What a publisher may offer besides, if follow-ups have tickets there."""

    def tickets(self, publication: Publication) -> Mapping[int, Ticket]:
        """The ticket of each follow-up that has one there, by its number.

        Raises a PublishError. It is asked before `publish`, after a ticket was made, and every
        quarter of an hour; what it tells is on record before `publish` is called.
        """
        ...


@dataclass
class Wrong(Exception):
    """Values of a configuration do not fit together: which key, and a sentence with the fix."""

    key: str
    sentence: str


class PublishError(Failed):
    """It is not there. `str()` completes a sentence that begins with the place's name."""

    permanent: ClassVar[bool] = False
    retry_after: float = 0.0


class Refused(PublishError):
    """The place will not have it, now or later, until a person does something: `fix`.

    >>> str(Refused("refuses the login (401)", "ask whoever keeps the token"))
    'refuses the login (401): ask whoever keeps the token'
    """

    permanent = True

    def __init__(self, why: str, fix: str) -> None:
        super().__init__(f"{why}: {fix}")


class Conflict(Refused):
    """A person edited what stands there, and ours cannot stand beside it."""


class Unavailable(PublishError):
    """Not now: it is tried again, after `retry_after` seconds at least."""

    def __init__(self, why: str, retry_after: float = 0.0) -> None:
        super().__init__(why)
        self.retry_after = retry_after


def one_line(text: str) -> str:
    """What somebody else says, as one line without anything that a terminal would obey.

    >>> one_line("no\\r\\n\\x1b[31m way")
    'no [31m way'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def diff(before: str, after: str, name: str = "published") -> str:
    """Two texts as a unified diff, "" if they are the same."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"{name} now", f"{name} then", lineterm=""
    )
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the configuration: its type, and the values of its own keys.

    `files` are those that secrets came from, by key.
    """

    name: str
    type: str
    values: Mapping[str, Any] = field(repr=False)  # secrets among them
    secrets: tuple[str, ...] = field(default=(), repr=False)  # never to be shown
    files: Mapping[str, Path] = field(default_factory=dict)

    def hidden(self, text: str) -> str:
        """A text in which no secret of the place stands."""
        for secret in self.secrets:
            text = text.replace(secret, "…")
            # Errors name the path of an address by itself, and that is the secret part of it.
            path = secret.partition("://")[2].partition("/")[2].strip("/")
            if len(path) >= _SHORTEST:
                text = text.replace(path, "…")
        return text
