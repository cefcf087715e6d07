"""What people read besides replies, in a process's own words: headings, labels, spans, statuses.

A process gives them in [texts] by the English ones, `{}` for what differs: "{} minutes" =
"{} Minuten". What it has no words for stays English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import chain

from ircbot.incident.process import Process

_MOST_WITHIN = 4  # texts within texts


def own_text(process: Process, text: str) -> str:
    """A text of ours in the process's words, with the blanks around it."""
    bare = text.strip()
    own = found(process, bare)
    return text if own is None else text.replace(bare, own, 1)


def own_label(process: Process, text: str) -> str:
    """The same of a text that may be somebody's: only if the process names it exactly."""
    return process.texts.get(text, text)


_PLACE = re.compile(r"\b(?:[A-Z]{2,}|or)\b")


def own_usage(process: Process, usage: str) -> str:
    """How a command is typed, its places in the process's words; the command itself is one's own
    name in every language.

    >>> places_in("handoff NICK"), places_in("tl TEXT, or tl last")
    (['NICK'], ['TEXT', 'or'])
    """
    return _PLACE.sub(lambda place: own_text(process, place[0]), usage)


def places_in(usage: str) -> list[str]:
    """What is to be put in other words there."""
    return _PLACE.findall(usage)


def found(process: Process, text: str, within: int = _MOST_WITHIN) -> str | None:
    """The process's own words for a text; None if it has none."""
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
    """The texts in which something differs, those that say most first."""
    texts = {key: own for key, own in process.texts.items() if "{}" in key}
    return tuple(
        (re.compile(re.escape(key).replace(re.escape("{}"), "(.+?)"), re.DOTALL), texts[key])
        for key in sorted(texts, key=lambda key: (-len(key.replace("{}", "")), key))
    )


def misfits(texts: Mapping[str, str]) -> list[str]:
    """The texts that have another number of places than the English ones."""
    return [key for key, own in texts.items() if key.count("{}") != own.count("{}")]
