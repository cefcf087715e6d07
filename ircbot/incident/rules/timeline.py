"""The timeline: entries, late entries, and corrections."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from difflib import SequenceMatcher, get_close_matches
from itertools import islice

from ircbot.incident.bounds import LONGEST, pieces, replaced
from ircbot.incident.events import Continued, Edited, Noted, Restored, Retimed, Struck
from ircbot.incident.line import Joint, Line
from ircbot.incident.plain import plain, worded
from ircbot.incident.relays import is_by_itself
from ircbot.incident.rules import copies
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.guarding import looks_secret, masked, takes_entries, warn_of_security
from ircbot.incident.rules.recalling import keep
from ircbot.incident.rules.which import all_open_here, which
from ircbot.incident.sayings import Record
from ircbot.incident.shapes import AT_ONCE, GO_ON, MOST_LINES, command_in, goes_on, read_entry
from ircbot.incident.state import Incident, Note
from ircbot.incident.times import Unclear, told
from ircbot.values import dataclass


def record(ctx: Context, saying: Record, named: int | None = None) -> None:
    """Add an entry to the timeline; a long one becomes several consecutive ones.

    Nothing is dropped: if there is no incident it is kept for later.
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
    if saying.again and (note := _edited(ctx, incident, text)) is not None:
        if note.text != text:
            edit(ctx, incident, note, text)
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
    """The words of an entry, when it happened (None: now), and why its typed time is unclear, in
    which case the time stays among the words, so that nothing is lost.
    """
    if not saying.at:
        return saying.entry, None, ""
    said = f"{saying.at} {saying.entry}"
    typed, text = ctx.timed(said) or (saying.at, saying.entry)
    found = ctx.past(typed)
    if isinstance(found, Unclear):
        return said, None, ctx.unclear(typed, found)
    return text, found, ""


def _ask_when(ctx: Context, incident: Incident, text: str) -> None:
    """An entry that begins with a time may have happened then; somebody who pastes a block is asked
    once.
    """
    if (bracketed := _BRACKETED.match(text)) is not None:
        text = bracketed[1] + text[bracketed.end() :]
    typed = ctx.timed(text)
    if typed is None:
        return
    found = ctx.past(typed[0])
    asked = any(
        ctx.mine(note.by) and ctx.now - note.recorded <= _ONE_MOMENT and ctx.timed(note.text)
        for note in incident.notes[-1:]
    )
    at = found.at if isinstance(found, Unclear) else found
    if at and abs(at - ctx.now) > _ONE_MOMENT and not asked:
        later = ctx.past(typed[0], later=_ANSWERED_WITHIN)
        stays = later == found or isinstance(found, Unclear)
        then = re.sub("^(?:at|on) ", "", typed[0], flags=re.IGNORECASE) if stays else ctx.clock(at)
        n, now = incident.next_note, ctx.clock(ctx.now)
        ctx.whisper("entry-time", incident, n=n, now=now, at=then)


_ALONE = Joint.NONE  # looking up a member of an enumeration is slow
_BRACKETED = re.compile(r"^[\[(]([^\[\]()]{1,40})[\])]")  # "[11:55] the disk is full"
_ONE_MOMENT = timedelta(minutes=2)
# An answer repeats a time as typed only if it stays correct for this long, unlike "-10m".
_ANSWERED_WITHIN = timedelta(hours=12)


_EDITED_WITHIN = timedelta(hours=1)
_LOOKED_THROUGH = 20  # of the speaker's last entries
_WORD = re.compile(r"\* (\w[\w'./-]{2,40})")
_AROUND = ".,;:!?()\"'"  # signs beside a word
_WORDS_ALIKE = 0.7  # as difflib has it, of their letters
_ALIKE = 0.5  # as difflib has it, of the words of an entry and of its corrected form


def _edited(ctx: Context, incident: Incident, text: str) -> Note | None:
    """The speaker's entry that an edited message replaces: the one most similar to it, None if none
    is.
    """
    own = (n for n in reversed(incident.notes) if ctx.mine(n.by, incident) and not n.redacted)
    words = text.split()
    best, ratio = None, _ALIKE
    for note in islice(own, _LOOKED_THROUGH):
        if ctx.now - note.recorded <= _EDITED_WITHIN:
            alike = SequenceMatcher(None, note.text.split(), words, autojunk=False).ratio()
            if alike >= ratio and (best is None or alike > ratio):
                best, ratio = note, alike
    return best


# --- entries of several lines ---------------------------------------------------------------


def go_on(ctx: Context) -> bool:
    """Whether a line continues the entry that its speaker just wrote: it is part of the same
    multi-line message, or follows in the same second, indented or numbered. Then it becomes part of
    it.
    """
    line = ctx.line
    if not _goes_on(ctx, line) or command_in(line.text, ctx.setting.prefix) is not None:
        return False
    begun = _begun(ctx)
    if begun is None or not takes_entries(ctx, begun[0]):
        return False
    incident, note = begun
    text = masked(ctx, worded(line.text), note.n)
    text = text if line.joint is Joint.CUT else " " + text.lstrip(" \t")
    if len(note.text) + len(text) > LONGEST:
        return False
    ctx.record(incident.id, Continued(note.n, text))
    if looks_secret(ctx, text, incident):
        warn_of_security(ctx, ctx.incident(incident.id))
    return True


