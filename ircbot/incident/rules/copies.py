"""Entries that are part of several incidents: moved from one to another, or a duplicate's.

Copies form a star: every copy names the first entry, which names them all. So an entry that moves
on to a third incident, or back, is recognised there and not copied again, and a redaction finds
every copy. A correction is made in one place, and travels along when the entry is moved.
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
    """The groups of entries that are copies of each other, in the incidents at hand; single entries
    are left out.
    """
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
    """The copies of an entry in other incidents at hand."""
    places = (
        (ctx.state.incidents.get(one.incident), one.n)
        for one in known.get(_first(incident, note), ())
        if one.incident != incident
    )
    found = ((other, other.note(n)) for other, n in places if other is not None)
    return tuple((other, same) for other, same in found if same is not None)


def out_of_reach(ctx: Context, incident: Incident) -> tuple[int, ...]:
    """The incidents that share entries with one, and are not at hand any more."""
    return tuple(sorted(incident.linked - ctx.state.incidents.keys()))


def copy(
    ctx: Context, source: int, notes: Iterable[Note], target: int, *, moved: bool
) -> tuple[int, ...]:
    """Copy entries of one incident into another, or with `moved` move them; returns their numbers
    there. The target is recorded first: if the process dies in between, nothing is lost.
    """
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
    """Record in an incident where one of its entries was copied, or with `moved` moved."""
    hidden = ctx.incident(there.incident).private and not ctx.incident(incident).private
    ctx.record(incident, Copied(note.n, there, moved, hidden))


def _note(ctx: Context, target: int, n: int, note: Note, first: EntryId) -> None:
    """An entry for another incident: its author, times and wordings."""
    worded, *later = (*note.before, note.text)
    said = Noted(n, worded, note.at, note.by, note.channel, first, note.recorded)
    ctx.record(target, said, source=note.source)
    for text in later:
        ctx.record(target, Edited(n, text))


def _bring_up_to_date(ctx: Context, source: int, note: Note, target: int, there: Note) -> None:
    """Bring an entry back with the changes that were made to it elsewhere, except in a private
    incident; those stay there.
    """
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
    """Bring entries back that were moved away, and take them out there."""
    known = families(ctx)
    for note in notes:
        others = elsewhere(ctx, incident, note, known)
        now = next(((other, same) for other, same in others if same.moved is None), None)
        if now is None:
            ctx.record(incident, Returned(note.n))
        else:
            copy(ctx, now[0].id, (now[1],), incident, moved=True)


def take_back(ctx: Context, incident: Incident, target: Incident) -> None:
    """Take entries back that another incident got because this one counted as its duplicate."""
    own = {_first(incident.id, n): EntryId(incident.id, n.n) for n in incident.notes if n.stands}
    for note in target.notes:
        here = own.get(_first(target.id, note))
        if here is not None and note.moved is None:
            _point(ctx, target.id, note, here, moved=True)


def moved_last(
    ctx: Context, incident: Incident
) -> tuple[datetime, Incident, tuple[Note, ...]] | None:
    """When the speaker last moved entries into or out of an incident, and from which; None for
    never.
    """
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
    """Whether an entry was brought back because that incident was no duplicate after all."""
    there = ctx.state.incidents.get(moved.to.incident)
    return there is not None and there.reopened_at == moved.at


def erase(ctx: Context, incident: Incident, note: Note, known: Families, *, at_once: bool) -> None:
    """Erase the words of an entry in all its copies: `at_once`, or hide them now and erase them in
    an hour.
    """
    for other, same in elsewhere(ctx, incident.id, note, known):
        if same.redacted:
            continue
        if at_once:
            ctx.record(other.id, Redacted(same.n))
        elif same.n not in other.redactions:
            ctx.record(other.id, RedactionAsked(same.n))


def restore(ctx: Context, incident: Incident, note: Note) -> None:
    """Keep an entry, in all its copies, whose words were about to be erased."""
    for other, same in elsewhere(ctx, incident.id, note, families(ctx)):
        ctx.record(other.id, Restored(same.n))


def _first(incident: int, note: Note) -> EntryId:
    """The original among the copies of an entry."""
    return note.origin or EntryId(incident, note.n)
