"""The timeline: entries, late ones, and putting them right afterwards."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from ircbot.incident.bounds import LONGEST, pieces, replaced
from ircbot.incident.events import Edited, Noted, Restored, Retimed, Struck
from ircbot.incident.rules import copies
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.guarding import looks_secret, masked, takes_entries, warn_of_security
from ircbot.incident.rules.recalling import keep
from ircbot.incident.rules.which import which
from ircbot.incident.sayings import Record
from ircbot.incident.state import Incident, Note
from ircbot.incident.times import Unclear, told


def record(ctx: Context, saying: Record, named: int | None = None) -> None:
    """An entry for the timeline; a long one becomes several, one after the other.

    Nothing is dropped: without an incident it is kept.
    """
    named = saying.incident if saying.incident is not None else named
    incident = which(ctx, named, ask=named is not None, over=False)
    text, at, doubt = _with_time(ctx, saying)
    if incident is None:
        if named is None:
            keep(ctx, text, at)
        return
    if not takes_entries(ctx, incident):
        return
    n = incident.next_note
    if doubt:
        ctx.whisper("entry-for-now", incident, n=n, now=ctx.clock(ctx.now), why=doubt)
    elif not saying.at:
        _ask_when(ctx, incident, text)
    text = masked(ctx, text, n)
    for number, piece in enumerate(pieces(text), n):
        ctx.record(incident.id, Noted(number, piece, at))
    if looks_secret(ctx, text, incident):
        warn_of_security(ctx, ctx.incident(incident.id))


def _with_time(ctx: Context, saying: Record) -> tuple[str, datetime | None, str]:
    """The words of an entry, when it happened (None: now), and why the time that was typed is
    unclear: then it stays with the words, and nothing is lost."""
    if not saying.at:
        return saying.entry, None, ""
    said = f"{saying.at} {saying.entry}"
    typed, text = ctx.timed(said) or (saying.at, saying.entry)
    found = ctx.past(typed)
    if isinstance(found, Unclear):
        return said, None, ctx.unclear(typed, found)
    return text, found, ""


def _ask_when(ctx: Context, incident: Incident, text: str) -> None:
    """An entry that begins with a time may mean that time; who pastes a block is asked once."""
    typed = ctx.timed(_BRACKETED.sub(r"\1", text))
    found = ctx.past(typed[0]) if typed else None
    asked = any(
        ctx.mine(note.by) and ctx.now - note.recorded <= _ONE_MOMENT and ctx.timed(note.text)
        for note in incident.notes[-1:]
    )
    at = found.at if isinstance(found, Unclear) else found
    if typed and at and abs(at - ctx.now) > _ONE_MOMENT and not asked:
        later = ctx.past(typed[0], later=_ANSWERED_WITHIN)
        stays = later == found or isinstance(found, Unclear)
        then = re.sub("^(?:at|on) ", "", typed[0], flags=re.IGNORECASE) if stays else ctx.clock(at)
        n, now = incident.next_note, ctx.clock(ctx.now)
        ctx.whisper("entry-time", incident, n=n, now=now, at=then)


_BRACKETED = re.compile(r"^[\[(]([^\[\]()]{1,40})[\])]")  # "[11:55] the disk is full"
_ONE_MOMENT = timedelta(minutes=2)
# So long what an answer names must stay the same time: "-10m" and "yesterday" move on.
_ANSWERED_WITHIN = timedelta(hours=12)


# --- corrections ----------------------------------------------------------------------------


def undo(ctx: Context, incident: Incident) -> None:
    """Take back the speaker's last entry."""
    note = last_by_speaker(ctx, incident)
    if note is None:
        ctx.answer("nothing-to-undo", incident)
    else:
        ctx.record(incident.id, Struck(note.n))
        ctx.answer("struck", incident, n=note.n)


def last_by_speaker(ctx: Context, incident: Incident) -> Note | None:
    """The newest entry that the speaker wrote here and that stands, None if there is none."""
    return next(
        (
            note
            for note in reversed(incident.notes)
            if note.stands
            and not note.redacted
            and note.origin is None
            and ctx.mine(note.by, incident)
        ),
        None,
    )


