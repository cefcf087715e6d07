"""The statistics: populations, groups, figures, the scorecard, the load, and what is owed.

Computed from facts alone. Knows no format.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ircbot.incident.review import Verdict
from ircbot.stats.facts import DRILL, HOURS, IMPORTED, LIVE, VOID, ByHour, Facts, LoadFact
from ircbot.stats.measures import MEASURES, SHARES, Measure, ShareMeasure, StatsClock
from ircbot.stats.sample import FEW, Summary, share_interval, summary

TITLES = {LIVE: "Incidents", DRILL: "Drills", IMPORTED: "Imported incidents"}
NIGHT = frozenset((22, 23, 0, 1, 2, 3, 4, 5))  # the hours in which most people sleep
_A_YEAR, _THREE_YEARS = 366, 3 * 366
_COUNTED = (Verdict.MET, Verdict.LATE, Verdict.MISSED, Verdict.DEFAULT)

# How incidents can be grouped; "" is the group of unknowns.
GROUPINGS: Mapping[str, Callable[[Facts, StatsClock], str]] = {
    "product": lambda facts, clock: facts.product,
    "severity": lambda facts, clock: facts.severity,
    "month": lambda facts, clock: f"{clock.day(facts.declared_at):%Y-%m}",
    "leader": lambda facts, clock: facts.leader,
    "process": lambda facts, clock: facts.process,
    "hour": lambda facts, clock: f"{facts.hour:02}",
}


@dataclass(frozen=True, slots=True)
class Distribution:
    """A figure: the known values in order, each with its incident, and their summary.

    `unknown` are the incidents without a value, `still_open` those that go on, `odd` those that end
    before they begin.
    """

    measure: Measure
    values: tuple[tuple[float, int], ...]
    summary: Summary | None
    unknown: tuple[int, ...]
    still_open: tuple[int, ...]
    odd: tuple[int, ...]

    @property
    def incidents(self) -> tuple[int, ...]:
        """The incidents behind the figure."""
        return tuple(sorted(incident for _, incident in self.values))


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many were met in these incidents; `not_met` are those with some not met.
    `interval` is None if there are too few."""

    measure: ShareMeasure
    met: int
    of: int
    incidents: tuple[int, ...]
    not_met: tuple[int, ...]
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Group:
    """Incidents with something in common, and their figures. "" is the group of unknowns."""

    name: str
    incidents: tuple[int, ...]
    distributions: tuple[Distribution, ...]
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """A step of the scorecard: the number of each verdict, and for each period how often it was
    met, of how many."""

    process: str
    key: str
    title: str
    verdicts: Mapping[str, int]
    periods: Mapping[str, tuple[int, int]]
    not_met: tuple[int, ...]

    @property
    def met(self) -> int:
        """How often it was met."""
        return self.verdicts.get(Verdict.MET, 0)

    @property
    def of(self) -> int:
        """How often it was required, where the outcome is known."""
        return sum(self.verdicts.get(verdict, 0) for verdict in _COUNTED)


@dataclass(frozen=True, slots=True)
class Load:
    """A person's load: seconds with a role and calls, by hour."""

    name: str
    incidents: tuple[int, ...]
    seconds: tuple[int, ...]
    calls: tuple[int, ...]
    nights: tuple[int, ...]  # incidents that kept them up at night

    @property
    def by_night(self) -> int:
        """The seconds at night."""
        return sum(self.seconds[hour] for hour in NIGHT)


@dataclass(frozen=True, slots=True)
class Debts:
    """What is still owed: incidents, and actions as (incident, number)."""

    open: tuple[int, ...]
    reports_overdue: tuple[int, ...]
    reports_to_come: tuple[int, ...]
    actions_open: tuple[tuple[int, int], ...]
    actions_overdue: tuple[tuple[int, int], ...]
    actions_undated: tuple[tuple[int, int], ...]
    actions_unowned: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Population:
    """Incidents of one kind with their figures, in total and for each group."""

    key: str
    facts: tuple[Facts, ...]  # in order of number
    whole: Group
    groups: tuple[Group, ...]
    scorecard: tuple[Scored, ...]
    load: tuple[Load, ...]
    debts: Debts

    @property
    def title(self) -> str:
        """The name of the population."""
        return TITLES[self.key]


