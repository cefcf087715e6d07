"""A report's text without some words, whatever its format made of them.

A format may have escaped a text, marked its links and broken its lines; the letters and digits stay
in their order. So a text is looked for as that sequence, with whatever a format may put in between.
Knows no file and no incident.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from ircbot.report.ordinary import is_ordinary

_GONE = "[redacted]"
_TOKEN = re.compile(r"[^\W_]+")
_MARKUP = r"</?(?:a|bdi|code|span|ac:link|ac:link-body)\b[^<>\n]*>"
# What stands between two words where a format escapes and marks, and where it does not. Atomic, so
# that no text makes the search slow.
_BETWEEN = (
    rf"(?>\]\(<[^<>\n]*>\)|\|https?://[^\]|\s]*\]|\[https?://\S+ |{_MARKUP}"
    r"|&\#?\w{1,8};|[\W_])*+",
    r"[\W_]*+",
)
# In front of a text that begins with a link, and behind one that ends with it.
_BEFORE = r"(?:\[https?://\S+ |<a [^<>\n]*>(?:<bdi>)?)?"
_AFTER = r"(?:\]\(<[^<>\n]*>\)|\|https?://[^\]|\s]*\])?"
_FEW = 3  # a text of fewer words stands in others as well: it goes where it stands alone
_STARTS = r"(?:(?<=[|>:\"“])|(?<=\s\s)|(?<=[:|>\]] )|^)"
_ENDS = r"(?>&\#?\w{1,8};|[^\w\s|<\"”\]])*+(?=[^\S\n]*(?:[|<\"”\]]|$))"


class Wordless:
    """Takes texts and names out of reports."""

    def __init__(self, words: Collection[str], names: Mapping[str, str]) -> None:
        # The longest first: one text may hold another.
        texts = sorted({text for text in words if _TOKEN.search(text)}, key=len, reverse=True)
        self._words = [_pattern(text) for text in texts]
        self._names = [
            (_alone(name) if is_ordinary(name.lower()) else _name(name), token)
            for name, token in names.items()
            if name
        ]
        self._ordinary = [_name(name) for name in names if name and is_ordinary(name.lower())]

    def of(self, text: str) -> str:
        """The text of a report without them."""
        for pattern in self._words:
            text = pattern.sub(_gone, text)
        for pattern, token in self._names:
            text = pattern.sub(token.replace("\\", r"\\"), text)
        return text

    def may_name(self, text: str) -> bool:
        """Whether a name that is also an ordinary word stands in it, nobody knows as which."""
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
    """A word; a letter beyond ASCII may stand as an entity."""
    return "".join(c if c.isascii() else f"(?:{c}|&\\#{ord(c)};)" for c in token)


def _name(name: str) -> re.Pattern[str]:
    """A nick, each sign of which may be escaped."""
    return re.compile(rf"(?<![^\W_]){_signs(name)}(?![^\W_])", re.IGNORECASE)


def _alone(name: str) -> re.Pattern[str]:
    """A nick that is an ordinary word as well ("will"): where it can only be the nick, which is in
    a cell, a column or a quotation of its own, and behind an @."""
    signs = _signs(name)
    return re.compile(
        rf"{_STARTS}{signs}(?=[^\S\n]*(?:[|<\"”\]]|$)|\s\s|:\s)|(?:(?<=@)|(?<=@<span></span>)){signs}\b",
        re.IGNORECASE | re.MULTILINE,
    )


def _signs(name: str) -> str:
    return "".join(c if c.isalnum() else rf"(?:\\?{re.escape(c)}|&\#{ord(c)};)" for c in name)


_TAG = re.compile(_MARKUP)


def _gone(found: re.Match[str]) -> str:
    """What stands for a text: with the tags in it that others belong to, so that none is left
    without its partner."""
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
