"""The facts in the header and their history: each change has a number, by which it can
be undone.
"""

from __future__ import annotations

from datetime import datetime

from ircbot.incident.events import ChangeUndone
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.guarding import guard_summary, looks_secret
from ircbot.incident.state import FACTS, Incident
from ircbot.incident.texts import own_text

_LISTED = 3  # an answer is at most three lines


def tell_set(ctx: Context, number: int, what: str) -> None:
    """Tell the speaker a fact's new value, its former one, and how to undo the change."""
    incident = ctx.incident(number)
    change = incident.changes[-1]
    value = shown(ctx, incident, change.new)
    if change.old and change.old != change.new:
        old = ctx.repeated(incident, shown(ctx, incident, change.old))
        ctx.answer("changed", incident, what=what, value=value, old=old, n=change.n)
    else:
        ctx.answer("set", incident, what=what, value=value)


def shown(ctx: Context, incident: Incident, value: str | datetime | None) -> str:
    """A fact of the header as it may be said publicly."""
    if isinstance(value, datetime):
        return own_text(ctx.process_of(incident), ctx.told(value))
    if value and (incident.secured or looks_secret(ctx, value, incident)):
        return ctx.word("guarded", incident)
    return value.rstrip(".") if value else ctx.word("unknown-fact", incident)


def undo(ctx: Context, incident: Incident, n: int) -> None:
    """Restore a fact to its value before change `n`, whatever followed; 0 lists the changes."""
    change = incident.change(n)
    if n == 0:
        _list(ctx, incident)
    elif change is None:
        ctx.answer("no-change", incident, n=n)
    elif not ctx.refused(change.what if change.what in FACTS else "milestone", incident):
        ctx.record(incident.id, ChangeUndone(n))
        guard_summary(ctx, incident.id)
        now = ctx.incident(incident.id)
        value = ctx.repeated(now, shown(ctx, now, now.fact(change.what)))
        ctx.answer("change-undone", now, what=change.what, value=value)


def _list(ctx: Context, incident: Incident) -> None:
    """List the latest changes, newest first, one per line."""
    if not incident.changes:
        ctx.answer("no-changes", incident)
    left = len(incident.changes) - _LISTED
    for place, change in enumerate(reversed(incident.changes[-_LISTED:]), 1):
        last = left > 0 and place == _LISTED
        ctx.answer(
            "changes",
            incident,
            n=change.n,
            what=change.what,
            value=shown(ctx, incident, change.new),
            old=shown(ctx, incident, change.old),
            nick=change.by.nick,
            more=ctx.word("changes-more", incident, count=left) if last else "",
        )
