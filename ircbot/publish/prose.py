"""What people wrote on a published page, and what is on record meanwhile, put together.

A publisher tells what stood under a heading when we wrote the page, and what stands there now. What
was changed on either side is kept, paragraph by paragraph and item by item; what one side took out
is out. Putting it together again changes nothing, so that a run that dies may do it anew.
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
    """The sections of `ours`, which are on record, that people changed on the page, with what they
    are to be: all Markdown. With `masked`, without secrets and phone numbers."""
    for key, change in written.items():
        before, now = (_kept(text, masked) for text in (change.before, change.now))
        here = tidied(ours[key])
        text = joined(_merged(tuple(parts(before)), tuple(parts(now)), tuple(parts(here))))
        if text != here:
            yield key, text


def _kept(text: str, masked: bool) -> str:
    """A text as it would be on record."""
    if masked:
        text = "\n".join(mask(line)[0] for line in text.split("\n"))
    return as_kept(tidied(text))


def _merged(
    before: tuple[str, ...], theirs: tuple[str, ...], ours: tuple[str, ...]
) -> Iterator[str]:
    was, here, there = frozenset(before), frozenset(ours), frozenset(theirs)
    yield from (one for one in theirs if one not in was or one in here)
    yield from (one for one in ours if one not in was and one not in there)
