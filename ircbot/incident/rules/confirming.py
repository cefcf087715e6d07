"""Lets operators vouch for somebody's identity while the server does not announce accounts.

While services are down, accounts are not announced. Somebody who rejoins then is unknown to the
record, and would be locked out of their own incident.
"""

from __future__ import annotations

from ircbot.incident.events import Confirmed, Unconfirmed
from ircbot.incident.line import LineKind
from ircbot.incident.people import Person
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.which import open_now
from ircbot.incident.state import Incident

_EVERYWHERE = (LineKind.QUIT, LineKind.SPLIT, LineKind.NICK)
_HERE = (LineKind.PART, LineKind.KICK, LineKind.JOIN)  # who joins is not who was vouched for


def confirm(ctx: Context, incident: Incident, nick: str, account: str) -> None:
    """Record that the person with `nick` now owns the account; "" for the one known
    under the nick.
    """
    account = account or incident.account_of(nick) or ctx.memory.account_of(nick, incident.network)
    if ctx.refused("confirm", incident):
        return
    if not account:
        ctx.answer("confirm-whom", incident, nick=nick)
    else:
        who = ctx.setting.named(Person(nick, account, incident.network))
        ctx.record(incident.id, Confirmed(who))
        ctx.announce(
            ctx.incident(incident.id), "confirmed", nick=nick, account=account, by=ctx.line.nick
        )


def lapse(ctx: Context) -> None:
    """End a confirmation when its owner leaves, or when an account is announced for the nick."""
    line = ctx.line
    for incident in open_now(ctx):
        if incident.network != line.network or not incident.is_confirmed(line.nick):
            continue
        left = line.kind in _EVERYWHERE or (line.kind in _HERE and ctx.is_at(incident))
        if left or line.account:
            ctx.record(incident.id, Unconfirmed(Person(line.nick, None, line.network)))
