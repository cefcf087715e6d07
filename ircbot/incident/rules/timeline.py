"""The timeline: entries, late ones, and putting them right afterwards."""

from __future__ import annotations

import re
from datetime import datetime

from ircbot.incident.events import Edited, Noted, Restored, StrayKept, Struck
from ircbot.incident.line import Line
from ircbot.incident.plain import plain
from ircbot.incident.rules.declaring import numbers, promote
from ircbot.incident.rules.guarding import looks_secret, masked, warn_of_security
from ircbot.incident.rules.hearing import Hearing
from ircbot.incident.rules.which import ask_which, which
from ircbot.incident.sayings import Record
from ircbot.incident.state import Incident, Note
from ircbot.incident.times import past


def record(h: Hearing, saying: Record, named: int | None = None) -> None:
    """An entry for the timeline. Nothing is dropped: without an incident it is kept."""
    named = saying.incident if saying.incident is not None else named
    incident = which(h, named, ask=named is not None)
    if incident is None:
        if named is None:
            _keep(h, saying)
        return
    if not _takes_entries(h, incident):
        return
    at = _when(h, saying.at)
    if saying.at and at is None:
        h.answer("late-when", incident)
        return
    text, kinds = masked(saying.entry)
    n = incident.next_note
    h.record(incident.id, Noted(n, text, at))
    if kinds:
        h.whisper("masked", incident, what=" and ".join(kinds), n=n)
    if looks_secret(h, text, incident):
        warn_of_security(h, h.incident(incident.id))


def _takes_entries(h: Hearing, incident: Incident) -> bool:
    if incident.secured:
        h.answer("not-recorded", incident)
    elif incident.status in ("closed", "withdrawn"):
        h.answer("not-open", incident, status=incident.status)
    else:
        return True
    return False


def _when(h: Hearing, typed: str) -> datetime | None:
    return past(typed, h.now, h.setting.zone) if typed else None


def _keep(h: Hearing, saying: Record) -> None:
    """No incident, or no telling which: the line waits for one."""
    text, _ = masked(saying.entry)
    several = [i for i in h.desk.open if i.network == h.line.network]
    first = not h.desk.strays
    h.record(0, StrayKept(text))
    if several:
        ask_which(h, several)
    elif first:
        h.whisper("stray")


def promote_last(h: Hearing, incident: Incident, arguments: str) -> None:
    """Record lines already said: `[N] [NICK]`, the last one by anybody if neither is given."""
    if not _takes_entries(h, incident):
        return
    words = arguments.split()
    count = 1
    if words and re.fullmatch(r"[0-9]{1,3}", words[0]):
        count = int(words.pop(0))
    nick = words[0] if words else ""
    channel = h.line.channel or incident.channel
    said = h.memory.said(channel, h.line.network, nick=nick)
    lines = [line for line in said if _worth(h, line)][-count:]
    if count == 0 or not lines:
        h.answer("nothing-remembered", incident, channel=channel)
        return
    promoted = [promote(h, incident.id, line) for line in lines]
    h.answer("recorded", incident, numbers=numbers(promoted[0], promoted[-1]))


def _worth(h: Hearing, line: Line) -> bool:
    """Whether a line is speech rather than an entry or a command."""
    text = plain(line.text).lower()
    return bool(text) and not text.startswith(
        (h.setting.prefix.lower(), f"{h.setting.nick.lower()}:", "tl:", "s/")
    )


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
        worded, kinds = masked(text)
        h.record(incident.id, Edited(note.n, worded))
        h.answer("edited", incident, n=note.n, text=worded)
        if kinds:
            h.whisper("masked", incident, what=" and ".join(kinds), n=note.n)


def substitute(h: Hearing, incident: Incident, old: str, new: str, *, everywhere: bool) -> None:
    """`s/old/new/` on the speaker's last entry."""
    note = last_by_speaker(h, incident)
    if note is None:
        h.answer("nothing-to-undo", incident)
    elif old not in note.text:
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
