"""The interface of a publisher, and its errors.

A publisher writes one incident to one kind of place. It runs in a process of its own, so it may
block, and may be killed at any time; then it is called again. docs/publishing.md has a complete
one.
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

_SHORTEST = 8  # characters; a shorter path is a word, not a secret


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was published.

    `url` is where people find it, "" if nowhere; `page` is its id there (an id, a path), `version`
    its version (a number, a hash). `kept` names a text that a person had edited and that was left
    alone; `url` then leads to our text beside it. `caveat` is what people must know nevertheless
    (erased words that remain in a history, somebody who was not reached): it completes a sentence
    that begins with the place's name, and is announced for each receipt that has it.
    """

    url: str = ""
    page: str = ""
    version: str = ""
    kept: str = ""
    caveat: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """What to publish.

    `incident` is the contract's JSON, `texts` the report in each of the publisher's formats;
    "invitation" is the review meeting as iCalendar, "" if there is none. `marker` is the same for
    all publications of this incident to this place and unique to them: write it where it can be
    found again. `key` is unique to this publication, and the same when it is retried. `occasion` is
    one of WHYS in incident/occasions.py, `at` (UTC) is since when it is due; `update` is the status
    update and `called` the call for people that it is about, as in the incident's JSON, or None.
    `note` says in one sentence what changed. `previous` is the last receipt on record, None if
    there is none; a page may exist all the same, if we died before recording it. `force` overwrites
    a person's edit. `erased`: words were erased that are still published, whatever the occasion.
    `prose` is the recorded Markdown of each section that people may write on the page itself, by
    the anchor of its heading; empty if nothing is read back.
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
    """A kind of place; an entry point of the group `ircbot.publishers` names its class.

    `keys` are its own keys of `[publish.NAME]`; secrets are passed as their values. `formats` are
    the formats to render, of ircbot.report.FORMATS and "invitation". `each`: every occasion is
    published by itself, in order (a mail, a message); otherwise only the current state is. `again`:
    publish again when the incident changes.
    """

    keys: ClassVar[tuple[Key, ...]]
    formats: tuple[str, ...]
    each: bool
    again: bool

    def __init__(self, values: Mapping[str, Any]) -> None:
        """`values` are the values of its keys. Raises Wrong if they are not consistent."""

    def check(self) -> str:
        """Try login and permissions without writing; returns a sentence with account and place."""
        ...

    def publish(self, publication: Publication) -> Receipt:
        """Publish exactly once, however often it is called. Raises a PublishError."""
        ...

    def preview(self, publication: Publication) -> str:
        """What `publish` would change, as a unified diff; "" for nothing. Writes nothing."""
        ...


class Written(NamedTuple):
    """A section that people changed on the page, as Markdown; `before` is how we had left it."""

    before: str
    now: str


@runtime_checkable
class ReadsProse(Protocol):
    """An optional part of a publisher: people write on its pages."""

    def prose(self, publication: Publication) -> Mapping[str, Written]:
        """The sections of `publication.prose` that people changed since we last wrote the page.

        Raises a PublishError. The result is recorded before `publish` is called for a page with
        these edits; they are not a conflict then.
        """
        ...


class Ticket(NamedTuple):
    """A follow-up's ticket. `became` is what people changed since our last write: done, dropped or
    open; "" for nothing."""

    url: str
    became: str = ""


@runtime_checkable
class HasTickets(Protocol):
    """An optional part of a publisher: follow-ups have tickets there."""

    def tickets(self, publication: Publication) -> Mapping[int, Ticket]:
        """The tickets of the follow-ups that have one, by number.

        Raises a PublishError. Called before `publish`, after a ticket was created, and every
        quarter of an hour; the result is recorded before `publish` is called.
        """
        ...


@dataclass
class Wrong(Exception):
    """Inconsistent values in a configuration: the key, and a sentence with the fix."""

    key: str
    sentence: str


class PublishError(Failed):
    """Publishing failed. `str()` completes a sentence that begins with the place's name."""

    permanent: ClassVar[bool] = False
    retry_after: float = 0.0


class Refused(PublishError):
    """Retrying is useless until a person does something: `fix`.

    >>> str(Refused("refuses the login (401)", "ask the owner of the token"))
    'refuses the login (401): ask the owner of the token'
    """

    permanent = True

    def __init__(self, why: str, fix: str) -> None:
        super().__init__(f"{why}: {fix}")


class Conflict(Refused):
    """A person edited the text, and ours cannot go beside it."""


class Unavailable(PublishError):
    """A temporary failure, retried after at least `retry_after` seconds."""

    def __init__(self, why: str, retry_after: float = 0.0) -> None:
        super().__init__(why)
        self.retry_after = retry_after


def one_line(text: str) -> str:
    """Somebody else's message, as one line without terminal control characters.

    >>> one_line("no\\r\\n\\x1b[31m way")
    'no [31m way'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def diff(before: str, after: str, name: str = "published") -> str:
    """A unified diff of two texts, "" if they are equal."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"{name} now", f"{name} then", lineterm=""
    )
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the configuration: its type, and the values of its keys.

    `files` are the files that secrets were read from, by key.
    """

    name: str
    type: str
    values: Mapping[str, Any] = field(repr=False)  # including secrets
    secrets: tuple[str, ...] = field(default=(), repr=False)  # never to be shown
    files: Mapping[str, Path] = field(default_factory=dict)

    def hidden(self, text: str) -> str:
        """A text with the place's secrets masked."""
        for secret in self.secrets:
            text = text.replace(secret, "…")
            # Error messages quote the path of a URL alone, and the path is its secret part.
            path = secret.partition("://")[2].partition("/")[2].strip("/")
            if len(path) >= _SHORTEST:
                text = text.replace(path, "…")
        return text
