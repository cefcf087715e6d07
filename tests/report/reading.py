"""Each format read back by a parser that is not ours: the numbered rows of its timeline.

A parser that finds markup in an entry's text fails: what people wrote is text and nothing else.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html.entities import name2codepoint
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pypandoc
from markdown_it import MarkdownIt

from ircbot.incident.state import Incident


@dataclass(frozen=True)
class Found:
    """A numbered row of a timeline, as a reader found it."""

    n: int
    time: str
    text: str


def word_for_word(text: str) -> str:
    """What must come out of every format for `text`, by the contract's own words."""
    text = re.sub(r"\x03(\d{1,2}(,\d{1,2})?)?|\x04([0-9a-fA-F]{6}(,[0-9a-fA-F]{6})?)?", "", text)
    allowed = "".join(char for char in text if char in "\t\n\r" or _xml_allows(ord(char)))
    return " ".join(_without_isolates(allowed).split())


def _xml_allows(code: int) -> bool:
    return 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def expected(incident: Incident, shown: str = "%H:%M") -> list[Found]:
    """The rows that a report of an incident, in UTC, must hold."""
    notes = sorted((n for n in incident.notes if not n.struck), key=lambda n: (n.at, n.n))
    return [
        Found(n.n, n.at.strftime(shown), "[redacted]" if n.redacted else word_for_word(n.text))
        for n in notes
    ]


def _found(rows: Iterator[tuple[str, str, str]]) -> list[Found]:
    """Rows that have a number, blanks run together."""
    return [
        Found(int(n), time.strip(), " ".join(_without_isolates(text).split()))
        for n, time, text in rows
        if n
    ]


def _without_isolates(text: str) -> str:
    """What keeps a text from turning the line around it belongs to nobody's words."""
    return re.sub("[\u2068\u2069]", "", text)


# --- storage format -------------------------------------------------------------------------

_ENTITIES = "".join(
    f'<!ENTITY {name} "&#{code};">'
    for name, code in name2codepoint.items()
    if name not in ("lt", "amp")
)
AC = "{urn:ac}"


def storage(page: str) -> ElementTree.Element:
    """A page in storage format, parsed as Confluence does."""
    head = (
        f'<!DOCTYPE page [{_ENTITIES}]><page xmlns:ac="urn:ac" xmlns:ri="urn:ri" xmlns:at="urn:at">'
    )
    return ElementTree.fromstring(head + page + "</page>")


def mana(page: str) -> list[Found]:
    """The rows of the tables that have anchors."""
    return _found(_mana_rows(storage(page)))


def _mana_rows(page: ElementTree.Element) -> Iterator[tuple[str, str, str]]:
    for row in page.iter("tr"):
        cells = row.findall("td")
        anchor = row.find(f".//{AC}structured-macro[@{AC}name='anchor']/{AC}parameter")
        if anchor is None:
            continue
        assert anchor.get(f"{AC}name") == ""
        macro = cells[0].find(f"{AC}structured-macro")
        assert macro is not None
        number = macro.tail or ""
        assert anchor.text == f"tl-{int(number):04}"
        assert not {child.tag for child in cells[3].iter()} - {"td", "a", "code"}
        yield number, "".join(cells[1].itertext()), "".join(cells[3].itertext())


# --- HTML -----------------------------------------------------------------------------------


class _Timeline(HTMLParser):
    """Collects the items of the timeline by the classes of their parts."""

    VOID = frozenset({"meta", "br", "wbr", "hr", "img", "link"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, str]] = []
        self.rows: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "li" and (given.get("id") or "").startswith("tl-"):
            self.rows.append({"id": given["id"] or "", "time": "", "number": "", "what": ""})
        if tag not in self.VOID:
            self.open.append((tag, given.get("class") or tag))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        inside = [name for _, name in self.open]
        if "note" not in inside:
            return
        for part in ("time", "number", "what"):
            if part in inside[inside.index("note") + 1 :][:2]:
                self.rows[-1][part] += data


def html(page: str) -> list[Found]:
    """The items of the timeline."""
    parser = _Timeline()
    parser.feed(page)
    parser.close()
    assert not parser.open
    for row in parser.rows:
        assert row["id"] == f"tl-{int(row['number']):04}"
    return _found((row["number"], row["time"], row["what"]) for row in parser.rows)


# --- Markdown -------------------------------------------------------------------------------


def markdown_it(page: str) -> list[Found]:
    """The rows of tables that have an anchor, by markdown-it-py."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(page)
    return _found(_markdown_rows(tokens))


def _markdown_rows(tokens: list[Any]) -> Iterator[tuple[str, str, str]]:
    cells: list[Any] = []
    for before, token in pairwise(tokens):
        if before.type == "tr_open":
            cells = []
        elif before.type == "td_open":
            cells.append(token)
        elif before.type == "tr_close" and cells and 'id="tl-' in cells[0].content:
            number, time, _, text = map(_markdown_text, cells[:4])
            yield number, time, text


def _markdown_text(cell: Any) -> str:
    text = ""
    for part in cell.children:
        if part.type == "html_inline":
            assert re.fullmatch(r'<span>|</span>|<a id="tl-\d{4,}">|</a>|</?code>', part.content)
        else:
            assert part.type in ("text", "text_special", "link_open", "link_close"), part
            text += part.content
    return text


# --- pandoc's readers -----------------------------------------------------------------------


def _pandoc(page: str, reader: str) -> list[Any]:
    """A document's blocks, as pandoc understands them."""
    done = subprocess.run(
        [pypandoc.get_pandoc_path(), "--from", reader, "--to", "json"],
        input=page.encode(),
        capture_output=True,
        check=True,
    )
    blocks: list[Any] = json.loads(done.stdout)["blocks"]
    return blocks


