"""What `help` says: what fits the present state, help on a situation, all commands by name.

At most three lines, for somebody who was just woken up. Help on single commands is in commands.py.
"""

from __future__ import annotations

from ircbot.incident.rules.context import Context
from ircbot.incident.rules.which import which
from ircbot.incident.texts import own_text

# How a situation is typed after `help`, also as [texts] calls it, and the text for it.
SITUATIONS = {
    "starting": "help-starting",
    "during": "help-during",
    "handing over": "help-handing-over",
    "ending": "help-ending",
    "afterwards": "help-afterwards",
}


def tell_situation(ctx: Context, typed: str) -> bool:
    """Tell what to type in a named situation; False if there is no such situation."""
    process, wanted = ctx.setting.process, typed.replace("-", " ").casefold()
    for name, key in SITUATIONS.items():
        if wanted in (name, own_text(process, name).casefold()):
            ctx.answer(key)
            _tell_more(ctx)
            return True
    return False


def tell_what_fits(ctx: Context, named: int | None) -> None:
    """Tell what to type in the present state, of the incident `named` if there is one."""
    incident = which(ctx, named, ask=False)
    if incident is None or incident.void or incident.status == "closed":
        ctx.answer("help-starting")
    elif incident.status == "resolved":
        ctx.answer("help-afterwards", incident)
    elif ctx.mine(incident.holder(), incident):
        ctx.answer("help-leading", incident)
    else:
        if incident.holder() is None:
            ctx.answer("help-leaderless", incident)
        ctx.answer("help-during", incident)
    _tell_more(ctx)


def _tell_more(ctx: Context) -> None:
    url = ctx.setting.help_url
    names = ", ".join(own_text(ctx.setting.process, name) for name in SITUATIONS)
    ctx.answer(
        "help-more", situations=names, docs=ctx.word("help-docs", None, url=url) if url else ""
    )
