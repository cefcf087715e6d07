"""Keeping out of the record what must not be in it: secrets, security matters, what people ask."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b

from ircbot.incident.events import Forgotten, Purged, Redacted, Reminded, Secured
from ircbot.incident.find import has_any
from ircbot.incident.line import Source
from ircbot.incident.masking import mask
from ircbot.incident.people import Person, fold, same_name
from ircbot.incident.plain import plain
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


def kept(h: Hearing, incident: Incident, text: str) -> str:
    """The text as an incident may keep it: nothing of a security matter."""
    return "" if incident.secured else masked(h, text)


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


def takes_entries(h: Hearing, incident: Incident) -> bool:
    """Whether an incident takes entries; the speaker is told if not."""
    if incident.secured:
        h.answer("not-recorded", incident)
    elif incident.status in ("closed", "withdrawn"):
        h.answer("not-open", incident, status=incident.status)
    else:
        return True
    return False


def warn_of_security(h: Hearing, incident: Incident) -> None:
    """Tell the speaker privately, once, where security matters go. Their words are not repeated."""
    key = f"security:{fold(h.line.nick)}"
    if incident.was_given(key):
        return
    h.record(incident.id, Reminded(key))
    h.whisper("security", incident, way=_way(h, incident))


def held_back(h: Hearing, incident: Incident, text: str, command: str) -> bool:
    """Whether a text is not to be repeated in every channel; its speaker is told why."""
    if text.startswith("\\") or not looks_secret(h, text, incident):
        return False
    h.whisper("security-held", incident, way=_way(h, incident), command=command)
    return True


def _way(h: Hearing, incident: Incident) -> str:
    way = h.setting.security.way or h.process_of(incident).secure_way
    return h.word("security-way", incident, way=way) if way else ""


def secure(h: Hearing, incident: Incident) -> None:
    """Stop recording an incident."""
    if incident.secured:
        h.answer("secured-again", incident)
    elif not h.refused("security", incident):
        h.record(incident.id, Secured())
        h.memory.drop_channel(incident.channel, incident.network)
        way = _way(h, incident)
        h.announce(h.incident(incident.id), "secured", way=f" {way.strip()}" if way else "")


def unsecure(h: Hearing, incident: Incident) -> None:
    """It is no security matter after all: go on recording."""
    if not incident.secured:
        h.answer("not-secured", incident)
    elif not h.refused("purge", incident):
        h.record(incident.id, Secured(lifted=True))
        h.announce(h.incident(incident.id), "unsecured")


def purge(h: Hearing, incident: Incident) -> None:
    """Stop recording an incident, and remove what was captured of it."""
    if not incident.secured:
        secure(h, incident)
    if not h.incident(incident.id).secured or h.refused("purge", incident):
        return
    if h.line.source is Source.LIVE:  # what is merely played back removes nothing
        h.record(incident.id, Purged())
        h.answer("purged", h.incident(incident.id))


def redact(h: Hearing, incident: Incident, note: Note) -> None:
    """Remove the words of an entry, from the disk too."""
    if h.refused("redact", incident, note.by):
        return
    if note.redacted:
        h.answer("was-redacted", incident, n=note.n)
        return
    h.record(incident.id, Redacted(note.n))
    h.memory.drop_if(lambda line: note.text in plain(line.text))
    h.answer("redacted", incident, n=note.n)


def forget(h: Hearing, nick: str) -> None:
    """Remove what a person wrote, in every incident that is loaded; what they ask of us."""
    writers = [p for i in h.desk.incidents.values() for p in people(i) if same_name(p.nick, nick)]
    # Of a nick that somebody with an account had, only they can ask: nicks are easily taken.
    author = next((p for p in writers if p.account), Person(nick))
    if h.refused("forget", None, author):
        return
    token = f"someone-{_digest(nick, h.now)}"
    found = [i for i in h.desk.incidents.values() if _wrote(i, nick)]
    if h.line.source is Source.LIVE:
        for incident in found:
            h.record(incident.id, Forgotten(token, nick), by=Person(token))
    h.memory.drop_if(lambda line: same_name(line.nick, nick))
    h.answer("forgotten" if found else "forgotten-nothing", nick=nick)


def people(incident: Incident) -> Iterator[Person]:
    """Everybody whose person an incident holds."""
    yield incident.declared_by
    yield from (term.holder for term in incident.terms)
    for kept in (incident.notes, incident.updates, incident.calls, incident.parked):
        yield from (one.by for one in kept)


def _wrote(incident: Incident, nick: str) -> bool:
    return fold(nick) in incident.writers or any(same_name(p.nick, nick) for p in people(incident))


def _digest(nick: str, now: datetime) -> str:
    return blake2b(f"{fold(nick)} {now.isoformat()}".encode(), digest_size=3).hexdigest()
