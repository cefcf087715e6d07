"""The report's prose: what people wrote into its sections, in the channel or with `ircbot edit`.

It is Markdown with paragraphs and lists only; nothing else is interpreted. Knows no report.
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

# The sections that have a command of their own, and their titles.
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
LISTS = frozenset({"well", "poorly", "lucky"})  # each text is an item rather than a paragraph


def prose_of(incident: Incident) -> dict[str, str]:
    """The prose of each section, as Markdown; sections in the order in which they were first
    written.
    """
    written: dict[str, str] = {}
    for piece in incident.prose:
        text = _plain(piece.text)
        before = written.get(piece.key, "")
        written[piece.key] = f"{before}{_between(before, text)}{text}" if before else text
    return {key: text for key, text in written.items() if text}


def _between(before: str, after: str) -> str:
    """The separator: list items follow one another directly, paragraphs have a blank line between
    them.
    """
    return "\n" if before.rpartition("\n")[2][:2] == after[:2] == "- " else "\n\n"


def _plain(text: str) -> str:
    """What people wrote, without characters that some format cannot hold. Lines stay lines."""
    return "\n".join(plain(line).rstrip() for line in text.splitlines()).strip("\n")


def pieces(text: str) -> Iterator[str]:
    """A section's text in pieces short enough for the record, cut between lines.

    `prose_of` puts them together to the same text. A line that is too long is a piece by itself,
    which the caller must refuse.
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
    """The paragraphs of a text; lists are split into their items."""
    for paragraph in text.split("\n\n"):
        lines = paragraph.split("\n")
        if all(line.startswith("- ") for line in lines):
            yield from lines
        else:
            yield paragraph


def joined(texts: Iterable[str]) -> str:
    """The text that `parts` took apart.

    >>> joined(parts("One.\\n\\n- two\\n- three"))
    'One.\\n\\n- two\\n- three'
    """
    found: list[str] = []
    for text in filter(None, texts):
        found += (_between(found[-1], text), text) if found else (text,)
    return "".join(found)


def as_kept(text: str) -> str:
    """A text as it reads after recording: a paragraph that is too long for the record is split."""
    chunks = re.split(r"\n\s*\n", _plain(text))
    return joined(piece for part in parts("\n\n".join(chunks)) for piece in bounded_pieces(part))


def writing(section: str, text: str) -> Iterator[ProseWritten]:
    """The events that make a text the whole prose of a section."""
    for number, piece in enumerate(pieces(text)):
        yield ProseWritten(section, piece, whole=number == 0)
