"""Remove words from a report's text, in any format.

A format may have escaped a text, marked its links and broken its lines, but letters and digits stay
in order. A text is therefore searched for as that sequence, with anything that a format may insert
in between. Knows no file and no incident.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from ircbot.report.ordinary import is_ordinary

_GONE = "[redacted]"
_TOKEN = re.compile(r"[^\W_]+")
_MARKUP = r"</?(?:a|bdi|code|span|ac:link|ac:link-body)\b[^<>\n]*>"
# What a format may insert between two words, with and without markup. Atomic groups keep the search
# linear.
_BETWEEN = (
    rf"(?>\]\(<[^<>\n]*>\)|\|https?://[^\]|\s]*\]|\[https?://\S+ |{_MARKUP}"
    r"|&\#?\w{1,8};|[\W_])*+",
    r"[\W_]*+",
)
# What may precede a text that begins with a link, and follow one that ends with a link.
_BEFORE = r"(?:\[https?://\S+ |<a [^<>\n]*>(?:<bdi>)?)?"
_AFTER = r"(?:\]\(<[^<>\n]*>\)|\|https?://[^\]|\s]*\])?"
_FEW = 3  # fewer words are part of other texts, too: removed only where they stand alone
_STARTS = r"(?:(?<=[|>:\"“])|(?<=\s\s)|(?<=[:|>\]] )|^)"
_ENDS = r"(?>&\#?\w{1,8};|[^\w\s|<\"”\]])*+(?=[^\S\n]*(?:[|<\"”\]]|$))"


class Wordless:
    """Removes texts and names from reports."""

    def __init__(self, words: Collection[str], names: Mapping[str, str]) -> None:
        # The longest first, as one text may contain another.
        texts = sorted({text for text in words if _TOKEN.search(text)}, key=len, reverse=True)
        self._words = [_pattern(text) for text in texts]
        self._names = [
            (_alone(name) if is_ordinary(name.lower()) else _name(name), token)
            for name, token in names.items()
            if name
        ]
        self._ordinary = [_name(name) for name in names if name and is_ordinary(name.lower())]

    def of(self, text: str) -> str:
        """A report's text without them."""
        for pattern in self._words:
            text = pattern.sub(_gone, text)
        for pattern, token in self._names:
            text = pattern.sub(token.replace("\\", r"\\"), text)
        return text

    def may_name(self, text: str) -> bool:
        """Whether the text contains a name that is also an ordinary word, so that it is unclear
        which."""
        return any(name.search(text) for name in self._ordinary)


def _pattern(text: str) -> re.Pattern[str]:
    tokens = [_letters(token) for token in _TOKEN.findall(text)]
    sequence = f"(?:{'|'.join(between.join(tokens) for between in _BETWEEN)})"
    if len(tokens) < _FEW:
        return re.compile(
            f'{_STARTS}{_BEFORE}[^\\w\\s|<>"“]*?{sequence}{_AFTER}{_ENDS}', re.MULTILINE
        )
    return re.compile(rf"{_BEFORE}(?<![^\W_]){sequence}(?![^\W_]){_AFTER}")


def _letters(token: str) -> str:
    """A pattern for a word; letters beyond ASCII may be entities."""
    return "".join(c if c.isascii() else f"(?:{c}|&\\#{ord(c)};)" for c in token)


def _name(name: str) -> re.Pattern[str]:
    """A pattern for a nick, any character of which may be escaped."""
    return re.compile(rf"(?<![^\W_]){_signs(name)}(?![^\W_])", re.IGNORECASE)


def _alone(name: str) -> re.Pattern[str]:
    """A pattern for a nick that is also an ordinary word ("will"), where it can only be the nick:
    alone in a cell, a column or a quotation, or after an @."""
    signs = _signs(name)
    return re.compile(
        rf"{_STARTS}{signs}(?=[^\S\n]*(?:[|<\"”\]]|$)|\s\s|:\s)|(?:(?<=@)|(?<=@<span></span>)){signs}\b",
        re.IGNORECASE | re.MULTILINE,
    )


def _signs(name: str) -> str:
    return "".join(c if c.isalnum() else rf"(?:\\?{re.escape(c)}|&\#{ord(c)};)" for c in name)


_TAG = re.compile(_MARKUP)


def _gone(found: re.Match[str]) -> str:
    """The replacement for a text: the tags in it whose partners are outside, so that all stay
    matched."""
    opened: list[str] = []
    closed: list[str] = []
    for tag in _TAG.findall(found[0]):
        name = re.split(r"[\s>]", tag.lstrip("</"), maxsplit=1)[0]
        if not tag.startswith("</"):
            opened.append(name)
        elif opened and opened[-1] == name:
            opened.pop()
        else:
            closed.append(name)
    before = "".join(f"</{name}>" for name in closed)
    return f"{before}{_GONE}{''.join(f'<{name}>' for name in opened)}"
