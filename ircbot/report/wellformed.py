"""Check that a page in Confluence's storage format is well-formed, before it is sent.

Knows no server. The format is an XML fragment with HTML's entities and the prefixes ac, ri and at;
Confluence rejects the whole page for one mistake.
"""

from __future__ import annotations

import re
from html.entities import name2codepoint
from xml.parsers import expat

from ircbot.errors import ReportError

_ENTITIES = "".join(
    f'<!ENTITY {name} "&#38;#{code};">' for name, code in sorted(name2codepoint.items())
)
# Turns a page into a document, together with the closing tag.
HEAD = f'<!DOCTYPE page [{_ENTITIES}]><page xmlns:ac="urn:ac" xmlns:ri="urn:ri" xmlns:at="urn:at">'
TAIL = "\n</page>"
_AT_ONCE = 1 << 16  # characters; a long page would otherwise be in memory three times
_ANCHOR = re.compile(rb"tl-(\d{4,})</ac:parameter>")


def check(page: str) -> None:
    """Raise ReportError, with the entry at fault, unless `page` is well-formed."""
    parser = expat.ParserCreate("utf-8", " ")
    try:
        parser.Parse(f"{HEAD}\n".encode(), False)
        for begin in range(0, len(page), _AT_ONCE):
            parser.Parse(_encoded(page[begin : begin + _AT_ONCE]), False)
        parser.Parse(TAIL.encode(), True)
    except expat.ExpatError as error:
        data = _encoded(page)
        line = error.lineno - 1  # the page begins on the second line
        where = f"line {line}, column {error.offset + 1}{_entry_at(data, line, error.offset)}"
        raise ReportError(
            f"the page would be refused by Confluence, at {where}: "
            f"{expat.ErrorString(error.code)}. Fix the template, or that entry's text."
        ) from error


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _entry_at(data: bytes, line: int, offset: int) -> str:
    """The entry of the timeline at a position, if any."""
    lines = data.split(b"\n")
    before = b"\n".join([*lines[: line - 1], *(part[:offset] for part in lines[line - 1 : line])])
    anchors = _ANCHOR.findall(before)
    return f" (entry {int(anchors[-1])})" if anchors else ""
