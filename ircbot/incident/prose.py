"""The report's prose: what people wrote into its sections, in the channel or with `ircbot edit`.

It is Markdown: paragraphs, lists, and nothing else that means anything. Knows no report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from ircbot.incident.bounds import LONGEST
from ircbot.incident.bounds import pieces as bounded_pieces
from ircbot.incident.events import ProseWritten
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
    for part in parts(text):
        longer = f"{kept}{_between(kept, part)}{part}" if kept else part
        if kept and len(longer) > LONGEST:
            yield kept
            longer = part
        kept = longer
    yield kept


def parts(text: str) -> Iterator[str]:
    """The paragraphs of a text, and the items of those that are lists."""
    for paragraph in text.split("\n\n"):
        lines = paragraph.split("\n")
        if all(line.startswith("- ") for line in lines):
            yield from lines
        else:
            yield paragraph


def joined(texts: Iterable[str]) -> str:
    """What `parts` took apart, as one text.

    >>> joined(parts("One.\\n\\n- two\\n- three"))
    'One.\\n\\n- two\\n- three'
    """
    found: list[str] = []
    for text in filter(None, texts):
        found += (_between(found[-1], text), text) if found else (text,)
    return "".join(found)


def as_kept(text: str) -> str:
    """A text as it is when it was recorded and read again: a paragraph that is too long for the
    record is several."""
    chunks = re.split(r"\n\s*\n", _plain(text))
    return joined(piece for part in parts("\n\n".join(chunks)) for piece in bounded_pieces(part))


def writing(section: str, text: str) -> Iterator[ProseWritten]:
    """What puts a text on record as all that a section has."""
    for number, piece in enumerate(pieces(text)):
        yield ProseWritten(section, piece, whole=number == 0)
