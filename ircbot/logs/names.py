"""The channel and day in a log's path.

`#mdndev.log`, `#mdndev.2018-01-10.log.gz`, `2018-01-10/#mdndev.log`, `#mdndev/2018/01/10.log`,
`#mdndev.log.10Jan2018`, `#mdndev.2018-01-10-12.00.log.txt`, `irc.moznet.#mdndev.weechatlog`. Reads
no file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from ircbot.logs.stamp import asctime, is_possible

_ENDINGS = frozenset({".gz", ".bz2", ".xz", ".log", ".txt", ".weechatlog", ".irc", ".irclog"})
_DAY = re.compile(
    r"(?<!\d)(?:(?P<year>\d{4})(?P<sep>[-._]?)(?P<month>\d\d)(?P=sep)(?P<day>\d\d)"
    r"|(?P<day_first>\d\d)\.(?P<then_month>\d\d)\.(?P<then_year>\d{4})"
    r"|(?P<mday>\d{1,2})(?P<name>[A-Z][a-z]{2})(?P<named_year>\d{4}))(?!\d)"
)
# A tree of folders: 2018/01/10, 2018-01/10, 2018/01/10/#mdndev.
_TREE = re.compile(r"(?:^|/)(\d{4})[-/._]?(\d\d)/(\d\d)(?:(?!\d)[^/]*|/[^/]*)$")
# A channel is at the start of the name, or after a dot, a blank or the like; "&" only at the start.
_CHANNEL = re.compile(r"(?:^|(?<=[._\s-]))#[^\s,]+|^[&+!][^\s,]+")

# Only the nearest folders are about the log; any folder may be called 2018-01-10.
_NEAREST = 4


def channel_of(path: Path) -> str:
    """The channel in a path, "" if there is none.

    >>> channel_of(Path("moznet/#mdndev/2018-01-10.log")), channel_of(Path("#c++.net.log.gz"))
    ('#mdndev', '#c++.net')
    >>> channel_of(Path("#moc.2018-01-10-12.00.log.txt")), channel_of(Path("#moc.log.10Jan2018"))
    ('#moc', '#moc')
    """
    for name in _names(path):
        if match := _CHANNEL.search(name):
            day = _DAY.search(match[0])
            channel = match[0][: day.start()] if day else match[0]
            return _stem(channel.rstrip("._-")).rstrip("._-")
    return ""


def day_of(path: Path) -> date | None:
    """The day in a path, None if there is none.

    >>> day_of(Path("#mdndev.20180110.log"))
    datetime.date(2018, 1, 10)
    >>> day_of(Path("#mdndev/2018/01/10.log")), day_of(Path("#mdndev.log.10Jan2018"))
    (datetime.date(2018, 1, 10), datetime.date(2018, 1, 10))
    >>> day_of(Path("2018/01/10/#mdndev.txt"))
    datetime.date(2018, 1, 10)
    """
    names = _names(path)
    for name in names:
        if (found := next(_days(name), None)) is not None:
            return found
    if match := _TREE.search("/".join(reversed(names))):
        return _day(*match.groups())
    return None


def _days(name: str) -> Iterator[date]:
    for match in _DAY.finditer(name):
        if match["name"]:
            at = asctime(f"{match['name']} {match['mday']} {match['named_year']}")
            found = at.date() if at else None
        elif match["year"]:
            found = _day(*match.group("year", "month", "day"))
        else:
            found = _day(*match.group("then_year", "then_month", "day_first"))
        if found:
            yield found


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day)) if is_possible(int(year)) else None
    except ValueError:
        return None


def _names(path: Path) -> list[str]:
    """The file's name without extensions, then its folders, nearest first."""
    return [_stem(path.name), *(parent.name for parent in path.absolute().parents)][:_NEAREST]


def _stem(name: str) -> str:
    while Path(name).suffix.lower() in _ENDINGS:
        name = Path(name).stem
    return name
