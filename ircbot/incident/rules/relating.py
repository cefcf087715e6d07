"""What an incident has to do with others: it is another one, or belongs with it."""

from __future__ import annotations

import re

from ircbot.incident.events import Duplicated, Related
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.which import which
from ircbot.incident.state import Incident


def duplicate(ctx: Context, incident: Incident, text: str) -> None:
    """It is another incident, under which people go on."""
    other = _other(ctx, incident, re.sub(r"^of\s+", "", text, flags=re.IGNORECASE))
    if other is None:
        return
    if incident.void:
        ctx.answer("not-open", incident, status=incident.standing)
    elif other.void:
        ctx.answer("duplicate-void", incident, of=other.id, status=other.standing)
    elif other.private and not incident.private:
        ctx.answer("duplicate-private", incident, of=other.id)
    else:
        ctx.record(incident.id, Duplicated(other.id))
        _relate(ctx, incident, other)
        ctx.tell_all(incident, ctx.word("duplicate", incident, of=other.id))


def relate(ctx: Context, incident: Incident, text: str) -> None:
    """It belongs with another incident: each says so of the other."""
    other = _other(ctx, incident, text)
    if other is not None:
        _relate(ctx, incident, other)
        ctx.answer("related", incident, other=other.id)


def _relate(ctx: Context, incident: Incident, other: Incident) -> None:
    """What is not private says nothing of what is."""
    for one, another in ((incident, other), (other, incident)):
        if another.id not in one.related and (one.private or not another.private):
            ctx.record(one.id, Related(another.id))


def _other(ctx: Context, incident: Incident, typed: str) -> Incident | None:
    """The other incident that is meant; the speaker is told if there is none."""
    named = re.fullmatch(r"[#@]?(\d{1,6})", typed.strip())
    if named is None:
        ctx.answer_usage(incident)
        return None
    other = which(ctx, ctx.setting.our_number(int(named[1])))
    if other is not None and other.id == incident.id:
        ctx.answer("duplicate-itself", incident, of=other.id)
        return None
    return other
