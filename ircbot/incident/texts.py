"""Translates fixed texts other than replies into a process's language: headings, labels, durations,
statuses.

A process gives them in [texts] by the English text, with `{}` for what varies: "{} minutes" = "{}
Minuten". A text without a translation stays English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import chain

from ircbot.incident.process import Process

_MOST_WITHIN = 4  # texts within texts


def own_text(process: Process, text: str) -> str:
    """A fixed text in the process's language, with its surrounding blanks."""
    bare = text.strip()
    own = found(process, bare)
    return text if own is None else text.replace(bare, own, 1)


def own_label(process: Process, text: str) -> str:
    """The same for a text that may be somebody's words: only if the process lists it exactly."""
    return process.texts.get(text, text)


_PLACE = re.compile(r"\b(?:[A-Z]{2,}|or)\b")


def own_usage(process: Process, usage: str) -> str:
    """The usage of a command with its placeholders in the process's language; command names are the
    same in every language.

    >>> places_in("handoff NICK"), places_in("tl TEXT, or tl last")
    (['NICK'], ['TEXT', 'or'])
    """
    return _PLACE.sub(lambda place: own_text(process, place[0]), usage)


def places_in(usage: str) -> list[str]:
    """The placeholders in a usage that can be translated."""
    return _PLACE.findall(usage)


def found(process: Process, text: str, within: int = _MOST_WITHIN) -> str | None:
    """The process's translation of a text; None if it has none."""
    if not (process.texts and text and within):
        return None
    if text in process.texts:
        return process.texts[text]
    for pattern, template in _templates(process):
        if match := pattern.fullmatch(text):
            parts = [found(process, part, within - 1) or part for part in match.groups()]
            between = template.split("{}")
            return "".join(chain.from_iterable(zip(between, [*parts, ""], strict=True)))
    return None


@lru_cache(maxsize=16)
def _templates(process: Process) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The translations with a `{}`, the most specific first."""
    texts = {key: own for key, own in process.texts.items() if "{}" in key}
    return tuple(
        (re.compile(re.escape(key).replace(re.escape("{}"), "(.+?)"), re.DOTALL), texts[key])
        for key in sorted(texts, key=lambda key: (-len(key.replace("{}", "")), key))
    )


def misfits(texts: Mapping[str, str]) -> list[str]:
    """The translations whose number of `{}` differs from the English text's."""
    return [key for key, own in texts.items() if key.count("{}") != own.count("{}")]
