"""Escape users' text, one function per format; each returns Markup.

Knows no template. Deliberately conservative: a character that is special anywhere in a format is
escaped everywhere, so that templates may put text wherever they like.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from unicodedata import category, is_normalized

from markupsafe import Markup
from markupsafe import escape as _as_html

from ircbot.incident.find import has_part

# Forbidden by XML 1.0 (§2.2). Users' texts have none, but a template may add them.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _allowed(text: str) -> str:
    # isprintable() takes a third of the time, and printable text has none of them.
    return text if text.isprintable() else _FORBIDDEN.sub("", text)


def _replacing(table: Mapping[str, str]) -> Callable[[str], str]:
    """A function that replaces single characters. Faster than `str.translate`, which looks up
    each."""
    found = re.compile(f"[{re.escape(''.join(table))}]")
    return lambda text: found.sub(lambda char: table[char[0]], text)


def html(text: str) -> Markup:
    """For HTML, including attributes in double quotes."""
    return _as_html(_allowed(text))


def mana(text: str) -> Markup:
    """For Confluence's storage format: numeric entities and XML's own three only.

    >>> mana('<a b="c">&nbsp;')
    Markup('&lt;a b=&#34;c&#34;&gt;&amp;nbsp;')
    """
    return _as_html(_allowed(text))


# Backslash escapes as in CommonMark (§2.4); the others become entities, which are safe in the cells
# of a table and in raw HTML.
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
# The start of a block: a bullet, a heading, a rule, an ordered item.
_MARKDOWN_BLOCK = re.compile(r"(?=[-+=#])|\d{1,9}(?=[.)])")
# A bare URL would include the backslashes in it (GFM §6.9), and an exclamation mark before a link
# would make an image.
_MARKDOWN_URL = re.compile(r":(?=//)|(?<=www)\.|!\Z", re.IGNORECASE)
# GitHub looks for mentions, issues and emoji after parsing Markdown; an invisible empty element
# breaks them up.
_MARKDOWN_MENTION = re.compile(r"(?:@(?=\w)|#(?=\d)|\bGH-(?=\d)|:(?=[\w+-]+:))", re.IGNORECASE)


# A substring of each, in lower case. Most texts have none.
_OF_MENTIONS = ("@", "#", "gh-")
_OF_URLS = ("://", "www.")


# Functions, not templates, which take twice as long.
def _mention_end(found: re.Match[str]) -> str:
    return f"{found[0]}\x00"


def _before_url(found: re.Match[str]) -> str:
    return f"\x01{found[0]}"


def _as_entity(char: str) -> str:
    """A non-ASCII character as an entity; HTML has none for controls and the like."""
    return char if char.isascii() or category(char)[0] == "C" else f"&#{ord(char)};"


def markdown(text: str) -> Markup:
    """For GitHub's Markdown.

    >>> print(markdown("*see* #12, @here | https://a.b/c_d"))
    \\*see\\* #<span></span>12, @<span></span>here &#124; https\\://a.b/c\\_d
    """
    text = _allowed(text)
    low = text.lower()
    # Control characters mark the places, as the table would escape the element itself.
    if has_part(low, _OF_MENTIONS) or low.count(":") > 1:
        text = _MARKDOWN_MENTION.sub(_mention_end, text)
    if has_part(low, _OF_URLS) or low.endswith("!"):
        text = _MARKDOWN_URL.sub(_before_url, text)
    if block := _MARKDOWN_BLOCK.match(text):
        text = f"{block[0]}\x01{text[block.end() :]}"
    escaped = _MARKDOWN(text)
    if not (escaped.isascii() or is_normalized("NFC", escaped)):
        # Pandoc normalises characters, but not entities.
        escaped = "".join(map(_as_entity, escaped))
    return Markup(escaped.replace("\x00", "<span></span>").replace("\x01", "\\"))


_WIKI = _replacing(
    {
        **{char: f"\\{char}" for char in "-#*_?%{}[]()!@"},
        # Not every reader accepts a backslash before these, and none before another backslash.
        **{char: f"&#{ord(char)};" for char in "+^~|\\"},
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
    }
)
# Smileys and the scheme of a bare URL; not the colon in a time.
_WIKI_COLON = re.compile(r"[:;](?=[^\s\d])")
_WIKI_BLOCK = re.compile(r"(h[1-6]|bq)\.", re.IGNORECASE)


def wiki(text: str) -> Markup:
    """For the wiki markup of Confluence and Jira. A backslash cannot escape itself.

    >>> print(wiki("{code} :) a\\\\b"))
    \\{code\\} &#58;\\) a&#92;b
    """
    # Before the table, whose entities contain semicolons.
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
    """For plain text, which has no special characters."""
    return Markup(_allowed(text))


ESCAPES: Mapping[str, Callable[[str], Markup]] = {
    "mana": mana,
    "wiki": wiki,
    "markdown": markdown,
    "mediawiki": mediawiki,
    "html": html,
    "text": text,
}
