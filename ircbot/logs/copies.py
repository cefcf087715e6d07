"""Several logs of one conversation: a line that is in more than one of them was said once.

Two people who log one channel, or one person with two programs, record the same lines with stamps
of minutes or seconds, by clocks that differ a little. Knows no format.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ircbot.incident.people import fold
from ircbot.incident.plain import plain
from ircbot.logs.read import Log, Run
from ircbot.logs.stamp import CLOCKS_DIFFER

_REMEMBERED = 120  # seconds: two minute stamps, and a margin


@dataclass(slots=True)
class _Said:
    """A line as first seen. It was said between two times, in seconds since 1970."""

    begin: int
    end: int
    logs: set[Log] = field(default_factory=set)


def once(runs: Iterable[Run], logs: Sequence[Log]) -> Iterator[Run]:
    """The runs, in order of time, without lines that another log already had.

    A line counts as often as the log that has it most often.
    """
    channels = Counter(fold(log.channel) for log in logs)
    if channels.most_common(1)[0][1] == 1:
        yield from runs
        return
    met: dict[tuple[object, ...], deque[_Said]] = {}
    for run in runs:
        if channels[fold(run.channel)] > 1:
            raws = [raw for raw in run.raws if _is_new(run, raw, met)]
            if not raws:
                continue
            run = run._replace(raws=raws)
        yield run


def _is_new(run: Run, raw: str, met: dict[tuple[object, ...], deque[_Said]]) -> bool:
    rows = run.log.format.rows(raw[run.start :])
    if not rows:
        return True
    key = (fold(run.channel), *((row.kind, fold(row.nick), plain(row.text)) for row in rows))
    begin, end = run.at, run.at + run.log.resolution
    said = met.setdefault(key, deque())
    while said and said[0].end < begin - _REMEMBERED:
        said.popleft()
    for one in said:
        meets = one.begin - CLOCKS_DIFFER <= end and begin <= one.end + CLOCKS_DIFFER
        if meets and run.log not in one.logs:
            one.logs.add(run.log)
            return False
    said.append(_Said(begin, end, {run.log}))
    return True
