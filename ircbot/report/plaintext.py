"""Plain text in 72 columns: filled paragraphs, aligned tables. Words are never broken.

Knows no incident. A word wider than the line gets a line of its own, as a broken URL is useless.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from unicodedata import category, east_asian_width

from markupsafe import Markup

from ircbot.report.parts import ReportTable, RichText

WIDTH = 72
_GAP = "  "


def fill(text: str, first: str = "", rest: str = "", width: int = WIDTH) -> Markup:
    """Wrap `text` to `width` columns, with the prefix `first` and then `rest`.

    >>> print(fill("one two three", "- ", "  ", 9))
    - one two
      three
    """
    # Plain str: Markup would HTML-escape whatever is added to it.
    lines, rest = [str(first)], str(rest)
    used = columns_of(first)
    empty = True
    for word in str(text).split(" "):
        wide = columns_of(word)
        if not empty and used + 1 + wide > width:
            lines.append(rest)
            used, empty = columns_of(rest), True
        lines[-1] += word if empty else f" {word}"
        used += wide if empty else wide + 1
        empty = False
    return Markup("\n".join(lines))


def columns_of(text: str) -> int:
    """The width of a text on a terminal.

    >>> columns_of("a火"), columns_of("e\u0301")
    (3, 1)
    """
    return len(text) if text.isascii() else sum(map(_width, text))


# texts use few different characters
@lru_cache(maxsize=1 << 12)
def _width(char: str) -> int:
    if category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def columns(table: ReportTable, inline: Callable[[RichText], str]) -> Markup:
    """An aligned table; if it is too wide, each row becomes a list of named values."""
    rows = [[str(inline(cell)) for cell in row] for row in table.rows]
    widths = [max(map(columns_of, column)) for column in zip(table.head, *rows, strict=True)]
    if sum(widths) + len(_GAP) * (len(widths) - 1) > WIDTH:
        return Markup("\n".join(_named(row, table.head) for row in rows))
    rule = ["-" * width for width in widths]
    return Markup("\n".join(_aligned(row, widths) for row in (table.head, rule, *rows)))


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (
        cell + " " * (width - columns_of(cell)) for cell, width in zip(row, widths, strict=True)
    )
    return _GAP.join(cells).rstrip(" ")


def _named(row: Sequence[str], head: Sequence[str]) -> str:
    lines = [
        fill(f"{name}: {cell}", "- " if number == 0 else "  ", "    ")
        for number, (name, cell) in enumerate(zip(head, row, strict=True))
        if cell
    ]
    return "\n".join(lines)
