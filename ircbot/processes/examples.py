"""Runs a process's own examples: what each phrase must understand, and what it must not.

Reads no file. Each problem is one sentence that names the phrase.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ircbot.incident.grammar import telling_names
from ircbot.incident.process import Phrase, Process, Role
from ircbot.incident.recognise import understood

_SEVERITY = re.compile(r"sev(?:erity)?[-_ \d]", re.IGNORECASE)  # a key with the word in it


def problems(process: Process) -> Iterator[str]:
    """What is wrong with a process's phrases; nothing if all examples hold."""
    for number, sentence in numbered(process):
        yield f"phrase {number + 1}, {sentence}"


def numbered(process: Process) -> Iterator[tuple[int, str]]:
    """The problems, each with its phrase's index in the process."""
    for number, phrase in enumerate(process.phrases):
        place = f"which means {phrase.meaning}"
        yield from ((number, sentence) for sentence in _misunderstood(process, phrase, place))
        if phrase.examples and _is_shadowed(process, phrase):
            yield (
                number,
                f"{place}: other phrases understand all its examples;"
                " give one that only it does, or leave it out.",
            )


def lines(process: Process, written: Iterable[str]) -> Iterator[str]:
    """The lines, with <lead>, <role>, <severity> and <level> filled in each possible way."""
    others = [role for key, role in process.roles.items() if key != "lead"]
    levels = list(process.severities) or ["1", "2"]
    named = {
        "<lead>": list(_names([process.lead])),
        "<role>": list(_names(others)),
        "<severity>": [one if _SEVERITY.match(one) else f"sev {one}" for one in levels],
        "<level>": levels,
    }
    for line in written:
        place = next((place for place in named if place in line), "")
        if place:
            yield from (line.replace(place, name) for name in named[place])
        else:
            yield line


def _names(roles: Iterable[Role]) -> Iterator[str]:
    for role in roles:
        yield from telling_names(role)


def means(process: Process, line: str, meaning: str) -> bool:
    """Whether a line ("/me …" for an action) can have this meaning, among others."""
    return any(phrase.meaning == meaning for phrase in _understood(process, line))


def _understood(process: Process, line: str) -> tuple[Phrase, ...]:
    action = line.startswith("/me ")
    return understood(line.removeprefix("/me "), process, action=action)


def _misunderstood(process: Process, phrase: Phrase, place: str) -> Iterator[str]:
    if not phrase.examples:
        yield f"{place}: it has no `examples`; a phrase is tested by them."
    for line in lines(process, phrase.examples):
        if not means(process, line, phrase.meaning):
            yield f'{place}: its example "{line}" does not.'
    for line in lines(process, phrase.unlike):
        if means(process, line, phrase.meaning):
            yield f'{place}: so does "{line}", though it is among its `unlike`.'


def _is_shadowed(process: Process, phrase: Phrase) -> bool:
    """Whether the process understands every example without the phrase, too."""
    same = [one for one in process.phrases if one is not phrase and _says(one) == _says(phrase)]
    examples = list(lines(process, phrase.examples))
    return bool(examples) and all(
        any(other in same for other in by)
        for by in (_understood(process, line) for line in examples)
    )


def _says(phrase: Phrase) -> tuple[str, str, str, str]:
    return phrase.meaning, phrase.role, phrase.severity, phrase.message
