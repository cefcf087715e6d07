"""Telling people: updates, promises of the next update, calls for help."""

from __future__ import annotations

from datetime import datetime, timedelta

from ircbot.incident.events import Arrived, Notified, Promised, Updated
from ircbot.incident.line import UPDATE, Source
from ircbot.incident.plain import plain
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.guarding import held_back, masked
from ircbot.incident.rules.which import which
from ircbot.incident.sayings import Ping, Promise
from ircbot.incident.state import Incident

CALL = "call:"  # the prefix of broadcasts to people who are called
_TODAY = timedelta(hours=18)  # a later time is not meant if only a time of day is given
_MOST_CALLED = 8  # at once: each of them gets a private message


def update(ctx: Context, incident: Incident, text: str) -> None:
    """Send a status update to every notified channel; the network reports where it arrived."""
    if not incident.live:
        ctx.answer("not-open", incident, status=incident.status)
        return
    if held_back(ctx, incident, text, "update"):
        return
    worded = masked(ctx, text)
    here = (ctx.line.channel,) if ctx.line.channel else ()
    others = ctx.places(incident, but=here)
    ctx.record(incident.id, Updated(worded, (*here, *others)))
    told = ctx.word("update", incident, text=worded, nick=ctx.line.nick)
    channels = ctx.tell_all(
        incident,
        told,
        but=here,
        broadcast=f"{UPDATE}{incident.id}:{len(ctx.incident(incident.id).updates)}",
    )
    if not channels:
        ctx.whisper("update-alone", incident)


def promise(ctx: Context, saying: Promise) -> None:
    """Record a promise of the next update; the leader is told when that is."""
    incident = which(ctx, ask=False)
    if incident is None or not incident.live:
        return
    due = ctx.now + timedelta(minutes=saying.minutes)
    if saying.at:
        ctx.aside = True
        typed = ctx.when_it_is_due(saying.at)
        if typed is not None and typed - ctx.now > _TODAY:
            ctx.answer("time-gone", typed=saying.at)
            typed = None
        ctx.aside = False
        due = typed or ctx.now
    if due > ctx.now:
        ctx.record(incident.id, Promised(due))
        if ctx.is_at(incident) and ctx.mine(incident.holder(), incident):
            ctx.answer("promised", incident, at=ctx.clock(due))


def put_off(ctx: Context, incident: Incident, typed: str) -> None:
    """Postpone the next update to the speaker's time; who said so is on record."""
    if not incident.live:
        ctx.answer("not-open", incident, status=incident.status)
    elif (due := ctx.when_it_is_due(typed)) is not None:
        ctx.record(incident.id, Promised(due))
        _tell_due(ctx, incident, due)


def _tell_due(ctx: Context, incident: Incident, due: datetime) -> None:
    at = ctx.clock(due)
    ctx.answer("promised", incident, at=at)
    if ctx.line.channel and not ctx.is_at(incident):
        ctx.announce(incident, "promised-out", at=at, nick=ctx.line.nick)


def ping(ctx: Context, saying: Ping) -> None:
    """People were called in plain words."""
    incident = which(ctx, ask=False)
    if incident is None or not incident.live or incident.secured or not ctx.involved(incident):
        return
    ctx.record(incident.id, Notified(saying.nicks, masked(ctx, plain(saying.reason))))
    absent = tuple(nick for nick in saying.nicks if _is_elsewhere(ctx, nick))
    if absent:
        n, why = len(ctx.incident(incident.id).calls), ctx.word("not-here", incident)
        ctx.record(incident.id, Arrived("call", n, (), absent, (why,) * len(absent)))
        nicks = ", ".join(f"{nick} ({why})" for nick in absent)
        ctx.whisper("not-reached", incident, nicks=nicks)
    if not saying.reason and not absent and not ctx.setting.quiet:
        ctx.whisper("ping-why", incident, nicks=" ".join(saying.nicks))


def _is_elsewhere(ctx: Context, nick: str) -> bool:
    """Whether a word said in this channel cannot reach somebody because they are not in it. For an
    old line, who is there now does not matter.
    """
    line = ctx.line
    now = line.source is Source.LIVE
    return now and ctx.setting.presence.is_in(nick, line.channel, line.network) is False


def notify(ctx: Context, incident: Incident, nicks: tuple[str, ...], reason: str) -> None:
    """Call people by name, with the reason in the same line, here and privately."""
    if not incident.live:
        ctx.answer("not-open", incident, status=incident.status)
        return
    if len(nicks) > _MOST_CALLED:
        ctx.answer("notify-many", incident, most=_MOST_CALLED)
        return
    if held_back(ctx, incident, reason, f"notify {' '.join(nicks)}"):
        return
    worded = masked(ctx, reason)
    ctx.record(incident.id, Notified(nicks, worded))
    called = f"{CALL}{incident.id}:{len(ctx.incident(incident.id).calls)}"
    for nick in nicks:
        text = ctx.word("notify", incident, nicks=nick, reason=worded, channel=incident.channel)
        ctx.call(incident, nick, text, called)
    text = ctx.word(
        "notify", incident, nicks=" ".join(nicks), reason=worded, channel=incident.channel
    )
    ctx.tell(incident, incident.channel, text)
