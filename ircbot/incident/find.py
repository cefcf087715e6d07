"""Whether a text has one of several words, as whole words, in either case."""

from __future__ import annotations

import re
from functools import lru_cache


def has_any(text: str, words: tuple[str, ...]) -> bool:
    """Whether one of the words, or phrases, stands in the text.

    >>> has_any("a CVE was published", ("cve",)), has_any("cvewatch", ("cve",))
    (True, False)
    """
    return bool(words) and _pattern(words).search(text) is not None


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE)
