"""Prose to blocks: the subset of Markdown that people need, paragraphs and lists. The rest is text.

Knows no incident and no format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from ircbot.incident.view import one_line
from ircbot.report.blocks import Block, bullets, numbered, paragraph, subheading
from ircbot.report.parts import said

_ITEM = re.compile(r"(?:(?P<bullet>[-*+])|(?P<number>\d{1,3}[.)]))\s+(?=\S)")
_HEADING = re.compile(r"#{1,6}\s+(?=\S)")


def blocks_of(text: str) -> Iterator[Block]:
    """The blocks of a Markdown text."""
    for chunk in re.split(r"\n\s*\n", text.strip()):
        for kind, lines in groupby(_lines(chunk), key=lambda line: line[0]):
            texts = [one_line(text) for _, text in lines]
            match kind:
                case "bullet":
                    yield bullets(map(said, texts))
                case "number":
                    yield numbered(map(said, texts))
                case "heading":
                    yield from map(subheading, texts)
                case _:
                    yield from (paragraph(said(text)) for text in texts)


def tidied(text: str) -> str:
    """The text in a canonical form: one line per paragraph and item, "- " for bullets.

    >>> tidied("One\\nline.\\n* a\\n* b\\n\\n1) c")
    'One line.\\n\\n- a\\n- b\\n\\n1. c'
    """
    chunks = []
    for chunk in re.split(r"\n\s*\n", text.strip()):
        for kind, lines in groupby(_lines(chunk), key=lambda line: line[0]):
            texts = [one for _, one in lines]
            match kind:
                case "bullet":
                    chunks.append("\n".join(f"- {one}" for one in texts))
                case "number":
                    chunks.append("\n".join(f"{n}. {one}" for n, one in enumerate(texts, 1)))
                case "heading":
                    chunks += [f"### {one}" for one in texts]
                case _:
                    chunks += texts
    return "\n\n".join(chunks)


def _lines(chunk: str) -> list[tuple[str, str]]:
    """The kind of each line, with continuation lines joined to the line before."""
    found: list[tuple[str, str]] = []
    for line in chunk.splitlines():
        text = line.strip()
        if item := _ITEM.match(text):
            found.append((str(item.lastgroup), text[item.end() :]))
        elif heading := _HEADING.match(text):
            found.append(("heading", text[heading.end() :]))
        elif found and found[-1][0] != "heading":
            found[-1] = (found[-1][0], f"{found[-1][1]} {text}")
        elif text:
            found.append(("paragraph", text))
    return found