def _pandoc_rows(blocks: list[Any]) -> Iterator[tuple[str, str, str]]:
    for block in blocks:
        if block["t"] == "Div":
            yield from _pandoc_rows(block["c"][1])
        if block["t"] != "Table":
            continue
        _, _, _, _, bodies, _ = block["c"]
        for _, _, _, rows in bodies:
            for _, row in rows:
                cells = [cell for *_, cell in row]
                if '"tl-' in json.dumps(cells[0]) or "tl-" in json.dumps(cells[0]):
                    number, time, _, text = (_pandoc_text(cell) for cell in cells[:4])
                    yield number, time, text


def _pandoc_text(blocks: list[Any]) -> str:
    assert len(blocks) <= 1, blocks
    return "".join(_pandoc_inline(part) for block in blocks for part in _paragraph(block))


def _paragraph(block: Any) -> list[Any]:
    assert block["t"] in ("Plain", "Para"), block
    parts: list[Any] = block["c"]
    return parts


def _pandoc_inline(part: Any) -> str:
    match part:
        case {"t": "Str", "c": text}:
            return str(text)
        case {"t": "Space" | "SoftBreak"}:
            return " "
        case {"t": "RawInline", "c": ["html", raw]}:
            assert re.fullmatch(
                r'<span(?: id="tl-\d{4,}")?>|</span>|<a id="tl-\d{4,}">|</a>|</?code>', raw
            )
            return ""
        case {"t": "Code", "c": [_, text]}:
            return str(text)
        case {"t": "Link" | "Span", "c": [_, parts, *_]}:
            return "".join(map(_pandoc_inline, parts))
        case _:
            raise AssertionError(f"markup in a cell: {part}")


def markdown_pandoc(page: str) -> list[Found]:
    """GitHub's Markdown, by pandoc."""
    return _found(_pandoc_rows(_pandoc(page, "gfm")))


def wiki_pandoc(page: str) -> list[Found]:
    """Jira's markup, by pandoc."""
    return _found(_pandoc_rows(_pandoc(page, "jira")))


def mediawiki(page: str) -> list[Found]:
    """MediaWiki's markup, by pandoc."""
    return _found(_pandoc_rows(_pandoc(page, "mediawiki")))


# --- Confluence's wiki markup, by its documentation ------------------------------------------

_WIKI_ROW = re.compile(r"\| \{anchor:tl-(\d+)\}(\d+) \| (.*)", re.DOTALL)
_BARE_BAR = re.compile(r"(?<!\\)\|")


def wiki(page: str) -> list[Found]:
    """Rows cut at bare bars, links shown, a backslash taken from what it escapes."""
    return _found(_wiki_rows(page))


def _wiki_rows(page: str) -> Iterator[tuple[str, str, str]]:
    for line in page.split("\n"):
        if not (row := _WIKI_ROW.fullmatch(line)):
            continue
        shown = re.sub(r"(?<!\\)\[((?:[^\[\]|\\]|\\.)*)\|[^\[\]|]*\]", r"\1", row[3])
        shown = re.sub(r"(?<!\\)\{\{((?:[^{}\\]|\\.)*)\}\}", r"\1", shown)
        time, _, text, *_ = (cell.strip(" ") for cell in _BARE_BAR.split(shown))
        assert int(row[1]) == int(row[2])
        unescaped = re.sub(r"\\([-#*_?%{}\[\]()!@])", r"\1", text)
        yield row[2], re.sub(r"\\(.)", r"\1", time), _decimal(unescaped)


def _decimal(text: str) -> str:
    named = {"amp": "&", "lt": "<", "gt": ">"}
    return re.sub(
        r"&(?:#(\d+)|(amp|lt|gt));", lambda m: chr(int(m[1])) if m[1] else named[m[2]], text
    )


# --- plain text -----------------------------------------------------------------------------

_TEXT_ROW = re.compile(r"(\d\d:\d\d)  #(\d+) +\S+: (.*)")


def text(page: str) -> list[Found]:
    """Rows unwrapped: what follows in the column of the text belongs to it."""
    return _found(_text_rows(page.split("\nTimeline\n--------\n")[1]))


def _text_rows(page: str) -> Iterator[tuple[str, str, str]]:
    number = time = said = ""
    for line in page.split("\n"):
        if row := _TEXT_ROW.fullmatch(line):
            if number:
                yield number, time, said
            time, number, said = row.groups()
        elif number and line.startswith(" " * 13):
            said += " " + line[13:]
        elif number:
            yield number, time, said
            number = ""
    if number:
        yield number, time, said


# --- JSON -----------------------------------------------------------------------------------


def as_json(page: str) -> list[Found]:
    """The notes of the contract's JSON."""
    rows = json.loads(page)["timeline"]
    return _found(
        (str(row["n"]), row["at"][11:16], "[redacted]" if row["redacted"] else row["text"])
        for row in rows
        if row["n"] is not None
    )


# Every judge of every format.
READERS: Mapping[str, Mapping[str, Callable[[str], list[Found]]]] = {
    "mana": {"expat": mana},
    "wiki": {"pandoc": wiki_pandoc, "documentation": wiki},
    "markdown": {"markdown-it": markdown_it, "pandoc": markdown_pandoc},
    "mediawiki": {"pandoc": mediawiki},
    "html": {"html.parser": html},
    "text": {"unwrapped": text},
    "json": {"json": as_json},
}
JUDGES = [(format_, judge) for format_, judges in READERS.items() for judge in judges]
