"""Audiences: when each was told how things stand, when it must hear again, and how long it waited.

Knows no wording; the reminders are in reminders.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from ircbot.incident.process import Audience, Process
from ircbot.incident.prompts import occurrences
from ircbot.incident.state import Incident
from ircbot.incident.stretches import Clocks, Silence, clocks, due_after, judged
from ircbot.incident.times import NEVER


def told_at(incident: Incident, audience: Audience) -> Sequence[datetime]:
    """The times at which an audience was told something, oldest first."""
    return sorted({at for way in audience.ways for at in occurrences(incident, way)})


def waits_since(incident: Incident, audience: Audience) -> datetime:
    """When it was last told something, or else when the incident was declared or reopened."""
    return max([incident.stretches[-1].since, *told_at(incident, audience)[-1:]])


def due_to(incident: Incident, audience: Audience, process: Process) -> datetime | None:
    """When it must be told next, None if nobody waits."""
    begin = waits_since(incident, audience)
    due = due_after(begin, _clocks(incident, audience, process))
    return due if due - begin < NEVER else None


def kept(
    incident: Incident, audience: Audience, process: Process, now: datetime | None = None
) -> tuple[Silence, ...]:
    """The spans without a word to it, each with how it is to be judged."""
    signs = dict.fromkeys(told_at(incident, audience))
    return judged(incident, signs, _clocks(incident, audience, process), now)


def _clocks(incident: Incident, audience: Audience, process: Process) -> Clocks:
    return clocks(incident, partial(process.tell_every, audience))
