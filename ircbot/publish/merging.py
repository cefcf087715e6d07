"""Merge our new text with a page that people edit too, section by section.

A section that nobody touched becomes our new text; one that people changed is left alone. If we
have new text for a section that people changed, the two conflict. Knows no markup: a section is a
key and a text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

Sections = Mapping[str, str]  # in the page's order


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged page, the sections of ours that people changed, and those of them for which we have
    new text."""

    sections: Sections
    changed: frozenset[str]
    conflicts: frozenset[str]


def merged(
    there: Sections, ours: Sections, before: Sections, written: Collection[str] = (), *, force: bool
) -> Merged:
    """Merge a page: `there` is what it shows, `ours` our new text, `before` our sections as we left
    them. A section that is missing from `before` stays as people want it.

    Changes to sections in `written`, which are people's, are never a conflict. With `force`, no
    change is.
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
        elif key in there:  # else they removed it
            sections[key] = there[key]
    return Merged(
        _with_theirs(sections, there, ours, before), frozenset(changed), frozenset(conflicts)
    )


def _with_theirs(
    sections: Sections, there: Sections, ours: Sections, before: Sections
) -> dict[str, str]:
    """The sections, with those that people added, and those that they changed and that we no longer
    have: each after the section that it follows, if that still exists."""
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