@dataclass(frozen=True, slots=True)
class Statistics:
    """The whole statistics. `since` and `until` are as typed, "" for no bound. `void` are incidents
    that are not counted: withdrawn, or duplicates."""

    clock: StatsClock
    since: str
    until: str
    by: str
    edition: str
    populations: tuple[Population, ...]
    void: tuple[int, ...]


def statistics(
    found: Iterable[Facts],
    clock: StatsClock,
    *,
    since: str = "",
    until: str = "",
    by: str = "",
    edition: str = "internal",
) -> Statistics:
    """The statistics of some incidents; the caller selects which."""
    kinds: dict[str, list[Facts]] = {LIVE: [], DRILL: [], IMPORTED: [], VOID: []}
    for facts in sorted(found, key=lambda facts: facts.id):
        kinds[facts.population].append(facts)
    void = tuple(facts.id for facts in kinds.pop(VOID))
    populations = tuple(
        _population(kind, tuple(of), clock, by) for kind, of in kinds.items() if of or kind == LIVE
    )
    return Statistics(clock, since, until, by, edition, populations, void)


def _population(kind: str, found: tuple[Facts, ...], clock: StatsClock, by: str) -> Population:
    groups: dict[str, list[Facts]] = {}
    for facts in found if by else ():
        groups.setdefault(GROUPINGS[by](facts, clock), []).append(facts)
    # Unknown comes last.
    named = by_gravity(found) if by == "severity" else sorted(groups, key=lambda n: (not n, n))
    return Population(
        kind,
        found,
        _group("", found, clock),
        tuple(_group(name, groups[name], clock) for name in named),
        _scorecard(found, clock),
        _load(found),
        _debts(found, clock),
    )


def by_gravity(found: Iterable[Facts]) -> list[str]:
    """The severities of some incidents in their processes' order, the gravest first; then those
    that are in no process, by the numbers in their names; "" last."""
    places: dict[str, list[int]] = {}
    for facts in found:
        known = places.setdefault(facts.severity, [])
        if facts.gravity is not None:
            known.append(facts.gravity)
    return sorted(
        places,
        key=lambda name: (
            not name,
            not places[name],
            min(places[name], default=0),
            _by_number(name),
        ),
    )


def _by_number(name: str) -> tuple[tuple[int, str], ...]:
    """A key that sorts sev10 after sev2."""
    parts = re.findall(r"([0-9]{1,9})|([^0-9]+)", name.casefold())
    return tuple((int(number) if number else -1, text) for number, text in parts)


def _group(name: str, found: Sequence[Facts], clock: StatsClock) -> Group:
    return Group(
        name,
        tuple(facts.id for facts in found),
        tuple(_distribution(measure, found) for measure in MEASURES),
        tuple(_share(measure, found, clock) for measure in SHARES),
    )


def _distribution(measure: Measure, found: Sequence[Facts]) -> Distribution:
    values: list[tuple[float, int]] = []
    unknown: list[int] = []
    still_open: list[int] = []
    odd: list[int] = []
    for facts in found:
        value = measure.value(facts)
        if value is None:
            (unknown if facts.is_over else still_open).append(facts.id)
        elif value < 0:
            odd.append(facts.id)
        else:
            values.append((value, facts.id))
    values.sort()
    return Distribution(
        measure,
        tuple(values),
        summary([value for value, _ in values]),
        tuple(unknown),
        tuple(still_open),
        tuple(odd),
    )


def _share(measure: ShareMeasure, found: Sequence[Facts], clock: StatsClock) -> Share:
    met = of = 0
    counted: list[int] = []
    not_met: list[int] = []
    for facts in found:
        own_met, own = measure.counted(facts, clock)
        if own:
            met, of = met + own_met, of + own
            counted.append(facts.id)
            if own_met < own:
                not_met.append(facts.id)
    enough = len(counted) >= FEW
    interval = share_interval(met, of, len(counted)) if enough else None
    return Share(measure, met, of, tuple(counted), tuple(not_met), interval)


# --- the process ----------------------------------------------------------------------------


