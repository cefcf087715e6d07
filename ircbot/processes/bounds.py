"""How much a process file may hold, so that none can keep the bot busy.

Checked before anything is built from the file: every later step takes time by its size.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from typing import Any

from ircbot.toml import TomlFile

_MOST = 1000  # of anything: roles, phrases, ways to say one thing
_MOST_NAMES = 300  # of all roles together: each name is tried in each example
_LONGEST = 4000  # characters of a text
_LONGEST_PATTERN = 1000
_MOST_CHOICES = 40  # alternatives and optional parts in one pattern
_DEEPEST = 6  # choices within choices
_BRACKETS = re.compile(r"[()\[\]]")


def check(file: TomlFile) -> None:
    """Raise the file's mistake, with its place and the fix, if it exceeds a bound."""
    for key, sentence in _excesses(file.values):
        # Only its first line is named: finding a later one takes longer the longer the file is.
        raise file.wrong(key[:1], sentence)


def _excesses(values: Mapping[str, Any]) -> Iterator[tuple[list[str], str]]:
    yield from _sizes(values, [])
    if (names := sum(_names(values.get("roles")))) > _MOST_NAMES:
        yield (
            ["roles"],
            f"`roles` and their words are {names} names; at most {_MOST_NAMES} may stand there.",
        )
    phrases = values.get("phrases", [])
    for phrase in phrases if isinstance(phrases, list) else ():
        said = phrase.get("say", []) if isinstance(phrase, dict) else []
        for pattern in said if isinstance(said, list) else ():
            if isinstance(pattern, str) and (fault := _fault(pattern)):
                yield ["phrases"], f"the phrase `{pattern[:60]}` {fault}"
    for part, value in values.items():
        for text in _texts(value) if part != "phrases" else ():
            if _has_width(text):
                yield (
                    [part],
                    f"`{text[:50]}` has a place with a width or a conversion; give its name alone.",
                )


def _sizes(value: Any, key: list[str]) -> Iterator[tuple[list[str], str]]:
    name = ".".join(key) or "the file"
    if isinstance(value, str) and len(value) > _LONGEST:
        yield key, f"`{name}` has {len(value)} characters; at most {_LONGEST} may stand there."
    if isinstance(value, dict | list) and len(value) > _MOST:
        yield key, f"`{name}` has {len(value)} entries; at most {_MOST} may stand there."
        return
    inner = value.items() if isinstance(value, dict) else ()
    for part, one in inner:
        yield from _sizes(one, [*key, part])
    for one in value if isinstance(value, list) else ():
        yield from _sizes(one, key)


def _names(roles: Any) -> Iterator[int]:
    """How many names each role has."""
    for role in roles.values() if isinstance(roles, dict) else ():
        words = role.get("words") if isinstance(role, dict) else ()
        yield 2 + (len(words) if isinstance(words, list) else 0)  # title and short, too


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else ():
        yield from _texts(one)
    for one in value if isinstance(value, list) else ():
        yield from _texts(one)


def _fault(pattern: str) -> str:
    """Which bound a pattern exceeds, "" if none."""
    if len(pattern) > _LONGEST_PATTERN:
        return f"is longer than {_LONGEST_PATTERN} characters; make two of it."
    depth = deepest = choices = 0
    for bracket in _BRACKETS.findall(pattern):
        depth += 1 if bracket in "([" else -1
        deepest, choices = max(deepest, depth), choices + (bracket in "([")
    if deepest > _DEEPEST:
        return f"has choices within choices {deepest} deep; at most {_DEEPEST} are understood."
    if choices > _MOST_CHOICES:
        return f"has {choices} choices; at most {_MOST_CHOICES} may stand in one, make two of it."
    return ""


def _has_width(text: str) -> bool:
    if "{" not in text:
        return False
    try:
        return any(spec or how for _, _, spec, how in string.Formatter().parse(text))
    except ValueError:
        return False  # told with the text's other mistakes
