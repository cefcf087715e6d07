"""Pages in Confluence's storage format: their blocks, people's sections, and comparing versions.

A page is split into its outermost elements with their source, so that people's content (a table, a
picture) is kept as they made it. Knows no server.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import NamedTuple
from xml.parsers import expat

from ircbot.incident.prose import as_kept
from ircbot.publish.protocol import Written
from ircbot.report.wellformed import HEAD, TAIL

# Attributes that the editor adds or changes by itself.
_UNTOLD = frozenset(
    [
        "ac:macro-id",
        "ac:schema-version",
        "ac:local-id",
        "local-id",
        "ac:task-id",
        "ac:task-uuid",
        "ri:version-at-save",
        "class",
        "rel",
        "data-layout",
        "ac:original-height",
        "ac:original-width",
        "ac:breakout-mode",
        "ac:breakout-width",
        "data-table-width",
    ]
)
_UNTOLD_OF_TABLES = frozenset(("style", "width", "colspan", "rowspan"))
_LEFT_OUT = frozenset(("colgroup", "ac:task-id", "ac:task-uuid", "ac:placeholder"))
_TABLES = frozenset(("table", "tbody", "thead", "tr", "th", "td", "col"))
_UNWRAPPED = frozenset(("td", "th", "li", "ac:task-body"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_HOLDERS = frozenset(
    [
        "ac:rich-text-body",
        "ac:layout",
        "ac:layout-section",
        "ac:layout-cell",
        "div",
        "section",
        "blockquote",
        "ac:structured-macro",
        "ac:adf-extension",
    ]
)
_TAG = re.compile(rb"""<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")
_DEEPEST = 100  # nested elements
_BLANKS = re.compile(r"[ \t\r\n\xa0]+")
_ISOLATES = dict.fromkeys(range(0x2066, 0x206A))


@dataclass(slots=True)
class _Node:
    name: str
    attributes: Mapping[str, str]
    children: list[_Node | str] = field(default_factory=list)

    def walk(self) -> Iterator[_Node]:
        yield self
        for child in self.children:
            if isinstance(child, _Node):
                yield from child.walk()

    @property
    def text(self) -> str:
        return "".join(c if isinstance(c, str) else c.text for c in self.children)


class _PageBlock(NamedTuple):
    """An outermost element, or text between two. `same` is its normalised content, "" for
    nothing."""

    source: str
    node: _Node
    same: str


def _blocks(page: str) -> list[_PageBlock]:
    """The blocks of a page. ValueError if it is not well-formed."""
    data = f"{HEAD}\n{page}{TAIL}".encode()
    begin, end = len(HEAD.encode()) + 1, len(data) - len(TAIL.encode())
    root = _Node("", {})
    open_, cuts = [root], [begin]
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True

    def started(name: str, attributes: dict[str, str]) -> None:
        node = _Node(name, attributes)
        if len(open_) == 2:
            cuts.append(parser.CurrentByteIndex)
        if len(open_) > _DEEPEST:
            raise ValueError("elements within elements without end")
        open_[-1].children.append(node)
        open_.append(node)

    def ended(name: str) -> None:
        open_.pop()
        if len(open_) == 2:
            tag = _TAG.match(data, parser.CurrentByteIndex)
            cuts.append(tag.end() if tag else parser.CurrentByteIndex)

    def said(text: str) -> None:
        open_[-1].children.append(text)

    parser.StartElementHandler, parser.EndElementHandler = started, ended
    parser.CharacterDataHandler = said
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from None
    (whole,) = (child for child in root.children if isinstance(child, _Node))
    nodes = iter([child for child in whole.children if isinstance(child, _Node)])
    found: list[_PageBlock] = []
    for place, (since, until) in enumerate(zip(cuts, [*cuts[1:], end], strict=True)):
        source = data[since:until].decode()
        node = next(nodes) if place % 2 else _Node("p", {}, [unescape(source)])
        found.append(_PageBlock(source, node, _same(node)))
    return found


def _same(node: _Node) -> str:
    """An element's content, normalised so that editors' changes do not matter; "" for nothing."""
    return "".join(_written(node)).strip()


def _written(node: _Node) -> Iterator[str]:
    if node.name in _LEFT_OUT:
        return
    untold = _UNTOLD | _UNTOLD_OF_TABLES if node.name in _TABLES else _UNTOLD
    told = [f' {k}="{v}"' for k, v in sorted(node.attributes.items()) if k not in untold]
    inner: Sequence[_Node | str] = node.children
    parts = [c for c in inner if isinstance(c, _Node) or c.strip(" \t\r\n\xa0")]
    if node.name in _UNWRAPPED and [getattr(c, "name", "") for c in parts] == ["p"]:
        inner = parts[0].children  # type: ignore[union-attr]
    text = "".join(c if isinstance(c, str) else "".join(_written(c)) for c in inner)
    text = _BLANKS.sub(" ", text).strip()
    if text or told or node.name not in ("p", "br", "span", "strong", "em"):
        yield f"<{node.name}{''.join(told)}>{text}</{node.name}>" if node.name != "br" else " "


