"""Changes to updates, calls and promises."""

from __future__ import annotations

from dataclasses import replace

from ircbot.incident.events import Arrived
from ircbot.incident.people import fold, same_name
from ircbot.incident.state.changing import with_clock_reset, without_keys, without_reminders
from ircbot.incident.state.incident import Incident
from ircbot.incident.state.parts import Update


def promise_subject(i: Incident, channel: str) -> str:
    """The subject of a promise's reminders: in the comms channel, that of the next update."""
    here = same_name(channel, i.channel, i.casemapping)
    return "update" if here else f"promise:{fold(channel, i.casemapping)}"


def with_update(i: Incident, update: Update) -> Incident:
    """Adds an update: where it is sent, it fulfils promises and tells how things stand."""
    kept = {c: p for c, p in i.promises.items() if update.reaches(p.channel)}
    told = replace(
        i,
        updates=i.updates.append(replace(update, kept=tuple(kept.values()))),
        promises=without_keys(i.promises, *kept),
    )
    for promise in kept.values():
        told = without_reminders(told, promise_subject(i, promise.channel))
    return with_clock_reset(told, update.at) if update.reaches(i.channel) else told


def with_arrival(i: Incident, arrived: Arrived) -> Incident:
    """Where an update or a call arrived; a promise stands where its update did not arrive."""
    refused = dict(zip(arrived.refused, arrived.why, strict=False))
    if arrived.what == "call" and 0 < arrived.n <= len(i.calls):
        call = replace(i.calls[arrived.n - 1], refused=refused)
        return replace(i, calls=i.calls.set(arrived.n - 1, call))
    if arrived.what != "update" or not 0 < arrived.n <= len(i.updates):
        return i
    before = i.updates[arrived.n - 1]
    update = replace(before, refused=refused, confirmed=arrived.confirmed)
    broken = {
        fold(p.channel, i.casemapping): p for p in before.kept if not update.reaches(p.channel)
    }
    return replace(
        i,
        updates=i.updates.set(arrived.n - 1, update),
        promises={**broken, **i.promises},  # later promises take precedence
    )
