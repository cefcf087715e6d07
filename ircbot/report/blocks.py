"""The blocks of a report's section: paragraphs, tables, lists, the timeline, pictures.

A block's kind is the name of the macro that writes it in each format (`form.md`, `form.html` …).
Knows neither incidents nor formats.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ircbot.report import parts
from ircbot.report.charts import Cadence, Lanes


class Hole(NamedTuple):
    """Something that only people can write: the heading, and the question.

    Without a hint the heading is the question.
    """

    title: str
    hint: str
    anchor: str = ""  # of its heading, if not the section's own


class Duration(NamedTuple):
    """One of the three durations at the head of a report; `value` is "" if unknown."""

    name: str
    value: str


class Block(NamedTuple):
    """One part of a section: a macro's name and its arguments.

    A heading under which people write has an `anchor`.
    """

    kind: str
    content: object
    anchor: str = ""


def paragraph(words: parts.RichText) -> Block:
    """A paragraph."""
    return Block("paragraph", words)


def subheading(text: str, anchor: str = "") -> Block:
    """A heading inside the section."""
    return Block("subheading", text, anchor)


def bullets(items: Iterable[parts.RichText]) -> Block:
    """A list."""
    return Block("bullets", tuple(items))


def numbered(items: Iterable[parts.RichText]) -> Block:
    """A numbered list."""
    return Block("numbered", tuple(items))


def table(rows: parts.ReportTable) -> Block:
    """A table."""
    return Block("table", rows)


def facts(items: Iterable[parts.Fact]) -> Block:
    """Labels and their values."""
    return Block("facts", tuple(items))


def figures(items: Iterable[parts.Figure]) -> Block:
    """Numbers and how they were computed."""
    return Block("figures", tuple(items))


def durations(items: Iterable[Duration]) -> Block:
    """The durations at the head of the report, on one line."""
    return Block("durations", tuple(items))


def timeline(days: Iterable[parts.Day]) -> Block:
    """The timeline, day by day."""
    return Block("timeline", tuple(days))


def tasks(items: Iterable[parts.Task]) -> Block:
    """Action items."""
    return Block("tasks", tuple(items))


def lanes(chart: Lanes) -> Block:
    """The chart of who led when. Formats without pictures omit it."""
    return Block("lanes", chart)


def cadence(chart: Cadence) -> Block:
    """The chart of the gaps between updates. Formats without pictures omit it."""
    return Block("cadence", chart)


def hole(title: str, hint: str, anchor: str = "") -> Block:
    """A request to write something."""
    return Block("unwritten", Hole(title, hint, anchor))


def mark(anchor: str) -> Block:
    """An invisible mark where something ends."""
    return paragraph((parts.Anchor(anchor),))
