"""Lines from the past: kept until there is an incident, taken in after a declaration, promoted by
command.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from ircbot.incident.bounds import pieces
from ircbot.incident.events import MilestoneSet, Noted, StrayKept, StraysGiven
from ircbot.incident.line import Line
from ircbot.incident.people import Person
from ircbot.incident.plain import plain, worded
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.guarding import masked, takes_entries
from ircbot.incident.rules.which import ask_which, open_now
from ircbot.incident.shapes import read_entry
from ircbot.incident.state import Incident, Stray
from ircbot.incident.wording import NestedText
from ircbot.incident.words import ranges

_ASKED_WITHIN = timedelta(minutes=5)  # people who paste a block are told once


def keep(ctx: Context, text: str, at: datetime | None = None) -> None:
    """Keep an entry that belongs to no incident, or to an unclear one."""
    told = any(ctx.mine(s.by) and ctx.now - s.at <= _ASKED_WITHIN for s in ctx.state.strays)
    for piece in pieces(masked(ctx, text)):
        ctx.record(0, StrayKept(piece, at))
    if told:
        return
    if several := open_now(ctx):
        ask_which(ctx, several, "which-entry")
    elif over := [i for i in ctx.state.resolved if i.network == ctx.line.network]:
        ctx.whisper("stray-over", max(over, key=lambda i: i.id))
    else:
        ctx.whisper("stray")


def take_strays(ctx: Context, incident: Incident) -> None:
    """Give the waiting lines to an incident, as far as its people may see them."""
    theirs = [stray for stray in ctx.state.strays if _is_for(ctx, incident, stray)]
    if not theirs:
        ctx.answer("no-strays")
    elif takes_entries(ctx, incident):
        numbers = [
            n
            for stray in theirs
            for n in _take(ctx, incident.id, stray.at, stray.by, stray.channel, stray.text)
        ]
        _give(ctx, incident.id, theirs)
        ctx.answer("strays-adopted", incident, numbers=ranges(numbers))


def drop_strays(ctx: Context) -> None:
    """Drop the waiting lines of the network where this is said."""
    theirs = [stray for stray in ctx.state.strays if stray.by.network == ctx.line.network]
    count = len(theirs)
    if count:
        _give(ctx, 0, theirs)
    ctx.answer("strays-discarded" if count else "no-strays", count=count)


def _is_for(ctx: Context, incident: Incident, stray: Stray) -> bool:
    """Whether a waiting line may belong to an incident: it is of the same network, and if it was
    said in a hidden channel or in private, it stays in that channel or with its speaker.
    """
    if stray.by.network != incident.network:
        return False
    hidden = not stray.channel or ctx.setting.presence.is_hidden(stray.channel, incident.network)
    return not hidden or ctx.is_at(incident, stray.channel) or ctx.mine(stray.by, incident)


def _give(ctx: Context, incident: int, given: Sequence[Stray]) -> None:
    """End the wait of these lines; each of the others keeps its place."""
    left = [stray for stray in ctx.state.strays if stray not in given]
    ctx.record(0, StraysGiven(incident))
    for stray in left:
        kept = StrayKept(stray.text, stray.at)
        ctx.record(0, kept, by=stray.by, channel=stray.channel)


def adopt(ctx: Context, incident: Incident, moment: datetime) -> None:
    """Take lines said since a time, where an incident is discussed, into its timeline."""
    ctx.record(incident.id, MilestoneSet("detected", moment))
    # Entries that waited are taken with the rest, unless older ones wait too: those are offered.
    strays = [s for s in ctx.state.strays if _is_for(ctx, incident, s)]
    strays = strays if all(s.at >= moment for s in strays) else []
    said = [
        (line.at, ctx.setting.speaker(line), line.channel, worded(line.text))
        for line in ctx.said(incident.channel, incident.network, since=moment)
        if is_talk(ctx, line)
    ]
    said += [(s.at, s.by, s.channel, s.text) for s in strays]
    numbers = [
        n for one in sorted(said, key=lambda one: one[0]) for n in _take(ctx, incident.id, *one)
    ]
    if strays:
        _give(ctx, incident.id, strays)
    key = "adopted" if numbers else "adopted-none"
    count, at = len(numbers), ctx.clock(moment)
    ctx.answer(key, incident, count=count, since=at, numbers=ranges(numbers) if numbers else "")


def promote_last(ctx: Context, incident: Incident, count: int, nick: str) -> None:
    """Record the last `count` lines, by `nick` if given."""
    if not takes_entries(ctx, incident):
        return
    channel, network = incident.channel, incident.network
    if ctx.line.channel:
        channel, network = ctx.line.channel, ctx.line.network
    lines = [
        line
        for line in ctx.said(channel, network, nick=nick)
        if is_talk(ctx, line) and not _is_recorded(ctx, incident, line)
    ][-count:]
    if count == 0 or not lines:
        by = NestedText("remembered-by", {"nick": nick}) if nick else ""
        ctx.answer("nothing-remembered", incident, channel=channel, nick=by)
        return
    numbers = [
        n
        for line in lines
        for n in _take(
            ctx, incident.id, line.at, ctx.setting.speaker(line), line.channel, worded(line.text)
        )
    ]
    ctx.answer("recorded", incident, numbers=ranges(numbers))


def _take(
    ctx: Context, number: int, at: datetime, by: Person, channel: str, text: str
) -> list[int]:
    """Record an earlier line, with its own time and author; returns the numbers of its entries."""
    first = ctx.incident(number).next_note
    kept = list(enumerate(pieces(masked(ctx, text)), first))
    for n, piece in kept:
        ctx.record(number, Noted(n, piece, at, by, channel))
    return [n for n, _ in kept]


def is_talk(ctx: Context, line: Line) -> bool:
    """Whether a line is talk rather than an entry, a command or a correction."""
    text = plain(line.text).lower()
    nick = ctx.setting.nick.lower()
    commands = (ctx.setting.prefix.lower(), f"{nick}:", f"{nick},", "s/", "#undo")
    entry = read_entry(text, ctx.language) is not None or re.match(r"#info|!log", text)
    return bool(text) and not entry and not text.startswith(commands)


def _is_recorded(ctx: Context, incident: Incident, line: Line) -> bool:
    by = ctx.setting.speaker(line)
    return any(note.at == line.at and incident.is_same(note.by, by) for note in incident.notes)
