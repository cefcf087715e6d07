"""Statistics for a terminal, as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from ircbot.stats import wording
from ircbot.stats.measures import MEASURES, SHARES
from ircbot.stats.overview import Debts, Group, Population, Statistics

HEAD = ("", "n", "median", "95 % interval", "middle half", "nine in ten", "most")
_WIDTH = 100
_PERIODS = 6  # of the scorecard to show


def as_text(found: Statistics) -> str:
    """The statistics as text."""
    lines = [wording.asked_for(found)]
    if found.edition == "public":
        lines.append(wording.PUBLIC)
    for population in found.populations:
        lines += ["", *_population(population, found.by)]
    if found.void:
        lines += ["", wording.not_counted(found)]
    lines += ["", "What the figures are"]
    for title, definition in wording.DEFINITIONS.items():
        lines += _indented(f"{title}: {definition}.")
    lines += ["", "How to read this", *_indented(wording.HOW_TO_READ)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _indented(text: str) -> Iterable[str]:
    return wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")


def _population(found: Population, by: str) -> Iterator[str]:
    yield wording.counted(found)
    if not found.facts:
        return
    yield ""
    yield from _table(
        HEAD,
        [wording.row(d.measure.title, d) for d in found.whole.distributions],
    )
    yield ""
    yield from _table(("", ""), counted(found.whole))
    if by:
        yield from _groups(found.groups, by)
    if found.scorecard:
        yield from ("", "How each step of the process was met")
        yield from _table(*scorecard(found))
    if found.load:
        yield from ("", "Load")
        yield from _table(
            wording.LOAD,
            [(load.name, *wording.loaded(load)) for load in found.load],
        )
    yield from ("", "Still owed")
    yield from _table(("", ""), list(owed(found.debts)))
    yield from ("", "The incidents behind each figure")
    for title, behind in behind_of(found.whole):
        yield from _indented(f"{title}: {behind}")


def behind_of(found: Group, show: wording.ShowNumber = str) -> Iterator[tuple[str, str]]:
    """The incidents behind each figure, and those that it leaves out."""
    for distribution in found.distributions:
        out = wording.left_out(distribution)
        behind = wording.ranges(distribution.incidents, show)
        yield distribution.measure.title, f"{behind}{f' ({out})' if out else ''}"
    for share in found.shares:
        behind = wording.ranges(share.incidents, show)
        missed = wording.ranges(share.not_met, show)
        yield (
            share.measure.title,
            f"{behind}; some not met in {missed}" if share.not_met else behind,
        )


def _groups(groups: Sequence[Group], by: str) -> Iterator[str]:
    named = [(group.name or wording.UNKNOWN, group) for group in groups]
    yield from ("", f"Incidents by {by}")
    yield from _table(("", "n"), [(name, str(len(g.incidents))) for name, g in named])
    for place, measure in enumerate(MEASURES):
        yield from ("", f"{measure.title} by {by}")
        yield from _table(
            HEAD,
            [wording.row(name, group.distributions[place]) for name, group in named],
        )
    for place, counted in enumerate(SHARES):
        yield from ("", f"{counted.title} by {by}")
        yield from _table(("", ""), [(n, wording.share(g.shares[place])) for n, g in named])


def counted(group: Group) -> list[tuple[str, str]]:
    """The shares of a group."""
    return [(share.measure.title, wording.share(share)) for share in group.shares]


def scorecard(found: Population) -> tuple[Sequence[str], list[Sequence[str]]]:
    """The scorecard in total and in the last periods: the header and the rows of a table."""
    periods = list(dict.fromkeys(p for step in found.scorecard for p in step.periods))[-_PERIODS:]
    several = len({step.process for step in found.scorecard}) > 1
    rows: list[Sequence[str]] = []
    for step in found.scorecard:
        counts = [step.periods.get(period, (0, 0)) for period in periods]
        over_time = [f"{met}/{of}" if of else "–" for met, of in counts]
        name = f"{step.process}: {step.title}" if several else step.title
        rows.append((name, wording.scored(step), *over_time))
    return ("", "met", *periods), rows


def owed(debts: Debts, show: wording.ShowNumber = str) -> Iterator[tuple[str, str]]:
    """What is still owed: its name, and where and how much."""
    for title, numbers in (
        ("Reports overdue", debts.reports_overdue),
        ("Reports to come", debts.reports_to_come),
    ):
        yield title, f"{len(numbers)}: {wording.ranges(numbers, show)}" if numbers else "none"
    for title, listed in (
        ("Actions open", debts.actions_open),
        ("Actions overdue", debts.actions_overdue),
        ("Actions without a day", debts.actions_undated),
        ("Actions of nobody", debts.actions_unowned),
    ):
        yield title, f"{len(listed)}: {wording.actions(listed, show)}" if listed else "none"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table in columns; empty columns have no header."""
    shown = [head, *rows] if any(head) else list(rows)
    widths = [max(len(row[n]) for row in shown) for n in range(len(head))]
    for row in shown:
        yield "  " + "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
