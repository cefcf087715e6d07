"""Changes to the facts in the header, and to the times of declaration and resolution."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from pyrsistent import pvector

from ircbot.incident.events import Entry
from ircbot.incident.state.changing import with_moment, without_keys
from ircbot.incident.state.incident import Incident
from ircbot.incident.state.parts import FACTS, TIMES, Change

MARKED = ("severity", "video")  # of which each value is a milestone of the timeline


def with_change(
    i: Incident, entry: Entry, what: str, new: str | datetime | None, undoes: int = 0
) -> Incident:
    """Changes a fact of the header, and adds it to the history."""
    change = Change(len(i.changes) + 1, entry.at, entry.by, what, i.fact(what), new, undoes)
    changed = replace(_with_fact(i, what, new), changes=i.changes.append(change))
    return with_moment(changed, entry, what, fact=str(new)) if what in MARKED else changed


def _with_fact(i: Incident, what: str, new: str | datetime | None) -> Incident:
    if what in FACTS or what in ("started", "detected", "mitigated"):
        fact: dict[str, Any] = {TIMES.get(what, what): new}
        return replace(i, **fact)
    if what in ("declared", "resolved") and isinstance(new, datetime):
        return _with_time(i, what, new)
    if isinstance(new, datetime):
        return replace(i, milestones={**i.milestones, what: new})
    return replace(i, milestones=without_keys(i.milestones, what))


def _with_time(i: Incident, what: str, at: datetime) -> Incident:
    """It was declared or resolved at another time than recorded: its last milestone of that kind
    moves, and so do the ends of roles that were held until then.
    """
    times: dict[str, Any] = {TIMES[what]: at}
    if what == "declared" and i.past:
        times["past"] = i.past.set(0, replace(i.past[0], since=at))
    place = max(p for p, m in enumerate(i.moments) if m.kind == what)
    moment = i.moments[place]
    moved = replace(moment, at=at, recorded=moment.recorded or moment.at)
    times["moments"] = i.moments.set(place, moved)
    if what == "resolved":
        times["terms"] = pvector(
            replace(t, until=max(at, t.since)) if t.until == i.resolved_at else t for t in i.terms
        )
    return replace(i, **times)
