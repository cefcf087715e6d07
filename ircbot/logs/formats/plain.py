"""Transcripts written by hand or by `ircbot rehearse`: irssi's lines, extended.

transcript.py describes the notation. Knows no files and no zones.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from ircbot.logs.formats import irssi
from ircbot.logs.rows import Format, Heading, LogRow, bracketed

_HEADING = re.compile(r"--- (?:(\d{4}-\d\d-\d\d)(?: |$))?([#&]\S*)?")
_PLACE = re.compile(r"((?:[#&]\S* )*)(.*)", re.DOTALL)
_PRIVATE = re.compile(r"\*([^\s*]+)\*(?: .*)?", re.DOTALL)


def place(body: str) -> tuple[tuple[str, ...], str]:
    """Split off the channels before what was said.

    >>> place("#moc #mozmeao -ilbot- all well")
    (('#moc', '#mozmeao'), '-ilbot- all well')
    """
    match = _PLACE.fullmatch(body)
    assert match, "the pattern takes any text"
    return tuple(match[1].split()), match[2]


def rows(body: str) -> tuple[LogRow, ...] | None:
    """Parse what follows the stamp; None for other lines."""
    channels, said = place(body)
    if not said or _PRIVATE.fullmatch(said):
        return ()
    found = irssi.rows(said)
    if not found or not channels:
        return found
    return tuple(replace(row, channel=channels[0]) for row in found)


def heading(raw: str) -> Heading | None:
    """A `---` line, a remark or a setting; None for other lines."""
    if raw.startswith((";", "%")):
        return Heading()
    match = _HEADING.fullmatch(raw.rstrip())
    if not match or not (match[1] or match[2]):
        return irssi.heading(raw)
    try:
        at = datetime.fromisoformat(match[1]) if match[1] else None
    except ValueError:
        return None
    return Heading(at, match[2] or "")


FORMAT = Format("plain", "-!- ", bracketed, rows, heading, rank=2, message="<")
