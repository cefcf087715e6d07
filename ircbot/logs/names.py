"""What a log's path tells: its channel and its day.

`#mdndev.log`, `#mdndev.2018-01-10.log.gz`, `2018-01-10/#mdndev.log`,
`moznet/#mdndev/2018-01-10.log`, `irc.moznet.#mdndev.weechatlog`. Reads no file.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

_ENDINGS = frozenset({".gz", ".log", ".txt", ".weechatlog", ".irc", ".irclog"})
_DAY = re.compile(r"(?<!\d)(\d{4})([-._]?)(\d\d)\2(\d\d)(?!\d)")
# A channel begins the name or follows a dot, a blank or the like; "&" only where it begins.
_CHANNEL = re.compile(r"(?:^|(?<=[._\s-]))#[^\s,]+|^[&+!][^\s,]+")

# Of the folders a file is in, only so many are about the log; any may be called 2018-01-10.
_NEAREST = 4


def channel_of(path: Path) -> str:
    """The channel that a path names, "" if it names none.

    >>> channel_of(Path("moznet/#mdndev/2018-01-10.log")), channel_of(Path("#c++.net.log.gz"))
    ('#mdndev', '#c++.net')
    """
    for name in _names(path):
        if match := _CHANNEL.search(_DAY.sub("", name)):
            return match[0].rstrip("._-")
    return ""


def day_of(path: Path) -> date | None:
    """The day that a path names, None if it names none.

    >>> day_of(Path("#mdndev.20180110.log"))
    datetime.date(2018, 1, 10)
    """
    for name in _names(path):
        for match in _DAY.finditer(name):
            try:
                return date(int(match[1]), int(match[3]), int(match[4]))
            except ValueError:
                continue
    return None


def _names(path: Path) -> list[str]:
    """The file's name without its endings, then the folders it is in, nearest first."""
    stem = path
    while stem.suffix.lower() in _ENDINGS:
        stem = stem.with_suffix("")
    return [stem.name, *(parent.name for parent in path.absolute().parents)][:_NEAREST]
