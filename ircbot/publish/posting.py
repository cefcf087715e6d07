"""The report's HTML as blocks of a WordPress post, as its editor and its HTML filter accept them.

WordPress alters text when it displays it: it curls quotes, replaces `...` and `--`, draws smileys,
and runs shortcodes in brackets. People's words are escaped so that none of this happens. Knows no
incident and no server.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, TreeBuilder

_GONE = frozenset({"svg", "style", "script", "h1", "head", "caption", "template", "textarea"})
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr", "col", "source"})
_KEPT = frozenset(
    {
        "strong",
        "em",
        "b",
        "i",
        "code",
        "del",
        "ins",
        "s",
        "sub",
        "sup",
        "kbd",
        "q",
        "ul",
        "ol",
        "li",
    }
)
_LEVELS = {"h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_ALONE = frozenset({*_LEVELS, "p", "pre", "ul", "ol", "dl", "table"})
_AROUND = frozenset(
    {"div", "section", "article", "header", "footer", "main", "body", "html", "figure"}
)
_SCHEMES = frozenset({"http", "https", "mailto"})
_BLANKS = re.compile(r"[ \t\r\n\f]+")
# Altered by wptexturize, convert_smilies, do_shortcode and capital_P_dangit.
_CHANGED = re.compile(
    r"""["'`\[\]]|(?<![^\W_])-|-(?![^\W_])|\.(?=\.)|(?<=\.)\.|[:;](?!\s|\d|$)|\((?=tm\))|"""
    r"""8(?=-?[O)])|(?<=\d)x(?=\d)|(?<=\d )x(?= \d)|(?<=Word)p(?=ress)|//"""
)


def posted(page: str) -> str:
    """The blocks of a page, each on its own lines.

    >>> print(posted('<main><h1>7</h1><h2 id="a">A</h2><p>one</p></main>'))
    <!-- wp:heading -->
    <h2 id="a">A</h2>
    <!-- /wp:heading -->
    <BLANKLINE>
    <!-- wp:paragraph -->
    <p>one</p>
    <!-- /wp:paragraph -->
    """
    root = _Tree.of(page)
    return "\n\n".join(_blocks(next(root.iter("main"), root)))


def verbatim(text: str) -> str:
    """Escape a text so that it is displayed unaltered.

    >>> verbatim('"a" -- [b]')
    '&#034;a&#034; &#045;&#045; &#091;b&#093;'
    """
    out, last = [], 0
    for found in _CHANGED.finditer(text):
        out.append(escaped(text[last : found.start()]))
        out += [f"&#{ord(char):03d};" for char in found[0]]
        last = found.end()
    return "".join((*out, escaped(text[last:])))


def escaped(text: str) -> str:
    """Escape markup. WordPress takes `&amp;#91;` for a bracket, so there is no &amp; before it."""
    return text.replace("&", "&#038;").replace("<", "&lt;").replace(">", "&gt;")


class _Tree(HTMLParser):
    """A page as a tree, even if tags are left open."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._made = TreeBuilder()
        self._open = ["page"]
        self._made.start("page", {})

    @classmethod
    def of(cls, page: str) -> Element:
        tree = cls()
        tree.feed(page)
        tree.close()
        for tag in reversed(tree._open):
            tree._made.end(tag)
        return tree._made.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._made.start(tag, {name: value or "" for name, value in attrs})
        if tag in _VOID:
            self._made.end(tag)
        else:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open[1:]:
            while (last := self._open.pop()) != tag:
                self._made.end(last)
            self._made.end(tag)

    def handle_data(self, data: str) -> None:
        self._made.data(data)


def _parts(element: Element) -> Iterator[str | Element]:
    """An element's text and children, in order."""
    yield element.text or ""
    for child in element:
        yield child
        yield child.tail or ""


def _blocks(around: Element) -> Iterator[str]:
    loose: list[str] = []
    for part in _parts(around):
        if isinstance(part, str) or part.tag not in _ALONE | _AROUND | _GONE:
            loose.append(_written(part))
            continue
        yield from _paragraph("".join(loose))
        loose.clear()
        if part.tag in _AROUND and not _is_chart(part):
            yield from _blocks(part)
        elif part.tag in _ALONE:
            yield from _block(part)
    yield from _paragraph("".join(loose))


def _is_chart(element: Element) -> bool:
    return "chart" in element.get("class", "").split()


