"""Whether a line says yes or no to what its speaker was asked to confirm.

Knows no offer. English; what else people say is a command's business (`accept`, `decline`).
"""

from __future__ import annotations

import re

_PERSON = r"(?:@?[\w\[\]\\`^{}|-]+[:,] *)?"
_YES = r"(?:yes|yep|yeah|yup|ok|okay|sure|ack)"
_NO = r"(?:no|nope|sorry|no way|(?:i )?can(?:['’]?t| ?not))"
_CONFIRMS = re.compile(
    rf"{_PERSON}(?:{_YES}[,.!]* )?(?:i )?(?:confirm|accept)(?:ed|ing)?[.!]*", re.IGNORECASE
)
_REFUSES = re.compile(rf"{_PERSON}(?:{_NO}[,.!]* )?(?:i )?declin(?:e|ed|ing)[.!]*", re.IGNORECASE)
_AGREES = re.compile(rf"{_PERSON}{_YES}(?: i (?:am|do|will))?[.!]*", re.IGNORECASE)
_DENIES = re.compile(rf"{_PERSON}{_NO}(?:[,.!]* {_NO})*[.!]*", re.IGNORECASE)


def answer(text: str, *, first: bool) -> bool | None:
    """True for yes, False for no, None for neither.

    "Confirmed" says so by itself; a mere "ok" does only as the `first` thing said after the
    question, for later it may answer something else.

    >>> answer("ok, confirmed", first=False), answer("sorry, can't", first=True)
    (True, False)
    >>> answer("ok", first=False) is None
    True
    """
    if _CONFIRMS.fullmatch(text) or (first and _AGREES.fullmatch(text)):
        return True
    if _REFUSES.fullmatch(text) or (first and _DENIES.fullmatch(text)):
        return False
    return None
