"""The plots as SVG, drawn in any width, each with a description in words.

Colours are classes, styled in page.py. People's words are escaped here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from math import ceil, log10

from ircbot.incident.plural import number_of
from ircbot.incident.times import length
from ircbot.stats import wording
from ircbot.stats.facts import HOURS, Facts
from ircbot.stats.measures import STAGES, StatsClock
from ircbot.stats.overview import NIGHT, Population, by_gravity, weeks
from ircbot.stats.sample import Summary, summary

WIDE, NARROW = 720, 330
_LETTER = 6.6  # approximate width of a letter
_HIGH = 130  # height of a bar chart
_ROW = 34  # height of a row of dots
_BOTTOM = 22  # height of an axis's labels
_LEFT = 30
_BESIDE = 175  # width of a row's name beside the row; without room it goes above
_WEEKLY = "Incidents per week"
_MINUTE = 60.0
_DOTS = 500  # per row; more could not be told apart
_LOG_TICKS = (60, 300, 900, 3600, 14400, 86400, 604800, 2592000, 31536000)
_LOG_NAMES = ("1 min", "5 min", "15 min", "1 h", "4 h", "1 d", "7 d", "30 d", "1 y")


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot: its title, its description, and how to draw it in a given width."""

    key: str
    title: str
    words: str
    draw: Callable[[int], str]

    def svg(self, width: int) -> str:
        """The plot as SVG. The description is beside it for everybody, so the SVG has only the
        title."""
        return self.draw(width)


def plots(found: Population, clock: StatsClock) -> tuple[Plot, ...]:
    """All plots of a population that have something to show."""
    made = (
        _per_week(found.facts, clock),
        _by_severity(found.facts),
        _hours(found.facts),
        _stages(found.facts),
        _actions(found.facts, clock),
    )
    return tuple(plot for plot in made if plot is not None)


# --- bars -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _CountBar:
    label: str  # on the axis, if there is room
    title: str
    count: int
    kind: str = "bar"


def _per_week(found: Sequence[Facts], clock: StatsClock) -> Plot | None:
    if not found:
        return None
    days = [clock.day(facts.declared_at) for facts in found]
    counted = sorted(weeks(days).items())
    bars = [
        _CountBar(f"{week:%Y-%m-%d}", f"week of {week}: {count}", count) for week, count in counted
    ]
    monthly = [_CountBar(f"{month:%Y-%m}", f"{month:%Y-%m}: {n}", n) for month, n in _months(days)]
    most = max(count for _, count in counted)
    busiest = [f"{week}" for week, count in counted if count == most]
    where = f"in the week of {busiest[0]}" if len(busiest) == 1 else f"in {len(busiest)} weeks"
    quiet = sum(not count for _, count in counted)
    words = (
        f"{len(found)} incidents in {number_of(len(counted), 'week')}; {quiet} of them without "
        f"any. Most in a week: {most}, {where}."
    )

    def draw(width: int) -> str:
        fits = len(bars) * 4 <= width - _LEFT
        title, shown = (_WEEKLY, bars) if fits else ("Incidents per month", monthly)
        return _bars(title, shown, width)

    return Plot("weeks", _WEEKLY, words, draw)


def _months(days: Iterable[date]) -> list[tuple[date, int]]:
    counted = Counter(day.replace(day=1) for day in days)
    month, last = min(counted), max(counted)
    while month < last:
        month = (month + timedelta(days=31)).replace(day=1)
        counted.setdefault(month, 0)
    return sorted(counted.items())


def _hours(found: Sequence[Facts]) -> Plot | None:
    if not found:
        return None
    counted = Counter(facts.hour for facts in found)
    bars = [
        _CountBar(
            f"{hour:02}",
            f"{hour:02}:00 to {hour:02}:59: {counted[hour]}",
            counted[hour],
            "night" if hour in NIGHT else "bar",
        )
        for hour in range(HOURS)
    ]
    night = sum(counted[hour] for hour in NIGHT)
    most = max(counted.values())
    busiest = ", ".join(f"{hour}" for hour in sorted(counted) if counted[hour] == most)
    words = (
        f"The hour of the day at which incidents were declared: {night} of {len(found)} at night "
        f"(22 to 6 o'clock, in another colour). Most in an hour: {most}, at {busiest} o'clock."
    )
    title = "Hours of the day"
    return Plot("hours", title, words, lambda width: _bars(title, bars, width))


