"""Determines which incident a line belongs to, and asks if that is unclear."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from ircbot.incident.line import Source
from ircbot.incident.people import same_name
from ircbot.incident.rules.context import Context
from ircbot.incident.state import PAST, Incident

_A_DAY = timedelta(days=1)
_IMPORT = Source.IMPORT  # looking up a member of an enumeration is slow


def which(
    ctx: Context,
    named: int | None = None,
    *,
    ask: bool = True,
    unless_one: bool = False,
    over: bool = True,
) -> Incident | None:
    """The incident a line belongs to, None if there is none or it is unclear.

    It is the one that the line names; else the one discussed in its channel, an open one first;
    else the only open one; else the only one that is not closed. With `ask`, the speaker is told
    why none was found; with `unless_one`, they are asked only to choose among several open ones.
    Without `over`, a resolved incident counts only in its own channel.
    """
    if named is not None:
        found = ctx.state.incidents.get(named)
        if found is not None and not ctx.sees(found):
            found = None
        if found is None and ask:
            ctx.answer("no-such-incident", id=named)
        return found
    if here := all_open_here(ctx):
        return here[-1]
    live = open_now(ctx)
    resolved = [i for i in ctx.state.resolved if _is_near(ctx, i) and ctx.sees(i)]
    if over_here := _here(ctx, resolved, ctx.line.channel):
        return max(over_here, key=lambda i: i.id)
    candidates = live or (resolved if over else [])
    if len(candidates) == 1:
        return candidates[0]
    if candidates and (ask or (unless_one and live)):
        ask_which(ctx, candidates)
    elif ask and (last := ctx.state.latest) is not None and ctx.sees(last):
        ctx.answer("none-open-but", last, status=last.standing)
    elif ask:
        ctx.answer("none-open")
    return None


def live_one(
    ctx: Context, named: int | None, *, asked: bool, unless_one: bool = False
) -> Incident | None:
    """The open incident that something is said about. `asked`: by command, else in passing."""
    incident = which(ctx, named, ask=asked, unless_one=unless_one)
    if incident is None or incident.live:
        return incident
    if asked:
        ctx.answer("not-open", incident, status=incident.standing)
    return None


def open_now(ctx: Context) -> tuple[Incident, ...]:
    """The open incidents that an unnamed line may belong to, oldest first."""
    return near(ctx, ctx.state.open)


def all_open_here(ctx: Context) -> tuple[Incident, ...]:
    """Those of them that are discussed in the line's channel."""
    if ctx.here is None:  # every rule asks, and few change it
        line, mapping = ctx.line, ctx.setting.casemapping
        open_there = ctx.state.open_near(line.network, line.channel) if line.channel else ()
        found = [i for i in open_there if same_name(i.channel, line.channel, mapping)]
        ctx.here = near(ctx, found)
    return ctx.here


def near(ctx: Context, incidents: Iterable[Incident]) -> tuple[Incident, ...]:
    """Those of these incidents that an unnamed line may belong to."""
    aloud = bool(ctx.line.channel)  # in a channel, everybody may know of incidents, except private
    return tuple(
        [i for i in incidents if _is_near(ctx, i) and ((aloud and not i.private) or ctx.sees(i))]
    )


def open_at(ctx: Context, channel: str) -> Incident | None:
    """The open incident that is discussed in a channel."""
    there = _here(ctx, ctx.state.open_near(ctx.line.network, channel), channel)
    return next((incident for incident in there if _is_near(ctx, incident)), None)


def open_here(ctx: Context) -> Incident | None:
    """The open incident that is discussed in the line's channel."""
    return next(iter(all_open_here(ctx)), None)


def over_here(ctx: Context) -> Incident | None:
    """The incident that was discussed in the line's channel and ended at most a day ago; it is not
    closed, and none is open there.
    """
    over = [
        i
        for i in _here(ctx, ctx.state.resolved, ctx.line.channel)
        if i.resolved_at is not None and _is_near(ctx, i) and ctx.now - i.resolved_at <= _A_DAY
    ]
    return max(over, key=lambda i: i.id, default=None)


def ask_which(ctx: Context, incidents: Iterable[Incident], key: str = "which") -> None:
    """Ask which of several incidents is meant."""
    listed = sorted(incidents, key=lambda i: i.id)
    names = ", ".join(f"{i.id} ({ctx.summary(i)})" for i in listed)
    ctx.answer(key, incidents=names, id=listed[0].id)


def _is_near(ctx: Context, incident: Incident) -> bool:
    """Whether an incident is on the line's network, and not merely a past one from an import."""
    return incident.network == ctx.line.network and (
        incident.source is not _IMPORT
        or ctx.line.source is _IMPORT
        or ctx.now - incident.followed_until <= PAST
    )


def _here(ctx: Context, incidents: Iterable[Incident], channel: str) -> list[Incident]:
    return [i for i in incidents if ctx.same_name(i.channel, channel)] if channel else []


def is_somebody(ctx: Context, nick: str) -> bool:
    """Whether somebody here is known to have a nick."""
    line, presence = ctx.line, ctx.setting.presence
    if presence.is_in(nick, line.channel, line.network):
        return True
    known = {said.nick for said in ctx.said(line.channel, line.network)}
    if (incident := open_here(ctx)) is not None:
        # Not everybody(), which looks at each of maybe thousands of entries.
        people = (incident.declared_by, *incident.writers.values(), *incident.people())
        known.update(person.nick for person in people)
    return any(ctx.same_name(nick, one) for one in known)
