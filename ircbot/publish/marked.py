"""Our part of a text that people may edit: between two hidden comments, which say whose it is.

The first carries digests of the part and of the title that we wrote with it, so that the text tells
by itself whether somebody edited them since. They are of words that stand right beside them.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

_MARK = re.compile(
    r"<!-- (?P<key>ircbot-[\w-]+?) (?P<title>[0-9a-f]{16}) (?P<text>[0-9a-f]{16}) -->"
    r"(?P<part>.*?)(?:<!-- /(?P=key) -->|\Z)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Part:
    """What of a text is ours: `text`, between what people wrote `before` and `after` it.

    `edited`: somebody changed it since. `title` is the digest of the title that we gave.
    """

    key: str
    text: str
    title: str
    edited: bool
    before: str
    after: str


def read(whole: str) -> Part | None:
    """Our part of a text, None if there is none."""
    found = _MARK.search(whole)
    if found is None:
        return None
    text = found["part"].strip()
    return Part(
        found["key"],
        text,
        found["title"],
        digest(text) != found["text"],
        whole[: found.start()],
        whole[found.end() :],
    )


def written(key: str, title: str, text: str, part: Part | None = None) -> str:
    """A text with our part in it, in the place of `part`.

    >>> part = read("mine, " + written("ircbot-7", "It is down", "We look"))
    >>> part.key, part.text, part.before, part.edited
    ('ircbot-7', 'We look', 'mine, ', False)
    """
    text = plain(text)
    begin = f"<!-- {key} {digest(title)} {digest(text)} -->"
    ours = f"{begin}\n\n{text}\n\n<!-- /{key} -->"
    return f"{part.before}{ours}{part.after}" if part is not None else ours


def plain(text: str) -> str:
    """A text as it stands in our part: nothing in it may end it."""
    return text.replace("<!--", "&lt;!--").strip()


def digest(text: str) -> str:
    """What tells one text from another."""
    return hashlib.sha256(text.strip().encode("utf-8", "surrogatepass")).hexdigest()[:16]
