"""Whether others can write to what the bot goes by, or read what it keeps for itself.

Who can write to a configuration can have the bot send its password elsewhere; who can write to a
template, publish what they like. Looks at owners and modes; changes nothing.
"""

from __future__ import annotations

import stat
from pathlib import Path

from ircbot.errors import IrcbotError

_WRITE = stat.S_IWGRP | stat.S_IWOTH


def must_be_its_owners(path: Path, mistake: type[IrcbotError], *, sticky: bool = False) -> None:
    """Raise `mistake` if others than its owner and root can write to a file or folder.

    With `sticky`, a folder in which others cannot touch what is not theirs (/tmp) will do. What is
    not there is nobody's.
    """
    try:
        found = path.stat()
    except OSError:
        return
    if found.st_mode & _WRITE and not (sticky and found.st_mode & stat.S_ISVTX):
        raise mistake(f"others can write to {path}: chmod go-w {path}")


def is_read_by_others(path: Path) -> bool:
    """Whether everybody can read a file. A group may: it is how a service's user is let in."""
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
