"""The text of a wiki page: its sections, and what people wrote there as Markdown.

A section begins at a heading that has an anchor, at any second-level heading, or at the mark that
ends people's text. Knows no server.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping

LINKS = "links"
REMARK = re.compile(r"<!-- ircbot-[^>]*-->\n?")
_HEADING = re.compile(r"(?P<level>={2,6})(?P<text>[^=].*?)(?P=level)\s*")
_ANCHOR = re.compile(r'<span id="(?P<key>[\w-]+)"></span>')
_END = re.compile(r'<span id="(?P<key>[\w-]+-end)"></span>\s*')
_LINKS = re.compile(r"(?:\[\[[^\[\]\n]+\]\]\s*)+")
# As in the template: people would not escape the colon.
_ASKING = re.compile(r"'''[^'\n]*&#58;'''.*")
_ITEM = re.compile(r"(?P<mark>[*#:;]+)\s*(?P<text>.*)")
_INLINE = re.compile(
    r"(?P<gone><!--.*?(?:-->|$)|</?[A-Za-z][^<>]*>|'{2,5})|\[\[(?:[^\[\]|]*\|)?(?P<page>[^\[\]|]*)\]\]|"
    r"\[(?P<url>\w+://[^\s\[\]]+)\s+(?P<words>[^\[\]]*)\]"
)

# The isolates that we write around right-to-left text.
_ISOLATES = dict.fromkeys(range(0x2066, 0x206A))


def sections(text: str, ours: Mapping[str, str] | None = None) -> dict[str, str]:
    """The sections of a page: its head under "", ours under their anchors, people's under their
    headings, the links at the end under LINKS. `ours` identifies headings that lost their
    anchor."""
    titles = {_title(part): key for key, part in reversed([*(ours or {}).items()])}
    found: dict[str, list[str]] = {"": []}
    count = Counter([""])  # a page may repeat a heading
    key = ""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n")
    for line in REMARK.sub("", text).split("\n"):
        if (begins := _beginning(line, titles)) is not None:
            count[begins] += 1
            key = f"{begins}'{count[begins]}" if count[begins] > 1 else begins
            while key in found:
                key += "'"
            found[key] = []
        found[key].append(line)
    made = {name: "\n".join(lines).strip() for name, lines in found.items()}
    return made | dict(_links(key, made[key]))


def is_anchor(key: str) -> bool:
    """Whether a section's key is an anchor, as all of ours are."""
    return re.fullmatch(r"[\w-]*", key) is not None and key != LINKS


def _beginning(line: str, titles: Mapping[str, str]) -> str | None:
    """The key of the section that begins with a line, None if none does."""
    if (end := _END.fullmatch(line)) is not None:
        return end["key"]
    if (heading := _HEADING.fullmatch(line)) is None:
        return None
    if (anchor := _ANCHOR.search(heading["text"])) is not None:
        return anchor["key"]
    title = _title(line)
    if title in titles:
        return titles[title]
    return title if heading["level"] == "==" else None


def _title(part: str) -> str:
    """The heading that a section begins with, "" for none."""
    line = _ANCHOR.sub("", part.partition("\n")[0])
    heading = _HEADING.fullmatch(line)
    return f"{heading['level']} {' '.join(heading['text'].split())}" if heading else ""


def _links(key: str, last: str) -> Iterator[tuple[str, str]]:
    """The last section and the links at its end, separated."""
    lines = last.split("\n")
    n = len(lines)
    while n and (not lines[n - 1] or _LINKS.fullmatch(lines[n - 1])):
        n -= 1
    if links := "\n".join(lines[n:]).strip():
        yield key, "\n".join(lines[:n]).strip()
        yield LINKS, links


def markdown(section: str) -> str:
    """The text under a heading as Markdown: paragraphs, lists and headings, without our requests to
    write something.

    >>> markdown("== A ==\\n\\n'''Write&#58;''' what\\n\\none ''two'' &#45;\\n* [[B|three]]")
    'one two -\\n\\n- three'
    """
    lines = section.split("\n")
    if lines and (_HEADING.fullmatch(lines[0]) or _END.fullmatch(lines[0])):
        lines = lines[1:]
    out: list[str] = []
    number = 0
    for line in lines:
        kind, text = _line(line.strip())
        number = number + 1 if kind == "#" else 0
        mark = {"*": "- ", "#": f"{number}. ", "=": "### "}.get(kind, "")
        written = f"{mark}{text}" if text else ""
        if out and written and out[-1] and kind != _kind(out[-1]):
            out.append("")
        out.append(written)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip()


def as_written(ours: str, theirs: str) -> str:
    """A section of ours in which lines that say the same as people's are written as people did.

    >>> as_written("== A ==\\n\\none two\\n\\nthree", "== A ==\\n\\n''one'' two")
    "== A ==\\n\\n''one'' two\\n\\nthree"
    """
    kept = {_line(line.strip()): line for line in theirs.split("\n")}
    kept.pop(("", ""), None)
    return "\n".join(kept.get(_line(line.strip()), line) for line in ours.split("\n"))


def _kind(line: str) -> str:
    if line.startswith("- "):
        return "*"
    return "#" if re.match(r"\d+\. ", line) else ""


def _line(line: str) -> tuple[str, str]:
    """The kind of a line, and its words."""
    if _ASKING.fullmatch(line):
        return "", ""
    if (heading := _HEADING.fullmatch(line)) is not None:
        return "=", _words(heading["text"])
    if (item := _ITEM.fullmatch(line)) is not None:
        return item["mark"][-1].strip(":;"), _words(item["text"])
    return "", _words(line)


def _words(text: str) -> str:
    for _ in range(2):  # twice, for nested links
        text = _INLINE.sub(_inline, text)
    return " ".join(html.unescape(text).translate(_ISOLATES).split())


def _inline(found: re.Match[str]) -> str:
    if found["page"] is not None:
        return found["page"]
    if found["url"] is not None:
        is_url = "://" in html.unescape(found["words"])
        return found["words"] if is_url else f"{found['words']} ({found['url']})"
    return ""
