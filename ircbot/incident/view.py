"""An incident as others see it: the rows of its timeline in order, and the contract's JSON.

Knows no format and no file. Everything that people wrote is returned as plain text on one line,
without characters that a terminal or XML cannot handle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import Any

from pyrsistent import pvector

from ircbot.incident.closing import meeting_due, report_due
from ircbot.incident.events import READINGS, EntryId, MilestoneText
from ircbot.incident.line import Source
from ircbot.incident.marks import rewritten
from ircbot.incident.people import Person, same_name
from ircbot.incident.plain import plain, worded
from ircbot.incident.process import Process
from ircbot.incident.prose import prose_of
from ircbot.incident.stages import stage
from ircbot.incident.state import Change, Incident, Moved, Note, Retiming
from ircbot.incident.stretches import severities
from ircbot.incident.times import Calendar, iso
from ircbot.values import dataclass

NOBODY = Person("")

_MINUTE = timedelta(minutes=1)

# Unicode's line separators; a recorded line is one line in every format.
_SEPARATORS = str.maketrans({"\x85": " ", "\u2028": " ", "\u2029": " "})

_MARKED = ("severity", "video")  # facts of the header each value of which is a milestone


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One row of the timeline: a note (`n` is its number) or a milestone (`n` is None).

    `recorded` is when it was written down. `by` is NOBODY if unknown. `before` are earlier
    wordings; for a fact of the header (kind "changed", "severity", "video") its former value.
    """

    at: datetime
    recorded: datetime
    kind: str
    by: Person
    channel: str
    text: str
    source: Source
    n: int | None = None
    before: tuple[str, ...] = ()
    redacted: bool = False
    retimed: tuple[Retiming, ...] = ()
    origin: EntryId | None = None  # the entry of another incident that it comes from
    after_end: bool = False  # it was recorded before people said when it had ended

    @property
    def nick(self) -> str:
        """The nick of its author, "" if unknown."""
        return one_line(self.by.nick)

    @property
    def late(self) -> bool:
        """Whether it was written down after it happened."""
        return self.recorded - self.at >= _MINUTE


def one_line(text: str) -> str:
    """What people wrote, as one line of plain text.

    >>> one_line("two\\u2028lines")
    'two lines'
    """
    return plain(_without_separators(text))


def as_worded(text: str) -> str:
    """What people wrote, as one line that keeps its indentation and its runs of blanks.

    >>> as_worded("  a   b\\u2028c ")
    '  a   b c'
    """
    return worded(_without_separators(text))


def _without_separators(text: str) -> str:
    return text if text.isascii() else text.translate(_SEPARATORS)


def timeline(incident: Incident) -> tuple[TimelineItem, ...]:
    """The rows in time order; those of the same time in the order of recording.

    Without notes that are struck, moved elsewhere or withheld.
    """
    told = _end_told_at(incident)
    rows = [
        *_milestones(incident),
        *(_note(note, _is_after_end(note, incident, told)) for note in _shown(incident)),
    ]
    return tuple(sorted(rows, key=lambda row: (row.at, reading(row.kind).rank)))


def reading(kind: str) -> MilestoneText:
    """How milestones of a kind read. A kind that no event declares is a role, or a milestone of a
    process's own."""
    if (known := READINGS.get(kind)) is not None:
        return known
    title = kind[:1].upper() + kind[1:]
    return MilestoneText(kind, title, f"{title}: ")


def times(incident: Incident) -> Iterator[datetime]:
    """The times of the rows, in any order."""
    yield from (row.at for row in _milestones(incident))
    yield from (note.at for note in _shown(incident))


def _shown(incident: Incident) -> Iterator[Note]:
    return (note for note in incident.notes if note.stands and not note.withheld)


def _note(note: Note, after_end: bool) -> TimelineItem:
    return TimelineItem(
        at=note.at,
        recorded=note.recorded,
        kind="note",
        by=note.by,
        channel=note.channel,
        text=as_worded(note.text),
        source=note.source,
        n=note.n,
        before=tuple(map(as_worded, note.before)),
        redacted=note.redacted,
        retimed=note.retimed,
        origin=note.origin,
        after_end=after_end,
    )


def _end_told_at(incident: Incident) -> datetime | None:
    """When people last said when it ended."""
    told = [m.recorded for m in incident.moments if m.kind == "resolved" and m.recorded]
    told += [change.at for change in incident.changes if change.what == "resolved"]
    return max(told, default=None)