def _goes_on(ctx: Context, line: Line) -> bool:
    if line.joint is not _ALONE or (line.via and is_by_itself(line)):
        return read_entry(line.text.lstrip(" \t"), ctx.language) is None
    return line.text[:1] in GO_ON and goes_on(line.text, ctx.language)


def _begun(ctx: Context) -> tuple[Incident, Note] | None:
    """The entry that the speaker's last lines make up, if they came at once."""
    at = ctx.now
    for before in reversed(_own_lines(ctx)[-MOST_LINES:]):
        if at - before.at > AT_ONCE:
            break
        if not _goes_on(ctx, before):
            return _made_of(ctx, before)
        at = before.at
    return None


def _own_lines(ctx: Context) -> list[Line]:
    """The speaker's earlier lines here. For a relayed speaker, also those that the relay said by
    itself, which mostly continue theirs.
    """
    line = ctx.line
    return [
        one
        for one in ctx.said(line.channel, line.network)
        if ctx.same_name(one.nick, line.nick) or (one.via == line.via and is_by_itself(one))
    ]


def correct_word(ctx: Context) -> None:
    """ "* deploy" corrects the most similar word in the speaker's latest entry; some Matrix bridges
    announce edits this way.
    """
    match = _WORD.fullmatch(plain(ctx.line.text)) if "*" in ctx.line.text else None
    said = _own_lines(ctx) if match else []
    made = _made_of(ctx, said[-1]) if said else None
    if match is None or made is None or ctx.now - said[-1].at > _EDITED_WITHIN:
        return
    incident, note = made
    if note.origin is not None:
        return
    words = dict.fromkeys(word.strip(_AROUND) for word in note.text.split())
    like = get_close_matches(match[1], words, n=2, cutoff=_WORDS_ALIKE)
    if len(like) == 1 and like[0] != match[1]:
        substitute(ctx, incident, [Substitution(like[0], match[1])], asked=False)


def _made_of(ctx: Context, line: Line) -> tuple[Incident, Note] | None:
    """The entry that came from a line of the speaker's, where it is now."""
    if read_entry(line.text.lstrip(" \t"), ctx.language) is None:
        return None
    here = [i for i in ctx.state.incidents.values() if i.status == "duplicate" and ctx.is_at(i)]
    for incident in (*all_open_here(ctx), *here):
        note = _last_written(ctx, incident)
        if note is None or note.recorded != line.at:
            continue
        if note.moved is None and not incident.void:
            return incident, note
        others = copies.elsewhere(ctx, incident.id, note, copies.families(ctx))
        return next(((other, same) for other, same in others if same.stands), None)
    return None


def hide(ctx: Context) -> None:
    """A message was deleted: take what was recorded of it out of the timeline."""
    for incident in ctx.state.incidents.values():
        if incident.network != ctx.line.network:
            continue
        for note in incident.notes:
            if note.msgid == ctx.line.text and not note.struck:
                ctx.record(incident.id, Struck(note.n))
                ctx.whisper("deleted", ctx.incident(incident.id), n=note.n)
    ctx.memory.drop_if(lambda line: line.msgid == ctx.line.text)


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
    """The newest entry here that the speaker wrote and that is in the timeline, None if there is
    none.
    """
    return _last_written(ctx, incident, moved=False)


def _last_written(ctx: Context, incident: Incident, *, moved: bool = True) -> Note | None:
    """The same, or one that was `moved` to another incident since."""
    return next(
        (
            note
            for note in reversed(incident.notes)
            if (moved or note.moved is None)
            and not (note.struck or note.redacted)
            and note.origin is None
            and ctx.mine(note.by, incident)
        ),
        None,
    )


def numbered(ctx: Context, incident: Incident, number: str) -> Note | None:
    """The entry that a correction names; the speaker is told if there is none."""
    digits = number.removeprefix("#")
    note = incident.note(int(digits)) if re.fullmatch(r"[0-9]{1,9}", digits) else None
    if note is None:
        if incident.notes:
            ctx.answer("no-entry", incident, n=digits, last=incident.notes[-1].n)
        else:
            ctx.answer("no-entries", incident)
    return note


def standing(ctx: Context, incident: Incident, number: str) -> Note | None:
    """The same, without entries that were moved to another incident; the speaker is told where."""
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
    """Reword an entry; the former wording is kept."""
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
    """Correct an entry's time; the former one is kept."""
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
    """A note that a correction does not restore an entry that was taken out."""
    return ctx.word("stays-out", incident, n=note.n) if note.struck else ""


@dataclass(frozen=True, slots=True)
class Substitution:
    """The parts of `s/old/new/`."""

    old: str
    new: str
    everywhere: bool = False


def substitute(
    ctx: Context, incident: Incident, changes: Sequence[Substitution], *, asked: bool
) -> None:
    """Apply `s/old/new/` to the speaker's last entry, all of `changes` or none. People also correct
    their small talk this way.

    `asked`: the bot was addressed, so it answers if there is nothing to correct.
    """
    note = last_by_speaker(ctx, incident)
    if note is None:
        if asked:
            ctx.answer("nothing-to-undo", incident)
        return
    text = note.text
    for change in changes:
        if change.old not in text:
            if asked:
                ctx.answer(
                    "no-match",
                    incident,
                    old=change.old,
                    n=note.n,
                    text=ctx.repeated(incident, note.text),
                )
            return
        changed = replaced(text, change.old, change.new, everywhere=change.everywhere)
        if changed is None:
            ctx.answer("too-long", incident, n=note.n, most=LONGEST)
            return
        text = changed
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
