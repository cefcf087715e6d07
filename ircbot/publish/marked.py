"""Our part of a text that people may edit: between two hidden comments that identify it.

The first comment has digests of the part and of its title as we wrote them, so that the text itself
shows whether somebody edited them. A digest reveals nothing: its words stand right beside it.
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
class MarkedPart:
    """Our part of a text: `text`, with what people wrote `before` and `after` it.

    `edited`: somebody changed it since we wrote it. `title` is the digest of the title we gave.
    """

    key: str
    text: str
    title: str
    edited: bool
    before: str
    after: str


def read(whole: str) -> MarkedPart | None:
    """Find our part of a text, None if there is none."""
    found = _MARK.search(whole)
    if found is None:
        return None
    text = found["part"].strip()
    return MarkedPart(
        found["key"],
        text,
        found["title"],
        digest(text) != found["text"],
        whole[: found.start()],
        whole[found.end() :],
    )


def written(key: str, title: str, text: str, part: MarkedPart | None = None) -> str:
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
    """A text made safe for our part: nothing in it can end the part."""
    return text.replace("<!--", "&lt;!--").strip()


def digest(text: str) -> str:
    """A short hash of a text."""
    return hashlib.sha256(text.strip().encode("utf-8", "surrogatepass")).hexdigest()[:16]
