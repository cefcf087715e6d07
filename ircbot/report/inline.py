"""The words of a sentence in each format: escaped, marked up, and isolated from their surroundings.

This is code rather than a template because a long timeline has a hundred thousand of them. People's
text is isolated from what surrounds it (`<bdi>`, or U+2068 and U+2069), keeps runs of blanks where
a format would collapse them, and code is monospaced. Knows no incident.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from ircbot.incident.times import Time
from ircbot.report.escape import ESCAPES
from ircbot.report.parts import Anchor, Code, EntryRef, Hyperlink, RichText, UserText

_WriteText = Callable[[str], str]

# Right-to-left letters and marks, embeddings, overrides, isolates.
_TURNS = re.compile(
    "[\u0590-\u08ff\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_ISOLATES = re.compile("[\u2066-\u2069]")
_RUN = re.compile(" {2,}")
# Not special in any format; most texts are like that.
_HARMLESS = re.compile("[A-Za-z][A-Za-z0-9 ,]*").fullmatch
_FEW = 40  # characters; short texts are repeated (nicks, times, labels) and cached
_REMEMBERED = 1 << 13


def isolated(text: str) -> str:
    """A text that cannot change the direction of its surroundings.

    >>> isolated("abc"), ascii(isolated("\\u05d0"))
    ('abc', "'\\\\u2068\\\\u05d0\\\\u2069'")
    """
    turns = not text.isascii() and _TURNS.search(text)
    return f"\u2068{balanced(text)}\u2069" if turns else text


def balanced(text: str) -> str:
    """A text with every isolate closed, and none closed that it did not open."""
    if text.isascii() or not _ISOLATES.search(text):
        return text
    depth = stray = 0
    for found in _ISOLATES.findall(text):
        if found != "\u2069":
            depth += 1
        elif depth:
            depth -= 1
        else:
            stray += 1
    return "\u2068" * stray + text + "\u2069" * depth


def _with_runs(markup: str) -> str:
    """Escaped text that keeps its runs of blanks; a line may still break at one blank of each."""
    if "  " not in markup:
        return markup
    return _RUN.sub(
        lambda run: "&#160;" * (len(run[0]) - bool(run.start())) + (" " if run.start() else ""),
        markup,
    )


class Inline:
    """Writes words in one format."""

    def __init__(self, format: str) -> None:  # noqa: A002 - the contract's word
        self._escape = ESCAPES[format]
        self._short = lru_cache(maxsize=_REMEMBERED)(self._escape)
        self._shortly_said = lru_cache(maxsize=_REMEMBERED)(self._said)
        self._link, self._entry, self._code = _MARKS[format]
        self._is_html = format == "html"
        self._is_text = format == "text"
        # By type rather than by `match`, as a long timeline has hundreds of thousands of parts.
        self._write: dict[type, Callable[[Any], str]] = {
            str: self.escaped,
            UserText: lambda part: self.said(part.text),
            Code: lambda part: self._coded(part.text),
            EntryRef: lambda part: self._entry.format(n=part.n, anchor=part.anchor),
            Anchor: lambda part: _PLACES[format].format(anchor=part.anchor),
            Time: self._timed,
            Hyperlink: self._linked,
        }

    def __call__(self, words: RichText) -> Markup:
        """Format words: escaped and marked up."""
        return Markup("".join([self._write[type(part)](part) for part in words]))

    def escaped(self, text: str) -> Markup:
        """Format a text of ours or of a template."""
        return self._short(text) if len(text) <= _FEW else self._escape(text)

    def said(self, text: str) -> str:
        """Format what people wrote."""
        return self._shortly_said(text) if len(text) <= _FEW else self._said(text)

    def _said(self, text: str) -> str:
        if _HARMLESS(text):
            return f"<bdi>{text}</bdi>" if self._is_html else self._spaced(text)
        if self._is_html:
            return f"<bdi>{self._escape(balanced(text))}</bdi>"
        text = isolated(text.expandtabs() if "\t" in text else text)
        return self._spaced(self._escape(text))

    def _spaced(self, markup: str) -> str:
        return markup if self._is_text else _with_runs(markup)

    def _timed(self, part: Time) -> str:
        if self._is_html:
            return f'<time datetime="{part.iso}">{self.escaped(part.shown)}</time>'
        return self.escaped(part.shown)

    def _linked(self, part: Hyperlink) -> str:
        shown_url = self._escape(part.url) if self._escapes_urls else part.url
        return self._link.format(url=shown_url, text=self.said(part.text))

    def _coded(self, text: str) -> str:
        """Format code. Its outer blanks go outside, as some formats allow none at the edges."""
        core = text.strip()
        if self._is_html or self._is_text or not core:
            return self._code.format(text=self.said(text)) if core else self.said(text)
        begin = text.index(core)
        before, after = text[:begin], text[begin + len(core) :]
        shown = self._code.format(text=self.said(core))
        return f"{self.said(before)}{shown}{self.said(after)}"

    @property
    def _escapes_urls(self) -> bool:
        return self._link.startswith("<a ")


# Each format's link, pointer to an entry, and code.
_MARKS = {
    "html": (
        '<a href="{url}" rel="noreferrer">{text}</a>',
        '<a href="#{anchor}">entry {n}</a>',
        "<code>{text}</code>",
    ),
    "mana": (
        '<a href="{url}">{text}</a>',
        '<ac:link ac:anchor="{anchor}"><ac:link-body>entry {n}</ac:link-body></ac:link>',
        "<code>{text}</code>",
    ),
    "markdown": ("[{text}](<{url}>)", "[entry {n}](#{anchor})", "<code>{text}</code>"),
    "wiki": ("[{text}|{url}]", "[entry {n}|#{anchor}]", "{{{{{text}}}}}"),
    "mediawiki": ("[{url} {text}]", "[[#{anchor}|entry {n}]]", "<code>{text}</code>"),
    "text": ("{text}", "entry {n}", "{text}"),
}
# Anchors, in the formats of pages that people write on.
_PLACES = {
    "mana": '<ac:structured-macro ac:name="anchor"><ac:parameter ac:name="">{anchor}'
    "</ac:parameter></ac:structured-macro>",
    "mediawiki": '<span id="{anchor}"></span>',
}


inline_for = lru_cache(maxsize=8)(Inline)
