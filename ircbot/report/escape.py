"""User text made harmless, one function per format; each returns Markup, which is final.

Knows no template. Conservative on purpose: what might mean something anywhere in a format is
escaped everywhere, so that a template may put text wherever it likes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from unicodedata import category, is_normalized

from markupsafe import Markup
from markupsafe import escape as _as_html

from ircbot.incident.find import has_part

# What XML 1.0 forbids (§2.2). Texts come without; what a template adds may not.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _allowed(text: str) -> str:
    # Nothing that can be printed is among it, and that takes a third of the time.
    return text if text.isprintable() else _FORBIDDEN.sub("", text)


def _replacing(table: Mapping[str, str]) -> Callable[[str], str]:
    """Replaces single characters: `str.translate` looks each one up, most of which stay."""
    found = re.compile(f"[{re.escape(''.join(table))}]")
    return lambda text: found.sub(lambda char: table[char[0]], text)


def html(text: str) -> Markup:
    """For HTML and for attributes in double quotes."""
    return _as_html(_allowed(text))


def mana(text: str) -> Markup:
    """For Confluence's storage format: numeric entities and the three of XML only.

    >>> mana('<a b="c">&nbsp;')
    Markup('&lt;a b=&#34;c&#34;&gt;&amp;nbsp;')
    """
    return _as_html(_allowed(text))


# A backslash before these is CommonMark (§2.4); the rest as entities, which neither a table's
# splitting of cells nor raw HTML can misread.
_MARKDOWN = _replacing(
    {
        **{char: f"\\{char}" for char in "`*_[]~${}"},
        "\\": "&#92;",
        "<": "&lt;",
        ">": "&gt;",
        "&": "&amp;",
        "|": "&#124;",
    }
)
# What starts a block: a bullet, a heading, a rule, an ordered item.
_MARKDOWN_BLOCK = re.compile(r"(?=[-+=#])|\d{1,9}(?=[.)])")
# A bare URL would be taken with the backslashes in it (GFM §6.9), and a link behind an exclamation
# mark would be an image.
_MARKDOWN_URL = re.compile(r":(?=//)|(?<=www)\.|!\Z", re.IGNORECASE)
# GitHub finds mentions, issues and emoji in the text that is left after Markdown: an empty element
# parts them, which no reader sees.
_MARKDOWN_MENTION = re.compile(r"(?:@(?=\w)|#(?=\d)|\bGH-(?=\d)|:(?=[\w+-]+:))", re.IGNORECASE)


# What any of these has in it, in lower case. Most of what people say has none.
_OF_MENTIONS = ("@", "#", "gh-")
_OF_URLS = ("://", "www.")


# Not templates, which take as long again for each text.
def _mention_end(found: re.Match[str]) -> str:
    return f"{found[0]}\x00"


def _before_url(found: re.Match[str]) -> str:
    return f"\x01{found[0]}"


def _as_entity(char: str) -> str:
    """A letter or sign beyond ASCII as an entity; HTML has none for controls and the like."""
    return char if char.isascii() or category(char)[0] == "C" else f"&#{ord(char)};"


def markdown(text: str) -> Markup:
    """For GitHub's Markdown.

    >>> print(markdown("*see* #12, @here | https://a.b/c_d"))
    \\*see\\* #<span></span>12, @<span></span>here &#124; https\\://a.b/c\\_d
    """
    text = _allowed(text)
    low = text.lower()
    # Control characters mark the places: the table would escape what is put there.
    if has_part(low, _OF_MENTIONS) or low.count(":") > 1:
        text = _MARKDOWN_MENTION.sub(_mention_end, text)
    if has_part(low, _OF_URLS) or low.endswith("!"):
        text = _MARKDOWN_URL.sub(_before_url, text)
    if block := _MARKDOWN_BLOCK.match(text):
        text = f"{block[0]}\x01{text[block.end() :]}"
    escaped = _MARKDOWN(text)
    if not (escaped.isascii() or is_normalized("NFC", escaped)):
        # Pandoc composes what it reads, but not what it reads as entities.
        escaped = "".join(map(_as_entity, escaped))
    return Markup(escaped.replace("\x00", "<span></span>").replace("\x01", "\\"))


_WIKI = _replacing(
    {
        **{char: f"\\{char}" for char in "-#*_?%{}[]()!@"},
        # A backslash before these is not understood by every reader, one before itself by none.
        **{char: f"&#{ord(char)};" for char in "+^~|\\"},
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
    }
)
# Smileys and the scheme of a bare URL; not the colon of a time.
_WIKI_COLON = re.compile(r"[:;](?=[^\s\d])")
_WIKI_BLOCK = re.compile(r"(h[1-6]|bq)\.", re.IGNORECASE)


def wiki(text: str) -> Markup:
    """For Confluence's and Jira's wiki markup. The backslash cannot escape itself.

    >>> print(wiki("{code} :) a\\\\b"))
    \\{code\\} &#58;\\) a&#92;b
    """
    # Before the table, whose own entities end in semicolons.
    text = _WIKI_COLON.sub(lambda found: f"\x00{ord(found[0])}\x01", _allowed(text))
    escaped = _WIKI(text)
    if block := _WIKI_BLOCK.match(escaped):
        escaped = f"{block[1]}&#46;{escaped[block.end() :]}"
    return Markup(escaped.replace("\x00", "&#").replace("\x01", ";"))


_MEDIAWIKI = _replacing(
    {
        **{char: f"&#{ord(char)};" for char in "[]{}|'=*#:;~_!-+\"$\\`^"},
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
    }
)


def mediawiki(text: str) -> Markup:
    """For MediaWiki.

    >>> print(mediawiki("[[File:x]]"))
    &#91;&#91;File&#58;x&#93;&#93;
    """
    return Markup(_MEDIAWIKI(_allowed(text)))


def text(text: str) -> Markup:
    """For plain text, where nothing means anything."""
    return Markup(_allowed(text))


ESCAPES: Mapping[str, Callable[[str], Markup]] = {
    "mana": mana,
    "wiki": wiki,
    "markdown": markdown,
    "mediawiki": mediawiki,
    "html": html,
    "text": text,
}
