"""The timeline: entries, late ones, and putting them right afterwards."""

from __future__ import annotations

import re
from datetime import datetime

from ircbot.incident.events import Edited, Noted, Restored, Struck
from ircbot.incident.rules.guarding import looks_secret, masked, takes_entries, warn_of_security
from ircbot.incident.rules.hearing import Hearing
from ircbot.incident.rules.recalling import keep
from ircbot.incident.rules.which import which
from ircbot.incident.sayings import Record
from ircbot.incident.state import Incident, Note
from ircbot.incident.times import past


def record(h: Hearing, saying: Record, named: int | None = None) -> None:
    """An entry for the timeline. Nothing is dropped: without an incident it is kept."""
    named = saying.incident if saying.incident is not None else named
    incident = which(h, named, ask=named is not None)
    if incident is None:
        if named is None:
            keep(h, saying.entry)
        return
    if not takes_entries(h, incident):
        return
    at = _when(h, saying.at)
    if saying.at and at is None:
        h.answer("late-when", incident)
        return
    n = incident.next_note
    text = masked(h, saying.entry, n)
    h.record(incident.id, Noted(n, text, at))
    if looks_secret(h, text, incident):
        warn_of_security(h, h.incident(incident.id))


def _when(h: Hearing, typed: str) -> datetime | None:
    return past(typed, h.now, h.setting.zone) if typed else None


# --- corrections ----------------------------------------------------------------------------


def undo(h: Hearing, incident: Incident) -> None:
    """Take back the speaker's last entry."""
    note = last_by_speaker(h, incident)
    if note is None:
        h.answer("nothing-to-undo", incident)
    else:
        h.record(incident.id, Struck(note.n))
        h.answer("struck", incident, n=note.n)


def last_by_speaker(h: Hearing, incident: Incident) -> Note | None:
    """The newest entry that the speaker wrote and that stands, None if there is none."""
    return next(
        (
            note
            for note in reversed(incident.notes)
            if not note.struck and not note.redacted and h.mine(note.by)
        ),
        None,
    )


def numbered(h: Hearing, incident: Incident, number: str) -> Note | None:
    """The entry a correction names; the speaker is told if there is none."""
    digits = number.removeprefix("#")
    note = incident.note(int(digits)) if re.fullmatch(r"[0-9]{1,9}", digits) else None
    if note is None:
        if incident.notes:
            h.answer("no-entry", incident, n=digits, last=incident.notes[-1].n)
        else:
            h.answer("no-entries", incident)
    return note


def edit(h: Hearing, incident: Incident, note: Note, text: str) -> None:
    """Word an entry anew; what it said is kept."""
    if note.redacted:
        h.answer("was-redacted", incident, n=note.n)
    elif not h.refused("edit", incident, note.by):
        worded = masked(h, text, note.n)
        h.record(incident.id, Edited(note.n, worded))
        h.answer("edited", incident, n=note.n, text=worded)


def substitute(
    h: Hearing, incident: Incident, old: str, new: str, *, everywhere: bool, asked: bool
) -> None:
    """`s/old/new/` on the speaker's last entry. People correct their chatter so, too.

    `asked`: the bot was spoken to, so that it answers if there is nothing to correct.
    """
    note = last_by_speaker(h, incident)
    if note is None or old not in note.text:
        if asked and note is None:
            h.answer("nothing-to-undo", incident)
        elif asked and note is not None:
            h.answer("no-match", incident, old=old, n=note.n, text=note.text)
    else:
        edit(h, incident, note, note.text.replace(old, new, -1 if everywhere else 1))


def drop(h: Hearing, incident: Incident, note: Note) -> None:
    """Take an entry out of the timeline."""
    if not h.refused("drop", incident, note.by):
        if not note.struck:
            h.record(incident.id, Struck(note.n))
        h.answer("struck", incident, n=note.n)


def restore(h: Hearing, incident: Incident, note: Note) -> None:
    """Put an entry back."""
    if note.redacted:
        h.answer("was-redacted", incident, n=note.n)
    elif not h.refused("drop", incident, note.by):
        if note.struck:
            h.record(incident.id, Restored(note.n))
        h.answer("restored", incident, n=note.n)