def _is_after_end(note: Note, incident: Incident, told: datetime | None) -> bool:
    """Whether a note is after the incident's end, but was written before people said when that
    was.

    Such entries stay in the timeline, and are marked.
    """
    end = incident.resolved_at
    return end is not None and note.at > end and told is not None and note.recorded <= told


def _milestones(incident: Incident) -> Iterable[TimelineItem]:
    marked = {kind: iter([c for c in incident.changes if c.what == kind]) for kind in _MARKED}
    for moment in incident.moments:
        change = next(marked.get(moment.kind, iter(())), None)
        yield TimelineItem(
            moment.at,
            moment.recorded or moment.at,
            moment.kind,
            moment.by,
            moment.channel,
            one_line(moment.text),
            moment.source,
            before=(former,) if change and (former := _value(change.old)) else (),
        )
    for change in incident.changes:
        if change.what not in _MARKED and is_correction(change):
            text = f"C{change.n} {change.what}: {_value(change.new) or 'none'}"
            before = (_value(change.old),)
            when, by, source = change.at, change.by, incident.source
            yield TimelineItem(when, when, "changed", by, "", text, source, before=before)
    for past in incident.past:
        if (at := past.mitigated_at) is not None:
            yield TimelineItem(at, at, "mitigated", NOBODY, "", "", incident.source)
    for kind, at in milestone_times(incident).items():
        if at is not None:
            yield TimelineItem(at, at, kind, NOBODY, "", "", incident.source)


def is_correction(change: Change) -> bool:
    """Whether a change replaced a value, rather than stating one for the first time."""
    return bool(change.old) and change.old != change.new


def _value(value: str | datetime | None) -> str:
    """A fact of the header as text; a time in the contract's form; "" if unknown."""
    return (_time(value) or "") if isinstance(value, datetime) else one_line(value or "")


def milestone_times(incident: Incident) -> dict[str, datetime | None]:
    """The milestones whose times people state: the three of every process, then its own."""
    return {
        "started": incident.started_at,
        "detected": incident.detected_at,
        "mitigated": incident.mitigated_at,
        **dict(sorted(incident.milestones.items(), key=lambda item: (item[1], item[0]))),
    }


def participants(incident: Incident) -> tuple[str, ...]:
    """The nicks of the participants, in order of appearance: everybody who wrote a recorded line,
    filled a role, has something to do, or was called and answered."""
    held = [(t.began, t.holder) for t in incident.terms if t.began is not None]
    owners = [(a.at, incident.known_as(a.owner)) for a in incident.actions if a.owner]
    seen = [
        (incident.declared_at, incident.declared_by),
        *held,
        *owners,
        *((note.recorded, note.by) for note in incident.notes),
        *((update.at, update.by) for update in incident.updates),
        *((call.at, call.by) for call in incident.calls),
    ]
    counted = set(incident.writers) | {incident.key(person) for _, person in (*held, *owners)}
    first: dict[str, Person] = {}
    for _, person in sorted(seen, key=lambda item: item[0]):
        if (key := incident.key(person)) in counted:
            first.setdefault(key, person)
    for key, writer in sorted(incident.writers.items()):
        first.setdefault(key, writer)
    return tuple(dict.fromkeys(one_line(person.nick) for person in first.values()))


def called(incident: Incident, person: Person) -> str:
    """What a report calls somebody: the nick, with account and network if the nick is ambiguous.

    The account is mentioned if it differs from the nick, or if the nick was seen with an account
    and this person has none; the network if it is not the incident's.
    """
    nick, account = one_line(person.nick), one_line(person.account or "")
    about = []
    if account and not same_name(account, nick, incident.casemapping):
        about.append(f"account {account}")
    elif not account and incident.account_of(person.nick, person.network):
        about.append("no account known")
    if nick and person.network != incident.network:
        about.append(f"on {person.network or 'the main network'}")
    return f"{nick} ({', '.join(about)})" if about else nick


def told_apart(incident: Incident) -> Incident:
    """The incident with everybody named as a report calls them."""
    elsewhere = any(p.network != incident.network for p in incident.everybody())
    if not incident.accounts and not elsewhere:
        return incident
    named = rewritten(incident, _Called(incident))
    moments = (replace(m, who=m.about.nick) if m.about else m for m in named.moments)
    return replace(
        named,
        moments=pvector(moments),
        away={named.key(departed.who): departed for departed in named.away.values()},
        writers={named.key(writer): writer for writer in named.writers.values()},
    )