def _anchor(node: _Node) -> str:
    """The anchor in a heading, or in a paragraph that has nothing else; "" if there is none."""
    if node.name not in _HEADINGS and not (node.name == "p" and len(node.children) == 1):
        return ""
    for inner in node.walk():
        if inner.name == "ac:structured-macro" and inner.attributes.get("ac:name") == "anchor":
            return inner.text.strip()
    return ""


# --- what people write ------------------------------------------------------------------------


class _WrittenParts(NamedTuple):
    """The parts of a section that people write: before the computed part, and after it."""

    before: range
    after: range

    def of(self, blocks: Sequence[_PageBlock]) -> list[_PageBlock]:
        return [blocks[i] for where in self for i in where if _counts(blocks[i])]


def _sections(blocks: Sequence[_PageBlock]) -> dict[str, range]:
    """The blocks under each anchored heading, except headings that occur twice."""
    headings = [
        (i, _anchor(block.node))
        for i, block in enumerate(blocks)
        if block.node.name in _HEADINGS and _anchor(block.node)
    ]
    count = Counter(name for _, name in headings)
    ends = [i for i, _ in headings[1:]] + [len(blocks)]
    return {
        name: range(i + 1, end)
        for (i, name), end in zip(headings, ends, strict=True)
        if count[name] == 1
    }


def _ours(blocks: Sequence[_PageBlock], anchors: Collection[str]) -> dict[str, _WrittenParts]:
    """The parts that people may write, on a page as we left it."""
    found = {}
    for name, where in _sections(blocks).items():
        if name in anchors:
            ends = [i for i in where if _anchor(blocks[i].node) == f"{name}-end"]
            end = ends[0] if ends else where.stop
            found[name] = _WrittenParts(range(where.start, end), range(where.stop, where.stop))
    return found


def _theirs(
    blocks: Sequence[_PageBlock], base: Sequence[_PageBlock], ours: Mapping[str, _WrittenParts]
) -> dict[str, _WrittenParts]:
    """The same on a page that people edited: everything but the computed part, wherever that is
    now. Without sections whose computed part was edited."""
    found, there, sections = {}, _sections(base), _sections(blocks)
    for name, part in ours.items():
        where = sections.get(name)
        if where is None:
            continue
        rest = range(part.before.stop, there[name].stop)
        computed = [base[i].same for i in rest if _counts(base[i])]
        counting = [i for i in where if _counts(blocks[i])]
        for k in range(len(counting) - len(computed), -1, -1):
            run = counting[k : k + len(computed)]
            if [blocks[i].same for i in run] == computed:
                begin, end = (run[0], run[-1] + 1) if run else (where.stop, where.stop)
                found[name] = _WrittenParts(range(where.start, begin), range(end, where.stop))
                break
    return found


def _counts(block: _PageBlock) -> bool:
    return bool(block.same) and not _anchor(block.node).endswith("-end")


def _elsewhere(blocks: Sequence[_PageBlock], parts: Mapping[str, _WrittenParts]) -> list[str]:
    """The content of everything else on a page."""
    theirs = {i for part in parts.values() for where in part for i in where}
    return [b.same for i, b in enumerate(blocks) if i not in theirs and _counts(b)]


class Edits(NamedTuple):
    """What people changed on a page: the sections that are theirs, and whether anything else."""

    written: Mapping[str, Written]
    elsewhere: bool


def edits(before: str, now: str, anchors: Collection[str]) -> Edits:
    """What people changed since we left a page. ValueError if one is not well-formed."""
    base, blocks = _blocks(before), _blocks(now)
    ours = _ours(base, anchors)
    theirs = _theirs(blocks, base, ours)
    kept = {name: part for name, part in ours.items() if name in theirs}
    written = {}
    for name, part in theirs.items():
        was, new = ours[name].of(base), part.of(blocks)
        if [b.same for b in was] != [b.same for b in new]:
            asks = _requests(was)
            written[name] = Written(_prose(was, asks), _prose(new, asks))
    return Edits(written, _elsewhere(base, kept) != _elsewhere(blocks, theirs))


def with_theirs(ours: str, before: str, now: str, prose: Mapping[str, str]) -> str:
    """Our new page, in which people's sections stay as they wrote them while they say the same as
    the record (`prose`).

    ValueError if a page is not well-formed.
    """
    base, blocks, new = _blocks(before), _blocks(now), _blocks(ours)
    parts = _ours(base, prose)
    theirs = _theirs(blocks, base, parts)
    sources = [block.source for block in new]
    for name, part in _ours(new, prose).items():
        if name not in theirs or not prose[name]:
            continue
        asks = _requests(parts[name].of(base))
        kept = [b for b in theirs[name].of(blocks) if _markdown(b.node) not in asks]
        if as_kept(_prose(kept, asks)) == prose[name]:
            for i in part.before:
                sources[i] = ""
            sources[part.before.start] = "\n" + "\n".join(b.source for b in kept) + "\n"
    return "".join(sources)


