"""The report's two charts as numbers: who led when, and how long nobody said anything.

Knows no SVG and no colours: it computes positions in units of the chart's width (Size), and the
template draws them. Each chart is made twice, for a wide page and for a phone, so that neither
needs scrolling. Everything that a chart shows is in the text as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import NamedTuple

from ircbot.incident.plural import number_of
from ircbot.incident.process import Process
from ircbot.incident.state import Incident, Note, Term
from ircbot.incident.stretches import (
    Silence,
    Span,
    end_of,
    filled,
    open_spans,
    total,
    worked_terms,
)
from ircbot.incident.times import ReportClock, length
from ircbot.incident.view import one_line, role_title
from ircbot.report.parts import RichText, TextPart, UserText, anchor, as_text
from ircbot.values import dataclass


class Size(NamedTuple):
    """A chart's dimensions. `label` is the width for a lane's name beside the lane; 0 puts it
    above."""

    name: str
    width: int
    label: int
    ticks: int  # at most
    gaps: int  # at most; the longest ones


PAGE = Size("page", 800, 150, 8, 100)
TELEPHONE = Size("telephone", 340, 0, 4, 40)
SIZES = (PAGE, TELEPHONE)

_MARGIN = 0.04  # of the duration is shown before the start and after the end …
_LEAST, _MOST = timedelta(minutes=1), timedelta(hours=1)  # … within these limits
_NONE = timedelta(0)
_ZONE = 40  # the width of an end zone, for entries outside the range
_EDGE = 18  # the width of an end without one; half an axis label
_BREAK = 36  # the width of a break in the axis, for a time in which nobody worked
_BROKEN_FROM = 0.25  # of the open time: from there on an unbroken axis would squeeze the rest
_LABELLED = 42  # the least distance between two labels of the axis
_LANE = 30
_NAME = 16  # the height of a lane's name above the lane
_TOP = 26  # above the first lane, for the intervals
_NUMBERED = 26  # the least distance between two numbers
_APART = 2  # the least distance between two marks
_STEPS = tuple(
    timedelta(minutes=m)
    for m in (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440, 2880, 10080, 20160, 40320)
)


class Bar(NamedTuple):
    """A bar, for something that lasted. `label` is "" if it does not fit."""

    x: float
    y: float
    width: float
    label: str
    title: str
    row: int = 0


class ChartMark(NamedTuple):
    """A mark, for something that happened. `anchor` is the entry's, `label` its number if it
    fits."""

    x: float
    y: float
    title: str
    anchor: str = ""
    label: str = ""


class AxisTick(NamedTuple):
    """A labelled time on the axis."""

    x: float
    label: str


class AxisBreak(NamedTuple):
    """A break in the axis, and the time that it leaves out."""

    x: float
    width: float
    label: str
    title: str


class Lane(NamedTuple):
    """A lane's name and position."""

    y: float
    name: str
    name_y: float


class Lanes(NamedTuple):
    """Chart 1: intervals between milestones, roles, entries and updates over time."""

    size: Size
    height: float
    left: float  # where the scale begins and ends
    right: float
    lanes: tuple[Lane, ...]
    intervals: tuple[Bar, ...]
    terms: tuple[Bar, ...]
    updates: tuple[ChartMark, ...]
    entries: tuple[ChartMark, ...]
    ticks: tuple[AxisTick, ...]
    breaks: tuple[AxisBreak, ...]
    before: int  # number of entries before the range
    after: int
    description: RichText


class GapBar(NamedTuple):
    """A bar of chart 2; `over` if it exceeds the limit."""

    x: float
    y: float
    width: float
    height: float
    over: bool
    title: str
    label: str


class Cadence(NamedTuple):
    """Chart 2: the gaps between updates, and the limit."""

    size: Size
    height: float
    base: float
    limit_y: float
    limit: str
    title: str
    gaps: tuple[GapBar, ...]
    description: RichText


# --- chart 1 --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scale:
    """Maps times to positions: linear from `begin` to `end`, except for the `breaks`, which have a
    fixed width; times outside map to one position at either end."""

    begin: datetime
    end: datetime
    left: float
    right: float
    breaks: tuple[Span, ...] = ()

    @property
    def shown(self) -> timedelta:
        """The time that is shown to scale."""
        return self.end - self.begin - total(self.breaks)

    def x(self, at: datetime) -> float:
        if at < self.begin:
            return max(self.left - _ZONE / 2, 0)
        if at > self.end:
            return self.right + _ZONE / 2
        over = [(min(max(at, b.begin), b.end) - b.begin) / (b.end - b.begin) for b in self.breaks]
        left_out = sum(
            (b.length * share for b, share in zip(self.breaks, over, strict=True)), _NONE
        )
        share = (at - self.begin - left_out) / self.shown
        wide = self.right - self.left - _BREAK * len(self.breaks)
        return round(self.left + share * wide + _BREAK * sum(over), 1)


