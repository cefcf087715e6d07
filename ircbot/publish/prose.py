"""Merge what people wrote on a published page with what is on record.

For each section a publisher returns the text as we left it and as it is now. Changes on either side
are kept, paragraph by paragraph and item by item; a removal on one side is a removal. Merging again
changes nothing, so it may be repeated after a crash.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ircbot.incident.masking import mask
from ircbot.incident.prose import as_kept, joined, parts
from ircbot.publish.protocol import Written
from ircbot.report.prose import tidied


def put_together(
    written: Mapping[str, Written], ours: Mapping[str, str], *, masked: bool
) -> Iterator[tuple[str, str]]:
    """The sections of `ours` (on record) that people changed on the page, each with its merged
    text: all Markdown. With `masked`, secrets and phone numbers are masked."""
    for key, change in written.items():
        before, now = (_kept(text, masked) for text in (change.before, change.now))
        here = tidied(ours[key])
        text = joined(_merged(tuple(parts(before)), tuple(parts(now)), tuple(parts(here))))
        if text != here:
            yield key, text


def _kept(text: str, masked: bool) -> str:
    """A text as it would be recorded."""
    if masked:
        text = "\n".join(mask(line)[0] for line in text.split("\n"))
    return as_kept(tidied(text))


def _merged(
    before: tuple[str, ...], theirs: tuple[str, ...], ours: tuple[str, ...]
) -> Iterator[str]:
    was, here, there = frozenset(before), frozenset(ours), frozenset(theirs)
    yield from (one for one in theirs if one not in was or one in here)
    yield from (one for one in ours if one not in was and one not in there)
