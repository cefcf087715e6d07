"""The definition of every figure in the statistics: a table of distributions and one of shares.

A value of None is unknown, and is never taken for zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from ircbot.incident.review import Verdict
from ircbot.stats.facts import Facts

SECONDS, NUMBER = "seconds", "number"


@dataclass(frozen=True, slots=True)
class StatsClock:
    """The time and the zone in which somebody looks at the figures."""

    now: datetime
    zone: tzinfo

    def day(self, at: datetime) -> date:
        """The local day of a time."""
        return at.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure with one value for each incident."""

    key: str
    title: str
    unit: str
    definition: str
    value: Callable[[Facts], float | None]


@dataclass(frozen=True, slots=True)
class ShareMeasure:
    """A figure that counts, in each incident, how many of how many were met."""

    key: str
    title: str
    definition: str
    counted: Callable[[Facts, StatsClock], tuple[int, int]]


def _took(key: str) -> Callable[[Facts], float | None]:
    return lambda facts: facts.took.get(key)


def _of_ended(value: Callable[[Facts], float | None]) -> Callable[[Facts], float | None]:
    return lambda facts: value(facts) if facts.is_over else None


MEASURES = (
    Measure(
        "detect",
        "Time to detect",
        SECONDS,
        "from when it started to when somebody noticed; known where people gave both times",
        _took("detect"),
    ),
    Measure(
        "declare",
        "Time to declare",
        SECONDS,
        "from when somebody noticed to the declaration",
        _took("declare"),
    ),
    Measure(
        "lead",
        "Time to a leader",
        SECONDS,
        "from the declaration until somebody led who was there to do it",
        _took("lead"),
    ),
    Measure(
        "mitigate",
        "Time to mitigate",
        SECONDS,
        "from the declaration to the end of the impact, as far as people worked on it: "
        "the time between a resolution and a re-opening is left out",
        _took("mitigate"),
    ),
    Measure(
        "resolve",
        "Time to resolve",
        SECONDS,
        "from the declaration to the last resolution, as far as people worked on it",
        _took("resolve"),
    ),
    Measure(
        "impact",
        "Time of impact",
        SECONDS,
        "from when it started until it was mitigated, or else resolved, each time",
        _took("impact"),
    ),
    Measure(
        "leaderless",
        "Without a leader",
        SECONDS,
        "how long it was open without a leader who was present",
        _of_ended(_took("leaderless")),
    ),
    Measure(
        "silence",
        "Longest silence",
        SECONDS,
        "the longest time, while it was open, without an update in the comms channel or an entry "
        "by anybody who has or had a role (while nobody leads, by whoever declared)",
        _of_ended(lambda facts: facts.longest),
    ),
    Measure(
        "handovers",
        "Hand-overs",
        NUMBER,
        "how often leading passed from one to another while it was open",
        _of_ended(lambda facts: facts.handovers),
    ),
    Measure(
        "updates",
        "Updates",
        NUMBER,
        "how many status updates were told",
        _of_ended(lambda facts: facts.updates),
    ),
)

# The successive stages of an incident; each value is a duration.
STAGES = (
    ("detect", "not noticed yet"),
    ("declare", "noticed, not declared"),
    ("mitigate", "declared, not mitigated"),
    ("clear", "mitigated, not resolved"),
    ("report", "resolved, no report yet"),
)

_REPORTS = (Verdict.MET, Verdict.LATE, Verdict.MISSED)

# Counting what was done early, but not what is not due yet, would flatter everybody.
_DUE = "items that are not due yet are not counted, done or not"


def _updates_kept(facts: Facts, _clock: StatsClock) -> tuple[int, int]:
    if not (facts.is_over and facts.silences):
        return 0, 0
    return int(not facts.too_long), 1


def _silences_kept(facts: Facts, _clock: StatsClock) -> tuple[int, int]:
    return (facts.silences - facts.too_long, facts.silences) if facts.is_over else (0, 0)


def _reports(facts: Facts, clock: StatsClock) -> tuple[int, int]:
    due = facts.report_due_at
    if due is None or due > clock.now:
        return 0, 0
    return int(facts.report == Verdict.MET), int(facts.report in _REPORTS)


def _actions(facts: Facts, clock: StatsClock) -> tuple[int, int]:
    today, met, of = clock.day(clock.now), 0, 0
    for action in facts.actions:
        if not action.dropped and action.due is not None and action.due < today:
            of += 1
            met += action.done_at is not None and clock.day(action.done_at) <= action.due
    return met, of


SHARES = (
    ShareMeasure(
        "updates kept",
        "Updates kept",
        "incidents in which no silence was longer than the severity of the time allowed",
        _updates_kept,
    ),
    ShareMeasure(
        "silences kept",
        "Silences within the rule",
        "of all silences those that were no longer than the severity of the time allowed",
        _silences_kept,
    ),
    ShareMeasure(
        "reports in time",
        "Reports in time",
        f"reports delivered when they were due; {_DUE}; for imported incidents it is unknown "
        "whether a report is missing",
        _reports,
    ),
    ShareMeasure(
        "actions in time",
        "Actions done in time",
        f"follow-ups that were done by their day; {_DUE}, and neither are those that have no "
        "day or were dropped",
        _actions,
    ),
)
