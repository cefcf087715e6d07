"""Lines that were already said: kept until there is an incident, taken in, promoted by hand."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from ircbot.incident.events import MilestoneSet, Noted, StrayKept, StraysGiven
from ircbot.incident.line import Line
from ircbot.incident.people import Person, same_name, speaker
from ircbot.incident.plain import plain
from ircbot.incident.rules.guarding import masked, takes_entries
from ircbot.incident.rules.hearing import Hearing
from ircbot.incident.rules.which import ask_which, open_now
from ircbot.incident.state import Incident
from ircbot.incident.words import ranges

_ASKED_WITHIN = timedelta(minutes=5)  # who pastes a block is told once


def keep(h: Hearing, text: str) -> None:
    """No incident, or no telling which: an entry waits for one."""
    told = any(h.mine(s.by) and h.now - s.at <= _ASKED_WITHIN for s in h.desk.strays)
    h.record(0, StrayKept(masked(h, text)))
    if told:
        return
    if several := open_now(h):
        ask_which(h, several, "which-entry")
    else:
        h.whisper("stray")


def take_strays(h: Hearing, incident: Incident) -> None:
    """Give the lines that waited for an incident to one."""
    if not h.desk.strays:
        h.answer("no-strays")
    elif takes_entries(h, incident):
        numbers = [
            _take(h, incident.id, stray.at, stray.by, stray.channel, stray.text)
            for stray in h.desk.strays
        ]
        h.record(0, StraysGiven(incident.id))
        h.answer("strays-adopted", incident, numbers=ranges(numbers))


def drop_strays(h: Hearing) -> None:
    """Drop the lines that waited for an incident."""
    count = len(h.desk.strays)
    if count:
        h.record(0, StraysGiven(0))
    h.answer("strays-discarded" if count else "no-strays", count=count)


def adopt(h: Hearing, incident: Incident, moment: datetime) -> None:
    """Take what was said since then where an incident is talked about into its timeline."""
    h.record(incident.id, MilestoneSet("detected", moment))
    # Entries that waited are taken with the rest, unless older ones wait too: those are offered.
    strays = h.desk.strays if all(s.at >= moment for s in h.desk.strays) else ()
    said = [
        (line.at, speaker(line), line.channel, plain(line.text))
        for line in h.said(incident.channel, incident.network, since=moment)
        if is_talk(h, line)
    ]
    said += [(s.at, s.by, s.channel, s.text) for s in strays]
    numbers = [_take(h, incident.id, *one) for one in sorted(said, key=lambda one: one[0])]
    if strays:
        h.record(0, StraysGiven(incident.id))
    key = "adopted" if numbers else "adopted-none"
    count, at = len(numbers), h.clock(moment)
    h.answer(key, incident, count=count, since=at, numbers=ranges(numbers) if numbers else "")


def promote_last(h: Hearing, incident: Incident, count: int, nick: str) -> None:
    """Record the last `count` lines that were said, by `nick` if given."""
    if not takes_entries(h, incident):
        return
    channel, network = incident.channel, incident.network
    if h.line.channel:
        channel, network = h.line.channel, h.line.network
    lines = [
        line
        for line in h.said(channel, network, nick=nick)
        if is_talk(h, line) and not _is_recorded(incident, line)
    ][-count:]
    if count == 0 or not lines:
        by = f" by {nick}" if nick else ""
        h.answer("nothing-remembered", incident, channel=channel, nick=by)
        return
    numbers = [
        _take(h, incident.id, line.at, speaker(line), line.channel, plain(line.text))
        for line in lines
    ]
    h.answer("recorded", incident, numbers=ranges(numbers))


def _take(h: Hearing, number: int, at: datetime, by: Person, channel: str, text: str) -> int:
    """Record something said before, with its own time and author; its number."""
    n = h.incident(number).next_note
    h.record(number, Noted(n, masked(h, text), at, by, channel))
    return n


def is_talk(h: Hearing, line: Line) -> bool:
    """Whether a line is talk, rather than an entry, a command or a correction."""
    text = plain(line.text).lower()
    nick = h.setting.nick.lower()
    commands = (h.setting.prefix.lower(), f"{nick}:", f"{nick},", "s/", "#undo")
    entry = re.match(r"tl ?(?:[#@]?\d+ ?)?:|#info|!log", text)
    return bool(text) and entry is None and not text.startswith(commands)


def _is_recorded(incident: Incident, line: Line) -> bool:
    return any(note.at == line.at and same_name(note.by.nick, line.nick) for note in incident.notes)
