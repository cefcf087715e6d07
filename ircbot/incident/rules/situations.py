"""Determines the situations that a line is said in, on which the meaning of situated words depends.

They are computed only once a situated phrase was found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from ircbot.incident.prompts import searches
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.questions import asked_speaker, offered_to_speaker
from ircbot.incident.situation import SEARCH_LASTS, Holds, Situation
from ircbot.incident.state import Incident

_JUST = timedelta(minutes=5)  # after a declaration or the end


def situation_of(ctx: Context, incident: Incident) -> Holds:
    """A test for the situations of a line, said where an incident is open or was recently."""
    found: dict[Situation, bool] = {}

    def holds(situation: Situation) -> bool:
        if situation not in found:
            found[situation] = _HOLDS[situation](ctx, incident)
        return found[situation]

    return holds


def may_be_of_few(ctx: Context, incident: Incident) -> bool:
    """Whether the speaker may be in a situation that only few people are in (OF_FEW); never wrongly
    False.
    """
    asked = incident.questions or incident.planned or incident.withdrawal
    return ctx.has_part or not incident.live or bool(asked) or incident.term() is None


def _leads(ctx: Context, incident: Incident) -> bool:
    holder = incident.holder()
    if not incident.live:
        return False
    return ctx.mine(holder or incident.declared_by, incident)


def _has_role(ctx: Context, incident: Incident) -> bool:
    return incident.live and any(
        ctx.mine(term.holder, incident) for term in incident.terms if term.until is None
    )


def _appoints(ctx: Context, incident: Incident) -> bool:
    own = ctx.mine(incident.declared_by, incident) or _has_role(ctx, incident)
    return incident.live and incident.holder() is None and (own or ctx.may("resume", incident))


def _is_asked(ctx: Context, incident: Incident) -> bool:
    return _asked_at(ctx, incident) is not None


def _asked_at(ctx: Context, incident: Incident) -> datetime | None:
    """When the speaker got the offer or the question that they have not answered, None if there is
    none.
    """
    if (offer := offered_to_speaker(ctx, incident)) is not None:
        return offer.at
    question = asked_speaker(ctx, incident)
    return question.at if question is not None else None


def _is_first(ctx: Context, incident: Incident) -> bool:
    """Whether it is the speaker's first line since they were asked: a later "ok" may answer
    something else.
    """
    asked_at = _asked_at(ctx, incident)
    if asked_at is None:
        return False
    spoke = ctx.said(ctx.line.channel, ctx.line.network, since=asked_at, nick=ctx.line.nick)
    return not any(line.at > asked_at for line in spoke)


def _is_channel_asked(ctx: Context, incident: Incident) -> bool:
    return wanted(ctx, incident) != ""


def wanted(ctx: Context, incident: Incident) -> str:
    """The role for which the bot just asked the channel for somebody, "" if none.

    If somebody has asked a question since, a line may be the answer to that.
    """
    asked = [
        (at, role)
        for role, at in searches(incident, ctx.process_of(incident))
        if ctx.now - at <= SEARCH_LASTS
    ]
    if not asked or not incident.live:
        return ""
    at, role = max(asked)
    since = ctx.said(ctx.line.channel, ctx.line.network, since=at)
    return "" if any("?" in line.text for line in since if line.at > at) else role


def _is_just(ctx: Context, incident: Incident) -> bool:
    """Whether the speaker declared or ended it a moment ago."""
    ends = (m for m in reversed(incident.moments) if m.kind in ("declared", "resolved"))
    last = next(ends, None)
    recent = last is not None and timedelta(0) <= ctx.now - last.at <= _JUST
    return recent and last is not None and ctx.mine(last.by, incident)


_HOLDS: Mapping[Situation, Callable[[Context, Incident], bool]] = {
    Situation.HERE: lambda ctx, incident: incident.live,
    Situation.LEADER: _leads,
    Situation.ROLE: _has_role,
    Situation.DECLARER: lambda ctx, i: i.live and ctx.mine(i.declared_by, i),
    Situation.INVOLVED: lambda ctx, incident: incident.live and ctx.involved(incident),
    Situation.APPOINTS: _appoints,
    Situation.ASKED: _is_asked,
    Situation.FIRST: _is_first,
    Situation.CHANNEL_ASKED: _is_channel_asked,
    Situation.JUST: _is_just,
    Situation.OVER: lambda ctx, incident: not incident.live,
}
