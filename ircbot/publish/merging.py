"""A page on which people write too: what is to stand there, section by section, when ours changes.

A section that nobody touched becomes ours as it is now; one that people changed is left as it is.
Where we have something new to say in a section that people changed, the two cannot be put together.
Knows no markup: a section is a key and a text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

Sections = Mapping[str, str]  # in the order of the page


@dataclass(frozen=True, slots=True)
class Merged:
    """What is to stand on a page, which sections of ours people changed, and in which of these we
    have something new to say."""

    sections: Sections
    changed: frozenset[str]
    conflicts: frozenset[str]


def merged(
    there: Sections, ours: Sections, before: Sections, written: Collection[str] = (), *, force: bool
) -> Merged:
    """What becomes of a page: `there` is what it shows, `ours` what we want it to, `before` how we
    left each of our sections; one that is missing there is as people want it, whatever it is.

    `written` are sections that are people's: what they changed there is never a conflict. With
    `force`, people's changes of the others are no obstacle.
    """
    changed = {
        key
        for key, text in ours.items()
        if there.get(key) != text and there.get(key) != before.get(key)
    }
    if force:
        changed &= set(written)
    conflicts = {key for key in changed - set(written) if ours[key] != before.get(key)}
    sections: dict[str, str] = {}
    for key, text in ours.items():
        if key not in changed:
            sections[key] = text
        elif key in there:  # else they took it out
            sections[key] = there[key]
    return Merged(
        _with_theirs(sections, there, ours, before), frozenset(changed), frozenset(conflicts)
    )


def _with_theirs(
    sections: Sections, there: Sections, ours: Sections, before: Sections
) -> dict[str, str]:
    """The sections with those that people added, and those that they changed and of which we have
    nothing to say any more: each after the one of ours that it follows, if that is still there."""
    following: dict[str | None, dict[str, str]] = {}
    last: str | None = None
    for key, text in there.items():
        if key in ours:
            last = key
        elif text != before.get(key):
            following.setdefault(last, {})[key] = text
    made: dict[str, str] = {}
    for key, text in sections.items():
        made |= {key: text, **following.pop(key, {})}
    for theirs in following.values():
        made |= theirs
    return made
