"""Relations between incidents: duplicate, related, moved entries."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ircbot.incident.events import Duplicated, Related
from ircbot.incident.rules import copies, timeline
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.guarding import takes_entries
from ircbot.incident.rules.which import which
from ircbot.incident.state import Incident, Note
from ircbot.incident.words import ranges


def duplicate(ctx: Context, incident: Incident, text: str) -> None:
    """Mark an incident as a duplicate of another, under which people go on, and which gets its
    entries.
    """
    other = _other(ctx, incident, re.sub(r"^of\s+", "", text, flags=re.IGNORECASE))
    if other is None:
        return
    if incident.void:
        ctx.answer("not-open", incident, status=incident.standing)
    elif other.void:
        ctx.answer("duplicate-void", incident, of=other.id, status=other.standing)
    elif other.private and not incident.private:
        ctx.answer("duplicate-private", incident, of=other.id)
    else:
        ctx.record(incident.id, Duplicated(other.id))
        _relate(ctx, incident, other)
        standing = tuple(n for n in incident.notes if n.stands and not n.redacted)
        entries = ""
        if standing and not _keeps_to_itself(incident, other):
            numbers = copies.copy(ctx, incident.id, standing, other.id, moved=False)
            entries = ctx.word("duplicate-entries", incident, of=other.id, there=ranges(numbers))
        elif standing:
            entries = ctx.word("duplicate-alone", incident)
        ctx.tell_all(incident, ctx.word("duplicate", incident, of=other.id, entries=entries))


def relate(ctx: Context, incident: Incident, text: str) -> None:
    """Mark two incidents as related; each then names the other."""
    other = _other(ctx, incident, text)
    if other is not None:
        _relate(ctx, incident, other)
        ctx.answer("related", incident, other=other.id)


def _relate(ctx: Context, incident: Incident, other: Incident) -> None:
    """Record the relation; what is not private says nothing of what is."""
    for one, another in ((incident, other), (other, incident)):
        if another.id not in one.related and (one.private or not another.private):
            ctx.record(one.id, Related(another.id))


_NUMBERED = re.compile(r"((?:#?\d{1,6}[\s,;–-]*|and\s+)+?)\s*\bto\s+(\S+)", re.IGNORECASE)
_RANGE = re.compile(r"#?(\d{1,6})(?:\s*[–-]\s*#?(\d{1,6}))?")


def move(ctx: Context, incident: Incident, text: str) -> None:
    """Move entries to another incident: all of them, or none if one cannot be moved."""
    typed = _NUMBERED.fullmatch(text)
    if typed is None:
        ctx.answer_usage(incident)
        return
    notes = _notes(ctx, incident, typed[1])
    if notes is None:
        return
    other = _other(ctx, incident, typed[2])
    if other is None or not takes_entries(ctx, other):
        return
    if _keeps_to_itself(incident, other):
        ctx.answer("move-private", incident, of=other.id)
        return
    numbers = copies.copy(ctx, incident.id, notes, other.id, moved=True)
    moved, there = ranges(note.n for note in notes), ranges(numbers)
    ctx.answer("moved", incident, moved=moved, there=there, of=other.id)
    if not ctx.is_at(other):
        ctx.announce(other, "moved-here", nick=ctx.line.nick, there=there, source=incident.id)


def _notes(ctx: Context, incident: Incident, typed: str) -> Sequence[Note] | None:
    """The entries to be moved, without repetition; None, and the speaker is told, if
    one cannot be.
    """
    notes: dict[int, Note] = {}
    for first, last in _RANGE.findall(typed):
        low, high = int(first), int(last or first)
        for n in [n.n for n in incident.notes if low <= n.n <= high] or [low]:
            note = timeline.standing(ctx, incident, str(n))
            if note is None or ctx.refused("move", incident, note.by):
                return None
            if note.redacted:
                ctx.answer("was-redacted", incident, n=note.n)
                return None
            if note.struck:
                ctx.answer("struck-already", incident, n=note.n)
                return None
            notes[n] = note
    return tuple(notes.values())


def _keeps_to_itself(incident: Incident, other: Incident) -> bool:
    """Whether words of one incident must not get into another."""
    return (incident.private or incident.guarded) and not other.private


def undo(ctx: Context, incident: Incident) -> None:
    """Undo the speaker's last change to the timeline: an entry, or a move of entries."""
    moved, note = copies.moved_last(ctx, incident), timeline.last_by_speaker(ctx, incident)
    if moved is None or (note is not None and note.recorded > moved[0]):
        timeline.undo(ctx, incident)
        return
    _, source, notes = moved
    copies.bring_back(ctx, source.id, notes)
    ctx.answer("moved-back", source, moved=ranges(note.n for note in notes))


def _other(ctx: Context, incident: Incident, typed: str) -> Incident | None:
    """The other incident; the speaker is told if there is none."""
    named = re.fullmatch(r"[#@]?(\d{1,6})", typed.strip())
    if named is None:
        ctx.answer_usage(incident)
        return None
    other = which(ctx, ctx.setting.our_number(int(named[1])))
    if other is not None and other.id == incident.id:
        ctx.answer("duplicate-itself", incident, of=other.id)
        return None
    return other