def _scale(
    incident: Incident, worked: Sequence[Span], end: datetime, notes: Sequence[Note], size: Size
) -> _Scale:
    """The scale for an incident: from its beginning, unless that is too long ago, to its end.

    If nobody worked on it for long after a resolution, the axis is broken.
    """
    lasted = end - incident.declared_at
    known = (incident.started_at, incident.detected_at, incident.declared_at)
    begin = min(at for at in known if at and incident.declared_at - at <= lasted)
    between = [Span(one.end, other.begin) for one, other in pairwise(worked)]
    open_time = end - begin - total(between)
    margin = min(max(open_time * _MARGIN, _LEAST), _MOST)
    breaks = tuple(
        Span(gap.begin + margin, gap.end - margin)
        for gap in between
        if gap.length > max(open_time * _BROKEN_FROM, 4 * margin)
    )
    begin, end = begin - margin, end + margin
    times = [*(n.at for n in notes), *(u.at for u in incident.updates), *filter(None, known)]
    before, after = any(at < begin for at in times), any(at > end for at in times)
    return _Scale(
        begin,
        end,
        left=size.label + (_ZONE if before else _EDGE),
        right=size.width - (_ZONE if after else _EDGE),
        breaks=breaks,
    )


def _breaks(scale: _Scale, clock: ReportClock) -> Iterator[AxisBreak]:
    for span in scale.breaks:
        x = scale.x(span.begin)
        title = f"not shown: {as_text(clock.span(span.begin, span.end))}"
        yield AxisBreak(x, _BREAK, _rough(span.length), title)


def _rough(span: timedelta) -> str:
    """An approximate duration, in three or four characters."""
    hours = round(span / timedelta(hours=1))
    if hours >= 48:
        return f"{round(hours / 24)} d"
    return f"{hours} h" if hours else f"{round(span / timedelta(minutes=1))} min"


def lanes(
    incident: Incident,
    process: Process,
    clock: ReportClock,
    now: datetime | None = None,
    size: Size = PAGE,
) -> Lanes | None:
    """The chart of who led when; None while there is nothing to show."""
    end = end_of(incident, now)
    if end <= incident.declared_at:
        return None
    notes = [note for note in incident.notes if note.stands]
    scale = _scale(incident, open_spans(incident, now), end, notes, size)
    roles = _roles(incident, process)
    names = [*(role_title(process, role) for role in roles), "updates", "entries"]
    named = 0 if size.label else _NAME
    tall = _LANE + named
    rows = tuple(
        Lane(_TOP + tall * n, name, _TOP + tall * n + (13 if named else 20))
        for n, name in enumerate(names)
    )
    ys = {
        role: row.y + named for role, row in zip([*roles, "updates", "entries"], rows, strict=True)
    }
    terms = [
        _term(term, span, ys[term.role], scale, clock)
        for term in worked_terms(incident)
        for span in filled(term, incident, process, now)
    ]
    return Lanes(
        size=size,
        height=_TOP + tall * len(rows) + 24,
        left=scale.left,
        right=scale.right,
        lanes=rows,
        intervals=tuple(_intervals(incident, end, scale, clock, now)),
        terms=tuple(terms),
        updates=tuple(_update(u.at, ys["updates"], scale, clock) for u in incident.updates),
        entries=tuple(_entries(notes, ys["entries"], scale, clock)),
        ticks=tuple(_ticks(scale, clock, size.ticks)),
        breaks=tuple(_breaks(scale, clock)),
        before=sum(note.at < scale.begin for note in notes),
        after=sum(note.at > scale.end for note in notes),
        description=_described(incident, process, clock, len(notes), now),
    )


def _roles(incident: Incident, process: Process) -> list[str]:
    """The roles that somebody held: the lead first, then in the process's order."""
    held = {term.role for term in worked_terms(incident)}
    known = [role for role in process.roles if role in held and role != "lead"]
    return ["lead", *known, *sorted(held - set(known) - {"lead"})]


def _term(term: Term, filled: Span, y: float, scale: _Scale, clock: ReportClock) -> Bar:
    x, right = scale.x(filled.begin), scale.x(filled.end)
    nick = one_line(term.holder.nick)
    span = as_text(clock.span(filled.begin, filled.end))
    fits = len(nick) * 8 + 8 <= right - x
    return Bar(x, y, max(right - x, 2), nick if fits else "", f"{nick}, {span}")


def _intervals(
    incident: Incident, end: datetime, scale: _Scale, clock: ReportClock, now: datetime | None
) -> Iterator[Bar]:
    """The spans between milestones, each named after what happened in it."""
    known = [("unnoticed", incident.started_at), ("detected", incident.detected_at)]
    for number, (one, span) in enumerate(
        zip(incident.stretches, open_spans(incident, now), strict=True)
    ):
        known += [
            ("reopened" if number else "declared", span.begin),
            ("mitigated", one.mitigated_at),
            ("resolved", span.end),
        ]
    known[-1] = ("", end)
    times = [(name, at) for name, at in known if at is not None]
    for number, ((name, begin), (_, until)) in enumerate(pairwise(times)):
        x, right = scale.x(begin), scale.x(until)
        if right > x:
            title = f"{name} {clock.brief(begin).shown}"
            broken = any(begin < gap.end and gap.begin < until for gap in scale.breaks)
            fits = len(name) * 7 + 6 <= right - x and not broken
            yield Bar(x, 0, right - x, name if fits else "", title, number % 2)