@dataclass(frozen=True, slots=True)
class _Called:
    """Names everybody as a report calls them."""

    incident: Incident
    met: dict[Person, Person] = field(default_factory=dict)

    def words(self, text: str, by: Person | None, *, shared: bool) -> str:
        return text

    def nick(self, nick: str) -> str:
        return nick

    def person(self, person: Person) -> Person:
        if person not in self.met:
            self.met[person] = replace(person, nick=called(self.incident, person))
        return self.met[person]


def role_title(process: Process, role: str) -> str:
    """The process's name for a role; the key if the process no longer has it."""
    return process.roles[role].title if role in process.roles else role


def as_json(
    incident: Incident, process: Process, calendar: Calendar | None = None
) -> dict[str, Any]:
    """The incident as the contract's JSON object. Unknown values are None."""
    return {
        "id": incident.id,
        "title": one_line(incident.summary) or None,
        "process": incident.process,
        "status": incident.status,
        "duplicate_of": incident.duplicate_of or None,
        "related": list(incident.related),
        "stage": _known(stage(incident, process)),
        "drill": incident.drill,
        "private": incident.private,
        "product": _known(incident.product),
        "severity": _known(incident.severity),
        "impact": _known(incident.impact),
        "declared_by": _known(incident.declared_by.nick),
        "declared_in": _known(incident.declared_in),
        "network": _known(incident.network),
        "identified_by": "account" if incident.accounts else "nick",
        "comms_channel": _known(incident.comms),
        "video": _known(incident.video),
        "started_at": _time(incident.started_at),
        "detected_at": _time(incident.detected_at),
        "declared_at": _time(incident.declared_at),
        "mitigated_at": _time(incident.mitigated_at),
        "resolved_at": _time(incident.resolved_at),
        "closed_at": _time(incident.closed_at),
        "milestones": {name: _time(at) for name, at in sorted(incident.milestones.items())},
        "resolution": _known(incident.resolution),
        "reason": _known(incident.reason),
        "report_due_at": _time(report_due(incident, process, calendar)),
        "report_done_at": _time(incident.report_done_at),
        "meeting_due_at": _time(meeting_due(incident, process, calendar)),
        "meeting_at": _time(incident.meeting_at),
        "secured": incident.secured,
        "purged": incident.purged,
        "corrections": [
            {
                "n": change.n,
                "what": change.what,
                "from": _value(change.old) or None,
                "to": _value(change.new) or None,
                "by": _by(change.by),
                "at": _time(change.at),
                "undone": incident.was_undone(change.n),
            }
            for change in incident.changes
            if is_correction(change)
        ]
        + _retimings(incident),
        "severities": _severities(incident),
        "stretches": [
            {
                "from": _time(one.since),
                "to": _time(one.until),
                "resolution": _known(one.resolution),
                "mitigated_at": _time(one.mitigated_at),
            }
            for one in incident.stretches
        ],
        **_people(incident, process),
        **_record(incident),
        **_followups(incident),
    }


def _retimings(incident: Incident) -> list[dict[str, Any]]:
    """The corrections of entries' times; they have no number."""
    return [
        {
            "n": None,
            "what": f"entry {note.n}",
            "from": _time(one.was),
            "to": _time(to),
            "by": _by(one.by),
            "at": _time(one.at),
            "undone": False,
        }
        for note in incident.notes
        for one, to in zip(
            note.retimed, [*(r.was for r in note.retimed[1:]), note.at], strict=False
        )
    ]


def _severities(incident: Incident) -> list[dict[str, Any]]:
    """The severities with the spans in which they applied; "to" is null for the present one."""
    ratings = severities(incident)
    holds = ratings[-1] if ratings and incident.live else None
    return [
        {
            "severity": one_line(rating.severity),
            "from": _time(rating.since),
            "to": None if rating is holds else _time(rating.until),
        }
        for rating in ratings
        if rating.severity
    ]


def _people(incident: Incident, process: Process) -> dict[str, Any]:
    return {
        "roles": [
            {
                "role": term.role,
                "title": role_title(process, term.role),
                "nick": one_line(term.holder.nick),
                "account": _known(term.holder.account),
                "network": _known(term.holder.network),
                "relay": _known(term.holder.via),
                "from": _time(term.since),
                "to": _time(term.until),
                "how": term.how,
            }
            for term in incident.terms
        ],
        "participants": list(participants(incident)),
        "props": [
            {"at": _time(p.at), "nick": one_line(p.about), "for": _known(p.text), "by": _by(p.by)}
            for p in incident.props
        ],
    }


