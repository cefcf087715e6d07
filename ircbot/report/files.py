"""Write reports to disk atomically.

Knows no format: it is given texts and paths.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from ircbot.errors import ReportError


def save(path: Path, text: str, mode: int = 0o666) -> None:
    """Write `text` to `path`; readers see either the old file or the new one.

    A new file gets `mode` less the umask, an existing one keeps its mode. Anything but a regular
    file (a pipe, /dev/stdout) is written to directly. ReportError if that fails.
    """
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            target.write_text(text, encoding="utf-8")
        else:
            _replace(target, text, mode)
    except OSError as error:
        raise ReportError(f"{path} cannot be written: {error.strerror or error}.") from error


def _replace(target: Path, text: str, mode: int) -> None:
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with open(file, "w", encoding="utf-8", newline="\n") as out:
            if target.exists():
                os.fchmod(file, stat.S_IMODE(target.stat().st_mode))
            out.write(text)
            out.flush()
            os.fsync(file)
        os.replace(beside, target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
