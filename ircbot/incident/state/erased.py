"""Erases words from an incident, with the same result as `replay` of the remaining entries."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pyrsistent import pvector

from ircbot.incident.events import Forgotten
from ircbot.incident.marks import FieldVisitor, rewritten
from ircbot.incident.people import same_name
from ircbot.incident.state.changing import says_something, without_keys
from ircbot.incident.state.incident import Incident, nick_key


def erased(i: Incident, visitor: FieldVisitor) -> Incident:
    """An incident without the erased words; equal to the `replay` of the remaining entries."""
    left = rewritten(i, visitor)
    remarks = ("whys", "prose", "props", "links", "parked", "messages", "published")
    kept: dict[str, Any] = {
        name: pvector(filter(says_something, getattr(left, name))) for name in remarks
    }
    moments = pvector(replace(m, who=m.about.nick) if m.about else m for m in left.moments)
    return replace(
        left,
        **kept,
        moments=moments,
        away={i.key(d.who): d for d in left.away.values()},
        writers={i.key(writer): writer for writer in left.writers.values()},
        confirmed={
            nick_key(who.network, who.nick, i.casemapping): who
            for who in left.confirmed.values()
            if who.account
        },
    )


def unseen(i: Incident, order: Forgotten) -> Incident:
    """Forgets that a nick was seen with somebody's account."""
    key = nick_key(order.network, order.nick, order.casemapping)
    seen = i.accounts.get(key, ()) if order.shared else ()
    theirs = order.account or ""
    kept = tuple(one for one in seen if not same_name(one, theirs, order.casemapping))
    return replace(i, accounts={**i.accounts, key: kept} if kept else without_keys(i.accounts, key))