def numbered(ctx: Context, incident: Incident, number: str) -> Note | None:
    """The entry a correction names; the speaker is told if there is none."""
    digits = number.removeprefix("#")
    note = incident.note(int(digits)) if re.fullmatch(r"[0-9]{1,9}", digits) else None
    if note is None:
        if incident.notes:
            ctx.answer("no-entry", incident, n=digits, last=incident.notes[-1].n)
        else:
            ctx.answer("no-entries", incident)
    return note


def standing(ctx: Context, incident: Incident, number: str) -> Note | None:
    """The same, of entries that were not moved to another incident; the speaker is told where."""
    note = numbered(ctx, incident, number)
    if note is None or note.moved is None:
        return note
    there = ctx.state.incidents.get(note.moved.to.incident)
    if there is not None and ctx.sees(there):
        ctx.answer("moved-already", incident, n=note.n, of=there.id, there=note.moved.to.n)
    else:
        ctx.answer("moved-away", incident, n=note.n)
    return None


def edit(ctx: Context, incident: Incident, note: Note, text: str) -> None:
    """Word an entry anew; what it said is kept."""
    if note.redacted:
        ctx.answer("was-redacted", incident, n=note.n)
    elif not ctx.refused("edit", incident, note.by):
        worded = masked(ctx, text, note.n)
        if len(worded) > LONGEST:
            ctx.answer("too-long", incident, n=note.n, most=LONGEST)
            return
        ctx.record(incident.id, Edited(note.n, worded))
        ctx.answer("edited", incident, n=note.n, text=worded, out=_out(ctx, incident, note))


def retime(ctx: Context, incident: Incident, note: Note, typed: str) -> None:
    """An entry tells of another time than was recorded; the former one is kept."""
    if ctx.refused("edit", incident, note.by) or (at := ctx.when_it_was(typed)) is None:
        return
    zone, out = ctx.setting.zone, _out(ctx, incident, note)
    if at == note.at:
        ctx.answer("retimed-already", incident, n=note.n, at=told(at, ctx.now, zone), out=out)
        return
    ctx.record(incident.id, Retimed(note.n, at))
    was = told(note.at, ctx.now, zone)
    ctx.answer("retimed", incident, n=note.n, at=told(at, ctx.now, zone), was=was, out=out)


def _out(ctx: Context, incident: Incident, note: Note) -> str:
    """That a correction does not bring back an entry that was taken out."""
    return ctx.word("stays-out", incident, n=note.n) if note.struck else ""


def substitute(
    ctx: Context, incident: Incident, old: str, new: str, *, everywhere: bool, asked: bool
) -> None:
    """`s/old/new/` on the speaker's last entry. People correct their chatter so, too.

    `asked`: the bot was spoken to, so that it answers if there is nothing to correct.
    """
    note = last_by_speaker(ctx, incident)
    if note is None or old not in note.text:
        if asked and note is None:
            ctx.answer("nothing-to-undo", incident)
        elif asked and note is not None:
            ctx.answer("no-match", incident, old=old, n=note.n, text=note.text)
    elif (text := replaced(note.text, old, new, everywhere=everywhere)) is None:
        ctx.answer("too-long", incident, n=note.n, most=LONGEST)
    else:
        edit(ctx, incident, note, text)


def drop(ctx: Context, incident: Incident, note: Note) -> None:
    """Take an entry out of the timeline."""
    if not ctx.refused("drop", incident, note.by):
        if not note.struck:
            ctx.record(incident.id, Struck(note.n))
        ctx.answer("struck-already" if note.struck else "struck", incident, n=note.n)


def restore(ctx: Context, incident: Incident, note: Note) -> None:
    """Put an entry back."""
    if note.redacted:
        ctx.answer("was-redacted", incident, n=note.n)
    elif not ctx.refused("redact" if note.n in incident.redactions else "drop", incident, note.by):
        if note.n in incident.redactions:
            copies.restore(ctx, incident, note)
        if note.struck:
            ctx.record(incident.id, Restored(note.n))
        elif note.moved is not None:
            copies.bring_back(ctx, incident.id, (note,))
        ctx.answer("restored-already" if note.stands else "restored", incident, n=note.n)
