"""Keeping out of the record what must not be in it: secrets, security matters, what people ask."""

from __future__ import annotations

from hashlib import blake2b

from ircbot.incident.events import Forgotten, Purged, Redacted, Reminded, Secured
from ircbot.incident.find import has_any
from ircbot.incident.masking import mask
from ircbot.incident.people import Person, fold, same_name
from ircbot.incident.rules.hearing import Hearing
from ircbot.incident.state import Incident, Note


def masked(h: Hearing, text: str, note: int | None = None) -> str:
    """The text as it may be recorded. A leading backslash: as it is.

    Whoever spoke is told of what was masked once the line is dealt with; `note` is its entry.
    """
    if text.startswith("\\"):
        return text[1:].lstrip()
    if not h.setting.security.mask:
        return text
    worded, kinds = mask(text)
    if kinds:
        h.masked |= dict.fromkeys(kinds)
        h.masked_note = note
    return worded


def tell_masked(h: Hearing) -> None:
    """Tell the speaker privately that something was masked, and how to have it as it was."""
    if h.masked:
        what = " and ".join(h.masked)
        if h.masked_note is None:
            h.whisper("masked", what=what)
        else:
            h.whisper("masked-note", what=what, n=h.masked_note)


def looks_secret(h: Hearing, text: str, incident: Incident | None) -> bool:
    """Whether a text speaks of a security matter, in a process that keeps those off IRC."""
    process = h.process_of(incident)
    if not process.security_off_irc:
        return False
    words = (*process.security_words, *h.setting.security.words)
    return has_any(text, words)


def warn_of_security(h: Hearing, incident: Incident) -> None:
    """Tell the speaker privately, once, where security matters go. Their words are not repeated."""
    key = f"security:{fold(h.line.nick)}"
    if incident.was_given(key):
        return
    h.record(incident.id, Reminded(key))
    h.whisper("security", incident, way=_way(h, incident))


def _way(h: Hearing, incident: Incident) -> str:
    way = h.setting.security.way or h.process_of(incident).secure_way
    return h.word("security-way", incident, way=way) if way else ""


def secure(h: Hearing, incident: Incident, *, purge: bool) -> None:
    """Stop recording an incident; on request remove what was captured."""
    if h.refused("security", incident):
        return
    if not incident.secured:
        h.record(incident.id, Secured())
        h.memory.drop_channel(incident.channel, incident.network)
        way = _way(h, incident)
        h.announce(h.incident(incident.id), "secured", way=f" {way.strip()}" if way else "")
    elif not purge:
        h.answer("secured-again", incident)
    if purge and not h.refused("purge", incident):
        h.record(incident.id, Purged())
        h.answer("purged", h.incident(incident.id), left="")


def redact(h: Hearing, incident: Incident, note: Note) -> None:
    """Remove the words of an entry, from the disk too."""
    if h.refused("redact", incident, note.by):
        return
    h.record(incident.id, Redacted(note.n))
    h.answer("redacted", incident, n=note.n, left="")


def forget(h: Hearing, nick: str) -> None:
    """Remove what a person wrote, in every incident that is loaded; what they ask of us."""
    author = Person(nick)
    if h.refused("forget", None, author):
        return
    token = (
        "someone-"
        + blake2b(f"{fold(nick)} {h.now.isoformat()}".encode(), digest_size=3).hexdigest()
    )
    for incident in h.desk.incidents.values():
        wrote = any(same_name(note.by.nick, nick) for note in incident.notes)
        if wrote or fold(nick) in incident.writers:
            h.record(incident.id, Forgotten(token, nick), by=Person(token))
    h.memory.drop_if(lambda line: same_name(line.nick, nick))
    h.answer("forgotten", None, nick=nick, left="")
