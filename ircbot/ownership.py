"""Check who else can write to files that the bot trusts, or read its secrets.

Whoever can write to a configuration can make the bot send its password elsewhere; whoever can write
to a template can publish anything. Looks at owners and modes; changes nothing.
"""

from __future__ import annotations

import stat
from pathlib import Path

from ircbot.errors import IrcbotError

_WRITE = stat.S_IWGRP | stat.S_IWOTH


def must_be_its_owners(path: Path, mistake: type[IrcbotError], *, sticky: bool = False) -> None:
    """Raise `mistake` if anybody but its owner and root can write to a file or folder.

    With `sticky`, a folder is accepted in which others cannot touch foreign files (/tmp). A missing
    file is accepted.
    """
    try:
        found = path.stat()
    except OSError:
        return
    if found.st_mode & _WRITE and not (sticky and found.st_mode & stat.S_ISVTX):
        raise mistake(f"others can write to {path}: chmod go-w {path}")


def is_read_by_others(path: Path) -> bool:
    """Whether everybody can read a file. Reading by its group is accepted: that is how a service's
    user gets access."""
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
