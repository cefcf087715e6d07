"""Which incident a line belongs to; asked when it is unclear."""

from __future__ import annotations

from ircbot.incident.people import same_name
from ircbot.incident.rules.hearing import Hearing
from ircbot.incident.state import Incident


def which(h: Hearing, named: int | None = None, *, ask: bool = True) -> Incident | None:
    """The incident a line belongs to, None if there is none or it is unclear.

    The one it names; else the one talked about where it was said, an open one first; else the
    only open one; else the only one that is not closed. If `ask`, the speaker is told why not.
    """
    if named is not None:
        found = h.desk.incidents.get(named)
        if found is None and ask:
            h.answer("no-such-incident", id=named)
        return found
    near = [i for i in h.desk.incidents.values() if i.network == h.line.network]
    here = [i for i in near if _is_here(i, h.line.channel)]
    for group in ([i for i in here if i.live], [i for i in here if i.status == "resolved"]):
        if group:
            return max(group, key=lambda i: i.id)
    live = [i for i in near if i.live]
    candidates = live or [i for i in near if i.status == "resolved"]
    if len(candidates) == 1:
        return candidates[0]
    if ask:
        if live:
            ask_which(h, live)
        else:
            h.answer("none-open")
    return None


def open_here(h: Hearing) -> Incident | None:
    """The open incident that is talked about where the line was said."""
    return next(
        (i for i in h.desk.open if i.network == h.line.network and _is_here(i, h.line.channel)),
        None,
    )


def ask_which(h: Hearing, incidents: list[Incident]) -> None:
    """Ask which of several incidents is meant."""
    listed = sorted(incidents, key=lambda i: i.id)
    names = ", ".join(f"{i.id} ({h.summary(i)})" for i in listed)
    h.answer("which", incidents=names, id=listed[0].id)


def _is_here(incident: Incident, channel: str) -> bool:
    return bool(channel) and same_name(incident.channel, channel)
