"""Recognises what a bouncer adds to the lines it plays back: markers around them, times in them.

WeeChat's relay writes "[15:01] ", bip "15:01:22> ", ZNC "[15:01:22] " to clients without
server-time, between "Buffer Playback..." and "Playback Complete.". Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from ircbot.incident.times import past

_STAMP = re.compile(
    r"(?P<open>[\[({<])?\s?"
    r"(?:(?P<day>\d{4}-\d{2}-\d{2})|\d{1,2}[-/.]\d{1,2}(?:[-/.]\d{2,4})?)?[ T,]*"
    r"(?P<clock>\d{1,2}:\d{2}(?P<seconds>:\d{2})?)(?:[.,]\d+)?(?P<half> ?[AaPp][Mm])?"
    r"\s?(?P<close>[\])}>])?:?\s+(?P<rest>.*\S)",
)
MAY_BE_STAMP = frozenset("[({<0123456789")  # first characters of a text that may begin with a time
# No person can have these nicks: a name that begins with a sign is a bouncer's own.
_BOUNCER = re.compile(r"\*.*|-bip|-psyBNC", re.IGNORECASE)
_BEGIN = re.compile(r"buffer playback|(?:start|begin)\w* of (?:backlog|buffer|playback)", re.I)
_END = re.compile(r"playback complete|end of (?:backlog|buffer|playback)", re.I)


@dataclass(frozen=True, slots=True)
class StampedText:
    """A text without the time that preceded it. `within` is the time's precision."""

    at: datetime | None  # None: it cannot be a time, such as 25:00
    text: str
    within: timedelta


def read_stamp(text: str, now: datetime, zone: tzinfo) -> StampedText | None:
    """Split a text into the time before it and the rest; None if there is none.

    The time is the latest such time up to `now` in `zone`, as the bouncer's own zone is unknown.

    >>> from datetime import UTC
    >>> noon = datetime(2018, 1, 10, 12, tzinfo=UTC)
    >>> found = read_stamp("[11:01] TL: down", noon, UTC)
    >>> f"{found.at:%H:%M}", found.text
    ('11:01', 'TL: down')
    >>> read_stamp("11:01 it went down", noon, UTC) is None
    True
    """
    match = _STAMP.fullmatch(text)
    if match is None or not (match["open"] or match["close"]):
        return None
    clock = match["clock"] + (match["half"] or "")
    at = past(f"{match['day']} {clock}" if match["day"] else clock, now, zone)
    exact = timedelta(seconds=2) if match["seconds"] else timedelta(seconds=61)
    return StampedText(at if isinstance(at, datetime) else None, match["rest"], exact)


def is_bouncer(nick: str) -> bool:
    """Whether a nick is a bouncer's own, which no person can have."""
    return _BOUNCER.fullmatch(nick) is not None


def marker(nick: str, text: str) -> bool | None:
    """Whether a message is a bouncer's marker: True begins playback, False ends it, None is any
    other message."""
    if not is_bouncer(nick):
        return None
    if _END.search(text):
        return False
    return True if _BEGIN.search(text) else None
