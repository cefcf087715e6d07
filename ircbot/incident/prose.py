"""The report's prose: what people wrote into its sections, in the channel or with `ircbot edit`.

It is Markdown: paragraphs, lists, and nothing else that means anything. Knows no report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from ircbot.incident.bounds import LONGEST
from ircbot.incident.plain import plain
from ircbot.incident.state import Incident

# The sections that have a command of their own, and how they are called.
SECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "well": "what went well",
        "poorly": "what went poorly",
        "lucky": "where we got lucky",
        "cause": "the cause",
        "detection": "the detection",
        "resolution": "the resolution",
        "narrative": "the summary",
    }
)
LISTS = frozenset({"well", "poorly", "lucky"})  # a thing each, rather than paragraphs


def prose_of(incident: Incident) -> dict[str, str]:
    """What was written into each section, as Markdown; the sections as they were first written."""
    written: dict[str, str] = {}
    for piece in incident.prose:
        text = _plain(piece.text)
        before = written.get(piece.key, "")
        written[piece.key] = f"{before}{_between(before, text)}{text}" if before else text
    return {key: text for key, text in written.items() if text}


def _between(before: str, after: str) -> str:
    """Items of a list follow one another; paragraphs have a line between them."""
    return "\n" if before.rpartition("\n")[2][:2] == after[:2] == "- " else "\n\n"


def _plain(text: str) -> str:
    """What people wrote, without what no format can hold. Its lines stay."""
    return "\n".join(plain(line).rstrip() for line in text.splitlines()).strip("\n")


def pieces(text: str) -> Iterator[str]:
    """A section's text in parts short enough for the record, cut between its lines.

    Put together again by `prose_of` they are the same text. A line that is too long is one by
    itself: whoever records it must refuse it.
    """
    kept = ""
    for paragraph in text.split("\n\n"):
        for part in _parts(paragraph):
            joined = f"{kept}{_between(kept, part)}{part}" if kept else part
            if kept and len(joined) > LONGEST:
                yield kept
                joined = part
            kept = joined
    yield kept


def _parts(paragraph: str) -> Iterator[str]:
    """A paragraph, or the items of one that is a list."""
    lines = paragraph.split("\n")
    if all(line.startswith("- ") for line in lines):
        yield from lines
    else:
        yield paragraph
