"""Read a TOML file so that every mistake in it can be reported with its line.

Knows no key of any file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import field
from itertools import accumulate
from pathlib import Path
from typing import Any

from ircbot.errors import Misuse
from ircbot.values import dataclass

_LONGEST = 1_000_000  # bytes
_DEEPEST = 20  # nested tables and lists
_MOST_PARSED = 10_000_000  # characters parsed to find the line of a mistake: some two seconds


@dataclass(frozen=True, slots=True)
class TomlFile:
    """The content of a TOML file, with its places. `mistake` is the class of errors about it."""

    path: Path
    text: str = field(repr=False)  # may contain secrets
    values: Mapping[str, Any] = field(repr=False)
    mistake: type[Misuse]

    def has(self, key: Sequence[str | int]) -> bool:
        """Whether the file has a key or table."""
        return _holds(self.values, key)

    def line_of(self, key: Sequence[str | int]) -> int | None:
        """The line, from 1, on which a key or table begins; None if it is not in the file, or if
        finding it would take too long.

        Items of a list are named by their index. TOML is read from top to bottom, so parsing
        beginnings of different lengths shows where a key is defined; that needs no second grammar.
        Of the valid beginnings, a longer one has everything that a shorter one has.
        """
        if not self.has(key):
            return None
        try:
            return _Beginnings(self.text).line_of(key)
        except _TooLong:
            return None

    def wrong(self, key: Sequence[str | int], sentence: str) -> Misuse:
        """The error for a mistake at `key`, to be raised."""
        line = self.line_of(key)
        place = str(self.path) if line is None else f"{self.path}, line {line}"
        return self.mistake(f"{place}: {sentence}")


class _TooLong(Exception):
    """Finding the line would take too long."""


class _Beginnings:
    """The beginnings of a text, by number of lines, parsed on demand."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._ends = [0, *accumulate(len(line) + 1 for line in self._lines)]
        self._text = text
        self._left = _MOST_PARSED

    def line_of(self, key: Sequence[str | int]) -> int | None:
        """The line on which a key begins that is in the text. Raises _TooLong."""
        without, most = 0, 1  # a valid beginning without the key; one with it
        while not _holds((found := self._valid(most))[1], key):
            without, most = found[0], min(2 * found[0], len(self._lines))
        while without + 1 < most:
            middle = (without + most) // 2
            count, values = self._valid(middle)
            if _holds(values, key):
                most = middle
            else:
                without = count
        return without + 1

    def _valid(self, count: int) -> tuple[int, Any]:
        """The first valid beginning of at least so many lines, and its content."""
        while True:
            self._left -= self._ends[min(count, len(self._lines))]
            if self._left < 0:
                raise _TooLong
            try:
                return count, tomllib.loads(self._text[: self._ends[count]])
            except tomllib.TOMLDecodeError:
                count += 1  # inside a value of several lines


def read_toml(path: Path, mistake: type[Misuse]) -> TomlFile:
    """Read a file. Raises `mistake` if it cannot be read or is not TOML."""
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST + 1)
        if len(content) > _LONGEST:
            raise mistake(f"{path} has more than {_LONGEST:,} bytes, the limit.")
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise mistake(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise mistake(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8.") from error
    # TOML counts lines by LF, as editors do.
    text = text.replace("\r\n", "\n")
    try:
        values = tomllib.loads(text)
        if _is_deep(values):
            raise RecursionError
        return TomlFile(path, text, values, mistake)
    except RecursionError:
        raise mistake(f"{path} nests more than {_DEEPEST} deep; nothing in it has to.") from None
    except tomllib.TOMLDecodeError as error:
        last = f"at line {text.count(chr(10)) + 1}, the end of the file"
        reason = str(error).replace("at end of document", last)
        raise mistake(f"{path} is not valid TOML: {reason}.") from error
    except ValueError as error:  # a number of thousands of digits
        raise mistake(f"{path} is not valid TOML: {error}.") from error


def _is_deep(values: Any) -> bool:
    inner = [values]
    for _ in range(_DEEPEST):
        inner = [
            one
            for value in inner
            for one in (value.values() if isinstance(value, dict) else value)
            if isinstance(one, dict | list)
        ]
    return bool(inner)


def _holds(values: Any, key: Sequence[str | int]) -> bool:
    for part in key:
        if isinstance(part, int):
            if not isinstance(values, list) or part >= len(values):
                return False
        elif not isinstance(values, dict) or part not in values:
            return False
        values = values[part]
    return True