def _block(element: Element) -> Iterator[str]:
    """The block for an element."""
    tag = element.tag
    if tag in _LEVELS:
        level = "" if tag == "h2" else f' {{"level":{_LEVELS[tag]}}}'
        anchor = element.get("id", "")
        name = f' id="{_attribute(anchor)}"' if anchor else ""
        yield _marked("heading", level, f"<{tag}{name}>{_inside(element)}</{tag}>")
    elif tag == "p":
        yield from _paragraph(_inside(element))
    elif tag == "pre":
        text = "".join(element.itertext())
        yield _marked(
            "preformatted", "", f'<pre class="wp-block-preformatted">{verbatim(text)}</pre>'
        )
    elif tag == "table":
        yield from _table(
            "".join(
                f"<{cell.tag}>{_inside(cell)}</{cell.tag}>" for cell in row if cell.tag in _CELLS
            )
            for row in element.iter("tr")
        )
    elif tag == "dl":
        yield from _table(_pairs(element))
    elif "timeline" in element.get("class", "").split():
        yield from _table(map(_entry, element.iter("li")))
    else:
        ordered = ' {"ordered":true}' if tag == "ol" else ""
        yield _marked("list", ordered, f"<{tag}>{_inside(element)}</{tag}>")


_CELLS = ("td", "th")


def _marked(kind: str, more: str, text: str) -> str:
    return f"<!-- wp:{kind}{more} -->\n{text}\n<!-- /wp:{kind} -->"


def _paragraph(text: str) -> Iterator[str]:
    if text.strip():
        yield _marked("paragraph", "", f"<p>{text.strip()}</p>")


def _table(rows: Iterable[str]) -> Iterator[str]:
    if inside := "\n".join(f"<tr>{row}</tr>" for row in rows if row):
        yield _marked(
            "table",
            "",
            f'<figure class="wp-block-table"><table><tbody>\n{inside}\n</tbody></table></figure>',
        )


def _pairs(listed: Element) -> Iterator[str]:
    """The table rows for a definition list."""
    label = ""
    for one in listed.iter():
        if one.tag == "dt":
            label = _inside(one)
        elif one.tag == "dd":
            yield f"<th>{label}</th><td>{_inside(one)}</td>"


def _entry(item: Element) -> str:
    """The table row for an entry of the timeline: number, time, author, text and remarks."""
    found: dict[str, list[str]] = {"number": [], "time": [], "who": [], "what": [], "remark": []}
    for one in item.iter():
        names = {one.tag, *one.get("class", "").split()} & set(found)
        for name in names:
            found[name].append(_inside(one))
    number = "".join((_place(item), *found["number"]))
    what = "".join((*found["what"], *(f"<br><em>{one}</em>" for one in found["remark"])))
    time = found["time"][0] if found["time"] else ""
    return f"<td>{number}</td><td>{time}</td><td>{''.join(found['who'])}</td><td>{what}</td>"


def _place(element: Element) -> str:
    """The target of a link."""
    anchor = element.get("id", "")
    return f'<span id="{_attribute(anchor)}"></span>' if anchor else ""


def _inside(element: Element) -> str:
    """An element's content as inline HTML."""
    return "".join(map(_written, _parts(element))).strip()


def _written(part: str | Element) -> str:
    if isinstance(part, str):
        return verbatim(_BLANKS.sub(" ", part))
    if part.tag in _GONE or _is_chart(part):
        return ""
    if part.tag == "br":
        return "<br>"
    text = "".join(map(_written, _parts(part)))
    if part.tag in _KEPT:
        return f"<{part.tag}>{_place(part)}{text}</{part.tag}>"
    if part.tag == "a" and _is_safe(part.get("href", "")):
        return f'<a href="{_attribute(part.get("href", ""))}">{text}</a>'
    if part.tag == "bdi" and _turns("".join(part.itertext())):
        return f'<span dir="auto">{text}</span>'
    return text


def _is_safe(url: str) -> bool:
    try:
        return url.startswith("#") or urlsplit(url).scheme in _SCHEMES
    except ValueError:
        return False


def _attribute(text: str) -> str:
    return escaped(text).replace('"', "&quot;").replace("'", "&#039;")


def _turns(text: str) -> bool:
    """Whether a text contains right-to-left characters."""
    return any(unicodedata.bidirectional(char) in ("R", "AL", "RLE", "RLO", "RLI") for char in text)
