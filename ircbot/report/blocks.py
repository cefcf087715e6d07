"""What a section of a report consists of: paragraphs, tables, lists, the timeline, pictures.

A block's kind names the macro of a format (`form.md`, `form.html` …) that writes its content.
Knows neither incidents nor formats.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ircbot.report import parts
from ircbot.report.charts import Cadence, Lanes


class Hole(NamedTuple):
    """Something that only people can write: under which heading, and what is asked for.

    Without a hint the heading is the question.
    """

    title: str
    hint: str
    anchor: str = ""  # of its heading, where that is not the section's own


class Duration(NamedTuple):
    """One of the three spans at the head of a report; `value` is "" where it is not known."""

    name: str
    value: str


class Block(NamedTuple):
    """One part of a section: the macro that writes it, and what that is given.

    A heading has an `anchor` where people are to write under it.
    """

    kind: str
    content: object
    anchor: str = ""


def paragraph(words: parts.Words) -> Block:
    """A paragraph."""
    return Block("paragraph", words)


def subheading(text: str, anchor: str = "") -> Block:
    """A heading within the section."""
    return Block("subheading", text, anchor)


def bullets(items: Iterable[parts.Words]) -> Block:
    """A list."""
    return Block("bullets", tuple(items))


def numbered(items: Iterable[parts.Words]) -> Block:
    """A numbered list."""
    return Block("numbered", tuple(items))


def table(rows: parts.Table) -> Block:
    """A table."""
    return Block("table", rows)


def facts(items: Iterable[parts.Fact]) -> Block:
    """Labels, and what there is to say under each."""
    return Block("facts", tuple(items))


def figures(items: Iterable[parts.Figure]) -> Block:
    """Numbers with their formulas."""
    return Block("figures", tuple(items))


def durations(items: Iterable[Duration]) -> Block:
    """The spans that the report opens with, in a line."""
    return Block("durations", tuple(items))


def timeline(days: Iterable[parts.Day]) -> Block:
    """What happened, day by day."""
    return Block("timeline", tuple(days))


def tasks(items: Iterable[parts.Task]) -> Block:
    """Action items."""
    return Block("tasks", tuple(items))


def lanes(chart: Lanes) -> Block:
    """The picture of who led when. Formats without pictures leave it out."""
    return Block("lanes", chart)


def cadence(chart: Cadence) -> Block:
    """The picture of the gaps between updates. Formats without pictures leave it out."""
    return Block("cadence", chart)


def hole(title: str, hint: str, anchor: str = "") -> Block:
    """A place where people are asked to write."""
    return Block("unwritten", Hole(title, hint, anchor))


def mark(anchor: str) -> Block:
    """Nothing to be seen: where something ends."""
    return paragraph((parts.Mark(anchor),))