def _record(incident: Incident) -> dict[str, Any]:
    return {
        "timeline": [_row(row) for row in timeline(incident)],
        "struck": [note.n for note in incident.notes if note.struck],
        "moved": [_moved(note.n, note.moved) for note in incident.notes if note.moved],
        "withheld": [note.n for note in incident.notes if note.withheld],
        "gaps": [
            {
                "channel": gap.channel,
                "from": _time(gap.since),
                "to": _time(gap.until),
                "recovered": gap.recovered,
            }
            for gap in incident.gaps
        ],
        "updates": [
            {
                "at": _time(update.at),
                "nick": _by(update.by),
                "text": one_line(update.text),
                "channels": [c for c in update.channels if update.reaches(c)],
                "confirmed": update.confirmed,
                "refused": [{"channel": c, "why": why} for c, why in update.refused.items()],
            }
            for update in incident.updates
        ],
        "notified": [
            {
                "at": _time(call.at),
                "nick": _by(call.by),
                "nicks": [one_line(nick) for nick in call.reached],
                "not_reached": [one_line(nick) for nick in call.refused],
                "text": one_line(call.text),
            }
            for call in incident.calls
        ],
        "messages": [
            {
                "at": _time(sent.at),
                "nick": _by(sent.by),
                "message": sent.about,
                "text": one_line(sent.text),
            }
            for sent in incident.messages
        ],
    }


def _followups(incident: Incident) -> dict[str, Any]:
    return {
        "actions": [
            {
                "n": action.n,
                "text": one_line(action.text),
                "owner": _known(action.owner),
                "owners": [one_line(nick) for nick in action.owners],
                "dropped": action.dropped,
                "due": _known(action.due),
                "done": action.done,
                "added_at": _time(action.at),
                "done_at": _time(action.done_at),
                "ticket": _known(action.ticket),
            }
            for action in incident.actions
        ],
        "whys": [
            {"n": n, "at": _time(why.at), "nick": _by(why.by), "text": one_line(why.text)}
            for n, why in enumerate(incident.whys, 1)
        ],
        "prose": prose_of(incident),
        "hypotheses": [
            {"n": guess.n, "text": one_line(guess.text), "proved": guess.proved}
            for guess in incident.hypotheses
        ],
        "later": [
            {"at": _time(kept.at), "nick": _by(kept.by), "text": one_line(kept.text)}
            for kept in incident.parked
        ],
        "links": [
            {
                "at": _time(link.at),
                "nick": _by(link.by),
                "url": one_line(link.about),
                "text": _known(link.text),
            }
            for link in incident.links
        ],
        "published": [
            {"where": one_line(place.about), "at": _time(place.at)} for place in incident.published
        ],
    }


def _row(row: TimelineItem) -> dict[str, Any]:
    at = _time(row.at)
    return {
        "n": row.n,
        "at": at,
        "recorded_at": at if row.recorded == row.at else _time(row.recorded),
        "kind": row.kind,
        "nick": _by(row.by),
        "account": _known(row.by.account),
        "network": _known(row.by.network),
        "relay": _known(row.by.via),
        "channel": _known(row.channel),
        "text": row.text,
        "edited": row.n is not None and bool(row.before),
        "before": list(row.before),
        "redacted": row.redacted,
        "origin": _entry_id(row.origin),
        "source": str(row.source),
    }


def _entry_id(one: EntryId | None) -> dict[str, int] | None:
    return {"incident": one.incident, "n": one.n} if one else None


def _moved(n: int, moved: Moved) -> dict[str, Any]:
    """An entry that was moved or copied to another incident, which is not named if it is
    private."""
    to = None if moved.hidden else _entry_id(moved.to)
    return {"n": n, "to": to, "by": _by(moved.by), "at": _time(moved.at)}


def _by(person: Person) -> str | None:
    return _known(person.nick)


def _known(text: str | None) -> str | None:
    return one_line(text) or None if text else None


def _time(at: datetime | None) -> str | None:
    """A time in whole seconds: readers of the contract do not expect fractions."""
    return None if at is None else iso(at)