def _scorecard(found: Sequence[Facts], clock: StatsClock) -> tuple[Scored, ...]:
    """How often each step was met, in the processes' order."""
    period = _periods(found, clock)
    verdicts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    every = sorted({period(facts) for facts in found})
    periods: dict[tuple[str, str], dict[str, tuple[int, int]]] = defaultdict(
        lambda: dict.fromkeys(every, (0, 0))
    )
    titles: dict[tuple[str, str], str] = {}
    not_met: dict[tuple[str, str], list[int]] = {}
    for facts in found:
        own = period(facts)
        for step in facts.steps:
            which = facts.process, step.key
            titles[which] = step.title
            verdicts[which][step.verdict] += 1
            if step.verdict not in _COUNTED:
                continue
            is_met = step.verdict == Verdict.MET
            met, of = periods[which][own]
            periods[which][own] = met + is_met, of + 1
            if not is_met:
                not_met.setdefault(which, []).append(facts.id)
    return tuple(
        Scored(
            *which,
            title,
            verdicts[which],
            periods.get(which, {}),
            tuple(not_met.get(which, ())),
        )
        for which, title in sorted(titles.items(), key=lambda item: item[0][0])
    )


def _periods(found: Sequence[Facts], clock: StatsClock) -> Callable[[Facts], str]:
    """A function that returns an incident's period: a month if all are within a year, a quarter
    within three, else a year."""
    days = [clock.day(facts.declared_at) for facts in found] or [date.min]
    lasted = (max(days) - min(days)).days
    if lasted <= _A_YEAR:
        return lambda facts: f"{clock.day(facts.declared_at):%Y-%m}"
    if lasted <= _THREE_YEARS:
        return lambda facts: _quarter(clock.day(facts.declared_at))
    return lambda facts: str(clock.day(facts.declared_at).year)


def _quarter(day: date) -> str:
    return f"{day:%Y} Q{(day.month + 2) // 3}"


# --- who had to do with it, and what is owed ------------------------------------------------


def _load(found: Sequence[Facts]) -> tuple[Load, ...]:
    """Everybody's load, the heaviest first."""
    names: dict[str, str] = {}
    had: dict[str, list[tuple[int, LoadFact]]] = {}
    for facts in found:
        for one in facts.load:
            names[one.key] = one.name  # the latest name
            had.setdefault(one.key, []).append((facts.id, one))
    loads = [
        Load(
            names[key],
            tuple(incident for incident, _ in each),
            _sums(one.seconds for _, one in each),
            _sums(one.calls for _, one in each),
            tuple(
                incident
                for incident, one in each
                if any(hour in NIGHT for hour, _ in (*one.seconds, *one.calls))
            ),
        )
        for key, each in had.items()
    ]
    return tuple(sorted(loads, key=lambda load: (-sum(load.seconds), load.name)))


def _sums(rows: Iterable[ByHour]) -> tuple[int, ...]:
    found = [0] * HOURS
    for row in rows:
        for hour, amount in row:
            found[hour] += amount
    return tuple(found)


def _debts(found: Sequence[Facts], clock: StatsClock) -> Debts:
    today = clock.day(clock.now)
    still = [(facts.id, action) for facts in found for action in facts.actions if action.is_open]
    return Debts(
        open=tuple(facts.id for facts in found if not facts.is_over),
        reports_overdue=tuple(f.id for f in found if f.report == Verdict.MISSED),
        reports_to_come=tuple(f.id for f in found if f.report == Verdict.PENDING),
        actions_open=tuple((incident, a.n) for incident, a in still),
        actions_overdue=tuple((i, a.n) for i, a in still if a.due is not None and a.due < today),
        actions_undated=tuple((incident, a.n) for incident, a in still if a.due is None),
        actions_unowned=tuple((incident, a.n) for incident, a in still if not a.owned),
    )


def weeks(days: Iterable[date]) -> Counter[date]:
    """The number of these days in each week, by its Monday, without gaps."""
    counted = Counter(day - timedelta(days=day.weekday()) for day in days)
    if counted:
        week, last = min(counted), max(counted)
        while week < last:
            week += timedelta(days=7)
            counted.setdefault(week, 0)
    return counted
