"""Entries that stand in several incidents: moved from one to another, or a duplicate's.

They are a star: every copy names the entry that was said first, which names them all. So an entry
that goes on to a third incident, or comes back, finds itself there and is not copied again, and
what takes its words away finds every place where they are. A correction is made in one place, and
goes along when the entry does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from ircbot.incident.events import (
    Copied,
    Edited,
    EntryId,
    Noted,
    Redacted,
    RedactionAsked,
    Restored,
    Retimed,
    Returned,
)
from ircbot.incident.rules.context import Context
from ircbot.incident.state import Incident, Moved, Note

Families = Mapping[EntryId, Sequence[EntryId]]  # by the entry that was said first


def families(ctx: Context) -> Families:
    """The entries that are one, in the incidents that are here; not those that stand alone."""
    found: dict[EntryId, dict[EntryId, None]] = {}
    for incident in ctx.state.incidents.values():
        for note in incident.notes:
            if note.origin is not None or note.copies:
                own = EntryId(incident.id, note.n)
                first = note.origin or own
                found.setdefault(first, {first: None})[own] = None
    return {first: tuple(members) for first, members in found.items()}


def elsewhere(
    ctx: Context, incident: int, note: Note, known: Families
) -> tuple[tuple[Incident, Note], ...]:
    """The same entry in other incidents, as far as those are here."""
    places = (
        (ctx.state.incidents.get(one.incident), one.n)
        for one in known.get(_first(incident, note), ())
        if one.incident != incident
    )
    found = ((other, other.note(n)) for other, n in places if other is not None)
    return tuple((other, same) for other, same in found if same is not None)


def out_of_reach(ctx: Context, incident: Incident) -> tuple[int, ...]:
    """The incidents that have entries in common with one, and are not here any more."""
    return tuple(sorted(incident.linked - ctx.state.incidents.keys()))


def copy(
    ctx: Context, source: int, notes: Iterable[Note], target: int, *, moved: bool
) -> tuple[int, ...]:
    """Have entries of one incident stand in another as well, or with `moved` instead; their
    numbers there. The target is recorded first: whoever dies in between has lost nothing."""
    known, numbers = families(ctx), []
    for note in notes:
        others = elsewhere(ctx, source, note, known)
        there = next((same for other, same in others if other.id == target), None)
        n = ctx.incident(target).next_note if there is None else there.n
        if there is None:
            _note(ctx, target, n, note, _first(source, note))
        else:
            _bring_up_to_date(ctx, source, note, target, there)
        numbers.append(n)
        _point(ctx, source, note, EntryId(target, n), moved=moved)
        for other, same in others:
            gone = moved and same.moved is not None
            if other.id != target and (gone or same.origin is None):
                _point(ctx, other.id, same, EntryId(target, n), moved=gone)
    return tuple(numbers)


def _point(ctx: Context, incident: int, note: Note, there: EntryId, *, moved: bool) -> None:
    """An incident says where an entry of its stands as well, or with `moved` instead."""
    hidden = ctx.incident(there.incident).private and not ctx.incident(incident).private
    ctx.record(incident, Copied(note.n, there, moved, hidden))


def _note(ctx: Context, target: int, n: int, note: Note, first: EntryId) -> None:
    """An entry as it is elsewhere: its author, its times, its wordings."""
    worded, *later = (*note.before, note.text)
    said = Noted(n, worded, note.at, note.by, note.channel, first, note.recorded)
    ctx.record(target, said, source=note.source)
    for text in later:
        ctx.record(target, Edited(n, text))


def _bring_up_to_date(ctx: Context, source: int, note: Note, target: int, there: Note) -> None:
    """An entry comes back to where it was, as it is by now; what became of it where it was private
    stays there."""
    if there.moved is not None:
        ctx.record(target, Returned(there.n))
    if there.struck:
        ctx.record(target, Restored(there.n))
    if ctx.incident(source).private and not ctx.incident(target).private:
        return
    if there.text != note.text:
        ctx.record(target, Edited(there.n, note.text))
    if there.at != note.at:
        ctx.record(target, Retimed(there.n, note.at))


def bring_back(ctx: Context, incident: int, notes: Iterable[Note]) -> None:
    """Entries that were moved away stand here again, and not there any more."""
    known = families(ctx)
    for note in notes:
        others = elsewhere(ctx, incident, note, known)
        now = next(((other, same) for other, same in others if same.moved is None), None)
        if now is None:
            ctx.record(incident, Returned(note.n))
        else:
            copy(ctx, now[0].id, (now[1],), incident, moved=True)


def take_back(ctx: Context, incident: Incident, target: Incident) -> None:
    """What stands in another incident as well, which this one was taken for, does not any more."""
    own = {_first(incident.id, n): EntryId(incident.id, n.n) for n in incident.notes if n.stands}
    for note in target.notes:
        here = own.get(_first(target.id, note))
        if here is not None and note.moved is None:
            _point(ctx, target.id, note, here, moved=True)


def moved_last(
    ctx: Context, incident: Incident
) -> tuple[datetime, Incident, tuple[Note, ...]] | None:
    """When, and from which incident, the speaker last moved what from or to one; None: never."""
    moves = [
        (note.moved.at, source.id)
        for source in ctx.state.incidents.values()
        for note in source.notes
        if note.moved is not None
        and incident.id in (source.id, note.moved.to.incident)
        and ctx.mine(note.moved.by, source)
        and not _was_reopened(ctx, note.moved)
    ]
    if not moves:
        return None
    at, number = max(moves)
    source = ctx.incident(number)
    return at, source, tuple(n for n in source.notes if n.moved is not None and n.moved.at == at)


def _was_reopened(ctx: Context, moved: Moved) -> bool:
    """Whether an entry went back where it was because that incident was no duplicate after all."""
    there = ctx.state.incidents.get(moved.to.incident)
    return there is not None and there.reopened_at == moved.at


def erase(ctx: Context, incident: Incident, note: Note, known: Families, *, at_once: bool) -> None:
    """Have the words of an entry go everywhere else too: `at_once`, or hidden now, in an hour."""
    for other, same in elsewhere(ctx, incident.id, note, known):
        if same.redacted:
            continue
        if at_once:
            ctx.record(other.id, Redacted(same.n))
        elif same.n not in other.redactions:
            ctx.record(other.id, RedactionAsked(same.n))


def restore(ctx: Context, incident: Incident, note: Note) -> None:
    """An entry whose words were to go stays, everywhere else too."""
    for other, same in elsewhere(ctx, incident.id, note, families(ctx)):
        ctx.record(other.id, Restored(same.n))


def _first(incident: int, note: Note) -> EntryId:
    """The entry that was said first, of those that are one."""
    return note.origin or EntryId(incident, note.n)