def _update(at: datetime, y: float, scale: _Scale, clock: ReportClock) -> ChartMark:
    return ChartMark(scale.x(at), y, f"update {clock.brief(at).shown}")


def _entries(notes: list[Note], y: float, scale: _Scale, clock: ReportClock) -> Iterator[ChartMark]:
    """The entries. One with room around it gets its number; of several at one position, the first
    is shown."""
    last = drawn = -1.0 * _NUMBERED
    for note in sorted(notes, key=lambda note: note.at):
        x = scale.x(note.at)
        if x - drawn < _APART:
            continue
        drawn = x
        room = x - last >= _NUMBERED
        last = x if room else last
        title = f"entry {note.n}, {clock.brief(note.at).shown}"
        yield ChartMark(x, y, title, anchor(note.n), str(note.n) if room else "")


def _ticks(scale: _Scale, clock: ReportClock, most: int) -> Iterator[AxisTick]:
    """Round times in the report's zone, few enough to be readable. The first of each day, and the
    first after a break, has the date."""
    step = next((step for step in _STEPS if scale.shown / step <= most), scale.shown / most)
    begins = [scale.begin, *(span.end for span in scale.breaks)]
    ends = [*(span.begin for span in scale.breaks), scale.end]
    for number, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        local = begin.astimezone(clock.zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        at = midnight + step * ((local - midnight) // step + 1)
        last = -1.0 * _LABELLED
        if number and clock.day(begin) != clock.day(ends[number - 1]):
            last = scale.x(begin)
            yield AxisTick(last, local.strftime("%m-%d"))
        while at <= end:
            is_midnight = (at.hour, at.minute) == (0, 0)
            shown = at.strftime("%m-%d" if step >= timedelta(days=1) or is_midnight else "%H:%M")
            if scale.x(at) - last >= _LABELLED:
                yield AxisTick(scale.x(at), shown)
            at += step


def _described(
    incident: Incident, process: Process, clock: ReportClock, entries: int, now: datetime | None
) -> RichText:
    """A description of the chart for readers who cannot see it."""
    end = end_of(incident, now)
    entered = number_of(entries, "entry", "entries")
    updated = number_of(len(incident.updates), "update")
    parts: list[TextPart] = [
        "From ",
        clock.full(incident.declared_at),
        " to ",
        clock.full(end),
        ": ",
    ]
    parts += [entered, " and ", updated, "."]
    for number, span in enumerate(open_spans(incident, now) if incident.past else ()):
        parts += ["; " if number else " Open ", *clock.span(span.begin, span.end)]
    if incident.past:
        parts.append(".")
    terms = sorted(
        worked_terms(incident), key=lambda term: (term.role != "lead", term.role, term.since)
    )
    for role, held in groupby(terms, key=lambda term: term.role):
        title = role_title(process, role)
        parts += [" ", f"{title[:1].upper()}{title[1:]}"]
        for number, term in enumerate(held):
            parts += [", " if number else ": ", UserText(one_line(term.holder.nick)), " from "]
            parts += [clock.brief(term.since), " to ", clock.brief(term.until or end)]
        parts.append(".")
    return tuple(parts)


# --- chart 2 --------------------------------------------------------------------------------

_HIGHEST = 120
_WIDEST = 120
_LETTER = 6.5  # approximate width of a small letter


def cadence(
    found: Sequence[Silence], clock: ReportClock, sentence: RichText, size: Size = PAGE
) -> Cadence | None:
    """The chart of how long nobody said anything; None without any gap. `sentence` describes it.

    If the limit changed with the severity, the line is at the shortest.
    """
    if not found:
        return None
    shown = _longest(found, size.gaps)
    limit = min(silence.limit for silence in found)
    tallest = max([limit * 1.25, *(silence.length for silence in shown)])
    base = _HIGHEST + 20
    width = min(_WIDEST, size.width / len(shown))
    gaps = []
    for number, silence in enumerate(shown):
        span = silence.span
        height = round(silence.length / tallest * _HIGHEST, 1)
        label = length(silence.length)
        gaps.append(
            GapBar(
                x=round(number * width, 1),
                y=base - height,
                width=round(width * 0.75, 1),
                height=height,
                over=silence.over,
                title=f"{label}: {clock.brief(span.begin).shown} to {clock.brief(span.end).shown}",
                label=label if silence.over and width >= len(label) * _LETTER else "",
            )
        )
    return Cadence(
        size=size,
        height=base + 24,  # including the limit's label below it
        base=base,
        limit_y=round(base - limit / tallest * _HIGHEST, 1),
        limit=f"limit {length(limit)}",
        title=f"Gaps between updates, against the limit of {length(limit)}",
        gaps=tuple(gaps),
        description=sentence,
    )


def _longest(silences: Sequence[Silence], most: int) -> tuple[Silence, ...]:
    """The longest silences, at most `most` of them, in order of time."""
    kept = sorted(silences, key=lambda silence: silence.length, reverse=True)[:most]
    return tuple(sorted(kept, key=lambda silence: silence.span.begin))
