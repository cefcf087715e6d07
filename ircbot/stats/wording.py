"""The wording of figures, the same in every format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta

from ircbot.incident.times import length, period
from ircbot.stats.measures import MEASURES, SECONDS, SHARES, Measure, StatsClock
from ircbot.stats.overview import Distribution, Load, Population, Scored, Share, Statistics

TOO_FEW = "too few to say"
_LISTED = 4  # values to list individually if there are too few to say more
UNKNOWN = "(not known)"


def value(measure: Measure, amount: float) -> str:
    """A value of a figure, with its unit.

    >>> from ircbot.stats.measures import MEASURES
    >>> value(MEASURES[0], 5400)
    '1 h 30 min'
    """
    return length(timedelta(seconds=amount)) if measure.unit == SECONDS else f"{amount:g}"


def percent(share: float) -> str:
    """A share as a whole percentage.

    >>> percent(0.666)
    '67 %'
    """
    return f"{share * 100:.0f} %"


def median(found: Distribution) -> str:
    """The median, or "too few to say"."""
    if found.summary is None:
        return TOO_FEW if found.values else "nothing known"
    return value(found.measure, found.summary.median)


def interval(found: Distribution) -> str:
    """The interval of the median, "" if there is none."""
    if found.summary is None:
        return ""
    low, high = (value(found.measure, each) for each in (found.summary.low, found.summary.high))
    return low if low == high else f"{low} to {high}"


def middle(found: Distribution) -> str:
    """The middle half of the values, "" if there is none."""
    if found.summary is None:
        return ""
    low = value(found.measure, found.summary.quarter)
    high = value(found.measure, found.summary.three_quarters)
    return low if low == high else f"{low} to {high}"


def tenth(found: Distribution) -> str:
    """The value below which nine in ten lie, "" if there are too few."""
    if found.summary is None or found.summary.nine_tenths is None:
        return ""
    return value(found.measure, found.summary.nine_tenths)


def most(found: Distribution) -> str:
    """The greatest value; if there are few, all of them."""
    if found.summary is not None:
        return value(found.measure, found.summary.most)
    return ", ".join(value(found.measure, each) for each, _ in found.values[:_LISTED])


def left_out(found: Distribution) -> str:
    """What the figure leaves out, "" if nothing."""
    parts = (
        (found.unknown, "not known"),
        (found.still_open, "still open"),
        (found.odd, "with its end before its beginning"),
    )
    return ", ".join(f"{len(of)} {what}" for of, what in parts if of)


def share(found: Share) -> str:
    """How many of how many, and the interval.

    Even if there are too few for an interval, the count is given.
    """
    if not found.of:
        return "nothing known"
    said = f"{found.met} of {found.of}"
    if found.interval is None:
        return f"{said} ({TOO_FEW})"
    low, high = map(percent, found.interval)
    return f"{said}, {percent(found.met / found.of)} (95 %: {low} to {high})"


def scored(step: Scored) -> str:
    """How often a step was met."""
    return f"{step.met} of {step.of}" if step.of else "never asked for"


def verdicts(step: Scored) -> str:
    """The verdicts on a step, each with its count."""
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(step.verdicts.items()))


def hours(seconds: float) -> str:
    """A load in hours and minutes.

    >>> hours(0), hours(5400)
    ('–', '1 h 30 min')
    """
    return length(timedelta(seconds=seconds)) if seconds else "–"


def loaded(load: Load) -> tuple[str, str, str, str, str]:
    """A person's load: incidents, time with a role, at night, calls, nights."""
    return (
        str(len(load.incidents)),
        hours(sum(load.seconds)),
        hours(load.by_night),
        str(sum(load.calls)),
        str(len(load.nights)),
    )


ShowNumber = Callable[[int], str]
"""Formats the number of an incident."""


def ranges(numbers: Iterable[int], show: ShowNumber = str) -> str:
    """The numbers of incidents as ranges.

    >>> ranges([1, 2, 3, 7, 8, 12])
    '1–3, 7, 8, 12'
    """
    return ", ".join(_runs(sorted(numbers), show)) or "none"


def _runs(numbers: Sequence[int], show: ShowNumber) -> Iterator[str]:
    begin = 0
    for place, number in enumerate(numbers, 1):
        if place < len(numbers) and numbers[place] == number + 1:
            continue
        run = numbers[begin:place]
        yield from [f"{show(run[0])}–{show(run[-1])}"] if len(run) > 2 else map(show, run)
        begin = place


def actions(listed: Iterable[tuple[int, int]], show: ShowNumber = str) -> str:
    """Follow-ups, as incident and number.

    >>> actions([(3, 1), (3, 2)])
    '3.1, 3.2'
    """
    return ", ".join(f"{show(incident)}.{n}" for incident, n in listed) or "none"


def row(name: str, found: Distribution) -> tuple[str, ...]:
    """A figure as the cells of a table: name, n, median, interval, middle half, tenth, greatest."""
    return (
        name,
        str(len(found.values)),
        median(found),
        interval(found),
        middle(found),
        tenth(found),
        most(found),
    )


LOAD = ("", "incidents", "with a role", "at night", "calls", "nights")
PUBLIC = "Public edition: without private incidents and security matters."


def counted(found: Population) -> str:
    """The number of incidents in a population."""
    return f"{found.title}: {len(found.facts)}, {len(found.debts.open)} of them open"


def not_counted(found: Statistics) -> str:
    """The number of incidents that are not counted."""
    return f"Not counted: {len(found.void)} withdrawn or duplicates."


def asked_for(found: Statistics) -> str:
    """The range of the statistics."""
    zone = f" ({found.clock.now.astimezone(found.clock.zone):%Z})"
    bounds = (("since", found.since), ("until", found.until))
    told = " ".join(f"{word} {_plainly(typed, found.clock)}" for word, typed in bounds if typed)
    return f"Incidents declared {told}{zone}" if told else f"All incidents{zone}"


def _plainly(typed: str, clock: StatsClock) -> str:
    """A bound as a day or a time: nobody remembers later what "90d" was."""
    found = None if typed[:4].isdigit() else period(typed, clock.now, clock.zone)
    if found is None:
        return typed
    day = f"{clock.day(found[0])}"
    near = clock.now - found[0] < timedelta(days=2)
    return f"{day} {found[0].astimezone(clock.zone):%H:%M}" if near else day


DEFINITIONS = {
    **{measure.title: measure.definition for measure in (*MEASURES, *SHARES)},
    "How each step was met": (
        "the share of incidents in which a required step was met, according to `ircbot review`; "
        "late, missed and by default are not met; pending and unknown are not counted. Steps, not "
        "people"
    ),
    "Load": (
        "in finished incidents, how long somebody had a role and was present while it was open "
        "(two roles at once count once), how often they were called by name, and the incidents "
        "that kept them up between 22 and 6 o'clock"
    ),
}

HOW_TO_READ = (
    "Each figure shows the number of incidents behind it (n). Half of the values are below the "
    "median; the 95 % interval is where the median would be if other incidents of the same kind "
    "had happened instead (bootstrap of 2,000 samples, or ranks from 50 incidents on). With fewer "
    "than five incidents there are too few to say, and the values are listed. Shares have Wilson's "
    "interval, for which each incident counts once. Unknown values and incidents that are still "
    "open are left out; since those tend to be long, a figure that leaves out many of them is too "
    "low. There is no correction for multiple comparisons: one of twenty differences is chance."
)