def is_same(one: str, other: str) -> bool:
    """Whether two pages have the same content. ValueError if one is not well-formed."""
    return [b.same for b in _blocks(one) if b.same] == [b.same for b in _blocks(other) if b.same]


def _requests(blocks: Sequence[_PageBlock]) -> Collection[str]:
    """Our requests to write something, as Markdown."""
    return {
        _markdown(block.node)
        for block in blocks
        if block.node.name == "p" and any(map(_is_request, block.node.walk()))
    }


def _is_request(node: _Node) -> bool:
    return (
        node.name == "ac:structured-macro"
        and node.attributes.get("ac:name") == "status"
        and _parameter(node, "colour") == "Yellow"
    )


def _parameter(node: _Node, name: str) -> str:
    return next(
        (c.text for c in node.children
         if isinstance(c, _Node) and c.attributes.get("ac:name") == name),
        "",
    )  # fmt: skip


# --- as Markdown ------------------------------------------------------------------------------


def _prose(blocks: Sequence[_PageBlock], asks: Collection[str]) -> str:
    """What people wrote, as Markdown, without our requests."""
    texts = (_markdown(block.node) for block in blocks)
    return "\n\n".join(text for text in texts if text and text not in asks)


def _markdown(node: _Node) -> str:
    name = node.name
    if name in _HEADINGS:
        return f"### {_line(node)}".strip("# ") and f"### {_line(node)}"
    if name in ("ul", "ol", "ac:task-list", "table"):
        return "\n".join(_items(node))
    if name == "ac:structured-macro" and (
        plain := [n for n in node.children if isinstance(n, _Node) and n.name.endswith("text-body")]
    ):
        if plain[0].name == "ac:plain-text-body":
            return "\n".join(line for line in plain[0].text.splitlines() if line.strip())
        return _markdown(plain[0])
    if name in _HOLDERS and any(isinstance(c, _Node) and _is_block(c) for c in node.children):
        texts = (_markdown(child) for child in node.children if isinstance(child, _Node))
        return "\n\n".join(filter(None, texts))
    return _inline(node)


def _is_block(node: _Node) -> bool:
    return node.name in ("p", "ul", "ol", "table", "ac:task-list", *_HEADINGS, *_HOLDERS)


def _items(node: _Node, number: bool = False) -> Iterator[str]:
    """The items of a list, including nested ones; or the rows of a table."""
    count = 0
    for child in node.children:
        if not isinstance(child, _Node):
            continue
        if child.name in ("li", "ac:task", "tr"):
            count += 1
            lists = [c for c in child.children if isinstance(c, _Node) and c.name in ("ul", "ol")]
            own = _Node("", {}, [c for c in child.children if c not in lists])
            text = " | ".join(_cells(child)) if child.name == "tr" else _line(own)
            if text:
                yield f"{count}. {text}" if node.name == "ol" else f"- {text}"
            for inner in lists:
                yield from _items(inner)
        else:
            yield from _items(child)


def _cells(row: _Node) -> Iterator[str]:
    return (_line(cell) for cell in row.children if isinstance(cell, _Node))


def _line(node: _Node) -> str:
    return " ".join(_inline(node).split())


def _inline(node: _Node) -> str:
    lines = "".join(_text(node)).translate(_ISOLATES).split("\n")
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))


def _text(node: _Node) -> Iterator[str]:
    """The inline text of an element; line breaks become lines."""
    name = node.attributes.get("ac:name")
    match node.name:
        case "br":
            yield "\n"
        case "ac:structured-macro" if name == "anchor" or _is_request(node):
            return
        case "ac:structured-macro" if name == "status":
            yield _parameter(node, "title")
        case "ac:image" | "ac:link" if not node.text.strip():
            yield "".join(f"[{v}]" for v in map(_resource, node.walk()) if v)
        case "time":
            yield node.attributes.get("datetime", "")
        case "ac:emoticon":
            yield node.attributes.get("ac:emoji-fallback", "")
        case "ac:task-id" | "ac:task-uuid" | "ac:placeholder":
            return
        case "ac:task-status":
            yield "[x] " if node.text.strip() == "complete" else ""
        case _:
            for child in node.children:
                if isinstance(child, str):
                    yield _BLANKS.sub(" ", child)
                else:
                    yield from _text(child)
                    if _is_block(child):
                        yield " "
            url = node.attributes.get("href", "")
            if node.name == "a" and url and node.text.strip() not in (url, url.rstrip("/")):
                yield f" ({url})"


def _resource(node: _Node) -> str:
    """The target of a picture or a link."""
    names = ("ri:filename", "ri:content-title", "ri:value", "ri:username", "ri:userkey")
    return next((node.attributes[n] for n in (*names, "ri:account-id") if n in node.attributes), "")