def _bars(title: str, bars: Sequence[_CountBar], width: int) -> str:
    most = max(bar.count for bar in bars)
    step = (width - _LEFT) / len(bars)
    parts = list(_counts(most, width))
    last = -_LETTER
    for place, bar in enumerate(bars):
        x, high = _LEFT + place * step, bar.count / most * _HIGH
        wide = max(step * 0.8, 1)
        parts.append(
            f'<rect class="{bar.kind}" x="{x:.1f}" y="{_HIGH + 10 - high:.1f}" width="{wide:.1f}" '
            f'height="{high:.1f}"><title>{escape(bar.title)}</title></rect>'
        )
        room = len(bar.label) * _LETTER
        middle = min(max(x + wide / 2, _LEFT + room / 2), width - room / 2)
        if middle - room / 2 > last:
            parts.append(_text(middle, _HIGH + 26, bar.label, "middle"))
            last = middle + room / 2 + 8
    return _svg(title, parts, width, _HIGH + 10 + _BOTTOM)


def _counts(most: int, width: int) -> Iterator[str]:
    """Lines at whole counts, at most five."""
    step = max(ceil(most / 4), 1)
    for count in range(0, most + 1, step):
        y = _HIGH + 10 - count / most * _HIGH
        yield f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{width}" y2="{y:.1f}"/>'
        yield _text(_LEFT - 5, y + 4, str(count), "end")


# --- dots on a log axis -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Strip:
    """A row of durations, each with its incident."""

    name: str
    values: tuple[tuple[float, int], ...]

    @property
    def summary(self) -> Summary | None:
        return summary([value for value, _ in self.values])

    @property
    def words(self) -> str:
        """The row in words."""
        told, name = self.summary, f"{self.name} (n {len(self.values)})"
        if told is None:
            return f"{name}: {wording.TOO_FEW}"
        least, median, most = map(_length, (told.least, told.median, told.most))
        drawn = f", {_DOTS} of them drawn" if len(self.values) > _DOTS else ""
        return f"{name}: median {median}, from {least} to {most}{drawn}"

    @property
    def drawn(self) -> Sequence[tuple[float, int]]:
        """The values to draw: all, or, if there are too many, the least, the greatest and an even
        selection in between."""
        last, most = len(self.values) - 1, _DOTS - 1
        if last <= most:
            return self.values
        return [self.values[round(place * last / most)] for place in range(_DOTS)]


def _length(seconds: float) -> str:
    return length(timedelta(seconds=seconds))


def _strips_of(rows: Iterable[tuple[str, Iterable[tuple[float | None, int]]]]) -> list[_Strip]:
    strips = []
    for name, values in rows:
        known = sorted((value, n) for value, n in values if value is not None and value >= 0)
        if known:
            strips.append(_Strip(name, tuple(known)))
    return strips


def _by_severity(found: Sequence[Facts]) -> Plot | None:
    rows = (
        (
            f"severity {name}" if name else "severity not known",
            [(f.took.get("resolve"), f.id) for f in found if f.severity == name],
        )
        for name in by_gravity(found)
    )
    title = "Time to resolve by severity"
    return _strip_plot("severity", title, "Each dot is an incident", _strips_of(rows))


def _stages(found: Sequence[Facts]) -> Plot | None:
    rows = ((name, [(f.took.get(key), f.id) for f in found]) for key, name in STAGES)
    title = "Time in each stage"
    return _strip_plot(
        "stages", title, "Each dot is how long an incident was there", _strips_of(rows)
    )


def _strip_plot(key: str, title: str, dots: str, strips: Sequence[_Strip]) -> Plot | None:
    if not strips:
        return None
    words = (
        f"{dots}, on a scale on which each step is several times the one before; bars are the "
        f"middle half, the line is the median. {'; '.join(strip.words for strip in strips)}."
    )
    return Plot(key, title, words, lambda width: _strips(title, strips, width))


