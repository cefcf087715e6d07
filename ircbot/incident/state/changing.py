"""Small changes to an incident that many events share: a milestone, a participant, a reminder that
may be repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from ircbot.incident.events import Entry
from ircbot.incident.people import Person, same_name
from ircbot.incident.state.incident import Incident, nick_key
from ircbot.incident.state.parts import Moment, Remark, TimesSent

_T = TypeVar("_T")


def without_keys(mapping: Mapping[str, _T], *keys: str) -> Mapping[str, _T]:
    """The mapping without some keys; the same object if it has none of them."""
    if not any(key in mapping for key in keys):
        return mapping
    return {key: value for key, value in mapping.items() if key not in keys}


def quickly_replaced(value: _T, **changes: Any) -> _T:
    """A fast `replace`, for the most frequent event. It copies cached values, too."""
    copy, fields = object.__new__(type(value)), value.__dict__.copy()
    fields.update(changes)
    object.__setattr__(copy, "__dict__", fields)  # copied at half the cost of being filled
    return copy


def moment_of(entry: Entry, kind: str = "", **about: Any) -> Moment:
    """The milestone for an entry; its kind is the event's, unless one is given."""
    kind = kind or entry.event.reads[0].kind
    return Moment(entry.at, kind, entry.by, entry.channel, source=entry.source, **about)


def with_moment(i: Incident, entry: Entry, kind: str = "", **about: str) -> Incident:
    """Adds a milestone."""
    return quickly_replaced(i, moments=i.moments.append(moment_of(entry, kind, **about)))


def with_moment_of(i: Incident, entry: Entry, person: Person, kind: str = "") -> Incident:
    """Adds a milestone that is about somebody."""
    moment = replace(moment_of(entry, kind, who=person.nick), about=person)
    return quickly_replaced(i, moments=i.moments.append(moment))


def with_remark(i: Incident, where: str, remark: Remark) -> Incident:
    """Adds a remark, unless its words were erased."""
    changes: dict[str, Any] = {where: getattr(i, where).append(remark)}
    return quickly_replaced(i, **changes) if says_something(remark) else i


def says_something(remark: Remark) -> bool:
    """Whether any of its text is left."""
    return bool(remark.text or remark.who or remark.url)


def with_participant(i: Incident, by: Person) -> Incident:
    """Counts `by`, who wrote a recorded line, as a participant."""
    writers = writers_with(i, by)
    return i if writers is i.writers else quickly_replaced(i, writers=writers)


def writers_with(i: Incident, by: Person) -> Mapping[str, Person]:
    """The authors of recorded lines, with `by`."""
    key = i.key(by)
    known = i.writers.get(key)
    return i.writers if known is by or known == by else {**i.writers, key: by}


def with_account(i: Incident, who: Person) -> Incident:
    """Notes with which account a nick was seen."""
    if not who.account:
        return i
    key = nick_key(who.network, who.nick, i.casemapping)
    seen = i.accounts.get(key, ())
    if any(same_name(who.account, one, i.casemapping) for one in seen):
        return i
    accounts, writers = {**i.accounts, key: (*seen, who.account)}, i.writers
    bare = i.key(replace(who, account=None))
    if not seen and bare in writers:  # the writer who was known by nick alone
        writers = {i.key(who) if k == bare else k: w for k, w in writers.items()}
    return replace(i, accounts=accounts, writers=writers)


def without_reminders(i: Incident, subject: str) -> Incident:
    """Forgets the reminders about a subject, so that they may be given again."""
    given = reminders_without(i, subject)
    return i if given is i.reminders_sent else replace(i, reminders_sent=given)


def reminders_without(i: Incident, subject: str) -> Mapping[str, TimesSent]:
    """The bot's reminders, without those about a subject."""
    own = [key for key in i.reminders_sent if key == subject or key.startswith(subject + ":")]
    return without_keys(i.reminders_sent, *own)


def with_clock_reset(i: Incident, at: datetime) -> Incident:
    """Restarts the update clock, unless it already runs from a later time."""
    if i.clock is not None and at < i.clock:
        return i
    return without_reminders(replace(i, clock=at), "update")
