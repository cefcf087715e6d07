"""What a report lacks besides unwritten sections: unknown facts, and doubtful ones.

Knows no format. Calm and blameless: it names things, not people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from ircbot.incident.process import Process
from ircbot.incident.state import Incident
from ircbot.incident.stretches import Silence, leaderless, silences
from ircbot.incident.times import length
from ircbot.incident.view import one_line
from ircbot.report.figures import allowed


def missing(
    incident: Incident,
    process: Process,
    now: datetime | None = None,
    spans: Sequence[Silence] | None = None,
) -> list[str]:
    """One sentence for each fact that is missing or inconsistent; none for a false alarm.

    `spans` are the silences, if known.
    """
    if incident.void:
        return []
    return [
        *_unknown(incident, process),
        *_actions(incident),
        *_out_of_order(incident),
        *_silent(silences(incident, process, now) if spans is None else spans),
        *_unled(incident, process, now),
    ]


def _unknown(incident: Incident, process: Process) -> Iterator[str]:
    title = process.roles["lead"].title if "lead" in process.roles else "leader"
    lacking = (
        (not one_line(incident.summary), "There is no title: say what is wrong in a few words."),
        (
            not incident.severity and bool(process.severities),
            "There is no severity.",
        ),
        (incident.started_at is None, "It is not known when it started."),
        (
            incident.detected_at is None,
            "It is not known when it was detected, nor by whom or by what.",
        ),
        (incident.resolved_at is None, "It is not resolved."),
        (
            incident.resolved_at is not None and incident.mitigated_at is None,
            "It is not known when the impact was mitigated.",
        ),
        (not any(t.role == "lead" for t in incident.terms), f"Nobody was {title}."),
        (not incident.notes, "The timeline has no entry."),
    )
    yield from (sentence for lacks, sentence in lacking if lacks)


def _actions(incident: Incident) -> Iterator[str]:
    for action in (one for one in incident.actions if not one.dropped):
        lacks = [
            name for name, there in (("owner", action.owner), ("date", action.due)) if not there
        ]
        if lacks and not action.done:
            yield f"Action item {action.n} has no {' and no '.join(lacks)}."


def _out_of_order(incident: Incident) -> Iterator[str]:
    times = (
        ("started", incident.started_at),
        ("detected", incident.detected_at),
        ("declared", incident.declared_at),
        ("mitigated", incident.mitigated_at),
        ("resolved", incident.resolved_at),
    )
    known = [(name, at) for name, at in times if at is not None]
    for (earlier, one), (later, two) in pairwise(known):
        if two < one:
            yield f"The times are out of order: {later} is before {earlier}."


def _silent(spans: Sequence[Silence]) -> Iterator[str]:
    over = [silence for silence in spans if silence.over]
    if over:
        longest = max(silence.length for silence in over)
        times = "once" if len(over) == 1 else f"{len(over)} times"
        yield (
            f"Nobody said how things stand for more than {allowed(over)} {times}; "
            f"the longest silence was {length(longest)}."
        )


def _unled(incident: Incident, process: Process, now: datetime | None) -> Iterator[str]:
    # The first minutes are the declaration itself.
    alone = [s for s in leaderless(incident, process, now) if s.length.total_seconds() >= 300]
    if alone and any(t.role == "lead" for t in incident.terms):
        yield f"Nobody led for {length(max(span.length for span in alone))} at a stretch."