def _strips(title: str, strips: Sequence[_Strip], width: int) -> str:
    beside = width >= WIDE
    left, above = (_BESIDE, 0) if beside else (12, 16)
    highest = max(value for strip in strips for value, _ in strip.values)
    top = next((tick for tick in _LOG_TICKS[1:] if tick >= highest), highest)
    tall = _ROW + above
    height = tall * len(strips) + 6

    def x(seconds: float) -> float:
        share = log10(max(seconds, _MINUTE) / _MINUTE) / log10(top / _MINUTE)
        return left + share * (width - left - 16)

    parts, last = [], 0.0
    for tick, name in zip(_LOG_TICKS, _LOG_NAMES, strict=True):
        if tick > top:
            break
        place, room = x(tick), len(name) * _LETTER
        parts.append(f'<line class="grid" x1="{place:.1f}" y1="0" x2="{place:.1f}" y2="{height}"/>')
        middle = min(max(place, room / 2), width - room / 2)
        if middle - room / 2 >= last:
            parts.append(_text(middle, height + 16, name, "middle"))
            last = middle + room / 2 + 6
    for number, strip in enumerate(strips):
        y = number * tall + above + _ROW / 2
        if beside:
            parts.append(_text(left - 12, y + 4, _cut(strip.name, left - 16), "end"))
        else:
            parts.append(_text(left, y - _ROW / 2 + 2, _cut(strip.name, width - left), "start"))
        parts += _strip(strip, y, x)
    return _svg(title, parts, width, height + _BOTTOM)


def _strip(strip: _Strip, y: float, x: Callable[[float], float]) -> Iterator[str]:
    told = strip.summary
    if told is not None:
        low, high = x(told.quarter), x(told.three_quarters)
        yield (
            f'<rect class="half" x="{low:.1f}" y="{y - 11:.1f}" width="{max(high - low, 2):.1f}" '
            f'height="22"><title>{escape(strip.words)}</title></rect>'
        )
    for value, incident in strip.drawn:
        shift = (incident * 7 % 11 - 5) * 1.6  # spread, and always the same
        yield (
            f'<circle class="dot" cx="{x(value):.1f}" cy="{y + shift:.1f}" r="3.2">'
            f"<title>incident {incident}: {_length(value)}</title></circle>"
        )
    if told is not None:
        middle = x(told.median)
        yield (
            f'<line class="median" x1="{middle:.1f}" y1="{y - 13:.1f}" '
            f'x2="{middle:.1f}" y2="{y + 13:.1f}"/>'
        )


# --- follow-ups -------------------------------------------------------------------------------


def _actions(found: Sequence[Facts], clock: StatsClock) -> Plot | None:
    kept = [action for facts in found for action in facts.actions if not action.dropped]
    if not kept:
        return None
    opened = sorted(clock.day(action.added_at) for action in kept)
    done = sorted(clock.day(action.done_at) for action in kept if action.done_at)
    words = (
        f"{number_of(len(opened), 'follow-up')} created since {opened[0]}, {len(done)} of them "
        f"done: {len(opened) - len(done)} are open. Dropped ones are not counted."
    )
    title = "Follow-ups created and done"
    today = clock.day(clock.now)
    return Plot("actions", title, words, lambda width: _lines(title, opened, done, today, width))


def _lines(
    title: str, opened: Sequence[date], done: Sequence[date], today: date, width: int
) -> str:
    """The cumulative count for each day."""
    begin, end = opened[0], max(today, opened[-1], *done[-1:])
    lasted = max((end - begin).days, 1)
    right = width - 80

    def x(day: date) -> float:
        return _LEFT + (day - begin).days / lasted * (right - _LEFT)

    def y(count: int) -> float:
        return _HIGH + 10 - count / len(opened) * _HIGH

    parts = list(_counts(len(opened), right))
    names = [("opened", "put down", len(opened)), ("done", "done", len(done))]
    for (kind, name, count), days in zip(names, (opened, done), strict=True):
        path = f"M{x(begin):.1f} {y(0):.1f}"
        for number, day in enumerate(days, 1):
            path += f"H{x(day):.1f}V{y(number):.1f}"
        parts.append(f'<path class="{kind}" d="{path}H{x(end):.1f}"/>')
        near = kind == "done" and abs(y(count) - y(len(opened))) < 14
        parts.append(_text(right + 6, y(count) + (18 if near else 4), f"{name} {count}", "start"))
    parts.append(_text(_LEFT, _HIGH + 26, str(begin), "start"))
    parts.append(_text(right, _HIGH + 26, str(end), "end"))
    return _svg(title, parts, width, _HIGH + 10 + _BOTTOM)


# --- SVG --------------------------------------------------------------------------------------


def _svg(title: str, parts: Iterable[str], width: int, height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}" '
        f'role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _cut(text: str, room: float) -> str:
    most = max(int(room / _LETTER), 2)
    return text if len(text) <= most else f"{text[: most - 1]}…"
